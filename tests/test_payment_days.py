"""Payment runs: weekdays and days of the month, moved off holidays, and the setting as it is typed."""

from datetime import date

import pytest

from models.errors import Refused
from models.settings import Settings, read_settings
from pipelines.payment_days import next_payment_days, payment_day


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("any", "any"),
        ("", "any"),
        ("tuesday", "tuesday"),  # what the setting was before it could hold several
        ("25, Tuesday; 10 tuesday", "tuesday,10,25"),
        ("31", "31"),
    ],
)
def test_the_setting_takes_weekdays_and_days_of_the_month(typed: str, kept: str) -> None:
    assert read_settings({"payment_day": typed}).payment_day == kept


@pytest.mark.parametrize("typed", ["sunday", "32", "0", "any,10", "mardi", "2.5"])
def test_what_is_no_payment_day_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match="payment days"):
        read_settings({"payment_day": typed})


def test_runs_fall_on_the_next_worked_day_and_the_last_of_a_short_month() -> None:
    rules = Settings(payment_day="10,31")
    # 10 May 2026 is a Sunday; 31 May too, and 30 June is the last of its month; 10 and 31 July are Fridays.
    assert next_payment_days(rules, after=date(2026, 5, 1), last=date(2026, 7, 31)) == [
        date(2026, 5, 11), date(2026, 6, 1), date(2026, 6, 10), date(2026, 6, 30), date(2026, 7, 10), date(2026, 7, 31),
    ]  # fmt: skip
    assert next_payment_days(Settings(payment_day="30"), after=date(2027, 2, 1), last=date(2027, 3, 10)) == [date(2027, 3, 1)]


def test_weekdays_and_days_of_the_month_together() -> None:
    rules = Settings(payment_day="thursday,15")
    assert next_payment_days(rules, after=date(2026, 7, 1), last=date(2026, 7, 17)) == [
        date(2026, 7, 2), date(2026, 7, 9), date(2026, 7, 15), date(2026, 7, 16),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "is_latest", "expected"),
    [
        (date(2026, 7, 24), True, date(2026, 7, 20)),  # the run before it
        (date(2026, 7, 24), False, date(2026, 8, 5)),
        (date(2026, 7, 4), True, date(2026, 7, 6)),  # no run between today and that day: the first one after it
        (date(2026, 7, 5), True, date(2026, 7, 6)),  # the 5th is a Sunday
        (date(2026, 1, 1), True, date(2026, 7, 6)),
    ],
)
def test_an_invoice_leaves_with_the_last_run_in_time_else_with_the_next(wanted: date, is_latest: bool, expected: date) -> None:
    assert payment_day(wanted, Settings(payment_day="5,20"), after=date(2026, 7, 1), is_latest=is_latest) == expected
