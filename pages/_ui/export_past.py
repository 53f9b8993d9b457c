"""The exports that were made, each to be had again byte for byte."""

from datetime import UTC

import streamlit as st

from models.store import Store
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.words import md
from pipelines.accounting.sent import run_exports, run_file
from pipelines.exports.accounting_files import format_title

_SHOWN_DIGITS = 8


def show_past(session: Session) -> None:
    """The list, and the download of the chosen one: the last, unless another is selected."""
    texts = session.texts
    past = run_exports(session.store)
    if past.is_empty():
        return
    st.subheader(texts.t("Past exports"), anchor=False)
    rows = [
        {
            "export_id": row["export_id"],
            "number": row["number"],
            "made": f"{texts.date((local := row['recorded_at'].replace(tzinfo=UTC).astimezone()).date())} {local:%H:%M}",
            "who": row["actor"],
            "format": format_title(texts, row["format"]),
            "from": row["from_date"],
            "to": row["to_date"],
            "rows": row["rows"],
            "file": row["file_name"],
            "sha256": row["sha256"][:_SHOWN_DIGITS],
        }
        for row in past.iter_rows(named=True)
    ]
    columns = [
        Column("number", texts.t("No."), "count", width=45),
        Column("made", texts.t("Made"), width=115),
        Column("who", texts.t("Who"), width=60),
        Column("format", texts.t("Format"), width=130),
        Column("from", texts.t("First day"), "date", width=88),
        Column("to", texts.t("Last day"), "date", width=88),
        Column("rows", texts.t("Lines"), "count", width=60),
        Column("file", texts.t("File"), width=238),
        Column(
            "sha256",
            "SHA-256",
            width=85,
            help=texts.t("The beginning of the file’s SHA-256, by which you can prove that it is the same."),
        ),
    ]
    picked = show_table(
        rows,
        columns,
        key="exports",
        texts=texts,
        sheet=Sheet(texts.t("Past exports")),
        selection="single-row",
        id_column="export_id",
    )
    chosen = next(row for row in rows if row["export_id"] == (picked[0] if picked else rows[0]["export_id"]))
    name, content = _file(session.path, chosen["export_id"], session.store)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            texts.t("Download no. {number}", number=chosen["number"]),
            content,
            file_name=name,
            mime="application/octet-stream",
            key=f"export-file-{chosen['export_id']}",
            icon=":material/download:",
            on_click="ignore",
        )
        st.caption(md(texts.t("{file}: the same bytes as when it left. Select another line to have another file.", file=name)))


@st.cache_resource(max_entries=2, show_spinner=False)
def _file(path: str, export_id: str, _store: Store) -> tuple[str, bytes]:
    del path  # part of the key only
    return run_file(_store, export_id)
