"""What kind of payer each client is: from its type and its history, unless a person says otherwise."""

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from models.money import MONEY
from models.tables import Schema
from pipelines.receivables import day_paid, latest_marks, only_counting

if TYPE_CHECKING:  # the situation itself asks what kind of payer each client is
    from pipelines.collections.facts import Situation

#: One row per client that was invoiced. Counts and delays are those of the last 12 months, but for `due_count`.
SEGMENT_ROWS: Schema = {
    "client_id": pl.String,
    "segment": pl.String,  # one of models.policy.SEGMENTS
    "proposed": pl.String,  # what history and type say
    "set_on": pl.Date,  # the day from which a person's word holds; null: nobody said
    "due_count": pl.Int64,  # invoices that ever fell due
    "late_count": pl.Int64,
    "average_delay": pl.Int64,  # of what was paid, days after the due date, negative when early; null: nothing was
    "received_share": pl.Float64,  # of all the money received, 0 to 1
}

#: A client that paid fewer invoices is not known well enough to be an important one.
_VIP_LEAST = 6
_YEAR = timedelta(days=365)


def segments(at: "Situation") -> pl.DataFrame:
    """SEGMENT_ROWS of each client that has an invoice.

    An invoice was late if it is open past its due date, or if the last dated payment of it came after. What was never
    sent says nothing of the client. Proceedings win over a person's word, that over the client's type, and that over
    its history. Average delays and shares are of what was paid, so that owing more or longer makes nobody a better client.
    """
    paid = (
        only_counting(at.allocations, as_of=at.as_of)
        .filter(pl.col("source").is_in(["bank", "declared"]) & pl.col("is_dated"))
        .group_by("document_id")
        .agg(paid_on=day_paid().max())
    )
    is_open = pl.col("outstanding") > 0
    delay = pl.when(is_open).then("days_late").otherwise((pl.col("paid_on") - pl.col("due_date")).dt.total_days())
    own_delay = (pl.col("paid_on") - pl.col("due_date")).dt.total_days()
    is_due = (pl.col("due_date") <= at.as_of) & ~pl.col("is_unsent")
    is_recent = is_due & (pl.col("due_date") >= at.as_of - _YEAR)
    counts = (
        at.items.join(paid, on="document_id", how="left", validate="1:1")
        .with_columns(delay=delay)
        .group_by("client_id")
        .agg(
            due_count=is_due.sum().cast(pl.Int64),
            late_count=(is_recent & (pl.col("delay") >= 1).fill_null(value=False)).sum().cast(pl.Int64),
            paid_count=(~is_open & own_delay.is_not_null()).sum().cast(pl.Int64),
            average_delay=own_delay.filter(~is_open & (pl.col("due_date") >= at.as_of - _YEAR)).mean().round().cast(pl.Int64),
        )
    )
    opened = latest_marks(at.marks, ["insolvency"], key="client_id", as_of=at.as_of).filter("is_set").select("client_id")
    said = (
        latest_marks(at.marks, ["segment"], key="client_id", as_of=at.as_of)
        .filter("is_set")
        .select("client_id", said="value", set_on="on_date")
    )
    return (
        counts.join(at.clients.select("client_id", "client_type"), on="client_id", how="left", validate="1:1")
        .join(_received(at), on="client_id", how="left", validate="1:1")
        .join(opened.with_columns(is_insolvent=pl.lit(value=True)), on="client_id", how="left", validate="1:1")
        .join(said, on="client_id", how="left", validate="1:1")
        .with_columns(pl.col("received_share").fill_null(0.0), proposed=_proposed(at))
        .with_columns(
            segment=pl.when(pl.col("is_insolvent")).then("proposed").otherwise(pl.coalesce("said", "proposed")),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in SEGMENT_ROWS.items())
        .sort("client_id")
    )


def _proposed(at: "Situation") -> pl.Expr:
    """The segment that type and history say, by the thresholds of the settings."""
    settings = at.settings
    is_often_late = pl.col("late_count") >= settings.bad_late_count
    is_bad = is_often_late | (pl.col("average_delay") > settings.bad_average_delay)
    is_vip = (
        (pl.col("received_share") * 100 >= float(settings.vip_share))
        & (pl.col("paid_count") >= _VIP_LEAST)
        & (pl.col("average_delay") <= settings.vip_delay)
        & ~is_often_late
    )
    return (
        pl.when("is_insolvent")
        .then(pl.lit("insolvency"))
        .when(pl.col("client_type").is_in(["public", "consumer"]))
        .then("client_type")
        .when(is_vip.fill_null(value=False))
        .then(pl.lit("vip"))
        .when(pl.col("due_count") < settings.new_below)
        .then(pl.lit("new"))
        .when(is_bad.fill_null(value=False))
        .then(pl.lit("bad_payer"))
        .when(pl.col("late_count") >= 1)
        .then(pl.lit("good_with_delays"))
        .otherwise(pl.lit("standard"))
    )


def _received(at: "Situation") -> pl.DataFrame:
    """Each client's share of what was received in the last 12 months (client_id, received_share)."""
    own = at.receipts.filter(
        (pl.col("currency") == at.currency) & pl.col("date").is_between(at.as_of - _YEAR, at.as_of) & pl.col("is_dated")
    )
    sums = own.group_by("client_id").agg(received=pl.col("amount").sum().cast(MONEY)).with_columns(pl.col("received").cast(float))
    return sums.select("client_id", received_share=pl.col("received") / pl.col("received").sum())
