"""Credits that stand for several payments: card and platform payouts, less their fee, and cheque deposits."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations

from models.money import CENT, ZERO
from pipelines.reconcile.book import Book, Line
from pipelines.reconcile.labels import plain_words
from pipelines.reconcile.ways import Candidate

_AMOUNT = r"([0-9][0-9 .]*(?:[.,][0-9]{2})?)"
_GROSS = re.compile(rf"\bBRUT\s*:?\s*{_AMOUNT}\s*(?:EUR|€)?\s*(?:COM|COMMISSION|FRAIS)\w*\s*:?\s*{_AMOUNT}", re.IGNORECASE)
_PLATFORM = re.compile(r"\b(stripe|sumup|gocardless|paypal|mollie|payplug|zettle|square|alma)\b")
_CHEQUES = re.compile(r"\b(?:remise|rem)\s+(?:de\s+)?(?:cheques?|chqs?)\b")
_COUNT = re.compile(r"\b([2-4])\s+(?:cheques?|chqs?)\b")
#: Usual fees of platforms: a share of the amount and a fixed part.
_FEES = tuple(
    (Decimal(share), Decimal(fixed))
    for share, fixed in (
        ("0.015", "0.25"), ("0.014", "0.25"), ("0.025", "0.25"), ("0.029", "0.25"), ("0.0175", "0"), ("0.0169", "0"),
        ("0.0275", "0"), ("0.01", "0.20"), ("0.01", "0"), ("0.029", "0.35"), ("0.012", "0.25"),
    )
)  # fmt: skip
_MOST_NEAR, _MOST = 40, 3
_DAYS = 75  # a cheque or card payment is no older than that after the due date, nor earlier before it


class Payouts:
    """Looks for the invoices of any clients that a payout or a deposit of cheques could stand for."""

    def __init__(self, book: Book) -> None:
        """The book as the rules have left it."""
        self._book = book
        self._open = [i for i in book.invoices if book.owed[i] > 0]
        self._due = [book.invoices[i].due_date for i in self._open]

    def of(self, line: Line) -> Iterator[Candidate]:
        """The ways to settle a line that is one; none for others."""
        words = plain_words(line.label)
        gross = _GROSS.search(line.label)
        if gross:
            brut, fee = (_money(group) for group in gross.groups())
            if brut - fee == line.amount:
                yield from self._settled(line, brut, gross[0].strip())
        elif found := _PLATFORM.search(words):
            for whole in dict.fromkeys(_before_fee(line.amount)):
                yield from self._settled(line, whole, found[0], most=1)
        elif _CHEQUES.search(words) and not self._book.exact_for(line):
            count = _COUNT.search(words)
            for ids in self._sets(line, line.amount, (int(count[1]),) if count else (2, 3)):
                yield Candidate("cheques", tuple((i, self._book.owed[i]) for i in ids), words)

    def _settled(self, line: Line, whole: Decimal, words: str, *, most: int = _MOST) -> Iterator[Candidate]:
        """Invoices that make the whole, the fee written off the last."""
        singles = [(i,) for i in self._book.exact_for(line, whole)]
        fee = whole - line.amount
        for ids in singles or self._sets(line, whole, range(2, most + 1)):
            last = ids[-1]
            owed = self._book.open_for(line, ids)
            if fee < owed[last]:
                parts = tuple((i, part - (fee if i == last else ZERO)) for i, part in owed.items())
                yield Candidate("payout", parts, words, ((last, fee, "bank_fee"),) if fee > 0 else ())

    def _sets(self, line: Line, amount: Decimal, sizes: Iterable[int]) -> list[tuple[str, ...]]:
        """The few sets of so many invoices due near that day that make the amount; none if there are many."""
        near = self._near(line)
        by_amount: dict[Decimal, list[str]] = defaultdict(list)
        for i, owed in near.items():
            by_amount[owed].append(i)
        place = self._book.place
        found: list[tuple[str, ...]] = []
        for size in sizes:
            for ids in combinations(near, size - 1) if size <= _MOST else ():
                rest = amount - sum((near[i] for i in ids), ZERO)
                found += [(*ids, i) for i in by_amount.get(rest, ()) if place[i] > place[ids[-1]]]
                if len(found) > _MOST:
                    return []
        return found

    def _near(self, line: Line) -> dict[str, Decimal]:
        """The open invoices due nearest to that day, in the order of their due dates."""
        place = bisect_left(self._due, line.day)
        around = range(max(0, place - _MOST_NEAR), min(len(self._open), place + _MOST_NEAR))
        near = sorted(around, key=lambda n: abs((self._due[n] - line.day).days))[:_MOST_NEAR]
        return self._book.open_for(line, [self._open[n] for n in sorted(near) if abs((self._due[n] - line.day).days) <= _DAYS])


def _money(text: str) -> Decimal:
    plain = text.strip().replace(" ", "")
    whole, _, cents = plain.replace(",", ".").rpartition(".") if re.search(r"[.,][0-9]{2}$", plain) else (plain, "", "00")
    return Decimal(f"{whole.replace('.', '')}.{cents}")


def _before_fee(net: Decimal) -> Iterator[Decimal]:
    """The amounts from which a usual fee leaves this one."""
    for share, fixed in _FEES:
        whole = ((net + fixed) / (1 - share)).quantize(CENT, ROUND_HALF_UP)
        for near in (whole - CENT, whole, whole + CENT):
            if near - (near * share).quantize(CENT, ROUND_HALF_UP) - fixed == net:
                yield near
