"""The canonical invoice file: names of columns, kinds, statuses, amounts and deposits."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from models.rows import INVOICE_ROWS
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file


def read(header: str, *rows: str, **options: Any) -> Reading:
    return read_file(Source("\n".join([header, *rows, ""]).encode(), "factures.csv", **options))


def first(header: str, *rows: str) -> dict[str, object]:
    reading = read(header, *rows)
    assert reading.rejected.is_empty(), reading.rejected
    return reading.documents.row(0, named=True)


BASE = "Numéro;Client;Date;Montant TTC"


def with_column(name: str, value: str) -> dict[str, object]:
    return first(f"{BASE};{name}", f"F-1;Morel;25/01/2026;120,00;{value}")


def test_a_document_has_the_columns_of_the_tables() -> None:
    reading = read(BASE, "F-1;Morel;25/01/2026;120,00")
    assert reading.documents.schema == pl.Schema(INVOICE_ROWS)
    assert reading.documents.row(0, named=True)["amount_incl_tax"] == Decimal("120.00")
    assert (reading.kind, reading.profile, reading.date_order, reading.decimal) == ("invoices", "canonical", "dmy", ",")


def test_of_amounts_with_both_decimal_signs_the_one_that_most_show_is_told() -> None:
    header = f"{BASE};Montant HT;TVA"
    mixed = read(header, "F-1;Morel;25/01/2026;120,00;100.00;20,00", "F-2;Morel;25/01/2026;1,234.56;1,028.80;205,76")
    assert (mixed.decimal, mixed.mixes_decimals) == (",", True)
    assert (read(BASE, "F-1;Morel;25/01/2026;120").decimal, read(BASE, "F-1;Morel;25/01/2026;120.0").decimal) == (None, ".")


@pytest.mark.parametrize(
    ("cells", "warned"),
    [
        ("Facture;120,00;25/01/2026;", []),
        ("Facture;120,01;25/01/2026;", [("Montant réglé", "120,01", "paid_above_amount")]),
        ("Facture;;;-5,00", [("Reste à payer", "-5,00", "paid_above_amount")]),
        ("Facture;20,00;24/01/2026;100,00", [("Date de règlement", "24/01/2026", "paid_before_issue")]),
        ("Avoir;130,00;24/01/2026;", []),
    ],
)
def test_a_payment_beyond_the_invoice_or_before_it_is_a_warning_and_the_row_goes_in(
    cells: str, warned: list[tuple[str, str, str]]
) -> None:
    header = "Numéro;Client;Date;Montant TTC;Type;Montant réglé;Date de règlement;Reste à payer"
    reading = read(header, f"F-1;Morel;25/01/2026;120,00;{cells}")
    assert (reading.documents.height, reading.rejected_rows) == (1, 0)
    assert reading.warnings.select("column", "value", "code").rows() == warned


@pytest.mark.parametrize(
    "header",
    [
        "N° facture;Code client;Date d'émission;Total TTC",
        " NUMERO_DE_FACTURE ;client_code;Date facture;Montant TTC (€)",
        "Invoice number;Customer code;Invoice date;Amount incl. tax",
        "Référence facture;Code client;DATE DE FACTURE;Total T.T.C.",
        "invoice_number;client_code;issue_date;amount_incl_tax",
    ],
)
def test_headers_match_without_case_accents_punctuation_or_small_words(header: str) -> None:
    row = first(header, "F-1;C9;25/01/2026;120,00")
    assert (row["number"], row["client_code"], row["issue_date"], row["amount_incl_tax"]) == (
        "F-1",
        "C9",
        date(2026, 1, 25),
        Decimal("120.00"),
    )


@pytest.mark.parametrize(
    ("text", "amount", "kind", "stored"),
    [
        ("", "120,00", "invoice", "120.00"),
        ("Facture", "-120,00", "credit_note", "120.00"),
        ("Avoir", "120,00", "credit_note", "120.00"),
        ("Credit note", "-120,00", "credit_note", "120.00"),
        ("Facture d'acompte", "120,00", "deposit", "120.00"),
        ("Acompte", "(120,00)", "credit_note", "120.00"),
    ],
)
def test_amounts_are_stored_positive_and_the_kind_carries_the_sign(text: str, amount: str, kind: str, stored: str) -> None:
    row = first(f"{BASE};Type", f"F-1;Morel;25/01/2026;{amount};{text}")
    assert (row["kind"], row["amount_incl_tax"]) == (kind, Decimal(stored))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Brouillon", "draft"),
        ("Pro forma", "draft"),
        ("Annulée", "cancelled"),
        ("RÉGLÉE", "paid"),
        ("Encaissée", "paid"),
        ("Envoyée", "sent"),
        ("En attente, non envoyée", "unsent"),
        ("Partiellement payée", None),
        ("Impayée", None),
        ("", None),
    ],
)
def test_statuses_become_the_five_that_count(text: str, status: str | None) -> None:
    assert with_column("Statut", text and f'"{text}"')["status"] == status


def test_a_quote_among_the_invoices_is_a_draft() -> None:
    row = with_column("Type", "Devis")
    assert (row["kind"], row["status"]) == ("invoice", "draft")


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("SIREN", "732 829 320", "client_siren", "732829320"),
        ("SIRET", "73282932000074", "client_siren", "732829320"),
        ("Type de client", "Particulier", "client_type", "consumer"),
        ("Type de client", "Professionnel", "client_type", "company"),
        ("Langue", "Anglais", "client_language", "en"),
        ("Litige", "Oui", "is_disputed", True),
        ("Litige", "non", "is_disputed", False),
        ("Litige", "", "is_disputed", None),
        ("Devise", "€", "currency", "EUR"),
        ("Devise", "chf", "currency", "CHF"),
        ("Bon de commande", "0012", "order_reference", "0012"),
        ("Email", "compta@example.org", "client_email", "compta@example.org"),
        ("Échéance", "24/02/2026", "due_date", date(2026, 2, 24)),
        ("Reste à payer", "20,00", "amount_due", Decimal("20.00")),
        ("Montant réglé", "100,00", "paid_amount", Decimal("100.00")),
        ("Date de règlement", "01/02/2026", "paid_date", date(2026, 2, 1)),
        ("Facture d'origine", "F-0", "linked_invoice", "F-0"),
    ],
)
def test_optional_columns_are_read(name: str, value: str, field: str, expected: object) -> None:
    assert with_column(name, value)[field] == expected


HT = "Numéro;Client;Date;Type;Montant HT;TVA;Montant TTC;Acompte déduit"


@pytest.mark.parametrize(
    ("cells", "amount", "warnings"),
    [
        (";100,00;20,00;120,00;", "120.00", []),
        (";100,00;20,00;;", "120.00", []),
        (";100,00;20,00;;30,00", "90.00", []),
        (";100,00;20,00;120,00;30,00", "90.00", []),
        (";100,00;20,00;90,00;30,00", "90.00", []),
        (";;;90,00;30,00", "90.00", []),
        (";100,00;20,00;121,00;", "121.00", ["amounts_differ"]),
        (";100,00;20,00;120,01;30,00", "90.01", ["amounts_differ"]),
        ("Acompte;25,00;5,00;30,00;30,00", "30.00", []),
        (";-100,00;-20,00;-120,00;", "120.00", []),
    ],
)
def test_a_final_invoice_asks_for_what_its_deposits_leave(cells: str, amount: str, warnings: list[str]) -> None:
    reading = read(HT, f"F-1;Morel;25/01/2026;{cells}")
    assert reading.documents["amount_incl_tax"].to_list() == [Decimal(amount)]
    assert reading.warnings["code"].to_list() == warnings


def test_a_total_row_is_no_document_and_is_checked() -> None:
    reading = read(BASE, "F-1;Morel;25/01/2026;120,00", "F-2;Morel;26/01/2026;-20,00", "TOTAL;;;100,00")
    assert (reading.rows, reading.documents.height, reading.warnings.height) == (2, 2, 0)


def test_lines_are_those_of_the_file_with_line_ends_in_cells_and_blank_lines() -> None:
    reading = read(BASE, 'F-1;"Morel\net fils";25/01/2026;120,00', "", "F-2;Morel;hier;120,00", "F-3;Morel;26/01/2026;1,00")
    assert reading.documents["line"].to_list() == [2, 6]
    assert reading.documents["client_name"][0] == "Morel et fils"
    assert reading.rejected.select("line", "column", "code").row(0) == (5, "Date", "bad_date")


def test_several_problems_of_a_row_reject_it_once() -> None:
    reading = read(BASE, "F-1;;hier;douze", "F-2;Morel;26/01/2026;1,00")
    assert (reading.rejected_rows, reading.rows) == (1, 2)
    assert set(reading.rejected["code"]) == {"missing_client", "bad_date", "bad_amount"}


def test_zero_width_and_bidirectional_controls_leave_names() -> None:
    name = first(BASE, "F-1;\u202eMo\u200brel \u00a0;25/01/2026;120,00")["client_name"]
    assert name == "Morel"


def test_decomposed_accents_are_composed() -> None:
    assert first(BASE, "F-1;Socie\u0301te\u0301;25/01/2026;120,00")["client_name"] == "Société"


def test_the_sent_column_counts_only_with_a_value() -> None:
    header = f"{BASE};Date d'envoi"
    assert not read(header, "F-1;Morel;25/01/2026;120,00;").has_sent_column
    assert read(header, "F-1;Morel;25/01/2026;120,00;26/01/2026").has_sent_column
    assert "sent_date" in read(header, "F-1;Morel;25/01/2026;120,00;").columns


def test_an_amount_in_the_companys_currency_may_carry_it() -> None:
    reading = read(BASE, "F-1;Morel;25/01/2026;CHF 120.00", currency="CHF")
    assert reading.documents["amount_incl_tax"].to_list() == [Decimal("120.00")]


def test_a_reference_with_a_client_is_an_invoice_number_not_a_label() -> None:
    reading = read("Référence;Client;Date;Montant TTC", "F-1;Morel;25/01/2026;5,00")
    assert (reading.kind, reading.documents["number"].to_list()) == ("invoices", ["F-1"])


def test_a_file_of_suppliers_is_one_of_purchases() -> None:
    documents = read("Numéro;Fournisseur;Date;Montant TTC", "A-1;Dupont;03/06/2026;120,00").documents
    assert documents.select("direction", "client_name").rows() == [("purchase", "Dupont")]
    both = read("Numéro;Client;Fournisseur;Date;Montant TTC", "A-1;Martin;Nous;03/06/2026;120,00").documents
    assert both.select("direction", "client_name").rows() == [(None, "Martin")]
