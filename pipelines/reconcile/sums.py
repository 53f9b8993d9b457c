"""Which open invoices make exactly this amount: a bounded search, in cents, that knows when chance could too."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import accumulate, combinations
from math import comb, gcd, inf, sqrt, tau
from statistics import pstdev
from typing import NamedTuple

from pipelines.reconcile.book import Invoice

#: Invoices that are tried in every combination: those due nearest to the payment.
_NEAREST = 12
_MOST = 4  # sums that are looked for: more say nothing
#: Expected number of sums that chance alone would make, above which an exact one proves too little.
CHANCE = 0.002


class Sum(NamedTuple):
    """Invoices that make an amount; `is_plain` if they are all of them, all due, the oldest, one month's, or in a row."""

    document_ids: tuple[str, ...]
    is_plain: bool


class Sums(NamedTuple):
    """The sums found, how many chance alone would have made of as many tries, and whether all sets were tried."""

    found: list[Sum]
    chance: float
    is_complete: bool = True


def sums_of(owed: Mapping[str, Decimal], amount: Decimal, invoices: Mapping[str, Invoice], day: date) -> Sums:
    """Two or more of these open invoices (in the order in which they are due) that owe exactly `amount` together."""
    cents = {i: cents_in(part) for i, part in owed.items()}
    target = cents_in(amount)
    if len(cents) < 2 or sum(cents.values()) < target:  # noqa: PLR2004 -- one invoice is no sum
        return Sums([], 0.0)
    plain = {frozenset(ids): ids for ids in _plain(cents, target, invoices, day) if len(ids) > 1}
    nearest = sorted(cents, key=lambda i: abs((invoices[i].due_date - day).days))[:_NEAREST]
    tried = {i: cents[i] for i in nearest if cents[i] < target}
    free = (ids for ids in _subsets(tried, target) if frozenset(ids) not in plain)
    order = list(cents)
    found = [Sum(ids, is_plain=True) for ids in plain.values()]
    found += [Sum(tuple(sorted(ids, key=order.index)), is_plain=False) for ids in free]
    tries = 2 * len(cents) if found and found[0].is_plain else 2 ** len(tried)
    chance = tries * gcd(target, *cents.values()) / sum(cents.values())
    return Sums(found[:_MOST], chance, is_complete=len(cents) <= _NEAREST or sum(s.is_plain for s in found) == 1)


def cents_in(amount: Decimal) -> int:
    """An amount as whole cents."""
    return int(amount.scaleb(2))


def _plain(cents: Mapping[str, int], target: int, invoices: Mapping[str, Invoice], day: date) -> Iterator[tuple[str, ...]]:
    """What a payer settles in one go that makes the target: all, all that is due, the oldest so many, or those of one month."""
    ids = list(cents)
    due = [i for i in ids if invoices[i].due_date <= day]
    if sum(cents[i] for i in due) == target:
        yield tuple(due)
    yield from (tuple(ids[:n]) for n, made in enumerate(accumulate(cents.values()), 1) if made == target)
    months: dict[tuple[int, int], list[str]] = {}
    for i in ids:
        months.setdefault((invoices[i].issue_date.year, invoices[i].issue_date.month), []).append(i)
    yield from (tuple(month) for month in months.values() if sum(cents[i] for i in month) == target)


def _subsets(cents: Mapping[str, int], target: int) -> Iterator[tuple[str, ...]]:
    """Up to _MOST + 1 sets of two or more that make the target, those of the first ones first."""
    items = list(cents.items())
    rest = [0] * (len(items) + 1)
    for n in range(len(items) - 1, -1, -1):
        rest[n] = rest[n + 1] + items[n][1]
    stack: list[tuple[int, int, tuple[str, ...]]] = [(0, target, ())]
    count = 0
    while stack and count <= _MOST:
        n, left, taken = stack.pop()
        if left == 0:
            if len(taken) > 1:
                count += 1
                yield taken
        elif n < len(items) and left <= rest[n]:
            stack.append((n + 1, left, taken))
            if items[n][1] <= left:
                stack.append((n + 1, left - items[n][1], (*taken, items[n][0])))


def only_sum(cents: Iterable[tuple[str, Decimal]], amount: Decimal) -> tuple[str, ...] | None:
    """The only set of one or more of these that makes the amount; None if there is none, or there are several."""
    owed = {i: cents_in(part) for i, part in cents}
    target = cents_in(amount)
    singles = [(i,) for i, part in owed.items() if part == target]
    found = singles + list(_subsets(dict(list(owed.items())[:_NEAREST]), target))
    return found[0] if len(found) == 1 else None


def chance_of(owed: Collection[int], size: int) -> float:
    """How many sets of so many of these amounts, in cents, would make any one sum at most, were they what chance makes them.

    The sums of so many are spread like a bell, whose top is the number of sets over its width times the root of two pi.
    """
    width = pstdev(owed) * sqrt(size) if owed else 0.0
    return comb(len(owed), size) * gcd(*owed) / (width * sqrt(tau)) if width else inf


def sets_of(cents: Mapping[str, int], size: int, targets: Collection[int]) -> Iterator[tuple[str, ...]]:
    """The sets of exactly so many of these, in their order, that make one of the targets.

    A set is looked for as the pair, or the single one, that completes what comes before it.
    """
    ids, owed = list(cents), list(cents.values())
    tail = 1 if size < 4 else 2  # noqa: PLR2004 -- of four on, two halves are fewer than all but one
    ends: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for end in combinations(range(len(ids)), tail):
        ends[sum(owed[n] for n in end)].append(end)
    for start in combinations(range(len(ids)), size - tail):
        made = sum(owed[n] for n in start)
        for target in targets:
            for end in ends.get(target - made, ()):
                if start[-1] < end[0]:
                    yield tuple(ids[n] for n in (*start, *end))
