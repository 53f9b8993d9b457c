"""Declared payments: what the invoicing tool says was paid, before any bank line proves it.

Each export states a cumulative amount. More than before is a new slice at its date; less takes back the difference, the
latest slice first, on the day of that import (contract 4).
"""

from datetime import date
from decimal import Decimal

import polars as pl

from models.money import MONEY, ZERO
from models.tables import CLAIMS, conform, empty
from pipelines.allocation import SLICE

_ZERO = pl.lit(ZERO, MONEY)


def stated_amount(
    credited: str, *, paid: pl.Expr | None = None, due: pl.Expr | None = None, is_paid: pl.Expr | None = None
) -> pl.Expr:
    """The cumulative amount paid that a statement says, VAT included; null if it says nothing.

    From an amount still due, the credit notes linked to the invoice (column `credited`) come off before the rest is a
    payment; a status "paid" without amounts is an amount due of 0.00. A paid amount wins over an amount due.
    """
    paid = pl.col("paid_amount") if paid is None else paid
    due = pl.col("amount_due") if due is None else due
    left = pl.coalesce(due, pl.when(pl.col("is_paid") if is_paid is None else is_paid).then(_ZERO))
    rest = (pl.col("amount") - pl.col(credited) - left).clip(lower_bound=_ZERO)
    return pl.coalesce(paid, rest).cast(MONEY)


def stated_amounts(statements: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """STATEMENTS with `stated`: the cumulative amount paid that each says, given the credit notes issued by its day."""
    credit_rows = (
        documents.filter(pl.col("kind") == "credit_note")
        .select("direction", "client_id", "currency", credit="amount", credit_date="issue_date", number="linked_invoice")
        .drop_nulls("number")
    )
    invoices = documents.filter(pl.col("kind") != "credit_note").select(
        "document_id", "direction", "client_id", "currency", "number", "amount"
    )
    linked = invoices.join(credit_rows, on=["direction", "client_id", "currency", "number"], how="inner", validate="m:m")
    said = statements.join(invoices.select("document_id", "amount"), on="document_id", how="inner", validate="m:1")
    credited = (
        said.select("document_id", "change_id", "known_on")
        .join(linked.select("document_id", "credit", "credit_date"), on="document_id", how="inner", validate="m:m")
        .filter(pl.col("credit_date") <= pl.col("known_on"))
        .group_by("document_id", "change_id")
        .agg(credited=pl.col("credit").sum().cast(MONEY))
    )
    return (
        said.join(credited, on=["document_id", "change_id"], how="left", validate="m:1")
        .with_columns(pl.col("credited").fill_null(_ZERO))
        .with_columns(stated=stated_amount("credited"))
        .drop_nulls("stated")
        .drop("credited", "amount")
        .sort("document_id", "change_id")
    )


def declared_claims(statements: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """CLAIMS of declared payments on their own invoice: one row per slice, or part of one that was taken back."""
    said = stated_amounts(statements, documents)
    previous = pl.col("stated").shift(1).over("document_id").fill_null(_ZERO)
    steps = said.with_columns(step=(pl.col("stated") - previous).cast(MONEY)).filter(pl.col("step") != 0)
    lowered = steps.filter(pl.col("step") < 0)["document_id"].unique()
    is_plain = ~pl.col("document_id").is_in(lowered.implode())
    plain = steps.filter(is_plain).with_columns(reversed_on=pl.lit(None, pl.Date), part=pl.lit(0, pl.Int64))
    parts = [plain, *(_take_back(document) for document in steps.filter(~is_plain).partition_by("document_id"))]
    slices = pl.concat(parts, how="diagonal_relaxed") if parts else plain
    if slices.is_empty():
        return empty(CLAIMS)
    return (
        slices.with_columns(rank=pl.col("change_id").rank("dense").over("document_id"))
        .with_columns(
            claim_id=pl.format("declared-{}-{}-{}", "document_id", "rank", "part"),
            source=pl.lit("declared"),
            amount=pl.col("step").cast(MONEY),
            date=pl.coalesce("paid_date", "known_on"),
            is_dated=pl.col("paid_date").is_not_null(),
            rule=pl.lit(SLICE),
            confidence=pl.lit(1.0),
            by=pl.lit("rule"),
        )
        .with_columns(source_id=pl.col("claim_id"))
        .pipe(conform, CLAIMS)
        .sort("claim_id")
    )


def _take_back(steps: pl.DataFrame) -> pl.DataFrame:
    """The slices of one document whose stated amount went down at least once, split where they were taken back.

    The part that still stands comes first, so that it finds room first: what a bank line proves of it then leaves nothing
    of the parts that were taken back to count in its place.
    """
    live: list[tuple[dict[str, object], Decimal]] = []
    done: list[tuple[dict[str, object], Decimal, date | None]] = []
    for step in steps.iter_rows(named=True):
        if step["step"] > 0:
            live.append((step, step["step"]))
            continue
        missing = -step["step"]
        while missing > 0 and live:
            slice_, amount = live.pop()
            taken = min(amount, missing)
            done.append((slice_, taken, step["known_on"]))
            missing -= taken
            if amount > taken:
                live.append((slice_, amount - taken))
    parts = [*((slice_, amount, None) for slice_, amount in live), *done]
    rows = [{**slice_, "step": amount, "reversed_on": day, "part": part} for part, (slice_, amount, day) in enumerate(parts)]
    schema = {**steps.schema, "reversed_on": pl.Date(), "part": pl.Int64()}
    return pl.DataFrame(rows, schema=schema)
