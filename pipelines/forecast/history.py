"""From the ledger to what the forecast learns from and looks at: payment history, open invoices."""

from datetime import date

import polars as pl

from models.tables import conform
from pipelines.behaviour import HISTORY
from pipelines.kept import kept_with_ledger
from pipelines.ledger import Ledger
from pipelines.receivables import day_paid, only_counting, only_currency, open_items, outstanding

#: What settles an invoice without being a loss: money, and the small differences that are given up with it.
_IS_LOSS = (pl.col("source") == "write_off") & (pl.col("reason") == "loss").fill_null(value=False)
_IS_MONEY = pl.col("source").is_in(["bank", "declared"])
_IS_CREDIT = pl.col("source") == "credit_note"
#: As many dates and currencies as a screen looks at.
_MOST_KEPT = 2


@kept_with_ledger(_MOST_KEPT)
def payment_history(ledger: Ledger, *, as_of: date, currency: str) -> pl.DataFrame:
    """HISTORY of the sales invoices and deposits issued by `as_of`, as known at its end.

    Each payment is a part of its invoice, on its own day, with what was written off then as a discount, a bank fee or a
    rounding; what is still owed, or was written off as a loss, is a part that is not paid. What a credit note took off
    was never to be paid. Invoices that credit notes alone settled, and those with payments whose date is not known,
    say nothing of delays and are left out; so do those issued before the first day of complete data: they were taken
    over because they were not paid.
    """
    counting = only_counting(ledger.allocations, as_of=as_of)
    facts = counting.group_by("document_id").agg(
        credited=pl.col("amount").filter(_IS_CREDIT).sum(),
        paid=pl.col("amount").filter(~_IS_CREDIT & ~_IS_LOSS).sum(),
        has_undated=(_IS_MONEY & ~pl.col("is_dated")).any(),
        is_only_given_up=((pl.col("source") == "write_off") & ~_IS_LOSS).all(),
    )
    invoices = (
        outstanding(only_currency(ledger.documents, currency), ledger.allocations, as_of=as_of)
        .join(facts, on="document_id", how="left", validate="1:1")
        .filter(~pl.col("has_undated").fill_null(value=False) & ~pl.col("is_only_given_up").fill_null(value=False))
        .filter(pl.col("issue_date") >= (ledger.settings.history_from or date.min))
        .with_columns(whole=pl.col("amount") - pl.col("credited").fill_null(0))
        .filter(pl.col("whole") > 0)
        .select("client_id", "issue_date", "due_date", "whole", "paid", id="document_id")
    )
    payments = (
        counting.filter(~_IS_CREDIT & ~_IS_LOSS)
        .group_by(pl.col("document_id").alias("id"), day_paid().alias("paid_date"))
        .agg(amount=pl.col("amount").sum())
    )
    left = invoices.with_columns(amount=pl.col("whole") - pl.col("paid").fill_null(0)).filter(pl.col("amount") > 0)
    parts = pl.concat([invoices.join(payments, on="id", how="inner", validate="1:m"), left], how="diagonal")
    amount, whole = pl.col("amount").cast(pl.Float64), pl.col("whole").cast(pl.Float64)
    return (
        parts.with_columns(amount=amount, share=amount / whole)
        .pipe(conform, HISTORY)
        .sort("issue_date", "id", "paid_date", nulls_last=True)
    )


def open_invoices(ledger: Ledger, *, as_of: date, currency: str) -> pl.DataFrame:
    """OPEN_ITEMS of the sales invoices and deposits still owed at the end of `as_of`, by due date and number."""
    return (
        open_items(ledger, as_of=as_of, currency=currency)
        .filter(pl.col("outstanding") > 0)
        .sort("due_date", "number", "document_id")
    )
