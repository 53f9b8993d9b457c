"""A person's word on a bank line: accept, refuse, allocate, attribute, refund. Each is one change."""

from datetime import date
from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.ids import stable_id
from models.money import MONEY, ZERO
from models.store import Author, Store
from models.tables import Schema
from pipelines.ledger import Ledger, run_ledger
from pipelines.reconcile.finding import Row, find_client, find_credit_note, find_document, find_line
from pipelines.reconcile.room import (
    amount_of,
    check_amount,
    check_invoice,
    check_line,
    check_receipt,
    gone_back,
    too_much,
    unused_credit,
)
from pipelines.reconcile.run import run_matching


def accept(store: Store, suggestion_id: str, *, candidate: int | None, author: Author) -> int:
    """Take one candidate of a suggestion as a person's allocation; its change id.

    Raises:
        Refused: no such suggestion, or several candidates and no number.
    """
    with store.writing():
        ledger = run_ledger(store)
        candidates = run_matching(store, ledger).suggestions.get(suggestion_id, [])
        if not candidates:
            raise Refused(
                "unknown_suggestion", "There is no suggestion {id}. List them with: encours suggestions", id=suggestion_id
            )
        number = 1 if candidate is None and len(candidates) == 1 else candidate
        if number is None or not 1 <= number <= len(candidates):
            raise Refused(
                "which_candidate", "This suggestion has {count} candidates: say which with --candidate.", count=len(candidates)
            )
        chosen = candidates[number - 1]
        parts = [(suggestion_id, document_id, amount) for document_id, amount in chosen.parts]
        return _store_parts(store, ledger, parts, author, rule=chosen.rule, action="accept", evidence=chosen.evidence)


def refuse(store: Store, suggestion_id: str, *, author: Author) -> int:
    """Say no to all the candidates of a suggestion, or to an allocation: no rule proposes these pairs again.

    Args:
        store: the database.
        suggestion_id: a suggestion's id, or an allocation's.
        author: who says so.

    Raises:
        Refused: neither a suggestion nor an allocation of a bank line has that id.
    """
    with store.writing():
        ledger = run_ledger(store)
        candidates = run_matching(store, ledger).suggestions.get(suggestion_id, [])
        claims = ledger.claims.filter((pl.col("claim_id") == suggestion_id) & (pl.col("source") == "bank"))
        pairs = sorted(
            {(suggestion_id, i) for c in candidates for i, _ in c.parts}
            | set(claims.select("source_id", "document_id").iter_rows())
        )
        if not pairs:
            raise Refused(
                "unknown_suggestion", "There is no suggestion {id}. List them with: encours suggestions", id=suggestion_id
            )
        with store.change("refuse", author, subject=suggestion_id) as change:
            change.insert("refusal", pl.DataFrame(pairs, schema={"line_id": pl.String, "document_id": pl.String}, orient="row"))
            change.insert("claim_end", claims.select("claim_id"))
        return change.change_id


def allocate(store: Store, source: str, number: str, amount: Decimal, *, author: Author) -> int:
    """Give an amount of a bank line, or of a credit note (by its number), to an invoice; its change id.

    Raises:
        Refused: unknown line or invoice, other currency, or more than the source has left or the invoice owes.
    """
    with store.writing():
        ledger = run_ledger(store)
        invoice = _find_bill(ledger, number)
        check_amount(amount)
        note = find_credit_note(ledger, source)
        if note is not None:
            return _use_credit_note(store, ledger, note, invoice, amount, author)
        parts = [(source, str(invoice["document_id"]), amount)]
        return _store_parts(store, ledger, parts, author, rule="person", action="allocate")


def allocate_many(store: Store, parts: list[tuple[str, str, Decimal]], *, author: Author) -> int:
    """Give amounts of several bank lines to invoices as one change: (line id, invoice number, amount) each.

    Raises:
        Refused: one of them does not hold; nothing is stored.
    """
    with store.writing():
        ledger = run_ledger(store)
        found = [(line_id, str(_find_bill(ledger, number)["document_id"]), amount) for line_id, number, amount in parts]
        return _store_parts(store, ledger, found, author, rule="person", action="allocate")


def _find_bill(ledger: Ledger, number: str) -> Row:
    """The invoice or deposit of that number; a credit note is none."""
    document = find_document(ledger, number)
    if document["kind"] == "credit_note":
        raise Refused("is_credit_note", "{number} is a credit note: it cannot be paid.", number=number)
    return document


def _store_parts(
    store: Store,
    ledger: Ledger,
    parts: list[tuple[str, str, Decimal]],
    author: Author,
    *,
    rule: str,
    action: str,
    evidence: str = "",
) -> int:
    """Check people's allocations of bank lines against what lines and invoices have left, and store them as one change.

    A person's word on a line replaces the rules': their allocations of these lines end.
    """
    parts = _summed(parts)
    lines = {line_id: find_line(ledger, line_id) for line_id, _, _ in parts}
    is_automatic = (pl.col("source") == "bank") & (pl.col("by") == "rule")
    automatic = ledger.claims.filter(is_automatic & pl.col("source_id").is_in(list(lines))).select("claim_id")
    _check_parts(ledger, parts, lines, automatic)
    subject = next(iter(lines)) if len(lines) == 1 else None
    detail = [{"label": line["label"], "amount": line["amount"]} for line in lines.values()]
    with store.change(action, author, subject=subject, detail=detail) as change:
        schema: Schema = {"source_id": pl.String, "document_id": pl.String, "amount": MONEY}
        ids = [stable_id("claim", change.change_id, line_id, document_id) for line_id, document_id, _ in parts]
        rows = pl.DataFrame(parts, schema=schema, orient="row").with_columns(
            claim_id=pl.Series(ids, dtype=pl.String),
            source=pl.lit("bank"),
            claim_date=pl.Series([lines[line_id]["booking_date"] for line_id, _, _ in parts], dtype=pl.Date),
            rule=pl.lit(rule),
            confidence=pl.lit(1.0),
            evidence=pl.lit(evidence),
            by_person=pl.lit(value=True),
            reason=pl.lit(None, pl.String),
        )
        change.insert("claim", rows)
        change.insert("claim_end", automatic)
    return change.change_id


def _summed(parts: list[tuple[str, str, Decimal]]) -> list[tuple[str, str, Decimal]]:
    """One part per line and invoice.

    Raises:
        Refused: there is none, or one is no amount.
    """
    sums: dict[tuple[str, str], Decimal] = {}
    for line_id, document_id, amount in parts:
        check_amount(amount)
        sums[line_id, document_id] = sums.get((line_id, document_id), ZERO) + amount
    if not sums:
        raise Refused("too_little", "The amount must be more than 0.")
    return [(*key, amount) for key, amount in sums.items()]


def _check_parts(ledger: Ledger, parts: list[tuple[str, str, Decimal]], lines: dict[str, Row], freed: pl.DataFrame) -> None:
    """Each line has that much left, and each invoice owes what these lines give it together."""
    for line_id, line in lines.items():
        check_line(ledger, line, sum((amount for i, _, amount in parts if i == line_id), ZERO))
    for document_id in dict.fromkeys(i for _, i, _ in parts):
        given = [(lines[line_id], amount) for line_id, i, amount in parts if i == document_id]
        first = min(_day(line["booking_date"]) for line, _ in given)
        for line, _ in given:
            check_invoice(ledger, document_id, sum((a for _, a in given), ZERO), source=line, day=first, freed=freed)


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise TypeError(value)
    return value


def _use_credit_note(store: Store, ledger: Ledger, note: Row, invoice: Row, amount: Decimal, author: Author) -> int:
    """Give a part of an open credit note to another invoice of its client."""
    if note["client_id"] != invoice["client_id"]:
        raise Refused("other_client", "{number} is another client's.", number=invoice["number"])
    note_id, day = str(note["document_id"]), _day(note["issue_date"])
    left = unused_credit(ledger, note_id, as_of=max(author.today, day))
    if amount > left:
        raise too_much(left)
    check_invoice(ledger, str(invoice["document_id"]), amount, source=note, day=day)
    detail = {"invoice": invoice["number"], "amount": amount}
    with store.change("allocate", author, subject=str(note["number"]), detail=detail) as change:
        row = {
            "claim_id": stable_id("claim", change.change_id, note_id, invoice["document_id"]),
            "source": "credit_note",
            "source_id": note_id,
            "document_id": invoice["document_id"],
            "amount": amount,
            "claim_date": day,
            "rule": "person",
            "confidence": 1.0,
            "by_person": True,
        }
        change.insert("claim", pl.DataFrame([row], schema_overrides={"amount": MONEY}))
    return change.change_id


def attribute(store: Store, line_id: str, client: str, *, author: Author) -> int:
    """Say which client a receipt comes from; its change id.

    Raises:
        Refused: unknown line or client, or the line is not a receipt.
    """
    with store.writing():
        ledger = run_ledger(store)
        line, found = find_line(ledger, line_id), find_client(ledger, client)
        check_receipt(line)
        with store.change("attribute", author, subject=line_id, detail={"client": found["name"]}) as change:
            row = {"line_id": line_id, "client_id": found["client_id"], "rule": "person", "by_person": True}
            change.insert("attribution", pl.DataFrame([row]))
    return change.change_id


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
    left = unused_credit(ledger, credit_id, as_of=max(author.today, _day(debit["booking_date"])))
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
