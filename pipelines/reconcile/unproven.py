"""Payments that an invoicing tool, a ledger or a person says, and that no bank line proves after a while."""

from datetime import date, timedelta

import polars as pl

from models.money import MONEY
from models.tables import Schema
from pipelines.ledger import Ledger
from pipelines.parties import client_names

#: One row per declared payment, or part of one, that waits for its bank line; the oldest first.
UNPROVEN: Schema = {
    "receipt_id": pl.String,
    "invoice_number": pl.String,  # those that it pays, separated by commas; null: it pays none yet
    "client": pl.String,
    "date": pl.Date,
    "days": pl.Int64,  # since then
    "amount": MONEY,
    "currency": pl.String,
    "is_dated": pl.Boolean,  # false: the date is that of the import
    "is_covered": pl.Boolean,  # a statement covers that day, so the bank should have shown it; null without a date
}


def unproven(ledger: Ledger, *, as_of: date, days: int | None = None) -> pl.DataFrame:
    """UNPROVEN: what is declared for at least so many days (a setting, 30 by default) on that date."""
    least = ledger.settings.unproven_days if days is None else days
    claims = ledger.claims.filter(pl.col("source") == "declared").join(
        ledger.documents.select("document_id", "number", "direction"), on="document_id", how="inner", validate="m:1"
    )
    paid = claims.group_by(receipt_id="source_id").agg(
        invoice_number=pl.col("number").unique().sort().str.join(", "),
        is_sale=(pl.col("direction") == "sale").all(),
        is_back=(pl.col("reversed_on") <= as_of).fill_null(value=False).all(),
    )
    return (
        ledger.receipts.filter((pl.col("source") == "declared") & (pl.col("date") <= as_of - timedelta(days=least)))
        .join(paid, on="receipt_id", how="left", validate="m:1")
        .filter(pl.col("is_sale").fill_null(value=True) & ~pl.col("is_back").fill_null(value=False))
        .join(client_names(ledger.clients, ledger.documents), on="client_id", how="left", validate="m:1")
        .with_columns(
            days=(pl.lit(as_of) - pl.col("date")).dt.total_days(),
            is_covered=pl.when("is_dated").then(_is_covered(ledger)),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in UNPROVEN.items())
        .sort("date", "client", "receipt_id")
    )


def _is_covered(ledger: Ledger) -> pl.Expr:
    """Whether statements of an account cover a row's date."""
    covered = pl.lit(value=False)
    for start, end in ledger.coverage.select("from_date", "to_date").unique().iter_rows():
        covered |= pl.col("date").is_between(start, end)
    return covered
