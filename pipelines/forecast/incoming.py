"""Receipts to come of a ledger's open invoices: those in the curve, and apart from them the disputed and doubtful ones."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

import polars as pl

from models.money import MONEY
from models.tables import Schema, conform
from pipelines.behaviour import dates_reached
from pipelines.forecast.bands import Coverage, coverage
from pipelines.forecast.history import open_invoices, payment_history
from pipelines.forecast.prior import ASIDE_CHANCES
from pipelines.forecast.receipts import Receipts, expected_receipts
from pipelines.forecast.said import said_of, with_said
from pipelines.forecast.unissued import Unissued, unissued_receipts
from pipelines.ledger import Ledger

#: One row per open invoice in the curve, by due date and number.
FORECAST_INVOICES: Schema = {
    "document_id": pl.String,
    "invoice_number": pl.String,
    "client_id": pl.String,
    "client": pl.String,
    "due_date": pl.Date,
    "outstanding": MONEY,
    "p_paid": pl.Float64,  # by the last day of the forecast
    "expected_date": pl.Date,  # by which it is more likely paid than not; null: not within REACH days
    "early_date": pl.Date,  # by which it is paid once in ten times
    "late_date": pl.Date,  # by which it is paid nine times in ten; null as above
    "said_date": pl.Date,  # the last day on which a person expects money of it
    "said_kind": pl.String,  # expected | plan | promise
    "promised_date": pl.Date,  # said_date of a promise
}

#: One row per open invoice left out of the curve, by due date and number.
SET_ASIDE: Schema = {
    "document_id": pl.String,
    "invoice_number": pl.String,
    "client_id": pl.String,
    "client": pl.String,
    "due_date": pl.Date,
    "outstanding": MONEY,
    "reason": pl.String,  # disputed | doubtful
    "p_paid": pl.Float64,  # by the last day of the forecast, by a prior of their own
}

_IS_DISPUTED = pl.col("is_disputed").fill_null(value=False)
#: Disputed or doubtful: not in the curve.
IS_ASIDE = _IS_DISPUTED | pl.col("is_doubtful").fill_null(value=False)
_REASON = pl.when(_IS_DISPUTED).then(pl.lit("disputed")).otherwise(pl.lit("doubtful"))

#: How far an expected date is looked for.
REACH = 180
#: The chances whose dates are told: early, expected, late.
_EARLY, _HALF, _LATE = 0.1, 0.5, 0.9


@dataclass(frozen=True)
class Incoming:
    """What open invoices should bring.

    Attributes:
        counted: OPEN_ITEMS of the invoices in the curve, in the order of `receipts`.
        receipts: their chances, curve and band.
        said: SAID (`pipelines.forecast.said`).
        set_aside: SET_ASIDE.
        unissued: what invoices to come should bring, apart.
    """

    counted: pl.DataFrame
    receipts: Receipts
    said: pl.DataFrame
    set_aside: pl.DataFrame
    unissued: Unissued

    @property
    def coverage(self) -> Coverage:
        """How many of the program's own past bands held."""
        return coverage(self.receipts.past.weeks())

    def invoices(self) -> pl.DataFrame:
        """FORECAST_INVOICES."""
        found = self.receipts
        dates = dates_reached(
            found.behaviour,
            found.coded,
            found.chances,
            levels=(_EARLY, _HALF, _LATE),
            reach=REACH,
            follow=lambda chances, rows: with_said(
                chances, self.said, self.counted["document_id"].gather(pl.Series(rows)), found.behaviour.origin
            ),
        )
        said = self.said.group_by("document_id").agg(said_date=pl.col("day").max(), said_kind=pl.col("kind").first())
        return (
            self.counted.with_columns(
                invoice_number="number",
                p_paid=pl.Series(found.chances[:, -1], dtype=pl.Float64),
                early_date=dates[0],
                expected_date=dates[1],
                late_date=dates[2],
            )
            .join(said, on="document_id", how="left", validate="1:1", maintain_order="left")
            .with_columns(promised_date=pl.when(pl.col("said_kind") == "promise").then("said_date"))
            .pipe(conform, FORECAST_INVOICES)
        )


def incoming(ledger: Ledger, *, as_of: date, days: int, currency: str) -> Incoming:
    """The receipts of the `days` days after `as_of` from what is open at its end."""
    at = _Known.of(ledger, as_of=as_of, currency=currency)
    found = expected_receipts(at.history, at.asked, origin=as_of + timedelta(days=1), horizon=days, said=at.said)
    aside = _set_aside(at.aside, at.history, ledger, as_of=as_of, days=days)
    return Incoming(at.counted, found, at.said, aside, unissued_receipts(at.history, found.behaviour, horizon=days))


@dataclass(frozen=True)
class _Known:
    """What is known at a date: open invoices in the curve and aside, the history, and what people said."""

    counted: pl.DataFrame
    aside: pl.DataFrame
    history: pl.DataFrame
    said: pl.DataFrame

    @classmethod
    def of(cls, ledger: Ledger, *, as_of: date, currency: str) -> Self:
        owed = open_invoices(ledger, as_of=as_of, currency=currency)
        counted = owed.filter(~IS_ASIDE)
        history = payment_history(ledger, as_of=as_of, currency=currency)
        return cls(counted, owed.filter(IS_ASIDE), history, said_of(counted, ledger, as_of=as_of))

    @property
    def asked(self) -> pl.DataFrame:
        return self.counted.select("client_id", "issue_date", "due_date", id="document_id", amount="outstanding")


def _set_aside(aside: pl.DataFrame, history: pl.DataFrame, ledger: Ledger, *, as_of: date, days: int) -> pl.DataFrame:
    """SET_ASIDE: a disputed or doubtful invoice does not follow its client's habit, but what such invoices do."""
    daily = {
        "disputed": _daily_chance("disputed", _disputes(history, ledger, as_of=as_of)),
        "doubtful": _daily_chance("doubtful", _long_late(history, ledger.settings.doubtful_days, as_of=as_of)),
    }
    chance = pl.col("reason").replace_strict(daily, return_dtype=pl.Float64)
    return (
        aside.with_columns(invoice_number="number", reason=_REASON)
        .with_columns(p_paid=1 - (1 - chance) ** days)
        .pipe(conform, SET_ASIDE)
    )


def _daily_chance(reason: str, watched: pl.DataFrame) -> float:
    """Payments per day watched, blended with the product prior; `watched` has first, last and is_paid."""
    prior, weight = ASIDE_CHANCES[reason]
    watched = watched.filter(pl.col("last") >= pl.col("first"))
    days = watched.select(((pl.col("last") - pl.col("first")).dt.total_days() + 1).sum()).item() or 0
    return (int(watched["is_paid"].sum()) + prior * weight) / (int(days) + weight)


def _long_late(history: pl.DataFrame, days: int, *, as_of: date) -> pl.DataFrame:
    """Each part from the day on which it was so many days late, to its payment or to `as_of`."""
    return history.select(
        first=pl.col("due_date") + timedelta(days=days + 1),
        last=pl.coalesce("paid_date", pl.lit(as_of)),
        is_paid=pl.col("paid_date").is_not_null(),
    )


def _disputes(history: pl.DataFrame, ledger: Ledger, *, as_of: date) -> pl.DataFrame:
    """Each part of an invoice from the day on which a person marked it disputed, to its payment or to `as_of`."""
    marked = (
        ledger.marks.filter(
            (pl.col("what") == "disputed") & pl.col("is_set") & (pl.col("on_date") <= as_of) & pl.col("document_id").is_not_null()
        )
        .group_by(id="document_id")
        .agg(first=pl.col("on_date").min())
    )
    return history.join(marked, on="id", how="inner", validate="m:1").select(
        "first", last=pl.coalesce("paid_date", pl.lit(as_of)), is_paid=pl.col("paid_date").is_not_null()
    )
