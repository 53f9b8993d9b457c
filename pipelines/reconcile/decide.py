"""A person's word on a bank line: accept, refuse, allocate, attribute, refund. Each is one change."""

from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.ids import stable_id
from models.money import MONEY, ZERO, total
from models.store import Author, Store
from models.tables import Schema
from pipelines.ledger import Ledger, run_ledger
from pipelines.receivables import open_credits
from pipelines.reconcile.run import run_matching


def find_line(ledger: Ledger, line_id: str) -> dict[str, object]:
    """The bank line of that id.

    Raises:
        Refused: there is none.
    """
    rows = ledger.lines.filter(pl.col("line_id") == line_id).to_dicts()
    if not rows:
        raise Refused("unknown_line", "There is no bank line {line}. List them with: encours lines", line=line_id)
    return rows[0]


def find_document(ledger: Ledger, number: str, *, direction: str = "sale") -> dict[str, object]:
    """The document of that number (or id).

    Raises:
        Refused: there is none, or several have it.
    """
    same = (pl.col("number") == number) | (pl.col("document_id") == number)
    rows = ledger.documents.filter(same & (pl.col("direction") == direction)).to_dicts()
    if not rows:
        raise Refused("unknown_invoice", "There is no invoice {number}. List them with: encours invoices", number=number)
    if len(rows) > 1:
        raise Refused("several_invoices", "Several documents have the number {number}: give the id of one.", number=number)
    return rows[0]


def find_client(ledger: Ledger, name: str) -> dict[str, object]:
    """The client of that name, code or id.

    Raises:
        Refused: there is none, or several have that name.
    """
    same = (pl.col("name") == name) | (pl.col("code") == name) | (pl.col("client_id") == name)
    rows = ledger.clients.filter(same).to_dicts()
    if not rows:
        raise Refused("unknown_client", "There is no client {name}.", name=name)
    if len(rows) > 1:
        raise Refused("several_clients", "Several clients are called {name}: give the code of one.", name=name)
    return rows[0]


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
        if candidate is None and len(candidates) > 1:
            raise Refused(
                "which_candidate", "This suggestion has {count} candidates: say which with --candidate.", count=len(candidates)
            )
        number = candidate or 1
        if not 1 <= number <= len(candidates):
            raise Refused(
                "which_candidate", "This suggestion has {count} candidates: say which with --candidate.", count=len(candidates)
            )
        chosen = candidates[number - 1]
        return _store_claims(
            store, ledger, suggestion_id, list(chosen.parts), author, rule=chosen.rule, action="accept", evidence=chosen.evidence
        )


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
        invoice = find_document(ledger, number)
        if invoice["kind"] == "credit_note":
            raise Refused("is_credit_note", "{number} is a credit note: it cannot be paid.", number=number)
        notes = ledger.documents.filter((pl.col("number") == source) & (pl.col("kind") == "credit_note"))
        if not notes.is_empty():
            return _use_credit_note(store, ledger, notes.to_dicts()[0], invoice, amount, author)
        return _store_claims(
            store, ledger, source, [(str(invoice["document_id"]), amount)], author, rule="person", action="allocate"
        )


def allocate_many(store: Store, parts: list[tuple[str, str, Decimal]], *, author: Author) -> int:
    """Give amounts of several bank lines to invoices as one change: (line id, invoice number, amount) each.

    Raises:
        Refused: one of them does not hold; nothing is stored.
    """
    with store.writing():
        ledger = run_ledger(store)
        found = [(line_id, str(find_document(ledger, number)["document_id"]), amount) for line_id, number, amount in parts]
        return _store_parts(store, ledger, found, author, rule="person", action="allocate")


def _store_claims(
    store: Store,
    ledger: Ledger,
    line_id: str,
    parts: list[tuple[str, Decimal]],
    author: Author,
    *,
    rule: str,
    action: str,
    evidence: str = "",
) -> int:
    return _store_parts(store, ledger, [(line_id, i, a) for i, a in parts], author, rule=rule, action=action, evidence=evidence)


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
    line_ids = list(dict.fromkeys(line_id for line_id, _, _ in parts))
    lines = {line_id: find_line(ledger, line_id) for line_id in line_ids}
    for line_id, line in lines.items():
        _check_line(ledger, line, sum((amount for i, _, amount in parts if i == line_id), ZERO))
    automatic = ledger.claims.filter(
        (pl.col("source") == "bank") & pl.col("source_id").is_in(line_ids) & (pl.col("by") == "rule")
    )
    for document_id in dict.fromkeys(i for _, i, _ in parts):
        given = [(amount, lines[line_id]) for line_id, i, amount in parts if i == document_id]
        if any(amount <= 0 for amount, _ in given):
            raise Refused("too_little", "The amount must be more than 0.")
        first = min((line for _, line in given), key=lambda line: str(line["booking_date"]))
        _check_invoice(ledger, document_id, sum((amount for amount, _ in given), ZERO), first, freed=automatic)
    subject = line_ids[0] if len(line_ids) == 1 else None
    detail = [{"label": line["label"], "amount": line["amount"]} for line in lines.values()]
    with store.change(action, author, subject=subject, detail=detail) as change:
        schema: Schema = {"source_id": pl.String, "document_id": pl.String, "amount": MONEY}
        ids = [stable_id("claim", change.change_id, line_id, document_id) for line_id, document_id, _ in parts]
        days = [lines[line_id]["booking_date"] for line_id, _, _ in parts]
        rows = pl.DataFrame(parts, schema=schema, orient="row").with_columns(
            claim_id=pl.Series(ids, dtype=pl.String),
            source=pl.lit("bank"),
            claim_date=pl.Series(days, dtype=pl.Date),
            rule=pl.lit(rule),
            confidence=pl.lit(1.0),
            evidence=pl.lit(evidence),
            by_person=pl.lit(value=True),
            reason=pl.lit(None, pl.String),
        )
        change.insert("claim", rows)
        change.insert("claim_end", automatic.select("claim_id"))
    return change.change_id


def _check_line(ledger: Ledger, line: dict[str, object], amount: Decimal) -> None:
    """A person may give what people have not given yet of a receipt."""
    if not isinstance(line["amount"], Decimal) or line["amount"] <= 0:
        raise Refused("not_a_receipt", "The bank line {line} is not a receipt.", line=line["line_id"])
    by_people = ledger.claims.filter(
        (pl.col("source") == "bank") & (pl.col("source_id") == line["line_id"]) & (pl.col("by") != "rule")
    )
    left = line["amount"] - total(by_people["amount"])
    if amount <= 0 or amount > left:
        raise Refused("too_much", "The amount must be more than 0 and at most {left}, what this source has left.", left=left)


def _check_invoice(
    ledger: Ledger, document_id: str, amount: Decimal, source: dict[str, object], *, freed: pl.DataFrame | None = None
) -> None:
    """An invoice takes what other lines, and credit notes and write-offs dated before, leave of it.

    Declared payments do not count: the bank line proves them. `freed` are the allocations that this decision ends.
    """
    invoice = ledger.documents.filter(pl.col("document_id") == document_id).to_dicts()[0]
    if invoice["currency"] != source["currency"]:
        raise Refused(
            "other_currency", "{number} is in {currency}: amounts of two currencies are never matched.", **_words(invoice)
        )
    day = pl.lit(source.get("booking_date", source.get("issue_date")), pl.Date)
    is_before = (pl.col("source") == "bank") | (pl.col("date") <= day)
    given = ledger.allocations.filter(
        (pl.col("document_id") == document_id) & (pl.col("source") != "declared") & pl.col("reversed_on").is_null() & is_before
    )
    if freed is not None:
        given = given.join(freed, on="claim_id", how="anti")
    left = invoice["amount"] - total(given["amount"])
    if amount <= 0 or amount > left:
        raise Refused("owes_less", "{number} owes {left}: give it at most that.", **_words(invoice), left=left)


def _words(document: dict[str, object]) -> dict[str, object]:
    return {"number": document["number"], "currency": document["currency"]}


def _use_credit_note(
    store: Store, ledger: Ledger, note: dict[str, object], invoice: dict[str, object], amount: Decimal, author: Author
) -> int:
    """Give a part of an open credit note to another invoice of its client."""
    if note["client_id"] != invoice["client_id"]:
        raise Refused("other_client", "{number} is another client's.", number=invoice["number"])
    credit = open_credits(ledger, as_of=author.today).filter(pl.col("credit_id") == note["document_id"])
    left = total(credit["remaining"])
    if amount <= 0 or amount > left:
        raise Refused("too_much", "The amount must be more than 0 and at most {left}, what this source has left.", left=left)
    _check_invoice(ledger, str(invoice["document_id"]), amount, note)
    with store.change(
        "allocate", author, subject=str(note["number"]), detail={"invoice": invoice["number"], "amount": amount}
    ) as change:
        row = {
            "claim_id": stable_id("claim", change.change_id, note["document_id"], invoice["document_id"]),
            "source": "credit_note",
            "source_id": note["document_id"],
            "document_id": invoice["document_id"],
            "amount": amount,
            "claim_date": note["issue_date"],
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
        if not isinstance(line["amount"], Decimal) or line["amount"] <= 0:
            raise Refused("not_a_receipt", "The bank line {line} is not a receipt.", line=line_id)
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
        if not isinstance(line["amount"], Decimal) or line["amount"] >= 0:
            raise Refused("not_a_debit", "The bank line {line} is not a payment to a client.", line=line_id)
        if not ledger.refunds.filter(pl.col("line_id") == line_id).is_empty():
            raise Refused("refunded_already", "The bank line {line} is a refund already: undo that first.", line=line_id)
        amount = -line["amount"]
        credit_id, whole, left = _find_credit(ledger, credit, author)
        if amount > whole:
            raise Refused("too_much", "The amount must be more than 0 and at most {left}, what this source has left.", left=whole)
        kind = "refunded" if amount <= left else "returned"
        with store.change("refund", author, subject=line_id, detail={"credit": credit, "amount": amount, "kind": kind}) as change:
            row = {
                "refund_id": stable_id("refund", line_id, credit_id), "line_id": line_id, "credit_id": credit_id, "kind": kind,
                "amount": amount, "by_person": True, "is_ended": False,
            }  # fmt: skip
            change.insert("refund", pl.DataFrame([row], schema_overrides={"amount": MONEY}))
    return change.change_id


def _find_credit(ledger: Ledger, credit: str, author: Author) -> tuple[str, Decimal, Decimal]:
    """Id, amount and unused rest of a credit note or receipt."""
    notes = ledger.documents.filter(
        ((pl.col("number") == credit) | (pl.col("document_id") == credit)) & (pl.col("kind") == "credit_note")
    ).to_dicts()
    if notes:
        credit_id, whole = str(notes[0]["document_id"]), notes[0]["amount"]
    else:
        line = find_line(ledger, credit)
        credit_id, whole = credit, line["amount"]
    left = total(open_credits(ledger, as_of=author.today).filter(pl.col("credit_id") == credit_id)["remaining"])
    return credit_id, whole if isinstance(whole, Decimal) else ZERO, left
