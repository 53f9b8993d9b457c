"""Exports: the entries of a period for the accountant's program, seen before they leave; and what left before."""

from dataclasses import dataclass

import streamlit as st

from models.errors import AppError
from models.store import Author, Store
from pages._ui.acting import decide, error_sentence, show_notice
from pages._ui.empty import show_empty
from pages._ui.export_choices import ask
from pages._ui.export_entries import show_entries, show_totals
from pages._ui.export_past import show_past
from pages._ui.session import Session, current
from pages._ui.words import md
from pipelines.accounting.exporting import Plan, Request, run_export, run_plan
from pipelines.exports.accounting_words import export_notes

PAGE = "exports"


@dataclass(frozen=True)
class _Preview:
    """A plan, or why there is none."""

    plan: Plan | None
    reason: AppError | None


def show() -> None:
    """Show the screen."""
    session = current()
    texts = session.texts
    if session.ledger.documents.is_empty():
        show_empty(session, texts.t("Exports"), texts.t("Import your invoices to give their entries to your accountant."))
        return
    st.title(texts.t("Exports"), anchor=False)
    st.markdown(
        texts.t(
            "Sales, receipts, lettering and write-offs as entries that your accountant’s program reads. "
            "It is a draft for the accountant: nothing is booked by itself."
        )
    )
    show_notice(session, PAGE)
    with st.container(border=True):
        _show_plan(session, ask(session))
    show_past(session)


def _show_plan(session: Session, request: Request) -> None:
    texts = session.texts
    with st.spinner(texts.t("Drawing up the entries…")):
        seen = _preview(session.path, session.revision, f"{request!r} {session.today}", session, request)
    if seen.plan is None:
        if seen.reason is not None:
            st.warning(md(error_sentence(texts, seen.reason, session.currency)), icon=":material/info:")
        return
    plan = seen.plan
    for note in export_notes(plan, texts):
        st.info(md(note), icon=":material/info:")
    lines = plan.selection.lines
    if lines.is_empty():
        st.caption(texts.t("There is nothing to export in this period."))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            texts.t("Export"), type="primary", icon=":material/output:", key=f"export-{session.revision}", width="content"
        ):
            _export(session, request)
        count = lines["entry_id"].n_unique()
        st.caption(
            texts.plural("{count} entry, {rows} lines.", "{count} entries, {rows} lines.", count, rows=texts.number(lines.height))
        )
    show_totals(session, plan)
    with st.expander(texts.t("See the entries"), icon=":material/table:"):
        show_entries(session, plan)


def _export(session: Session, request: Request) -> None:
    texts = session.texts

    def act(store: Store, author: Author) -> int:
        return run_export(store, request, author=author, texts=texts).change_id

    decide(session, PAGE, act, texts.t("Exported and archived: download the file below."))


@st.cache_resource(max_entries=4, show_spinner=False)
def _preview(path: str, revision: int, asked: str, _session: Session, _request: Request) -> _Preview:
    del path, revision, asked  # part of the key only
    try:
        return _Preview(
            run_plan(_session.store, _session.ledger, _request, currency=_session.currency, today=_session.today), None
        )
    except AppError as error:
        return _Preview(None, error)
