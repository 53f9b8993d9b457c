"""What each dropped file would do, before anything is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import polars as pl
import streamlit as st

from models.problems import sentence
from models.texts import Texts
from pages._ui.acting import error_sentence
from pages._ui.session import Session
from pages._ui.tables import Column, show_table
from pages._ui.wording import (
    DATE_ORDERS,
    DECIMAL_SIGNS,
    ENCODINGS,
    FIELD_WORDS,
    FILE_FORMATS,
    FILE_KINDS,
    SEPARATORS,
    STATUS_WORDS,
    account_label,
    word,
)
from pages._ui.words import md
from pipelines.exports.sheets import KINDS, neutral
from pipelines.ingest.publish import ImportReport, run_import
from pipelines.ingest.reading import Reading

_FIRST_ROWS = 5
_NEW_ACCOUNT = "account_needed"


@dataclass(frozen=True)
class Dropped:
    """A file that was dropped.

    Attributes:
        place: among those dropped, so that two files of one name stay apart.
        account: the bank account that a person says it is of.
    """

    place: int
    name: str
    content: bytes
    account: str | None = None


def read(session: Session, file: Dropped) -> ImportReport:
    """What importing the file would do; kept as long as the facts stay the same."""
    digest = sha256(file.content).hexdigest()
    return _read(session.path, session.revision, digest, file.name, file.account, session, file.content)


@st.cache_resource(max_entries=24, show_spinner=False)
def _read(
    path: str, revision: int, digest: str, name: str, account: str | None, _session: Session, _content: bytes
) -> ImportReport:
    del path, revision, digest  # part of the key only
    return run_import(_session.store, _content, name, author=_session.author, account=account, dry_run=True)


def names_no_account(report: ImportReport) -> bool:
    """A statement that does not say which account it is of."""
    if report.refused is not None:
        return report.refused.code == _NEW_ACCOUNT
    if report.reading is None or report.kind != "bank" or report.reading.accounts.is_empty():
        return False
    named = report.reading.accounts.select(pl.any_horizontal(pl.col("name", "number", "iban").is_not_null()).all()).item()
    return not named


def choose_account(session: Session, file: Dropped) -> str | None:
    """The account that a person says the file is of: one of those known, or a new name."""
    texts = session.texts
    known = session.ledger.accounts["name"].sort().to_list()
    st.caption(texts.t("This file does not say which bank account it is of."))
    key = f"account-{file.place}-{session.revision}"
    if not known:
        return st.text_input(texts.t("Bank account"), texts.t("Current account"), key=key, max_chars=80).strip() or None
    chosen = st.selectbox(
        texts.t("Bank account"),
        known,
        index=0 if len(known) == 1 else None,
        key=key,
        accept_new_options=True,
        format_func=lambda name: account_label(texts, name),
        placeholder=texts.t("Choose an account, or type a new name"),
    )
    return str(chosen).strip() or None if chosen else None


def show_report(session: Session, file: Dropped, report: ImportReport) -> None:
    """One file: what it was taken for, what it would change, its first rows, its problems."""
    texts = session.texts
    if report.refused is not None:
        if report.refused.code != _NEW_ACCOUNT:
            st.error(md(error_sentence(texts, report.refused, session.currency)), icon=":material/block:")
        return
    with st.container(horizontal=True, gap="small"):
        for label, colour in _facts(texts, report):
            st.badge(md(label), color=colour)  # type: ignore[arg-type]
    st.markdown(counts_sentence(texts, report))
    if report.reading is not None:
        _first_rows(session, file, report.reading)
    _problems(session, file.place, report)


def _facts(texts: Texts, report: ImportReport) -> list[tuple[str, str]]:
    """What the file was taken for, in a few words each."""
    reading = report.reading
    accounts = (
        []
        if reading is None
        else [next(filter(None, row), None) for row in reading.accounts.select("name", "number", "iban").iter_rows()]
    )
    colon = texts.t(": ")
    found = [
        (word(texts, FILE_KINDS, report.kind), "blue"),
        *[(account_label(texts, name), "blue") for name in accounts if name],
        (word(texts, FILE_FORMATS, report.format), "gray"),
        (ENCODINGS.get(report.encoding or "", report.encoding or ""), "gray"),
        *_said(texts, "Separator", SEPARATORS, report.separator, colon),
        *_said(texts, "Dates", DATE_ORDERS, report.date_order, colon),
        *_said(texts, "Decimal sign", DECIMAL_SIGNS, report.decimal, colon),
    ]
    return [(label, colour) for label, colour in found if label]


def _said(texts: Texts, title: str, words: dict[str, str], code: str | None, colon: str) -> list[tuple[str, str]]:
    return [(f"{texts.t(title)}{colon}{word(texts, words, code)}", "gray")] if code else []


def counts_sentence(texts: Texts, report: ImportReport) -> str:
    """How many rows, and what becomes of them, as Markdown: what is zero is left out, save what is new."""
    kinds = (
        (report.inserted, "{count} to add"),
        (report.updated, "{count} to update"),
        (report.duplicates, "{count} known already"),
        (report.conflicts, "{count} in conflict"),
        (report.ignored, "{count} to ignore"),
        (report.rejected_rows, "{count} with errors"),
    )
    parts = [texts.t(words, count=texts.number(count)) for place, (count, words) in enumerate(kinds) if count or not place]
    head = texts.plural("{count} row", "{count} rows", report.rows)
    return md(texts.t("{name}: {value}", name=head, value=", ".join(parts)))


def _first_rows(session: Session, file: Dropped, reading: Reading) -> None:
    """The first rows as understood, and as they stand in the file."""
    texts = session.texts
    raw = _raw_lines(file.content, reading)
    if reading.kind == "bank":
        rows = reading.lines.head(_FIRST_ROWS).to_dicts()
        columns = [
            Column("booking_date", texts.t("Date"), "date"),
            Column("label", texts.t("Label"), width="large"),
            Column("amount", texts.t("Amount"), "money"),
        ]
    else:
        rows = reading.documents.head(_FIRST_ROWS).to_dicts()
        has_status = any(row["status"] in STATUS_WORDS for row in rows)
        columns = [
            Column("number", texts.t("Invoice")),
            Column("kind", texts.t("Type")),
            Column("client", texts.t("Client"), width="medium"),
            Column("issue_date", texts.t("Issued"), "date"),
            Column("due_date", texts.t("Due date"), "date"),
            Column("amount_incl_tax", texts.t("Amount incl. VAT"), "money"),
            *([Column("status", texts.t("Status"))] if has_status else []),
        ]
    if not rows:
        return
    shown = [
        {
            **row,
            "client": row.get("client_name") or row.get("client_code"),
            "kind": word(texts, KINDS, row.get("kind")),
            "status": texts.t(STATUS_WORDS[row["status"]]) if row.get("status") in STATUS_WORDS else "",
            "raw": raw.get(row["line"], ""),
        }
        for row in rows
    ]
    if raw:
        columns.append(Column("raw", texts.t("In the file"), width="large"))
    show_table(shown, columns, key=f"first-{file.place}", texts=texts)


def _raw_lines(content: bytes, reading: Reading) -> dict[int, str]:
    """The first rows as they stand in a text file, by line; none for OFX, whose movements are no lines."""
    if reading.format != "csv":
        return {}
    lines = content.decode(reading.encoding, errors="replace").lstrip("\ufeff").splitlines()
    rows = reading.lines if reading.kind == "bank" else reading.documents
    return {line: lines[line - 1] for line in rows["line"].head(_FIRST_ROWS).to_list() if line <= len(lines)}


def problem_rows(texts: Texts, problems: pl.DataFrame) -> list[dict[str, Any]]:
    """Problems with their sentence, in the file's order."""
    return [
        {
            "line": row["line"],
            "column": texts.t(FIELD_WORDS[row["column"]]) if row["column"] in FIELD_WORDS else row["column"] or "",
            "value": row["value"] or "",
            "reason": sentence(texts, row["code"], line=row["line"], column=row["column"], value=row["value"]),
        }
        for row in problems.to_dicts()
    ]


def _problems(session: Session, place: int, report: ImportReport) -> None:
    texts = session.texts
    columns = [
        Column("line", texts.t("Line"), "count", width=70),
        Column("column", texts.t("Column"), width=150),
        Column("value", texts.t("Value"), width=180),
        Column("reason", texts.t("What is wrong"), width="large"),
    ]
    rejected = problem_rows(texts, report.rejected)
    if rejected:
        title = texts.plural("{count} rejected row", "{count} rejected rows", report.rejected_rows)
        with st.expander(md(title), icon=":material/error:", expanded=True):
            st.caption(
                texts.t("These rows are left out; the others are imported. Correct them in the file, then import it again.")
            )
            show_table(rejected, columns, key=f"rejected-{place}", texts=texts)
            content = problems_csv(texts, rejected)
            name = f"{texts.t('rejected')}-{sha256(content).hexdigest()[:8]}.csv"
            st.download_button(
                texts.t("Download these rows (CSV)"),
                content,
                name,
                "text/csv",
                key=f"rejected-csv-{place}",
                on_click="ignore",
                icon=":material/download:",
            )
    warnings = problem_rows(texts, report.warnings)
    if warnings:
        title = texts.plural("{count} remark", "{count} remarks", len(warnings))
        with st.expander(md(title), icon=":material/info:"):
            show_table(warnings, columns, key=f"warnings-{place}", texts=texts)


def problems_csv(texts: Texts, rows: Sequence[dict[str, Any]]) -> bytes:
    """Rejected rows for a spreadsheet of the reader's language; no cell runs as a formula."""
    titles = {"line": "Line", "column": "Column", "value": "Value", "reason": "What is wrong"}
    frame = pl.DataFrame(
        {
            texts.t(title): [neutral(str(row[name] if row[name] is not None else "")) for row in rows]
            for name, title in titles.items()
        }
    )
    separator = ";" if texts.language == "fr" else ","
    return b"\xef\xbb\xbf" + frame.write_csv(separator=separator, line_terminator="\r\n").encode()
