"""Debits that take a client's money back: the refund of a credit note, or a returned payment."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

import polars as pl

from models.money import MONEY, ZERO
from pipelines.ledger import Ledger
from pipelines.reconcile.book import Book, Line
from pipelines.reconcile.labels import plain_words
from pipelines.reconcile.names import Named
from pipelines.reconcile.readings import Numbered
from pipelines.reconcile.spellings import FIRM, WEAK

_WINDOW = timedelta(days=60)  # between a payment and its return: eight weeks for a direct debit
_CHEQUE = re.compile(r"\b(?:ch[eèÈ]ques?|chqs?)\b", re.IGNORECASE)
_WORDS = r"(?:rejets?|rejetee?s?|rjt|impayee?s?|retour|retournee?s?|representation|contre ?passation|extourne)"
_RETURN = re.compile(rf"\b{_WORDS}\b")
#: The bank's own charge for a return, which takes no payment back; and what is spent on receiving guests.
_CHARGE = re.compile(rf"\b(?:frais|com|comm|commissions?|cotisation)\b(?: \w+){{0,3}} {_WORDS}\b")


def returned_amounts(lines: pl.DataFrame) -> dict[str, set[Decimal]]:
    """The amounts of the debits that say that a payment came back, by currency."""
    found: dict[str, set[Decimal]] = defaultdict(set)
    debits = lines.filter(pl.col("amount") < 0).select("label", "amount", "currency")
    for label, amount, currency in debits.iter_rows():
        if says_return(label):
            found[currency].add(-amount)
    return found


def says_return(label: str | None) -> bool:
    """Whether the label of a debit says that a payment came back."""
    words = plain_words(label or "")
    return _RETURN.search(words) is not None and _CHARGE.search(words) is None


def says_return_column(words: str) -> pl.Expr:
    """`says_return` of a column of plain words."""
    return pl.col(words).str.contains(_RETURN.pattern) & ~pl.col(words).str.contains(_CHARGE.pattern)


def says_cheque(label: str) -> bool:
    """Whether a label speaks of cheques: an unpaid cheque takes back no transfer."""
    return _CHEQUE.search(label) is not None


class Refund(NamedTuple):
    """A debit and the credit note or receipt that it takes back; `kind` is refunded or returned.

    `document_id` is the invoice that a returned part had paid. A debit of more than `amount` holds the bank's fee too.
    """

    line_id: str
    credit_id: str
    kind: str
    amount: Decimal
    document_id: str | None = None


class Receipt(NamedTuple):
    """A receipt of a known client, or what one gave an invoice (`document_id`), that could come back.

    `paid` are the numbers of the invoices that it paid.
    """

    line_id: str
    day: date
    amount: Decimal
    currency: str
    client_id: str
    paid: frozenset[str]
    is_cheque: bool = False
    document_id: str | None = None


def receipts_of(
    lines: pl.DataFrame,
    book: Book,
    paid: Iterable[tuple[str, str, Decimal]],
    attributions: Mapping[str, tuple[str, str]],
    said: Mapping[str, str],
) -> list[Receipt]:
    """Bank credits of one known client, by what they pay or what they say, and the parts that one gives to invoices.

    Args:
        lines: LINES.
        book: the invoices.
        paid: line_id, document_id, amount: what bank lines pay.
        attributions: line_id -> (client_id, rule), as rules say.
        said: line_id -> client_id, as people say.
    """
    parts: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    for line_id, document_id, amount in paid:
        parts[line_id].append((document_id, amount))
    known = {line_id: client for line_id, (client, _) in attributions.items()} | dict(said)
    rows = lines.filter(pl.col("amount") > 0).select("line_id", "booking_date", "amount", "currency", "label")
    invoices = book.invoices
    found = []
    for line_id, day, amount, currency, label in rows.iter_rows():
        given = parts.get(line_id, ())
        of_line = {invoices[i].client_id for i, _ in given} or ({known[line_id]} if line_id in known else set())
        is_cheque = says_cheque(label)
        if len(of_line) == 1:
            numbers = frozenset(invoices[i].number for i, _ in given)
            found.append(Receipt(line_id, day, amount, currency, next(iter(of_line)), numbers, is_cheque))
        for i, part in given:
            if part != amount:
                number = frozenset((invoices[i].number,))
                found.append(Receipt(line_id, day, part, currency, invoices[i].client_id, number, is_cheque, i))
    return found


class RefundFinder:
    """Looks for what debits take back; each credit is taken back once."""

    def __init__(self, ledger: Ledger, book: Book, receipts: Iterable[Receipt], refused: frozenset[tuple[str, str]]) -> None:
        """Debits and credits that people have paired already are left out."""
        notes = ledger.documents.filter((pl.col("kind") == "credit_note") & (pl.col("direction") == "sale"))
        by_people = ledger.line_refunds.filter(pl.col("by_person").fill_null(value=False))
        self._book = book
        self._refused = refused
        self._fee = ledger.settings.fee_tolerance
        self._taken = set(by_people["line_id"])
        self._notes = {row["document_id"]: row for row in notes.to_dicts()}
        used = book.used()
        gone = dict(by_people.group_by("credit_id").agg(pl.col("amount").sum().cast(MONEY)).iter_rows())
        self._left = {i: row["amount"] - used.get(i, ZERO) - gone.get(i, ZERO) for i, row in self._notes.items()}
        self._gone = _Gone(by_people.select("credit_id", "document_id").iter_rows())
        self._receipts: dict[str, list[Receipt]] = defaultdict(list)
        for receipt in sorted(receipts, key=attrgetter("amount", "line_id")):
            self._receipts[receipt.currency].append(receipt)

    def find(self, debit: Line, numbers: list[Numbered], names: list[Named]) -> Refund | None:
        """What this debit takes back, if one answer is left."""
        if debit.line_id in self._taken:
            return None
        named = {name.client_id for name in names}
        note = self._note(debit, numbers, named)
        if note is not None:
            self._left[note] -= debit.amount
            return Refund(debit.line_id, note, "refunded", debit.amount)
        if not says_return(debit.label):
            return None
        receipt = self._returned(debit, numbers, named)
        if receipt is None:
            return None
        self._gone.add(receipt.line_id, receipt.document_id)
        return Refund(debit.line_id, receipt.line_id, "returned", receipt.amount, receipt.document_id)

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
        """The only receipt before the debit that paid an invoice named here, else of a client named here.

        It is of that amount; or, where none of these is, of that amount less the bank's fee.
        """
        invoices = {self._book.invoices[i].number for i, *_ in numbers if i in self._book.invoices}
        for least in (debit.amount, debit.amount - self._fee):
            near = self._near(debit, least, debit.amount)
            by_number = [receipt for receipt in near if receipt.paid & invoices]
            by_name = [receipt for receipt in near if receipt.client_id in named]
            if found := by_number or by_name:
                return found[0] if len(found) == 1 else None
        return None

    def _near(self, debit: Line, least: Decimal, most: Decimal) -> list[Receipt]:
        """The receipts of such amounts that could still come back with this debit."""
        every = self._receipts.get(debit.currency, [])
        first, last = bisect_left(every, least, key=_amount), bisect_right(every, most, key=_amount)
        is_cheque = says_cheque(debit.label)
        return [
            receipt
            for receipt in every[first:last]
            if timedelta(0) <= debit.day - receipt.day <= _WINDOW
            and (debit.line_id, receipt.line_id) not in self._refused
            and not self._gone.holds(receipt.line_id, receipt.document_id)
            and (receipt.is_cheque or not is_cheque)
        ]


class _Gone:
    """Which receipts, or parts of them, went back: of one of which a part went, the whole is no more to be had."""

    def __init__(self, pairs: Iterable[tuple[str, str | None]]) -> None:
        self._parts: dict[str, set[str | None]] = defaultdict(set)
        for credit_id, document_id in pairs:
            self.add(credit_id, document_id)

    def add(self, credit_id: str, document_id: str | None) -> None:
        """Of `document_id`, the part that it had got; None: the whole, or nobody knows which part."""
        self._parts[credit_id].add(document_id)

    def holds(self, credit_id: str, document_id: str | None) -> bool:
        parts = self._parts.get(credit_id, set())
        return bool(parts) if document_id is None else bool(parts & {document_id, None})


def _amount(receipt: Receipt) -> Decimal:
    return receipt.amount
