"""A bank line that is the payment which an invoicing tool has stated: the same money counts once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_store import ME, Company, day, money

from pipelines.check import run_check
from pipelines.decisions import undo
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger
from pipelines.reconcile.book import Line
from pipelines.reconcile.decide import refuse
from pipelines.reconcile.declared_payments import DeclaredPayments
from pipelines.reconcile.names import SURE, Named


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    yield made
    assert run_check(made.store) == []
    made.store.close()


def declared(company: Company, paid: str = "400.00", on: int = 10) -> Company:
    """An invoice of which a part is declared as paid, and another invoice of the client."""
    company.bill("F-101", "Omega Services", "1000.00", paid_amount=money(paid), paid_date=day(on))
    return company.bill("F-102", "Omega Services", "1000.00")


def figures(company: Company) -> tuple[object, ...]:
    """Collected and receivables at the 60th day."""
    found = kpis(run_ledger(company.store), as_of=day(60), start=day(0))
    return found.collected, found.receivables


def test_a_line_of_the_client_the_amount_and_the_days_of_a_declared_payment_is_that_payment(company: Company) -> None:
    declared(company).line("L1", "400.00", "VIR OMEGA SERVICES", on=12).save().reconcile()
    assert company.claims() == {("L1", "F-101"): money("400.00")}
    assert run_ledger(company.store).claims.filter(source="bank")["rule"].to_list() == ["name_and_declared"]
    assert figures(company) == (money("400.00"), money("1600.00"))
    assert company.outstanding("F-101", 11) == company.outstanding("F-101", 9) == money("1000.00")  # proven, so on the bank's day


def test_it_comes_before_an_open_invoice_of_that_very_amount(company: Company) -> None:
    declared(company).bill("F-103", "Omega Services", "400.00").line("L1", "400.00", "VIR OMEGA SERVICES", on=10).save()
    company.reconcile()
    assert company.claims() == {("L1", "F-101"): money("400.00")}
    company.line("L2", "400.00", "VIR OMEGA SERVICES", on=35).save().reconcile()
    assert company.claims() == {("L1", "F-101"): money("400.00"), ("L2", "F-103"): money("400.00")}


@pytest.mark.parametrize(
    ("label", "amount", "on"),
    [
        ("VIR OMEGA SERVICES F-102", "400.00", 10),  # the label says another invoice
        ("VIR OMEGA SERVICES", "400.00", 21),  # eleven days later
        ("VIR OMEGA SERVICES", "400.01", 10),
        ("VIR DURAND", "400.00", 10),
    ],
)
def test_another_invoice_day_amount_or_payer_is_another_payment(company: Company, label: str, amount: str, on: int) -> None:
    declared(company).bill("F-9", "Durand", "777.00").line("L1", amount, label, on=on).save().reconcile()
    assert ("L1", "F-101") not in company.claims()
    assert figures(company)[0] == money("400.00") + money(amount)


def test_a_payment_without_a_date_is_left_to_a_person(company: Company) -> None:
    company.bill("F-101", "Omega Services", "1000.00", paid_amount=money("400.00"))
    company.line("L1", "400.00", "VIR OMEGA SERVICES", on=91).save().reconcile()
    assert company.claims() == {}


def test_a_person_may_say_that_it_is_another_payment_and_take_that_back(company: Company) -> None:
    declared(company).line("L1", "400.00", "VIR OMEGA SERVICES", on=12).save().reconcile()
    before = company.figures()
    claim = run_ledger(company.store).claims.filter(source="bank")["claim_id"].item()
    said = refuse(company.store, claim, author=ME)
    company.reconcile()
    assert company.claims() == {}
    assert figures(company) == (money("800.00"), money("1200.00"))
    undo(company.store, said, author=ME)
    company.reconcile()
    assert company.figures() == before


def test_what_a_numbered_line_proves_stands_for_no_other_line(company: Company) -> None:
    declared(company).line("L1", "400.00", "VIR OMEGA SERVICES F-101", on=11).line("L2", "400.00", "VIR OMEGA SERVICES", on=10)
    company.save().reconcile()
    assert company.claims() == {("L1", "F-101"): money("400.00")}


DAYS = st.lists(st.integers(0, 40), max_size=5)


@settings(max_examples=25, deadline=None)
@given(paid=DAYS, booked=DAYS)
def test_each_line_is_one_payment_and_each_payment_one_line(
    tmp_path_factory: pytest.TempPathFactory, paid: list[int], booked: list[int]
) -> None:
    company = Company(tmp_path_factory.mktemp("declared"))
    for n, on in enumerate(paid):
        company.bill(f"F-{n}", "Omega", "1000.00", paid_amount=money("400.00"), paid_date=day(on))
    ledger = run_ledger(company.save().store)
    lines = [Line(f"L{n}", day(on), money("400.00"), "EUR", "VIR OMEGA") for n, on in enumerate(booked)]
    named = [(line, [Named("Omega", "omega", SURE, "name")]) for line in lines]
    found = list(DeclaredPayments(ledger, ledger.claims.clear()).fitting(named, []))
    company.store.close()
    assert len({line.line_id for line, *_ in found}) == len({payment.claim_id for _, payment, _ in found}) == len(found)
    assert all(abs(line.day - payment.day) <= timedelta(days=10) for line, payment, _ in found)
    left = {line.day for line in lines} - {line.day for line, *_ in found}
    free = [day(on) for n, on in enumerate(paid) if f"F-{n}" not in {payment.document_id for _, payment, _ in found}]
    assert not any(abs(one - other) <= timedelta(days=10) for one in left for other in free)
