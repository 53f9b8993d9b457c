"""What kind of payer each client is, from its type and its history."""

from datetime import timedelta

import polars as pl

from pipelines.collections.facts import Situation
from pipelines.receivables import only_counting

#: Fewer invoices than this have fallen due: nothing is known of how the client pays.
NEW_BELOW = 3
#: This many late invoices among those due in the last 12 months earn the badge « Attention : retards fréquents ».
FREQUENT_FROM = 3
_YEAR = timedelta(days=365)


def segments(at: Situation) -> pl.DataFrame:
    """The segment of each client that has an invoice: client_id, segment, due_count, late_count (last 12 months).

    An invoice was late if it is open past its due date, or if the last dated payment of it came after. What was never
    sent says nothing of the client.
    """
    paid = (
        only_counting(at.allocations, as_of=at.as_of)
        .filter(pl.col("source").is_in(["bank", "declared"]) & pl.col("is_dated"))
        .group_by("document_id")
        .agg(paid_on=pl.col("counts_from").max())
    )
    was_late = (
        pl.when(pl.col("outstanding") > 0)
        .then(pl.col("days_late") >= 1)
        .otherwise((pl.col("paid_on") > pl.col("due_date")).fill_null(value=False))
    )
    is_due = (pl.col("due_date") <= at.as_of) & ~pl.col("is_unsent")
    is_recent = pl.col("due_date") >= at.as_of - _YEAR
    counts = (
        at.items.join(paid, on="document_id", how="left", validate="1:1")
        .group_by("client_id")
        .agg(due_count=is_due.sum().cast(pl.Int64), late_count=(is_due & is_recent & was_late).sum().cast(pl.Int64))
    )
    return (
        counts.join(at.clients.select("client_id", "client_type"), on="client_id", how="left", validate="1:1")
        .with_columns(
            segment=pl.when(pl.col("client_type").is_in(["public", "consumer"]))
            .then("client_type")
            .when(pl.col("late_count") >= FREQUENT_FROM)
            .then(pl.lit("frequent_late"))
            .when(pl.col("due_count") < NEW_BELOW)
            .then(pl.lit("new"))
            .otherwise(pl.lit("standard"))
        )
        .select("client_id", "segment", "due_count", "late_count")
        .sort("client_id")
    )
