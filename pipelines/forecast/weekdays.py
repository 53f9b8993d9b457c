"""On which days of the week the money arrives; a bank holiday counts as a Sunday until payments show otherwise."""

import numpy as np

from models.dates import public_holidays
from pipelines.forecast.arrays import EARLIEST, GRID, Days, Floats, Rows, day_date, day_number, exposure
from pipelines.forecast.prior import WEEKDAYS

#: The factors are learnt from the payments of this many days before the origin, and blended with the prior as if it
#: had seen PRIOR_PAYMENTS expected payments on each weekday.
MEMORY, PRIOR_PAYMENTS = 180, 2.0
WEEK, SUNDAY = 7, 6
#: The type of a bank holiday that is no Sunday, behind the seven weekdays.
HOLIDAY = WEEK


def weekday(day: Days) -> Days:
    """Monday 0 to Sunday 6; 1970-01-01 was a Thursday."""
    return (day + 3) % WEEK


def holidays_between(first: int, last: int) -> Days:
    """French public holidays from the first to the last day, both included, in order; those on a Sunday are Sundays."""
    years = range(day_date(first).year, day_date(last).year + 1)
    days = sorted(day_number(day) for year in years for day in public_holidays(year))
    found = np.array([day for day in days if first <= day <= last], dtype=np.int64)
    return np.asarray(found[weekday(found) != SUNDAY], dtype=np.int64)


def day_types(first: int, count: int) -> Days:
    """The weekday of `count` days from the first on, or HOLIDAY."""
    types = weekday(np.arange(first, first + count))
    types[holidays_between(first, first + count - 1) - first] = HOLIDAY
    return types


def weekday_factors(rows: Rows, origins: Days, hazard: Floats) -> Floats:
    """Payments observed per payment expected, (origins, 8): Monday first, and HOLIDAY.

    Args:
        rows: the invoices that each origin learns from.
        origins: the origins, as days.
        hazard: all payments per invoice at risk, by days after due and without any smoothing, (origins, GRID): what
            it expects over the whole window is what came, so that the factors also tell whether the last months were
            faster or slower than the window as a whole.
    """
    if not len(origins):
        return np.zeros((0, WEEK + 1))
    since = origins[rows.origin] - MEMORY
    holidays = holidays_between(int(origins.min()) - MEMORY, int(origins.max()))
    recent = rows.is_paid & (rows.last >= since)
    paid_type = np.where(np.isin(rows.last[recent], holidays), HOLIDAY, weekday(rows.last[recent]))
    types = WEEK + 1
    where = rows.origin[recent] * types + paid_type
    observed = np.bincount(where, rows.share[recent], minlength=len(origins) * types).reshape(-1, types)
    expected = np.pad(_expected(rows, since, hazard), ((0, 0), (0, 1)))
    for holiday in holidays:
        watched = np.flatnonzero((rows.first <= holiday) & (rows.last >= holiday) & (since <= holiday))
        x = np.clip(holiday - rows.due[watched] - EARLIEST, 0, GRID - 1)
        chance = rows.share[watched] * hazard[rows.origin[watched], x]
        moved = np.bincount(rows.origin[watched], chance, minlength=len(origins))
        expected[:, weekday(holiday)] -= moved
        expected[:, HOLIDAY] += moved
    expected = np.maximum(expected, 0) + PRIOR_PAYMENTS
    factors = np.empty(observed.shape)
    factors[:, :WEEK] = (observed[:, :WEEK] + PRIOR_PAYMENTS * WEEKDAYS) / expected[:, :WEEK]
    factors[:, HOLIDAY] = (observed[:, HOLIDAY] + PRIOR_PAYMENTS * factors[:, SUNDAY]) / expected[:, HOLIDAY]
    return factors


def _expected(rows: Rows, since: Days, hazard: Floats) -> Floats:
    """Payments expected on each weekday of the memory, (origins, 7).

    Invoices are grouped by the weekday of their due date, so that x tells the weekday.
    """
    due_type = weekday(rows.due)
    first = np.maximum(rows.first, since)
    seen = rows.last >= first
    group = (rows.origin * WEEK + due_type)[seen]
    start, end = (first - rows.due)[seen], (rows.last - rows.due)[seen]
    at_risk, _ = exposure(group, len(hazard) * WEEK, start, end, rows.is_paid[seen], rows.share[seen])
    expected = at_risk.reshape(len(hazard), WEEK, GRID) * hazard[:, None, :]
    x = np.arange(EARLIEST, EARLIEST + GRID)
    paid_type = (np.arange(WEEK)[:, None] + x) % WEEK
    cell = np.arange(len(hazard))[:, None, None] * WEEK + paid_type
    # In the order of the days, so that an origin's sums are the same whatever origins it is looked at with.
    sums = np.bincount(cell.ravel(), expected.ravel(), minlength=len(hazard) * WEEK)
    return np.asarray(sums.reshape(-1, WEEK), dtype=np.float64)
