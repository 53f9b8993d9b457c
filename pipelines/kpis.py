"""The figures of contract 2, each with its operands: DSO three ways, doubtful ratio, turnover, delays, effectiveness.

Sums are exact; ratios are Float64, null when their divisor is zero or negative, never 0.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from models.dates import month_end, month_start
from models.money import MONEY, ZERO, total
from models.tables import BUCKETS
from pipelines.ledger import Ledger
from pipelines.receivables import only_counting, only_currency, open_credits, open_items, outstanding

_IS_SALE = pl.col("direction") == "sale"
_IS_INVOICE = _IS_SALE & (pl.col("kind") != "credit_note")
_RECEIPT_SOURCES = ["bank", "declared"]
_COHORT_DAYS = 30


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


@dataclass(frozen=True)
class Position:
    """Receivables at one date."""

    gross: Decimal
    credits: Decimal
    not_due: Decimal

    @property
    def receivables(self) -> Decimal:
        """What all clients owe, net of their open credit_rows."""
        return self.gross - self.credits


def ratio(part: Decimal | float, whole: Decimal | float, times: float = 1.0) -> float | None:
    """part / whole * times, in floating point; None when `whole` is zero or negative."""
    return None if whole <= 0 else float(part) / float(whole) * times


def kpis(ledger: Ledger, *, as_of: date, start: date | None = None, currency: str | None = None) -> Kpis:
    """Every figure of contract 2 at the end of `as_of`.

    Args:
        ledger: the facts.
        as_of: D, and the end of the period.
        start: the first day of the period; by default the 365 days that end at D; not before the first invoice.
        currency: the company's by default.
    """
    currency = currency or ledger.settings.currency
    documents = only_currency(ledger.documents, currency).filter(_IS_SALE & (pl.col("issue_date") <= as_of))
    first = _first_invoice(documents)
    wanted = start or as_of - timedelta(days=364)
    start = min(max(wanted, first or wanted), as_of)
    items = open_items(ledger, as_of=as_of, currency=currency)
    credit_rows = open_credits(ledger, as_of=as_of, currency=currency)
    ageing = {name: total(items.filter(pl.col("bucket") == name)["outstanding"]) for name in BUCKETS}
    end = Position(sum(ageing.values(), ZERO), total(credit_rows["remaining"]), ageing["not_due"])
    before = _position(ledger, as_of=start - timedelta(days=1), currency=currency)
    sales = _sales(documents, start, as_of)
    days = (as_of - start).days + 1
    doubtful = total(items.filter("is_doubtful")["outstanding"])
    overdue = end.gross - end.not_due
    to_pay, late = _delays(ledger, as_of=as_of, start=start, currency=currency)
    unpaid, unpaid_count = _unpaid_rates(ledger, documents, as_of=as_of, start=start)
    return Kpis(
        as_of=as_of,
        start=start,
        days=days,
        currency=currency,
        gross_outstanding=end.gross,
        open_credits=end.credits,
        receivables=end.receivables,
        ageing=ageing,
        overdue=overdue,
        over_90=ageing["over_90"],
        late_invoices=items.filter((pl.col("outstanding") > 0) & (pl.col("days_late") >= 1)).height,
        sales=sales,
        collected=_collected(ledger, as_of=as_of, start=start, currency=currency),
        dso=ratio(end.receivables, sales, days),
        best_possible_dso=ratio(end.not_due, sales, days),
        average_days_delinquent=ratio(overdue, sales, days),
        dso_countback=countback(end.receivables, _monthly_sales(documents, as_of), as_of=as_of, first=_first_month(documents)),
        doubtful=doubtful,
        doubtful_ratio=ratio(doubtful, end.gross, 100),
        turnover=ratio(sales, (before.receivables + end.receivables) / 2),
        average_days_to_pay=to_pay,
        average_days_late=late,
        unpaid_rate_30=unpaid,
        unpaid_rate_30_count=unpaid_count,
        collection_effectiveness=_effectiveness(ledger, documents, (before, end), start=start, as_of=as_of),
        disputed=total(items.filter("is_disputed")["outstanding"]),
        other_currencies=_other_currencies(ledger, as_of=as_of, currency=currency),
        is_period_moved=start > wanted,
        undated_amount=_undated(ledger, as_of=as_of, currency=currency),
        incomplete_before=_incomplete_before(ledger, start),
    )


def _incomplete_before(ledger: Ledger, start: date) -> date | None:
    day = ledger.settings.history_from
    return day if day is not None and start < day else None


def _first_invoice(documents: pl.DataFrame) -> date | None:
    first = documents.filter(_IS_INVOICE)["issue_date"].min()
    return first if isinstance(first, date) else None


def _first_month(documents: pl.DataFrame) -> date | None:
    first = documents["issue_date"].min()
    return month_start(first) if isinstance(first, date) else None


def _position(ledger: Ledger, *, as_of: date, currency: str) -> Position:
    owed = outstanding(only_currency(ledger.documents, currency), ledger.allocations, as_of=as_of)
    credit_rows = open_credits(ledger, as_of=as_of, currency=currency)
    not_due = owed.filter(pl.col("due_date") >= as_of)
    return Position(total(owed["outstanding"]), total(credit_rows["remaining"]), total(not_due["outstanding"]))


def _signed() -> pl.Expr:
    return pl.when(pl.col("kind") == "credit_note").then(-pl.col("amount")).otherwise("amount").cast(MONEY)


def _sales(documents: pl.DataFrame, start: date, end: date) -> Decimal:
    """Invoices and deposits issued in the period, less credit notes issued in it."""
    return total(documents.filter(pl.col("issue_date").is_between(start, end)).select(_signed()).to_series())


def _collected(ledger: Ledger, *, as_of: date, start: date, currency: str) -> Decimal:
    """Receipts of known clients by their own date, less what went back, by the debit's date."""
    in_period = pl.col("date").is_between(start, as_of)
    received = only_currency(ledger.receipts, currency).filter(in_period)["amount"]
    back = only_currency(ledger.refunds, currency).filter(in_period)["amount"]
    return total(received) - total(back)


def _monthly_sales(documents: pl.DataFrame, as_of: date) -> dict[date, Decimal]:
    """Sales by calendar month up to `as_of`, keyed by the month's first day; months without sales are absent."""
    months = (
        documents.filter(pl.col("issue_date") <= as_of)
        .group_by(month=pl.col("issue_date").dt.month_start())
        .agg(sales=_signed().sum().cast(MONEY))
    )
    return dict(months.iter_rows())


def countback(owed: Decimal, sales_by_month: dict[date, Decimal], *, as_of: date, first: date | None) -> float | None:
    """DSO by exhaustion: whole months of sales removed going back from `as_of`, in days (contract 2).

    The first month may be partial. A month whose sales are 0 or less adds its days and subtracts nothing. 0 if nothing
    is owed; None if something remains before the first month of sales.
    """
    if owed <= 0:
        return 0.0
    if first is None:
        return None
    days, remaining, end = 0, owed, as_of
    while end >= first:
        month = month_start(end)
        month_days = (min(end, month_end(end)) - month).days + 1
        sales = sales_by_month.get(month, ZERO)
        if sales <= 0:
            days += month_days
        elif remaining >= sales:
            days += month_days
            remaining -= sales
            if remaining == 0:
                return float(days)
        else:
            return days + float(remaining) / float(sales) * month_days
        end = month - timedelta(days=1)
    return None


def _delays(ledger: Ledger, *, as_of: date, start: date, currency: str) -> tuple[float | None, float | None]:
    """Amount-weighted days from issue, and from due date, to the day a receipt counts; undated ones take no part."""
    paid = only_counting(only_currency(ledger.allocations, currency), as_of=as_of).filter(
        pl.col("source").is_in(_RECEIPT_SOURCES) & pl.col("is_dated") & pl.col("counts_from").is_between(start, as_of)
    )
    paid = paid.join(ledger.documents.filter(_IS_INVOICE), on="document_id", how="semi")
    amount = pl.col("amount").cast(pl.Float64)

    def weighted(since: str) -> pl.Expr:
        return (amount * (pl.col("counts_from") - pl.col(since)).dt.total_days()).sum()

    sums = paid.select(to_pay=weighted("issue_date"), late=weighted("due_date"), whole=amount.sum()).row(0, named=True)
    return ratio(sums["to_pay"], sums["whole"]), ratio(sums["late"], sums["whole"])


def _unpaid_rates(ledger: Ledger, documents: pl.DataFrame, *, as_of: date, start: date) -> tuple[float | None, float | None]:
    """Of the invoices whose due date + 30 falls in the period, what was still unpaid that day: by amount, by number.

    An invoice issued after that day counts as paid; one paid only by undated payments takes no part.
    """
    day = pl.col("due_date") + timedelta(days=_COHORT_DAYS)
    cohort = documents.filter(_IS_INVOICE & day.is_between(start, as_of)).with_columns(day=day)
    paid = ledger.allocations.join(cohort.select("document_id", "day"), on="document_id", how="inner", validate="m:1")
    counts = (pl.col("counts_from") <= pl.col("day")) & (
        pl.col("reversed_on").is_null() | (pl.col("reversed_on") > pl.col("day"))
    )
    is_receipt = pl.col("source").is_in(_RECEIPT_SOURCES)
    undated = (
        only_counting(paid, as_of=as_of)
        .group_by("document_id")
        .agg(
            paid=pl.col("amount").sum().cast(MONEY),
            has_undated=(is_receipt & ~pl.col("is_dated")).any(),
            has_dated=(is_receipt & pl.col("is_dated")).any(),
        )
    )
    is_blind = (pl.col("paid") == pl.col("amount")) & pl.col("has_undated") & ~pl.col("has_dated")
    allocated = paid.filter(counts).group_by("document_id").agg(allocated=pl.col("amount").sum().cast(MONEY))
    left = pl.col("amount") - pl.col("allocated").fill_null(pl.lit(ZERO, MONEY))
    cohort = (
        cohort.join(undated, on="document_id", how="left", validate="1:1")
        .filter(~is_blind.fill_null(value=False))
        .join(allocated, on="document_id", how="left", validate="1:1")
        .with_columns(left=pl.when(pl.col("issue_date") <= pl.col("day")).then(left).otherwise(pl.lit(ZERO, MONEY)).cast(MONEY))
    )
    unpaid = cohort.filter(pl.col("left") > 0)
    return ratio(total(cohort["left"]), total(cohort["amount"]), 100), ratio(unpaid.height, cohort.height, 100)


def _effectiveness(
    ledger: Ledger, documents: pl.DataFrame, positions: tuple[Position, Position], *, start: date, as_of: date
) -> float | None:
    """Collection effectiveness index (CEI): 100 when all that was due was collected."""
    before, end = positions
    period = pl.col("issue_date").is_between(start, as_of)
    issued = total(documents.filter(_IS_INVOICE & period)["amount"])
    credited = only_counting(ledger.allocations, as_of=as_of).filter(
        (pl.col("source") == "credit_note") & pl.col("counts_from").is_between(start, as_of)
    )
    credited = credited.join(documents, on="document_id", how="semi")
    due = before.gross + issued - total(credited["amount"])
    return ratio(due - end.gross, due - end.not_due, 100)


def _other_currencies(ledger: Ledger, *, as_of: date, currency: str) -> dict[str, Decimal]:
    """Receivables of every other currency that has a document or a receipt by `as_of`."""
    issued = ledger.documents.filter(_IS_SALE & (pl.col("issue_date") <= as_of))["currency"]
    received = ledger.receipts.filter(pl.col("date") <= as_of)["currency"]
    others = sorted((set(issued) | set(received)) - {currency})
    return {other: _position(ledger, as_of=as_of, currency=other).receivables for other in others}


def _undated(ledger: Ledger, *, as_of: date, currency: str) -> Decimal:
    """Declared payments without a date that count only after `as_of`: before their import they look unpaid."""
    undated = only_currency(ledger.receipts, currency).filter(~pl.col("is_dated") & (pl.col("date") > as_of))
    return total(undated["amount"])
