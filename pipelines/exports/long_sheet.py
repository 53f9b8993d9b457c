"""Workbooks of very many rows: made as `sheets` makes them with one row for a model, the rows then written all at once.

A cell at a time, 100,000 entries take half a minute; by columns, a few seconds. The model row gives the style of each column and
the width of its longest cell. Texts stand in their cells, numbers keep all their digits, and nothing is ever a formula.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import polars as pl

from models.texts import Texts
from pipelines.exports.columns import LISTS
from pipelines.exports.sheets import workbook_of

_SHEET = "xl/worksheets/sheet1.xml"
#: Rows written at once, and how hard they are pressed: a large file is not to wait for it.
_PART, _FAST = 50_000, 1
_EPOCH = 25_569  # spreadsheets count days from 30/12/1899
_MODEL = re.compile(r'<row r="2"[^>]*>.*?</row>', re.DOTALL)
_STYLED = re.compile(r'<c r="([A-Z]+)2" s="([0-9]+)"')
_CELL = re.compile(r'<c r="([A-Z]+)1"')
_DIMENSION = re.compile(r'<dimension ref="A1:([A-Z]+)2"/>')


def long_xlsx(name: str, rows: pl.DataFrame, texts: Texts, *, title: str, made: datetime) -> bytes:
    """A workbook of a list that has no sums below, as `workbook_of` writes it: the same rows give the same bytes.

    Args:
        name: one of LISTS, whose columns are shown as they are: no column of codes.
        rows: some of its columns, in the order wanted: texts, whole numbers, dates and money.
        texts: the reader's language.
        title: what its sheet is called.
        made: the instant that it says it was made.
    """
    known = {column.name: column for column in LISTS[name]}
    columns = [known[column] for column in rows.columns]
    if rows.is_empty():
        return workbook_of(title, columns, [], texts, made=made)
    frame = workbook_of(title, columns, [_model(rows)], texts, made=made)
    buffer = BytesIO()
    with ZipFile(BytesIO(frame)) as source, ZipFile(buffer, "w", ZIP_DEFLATED, compresslevel=_FAST) as target:
        for info in source.infolist():
            if info.filename == _SHEET:
                _write_sheet(target, source.read(info).decode(), rows)
            else:
                target.writestr(info, source.read(info))
    return buffer.getvalue()


def _model(rows: pl.DataFrame) -> dict[str, object]:
    """One row with the longest cell of each column; a column without any has none."""
    longest = rows.select(pl.all().sort_by(pl.all().cast(pl.String).str.len_chars(), descending=True, nulls_last=True).first())
    return longest.row(0, named=True)


def _write_sheet(target: ZipFile, xml: str, rows: pl.DataFrame) -> None:
    """The sheet with the rows in place of its model."""
    found = _MODEL.search(xml)
    if found is None:
        raise ValueError(_SHEET)
    styles = dict(_STYLED.findall(found[0]))
    letters = _CELL.findall(xml)
    head = _DIMENSION.sub(rf'<dimension ref="A1:\g<1>{rows.height + 1}"/>', xml[: found.start()])
    with target.open(_SHEET, "w", force_zip64=True) as sheet:
        sheet.write(head.encode())
        for part in _parts(rows, letters, styles):
            sheet.write(part)
        sheet.write(xml[found.end() :].encode())


def _parts(rows: pl.DataFrame, letters: list[str], styles: dict[str, str]) -> Iterator[bytes]:
    """The rows as the sheet has them, some thousands at a time; the first is the second row of the sheet."""
    place = pl.col("place").cast(pl.String)
    cells = [
        _cell(column, dtype, letter, styles.get(letter, ""))
        for (column, dtype), letter in zip(rows.schema.items(), letters, strict=True)
    ]
    line = pl.concat_str(pl.lit('<row r="'), place, pl.lit('">'), *cells, pl.lit("</row>"))
    for start in range(0, rows.height, _PART):
        part = rows.slice(start, _PART).with_row_index("place", offset=start + 2)
        yield "".join(part.select(line=line)["line"]).encode()


def _cell(column: str, dtype: pl.DataType, letter: str, style: str) -> pl.Expr:
    """One cell of each row; nothing where there is no value."""
    start = pl.concat_str(pl.lit(f'<c r="{letter}'), pl.col("place").cast(pl.String))
    value, quote = pl.col(column), f'" s="{style}' if style else ""
    if dtype == pl.String:
        written = pl.concat_str(
            start, pl.lit(f'{quote}" t="inlineStr"><is><t xml:space="preserve">'), _plain(value), pl.lit("</t></is></c>")
        )
        return pl.when(value.fill_null("") != "").then(written).otherwise(pl.lit(""))
    number = value.cast(pl.Int32) + _EPOCH if dtype == pl.Date else value
    return pl.concat_str(start, pl.lit(f'{quote}"><v>'), number.cast(pl.String), pl.lit("</v></c>")).fill_null("")


def _plain(text: pl.Expr) -> pl.Expr:
    """The text as XML has it: no sign that begins a tag, none that XML has not, nothing that a spreadsheet would decode."""
    return (
        text.str.replace_all(r"[\x00-\x08\x0b-\x1f\x7f\x{FFFE}\x{FFFF}]", " ")
        .str.replace_all("_(x[0-9A-Fa-f]{4}_)", "_x005F_$1")
        .str.replace_many(["&", "<", ">"], ["&amp;", "&lt;", "&gt;"])
    )
