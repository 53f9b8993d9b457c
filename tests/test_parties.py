"""A client and a supplier may share a name or a code: neither is taken for the other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from imports import csv, fresh_store, take
from small_store import ME, Company, day, money

from models.errors import Refused
from pipelines.accounting.entries import entries_of
from pipelines.ageing import aged
from pipelines.collections.drafts import drafts
from pipelines.decisions import set_setting, set_settings
from pipelines.forecast.curve import forecast
from pipelines.kpis import kpis
from pipelines.ledger import Ledger, run_ledger
from pipelines.papers.year_tables import run_year, year_tables
from pipelines.parties import by_client, client_names, only_clients, only_suppliers
from pipelines.payables import aged_payables, payables
from pipelines.paying import order_transfers, set_supplier_iban
from pipelines.reconcile.decide import attribute
from pipelines.reconcile.finding import find_client
from pipelines.reconcile.supplier_payments import pay_supplier, payment_proposals

IBAN = "FR7630006000011234567890189"


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    yield made
    made.store.close()


def omega(company: Company) -> Company:
    """A client who paid an odd amount, and another client."""
    company.bill("F-101", "Omega Services", "1000.00").bill("F-102", "Omega Services", "1000.00").bill("F-7", "Durand", "50.00")
    return company.line("L1", "123.45", "VIR OMEGA SERVICES", on=10).save()


def bill_of_supplier(company: Company, number: str = "A-1", **other: Any) -> Company:
    """An invoice of a supplier who is called as the client is."""
    supplier = {"client_id": "S", "name": "Omega Services", "code": "Omega Services"}
    company.clients.append(supplier)
    company.known.add("S")
    return company.bill(number, "S", "50.00", direction="purchase", **other).save()


def figures(ledger: Ledger) -> tuple[object, ...]:
    """Receivables, collected and open credits at the 60th day."""
    found = kpis(ledger, as_of=day(60), start=day(0))
    return found.receivables, found.collected, found.open_credits


def test_a_supplier_of_a_clients_name_changes_no_receipt(company: Company) -> None:
    omega(company).reconcile()
    before = figures(run_ledger(company.store))
    assert before == (money("1926.55"), money("123.45"), money("123.45"))
    bill_of_supplier(company).reconcile()
    assert figures(run_ledger(company.store)) == before


def test_what_a_supplier_was_paid_is_not_collected_from_clients(company: Company) -> None:
    omega(company).reconcile()
    before = figures(run_ledger(company.store))
    bill_of_supplier(company, paid_amount=money("80.00"), paid_date=day(5))
    assert figures(run_ledger(company.store)) == before
    bill_of_supplier(company, paid_amount=money("20.00"))  # and what of it is taken back was not either
    assert figures(run_ledger(company.store)) == before
    assert run_ledger(company.store).refunds.is_empty()


def test_a_client_is_found_beside_a_supplier_of_its_name(company: Company) -> None:
    bill_of_supplier(omega(company))
    ledger = run_ledger(company.store)
    assert find_client(ledger, "Omega Services")["client_id"] == "Omega Services"
    assert find_client(ledger, "Omega Services", direction="purchase")["client_id"] == "S"
    for name, direction, code in (("S", "sale", "unknown_client"), ("Durand", "purchase", "unknown_supplier")):
        with pytest.raises(Refused) as refused:
            find_client(ledger, name, direction=direction)
        assert refused.value.code == code
    attribute(company.store, "L1", "Omega Services", author=ME)
    set_supplier_iban(company.store, "Omega Services", IBAN, author=ME)
    ledger = run_ledger(company.store)
    assert ledger.receipts["client_id"].to_list() == ["Omega Services"]
    assert ledger.supplier_ibans["client_id"].to_list() == ["S"]


def test_a_receipt_that_was_once_given_to_a_supplier_is_nobodys(company: Company) -> None:
    bill_of_supplier(omega(company))
    with company.store.change("attribute", ME) as change:
        change.insert("attribution", pl.DataFrame([{"line_id": "L1", "client_id": "S", "rule": "person", "by_person": True}]))
    assert run_ledger(company.store).receipts.is_empty()
    company.reconcile()
    assert figures(run_ledger(company.store))[1] == 0  # people said of it what no rule may overrule; the rules know its name


def test_a_payment_to_the_supplier_leaves_what_the_clients_iban_teaches(company: Company) -> None:
    bill_of_supplier(omega(company))
    for line_id, amount, on in (("L2", "50.00", 11), ("L3", "-50.00", 12), ("L4", "50.00", 40)):
        company.line(line_id, amount, "VIR HOLDING DUPONT", on=on, counterparty="HOLDING DUPONT", counterparty_iban=IBAN)
    company.bill("F-8", "Durand", "50.00", 20).save()
    attribute(company.store, "L2", "Durand", author=ME)
    pay_supplier(company.store, "L3", "A-1", author=ME)
    company.reconcile()
    assert {line for line, _ in company.claims()} >= {"L2", "L4"}


def test_a_supplier_leaves_the_codes_of_clients_in_the_books_as_they_are(company: Company) -> None:
    omega(company)
    set_setting(company.store, "vat_rate", "20", author=ME)

    def codes() -> set[str]:
        return set(
            entries_of(run_ledger(company.store), start=day(0), to=day(60), currency="EUR").lines["auxiliary"].drop_nulls()
        )

    before = codes()
    bill_of_supplier(company)
    assert codes() == before


def test_the_years_archive_names_clients_only(company: Company) -> None:
    bill_of_supplier(omega(company))
    year = run_year(company.store, start=day(0), to=day(60), today=day(60))
    assert set(year_tables(year)["clients"]["client_id"]) == {"Omega Services", "Durand"}


def test_a_client_that_a_file_of_clients_names_stays_one_beside_a_supplier_of_its_name() -> None:
    with fresh_store() as store:
        take(
            store, csv("Code client;Nom du client;Email;Téléphone", "C1;Omega Services;a@example.org;0400000000"), kind="clients"
        )
        take(store, csv("N° facture;Fournisseur;Date;Montant TTC", "X1;Omega Services;01/02/2025;50,00"), kind="purchases")
        ledger = run_ledger(store)
        clients, suppliers = (side(ledger.clients, ledger.documents) for side in (only_clients, only_suppliers))
        assert clients.select("code", "name").rows() == [("C1", "Omega Services")]
        assert suppliers.select("code", "name").rows() == [(None, "Omega Services")]


def two_of_a_name(company: Company) -> Ledger:
    """Two clients called Martin, whom a code and a SIREN tell apart, another client, and a supplier of that name."""
    of_code, of_siren = {"code": "C1", "siren": None}, {"code": None, "siren": "732829320"}
    company.clients += [{"client_id": "1", "name": "Martin"} | of_code, {"client_id": "2", "name": "MARTIN"} | of_siren]
    company.clients.append({"client_id": "S", "name": "Durand", "code": "S"} | {"siren": None})
    company.known |= {"1", "2", "S"}
    company.bill("F-1", "1", "120.00").bill("F-2", "2", "60.00").bill("F-3", "Durand", "12.00")
    company.bill("A-1", "S", "50.00", direction="purchase").note("V-2", "2", "10.00").save()
    return run_ledger(company.store)


def test_clients_of_one_name_are_told_apart_in_lists(company: Company) -> None:
    ledger = two_of_a_name(company)
    names = dict(client_names(ledger.clients, ledger.documents).iter_rows())
    assert names == {"1": "Martin (C1)", "2": "MARTIN (732829320)", "Durand": "Durand", "S": "Durand"}
    assert set(aged(ledger, as_of=day(60))["client"]) == {"Martin (C1)", "MARTIN (732829320)", "Durand"}
    assert find_client(ledger, "Martin (C1)")["client_id"] == "1"


def test_letters_and_entries_have_the_plain_name_of_clients_of_one_name(company: Company) -> None:
    set_setting(company.store, "vat_rate", "20", author=ME)
    ledger = two_of_a_name(company)
    lines = entries_of(ledger, start=day(0), to=day(60), currency="EUR").lines
    assert not lines.filter(pl.col("label").str.contains("(", literal=True)).height
    assert {draft.client for draft in drafts(ledger, as_of=day(60))} == {"Martin", "MARTIN", "Durand"}


def two_suppliers_of_a_name(company: Company) -> Ledger:
    """Two suppliers called Omega, whom codes tell apart, and a client of that name."""
    for n, code in enumerate(("ALPHA", "BETA"), 1):
        company.clients.append({"client_id": f"S{n}", "name": "Omega", "code": code})
        company.known.add(f"S{n}")
        company.bill(f"A-{n}", f"S{n}", f"{n}00.00", direction="purchase")
    company.bill("N-2", "S2", "30.00", direction="purchase", kind="credit_note").bill("F-1", "Omega", "120.00").save()
    return run_ledger(company.store)


def test_suppliers_of_one_name_are_told_apart_in_lists(company: Company) -> None:
    ledger = two_suppliers_of_a_name(company)
    assert dict(payables(ledger, as_of=day(5)).select("number", "supplier").iter_rows()) == {
        "A-1": "Omega (ALPHA)",
        "A-2": "Omega (BETA)",
    }
    by_supplier = aged_payables(ledger, as_of=day(5)).select("supplier", "total").rows()
    assert sorted(by_supplier) == [("Omega (ALPHA)", money("100.00")), ("Omega (BETA)", money("170.00"))]
    assert find_client(ledger, "Omega (BETA)", direction="purchase")["client_id"] == "S2"
    assert set(aged(ledger, as_of=day(5))["client"]) == {"Omega"}  # the only client of that name
    ahead = forecast(ledger, as_of=day(5), days=40)
    assert set(ahead.items.filter(kind="supplier")["client"]) == {"Omega (ALPHA)", "Omega (BETA)"}


def test_transfers_and_labels_have_the_plain_name_of_suppliers_of_one_name(company: Company) -> None:
    two_suppliers_of_a_name(company)
    set_settings(company.store, {"company_name": "Nous", "iban": IBAN}, author=ME)
    set_supplier_iban(company.store, "Omega (ALPHA)", IBAN, author=ME)
    for n in range(6):
        company.line(f"L{n}", "-180.00", "PRLV OMEGA", on=30 * n - 148)
    company.line("L9", "-200.00", "VIR OMEGA", on=5).save()
    ledger = run_ledger(company.store)
    assert payment_proposals(ledger, as_of=day(5)).select("line_id", "number").rows() == [("L9", "A-2")]
    flow = forecast(ledger, as_of=day(5), days=40).expected.filter(kind="recurring")
    assert flow.select("label", "is_counted", "why_not").rows() == [("OMEGA", False, "covered")]  # by A-1, of its supplier
    ordered = order_transfers(company.store, ["A-1"], pay_on=day(92), author=ME)
    assert b"<Nm>Omega</Nm>" in ordered.content


def test_the_rows_of_each_client_are_its_own_in_their_order() -> None:
    frame = pl.DataFrame({"client_id": ["B", "A", "B", "C", "A"], "n": [1, 2, 3, 4, 5]})
    assert {client: rows["n"].to_list() for client, rows in by_client(frame).items()} == {"A": [2, 5], "B": [1, 3], "C": [4]}
    assert by_client(frame.clear()) == {}
