"""A small ledger language for the tests of collections: clients, bills, receipts and marks in plain values."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from models.following_tables import MARKS, NOTES
from models.settings import Settings
from models.tables import ACCOUNTS, BALANCES, CLAIMS, CLIENTS, DOCUMENTS, LINES, STATEMENTS, Schema, conform
from pipelines.collections.drafts import Draft, drafts
from pipelines.collections.worklist import worklist
from pipelines.ledger import Ledger, assemble
from pipelines.stored_facts import Facts

MONDAY = date(2026, 6, 22)
DAY = timedelta(days=1)
COMPANY = Settings(
    company_name="Atelier Sud",
    company_address="12 rue des Lilas\n13001 Marseille",
    company_siren="732829320",
    company_email="compta@atelier-sud.example",
    company_phone="04 91 00 00 00",
    signatory="Claire Martin",
    iban="FR7630006000011234567890189",
    bic="AGRIFRPP",
)


def _frame(rows: list[dict[str, Any]], schema: Schema) -> pl.DataFrame:
    return conform(pl.DataFrame(rows, schema={k: v for k, v in schema.items() if rows and k in rows[0]}), schema)


@dataclass
class Book:
    """Facts as they are added; `ledger()` concludes. Ids are the names themselves. The bank is up to date on `bank_on`."""

    bank_on: date | None = MONDAY
    clients: list[dict[str, Any]] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    attributions: list[dict[str, Any]] = field(default_factory=list)
    marks: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)

    def client(self, name: str, **other: Any) -> "Book":
        """A company that reads French, unless told otherwise."""
        details = {
            "email": "compta@example.org",
            "language": "fr",
            "client_type": "company",
            "siren": None,
            "phone": None,
            "address": None,
        }
        self.clients.append({"client_id": name, "name": name, **details, **other})
        return self

    def bill(self, number: str, client: str, due: date, amount: str = "100.00", **other: Any) -> "Book":
        """An invoice issued 30 days before it is due; the client is made if it is new."""
        if client not in {c["client_id"] for c in self.clients}:
            self.client(client)
        plain = {
            "kind": "invoice",
            "issue_date": due - timedelta(days=30),
            "currency": "EUR",
            "sending": "silent",
            "is_disputed": False,
        }
        fixed = {"document_id": number, "direction": "sale", "number": number, "client_id": client, "client": client}
        empty = {"linked_invoice": None, "order_reference": None, "sent_date": None, "is_due_estimated": False}
        self.documents.append({**fixed, **plain, **empty, "due_date": due, "amount": Decimal(amount), **other})
        return self

    def late(self, number: str, client: str, days: int, amount: str = "100.00", **other: Any) -> "Book":
        """An invoice that is `days` days late on MONDAY."""
        return self.bill(number, client, MONDAY - timedelta(days=days), amount, **other)

    def receipt(
        self,
        line: str,
        day: date,
        amount: str,
        label: str = "VIREMENT",
        *,
        pays: str = "",
        client: str = "",
        rule: str = "person",
    ) -> "Book":
        """A bank credit, allocated to an invoice, attributed to a client by a person or a rule, or neither."""
        row = {
            "line_id": line,
            "account_id": "A",
            "booking_date": day,
            "amount": Decimal(amount),
            "currency": "EUR",
            "label": label,
        }
        self.lines.append({**row, "counterparty": None})
        if pays:
            claim = {
                "claim_id": f"claim-{line}",
                "source": "bank",
                "source_id": line,
                "document_id": pays,
                "amount": Decimal(amount),
            }
            self.claims.append(
                {**claim, "date": day, "is_dated": True, "rule": "number", "confidence": 1.0, "by": "rule", "change_id": 1}
            )
        if client:
            self.attributions.append({"line_id": line, "client_id": client, "rule": rule, "by_person": rule == "person"})
        return self

    def mark(self, subject: str, what: str, on: date = MONDAY, value: str | None = None, *, is_set: bool = True) -> "Book":
        """A person's word on an invoice (by number) or a client (by name)."""
        is_invoice = subject in {d["number"] for d in self.documents}
        ids = {"document_id": subject if is_invoice else None, "client_id": None if is_invoice else subject}
        change = {"change_id": len(self.marks) + 1, "what": what, "is_set": is_set, "on_date": on, "value": value}
        self.marks.append({**ids, **change})
        return self

    def ledger(self, settings: Settings | None = None) -> Ledger:
        """The ledger of these facts."""
        balance = (
            [{"account_id": "A", "balance_date": self.bank_on, "amount": Decimal("0.00"), "kind": "closing"}]
            if self.bank_on
            else []
        )
        attributed = {"line_id": pl.String, "client_id": pl.String, "rule": pl.String, "by_person": pl.Boolean}
        refunds = {
            "refund_id": pl.String,
            "line_id": pl.String,
            "credit_id": pl.String,
            "kind": pl.String,
            "amount": pl.Decimal(18, 2),
        }
        facts = Facts(
            clients=_frame(self.clients, CLIENTS),
            documents=_frame(self.documents, DOCUMENTS),
            statements=_frame([], STATEMENTS),
            accounts=_frame(self.accounts, ACCOUNTS),
            lines=_frame(self.lines, LINES),
            balances=_frame(balance, BALANCES),
            claims=_frame(self.claims, CLAIMS),
            attributions=_frame(self.attributions, attributed),  # type: ignore[arg-type]
            refunds=_frame([], refunds),  # type: ignore[arg-type]
            marks=_frame(self.marks, MARKS),
            notes=_frame(self.notes, NOTES),
        )
        return assemble(facts, settings or Settings())


def row(book: Book, client: str = "Martin", *, as_of: date = MONDAY) -> dict[str, object]:
    """The client's row of the worklist, with the bank read up to that day."""
    rows = worklist(replace(book, bank_on=as_of).ledger(), as_of=as_of).filter(pl.col("client") == client)
    assert rows.height == 1
    return dict(rows.row(0, named=True))


def codes(found: dict[str, object]) -> list[str]:
    """The codes of its reasons."""
    reasons = found["reasons"]
    assert isinstance(reasons, list)
    return [reason["code"] for reason in reasons]


def draft_of_plain(name: str = "Martin", **client: str | None) -> Draft:
    """The second reminder of one invoice of 100.00, by a company that has set nothing."""
    (draft,) = drafts(Book().client(name, **client).late("F1", name, 8).ledger(), as_of=MONDAY)
    return draft
