"""What is provided for at each closing, and what changes from one to the next: nothing is booked between two closings.

But for a loss: what was provided for an invoice that is written off whole goes back on that day.
"""

from collections.abc import Iterator
from datetime import date

import polars as pl

from models.accounting import CLOSINGS
from models.dates import month_end
from models.money import MONEY, ZERO
from models.settings import Settings
from models.tables import Schema, empty
from pipelines.ledger import Ledger
from pipelines.provisions.doubt import paid_history
from pipelines.provisions.provision import provided_on

#: One row per invoice and day on which what is provided for it changes.
CHANGES: Schema = {
    "document_id": pl.String,
    "number": pl.String,
    "client": pl.String,
    "day": pl.Date,
    "provision": MONEY,  # from that day on
    "change": MONEY,  # more, or less where negative
}
_NOTHING = pl.lit(ZERO, MONEY)


def closings(settings: Settings, *, start: date, to: date) -> list[date]:
    """The days from `start` to `to` at which the books are closed: month ends, as often as the settings say."""
    return [
        day for day in _month_ends(start, to) if (day.month - settings.year_end_month) % CLOSINGS[settings.provision_every] == 0
    ]


def _month_ends(start: date, to: date) -> Iterator[date]:
    day = month_end(start)
    while day <= to:
        yield day
        day = month_end(date(day.year + day.month // 12, day.month % 12 + 1, 1))


def last_closing(settings: Settings, *, before: date) -> date:
    """The last closing before that day."""
    return closings(settings, start=date(before.year - 1, before.month, 1), to=date.fromordinal(before.toordinal() - 1))[-1]


def provision_changes(ledger: Ledger, said: pl.DataFrame, *, to: date, currency: str) -> pl.DataFrame:
    """CHANGES up to the end of `to`, by invoice and day; their sums at a closing are what is provided for then.

    Args:
        ledger: the facts.
        said: DECISIONS (`doubt.decisions`).
        to: the last day.
        currency: only that one.
    """
    first = said.filter(pl.col("is_doubtful") & (pl.col("day") <= to))["day"].min()
    days = closings(ledger.settings, start=first, to=to) if isinstance(first, date) else []
    provided = (
        provided_on(ledger, said, days, currency=currency)
        .drop_nulls("provision")
        .select("document_id", "number", "client", "provision", "day")
    )
    if provided.is_empty():
        return empty(CHANGES)
    invoices = provided.select("document_id", "number", "client").unique("document_id")
    grid = (
        invoices.join(pl.DataFrame({"day": days}), how="cross")
        .join(provided.drop("number", "client"), on=["document_id", "day"], how="left", validate="1:1")
        .with_columns(pl.col("provision").fill_null(_NOTHING))
    )
    lost = _lost(ledger, invoices, to=to).join(grid, on=["document_id", "day"], how="anti")
    whole = pl.concat([grid, lost.with_columns(provision=_NOTHING).select(grid.columns)]).sort("document_id", "day")
    before = pl.col("provision").shift(1, fill_value=ZERO).over("document_id")
    return (
        whole.with_columns(change=(pl.col("provision") - before).cast(MONEY))
        .filter(pl.col("change") != 0)
        .select(*CHANGES)
        .sort("day", "number", "document_id")
    )


def _lost(ledger: Ledger, invoices: pl.DataFrame, *, to: date) -> pl.DataFrame:
    """The days by `to` on which one of the invoices was written off as a loss and owed nothing any more."""
    losses = ledger.allocations.filter((pl.col("source") == "write_off") & (pl.col("reason") == "loss"))
    days = losses.select("document_id", day="counts_from").unique().filter(pl.col("day") <= to)
    amounts = ledger.documents.select("document_id", "amount")
    return (
        days.join(invoices, on="document_id", how="inner", validate="m:1")
        .join(paid_history(ledger, invoices), on=["document_id", "day"], how="inner", validate="1:1")
        .join(amounts, on="document_id", how="inner", validate="m:1")
        .filter(pl.col("allocated") == pl.col("amount"))
        .drop("allocated", "amount")
    )
