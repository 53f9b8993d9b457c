"""What is behind each day of the expected curve: parts of open invoices and recurring movements, to the cent."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import accumulate

import numpy as np
import polars as pl

from models.money import MONEY, ZERO
from models.tables import Schema, conform
from pipelines.forecast.arrays import Days, Floats

#: One row per amount expected on a day, by day.
ITEMS: Schema = {
    "date": pl.Date,
    "kind": pl.String,  # receipt: the part of an open invoice expected that day | recurring | planned | tax | vat | supplier
    "item_id": pl.String,  # document_id, flow_id, or the planned item's
    "label": pl.String,  # the invoice number, the flow's or item's label, the code of a tax, the period of a VAT return
    "client": pl.String,  # or supplier; null where there is none
    "amount": MONEY,  # signed
    "for_date": pl.Date,  # the date of its rule, by which a person's answer names it; null for a receipt
}


def to_cents(amounts: Floats) -> Days:
    """Amounts as whole cents, halves up."""
    return np.floor(amounts * 100 + 0.5).astype(np.int64)


def to_money(cents: Days) -> list[Decimal]:
    """Whole cents as amounts with two decimals."""
    return [Decimal(value).scaleb(-2) for value in cents.tolist()]


def running(opening: Decimal, amounts: Sequence[Decimal]) -> list[Decimal]:
    """The balance after each amount."""
    return list(accumulate(amounts, initial=opening))[1:]


def receipt_items(invoices: pl.DataFrame, chances: Floats, dates: Sequence[date]) -> tuple[pl.DataFrame, Days]:
    """Each open invoice spread over the days by its chance to be paid on each.

    What an invoice brings up to a day is rounded to the cent, so that the items of all days sum exactly to the curve
    and never to more than is owed.

    Args:
        invoices: document_id, number, client, outstanding; one row per invoice.
        chances: cumulative probabilities, (invoices, days).
        dates: the days.

    Returns:
        ITEMS of kind receipt, none of 0.00; and the cumulative expected cents of each day.
    """
    owed = invoices.select((pl.col("outstanding") * 100).cast(pl.Int64)).to_series().to_numpy()
    cumulative = np.maximum.accumulate(np.floor(owed[:, None] * chances + 0.5).astype(np.int64), axis=1)
    daily = np.diff(cumulative, axis=1, prepend=0)
    row, day = np.nonzero(daily)
    picked = invoices.select("client", item_id="document_id", label="number")[row]
    frame = picked.with_columns(
        date=pl.Series(list(dates), dtype=pl.Date).gather(day),
        kind=pl.lit("receipt"),
        amount=(pl.Series(daily[row, day]).cast(MONEY) / 100).cast(MONEY),
    )
    return frame.pipe(conform, ITEMS), np.asarray(cumulative.sum(axis=0), dtype=np.int64)


def flow_items(flows: pl.DataFrame) -> pl.DataFrame:
    """ITEMS of kind recurring: one row per flow and next date, at its typical amount."""
    return (
        flows.explode("next_dates", "rule_dates")
        .drop_nulls("next_dates")
        .select("label", "amount", item_id="flow_id", date="next_dates", for_date="rule_dates", kind=pl.lit("recurring"))
        .pipe(conform, ITEMS)
    )


def moved_by_day(items: pl.DataFrame, dates: Sequence[date], *, is_debit: bool) -> list[Decimal]:
    """Per day, the sum of the debits (0.00 or negative) or credits that are no receipts of open invoices."""
    is_side = pl.col("amount") < 0 if is_debit else pl.col("amount") > 0
    sums = items.filter((pl.col("kind") != "receipt") & is_side).group_by("date").agg(amount=pl.col("amount").sum().cast(MONEY))
    by_day = dict(sums.select("date", "amount").iter_rows())
    return [by_day.get(day, ZERO) for day in dates]
