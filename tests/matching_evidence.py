"""Which payments carry usable evidence: those of which an accountant with the books could say for sure what they pay.

The accountant takes the lines in the bank's order and books only what is sure. A payment is sure if its line

- names every invoice it pays, each whole (separators, prefix or zeros in front may be lost, a structured reference or an order
  of that invoice alone will do), no other invoice reads the same, and it is one invoice, or their exact sum, or the line says
  why not (an early-payment discount, a credit note); or
- names them in a weak way (the last digits, a letter for a digit, a number cut at its end), and the payer or the exact amount
  leaves no other invoice that reads so; or
- names the payer (one client only fits the words, or a person confirmed this name or account before), and exactly one choice
  of its open invoices makes this amount: one, two, three of them, or all.

A line that contradicts itself (a slip of the hand), an amount without words, and a payment that pays nothing are never sure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

from matching_clients import Client, digits
from matching_labels import WEAK, WHOLE, WRONG
from matching_payers import Bill, Said, squeezed, words

_MOST = 12


@dataclass
class Accountant:
    """The books of one who believes only what is sure, and what he has learned of payers."""

    bills: list[Bill]
    clients: Sequence[Client]

    def __post_init__(self) -> None:
        """What documents and clients are known by."""
        self.by_number = {bill.number: bill for bill in self.bills}
        self.names = {client.client_id: words(client.core) for client in self.clients}
        self.accounts: dict[str, str] = {}
        self.parties: dict[str, set[str]] = {}
        self.readings: dict[str, set[str]] = {}
        for bill in self.bills:
            for reading in filter(None, (digits(bill.number), bill.order and squeezed(bill.order))):
                self.readings.setdefault(reading, set()).add(bill.number)

    def take(self, number: str, amount: Decimal) -> None:
        """Book that this invoice owes less, or more again."""
        bill = self.by_number[number]
        bill.sure_left = max(bill.sure_left - amount, Decimal(0))

    def learn(self, said: Said, client: Client) -> None:
        """A person confirmed that this line came from that client."""
        if said.iban:
            self.accounts[said.iban] = client.client_id
        if said.party and said.name:
            self.parties.setdefault(said.party, set()).add(client.client_id)

    def payer_is(self, said: Said, client: Client) -> bool:
        """Whether the line says that it comes from this client and no other."""
        if said.iban and self.accounts.get(said.iban) == client.client_id:
            return True
        if said.party:
            return self.parties.get(said.party) == {client.client_id} and not said.is_cut
        seen = words(said.name)
        if not seen or max(map(len, seen)) < 4:
            return False
        fits = [c.client_id for c in self.clients if _fits(seen, self.names[c.client_id], is_cut=said.is_cut)]
        same = [c.client_id for c in self.clients if sorted(seen) == sorted(self.names[c.client_id])]
        return fits == [client.client_id] or (same == [client.client_id] and not said.is_cut)

    def is_sure(self, said: Said, paid: Iterable[str], client: Client | None, amount: Decimal, day: date) -> bool:
        """Whether this payment of these invoices can be told from its line; `client` is None for several."""
        bills = [self.by_number[number] for number in paid]
        if not bills or any(worth == WRONG for worth, _ in said.written.values()):
            return False
        payer = client is not None and self.payer_is(said, client)
        is_exact = sum(bill.sure_left for bill in bills) == amount
        if all(bill.number in said.written for bill in bills):
            worths = {said.written[bill.number][0] for bill in bills}
            if worths == {WHOLE} and all(self._reads_alone(said.written[bill.number][1], bill) for bill in bills):
                return len(bills) == 1 or is_exact or said.is_explained
            if WEAK in worths or payer:
                return (payer or is_exact) and all(self._alone(said, bill, day, payer=payer) for bill in bills)
        return payer and client is not None and self._choices(client, amount, day) == [{bill.number for bill in bills}]

    def _reads_alone(self, text: str, bill: Bill) -> bool:
        """No other invoice has these digits, or this order."""
        found = self.readings.get(squeezed(text)) or self.readings.get(digits(text)) or {bill.number}
        return found == {bill.number}

    def _alone(self, said: Said, bill: Bill, day: date, *, payer: bool) -> bool:
        """Among what is open (of the payer, if it is known) no other invoice of this amount or payer reads like this."""
        text = digits(said.written[bill.number][1].upper().replace("O", "0").replace("I", "1").replace("L", "1"))
        others = [b for b in self._open(day) if b.number != bill.number and text and text in digits(b.number)]
        if payer:
            return not any(b.client is bill.client for b in others)
        return not any(b.sure_left == bill.sure_left for b in others)

    def _open(self, day: date) -> list[Bill]:
        return [b for b in self.bills if b.sure_left > 0 and b.issued <= day + timedelta(days=1)]

    def _choices(self, client: Client, amount: Decimal, day: date) -> list[set[str]]:
        """The choices of this client's open invoices that make this amount."""
        mine = [b for b in self._open(day) if b.client is client]
        near = sorted(mine, key=lambda b: abs((b.due - day).days))[:_MOST]
        sets = {
            frozenset(b.number for b in chosen) for n in (1, 2, 3) for chosen in combinations(near, n) if _sum(chosen) == amount
        }
        if mine and _sum(mine) == amount:
            sets.add(frozenset(b.number for b in mine))
        return [set(chosen) for chosen in sets]


def _sum(bills: Iterable[Bill]) -> Decimal:
    return sum((b.sure_left for b in bills), Decimal(0))


def _fits(seen: list[str], name: list[str], *, is_cut: bool) -> bool:
    """Whether every word seen is one of the name's; the last one of a cut name may be a piece, one letter an initial."""
    whole = seen[:-1] if is_cut else seen
    last = seen[-1:] if is_cut else []
    known = set(name)
    return all(word in known or (len(word) == 1 and any(k[0] == word for k in known)) for word in whole) and all(
        any(k.startswith(word) for k in known) for word in last
    )
