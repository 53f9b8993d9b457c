"""Calendar: months, half-years and French working days. Nothing here knows what day it is."""

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache

_JUNE = 6
_SATURDAY = 5  # as date.weekday() counts
#: Regions of public holidays: metropolitan France, or Alsace-Moselle with its two more (Code du travail L3134-13).
REGIONS = {"france": None, "alsace_moselle": "57"}


def month_start(day: date) -> date:
    """The first day of the month of `day`."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def half_year(day: date) -> str:
    """The half-year of `day`, as late-payment rates name it: 2026-S1 or 2026-S2 (C. com. L441-10 II)."""
    return f"{day.year}-S{1 if day.month <= _JUNE else 2}"


@lru_cache(maxsize=64)
def public_holidays(year: int, region: str = "france") -> frozenset[date]:
    """The public holidays of a year (Code du travail L3133-1, L3134-13)."""
    import holidays  # late: only calendars need it

    return frozenset(holidays.country_holidays("FR", subdiv=REGIONS[region], years=year))


def is_working_day(day: date, region: str = "france") -> bool:
    """Monday to Friday without public holidays (jours ouvrés)."""
    return day.weekday() < _SATURDAY and day not in public_holidays(day.year, region)


def next_working_day(day: date, region: str = "france") -> date:
    """`day` itself if it is worked, else the first worked day after it."""
    while not is_working_day(day, region):
        day += timedelta(days=1)
    return day


def previous_working_day(day: date, region: str = "france") -> date:
    """`day` itself if it is worked, else the last worked day before it."""
    while not is_working_day(day, region):
        day -= timedelta(days=1)
    return day


def add_working_days(day: date, count: int, region: str = "france") -> date:
    """The `count`-th worked day after `day`, which is not counted."""
    for _ in range(count):
        day = next_working_day(day + timedelta(days=1), region)
    return day
