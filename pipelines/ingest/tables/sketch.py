"""A first look at a table that no profile knows: its header or none, its first rows, and what each column looks like."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from string import ascii_uppercase

import polars as pl

from pipelines.ingest.dates import parse_dates
from pipelines.ingest.findings import meanings
from pipelines.ingest.numbers import parse_amounts
from pipelines.ingest.parts import Source
from pipelines.ingest.recognise import format_of
from pipelines.ingest.refusals import refuse
from pipelines.ingest.tables.contacts import EMAIL, siren_digits
from pipelines.ingest.tables.rows import MAX_COLUMNS, logical_rows
from pipelines.ingest.text import decode, unify_line_ends

_SEPARATORS = (";", ",", "\t", "|")
_HEAD_ROWS = 30
_ROWS = 200
_SEP_LINE = re.compile(r'"?sep=(.)"? *\n', re.IGNORECASE)
_CURRENCIES = r"^(?i:EUR|USD|GBP|CHF|CAD|€|\$|£)$"
#: Topics of words.toml whose words tell a column.
_TOPICS = ("status", "kind", "client_type", "client_language", "direction", "disputed")


@dataclass(frozen=True)
class Sketch:
    """The first rows of a table.

    Attributes:
        name: the file's.
        separator: of its cells; None for a workbook.
        header: the names of its columns; letters as in a spreadsheet if it has none.
        has_header: whether the file names its columns.
        line: of the header, or of the first row.
        rows: (line, cells) of the first rows below it, as many cells as the header.
    """

    name: str
    separator: str | None
    header: tuple[str, ...]
    has_header: bool
    line: int
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def table(self) -> pl.DataFrame:
        """`c0` to `cN` and `line`, all text."""
        names = [f"c{i}" for i in range(len(self.header))]
        cells = pl.DataFrame([list(cells) for _, cells in self.rows], schema=dict.fromkeys(names, pl.String), orient="row")
        return cells.with_columns(line=pl.Series([line for line, _ in self.rows], dtype=pl.Int64))

    @cached_property
    def looks(self) -> "tuple[Look, ...]":
        """What each column looks like."""
        table = self.table
        return tuple(_look(table[f"c{i}"]) for i in range(len(self.header)))


@dataclass(frozen=True)
class Look:
    """What the cells of one column look like.

    Attributes:
        shares: of the written cells, by shape (date, amount, decimal, email, siren, currency, text, digit) or topic of
            words.toml.
        filled: share of the rows that have a cell.
        distinct: share of different texts among the written cells.
        length: mean number of characters.
        days, amounts: the cells as dates and as amounts.
    """

    shares: dict[str, float]
    filled: float
    distinct: float
    length: float
    days: pl.Series
    amounts: pl.Series

    def share(self, shape: str) -> float:
        """Of the written cells, those of that shape."""
        return self.shares.get(shape, 0.0)


def sketch(source: Source) -> Sketch:
    """A first look at a delimited text or a workbook.

    Raises:
        UnreadableFile: it is neither, or it cannot be opened.
    """
    code = format_of(source.content, source.name)
    if code == "workbook":
        from pipelines.ingest.tables.workbook import sheet_rows

        return _sketched(source.name, None, list(enumerate(sheet_rows(source)[: _HEAD_ROWS + _ROWS], start=1)))
    if code != "delimited":
        raise refuse("no_table", name=source.name)
    text = unify_line_ends(decode(source.content, source.name)[0])
    announced = _SEP_LINE.match(text)
    body, first = (text[announced.end() :], 2) if announced else (text, 1)
    best: tuple[tuple[int, int], str] = ((0, 0), ";")
    for separator in (announced[1],) if announced else _SEPARATORS:
        rows = _cut(body, separator, source.name, first, _HEAD_ROWS)
        width, count = Counter(len(cells) for _, cells in rows).most_common(1)[0] if rows else (0, 0)
        best = max(best, ((count if width > 1 else 0, width), separator), key=lambda trial: trial[0])
    return _sketched(source.name, best[1], _cut(body, best[1], source.name, first, _HEAD_ROWS + _ROWS))


def _cut(text: str, separator: str, name: str, first: int, count: int) -> list[tuple[int, list[str]]]:
    """The first rows that have a cell."""
    found = islice(logical_rows(text, separator, name, first), count)
    return [(line, cells) for line, cells, _ in found if cells and any(cell.strip() for cell in cells)]


def _sketched(name: str, separator: str | None, rows: list[tuple[int, list[str]]]) -> Sketch:
    """The header is the first row that is as full as most and has neither a date nor an amount."""
    rows = [(line, [cell.strip() for cell in cells]) for line, cells in rows]
    rows = [(line, cells) for line, cells in rows if any(cells)]
    if not rows:
        raise refuse("empty_file", name=name)
    filled = [sum(1 for cell in cells if cell) for _, cells in rows]
    usual = Counter(filled).most_common(1)[0][0]
    at = next((i for i, count in enumerate(filled) if count > 1 and count * 2 >= usual), 0)
    line, cells = rows[at]
    has_header = not _has_values(cells)
    width = min(max(len(cells) for _, cells in rows[at:]) if not has_header else len(cells), MAX_COLUMNS)
    while has_header and width > 1 and not cells[width - 1]:
        width -= 1
    header = tuple(cells[:width]) if has_header else tuple(_letters(i) for i in range(width))
    below = rows[at + 1 :] if has_header else rows[at:]
    padded = tuple((number, tuple((row + [""] * width)[:width])) for number, row in below[:_ROWS])
    return Sketch(name, separator, header, has_header, line, padded)


def _has_values(cells: list[str]) -> bool:
    """Whether a row holds a date or an amount, as no header does."""
    written = pl.Series("cell", [cell for cell in cells if cell], dtype=pl.String)
    is_date = parse_dates(written).values.is_not_null()
    return bool(is_date.any() or parse_amounts(written).values.is_not_null().any())


def _letters(place: int) -> str:
    """The name that a spreadsheet gives a column: A to Z, then AA."""
    first, second = divmod(place, len(ascii_uppercase))
    return (ascii_uppercase[first - 1] if first else "") + ascii_uppercase[second]


def _look(cells: pl.Series) -> Look:
    cells = cells.alias("cell").set(cells.eq("").fill_null(value=False), None)
    written = cells.drop_nulls()
    count = max(written.len(), 1)
    days, amounts = parse_dates(cells).values, parse_amounts(cells).values
    told = {
        "date": days.is_not_null().sum(),
        "amount": amounts.is_not_null().sum(),
        "decimal": (amounts.is_not_null() & cells.str.contains(r"[.,][0-9]{2}[^0-9]*$")).sum(),
        "email": written.str.contains(EMAIL).sum(),
        "siren": siren_digits(written).is_not_null().sum(),
        "currency": written.str.contains(_CURRENCIES).sum(),
        "text": written.str.contains(r"\p{L}{2}").sum(),
        "digit": written.str.contains(r"[0-9]").sum(),
    } | {topic: meanings(written, topic).is_not_null().sum() for topic in _TOPICS}
    return Look(
        shares={shape: float(found) / count for shape, found in told.items()},
        filled=written.len() / max(cells.len(), 1),
        distinct=written.n_unique() / count,
        length=float(written.str.len_chars().mean() or 0),  # type: ignore[arg-type]
        days=days,
        amounts=amounts,
    )
