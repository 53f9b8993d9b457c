"""Disputes: what a client contests, of which kind, and who deals with it. They are dated marks; a file may say one too."""

from datetime import date

import polars as pl

from models.errors import Refused
from models.money import MONEY
from models.tables import Schema, conform
from pipelines.ledger import Ledger
from pipelines.receivables import open_items

CATEGORY_NAMES: dict[str, str] = {
    "price": "Price",
    "quality": "Quality",
    "delivery": "Delivery",
    "administrative": "Administrative",
    "other": "Other reason",
}
CATEGORIES = tuple(CATEGORY_NAMES)
#: One row per open invoice in dispute.
DISPUTES: Schema = {
    "document_id": pl.String,
    "number": pl.String,
    "client_id": pl.String,
    "client": pl.String,
    "since": pl.Date,  # null: the file said so
    "days": pl.Int64,  # since then
    "category": pl.String,
    "owner": pl.String,
    "note": pl.String,
    "outstanding": MONEY,
    "currency": pl.String,
}


def check_category(on: date, value: str | None) -> None:
    """Refuse what is no category of disputes; none at all is "other".

    Raises:
        Refused: as said.
    """
    del on  # the checks of all marks take the day and the value
    if value is not None and value not in CATEGORIES:
        allowed = ", ".join(CATEGORIES)
        raise Refused(
            "bad_category", "{category} is no category of disputes: use one of {allowed}.", category=value, allowed=allowed
        )


def disputes(ledger: Ledger, *, as_of: date, currency: str | None = None) -> pl.DataFrame:
    """DISPUTES at a date, the oldest first: the invoice's own mark, else its client's, else what its file says."""
    marks = (
        ledger.marks.filter((pl.col("what") == "disputed") & (pl.col("on_date") <= as_of))
        .sort("on_date", "change_id")
        .select("document_id", "client_id", "is_set", "owner", "note", since="on_date", category="value")
    )
    said = ["is_set", "since", "category", "owner", "note"]
    rows = open_items(ledger, as_of=as_of, currency=currency).filter(pl.col("is_disputed") & (pl.col("outstanding") > 0))
    for key in ("document_id", "client_id"):
        last = marks.drop_nulls(key).unique(key, keep="last", maintain_order=True).filter("is_set")
        renamed = last.select(key, *[pl.col(name).alias(f"{name}_of_{key}") for name in said])
        rows = rows.join(renamed, on=key, how="left", validate="m:1", maintain_order="left")
    is_own = pl.col("is_set_of_document_id").is_not_null()
    return (
        rows.with_columns(
            pl.when(is_own).then(f"{name}_of_document_id").otherwise(f"{name}_of_client_id").alias(name) for name in said
        )
        .with_columns(days=(pl.lit(as_of) - pl.col("since")).dt.total_days(), category=pl.col("category").fill_null("other"))
        .pipe(conform, DISPUTES)
        .sort("since", "number", "document_id", nulls_last=False)
    )
