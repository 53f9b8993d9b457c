"""Random small sales ledgers for the laws of the figures: one generator, driven by Hypothesis or by a seed.

The ledgers are as a careful matcher and person would leave them: claims are positive, in one currency and never more than
their line; refunds and uses never more than what is free. Invoices may still get more than they ask for, from several sources.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol, TypeVar

from hypothesis import strategies as st
from oracle import (
    BankLine,
    Books,
    Claim,
    CreditUse,
    Document,
    Facts,
    Mark,
    Match,
    ReceiptUse,
    Refund,
    Statement,
    StoredReceipt,
    WriteOff,
)

T = TypeVar("T")
Case = tuple[Facts, date, date | None]
CENT = Decimal("0.01")
STARTS = (date(2024, 1, 1), date(2023, 12, 15), date(2023, 9, 30), date(2025, 5, 31))
SPAN = 240
KINDS = ("invoice",) * 6 + ("deposit",) + ("credit_note",) * 3
AMOUNTS = tuple(Decimal(text) for text in ("100.00", "1200.00", "0.01", "33.33", "0.00", "100.00", "9999.99", "250.50"))
REASONS = ("loss", "rounding", "bank_fee", "discount")


class Chooser(Protocol):
    """Where the choices come from. The first option and the lowest number are the plainest."""

    def whole(self, low: int, high: int) -> int:
        """A number from `low` to `high`, both included."""
        ...


class Dice:
    """Choices from a seed."""

    def __init__(self, seed: int) -> None:
        """The same seed gives the same choices."""
        self.random = random.Random(seed)

    def whole(self, low: int, high: int) -> int:
        """A number from `low` to `high`, both included."""
        return self.random.randint(low, high)


class Drawn:
    """Choices that Hypothesis makes and shrinks."""

    def __init__(self, draw: st.DrawFn) -> None:
        """Draws from one example."""
        self.draw = draw

    def whole(self, low: int, high: int) -> int:
        """A number from `low` to `high`, both included."""
        return self.draw(st.integers(low, high))


class _Maker:
    """Makes one ledger, kind by kind, each from what stands already."""

    def __init__(self, chooser: Chooser, most_documents: int) -> None:
        self.chooser = chooser
        self.start = self.pick(STARTS)
        self.most = most_documents
        self.clients = [f"C{n}" for n in range(1, chooser.whole(2, 4) + 1)]
        # A few days on which much happens: ends of months, the leap day, and their eves.
        self.hot = [d for d in (self.start + timedelta(days=n) for n in range(SPAN)) if (d + timedelta(days=1)).day == 1]
        self.facts = Facts()

    def pick(self, options: Sequence[T]) -> T:
        return options[self.chooser.whole(0, len(options) - 1)]

    def chance(self, percent: int) -> bool:
        return self.chooser.whole(1, 100) > 100 - percent

    def day(self) -> date:
        return self.pick(self.hot) if self.chance(30) else self.start + timedelta(days=self.chooser.whole(0, SPAN))

    def after(self, day: date, *usual: int) -> date:
        return day + timedelta(days=self.pick(usual) if self.chance(70) else self.chooser.whole(-20, 120))

    def amount(self) -> Decimal:
        return self.pick(AMOUNTS) if self.chance(50) else Decimal(self.chooser.whole(1, 300_000)) * CENT

    def part(self, whole: Decimal) -> Decimal:
        """Some of an amount: all of it, a half, a cent or anything."""
        some = self.pick([whole, (whole / 2).quantize(CENT), CENT, Decimal(self.chooser.whole(0, int(whole * 100))) * CENT])
        return min(some, whole)

    def make(self) -> Facts:
        self.documents()
        self.statements()
        self.payments()
        self.write_offs()
        self.returns()
        self.refunds_and_uses()
        self.stored_receipts()
        self.marks()
        return self.facts

    def documents(self) -> None:
        documents: list[Document] = []
        for n in range(1, self.chooser.whole(3, self.most) + 1):
            kind = self.pick(KINDS)
            client, issue = self.pick(self.clients), self.day()
            currency = "USD" if self.chance(10) else "EUR"
            amount = self.amount()
            linked = None
            if kind == "credit_note" and self.chance(70):
                mine = [d for d in documents if d.client == client and d.currency == currency and d.kind != "credit_note"]
                target = self.pick(mine) if mine and self.chance(85) else self.pick(documents) if documents else None
                linked = "X-404" if target is None else target.number
                if target is not None and self.chance(60):
                    amount = self.part(target.amount)
            sending = self.pick(("silent", "said", "unsent")) if kind != "credit_note" else "silent"
            sent = self.after(issue, 0, 1) if sending == "said" and self.chance(60) else None
            name = f"{ {'invoice': 'F', 'deposit': 'D', 'credit_note': 'A'}[kind] }{n:03}"
            due = self.after(issue, 30, 0, 45, 60)
            is_disputed = self.chance(10)
            documents.append(Document(name, kind, client, issue, due, amount, currency, linked, (), is_disputed, sending, sent))
        self.facts = replace(self.facts, documents=tuple(documents))

    def statements(self) -> None:
        """Declared payments of a third of the invoices: dated or not, growing, sometimes taken back."""
        documents = []
        for document in self.facts.documents:
            statements: list[Statement] = []
            if document.kind != "credit_note" and self.chance(35):
                known_on, paid = self.after(document.issue, 10, 31, 45), Decimal("0.00")
                for _ in range(self.chooser.whole(1, 3)):
                    top = document.amount + (Decimal("25.00") if self.chance(10) else Decimal("0.00"))
                    paid = self.part(paid) if self.chance(20) else paid + self.part(max(top - paid, Decimal("0.00")))
                    paid_date = None if self.chance(35) else known_on - timedelta(days=self.pick((0, 1, 5, 40)))
                    statements.append(self.statement(document, known_on, paid, paid_date))
                    known_on += timedelta(days=self.pick((7, 1, 0, 30)))
            documents.append(replace(document, statements=tuple(statements)))
        self.facts = replace(self.facts, documents=tuple(documents))

    def statement(self, document: Document, known_on: date, paid: Decimal, paid_date: date | None) -> Statement:
        way = self.chooser.whole(0, 9)
        due = max(document.amount - paid, Decimal("0.00"))
        if way < 6:
            return Statement(known_on, paid, paid_date, due if self.chance(20) else None)
        if way < 9:
            return Statement(known_on, None, paid_date, due)
        return Statement(known_on, None, paid_date, None, is_paid=self.chance(80))

    def payments(self) -> None:
        """Bank lines: exact, partial, grouped, too large, early, of two clients, or of nobody."""
        bills = [d for d in self.facts.documents if d.kind != "credit_note"]
        owed = {d.number: d.amount for d in bills}
        lines: list[BankLine] = []
        matches: list[Match] = []
        for n in range(1, self.chooser.whole(0, len(bills) + 4) + 1):
            if not bills or self.chance(15):
                amount = self.amount() * (-1 if self.chance(30) else 1)
                owner = self.pick(self.clients) if amount > 0 and self.chance(60) else None
                lines.append(BankLine(f"L{n:03}", self.day(), amount, owner, "USD" if self.chance(10) else "EUR"))
                continue
            first = self.pick(bills)
            group = [first]
            while len(group) < 3 and self.chance(25):
                others = [d for d in bills if d.currency == first.currency and d not in group]
                others = others if self.chance(30) else [d for d in others if d.client == first.client]
                group += [self.pick(others)] if others else []
            given = []
            for bill in group:
                top = bill.amount if self.chance(20) else owed[bill.number]  # a fifth do not look what is left
                amount = top if self.chance(60) else self.part(top)
                owed[bill.number] = max(owed[bill.number] - amount, Decimal("0.00"))
                given += [(bill, amount)] if amount > 0 else []
            extra = Decimal("0.00") if self.chance(75) else self.pick((CENT, Decimal("50.00"), first.amount))
            amount = sum((a for _, a in given), extra)
            if amount > 0:
                day = self.pick((self.after(first.due, 0, 1, 30, 31, 90, 91), self.after(first.issue, 0, -10, 15), self.day()))
                is_known = self.chance(85)
                lines.append(BankLine(f"L{n:03}", day, amount, first.client if is_known else None, first.currency))
                matches += [Match(f"M{n:03}{k}", f"L{n:03}", bill.number, a) for k, (bill, a) in enumerate(given)]
        self.facts = replace(self.facts, lines=tuple(lines), matches=tuple(matches))

    def write_offs(self) -> None:
        for n in range(self.chooser.whole(0, 3)):
            bills = [d for d in self.facts.documents if d.kind != "credit_note" and d.amount > 0]
            if not bills:
                return
            bill = self.pick(bills)
            day = self.after(bill.due, 0, 31, 91)
            left = Books(self.facts).outstanding(bill.number, day)
            amount = left if left > 0 and self.chance(70) else max(CENT, self.part(bill.amount))
            write_off = WriteOff(f"W{n}", bill.number, amount, day, self.pick(REASONS))
            self.facts = replace(self.facts, write_offs=(*self.facts.write_offs, write_off))

    def returns(self) -> None:
        """Some payments of one client bounce as a whole: their allocations end and the money goes back that day."""
        clients = {d.number: d.client for d in self.facts.documents}
        for line in self.facts.lines:
            owners = {clients[m.invoice] for m in self.facts.matches if m.line == line.id}
            owners |= {line.client} if line.client and not owners else set()
            if line.amount <= 0 or len(owners) != 1 or not self.chance(15):
                continue
            client, day = owners.pop(), line.date + timedelta(days=self.pick((3, 0, 1, 20, 45)))
            lines = tuple(replace(one, client=client) if one.id == line.id else one for one in self.facts.lines)
            debit = BankLine(f"{line.id}R", day, -line.amount, None, line.currency)
            self.facts = replace(
                self.facts,
                lines=(*lines, debit),
                matches=tuple(replace(m, reversed_on=day) if m.line == line.id else m for m in self.facts.matches),
                refunds=(*self.facts.refunds, Refund(day, line.id, line.amount, "returned", client)),
            )

    def refunds_and_uses(self) -> None:
        """Credits that stay free to the end are refunded, or given to an invoice of the client if they are credit notes."""
        for n in range(self.chooser.whole(0, 3)):
            books = Books(self.facts)
            grouped = {m.line for m in self.facts.matches if sum(o.line == m.line for o in self.facts.matches) > 1}
            day = self.day()
            currency = "EUR"
            days = [day, *(d for d in event_days(self.facts) if d > day)]
            free: dict[tuple[str, str], Decimal] = {}
            for name, client, amount in books.credits(day, currency):
                if (name in books.lines and name not in grouped) or name in books.documents:
                    free[name, client] = amount
            for later in days[1:]:
                left = {(name, client): amount for name, client, amount in books.credits(later, currency)}
                free = {key: min(amount, left.get(key, Decimal("0.00"))) for key, amount in free.items()}
            open_credits = [(name, client, amount) for (name, client), amount in sorted(free.items()) if amount > 0]
            if not open_credits:
                continue
            name, client, amount = self.pick(open_credits)
            owed = books.outstanding_by_invoice(day)
            bills = [d for d in books.issued(day, currency) if d.client == client and owed[d.number] > 0]
            if name in books.documents and bills and self.chance(60):
                bill = self.pick(bills)
                use = CreditUse(f"U{n}", name, bill.number, min(amount, owed[bill.number]), day)
                self.facts = replace(self.facts, credit_uses=(*self.facts.credit_uses, use))
            else:
                back = max(CENT, self.part(amount))
                debit = BankLine(f"Z{n}", day, -back, None, currency)
                refund = Refund(day, name, back, "refunded", client)
                self.facts = replace(self.facts, lines=(*self.facts.lines, debit), refunds=(*self.facts.refunds, refund))

    def stored_receipts(self) -> None:
        """What a ledger says of receipts: some are bank movements of the same client and amount, some are given to invoices."""
        stored: list[StoredReceipt] = []
        uses: list[ReceiptUse] = []
        owners = {d.number: d.client for d in self.facts.documents}
        for n in range(self.chooser.whole(0, 5)):
            client, currency, day, amount = self.pick(self.clients), "EUR", self.day(), self.amount()
            mine = [
                b
                for b in self.facts.lines
                if b.client == client or client in {owners[m.invoice] for m in self.facts.matches if m.line == b.id}
            ]
            if mine and self.chance(60):
                line = self.pick(mine)
                amount, currency = line.amount, line.currency
                day = line.date + timedelta(days=self.pick((0, 1, -3, 10, -10, 11, -11)))
            if self.chance(15):
                amount = -abs(amount)
            if not amount:
                continue
            stored.append(StoredReceipt(f"S{n}", day, amount, client, currency))
            bills = [d for d in self.facts.documents if d.kind != "credit_note" and (d.client, d.currency) == (client, currency)]
            free = amount
            for k in range(2):
                if bills and free > 0 and self.chance(50):
                    bill = self.pick(bills)
                    given = min(free, self.part(bill.amount))
                    if given > 0:
                        uses.append(ReceiptUse(f"use{n}{k}", f"S{n}", bill.number, given))
                        free -= given
        self.facts = replace(self.facts, stored=tuple(stored), receipt_uses=tuple(uses))

    def marks(self) -> None:
        marks = []
        for _ in range(self.chooser.whole(0, 5)):
            what = self.pick(("disputed", "doubtful", "insolvency", "sent", "promise"))
            document = self.pick(self.facts.documents)
            is_of_client = what == "insolvency" or (what == "doubtful" and self.chance(40))
            day = self.after(document.issue, 30, 0, 100)
            owner = document.client if is_of_client else None
            is_set = not self.chance(25)
            marks.append(Mark(what, None if is_of_client else document.number, owner, is_set, day))
        self.facts = replace(self.facts, marks=tuple(marks))


def event_days(facts: Facts) -> list[date]:
    """The days on which something happens, or begins to be late enough to matter, in order."""
    days: set[date] = {line.date for line in facts.lines}
    for d in facts.documents:
        days |= {d.issue, d.due, *(s.known_on for s in d.statements), *(s.paid_date for s in d.statements if s.paid_date)}
    days |= {m.reversed_on for m in facts.matches if m.reversed_on} | {r.date for r in facts.stored}
    days |= {u.date for u in facts.credit_uses} | {w.date for w in facts.write_offs} | {r.date for r in facts.refunds}
    return sorted(days | {m.on_date for m in facts.marks})


def _as_of(maker: _Maker) -> date:
    """A day to close the books: mostly an edge (an event, its eve, a bucket's end), else any day, also before or after all."""
    if maker.chance(75):
        return maker.pick(event_days(maker.facts)) + timedelta(days=maker.pick((0, 0, 0, 1, -1, 30, 31, 60, 61, 90, 91)))
    return maker.pick((maker.start + timedelta(days=SPAN), maker.day(), date(2024, 2, 29), maker.start - timedelta(days=1)))


def _case(chooser: Chooser, most_documents: int) -> Case:
    maker = _Maker(chooser, most_documents)
    facts = maker.make()
    as_of = _as_of(maker)
    start = None if maker.chance(50) else as_of - timedelta(days=maker.pick((89, 29, 0, 364, 180)))
    return facts, as_of, start


@st.composite
def cases(draw: st.DrawFn, most_documents: int = 25) -> Case:
    """Strategy of (facts, as_of, from or None)."""
    return _case(Drawn(draw), most_documents)


def ledgers(most_documents: int = 25) -> st.SearchStrategy[Facts]:
    """Strategy of ledgers of 3 to `most_documents` documents."""
    return cases(most_documents).map(lambda case: case[0])


def as_of_dates(facts: Facts) -> st.SearchStrategy[date]:
    """Strategy of days to close these books, mostly edges."""
    edges = [day + timedelta(days=n) for day in event_days(facts) for n in (0, 1, -1, 30, 31, 60, 61, 90, 91)]
    return st.sampled_from(sorted(set(edges)))


def seeded_case(seed: int, most_documents: int = 25) -> Case:
    """The case of a seed: (facts, as_of, from or None)."""
    return _case(Dice(seed), most_documents)


def seeded_cases(count: int, first_seed: int = 0, most_documents: int = 25) -> Iterator[Case]:
    """The cases of `count` seeds in a row."""
    return (seeded_case(seed, most_documents) for seed in range(first_seed, first_seed + count))


def is_contested(facts: Facts) -> bool:
    """Whether an allocation ends on an invoice that is claimed for more than it asks for, or a declared one on a matched invoice.

    There, what a second payment takes after the first went back depends on a reading of the rules; elsewhere it does not.
    """
    books = Books(facts)
    for document in books.owing():
        claims = [c for c in books.claims if c.invoice == document.number]
        declared = [c for c in books.declared if c.invoice == document.number]
        has_declared_end = any(c.reversed_on for c in declared)
        as_declared = [*declared, *(c for c in claims if c.source in ("credit_note", "write_off"))]
        if any(c.reversed_on for c in claims) and _sum(claims) > document.amount:
            return True
        if has_declared_end and (_sum(as_declared) > document.amount or any(c.source == "bank" for c in claims)):
            return True
    return False


def _sum(claims: Sequence[Claim]) -> Decimal:
    return sum((c.amount for c in claims), Decimal("0.00"))
