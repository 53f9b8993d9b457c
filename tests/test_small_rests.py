"""Small differences that a rule's match leaves: proposed to be written off, and never chased."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from small_ledger import MONDAY, Book
from small_store import ME, Company, money

from pipelines.collections.worklist import worklist
from pipelines.decisions import undo
from pipelines.ledger import run_ledger
from pipelines.reconcile.decide import accept, accept_many, refuse
from pipelines.reconcile.money_back import refund
from pipelines.reconcile.run import suggestions


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    yield made
    made.store.close()


def gaps(company: Company) -> dict[str, list[tuple[str, str, str]]]:
    """What is proposed of each line to be written off."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for row in suggestions(company.matching(), run_ledger(company.store)):
        ways: Any = row["candidates"]
        found[str(row["id"])] = [(number, str(amount), why) for one in ways for number, amount, why in one["write_offs"]]
    return found


@pytest.mark.parametrize(
    ("paid", "rest", "reason"),
    [
        ("999.98", "0.02", "rounding"),
        ("999.00", "1.00", "rounding"),
        ("980.00", "20.00", "discount"),
        ("988.00", "12.00", "bank_fee"),
    ],
)
def test_what_a_match_by_number_leaves_is_proposed_and_written_off_with_one_acceptance(
    company: Company, paid: str, rest: str, reason: str
) -> None:
    company.bill("FACT-1001", "Durand", "1000.00").line("L1", paid, "VIR DURAND FACT-1001").save().reconcile()
    assert company.claims() == {("L1", "FACT-1001"): money(paid)}
    assert gaps(company) == {"L1": [("FACT-1001", rest, reason)]}
    before = company.figures()
    change = accept(company.store, "L1", candidate=None, author=ME)
    assert (company.outstanding("FACT-1001"), gaps(company)) == (money("0.00"), {})
    assert company.reconcile().change_id is None
    undo(company.store, change, author=ME)
    assert (company.figures(), gaps(company)) == (before, {"L1": [("FACT-1001", rest, reason)]})


def test_a_part_payment_is_no_small_difference(company: Company) -> None:
    company.bill("FACT-1001", "Durand", "1000.00").line("L1", "500.00", "VIR DURAND FACT-1001").save().reconcile()
    assert company.claims() == {("L1", "FACT-1001"): money("500.00")}
    assert gaps(company) == {}


def test_of_an_invoice_that_two_lines_pay_the_latest_proposes_the_rest(company: Company) -> None:
    company.bill("FACT-1001", "Durand", "1000.00").line("L1", "500.00", "VIR DURAND FACT-1001", on=9)
    company.line("L2", "499.50", "VIR DURAND FACT-1001", on=12).save().reconcile()
    assert gaps(company) == {"L2": [("FACT-1001", "0.50", "rounding")]}


def test_a_refusal_leaves_the_difference_open_and_the_match_as_it_is(company: Company) -> None:
    company.bill("FACT-1001", "Durand", "1000.00").line("L1", "999.98", "VIR DURAND FACT-1001").save().reconcile()
    refuse(company.store, "L1", author=ME)
    company.reconcile()
    assert company.claims() == {("L1", "FACT-1001"): money("999.98")}
    assert (company.outstanding("FACT-1001"), gaps(company)) == (money("0.02"), {})


def test_the_difference_falls_when_the_payment_comes_back(company: Company) -> None:
    company.bill("FACT-1001", "Durand", "1000.00").line("L1", "999.98", "VIR DURAND FACT-1001")
    company.line("D1", "-999.98", "VIR", on=20).save().reconcile()
    accept_many(company.store, [("L1", None)], author=ME)
    refund(company.store, "D1", "L1", author=ME)
    assert [company.outstanding("FACT-1001", on) for on in (19, 20)] == [money("0.00"), money("1000.00")]


def clients_to_chase(paid: str) -> list[str]:
    due = MONDAY - timedelta(days=40)
    book = Book().bill("F-1", "Durand", due, "100.00").receipt("L1", due, paid, pays="F-1")
    return worklist(book.ledger(), as_of=MONDAY)["client"].to_list()


def test_nobody_is_chased_for_a_remainder_within_the_tolerance() -> None:
    assert clients_to_chase("99.98") == clients_to_chase("99.00") == []
    assert clients_to_chase("98.99") == ["Durand"]


def test_a_whole_invoice_of_less_than_the_tolerance_is_still_asked_for() -> None:
    book = Book().bill("F-1", "Durand", MONDAY - timedelta(days=40), "0.90")
    assert worklist(book.ledger(), as_of=MONDAY)["client"].to_list() == ["Durand"]
