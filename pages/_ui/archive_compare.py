"""What differs between an earlier archive of a year, which a person brings, and the one of now."""

import polars as pl
import streamlit as st

from models.errors import AppError
from pages._ui.acting import error_sentence
from pages._ui.columns import Column
from pages._ui.import_files import name_drop_zone
from pages._ui.session import Session
from pages._ui.table_tools import Sheet
from pages._ui.tables import show_table
from pages._ui.words import md
from pipelines.exports.archive_columns import FILE_STATE_WORDS, ROW_STATE_WORDS, TOTAL_WORDS
from pipelines.papers.archive_changes import ArchiveChanges, archive_changes

_MOST_MEGABYTES = 200
_ROW_HEIGHT = 110  # five lines: a row of a table has many columns


def show_comparison(session: Session, year: int, content: bytes) -> None:
    """Let a person bring an earlier archive of that year, and say what differs from `content`, the archive of now."""
    texts = session.texts
    with st.expander(texts.t("Compare with an earlier archive of this year"), icon=":material/difference:"):
        name_drop_zone(texts)
        brought = st.file_uploader(
            texts.t("The earlier archive (ZIP)"), type=["zip"], key=f"archive-earlier-{year}", max_upload_size=_MOST_MEGABYTES
        )
        if brought is None:
            return
        try:
            found = archive_changes(brought.getvalue(), content, texts, name=brought.name)
        except AppError as error:
            st.warning(md(error_sentence(texts, error, session.currency)), icon=":material/info:")
            return
        if found.files.is_empty():
            st.success(texts.t("Nothing differs from the earlier archive."), icon=":material/check_circle:")
        else:
            _show_changes(session, found)


def _show_changes(session: Session, found: ArchiveChanges) -> None:
    texts = session.texts
    count = found.files.height
    same = texts.plural("{count} file is the same.", "{count} files are the same.", found.same)
    st.markdown(f"**{texts.plural('{count} file differs.', '{count} files differ.', count)}** {same}")
    if found.totals.height:
        words = {code: texts.t(word) for code, word in TOTAL_WORDS.items()}
        columns = [
            Column("total", texts.t("Total"), width=260),
            Column("before", texts.t("In the earlier archive"), "money", is_summed=False, width=170),
            Column("now", texts.t("Now"), "money", is_summed=False, width=140),
            Column("change", texts.t("Difference"), "money", is_summed=False, width=140),
        ]
        rows = found.totals.with_columns(pl.col("total").replace_strict(words, return_dtype=pl.String))
        show_table(rows, columns, key="archive-totals", texts=texts, sheet=Sheet(texts.t("Totals that differ")))
    _show_files(session, found)
    if found.rows.height:
        _show_rows(session, found)


def _show_files(session: Session, found: ArchiveChanges) -> None:
    texts = session.texts
    words = {code: texts.t(word) for code, word in FILE_STATE_WORDS.items()}
    columns = [
        Column("file", texts.t("File"), width=155),
        Column("meaning", texts.t("Meaning"), width=272),
        Column("state", texts.t("State"), width=95),
        Column("rows_before", texts.t("Before"), "count", width=68),
        Column("rows_now", texts.t("Now"), "count", width=92),
        Column("rows_gone", texts.t("Rows gone"), "count", width=106),
        Column("rows_added", texts.t("Rows added"), "count", width=114),
    ]
    rows = found.files.with_columns(pl.col("state").replace_strict(words, return_dtype=pl.String))
    show_table(rows, columns, key="archive-files", texts=texts, sheet=Sheet(texts.t("Files that differ")))


def _show_rows(session: Session, found: ArchiveChanges) -> None:
    texts = session.texts
    words = {code: texts.t(word) for code, word in ROW_STATE_WORDS.items()}
    st.markdown(f"**{texts.t('Rows that differ')}**")
    st.caption(texts.t("A row that changed is there twice: as it was, and as it is now."))
    columns = [
        Column("file", texts.t("File"), width=150),
        Column("state", texts.t("State"), width=95),
        Column("row", texts.t("Row"), width=655),
    ]
    rows = found.rows.with_columns(pl.col("state").replace_strict(words, return_dtype=pl.String)).with_row_index("place")
    show_table(
        rows,
        columns,
        key="archive-rows",
        texts=texts,
        id_column="place",
        row_height=_ROW_HEIGHT,
        sheet=Sheet(texts.t("Rows that differ")),
    )
