"""Any table of the screens as a file: CSV, workbook or printed pages, with what it is of and what was asked of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from models.ids import fold
from models.texts import Texts
from pipelines.exports.column import Column
from pipelines.exports.paper_list import printed
from pipelines.exports.sheets import csv_of, neutral, workbook_of

#: By extension: how the form is named, and its media type.
FORM_NAMES = {
    "csv": "For a spreadsheet (CSV)",
    "xlsx": "Excel workbook (XLSX)",
    "pdf": "Printed list (PDF)",
}
FORM_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
#: More rows than this are no reading matter on paper; the other forms have them all.
MOST_PRINTED = 3000


@dataclass(frozen=True)
class Table:
    """A table that leaves.

    Attributes:
        columns: what of the rows is written, titles in the reader's language.
        rows: all of them, already searched, filtered and in order; a `currency` column keeps sums of several apart.
        about: its title, then what it is of: the date, the filters, the definitions.
        day: the date of its figures.
    """

    columns: Sequence[Column]
    rows: pl.DataFrame
    about: Sequence[str]
    day: date


def table_file(table: Table, form: str, texts: Texts) -> bytes:
    """The table as csv, xlsx or pdf. What it is of stands below the rows of a CSV, and on a second sheet of a workbook."""
    rows = table.rows.head(MOST_PRINTED) if form == "pdf" else table.rows
    written = rows.to_dicts()
    if form == "csv":
        return csv_of(table.columns, written, texts) + _notes(table.about)
    if form == "xlsx":
        return workbook_of(table.about[0], table.columns, written, texts, table.about)
    about = list(table.about)
    if rows.height < table.rows.height:
        first, count = texts.number(rows.height), texts.number(table.rows.height)
        about.append(
            texts.t("The first {first} of {count} rows are printed; the CSV and the workbook have all.", first=first, count=count)
        )
    return printed(table.columns, written, texts, about, day=table.day)


def _notes(about: Sequence[str]) -> bytes:
    """What the table is of, below an empty line, so that a spreadsheet takes it for no row."""
    quoted = ('"' + neutral(line).replace('"', '""') + '"' for line in about)
    return ("\r\n" + "\r\n".join(quoted) + "\r\n").encode()


def file_stem(title: str) -> str:
    """A title as the beginning of a file's name: « Balance âgée » is balance-agee."""
    plain = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in fold(title))
    return "-".join(plain.split()) or "encours"
