"""Promises to pay: kept, late or broken by what came, at a date, whatever is known later."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_ledger import DAY, MONDAY, Book

from models.policy_text import shipped_policy
from pipelines.collections.facts import situation
from pipelines.collections.promises import promises

MADE = MONDAY - timedelta(days=14)  # a Monday
FOR = MONDAY - timedelta(days=7)  # the next one


def _promises(book: Book, as_of: date = MONDAY, grace: int = 1) -> list[dict[str, Any]]:
    ledger = book.ledger()
    return promises(ledger, as_of=as_of, grace=grace).to_dicts()


def _promised(amount: str | None = None, *, of: str = "F1", made: date = MADE, until: date = FOR) -> Book:
    book = Book().late("F1", "Martin", 30, "100.00").mark(of, "promise", made, until.isoformat())
    book.marks[-1]["amount"] = None if amount is None else Decimal(amount)
    return book


def _one(book: Book, as_of: date = MONDAY) -> tuple[str, str, str]:
    (row,) = _promises(book, as_of)
    assert row["client_id"] == "Martin"
    return row["status"], str(row["amount"]), str(row["paid"])


@pytest.mark.parametrize(
    ("paid_on", "paid", "expected"),
    [
        (FOR, "100.00", ("kept", "100.00", "100.00")),
        (FOR + timedelta(days=1), "100.00", ("kept", "100.00", "100.00")),  # within the day of grace
        (FOR + timedelta(days=2), "100.00", ("late", "100.00", "100.00")),
        (FOR, "40.00", ("broken", "100.00", "40.00")),  # a part only
        (MADE - timedelta(days=1), "30.00", ("broken", "70.00", "0.00")),  # before the promise: no part of it
    ],
)
def test_a_promise_is_measured_by_what_came(paid_on: date, paid: str, expected: tuple[str, str, str]) -> None:
    assert _one(_promised().receipt("L1", paid_on, paid, pays="F1")) == expected


def test_an_amount_that_was_named_is_all_that_was_promised() -> None:
    assert _one(_promised("40.00").receipt("L1", FOR, "40.00", pays="F1")) == ("kept", "40.00", "40.00")
    assert _one(_promised("40.00").receipt("L1", FOR, "39.99", pays="F1")) == ("broken", "40.00", "39.99")
    assert _one(_promised("900.00").receipt("L1", FOR, "100.00", pays="F1")) == ("kept", "100.00", "100.00")  # more is not owed


def test_the_days_of_grace_are_those_of_the_client_s_own_scenario() -> None:
    policy = shipped_policy()
    patient = tuple(replace(s, promise_grace_days=5) if s.id == "vip" else s for s in policy.scenarios)
    book = Book().mark("Martin", "segment", MONDAY - 30 * DAY, "vip")
    book.late("F1", "Martin", 30).late("F2", "Autre", 30)
    for number in ("F1", "F2"):
        book.mark(number, "promise", MONDAY - 10 * DAY, f"{MONDAY - 4 * DAY}")  # a Thursday
    at = situation(replace(book.ledger(), policy=replace(policy, scenarios=patient)), as_of=MONDAY)
    found = {row["number"]: (row["holds_until"], row["status"]) for row in at.promises.to_dicts()}
    assert found == {"F1": (MONDAY + 3 * DAY, "open"), "F2": (MONDAY - 3 * DAY, "broken")}


def test_a_promise_is_open_until_the_days_of_grace_have_passed() -> None:
    assert _one(_promised(), as_of=FOR)[0] == "open"
    assert _one(_promised(), as_of=FOR + timedelta(days=1))[0] == "open"
    assert _one(_promised(), as_of=FOR + timedelta(days=2))[0] == "broken"
    friday = FOR - timedelta(days=3)
    assert _one(_promised(until=friday), as_of=FOR)[0] == "open"  # the weekend is no grace
    assert _promises(_promised(), as_of=MADE - timedelta(days=1)) == []


def test_a_payment_that_bounced_keeps_no_promise() -> None:
    book = _promised().receipt("L1", FOR, "100.00", pays="F1")
    book.claims[-1]["reversed_on"] = MONDAY
    assert _one(book, as_of=MONDAY - timedelta(days=1))[0] == "kept"
    assert _one(book) == ("broken", "100.00", "0.00")


def test_a_later_word_takes_the_place_of_a_promise_that_still_held() -> None:
    again = FOR - timedelta(days=1)
    renewed = _promised().mark("F1", "promise", again, MONDAY.isoformat())
    assert [row["status"] for row in _promises(renewed)] == ["open", "replaced"]
    taken = _promised().mark("F1", "promise", again, is_set=False)
    assert [row["status"] for row in _promises(taken)] == ["taken_back"]
    after = _promised().mark("F1", "promise", FOR + timedelta(days=3), MONDAY.isoformat())
    assert [row["status"] for row in _promises(after)] == ["open", "broken"]


def test_a_client_promises_what_falls_due_by_then() -> None:
    book = _promised(of="Martin").bill("F2", "Martin", MONDAY + timedelta(days=9), "500.00")
    assert _one(book) == ("broken", "100.00", "0.00")
    book.receipt("L1", FOR, "100.00", pays="F1")
    assert _one(book) == ("kept", "100.00", "100.00")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 28), st.integers(1, 12000), st.integers(0, 21))
def test_what_comes_later_changes_no_answer_about_a_date(days: int, cents: int, looked: int) -> None:
    as_of = MADE + timedelta(days=looked)
    paid_on = MADE + timedelta(days=days)
    before, after = _promised("80.00"), _promised("80.00")
    after.receipt("L1", paid_on, str(Decimal(cents) / 100), pays="F1")
    seen = _promises(after, as_of)
    assert all(Decimal(0) <= row["paid"] <= row["amount"] for row in seen)
    if paid_on > as_of:
        assert seen == _promises(before, as_of)
