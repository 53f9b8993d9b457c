"""Payables at a date: what suppliers are owed, how late, when each invoice is expected to be paid, what early payment saves."""

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from models.money import MONEY, ZERO, round_half_up
from models.settings import Settings
from models.tables import BUCKETS, Schema, conform
from pipelines.kept import kept_with_ledger
from pipelines.ledger import Ledger
from pipelines.parties import client_names
from pipelines.payment_days import payment_day
from pipelines.receivables import bucket, day_paid, only_counting, only_currency, outstanding

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
    "status": pl.String,  # disputed | late | due_today | to_pay | partly_paid
    "currency": pl.String,
    "pay_on": pl.Date,  # expected; after the as-of date
    "why": pl.String,  # chosen | due | habit: what `pay_on` comes from
    "discount_rate": pl.Decimal(9, 4),  # null where none is granted, or its day has passed
    "discount_until": pl.Date,
    "annual_rate": pl.Float64,  # what the discount is worth, in % a year
    "discounted": MONEY,  # what is to pay with it
    "credited": MONEY,  # what the supplier's open credit notes take off it
    "seen": MONEY,  # what debits that nobody has accepted yet seem to have paid of it; null: nothing, or the whole
    "ordered_on": pl.Date,
    "ordered_amount": MONEY,
}

#: A date, with one currency and with all.
_MOST_KEPT = 4
#: Days looked back for a habit, and invoices that show one.
_MEMORY, _LEAST = 365, 3
_YEAR = 365
_ZERO = pl.lit(ZERO, MONEY)


def true_annual_rate(rate: Decimal, days: int) -> float:
    """What a discount is worth in % a year, when it is had for paying `days` sooner: 2 % for 20 days is 37.2 %.

    Simple interest on what is paid, as banks quote a credit: rate / (1 - rate) x 365 / days.
    """
    return float(rate) / (1 - float(rate)) * _YEAR / days * 100


@kept_with_ledger(_MOST_KEPT)
def payables(ledger: Ledger, *, as_of: date, currency: str | None = None) -> pl.DataFrame:
    """PAYABLES of the supplier invoices issued by `as_of` that are not settled then."""
    if currency is not None:
        return only_currency(payables(ledger, as_of=as_of), currency)
    bought = outstanding(ledger.documents, ledger.allocations, as_of=as_of, direction="purchase")
    owed = bought.filter(pl.col("outstanding") > 0)
    late = (pl.lit(as_of) - pl.col("due_date")).dt.total_days()
    delays = supplier_delays(ledger, as_of=as_of)
    rows = (
        owed.join(_choices_by(ledger, as_of), on="document_id", how="left", validate="1:1")
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
        .pipe(with_credits, open_credits(ledger, as_of=as_of, currency=None))
    )


def with_credits(owed: pl.DataFrame, credits_: pl.DataFrame, *, but: Collection[str] = ()) -> pl.DataFrame:
    """`owed` with `credited`: each supplier's open credit notes taken off its invoices, the first due first, never below zero.

    Args:
        owed: PAYABLES, the earliest due first.
        credits_: supplier_id, currency, credit (positive).
        but: invoices that take none, besides disputed ones: their document_id. An ordered one takes what its transfer left out.
    """
    takes = (pl.col("status") != "disputed") & ~pl.col("document_id").is_in(list(but))
    is_ordered, whole = pl.col("ordered_on").is_not_null(), pl.coalesce("discounted", "outstanding")
    left_out = (whole - pl.col("ordered_amount").fill_null(whole)).clip(lower_bound=_ZERO)
    asked = pl.when(takes).then(pl.when(is_ordered).then(left_out).otherwise(whole)).otherwise(_ZERO).cast(MONEY)
    known = owed.with_row_index("at").join(credits_, on=["supplier_id", "currency"], how="left", validate="m:1")
    ranked = known.with_columns(asked=asked).sort(~is_ordered, "at")
    before = (pl.col("asked").cum_sum() - pl.col("asked")).over("supplier_id", "currency").cast(MONEY)
    left = (pl.col("credit").fill_null(_ZERO) - before).clip(lower_bound=_ZERO)
    return ranked.with_columns(credited=pl.min_horizontal(left, "asked").cast(MONEY)).sort("at").pipe(conform, PAYABLES)


def to_pay() -> pl.Expr:
    """What is to pay of an invoice of PAYABLES without its discount: what its transfer asks for, else less credit notes.

    What a debit seems to have paid of it is not to pay any more.
    """
    asked = pl.col("outstanding") - pl.col("credited").fill_null(_ZERO) - pl.col("seen").fill_null(_ZERO)
    return (
        pl.when(pl.col("ordered_amount").is_not_null())
        .then(pl.min_horizontal("ordered_amount", "outstanding"))
        .otherwise(asked)
        .cast(MONEY)
    )


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
    left = open_credits(ledger, as_of=as_of, currency=currency).join(
        client_names(ledger.clients, ledger.documents).rename({"client_id": "supplier_id", "client": "supplier"}),
        on="supplier_id",
        how="left",
        validate="m:1",
    )
    return left.group_by("supplier_id", "supplier").agg(open_credits=(-pl.col("credit")).sum().cast(MONEY))


def open_credits(ledger: Ledger, *, as_of: date, currency: str | None) -> pl.DataFrame:
    """supplier_id, currency, credit (positive): the same by currency, for `with_credits`."""
    used = only_counting(ledger.allocations, as_of=as_of).filter(pl.col("source") == "credit_note")
    used = used.group_by(document_id="source_id").agg(used=pl.col("amount").sum().cast(MONEY))
    is_note = (pl.col("direction") == "purchase") & (pl.col("kind") == "credit_note") & (pl.col("issue_date") <= as_of)
    left = (pl.col("amount") - pl.col("used").fill_null(_ZERO)).cast(MONEY)
    return (
        only_currency(ledger.documents, currency)
        .filter(is_note)
        .join(used, on="document_id", how="left", validate="1:1")
        .group_by("currency", supplier_id="client_id")
        .agg(credit=left.sum().cast(MONEY))
        .filter(pl.col("credit") > 0)
        .sort("supplier_id", "currency")
    )


def supplier_delays(ledger: Ledger, *, as_of: date) -> pl.DataFrame:
    """client_id, delay, n: the median days after the due date on which the company paid each supplier in the last year."""
    paid = (
        only_counting(ledger.allocations, as_of=as_of)
        .filter(pl.col("source").is_in(["bank", "declared"]) & pl.col("is_dated"))
        .group_by("document_id")
        .agg(paid_on=day_paid().max())
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


def _choices_by(ledger: Ledger, as_of: date) -> pl.DataFrame:
    """PAYMENT_CHOICES without the transfers that were ordered after `as_of`."""
    is_later = (pl.col("ordered_on") > as_of).fill_null(value=False)
    return ledger.payment_choices.with_columns(
        pl.when(~is_later).then(name).alias(name) for name in ("pay_on", "ordered_on", "ordered_amount")
    )


def _expected(due: date, chosen: date | None, delay: int, settings: Settings, as_of: date) -> tuple[date, str]:
    """When an invoice is expected to be paid, and why."""
    if chosen is not None and chosen > as_of:
        return chosen, "chosen"
    if settings.pay_suppliers == "habit":
        return payment_day(due + timedelta(days=delay), settings, after=as_of, is_latest=False), "habit"
    return payment_day(due, settings, after=as_of, is_latest=True), "due"


def _with_discounts(rows: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The discount of each row while it can be had, or was when it was ordered: its true annual rate, what is to pay with it."""
    was_open = (pl.col("ordered_on") <= pl.col("discount_until")).fill_null(value=False)
    is_open = ((pl.col("discount_until") > as_of) | was_open) & (pl.col("discount_until") < pl.col("due_date"))
    rows = rows.with_columns(pl.when(is_open).then(name).alias(name) for name in ("discount_rate", "discount_until"))
    found = [
        (None, None) if rate is None else (true_annual_rate(rate, (due - until).days), round_half_up(owed * (1 - rate)))
        for rate, until, due, owed in rows.select("discount_rate", "discount_until", "due_date", "outstanding").iter_rows()
    ]
    schema: Schema = {"annual_rate": pl.Float64, "discounted": MONEY}
    return rows.with_columns(pl.DataFrame(found, schema=schema, orient="row"))


def _status() -> pl.Expr:
    return (
        pl.when("is_disputed")
        .then(pl.lit("disputed"))
        .when(pl.col("days_late") >= 1)
        .then(pl.lit("late"))
        .when(pl.col("allocated") > 0)
        .then(pl.lit("partly_paid"))
        .when(pl.col("days_late") == 0)
        .then(pl.lit("due_today"))
        .otherwise(pl.lit("to_pay"))
    )
