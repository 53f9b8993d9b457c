"""A person's word on a bank line: accept, refuse, allocate, attribute, confirm. Each is one change."""

from collections.abc import Sequence
from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.ids import stable_id
from models.money import ZERO
from models.store import Author, Store
from pipelines.ledger import Ledger, run_ledger
from pipelines.reconcile.aliases import Teacher
from pipelines.reconcile.finding import Row, day_of, find_client, find_credit_note, find_document, find_line
from pipelines.reconcile.giving import (
    Decision,
    Part,
    automatic_claims,
    check_credit,
    insert_claims,
    insert_confirmed,
    store_decisions,
)
from pipelines.reconcile.room import check_amount, check_invoice, check_receipt, left_of, room_of, too_much, unused_credit
from pipelines.reconcile.rules import PAYOUTS
from pipelines.reconcile.run import run_matching
from pipelines.reconcile.small_differences import check_gaps, small_gaps
from pipelines.reconcile.ways import Candidate, Gaps


def accept(store: Store, suggestion_id: str, *, candidate: int | None, author: Author) -> int:
    """Take one candidate of a suggestion as a person's allocation, with what it writes off and the credit notes it uses.

    Raises:
        Refused: no such suggestion, or several candidates and no number.
    """
    return accept_many(store, [(suggestion_id, candidate)], author=author)


def accept_many(store: Store, chosen: Sequence[tuple[str, int | None]], *, author: Author) -> int:
    """Take one candidate of each of several suggestions, as one change: (suggestion, candidate) each.

    Raises:
        Refused: one of them does not hold, as above; nothing is stored.
    """
    with store.writing():
        ledger = run_ledger(store)
        matching = run_matching(store, ledger)
        decisions = []
        for suggestion_id, number in chosen:
            one = _chosen(matching.ways(suggestion_id), suggestion_id, number)
            if one.rule not in PAYOUTS:
                check_gaps(ledger, one.gaps)
            parts = [(suggestion_id, document_id, amount) for document_id, amount in one.parts]
            decisions.append(Decision(parts, one.rule, one.evidence, one.gaps, one.credits, one.returned))
        return store_decisions(store, ledger, decisions, author, action="accept")


def _chosen(candidates: Sequence[Candidate], suggestion_id: str, number: int | None) -> Candidate:
    """The candidate of that number, or the only one."""
    if not candidates:
        raise _unknown(suggestion_id)
    number = 1 if number is None and len(candidates) == 1 else number
    if number is None or not 1 <= number <= len(candidates):
        raise Refused(
            "which_candidate", "This suggestion has {count} candidates: say which with --candidate.", count=len(candidates)
        )
    return candidates[number - 1]


def _unknown(suggestion_id: str) -> Refused:
    """The refusal of a suggestion that there is not."""
    return Refused("unknown_suggestion", "There is no suggestion {id}. List them with: encours suggestions", id=suggestion_id)


def refuse(store: Store, suggestion_id: str, *, author: Author) -> int:
    """Say no to all the candidates of a suggestion, or to an allocation: no rule proposes these pairs again.

    What was written off, or given by credit notes, with the allocation ends with it. To a small difference that a match
    leaves, a no leaves it open: the match is then a person's.

    Args:
        store: the database.
        suggestion_id: a suggestion's id, or an allocation's.
        author: who says so.

    Raises:
        Refused: neither a suggestion nor an allocation of a bank line has that id.
    """
    return refuse_many(store, [suggestion_id], author=author)


def refuse_many(store: Store, ids: Sequence[str], *, author: Author) -> int:
    """Say no to several suggestions or allocations, as one change.

    Raises:
        Refused: one of them is neither, as above; nothing is stored.
    """
    with store.writing():
        ledger = run_ledger(store)
        of_lines = ledger.claims.filter((pl.col("source") == "bank") & pl.col("claim_id").is_in(list(ids)))
        pairs = set(of_lines.select("source_id", "document_id").iter_rows())
        matching = run_matching(store, ledger)
        kept = [line_id for line_id in ids if line_id in matching.rests]
        for suggestion_id in set(ids) - set(of_lines["claim_id"]) - set(kept):
            candidates = matching.suggestions.get(suggestion_id, [])
            if not candidates:
                raise _unknown(suggestion_id)
            pairs |= {(suggestion_id, i) for candidate in candidates for i, _ in candidate.parts}
        lines = ledger.lines.filter(pl.col("line_id").is_in([*(line_id for line_id, _ in pairs), *kept]))
        subject = lines["line_id"].item() if lines.height == 1 else None
        with store.change("refuse", author, subject=subject, detail=lines.select("label", "amount").to_dicts()) as change:
            rows = pl.DataFrame(sorted(pairs), schema={"line_id": pl.String, "document_id": pl.String}, orient="row")
            change.insert("refusal", rows)
            change.insert("claim_end", pl.concat([of_lines, _with(ledger, of_lines)]).select("claim_id").unique())
            if kept:
                insert_confirmed(store, change, automatic_claims(ledger, kept))
        return change.change_id


def _with(ledger: Ledger, claims: pl.DataFrame) -> pl.DataFrame:
    """CLAIMS of write-offs and credit notes that a person decided together with these payments of their invoice."""
    beside = ledger.claims.filter(pl.col("source").is_in(["write_off", "credit_note"]) & (pl.col("by") != "rule"))
    return beside.join(claims.drop_nulls("change_id"), on=["change_id", "document_id"], how="semi")


def allocate(store: Store, source: str, number: str, amount: Decimal, *, author: Author, write_off: str | None = None) -> int:
    """Give an amount of a bank line, or of a credit note (by its number), to an invoice; its change id.

    Args:
        store: the database.
        source: a line id, or a credit note's number.
        number: the invoice's.
        amount: what it gets.
        author: who says so.
        write_off: why the rest of the invoice is written off with it: rounding, bank_fee or discount; None leaves it open.

    Raises:
        Refused: unknown line or invoice, other currency, more than the source has left or the invoice owes, or a rest
            above the tolerance.
    """
    with store.writing():
        ledger = run_ledger(store)
        note = find_credit_note(ledger, source)
        if note is not None:
            check_amount(amount)
            if write_off is not None:
                raise Refused("not_a_line", "Only with a payment can a rest be written off: {number} is none.", number=source)
            return _use_credit_note(store, ledger, note, _find_bill(ledger, number), amount, author)
        return _allocate(store, ledger, [(source, number, amount)], author, write_off)


def allocate_many(store: Store, parts: list[tuple[str, str, Decimal]], *, author: Author, write_off: str | None = None) -> int:
    """Give amounts of several bank lines to invoices as one change: (line id, invoice number, amount) each.

    With `write_off` (rounding, bank_fee or discount), what is left of these invoices is written off with it.

    Raises:
        Refused: one of them does not hold; nothing is stored.
    """
    with store.writing():
        return _allocate(store, run_ledger(store), parts, author, write_off)


def _allocate(store: Store, ledger: Ledger, parts: list[tuple[str, str, Decimal]], author: Author, write_off: str | None) -> int:
    found: list[Part] = [(line_id, str(_find_bill(ledger, number)["document_id"]), amount) for line_id, number, amount in parts]
    for _, _, amount in found:
        check_amount(amount)
    gaps: Gaps = ()
    if write_off is not None and found:
        lines = [find_line(ledger, line_id) for line_id in dict.fromkeys(line_id for line_id, _, _ in found)]
        freed = automatic_claims(ledger, [str(line["line_id"]) for line in lines])
        gaps = small_gaps(ledger, [(i, amount) for _, i, amount in found], write_off, lines=lines, freed=freed)
    return store_decisions(store, ledger, [Decision(found, gaps=gaps)], author, action="allocate")


def allocate_oldest(store: Store, line_id: str, client: str, *, author: Author) -> int:
    """Give what a receipt has left to a client's invoices, the one due first before the others; its change id.

    Invoices issued by the payment's date; what is left once they are paid stays the client's credit.

    Raises:
        Refused: unknown line or client, no receipt or nothing left of it, or the client owed nothing by then.
    """
    with store.writing():
        ledger = run_ledger(store)
        line, found = find_line(ledger, line_id), find_client(ledger, client)
        check_receipt(line)
        parts = oldest_first(ledger, line, str(found["client_id"]))
        if not parts:
            raise Refused("owes_nothing_yet", "{client} owed nothing when this was paid.", client=found["name"])
        return store_decisions(store, ledger, [Decision(parts)], author, action="allocate")


def oldest_first(ledger: Ledger, line: Row, client_id: str) -> list[Part]:
    """What a receipt would give to each invoice of a client, the one due first before the others."""
    left, day, freed = left_of(ledger, line), day_of(line["booking_date"]), automatic_claims(ledger, [str(line["line_id"])])
    is_bill = (pl.col("direction") == "sale") & (pl.col("kind") != "credit_note") & (pl.col("currency") == line["currency"])
    bills = ledger.documents.filter(is_bill & (pl.col("client_id") == client_id) & (pl.col("issue_date") <= day))
    parts: list[Part] = []
    for bill in bills.sort("due_date", "number", "document_id").to_dicts():
        part = min(left, room_of(ledger, bill, day=day, freed=freed))
        if part > ZERO:
            parts.append((str(line["line_id"]), bill["document_id"], part))
            left -= part
    return parts


def _find_bill(ledger: Ledger, number: str) -> Row:
    """The invoice or deposit of that number; a credit note is none."""
    document = find_document(ledger, number)
    if document["kind"] == "credit_note":
        raise Refused("is_credit_note", "{number} is a credit note: it cannot be paid.", number=number)
    return document


def _use_credit_note(store: Store, ledger: Ledger, note: Row, invoice: Row, amount: Decimal, author: Author) -> int:
    """Give a part of an open credit note to another invoice of its client."""
    check_credit(note, invoice)
    note_id, day = str(note["document_id"]), day_of(note["issue_date"])
    left = unused_credit(ledger, note_id, as_of=max(author.today, day))
    if amount > left:
        raise too_much(left, note)
    check_invoice(ledger, str(invoice["document_id"]), amount, source=note, day=day)
    detail = {"invoice": invoice["number"], "amount": amount}
    with store.change("allocate", author, subject=str(note["number"]), detail=detail) as change:
        claim_id = stable_id("claim", change.change_id, note_id, invoice["document_id"])
        row = (claim_id, "credit_note", note_id, invoice["document_id"], amount, day, None)
        insert_claims(change, [row], rule="person", evidence="")
    return change.change_id


def attribute(store: Store, line_id: str, client: str, *, author: Author) -> int:
    """Say which client a receipt comes from, which teaches who pays for it; its change id.

    Raises:
        Refused: unknown line or client, or the line is not a receipt.
    """
    with store.writing():
        ledger = run_ledger(store)
        line, found = find_line(ledger, line_id), find_client(ledger, client)
        check_receipt(line)
        client_id = str(found["client_id"])
        with store.change("attribute", author, subject=line_id, detail={"client": found["name"]}) as change:
            row = {"line_id": line_id, "client_id": client_id, "rule": "person", "by_person": True}
            change.insert("attribution", pl.DataFrame([row]))
            change.insert("alias", Teacher(store, ledger).lessons({line_id: client_id}))
    return change.change_id
