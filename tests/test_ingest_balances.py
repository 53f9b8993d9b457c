"""Opening balances taken over: one invoice per client, and of a row that cannot be read, where it stands and why."""

from datetime import date
from decimal import Decimal

import pytest
from imports import author, fresh_store

from models.errors import UnreadableFile
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file
from pipelines.ingest.tables.opening_balances import opening_invoices
from pipelines.publishing.by_hand import run_takeover
from pipelines.publishing.corrections import run_retry
from pipelines.publishing.quarantine import waiting

DAY = date(2026, 6, 30)


def taken_over(text: str) -> Reading:
    return read_file(Source(opening_invoices(text.encode(), "b.csv", on=DAY), "b.csv", kind="invoices", profile="canonical"))


def test_balances_per_client_become_one_document_each_on_their_line_and_the_total_is_none() -> None:
    reading = taken_over("Balance au 30/06\nCompte;Intitulé;Solde\n411MOREL;Morel;1 200,50\n;Café;-80,00\nTotal;;1120,50\n")
    assert reading.documents.select("line", "number", "client_name", "client_code", "kind", "amount_incl_tax").rows() == [
        (3, "REPRISE-411MOREL", "Morel", "411MOREL", "invoice", Decimal("1200.50")),
        (4, "REPRISE-CAFE", "Café", None, "credit_note", Decimal("80.00")),
    ]
    assert (reading.rows, reading.rejected_rows, reading.warnings["code"].to_list()) == (2, 0, [])


def test_a_total_that_is_not_the_sum_is_told() -> None:
    reading = taken_over("Client;Solde\nMorel;100,00\nTotal;120,00\n")
    assert reading.warnings.select("line", "value", "code").rows() == [(3, "120,00", "total_differs")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("Morel;douze", "bad_amount"),
        ("Morel;", "missing_amount"),
        ("Morel", "ragged_row"),
        ("Morel;1;200,50", "ragged_row"),
        (";75,00", "missing_client"),
        ("Mo\x01rel;12,00", "control_character"),
        ("Morel;12,345", "too_many_decimals"),
    ],
)
def test_a_row_that_cannot_be_read_is_a_problem_on_its_line_and_the_others_go_in(row: str, code: str) -> None:
    reading = taken_over(f"Balance\n\nClient;Solde\nDurand;50,00\n{row}\nPetit;60,00\n")
    assert reading.rejected.select("line", "code").rows() == [(5, code)]
    assert reading.documents.select("line", "client_name").rows() == [(4, "Durand"), (6, "Petit")]
    assert reading.quarantine["line"].to_list() == [5]


def test_a_balance_that_may_be_read_in_two_ways_is_not_decided_by_its_new_layout() -> None:
    reading = taken_over("Client;Solde\nMorel;1.234\nDurand;50\n")
    assert reading.rejected.select("line", "value", "code").rows() == [(2, "1.234", "ambiguous_amount")]


def test_a_sum_without_a_name_is_no_client() -> None:
    assert taken_over("Client;Solde\nMorel;50,00\nDurand;25,00\n;75,00\n").rejected.is_empty()


def test_a_file_that_is_no_list_of_balances_is_refused() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        opening_invoices(b"Client;Ville\nMorel;Lyon\n", "b.csv", on=DAY)
    assert refusal.value.code == "no_balances"


def test_a_bad_balance_waits_and_is_taken_when_it_is_corrected() -> None:
    with fresh_store() as store:
        content = b"Client;Solde\nMorel;douze\nDurand;50,00\n"
        report = run_takeover(store, content, "soldes.csv", on=DAY, author=author(DAY), are_balances=True)
        assert (report.inserted, report.rejected_rows) == (1, 1)
        (row_id,) = waiting(store)["row_id"]
        (retry,) = run_retry(store, {row_id: {"Montant TTC": "12,00"}}, author=author(DAY))
        assert (retry.ended, retry.report.inserted) == ((row_id,), 1)


def test_a_take_over_of_which_nothing_could_be_read_does_not_say_that_data_is_complete() -> None:
    with fresh_store() as store:
        report = run_takeover(store, b"Client;Solde\nMorel;douze\n", "b.csv", on=DAY, author=author(DAY), are_balances=True)
        assert report.rejected["code"].to_list() == ["bad_amount"]
        assert store.facts("setting").is_empty()
