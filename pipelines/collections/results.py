"""What reminders were followed by: how many went out, what of the money came, and after how many days.

That money came after a reminder does not prove that it came because of it: many clients would have paid anyway. A
payment that follows several reminders counts for each of them.
"""

from datetime import date

import polars as pl

from models.money import MONEY, ZERO
from models.tables import Schema, conform, empty
from pipelines.collections.facts import marks_of_invoices
from pipelines.collections.owed import with_owed
from pipelines.ledger import Ledger
from pipelines.receivables import only_currency

#: One row per invoice and reminder that asked for it: what the client received, not our own alerts.
REMINDED: Schema = {
    "document_id": pl.String,
    "client_id": pl.String,
    "number": pl.String,
    "currency": pl.String,
    "on_date": pl.Date,
    "step": pl.String,
    "channel": pl.String,  # null: a step that the policy does not have any more, recorded by hand
    "reminder_id": pl.String,  # null: recorded by hand, its words are not known
    "change_id": pl.Int64,
    "rank": pl.Int64,  # the how-manieth reminder of this invoice
    "owed": MONEY,  # at the end of that day
}
#: One row per step and channel.
RESULTS: Schema = {
    "step": pl.String,
    "channel": pl.String,
    "reminders": pl.Int64,  # invoices reminded, each time counted
    "invoices": pl.Int64,
    "amount": MONEY,  # what these invoices owed when they were reminded
    **{
        f"{name}_{days}": dtype
        for days in (15, 30)
        for name, dtype in (("counted", pl.Int64), ("asked", MONEY), ("came", MONEY), ("rate", pl.Float64))
    },
    "settled": pl.Int64,  # invoices paid in full since the reminder
    "median_days": pl.Float64,  # from the reminder to the payment that settled them
}
#: One row per invoice with at least one reminder.
REMINDER_COUNTS: Schema = {
    "document_id": pl.String,
    "reminders": pl.Int64,
    "last_on": pl.Date,
    "last_step": pl.String,
    "last_channel": pl.String,
}
#: Days after a reminder within which a payment is counted as following it.
WINDOWS = (15, 30)
_ZERO = pl.lit(ZERO, MONEY)


def reminded(ledger: Ledger, *, as_of: date, currency: str | None = None) -> pl.DataFrame:
    """REMINDED: what reached clients by `as_of`, oldest first. A reminder taken back later never was."""
    invoices = only_currency(ledger.documents, currency).filter(
        (pl.col("direction") == "sale") & (pl.col("kind") != "credit_note")
    )
    rows = (
        marks_of_invoices(ledger, as_of=as_of)
        .filter((pl.col("what") == "reminded") & (pl.col("on_date") <= as_of))
        .select("document_id", "is_set", "on_date", "change_id", step="value")
        .join(invoices.select("document_id", "client_id", "number", "currency"), on="document_id", how="inner", validate="m:1")
    )
    kept = _still_said(rows)
    if kept.is_empty():
        return empty(REMINDED)
    internal = [step.id for step in ledger.policy.steps if step.channel == "internal"]
    found = _with_channel(kept, ledger).filter(~pl.col("step").is_in(internal).fill_null(value=False))
    return (
        with_owed(found.with_columns(day="on_date"), ledger.documents, ledger.allocations, as_of=as_of)
        .sort("on_date", "change_id", "number", "document_id")
        .with_columns(rank=pl.int_range(1, pl.len() + 1).over("document_id"))
        .pipe(conform, REMINDED)
    )


def _still_said(rows: pl.DataFrame) -> pl.DataFrame:
    """Drop the reminders that a later mark on the same invoice and step takes back, and the same one said twice."""
    taken = (
        rows.filter(~pl.col("is_set"))
        .group_by("document_id", "step")
        .agg(taken=pl.struct("on_date", "change_id").sort_by("on_date", "change_id").last())
    )
    return (
        rows.filter("is_set")
        .join(taken, on=["document_id", "step"], how="left", validate="m:1")
        .filter(pl.col("taken").is_null() | ~_earlier())
        .drop("taken", "is_set")
        .sort("change_id")
        .unique(["document_id", "step", "on_date"], keep="last", maintain_order=True)
    )


def _earlier() -> pl.Expr:
    """Said before it was taken back: by day, then by change."""
    day, change = pl.col("taken").struct.field("on_date"), pl.col("taken").struct.field("change_id")
    return (pl.col("on_date") < day) | ((pl.col("on_date") == day) & (pl.col("change_id") < change))


def _with_channel(rows: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Add the channel and id of the reminder that was kept, where there is one; else the channel of the policy's step."""
    sent = (
        ledger.reminder_events.filter(pl.col("what") == "sent")
        .join(ledger.reminders.select("reminder_id", "client_id", "step", kept="channel"), on="reminder_id", how="inner")
        .unique(["change_id", "client_id", "step"], keep="last", maintain_order=True)
        .select("change_id", "client_id", "step", "kept", "reminder_id")
    )
    planned = {step.id: step.channel for step in ledger.policy.steps}
    return rows.join(sent, on=["change_id", "client_id", "step"], how="left", validate="m:1", maintain_order="left").with_columns(
        channel=pl.coalesce("kept", pl.col("step").replace_strict(planned, default=None, return_dtype=pl.String))
    )


def reminder_counts(rows: pl.DataFrame) -> pl.DataFrame:
    """REMINDER_COUNTS of REMINDED."""
    counts = rows.group_by("document_id", maintain_order=True).agg(
        reminders=pl.len(),
        last_on=pl.col("on_date").last(),
        last_step=pl.col("step").last(),
        last_channel=pl.col("channel").last(),
    )
    return counts.pipe(conform, REMINDER_COUNTS).sort("document_id")


def results(ledger: Ledger, *, as_of: date, currency: str | None = None) -> pl.DataFrame:
    """RESULTS of the reminders sent by `as_of`, in one currency (the company's by default), by step and channel.

    `rate_15` is the share of what was owed that came as money within 15 days after the reminder; reminders of less than 15
    days ago take no part in it (`counted_15` is how many do); null where none does. A credit note or a write-off is no
    recovery, and a payment without a date takes no part.
    """
    rows = reminded(ledger, as_of=as_of, currency=currency or ledger.settings.currency).filter(pl.col("owed") > ZERO)
    if rows.is_empty():
        return empty(RESULTS)
    rows = _with_what_came(rows.with_row_index("asking"), ledger, as_of)
    sums = [expression for days in WINDOWS for expression in _window(days, as_of)]
    found = rows.group_by("step", "channel").agg(
        *sums,
        reminders=pl.len(),
        invoices=pl.col("document_id").n_unique(),
        amount=pl.col("owed").sum().cast(MONEY),
        settled=pl.col("days").count(),
        median_days=pl.col("days").median(),
    )
    order = {step.id: step.offset for step in ledger.policy.steps}
    return (
        found.with_columns(
            *[
                pl.when(pl.col(f"asked_{days}") > ZERO)
                .then(pl.col(f"came_{days}").cast(pl.Float64) / pl.col(f"asked_{days}").cast(pl.Float64))
                .alias(f"rate_{days}")
                for days in WINDOWS
            ],
            order=pl.col("step").replace_strict(order, default=max(order.values(), default=0) + 1, return_dtype=pl.Int64),
        )
        .sort("order", "step", "channel")
        .pipe(conform, RESULTS)
    )


def _window(days: int, as_of: date) -> list[pl.Expr]:
    """How many reminders are old enough to be judged, what they asked for, and what came."""
    is_old = pl.col("on_date") + pl.duration(days=days) <= as_of
    return [
        is_old.sum().alias(f"counted_{days}"),
        pl.col("owed").filter(is_old).sum().cast(MONEY).alias(f"asked_{days}"),
        pl.col(f"paid_{days}").filter(is_old).sum().cast(MONEY).alias(f"came_{days}"),
    ]


def _with_what_came(rows: pl.DataFrame, ledger: Ledger, as_of: date) -> pl.DataFrame:
    """Add what came as money within each window, at most what was owed, and `days` to the payment that settled the invoice."""
    is_money = pl.col("source").is_in(["bank", "declared"]) & pl.col("is_dated")
    is_standing = (pl.col("counts_from") <= as_of) & (pl.col("reversed_on").is_null() | (pl.col("reversed_on") > as_of))
    money = ledger.allocations.filter(is_money & is_standing).select("document_id", "counts_from", came="amount")
    since = (pl.col("counts_from") - pl.col("on_date")).dt.total_days()
    after = rows.join(money, on="document_id", how="inner", validate="m:m").filter(since >= 1)
    sums = after.group_by("asking").agg(
        *[pl.col("came").filter(since <= days).sum().cast(MONEY).alias(f"paid_{days}") for days in WINDOWS],
        all_came=pl.col("came").sum().cast(MONEY),
        last_day=since.max(),
    )
    return rows.join(sums, on="asking", how="left", validate="1:1").with_columns(
        *[pl.min_horizontal(pl.col(f"paid_{days}").fill_null(_ZERO), "owed").alias(f"paid_{days}") for days in WINDOWS],
        days=pl.when(pl.col("all_came") >= pl.col("owed")).then("last_day"),
    )
