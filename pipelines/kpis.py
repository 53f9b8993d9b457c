"""The figures of contract 2, each from its operands: DSO three ways, doubtful ratio, turnover, delays, effectiveness.

Amounts are the sums of the rows that `pipelines.explain` shows behind them. Sums are exact; ratios are Float64, null when
their divisor is zero or negative, never 0.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import polars as pl

from models.money import ZERO
from models.tables import BUCKETS
from pipelines.explain.basis import IS_SALE, Basis
from pipelines.explain.figures import figure_of
from pipelines.explain.operands import value_of
from pipelines.ledger import Ledger


@dataclass(frozen=True)
class Kpis:
    """Every figure at `as_of` over [start, as_of], in one currency. Amounts are Decimal, ratios float or None.

    `incomplete_before` is the first day of complete data, where the period begins before it: invoices paid earlier were
    not taken over, so sales and turnover are too low, DSO and unpaid rates too high, and delays those of the late ones.
    """

    as_of: date
    start: date
    days: int
    currency: str
    gross_outstanding: Decimal
    open_credits: Decimal
    receivables: Decimal
    ageing: dict[str, Decimal]
    overdue: Decimal
    over_90: Decimal
    late_invoices: int
    sales: Decimal
    collected: Decimal
    dso: float | None
    best_possible_dso: float | None
    average_days_delinquent: float | None
    dso_countback: float | None
    doubtful: Decimal
    doubtful_ratio: float | None
    turnover: float | None
    average_days_to_pay: float | None
    average_days_late: float | None
    unpaid_rate_30: float | None
    unpaid_rate_30_count: float | None
    collection_effectiveness: float | None
    disputed: Decimal = ZERO
    other_currencies: dict[str, Decimal] = field(default_factory=dict)
    is_period_moved: bool = False
    undated_amount: Decimal = ZERO
    incomplete_before: date | None = None


def kpis(ledger: Ledger, *, as_of: date, start: date | None = None, currency: str | None = None) -> Kpis:
    """Every figure of contract 2 at the end of `as_of`.

    Args:
        ledger: the facts.
        as_of: D, and the end of the period.
        start: the first day of the period; by default the 365 days that end at D; not before the first invoice.
        currency: the company's by default.
    """
    return kpis_of(Basis.of(ledger, as_of=as_of, start=start, currency=currency))


def kpis_of(basis: Basis) -> Kpis:
    """Every figure of contract 2 of a basis."""

    def rate(key: str) -> float | None:
        value = figure_of(key, basis)
        return None if value is None else float(value)

    return Kpis(
        as_of=basis.as_of,
        start=basis.start,
        days=basis.days,
        currency=basis.currency,
        gross_outstanding=_amount("gross_outstanding", basis),
        open_credits=_amount("open_credits", basis),
        receivables=_amount("receivables", basis),
        ageing={name: _amount(name, basis) for name in BUCKETS},
        overdue=_amount("overdue", basis),
        over_90=_amount("over_90", basis),
        late_invoices=int(value_of("late_invoices", basis)),
        sales=_amount("sales", basis),
        collected=_amount("collected", basis),
        dso=rate("dso"),
        best_possible_dso=rate("best_possible_dso"),
        average_days_delinquent=rate("average_days_delinquent"),
        dso_countback=rate("dso_countback"),
        doubtful=_amount("doubtful", basis),
        doubtful_ratio=rate("doubtful_ratio"),
        turnover=rate("turnover"),
        average_days_to_pay=rate("average_days_to_pay"),
        average_days_late=rate("average_days_late"),
        unpaid_rate_30=rate("unpaid_rate_30"),
        unpaid_rate_30_count=rate("unpaid_rate_30_count"),
        collection_effectiveness=rate("collection_effectiveness"),
        disputed=_amount("disputed", basis),
        other_currencies=other_currencies(basis.ledger, as_of=basis.as_of, currency=basis.currency),
        is_period_moved=basis.start > basis.wanted,
        undated_amount=_amount("undated_amount", basis),
        incomplete_before=_incomplete_before(basis),
    )


def _amount(key: str, basis: Basis) -> Decimal:
    return Decimal(figure_of(key, basis) or ZERO)


def _incomplete_before(basis: Basis) -> date | None:
    day = basis.ledger.settings.history_from
    return day if day is not None and basis.start < day else None


def other_currencies(ledger: Ledger, *, as_of: date, currency: str, client_id: str | None = None) -> dict[str, Decimal]:
    """Receivables of every currency but this one that has a document or a receipt by `as_of`; of one client if named."""
    issued = ledger.documents.filter(IS_SALE & (pl.col("issue_date") <= as_of))["currency"].unique()
    received = ledger.receipts.filter(pl.col("date") <= as_of)["currency"].unique()
    others = sorted((set(issued) | set(received)) - {currency})
    return {other: _amount("receivables", Basis.of(ledger, as_of=as_of, currency=other, client_id=client_id)) for other in others}
