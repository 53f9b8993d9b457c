"""Promises to pay: what was promised, what of it came, and whether it was kept; all from facts, at a date.

A promise is held to until the days of grace after its date have passed: a transfer ordered that day is still on its way.
What a credit note or a write-off takes off counts as paid: nobody waits for it any more.
"""

from datetime import date

import polars as pl

from models.money import MONEY, ZERO
from models.tables import Schema, conform, empty
from pipelines.collections.grace import Grace, with_holds_until
from pipelines.collections.owed import with_owed
from pipelines.ledger import Ledger

#: One row per promise made by the as-of date; a client's promise has one row per currency in which it owed something.
PROMISES: Schema = {
    "change_id": pl.Int64,
    "document_id": pl.String,  # null: a promise for all that the client owes
    "client_id": pl.String,
    "number": pl.String,  # of the invoice
    "made_on": pl.Date,
    "promised_for": pl.Date,
    "holds_until": pl.Date,  # the promised day and the days of grace
    "amount": MONEY,  # what was promised; where no amount was named, what falls due by that day
    "paid": MONEY,  # of it
    "status": pl.String,  # open | kept | late | broken | replaced | taken_back
    "currency": pl.String,
    "note": pl.String,
    "by": pl.String,
}
#: What becomes of a promise, in words.
PROMISE_WORDS = {
    "open": "Awaited",
    "kept": "Kept",
    "late": "Kept late",
    "broken": "Broken",
    "replaced": "Replaced by a later promise",
    "taken_back": "Promise taken back",
}
_ZERO = pl.lit(ZERO, MONEY)


def promises(ledger: Ledger, *, as_of: date, grace: Grace) -> pl.DataFrame:
    """PROMISES made by `as_of`, the latest first.

    Args:
        ledger: the facts. Amounts that people named for a client as a whole are in the company's currency.
        as_of: the date.
        grace: worked days after the promised one on which a payment still keeps it.
    """
    documents, allocations = ledger.documents, ledger.allocations
    said = _said(documents, ledger.marks, as_of=as_of, grace=grace, region=ledger.settings.region)
    if said.is_empty():
        return empty(PROMISES)
    asked = _concerned(said, documents, ledger.settings.currency)
    for day, name in (("made_on", "at_first"), ("in_time", "then"), ("until", "now")):
        asked = with_owed(asked.with_columns(day=pl.col(day)), documents, allocations, as_of=as_of).rename({"owed": name})
    is_meant = pl.col("named").is_not_null() | ~pl.col("is_client") | (pl.col("due_date") <= pl.col("promised_for"))
    asked = asked.filter(is_meant)
    fell = {name: (pl.col("at_first") - pl.col(name)).sum() for name in ("then", "now")}
    sums = asked.group_by("change_id", "currency").agg(
        owed=pl.col("at_first").sum().cast(MONEY), **{f"fell_{name}": fall.cast(MONEY) for name, fall in fell.items()}
    )
    return (
        said.join(sums, on="change_id", how="inner", validate="1:m")
        .with_columns(amount=pl.min_horizontal(pl.col("named").fill_null(pl.col("owed")), "owed").cast(MONEY))
        .with_columns(status=_status(as_of), paid=pl.col("fell_now").clip(_ZERO, pl.col("amount")).cast(MONEY))
        .pipe(conform, PROMISES)
        .sort("made_on", "change_id", "currency", descending=[True, True, False])
    )


def _said(documents: pl.DataFrame, marks: pl.DataFrame, *, as_of: date, grace: Grace, region: str) -> pl.DataFrame:
    """Each promise, what was said next of the same invoice or client (`next_on`, `is_renewed`), and the days to look at."""
    owners = documents.select("document_id", "number", billed_to="client_id")
    said = (
        marks.filter((pl.col("what") == "promise") & (pl.col("on_date") <= as_of))
        .sort("on_date", "change_id")
        .with_columns(subject=pl.coalesce("document_id", "client_id"))
        .with_columns(next_on=pl.col("on_date").shift(-1).over("subject"), is_renewed=pl.col("is_set").shift(-1).over("subject"))
        .filter("is_set")
        .join(owners, on="document_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(
            client_id=pl.coalesce("client_id", "billed_to"),
            made_on="on_date",
            named="amount",
            # A promise that names no date holds for the day on which it was made.
            promised_for=pl.coalesce(pl.col("value").str.to_date("%Y-%m-%d", strict=False), "on_date"),
        )
        .drop("amount")
    )
    until = pl.min_horizontal(pl.lit(as_of), pl.col("next_on") - pl.duration(days=1))
    held = with_holds_until(said, "promised_for", grace, region)
    return held.with_columns(until=pl.max_horizontal(until, "made_on")).with_columns(
        in_time=pl.min_horizontal("until", "holds_until")
    )


def _concerned(said: pl.DataFrame, documents: pl.DataFrame, currency: str) -> pl.DataFrame:
    """The invoices of each promise: its own, or all that its client had been sent by then."""
    invoices = documents.filter((pl.col("direction") == "sale") & (pl.col("kind") != "credit_note"))
    days = said.select("change_id", "document_id", "client_id", "made_on", "promised_for", "in_time", "until", "named")
    own = days.filter(pl.col("document_id").is_not_null()).join(
        invoices.select("document_id", "currency", "due_date"), on="document_id", how="inner", validate="m:1"
    )
    of_client = (
        days.filter(pl.col("document_id").is_null())
        .drop("document_id")
        .join(invoices.select("client_id", "document_id", "issue_date", "currency", "due_date"), on="client_id", how="inner")
        .filter(pl.col("issue_date") <= pl.col("made_on"))
        .filter(pl.col("named").is_null() | (pl.col("currency") == currency))
        .drop("issue_date")
        .select(own.columns)
    )
    return pl.concat([own.with_columns(is_client=pl.lit(value=False)), of_client.with_columns(is_client=pl.lit(value=True))])


def _status(as_of: date) -> pl.Expr:
    """What has become of it."""
    is_ended = (pl.col("next_on") <= pl.col("holds_until")).fill_null(value=False)
    return (
        pl.when(pl.col("fell_then") >= pl.col("amount"))
        .then(pl.lit("kept"))
        .when(is_ended & pl.col("is_renewed"))
        .then(pl.lit("replaced"))
        .when(is_ended)
        .then(pl.lit("taken_back"))
        .when(pl.lit(as_of) <= pl.col("holds_until"))
        .then(pl.lit("open"))
        .when(pl.col("fell_now") >= pl.col("amount"))
        .then(pl.lit("late"))
        .otherwise(pl.lit("broken"))
    )
