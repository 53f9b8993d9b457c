"""E-invoices: what each syntax and profile says of one document, and what is refused."""

import io
import time
import zlib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject

from models.errors import UnreadableFile
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file

DATA = Path(__file__).parent / "data" / "einvoices"
CORPUS = Path(__file__).parents[1].parent / "shared" / "corpus" / "facturx"
COMPANY = "123456782"


def read(content: bytes, name: str = "invoice.xml", **options: Any) -> Reading:
    return read_file(Source(content, name, **({"company_siren": COMPANY} | options)))


def fixture(name: str, *changes: tuple[str, str]) -> bytes:
    """A file of tests/data/einvoices with parts of its text replaced."""
    text = (DATA / name).read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def only(reading: Reading) -> dict[str, Any]:
    assert reading.rows == reading.documents.height == 1, reading.rejected
    return reading.documents.row(0, named=True)


def said(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def pdf(*attachments: tuple[str, bytes], lock: str | None = None) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    for name, content in attachments:
        writer.add_attachment(name, content)
    if lock is not None:
        writer.encrypt(lock, "owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def refusal(content: bytes, name: str, **options: Any) -> str:
    with pytest.raises(UnreadableFile) as error:
        read(content, name, **options)
    assert name in str(error.value)
    return error.value.code


def test_a_cii_invoice_says_everything_about_its_document_and_buyer() -> None:
    reading = read(fixture("cii_invoice.xml"))
    assert (reading.kind, reading.format, reading.profile, reading.warnings.height) == ("invoices", "cii", "cii", 0)
    row = only(reading)
    assert said(row, "direction", "line", "number", "kind", "currency") == ("sale", 1, "FA-2026-014", "invoice", "EUR")
    assert said(row, "issue_date", "due_date") == (date(2026, 3, 2), date(2026, 4, 1))
    amounts = said(row, "amount_incl_tax", "amount_excl_tax", "vat_amount", "deposit_amount", "paid_amount")
    assert amounts == (Decimal("1200.00"), Decimal("1000.00"), Decimal("200.00"), None, None)
    assert said(row, "client_name", "client_code", "client_siren") == ("Société Été & Fils", "CL042", "987654324")
    assert said(row, "client_email", "client_phone") == ("compta@ete.example", "+33 1 00 00 00 00")
    assert said(row, "client_address", "order_reference") == ("3 rue des Lilas, 69001, Lyon, FR", "BC-77")


def test_a_zugferd_1_invoice_from_a_supplier_is_a_purchase() -> None:
    row = only(read(fixture("zugferd_1.xml")))
    assert said(row, "direction", "number", "client_name", "client_siren") == ("purchase", "2026-9", "Muster GmbH", None)
    assert said(row, "amount_incl_tax", "vat_amount", "order_reference") == (Decimal("59.50"), Decimal("9.50"), "B-5")


def test_a_ubl_invoice_takes_the_legal_name_and_the_siren_of_the_platforms() -> None:
    reading = read(fixture("ubl_invoice.xml"))
    assert reading.format == "ubl"
    row = only(reading)
    assert said(row, "direction", "number", "kind", "due_date") == ("sale", "F2026-31", "invoice", date(2026, 6, 3))
    assert said(row, "client_name", "client_code", "client_siren") == ("Lune SARL", "CL7", "987654324")
    assert said(row, "client_address", "client_email") == ("8 quai Nord, 29200, Brest, FR", "lune@lune.example")
    assert said(row, "amount_incl_tax", "amount_excl_tax", "order_reference") == (Decimal("360.00"), Decimal("300.00"), "PO-8")


def test_a_ubl_credit_note_is_linked_to_its_invoice() -> None:
    row = only(read(fixture("ubl_credit_note.xml")))
    assert said(row, "kind", "number", "amount_incl_tax", "linked_invoice") == (
        "credit_note",
        "AV-3",
        Decimal("120.00"),
        "F2026-31",
    )


def test_a_credit_note_on_several_invoices_is_linked_to_none() -> None:
    reference = "<cac:InvoiceDocumentReference><cbc:ID>F2026-31</cbc:ID></cac:InvoiceDocumentReference>"
    more = f"{reference}</cac:BillingReference><cac:BillingReference>{reference.replace('-31', '-32')}"
    assert only(read(fixture("ubl_credit_note.xml", (reference, more))))["linked_invoice"] is None


def test_a_credit_note_sent_as_a_negative_invoice_is_a_credit_note() -> None:
    amounts = [(f">{text}<", f">-{text}<") for text in ("1000.00", "200.00", "1200.00")]
    row = only(read(fixture("cii_invoice.xml", *amounts)))
    assert said(row, "kind", "amount_incl_tax", "vat_amount") == ("credit_note", Decimal("1200.00"), Decimal("200.00"))


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        ("380", "invoice", None),
        ("384", "invoice", None),
        ("389", "invoice", None),
        ("386", "deposit", None),
        ("381", "credit_note", None),
        ("261", "credit_note", None),
        ("503", "credit_note", None),
        ("325", "invoice", "draft"),
    ],
)
def test_each_type_code_is_a_kind(code: str, kind: str, status: str | None) -> None:
    assert said(only(read(fixture("cii_invoice.xml", (">380<", f">{code}<")))), "kind", "status") == (kind, status)


def test_an_unknown_type_code_is_a_problem_that_waits_as_written() -> None:
    reading = read(fixture("cii_invoice.xml", (">380<", ">999<")))
    assert reading.rejected.rows() == [(1, "kind", "999", "unknown_kind")]
    assert (reading.rows, reading.documents.height) == (1, 0)
    assert '"kind": "999"' in reading.quarantine["cells"][0]


DEPOSIT = [("TotalPrepaidAmount>0.00<", "TotalPrepaidAmount>300.00<"), ("DuePayableAmount>1200.00<", "DuePayableAmount>900.00<")]
ALL_PAID = [("TotalPrepaidAmount>0.00<", "TotalPrepaidAmount>1200.00<"), ("DuePayableAmount>1200.00<", "DuePayableAmount>0.00<")]
END = "</ram:ApplicableHeaderTradeSettlement>"
REFERENCE = (
    END,
    f"<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>AC-1</ram:IssuerAssignedID></ram:InvoiceReferencedDocument>{END}",
)
NOT_TOLD = ("<ram:TotalPrepaidAmount>300.00</ram:TotalPrepaidAmount>", "")


@pytest.mark.parametrize(
    ("changes", "amount", "deposit", "paid"),
    [
        (DEPOSIT, "900.00", "300.00", None),
        ([*DEPOSIT, NOT_TOLD], "900.00", "300.00", None),
        ([*DEPOSIT, (">B1<", ">B2<")], "1200.00", None, "300.00"),
        (ALL_PAID, "1200.00", None, "1200.00"),
        ([*ALL_PAID, REFERENCE], "0.00", "1200.00", None),
    ],
)
def test_what_was_paid_before_is_a_deposit_unless_the_invoice_was_already_paid(
    changes: list[tuple[str, str]], amount: str, deposit: str | None, paid: str | None
) -> None:
    reading = read(fixture("cii_invoice.xml", *changes))
    row = only(reading)
    expected = tuple(text and Decimal(text) for text in (amount, deposit, paid))
    assert said(row, "amount_incl_tax", "deposit_amount", "paid_amount") == expected
    assert row["linked_invoice"] is None
    assert "amounts_differ" not in reading.warnings["code"].to_list()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("DuePayableAmount>1200.00<", "DuePayableAmount>12OO.00<", ("amount_incl_tax", "12OO.00", "bad_amount")),
        ("DuePayableAmount>1200.00<", "DuePayableAmount>1.234<", ("amount_incl_tax", "1.234", "too_many_decimals")),
        ("TotalPrepaidAmount>0.00<", "TotalPrepaidAmount>x<", ("deposit_amount", "x", "bad_amount")),
        (">20260302<", ">20260230<", ("issue_date", "20260230", "impossible_date")),
        ("<ram:ID>FA-2026-014</ram:ID>", "", ("invoice_number", None, "missing_number")),
    ],
)
def test_what_cannot_be_read_rejects_the_document(old: str, new: str, problem: tuple[str, str | None, str]) -> None:
    reading = read(fixture("cii_invoice.xml", (old, new)))
    assert reading.rejected.select("column", "value", "code").rows() == [problem]
    assert (reading.rows, reading.rejected_rows) == (1, 1)


def test_without_the_company_s_siren_the_document_is_read_as_issued_with_a_warning() -> None:
    reading = read(fixture("cii_invoice.xml"), company_siren="")
    assert said(only(reading), "direction", "client_name") == (None, "Société Été & Fils")
    assert reading.warnings.rows() == [(1, "client_name", "Société Été & Fils", "direction_unknown")]


def test_a_person_s_word_on_purchases_makes_the_seller_the_supplier() -> None:
    reading = read(fixture("cii_invoice.xml"), company_siren="", kind="purchases")
    assert said(only(reading), "client_name", "client_code", "client_siren") == ("Atelier Morel", None, "123456782")
    assert reading.warnings.is_empty()


def test_parties_without_any_identifier_are_no_traceback() -> None:
    reading = read(fixture("cii_invoice.xml", ('<ram:ID schemeID="0002">123456782</ram:ID>', "")), company_siren="800000002")
    assert only(reading)["direction"] is None


def test_a_document_without_parties_lacks_its_client() -> None:
    """Nothing is said of whose it is either: nobody can be named there."""
    text = fixture("ubl_credit_note.xml").decode()
    start, end = text.index("<cac:AccountingSupplierParty>"), text.index("<cac:TaxTotal>")
    reading = read((text[:start] + text[end:]).encode())
    assert reading.rejected["code"].to_list() == ["missing_client"]
    assert reading.warnings.is_empty()


def test_a_buyer_without_a_name_is_named_by_its_code() -> None:
    names = (
        "<cbc:RegistrationName>Lune SARL</cbc:RegistrationName>",
        "<cac:PartyName><cbc:Name>Chez Lune</cbc:Name></cac:PartyName>",
    )
    reading = read(fixture("ubl_invoice.xml", *((name, "") for name in names)), company_siren="")
    assert said(only(reading), "client_name", "client_code") == (None, "CL7")
    assert reading.warnings.select("value", "code").rows() == [("CL7", "direction_unknown")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_changes_nothing(encoding: str) -> None:
    declaration = ('encoding="UTF-8"', f'encoding="{"UTF-16" if encoding == "utf-16" else "UTF-8"}"')
    assert only(read(fixture("cii_invoice.xml", declaration).decode().encode(encoding)))["client_name"] == "Société Été & Fils"


def test_an_encoding_that_has_no_such_name_is_read_as_utf8() -> None:
    assert only(read(fixture("cii_invoice.xml", ("UTF-8", "UTF-8-W/O-BOM"))))["client_name"] == "Société Été & Fils"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_entities_are_refused_before_parsing(encoding: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>\n<rsm:CrossIndustryInvoice'
    text = fixture("cii_invoice.xml", ("<rsm:CrossIndustryInvoice", bomb), ('encoding="UTF-8"', "")).decode()
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    assert refusal(mark + text.encode(encoding), "bomb.xml") == "doctype_refused"


def test_a_cut_xml_is_refused() -> None:
    assert refusal(fixture("cii_invoice.xml")[:-40], "cut.xml") == "broken_xml"


@pytest.mark.parametrize("name", ["factur-x.xml", "ZUGFeRD-invoice.xml", "xrechnung.xml", "ma facture.XML", "sans_suffixe"])
def test_a_pdf_is_read_by_the_xml_in_it_whatever_its_name(name: str) -> None:
    reading = read(pdf(("notes.txt", b"bonjour"), ("liste.xml", b"<liste/>"), (name, fixture("cii_invoice.xml"))), "f.pdf")
    assert reading.format == "facturx"
    assert said(only(reading), "number", "amount_incl_tax") == ("FA-2026-014", Decimal("1200.00"))


def test_of_two_invoices_in_a_pdf_the_one_with_the_standard_s_name_counts() -> None:
    other = fixture("cii_invoice.xml", ("FA-2026-014", "OTHER-1"))
    both = pdf(("copie.xml", other), ("factur-x.xml", fixture("cii_invoice.xml")))
    assert only(read(both, "f.pdf"))["number"] == "FA-2026-014"


def test_an_invoice_that_a_pdf_is_only_associated_with_is_found() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(pdf(("factur-x.xml", fixture("cii_invoice.xml")))))
    listed = writer.root_object["/Names"]["/EmbeddedFiles"]  # type: ignore[index]
    writer.root_object[NameObject("/AF")] = ArrayObject([listed["/Names"][1]])
    del writer.root_object["/Names"]
    out = io.BytesIO()
    writer.write(out)
    assert list(PdfReader(out).attachment_list) == []
    assert only(read(out.getvalue(), "f.pdf"))["number"] == "FA-2026-014"


def test_a_pdf_locked_against_changes_only_is_read() -> None:
    locked = pdf(("factur-x.xml", fixture("cii_invoice.xml")), lock="")
    assert PdfReader(io.BytesIO(locked)).is_encrypted
    assert only(read(locked, "f.pdf"))["number"] == "FA-2026-014"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (pdf(), "pdf_without_invoice"),
        (pdf(("liste.xml", b"<liste/>")), "pdf_without_invoice"),
        (pdf(("factur-x.xml", fixture("cii_invoice.xml")), lock="secret"), "is_encrypted"),
        (pdf(("factur-x.xml", fixture("cii_invoice.xml")))[:600], "pdf_broken"),
        (b"%PDF-1.7\n" + b"\x00\x01" * 500, "pdf_broken"),
        (pdf(("factur-x.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><CrossIndustryInvoice/>')), "doctype_refused"),
        (pdf(("factur-x.xml", b"<CrossIndustryInvoice><a>")), "broken_xml"),
    ],
)
def test_a_pdf_that_holds_no_invoice_is_refused_with_the_reason(content: bytes, code: str) -> None:
    assert refusal(content, "f.pdf") == code


def made_by_hand(*bodies: bytes) -> bytes:
    """A PDF of these objects, the first being its catalog."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(bodies) + 1, table) + end


SPACES = zlib.compress(b"<" + b" " * 200_000_000)
LISTED = b"<</Type/Catalog/Names<</EmbeddedFiles<</Names[(factur-x.xml) 2 0 R]>>>>>>"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (made_by_hand(b"<</Type/Catalog/Names<</EmbeddedFiles 2 0 R>>>>", b"<</Kids[2 0 R]>>"), "pdf_without_invoice"),
        (made_by_hand(b"<</Type/Catalog/AF 1 0 R>>"), "pdf_broken"),
        (made_by_hand(b"<</Type/Catalog/AF " + b"[" * 100_000 + b"]" * 100_000 + b">>"), "pdf_broken"),
        (
            made_by_hand(
                LISTED,
                b"<</Type/Filespec/F(factur-x.xml)/EF<</F 3 0 R>>>>",
                b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(SPACES), SPACES),
            ),
            "pdf_broken",
        ),
    ],
    ids=["loop", "circle", "depth", "bomb"],
)
def test_a_hostile_pdf_ends_in_a_refusal_in_time(content: bytes, code: str) -> None:
    started = time.monotonic()
    assert refusal(content, "f.pdf") == code
    assert time.monotonic() - started < 10


#: number, kind, what it asks for, issue date of each published file; BASIC, EN16931 and so on alike.
AVOIR = ("AV-2017-0005", "credit_note", "233.47", date(2017, 11, 16))
FACTURE_DOM = ("FA-2017-0009", "invoice", "383.75", date(2017, 11, 5))
FACTURE_FR = ("FA-2017-0010", "invoice", "470.15", date(2017, 11, 13))
FACTURE_UE = ("FA-2017-0008", "invoice", "1453.76", date(2017, 11, 3))
PUBLISHED = {
    "ZUGFeRD__corpus__Avoir_FR_type380_BASIC.pdf": AVOIR,
    "ZUGFeRD__corpus__Avoir_FR_type380_EN16931.pdf": AVOIR,
    "ZUGFeRD__corpus__Avoir_FR_type380_MINIMUM.pdf": AVOIR,
    "ZUGFeRD__corpus__Avoir_FR_type381_BASIC.pdf": AVOIR,
    "ZUGFeRD__corpus__Avoir_FR_type381_BASICWL.pdf": AVOIR,
    "ZUGFeRD__corpus__Avoir_FR_type381_EN16931.pdf": AVOIR,
    "ZUGFeRD__corpus__Avoir_FR_type381_MINIMUM.pdf": AVOIR,
    "ZUGFeRD__corpus__Facture_DOM_BASIC.pdf": FACTURE_DOM,
    "ZUGFeRD__corpus__Facture_DOM_BASICWL.pdf": FACTURE_DOM,
    "ZUGFeRD__corpus__Facture_DOM_EN16931.pdf": FACTURE_DOM,
    "ZUGFeRD__corpus__Facture_DOM_MINIMUM.pdf": FACTURE_DOM,
    "ZUGFeRD__corpus__Facture_FR_BASIC.pdf": FACTURE_FR,
    "ZUGFeRD__corpus__Facture_FR_BASICWL.pdf": FACTURE_FR,
    "ZUGFeRD__corpus__Facture_FR_EN16931.pdf": FACTURE_FR,
    "ZUGFeRD__corpus__Facture_FR_MINIMUM.pdf": FACTURE_FR,
    "ZUGFeRD__corpus__Facture_UE_BASIC.pdf": FACTURE_UE,
    "ZUGFeRD__corpus__Facture_UE_BASICWL.pdf": FACTURE_UE,
    "ZUGFeRD__corpus__Facture_UE_EN16931.pdf": FACTURE_UE,
    "ZUGFeRD__corpus__Facture_UE_MINIMUM.pdf": FACTURE_UE,
    "ZUGFeRD__corpus__factur-x-invalid-xml-encoding-attribute.pdf": ("RE-20201121/508", "invoice", "571.04", date(2020, 11, 21)),
    "ZUGFeRD__corpus__python-factur-x.pdf": ("RE-20171118/506", "invoice", "571.04", date(2017, 11, 18)),
    "ZUGFeRD__corpus__sample_inofficial_20190125_atgp_factur-x_v_1_0.pdf": FACTURE_FR,
    "atgp__factur-x__facturx-minimum.xml": ("F-2023-001", "invoice", "120.00", date(2023, 1, 1)),
    "atgp__factur-x__facturx-basicwl.xml": ("F-2023-002", "invoice", "120.00", date(2023, 1, 1)),
    "atgp__factur-x__facturx-basic.xml": ("F-2023-003", "invoice", "120.00", date(2023, 1, 1)),
    "atgp__factur-x__facturx-en16931.xml": ("F-2023-004", "invoice", "120.00", date(2023, 1, 1)),
    "atgp__factur-x__facturx-extended.xml": ("F-2023-005", "invoice", "120.00", date(2023, 1, 1)),
    "atgp__factur-x__zugferd.xml": ("F-2023-006", "invoice", "120.00", date(2023, 1, 1)),
}


@pytest.mark.skipif(not CORPUS.exists(), reason="no corpus beside the repository")
@pytest.mark.parametrize("name", PUBLISHED)
def test_each_published_invoice_is_read_as_it_says(name: str) -> None:
    number, kind, amount, issued = PUBLISHED[name]
    row = only(read((CORPUS / name).read_bytes(), name, company_siren="999999998"))
    assert said(row, "number", "kind", "amount_incl_tax", "issue_date") == (number, kind, Decimal(amount), issued)
    assert row["linked_invoice"] == ("FA-2017-0010" if kind == "credit_note" else None)
    assert row["direction"] == ("sale" if "-2017-" in number else None)


@pytest.mark.skipif(not CORPUS.exists(), reason="no corpus beside the repository")
def test_every_published_invoice_is_in_the_table() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(PUBLISHED)
