"""Lists as files: CSV for French or English spreadsheets, and workbooks with typed cells. No cell runs as a formula."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from unicodedata import category

import polars as pl

from models.texts import Texts
from pipelines.exports.column import Column
from pipelines.exports.columns import shown_columns, shown_value, sums_of

#: The paper size of a workbook, as spreadsheets number them, and how long the head of a printed page may be.
_A4, _LONGEST_HEAD = 9, 200
#: The characters and the pixels of a line in a cell: a longer text takes several.
_LONGEST_LINE, _WIDEST = 60, 440
_LONGEST_SHEET_NAME = 31
#: Of a ratio or a number of days in CSV.
_DECIMALS = 4
Formats = Mapping[object, Any]
_DANGEROUS = frozenset("=+-@|\uff1d\uff0b\uff0d\uff20")


def neutral(text: str) -> str:
    """The text as a spreadsheet must take it: an apostrophe before what it would run as a formula."""
    first = next((c for c in text if not c.isspace() and category(c) not in ("Cf", "Cc")), "")
    return f"'{text}" if first in _DANGEROUS or text[:1] in ("\t", "\r", "\n") else text


def to_csv(name: str, rows: Sequence[dict[str, object]], texts: Texts) -> bytes:
    """CSV of a list: `;` and decimal comma in French, `,` and decimal point in English; UTF-8 with BOM."""
    return csv_of(shown_columns(name, rows), rows, texts)


def csv_of(columns: Sequence[Column], rows: Sequence[dict[str, object]], texts: Texts) -> bytes:
    """CSV of any rows, as `to_csv` writes it."""
    separator, decimal = (";", ",") if texts.language == "fr" else (",", ".")

    def cell(column: Column, value: object) -> str:
        if column.is_share and isinstance(value, (Decimal, float)):
            return f"{value * 100:.2f}%".replace(".", decimal)
        if isinstance(value, Decimal):
            return f"{value:.2f}".replace(".", decimal)
        if isinstance(value, float):
            return str(round(value, _DECIMALS)).replace(".", decimal)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, date):
            return texts.date(value)
        return neutral(shown_value(column, value, texts))

    titles = {column.name: texts.t(column.title) for column in columns}
    frame = pl.DataFrame(
        {column.name: [cell(column, row[column.name]) for row in rows] for column in columns},
        schema=dict.fromkeys(titles, pl.String),
    ).rename(titles)
    return b"\xef\xbb\xbf" + frame.write_csv(separator=separator, line_terminator="\r\n").encode()


def to_xlsx(
    name: str,
    rows: Sequence[dict[str, object]],
    texts: Texts,
    about: Sequence[str] = (),
    *,
    made: datetime | None = None,
) -> bytes:
    """A workbook of a list: numbers and dates typed, titles frozen, sums below, ready to print on A4 across.

    Links and formulas are never made from data; the sums are formulas of ours, which follow the reader's filter.

    Args:
        name: one of LISTS.
        rows: its rows.
        texts: the reader's language.
        about: what the list is of (the date, the filters, the definitions): a second sheet, and the head of each page.
        made: the instant that it says it was made; with it the same rows give the same bytes.
    """
    return workbook_of(name, shown_columns(name, rows), rows, texts, about, made=made)


def workbook_of(
    name: str,
    columns: Sequence[Column],
    rows: Sequence[dict[str, object]],
    texts: Texts,
    about: Sequence[str] = (),
    *,
    made: datetime | None = None,
) -> bytes:
    """A workbook of any rows, as `to_xlsx` writes it; its sheet has the title of what it is of, or else that name."""
    from xlsxwriter import Workbook  # late: only workbooks need it

    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(buffer, options) as book:
        if made is not None:
            book.set_properties({"created": made})
        sheet = book.add_worksheet(_sheet_name(about[0] if about else name))
        formats = {
            "bold": book.add_format({"bold": True}),
            Decimal: book.add_format({"num_format": "#,##0.00", "valign": "top"}),
            date: book.add_format({"num_format": "dd/mm/yyyy", "valign": "top"}),
            "share": book.add_format({"num_format": "0.00%", "valign": "top"}),
            "plain": book.add_format({"valign": "top"}),
            "long": book.add_format({"valign": "top", "text_wrap": True}),
            "sum": book.add_format({"bold": True, "top": 1, "num_format": "#,##0.00"}),
            "count": book.add_format({"bold": True, "top": 1, "num_format": "#,##0"}),
        }
        for x, column in enumerate(columns):
            sheet.write_string(0, x, texts.t(column.title), formats["bold"])
            for y, row in enumerate(rows, start=1):
                _write_cell(sheet, (y, x), column, row[column.name], texts, formats)
        _write_sums(sheet, columns, rows, texts, formats)
        _print_setup(sheet, name, about, texts)
        if about:
            notes = book.add_worksheet(texts.t("About"))
            notes.set_column(0, 0, 110)
            for y, line in enumerate(about):
                notes.write_string(y, 0, line, formats["bold"] if y == 0 else None)
    return buffer.getvalue()


def _sheet_name(title: str) -> str:
    """A title as a workbook takes it for the name of a sheet."""
    kept = "".join(sign for sign in title if sign not in "[]:*?/\\'" and category(sign)[0] != "C")
    return " ".join(kept.split())[:_LONGEST_SHEET_NAME].strip() or "Encours"


def _write_cell(sheet: Any, place: tuple[int, int], column: Column, value: object, texts: Texts, formats: Formats) -> None:  # noqa: ANN401 -- xlsxwriter has no types
    """One cell with its type."""
    if column.is_share and isinstance(value, (Decimal, float)):
        sheet.write_number(*place, float(value), formats["share"])
    elif isinstance(value, Decimal):
        sheet.write_number(*place, float(value), formats[Decimal])
    elif isinstance(value, date):
        sheet.write_datetime(*place, value, formats[date])
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        sheet.write_number(*place, value, formats["plain"])
    else:
        text = shown_value(column, value, texts)
        sheet.write_string(*place, text, formats["long" if len(text) > _LONGEST_LINE else "plain"])


def _write_sums(sheet: Any, columns: Sequence[Column], rows: Sequence[dict[str, object]], texts: Texts, formats: Formats) -> None:  # noqa: ANN401 -- as above
    """The sums below the rows, of what a filter leaves in sight."""
    from xlsxwriter.utility import xl_range

    sums = sums_of(columns, rows)
    if not sums:
        return
    below = len(rows) + 1
    if 0 not in sums:
        sheet.write_string(below, 0, texts.t("Total"), formats["sum"])
    for x, value in sums.items():
        kind = formats["sum" if isinstance(value, Decimal) else "count"]
        sheet.write_formula(below, x, f"=SUBTOTAL(109,{xl_range(1, x, len(rows), x)})", kind, float(value))
    sheet.autofilter(0, 0, len(rows), len(columns) - 1)


def _print_setup(sheet: Any, name: str, about: Sequence[str], texts: Texts) -> None:  # noqa: ANN401 -- as above
    """A4 across, as wide as the page, its titles on every page, and what it is at the head."""
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.autofit(_WIDEST)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    head = " – ".join(about[:2]).replace("&", "&&") or name
    sheet.set_header(f"&L{head[:_LONGEST_HEAD]}")
    sheet.set_footer(f"&R{texts.t('Page')} &P / &N")
