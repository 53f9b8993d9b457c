"""Debits that take a client's money back: the refund of a credit note, or a returned payment."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import polars as pl

from models.money import ZERO, total
from pipelines.ledger import Ledger
from pipelines.reconcile.book import Book, Line
from pipelines.reconcile.evidence import Numbered
from pipelines.reconcile.labels import plain_words
from pipelines.reconcile.names import Named
from pipelines.reconcile.spellings import FIRM, WEAK

_WINDOW = timedelta(days=60)  # between a payment and its return: eight weeks for a direct debit
_CHEQUE = re.compile(r"\b(?:ch[eèÈ]ques?|chqs?)\b", re.IGNORECASE)
_RETURN = re.compile(r"\b(rejet|rejete|rejetee|impaye|impayee|retour)\b")


def returned_amounts(lines: pl.DataFrame) -> dict[str, set[Decimal]]:
    """The amounts of the debits that say that a payment came back, by currency."""
    found: dict[str, set[Decimal]] = defaultdict(set)
    debits = lines.filter(pl.col("amount") < 0).select("label", "amount", "currency")
    for label, amount, currency in debits.iter_rows():
        if _RETURN.search(plain_words(label or "")):
            found[currency].add(-amount)
    return found


def says_cheque(label: str) -> bool:
    """Whether a label speaks of cheques: an unpaid cheque takes back no transfer."""
    return _CHEQUE.search(label) is not None


class Refund(NamedTuple):
    """A debit and the credit note or receipt that it takes back; `kind` is refunded or returned."""

    line_id: str
    credit_id: str
    kind: str
    amount: Decimal


class Receipt(NamedTuple):
    """A receipt of a known client that could come back, with the numbers of the invoices that it paid."""

    line_id: str
    day: date
    amount: Decimal
    currency: str
    client_id: str
    paid: frozenset[str]
    is_cheque: bool = False


class RefundFinder:
    """Looks for what debits take back; each credit is taken back once."""

    def __init__(self, ledger: Ledger, book: Book, receipts: Iterable[Receipt], refused: frozenset[tuple[str, str]]) -> None:
        """Debits and credits that people have paired already are left out."""
        notes = ledger.documents.filter((pl.col("kind") == "credit_note") & (pl.col("direction") == "sale"))
        by_people = ledger.refunds.filter(pl.col("by_person").fill_null(value=False))
        self._book = book
        self._refused = refused
        self._taken = set(by_people["line_id"])
        self._notes = {row["document_id"]: row for row in notes.to_dicts()}
        self._left = {
            i: row["amount"] - book.used_of(i) - total(by_people.filter(pl.col("credit_id") == i)["amount"])
            for i, row in self._notes.items()
        }
        used = set(by_people["credit_id"])
        self._receipts: dict[tuple[str, Decimal], list[Receipt]] = defaultdict(list)
        for receipt in receipts:
            if receipt.line_id not in used:
                self._receipts[receipt.currency, receipt.amount].append(receipt)

    def find(self, debit: Line, numbers: list[Numbered], names: list[Named]) -> Refund | None:
        """What this debit takes back, if one answer is left."""
        if debit.line_id in self._taken:
            return None
        named = {name.client_id for name in names}
        note = self._note(debit, numbers, named)
        if note is not None:
            self._left[note] -= debit.amount
            return Refund(debit.line_id, note, "refunded", debit.amount)
        if not _RETURN.search(plain_words(debit.label)):
            return None
        receipt = self._returned(debit, numbers, named)
        if receipt is None:
            return None
        self._receipts[receipt.currency, receipt.amount].remove(receipt)
        return Refund(debit.line_id, receipt.line_id, "returned", debit.amount)

    def _note(self, debit: Line, numbers: list[Numbered], named: set[str]) -> str | None:
        """The only credit note that the label names (without its letters: and whose client it names) with enough left."""
        found = [
            i
            for i, strength, *_ in numbers
            if (note := self._notes.get(i))
            and (strength == FIRM or (strength == WEAK and note["client_id"] in named))
            and note["currency"] == debit.currency
            and note["issue_date"] <= debit.day
            and debit.amount <= self._left.get(i, ZERO)
            and (debit.line_id, i) not in self._refused
        ]
        return found[0] if len(found) == 1 else None

    def _returned(self, debit: Line, numbers: list[Numbered], named: set[str]) -> Receipt | None:
        """The only receipt of that amount before the debit that paid an invoice named here, else of a client named here."""
        invoices = {self._book.invoices[i].number for i, *_ in numbers if i in self._book.invoices}
        near = [
            receipt
            for receipt in self._receipts[debit.currency, debit.amount]
            if timedelta(0) <= debit.day - receipt.day <= _WINDOW and (debit.line_id, receipt.line_id) not in self._refused
        ]
        if says_cheque(debit.label):
            near = [receipt for receipt in near if receipt.is_cheque]
        by_number = [receipt for receipt in near if receipt.paid & invoices]
        by_name = [receipt for receipt in near if receipt.client_id in named]
        found = by_number or by_name
        return found[0] if len(found) == 1 else None
