"""What each invoice owes while bank lines meet it one after the other: each payment changes what the next one finds."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import polars as pl

from models.money import ZERO
from pipelines.allocation import LETTERED, linked_credit_claims, only_effective
from pipelines.ledger import Ledger
from pipelines.reversals import with_fallen_write_offs, with_reversals

_EARLY = timedelta(days=15)  # an invoice may be paid on a pro forma, so shortly before its issue date


class Line(NamedTuple):
    """A bank line as rules see it; `amount` is what it can still give, or what a debit takes back."""

    line_id: str
    day: date
    amount: Decimal
    currency: str
    label: str


class Invoice(NamedTuple):
    """What rules need to know of an invoice or deposit."""

    client_id: str
    issue_date: date
    currency: str
    number: str
    due_date: date
    amount: Decimal


class Credit(NamedTuple):
    """A part of an invoice that a credit note or write-off takes, in the order in which payments take it back."""

    day: date
    source_id: str
    amount: Decimal


#: A currency and an amount that an invoice may owe.
Owing = tuple[str, Decimal]


@dataclass
class Book:
    """The open invoices.

    Attributes:
        invoices: in the order in which they are due.
        owed: what each owes once all its credit notes and write-offs have had their part.
        credits: those parts, latest first: a payment dated before one of them comes first (contract 2).
        refused: (line_id, document_id) pairs that a person said no to.
        place: where each invoice stands in that order.
        wholes: the invoices of an amount. `of_client`: those of a client that owe something. `by_amount`: that owe an amount.
        ever: the invoices that owed an amount at any moment since the rules began, by currency and amount.
    """

    invoices: Mapping[str, Invoice]
    owed: dict[str, Decimal]
    credits: dict[str, list[Credit]]
    refused: frozenset[tuple[str, str]]
    place: dict[str, int] = field(default_factory=dict)
    ever: dict[Owing, set[str]] = field(default_factory=lambda: defaultdict(set))
    wholes: dict[Decimal, list[str]] = field(default_factory=lambda: defaultdict(list))
    of_client: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_amount: dict[Owing, set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        if self.place:
            return
        self.place = {document_id: n for n, document_id in enumerate(self.invoices)}
        for document_id, invoice in self.invoices.items():
            self.wholes[invoice.amount].append(document_id)
            self._enter(document_id)

    def open_for(self, line: Line, document_ids: Iterable[str]) -> dict[str, Decimal]:
        """What this line could pay, in that order: same currency, something owed, issued by then, not refused."""
        found: dict[str, Decimal] = {}
        for i in dict.fromkeys(document_ids):
            invoice = self.invoices[i]
            if invoice.currency != line.currency or invoice.issue_date > line.day + _EARLY:
                continue
            owed = self.owed[i]
            for credit in self.credits.get(i, ()):
                if credit.day > line.day:
                    owed += credit.amount
            if owed > 0 and (line.line_id, i) not in self.refused:
                found[i] = owed
        return found

    def open_of(self, line: Line, client_id: str) -> dict[str, Decimal]:
        """What this line could pay of a client's invoices issued by then, in the order in which they are due."""
        mine = sorted(self.of_client.get(client_id, ()), key=self.place.__getitem__)
        found = self.open_for(line, mine)
        return {i: owed for i, owed in found.items() if self.invoices[i].issue_date <= line.day}

    def exact_for(self, line: Line, amount: Decimal | None = None) -> list[str]:
        """The invoices that owe exactly this amount to a line (its own, if none is given), in the order of their due dates."""
        wanted = line.amount if amount is None else amount
        same = sorted(self.by_amount.get((line.currency, wanted), ()), key=self.place.__getitem__)
        return [i for i, owed in self.open_for(line, same).items() if owed == wanted]

    def has_other(self, document_id: str, amount: Decimal) -> bool:
        """Whether the client has another invoice of that amount, paid or not."""
        client_id = self.invoices[document_id].client_id
        return any(i != document_id and self.invoices[i].client_id == client_id for i in self.wholes.get(amount, ()))

    def pay(self, document_id: str, amount: Decimal) -> None:
        """Take a payment off what is owed; what it takes beyond that, later credits lose, the last one first."""
        self._leave(document_id)
        self.owed[document_id] -= amount
        credits_ = self.credits.get(document_id, [])
        while self.owed[document_id] < 0 and credits_:
            credit = credits_.pop(0)
            lost = min(credit.amount, -self.owed[document_id])
            self.owed[document_id] += lost
            if credit.amount > lost:
                credits_.insert(0, credit._replace(amount=credit.amount - lost))
        self._enter(document_id)

    def reopen(self, document_id: str, amount: Decimal, beside: Collection[str] = ()) -> None:
        """Owe again what a returned payment had paid, and what was written off (`beside`) with it."""
        self._leave(document_id)
        credits_ = self.credits.get(document_id, [])
        self.owed[document_id] += amount + sum((credit.amount for credit in credits_ if credit.source_id in beside), ZERO)
        credits_[:] = [credit for credit in credits_ if credit.source_id not in beside]
        self._enter(document_id)

    def _amounts(self, document_id: str) -> set[Decimal]:
        """What an invoice owes with and without the credits that came later, where it is something."""
        owed = self.owed[document_id]
        credits_ = self.credits.get(document_id)
        if not credits_:
            return {owed} if owed > 0 else set()
        return {amount for amount in accumulate_credits(owed, credits_) if amount > 0}

    def _enter(self, document_id: str) -> None:
        invoice = self.invoices[document_id]
        for amount in self._amounts(document_id):
            self.of_client[invoice.client_id].add(document_id)
            self.by_amount[invoice.currency, amount].add(document_id)
            self.ever[invoice.currency, amount].add(document_id)

    def _leave(self, document_id: str) -> None:
        invoice = self.invoices[document_id]
        self.of_client[invoice.client_id].discard(document_id)
        for amount in self._amounts(document_id):
            self.by_amount[invoice.currency, amount].discard(document_id)

    def used(self) -> dict[str, Decimal]:
        """What of each credit note or write-off is given to invoices."""
        found: dict[str, Decimal] = defaultdict(Decimal)
        for credits_ in self.credits.values():
            for credit in credits_:
                found[credit.source_id] += credit.amount
        return found

    def with_part(self, part: "Book", clients: Iterable[str]) -> "Book":
        """This book, with the invoices of some clients as another one has them; neither may be written to after that."""
        by_amount = dict(self.by_amount)
        for document_id in part.invoices:
            currency = self.invoices[document_id].currency
            for amount in self._amounts(document_id):
                by_amount[currency, amount] = by_amount[currency, amount] - {document_id}
        return replace(
            self,
            owed={**self.owed, **part.owed},
            credits={i: known for i, known in self.credits.items() if i not in part.invoices} | dict(part.credits),
            refused=part.refused,
            of_client={**self.of_client, **{client: part.of_client.get(client, set()) for client in clients}},
            by_amount=by_amount | {key: by_amount.get(key, set()) | ids for key, ids in part.by_amount.items() if ids},
            ever=dict(self.ever) | {key: self.ever.get(key, set()) | ids for key, ids in part.ever.items()},
        )


def accumulate_credits(owed: Decimal, credits_: Iterable[Credit]) -> set[Decimal]:
    """What an invoice owes before each of its credits, and after them all."""
    amounts = {owed}
    for credit in credits_:
        owed += credit.amount
        amounts.add(owed)
    return amounts


def book_of(ledger: Ledger, decided: pl.DataFrame, refused: frozenset[tuple[str, str]]) -> Book:
    """What each sales invoice owes before the rules act.

    Args:
        ledger: the facts; allocations and returns that rules found before are ignored.
        decided: CLAIMS of bank lines that the rules leave as they are.
        refused: pairs that a person said no to.
    """
    sales = ledger.documents.filter(pl.col("direction") == "sale")
    bills = sales.filter(pl.col("kind") != "credit_note")
    is_said = (pl.col("by") != "rule") | (pl.col("rule") == LETTERED)
    kept = ledger.claims.filter(pl.col("source").is_in(["credit_note", "write_off"]) & is_said)
    linked = linked_credit_claims(sales, kept.filter(pl.col("source") == "credit_note"))
    paid = with_reversals(decided.with_columns(reversed_on=pl.lit(None, pl.Date)), returns_by_people(ledger), ledger.lines)
    beside = written_off_with(kept, decided)
    kept = pl.concat([kept.join(beside, on="claim_id", how="anti"), beside.with_columns(reversed_on=pl.lit(None, pl.Date))])
    given = with_fallen_write_offs(pl.concat([linked, kept, paid]))
    effective = only_effective(bills, given).filter(pl.col("reversed_on").is_null())
    owed = dict(bills.select("document_id", "amount").iter_rows())
    credits_: dict[str, list[Credit]] = defaultdict(list)
    order = ["date", "document_id", "source_id"]
    rows = effective.sort(order, descending=True).select("document_id", "source", "date", "source_id", "amount")
    for document_id, source, day, source_id, amount in rows.iter_rows():
        owed[document_id] -= amount
        if source != "bank":
            credits_[document_id].append(Credit(day, source_id, amount))
    bills = bills.sort("due_date", "number", "document_id").select(
        "document_id", "client_id", "issue_date", "currency", "number", "due_date", "amount"
    )
    return Book({i: Invoice(*row) for i, *row in bills.iter_rows()}, owed, credits_, refused)


def written_off_with(claims: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """CLAIMS of write-offs that people decided together with these payments: without them, they fall."""
    write_offs = claims.filter(pl.col("source") == "write_off")
    return write_offs.join(decided.drop_nulls("change_id"), on=["change_id", "document_id"], how="semi")


def returns_by_people(ledger: Ledger) -> pl.DataFrame:
    """Returned payments as people said (LINE_REFUNDS)."""
    return ledger.line_refunds.filter(pl.col("by_person").fill_null(value=False) & (pl.col("kind") == "returned"))
