"""Seeded ledgers with bank lines as French payers and banks write them, each payment with the truth of what it pays.

`seeded(seed, payments, styles)` makes a company's books: clients, numbered invoices, and a year of bank lines. Truth is kept
as the money of each line by invoice; `matching_evidence` says which payments carry usable evidence. A part of the early lines
was confirmed by a person: from them come the payer names and accounts that are known.
"""

import heapq
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from random import Random

from matching_clients import Client, clients_of
from matching_labels import BUILT, Styles, plain
from matching_noise import noise
from matching_payers import Bill, Said, Scribe
from matching_payments import Payment, Seeded, judged

START = date(2025, 1, 2)
SPAN = 420
CENT = Decimal("0.01")
#: What becomes of an invoice that is paid, with its weight.
SITUATIONS = {
    "single": 55, "grouped": 13, "several clients": 6, "part": 4, "fee": 2, "discount": 2, "cent": 1.5, "credit": 3.5,
    "over": 1.2, "double": 0.8, "returned": 2, "payout": 3, "cheque": 6, "cheques": 2,
}  # fmt: skip


def cents(amount: Decimal) -> Decimal:
    """To the cent, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


class _Maker:
    """Lives through the days of one company."""

    def __init__(self, seed: int, payments: int, styles: Styles) -> None:
        self.dice = Random(f"{seed}")
        self.scribe = Scribe(self.dice, styles)
        self.styles = styles
        self.clients = clients_of(self.dice, max(12, payments // 7))
        self.habits = {client.client_id: self.scribe.habit(client) for client in self.clients}
        self.numbering = self.dice.choice(styles.numberings)
        self.bills: list[Bill] = []
        self.notes = 0
        self.payments: list[Payment] = []
        self.events: list[tuple[date, int, Callable[[date], None]]] = []
        self.planned: dict[str, bool] = {}
        self.turns = count()
        self._bill(int(payments * 1.25))

    def at(self, day: date, act: Callable[[date], None]) -> None:
        """Let something happen on a working day."""
        while day.weekday() > 4:
            day += timedelta(days=1)
        heapq.heappush(self.events, (day, next(self.turns), act))

    def run(self) -> None:
        """Live through all days."""
        last = START + timedelta(days=SPAN)
        while self.events:
            day, _, act = heapq.heappop(self.events)
            if day <= last:
                act(day)

    def _bill(self, most: int) -> None:
        """Issue all invoices: subscriptions of one amount, twins of another client's, deposits with their final invoice."""
        dice = self.dice
        regular = {c.client_id: self._price() for c in self.clients if dice.random() < 0.15}
        weights = [dice.choice([1, 1, 2, 4]) for _ in self.clients]
        rest: tuple[Client, Decimal] | None = None
        for n in range(1, most + 1):
            issued = START + timedelta(days=n * (SPAN - 30) // most)
            client = dice.choices(self.clients, weights)[0]
            near = [b for b in self.bills[-40:] if b.client is not client]
            amount = dice.choice(near).amount if near and dice.random() < 0.1 else self._price()
            amount = regular.get(client.client_id, amount)
            kind = "deposit" if dice.random() < 0.03 and rest is None else "invoice"
            if rest is not None and kind == "invoice" and dice.random() < 0.5:
                (client, amount), rest = rest, None
            elif kind == "deposit":
                rest = client, cents(amount * Decimal("2.3"))
            order = None
            if dice.random() < 0.15:
                order = dice.choice(
                    [f"BC-{dice.randrange(1000, 99999)}", f"45{dice.randrange(10**8):08d}", f"CMD{issued:%y}/{n + 77}"]
                )
            number = self.numbering.write(issued.year, issued.month, n)
            due = issued + timedelta(days=dice.choice([0, 15, 30, 30, 30, 45, 60]))
            bill = Bill(number, client, issued, due, amount, kind, order, left=amount, sure_left=amount)
            self.bills.append(bill)
            self._plan(bill)

    def _price(self) -> Decimal:
        if self.dice.random() < 0.08:
            return Decimal(self.dice.choice([60, 120, 150, 240, 300, 480, 600, 1200, 1500, 2400])).quantize(CENT)
        return cents(Decimal(self.dice.randrange(3_000, 900_000)) / 100)

    def _plan(self, bill: Bill) -> None:
        self.at(bill.issued, lambda _: self.scribe.known.append(bill.number))
        if self.dice.random() < 0.015:
            self.at(bill.issued + timedelta(days=self.dice.randint(5, 60)), lambda day: self._refund(bill, day))
        if self.dice.random() < 0.85:
            delay = self.habits[bill.client.client_id].delay + self.dice.randint(-5, 8)
            self.at(max(bill.due + timedelta(days=delay), bill.issued + timedelta(days=1)), lambda day: self._pay(bill, day))

    def _pay(self, bill: Bill, day: date) -> None:
        """The day on which an invoice is paid, if it is not yet."""
        if bill.left == 0 or self.planned.get(bill.number):
            return
        situation = self.dice.choices(list(SITUATIONS), list(SITUATIONS.values()))[0]
        if situation in ("grouped", "several clients", "payout", "cheques"):
            bills = self._together(bill, day, situation)
            situation = "single" if len(bills) == 1 and situation in ("grouped", "several clients") else situation
        else:
            bills = [bill]
        if situation == "part":
            self._instalments(bill, day)
        elif situation == "credit":
            self._with_credit(bill, day)
        else:
            getattr(self, f"_{situation.replace(' ', '_')}", self._plainly)(bills, day, situation)

    def _together(self, bill: Bill, day: date, situation: str) -> list[Bill]:
        """This invoice with others that are paid in one go."""
        ready = [b for b in self.bills if b.left > 0 and b.issued <= day and b is not bill and not self.planned.get(b.number)]
        others = [b for b in ready if b.due <= day + timedelta(days=20) and b.client is bill.client]
        if situation == "several clients":
            others = [b for b in ready if b.client.group and b.client.group == bill.client.group and b.client is not bill.client]
        elif situation != "grouped":
            others = [b for b in ready if b.due <= day + timedelta(days=9)]
        most = 1 if situation == "several clients" else self.dice.choice([1, 1, 2, 3, 4])
        others.sort(key=lambda b: (b.due, b.number))  # a payer mostly takes what is due first
        if situation != "grouped" or self.dice.random() < 0.3:
            self.dice.shuffle(others)
        return [bill, *sorted(others[:most], key=lambda b: b.number)]

    def _add(
        self, bills: list[Bill], day: date, situation: str, amount: Decimal, gap: Decimal = Decimal(0), **said: str
    ) -> Payment:
        """A transfer of this amount; `gap` is what settles the last invoice besides."""
        settled = self._take(bills, amount + gap)
        habit = self.habits[bills[0].client.client_id]
        words = self.scribe.transfer(bills[0].client, habit, bills, situation, day, amount=f"{amount}".replace(".", ","), **said)
        return self._keep(bills, day, situation, amount, settled, words)

    def _take(self, bills: list[Bill], amount: Decimal) -> dict[str, Decimal]:
        """What each invoice is relieved of by this much."""
        settled = {}
        for bill in bills:
            given = min(bill.left, amount)
            bill.left -= given
            amount -= given
            if given > 0:
                settled[bill.number] = given
        return settled

    def _keep(
        self, bills: list[Bill], day: date, situation: str, amount: Decimal, settled: dict[str, Decimal], said: Said
    ) -> Payment:
        """Keep a payment; a gap is borne by its last invoices."""
        parts, free = {}, amount
        for number, given in settled.items():
            parts[number] = min(given, free)
            free -= parts[number]
        client = bills[0].client if len({b.client.client_id for b in bills}) == 1 else None
        line_id = f"L{len(self.payments):06d}"
        made = Payment(line_id, day, amount, situation, said, {n: a for n, a in parts.items() if a > 0}, settled, client=client)
        self.payments.append(made)
        return made

    def _plainly(self, bills: list[Bill], day: date, situation: str) -> None:
        owed = sum((b.left for b in bills), Decimal(0))
        dice = self.dice
        gap, reason, said = Decimal(0), None, {}
        if situation == "fee":
            gap, reason = Decimal(dice.choice(["8.50", "12.00", "15.00", "20.00", "24.90"])), "bank_fee"
        elif situation == "discount":
            percent = dice.choice(["1", "1.5", "2", "3"])
            gap, reason, said = cents(owed * Decimal(percent) / 100), "discount", {"percent": percent}
        elif situation == "cent":
            gap, reason = Decimal(dice.choice(["0.01", "0.01", "0.02", "0.05"])), "rounding"
        if gap >= owed / 2:
            gap, reason = Decimal(0), None
        payment = self._add(bills, day, situation, owed - gap, gap, **said)
        payment.reason = reason

    def _over(self, bills: list[Bill], day: date, situation: str) -> None:
        extra = self.dice.choice([Decimal("0.01"), Decimal(10), Decimal(100), cents(bills[0].left / 5)])
        self._add(bills, day, situation, bills[0].left + extra)

    def _double(self, bills: list[Bill], day: date, situation: str) -> None:
        """Paid, and paid again by mistake some days later."""
        first = self._add(bills, day, "single", bills[0].left)

        def again(later: date) -> None:
            copy = self._keep(bills, later, situation, first.amount, {}, first.said)
            copy.client = first.client

        self.at(day + timedelta(days=self.dice.randint(2, 12)), again)

    def _returned(self, bills: list[Bill], day: date, situation: str) -> None:
        """Paid, sent back by the bank, and paid again."""
        bill = bills[0]
        first = self._add(bills, day, situation, bill.left)
        self.planned[bill.number] = True

        def back(later: date) -> None:
            name = plain(bill.client.name)
            text = self.scribe.fill(self.dice.choice(self.styles.returns), later, name=name, remittance=bill.number)
            self._keep(bills, later, "return", -first.amount, {}, Said(text, "return")).returns = first.line_id
            bill.left += first.amount

        def again(later: date) -> None:
            if bill.left > 0:
                self._add(bills, later, "paid again", bill.left)

        self.at(day + timedelta(days=self.dice.randint(3, 8)), back)
        self.at(day + timedelta(days=self.dice.randint(12, 30)), again)

    def _instalments(self, bill: Bill, day: date) -> None:
        """Halves, thirds, 30/40/30, or any part; the rest later or never."""
        shares = self.dice.choice([("0.5", "1"), ("0.333", "0.5", "1"), ("0.3", "0.571", "1"), ("0.4",), ("0.6", "1")])
        self.planned[bill.number] = True
        for n, share in enumerate(shares):

            def part(later: date, share: str = share) -> None:
                if bill.left > 0:
                    self._add([bill], later, "part", max(CENT, cents(bill.left * Decimal(share))))

            self.at(day + timedelta(days=31 * n), part)

    def _note(self, bill: Bill, day: date, owed: Decimal, linked: str | None) -> Bill:
        """A credit note of the invoice's client, issued some days before."""
        self.notes += 1
        amount = cents(owed * self.dice.choice([Decimal("0.1"), Decimal("0.25"), Decimal("0.5")]))
        number = f"{self.numbering.credit_prefix}{self.numbering.write(day.year, day.month, self.notes)}"
        issued = day - timedelta(days=min(5, (day - bill.issued).days))
        note = Bill(number, bill.client, issued, issued, amount, "credit_note", linked=linked)
        self.bills.append(note)
        return note

    def _refund(self, bill: Bill, day: date) -> None:
        """A credit note is paid back to the client."""
        note = self._note(bill, day, bill.amount, None)
        text = f"VIR REMBOURSEMENT {plain(bill.client.name)} AVOIR {note.number}"
        self._keep([bill], day, "refund", -note.amount, {}, Said(text, "refund")).returns = note.number

    def _with_credit(self, bill: Bill, day: date) -> None:
        """A credit note comes off: linked to its invoice by the file, or deducted by the payer."""
        note = self._note(bill, day, bill.left, bill.number if self.dice.random() < 0.5 else None)
        number, taken, linked = note.number, note.amount, note.linked
        bill.left -= taken
        payment = self._add([bill], day, "credit", bill.left, note=number)
        if linked is None:
            payment.notes[number] = bill.number, taken

    def _payout(self, bills: list[Bill], day: date, situation: str) -> None:
        owed = sum((b.left for b in bills), Decimal(0))
        fee = min(cents(owed * Decimal("0.014")) + Decimal("0.25") * len(bills), owed / 2)
        said = {"gross": f"{owed}".replace(".", ","), "fee": f"{cents(fee)}".replace(".", ",")}
        words = Said(self.scribe.fill(self.dice.choice(self.styles.payouts), day, **said), "payout", "none")
        self._keep(bills, day, situation, owed - cents(fee), self._take(bills, owed), words).reason = "bank_fee"

    def _cheque(self, bills: list[Bill], day: date, situation: str) -> None:
        owed = sum((b.left for b in bills), Decimal(0))
        text = self.scribe.fill(self.dice.choice(self.styles.cheques), day, count=str(len(bills)))
        self._keep(bills, day, situation, owed, self._take(bills, owed), Said(text, "cheque", "none", features={"cheque"}))

    _cheques = _cheque


def seeded(seed: int, payments: int = 400, styles: Styles = BUILT) -> Seeded:
    """The books of a seed, with about so many payments."""
    maker = _Maker(seed, payments, styles)
    maker.run()
    found = sorted(maker.payments, key=lambda p: (p.day, p.line_id))
    for situation, day, amount, label, account in noise(maker.dice, maker.scribe, found, START, SPAN):
        line_id = f"N{len(found):06d}"
        found.append(Payment(line_id, day, amount, situation, Said(label, situation), account=account))
    found.sort(key=lambda p: (p.day, p.line_id))
    return judged(maker.dice, maker.bills, maker.clients, found)
