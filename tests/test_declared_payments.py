"""A bank line that is the payment which an invoicing tool has stated: the same money counts once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_store import ME, Company, day, money

from models.money import MONEY
from models.tables import CLAIMS, DOCUMENTS, conform
from pipelines.allocation import SLICE
from pipelines.check import run_check
from pipelines.decisions import undo
from pipelines.kpis import kpis
from pipelines.ledger import empty_ledger, run_ledger
from pipelines.reconcile.book import Line
from pipelines.reconcile.decide import accept, refuse
from pipelines.reconcile.declared_payments import DeclaredPayments, Fit, Payment
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


def undated(company: Company) -> Company:
    """An invoice of which a part is declared as paid, without a date, in a file of 1 June (the 91st day)."""
    return company.bill("F-101", "Omega Services", "1000.00", paid_amount=money("400.00"))


def suggested(company: Company, line_id: str) -> list[tuple[str, list[str]]]:
    return [(way.rule, [i for i, _ in way.parts]) for way in company.matching().suggestions.get(line_id, [])]


def test_a_line_is_the_only_payment_without_a_date_that_it_fits(company: Company) -> None:
    undated(company).line("L1", "400.00", "VIR OMEGA SERVICES", on=31).save().reconcile()
    assert company.claims() == {("L1", "F-101"): money("400.00")}
    assert run_ledger(company.store).claims.filter(source="bank")["rule"].to_list() == ["name_and_declared_undated"]
    found = kpis(run_ledger(company.store), as_of=day(120), start=day(0))
    assert (found.collected, found.receivables) == (money("400.00"), money("600.00"))


@pytest.mark.parametrize("on", [-1, 102])  # before the invoice, and more than ten days after the file that says it
def test_a_line_of_another_time_is_no_payment_without_a_date(company: Company, on: int) -> None:
    undated(company).bill("F-102", "Omega Services", "700.00").line("L1", "400.00", "VIR OMEGA SERVICES", on=on).save()
    company.reconcile()
    assert company.claims() == {}
    assert "name_maybe_declared" not in [rule for rule, _ in suggested(company, "L1")]


def test_a_payment_without_a_date_that_two_lines_fit_is_left_to_a_person(company: Company) -> None:
    undated(company).line("L1", "400.00", "VIR OMEGA SERVICES", on=31).line("L2", "400.00", "VIR OMEGA SERVICES", on=40)
    company.save().reconcile()
    assert company.claims() == {}
    assert [suggested(company, line)[0] for line in ("L1", "L2")] == [("name_maybe_declared", ["F-101"])] * 2
    accept(company.store, "L1", author=ME, candidate=1)
    company.reconcile()
    assert company.claims() == {("L1", "F-101"): money("400.00")}
    assert "name_maybe_declared" not in [rule for rule, _ in suggested(company, "L2")]


def test_an_open_invoice_of_that_amount_leaves_a_doubt(company: Company) -> None:
    undated(company).bill("F-103", "Omega Services", "400.00").line("L1", "400.00", "VIR OMEGA SERVICES", on=31).save()
    company.reconcile()
    assert company.claims() == {}
    assert suggested(company, "L1") == [("name_maybe_declared", ["F-101"]), ("name_exact", ["F-103"])]
    with company.store.change("refuse", ME, subject="L1") as change:
        change.insert("refusal", pl.DataFrame({"line_id": ["L1"], "document_id": ["F-101"]}))
    assert suggested(company, "L1") == [("name_exact", ["F-103"])]


def test_one_line_is_all_the_payments_of_a_client_that_are_declared_on_a_day(company: Company) -> None:
    declared(company, "400.00").bill("F-104", "Omega Services", "900.00", paid_amount=money("250.00"), paid_date=day(10))
    company.line("L1", "650.00", "VIR OMEGA SERVICES", on=12).save().reconcile()
    assert company.claims() == {("L1", "F-101"): money("400.00"), ("L1", "F-104"): money("250.00")}
    assert figures(company) == (money("650.00"), money("2250.00"))


def test_payments_declared_on_several_days_are_proposed_for_the_line_of_their_sum(company: Company) -> None:
    declared(company, "400.00").bill("F-104", "Omega Services", "900.00", paid_amount=money("250.00"), paid_date=day(13))
    company.line("L1", "650.00", "VIR OMEGA SERVICES", on=12).save().reconcile()
    assert company.claims() == {}
    assert suggested(company, "L1")[0] == ("name_maybe_declared", ["F-101", "F-104"])


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


def fitting(paid: list[tuple[int | None, str]], booked: list[tuple[int, str]]) -> tuple[list[Fit], list[Line]]:
    """What fits of the payments that are stated of one client (day, amount) and the lines (day, amount) that name it."""
    said = [
        {"document_id": f"F-{n}", "claim_id": f"S-{n}", "date": day(91 if on is None else on), "amount": money(amount)}
        | {"direction": "sale", "client_id": "Omega", "currency": "EUR", "issue_date": day(0), "is_dated": on is not None}
        for n, (on, amount) in enumerate(paid)
    ]
    rows = pl.DataFrame(said, schema_overrides={"amount": MONEY}) if said else pl.DataFrame(schema={**DOCUMENTS, **CLAIMS})
    slices = rows.with_columns(source=pl.lit("declared"), rule=pl.lit(SLICE))
    ledger = replace(empty_ledger(), documents=conform(slices, DOCUMENTS), claims=conform(slices, CLAIMS))
    lines = [Line(f"L{n}", day(on), money(amount), "EUR", "VIR OMEGA") for n, (on, amount) in enumerate(booked)]
    named = [(line, [Named("Omega", "omega", SURE, "name")]) for line in lines]
    return list(DeclaredPayments(ledger, ledger.claims.clear()).fitting(named, [])), lines


PAID = st.lists(st.tuples(st.none() | st.integers(0, 25), st.sampled_from(("100.00", "300.00"))), max_size=4)
BOOKED = st.lists(st.tuples(st.integers(0, 120), st.sampled_from(("100.00", "300.00", "400.00"))), max_size=4)


@settings(max_examples=40, deadline=None)
@given(paid=PAID, booked=BOOKED)
def test_each_line_is_one_payment_each_payment_one_line_and_no_line_that_fits_passes_by(
    paid: list[tuple[int | None, str]], booked: list[tuple[int, str]]
) -> None:
    found, lines = fitting(paid, booked)
    sure = [claim for fit in found if fit.is_sure for claim in fit.payment.claim_ids]
    assert len({fit.line.line_id for fit in found}) == len(found)
    assert len(set(sure)) == len(sure)
    assert all(fit.payment.is_near(fit.line) and sum(part for _, part in fit.payment.parts) == fit.line.amount for fit in found)
    taken = {i for fit in found if fit.is_sure for i, _ in fit.payment.parts}
    for line in lines:
        if line.line_id not in {fit.line.line_id for fit in found}:
            assert not any(_may_be(line, *said) for n, said in enumerate(paid) if f"F-{n}" not in taken)


def test_a_line_of_a_large_client_is_held_against_the_payments_of_its_amount_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, is_near = [], Payment.is_near

    def counted(payment: Payment, line: Line) -> bool:
        asked.append(line.line_id)
        return is_near(payment, line)

    monkeypatch.setattr(Payment, "is_near", counted)
    paid: list[tuple[int | None, str]] = [(n % 90 if n % 2 else None, f"{n + 100}.00") for n in range(300)]
    found, lines = fitting(paid, [(n % 90, f"{n + 100}.00") for n in range(300)])
    assert [fit.line for fit in found if fit.is_sure] != []
    assert len(asked) <= 2 * len(lines)


def _may_be(line: Line, on: int | None, amount: str) -> bool:
    """Whether the amount and the days of a declared payment are those of a line."""
    is_near = line.day <= day(101) if on is None else abs(line.day - day(on)) <= timedelta(days=10)
    return is_near and line.amount == money(amount)
