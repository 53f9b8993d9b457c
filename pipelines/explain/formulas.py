"""The arithmetic of figures: ratios that may lack a divisor, and the count-back DSO month by month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from models.dates import month_end, month_start
from models.money import ZERO

Number = Decimal | float
_TENTH = Decimal("0.1")


def ratio(part: Number, whole: Number, times: float = 1.0) -> float | None:
    """part / whole * times, in floating point; None when `whole` is zero or negative."""
    return None if whole <= 0 else float(part) / float(whole) * times


def dso_parts(
    dso: Number | None, best: Number | None, late: Number | None, unused: Number | None
) -> tuple[float, float, float] | tuple[None, None, None]:
    """The three parts of a DSO at one decimal, so that what is shown adds up: DSO = best + late - unused credits, in days.

    The DSO and the best possible one have tiles of their own and stay as they are rounded there. The credits take what
    rounding leaves; the delay does where they are too small for it.
    """
    if dso is None or best is None or late is None or unused is None:
        return None, None, None
    whole, first, second, less = (Decimal(str(days)).quantize(_TENTH) for days in (dso, best, late, unused))
    left = first + second - less - whole
    if less > 0 and less + left >= 0:
        less += left
    else:
        second -= left
    return float(first), float(second), float(less)


@dataclass(frozen=True)
class MonthTaken:
    """A month of the count-back DSO.

    Attributes:
        first, last: its days that count; the latest month may be partial.
        sales: what was sold in them.
        owed: the receivables that were still to be explained. `left`: after this month.
        days: how many of its days are counted.
    """

    first: date
    last: date
    sales: Decimal
    owed: Decimal
    left: Decimal
    days: float


def months_taken(owed: Decimal, sales_by_month: Mapping[date, Decimal], *, as_of: date, first: date | None) -> list[MonthTaken]:
    """The months whose sales make up what is owed, going back from `as_of` (contract 2).

    A month whose sales are 0 or less adds its days and subtracts nothing. What is `left` in the last row is 0.00 unless
    something remains before the first month of sales.

    Args:
        owed: the receivables.
        sales_by_month: sales by the first day of their month; months without sales may be absent.
        as_of: the last day that counts.
        first: the month of the first sales document.
    """
    taken: list[MonthTaken] = []
    remaining, end = owed, as_of
    while remaining > 0 and first is not None and end >= first:
        month = month_start(end)
        month_days = (min(end, month_end(end)) - month).days + 1
        sales = sales_by_month.get(month, ZERO)
        if sales > 0 and remaining < sales:
            days, left = float(remaining) / float(sales) * month_days, ZERO
        else:
            days, left = float(month_days), remaining - max(sales, ZERO)
        taken.append(MonthTaken(month, end, sales, remaining, left, days))
        remaining, end = left, month - timedelta(days=1)
    return taken


def countback(owed: Decimal, taken: list[MonthTaken]) -> float | None:
    """Count-back DSO: the days of those months. 0 if nothing is owed; None if they do not make up what is owed."""
    if owed <= 0:
        return 0.0
    if not taken or taken[-1].left > 0:
        return None
    return sum(month.days for month in taken)


def effectiveness(before: Decimal, invoiced: Decimal, credited: Decimal, gross: Decimal, not_due: Decimal) -> float | None:
    """Collection effectiveness index (CEI): 100 when all that was due was collected."""
    due = before + invoiced - credited
    return ratio(due - gross, due - not_due, 100)
