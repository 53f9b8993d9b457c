"""ZIP archives: several files as one reading, and what is refused from the directory alone."""

import io
import stat
import time
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter

from models.errors import UnreadableFile
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file

EINVOICES = Path(__file__).parent / "data" / "einvoices"
CII, UBL, CREDIT_NOTE = (
    (EINVOICES / name).read_bytes() for name in ("cii_invoice.xml", "ubl_invoice.xml", "ubl_credit_note.xml")
)
INVOICES = "Numéro;Client;Date;Montant TTC\nF-1;Lune;31/01/2026;10,00\nF-2;Lune;31/01/2026;dix\n".encode()
STATEMENT = "Date;Libellé;Montant\n05/01/2026;CARTE;-5,00\n05/01/2026;CARTE;-5,00\n06/01/2026;VIR LUNE;120,00\n".encode()
LATER = "Date;Libellé;Montant\n06/01/2026;VIR LUNE;120,00\n07/01/2026;CARTE;-5,00\n".encode()
LEDGER = (
    b"JournalCode\tJournalLib\tEcritureNum\tEcritureDate\tCompteNum\tCompteLib\tCompAuxNum\tCompAuxLib\tPieceRef\tPieceDate\t"
    b"EcritureLib\tDebit\tCredit\tEcritureLet\tDateLet\tValidDate\tMontantdevise\tIdevise\n"
    b"VE\tVentes\t1\t20260105\t411000\tClients\tLUNE\tLune\tF-1\t20260105\tFacture\t120,00\t0,00\t\t\t20260131\t\t\n"
    b"VE\tVentes\t1\t20260105\t706000\tVentes\t\t\tF-1\t20260105\tFacture\t0,00\t120,00\t\t\t20260131\t\t\n"
)


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def pdf(content: bytes) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment("factur-x.xml", content)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def read(content: bytes, name: str = "lot.zip", **options: Any) -> Reading:
    return read_file(Source(content, name, **({"company_siren": "123456782"} | options)))


def refusal(content: bytes, name: str = "lot.zip") -> UnreadableFile:
    started = time.monotonic()
    with pytest.raises(UnreadableFile) as error:
        read(content, name)
    assert name in str(error.value)
    assert time.monotonic() - started < 10
    return error.value


def test_e_invoices_of_every_sort_are_one_reading_in_the_archive_s_order() -> None:
    reading = read(zipped(("a.xml", CII), ("dossier/b.pdf", pdf(UBL)), ("c.xml", CREDIT_NOTE)))
    assert (reading.kind, reading.format, reading.rows) == ("invoices", "zip", 3)
    assert reading.documents.select("line", "number", "kind", "direction").rows() == [
        (1, "FA-2026-014", "invoice", "sale"),
        (2, "F2026-31", "invoice", "sale"),
        (3, "AV-3", "credit_note", "sale"),
    ]


def test_a_member_that_cannot_be_read_is_a_rejected_row_that_names_it() -> None:
    reading = read(zipped(("a.xml", CII), ("lisez-moi.txt", b"bonjour"), ("b.pdf", pdf(b"<liste/>")), ("c.xml", CREDIT_NOTE)))
    assert (reading.rows, reading.rejected_rows) == (4, 2)
    assert reading.rejected.rows() == [
        (2, "lisez-moi.txt", "unknown_columns", "member_refused"),
        (3, "b.pdf", "pdf_without_invoice", "member_refused"),
    ]
    assert reading.documents["line"].to_list() == [1, 4]


def test_rows_of_tables_are_numbered_through_and_their_problems_name_the_member() -> None:
    reading = read(zipped(("un.csv", INVOICES), ("deux.csv", INVOICES.replace(b"F-", b"G-"))))
    assert reading.documents.select("line", "number").rows() == [(2, "F-1"), (5, "G-1")]
    assert reading.rejected.select("line", "column", "code").rows() == [
        (3, "un.csv – Montant TTC", "bad_amount"),
        (6, "deux.csv – Montant TTC", "bad_amount"),
    ]
    assert reading.quarantine["line"].to_list() == [3, 6]
    assert (reading.rows, reading.separator, reading.date_order) == (4, ";", "dmy")


def test_overlapping_statements_tell_each_movement_once() -> None:
    reading = read(zipped(("janvier.csv", STATEMENT), ("suite.csv", LATER)))
    assert (reading.kind, reading.format) == ("bank", "csv")
    assert reading.lines.select("label", "amount").rows() == [
        ("CARTE", Decimal("-5.00")),
        ("CARTE", Decimal("-5.00")),
        ("VIR LUNE", Decimal("120.00")),
        ("CARTE", Decimal("-5.00")),
    ]
    assert (reading.rows, reading.ignored) == (5, 1)
    assert reading.lines["account"].is_in(range(reading.accounts.height)).all()


def test_what_systems_add_is_no_member() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.xml", CII)
        archive.writestr("__MACOSX/._a.xml", b"\x00")
        archive.writestr("sous/.DS_Store", b"\x00")
        archive.mkdir("vide")
        link = zipfile.ZipInfo("lien.xml")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, b"/etc/passwd")
    assert read(out.getvalue()).rows == 1


def test_progress_counts_members() -> None:
    told: list[tuple[int, int]] = []
    read(zipped(("a.xml", CII), ("b.xml", UBL)), progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]


def test_a_person_s_word_on_purchases_holds_for_every_member() -> None:
    reading = read(zipped(("a.xml", CII), ("b.xml", UBL)), company_siren="", kind="purchases")
    assert reading.documents["client_name"].to_list() == ["Atelier Morel", "Atelier Morel"]


def test_one_warning_stands_for_all_invoices_of_an_unknown_company() -> None:
    reading = read(zipped(("a.xml", CII), ("b.xml", UBL), ("c.xml", CREDIT_NOTE)), company_siren="")
    assert reading.warnings.rows() == [(None, None, "3", "directions_unknown")]
    alone = read(zipped(("a.xml", CII)), company_siren="")
    assert alone.warnings.rows() == [(1, "a.xml – client_name", "Société Été & Fils", "direction_unknown")]


def encrypted(content: bytes) -> bytes:
    """The archive with the flag of encryption on its first member."""
    at = content.index(b"PK\x01\x02")
    return content[: at + 8] + b"\x01\x00" + content[at + 10 :]


def misstated(content: bytes) -> bytes:
    """The archive whose first member is said to unpack to three bytes."""
    at = content.index(b"PK\x01\x02")
    return content[: at + 24] + (3).to_bytes(4, "little") + content[at + 28 :]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zipped(("a.xml", CII), ("b.csv", STATEMENT)), "archive_mixed_kinds"),
        (zipped(("a.xml", CII), ("b.zip", b"x")), "archive_nested"),
        (zipped(("a.xml", CII), ("b.csv", zipped(("c.xml", CII)))), "archive_nested"),
        (zipped(("a.xml", CII), ("b.csv", zipped(("c.xml", CII))), method=zipfile.ZIP_STORED), "archive_nested"),
        (zipped(("../a.xml", CII)), "archive_trap"),
        (zipped(("/etc/a.xml", CII)), "archive_trap"),
        (zipped(("..\\a.xml", CII)), "archive_trap"),
        (zipped(("C:a.xml", CII)), "archive_trap"),
        (zipped(("a.csv", b"0" * 20_000_000)), "archive_trap"),
        (zipped(*((f"{i}.csv", b"0" * 9_000_000) for i in range(23))), "archive_too_large"),
        (zipped(*((f"{i}.csv", b"") for i in range(1001))), "archive_too_many"),
        (encrypted(zipped(("a.xml", CII))), "is_encrypted"),
        (misstated(zipped(("a.xml", CII))), "archive_broken"),
        (zipped(("a.xml", CII))[:-30], "archive_broken"),
        (b"PK\x03\x04" + b"\x00" * 60, "archive_broken"),
        (zipped(), "archive_nothing_read"),
        (zipped(("lisez-moi.txt", b"bonjour")), "archive_nothing_read"),
    ],
)
def test_an_archive_that_cannot_be_taken_whole_is_refused_with_the_reason(content: bytes, code: str) -> None:
    assert refusal(content).code == code


def test_a_zip_renamed_csv_without_a_readable_file_is_refused() -> None:
    refused = refusal(zipped(("lisez-moi.txt", b"bonjour")), "factures.csv")
    assert refused.code == "archive_nothing_read"
    assert refused.fields["seen"] == "lisez-moi.txt"


def test_one_ledger_is_read_as_itself_and_several_are_refused() -> None:
    reading = read(zipped(("123456782FEC20261231.txt", LEDGER)))
    assert (reading.kind, reading.format, reading.documents["number"].to_list()) == ("ledger", "fec", ["F-1"])
    several = zipped(("123456782FEC20251231.txt", LEDGER), ("123456782FEC20261231.txt", LEDGER))
    assert refusal(several).code == "archive_ledgers"


def test_a_csv_that_begins_like_an_archive_is_a_csv() -> None:
    content = "PK;Numéro;Client;Date;Montant TTC\n1;F-1;Lune;31/01/2026;10,00\n".encode()
    assert read(content, "export.csv").format == "csv"
