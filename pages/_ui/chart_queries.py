"""What the pictures of receivables are drawn from, kept as long as the facts and the dates stay the same."""

from datetime import date
from decimal import Decimal

import streamlit as st

from pages._ui.queries import Key, basis, key_of
from pages._ui.session import Session
from pipelines.exports.period_tables import shown_moves
from pipelines.ledger import Ledger
from pipelines.rollforward import rollforward


def steps_of_year(session: Session) -> list[tuple[str, Decimal]]:
    """The opening, each movement and the closing of receivables over the period of the figures."""
    return _steps(key_of(session), basis(session).start, session.ledger)


@st.cache_resource(max_entries=4, show_spinner=False)
def _steps(key: Key, start: date, _ledger: Ledger) -> list[tuple[str, Decimal]]:
    rows = rollforward(_ledger, start=start, to=key[2], by="total", currency=key[3])
    if rows.is_empty():
        return []
    return [(name, rows[name].item()) for name in ("opening", *shown_moves(rows), "closing")]
