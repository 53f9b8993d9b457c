"""A person's word on a debit that takes a client's money back: a refunded credit, or a returned payment."""

import polars as pl

from models.errors import Refused
from models.ids import stable_id
from models.money import MONEY
from models.store import Author, Store
from models.tables import Schema
from pipelines.ledger import Ledger, run_ledger
from pipelines.reconcile.finding import Row, day_of, find_credit_note, find_line
from pipelines.reconcile.room import amount_of, check_receipt, gone_back, too_much, unused_credit


def refund(store: Store, line_id: str, credit: str, *, author: Author) -> int:
    """Say that a debit takes back a client's credit: a credit note (by number) or a receipt (by line id).

    A debit that takes back money already allocated is a returned payment: its invoices are open again from its date.

    Raises:
        Refused: unknown line or credit, not a debit, or more than the credit.
    """
    with store.writing():
        ledger = run_ledger(store)
        line = find_line(ledger, line_id)
        amount = -amount_of(line)
        if amount <= 0:
            raise Refused("not_a_debit", "The bank line {line} is not a payment to a client.", line=line_id)
        known = ledger.refunds.filter(pl.col("line_id") == line_id)
        if known["by_person"].any():
            raise Refused("refunded_already", "The bank line {line} is a refund already: undo that first.", line=line_id)
        credit_id, kind = _what_goes_back(ledger, line, credit, author, replaced=known)
        with store.change("refund", author, subject=line_id, detail={"credit": credit, "amount": amount, "kind": kind}) as change:
            schema: Schema = {
                "refund_id": pl.String,
                "credit_id": pl.String,
                "kind": pl.String,
                "amount": MONEY,
                "is_ended": pl.Boolean,
            }
            ended = known.filter(pl.col("credit_id") != credit_id).select(
                "refund_id", "credit_id", "kind", "amount", is_ended=True
            )
            said = (stable_id("refund", line_id, credit_id), credit_id, kind, amount, False)
            rows = pl.DataFrame([*ended.iter_rows(), said], schema=schema, orient="row")
            is_said = ~pl.col("is_ended")
            change.insert(
                "refund", rows.unique("refund_id", keep="first").with_columns(line_id=pl.lit(line_id), by_person=is_said)
            )
    return change.change_id


def _what_goes_back(ledger: Ledger, debit: Row, credit: str, author: Author, *, replaced: pl.DataFrame) -> tuple[str, str]:
    """Id of the credit note or receipt that a debit takes back, and whether it was unused (refunded) or allocated (returned)."""
    note = find_credit_note(ledger, credit)
    source = find_line(ledger, credit) if note is None else note
    if note is None:
        check_receipt(source)
    amount, whole = -amount_of(debit), amount_of(source)
    credit_id = str(source["line_id"] if note is None else source["document_id"])
    if source["currency"] != debit["currency"]:
        raise Refused(
            "other_currency",
            "{number} is in {currency}: amounts of two currencies are never matched.",
            number=credit,
            currency=source["currency"],
        )
    confirmed = replaced.filter(pl.col("credit_id") == credit_id)["kind"].to_list()
    if confirmed:
        return credit_id, confirmed[0]
    left = unused_credit(ledger, credit_id, as_of=max(author.today, day_of(debit["booking_date"])))
    if amount <= left:
        return credit_id, "refunded"
    most = left if note is not None else whole - gone_back(ledger, credit_id)
    claims = ledger.claims.filter((pl.col("source_id") == credit_id) & pl.col("reversed_on").is_null())
    if amount > most:
        raise too_much(most)
    if amount != whole and amount not in claims["amount"].to_list():
        raise Refused(
            "no_such_part", "{amount} is neither the whole of {credit} nor one of its allocations.", amount=amount, credit=credit
        )
    return credit_id, "returned"
