"""Files for programs, byte by byte: each field read at the place that its documentation gives, and read back whole.

The positions and readers are those of `program_readers`, written from the layouts' sources, apart from `layouts.toml`.
"""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from fec_checker import faults
from program_readers import CIEL, PNM, QUADRA, READERS, TRA, Fields, cut, rows_of
from python_calamine import CalamineWorkbook
from test_accounting_entries import bill, ledger_with, paid
from test_accounting_laws import BOOKS, LONG_AGO

from models.errors import Refused
from models.tables import conform
from models.texts import Texts
from pipelines.accounting.entries import entries_of
from pipelines.exports.accounting_files import COLUMNS, FORMATS, Asked, file_content, file_name
from pipelines.exports.layouts import layouts
from pipelines.ledger import Ledger

FR, EN = Texts("fr"), Texts("en")
START, TO = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture
def ledger() -> Ledger:
    """An invoice of an accented client, paid; and an invoice on account."""
    return ledger_with(
        bill("FACT-2026-0042", "1234.56", client="Hôtel « Œuf » de l’Église & Cie"),
        bill("F2", "60.00", on=1),
        paid("L1", "1234.56", 10, None, **{"FACT-2026-0042": "1234.56"}),
        paid("L2", "20.00", 12, None, F2="20.00"),
        vat_amount={"FACT-2026-0042": "205.76", "F2": "10.00"},
    )


def made(ledger: Ledger, form: str, **settings: Any) -> bytes:
    books = replace(BOOKS, **settings)
    lines = entries_of(replace(ledger, settings=books), start=LONG_AGO, to=TO, currency="EUR").lines
    asked = Asked(form, START, TO)
    content = file_content(lines, asked, books, FR)
    assert content == file_content(lines, asked, books, FR)
    return content


def test_sage_pnm_has_138_bytes_and_its_company_first(ledger: Ledger) -> None:
    company, *rows = rows_of(made(ledger, "sage-pnm"), 138)
    assert company.rstrip() == b"Atelier Sud"
    first = cut(rows[0], PNM)
    assert first == {
        "journal": "VE ", "date": "020326", "type": "FC", "account": "411000       ", "kind": "X", "client": "CHOTELOE     ",
        "piece": "ACT-2026-0042", "label": "Facture FACT-2026-0042 Hô".encode("cp1252").decode("latin-1"), "method": " ",
        "due": "010426", "side": "D", "amount": "             1234.56", "n": "N", "number": "0000001", "rest": " " * 26,
    }  # fmt: skip
    assert cut(rows[1], PNM)["client"] == " " * 13
    assert cut(rows[1], PNM)["kind"] == " "
    assert cut(rows[1], PNM)["side"] == "C"


@pytest.mark.parametrize(("style", "written"), [("dot", "1234.56"), ("comma", "1234,56"), ("cents", "123456")])
def test_sage_pnm_and_ciel_write_amounts_as_the_company_says(ledger: Ledger, style: str, written: str) -> None:
    assert cut(rows_of(made(ledger, "sage-pnm", amount_style=style), 138)[1], PNM)["amount"] == written.rjust(20)
    assert cut(rows_of(made(ledger, "ciel", amount_style=style), 142)[0], CIEL)["amount"] == written.rjust(13)


def test_quadra_has_signed_cents_at_43_dates_at_15_and_64_and_both_journals(ledger: Ledger) -> None:
    rows = rows_of(made(ledger, "quadra"), 158)
    first = cut(rows[0], QUADRA)
    assert first | {"label": "", "label30": ""} == {
        "type": "M", "account": "CHOTELOE", "journal": "VE", "folio": "000", "date": "020326", "code": " ", "label": "",
        "side": "D", "sign": "+", "cents": "000000123456", "counterpart": " " * 8, "due": "010426", "letter": "AA",
        "blank": " " * 28, "piece": "026-0042", "currency": "EUR", "journal3": "VE ", "vat": "   ", "label30": "",
        "vat_code": "  ", "piece10": "-2026-0042",
    }  # fmt: skip
    assert first["label"] == "Facture FACT-2026-00"
    on_account = [cut(row, QUADRA) for row in rows if cut(row, QUADRA)["piece"].strip() == "F2"]
    assert {row["letter"] for row in on_account} == {"  "}, "a payment on account is not lettered there"


def test_tra_has_222_bytes_after_a_header_of_127(ledger: Ledger) -> None:
    header, *rows = rows_of(made(ledger, "tra"), 222)
    assert len(header) == 127
    assert header[:14] == b"***S5CLIJRLETE"
    assert header[17:33] == b"0101202631122026"
    assert header[88:123].rstrip() == b"Atelier Sud"
    first = cut(rows[0], TRA)
    assert (first["account"].strip(), first["kind"], first["client"].strip()) == ("411000", "X", "CHOTELOE")
    assert (first["date"], first["due"], first["amount"]) == ("02032026", "01042026", "             1234,56")
    assert (first["n"], first["number"], first["currency"], first["rest"]) == ("N", "00000001", "EUR", " " * 60)
    assert [cut(row, TRA)["type"] for row in rows] == ["FC"] * 6 + ["RC"] * 4


def test_ciel_has_142_bytes_and_ends_with_o2003(ledger: Ledger) -> None:
    rows = rows_of(made(ledger, "ciel"), 142)
    first = cut(rows[0], CIEL)
    assert (first["number"], first["journal"], first["date"], first["due"]) == ("1    ", "VE", "20260302", "20260401")
    assert (first["piece"], first["account"].strip(), first["amount"]) == ("CT-2026-0042", "CHOTELOE", "      1234.56")
    assert (first["side"], first["euro"], first["version"]) == ("D", "O", "2003")
    assert rows[0][103:137].decode("cp850").rstrip() == "Hôtel « Oeuf » de l'Église & Cie"
    assert file_name(Asked("ciel", START, TO), BOOKS) == "XIMPORT.TXT"


def test_ebp_quotes_texts_and_has_eleven_fields_in_cp850(ledger: Ledger) -> None:
    content = made(ledger, "ebp")
    rows = list(csv.reader(io.StringIO(content.decode("cp850"), newline="")))
    assert {len(row) for row in rows} == {11}
    assert rows[0] == [
        "1", "02032026", "VE", "CHOTELOE", "", "Facture FACT-2026-0042 Hôtel « Oeuf » de", "FACT-2026-0042", "1234.56", "D",
        "01042026", "",
    ]  # fmt: skip
    assert content.split(b"\r\n")[0].count(b'"') == 4


def test_sage_100_text_has_eleven_columns_between_tabs(ledger: Ledger) -> None:
    rows = [row.split("\t") for row in made(ledger, "sage100").decode("cp1252").split("\r\n")[:-1]]
    assert {len(row) for row in rows} == {11}
    assert rows[0] == [
        "G", "VE", "020326", "1", "411000", "CHOTELOE", "Facture FACT-2026-0042 Hôtel « Œuf ", "", "010426", "1234,56", "0,00",
    ]  # fmt: skip
    assert rows[1][9:] == ["0,00", "1028,80"]


#: How many characters of a document's number a format has, its last ones.
PIECE = {"sage-pnm": 13, "quadra": 8, "tra": 35, "ebp": 15, "ciel": 12, "sage100": 0}
OWN_ACCOUNT = ("quadra", "ebp", "ciel")


@pytest.fixture
def decided(ledger: Ledger) -> Ledger:
    """The same, the invoice on account being doubtful: its transfer to 416 and its provision are entries too."""
    said = {"change_id": 1, "document_id": "F2", "what": "doubtful", "is_set": True, "on_date": date(2026, 9, 1)}
    return replace(ledger, marks=conform(pl.DataFrame([said]), dict(ledger.marks.schema)))


@pytest.mark.parametrize("form", FORMATS)
def test_what_a_program_reads_is_what_the_entries_say_line_by_line(decided: Ledger, form: str) -> None:
    lines = entries_of(decided, start=LONG_AGO, to=TO, currency="EUR").lines
    assert {"411000", "416000", "491000", "681740"} <= set(lines["account"])
    read = READERS[form](made(decided, form))
    assert len(read) == lines.height
    for found, row in zip(read, lines.iter_rows(named=True), strict=True):
        own = form in OWN_ACCOUNT and row["account"] != "416000"
        assert found.account == ((row["auxiliary"] if own else None) or row["account"])
        assert found.client == ("" if form in OWN_ACCOUNT else row["auxiliary"] or "")
        assert (found.journal, found.day, found.amount) == (row["journal"], row["date"], row["debit"] - row["credit"])
        assert found.piece == row["piece"][len(row["piece"]) - min(PIECE.get(form, 99), len(row["piece"])) :]
        assert form == "fec" or found.due == row["due_date"]
        assert form == "quadra" or found.number == row["number"]


@pytest.mark.parametrize("form", [code for code in FORMATS if code not in ("csv", "xlsx")])
def test_any_character_is_one_byte_where_a_layout_has_one_byte_per_character(form: str) -> None:
    odd = 'L’œuvre №1 – “Ŝtefan” 你好 €\u202f\x07\t|;"’\ue000ﬁn é\u0301'
    content = made(ledger_with(bill(f"F1{odd}", "12.00", client=odd)), form)
    layout = layouts()[form]
    rows = content.split(b"\r\n")[:-1]
    if layout.length:
        assert {len(row) for row in rows[1 if layout.header else 0 :]} == {layout.length}
    else:
        widths = {row.count(layout.separator.encode()) for row in rows} if not any(f.quotes for f in layout.fields) else set()
        assert len(widths) <= 1
    assert b"?" not in content
    assert b"\x07" not in content
    content.decode(layout.encoding)
    assert form != "fec" or faults(content, "732829320FEC20261231.txt") == []


def test_the_fields_of_a_layout_do_not_overlap_and_fit_its_length() -> None:
    for layout in layouts().values():
        for fields, length in ((layout.fields, layout.length), (layout.header, 0)):
            if not any(field.start for field in fields):
                continue
            ends = [0]
            for field in fields:
                assert field.start > ends[-1], (layout.code, field)
                ends.append(field.start + field.length - 1)
            assert not length or ends[-1] <= length


def test_a_code_that_a_format_cannot_hold_is_refused_not_cut(ledger: Ledger) -> None:
    with pytest.raises(Refused) as refused:
        made(ledger, "quadra", auxiliary_length=12)
    assert refused.value.code == "code_too_long"
    assert refused.value.fields["length"] == 8
    with pytest.raises(Refused):
        made(ledger, "ciel", journal_sales="VEN")
    assert made(ledger, "sage-pnm", auxiliary_length=12)


def test_a_fec_needs_a_siren_and_is_named_by_it() -> None:
    assert file_name(Asked("fec", START, TO), BOOKS) == "732829320FEC20261231.txt"
    with pytest.raises(Refused) as refused:
        file_name(Asked("fec", START, TO), replace(BOOKS, company_siren=""))
    assert refused.value.code == "no_siren"


def test_csv_has_the_chosen_columns_in_the_users_language_and_no_formula() -> None:
    ledger = ledger_with(bill("=F1+1", "12.00", client='=HYPERLINK("x")'))
    lines = entries_of(ledger, start=LONG_AGO, to=TO, currency="EUR").lines
    asked = Asked("csv", START, TO, ("date", "account", "piece", "client", "debit"))
    french = file_content(lines, asked, BOOKS, FR)
    assert french.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(french.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows[0] == ["Date", "Compte", "Pièce", "Client", "Débit"]
    assert rows[1] == ["02/03/2026", "411000", "'=F1+1", '\'=HYPERLINK("x")', "12,00"]
    english = list(csv.reader(io.StringIO(file_content(lines, asked, BOOKS, EN).decode("utf-8-sig"), newline="")))
    assert english[0] == ["Date", "Account", "Document", "Client", "Debit"]
    assert english[1][-1] == "12.00"
    with pytest.raises(Refused) as refused:
        file_content(lines, replace(asked, columns=("date", "iban")), BOOKS, FR)
    assert refused.value.fields["name"] == "iban"


def test_a_workbook_has_typed_cells_and_the_same_bytes_each_time(ledger: Ledger) -> None:
    lines = entries_of(ledger, start=LONG_AGO, to=TO, currency="EUR").lines
    content = file_content(lines, Asked("xlsx", START, TO), BOOKS, FR)
    workbook = CalamineWorkbook.from_object(io.BytesIO(content))
    assert workbook.sheet_names == ["Écritures"]
    titles, *rows = workbook.get_sheet_by_index(0).to_python()
    assert len(titles) == len(COLUMNS)
    assert len(rows) == lines.height
    assert rows[0][titles.index("Date")] == date(2026, 3, 2)
    assert sum(float(str(row[titles.index("Débit")])) for row in rows) == pytest.approx(float(lines["debit"].sum()))
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert b"2026-12-31T00:00:00Z" in book.read("docProps/core.xml")


def test_a_workbook_keeps_words_that_are_markup_controls_or_formulas_and_cells_without_value() -> None:
    odd = "=1+1 <b>&amp;</b> \x07 _x0041_  é"
    lines = entries_of(ledger_with(bill("F1", "12.00", client=odd)), start=LONG_AGO, to=TO, currency="EUR").lines
    chosen = ("client", "letter", "letter_date", "number", "debit", "due_date")
    content = file_content(lines, Asked("xlsx", START, TO, chosen), BOOKS, EN)
    titles, first, second, *_ = CalamineWorkbook.from_object(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert titles == ["Client", "Lettering", "Lettered on", "Entry", "Debit", "Due"]
    assert first == ["=1+1 <b>&amp;</b>   _x0041_  é", "", "", 1.0, 12.0, date(2026, 4, 1)]
    assert second[0] == ""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert f'<dimension ref="A1:F{lines.height + 1}"/>' in sheet
    assert sheet.count("<row ") == lines.height + 1


@pytest.mark.parametrize(
    ("form", "length", "fields", "texts"),
    [
        ("sage-pnm", 138, PNM, ("label",)), ("quadra", 158, QUADRA, ("label", "label30")), ("tra", 222, TRA, ("label",)),
        ("ciel", 142, CIEL, ("label", "title")),
    ],
)  # fmt: skip
def test_a_text_fills_its_field_from_its_first_to_its_last_character(
    form: str, length: int, fields: Fields, texts: tuple[str, ...]
) -> None:
    name = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    content = made(ledger_with(bill("F1", "12.00", client=name)), form)
    first = cut(rows_of(content, length)[1 if layouts()[form].header else 0], fields)
    for text in texts:
        whole = name if text == "title" else f"Facture F1 {name}"
        assert first[text] == whole[: fields[text][1]]
