"""A payment that the bank took back, which nobody explained, and that was made again."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from small_store import ME, Company, money

from models.money import ZERO
from pipelines.decisions import undo
from pipelines.ledger import run_ledger
from pipelines.reconcile.decide import accept, refuse


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """A transfer that pays F-1, and an unpaid cheque of its client, which takes no transfer back by itself."""
    made = Company(tmp_path).bill("F-1", "Garage Petit", "700.00").bill("F-2", "Serrurerie Blanc", "300.00")
    made.line("first", "700.00", "VIR GARAGE PETIT").line("back", "-712.00", "IMPAYE CHQ 1234567 GARAGE PETIT", 15)
    made.save().reconcile()
    yield made
    made.store.close()


def _ways(company: Company, line: str) -> list[tuple[str, dict[str, Decimal]]]:
    return [(way.rule, dict(way.parts)) for way in company.matching().suggestions.get(line, ())]


def test_a_payment_made_again_is_proposed_with_what_came_back(company: Company) -> None:
    company.line("again", "700.00", "VIR GARAGE PETIT SOLDE", 25).save().reconcile()
    assert _ways(company, "again") == [("paid_again", {"F-1": money("700.00")})]
    (way,) = company.matching().suggestions["again"]
    assert [(debit, *back) for debit, back in way.returned] == [("back", "first", "returned", money("700.00"), None)]


def test_accepting_it_opens_the_invoice_in_between_and_undoing_restores_every_figure(company: Company) -> None:
    company.line("again", "700.00", "VIR GARAGE PETIT SOLDE", 25).save().reconcile()
    before, ways = company.figures(), _ways(company, "again")
    change = accept(company.store, "again", candidate=1, author=ME)
    owed = [company.outstanding("F-1", on) for on in (12, 20, 26)]
    assert owed == [ZERO, money("700.00"), ZERO]
    company.reconcile()
    assert [company.outstanding("F-1", on) for on in (12, 20, 26)] == owed
    assert set(company.claims()) == {("first", "F-1"), ("again", "F-1")}
    undo(company.store, change, author=ME)
    company.reconcile()
    assert (company.figures(), _ways(company, "again")) == (before, ways)
    assert run_ledger(company.store).line_refunds.is_empty()


@pytest.mark.parametrize(
    ("label", "on", "amount"),
    [
        ("VIR SERRURERIE BLANC", 25, "700.00"),  # another client's
        ("VIR GARAGE PETIT", 14, "700.00"),  # before it came back
        ("VIR GARAGE PETIT", 130, "700.00"),  # long after
        ("VIR GARAGE PETIT", 25, "650.00"),  # another amount
    ],
)
def test_other_receipts_make_up_for_nothing(company: Company, label: str, on: int, amount: str) -> None:
    company.line("again", amount, label, on).save().reconcile()
    assert "paid_again" not in [rule for rule, _ in _ways(company, "again")]


def test_a_return_of_another_client_is_not_taken_for_this_one(company: Company) -> None:
    company.line("paid", "300.00", "VIR SERRURERIE BLANC").line("other", "-300.00", "IMPAYE CHQ 7 GARAGE PETIT", 15)
    company.line("twice", "300.00", "VIR SERRURERIE BLANC", 25).save().reconcile()
    assert _ways(company, "twice") == []


def test_a_refusal_is_remembered(company: Company) -> None:
    company.line("again", "700.00", "VIR GARAGE PETIT SOLDE", 25).save().reconcile()
    refuse(company.store, "again", author=ME)
    company.reconcile()
    assert _ways(company, "again") == []


def test_a_return_that_a_person_explained_is_not_explained_twice(company: Company) -> None:
    company.line("again", "700.00", "VIR GARAGE PETIT SOLDE", 25).line(
        "more", "700.00", "VIR GARAGE PETIT", 28
    ).save().reconcile()
    accept(company.store, "again", candidate=1, author=ME)
    company.reconcile()
    assert _ways(company, "more") == []
