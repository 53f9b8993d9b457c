"""The scenario, and which step is due when."""

import random
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from small_ledger import DAY, MONDAY, Book, codes, row

from models.dates import is_working_day
from models.policy_text import shipped_policy
from pipelines.collections.facts import situation
from pipelines.collections.steps import step_dates, worked_days
from pipelines.collections.worklist import worklist

# -- the scenario


def test_the_full_scenario_is_the_one_of_the_sources() -> None:
    steps = [(s.id, s.offset, s.channel) for s in shipped_policy().scenario("full").steps]
    assert steps == [
        ("P1", -7, "email"),
        ("P2", -3, "email"),
        ("P3", -1, "email"),
        ("A0", 0, "internal"),
        ("R1", 3, "email"),
        ("R2", 7, "email"),
        ("R3", 15, "email"),
        ("T1", 20, "call"),
        ("MED", 30, "registered_letter"),
    ]
    assert [s.id for s in shipped_policy().scenario("full").steps if s.mentions_interest] == ["R3", "MED"]


# -- steps and days


@pytest.mark.parametrize(
    ("days_late", "step"),
    [(-7, "P1"), (-4, "P1"), (-3, "P2"), (-1, "P3"), (0, "A0"), (3, "R1"), (7, "R2"), (15, "R3"), (20, "T1"), (400, "T1")],
)
def test_only_the_step_reached_is_proposed(days_late: int, step: str) -> None:
    assert row(Book().late("F1", "Martin", days_late))["step"] == step


def test_a_late_step_on_a_closed_day_waits_for_the_next_worked_day() -> None:
    # Due Wednesday 8 April: the third day after is a Saturday, R1 moves to Monday 13.
    book = Book().bill("F1", "Martin", date(2026, 4, 8))
    assert row(book, as_of=date(2026, 4, 12))["step"] == "A0"
    assert row(book, as_of=date(2026, 4, 13))["step"] == "R1"


def test_a_step_before_the_due_date_on_a_closed_day_moves_before_it() -> None:
    # Due Monday 13 April: seven days before is Easter Monday, so P1 moves to Friday 3 April.
    book = Book().bill("F1", "Martin", date(2026, 4, 13))
    assert worklist(book.ledger(), as_of=date(2026, 4, 2)).is_empty()
    assert row(book, as_of=date(2026, 4, 3))["step"] == "P1"


def test_alsace_moselle_also_rests_on_good_friday() -> None:
    days = worked_days(date(2026, 4, 3), date(2026, 4, 3), "alsace_moselle").row(0)
    assert days == (date(2026, 4, 3), date(2026, 4, 7), date(2026, 4, 2))


@settings(max_examples=25, deadline=None)
@given(due=st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_every_step_falls_on_a_worked_day_and_pre_due_steps_stay_before_the_due_date(due: date) -> None:
    at = situation(Book().bill("F1", "Martin", due).ledger(), as_of=due)
    dates = step_dates(at, at.items.with_columns(scenario=pl.lit("full")))
    assert all(is_working_day(day) for day in dates["step_date"].to_list())
    assert (dates.filter(pl.col("offset") < 0)["step_date"] < due).all()
    assert (dates.filter(pl.col("offset") >= 0)["step_date"] >= due).all()


def test_an_invoice_issued_after_a_pre_due_step_is_not_announced_on_its_first_day() -> None:
    book = Book().bill("F1", "Martin", MONDAY + 5 * DAY, issue_date=MONDAY)
    assert worklist(book.ledger(), as_of=MONDAY).is_empty()


# -- what was done


def test_a_recorded_step_and_those_before_it_are_not_proposed_again() -> None:
    book = Book().late("F1", "Martin", 16).mark("F1", "reminded", MONDAY - 5 * DAY, "R3")
    found = row(book)
    assert (found["step"], found["action"]) == (None, "wait")
    assert codes(found) == ["overdue", "last_reminder", "next_step", "expected"]


def test_a_step_that_was_taken_back_is_due_again() -> None:
    book = Book().late("F1", "Martin", 16).mark("F1", "reminded", MONDAY - 5 * DAY, "R3")
    book.mark("F1", "reminded", MONDAY - 4 * DAY, "R3", is_set=False)
    assert row(book)["step"] == "R3"


def test_what_is_recorded_after_the_as_of_date_does_not_count() -> None:
    book = Book().late("F1", "Martin", 8).mark("F1", "reminded", MONDAY + DAY, "R2")
    assert row(book)["step"] == "R2"


def test_a_reminder_recorded_for_the_client_counts_for_the_invoices_late_that_day() -> None:
    book = Book().late("F1", "Martin", 16).late("F2", "Martin", 4).mark("Martin", "reminded", MONDAY - 10 * DAY, "R2")
    assert row(book)["step"] == "R3"
    book.mark("Martin", "reminded", MONDAY - 9 * DAY, "R3")
    found = row(book)
    assert (found["step"], found["invoices"]) == ("R1", ["F1", "F2"])


def test_two_reminders_of_one_client_keep_the_minimum_gap() -> None:
    book = Book().late("F1", "Martin", 16).late("F2", "Martin", 3).mark("F1", "reminded", MONDAY - 2 * DAY, "R3")
    assert (row(book)["action"], "in_gap" in codes(row(book))) == ("wait", True)
    assert row(book, as_of=MONDAY + DAY)["step"] == "R1"


def test_no_formal_notice_without_a_written_reminder_after_the_due_date() -> None:
    book = Book().late("F1", "Martin", 45).mark("F1", "reminded", MONDAY - 48 * DAY, "P2")
    assert row(book)["step"] == "T1"
    assert "notice_blocked" in codes(row(book))
    book.mark("F1", "reminded", MONDAY - 10 * DAY, "T1")
    assert row(book)["step"] == "R3"
    book.mark("F1", "reminded", MONDAY - 5 * DAY, "R3")
    assert row(book)["step"] == "MED"
    book.mark("F1", "reminded", MONDAY - 4 * DAY, "MED")
    assert row(book)["step"] is None


@settings(max_examples=3, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(dues=st.lists(st.dates(date(2026, 3, 1), date(2026, 3, 31)), min_size=1, max_size=3), seed=st.integers(0, 999))
def test_a_replay_reminds_in_order_never_twice_and_with_the_gap(dues: list[date], seed: int) -> None:
    dice = random.Random(seed)
    book = Book()
    for number, due in enumerate(dues):
        book.bill(f"F{number}", "Martin", due)
    order = [step.id for step in shipped_policy().scenario("full").steps]
    done: dict[str, list[str]] = {f"F{n}": [] for n in range(len(dues))}
    last, day = date(2026, 1, 1), date(2026, 2, 15)
    while day < date(2026, 5, 20):
        day += DAY * dice.choice((1, 1, 2, 5))
        rows = worklist(replace(book, bank_on=day).ledger(), as_of=day).filter(
            pl.col("action").is_in(["email", "call", "registered_letter"])
        )
        for found in rows.iter_rows(named=True) if is_working_day(day) else ():
            step, numbers = found["step"], found["invoices"]
            assert (day - last).days >= 3
            assert any(step not in done[number] for number in numbers)
            if step == "MED":
                assert any(set(done[number]) & {"R1", "R2", "R3"} for number in numbers)
            if len(dues) == 1 and done["F0"][-1:] != ["T1"]:
                assert all(order.index(earlier) < order.index(step) for earlier in done["F0"])
            last = day
            for number in numbers:
                done[number].append(step)
                book.mark(number, "reminded", day, step)
    assert all("MED" in steps for steps in done.values())
