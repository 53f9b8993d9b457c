"""Payables at a date: what suppliers are owed, how late, when each invoice is expected to be paid, what early payment saves."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from models.dates import next_working_day, previous_working_day
from models.money import MONEY, ZERO, round_half_up
from models.settings import WEEKDAYS, Settings
from models.tables import BUCKETS, Schema, conform
from pipelines.forecast.items import ITEMS
from pipelines.ledger import Ledger
from pipelines.receivables import bucket, only_counting, only_currency, outstanding

#: One row per supplier invoice or deposit still owed, the earliest due first.
PAYABLES: Schema = {
    "document_id": pl.String,
    "number": pl.String,
    "supplier_id": pl.String,
    "supplier": pl.String,
    "issue_date": pl.Date,
    "due_date": pl.Date,
    "amount": MONEY,
    "outstanding": MONEY,
    "days_late": pl.Int64,  # negative before the due date
    "bucket": pl.String,
    "status": pl.String,  # late | due_today | to_pay | partly_paid
    "currency": pl.String,
    "pay_on": pl.Date,  # expected; after the as-of date
    "why": pl.String,  # chosen | due | habit: what `pay_on` comes from
    "discount_rate": pl.Decimal(9, 4),  # null where none is granted, or its day has passed
    "discount_until": pl.Date,
    "annual_rate": pl.Float64,  # what the discount is worth, in % a year
    "discounted": MONEY,  # what is to pay with it
    "ordered_on": pl.Date,
}

#: Days looked back for a habit, and invoices that show one.
_MEMORY, _LEAST = 365, 3
_YEAR = 365
_ZERO = pl.lit(ZERO, MONEY)


def true_annual_rate(rate: Decimal, days: int) -> float:
    """What a discount is worth in % a year, when it is had for paying `days` sooner: 2 % for 20 days is 37.2 %.

    Simple interest on what is paid, as banks quote a credit: rate / (1 - rate) x 365 / days.
    """
    return float(rate) / (1 - float(rate)) * _YEAR / days * 100


def payables(ledger: Ledger, *, as_of: date, currency: str | None = None) -> pl.DataFrame:
    """PAYABLES of the supplier invoices issued by `as_of` that are not settled then."""
    documents = only_currency(ledger.documents, currency)
    owed = outstanding(documents, ledger.allocations, as_of=as_of, direction="purchase").filter(pl.col("outstanding") > 0)
    late = (pl.lit(as_of) - pl.col("due_date")).dt.total_days()
    delays = supplier_delays(ledger, as_of=as_of)
    rows = (
        owed.join(ledger.payment_choices, on="document_id", how="left", validate="1:1")
        .join(delays, on="client_id", how="left", validate="m:1")
        .with_columns(supplier_id="client_id", supplier="client", days_late=late)
        .with_columns(bucket=bucket(pl.col("days_late")), status=_status())
        .sort("due_date", "number", "document_id")
    )
    usual = int(str(delays["delay"].median() or 0).split(".")[0]) if delays.height else 0
    expected = [
        _expected(due, chosen, usual if delay is None else delay, ledger.settings, as_of)
        for due, chosen, delay in rows.select("due_date", "pay_on", "delay").iter_rows()
    ]
    schema: Schema = {"pay_on": pl.Date, "why": pl.String}
    return (
        rows.with_columns(pl.DataFrame(expected, schema=schema, orient="row"))
        .pipe(_with_discounts, as_of)
        .pipe(conform, PAYABLES)
    )


def supplier_items(owed: pl.DataFrame) -> pl.DataFrame:
    """ITEMS of kind supplier: each invoice of PAYABLES on the day on which it is expected to be paid.

    One that is paid by the last day of its discount is paid less the discount.
    """
    is_early = (pl.col("pay_on") <= pl.col("discount_until")).fill_null(value=False)
    return owed.select(
        date="pay_on",
        kind=pl.lit("supplier"),
        item_id="document_id",
        label="number",
        client="supplier",
        amount=(-pl.when(is_early).then("discounted").otherwise("outstanding")).cast(MONEY),
        for_date="pay_on",
    ).pipe(conform, ITEMS)


def aged_payables(ledger: Ledger, *, as_of: date, currency: str | None = None) -> pl.DataFrame:
    """The aged balance of suppliers: supplier, the buckets, open_credits (negative) and total; the largest overdue first."""
    rows = payables(ledger, as_of=as_of, currency=currency)
    owed = rows.group_by("supplier_id", "supplier").agg(
        pl.col("outstanding").filter(pl.col("bucket") == name).sum().cast(MONEY).alias(name) for name in BUCKETS
    )
    unused = supplier_credits(ledger, as_of=as_of, currency=currency)
    known = owed.join(unused, on=["supplier_id", "supplier"], how="full", coalesce=True, validate="1:1")
    money = [pl.col(name).fill_null(_ZERO).cast(MONEY) for name in (*BUCKETS, "open_credits")]
    overdue = pl.sum_horizontal(BUCKETS[1:])
    return (
        known.with_columns(money)
        .with_columns(total=pl.sum_horizontal(*BUCKETS, "open_credits").cast(MONEY))
        .sort(overdue, "total", "supplier", "supplier_id", descending=[True, True, False, False])
    )


def supplier_credits(ledger: Ledger, *, as_of: date, currency: str | None = None) -> pl.DataFrame:
    """supplier_id, supplier, open_credits (negative): what of suppliers' credit notes no invoice has used."""
    used = only_counting(ledger.allocations, as_of=as_of).filter(pl.col("source") == "credit_note")
    used = used.group_by(document_id="source_id").agg(used=pl.col("amount").sum().cast(MONEY))
    is_note = (pl.col("direction") == "purchase") & (pl.col("kind") == "credit_note") & (pl.col("issue_date") <= as_of)
    left = (pl.col("used").fill_null(_ZERO) - pl.col("amount")).cast(MONEY)
    return (
        only_currency(ledger.documents, currency)
        .filter(is_note)
        .join(used, on="document_id", how="left", validate="1:1")
        .group_by(supplier_id="client_id", supplier="client")
        .agg(open_credits=left.sum().cast(MONEY))
        .filter(pl.col("open_credits") < 0)
    )


def supplier_delays(ledger: Ledger, *, as_of: date) -> pl.DataFrame:
    """client_id, delay, n: the median days after the due date on which the company paid each supplier in the last year."""
    paid = (
        only_counting(ledger.allocations, as_of=as_of)
        .filter(pl.col("source").is_in(["bank", "declared"]) & pl.col("is_dated"))
        .group_by("document_id")
        .agg(paid_on=pl.col("counts_from").max())
    )
    since = as_of - timedelta(days=_MEMORY)
    return (
        outstanding(ledger.documents, ledger.allocations, as_of=as_of, direction="purchase")
        .filter(pl.col("outstanding") == 0)
        .join(paid, on="document_id", how="inner", validate="1:1")
        .filter(pl.col("paid_on") >= since)
        .group_by("client_id")
        .agg(delay=(pl.col("paid_on") - pl.col("due_date")).dt.total_days().median().round().cast(pl.Int64), n=pl.len())
        .filter(pl.col("n") >= _LEAST)
        .sort("client_id")
    )


def payment_day(wanted: date, settings: Settings, *, after: date, is_latest: bool) -> date:
    """The day on which the company would pay: one of its payment days, worked, and later than `after`.

    Args:
        wanted: the day aimed at.
        settings: the weekday of payments, and the public holidays.
        after: the first possible day is the next one.
        is_latest: not later than `wanted` if that can be; else the first payment day from `wanted` on.
    """
    if settings.payment_day == "any":
        day = previous_working_day(wanted, settings.region) if is_latest else next_working_day(wanted, settings.region)
        return day if day > after else next_working_day(after + timedelta(days=1), settings.region)
    weekday = WEEKDAYS.index(settings.payment_day)
    earlier = wanted - timedelta(days=(wanted.weekday() - weekday) % 7)
    day = earlier if is_latest or earlier == wanted else earlier + timedelta(days=7)
    while day <= after:
        day += timedelta(days=7)
    return next_working_day(day, settings.region)


def next_payment_days(settings: Settings, *, after: date, last: date) -> list[date]:
    """The payment days after a date, up to the last one."""
    days: list[date] = []
    day = payment_day(after + timedelta(days=1), settings, after=after, is_latest=False)
    while day <= last:
        days.append(day)
        day = payment_day(day + timedelta(days=1), settings, after=day, is_latest=False)
    return days


def _expected(due: date, chosen: date | None, delay: int, settings: Settings, as_of: date) -> tuple[date, str]:
    """When an invoice is expected to be paid, and why."""
    if chosen is not None and chosen > as_of:
        return chosen, "chosen"
    if settings.pay_suppliers == "habit":
        return payment_day(due + timedelta(days=delay), settings, after=as_of, is_latest=False), "habit"
    return payment_day(due, settings, after=as_of, is_latest=True), "due"


def _with_discounts(rows: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The discount of each row while it can still be had: its true annual rate, and what is to pay with it."""
    is_open = (pl.col("discount_until") > as_of) & (pl.col("discount_until") < pl.col("due_date"))
    rows = rows.with_columns(pl.when(is_open).then(name).alias(name) for name in ("discount_rate", "discount_until"))
    found = [
        (None, None) if rate is None else (true_annual_rate(rate, (due - until).days), round_half_up(owed * (1 - rate)))
        for rate, until, due, owed in rows.select("discount_rate", "discount_until", "due_date", "outstanding").iter_rows()
    ]
    schema: Schema = {"annual_rate": pl.Float64, "discounted": MONEY}
    return rows.with_columns(pl.DataFrame(found, schema=schema, orient="row"))


def _status() -> pl.Expr:
    return (
        pl.when(pl.col("days_late") >= 1)
        .then(pl.lit("late"))
        .when(pl.col("allocated") > 0)
        .then(pl.lit("partly_paid"))
        .when(pl.col("days_late") == 0)
        .then(pl.lit("due_today"))
        .otherwise(pl.lit("to_pay"))
    )
