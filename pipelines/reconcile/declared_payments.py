"""Bank lines that are a payment which the invoicing tool has stated: its client, its amount, about its day.

The file says which invoice was paid, so the line needs no number; until it is matched, the same money counts twice. As for the
receipts that a ledger says, each line stands for one payment and each payment for one line, the nearest day first. What a
file states of a client on one day may be one payment of several invoices. What it states without a date may have come at any
time before: only a line and a payment that fit nothing else are sure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice, takewhile
from operator import attrgetter
from typing import NamedTuple

import polars as pl

from models.money import MONEY, ZERO
from models.tables import Schema
from pipelines.allocation import SLICE, unproven
from pipelines.ledger import Ledger
from pipelines.receipts import NEAR_DAYS
from pipelines.reconcile.book import Line
from pipelines.reconcile.names import Named
from pipelines.reconcile.sums import only_sum

_GIVEN: Schema = {"document_id": pl.String, "amount": MONEY}
_MOST_SUMMED = 6  # of more payments, chance makes a sum too
_NEAR = timedelta(days=NEAR_DAYS)


class Payment(NamedTuple):
    """A payment that a file states, of one invoice or of several.

    `day` of one without a date is that of the file, before which it came; `since` the day on which its invoices were issued.
    """

    day: date
    claim_ids: tuple[str, ...]
    parts: tuple[tuple[str, Decimal], ...]
    is_dated: bool
    since: date

    @property
    def amount(self) -> Decimal:
        """All that it paid."""
        return sum((amount for _, amount in self.parts), ZERO)

    @property
    def first(self) -> date:
        """The first day on which it may stand in the bank."""
        return self.day - _NEAR if self.is_dated else self.since

    @property
    def last(self) -> date:
        """The last one."""
        return self.day + _NEAR

    def gap(self, line: Line) -> int:
        """Days between what is said of it and a bank line."""
        return abs((line.day - self.day).days)

    def is_near(self, line: Line) -> bool:
        """Whether that line may be it."""
        return self.first <= line.day <= self.last


class Fit(NamedTuple):
    """A line that may be a payment, with the client named; `is_sure` where neither may be something else stated."""

    line: Line
    payment: Payment
    named: Named
    is_sure: bool


class DeclaredPayments:
    """The payments that files state of sales invoices and that nothing proves yet."""

    def __init__(self, ledger: Ledger, decided: pl.DataFrame) -> None:
        """`decided`: CLAIMS of bank lines that the rules leave as they are."""
        columns = ("document_id", "client_id", "currency", "issue_date")
        sales = ledger.documents.filter(pl.col("direction") == "sale").select(columns)
        slices = ledger.claims.filter((pl.col("source") == "declared") & pl.col("rule").eq_missing(SLICE))
        self._slices = slices.join(sales, on="document_id", how="inner", validate="m:1")
        self._given = decided.select(list(_GIVEN))

    def fitting(self, lines: Iterable[tuple[Line, list[Named]]], given: Iterable[tuple[str, Decimal]]) -> Iterator[Fit]:
        """The payment that each line is, or may be.

        Args:
            lines: with the clients that each names.
            given: what rules gave to invoices so far.
        """
        stated = self._unproven(given)
        if not stated:
            return
        named = [(line, names) for line, names in lines if any((name.client_id, line.currency) in stated for name in names)]
        every = [_fits(line, names, stated) for line, names in named]
        taken: set[str] = set()
        for fit in sorted((fit for fits in every for fit in _dated_of_one(fits)), key=_nearest):
            if not taken & {fit.line.line_id, *fit.payment.claim_ids}:
                taken |= {fit.line.line_id, *fit.payment.claim_ids}
                yield fit
        free = [[fit for fit in fits if not taken & {fit.line.line_id, *fit.payment.claim_ids}] for fits in every]
        claimed = Counter(claim for fits in free for claim in {claim for fit in fits for claim in fit.payment.claim_ids})
        for (line, names), fits in zip(named, free, strict=True):
            if line.line_id in taken:
                continue
            if fits:
                is_sure = len(fits) == 1 and all(claimed[claim] == 1 for claim in fits[0].payment.claim_ids)
                yield min(fits, key=_nearest)._replace(is_sure=is_sure)
            else:
                yield from _summed(line, names, stated, taken)

    def _unproven(self, given: Iterable[tuple[str, Decimal]]) -> "_Stated":
        """The payments of which nothing is proven, by client and currency."""
        if self._slices.is_empty():
            return {}
        every = pl.concat([self._given, pl.DataFrame(list(given), schema=_GIVEN, orient="row")])
        left = unproven(self._slices, every).join(
            self._slices.select("claim_id", "amount"), on=["claim_id", "amount"], how="semi"
        )
        found: dict[tuple[str, str], list[Payment]] = defaultdict(list)
        rows = left.filter(pl.col("reversed_on").is_null()).sort("date", "claim_id")
        columns = ("client_id", "currency", "date", "claim_id", "document_id", "amount", "is_dated", "issue_date")
        for client_id, currency, day, claim_id, document_id, amount, is_dated, issued in rows.select(columns).iter_rows():
            found[client_id, currency].append(Payment(day, (claim_id,), ((document_id, amount),), is_dated, issued))
        return {owner: _Payments.of(payments) for owner, payments in found.items()}


@dataclass(frozen=True)
class _Payments:
    """What is stated of a client in one currency.

    Attributes:
        by_amount: its payments, and all those of several invoices that are said of one day as one.
        by_day: those of one invoice that are said of one day, by the first day on which each may stand in the bank.
    """

    by_amount: Mapping[Decimal, list[Payment]]
    by_day: list[list[Payment]]

    @classmethod
    def of(cls, payments: list[Payment]) -> "_Payments":
        """Of those of one invoice each."""
        by_day: dict[tuple[date, bool], list[Payment]] = defaultdict(list)
        for payment in payments:
            by_day[payment.day, payment.is_dated].append(payment)
        together = (_joined(some) for some in by_day.values())
        by_amount: dict[Decimal, list[Payment]] = defaultdict(list)
        for payment in (*payments, *(joined for joined in together if len(joined.parts) > 1)):
            by_amount[payment.amount].append(payment)
        return cls(by_amount, [sorted(some, key=attrgetter("first")) for some in by_day.values()])

    def near(self, line: Line) -> Iterator[Payment]:
        """Those of one invoice that the line may be a part of."""
        for some in self.by_day:
            if line.day <= some[0].last:
                yield from takewhile(lambda payment: payment.first <= line.day, some)


#: Payments by client and currency.
_Stated = dict[tuple[str, str], _Payments]


def _joined(payments: list[Payment]) -> Payment:
    """Several payments as one."""
    owed: dict[str, Decimal] = defaultdict(Decimal)
    for payment in payments:
        for document_id, amount in payment.parts:
            owed[document_id] += amount
    claims = tuple(claim for payment in payments for claim in payment.claim_ids)
    last = max(payments)
    return Payment(last.day, claims, tuple(owed.items()), last.is_dated, max(payment.since for payment in payments))


def _fits(line: Line, names: list[Named], stated: _Stated) -> list[Fit]:
    """The payments that have the line's amount, and may be it."""
    return [
        Fit(line, payment, named, is_sure=True)
        for named in names
        if (known := stated.get((named.client_id, line.currency))) is not None
        for payment in known.by_amount.get(line.amount, ())
        if payment.is_near(line)
    ]


def _dated_of_one(fits: list[Fit]) -> list[Fit]:
    """Those that are dated, where all the payments that fit a line are of one client."""
    return [fit for fit in fits if fit.payment.is_dated] if len({fit.named.client_id for fit in fits}) == 1 else []


def _nearest(fit: Fit) -> tuple[int, int, date, tuple[str, ...], date, str]:
    """The order in which payments find their lines: the nearest day first, one of one invoice before one of several."""
    payment, line = fit.payment, fit.line
    return payment.gap(line), len(payment.parts), payment.day, payment.claim_ids, line.day, line.line_id


def _summed(line: Line, names: list[Named], stated: _Stated, taken: set[str]) -> Iterator[Fit]:
    """The only sum of a few payments of the only client named that makes the line's amount: it may be them."""
    known = stated.get((names[0].client_id, line.currency)) if len(names) == 1 else None
    if known is None:
        return
    free = (payment for payment in known.near(line) if payment.claim_ids[0] not in taken)
    near = {payment.claim_ids[0]: payment for payment in sorted(islice(free, _MOST_SUMMED + 1))}
    if not 1 < len(near) <= _MOST_SUMMED:
        return
    chosen = only_sum([(claim, payment.amount) for claim, payment in near.items()], line.amount)
    if chosen is not None:
        yield Fit(line, _joined([near[claim] for claim in chosen]), names[0], is_sure=False)
