"""Lists as files: typed cells, sums, print setup and what the list is of; nothing in them runs."""

import csv
import re
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from itertools import pairwise
from typing import Any
from zipfile import ZipFile

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from small_ledger import MONDAY, Book

from models.texts import Texts
from pipelines.exports.column import Column
from pipelines.exports.lists import about, list_rows
from pipelines.exports.paper_list import _widths, printed, to_pdf
from pipelines.exports.sheets import csv_of, to_csv, to_xlsx

HOSTILE = '=HYPERLINK(1)#import "x" {{ 7*7 }} $a$'


def _rows(name: str = "reminders", texts: Texts | None = None) -> list[dict[str, Any]]:
    book = Book().late("F1", HOSTILE, 50, "100.00").late("F2", "Martin", 9, "250.50").late("F3", "Martin", 8, "49.50")
    book.mark("F1", "reminded", date(2026, 5, 5), "R1").mark("F1", "reminded", date(2026, 5, 12), "R2")
    return list_rows(name, book.ledger(), texts or Texts("en"), as_of=MONDAY)


def _about(name: str = "reminders", language: str = "en") -> list[str]:
    return about(name, Texts(language), as_of=MONDAY, currency="EUR", company="Atelier", filters={"Segment": "VIP", "Search": ""})


def _xml(book: bytes, member: str = "xl/worksheets/sheet1.xml") -> str:
    return ZipFile(BytesIO(book)).read(member).decode()


def test_invoices_to_remind_say_how_often_when_and_how() -> None:
    rows = {row["invoice_number"]: row for row in _rows()}
    assert (rows["F1"]["reminders"], rows["F1"]["last_reminder"], rows["F1"]["last_channel"]) == (2, date(2026, 5, 12), "email")
    assert (rows["F2"]["reminders"], rows["F2"]["last_reminder"]) == (0, None)
    worklist = {row["client"]: row for row in _rows("worklist")}
    assert (worklist[HOSTILE]["reminders"], worklist["Martin"]["reminders"]) == (2, 0)


def test_a_workbook_has_types_sums_titles_and_print_setup() -> None:
    rows = _rows()
    filters = {"Segment": "VIP", "Search": "", "Canal": "E-mail"}
    said = about("reminders", Texts("fr"), as_of=MONDAY, currency="EUR", company="Atelier", filters=filters)
    book = to_xlsx("reminders", rows, Texts("fr"), said)
    sheet = _xml(book)
    assert '<pane ySplit="1"' in sheet
    assert 'state="frozen"' in sheet
    setup = re.search(r"<pageSetup [^>]*>", sheet)
    assert setup is not None
    assert all(said in setup.group() for said in ('paperSize="9"', 'orientation="landscape"', 'fitToHeight="0"'))
    assert "_xlnm.Print_Titles" in _xml(book, "xl/workbook.xml")
    assert re.findall(r'<sheet name="([^"]*)"', _xml(book, "xl/workbook.xml")) == [said[0][:31].strip(), "À propos"]
    assert re.findall(r"<f>(.*?)</f>", sheet) == ["SUBTOTAL(109,F2:F4)", "SUBTOTAL(109,G2:G4)"]
    shown = CalamineWorkbook.from_filelike(BytesIO(book))
    table = shown.get_sheet_by_index(0).to_python()
    outstanding = table[0].index("Reste dû")
    assert [row[outstanding] for row in table[1:4]] == [float(row["outstanding"]) for row in rows]
    assert table[4][outstanding] == 400.0
    assert isinstance(table[1][table[0].index("Échéance")], date)
    assert "Filtres\u00a0: Segment\u00a0: VIP\u202f; Canal\u00a0: E-mail" in [
        row[0] for row in shown.get_sheet_by_index(1).to_python()
    ]


def test_the_reasons_leave_as_sentences_on_several_lines_of_a_cell() -> None:
    rows = _rows("worklist")
    reasons = [" ".join(row["reasons"]) for row in rows]
    assert all(len(said) > 60 and "., " not in said for said in reasons)
    table = list(csv.DictReader(StringIO(to_csv("worklist", rows, Texts("en")).decode("utf-8-sig"))))
    assert [row["Reasons"] for row in table] == reasons
    book = to_xlsx("worklist", rows, Texts("en"))
    shown = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0).to_python()
    assert [row[shown[0].index("Reasons")] for row in shown[1 : len(rows) + 1]] == reasons
    assert max(float(width) for width in re.findall(r'<col [^>]*width="([0-9.]+)"', _xml(book))) < 70
    assert 'wrapText="1"' in _xml(book, "xl/styles.xml")


def test_sums_of_several_currencies_are_not_told() -> None:
    rows = _rows()
    rows[0] = rows[0] | {"currency": "USD"}
    assert "SUBTOTAL" not in _xml(to_xlsx("reminders", rows, Texts("en")))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_printed_list_says_its_date_filters_and_definition_and_its_sum(language: str) -> None:
    said = _about(language=language)
    pages = PdfReader(BytesIO(to_pdf("reminders", _rows(), Texts(language), said, day=MONDAY))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    for line in said[:3]:
        assert " ".join(line.split()) in text
    assert "400,00" in text if language == "fr" else "400.00" in text
    assert pages[0].mediabox.width > pages[0].mediabox.height


@pytest.mark.parametrize("length", [10, 300])
def test_the_sums_of_a_printed_list_stand_with_rows_and_each_page_says_what_it_is_of(length: int) -> None:
    columns = [Column("client", "Client"), Column("amount", "Outstanding", is_summed=True)]
    about, n_broken = ["Balance âgée – Atelier", "Arrêté au 26/06/2026."], 0
    for count in range(4, 46, 2):
        rows: list[dict[str, object]] = [
            {"client": f"rang{n} " + "mot " * (length // 4), "amount": Decimal(n)} for n in range(count)
        ]
        pages = PdfReader(BytesIO(printed(columns, rows, Texts("fr"), about, day=MONDAY))).pages
        last = pages[-1].extract_text()
        assert f"rang{count - 1} " in last
        assert "Total" in last
        assert sum(page.extract_text().count("rang") for page in pages) == count
        assert all("Balance âgée – Atelier – Arrêté au 22/06/2026" in " ".join(page.extract_text().split()) for page in pages)
        n_broken += len(pages) > 1
    assert n_broken > 1


@pytest.mark.parametrize(
    "name",
    ["Saint-Malo-du-Bois-et-des-Très-Longues-Dénominations-du-Pays-de-la-Loire-et-de-ses-Affluents", "X" * 90, "Mot " * 40],
)
def test_a_long_name_leaves_the_other_columns_of_a_printed_list_their_words(name: str) -> None:
    titles = (
        "State",
        "Invoice",
        "Due",
        "Days late",
        "Outstanding incl. VAT",
        "Reasons",
        "Rate from",
        "Provision",
        "Barred on",
        "Note",
        "Decided on",
    )
    columns = [Column("client", "Client"), *(Column(title, title) for title in titles)]
    row: dict[str, object] = {**dict.fromkeys(titles, "P-2026-0085"), "client": name}
    row.update({"Provision": Decimal("12345678.90"), "Rate from": "12\u202f345\u202f678,90"})
    (page,) = PdfReader(BytesIO(printed(columns, [row, row], Texts("en"), ["Doubtful", ""], day=MONDAY))).pages
    numbers: list[tuple[float, float]] = []

    def note(text: str, place: list[float], _line: object, _font: object, size: float) -> None:
        if text.strip() in ("P-2026-0085", "12,345,678.90", "12\u202f345\u202f678,90"):
            numbers.append((place[4], size))

    page.extract_text(visitor_text=note)
    starts = sorted({x for x, _ in numbers})
    assert len(starts) == len(titles)
    assert min(after - before for before, after in pairwise(starts)) > 11 * 4.2  # as wide as it is printed, at 9 points


def test_no_cell_runs_and_no_text_is_read_as_code() -> None:
    rows = _rows()
    table = list(csv.DictReader(StringIO(to_csv("reminders", rows, Texts("en")).decode("utf-8-sig"))))
    assert {row["Client"] for row in table} == {f"'{HOSTILE}", "Martin"}
    assert "HYPERLINK" not in "".join(re.findall(r"<f>(.*?)</f>", _xml(to_xlsx("reminders", rows, Texts("en")))))
    pages = PdfReader(BytesIO(to_pdf("reminders", rows, Texts("en"), _about(), day=MONDAY))).pages
    assert "{{7*7}}$a$" in "".join("".join(page.extract_text() for page in pages).split())


def test_shares_leave_in_percent_and_ratios_without_the_noise_of_their_division() -> None:
    columns = [Column("late", "Overdue, %", is_share=True), Column("dso", "DSO"), Column("count", "Rows"), Column("none", "None")]
    row: dict[str, object] = {"late": 0.18268338130889808, "dso": 303.9864996891376, "count": 7, "none": None}
    french, english = (csv_of(columns, [row], Texts(language)).decode().splitlines()[1] for language in ("fr", "en"))
    assert french == '18,27%;303,9865;7;""'
    assert english == '18.27%,303.9865,7,""'


def test_long_texts_share_a_printed_line_by_their_length_and_short_ones_have_what_they_need() -> None:
    short, long, longer = _widths([["Rank", "1"], ["Invoices", "F1, " * 40], ["Why", "so it is " * 60]])
    assert short == 6.5  # its title
    assert 167 < short + long + longer <= 168
    assert abs((longer - 2.5) / (long - 2.5) - 540 / 160) < 0.01
    assert _widths([["Client", "Martin et fils"], ["Due", "10,00"]]) == [16.5, 7.5]
    assert sum(_widths([["a" * 24] for _ in range(9)])) > 168  # words come first: the page then makes them smaller


def test_a_printed_list_leaves_out_the_columns_in_which_nothing_stands() -> None:
    rows = _rows()
    never = [row | {"last_reminder": None, "last_channel": None} for row in rows]
    every, some = (
        " ".join(
            PdfReader(BytesIO(to_pdf("reminders", shown, Texts("en"), _about(), day=MONDAY))).pages[0].extract_text().split()
        )
        for shown in (rows, never)
    )
    assert ("Last channel" in every, "Last channel" in some) == (True, False)
    assert "Martin" in some


def test_the_same_rows_make_the_same_printed_list_and_an_empty_one_is_a_page() -> None:
    first, again = (to_pdf("worklist", _rows("worklist"), Texts("fr"), _about("worklist", "fr"), day=MONDAY) for _ in range(2))
    assert first == again
    assert len(PdfReader(BytesIO(to_pdf("results", [], Texts("fr"), _about("results", "fr"), day=MONDAY))).pages) == 1
