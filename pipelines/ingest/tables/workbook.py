"""Excel workbooks: the first sheet with a header that is known, read as the delimited text that it could have been saved as."""

import csv
import io
import re
from dataclasses import dataclass, replace

import polars as pl

from models.errors import UnreadableFile
from models.problems import problem_rows
from pipelines.ingest.archive import open_checked
from pipelines.ingest.child import call
from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.refusals import refuse
from pipelines.ingest.tables.delimited import read_text
from pipelines.ingest.tables.rows import MAX_COLUMNS

MAX_ROWS = 200_000
_HEAD_ROWS = 60
_LINE_ENDS = re.compile(r"[\r\n]+")
_SECONDS = 8  # for a small workbook
_PER_10_MB = 15  # seconds more, on a machine that has other things to do


@dataclass(frozen=True)
class Sheet:
    """A visible sheet: its name and its rows from A1 on, every cell as text."""

    name: str
    rows: list[list[str]]


def read(source: Source) -> Parts:
    """The rows of the first sheet that is an invoice, bank or client table; other such sheets are named in a warning.

    A line is a row of the sheet.

    Raises:
        UnreadableFile: the workbook cannot be opened, is too large, or no sheet has the columns that are needed.
    """
    sheets = _sheets(source)
    chosen = _first_table(sheets, source)
    parts = read_text(_as_text(sheets[chosen].rows), source)
    others = [sheet.name for sheet in sheets[chosen + 1 :] if _refusal(sheet, source) is None]
    warnings = parts.warnings
    if others:
        warnings = pl.concat([warnings, problem_rows([(None, sheets[chosen].name, ", ".join(others), "sheets_not_read")])])
    # Number cells have no decimal sign and date cells no separator: there is nothing to show.
    return replace(parts, format="xlsx", encoding="", separator=None, decimal=None, warnings=warnings)


def sheet_rows(source: Source) -> list[list[str]]:
    """The rows of the sheet that `read` takes; if it takes none, those of the first sheet that has any.

    Raises:
        UnreadableFile: the workbook cannot be opened or is too large.
    """
    sheets = _sheets(source)
    try:
        return sheets[_first_table(sheets, source)].rows
    except UnreadableFile:
        return next((sheet.rows for sheet in sheets if sheet.rows), [])


def _sheets(source: Source) -> list[Sheet]:
    """The visible sheets.

    Raises:
        UnreadableFile: as `open_checked`; too_many_rows or too_many_columns; or the reader failed.
    """
    with open_checked(source.content, source.name) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    seconds = _SECONDS + _PER_10_MB * (size // 10_000_000)
    found = call("workbook", source.content, source.name, seconds=seconds)
    if found.get("refused") == "archive_broken":
        raise refuse("archive_broken", name=source.name)
    if found.get("refused") == "too_many_rows":
        raise refuse("too_many_rows", name=source.name, limit=MAX_ROWS)
    if found.get("refused") == "too_many_columns":
        raise refuse("too_many_columns", name=source.name, count=f"> {MAX_COLUMNS}", limit=MAX_COLUMNS)
    return [Sheet(sheet["name"], sheet["rows"]) for sheet in found["sheets"]]


def _first_table(sheets: list[Sheet], source: Source) -> int:
    """The place of the sheet to read.

    Raises:
        UnreadableFile: why the most promising sheet cannot be read.
    """
    failures: list[UnreadableFile] = []
    for place, sheet in enumerate(sheets):
        failure = _refusal(sheet, source)
        if failure is None:
            return place
        if failure.code == "duplicate_column":  # a table, and a question to the user: not to be passed over
            raise failure
        failures.append(failure)
    if not failures:
        raise refuse("empty_file", name=source.name)
    raise next((failure for failure in failures if failure.code != "unknown_columns"), failures[0])


def _refusal(sheet: Sheet, source: Source) -> UnreadableFile | None:
    """Why the sheet's first rows are no table that is known; None if they are."""
    try:
        read_text(_as_text(sheet.rows[:_HEAD_ROWS]), source)
    except UnreadableFile as error:
        return error
    return None


def _as_text(rows: list[list[str]]) -> str:
    """Separated text with one line per row: a line end inside a cell becomes a tab, which is one space later."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerows([_LINE_ENDS.sub("\t", cell) if "\n" in cell or "\r" in cell else cell for cell in row] for row in rows)
    return out.getvalue()
