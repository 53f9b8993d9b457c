"""The figures of contract 2, each from its operands: DSO three ways, doubtful ratio, turnover, delays, effectiveness.

Amounts are the sums of the rows that `pipelines.explain` shows behind them. Sums are exact; ratios are Float64, null when
their divisor is zero or negative, never 0.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

import polars as pl

from models.money import ZERO
from models.tables import BUCKETS
from pipelines.explain.basis import IS_SALE, Basis
from pipelines.explain.figures import Value, figure_of
from pipelines.ledger import Ledger

_Read = TypeVar("_Read")


def _figure(key: str, read: Callable[[Value], _Read]) -> cached_property[_Read]:
    return cached_property(lambda kpis: read(figure_of(key, kpis.basis)))


def _amount(value: Value) -> Decimal:
    return Decimal(value or ZERO)


def _count(value: Value) -> int:
    return int(value or 0)


def _rate(value: Value) -> float | None:
    return None if value is None else float(value)


class Kpis:
    """Every figure at `as_of` over [start, as_of], in one currency, each worked out when it is first looked at, then kept.

    Amounts are Decimal, ratios float or None. Two are equal where all their figures are.
    """

    gross_outstanding = _figure("gross_outstanding", _amount)
    open_credits = _figure("open_credits", _amount)
    receivables = _figure("receivables", _amount)
    ageing: cached_property[dict[str, Decimal]] = cached_property(
        lambda kpis: {name: _amount(figure_of(name, kpis.basis)) for name in BUCKETS}
    )
    overdue = _figure("overdue", _amount)
    over_90 = _figure("over_90", _amount)
    late_invoices = _figure("late_invoices", _count)
    sales = _figure("sales", _amount)
    collected = _figure("collected", _amount)
    dso = _figure("dso", _rate)
    best_possible_dso = _figure("best_possible_dso", _rate)
    average_days_delinquent = _figure("average_days_delinquent", _rate)
    dso_countback = _figure("dso_countback", _rate)
    doubtful = _figure("doubtful", _amount)
    doubtful_ratio = _figure("doubtful_ratio", _rate)
    turnover = _figure("turnover", _rate)
    average_days_to_pay = _figure("average_days_to_pay", _rate)
    average_days_late = _figure("average_days_late", _rate)
    unpaid_rate_30 = _figure("unpaid_rate_30", _rate)
    unpaid_rate_30_count = _figure("unpaid_rate_30_count", _rate)
    collection_effectiveness = _figure("collection_effectiveness", _rate)
    disputed = _figure("disputed", _amount)
    undated_amount = _figure("undated_amount", _amount)

    def __init__(self, basis: Basis) -> None:
        """What the figures are calculated from."""
        self.basis = basis
        self.as_of, self.start, self.days, self.currency = basis.as_of, basis.start, basis.days, basis.currency

    @cached_property
    def other_currencies(self) -> dict[str, Decimal]:
        """Receivables in the currencies that these figures leave out."""
        return other_currencies(self.basis.ledger, as_of=self.as_of, currency=self.currency)

    @property
    def is_period_moved(self) -> bool:
        """Whether the period begins with the first invoice, later than was asked."""
        return self.start > self.basis.wanted

    @property
    def incomplete_before(self) -> date | None:
        """The first day of complete data, where the period begins before it.

        Invoices paid earlier were not taken over, so sales and turnover are too low, DSO and unpaid rates too high, and
        delays those of the late ones.
        """
        day = self.basis.ledger.settings.history_from
        return day if day is not None and self.start < day else None

    def values(self) -> dict[str, Any]:
        """Every figure by its name, with the day, the period and the currency."""
        return {name: getattr(self, name) for name in _NAMES}

    def __eq__(self, other: object) -> bool:
        """Whether all figures are the same."""
        return isinstance(other, Kpis) and self.values() == other.values()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """All figures."""
        return f"Kpis({self.values()})"


_WORKED_OUT = (name for name, one in vars(Kpis).items() if isinstance(one, (cached_property, property)))
_NAMES = ("as_of", "start", "days", "currency", *_WORKED_OUT)


def kpis(ledger: Ledger, *, as_of: date, start: date | None = None, currency: str | None = None) -> Kpis:
    """Every figure of contract 2 at the end of `as_of`.

    Args:
        ledger: the facts.
        as_of: D, and the end of the period.
        start: the first day of the period; by default the 365 days that end at D; not before the first invoice.
        currency: the company's by default.
    """
    return Kpis(Basis.of(ledger, as_of=as_of, start=start, currency=currency))


def other_currencies(ledger: Ledger, *, as_of: date, currency: str, client_id: str | None = None) -> dict[str, Decimal]:
    """Receivables of every currency but this one that has a document or a receipt by `as_of`; of one client if named."""
    issued = ledger.documents.filter(IS_SALE & (pl.col("issue_date") <= as_of))["currency"].unique()
    received = ledger.receipts.filter(pl.col("date") <= as_of)["currency"].unique()
    others = sorted((set(issued) | set(received)) - {currency})
    return {
        other: _amount(figure_of("receivables", Basis.of(ledger, as_of=as_of, currency=other, client_id=client_id)))
        for other in others
    }
