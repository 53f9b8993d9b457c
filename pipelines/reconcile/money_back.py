"""A person's word on a debit that takes a client's money back: a refunded credit, or a returned payment."""

from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.money import ZERO
from models.store import Author, Store
from pipelines.ledger import Ledger, run_ledger
from pipelines.reconcile.finding import Row, day_of, find_credit_note, find_document, find_line
from pipelines.reconcile.giving import automatic_claims, insert_confirmed
from pipelines.reconcile.room import amount_of, check_receipt, gone_back, too_much, unused_credit
from pipelines.reconcile.taking_back import Back, insert_back


def refund(store: Store, line_id: str, credit: str, *, author: Author, invoice: str | None = None) -> int:
    """Say that a debit takes back a client's credit: a credit note (by number) or a receipt (by line id).

    A debit that takes back money already allocated is a returned payment: its invoices are open again from its date. A
    debit that is larger than what came back by no more than the fee tolerance holds the bank's fee, which is no client's.

    Args:
        store: the database.
        line_id: the debit.
        credit: what it takes back.
        author: who says so.
        invoice: of a receipt that paid several invoices: the one whose payment came back, by number or id.

    Raises:
        Refused: unknown line, credit or invoice, not a debit, more than the credit, or nothing says which part it is.
    """
    with store.writing():
        ledger = run_ledger(store)
        line = find_line(ledger, line_id)
        amount = -amount_of(line)
        if amount <= 0:
            raise Refused("not_a_debit", "The bank line {line} is not a payment to a client.", line=line_id)
        known = ledger.line_refunds.filter(pl.col("line_id") == line_id)
        if known["by_person"].any():
            raise Refused("refunded_already", "The bank line {line} is a refund already: undo that first.", line=line_id)
        back = _what_goes_back(ledger, line, credit, invoice, author, replaced=known)
        said = {"credit": credit, "amount": back.amount, "currency": line["currency"], "kind": back.kind}
        fee = {"fee": amount - back.amount} if amount > back.amount else {}
        with store.change("refund", author, subject=line_id, detail=said | fee) as change:
            insert_back(change, line_id, back, replaced=known)
            if back.document_id is not None:  # the rules may not spread anew what a person says of a part
                insert_confirmed(store, change, automatic_claims(ledger, [back.credit_id]))
    return change.change_id


def _what_goes_back(
    ledger: Ledger, debit: Row, credit: str, invoice: str | None, author: Author, *, replaced: pl.DataFrame
) -> Back:
    """What a debit takes back of a credit note or receipt."""
    note = find_credit_note(ledger, credit)
    source = find_line(ledger, credit) if note is None else note
    if note is None:
        check_receipt(source)
    amount = -amount_of(debit)
    credit_id = str(source["line_id"] if note is None else source["document_id"])
    if source["currency"] != debit["currency"]:
        raise Refused(
            "other_currency",
            "{number} is in {currency}: amounts of two currencies are never matched.",
            number=credit,
            currency=source["currency"],
        )
    confirmed = replaced.filter(pl.col("credit_id") == credit_id).select("credit_id", "kind", "amount", "document_id").rows()
    if confirmed and invoice is None:
        return Back(*confirmed[0])
    left = unused_credit(ledger, credit_id, as_of=max(author.today, day_of(debit["booking_date"])))
    if amount <= left and invoice is None:
        return Back(credit_id, "refunded", amount)
    if note is not None:
        raise too_much(left, source)
    return _returned(ledger, source, amount, left, credit, invoice)


def _returned(ledger: Ledger, receipt: Row, amount: Decimal, left: Decimal, credit: str, invoice: str | None) -> Back:
    """What of a receipt a debit of that amount sends back, the bank's fee off: the whole, or what it gave one invoice."""
    credit_id, whole = str(receipt["line_id"]), amount_of(receipt)
    gone = gone_back(ledger, credit_id)
    is_its = (pl.col("source_id") == credit_id) & (pl.col("source") == "bank") & pl.col("reversed_on").is_null()
    parts: list[tuple[Decimal, str | None]] = list(ledger.claims.filter(is_its).select("amount", "document_id").iter_rows())
    if invoice is not None:
        wanted = find_document(ledger, invoice)["document_id"]
        parts = [part for part in parts if part[1] == wanted]
    elif gone == ZERO:
        parts = [(whole, None), *(part for part in parts if part[0] != whole)]
    most = ledger.settings.fee_tolerance
    near = [part for part in parts if ZERO <= amount - part[0] <= most]
    if not near:
        if amount > whole - gone + most:
            raise too_much(whole - gone, receipt)
        raise Refused(
            "no_such_part",
            "{amount} is neither the whole of {credit} nor one of its allocations, a bank fee of at most {fee} aside.",
            amount=amount,
            credit=credit,
            fee=most,
            currency=receipt["currency"],
        )
    best = max(part[0] for part in near)
    found = [part for part in near if part[0] == best]
    if len(found) > 1:
        raise Refused(
            "which_part",
            "{credit} gave {amount} to several invoices: say which one came back with --invoice.",
            credit=credit,
            amount=best,
            currency=receipt["currency"],
        )
    kind = "refunded" if best == whole and best <= left else "returned"
    return Back(credit_id, kind, best, found[0][1])
