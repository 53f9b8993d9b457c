"""Operands: the sums that figures are calculated from, each the sum of its rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import polars as pl

from models.money import MONEY, ZERO, total
from models.tables import BUCKETS
from pipelines.explain.basis import IS_INVOICE, RECEIPT_SOURCES, Basis
from pipelines.explain.formulas import MonthTaken, months_taken
from pipelines.explain.rows import (
    negative,
    of_allocations,
    of_credits,
    of_documents,
    of_items,
    of_receipts,
    of_refunds,
)
from pipelines.ingest.ledgers.fec_rows import IS_BILLED
from pipelines.receivables import only_counting, only_currency

#: What rows add up: their amount, their number, or their amount x days.
Unit = Literal["money", "count", "money_days"]
_ZERO = pl.lit(ZERO, MONEY)
_COHORT_DAYS = 30
_IS_RECEIPT = pl.col("source").is_in(RECEIPT_SOURCES)


@dataclass(frozen=True)
class Operand:
    """A sum.

    Attributes:
        title: its English name.
        rows: its ROWS (`pipelines.explain.rows`), from a basis.
        unit: what of the rows is added up.
    """

    title: str
    rows: Callable[[Basis], pl.DataFrame]
    unit: Unit = "money"

    def value(self, rows: pl.DataFrame) -> Decimal | int:
        """What the rows add up to."""
        if self.unit == "count":
            return rows.height
        return total(rows["weight" if self.unit == "money_days" else "amount"])


def rows_of(name: str, basis: Basis) -> pl.DataFrame:
    """The ROWS of an operand; operands that add up other units of the same rows share them."""
    return basis.once(OPERANDS[name].rows)


def value_of(name: str, basis: Basis) -> Decimal | int:
    """The sum of the rows of an operand."""
    return OPERANDS[name].value(rows_of(name, basis))


def _gross(basis: Basis) -> pl.DataFrame:
    return of_items(basis.items)


def _credits(basis: Basis) -> pl.DataFrame:
    return of_credits(basis.credits, basis.ledger)


def _receivables(basis: Basis) -> pl.DataFrame:
    return pl.concat([rows_of("gross_outstanding", basis), negative(rows_of("open_credits", basis))])


def _where(condition: pl.Expr) -> Callable[[Basis], pl.DataFrame]:
    """Of what is outstanding, the rows of the open invoices that fulfil a condition."""
    return lambda basis: of_items(basis.items.filter(condition))


_late = _where(pl.col("days_late") >= 1)


def _credits_where(condition: pl.Expr) -> Callable[[Basis], pl.DataFrame]:
    return lambda basis: rows_of("open_credits", basis).filter(condition)


def _sales(basis: Basis) -> pl.DataFrame:
    return of_documents(basis.documents.filter(IS_BILLED & basis.in_period("issue_date")))


def _sales_to_date(basis: Basis) -> pl.DataFrame:
    return of_documents(basis.documents.filter(IS_BILLED))


def months_of(basis: Basis) -> list[MonthTaken]:
    """The months whose sales make up the receivables, from D backwards; months without sales count too."""
    months = (
        rows_of("sales_to_date", basis)
        .group_by(month=pl.col("date").dt.month_start())
        .agg(sales=pl.col("amount").sum().cast(MONEY))
    )
    owed, sales = total(rows_of("receivables", basis)["amount"]), dict(months.iter_rows())
    return months_taken(owed, sales, as_of=basis.as_of, first=basis.first_month)


def _sales_counted(basis: Basis) -> pl.DataFrame:
    """Sales of the months that the count-back DSO goes back over."""
    taken = months_of(basis)
    since = taken[-1].first if taken else date.max
    return rows_of("sales_to_date", basis).filter(pl.col("date") >= since)


def _invoiced(basis: Basis) -> pl.DataFrame:
    return rows_of("sales", basis).filter(pl.col("kind") != "credit_note")


def _credited(basis: Basis) -> pl.DataFrame:
    return negative(rows_of("sales", basis).filter(pl.col("kind") == "credit_note"))


def _received(basis: Basis) -> pl.DataFrame:
    receipts = only_currency(basis.ledger.receipts, basis.currency).filter(basis.in_period("date"))
    return of_receipts(receipts, basis.ledger)


def _went_back(basis: Basis) -> pl.DataFrame:
    refunds = only_currency(basis.ledger.refunds, basis.currency).filter(basis.in_period("date"))
    return of_refunds(refunds, basis.ledger)


def _collected(basis: Basis) -> pl.DataFrame:
    """Receipts of known clients by their own date, less what went back, by the debit's date."""
    return pl.concat([rows_of("received", basis), negative(rows_of("went_back", basis))])


def _gross_before(basis: Basis) -> pl.DataFrame:
    return of_items(basis.owed_before)


def _receivables_before(basis: Basis) -> pl.DataFrame:
    return pl.concat([rows_of("gross_before", basis), negative(of_credits(basis.credits_before, basis.ledger))])


def _paid_since(since: str) -> Callable[[Basis], pl.DataFrame]:
    """What receipts gave to invoices in the period, with the days it took; undated ones take no part."""

    def rows(basis: Basis) -> pl.DataFrame:
        paid = basis.given.filter(_IS_RECEIPT & pl.col("is_dated"))
        return of_allocations(paid, basis.ledger, since=since)

    return rows


_paid = _paid_since("issue_date")


def _credited_on(basis: Basis) -> pl.DataFrame:
    credited = basis.given.filter(pl.col("source") == "credit_note")
    return of_allocations(credited, basis.ledger, since="issue_date")


def _cohort(basis: Basis) -> pl.DataFrame:
    """Invoices whose due date + 30 falls in the period, with what was `left` to pay that day, 0.00 if issued later.

    An invoice paid only by undated payments takes no part.
    """
    day = pl.col("due_date") + timedelta(days=_COHORT_DAYS)
    cohort = basis.documents.filter(IS_INVOICE & day.is_between(basis.start, basis.as_of)).with_columns(day=day)
    paid = basis.ledger.allocations.join(cohort.select("document_id", "day"), on="document_id", how="inner", validate="m:1")
    counts = (pl.col("counts_from") <= pl.col("day")) & (
        pl.col("reversed_on").is_null() | (pl.col("reversed_on") > pl.col("day"))
    )
    undated = (
        only_counting(paid, as_of=basis.as_of)
        .group_by("document_id")
        .agg(
            paid=pl.col("amount").sum().cast(MONEY),
            has_undated=(_IS_RECEIPT & ~pl.col("is_dated")).any(),
            has_dated=(_IS_RECEIPT & pl.col("is_dated")).any(),
        )
    )
    is_blind = (pl.col("paid") == pl.col("amount")) & pl.col("has_undated") & ~pl.col("has_dated")
    allocated = paid.filter(counts).group_by("document_id").agg(allocated=pl.col("amount").sum().cast(MONEY))
    left = pl.col("amount") - pl.col("allocated").fill_null(_ZERO)
    return (
        cohort.join(undated, on="document_id", how="left", validate="1:1", maintain_order="left")
        .filter(~is_blind.fill_null(value=False))
        .join(allocated, on="document_id", how="left", validate="1:1", maintain_order="left")
        .with_columns(left=pl.when(pl.col("issue_date") <= pl.col("day")).then(left).otherwise(_ZERO).cast(MONEY))
    )


def _reached(basis: Basis) -> pl.DataFrame:
    return of_items(basis.once(_cohort).with_columns(outstanding="amount"))


def _unpaid(basis: Basis) -> pl.DataFrame:
    return of_items(basis.once(_cohort).filter(pl.col("left") > 0).with_columns(outstanding="left"))


def _undated(basis: Basis) -> pl.DataFrame:
    """Declared payments without a date that count only after D: before their import they look unpaid."""
    receipts = only_currency(basis.ledger.receipts, basis.currency)
    return of_receipts(receipts.filter(~pl.col("is_dated") & (pl.col("date") > basis.as_of)), basis.ledger)


_BUCKET_TITLES = ("Not due", "1–30 days", "31–60 days", "61–90 days", "Over 90 days")
OPERANDS: dict[str, Operand] = {
    "gross_outstanding": Operand("Outstanding of all invoices", _gross),
    "open_credits": Operand("Unused credits", _credits),
    "open_credit_notes": Operand("Credit notes not used", _credits_where(pl.col("kind") == "credit_note")),
    "unallocated_receipts": Operand("Receipts not allocated", _credits_where(pl.col("kind") != "credit_note")),
    "receivables": Operand("Receivables (net)", _receivables),
    **{name: Operand(title, _where(pl.col("bucket") == name)) for name, title in zip(BUCKETS, _BUCKET_TITLES, strict=True)},
    "overdue": Operand("Overdue", _late),
    "late_invoices": Operand("Late invoices", _late, "count"),
    "doubtful": Operand("Doubtful receivables", _where(pl.col("is_doubtful"))),
    "disputed": Operand("Disputed receivables", _where(pl.col("is_disputed"))),
    "sales": Operand("Sales incl. VAT", _sales),
    "sales_to_date": Operand("All sales up to the date", _sales_to_date),
    "sales_counted": Operand("Sales of these months", _sales_counted),
    "invoiced": Operand("Invoices issued in the period", _invoiced),
    "credited": Operand("Credit notes issued", _credited),
    "received": Operand("Received from clients", _received),
    "went_back": Operand("Returned or refunded", _went_back),
    "collected": Operand("Collected", _collected),
    "gross_before": Operand("Outstanding of all invoices before the period", _gross_before),
    "receivables_before": Operand("Receivables before the period", _receivables_before),
    "paid": Operand("Paid in the period", _paid),
    "paid_days": Operand("Payments × days since issue", _paid, "money_days"),
    "late_days": Operand("Payments × days since the due date", _paid_since("due_date"), "money_days"),
    "credited_on": Operand("Credit notes used on invoices", _credited_on),
    "reached_30": Operand("Invoices 30 days after their due date", _reached),
    "unpaid_30": Operand("Still unpaid that day", _unpaid),
    "reached_30_count": Operand("Number of invoices 30 days after their due date", _reached, "count"),
    "unpaid_30_count": Operand("Number still unpaid that day", _unpaid, "count"),
    "undated_amount": Operand("Payments without a date", _undated),
}
