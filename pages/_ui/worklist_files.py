"""The worklist as it leaves: CSV, workbook or printed, by client or by invoice, with the filters applied; all the drafts."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from pages._ui.downloads import file_name
from pages._ui.dunning import ToDo, all_drafts, current_plan
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
    with st.popover(texts.t("Download the list"), icon=":material/table_view:"):
        counts = _counts(session.path, session.revision, session.as_of, session.ledger)
        st.caption(texts.t("By client"))
        show_files(session, "worklist", worklist_rows(rows, counts, texts), asked)
        st.caption(texts.t("By invoice"))
        only = rows["client_id"].to_list()
        show_files(session, "reminders", reminder_rows(current_plan(session), counts, only=only), asked)
    archive = all_drafts(session, todo)
    if archive is not None:
        st.download_button(
            texts.t("Download all drafts"), archive.content, archive.name, archive.mime, key="all-drafts", on_click="ignore",
            icon=":material/folder_zip:",
        )  # fmt: skip


def show_files(session: Session, name: str, rows: Rows, asked: Asked) -> None:
    """One list in each form."""
    texts, settings = session.texts, session.ledger.settings
    filters = choice_words(texts, asked, session.currency)
    said = about(
        name, texts, as_of=session.as_of, currency=session.currency, company=settings.company_name or None, filters=filters
    )
    for form, (label, mime) in _FORMS.items():
        content = _content(f"{session.path}-{session.revision}-{texts.language}", name, form, rows, said, session)
        st.download_button(
            texts.t(label), content, file_name(texts.t(_STEMS[name]), session.as_of, content, form), mime,
            key=f"list-{name}-{form}", on_click="ignore", width="stretch",
        )  # fmt: skip


@st.cache_data(max_entries=24, show_spinner=False)
def _content(view: str, name: str, form: str, rows: Rows, said: Sequence[str], _session: Session) -> bytes:
    """A list in one form, made once for the rows and words that it shows."""
    del view  # part of the key only
    texts = _session.texts
    if form == "pdf":
        return to_pdf(name, rows, texts, said, day=_session.as_of, footer=_session.ledger.settings.company_name or "")
    return to_xlsx(name, rows, texts, said) if form == "xlsx" else to_csv(name, rows, texts)


@st.cache_resource(max_entries=4, show_spinner=False)
def _counts(path: str, revision: int, as_of: date, _ledger: Ledger) -> pl.DataFrame:
    del path, revision  # part of the key only
    return reminder_counts(reminded(_ledger, as_of=as_of))


def result_rows(session: Session) -> Rows:
    """RESULTS at the as-of date."""
    return list_rows("results", session.ledger, session.texts, as_of=session.as_of, currency=session.currency)
