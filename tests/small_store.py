"""A small company in a real store, for the tests of matching and decisions: facts in plain values, ids are the names."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from empty_stores import empty_store

from models.money import MONEY
from models.store import Author
from pipelines.ledger import run_ledger
from pipelines.receivables import sales_documents
from pipelines.reconcile.listing import bank_lines, only_unmatched
from pipelines.reconcile.match import Matching
from pipelines.reconcile.run import Reconciliation, run_matching, run_reconcile

DAY = date(2026, 3, 2)
ME = Author("Ana", date(2026, 6, 1), datetime(2026, 6, 1, 9))  # UTC without zone, as stored


def money(text: str) -> Decimal:
    """An amount."""
    return Decimal(text)


def day(n: int) -> date:
    """The n-th day after DAY."""
    return DAY + timedelta(days=n)


@dataclass
class Company:
    """Facts to be stored as one change each time `save` is called. Days are counted from DAY."""

    path: Path
    clients: list[dict[str, Any]] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """An empty store with one account, A."""
        self.store = empty_store(self.path / "books.duckdb")
        with self.store.change("import", ME) as change:
            names = pl.DataFrame({"account_id": ["A", "B"], "name": ["Courant", "Livret"], "currency": ["EUR", "EUR"]})
            change.insert("account_version", names)

    def bill(self, number: str, client: str, amount: str, issued: int = 0, **other: Any) -> "Company":
        """An invoice due in 30 days; its client is made if it is new."""
        if client not in self.known:
            self.known.add(client)
            self.clients.append({"client_id": client, "name": client})
        plain = {
            "document_id": number, "direction": "sale", "kind": "invoice", "number": number, "client_id": client,
            "issue_date": day(issued), "due_date": day(issued + 30), "is_due_estimated": False, "sending": "silent",
            "amount": money(amount), "currency": "EUR", "is_paid": False, "is_disputed": False, "linked_invoice": None,
        }  # fmt: skip
        self.documents.append(plain | other)
        return self

    def note(self, number: str, client: str, amount: str, issued: int = 0, linked: str | None = None) -> "Company":
        """A credit note."""
        return self.bill(number, client, amount, issued, kind="credit_note", linked_invoice=linked)

    def line(self, line_id: str, amount: str, label: str, on: int = 10, **other: Any) -> "Company":
        """A movement of account A."""
        plain = {
            "line_id": line_id, "account_id": "A", "booking_date": day(on), "amount": money(amount), "currency": "EUR",
            "label": label, "format": "ofx",
        }  # fmt: skip
        self.lines.append(plain | other)
        return self

    def save(self, author: Author = ME) -> "Company":
        """Store what was added since the last time, as one import."""
        with self.store.change("import", author) as change:
            for table, rows in (
                ("client_version", self.clients),
                ("document_version", self.documents),
                ("bank_line", self.lines),
            ):
                if rows:
                    change.insert(table, pl.DataFrame(rows, schema_overrides=_TYPES[table], infer_schema_length=None))
                rows.clear()
        return self

    def reconcile(self) -> Reconciliation:
        """Let the rules act."""
        return run_reconcile(self.store, author=ME)

    def matching(self) -> Matching:
        """What the rules conclude."""
        return run_matching(self.store, run_ledger(self.store))

    def unmatched(self, on: int) -> pl.DataFrame:
        """The bank lines that wait for a person on that day."""
        ledger, suggested = run_ledger(self.store), self.matching().suggestions
        return only_unmatched(bank_lines(ledger, as_of=day(on)), ledger, as_of=day(on), suggested=suggested)

    def claims(self) -> dict[tuple[str, str], Decimal]:
        """Amount by (line, invoice) of the bank allocations that hold."""
        rows = run_ledger(self.store).claims.filter(pl.col("source") == "bank")
        return {
            (line, document): amount for line, document, amount in rows.select("source_id", "document_id", "amount").iter_rows()
        }

    def outstanding(self, number: str, on: int = 90) -> Decimal:
        """What an invoice owes on that day."""
        rows = sales_documents(run_ledger(self.store), as_of=day(on)).filter(pl.col("number") == number)
        owed = rows["outstanding"].item()
        assert isinstance(owed, Decimal)
        return owed

    def figures(self) -> list[tuple[object, ...]]:
        """Every document's figures at several dates, to compare before with after."""
        ledger = run_ledger(self.store)
        columns = ["number", "outstanding", "status", "open_credit", "is_disputed", "is_doubtful", "is_unsent"]
        dates = [day(n) for n in (0, 10, 12, 20, 40, 91)]
        rows = [
            (str(d), *row) for d in dates for row in sales_documents(ledger, as_of=d).sort("number").select(columns).iter_rows()
        ]
        receipts = ledger.receipts.select("receipt_id", "client_id", "amount").sort(pl.all()).iter_rows()
        refunds = ledger.refunds.select("line_id", "credit_id", "kind", "amount").sort(pl.all()).iter_rows()
        return [*rows, *receipts, *refunds, (str(ledger.settings),)]


_TYPES: dict[str, Any] = {
    "client_version": {"client_id": pl.String, "name": pl.String},
    "document_version": {"amount": MONEY, "linked_invoice": pl.String},
    "bank_line": {"amount": MONEY},
}
