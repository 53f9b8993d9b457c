"""A bank's CSV: signs, labels, accounts, balances, what stands above and below the movements."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.errors import UnreadableFile
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file


def read(*rows: str, **options: Any) -> Reading:
    return read_file(Source(("\n".join(rows) + "\n").encode(), "releve.csv", **options))


def amounts(reading: Reading) -> list[str]:
    assert reading.rejected.is_empty(), reading.rejected
    return [str(amount) for amount in reading.lines["amount"]]


def test_debits_may_be_written_positive_or_negative() -> None:
    header = "Date;Libellé;Débit;Crédit"
    positive = read(header, "25/01/2026;CB;12,34;", "26/01/2026;VIR;;50,00")
    negative = read(header, "25/01/2026;CB;-12,34;", "26/01/2026;VIR;;+50,00")
    assert amounts(positive) == amounts(negative) == ["-12.34", "50.00"]


def test_a_signed_amount_is_kept_and_a_direction_column_gives_the_sign() -> None:
    assert amounts(read("Date;Libellé;Montant(EUROS)", "25/01/2026;CB;-12,34", "26/01/2026;VIR;50,00")) == ["-12.34", "50.00"]
    assert amounts(read("Date;Libellé;Montant;Sens", "25/01/2026;CB;12,34;D", "26/01/2026;VIR;50,00;C")) == ["-12.34", "50.00"]


@pytest.mark.parametrize(
    ("header", "row", "label"),
    [
        (
            "Date operation;Libelle court;Type operation;Libelle operation;Montant operation en euro",
            "25/01/2026;VIR;Credit;ACME F-1;5,00",
            "VIR ACME F-1",
        ),
        (
            "Date de l'opération;Libellé;Détail de l'écriture;Montant de l'opération;Devise",
            "25/01/2026;VIR ACME;VIR ACME;5,00;EUR",
            "VIR ACME",
        ),
        (
            "Date;Date valeur;Libellé;Débit euros;Crédit euros;",
            '25/01/2026;26/01/2026;"VIREMENT   \nACME  \n";;5,00;',
            "VIREMENT ACME",
        ),
        (
            (
                "Date de comptabilisation;Libelle simplifie;Libelle operation;Reference;Informations complementaires;"
                "Type operation;Categorie;Sous categorie;Debit;Credit;Date operation;Date de valeur;Pointage operation"
            ),
            "25/01/2026;ACME;VIR SEPA ACME;REF7;F-1;Virement;x;y;;+5,00;24/01/2026;25/01/2026;0",
            "ACME VIR SEPA ACME REF7 F-1",
        ),
        ("Date;Date de valeur;Montant;Libellé;Solde", "25/01/2026;25/01/2026;5,00;VIR ACME;105,00", "VIR ACME"),
        (
            "dateOp;dateVal;label;category;categoryParent;supplierFound;amount;comment;accountNum;accountLabel;accountbalance",
            '2026-01-25;2026-01-25;"VIR SEPA ACME";c;p;acme;5,00;;0004;Pro;105.00',
            "VIR SEPA ACME",
        ),
    ],
)
def test_headers_of_french_banks_are_known(header: str, row: str, label: str) -> None:
    reading = read(header, row)
    assert reading.rejected.is_empty()
    line = reading.lines.row(0, named=True)
    assert (line["booking_date"], line["amount"], line["label"]) == (date(2026, 1, 25), Decimal("5.00"), label)


def test_an_account_above_the_header_is_the_account() -> None:
    reading = read(
        "Banque Exemple",
        "Compte;FR7630006000011234567890189",
        "Solde au 31/01/2026 : 1 097,50 EUR",
        "",
        "Date;Libellé;Montant",
        "25/01/2026;VIR;5,00",
    )
    assert reading.accounts["iban"].to_list() == ["FR7630006000011234567890189"]
    assert reading.balances.rows() == [(0, date(2026, 1, 31), Decimal("1097.50"), "closing")]
    assert reading.lines["line"].to_list() == [6]


def test_an_account_number_above_the_header_is_no_date() -> None:
    reading = read("Téléchargé le 20260131", "CCHQ no 62734091867", "Date;Libellé;Montant", "25/01/2026;VIR;5,00")
    assert reading.accounts["number"].to_list() == ["62734091867"]


def test_account_columns_make_several_accounts() -> None:
    reading = read("Date;Libellé;Montant;Compte", "25/01/2026;A;1,00;111", "25/01/2026;B;2,00;222", "26/01/2026;C;3,00;111")
    assert reading.accounts["number"].to_list() == ["111", "222"]
    assert reading.lines["account"].to_list() == [0, 1, 0]


@pytest.mark.parametrize("is_descending", [False, True])
def test_a_running_balance_gives_opening_and_closing_in_either_direction(*, is_descending: bool) -> None:
    rows = ["05/01/2026;A;100,00;1100,00", "05/01/2026;B;-50,00;1050,00", "25/01/2026;C;10,00;1060,00"]
    reading = read("Date;Libellé;Montant;Solde", *(reversed(rows) if is_descending else rows))
    assert reading.warnings.is_empty()
    assert reading.balances.rows() == [
        (0, date(2026, 1, 5), Decimal("1000.00"), "opening"),
        (0, date(2026, 1, 25), Decimal("1060.00"), "closing"),
    ]


@pytest.mark.parametrize("is_descending", [False, True])
def test_a_gap_in_the_running_balance_names_the_days_and_the_amount(*, is_descending: bool) -> None:
    rows = ["05/01/2026;A;100,00;1100,00", "07/01/2026;B;10,00;1210,00", "25/01/2026;C;10,00;1220,00"]
    reading = read("Date;Libellé;Montant;Solde", *(reversed(rows) if is_descending else rows))
    assert reading.warnings.select("code", "value").rows() == [("balance_gap", "100,00 (05/01/2026 → 07/01/2026)")]
    assert reading.rejected_rows == 0


def test_a_balance_stated_on_some_rows_only_is_checked_between_them() -> None:
    reading = read(
        "Date;Libellé;Montant;Solde", "05/01/2026;A;100,00;1100,00", "05/01/2026;B;-40,00;", "25/01/2026;C;10,00;1070,00"
    )
    assert reading.warnings.is_empty()


def test_a_total_is_a_control_sum_and_no_movement() -> None:
    rows = ("Date;Libellé;Débit;Crédit", "05/01/2026;VIR;;100,00", "25/01/2026;FRAIS;2,50;")
    right = read(*rows, "TOTAL;;2,50;100,00")
    wrong = read(*rows, "TOTAL;;2,50;90,00")
    assert (right.rows, right.warnings.height) == (2, 0)
    assert (wrong.rows, wrong.warnings["code"].to_list()) == (2, ["total_differs"])


def test_what_the_bank_has_not_booked_is_ignored_and_counted() -> None:
    reading = read("Statut;Date;Libellé;Montant", "Exécuté;25/01/2026;A;1,00", "En cours;26/01/2026;B;2,00")
    assert (reading.rows, reading.lines.height, reading.ignored) == (2, 1, 1)


def test_twins_of_a_day_are_both_kept() -> None:
    assert amounts(read("Date;Libellé;Montant", "25/01/2026;A;1,00", "25/01/2026;A;1,00")) == ["1.00", "1.00"]


def test_an_unreadable_balance_does_not_lose_its_movement() -> None:
    reading = read("Date;Libellé;Montant;Solde", "25/01/2026;A;1,00;?")
    assert (reading.lines.height, reading.warnings["code"].to_list()) == (1, ["bad_balance"])


def test_a_label_that_goes_on_in_the_rows_below_is_one_label() -> None:
    reading = read(
        "Date,Value date,Description,Withdrawals (SGD),Deposits (SGD)",
        "18/04/2026,18/04/2026,DEBIT PURCHASE,6.66,",
        ",,15/04/26  UBER  EATS",
        ",,HELP.UBER,,",
        "17/04/2026,17/04/2026,CASH,,10.00",
        "End of list,,,,",
        ",,Printed on request",
    )
    assert reading.lines.select("label", "currency").rows() == [
        ("DEBIT PURCHASE 15/04/26 UBER EATS HELP.UBER", "SGD"),
        ("CASH", "SGD"),
    ]
    assert reading.warnings.select("line", "code").rows() == [(6, "row_set_aside"), (7, "row_set_aside")]
    assert (reading.rows, reading.accounts["currency"].to_list()) == (2, ["SGD"])


def test_movements_in_another_currency_have_an_account_of_their_own() -> None:
    rows = ("Date;Libellé;Montant;Devise;IBAN compte", "25/01/2026;A;1,00;EUR;{0}", "26/01/2026;B;2,00;USD;{0}")
    named = read(*(row.format("FR7630006000011234567890189") for row in rows))
    assert named.accounts.select("number", "iban", "currency").rows() == [
        (None, "FR7630006000011234567890189", "EUR"),
        ("FR7630006000011234567890189 USD", None, "USD"),
    ]
    unnamed = read("Date;Libellé;Montant;Devise", "25/01/2026;A;1,00;EUR", "26/01/2026;B;2,00;USD", "27/01/2026;C;3,00;EUR")
    assert unnamed.accounts.select("name", "currency").rows() == [(None, "EUR"), ("USD", "USD")]
    assert unnamed.lines["account"].to_list() == [0, 1, 0]


def test_the_same_header_once_more_goes_on_with_the_same_account() -> None:
    header = "Date;Libellé;Débit;Crédit"
    reading = read(header, "25/01/2026;A;;1,00", "TOTAL;;;1,00", header, "26/01/2026;B;2,00;")
    assert amounts(reading) == ["1.00", "-2.00"]
    assert (reading.rows, reading.accounts.height, reading.lines["line"].to_list()) == (2, 1, [2, 5])
    wrong = read(header, "25/01/2026;A;;1,00", "TOTAL;;;9,00", header, "26/01/2026;B;2,00;")
    assert wrong.warnings.select("line", "code").rows() == [(3, "total_differs")]


def test_the_period_and_currency_above_the_header_are_those_of_the_account() -> None:
    reading = read(
        "Compte : 12345678901;Devise : USD", "Période du 01/01/2026 au 31/01/2026", "Date;Libellé;Montant", "25/01/2026;VIR;5,00"
    )
    assert reading.accounts.rows() == [(None, None, "12345678901", None, "USD", date(2026, 1, 1), date(2026, 1, 31))]
    assert reading.lines["currency"].to_list() == ["USD"]


def test_a_balance_below_the_movements_is_no_movement() -> None:
    reading = read("Date;Libellé;Débit;Crédit", "25/01/2026;VIR;;5,00", "Solde au 31/01/2026;;;1 097,50")
    assert reading.rows == 1
    assert reading.balances.rows() == [(0, date(2026, 1, 31), Decimal("1097.50"), "closing")]
    assert reading.warnings.is_empty()


def test_the_other_party_is_the_label_where_there_is_none() -> None:
    reading = read("Date;Bénéficiaire;Montant", "25/01/2026;Atelier Morel;5,00")
    assert reading.lines.select("label", "counterparty").rows() == [("Atelier Morel", "Atelier Morel")]


def test_an_invoice_file_with_tiers_and_no_label_is_no_statement() -> None:
    assert read("Pièce;Date;Tiers;Montant", "F-1;25/01/2026;Atelier Morel;5,00").kind == "invoices"


def test_rows_without_header_are_told_by_their_cells_only_below_no_header() -> None:
    row = "26/01/2026;Credit;VIR;ATELIER MOREL FA-1;5,00"
    assert read(row).profile == "bnp_paribas_sans_entete"
    named = read("Date;Sens;Type opé;Libellé;Montant", row)
    assert (named.profile, amounts(named)) == ("generic", ["5.00"])
    with pytest.raises(UnreadableFile) as refusal:
        read("Jour;Sens;Moyen;Texte;Valeur", row)
    assert refusal.value.code == "unknown_columns"


def test_english_months_are_read() -> None:
    days = read("Date;Libellé;Montant", "27 Feb 2026;A;1,00", "3 August 2026;B;1,00", "12-Dec-2026;C;1,00").lines["booking_date"]
    assert days.to_list() == [date(2026, 2, 27), date(2026, 8, 3), date(2026, 12, 12)]


def test_a_header_that_ends_twice_over_is_still_a_header() -> None:
    content = b'"Date","Libelle","Montant"\r\r\n"25/01/2026","VIR","5,00"\r\r\n'
    assert amounts(read_file(Source(content, "releve.csv"))) == ["5.00"]
