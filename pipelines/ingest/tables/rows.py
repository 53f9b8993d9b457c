"""Delimited text to text cells: logical rows with the line where each starts, ragged and broken rows apart.

The bulk goes through Polars. Only a file whose quoted cells hold line ends or stray quotation marks is cut cell by
cell in Python.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from models.problems import problem_rows
from models.rows import PROBLEMS
from models.tables import empty
from pipelines.ingest.refusals import refuse
from pipelines.ingest.text import BREAKS, CONTROL, INVISIBLE, MAX_FIELD, is_nfc, marks_of

MAX_COLUMNS = 200
#: A line of that length has a cell too long or cells too many, even if every character of every cell is doubled.
_ENDLESS = 2 * MAX_COLUMNS * (MAX_FIELD + 2)
_SHOWN = 200  # characters of a broken row that a problem quotes

#: A logical row: line where it starts, its cells (None: its quotation marks are wrong), offset after it.
Row = tuple[int, "list[str] | None", int]


@dataclass(frozen=True)
class Cells:
    """The rows below a header.

    Attributes:
        table: `line` and `c0` to `cN`, all text, one row per row of the file that has as many cells as the header.
        ragged: `line`, `text` and `parts` (its cells) of the rows that have not.
        broken: problems of the rows with control characters or wrong quotation marks; the rows are in no other frame.
        is_plain: no cell needs more cleaning than trimming.
    """

    table: pl.DataFrame
    ragged: pl.DataFrame
    broken: pl.DataFrame
    is_plain: bool


def refuse_endless_lines(text: str, name: str) -> None:
    """Stop at a line so long that one of its cells or their number must be beyond what is read.

    Raises:
        UnreadableFile: too_many_columns or field_too_long.
    """
    start = 0
    while start + _ENDLESS < len(text):
        end = text.rfind("\n", start, start + _ENDLESS)
        if end < 0:
            count = max(text.count(separator, start, start + _ENDLESS) for separator in ";,\t|") + 1
            if count > MAX_COLUMNS:
                raise refuse("too_many_columns", name=name, count=count, limit=MAX_COLUMNS)
            raise refuse("field_too_long", name=name, line=text.count("\n", 0, start) + 1, limit=MAX_FIELD)
        start = end + 1


def logical_rows(text: str, separator: str, name: str, first_line: int = 1) -> Iterator[Row]:
    """Rows as a spreadsheet reads them: a quoted cell may hold separators and line ends.

    Args:
        text: LF between lines.
        separator: of the cells.
        name: the file's, for a refusal.
        first_line: number of the first line of `text` in the file.

    Raises:
        UnreadableFile: unclosed_quote, naming the line where it opens.
    """
    sep = re.escape(separator)
    closed = re.compile(rf' *"((?:[^"]++|"")*+)" *(?=[{sep}\n]|\Z)')
    position, line = 0, first_line
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        if '"' not in (raw := text[position:end]):
            yield line, raw.split(separator), end + 1
        else:
            cells, end = _quoted_row(text, position, separator, closed, (name, line))
            yield line, cells, end + 1
        line += text.count("\n", position, end) + 1
        position = end + 1


def _quoted_row(
    text: str, start: int, separator: str, closed: re.Pattern[str], where: tuple[str, int]
) -> tuple[list[str] | None, int]:
    """Cells of the row at `start` and the offset of its end; None for the cells if a quotation mark is out of place."""
    cells: list[str] = []
    position = start
    while True:
        if match := closed.match(text, position):
            cells.append(match[1].replace('""', '"'))
            position = match.end()
        elif _opens(text, position):
            line_end = text.find("\n", position)
            opening = text.index('"', position)
            closing = text.find('"', opening + 1)
            if closing < 0 or (0 <= line_end < closing):
                raise refuse("unclosed_quote", name=where[0], line=where[1] + text.count("\n", start, opening))
            return None, len(text) if line_end < 0 else line_end
        else:
            ends = [end for end in (text.find(separator, position), text.find("\n", position)) if end >= 0]
            end = min(ends, default=len(text))
            cells.append(text[position:end])
            position = end
        if position >= len(text) or text[position] == "\n":
            return cells, position
        position += 1


def _opens(text: str, position: int) -> bool:
    while position < len(text) and text[position] == " ":
        position += 1
    return position < len(text) and text[position] == '"'


def read_cells(text: str, start: int, first_line: int, separator: str, header: list[str], name: str) -> Cells:
    """The cells of `text` from offset `start` on, which is line `first_line` of the file.

    Raises:
        UnreadableFile: unclosed_quote or field_too_long.
    """
    encoded = text[start:].encode()
    has_quotes = b'"' in encoded
    marks = marks_of(encoded, tab_is_plain=separator == "\t")
    if not has_quotes and (table := _regular(encoded, separator, len(header), marks)) is not None:
        numbered = table.with_columns(line=pl.int_range(pl.len(), dtype=pl.Int64) + first_line)
        is_plain = is_nfc(text, marks) and not pl.Series([marks]).str.contains(f"{INVISIBLE}|{BREAKS}").any()
        ragged = pl.DataFrame(schema={"line": pl.Int64, "text": pl.String, "parts": pl.List(pl.String)})
        return Cells(_without_empty_rows(numbered), ragged, empty(PROBLEMS), is_plain)
    body = text[start:]
    physical = _physical_lines(body, encoded)
    lines = physical.with_columns(line=pl.int_range(pl.len(), dtype=pl.Int64) + first_line)
    width = len(header)
    if has_quotes and not _is_well_quoted(lines["text"], separator):
        return _cells_from_rows(body, first_line, separator, header, name)
    lines = lines.filter(pl.col("text").str.strip_chars(separator + " \t\xa0") != "")
    lines, broken = _without_controls(lines)
    counted = lines.with_columns(cells=_count_cells(separator, has_quotes=has_quotes))
    good = _with_full_width(counted, separator, header)
    odd = counted.join(good, on="line", how="anti") if good.height < counted.height else counted.clear()
    ragged = odd.select("line", "text", parts=pl.col("text").str.split(separator))
    whole = encoded if good.height == physical.height and good.height == counted.filter(pl.col("cells") == width).height else None
    if whole is None:
        whole = (str(good["text"].str.join("\n")[0]) + "\n").encode() if good.height else b""
    table = _split(whole, separator, width, has_quotes=has_quotes).with_columns(good["line"])
    _refuse_long_fields(table, good["text"], name)
    is_plain = is_nfc(body, marks) and not pl.Series([marks]).str.contains(f"{INVISIBLE}|{BREAKS}").any()
    return Cells(_without_empty_rows(table) if has_quotes else table, ragged, broken, is_plain)


def _regular(encoded: bytes, separator: str, width: int, marks: str) -> pl.DataFrame | None:
    """The cells of a text without quotation marks where each line has as many as the header; None of any other text.

    The parser refuses a line with too many cells, so that with as many separators as full lines have none has too few.
    """
    full = (encoded.count(b"\n") + (not encoded.endswith(b"\n"))) * (width - 1)
    if not encoded or not full or encoded.count(separator.encode()) != full or pl.Series([marks]).str.contains(CONTROL).any():
        return None
    try:
        table = _split(encoded, separator, width, has_quotes=False, is_regular=True)
    except (pl.exceptions.ComputeError, pl.exceptions.SchemaError):
        return None
    longest = table.select(pl.max_horizontal(pl.all().str.len_bytes().max())).item()
    return None if longest is not None and longest > MAX_FIELD else table


def _physical_lines(body: str, encoded: bytes) -> pl.DataFrame:
    """One row per line of the text, blank ones null."""
    unused = next((mark for mark in map(chr, (*range(1, 9), *range(14, 32))) if mark not in body), None)
    if unused is None or not body:
        return pl.DataFrame({"text": body.split("\n") if body else []}, schema={"text": pl.String})
    return pl.read_csv(io.BytesIO(encoded), has_header=False, separator=unused, quote_char=None, schema={"text": pl.String})


def _is_well_quoted(lines: pl.Series, separator: str) -> bool:
    """Every line with a quotation mark is a whole row of plain or properly quoted cells."""
    sep = re.escape(separator)
    cell = rf'(?:"(?:[^"]|"")*"|[^"{sep}]*)'
    quoted = lines.filter(lines.str.contains('"', literal=True).fill_null(value=False))
    return bool(quoted.str.contains(rf"^{cell}(?:{sep}{cell})*$").all())


def _count_cells(separator: str, *, has_quotes: bool) -> pl.Expr:
    text = pl.col("text").str.replace_all(r'"[^"]*"', "") if has_quotes else pl.col("text")
    return text.str.count_matches(separator, literal=True).cast(pl.Int64) + 1


def _without_controls(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows without control characters, and the problems of the others."""
    has_control = lines["text"].str.contains(CONTROL)
    if not has_control.any():
        return lines, empty(PROBLEMS)
    broken = lines.filter(has_control).select(
        "line",
        column=pl.lit(None, pl.String),
        value=pl.col("text").str.replace_all(CONTROL, "\N{REPLACEMENT CHARACTER}").str.slice(0, _SHOWN),
        code=pl.when(pl.col("text").str.contains("\x00", literal=True))
        .then(pl.lit("nul_character"))
        .otherwise(pl.lit("control_character")),
    )
    return lines.filter(~has_control), broken


def _with_full_width(counted: pl.DataFrame, separator: str, header: list[str]) -> pl.DataFrame:
    """Rows of the header's width; empty cells too many at the end, or missing under nameless columns, do not count."""
    width = len(header)
    named = max((i + 1 for i, cell in enumerate(header) if cell.strip()), default=width)
    is_full = pl.col("cells") == width
    if counted.filter(~is_full).is_empty():
        return counted.select("line", "text")
    bare = pl.col("text").str.strip_chars_end(separator + " \t")
    bare_cells = pl.col("cells") - (
        pl.col("text").str.count_matches(separator, literal=True) - bare.str.count_matches(separator, literal=True)
    )
    is_padded = (pl.col("cells") >= named) & (bare_cells <= width)
    return counted.filter(is_full | is_padded).select(
        "line", pl.when(is_full).then(pl.col("text")).otherwise(bare + separator * (width - 1)).alias("text")
    )


def _split(rows: bytes, separator: str, width: int, *, has_quotes: bool, is_regular: bool = False) -> pl.DataFrame:
    """One text column per cell; rows have at least `width` cells, and where the text is regular no row has more."""
    schema = {f"c{i}": pl.String for i in range(width)}
    if not rows:
        return pl.DataFrame(schema=schema)
    return pl.read_csv(
        io.BytesIO(rows),
        has_header=False,
        separator=separator,
        quote_char='"' if has_quotes else None,
        schema=schema,
        extra_columns="raise" if is_regular else "ignore",
        missing_columns="raise" if is_regular else "insert",
        truncate_ragged_lines=not is_regular,
    )


def _refuse_long_fields(table: pl.DataFrame, lines: pl.Series, name: str) -> None:
    if not (lines.str.len_chars() > MAX_FIELD).any():
        return
    cells = pl.all().exclude("line")
    long = table.filter(pl.any_horizontal(cells.str.len_chars() > MAX_FIELD))
    if long.height:
        raise refuse("field_too_long", name=name, line=long["line"][0], limit=MAX_FIELD)


def _without_empty_rows(table: pl.DataFrame) -> pl.DataFrame:
    if not (table["c0"].is_null() | table["c0"].str.contains(r"^\s*$")).any():
        return table
    cells = pl.all().exclude("line").str.strip_chars(" \t\xa0")
    return table.filter(~pl.all_horizontal(cells.is_null() | (cells == "")))


def _cells_from_rows(body: str, first_line: int, separator: str, header: list[str], name: str) -> Cells:
    """The slow way: quoted cells with line ends, stray quotation marks."""
    width = len(header)
    named = max((i + 1 for i, cell in enumerate(header) if cell.strip()), default=width)
    good: list[tuple[int, list[str]]] = []
    ragged: list[tuple[int, str, list[str]]] = []
    broken: list[tuple[int | None, str | None, str | None, str]] = []
    control = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
    start = 0
    for number, cells, end in logical_rows(body, separator, name, first_line):
        raw, start = body[start : start + _SHOWN], end
        if cells is None:
            broken.append((number, None, raw.split("\n", 1)[0], "stray_quote"))
            continue
        text = separator.join(cells)
        if not text.strip(separator + " \t\n\xa0"):
            continue
        if any(len(cell) > MAX_FIELD for cell in cells):
            raise refuse("field_too_long", name=name, line=number, limit=MAX_FIELD)
        if control.search(text):
            shown = control.sub("\N{REPLACEMENT CHARACTER}", text)[:_SHOWN]
            broken.append((number, None, shown, "nul_character" if "\x00" in text else "control_character"))
        elif named <= len(cells) and not any(cell.strip() for cell in cells[width:]):
            good.append((number, (cells + [""] * width)[:width]))
        else:
            ragged.append((number, text, cells))
    table = pl.DataFrame([cells for _, cells in good], schema={f"c{i}": pl.String for i in range(width)}, orient="row")
    table = table.with_columns(line=pl.Series([line for line, _ in good], dtype=pl.Int64))
    ragged_frame = pl.DataFrame(ragged, schema={"line": pl.Int64, "text": pl.String, "parts": pl.List(pl.String)}, orient="row")
    return Cells(table, ragged_frame, problem_rows(broken), is_plain=False)
