"""The figures of a closing, opened: the invoices that wait for a decision, those that are doubtful, and their provisions."""

from datetime import date

import polars as pl

from models.money import MONEY, total
from models.tables import conform
from pipelines.explain.explanation import Explanation, Told, of_rows
from pipelines.explain.rows import ROWS
from pipelines.ledger import Ledger
from pipelines.provisions.closings import last_closing

#: The figures of doubtful receivables by key.
DOUBTFUL_FIGURES = {
    "doubtful_proposed": Told(
        "To decide", "Receivables that a rule proposes as doubtful, VAT included. A person decides.", "{proposed}"
    ),
    "doubtful_decided": Told(
        "Decided doubtful (416)",
        "What is owed on invoices that a person decided to be doubtful, VAT included.",
        "{decided}",
    ),
    "provision": Told(
        "Provision at this date",
        "On invoices decided doubtful: what is owed without VAT × the rate, by age or by hand.",
        "{provided}",
    ),
    "provision_change": Told(
        "Since the last closing",
        "What a closing at this date would add to the provision, or take back where it is negative.",
        "{provided} − {booked}",
    ),
}
_OPERAND_NAMES = {
    "proposed": "Receivables to decide",
    "decided": "Doubtful by decision",
    "provided": "Provisions of doubtful invoices",
    "booked": "Provided for at the last closing",
}


def explain_doubtful(
    ledger: Ledger, key: str, doubts: pl.DataFrame, changes: pl.DataFrame, *, as_of: date, currency: str
) -> Explanation:
    """Open a figure of doubtful receivables.

    Args:
        ledger: for the invoices of earlier provisions.
        key: of DOUBTFUL_FIGURES.
        doubts: DOUBTS (`pipelines.provisions.proposals`) at `as_of`.
        changes: CHANGES of provisions (`pipelines.provisions.closings`) up to it.
        as_of: the date.
        currency: of the amounts.
    """
    held = doubts.filter(pl.col("state") == "doubtful")
    closing = last_closing(ledger.settings, before=as_of)
    booked = changes.filter(pl.col("day") <= closing).group_by("document_id").agg(amount=pl.col("change").sum().cast(MONEY))
    made = {
        "proposed": _of_invoices(doubts.filter(pl.col("state") == "proposed"), ledger, "outstanding"),
        "decided": _of_invoices(held, ledger, "outstanding"),
        "provided": _of_invoices(held, ledger, "provision"),
        "booked": _of_invoices(booked, ledger, "amount"),
    }
    values = {
        "doubtful_proposed": total(doubts.filter(pl.col("state") == "proposed")["outstanding"]),
        "doubtful_decided": total(held["outstanding"]),
        "provision": total(held["provision"].drop_nulls()),
        "provision_change": total(held["provision"].drop_nulls()) - total(booked["amount"]),
    }
    operands = {name: (title, made[name]) for name, title in _OPERAND_NAMES.items()}
    return of_rows(key, DOUBTFUL_FIGURES[key], values[key], operands, as_of=as_of, currency=currency)


def _of_invoices(rows: pl.DataFrame, ledger: Ledger, counted: str) -> pl.DataFrame:
    """ROWS of invoices, of which one column counts; those of which nothing does are left out."""
    days = pl.col("days_late") if "days_late" in rows.columns else pl.lit(None)
    known = ledger.documents.with_columns(row_id="document_id", date="issue_date", whole="amount").drop("amount")
    counting = rows.select("document_id", days=days, amount=pl.col(counted)).filter(pl.col("amount") != 0)
    return counting.join(known, on="document_id", how="inner", validate="1:1").pipe(conform, ROWS)
