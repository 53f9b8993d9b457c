"""From the ledger to what the forecast learns from and looks at: payment history, open invoices, promises."""

from datetime import date

import polars as pl

from models.tables import conform
from pipelines.behaviour import HISTORY
from pipelines.ledger import Ledger
from pipelines.receivables import latest_marks, only_counting, only_currency, open_items, outstanding


def payment_history(ledger: Ledger, *, as_of: date, currency: str) -> pl.DataFrame:
    """HISTORY of the sales invoices and deposits issued by `as_of`, as known at its end.

    An invoice is paid on the day on which its receipts and credit notes, and what was written off as a discount, a bank
    fee or a rounding, reach its amount; partly paid, or written off as a loss, it is not paid. Invoices that credit
    notes alone settled, and those settled by payments whose date is not known, say nothing of delays and are left out; so
    do those issued before the first day of complete data: they were taken over because they were not paid.
    """
    is_money = pl.col("source").is_in(["bank", "declared"])
    facts = (
        only_counting(ledger.allocations, as_of=as_of)
        .group_by("document_id")
        .agg(
            settled_on=pl.col("counts_from").max(),
            has_money=is_money.any(),
            has_undated=(is_money & ~pl.col("is_dated")).any(),
            is_loss=((pl.col("source") == "write_off") & (pl.col("reason") == "loss").fill_null(value=False)).any(),
        )
    )
    is_settled = pl.col("outstanding") == 0
    has_money, is_loss = pl.col("has_money").fill_null(value=False), pl.col("is_loss").fill_null(value=False)
    says_nothing = is_settled & (pl.col("has_undated").fill_null(value=False) | ~(has_money | is_loss))
    return (
        outstanding(only_currency(ledger.documents, currency), ledger.allocations, as_of=as_of)
        .join(facts, on="document_id", how="left", validate="1:1")
        .filter(~says_nothing)
        .filter(pl.col("issue_date") >= (ledger.settings.history_from or date.min))
        .select(
            "client_id",
            "issue_date",
            "due_date",
            id="document_id",
            paid_date=pl.when(is_settled & ~is_loss).then("settled_on"),
            amount=pl.col("amount").cast(pl.Float64),
        )
        .pipe(conform, HISTORY)
        .sort("issue_date", "id")
    )


def open_invoices(ledger: Ledger, *, as_of: date, currency: str) -> pl.DataFrame:
    """One row per sales invoice or deposit still owed at the end of `as_of`, by due date and number.

    Returns:
        OPEN_ITEMS and `promised_date`: the day that the client promised, if it is still to come.
    """
    promises = (
        latest_marks(ledger.marks, ["promise"], key="document_id", as_of=as_of)
        .filter("is_set")
        .select("document_id", promised_date=pl.col("value").str.to_date("%Y-%m-%d", strict=False))
        .filter(pl.col("promised_date") > as_of)
    )
    return (
        open_items(ledger, as_of=as_of, currency=currency)
        .filter(pl.col("outstanding") > 0)
        .join(promises, on="document_id", how="left", validate="1:1")
        .sort("due_date", "number", "document_id")
    )
