"""What reminders were followed by: counts, shares and days, at a date."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_ledger import MONDAY, Book

from pipelines.collections.results import reminded, reminder_counts, results

#: The first reminder; MONDAY is 42 days later.
ON = MONDAY - timedelta(days=42)


def _after(days: int) -> date:
    return ON + timedelta(days=days)


def _row(book: Book, as_of: date = MONDAY, step: str = "R1") -> dict[str, object]:
    rows = results(book.ledger(), as_of=as_of).filter(pl.col("step") == step)
    assert rows.height == 1
    return dict(rows.row(0, named=True))


def _book() -> Book:
    """Three invoices reminded on the same day: one paid after 10 days, one half paid after 20, one not at all."""
    book = Book().late("F1", "Martin", 50, "100.00").late("F2", "Durand", 50, "200.00").late("F3", "Petit", 50, "300.00")
    for number in ("F1", "F2", "F3"):
        book.mark(number, "reminded", ON, "R1")
    return book.receipt("L1", _after(10), "100.00", pays="F1").receipt("L2", _after(20), "100.00", pays="F2")


def test_the_share_that_came_is_of_what_was_owed_and_each_figure_says_of_how_many() -> None:
    row = _row(_book())
    assert (row["channel"], row["reminders"], row["invoices"], row["amount"]) == ("email", 3, 3, Decimal("600.00"))
    assert (row["counted_15"], row["came_15"]) == (3, Decimal("100.00"))
    assert row["rate_15"] == pytest.approx(100 / 600)
    assert (row["counted_30"], row["came_30"]) == (3, Decimal("200.00"))
    assert row["rate_30"] == pytest.approx(200 / 600)
    assert (row["settled"], row["median_days"]) == (1, 10.0)


def test_a_reminder_that_is_too_young_to_judge_takes_no_part() -> None:
    row = _row(_book(), as_of=_after(16))
    assert (row["counted_15"], row["came_15"], row["counted_30"], row["rate_30"]) == (3, Decimal("100.00"), 0, None)
    assert _row(_book(), as_of=_after(14))["rate_15"] is None


def test_a_credit_note_a_bounced_payment_and_money_of_the_day_itself_are_no_recovery() -> None:
    book = (
        Book().late("F1", "Martin", 50, "100.00").mark("F1", "reminded", ON, "R1").receipt("L1", _after(5), "100.00", pays="F1")
    )
    book.claims[-1]["reversed_on"] = _after(8)
    assert _row(book)["came_15"] == Decimal("0.00")
    assert _row(book, as_of=_after(7))["settled"] == 1  # nobody knew yet
    same_day = Book().late("F1", "Martin", 50, "100.00").mark("F1", "reminded", ON, "R1").receipt("L1", ON, "40.00", pays="F1")
    assert _row(same_day)["amount"] == Decimal("60.00")
    assert _row(same_day)["came_30"] == Decimal("0.00")


def test_a_reminder_of_a_client_speaks_of_what_was_late_then() -> None:
    book = Book().late("F1", "Martin", 50, "100.00").late("F2", "Martin", 10, "70.00").mark("Martin", "reminded", ON, "R1")
    assert reminded(book.ledger(), as_of=MONDAY)["number"].to_list() == ["F1"]


def test_a_reminder_that_was_taken_back_or_said_twice_counts_once_or_not() -> None:
    book = Book().late("F1", "Martin", 50).mark("F1", "reminded", ON, "R1").mark("F1", "reminded", ON, "R1")
    assert reminded(book.ledger(), as_of=MONDAY).height == 1
    book.mark("F1", "reminded", _after(1), "R1", is_set=False)
    assert reminded(book.ledger(), as_of=ON).height == 1
    assert reminded(book.ledger(), as_of=MONDAY).is_empty()
    book.mark("F1", "reminded", _after(3), "R1")
    assert reminded(book.ledger(), as_of=MONDAY)["on_date"].to_list() == [_after(3)]


def test_steps_are_told_in_the_order_of_their_days() -> None:
    book = _book()
    for step, days in (("MED", 24), ("R3", 17), ("R2", 7)):
        book.mark("F3", "reminded", _after(days), step)
    assert results(book.ledger(), as_of=MONDAY)["step"].to_list() == ["R1", "R2", "R3", "MED"]


def test_reminders_are_counted_by_invoice() -> None:
    book = _book().mark("F2", "reminded", _after(7), "R2").mark("F2", "reminded", _after(20), "T1")
    rows = reminded(book.ledger(), as_of=MONDAY)
    assert rows.filter(pl.col("number") == "F2")["rank"].to_list() == [1, 2, 3]
    assert reminder_counts(rows).rows() == [
        ("F1", 1, ON, "R1", "email"),
        ("F2", 3, _after(20), "T1", "call"),
        ("F3", 1, ON, "R1", "email"),
    ]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 41), st.integers(1, 20000)), max_size=5), st.integers(0, 41))
def test_shares_lie_between_none_and_all_and_the_future_changes_nothing(paid: list[tuple[int, int]], looked: int) -> None:
    known, whole = (Book().late("F1", "Martin", 50, "100.00").mark("F1", "reminded", ON, "R1") for _ in range(2))
    as_of = _after(looked)
    for n, (days, cents) in enumerate(paid):
        whole.receipt(f"L{n}", _after(days), str(Decimal(cents) / 100), pays="F1")
        if _after(days) <= as_of:
            known.receipt(f"L{n}", _after(days), str(Decimal(cents) / 100), pays="F1")
    found = results(whole.ledger(), as_of=as_of)
    assert found.equals(results(known.ledger(), as_of=as_of))
    for row in found.to_dicts():
        assert Decimal(0) <= row["came_15"] <= row["came_30"] + (row["asked_15"] - row["asked_30"])
        assert all(row[f"rate_{days}"] is None or 0 <= row[f"rate_{days}"] <= 1 for days in (15, 30))
