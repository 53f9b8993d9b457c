"""Five files of five kinds through the real file chooser: each is explained, all are imported, the summary says what changed."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect
from pypdf import PdfWriter

from models.texts import Texts

from .conftest import Server, Visit

pytestmark = pytest.mark.browser
FR = Texts("fr")
EINVOICE = Path(__file__).resolve().parents[1] / "data" / "einvoices" / "cii_invoice.xml"
STEP_MS = 90_000
ADDRESS = "imports?as_of=2026-06-26"
Start = Callable[[int], list[Server]]
Visiting = Callable[[Server], Visit]
CSV = """N° facture;Client;Date;Échéance;Montant TTC
F-1;Dupré Menuiserie;01/06/2026;30/06/2026;1200,00
F-2;Café Moreau;02/06/2026;02/07/2026;90,50
"""
OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
ENCODING:USASCII
CHARSET:1252

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR
<BANKACCTFROM><BANKID>30006<ACCTID>00012345678<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260601<DTEND>20260626
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260620<TRNAMT>1200.00<FITID>A1<NAME>VIR DUPRE MENUISERIE F-1</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260621<TRNAMT>-12.00<FITID>A2<NAME>FRAIS DE TENUE</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>3188.00<DTASOF>20260626</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id>
<Acct><Id><IBAN>FR7630006000011234567890189</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">500.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-06-01</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">510.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-06-26</Dt></Dt></Bal>
<Ntry><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-06-05</Dt></BookgDt>
<AddtlNtryInf>INTERETS</AddtlNtryInf></Ntry></Stmt></BkToCstmrStmt></Document>
"""


def workbook() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("N° facture", "Client", "Date", "Échéance", "Montant TTC"))
        sheet.write_row(1, 0, ("X-1", "Atelier Brun", "03/06/2026", "03/07/2026", 500))
    return content.getvalue()


def pdf_with_invoice() -> bytes:
    writer, content = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.add_attachment("factur-x.xml", EINVOICE.read_bytes())
    writer.write(content)
    return content.getvalue()


def files(folder: Path) -> dict[str, str]:
    """Five files of five kinds: name -> the words of its format on screen."""
    contents = {
        "factures.csv": (CSV.encode(), "CSV"),
        "factures.xlsx": (workbook(), "Excel"),
        "courant.ofx": (OFX.encode(), "OFX"),
        "livret.xml": (CAMT.encode(), "CAMT"),
        "fa-2026-014.pdf": (pdf_with_invoice(), "Factur-X"),
    }
    for name, (content, _) in contents.items():
        (folder / name).write_bytes(content)
    return {name: words for name, (_, words) in contents.items()}


def drop(seen: Visit, *paths: Path) -> None:
    with seen.page.expect_file_chooser() as chooser:
        seen.page.get_by_test_id("stFileUploaderDropzone").click()
    chooser.value.set_files([str(path) for path in paths])
    expect(seen.page.get_by_role("heading", level=4, name=paths[-1].name)).to_be_visible(timeout=STEP_MS)
    seen.ready()


def card(page: Page, name: str) -> str:
    """What the card of a file says."""
    heading = page.get_by_role("heading", level=4, name=name)
    box = page.get_by_test_id("stVerticalBlock").filter(has=heading).last
    return box.inner_text()


@pytest.mark.timeout(400)
def test_drop_five_files_of_five_kinds(start_servers: Start, visit: Visiting, tmp_path: Path) -> None:
    seen = visit(start_servers(1)[0])
    page, formats = seen.page, files(tmp_path)
    seen.open(ADDRESS)
    drop(seen, *(tmp_path / name for name in formats))

    said = {name: card(page, name) for name in formats}
    assert {name: words in said[name] for name, words in formats.items()} == dict.fromkeys(formats, True)
    kinds = {
        name: FR.t("Bank statement") if name in ("courant.ofx", "livret.xml") else FR.t("Sales invoices") for name in formats
    }
    assert {name: kind in said[name] for name, kind in kinds.items()} == dict.fromkeys(formats, True)
    assert FR.plural("{count} row", "{count} rows", 2) in said["factures.csv"]
    assert "F-1;Dupré Menuiserie;01/06/2026" in said["factures.csv"]
    assert "510,00 € au 26/06/2026, au centime." in said["livret.xml"].replace("\u00a0", " ")
    expect(page.get_by_test_id("stException")).to_have_count(0)

    page.get_by_role("button", name=FR.t("Import")).first.click()
    expect(page.get_by_text(FR.t("Imported:")).first).to_be_visible(timeout=STEP_MS)
    seen.ready()
    told = page.get_by_test_id("stMain").inner_text()
    assert FR.plural("{count} invoice.", "{count} invoices.", 4) in told
    assert FR.plural("{count} bank line.", "{count} bank lines.", 3) in told
    # F-1 is paid by its bank line; F-2, X-1 and FA-2026-014 are owed; FA-2026-014 alone is late.
    metrics = page.get_by_test_id("stMetric")
    assert "1\u202f790,50\u00a0€" in metrics.nth(0).inner_text()
    assert "1\u202f200,00\u00a0€" in metrics.nth(1).inner_text()
    assert "3\u202f698,00\u00a0€" in metrics.nth(2).inner_text()

    page.get_by_role("button", name=FR.t("Undo this import")).first.click()
    expect(page.get_by_text(FR.t("Undone: everything is as before.")).first).to_be_visible(timeout=STEP_MS)


def test_a_wrong_file_is_refused_with_a_sentence(start_servers: Start, visit: Visiting, tmp_path: Path) -> None:
    seen = visit(start_servers(1)[0])
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 4)
    seen.open(ADDRESS)
    drop(seen, photo)
    alert = seen.page.get_by_role("alert").first
    expect(alert).to_contain_text("photo.jpg")
    expect(alert).to_contain_text("Importez")
    expect(seen.page.get_by_role("button", name=FR.t("Import"), exact=True)).to_be_disabled()
    expect(seen.page.get_by_test_id("stException")).to_have_count(0)
    assert "Traceback" not in seen.page.content()
