"""What a generated bank line truly is: a payment with the money that each invoice gets of it, or no client payment at all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from matching_clients import Client
from matching_evidence import Accountant
from matching_payers import Bill, Said

#: Only what is simple is confirmed, in the first days of the books.
_CONFIRMED = ("single", "grouped", "part", "cent", "fee", "discount", "credit")
_EARLY = timedelta(days=170)


@dataclass
class Payment:
    """A bank line and what it truly is.

    Attributes:
        parts: what of this line each invoice gets. Empty: it pays none.
        settled: what each invoice is relieved of, gaps (a fee, a discount, cents) included.
        notes: credit notes used with it, and the invoice that they went to.
        situation: why it is what it is; `noise` is no client payment.
        returns: the payment or credit note that this debit takes back.
        is_usable: it carries usable evidence, see `matching_evidence`.
        is_confirmed: a person allocated it already.
    """

    line_id: str
    day: date
    amount: Decimal
    situation: str
    said: Said
    parts: dict[str, Decimal] = field(default_factory=dict)
    settled: dict[str, Decimal] = field(default_factory=dict)
    notes: dict[str, tuple[str, Decimal]] = field(default_factory=dict)
    reason: str | None = None
    client: Client | None = None
    returns: str | None = None
    is_usable: bool = False
    is_confirmed: bool = False
    account: str = "A"
    currency: str = "EUR"

    @property
    def features(self) -> set[str]:
        """What is special about it."""
        found = set(self.said.features)
        if self.parts and not self.said.written:
            found.add("no number")
        return found

    @property
    def gap(self) -> Decimal:
        """What settled its invoices without being paid by it."""
        return sum(self.settled.values(), Decimal(0)) - sum(self.parts.values(), Decimal(0))


@dataclass
class Seeded:
    """One company's books with the truth."""

    clients: list[Client]
    bills: list[Bill]
    payments: list[Payment]
    twins: float


def judged(dice: Random, bills: list[Bill], clients: list[Client], payments: list[Payment]) -> Seeded:
    """Confirm a part of the early lines, and say of each payment whether it carries usable evidence."""
    accountant = Accountant([b for b in bills if b.kind != "credit_note"], clients)
    by_id = {p.line_id: p for p in payments}
    returned = {p.returns for p in payments}
    notes = sorted((b for b in bills if b.linked), key=lambda b: b.issued, reverse=True)
    for p in payments:
        while notes and notes[-1].issued <= p.day:
            note = notes.pop()
            accountant.take(str(note.linked), note.amount)
        back = by_id.get(p.returns or "")
        if back and (back.is_usable or back.is_confirmed):
            for number, amount in back.settled.items():
                accountant.take(number, -amount)
        is_early = p.day <= payments[0].day + _EARLY
        p.is_confirmed = p.situation in _CONFIRMED and is_early and dice.random() < 0.6 and p.line_id not in returned
        p.is_usable = accountant.is_sure(p.said, p.settled, p.client, p.amount, p.day)
        if p.is_usable or p.is_confirmed:
            for number, amount in [*p.settled.items(), *p.notes.values()]:
                accountant.take(number, amount)
        if p.is_confirmed and p.client:
            accountant.learn(p.said, p.client)
    return Seeded(clients, bills, payments, twins(bills, payments))


def twins(bills: list[Bill], payments: Sequence[Payment]) -> float:
    """The share of invoices that were open together with one of the same amount at another client."""
    closed = {number: p.day for p in payments for number in p.settled}
    by_amount: dict[Decimal, list[tuple[Bill, date, date]]] = {}
    spans = [(b, b.issued, closed.get(b.number, date.max)) for b in bills if b.kind != "credit_note"]
    for span in spans:
        by_amount.setdefault(span[0].amount, []).append(span)
    has = Counter(
        any(other.client is not b.client and start <= end and opened <= until for other, start, until in by_amount[b.amount])
        for b, opened, end in spans
    )
    return has[True] / len(spans)
