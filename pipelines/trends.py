"""Receivables over time: the ageing, the DSO and what it is held against at many days, in one look at the facts.

Each figure is that of contract 2 at its day; it is summed here for all days at once, without making each day's items.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from models.dates import month_start
from models.money import MONEY, ZERO, total
from models.tables import BUCKETS, Schema, conform
from pipelines.explain.basis import YEAR, period_start
from pipelines.explain.formulas import ratio
from pipelines.ingest.ledgers.fec_rows import IS_BILLED
from pipelines.kept import kept_with_ledger
from pipelines.ledger import Ledger
from pipelines.receivables import bucket, only_currency
from pipelines.rollforward import movements

_IS_INVOICE = (pl.col("direction") == "sale") & (pl.col("kind") != "credit_note")
#: One row per day: the ageing of invoices, receivables net of credits, the sales of the year before, and days.
TREND: Schema = {
    "day": pl.Date,
    **dict.fromkeys(BUCKETS, MONEY),
    "receivables": MONEY,
    "sales": MONEY,
    "dso": pl.Float64,
    "best_possible_dso": pl.Float64,
    "terms": pl.Float64,  # days from issue to due date, weighted by the amounts invoiced in the year
}


@dataclass(frozen=True)
class _Sums:
    """What the days are summed from, in one currency."""

    invoices: pl.DataFrame
    given: pl.DataFrame
    signed: pl.DataFrame
    moved: pl.DataFrame


def last_month_ends(as_of: date, count: int) -> list[date]:
    """The last `count` month ends before `as_of`, then `as_of` itself."""
    days = [as_of]
    while len(days) <= count:
        days.append(month_start(days[-1]) - timedelta(days=1))
    return days[::-1]


def trend(ledger: Ledger, days: Sequence[date], *, currency: str) -> pl.DataFrame:
    """TREND at these days, in their order."""
    sums = _sums(ledger, currency)
    first = sums.invoices["issue_date"].min()
    rows = [_at(day, sums, first if isinstance(first, date) else None) for day in days]
    return conform(pl.DataFrame(rows, schema_overrides=TREND), TREND)


@kept_with_ledger(1)
def _sums(ledger: Ledger, currency: str) -> _Sums:
    """The same for every day: kept, so that another as-of date costs its days alone."""
    sold = only_currency(ledger.documents, currency).filter(pl.col("direction") == "sale")
    invoices = sold.filter(_IS_INVOICE).select("document_id", "issue_date", "due_date", "amount", is_billed=IS_BILLED)
    given = ledger.allocations.select("document_id", "amount", "counts_from", "reversed_on").join(
        invoices.select("document_id", "issue_date", "due_date"), on="document_id", how="inner", validate="m:1"
    )
    sign = pl.when(pl.col("kind") == "credit_note").then(-pl.col("amount")).otherwise("amount").cast(MONEY)
    moved = movements(ledger, currency=currency).filter(~pl.col("is_transfer")).select("date", "amount")
    return _Sums(invoices, given, sold.filter(IS_BILLED).select("issue_date", amount=sign), moved)


def _at(day: date, sums: _Sums, first: date | None) -> dict[str, object]:
    """The row of one day."""
    issued = sums.invoices.filter(pl.col("issue_date") <= day)
    is_alive = pl.col("reversed_on").is_null() | (pl.col("reversed_on") > day)
    counting = sums.given.filter((pl.col("issue_date") <= day) & (pl.col("counts_from") <= day) & is_alive)
    parts = pl.concat([issued.select("due_date", "amount"), counting.select("due_date", amount=(-pl.col("amount")).cast(MONEY))])
    late = (pl.lit(day) - pl.col("due_date")).dt.total_days()
    ageing = dict.fromkeys(BUCKETS, ZERO) | dict(
        parts.group_by(bucket(late).alias("bucket")).agg(pl.col("amount").sum().cast(MONEY)).iter_rows()
    )
    start = period_start(day - YEAR, first, as_of=day)
    is_year = pl.col("issue_date").is_between(start, day)
    sales = total(sums.signed.filter(is_year)["amount"])
    owed = total(sums.moved.filter(pl.col("date") <= day)["amount"])
    length = (day - start).days + 1
    return {
        "day": day,
        **ageing,
        "receivables": owed,
        "sales": sales,
        "dso": ratio(owed, sales, length),
        "best_possible_dso": ratio(ageing["not_due"], sales, length),
        "terms": _terms(issued.filter(is_year & pl.col("is_billed"))),
    }


def _terms(invoices: pl.DataFrame) -> float | None:
    """The days that clients are given, weighted by amount; None without an amount."""
    amount = pl.col("amount").cast(pl.Float64)
    given, whole = invoices.select(
        given=(amount * (pl.col("due_date") - pl.col("issue_date")).dt.total_days()).sum(), whole=amount.sum()
    ).row(0)
    return ratio(given, whole)
