"""Receipts whose label names an invoice that was written off: no rule gives it that money, so that a person is told."""

from datetime import date

import polars as pl

from models.money import MONEY
from models.tables import Schema, empty
from pipelines.ledger import Ledger
from pipelines.parties import client_names
from pipelines.receivables import only_counting
from pipelines.reconcile.labels import labels_of
from pipelines.reconcile.numbers import number_hits
from pipelines.reconcile.spellings import FIRM

#: One row per receipt with something left and invoice that was lost, that its label names.
LOST_NAMED: Schema = {
    "line_id": pl.String,
    "document_id": pl.String,
    "number": pl.String,
    "client_id": pl.String,
    "client": pl.String,
    "lost_on": pl.Date,
    "lost": MONEY,  # what of the invoice is still written off
    "amount": MONEY,  # what of it the receipt can pay
    "currency": pl.String,
}


def lost_named(ledger: Ledger, lines: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """LOST_NAMED of the receipts among `lines` (of `bank_lines`), as losses stand at the end of `as_of`."""
    is_loss = (pl.col("source") == "write_off") & (pl.col("reason") == "loss")
    losses = (
        only_counting(ledger.allocations.filter(is_loss), as_of=as_of)
        .group_by("document_id")
        .agg(lost=pl.col("amount").sum().cast(MONEY), lost_on=pl.col("counts_from").min())
    )
    lost = ledger.documents.filter(pl.col("direction") == "sale").join(losses, on="document_id", how="inner", validate="1:1")
    left = lines.filter(pl.col("open_amount") > 0).select("line_id", "open_amount", "currency")
    if lost.is_empty() or left.is_empty():
        return empty(LOST_NAMED)
    labels = labels_of(ledger.lines.join(left, on="line_id", how="semi"))
    hits = number_hits(labels, lost.select("document_id", "number")).filter(pl.col("strength") == FIRM)
    return (
        hits.join(lost.drop("client", "amount"), on="document_id", how="inner", validate="m:1")
        .join(left, on=["line_id", "currency"], how="inner", validate="m:1")
        .join(client_names(ledger.clients, ledger.documents), on="client_id", how="left", validate="m:1")
        .with_columns(amount=pl.min_horizontal("open_amount", "lost").cast(MONEY))
        .select(*LOST_NAMED)
        .sort("line_id", "number", "document_id")
    )
