"""Exports of invoicing programs: each profile with its fixture, and rows of one invoice counted once."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from models.errors import UnreadableFile
from pipelines.ingest.parts import Source
from pipelines.ingest.profiles import built_in
from pipelines.ingest.reading import Reading, read_file

EXPORTS = Path(__file__).parent / "data" / "exports"
CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "invoice_csv"
#: Counted by hand in each fixture: documents in the file, drafts and cancelled ones among them, and the amounts including
#: tax of the others: invoices, credit notes, deposits.
FIXTURES = {
    "app_recouvrement": (2, 0, "420.50", "0", "0"),
    "banana": (2, 0, "420.00", "0", "0"),
    "dolibarr": (6, 2, "420.00", "36.00", "90.00"),
    "evoliz": (4, 1, "420.00", "36.00", "0"),
    "faktu": (3, 1, "420.00", "0", "0"),
    "faktu_lignes": (2, 0, "420.00", "0", "0"),
    "freshbooks": (3, 1, "300.00", "0", "0"),
    "invoice_ninja": (4, 2, "420.00", "0", "0"),
    "invoice_ninja_report": (3, 1, "420.00", "0", "0"),
    "odoo_en": (3, 1, "420.00", "0", "0"),
    "odoo_fr": (5, 2, "420.00", "36.00", "0"),
    "quickbooks_en": (3, 1, "300.00", "36.00", "0"),
    "quickbooks_fr": (5, 2, "420.00", "36.00", "0"),
    "smartbusiness": (3, 1, "327.95", "0", "0"),
    "stripe": (5, 2, "510.00", "0", "0"),
    "vosfactures": (6, 2, "420.00", "36.00", "90.00"),
    "wave": (4, 1, "480.00", "0", "0"),
    "xero": (6, 2, "444.00", "36.00", "0"),
    "zoho": (4, 2, "420.00", "0", "0"),
    "zoho_bills": (2, 0, "96.00", "0", "0"),
    "zoho_credit_notes": (1, 0, "0", "36.00", "0"),
}
#: Counted by hand in each real file: documents, or the code of its refusal.
REAL = {
    "BananaAccounting__Switzerland__offerte-e-fatture-personalized-exported-test.csv": 5,
    "BananaAccounting__Universal__invoices.csv": "missing_column",
    "BananaAccounting__Universal__invoices_new_format.csv": 7,
    "BananaAccounting__Universal__invoices_with_missing_data.csv": 8,
    "eworkforce__app_recouvrement__clients_exemple.csv": 5,
    "eworkforce__app_recouvrement__factures.csv": 17,
    "eworkforce__app_recouvrement__factures_exemple.csv": 7,
    "karimLamari__faktu__export_detaille_fr.csv": 1,
    "karimLamari__faktu__export_simple_fr.csv": 2,
}
LINES = "Numéro Facture;Date;Client;Ligne;Description;Quantité;Prix Unitaire HT;Total HT;Taux TVA;Montant TVA;Total TTC;Statut"


def read(path: Path) -> Reading:
    return read_file(Source(path.read_bytes(), path.name))


def read_lines(*rows: str) -> Reading:
    return read_file(Source("\n".join([LINES, *rows, ""]).encode(), "lignes.csv"))


def is_no_sale() -> pl.Expr:
    return pl.col("status").is_in(["draft", "cancelled"]).fill_null(value=False)


def test_every_profile_of_invoices_has_a_fixture() -> None:
    assert {profile.code for profile in built_in() if profile.kind in ("invoices", "purchases")} == set(FIXTURES)


@pytest.mark.parametrize("code", sorted(FIXTURES))
def test_each_export_is_recognised_and_its_documents_counted(code: str) -> None:
    reading = read(EXPORTS / f"{code}.csv")
    documents, drafts, *amounts = FIXTURES[code]
    assert (reading.profile, reading.rows, reading.rejected_rows) == (code, documents, 0)
    assert reading.documents.filter(is_no_sale()).height == drafts
    real = reading.documents.filter(~is_no_sale())
    kinds = ("invoice", "credit_note", "deposit")
    found = [real.filter(pl.col("kind") == kind)["amount_incl_tax"].sum() for kind in kinds]
    assert found == [Decimal(str(amount)) for amount in amounts]
    assert reading.warnings.is_empty(), reading.warnings


@pytest.mark.parametrize("code", sorted(FIXTURES))
def test_each_export_says_who_and_when(code: str) -> None:
    real = read(EXPORTS / f"{code}.csv").documents.filter(~is_no_sale())
    assert real.select("number", "issue_date").null_count().sum_horizontal().item() == 0
    assert real.select(pl.coalesce("client_name", "client_code").is_not_null().all()).item()


@pytest.mark.skipif(not CORPUS.exists(), reason="no corpus beside the repository")
@pytest.mark.parametrize("name", sorted(REAL))
def test_each_real_export_is_read_whole_or_refused(name: str) -> None:
    expected = REAL[name]
    if isinstance(expected, str):
        with pytest.raises(UnreadableFile) as refusal:
            read(CORPUS / name)
        assert refusal.value.code == expected
        return
    reading = read(CORPUS / name)
    assert (reading.rows, reading.rejected_rows) == (expected, 0)


@pytest.mark.skipif(not CORPUS.exists(), reason="no corpus beside the repository")
def test_no_real_export_is_left_out() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(REAL)


def test_the_bills_of_a_mixed_export_are_purchases() -> None:
    documents = read(EXPORTS / "xero.csv").documents
    assert documents.filter(pl.col("direction") == "purchase")["number"].to_list() == ["F-778"]
    assert documents.filter(pl.col("number") == "INV-0001")["direction"].to_list() == ["sale"]


def test_an_export_of_bills_is_one_of_purchases() -> None:
    assert read(EXPORTS / "zoho_bills.csv").documents["direction"].unique().to_list() == ["purchase"]


def test_what_is_paid_and_what_is_due_come_along() -> None:
    first = read(EXPORTS / "xero.csv").documents.row(0, named=True)
    assert (first["paid_amount"], first["amount_due"]) == (Decimal("100.00"), Decimal("200.00"))
    stripe = read(EXPORTS / "stripe.csv").documents.row(1, named=True)
    assert (stripe["paid_amount"], str(stripe["paid_date"]), stripe["status"]) == (Decimal("120.00"), "2026-02-10", "paid")


def test_rows_of_one_invoice_are_one_document_at_its_first_line() -> None:
    reading = read_lines(
        "F1;14/01/2026;Brun;1;a;1;100,00;100,00;20%;20,00;120,00;Envoyée",
        "F2;15/01/2026;Roux;1;b;1;10,00;10,00;20%;2,00;12,00;Envoyée",
        "F1;14/01/2026;Brun;2;c;1;-50,00;-50,00;20%;-10,00;-60,00;Envoyée",
    )
    found = reading.documents.select("line", "number", "kind", "amount_incl_tax", "amount_excl_tax").rows()
    assert found == [
        (2, "F1", "invoice", Decimal("60.00"), Decimal("50.00")),
        (3, "F2", "invoice", Decimal("12.00"), Decimal("10.00")),
    ]


def test_a_line_that_cannot_be_read_rejects_its_whole_invoice() -> None:
    reading = read_lines(
        "F1;14/01/2026;Brun;1;a;1;100,00;100,00;20%;20,00;120,00;Envoyée",
        "F1;14/01/2026;Brun;2;b;1;1;1;20%;1 2,00;1 2,00;Envoyée",
        "F2;15/01/2026;Roux;1;c;1;10,00;10,00;20%;2,00;12,00;Envoyée",
    )
    assert reading.documents["number"].to_list() == ["F2"]
    assert (reading.rows, reading.rejected_rows) == (2, 1)
    assert reading.rejected["line"].unique().to_list() == [3]


def test_lines_that_disagree_reject_their_invoice() -> None:
    reading = read_lines(
        "F1;14/01/2026;Brun;1;a;1;100,00;100,00;20%;20,00;120,00;Envoyée",
        "F1;16/01/2026;Brun;2;b;1;10,00;10,00;20%;2,00;12,00;Envoyée",
    )
    assert (reading.rows, reading.rejected_rows) == (1, 1)
    assert reading.rejected.rows() == [(2, "Date", "2026-01-14 / 2026-01-16", "lines_differ")]


@pytest.mark.parametrize(
    ("broken", "rejected"),
    [
        ("F1;14/01/2026;Brun;2;trop;court", ["F1"]),  # it holds its number
        ("trop;court", ["F1", "F2"]),  # it may be of the invoice above or below
        (";14/01/2026;Brun;2;b;1;1,00;1,00;20%;0,20;1,20;Envoyée", ["F1", "F2"]),
    ],
)
def test_an_unreadable_row_leaves_no_invoice_with_a_part_of_its_amount(broken: str, rejected: list[str]) -> None:
    reading = read_lines(
        "F1;14/01/2026;Brun;1;a;1;100,00;100,00;20%;20,00;120,00;Envoyée",
        broken,
        "F2;15/01/2026;Roux;1;c;1;10,00;10,00;20%;2,00;12,00;Envoyée",
        "F3;15/01/2026;Roux;1;c;1;10,00;10,00;20%;2,00;12,00;Envoyée",
    )
    assert sorted({"F1", "F2", "F3"} - set(reading.documents["number"])) == rejected
    assert (reading.rows, reading.rejected_rows) == (3, len(rejected))
    assert reading.rejected["line"].n_unique() == len(rejected)


def test_two_clients_with_one_number_are_two_documents() -> None:
    reading = read_lines(
        "F1;14/01/2026;Brun;1;a;1;100,00;100,00;20%;20,00;120,00;Envoyée",
        "F1;14/01/2026;Roux;1;a;1;100,00;100,00;20%;20,00;120,00;Envoyée",
    )
    assert reading.documents.select("number", "client_name").rows() == [("F1", "Brun"), ("F1", "Roux")]


def test_a_draft_may_lack_its_number_and_its_amount() -> None:
    content = "Numéro;Client;Date;Montant TTC;Statut\n;Brun;;;Brouillon\nF1;Roux;15/01/2026;12,00;\n"
    reading = read_file(Source(content.encode(), "brouillons.csv"))
    assert (reading.rows, reading.rejected_rows) == (2, 0)
    assert reading.documents["status"].to_list() == ["draft", None]
