"""What the pictures of receivables are drawn from, kept as long as the facts and the dates stay the same."""

from datetime import date
from decimal import Decimal

import polars as pl
import streamlit as st

from pages._ui.queries import Key, basis
from pages._ui.session import Session
from pipelines.exports.period_tables import shown_moves
from pipelines.ledger import Ledger
from pipelines.rollforward import movements, rollforward


def _key(session: Session) -> Key:
    return session.path, session.revision, session.as_of, session.currency


def steps_of_year(session: Session) -> list[tuple[str, Decimal]]:
    """The opening, each movement and the closing of receivables over the period of the figures."""
    return _steps(_key(session), basis(session).start, session.ledger)


@st.cache_resource(max_entries=4, show_spinner=False)
def _steps(key: Key, start: date, _ledger: Ledger) -> list[tuple[str, Decimal]]:
    moved = _moves(key, _ledger)
    rows = rollforward(_ledger, start=start, to=key[2], by="total", currency=key[3], moved=moved)
    if rows.is_empty():
        return []
    return [(name, rows[name].item()) for name in ("opening", *shown_moves(rows), "closing")]


def moves(session: Session) -> pl.DataFrame:
    """MOVEMENTS of all days, in the session's currency."""
    return _moves(_key(session), session.ledger)


@st.cache_resource(max_entries=2, show_spinner=False)
def _moves(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return movements(_ledger, currency=key[3])
