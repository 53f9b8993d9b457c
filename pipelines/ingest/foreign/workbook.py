"""The sheets of an Excel workbook as text, by calamine.

calamine lays a sheet out from its first to its last cell, so that one cell at XFD1048576 would take all memory; it
leaves out cells that hold an error, and stops without a word where a part is cut. All three are looked for first.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import cycle
from pathlib import PurePosixPath
from typing import Any
from xml.parsers import expat

MAX_ROWS = 200_000
MAX_COLUMNS = 200
_CENT = Decimal("0.01")
_NEAR = Decimal("0.000001")
_EXACT = 10**15  # above it, a workbook's number is no whole number any more
_FEWEST_DECIMALS = 4  # of a number that is no amount of cents, so that no three of them are taken for thousands
_VALUE = rb"[^>]*(?<!/)>\s*<(?:\w+:)?(?:v|is|f)\b"
_WIDE = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br=["\'](?:[A-Z]{3}|G[S-Z]|[H-Z][A-Z])[0-9]+["\']' + _VALUE)
_LONG = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br=["\'][A-Z]+(?!200000["\'])(?:[2-9][0-9]{5}|[1-9][0-9]{6,})["\']' + _VALUE)
_ERROR = re.compile(
    rb'<(?:\w+:)?c\s(?=[^>]*\bt="e")[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*>(?:<(?:\w+:)?f\b.*?</(?:\w+:)?f>|<(?:\w+:)?f\b[^>]*/>)?\s*'
    rb"<(?:\w+:)?v>([^<]{1,40})<",
    re.DOTALL,
)
_SHEET = re.compile(rb'<(?:\w+:)?sheet\s[^>]*?\b\w+:id="([^"]+)"')
_SHARED = re.compile(r"xl/(?:workbook|sharedStrings|styles)\.xml|xl/_rels/workbook\.xml\.rels", re.IGNORECASE)
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_AMBIGUOUS = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")


def parse(content: bytes) -> dict[str, Any]:
    """`sheets`: name and text rows, from A1 on, of each visible sheet in order; or `refused`: the code of a limit.

    The n-th row is the n-th of the sheet; trailing empty rows and columns are left out.
    """
    from python_calamine import SheetTypeEnum, SheetVisibleEnum, load_workbook

    sheets = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if not all(_is_whole(archive.read(part)) for part in archive.namelist() if _SHARED.fullmatch(part)):
            return {"refused": "archive_broken"}
        paths = _sheet_paths(archive)
        book = load_workbook(io.BytesIO(content))
        for place, sheet in enumerate(book.sheets_metadata):
            if sheet.visible != SheetVisibleEnum.Visible or sheet.typ != SheetTypeEnum.WorkSheet:
                continue
            xml = archive.read(paths[place])
            if refused := _limit(xml) or ("" if _is_whole(xml) else "archive_broken"):
                return {"refused": refused}
            table = book.get_sheet_by_name(sheet.name)
            rows = _texts(table.to_python(skip_empty_area=False))
            for row, column, text in _errors(xml):
                if row < len(rows) and column < len(rows[row]):
                    rows[row][column] = text
            rows = _trimmed(rows)
            if len(rows) > MAX_ROWS:
                return {"refused": "too_many_rows"}
            if rows and len(rows[0]) > MAX_COLUMNS:
                return {"refused": "too_many_columns"}
            sheets.append({"name": sheet.name, "rows": rows})
    return {"sheets": sheets}


def _sheet_paths(archive: zipfile.ZipFile) -> list[str]:
    """The part of each sheet, in the workbook's order."""
    targets = {}
    for relation in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")):
        said = dict(re.findall(rb'\b(Id|Target)="([^"]*)"', relation))
        targets[said.get(b"Id")] = said.get(b"Target", b"").decode()
    paths = (targets[key] for key in _SHEET.findall(archive.read("xl/workbook.xml")))
    return [path.lstrip("/") if path.startswith("/") else str(PurePosixPath("xl") / path) for path in paths]


def _is_whole(xml: bytes) -> bool:
    """Well-formed to its end and without entities: calamine takes a part that is cut short for the whole of it."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        return False
    try:
        expat.ParserCreate().Parse(xml, True)  # noqa: FBT003 -- the parser's own signature
    except expat.ExpatError:
        return False
    return True


def _limit(xml: bytes) -> str | None:
    """The code of a limit that a cell with a value is beyond."""
    if _LONG.search(xml):
        return "too_many_rows"
    return "too_many_columns" if _WIDE.search(xml) else None


def _errors(xml: bytes) -> Iterator[tuple[int, int, str]]:
    """Row and column, from 0, and text of the cells that hold an error such as #N/A."""
    if b't="e"' not in xml:
        return
    for letters, row, text in _ERROR.findall(xml):
        column = 0
        for letter in letters:
            column = column * 26 + letter - ord("A") + 1
        yield int(row) - 1, column - 1, text.decode()


def _texts(rows: list[list[Any]]) -> list[list[str]]:
    """Every cell as text."""
    texts = [[cell if type(cell) is str and "_x000D_" not in cell else _text(cell) for cell in row] for row in rows]
    for column in {at for row in rows for at, cell in enumerate(row) if type(cell) is str and _is_ambiguous(cell)}:
        # A number cell has no decimal sign: it must not seem to tell how the text cells beside it are written.
        signs = cycle(",.")
        for values, written in zip(rows, texts, strict=True):
            if isinstance(values[column], float) and "." in written[column]:
                written[column] = written[column].replace(".", next(signs))
    return texts


def _is_ambiguous(cell: str) -> bool:
    return cell[-4:-3] in (",", ".") and _AMBIGUOUS.fullmatch(cell) is not None


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell.replace("_x000D_", "\r") if "_x000D_" in cell else cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (int, float)):
        return _number(cell)
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == time() else f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else ""


def _number(value: float) -> str:
    """Within a millionth of a cent amount, that amount; else every decimal, so that reading it as money is a problem."""
    if abs(value) < _EXACT and float(value).is_integer():
        return str(int(value))
    exact = Decimal(repr(value))
    cents = exact.quantize(_CENT, ROUND_HALF_UP) if abs(value) < _EXACT else exact
    if abs(exact - cents) <= _NEAR:
        return f"{cents:f}"
    text = f"{exact:f}"
    return text + "0" * (_FEWEST_DECIMALS - len(text.partition(".")[2]))


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    """Without the empty rows at the end and the empty columns at the right."""
    while rows and not any(rows[-1]):
        rows.pop()
    width = 0
    for row in rows:
        width = next((at for at in range(len(row), width, -1) if row[at - 1]), width)
    return [row[:width] for row in rows]
