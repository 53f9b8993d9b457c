"""The currency of the figures, where the company's documents are in several: each stands by itself."""

from datetime import date
from decimal import Decimal

import streamlit as st

from models.texts import Texts
from pages._ui.choices import choose
from pages._ui.session import Session
from pages._ui.unread import say_not_here
from pages._ui.words import md
from pipelines.consolidated import document_currencies
from pipelines.exports.sentences import left_out_lines
from pipelines.kpis import other_currencies
from pipelines.ledger import Ledger

#: The screens that work in the company's own currency, whatever is chosen elsewhere: bank lines, files, entries, settings.
OWN_ONLY = ("rapprochement", "imports", "exports", "reglages", "dossiers")
_KEY, _KEPT = "currency", "encours_currency"


def currency_picker(texts: Texts, ledger: Ledger) -> str | None:
    """The chosen currency, the company's by default; None, without a choice, where there is one only."""
    known = document_currencies(ledger)
    if len(known) == 1:
        if (asked := st.query_params.get(_KEY)) and asked != known[0]:
            say_not_here(texts, asked, known[0])
        return None
    if st.session_state.get(_KEY, known[0]) not in known:  # its last document was undone
        del st.session_state[_KEY]
    if _KEY not in st.session_state and _KEY not in st.query_params and st.session_state.get(_KEPT) in known:
        st.session_state[_KEY] = st.session_state[_KEPT]  # chosen before a screen that has no choice
    st.caption(texts.t("Currency of the figures"))
    shown = st.session_state.get(_KEY, known[0])  # the reader's, not the screen's: an address that names none keeps it
    chosen = choose(texts.t("Currency of the figures"), known, words=str, key=_KEY, default=shown)
    if chosen != known[0] and st.query_params.get(_KEY) != chosen:  # lost on the way from another screen
        st.query_params[_KEY] = chosen
    st.session_state[_KEPT] = chosen
    return chosen


def show_left_out(session: Session, client_id: str) -> None:
    """Say what a client owes in the currencies that its screen leaves out: a zero here must not read as nothing owed."""
    for line in left_out_lines(left_out(session, client_id), session.texts):
        st.warning(md(line), icon=":material/currency_exchange:")


def left_out(session: Session, client_id: str) -> dict[str, Decimal]:
    """What a client owes in each currency but that of the figures."""
    if len(document_currencies(session.ledger)) == 1:
        return {}
    key = (session.path, session.revision, session.as_of, session.currency)
    return {currency: owed for currency, owed in _left_out(key, client_id, session.ledger).items() if owed}


@st.cache_resource(max_entries=32, show_spinner=False)
def _left_out(key: tuple[str, int, date, str], client_id: str, _ledger: Ledger) -> dict[str, Decimal]:
    return other_currencies(_ledger, as_of=key[2], currency=key[3], client_id=client_id)
