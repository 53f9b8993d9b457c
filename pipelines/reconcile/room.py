"""How much a person can still give: what a source has left, and what an invoice owes."""

from datetime import date
from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.money import CENT, total
from pipelines.ledger import Ledger
from pipelines.receivables import open_credits
from pipelines.reconcile.finding import Row, row_of


def amount_of(row: Row) -> Decimal:
    """The amount of a line or document."""
    amount = row["amount"]
    if not isinstance(amount, Decimal):
        raise TypeError(amount)
    return amount


def check_amount(amount: Decimal) -> None:
    """Refuse what is not a positive amount in whole cents.

    Raises:
        Refused: it is not.
    """
    if not amount.is_finite() or amount <= 0:
        raise Refused("too_little", "The amount must be more than 0.")
    if amount % CENT:
        raise Refused("not_in_cents", "The amount must have at most two decimals.")


def check_receipt(line: Row) -> None:
    """Refuse a bank line that brings no money.

    Raises:
        Refused: it is a debit.
    """
    if amount_of(line) <= 0:
        raise Refused("not_a_receipt", "The bank line {line} is not a receipt.", line=line["line_id"])


def too_much(left: Decimal, source: Row) -> Refused:
    """The refusal to give more than a source (a line or credit note) has left."""
    if left <= 0:
        return Refused("too_much", "Nothing is left of this source: all of it was given or went back.")
    return Refused(
        "too_much",
        "The amount must be more than 0 and at most {left}, what this source has left.",
        left=left,
        currency=source["currency"],
    )


def check_line(ledger: Ledger, line: Row, amount: Decimal) -> None:
    """A person may give what people have not given yet of a receipt, and what did not go back.

    Raises:
        Refused: the line is no receipt, or has less left.
    """
    check_receipt(line)
    left = left_of(ledger, line)
    if amount > left:
        raise too_much(left, line)


def left_of(ledger: Ledger, line: Row) -> Decimal:
    """What people have not given yet of a receipt, less what went back."""
    is_mine = (pl.col("source") == "bank") & (pl.col("source_id") == line["line_id"])
    given = ledger.claims.filter(is_mine & (pl.col("by") != "rule") & pl.col("reversed_on").is_null())
    return amount_of(line) - total(given["amount"]) - gone_back(ledger, str(line["line_id"]))


def gone_back(ledger: Ledger, credit_id: str) -> Decimal:
    """What of a receipt or credit note was returned or refunded."""
    return total(ledger.line_refunds.filter(pl.col("credit_id") == credit_id)["amount"])


def check_invoice(
    ledger: Ledger, document_id: str, amount: Decimal, *, source: Row, day: date, freed: pl.DataFrame | None = None
) -> None:
    """Refuse more than an invoice still takes, or another currency.

    Args:
        ledger: the facts.
        document_id: the invoice.
        amount: what it would get.
        source: the line or credit note that gives. `day` is its date.
        day: see `room_of`.
        freed: see `room_of`.

    Raises:
        Refused: another currency, or it owes less.
    """
    invoice = row_of(ledger, document_id)
    check_currency(invoice, source=source)
    left = room_of(ledger, invoice, day=day, freed=freed)
    if "line_id" in source:  # of a day, money comes before a loss: what was lost that very day takes it too
        left += total(_losses(ledger, document_id).filter(pl.col("date") <= day)["amount"])
    if amount > left:
        raise _owes_less(ledger, invoice, left)


def lost_before(ledger: Ledger, document_id: str, *, day: date) -> Decimal:
    """What of an invoice stands as written off as a loss since before that day: money received then ends it."""
    return total(_losses(ledger, document_id).filter(pl.col("date") < day)["amount"])


def _losses(ledger: Ledger, document_id: str) -> pl.DataFrame:
    is_loss = (pl.col("source") == "write_off") & (pl.col("reason") == "loss") & pl.col("reversed_on").is_null()
    return ledger.allocations.filter(is_loss & (pl.col("document_id") == document_id))


def _owes_less(ledger: Ledger, invoice: Row, left: Decimal) -> Refused:
    """The refusal to give an invoice more than it owes; of one that is written off, with how to take the loss back."""
    lost = _losses(ledger, str(invoice["document_id"]))
    if left <= 0 and lost.height:
        return Refused(
            "owes_less",
            "{number} was written off as a loss on {date}. Only money is given to it; for anything else take the loss back "
            "first: undo it in the history, or run encours mark {number} written-off --off.",
            number=invoice["number"],
            date=lost["counts_from"].max(),
        )
    if left <= 0:
        return Refused("owes_less", "{number} owes nothing more.", number=invoice["number"])
    return Refused(
        "owes_less",
        "{number} owes {left}: give it at most that.",
        number=invoice["number"],
        left=left,
        currency=invoice["currency"],
    )


def check_currency(invoice: Row, *, source: Row) -> None:
    """Refuse an invoice that is in another currency than the source.

    Raises:
        Refused: it is.
    """
    if invoice["currency"] != source["currency"]:
        raise Refused(
            "other_currency",
            "{number} is in {currency}: amounts of two currencies are never matched.",
            number=invoice["number"],
            currency=invoice["currency"],
        )


def room_of(ledger: Ledger, invoice: Row, *, day: date, freed: pl.DataFrame | None = None) -> Decimal:
    """What an invoice still takes: what other lines, and credit notes and write-offs dated before, leave of it.

    Declared payments do not count: the bank line proves them.

    Args:
        ledger: the facts.
        invoice: the document's row.
        day: allocations dated later, bank lines aside, make room.
        freed: claim_id of the allocations that the decision ends.
    """
    is_before = (pl.col("source") == "bank") | (pl.col("date") <= day)
    is_mine = (pl.col("document_id") == invoice["document_id"]) & (pl.col("source") != "declared")
    given = ledger.allocations.filter(is_mine & pl.col("reversed_on").is_null() & is_before)
    if freed is not None:
        given = given.join(freed, on="claim_id", how="anti")
    return amount_of(invoice) - total(given["amount"])


def unused_credit(ledger: Ledger, credit_id: str, *, as_of: date) -> Decimal:
    """What of a credit note or receipt is open credit on that day."""
    return total(open_credits(ledger, as_of=as_of).filter(pl.col("credit_id") == credit_id)["remaining"])
