"""The rows behind a figure: documents, payments and credits, each with what of it counts, by sign."""

import polars as pl

from models.money import MONEY
from models.tables import Schema, conform
from pipelines.ledger import Ledger
from pipelines.parties import client_names
from pipelines.receivables import day_paid

#: One row per document, payment or allocation that takes part in an operand. What a row brings is its `amount`.
ROWS: Schema = {
    "row_id": pl.String,  # the document's, receipt's, refund's or claim's id
    "kind": pl.String,  # invoice | deposit | credit_note | bank | declared | write_off | returned | refunded
    "number": pl.String,  # of the document; of the invoice that an allocation pays; the label of a bank line
    "client_id": pl.String,
    "client": pl.String,
    "document_id": pl.String,  # the document that can be opened; null for a receipt
    "date": pl.Date,
    "due_date": pl.Date,
    "whole": MONEY,  # the document or payment, all of it, without a sign
    "amount": MONEY,  # what of it counts, by sign: the rows of an operand sum to it
    "days": pl.Int64,  # days late, or days taken to pay
    "weight": pl.Decimal(38, 2),  # amount x days, where days are averaged
    "sales_rep": pl.String,
    "category": pl.String,
}

_CREDIT_NOTE = pl.col("kind") == "credit_note"


def of_items(items: pl.DataFrame) -> pl.DataFrame:
    """ROWS of open invoices: what each still owes, and how late it is."""
    return items.with_columns(
        row_id="document_id", date="issue_date", whole="amount", amount=pl.col("outstanding")
    ).pipe(conform, ROWS)  # fmt: skip


def of_credits(credit_rows: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """ROWS of OPEN_CREDITS: what is left of each, positive as a credit; bank lines by their label."""
    is_note = pl.col("source") == "credit_note"
    return (
        _labelled(credit_rows.with_columns(line_id="credit_id"), ledger)
        .with_columns(
            row_id="credit_id",
            kind="source",
            document_id=pl.when(is_note).then("credit_id"),
            whole=pl.col("amount").abs(),
            amount=pl.col("remaining"),
        )
        .pipe(conform, ROWS)
    )


def of_documents(documents: pl.DataFrame) -> pl.DataFrame:
    """ROWS of issued documents: invoices and deposits as they are, credit notes negative."""
    signed = pl.when(_CREDIT_NOTE).then(-pl.col("amount")).otherwise("amount").cast(MONEY)
    due = pl.when(~_CREDIT_NOTE).then("due_date")
    return documents.with_columns(
        row_id="document_id", date="issue_date", due_date=due, whole="amount", amount=signed
    ).pipe(conform, ROWS)  # fmt: skip


def of_receipts(receipts: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """ROWS of money that came from clients, whatever is allocated of it; what was only declared by the invoices it paid."""
    paid = ledger.allocations.filter(pl.col("source") == "declared").sort("invoice_number")
    numbers = paid.group_by(receipt_id="source_id", maintain_order=True).agg(
        number=pl.col("invoice_number").drop_nulls().unique(maintain_order=True).str.join(", ")
    )
    named = _named(receipts, ledger).join(numbers, on="receipt_id", how="left", validate="m:1", maintain_order="left")
    return (
        _labelled(named.with_columns(line_id="receipt_id"), ledger)
        .with_columns(row_id="receipt_id", kind="source", whole="amount")
        .pipe(conform, ROWS)
    )  # fmt: skip


def of_refunds(refunds: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """ROWS of money that went back to clients: positive as what went back."""
    rows = _labelled(_named(refunds, ledger), ledger)
    return rows.with_columns(row_id="refund_id", whole="amount").pipe(conform, ROWS)


def of_allocations(allocations: pl.DataFrame, ledger: Ledger, *, since: str) -> pl.DataFrame:
    """ROWS of what was given to invoices, on the day on which it was paid.

    Args:
        allocations: ALLOCATIONS.
        ledger: for names, sales reps and categories.
        since: the column of the day that `days` are counted from: issue_date or due_date.
    """
    days = (day_paid() - pl.col(since)).dt.total_days()
    invoices = ledger.documents.select("document_id", "client", "sales_rep", "category", whole="amount")
    return (
        allocations.join(invoices, on="document_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(row_id="claim_id", kind="source", number="invoice_number", date=day_paid(), days=days)
        .with_columns(client=pl.coalesce("client", "client_id"), weight=pl.col("amount") * pl.col("days"))
        .pipe(conform, ROWS)
    )


def negative(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows, taken away."""
    return rows.with_columns((-pl.col("amount")).cast(MONEY))


def _named(moves: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    names = client_names(ledger.clients, ledger.documents)
    return moves.join(names, on="client_id", how="left", validate="m:1", maintain_order="left").with_columns(
        client=pl.coalesce("client", "client_id")
    )


def _labelled(moves: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """The rows whose `line_id` is a bank line with its label as their `number`, if they have none."""
    labels = ledger.lines.select("line_id", label="label")
    number = pl.col("number") if "number" in moves.columns else pl.lit(None, pl.String)
    return moves.join(labels, on="line_id", how="left", validate="m:1", maintain_order="left").with_columns(
        number=pl.coalesce(number, "label")
    )
