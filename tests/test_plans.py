"""Instalment plans: made to the cent, kept or broken by what came, ended and undone."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_store import ME, Company, day, money

from models.errors import Refused
from models.store import Author
from pipelines.collections.plans import end_plan, even_instalments, instalments_at, invoices_of_plans, make_plan, plans_at
from pipelines.decisions import undo
from pipelines.ledger import run_ledger

#: The plan is made on 1 June 2026; its instalments fall due on the Mondays that follow.
FIRST, SECOND = date(2026, 6, 8), date(2026, 6, 15)
SPLIT = [(FIRST, money("60.00")), (SECOND, money("90.00"))]


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """Durand owes 150.00 on two late invoices."""
    return Company(tmp_path).bill("F-1001", "Durand", "100.00").bill("F-1002", "Durand", "50.00").save()


def _pay(company: Company, line: str, amount: str, on: date, invoice: str) -> None:
    company.line(line, amount, invoice, on=(on - day(0)).days).save().reconcile()


def _plan(company: Company, as_of: date) -> dict[str, Any]:
    (row,) = plans_at(run_ledger(company.store), as_of=as_of, grace=1).to_dicts()
    return row


def _statuses(company: Company, as_of: date) -> list[tuple[str, str]]:
    rows = instalments_at(run_ledger(company.store), as_of=as_of, grace=1).to_dicts()
    return [(row["status"], str(row["paid"])) for row in rows]


def test_a_plan_is_kept_while_every_instalment_that_fell_due_has_come(company: Company) -> None:
    make_plan(company.store, "Durand", [], SPLIT, author=ME)
    assert _statuses(company, ME.today) == [("open", "0.00"), ("open", "0.00")]
    _pay(company, "L1", "50.00", date(2026, 6, 5), "F-1002")
    assert _statuses(company, FIRST) == [("open", "50.00"), ("open", "0.00")]
    assert _statuses(company, FIRST + timedelta(days=2)) == [("broken", "50.00"), ("open", "0.00")]
    broken = _plan(company, FIRST + timedelta(days=2))
    assert (broken["status"], broken["next_date"], str(broken["next_amount"])) == ("broken", FIRST, "10.00")
    _pay(company, "L2", "100.00", date(2026, 6, 12), "F-1001")
    assert _statuses(company, SECOND) == [("late", "60.00"), ("kept", "90.00")]
    assert _plan(company, SECOND)["status"] == "done"


def test_a_plan_of_which_nothing_has_fallen_due_runs_and_is_kept_once_its_first_instalment_came(company: Company) -> None:
    make_plan(company.store, "Durand", [], SPLIT, author=ME)
    awaited = _plan(company, FIRST)
    assert (awaited["status"], awaited["next_date"]) == ("running", FIRST)
    _pay(company, "L1", "60.00", FIRST, "F-1001")
    kept = _plan(company, FIRST)
    assert (kept["status"], kept["next_date"]) == ("kept", SECOND)
    ledger = run_ledger(company.store)
    assert invoices_of_plans(ledger, as_of=FIRST, grace=1)["plan_status"].to_list() == ["kept", "kept"]


def test_the_invoices_of_a_plan_that_holds_are_told_with_its_next_instalment(company: Company) -> None:
    make_plan(company.store, "Durand", ["F-1001"], [(FIRST, money("40.00")), (SECOND, money("60.00"))], author=ME)
    ledger = run_ledger(company.store)
    assert invoices_of_plans(ledger, as_of=FIRST, grace=1).rows() == [("F-1001", "running", FIRST, money("40.00"))]
    assert invoices_of_plans(ledger, as_of=FIRST + timedelta(days=2), grace=1)["plan_status"].to_list() == ["broken"]
    assert invoices_of_plans(ledger, as_of=ME.today - timedelta(days=1), grace=1).is_empty()


def test_ending_a_plan_holds_from_its_day_and_undoing_brings_the_plan_back(company: Company) -> None:
    make_plan(company.store, "Durand", [], SPLIT, author=ME)
    plan_id = _plan(company, ME.today)["plan_id"]
    later = Author("Ana", FIRST, ME.at)
    change = end_plan(company.store, plan_id, author=later)
    assert _plan(company, FIRST - timedelta(days=1))["status"] == "running"
    assert _plan(company, FIRST)["status"] == "ended"
    with pytest.raises(Refused, match="no instalment plan"):
        end_plan(company.store, plan_id, author=later)
    undo(company.store, change, author=later)
    assert _plan(company, FIRST)["status"] == "running"


def test_undoing_a_plan_leaves_nothing_of_it(company: Company) -> None:
    change = make_plan(company.store, "Durand", [], SPLIT, author=ME)
    undo(company.store, change, author=ME)
    ledger = run_ledger(company.store)
    assert ledger.plans.is_empty()
    assert ledger.plan_invoices.is_empty()
    make_plan(company.store, "Durand", [], SPLIT, author=ME)  # its invoices are free again


@pytest.mark.parametrize(
    ("numbers", "instalments", "code"),
    [
        ([], [(FIRST, "60.00"), (SECOND, "89.99")], "plan_sum"),
        ([], [(SECOND, "60.00"), (FIRST, "90.00")], "plan_order"),
        ([], [(FIRST, "60.00"), (FIRST, "90.00")], "plan_order"),
        ([], [(ME.today - timedelta(days=1), "150.00")], "plan_order"),
        ([], [(FIRST, "0.00"), (SECOND, "150.00")], "plan_amount"),
        ([], [(FIRST, "-10.00"), (SECOND, "160.00")], "plan_amount"),
        ([], [], "how_many"),
        (["F-9"], [(FIRST, "150.00")], "not_open"),
    ],
)
def test_a_plan_that_does_not_add_up_is_refused(
    company: Company, numbers: list[str], instalments: list[tuple[date, str]], code: str
) -> None:
    before = company.store.revision
    with pytest.raises(Refused) as refused:
        make_plan(company.store, "Durand", numbers, [(on, money(text)) for on, text in instalments], author=ME)
    assert (refused.value.code, company.store.revision) == (code, before)


def test_an_invoice_is_in_one_plan_at_a_time(company: Company) -> None:
    make_plan(company.store, "Durand", ["F-1002"], [(FIRST, money("50.00"))], author=ME)
    with pytest.raises(Refused) as refused:
        make_plan(company.store, "Durand", [], SPLIT, author=ME)
    assert refused.value.code == "in_plan"


@given(st.integers(1, 10**9), st.integers(1, 60), st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_even_instalments_sum_to_the_amount_and_differ_by_a_cent_at_most(cents: int, count: int, first: date) -> None:
    amount = Decimal(cents) / 100
    made = even_instalments(amount, count, first)
    amounts = [each for _, each in made]
    assert sum(amounts) == amount
    assert max(amounts) - min(amounts) <= Decimal("0.01")
    days = [on for on, _ in made]
    assert days == sorted(set(days))
    assert len(days) == count
    assert all(
        on.day <= first.day and (on.year * 12 + on.month) - (first.year * 12 + first.month) == n for n, on in enumerate(days)
    )


def test_a_month_without_that_day_takes_its_last_one() -> None:
    assert [on for on, _ in even_instalments(money("100.00"), 3, date(2026, 12, 31))] == [
        date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28),
    ]  # fmt: skip
    assert [str(each) for _, each in even_instalments(money("100.00"), 3, FIRST)] == ["33.34", "33.33", "33.33"]
