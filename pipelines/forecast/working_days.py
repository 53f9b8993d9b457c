"""Working-day shifts of many dates at once, as day numbers (days since 1970-01-01)."""

from dataclasses import dataclass

import numpy as np

from models.dates import public_holidays
from pipelines.forecast.arrays import Days, day_date, day_number

_WORKED = 5
#: Days that a table knows beyond its ends; no run of days off is as long.
_MARGIN = 62


@dataclass(frozen=True)
class WorkingDays:
    """For each day from `first` on, the worked day on which a bank books what falls on it."""

    first: int
    following: Days
    preceding: Days

    def shifted(self, days: Days, *, forward: bool) -> Days:
        """Each day itself if it is worked, else the next worked day, or the last one before it."""
        table = self.following if forward else self.preceding
        return np.asarray(table[np.clip(days - self.first, 0, len(table) - 1)])


def working_days(first: int, last: int, region: str) -> WorkingDays:
    """The table for the days from `first` to `last`, and two months around them."""
    low, high = first - _MARGIN, last + _MARGIN
    day = np.arange(low, high + 1)
    years = range(day_date(low).year, day_date(high).year + 1)
    holidays = np.array(sorted(day_number(d) for year in years for d in public_holidays(year, region)), dtype=np.int64)
    is_worked = ((day + 3) % 7 < _WORKED) & ~np.isin(day, holidays)
    following = np.minimum.accumulate(np.where(is_worked, day, high)[::-1])[::-1]
    return WorkingDays(low, following, np.maximum.accumulate(np.where(is_worked, day, low)))


def month_number(days: Days) -> Days:
    """Months since January 1970."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def day_of_month(months: Days, day: Days) -> Days:
    """The day number of that day of each month; a day that the month does not have is its last one."""
    start = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    end = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1
    return np.asarray(np.minimum(start + day - 1, end), dtype=np.int64)
