"""Clôture: what the accountant settles at a closing date: doubtful receivables, and the papers that go with the accounts."""

from collections.abc import Callable

import streamlit as st

from pages._ui.acting import show_notice
from pages._ui.choices import choose
from pages._ui.closing_archive import show_archive
from pages._ui.closing_doubtful import show_doubtful
from pages._ui.closing_lock import show_lock
from pages._ui.closing_numbering import show_numbering
from pages._ui.closing_papers import show_papers
from pages._ui.closing_report import show_report
from pages._ui.closing_vat import show_vat
from pages._ui.empty import show_empty
from pages._ui.session import Session, current

PAGE = "cloture"
#: The views by their code in the address, in order: the English title, and what shows it on the page of that address.
VIEWS: dict[str, tuple[str, Callable[[Session, str], None]]] = {
    "doubtful": ("Doubtful receivables", show_doubtful),
    "lock": ("Closed periods", show_lock),
    "papers": ("Statements, confirmations", show_papers),
    "vat": ("VAT on receipts", show_vat),
    "numbering": ("Numbering", show_numbering),
    "report": ("Monthly report", show_report),
    "archive": ("Year archive", show_archive),
}


def show() -> None:
    """Show the closing screen."""
    session = current()
    texts = session.texts
    if session.ledger.documents.is_empty():
        show_empty(
            session, texts.t("Closing"), texts.t("Import your invoices to prepare what your accountant needs at a closing.")
        )
        return
    st.title(texts.t("Closing"), anchor=False)
    st.caption(texts.t("As of {day}. What is shown here is a draft for the accountant.", day=texts.weekday_date(session.as_of)))
    show_notice(session, PAGE)
    view = choose(texts.t("View"), list(VIEWS), words=lambda code: texts.t(VIEWS[code][0]), key="view", default="doubtful")
    VIEWS[view][1](session, PAGE)
