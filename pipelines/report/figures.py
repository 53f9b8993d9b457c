"""What the monthly report tells, as frames and figures; every one of them is that of the screens at the same dates."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from models.dates import month_start
from pipelines.debtors import Pareto, pareto
from pipelines.explain.basis import Basis
from pipelines.explain.breakdown import by_month
from pipelines.forecast.curve import Forecast, forecast
from pipelines.kpis import Kpis, kpis
from pipelines.ledger import Ledger
from pipelines.receivables import open_items
from pipelines.rollforward import rollforward
from pipelines.trends import last_month_ends, trend

#: How many rows each list of the report has at most: it stays within four pages.
MOST_DEBTORS, MOST_ASIDE = 10, 8
_MONTHS = 12


@dataclass(frozen=True)
class Report:
    """The receivables of a month, in one currency.

    Attributes:
        ledger: the facts. `as_of`: the last day told; the month is that of this day, from its first day.
        known_on: the day whose knowledge it shows; None is all that is known.
        now: the figures at `as_of`; `before`: at the end of the month before.
        months: TREND at the last 12 month ends and at `as_of`.
        moved: the roll-forward of the month, one row, none without a movement.
        debtors: the largest of them, with `overdue` and `days_late` of the oldest.
        aside: open invoices that are doubtful or disputed, the largest first.
        flows: invoiced and collected by month.
        ahead: the cash of the coming 30 days; None without a bank account.
    """

    ledger: Ledger
    as_of: date
    currency: str
    known_on: date | None
    now: Kpis
    before: Kpis
    months: pl.DataFrame
    moved: pl.DataFrame
    debtors: Pareto
    aside: pl.DataFrame
    flows: pl.DataFrame
    ahead: Forecast | None

    @property
    def start(self) -> date:
        """The first day of the month told."""
        return month_start(self.as_of)

    @property
    def reached(self) -> Decimal:
        """What the largest debtors owe together."""
        return self.debtors.whole - self.debtors.rest


def month_report(ledger: Ledger, *, as_of: date, currency: str | None = None, known_on: date | None = None) -> Report:
    """The report of the month of `as_of`, up to that day.

    Args:
        ledger: the facts, as they were known on `known_on` where that is given.
        as_of: the last day told.
        currency: the company's by default.
        known_on: told on the report.
    """
    currency = currency or ledger.settings.currency
    start = month_start(as_of)
    items = open_items(ledger, as_of=as_of, currency=currency).filter(pl.col("outstanding") > 0)
    own = ledger.accounts.filter(pl.col("currency").fill_null(currency) == currency)
    is_aside = pl.col("is_doubtful") | pl.col("is_disputed")
    return Report(
        ledger=ledger,
        as_of=as_of,
        currency=currency,
        known_on=known_on,
        now=kpis(ledger, as_of=as_of, currency=currency),
        before=kpis(ledger, as_of=start - timedelta(days=1), currency=currency),
        months=trend(ledger, last_month_ends(as_of, _MONTHS), currency=currency),
        moved=rollforward(ledger, start=start, to=as_of, by="total", currency=currency),
        debtors=_debtors(items),
        aside=items.filter(is_aside).sort("outstanding", "number", "document_id", descending=[True, False, False]),
        flows=by_month(Basis.of(ledger, as_of=as_of, currency=currency)),
        ahead=forecast(ledger, as_of=as_of, currency=currency) if own.height else None,
    )


def _debtors(items: pl.DataFrame) -> Pareto:
    """The largest debtors, with what of it is late and since how many days."""
    found = pareto(items, most=MOST_DEBTORS)
    is_late = pl.col("days_late") >= 1
    late = items.group_by("client_id").agg(
        overdue=pl.col("outstanding").filter(is_late).sum(), days_late=pl.col("days_late").filter(is_late).max()
    )
    rows = found.rows.join(late, on="client_id", how="left", validate="1:1", maintain_order="left")
    return Pareto(rows, found.others, found.rest, found.clients_for_80, found.whole)
