"""What to pay, and when: supplier invoices laid on payment days so that cash stays above the floor where it can."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Any

import polars as pl

from models.money import MONEY, ZERO
from models.settings import Settings
from models.tables import Schema
from pipelines.forecast.curve import Forecast, forecast
from pipelines.ledger import Ledger
from pipelines.payables import to_pay
from pipelines.payables_ahead import only_payable
from pipelines.payment_days import next_payment_days, payment_day

#: One row per supplier invoice, by payment day; the invoices that do not fit come last.
PAYMENT_PLAN: Schema = {
    "pay_on": pl.Date,  # null: nothing fits before the last day
    "document_id": pl.String,
    "number": pl.String,
    "supplier_id": pl.String,
    "supplier": pl.String,
    "due_date": pl.Date,
    "to_pay": MONEY,  # less the credit notes of the supplier, and the discount where it is taken
    "saved": MONEY,
    "credited": MONEY,  # by the credit notes of the supplier; null where none
    "annual_rate": pl.Float64,  # of the discount taken
    "reason": pl.String,  # late | discount | due | ordered | chosen | postponed (not on time: the floor) |
    # no_cash (not at all) | old (late for long, so perhaps paid: not before a person chooses its day)
    "days_late_then": pl.Int64,  # on the payment day, 0 if in time
}

#: A discount worth less than this, in % a year, is not paid early for.
LEAST_RATE = 8.0


def plan_payments(ledger: Ledger, *, as_of: date, days: int, currency: str) -> pl.DataFrame:
    """PAYMENT_PLAN within the prudent forecast (P10) of the `days` days after `as_of`, the payments themselves left out."""
    return plan_within(forecast(ledger, as_of=as_of, days=days, currency=currency), ledger.settings)


def plan_within(ahead: Forecast, settings: Settings) -> pl.DataFrame:
    """The same within a forecast that was made already."""
    paid = ahead.items.filter(pl.col("kind") == "supplier")
    by_day = dict(paid.group_by("date").agg(pl.col("amount").sum().cast(MONEY)).iter_rows())
    back = accumulate(-by_day.get(day, ZERO) for day in ahead.dates)
    cash = [(day, low + more) for day, low, more in zip(ahead.dates, ahead.balances.p10, back, strict=True)]
    return payment_plan(only_payable(ahead.payables), cash, settings, floor=ahead.floor, as_of=ahead.opening_date)


def days_to_keep(plan: pl.DataFrame) -> dict[str, date]:
    """The days of a plan that keeping it records, by document_id: neither ordered transfers nor days that a person chose."""
    is_free = ~pl.col("reason").is_in(["ordered", "chosen"])
    return dict(plan.filter(is_free).drop_nulls("pay_on").select("document_id", "pay_on").iter_rows())


def payment_plan(
    owed: pl.DataFrame, cash: Sequence[tuple[date, Decimal]], settings: Settings, *, floor: Decimal, as_of: date
) -> pl.DataFrame:
    """PAYMENT_PLAN: on which payment day to pay each invoice.

    The most urgent and costly come first: the latest invoices, then those due first. A discount is taken where cash allows
    it and it is worth LEAST_RATE. What is ordered, or has a day that a person chose, stays on its day, and takes its cash before
    the others do. Any other invoice for which cash would fall below the floor on any later day goes to the first
    payment day on which it does not.

    Args:
        owed: PAYABLES_AHEAD.
        cash: the prudent balance at the end of each coming day, without any supplier payment.
        settings: the payment days.
        floor: the balance not to fall below.
        as_of: payments are later.
    """
    if owed.is_empty() or not cash:
        return pl.DataFrame(schema=PAYMENT_PLAN)
    room = _Room([day for day, _ in cash], [amount - floor for _, amount in cash])
    days = next_payment_days(settings, after=as_of, last=cash[-1][0])
    is_late = pl.col("days_late") > 0
    ranked = (
        owed.with_columns(asked=to_pay())
        .filter(pl.col("asked") > 0)
        .sort(
            pl.col("ordered_on").is_null(),
            (pl.col("why") != "chosen").fill_null(value=True),
            ~is_late,
            "due_date",
            -pl.col("annual_rate").fill_null(0.0),
            "outstanding",
            "document_id",
        )
    )
    rows = [
        _row(row, None, row["asked"], "old")
        if row["why_not"] == "old"
        else _placed(row, room, days, settings, as_of, cash[-1][0])
        for row in ranked.iter_rows(named=True)
    ]
    plan = pl.DataFrame([row for row in rows if row is not None], schema=PAYMENT_PLAN)
    return plan.sort("pay_on", "due_date", "number", "document_id", nulls_last=True)


class _Room:
    """Cash above the floor at the end of each day, less what has been laid on it."""

    def __init__(self, days: Sequence[date], free: list[Decimal]) -> None:
        self._days, self._free = list(days), free

    def holds(self, day: date, amount: Decimal) -> bool:
        """Whether that much can leave on that day without any later day falling below the floor."""
        later = [free for d, free in zip(self._days, self._free, strict=True) if d >= day]
        return bool(later) and min(later) >= amount

    def take(self, day: date, amount: Decimal) -> None:
        """Lay a payment on a day."""
        self._free = [free - amount if d >= day else free for d, free in zip(self._days, self._free, strict=True)]


def _placed(
    row: dict[str, Any], room: _Room, days: Sequence[date], settings: Settings, as_of: date, last: date
) -> dict[str, Any] | None:
    """The invoice's row of the plan, its payment laid on the room; None if it is due after the last day."""
    due, whole, rate = row["due_date"], row["asked"], row["annual_rate"]
    if isinstance(row["ordered_on"], date):
        wanted = max(row["pay_on"], as_of)
        room.take(wanted, whole)
        return _row(row, wanted, whole, "ordered")
    until = row["discount_until"] if isinstance(rate, float) else None
    less = whole - (row["outstanding"] - row["discounted"]) if until else whole
    if row["why"] == "chosen":
        return _chosen(row, room, less if until and row["pay_on"] <= until and row["seen"] is None else whole, last)
    if until and rate >= LEAST_RATE:
        early = payment_day(until, settings, after=as_of, is_latest=True)
        if early <= until and room.holds(early, less):
            room.take(early, less)
            return _row(row, early, less, "discount")
    wanted = payment_day(due, settings, after=as_of, is_latest=True)
    if wanted > last:
        return None
    for day in [wanted, *(d for d in days if d > wanted)]:
        if room.holds(day, whole):
            room.take(day, whole)
            reason = ("late" if due <= as_of else "due") if day == wanted else "postponed"
            return _row(row, day, whole, reason)
    return _row(row, None, whole, "no_cash")


def _chosen(row: dict[str, Any], room: _Room, to_pay: Decimal, last: date) -> dict[str, Any] | None:
    """The row of an invoice on the day that a person chose, whatever the floor; None if that is after the last day."""
    if row["pay_on"] > last:
        return None
    room.take(row["pay_on"], to_pay)
    return _row(row, row["pay_on"], to_pay, "chosen")


def _row(row: dict[str, Any], day: date | None, to_pay: Decimal, reason: str) -> dict[str, Any]:
    due, whole = row["due_date"], row["asked"]
    is_taken = to_pay < whole
    return {name: row[name] for name in ("document_id", "number", "supplier_id", "supplier", "due_date")} | {
        "pay_on": day,
        "to_pay": to_pay,
        "saved": whole - to_pay if is_taken else None,
        "credited": row["credited"] or None,
        "annual_rate": row["annual_rate"] if is_taken else None,
        "reason": reason,
        "days_late_then": None if day is None else max((day - due).days, 0),
    }
