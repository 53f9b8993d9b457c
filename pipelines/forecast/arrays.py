"""Payment histories as arrays, and the counts that every delay curve is made of.

Days are whole days since 1970-01-01; x is the number of days after the due date, negative before it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

Days = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Curves know the days from EARLIEST before the due date on, GRID of them; earlier or later ones are clipped.
EARLIEST, GRID = -120, 520
#: A payment day later than any origin: not paid, or not yet known to be.
NEVER = 10**7
#: Curves learn from invoices issued in this many days before the origin: older habits mislead more than they help.
WINDOW = 365
#: Upper ends of the payment-terms segments, days from issue to due date.
_TERMS_ENDS = np.array([8, 21, 36, 51])
SEGMENTS = len(_TERMS_ENDS) + 1
_EPOCH = date(1970, 1, 1)
#: Less of an invoice than this is none.
_TRACE = 1e-7


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def day_date(day: int) -> date:
    """The calendar date of a day number."""
    return _EPOCH + timedelta(days=int(day))


def day_numbers(dates: pl.Series) -> Days:
    """A date column as day numbers; null is NEVER."""
    return dates.cast(pl.Int32).fill_null(NEVER).to_numpy().astype(np.int64)


def terms_segment(terms: Days) -> Days:
    """Which payment-terms segment an invoice falls in: under 8 days, 8 to 20, 21 to 35, 36 to 50, longer."""
    return np.searchsorted(_TERMS_ENDS, terms, side="right").astype(np.int64)


@dataclass(frozen=True)
class Payments:
    """One row per invoice of the history, or part of one that was paid apart, by issue date.

    `paid` is NEVER when no payment is known before the origin. `share` is the part of the invoice, 1 for a whole one.
    `clients` is how many codes `client` may hold.
    """

    client: Days
    issue: Days
    due: Days
    paid: Days
    amount: Floats
    share: Floats
    clients: int


@dataclass(frozen=True)
class Rows:
    """Invoices as seen at several origins: one row per (origin, invoice) that the origin may learn from.

    `first` and `last` are the days between which the invoice was unpaid and watched, both included; `is_paid` says
    that it was paid on `last`, else it is still unpaid at the origin (right-censored).
    """

    origin: Days  # position in the list of origins
    client: Days
    due: Days
    first: Days
    last: Days
    is_paid: Flags
    segment: Days
    share: Floats


@dataclass(frozen=True)
class OpenRows:
    """Invoices that were open at the start of an origin: one row per (origin, open invoice).

    `origin` is the position in the list of origins; `amount` is what was still owed.
    """

    origin: Days
    client: Days
    issue: Days
    due: Days
    amount: Floats

    def take(self, rows: Days) -> "OpenRows":
        """Some of the rows."""
        return OpenRows(self.origin[rows], self.client[rows], self.issue[rows], self.due[rows], self.amount[rows])


def rows_at(payments: Payments, origins: Days) -> Rows:
    """What each origin may learn from: invoices issued in the WINDOW days before it, payments dated before it."""
    start = np.searchsorted(payments.issue, origins - WINDOW, side="left")
    stop = np.searchsorted(payments.issue, origins, side="left")
    lengths = stop - start
    origin = np.repeat(np.arange(len(origins)), lengths)
    ends = np.cumsum(lengths)
    row = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths - start, lengths)
    day = origins[origin]
    issue, due, paid = payments.issue[row], payments.due[row], payments.paid[row]
    is_paid = paid < day
    last = np.maximum(np.where(is_paid, paid, day - 1), issue)
    return Rows(origin, payments.client[row], due, issue, last, is_paid, terms_segment(due - issue), payments.share[row])


def exposure(
    group: Days, groups: int, first: Days, last: Days, is_paid: Flags, weight: Floats, columns: tuple[int, int] = (0, GRID)
) -> tuple[Floats, Floats]:
    """How many invoices were unpaid at the start of each day x, and how many of them were paid that day.

    Args:
        group: what each invoice is counted in, 0 to groups - 1.
        groups: how many groups there are.
        first: first day of watching, as x.
        last: last day, included.
        is_paid: whether the last day is the day of payment.
        weight: how much each counts.
        columns: which days of the grid are wanted, from the first up to before the second.

    Returns:
        Two arrays of counts (groups, days). The day of entry counts (delayed entry): an invoice is not at risk before its issue.
    """
    low, high = columns
    days, start = high - low, EARLIEST + low
    base = group * (days + 1)
    enters = np.clip(first - start, 0, days)
    leaves = np.clip(last - start + 1, 0, days)
    size = groups * (days + 1)
    change: Floats = _summed_at(base + enters, weight, size) - _summed_at(base + leaves, weight, size)
    at_risk = np.cumsum(change.reshape(groups, days + 1), axis=1)[:, :days]
    position = last - start
    counted = is_paid & (position >= 0) & (position < days)
    paid = _summed_at(group[counted] * days + position[counted], weight[counted], groups * days).reshape(groups, days)
    # What enters and leaves in unequal parts leaves a trace of rounding behind.
    return np.where(at_risk < _TRACE, 0.0, at_risk), paid


def _summed_at(position: Days, weight: Floats, size: int) -> Floats:
    """The sum of the weights at each position."""
    return np.asarray(np.bincount(position, weight, minlength=size), dtype=np.float64)


def smoothed_hazard(at_risk: Floats, paid: Floats, least: int = 8) -> Floats:
    """Payments per invoice at risk, over the smallest symmetric window of days that holds `least` payments.

    Where no window does, over all days; 0 where nothing was ever at risk.
    """
    risks, payments = (np.pad(np.cumsum(a, axis=1), ((0, 0), (1, 0))) for a in (at_risk, paid))
    day = np.arange(GRID)
    hazard = np.zeros(at_risk.shape)
    is_set = np.zeros(at_risk.shape, dtype=bool)
    for reach in (0, 1, 2, 4, 7, 15, 30, 60, 120, 240, GRID):
        low, high = np.maximum(day - reach, 0), np.minimum(day + reach + 1, GRID)
        count = payments[:, high] - payments[:, low]
        risk = risks[:, high] - risks[:, low]
        takes = ~is_set & ((count >= least - _TRACE) | (reach == GRID))
        hazard[takes] = count[takes] / np.maximum(risk[takes], _TRACE)
        is_set |= takes
    return hazard
