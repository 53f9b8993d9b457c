"""The currency of the figures, where the company's documents are in several: each stands by itself."""

import streamlit as st

from models.texts import Texts
from pages._ui.choices import choose
from pipelines.consolidated import document_currencies
from pipelines.ledger import Ledger


def currency_picker(texts: Texts, ledger: Ledger) -> str | None:
    """The chosen currency, the company's by default; None, without a choice, where there is one only."""
    known = document_currencies(ledger)
    if len(known) == 1:
        return None
    if st.session_state.get("currency") not in (None, *known):  # its last document was undone
        del st.session_state["currency"]
    st.caption(texts.t("Currency of the figures"))
    chosen = choose(texts.t("Currency of the figures"), known, words=str, key="currency", default=known[0])
    if chosen != known[0] and st.query_params.get("currency") != chosen:  # lost on the way from another screen
        st.query_params["currency"] = chosen
    return chosen
