"""Warnings about the payments that an invoicing tool states: amounts that disagree, and less paid than before."""

import polars as pl

from models.money import MONEY, ZERO
from models.problems import problem_rows
from pipelines.declared import stated_amount
from pipelines.ingest.tables.balances import french

_ZERO = pl.lit(ZERO, MONEY)
_LINK = ["direction", "client_id", "currency"]


def payment_warnings(payments: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """PROBLEMS of what a file states of payments.

    Args:
        payments: one row per document of the file, with what it says of the payment and `stated_before`.
        stored: the last version of each document: credit notes take part in what an amount due means.
    """
    invoices = payments.filter(pl.col("kind") != "credit_note")
    if invoices.is_empty():
        return problem_rows([])
    columns = ["document_id", *_LINK, "kind", "linked_invoice", "amount"]
    others = stored.join(payments, on="document_id", how="anti").select(columns)
    credited = (
        pl.concat([others, payments.select(columns)])
        .filter(pl.col("kind") == "credit_note")
        .group_by(*_LINK, number="linked_invoice")
        .agg(credited=pl.col("amount").sum().cast(MONEY))
        .drop_nulls("number")
    )
    rest = (pl.col("amount") - pl.col("credited") - pl.col("amount_due")).clip(lower_bound=_ZERO)
    before = pl.col("stated_before").struct
    told = (
        invoices.join(credited, on=[*_LINK, "number"], how="left", validate="m:1", maintain_order="left")
        .with_columns(pl.col("credited").fill_null(_ZERO))
        .with_columns(
            now=stated_amount("credited"),
            before=stated_amount(
                "credited", paid=before.field("paid_amount"), due=before.field("amount_due"), is_paid=before.field("is_paid")
            ),
            rest=rest.cast(MONEY),
        )
        .sort("line")
    )
    gaps = told.filter(pl.col("paid_amount") != pl.col("rest")).select("line", "number", "paid_amount", "amount_due")
    less = told.filter(pl.col("now") < pl.col("before")).select("line", "number", "before", "now")
    return problem_rows(
        [
            *[
                (line, "amount_due", f"{n}: {french(paid)} / {french(due)}", "paid_and_due")
                for line, n, paid, due in gaps.iter_rows()
            ],
            *[
                (line, "paid_amount", f"{n}: {french(was)} → {french(now)}", "paid_less")
                for line, n, was, now in less.iter_rows()
            ],
        ]
    )
