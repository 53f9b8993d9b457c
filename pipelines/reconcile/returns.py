"""Returned payments that nobody has explained yet, and the receipts that could have come back with each."""

from datetime import date, timedelta

import polars as pl

from models.money import MONEY
from models.tables import Schema
from pipelines.ledger import Ledger
from pipelines.parties import client_names
from pipelines.reconcile.labels import labels_of, name_text
from pipelines.reconcile.refunds import says_return_column

_WINDOW = timedelta(days=400)  # a direct debit that nobody allowed may come back for thirteen months
MOST = 5
#: One row per receipt, or part of one, that a debit could take back, the likeliest first.
POSSIBLE: Schema = {
    "debit_id": pl.String,
    "credit_id": pl.String,
    "document_id": pl.String,  # of a part: the invoice that it paid; null: the whole receipt
    "amount": MONEY,  # that would come back
    "fee": MONEY,  # of the bank, that the debit holds besides
    "date": pl.Date,
    "label": pl.String,
    "client": pl.String,  # whose it is, if known
    "invoice_numbers": pl.String,  # that it paid, separated by commas
    "is_named": pl.Boolean,  # the debit's label names that client or one of those invoices
}


def possible_returns(ledger: Ledger, debits: pl.DataFrame) -> pl.DataFrame:
    """POSSIBLE: the receipts of a debit's amount, or of that less the bank's fee, booked before it and not taken back yet.

    Args:
        ledger: the facts.
        debits: line_id, date, amount (negative), currency and label of the returned payments.
    """
    taken = ledger.line_refunds.select("credit_id", taken_part="document_id")
    every = pl.concat([_wholes(ledger, taken), _parts(ledger, taken)])
    fee = ledger.settings.fee_tolerance
    asked = debits.select("currency", debit_id="line_id", day="date", back=(-pl.col("amount")).cast(MONEY), said="label")
    fits = pl.col("date").is_between(pl.col("day") - _WINDOW, "day") & (pl.col("amount") <= pl.col("back"))
    near = every.join(asked, on="currency", how="inner", validate="m:m").filter(
        fits & (pl.col("amount") >= pl.col("back") - pl.lit(fee, MONEY))
    )
    rows = near.with_columns(fee=(pl.col("back") - pl.col("amount")).cast(MONEY), is_named=_is_named(near))
    order = ["debit_id", "is_named", "fee", "date", "credit_id", "document_id"]
    ranked = rows.sort(order, descending=[False, True, False, True, False, False], nulls_last=False)
    return (
        ranked.select(pl.col(name).cast(dtype) for name, dtype in POSSIBLE.items())
        .group_by("debit_id", maintain_order=True)
        .head(MOST)
    )


def unexplained(ledger: Ledger, *, as_of: date) -> pl.Expr:
    """Whether a bank line is a debit whose label says that a payment came back, and that takes nothing back yet."""
    labels = labels_of(ledger.lines.filter(pl.col("amount") < 0))
    said = labels.filter(says_return_column("words"))["line_id"].to_list()
    debits = ledger.lines.filter(pl.col("booking_date") <= as_of).select("line_id")
    known = ledger.line_refunds.join(debits, on="line_id", how="semi")["line_id"].to_list()
    return pl.col("line_id").is_in(said) & ~pl.col("line_id").is_in(known)


def _wholes(ledger: Ledger, taken: pl.DataFrame) -> pl.DataFrame:
    """Receipts of which nothing went back."""
    names = client_names(ledger.clients, ledger.documents)
    clients = (
        ledger.receipts.join(names, on="client_id", how="left", validate="m:1")
        .group_by(credit_id="receipt_id")
        .agg(client=pl.col("client").sort().str.join(", "))
    )
    paid = _claims(ledger).group_by("credit_id").agg(invoice_numbers=pl.col("number").sort().str.join(", "))
    return (
        ledger.lines.filter(pl.col("amount") > 0)
        .select("amount", "currency", "label", credit_id="line_id", date="booking_date", document_id=pl.lit(None, pl.String))
        .join(taken, on="credit_id", how="anti")
        .join(clients, on="credit_id", how="left", validate="1:1")
        .join(paid, on="credit_id", how="left", validate="1:1")
        .select(_COLUMNS)
    )


def _parts(ledger: Ledger, taken: pl.DataFrame) -> pl.DataFrame:
    """What receipts gave to single invoices, where it is not all of them."""
    lines = ledger.lines.select("label", credit_id="line_id", whole="amount", date="booking_date")
    whole = taken.filter(pl.col("taken_part").is_null())
    return (
        _claims(ledger)
        .join(lines, on="credit_id", how="inner", validate="m:1")
        .filter(pl.col("amount") != pl.col("whole"))
        .join(whole, on="credit_id", how="anti")
        .join(taken, left_on=["credit_id", "document_id"], right_on=["credit_id", "taken_part"], how="anti")
        .rename({"number": "invoice_numbers"})
        .select(_COLUMNS)
    )


def _claims(ledger: Ledger) -> pl.DataFrame:
    """What bank lines give, and gave not back."""
    invoices = ledger.documents.select("document_id", "number", "client", "currency")
    live = ledger.claims.filter((pl.col("source") == "bank") & pl.col("reversed_on").is_null())
    return live.select("document_id", "amount", credit_id="source_id").join(
        invoices, on="document_id", how="inner", validate="m:1"
    )


_COLUMNS = ("credit_id", "document_id", "amount", "currency", "date", "label", "client", "invoice_numbers")


def _is_named(near: pl.DataFrame) -> pl.Series:
    """Whether the debit's label holds the client's name, or an invoice's number, as the label writes words."""
    found = []
    for said, client, numbers in near.select("said", "client", "invoice_numbers").iter_rows():
        words = f" {name_text(said or '')} "
        wanted = [*(client or "").split(", "), *(numbers or "").split(", ")]
        found.append(any(text and f" {text} " in words for text in map(name_text, wanted)))
    return pl.Series(found, dtype=pl.Boolean)
