"""The worklist as it leaves: CSV, workbook or printed, by client or by invoice, with the filters applied; all the drafts."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from pages._ui.downloads import file_name
from pages._ui.dunning import ToDo, all_drafts
from pages._ui.queries import plan_of
from pages._ui.session import Session
from pages._ui.worklist_choice import choice_words
from pipelines.collections.choosing import Asked
from pipelines.collections.results import reminded, reminder_counts
from pipelines.exports.lists import about, list_rows, reminder_rows, worklist_rows
from pipelines.exports.paper_list import to_pdf
from pipelines.exports.sheets import to_csv, to_xlsx
from pipelines.ledger import Ledger

_FORMS = {
    "csv": ("For a spreadsheet (CSV)", "text/csv"),
    "xlsx": ("Excel workbook (XLSX)", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": ("Printed list (PDF)", "application/pdf"),
}
_STEMS = {"worklist": "worklist", "reminders": "invoices-to-remind", "results": "results"}
Rows = list[dict[str, Any]]


def show_list_files(session: Session, todo: ToDo, rows: pl.DataFrame, asked: Asked) -> None:
    """The list as it is filtered, as files; and every draft as one archive."""
    texts = session.texts
    popover = st.popover(texts.t("Download the list"), icon=":material/table_view:", key="list-files", on_change="rerun")
    if popover.open:
        counts, only = _counts(session.path, session.revision, session.as_of, session.ledger), rows["client_id"].to_list()
        with popover:
            st.caption(texts.t("By client"))
            show_files(session, "worklist", lambda: worklist_rows(rows, counts, texts), asked)
            st.caption(texts.t("By invoice"))
            show_files(session, "reminders", lambda: reminder_rows(plan_of(session), counts, only=only), asked)
    if any(draft.rows for draft in todo.outlines.values()):
        stem = "relances" if texts.language == "fr" else "reminders"
        st.download_button(
            texts.t("Download all drafts"), lambda: all_drafts(session, todo),
            file_name(stem, session.as_of, _mark(session), "zip"), "application/zip", key="all-drafts", on_click="ignore",
            icon=":material/folder_zip:",
        )  # fmt: skip


def _mark(session: Session) -> bytes:
    """What differs where the facts or the words do: other files have other names."""
    return f"{session.path}|{session.revision}|{session.currency}|{session.texts.language}".encode()


def show_files(session: Session, name: str, rows: Callable[[], Rows], asked: Asked) -> None:
    """One list in each form, written when it is clicked."""
    texts, settings = session.texts, session.ledger.settings
    filters = choice_words(texts, asked, session.currency)
    said = about(
        name, texts, as_of=session.as_of, currency=session.currency, company=settings.company_name or None, filters=filters
    )
    for form, (label, mime) in _FORMS.items():
        mark = _mark(session) + f"|{said}".encode()
        st.download_button(
            texts.t(label), _writer(session, name, form, rows, said),
            file_name(texts.t(_STEMS[name]), session.as_of, mark, form), mime,
            key=f"list-{name}-{form}", on_click="ignore", width="stretch",
        )  # fmt: skip


def _writer(session: Session, name: str, form: str, rows: Callable[[], Rows], said: Sequence[str]) -> Callable[[], bytes]:
    return lambda: _content(session, name, form, rows(), said)


def _content(session: Session, name: str, form: str, rows: Rows, said: Sequence[str]) -> bytes:
    """A list in one form."""
    texts = session.texts
    if form == "pdf":
        return to_pdf(name, rows, texts, said, day=session.as_of)
    return to_xlsx(name, rows, texts, said) if form == "xlsx" else to_csv(name, rows, texts)


@st.cache_resource(max_entries=4, show_spinner=False)
def _counts(path: str, revision: int, as_of: date, _ledger: Ledger) -> pl.DataFrame:
    del path, revision  # part of the key only
    return reminder_counts(reminded(_ledger, as_of=as_of))


def result_rows(session: Session) -> Rows:
    """RESULTS at the as-of date."""
    return list_rows("results", session.ledger, session.texts, as_of=session.as_of, currency=session.currency)
