"""Seeded ledgers as the frames that matching reads, and what people have said of them."""

from collections import defaultdict
from decimal import Decimal

import polars as pl
from matching_payers import OWN
from matching_payments import Payment, Seeded

from models.following_tables import MARKS
from models.settings import Settings
from models.tables import ACCOUNTS, BALANCES, CLAIMS, CLIENTS, DOCUMENTS, LINES, STATEMENTS, Schema, conform, empty
from pipelines.ledger import Ledger, assemble
from pipelines.reconcile.classes import line_kinds
from pipelines.reconcile.labels import labels_of
from pipelines.reconcile.payers import payer_words, plain_iban
from pipelines.reconcile.people import People
from pipelines.stored_facts import Facts

_ATTRIBUTIONS: Schema = {"line_id": pl.String, "client_id": pl.String, "rule": pl.String, "by_person": pl.Boolean}
_REFUNDS: Schema = {
    "refund_id": pl.String, "line_id": pl.String, "credit_id": pl.String, "kind": pl.String, "amount": pl.Decimal(18, 2),
    "by_person": pl.Boolean,
}  # fmt: skip


def _frame(rows: list[dict[str, object]], schema: Schema) -> pl.DataFrame:
    return conform(pl.DataFrame(rows, infer_schema_length=None), schema) if rows else empty(schema)


def facts_of(seeded: Seeded) -> Facts:
    """The facts before the rules act; ids are numbers and line ids, and a person's allocations stand."""
    names = {client.client_id: client.name for client in seeded.clients}
    documents: list[dict[str, object]] = [
        {
            "document_id": b.number, "direction": "sale", "kind": b.kind, "number": b.number, "client_id": b.client.client_id,
            "client": names[b.client.client_id], "issue_date": b.issued, "due_date": b.due, "is_due_estimated": False,
            "sending": "silent", "amount": b.amount, "currency": b.currency, "linked_invoice": b.linked, "is_disputed": False,
            "order_reference": b.order, "known_on": b.issued,
        }
        for b in seeded.bills
    ]  # fmt: skip
    lines: list[dict[str, object]] = [
        {
            "line_id": p.line_id, "account_id": p.account, "account": p.account, "booking_date": p.day, "value_date": p.day,
            "amount": p.amount, "currency": p.currency, "label": p.said.label, "counterparty": p.said.counterparty,
            "counterparty_iban": p.said.iban,
        }
        for p in seeded.payments
    ]  # fmt: skip
    confirmed = [p for p in seeded.payments if p.is_confirmed]
    return Facts(
        clients=_frame([{"client_id": i, "name": name} for i, name in names.items()], CLIENTS).sort("client_id"),
        documents=_frame(documents, DOCUMENTS).sort("issue_date", "number"),
        statements=empty(STATEMENTS),
        accounts=_frame([{"account_id": name, "name": name, "currency": "EUR"} for name in "AB"], ACCOUNTS),
        lines=_frame(lines, LINES).sort("booking_date", "line_id"),
        balances=empty(BALANCES),
        claims=_frame([claim for p in confirmed for claim in _claims(p)], CLAIMS),
        attributions=empty(_ATTRIBUTIONS),
        refunds=_frame([_return(p) for p in confirmed if p.returns], _REFUNDS),
        marks=empty(MARKS),
    )


def ledger_of(seeded: Seeded) -> Ledger:
    """The ledger before the rules act."""
    return assemble(facts_of(seeded), Settings(company_name=OWN.title()))


def _claims(p: Payment) -> list[dict[str, object]]:
    """What a person stored for one payment: its parts, the credit notes used with it, its gaps written off."""
    common: dict[str, object] = {
        "date": p.day,
        "is_dated": True,
        "rule": "person",
        "confidence": 1.0,
        "by": "Ana",
        "change_id": 1,
    }
    given: list[tuple[str, str, str, Decimal, str | None]] = [
        ("bank", p.line_id, number, amount, None) for number, amount in p.parts.items()
    ]
    given += [("credit_note", note, number, amount, None) for note, (number, amount) in p.notes.items()]
    gaps = {number: amount - p.parts.get(number, Decimal(0)) for number, amount in p.settled.items()}
    given += [("write_off", f"w-{p.line_id}", number, amount, p.reason) for number, amount in gaps.items() if amount > 0]
    return [
        {
            "claim_id": f"{source}-{p.line_id}-{number}", "source": source, "source_id": source_id, "document_id": number,
            "amount": amount, "reason": reason, **common,
        }
        for source, source_id, number, amount, reason in given
    ]  # fmt: skip


def _return(p: Payment) -> dict[str, object]:
    """What a person said of a debit that takes a payment or a credit note back."""
    kind = "refunded" if p.situation == "refund" else "returned"
    back: dict[str, object] = {"refund_id": f"r-{p.line_id}", "line_id": p.line_id, "credit_id": p.returns, "kind": kind}
    return back | {"amount": -p.amount, "by_person": True}


def people_of(seeded: Seeded, ledger: Ledger) -> People:
    """What people have said: the payers' names and accounts that confirmed payments taught; what fits two is neither's."""
    aliases: dict[str, set[str]] = defaultdict(set)
    ibans: dict[str, set[str]] = defaultdict(set)
    for p in seeded.payments:
        if p.is_confirmed and p.client:
            if p.said.iban:
                ibans[plain_iban(p.said.iban) or ""].add(p.client.client_id)
            if p.said.party:
                aliases[payer_words(p.said.label, p.said.counterparty, own=OWN)].add(p.client.client_id)
    kinds = line_kinds(ledger, labels_of(ledger.lines))
    return People(aliases=_single(aliases), ibans=_single(ibans), classified=frozenset(kinds["line_id"]))


def _single(known: dict[str, set[str]]) -> dict[str, str]:
    return {words: next(iter(found)) for words, found in known.items() if words and len(found) == 1}
