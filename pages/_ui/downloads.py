"""Downloads: written when asked for, with a part of their content's hash in the name, so that no old file is served."""

from collections.abc import Callable
from datetime import date
from hashlib import sha256

import streamlit as st

from pages._ui.queries import aged_by
from pages._ui.session import Session
from pipelines.exports.answers import aged_answer
from pipelines.exports.sheets import to_csv, to_xlsx
from pipelines.exports.table_files import FORM_NAMES, FORM_TYPES, Table, file_stem, table_file

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show_downloads(session: Session, by: str) -> None:
    """The aged balance as CSV and as a workbook."""
    texts = session.texts
    csv, workbook = _aged_files(
        session.path, session.revision, f"{session.as_of}-{session.currency}-{texts.language}", by, session
    )
    with st.container(horizontal=True, width="content"):
        for label, content, extension, mime in (("CSV", csv, "csv", "text/csv"), ("Excel", workbook, "xlsx", _XLSX)):
            stem = texts.t("aged-balance")
            st.download_button(
                label,
                content,
                file_name=file_name(stem, session.as_of, content, extension),
                mime=mime,
                key=f"download-{by}-{extension}",
                icon=":material/download:",
                help=texts.t("Download the table"),
                on_click="ignore",
            )


def file_name(stem: str, as_of: date, content: bytes, extension: str) -> str:
    """The name of a download; other contents have another name, since a browser may keep a file by its name."""
    return f"{stem}-{as_of:%Y-%m-%d}-{sha256(content).hexdigest()[:8]}.{extension}"


@st.cache_resource(max_entries=16, show_spinner=False)
def _aged_files(path: str, revision: int, view: str, by: str, _session: Session) -> tuple[bytes, bytes]:
    del path, revision, view  # part of the key only
    rows = aged_answer(aged_by(_session, by), by)
    return to_csv("aged", rows, _session.texts), to_xlsx("aged", rows, _session.texts)


def show_table_files(session: Session, table: Table, title: str, *, mark: str, key: str) -> None:
    """A table in each form, written when one is clicked; other rows, filters or facts have another name.

    Args:
        session: whose facts they are.
        table: its rows and what is said of them.
        title: what it is; its file is called so.
        mark: what differs where the rows asked for differ.
        key: the table's name on its page.
    """
    texts = session.texts
    rows = f"{session.path}|{session.revision}|{session.currency}|{texts.language}|{mark}|{table.about}".encode()

    def written(form: str) -> Callable[[], bytes]:
        return lambda: table_file(table, form, texts)

    for form, label in FORM_NAMES.items():
        st.download_button(
            texts.t(label), written(form), file_name(file_stem(title), session.as_of, rows, form), FORM_TYPES[form],
            key=f"{key}.{form}", on_click="ignore", width="stretch",
        )  # fmt: skip
