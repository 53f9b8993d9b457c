"""The oracle's plain facts as the frames that the pipelines read."""

from dataclasses import replace
from datetime import date

import polars as pl
from oracle import Facts as PlainFacts

from models.following_tables import MARKS
from models.settings import Settings
from models.tables import (
    ACCOUNTS,
    BALANCES,
    CLAIMS,
    CLIENTS,
    DOCUMENTS,
    LINES,
    STATEMENTS,
    STORED_RECEIPTS,
    Schema,
    conform,
    empty,
)
from pipelines.ledger import Ledger, assemble
from pipelines.stored_facts import Facts

_ATTRIBUTIONS: Schema = {"line_id": pl.String, "client_id": pl.String, "rule": pl.String, "by_person": pl.Boolean}
_REFUNDS: Schema = {
    "refund_id": pl.String,
    "line_id": pl.String,
    "credit_id": pl.String,
    "kind": pl.String,
    "amount": pl.Decimal(18, 2),
    "by_person": pl.Boolean,
}


def _frame(rows: list[dict[str, object]], schema: Schema) -> pl.DataFrame:
    return conform(pl.DataFrame(rows, infer_schema_length=None), schema) if rows else empty(schema)


def ledger_of(plain: PlainFacts) -> Ledger:
    """Assemble the frames; a document's and a line's id is its number or id, a client's id its name."""
    names = {d.client for d in plain.documents} | {line.client for line in plain.lines if line.client}
    names |= {m.client for m in plain.marks if m.client} | {r.client for r in plain.stored}
    documents: list[dict[str, object]] = [
        {
            "document_id": d.number,
            "direction": "sale",
            "kind": d.kind,
            "number": d.number,
            "client_id": d.client,
            "client": d.client,
            "issue_date": d.issue,
            "due_date": d.due,
            "is_due_estimated": False,
            "sent_date": d.sent_date,
            "sending": d.sending,
            "amount": d.amount,
            "currency": d.currency,
            "linked_invoice": d.linked,
            "is_disputed": d.is_disputed,
            "known_on": date(2023, 1, 1),
        }
        for d in plain.documents
    ]
    statements: list[dict[str, object]] = [
        {
            "document_id": d.number,
            "change_id": rank,
            "known_on": s.known_on,
            "paid_amount": s.paid_amount,
            "paid_date": s.paid_date,
            "amount_due": s.amount_due,
            "is_paid": s.is_paid,
        }
        for d in plain.documents
        for rank, s in enumerate(d.statements, start=1)
    ]
    lines: list[dict[str, object]] = [
        {"line_id": b.id, "account_id": "A", "booking_date": b.date, "amount": b.amount, "currency": b.currency, "label": ""}
        for b in plain.lines
    ]
    currencies = {b.id: b.currency for b in plain.lines} | {d.number: d.currency for d in plain.documents}
    lines += [
        {
            "line_id": f"debit-{n}",
            "account_id": "A",
            "booking_date": r.date,
            "amount": -r.amount,
            "currency": currencies[r.credit],
            "label": "",
        }
        for n, r in enumerate(plain.refunds)
    ]
    refunds: list[dict[str, object]] = [
        {
            "refund_id": f"refund-{n}",
            "line_id": f"debit-{n}",
            "credit_id": r.credit,
            "kind": r.kind,
            "amount": r.amount,
            "by_person": True,
        }
        for n, r in enumerate(plain.refunds)
    ]
    marks: list[dict[str, object]] = [
        {
            "change_id": n,
            "document_id": m.invoice,
            "client_id": m.client,
            "what": m.what,
            "is_set": m.is_set,
            "on_date": m.on_date,
        }
        for n, m in enumerate(plain.marks)
    ]
    facts = Facts(
        clients=_frame([{"client_id": name, "name": name} for name in sorted(names)], CLIENTS),
        documents=_frame(documents, DOCUMENTS),
        statements=_frame(statements, STATEMENTS).sort("document_id", "change_id"),
        accounts=empty(ACCOUNTS),
        lines=_frame(lines, LINES),
        balances=empty(BALANCES),
        claims=_claims(plain),
        attributions=_frame([{"line_id": b.id, "client_id": b.client} for b in plain.lines if b.client], _ATTRIBUTIONS),
        refunds=_frame(refunds, _REFUNDS),
        marks=_frame(marks, MARKS),
        receipts=_frame(
            [
                {"receipt_id": r.id, "client_id": r.client, "date": r.date, "amount": r.amount, "currency": r.currency}
                for r in plain.stored
            ],
            STORED_RECEIPTS,
        ),
    )
    return assemble(facts, Settings())


def _claims(plain: PlainFacts) -> pl.DataFrame:
    issued = {d.number: d.issue for d in plain.documents}
    dates = {b.id: b.date for b in plain.lines}
    common: dict[str, object] = {"is_dated": True, "rule": "person", "confidence": 1.0, "by": "me"}
    rows: list[dict[str, object]] = [
        {
            "claim_id": m.id,
            "source": "bank",
            "source_id": m.line,
            "document_id": m.invoice,
            "amount": m.amount,
            "date": dates[m.line],
            "reversed_on": m.reversed_on,
            **common,
            "rule": m.rule,
        }
        for m in plain.matches
    ]
    rows += [
        {
            "claim_id": u.id,
            "source": "credit_note",
            "source_id": u.credit_note,
            "document_id": u.invoice,
            "amount": u.amount,
            "date": max(u.date, issued[u.credit_note]),
            **common,
        }
        for u in plain.credit_uses
    ]
    rows += [
        {
            "claim_id": w.id,
            "source": "write_off",
            "source_id": w.id,
            "document_id": w.invoice,
            "amount": w.amount,
            "date": w.date,
            "reason": w.reason,
            **common,
        }
        for w in plain.write_offs
    ]
    paid = {r.id: r.date for r in plain.stored}
    rows += [
        {
            "claim_id": u.id,
            "source": "declared",
            "source_id": u.receipt,
            "document_id": u.invoice,
            "amount": u.amount,
            "date": paid[u.receipt],
            **common,
        }
        for u in plain.receipt_uses
    ]
    return _frame(rows, CLAIMS)


def with_remainders(plain: PlainFacts) -> PlainFacts:
    """What a line's matches leave of it is their only client's, as the contract says of the remainder of a match."""
    clients = {d.number: d.client for d in plain.documents}
    lines = []
    for line in plain.lines:
        payers = {clients[m.invoice] for m in plain.matches if m.line == line.id}
        lines.append(replace(line, client=next(iter(payers))) if len(payers) == 1 and line.client is None else line)
    return replace(plain, lines=tuple(lines))
