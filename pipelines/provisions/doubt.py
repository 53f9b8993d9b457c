"""What people decided of doubt, day by day: the dated decisions that the accounts follow, never the rule of 90 days."""

from datetime import date

import polars as pl

from models.money import MONEY
from models.tables import Schema, conform, empty
from pipelines.ledger import Ledger
from pipelines.receivables import decided_doubt, only_currency

#: One row per invoice and day on which a person's word on its doubt changes.
DECISIONS: Schema = {
    "document_id": pl.String,
    "day": pl.Date,  # never before the invoice is issued
    "is_doubtful": pl.Boolean,  # null: what was said does not concern this invoice
    "what": pl.String,  # doubtful | insolvency: the mark that decides
    "note": pl.String,
    "by": pl.String,
}
#: One row per invoice and day on which what it was paid changes: `allocated`, at the end of that day.
HISTORY: Schema = {"document_id": pl.String, "day": pl.Date, "allocated": MONEY}
_SAID = {"what": "what", "note": "note", "by": "by"}


def decisions(ledger: Ledger, *, currency: str | None = None) -> pl.DataFrame:
    """DECISIONS of sales invoices and deposits, by document and day: the invoice's own mark before its client's.

    The rule is that of `receivables.decided_doubt`, taken on every day on which a mark begins.
    """
    own, of_client = _marks(ledger.marks, "document_id"), _marks(ledger.marks, "client_id")
    if own.is_empty() and of_client.is_empty():
        return empty(DECISIONS)
    is_item = (pl.col("direction") == "sale") & (pl.col("kind") != "credit_note")
    items = only_currency(ledger.documents, currency).filter(is_item).select("document_id", "client_id", "issue_date")
    days = pl.concat(
        [
            items.join(marks.select(key, "day"), on=key, how="inner", validate="m:m")
            for key, marks in (("document_id", own), ("client_id", of_client))
        ]
    )
    days = days.with_columns(day=pl.max_horizontal("day", "issue_date")).unique().sort("day", "document_id")
    said = _as_said(_as_said(days, own, "document_id", "own"), of_client, "client_id", "client")
    is_own = pl.col("own_doubt").is_not_null()
    return (
        said.with_columns(
            is_doubtful=decided_doubt(),
            **{name: pl.when(is_own).then(f"own_{name}").otherwise(f"client_{name}") for name in _SAID},
        )
        .pipe(conform, DECISIONS)
        .sort("document_id", "day")
    )


def _marks(marks: pl.DataFrame, key: str) -> pl.DataFrame:
    """The last word of each day on the doubt of an invoice, or of a client, whose proceedings are one too."""
    words = ["doubtful"] if key == "document_id" else ["doubtful", "insolvency"]
    return (
        marks.filter(pl.col("what").is_in(words) & pl.col(key).is_not_null())
        .sort("on_date", "change_id")
        .unique([key, "on_date"], keep="last", maintain_order=True)
        .select(key, "is_set", *_SAID, day="on_date")
    )


def _as_said(days: pl.DataFrame, marks: pl.DataFrame, key: str, side: str) -> pl.DataFrame:
    """Add what the last mark of that side says on each day: `<side>_doubt`, `<side>_what` and so on."""
    named = marks.rename({"is_set": f"{side}_doubt", **{name: f"{side}_{name}" for name in _SAID}})
    return latest(days, named.with_columns(pl.col("day").alias("opened_on" if side == "client" else "own_on")), key)


def latest(rows: pl.DataFrame, words: pl.DataFrame, key: str) -> pl.DataFrame:
    """Add to each row the last of `words` of its `key` on its `day` or before; the rows come back by day."""
    return rows.sort("day").join_asof(words.sort("day"), on="day", by=key, strategy="backward", check_sortedness=False)


def with_since(said: pl.DataFrame) -> pl.DataFrame:
    """DECISIONS with `since`: a word that only repeats the one before does not begin anything."""
    is_first = pl.int_range(pl.len()).over("document_id") == 0
    begins = is_first | ~pl.col("is_doubtful").eq_missing(pl.col("is_doubtful").shift(1).over("document_id"))
    return said.with_columns(since=pl.when(begins).then("day").forward_fill().over("document_id"))


def decided_at(said: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """DECISIONS that hold at the end of `as_of`, with `since`: one row per invoice of which something was said."""
    return with_since(said.filter(pl.col("day") <= as_of)).unique("document_id", keep="last", maintain_order=True)


def paid_history(ledger: Ledger, documents: pl.DataFrame) -> pl.DataFrame:
    """HISTORY of these invoices (document_id): as `receivables.only_counting` counts, on every day on which it changes."""
    given = ledger.allocations.join(documents, on="document_id", how="semi")
    given = given.filter(pl.col("reversed_on").is_null() | (pl.col("reversed_on") > pl.col("counts_from")))
    moves = pl.concat(
        [
            given.select("document_id", "amount", day="counts_from"),
            given.drop_nulls("reversed_on").select("document_id", amount=(-pl.col("amount")).cast(MONEY), day="reversed_on"),
        ]
    )
    return (
        moves.group_by("document_id", "day")
        .agg(pl.col("amount").sum().cast(MONEY))
        .sort("document_id", "day")
        .select("document_id", "day", allocated=pl.col("amount").cum_sum().over("document_id").cast(MONEY))
    )
