"""Rows that wait for a correction: what is wrong with each, its cells to correct, another try, or to be dropped."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from models.errors import AppError
from models.problems import sentence
from models.texts import Texts
from pages._ui.acting import Notice, decide, error_sentence, rematched, tell
from pages._ui.downloads import file_name
from pages._ui.import_files import choose_account
from pages._ui.import_rows import REASON_WIDTH, column_words, problem_rows, reason_height
from pages._ui.importing import PAGE
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import FILE_KINDS, word
from pages._ui.words import md
from pipelines.exports.waiting_rows import waiting_csv
from pipelines.publishing.corrections import NOT_ALONE, Retry, run_drop, run_retry
from pipelines.publishing.quarantine import waiting

_COLUMNS = 3
_MOST_CELLS = 36


def waiting_rows(session: Session) -> pl.DataFrame:
    """WAITING: the rows that wait, kept as long as the facts stay the same."""
    return _waiting(session.path, session.revision, session)


@st.cache_resource(max_entries=2, show_spinner=False)
def _waiting(path: str, revision: int, _session: Session) -> pl.DataFrame:
    del path, revision  # part of the key only
    return waiting(_session.store)


def show_count(session: Session) -> None:
    """On top of the page, how many rows wait."""
    texts, count = session.texts, waiting_rows(session).height
    if count:
        st.badge(texts.plural("{count} row to correct", "{count} rows to correct", count), color="orange", icon=":material/edit:")


def show_quarantine(session: Session) -> None:
    """The rows that wait; one that is selected can be corrected, several can be tried again or dropped together."""
    texts, rows = session.texts, waiting_rows(session)
    if rows.is_empty():
        return
    st.subheader(texts.t("Rows to correct"), anchor=False)
    st.caption(texts.t("These rows of imported files could not be read. Select one to correct it; the others are imported."))
    shown = [_row_words(texts, row) for row in rows.to_dicts()]
    columns = [
        Column("file", texts.t("File"), width=170),
        Column("line", texts.t("Line"), "count", width=60),
        Column("reason", texts.t("What is wrong"), width=REASON_WIDTH),
        Column("kind", texts.t("Type"), width=120),
    ]
    picked = show_table(
        shown,
        columns,
        key="quarantine",
        texts=texts,
        sheet=Sheet(texts.t("Rows that wait for a correction")),
        selection="multi-row",
        id_column="row_id",
        row_height=reason_height(shown),
    )
    _download(session, rows)
    chosen = rows.filter(pl.col("row_id").is_in(picked)).to_dicts()
    if len(chosen) == 1:
        _one(session, chosen[0])
    elif chosen:
        _several(session, chosen)


def _row_words(texts: Texts, row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "kind": word(texts, FILE_KINDS, row["kind"]), "reason": " ".join(reasons(texts, row))}


def reasons(texts: Texts, row: Mapping[str, Any]) -> list[str]:
    """What is wrong with a waiting row, one sentence per problem."""
    return [
        sentence(texts, said["code"], line=row["line"], column=column_words(texts, said.get("column")), value=said.get("value"))
        for said in json.loads(row["problems"])
    ]


def _download(session: Session, rows: pl.DataFrame) -> None:
    """All rows that wait, as written, with what is wrong, for a spreadsheet."""
    texts = session.texts
    content = waiting_csv(rows, texts)
    st.download_button(
        texts.t("Download the rows to correct (CSV)"),
        content,
        file_name(texts.t("to-correct"), session.as_of, content, "csv"),
        "text/csv",
        key="quarantine-csv",
        on_click="ignore",
        icon=":material/download:",
    )


def _one(session: Session, row: dict[str, Any]) -> None:
    """The cells of one row, to be corrected."""
    texts, key = session.texts, f"{row['row_id']}-{session.revision}"
    cells: dict[str, str] = json.loads(row["cells"])
    with st.container(border=True):
        st.markdown(f"**{md(texts.t('Line {line} of {file}', line=row['line'], file=row['file']))}**")
        for reason in reasons(texts, row):
            st.markdown(f":red[{md(reason)}]")
        if not row["is_correctable"]:
            st.markdown(md(texts.t(NOT_ALONE, line=row["line"], file=row["file"])))
            if st.button(texts.t("Drop this row"), key=f"drop-{key}", icon=":material/delete:"):
                _drop(session, [row])
            return
        account = _account(session, row)
        with st.form(f"correct-{key}", border=False):
            places = st.columns(_COLUMNS)
            typed = {
                header: places[place % _COLUMNS].text_input(md(header) or texts.t("(no name)"), text, key=f"cell-{place}-{key}")
                for place, (header, text) in enumerate(list(cells.items())[:_MOST_CELLS])
            }
            with st.container(horizontal=True):
                is_retried = st.form_submit_button(
                    texts.t("Try again"), key=f"retry-{key}", type="primary", icon=":material/refresh:"
                )
                is_dropped = st.form_submit_button(texts.t("Drop this row"), key=f"drop-{key}", icon=":material/delete:")
    if is_retried:
        changed = {header: text for header, text in typed.items() if text != cells[header]}
        _retry(session, {row["row_id"]: changed}, account)
    elif is_dropped:
        _drop(session, [row])


def _account(session: Session, row: Mapping[str, Any]) -> str | None:
    """The account of a movement whose file named none, or several."""
    if row["kind"] != "bank" or row["account"]:
        return None
    return choose_account(session, f"row-{row['row_id']}")


def _several(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Rows to be tried again as they were written, for instance once a client has a code, or dropped."""
    texts, key = session.texts, f"{len(rows)}-{session.revision}"
    with st.container(horizontal=True):
        again = {row["row_id"]: dict[str, str]() for row in rows if row["is_correctable"]}
        label = texts.plural("Try {count} row again", "Try {count} rows again", len(again))
        if again and st.button(label, key=f"retry-several-{key}", icon=":material/refresh:"):
            _retry(session, again, None)
        label = texts.plural("Drop {count} row", "Drop {count} rows", len(rows))
        if st.button(label, key=f"drop-several-{key}", icon=":material/delete:"):
            _drop(session, rows)


def _drop(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    texts, ids = session.texts, [row["row_id"] for row in rows]
    text = texts.plural("{count} row dropped.", "{count} rows dropped.", len(ids))
    decide(session, PAGE, lambda store, author: run_drop(store, ids, author=author), text)


def _retry(session: Session, corrections: Mapping[str, Mapping[str, str]], account: str | None) -> None:
    """Read rows again: those that are right are imported and told; of the others, what is wrong now."""
    texts = session.texts
    try:
        done = run_retry(session.store, corrections, author=session.author, account=account)
    except AppError as error:
        st.error(md(error_sentence(texts, error, session.currency)), icon=":material/block:")
        return
    wrong = [sentence for one in done for sentence in _faults(session, one)]
    ended = sum(len(one.ended) for one in done)
    if not ended:
        said = texts.t("Nothing was saved.") if wrong else texts.t("The row still waits: nothing was changed.")
        st.error(md(said) + "".join(f"\n- {md(sentence)}" for sentence in wrong), icon=":material/block:")
        return
    changes = tuple(one.report.change_id for one in done if one.report.change_id is not None)
    text = texts.plural("{count} row corrected and imported.", "{count} rows corrected and imported.", ended)
    tell(session, Notice(PAGE, text, changes, said=(*rematched(session), *wrong)))


def _faults(session: Session, done: Retry) -> list[str]:
    """Why rows that were tried again still wait."""
    if done.report.refused is not None:
        return [error_sentence(session.texts, done.report.refused, session.currency)]
    return [row["reason"] for problems in done.left.values() for row in problem_rows(session.texts, problems)]
