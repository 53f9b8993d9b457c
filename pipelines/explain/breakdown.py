"""Figures by month, client, sales rep, category or segment: the same operands, grouped, so that they sum to the whole."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from models.dates import month_end, month_start
from models.money import MONEY, ZERO, total
from models.tables import Schema, conform
from pipelines.collections.facts import situation
from pipelines.explain.basis import RECEIPT_SOURCES, Basis
from pipelines.explain.operands import rows_of
from pipelines.explain.rows import ROWS
from pipelines.receivables import only_counting

#: How figures can be broken down, and the column of ROWS that groups.
GROUPS = {"client": "client_id", "sales_rep": "sales_rep", "category": "category", "segment": "segment"}
#: One row per group; `group` is null for what belongs to none, such as receipts that have no sales rep.
BREAKDOWN: Schema = {
    "group": pl.String,  # a client's id, or the rep, category or segment
    "title": pl.String,  # the client's name; else as `group`
    "sales": MONEY,
    "collected": MONEY,
    "receivables": MONEY,
    "overdue": MONEY,
    "dso": pl.Float64,  # null without sales
    "paid": MONEY,  # what the delay is weighted by
    "average_days_late": pl.Float64,
}
_SUMS = ("sales", "collected", "receivables", "overdue", "paid")
_MONTHLY = ("sales", "collected")
_MONTHS: Schema = {"month": pl.Date, "sales": MONEY, "collected": MONEY}


def breakdown(basis: Basis, by: str) -> pl.DataFrame:
    """BREAKDOWN by one of GROUPS, the largest receivables first. Amounts sum to the figures of the company.

    Args:
        basis: the facts; the period holds for every group.
        by: client, sales_rep, category or segment.
    """
    sums = {name: pl.col("amount").filter(pl.col("of") == name).sum().cast(MONEY) for name in _SUMS}
    sales, paid = pl.col("sales").cast(pl.Float64), pl.col("paid").cast(pl.Float64)
    return (
        grouped_rows(basis, by)
        .group_by("group")
        .agg(**sums, late_days=pl.col("weight").filter(pl.col("of") == "paid").sum(), client=pl.col("client").drop_nulls().min())
        .with_columns(
            title=pl.coalesce("client", "group") if by == "client" else pl.col("group"),
            dso=pl.when(sales > 0).then(pl.col("receivables").cast(pl.Float64) / sales * basis.days),
            average_days_late=pl.when(paid > 0).then(pl.col("late_days").cast(pl.Float64) / paid),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in BREAKDOWN.items())
        .sort(pl.col("group").is_null(), "receivables", "sales", "title", descending=[False, True, True, False])
    )


def grouped_rows(basis: Basis, by: str) -> pl.DataFrame:
    """The rows behind every cell of a breakdown: ROWS with the figure that they are `of`, and their `group`.

    Args:
        basis: the facts.
        by: client, sales_rep, category or segment; or month, whose group is its first day, of sales and receipts only.
    """
    names = _MONTHLY if by == "month" else _SUMS
    parts = [rows_of("late_days" if name == "paid" else name, basis).with_columns(of=pl.lit(name)) for name in names]
    rows = pl.concat(parts)
    if by in ("sales_rep", "category"):
        rows = pl.concat([rows.filter(pl.col("of") != "collected"), _collected(basis).with_columns(of=pl.lit("collected"))])
    if by == "segment":
        found = situation(basis.ledger, as_of=basis.as_of, currency=basis.currency).kinds.select("client_id", "segment")
        rows = rows.join(found, on="client_id", how="left", validate="m:1")
    group = pl.col("date").dt.month_start().cast(pl.String) if by == "month" else pl.col(GROUPS[by])
    return rows.with_columns(group=group).select(*ROWS, "of", "group")


def _collected(basis: Basis) -> pl.DataFrame:
    """ROWS of what was collected, each receipt by the invoices that it pays at D; what pays none has no rep or category."""
    keys = ["row_id", "client_id"]
    received = rows_of("collected", basis)
    counting = only_counting(basis.ledger.allocations, as_of=basis.as_of).filter(pl.col("source").is_in(RECEIPT_SOURCES))
    reps = basis.documents.select("document_id", given_rep="sales_rep", given_category="category")
    given = (
        counting.select("document_id", "client_id", given="amount", row_id="source_id")
        .join(reps, on="document_id", how="inner", validate="m:1")
        .drop("document_id")
    )
    came = received.filter(pl.col("amount") > 0)
    parts = came.join(given, on=keys, how="inner", validate="1:m").with_columns(
        amount="given", sales_rep="given_rep", category="given_category"
    )
    used = given.group_by(keys).agg(used=pl.col("given").sum().cast(MONEY))
    rest = received.join(used, on=keys, how="left", validate="m:1").with_columns(
        amount=pl.when(pl.col("amount") > 0)
        .then(pl.col("amount") - pl.col("used").fill_null(pl.lit(ZERO, MONEY)))
        .otherwise("amount")
        .cast(MONEY)
    )
    return pl.concat([conform(parts, ROWS), conform(rest, ROWS)])


def by_month(basis: Basis) -> pl.DataFrame:
    """What was invoiced and collected in each month of the period: month (its first day), sales, collected."""
    months: list[date] = [month_start(basis.start)]
    while months[-1] < month_start(basis.as_of):
        months.append(month_end(months[-1]) + timedelta(days=1))
    sums = {name: pl.col("amount").filter(pl.col("of") == name).sum().cast(MONEY) for name in _MONTHLY}
    found = grouped_rows(basis, "month").group_by(month=pl.col("date").dt.month_start()).agg(**sums)
    return (
        pl.DataFrame({"month": months}, schema={"month": pl.Date})
        .join(found, on="month", how="left", validate="1:1")
        .with_columns(pl.col(_MONTHLY).fill_null(pl.lit(ZERO, MONEY)))
        .select(pl.col(name).cast(dtype) for name, dtype in _MONTHS.items())
        .sort("month")
    )


def totals(rows: pl.DataFrame) -> dict[str, Decimal]:
    """The sums of the amounts of a breakdown, by column."""
    return {name: total(rows[name]) for name in _SUMS if name in rows.columns}
