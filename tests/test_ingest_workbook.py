"""Excel workbooks: cells as they are meant, rows as they are numbered, sheets as they are chosen, and what is refused."""

import io
import time
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter

from models.errors import UnreadableFile
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file
from pipelines.ingest.tables.workbook import sheet_rows

HEADER: list[Any] = ["Numéro", "Client", "Date facture", "Montant TTC"]
Rows = list[list[Any]]


def workbook(sheets: dict[str, Rows], *, hidden: tuple[str, ...] = (), **options: Any) -> bytes:
    """A workbook with these sheets; a datetime is a date cell, a text that starts with "=" a formula."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    sheet.write(at, column, cell, day if isinstance(cell, datetime) else None)
    return out.getvalue()


def patched(content: bytes, *changes: tuple[str, str], part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """The workbook with parts of a sheet's XML replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            text = old.read(entry)
            if entry.filename == part:
                for before, after in changes:
                    assert before.encode() in text
                    text = text.replace(before.encode(), after.encode())
            new.writestr(entry.filename, text)
    return out.getvalue()


def read(content: bytes, name: str = "factures.xlsx", **options: Any) -> Reading:
    return read_file(Source(content, name, **options))


def refusal(content: bytes, name: str = "factures.xlsx") -> UnreadableFile:
    started = time.monotonic()
    with pytest.raises(UnreadableFile) as error:
        read(content, name)
    assert name in str(error.value)
    assert time.monotonic() - started < 10
    return error.value


def cells(reading: Reading, column: str) -> list[Any]:
    return reading.documents[column].to_list()


def test_rows_are_read_as_from_csv_and_lines_are_rows_of_the_sheet() -> None:
    rows: Rows = [
        ["Atelier Morel – factures"],
        [],
        [*HEADER, "SIREN"],
        [2026001, 'Été; "Lune"', datetime(2026, 1, 31), 1234.5, 732829320],
        [],
        ["F-2", "Chez\nLune", "15/02/2026", "1 234,50 €", None],
    ]
    reading = read(workbook({"Factures": rows}))
    assert (reading.kind, reading.format, reading.encoding, reading.separator, reading.decimal) == (
        "invoices",
        "xlsx",
        "",
        None,
        None,
    )
    assert reading.columns["amount_incl_tax"] == "Montant TTC"
    assert cells(reading, "line") == [4, 6]
    assert cells(reading, "number") == ["2026001", "F-2"]
    assert cells(reading, "client_name") == ['Été; "Lune"', "Chez Lune"]
    assert cells(reading, "issue_date") == [date(2026, 1, 31), date(2026, 2, 15)]
    assert cells(reading, "amount_incl_tax") == [Decimal("1234.50"), Decimal("1234.50")]
    assert cells(reading, "client_siren") == ["732829320", None]


def test_a_table_that_starts_further_right_is_read() -> None:
    reading = read(workbook({"F": [[None, None, *HEADER], [None, None, "F-1", "Lune", "31/01/2026", 12]]}))
    assert cells(reading, "amount_incl_tax") == [Decimal("12.00")]


@pytest.mark.parametrize(
    ("number", "amount"),
    [(0.1 + 0.2, "0.30"), (1234.565000000001 - 0.005, "1234.56"), (-12.1, "12.10"), (1e9 + 0.01, "1000000000.01")],
)
def test_a_number_close_to_a_cent_is_that_cent(number: float, amount: str) -> None:
    assert cells(read(workbook({"F": [HEADER, ["F-1", "Lune", "31/01/2026", number]]})), "amount_incl_tax") == [Decimal(amount)]


@pytest.mark.parametrize(
    ("number", "code"), [(12.345, "too_many_decimals"), (0.00001, "too_many_decimals"), (1e12, "amount_too_large")]
)
def test_another_number_is_a_problem(number: float, code: str) -> None:
    reading = read(workbook({"F": [HEADER, ["F-1", "Lune", "31/01/2026", number], ["F-2", "Lune", "31/01/2026", "1,50"]]}))
    assert reading.rejected.select("line", "column", "code").rows() == [(2, "Montant TTC", code)]
    assert cells(reading, "amount_incl_tax") == [Decimal("1.50")]


def test_number_cells_do_not_tell_how_text_cells_write_decimals() -> None:
    rows = [HEADER, *([f"F-{i}", "Lune", "31/01/2026", amount] for i, amount in enumerate((12.5, 13.25, "1.200"), start=1))]
    reading = read(workbook({"F": rows}))
    assert cells(reading, "amount_incl_tax") == [Decimal("12.50"), Decimal("13.25")]
    assert reading.rejected.select("line", "value", "code").rows() == [(4, "1.200", "ambiguous_amount")]


def test_an_error_cell_is_no_empty_cell() -> None:
    content = workbook(
        {"F": [[*HEADER, "Échéance"], ["F-1", "Lune", "31/01/2026", 10, "=NA()"], ["F-2", "Lune", "31/01/2026", 10]]}
    )
    content = patched(content, ('<c r="E2"><f>NA()</f><v>0</v></c>', '<c r="E2" t="e"><f>NA()</f><v>#N/A</v></c>'))
    reading = read(content)
    assert reading.rejected.rows() == [(2, "Échéance", "#N/A", "bad_date")]
    assert cells(reading, "number") == ["F-2"]


def test_a_formula_counts_for_the_value_that_is_stored() -> None:
    content = workbook({"F": [HEADER, ["F-1", "Lune", "31/01/2026", "=10*2"]]})
    reading = read(patched(content, ("<f>10*2</f><v>0</v>", "<f>10*2</f><v>20.4</v>")))
    assert cells(reading, "amount_incl_tax") == [Decimal("20.40")]
    assert read(patched(content, ("<f>10*2</f><v>0</v>", "<f>10*2</f>"))).rejected["code"].to_list() == ["missing_amount"]


def test_booleans_times_and_dates_of_1904_are_what_they_show() -> None:
    rows: Rows = [
        [*HEADER, "Litige"],
        ["F-1", "Lune", datetime(2026, 1, 31, 23, 30), 5, True],
        ["F-2", "L", datetime(2026, 2, 1), 5, False],
    ]
    reading = read(workbook({"F": rows}, date_1904=True))
    assert cells(reading, "issue_date") == [date(2026, 1, 31), date(2026, 2, 1)]
    assert cells(reading, "is_disputed") == [True, False]


def test_a_statement_is_read_too() -> None:
    rows: Rows = [
        ["Date", "Libellé", "Débit", "Crédit"],
        [datetime(2026, 1, 5), "LOYER", 500, None],
        [datetime(2026, 1, 6), "VIR LUNE", None, 120.5],
    ]
    reading = read(workbook({"Relevé": rows}), "releve.xlsx")
    assert (reading.kind, reading.format) == ("bank", "xlsx")
    assert reading.lines["amount"].to_list() == [Decimal("-500.00"), Decimal("120.50")]


def test_of_several_sheets_the_first_table_is_read_and_the_others_named() -> None:
    table = [HEADER, ["F-1", "Lune", "31/01/2026", 5]]
    content = workbook(
        {"Notes": [["bonjour"]], "Caché": table, "Janvier": table, "Vide": [], "Février": table}, hidden=("Caché",)
    )
    reading = read(content)
    assert reading.rows == 1
    assert reading.warnings.rows() == [(None, "Janvier", "Février", "sheets_not_read")]


def test_the_rows_for_a_mapping_are_those_of_the_sheet_that_is_read_else_of_the_first() -> None:
    unknown: Rows = [["a", "b"], [1, datetime(2026, 1, 31)]]
    table: Rows = [HEADER, ["F-1", "Lune", "31/01/2026", 5]]
    assert sheet_rows(Source(workbook({"Vide": [], "X": unknown}), "x.xlsx")) == [["a", "b"], ["1", "2026-01-31"]]
    assert sheet_rows(Source(workbook({"X": unknown, "F": table}), "x.xlsx"))[0] == HEADER


def test_formatted_empty_cells_far_away_do_not_count() -> None:
    content = workbook({"F": [HEADER, ["F-1", "Lune", "31/01/2026", 5]]})
    far = '</row><row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'
    assert read(patched(content, ("</row></sheetData>", far))).rows == 1


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize(
    ("place", "code"), [("XFD1048576", "too_many_rows"), ("D200001", "too_many_rows"), ("GS2", "too_many_columns")]
)
def test_a_cell_beyond_the_limits_refuses_the_file(place: str, code: str, quote: str) -> None:
    content = workbook({"F": [HEADER, ["F-1", "Lune", "31/01/2026", 5]]})
    assert refusal(patched(content, ('r="D2"', f"r={quote}{place}{quote}"))).code == code


def test_a_cell_hidden_from_the_check_ends_the_child_and_nothing_more() -> None:
    content = workbook({"F": [HEADER, ["F-1", "Lune", "31/01/2026", 5]]})
    assert refusal(patched(content, ('<c r="D2">', '<c\nr = "XFD1048576">'))).code in {
        "reader_failed",
        "reader_too_slow",
        "too_many_rows",
    }


def test_a_table_as_large_as_the_limit_is_read() -> None:
    content = workbook({"F": [HEADER, ["F-1", "Lune", "31/01/2026", 5]]})
    reading = read(
        patched(
            content,
            ('<row r="2"', '<row r="200000"'),
            ('r="A2"', 'r="A200000"'),
            ('r="B2"', 'r="B200000"'),
            ('r="C2"', 'r="C200000"'),
            ('r="D2"', 'r="D200000"'),
        )
    )
    assert cells(reading, "line") == [200_000]


@pytest.mark.parametrize(
    ("part", "before", "after"),
    [
        ("xl/worksheets/sheet1.xml", "</sheetData>", ""),
        ("xl/worksheets/sheet1.xml", '<row r="3"', '<row r="3" x'),
        ("xl/worksheets/sheet1.xml", "<worksheet", "<!DOCTYPE x><worksheet"),
        ("xl/sharedStrings.xml", "</sst>", ""),
        ("xl/styles.xml", "</styleSheet>", ""),
    ],
)
def test_a_part_that_is_cut_short_loses_no_row_in_silence(part: str, before: str, after: str) -> None:
    rows = [["F-1", "Lune", "31/01/2026", 5], ["F-2", "Lune", "31/01/2026", 5]]
    content = patched(workbook({"F": [HEADER, *rows]}), (before, after), part=part)
    assert refusal(content).code == "archive_broken"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (workbook({"F": [["a", "b"], [1, 2]]}), "unknown_columns"),
        (workbook({"F": [[*HEADER, "Montant TTC"]]}), "duplicate_column"),
        (workbook({"N": [["x"]], "F": [HEADER[:3], ["F-1", "Lune", "31/01/2026"]]}), "missing_column"),
        (workbook({"F": [HEADER, ["F-1", "Lune", "31/01/2026", 5]]})[:-40], "archive_broken"),
        (workbook({"F": [HEADER]})[:1000], "archive_broken"),
        (patched(workbook({"F": [HEADER]}), ("sheet1.xml", "gone.xml"), part="xl/_rels/workbook.xml.rels"), "reader_failed"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512 + "EncryptedPackage".encode("utf-16-le"), "is_encrypted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512, "is_old_workbook"),
    ],
)
def test_a_workbook_that_is_no_table_is_refused_with_the_reason(content: bytes, code: str) -> None:
    assert refusal(content).code == code


@pytest.mark.parametrize(
    ("member", "content", "code"),
    [
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet", "is_other_workbook"),
        ("xl/workbook.bin", b"x", "is_other_workbook"),
        ("mimetype", b"application/vnd.oasis.opendocument.text", "is_binary"),
        ("word/document.xml", b"x", "is_binary"),
    ],
)
def test_other_office_files_are_told_apart(member: str, content: bytes, code: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(member, content)
        archive.writestr("[Content_Types].xml", b"x")
    assert refusal(out.getvalue()).code == code


def test_a_sheet_that_unpacks_to_too_much_is_refused_before_it_is() -> None:
    content = workbook({"F": [HEADER]})
    spaces = " " * 60_000_000
    assert refusal(patched(content, ("<sheetData>", f"<sheetData>{spaces}"))).code == "archive_trap"


def test_a_stated_dimension_is_not_believed() -> None:
    content = workbook({"F": [HEADER, ["F-1", "Lune", "31/01/2026", 5]]})
    assert read(patched(content, ('<dimension ref="A1:D2"/>', '<dimension ref="A1:XFD1048576"/>'))).rows == 1
