"""What was agreed changes what is due next: promises and plans hold the reminders, broken ones free them and are a reason."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from small_ledger import MONDAY, Book, codes, row

from models.following_tables import PLAN_INVOICES, PLANS
from pipelines.collections.worklist import worklist
from pipelines.ledger import Ledger

BEFORE = MONDAY - timedelta(days=10)


def _with_plan(book: Book, *instalments: tuple[date, str], of: str = "F1", ended_on: date | None = None) -> Ledger:
    rows = [
        ("P", 1, "Martin", BEFORE, rank, day, Decimal(amount), "EUR", ended_on, "Ana")
        for rank, (day, amount) in enumerate(instalments, start=1)
    ]
    plans = pl.DataFrame(rows, schema=PLANS, orient="row")
    return replace(book.ledger(), plans=plans, plan_invoices=pl.DataFrame([("P", of)], schema=PLAN_INVOICES, orient="row"))


def _martin(ledger: Ledger, as_of: date = MONDAY) -> dict[str, Any]:
    (found,) = worklist(ledger, as_of=as_of).filter(pl.col("client_id") == "Martin").to_dicts()
    return found


def _late() -> Book:
    return Book().late("F1", "Martin", 20, "100.00")


def test_a_plan_that_is_kept_holds_the_reminder_and_weighs_nothing() -> None:
    found = _martin(_with_plan(_late(), (MONDAY + timedelta(days=4), "100.00")))
    assert (found["held"], found["action"], found["score"]) == ("plan", "wait", 0.0)
    (reason,) = [reason for reason in found["reasons"] if reason["code"] == "plan"]
    assert (reason["amount"], reason["date"]) == (Decimal("100.00"), MONDAY + timedelta(days=4))


def test_a_broken_plan_frees_the_reminder_and_says_what_is_missing() -> None:
    missed = MONDAY - timedelta(days=4)
    book = _late().receipt("L1", BEFORE + timedelta(days=1), "15.00", pays="F1")
    found = _martin(_with_plan(book, (missed, "40.00"), (MONDAY + timedelta(days=9), "60.00")))
    assert found["held"] is None
    assert found["action"] == "call"  # the step that 20 days late have reached
    (reason,) = [reason for reason in found["reasons"] if reason["code"] == "broken_plan"]
    assert (reason["amount"], reason["date"]) == (Decimal("25.00"), missed)


def test_a_plan_that_a_person_ended_holds_nothing_and_is_no_reason() -> None:
    found = _martin(_with_plan(_late(), (MONDAY + timedelta(days=4), "100.00"), ended_on=MONDAY))
    assert found["held"] is None
    assert not {"plan", "broken_plan"} & set(codes(found))


def test_invoices_beside_a_plan_are_reminded_as_ever() -> None:
    book = _late().late("F2", "Martin", 8, "70.00")
    found = _martin(_with_plan(book, (MONDAY + timedelta(days=4), "100.00")))
    assert (found["held"], found["invoices"]) == (None, ["F2"])


def test_a_promise_of_a_part_that_came_is_not_broken() -> None:
    made, until = MONDAY - timedelta(days=14), MONDAY - timedelta(days=7)

    def book(paid: str) -> Book:
        promised = _late().mark("F1", "promise", made, until.isoformat())
        promised.marks[-1]["amount"] = Decimal("40.00")
        return promised.receipt("L1", until, paid, pays="F1")

    assert "broken_promise" in codes(row(book("39.00")))
    assert "broken_promise" not in codes(row(book("40.00")))
