"""Credits that stand for several payments: card and platform payouts, less their fee, and cheque deposits."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import islice

from models.money import CENT, ZERO
from pipelines.reconcile.book import Book, Line
from pipelines.reconcile.labels import plain_words
from pipelines.reconcile.sums import cents_in, chance_of, sets_of
from pipelines.reconcile.ways import Candidate

_AMOUNT = r"([0-9][0-9 .]*(?:[.,][0-9]{2})?)"
_GROSS = re.compile(rf"\bBRUT\s*:?\s*{_AMOUNT}\s*(?:EUR|€)?\s*(?:COM|COMMISSION|FRAIS)\w*\s*:?\s*{_AMOUNT}", re.IGNORECASE)
_PLATFORM = re.compile(r"\b(stripe|sumup|gocardless|paypal|mollie|payplug|zettle|square|alma)\b")
_DEPOSIT = r"(?:remises?|rem|depots?|versements?|vrst|vers|encaissements?|enc|bordereaux?)\s+(?:des?\s+)?(?:[0-9]{1,2}\s+)?"
_CHEQUES = re.compile(rf"\b(?:{_DEPOSIT}(?:cheques?|chqs?)|cheques|chqs)\b")
_COUNT = re.compile(r"\b([1-9])\s+(?:cheques?|chqs?)\b")
#: Usual fees of platforms: a share of the amount and a fixed part.
_FEES = tuple(
    (Decimal(share), Decimal(fixed))
    for share, fixed in (
        ("0.015", "0.25"), ("0.014", "0.25"), ("0.025", "0.25"), ("0.029", "0.25"), ("0.0175", "0"), ("0.0169", "0"),
        ("0.0275", "0"), ("0.01", "0.20"), ("0.01", "0"), ("0.029", "0.35"), ("0.012", "0.25"),
    )
)  # fmt: skip
_MOST = 3  # sets that are told: more that make the amount say nothing
_PAIR, _SIZES = 2, range(2, 6)
_MOST_NEAR, _MOST_OF_PAIR = 40, 150  # invoices that are tried, those due nearest first
_EARLY = timedelta(days=75)  # a cheque or card payment is no earlier than that before the due date
#: Nor later than that after it; chance makes few pairs, so that older ones are tried for them.
_LATE, _LATE_OF_PAIR = timedelta(days=75), timedelta(days=400)
#: How many sets chance alone may make, against the chance that all that was paid is among the invoices tried.
_CHANCE = 1.0


class Payouts:
    """Looks for the invoices of any clients that a payout or a deposit of cheques could stand for."""

    def __init__(self, book: Book) -> None:
        """The book as the rules have left it."""
        self._book = book

    @cached_property
    def _open(self) -> list[str]:
        return [i for i in self._book.invoices if self._book.owed[i] > 0]

    @cached_property
    def _due(self) -> list[date]:
        return [self._book.invoices[i].due_date for i in self._open]

    def of(self, line: Line) -> Iterator[Candidate]:
        """The ways to settle a line that is one; none for others."""
        words = plain_words(line.label)
        gross = _GROSS.search(line.label)
        if gross:
            brut, fee = (_money(group) for group in gross.groups())
            if brut - fee == line.amount:
                yield from self._of_gross(line, brut, gross[0].strip())
        elif found := _PLATFORM.search(words):
            yield from self._of_tariff(line, found[0])
        elif _CHEQUES.search(words) and (is_of_several(line) or not self._book.exact_for(line)):
            count = _COUNT.search(words)
            sizes = _SIZES if count is None else [size for size in _SIZES if size == int(count[1])]
            for owed in self._sets(line, {size: {cents_in(line.amount)} for size in sizes}):
                yield Candidate("cheques", tuple(owed.items()), words)

    def _of_gross(self, line: Line, whole: Decimal, words: str) -> Iterator[Candidate]:
        """Invoices that make the whole that the label states."""
        singles = [self._book.open_for(line, [i]) for i in self._book.exact_for(line, whole)]
        for owed in singles or self._sets(line, {size: {cents_in(whole)} for size in _SIZES}):
            yield from _less_fee("payout", owed, line.amount, words)

    def _of_tariff(self, line: Line, words: str) -> Iterator[Candidate]:
        """Invoices from which a usual fee leaves the amount: one, or several, whose fees are taken of each or of them all."""
        is_one = False
        for whole in dict.fromkeys(_before_fee(line.amount)):
            for i in self._book.exact_for(line, whole):
                is_one = True
                yield from _less_fee("payout", self._book.open_for(line, [i]), line.amount, words)
        targets = {} if is_one else {size: set(_grosses(line.amount, size)) for size in _SIZES}
        for owed in self._sets(line, targets):
            if _leaves(list(owed.values()), line.amount):
                yield from _less_fee("payout_of_several", owed, line.amount, words)

    def _sets(self, line: Line, targets: Mapping[int, set[int]]) -> list[dict[str, Decimal]]:
        """The few sets of invoices due near that day that make one of the targets (in cents) of their size.

        The smallest sets that do. None where there are many, and none of a size of which chance would make them.
        """
        for size, wanted in sorted(targets.items()):
            near, share = self._near(line, size)
            cents = {i: cents_in(owed) for i, owed in near.items()}
            if chance_of(cents.values(), size) * len(wanted) > _CHANCE * share**size:
                continue
            found = list(islice(sets_of(cents, size, wanted), _MOST + 1))
            if found:
                return [{i: near[i] for i in ids} for ids in found] if len(found) <= _MOST else []
        return []

    def _near(self, line: Line, size: int) -> tuple[dict[str, Decimal], float]:
        """The open invoices due nearest to that day, in the order of their due dates, and their share of all of that time."""
        late, most = (_LATE_OF_PAIR, _MOST_OF_PAIR) if size == _PAIR else (_LATE, _MOST_NEAR)
        first, last = bisect_left(self._due, line.day - late), bisect_right(self._due, line.day + _EARLY)
        place = bisect_left(self._due, line.day)
        around = range(max(first, place - most), min(last, place + most))
        near = sorted(around, key=lambda n: abs((self._due[n] - line.day).days))[:most]
        share = len(near) / (last - first) if near else 0.0
        return self._book.open_for(line, [self._open[n] for n in sorted(near)]), share


def is_of_several(line: Line) -> bool:
    """Whether a label says that it is a deposit of more than one cheque."""
    words = plain_words(line.label)
    count = _COUNT.search(words)
    return count is not None and int(count[1]) > 1 and _CHEQUES.search(words) is not None


def may_be_of_several(line: Line) -> bool:
    """Whether a label may be a payout's or a deposit of cheques': then invoices of all clients could be meant."""
    words = plain_words(line.label)
    return any(pattern.search(words) for pattern in (_PLATFORM, _CHEQUES)) or _GROSS.search(line.label) is not None


def _less_fee(rule: str, owed: Mapping[str, Decimal], amount: Decimal, words: str) -> Iterator[Candidate]:
    """The invoices settled by the amount, what is missing written off the last of them as a fee."""
    last = next(reversed(dict(owed)))
    fee = sum(owed.values(), ZERO) - amount
    if fee < owed[last]:
        parts = tuple((i, part - (fee if i == last else ZERO)) for i, part in owed.items())
        yield Candidate(rule, parts, words, ((last, fee, "bank_fee"),) if fee > 0 else ())


def _grosses(net: Decimal, count: int) -> Iterator[int]:
    """The sums, in cents, from which the usual fees of so many payments leave this amount, each rounded or all together."""
    for share, fixed in _FEES:
        whole = cents_in(((net + count * fixed) / (1 - share)).quantize(CENT, ROUND_HALF_UP))
        yield from range(whole - (count + 1) // 2, whole + (count + 1) // 2 + 1)


def _leaves(owed: Sequence[Decimal], net: Decimal) -> bool:
    """Whether one usual fee of each of these, or of their sum, leaves this amount."""
    whole = sum(owed, ZERO)
    for share, fixed in _FEES:
        of_all = (whole * share).quantize(CENT, ROUND_HALF_UP)
        of_each = sum(((part * share).quantize(CENT, ROUND_HALF_UP) for part in owed), ZERO)
        if whole - net - len(owed) * fixed in (of_all, of_each):
            return True
    return False


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
