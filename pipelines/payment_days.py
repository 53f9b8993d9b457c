"""The days on which a company pays its suppliers: any worked day, or its payment runs."""

from datetime import date, timedelta
from functools import lru_cache

from models.dates import is_working_day, month_end, next_working_day, previous_working_day
from models.errors import Refused
from models.payment_days import ANY, WEEKDAYS
from models.settings import Settings


def check_to_come(day: date, today: date) -> None:
    """A payment is expected today or later.

    Raises:
        Refused: the day has passed.
    """
    if day < today:
        raise Refused("day_passed", "{day} has passed: choose a day to come.", day=day)


def check_banks_work(day: date, region: str) -> None:
    """Banks execute transfers on working days.

    Raises:
        Refused: it is none.
    """
    if not is_working_day(day, region):
        raise Refused(
            "not_a_working_day",
            "Banks do not execute transfers on {day}: choose {next}, the next working day.",
            day=day,
            next=next_working_day(day, region),
        )


def payment_day(wanted: date, settings: Settings, *, after: date, is_latest: bool) -> date:
    """The day on which the company would pay: one of its payment days, worked, and later than `after`.

    Args:
        wanted: the day aimed at.
        settings: the payment days, and the public holidays.
        after: the first possible day is the next one.
        is_latest: not later than `wanted` if that can be; else the first payment day from `wanted` on.
    """
    day = wanted
    while is_latest and day > after:
        if _is_run(day, settings.payment_day, settings.region):
            return day
        day -= timedelta(days=1)
    day = max(wanted, after + timedelta(days=1))
    while not _is_run(day, settings.payment_day, settings.region):
        day += timedelta(days=1)
    return day


def next_payment_days(settings: Settings, *, after: date, last: date) -> list[date]:
    """The payment days after a date, up to the last one."""
    days = (after + timedelta(days=n) for n in range(1, (last - after).days + 1))
    return [day for day in days if _is_run(day, settings.payment_day, settings.region)]


@lru_cache(maxsize=4096)
def _is_run(day: date, chosen: str, region: str) -> bool:
    """Whether payments leave on a day: it is worked, and a chosen day is it or fell on the days off just before."""
    if not is_working_day(day, region):
        return False
    if chosen == ANY:
        return True
    codes = set(chosen.split(","))
    before = previous_working_day(day - timedelta(days=1), region)
    return any(_is_chosen(day - timedelta(days=n), codes) for n in range((day - before).days))


def _is_chosen(day: date, codes: set[str]) -> bool:
    """Whether a day is one of the codes: a weekday, or a day of the month; what a short month lacks is its last day."""
    weekday = WEEKDAYS[day.weekday()] if day.weekday() < len(WEEKDAYS) else ""
    if weekday in codes or str(day.day) in codes:
        return True
    return day == month_end(day) and any(code.isdigit() and int(code) > day.day for code in codes)
