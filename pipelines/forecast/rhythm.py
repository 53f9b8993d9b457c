"""The rhythm of a movement that comes back: its period, its day, and how it shifts to a working day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.forecast.arrays import Days, Flags, Floats
from pipelines.forecast.working_days import WorkingDays, day_of_month, month_number

#: Days of the longest month.
_LONGEST = 31
#: A date counts as at most this far off its rule, in days; periods mostly filled, once each.
_CAP, _FILLED, _CROWDED = 10.0, 0.6, 1.2
#: How near its rule a flow's dates are on average, in days, by how often it was seen: the fewer, the nearer.
_NEAR = np.array([0.0, 0.0, 2.0, 0.34, 0.75, 1.0, 1.5])
#: Days of the month that are tried, first with the shift forward, then backward; of equals the one that shifts least wins.
_RULES = np.concatenate([np.arange(_LONGEST, 0, -1), np.arange(1, _LONGEST + 1)])


@dataclass(frozen=True)
class Period:
    """How often a movement comes.

    Attributes:
        days: its usual length. `low` and `high`: the least and most median gap between two dates.
        months: its length in months; 0: by weekday.
        least: dates that show it.
    """

    days: float
    low: int
    high: int
    months: int
    least: int


PERIODS = {
    "weekly": Period(7.0, 5, 9, 0, 4),
    "monthly": Period(30.4, 25, 36, 1, 3),
    "bimonthly": Period(60.9, 55, 67, 2, 3),
    "quarterly": Period(91.3, 80, 101, 3, 3),
    "yearly": Period(365.25, 355, 376, 12, 2),
}


@dataclass(frozen=True)
class Fit:
    """What the dates of flows follow, one value per flow.

    Attributes:
        day: of the month, or the weekday from Monday 0.
        is_forward: it shifts to the next working day, else to the one before.
        is_regular: its dates follow the rule closely.
        base: the month (or day of the week) of its last date, from which the next ones count.
    """

    day: Days
    is_forward: Flags
    is_regular: Flags
    base: Days


def fitted(period: Period, booked: Days, starts: Days, calendar: WorkingDays) -> Fit:
    """The day rule that comes nearest to the dates of each flow.

    Args:
        period: how often they come.
        booked: the dates of all flows, one flow after the other, each in order.
        starts: where each flow starts.
        calendar: the working days.
    """
    return _monthly(booked, starts, period.months, calendar) if period.months else _weekly(booked, starts, calendar)


def dates_ahead(period: Period, fit: Fit, count: int, calendar: WorkingDays) -> Days:
    """The next `count` dates of each flow, (flows, count)."""
    ahead = np.arange(1, count + 1)
    if period.months:
        nominal = day_of_month(fit.base[:, None] + period.months * ahead, fit.day[:, None])
    else:
        nominal = fit.base[:, None] + 7 * ahead
    forward, backward = (calendar.shifted(nominal, forward=side) for side in (True, False))
    return np.asarray(np.where(fit.is_forward[:, None], forward, backward))


def _near(counts: Days) -> Floats:
    return np.asarray(_NEAR[np.minimum(counts, len(_NEAR) - 1)])


def _monthly(booked: Days, starts: Days, step: int, calendar: WorkingDays) -> Fit:
    """The day of the month and the shift. A date may belong to the month before or after, when the shift carried it over."""
    months = month_number(booked)[:, None] - np.array([0, 1, -1])
    errors = np.full((len(booked), len(_RULES), 3), _CAP)
    for position, forward in ((slice(_LONGEST), True), (slice(_LONGEST, None), False)):
        nominal = day_of_month(months[:, None, :], _RULES[position][None, :, None])
        off = np.abs(calendar.shifted(nominal, forward=forward) - booked[:, None, None])
        errors[:, position] = np.minimum(off, _CAP)
    cost: Floats = np.add.reduceat(errors.min(axis=2), starts, axis=0)
    counts = np.diff(np.append(starts, len(booked)))
    best = cost.argmin(axis=1)
    mean = cost[np.arange(len(starts)), best] / counts
    own = np.repeat(best, counts)
    month = np.take_along_axis(months, errors[np.arange(len(booked)), own].argmin(axis=1)[:, None], axis=1)[:, 0]
    last = month[np.append(starts[1:], len(booked)) - 1]
    filled = counts / ((last - month[starts]) / step + 1)
    is_regular = (mean <= _near(counts)) & _is_filled(filled)
    return Fit(_RULES[best], best < _LONGEST, is_regular, last)


def _weekly(booked: Days, starts: Days, calendar: WorkingDays) -> Fit:
    """The weekday; a flow counts from the day of that week on which its last date fell."""
    counts = np.diff(np.append(starts, len(booked)))
    flow = np.repeat(np.arange(len(starts)), counts)
    week = (booked + 3) // 7 * 7 - 3
    cost = np.zeros((len(starts), 7))
    for day in range(7):
        off = np.abs(calendar.shifted(week + day, forward=True) - booked)
        cost[:, day] = np.bincount(flow, np.minimum(off, _CAP), minlength=len(starts))
    best = cost.argmin(axis=1)
    ends = np.append(starts[1:], len(booked)) - 1
    filled = counts / ((week[ends] - week[starts]) / 7 + 1)
    is_regular = (cost.min(axis=1) / counts <= _near(counts) / 2) & _is_filled(filled)
    return Fit(best, np.ones(len(starts), dtype=bool), is_regular, week[ends] + best)


def _is_filled(share: Floats) -> NDArray[np.bool_]:
    return np.asarray((share >= _FILLED) & (share <= _CROWDED))
