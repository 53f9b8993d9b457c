"""The chance that a late invoice is still unpaid in a month if nobody acts, as its client and the others pay.

The curves are those of the forecast, but learnt from paid invoices alone: the forecast also learns from those that are
still open, and an invoice that gets later then moves the others' chances, and now and then its own down. An order of
whom to chase must not do that.
"""

from datetime import date, timedelta

import polars as pl

from models.tables import Schema
from pipelines.behaviour import paid_probabilities

#: How far ahead: an invoice that is paid by then without a reminder gains nothing from one.
AHEAD_DAYS = 30
CHANCES: Schema = {"document_id": pl.String, "chance": pl.Float64}
#: Days late at which the curve is read. What is later than one of them is at least as likely to stay unpaid.
_DAYS_LATE = (1, 5, 10, 15, 20, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, 365)
_TERMS = 30


def unpaid_chances(history: pl.DataFrame, late: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """CHANCES: of each late invoice, the chance that it is still unpaid AHEAD_DAYS after `as_of`, 0 to 1.

    It is learnt from paid invoices alone, and never falls as an invoice gets later: a client that is later than it ever
    was is not more likely to pay tomorrow. So an invoice's own age moves its own chance up, and nobody else's.

    Args:
        history: `pipelines.behaviour.HISTORY` as known at the end of `as_of`.
        late: the invoices, with document_id, client_id and days_late (at least 1).
        as_of: the date.
    """
    if late.is_empty():
        return pl.DataFrame(schema=CHANCES)
    curve = _curve(history.filter(pl.col("paid_date").is_not_null()), late, as_of=as_of)
    return (
        late.select("document_id", "client_id", "days_late")
        .sort("days_late", "document_id")
        .join_asof(curve.sort("days_late", "client_id"), on="days_late", by="client_id", check_sortedness=False)
        .select(pl.col(name).cast(dtype) for name, dtype in CHANCES.items())
        .sort("document_id")
    )


def _curve(paid: pl.DataFrame, late: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Each client's chance at each of _DAYS_LATE that its invoices have reached: client_id, days_late, chance."""
    terms = paid.group_by("client_id").agg(
        terms=(pl.col("due_date") - pl.col("issue_date")).dt.total_days().median().round().cast(pl.Int64)
    )
    points = (
        late.group_by("client_id")
        .agg(oldest=pl.col("days_late").max())
        .join(pl.DataFrame({"days_late": _DAYS_LATE}, schema={"days_late": pl.Int64}), how="cross")
        .filter(pl.col("days_late") <= pl.col("oldest"))
        .join(terms, on="client_id", how="left", validate="m:1")
        .sort("client_id", "days_late")
        .with_columns(due_date=pl.lit(as_of) - pl.duration(days="days_late"))
        .with_columns(
            id=pl.col("client_id") + "-" + pl.col("days_late").cast(pl.String),
            issue_date=pl.col("due_date") - pl.duration(days=pl.col("terms").fill_null(_TERMS)),
            amount=pl.lit(1.0),
        )
    )
    asked = points.select("id", "client_id", "issue_date", "due_date", "amount")
    chances = paid_probabilities(paid, asked, origin=as_of + timedelta(days=1), horizon=AHEAD_DAYS)
    return points.with_columns(chance=pl.Series(1 - chances[:, -1])).select(
        "client_id", "days_late", chance=pl.col("chance").cum_max().over("client_id", order_by="days_late").round(4)
    )
