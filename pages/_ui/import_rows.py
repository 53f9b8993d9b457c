"""The rows of a dropped file on screen: the first ones as understood and as written, and those with problems."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import polars as pl
import streamlit as st

from models.problems import sentence
from models.texts import Texts
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import word
from pages._ui.words import md
from pipelines.exports.columns import KINDS
from pipelines.exports.field_words import FIELD_WORDS, STATUS_WORDS
from pipelines.exports.sheets import neutral
from pipelines.ingest.parts import Parts
from pipelines.ingest.reading import Reading
from pipelines.publishing.publish import ImportReport

_FIRST_ROWS = 5
_MOST_SHOWN = 500  # problems; the download has them all
#: Formats of which a row is a line of text.
_LINES_OF_TEXT = ("csv", "fec", "cfonb")
_HEAD = 131_072
_CODED = ("member_refused",)  # problems whose value is a code, not a cell
#: The column that says what is wrong: its width and the height of a line in pixels, and the characters that a line holds.
REASON_WIDTH = 460
_REASON_CHARACTERS = 72
_LINE_HEIGHT = 21
_PADDING = 14
_MOST_LINES = 5


def show_first_rows(texts: Texts, content: bytes, reading: Reading, *, key: str) -> None:
    """The first rows as understood, and below as they stand in the file where that is a text of lines."""
    written = _raw_lines(content, reading)
    lines = [written[line] for line in show_understood(texts, reading, key=key) if line in written]
    if lines:
        st.caption(texts.t("The same rows in the file:"))
        st.code("\n".join(lines), language=None)


def show_understood(texts: Texts, parts: Parts, *, key: str) -> list[int]:
    """The first rows of each kind as understood; on which lines of the file they stand."""
    lines = []
    for name, rows, columns in _tables(texts, parts):
        if rows.is_empty():
            continue
        shown = [_worded(texts, row) for row in rows.head(_FIRST_ROWS).to_dicts()]
        has_status = any(row.get("status") for row in shown)
        kept = [column for column in columns if column.name != "status" or has_status]
        show_table(shown, kept, key=f"first-{name}-{key}", texts=texts, has_tools=False)
        lines += [row["line"] for row in shown]
    return lines


def _worded(texts: Texts, row: dict[str, Any]) -> dict[str, Any]:
    """A row with the words of its codes."""
    status = row.get("status")
    return {
        **row,
        "client": row.get("client_name") or row.get("client_code"),
        "kind": word(texts, KINDS, row.get("kind")),
        "status": texts.t(STATUS_WORDS[status]) if status in STATUS_WORDS else "",
    }


def _tables(texts: Texts, parts: Parts) -> list[tuple[str, pl.DataFrame, list[Column]]]:
    """The tables that a file may hold: documents, movements, receipts, clients, exchange rates."""
    return [
        ("documents", parts.documents, document_columns(texts)),
        ("lines", parts.lines, line_columns(texts)),
        (
            "receipts",
            parts.receipts,
            [
                Column("receipt_date", texts.t("Receipt"), "date", width=110),
                Column("client", texts.t("Client"), width="medium"),
                Column("label", texts.t("Label"), width=300),
                Column("amount", texts.t("Amount"), "money", width=120),
            ],
        ),
        (
            "clients",
            parts.clients,
            [
                Column("client_code", texts.t("Code"), width=100),
                Column("client_name", texts.t("Client"), width="medium"),
                Column("client_siren", texts.t("SIREN"), width=110),
                Column("client_email", texts.t("E-mail"), width="medium"),
                Column("terms_days", texts.t("Payment terms (days)"), "count", width=150),
            ],
        ),
        (
            "rates",
            parts.rates.head(_FIRST_ROWS).with_columns(pl.col("rate").map_elements(texts.rate, return_dtype=pl.String)),
            [
                Column("rate_date", texts.t("Date"), "date", width=110),
                Column("currency", texts.t("Currency"), width=100),
                Column("rate", texts.t("For one euro"), width=140),
            ],
        ),
    ]


def document_columns(texts: Texts) -> list[Column]:
    """Of invoices as understood."""
    return [
        Column("number", texts.t("Invoice"), width=160),
        Column("kind", texts.t("Type"), width=90),
        Column("client", texts.t("Client"), width="medium"),
        Column("issue_date", texts.t("Issued"), "date", width=100),
        Column("due_date", texts.t("Due date"), "date", width=100),
        Column("amount_incl_tax", texts.t("Amount incl. VAT"), "money", width=120),
        Column("status", texts.t("Status"), width=100),
    ]


def line_columns(texts: Texts) -> list[Column]:
    """Of bank movements as understood."""
    return [
        Column("booking_date", texts.t("Date"), "date", width=100),
        Column("label", texts.t("Label"), width="large"),
        Column("amount", texts.t("Amount"), "money", width=120),
    ]


def _raw_lines(content: bytes, reading: Reading) -> dict[int, str]:
    """Lines as they stand at the head of a text file, by number; none where a row is no line of it."""
    if reading.format not in _LINES_OF_TEXT or content.startswith(b"PK"):  # of an archive, the lines are its members'
        return {}
    lines = content[:_HEAD].decode(reading.encoding or "utf-8", errors="replace").lstrip("\ufeff").splitlines()
    return dict(enumerate(lines, start=1))


def problem_rows(texts: Texts, problems: pl.DataFrame) -> list[dict[str, Any]]:
    """Problems with their sentence, in the file's order."""
    return [
        {
            "line": row["line"],
            "column": column_words(texts, row["column"]),
            "value": "" if row["code"] in _CODED else row["value"] or "",
            "reason": sentence(
                texts, row["code"], line=row["line"], column=column_words(texts, row["column"]), value=row["value"]
            ),
        }
        for row in problems.to_dicts()
    ]


def column_words(texts: Texts, column: str | None) -> str:
    """A column as its file names it; a canonical one by its word."""
    return texts.t(FIELD_WORDS[column]) if column in FIELD_WORDS else column or ""


def problem_columns(texts: Texts) -> list[Column]:
    """Of a table of problems."""
    return [
        Column("line", texts.t("Line"), "count", width=60),
        Column("reason", texts.t("What is wrong"), width=REASON_WIDTH),
        Column("column", texts.t("Column"), width=120),
        Column("value", texts.t("Value"), width=110),
    ]


def reason_height(rows: Sequence[Mapping[str, Any]]) -> int:
    """The height of a row in which the longest reason can be read whole, in pixels."""
    lines = -(-max(len(row["reason"]) for row in rows) // _REASON_CHARACTERS)
    return _LINE_HEIGHT * min(lines, _MOST_LINES) + _PADDING


def show_problems(session: Session, report: ImportReport, *, key: str) -> None:
    """Rejected rows, which a person can correct later, and remarks on those that were kept."""
    texts = session.texts
    rejected = problem_rows(texts, report.rejected)
    if rejected:
        title = texts.plural("{count} rejected row", "{count} rejected rows", report.rejected_rows)
        with st.expander(md(title), icon=":material/error:", expanded=True):
            st.caption(
                texts.t("These rates are left out; the others are imported. A later file brings them right.")
                if report.kind == "rates"
                else texts.t("These rows are left out; the others are imported. They will wait on this page for your correction.")
            )
            _show_reasons(texts, rejected, key=f"rejected-{key}")
            content = problems_csv(texts, rejected)
            name = f"{texts.t('rejected')}-{sha256(content).hexdigest()[:8]}.csv"
            st.download_button(
                texts.t("Download these rows (CSV)"),
                content,
                name,
                "text/csv",
                key=f"rejected-csv-{key}",
                on_click="ignore",
                icon=":material/download:",
            )
    warnings = problem_rows(texts, report.warnings)
    if warnings:
        title = texts.plural("{count} remark", "{count} remarks", len(warnings))
        with st.expander(md(title), icon=":material/info:"):
            _show_reasons(texts, warnings, key=f"warnings-{key}")


def _show_reasons(texts: Texts, rows: list[dict[str, Any]], *, key: str) -> None:
    shown = rows[:_MOST_SHOWN]
    show_table(
        shown,
        problem_columns(texts),
        key=key,
        texts=texts,
        sheet=Sheet(texts.t("Remarks on the file")),
        row_height=reason_height(shown),
    )


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
