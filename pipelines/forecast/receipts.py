"""Cash in from open invoices: chances per invoice and day, the expected curve and its band."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.behaviour import Behaviour, learn_behaviour
from pipelines.forecast.arrays import Floats, OpenRows
from pipelines.forecast.bands import ErrorLaw, Past, moments, quantiles
from pipelines.forecast.hazards import paid_by
from pipelines.forecast.past import past_forecasts
from pipelines.forecast.said import with_said


@dataclass(frozen=True)
class Receipts:
    """Cumulative cash from the open invoices, day by day from the origin on.

    Attributes:
        chances: probability that each invoice is paid by each day, (invoices, horizon).
        mean: expected cumulative cash, (horizon).
        deviation: its standard deviation before past errors scale it, (horizon).
        quantiles: its quantiles at LEVELS, (19, horizon); never falling with the level or the day, never below 0 or
            above all that is open.
        law: the error law that scaled them; `past` the past forecasts that it comes from.
        behaviour: what was learnt from the history.
        coded: the open invoices as arrays.
    """

    chances: Floats
    mean: Floats
    deviation: Floats
    quantiles: Floats
    law: ErrorLaw
    past: Past
    behaviour: Behaviour
    coded: OpenRows


def open_chances(
    history: pl.DataFrame,
    open_invoices: pl.DataFrame,
    *,
    origin: date,
    horizon: int,
    learn_from: date | None = None,
    said: pl.DataFrame | None = None,
) -> tuple[Floats, Behaviour, OpenRows]:
    """The chance of each open invoice to be paid by the end of each day, with what it is learnt from; see `expected_receipts`."""
    behaviour, coded = learn_behaviour(history, open_invoices, origin=origin, learn_from=learn_from)
    chances = paid_by(behaviour.curves, coded, horizon)
    if said is not None:
        chances = with_said(chances, said, open_invoices["id"], behaviour.origin)
    return chances, behaviour, coded


def expected_receipts(
    history: pl.DataFrame,
    open_invoices: pl.DataFrame,
    *,
    origin: date,
    horizon: int,
    learn_from: date | None = None,
    said: pl.DataFrame | None = None,
) -> Receipts:
    """What the open invoices should bring by the end of each day of the horizon.

    Args:
        history: payment history (`pipelines.behaviour.HISTORY`).
        open_invoices: columns id, client_id, issue_date, due_date, amount (what is still owed).
        origin: the first day that is not known, and day 1 of the horizon.
        horizon: number of days.
        learn_from: see `pipelines.behaviour.only_complete`.
        said: what people said of when some are paid (`pipelines.forecast.said.SAID`), by id.
    """
    chances, behaviour, coded = open_chances(
        history, open_invoices, origin=origin, horizon=horizon, learn_from=learn_from, said=said
    )
    past = past_forecasts(behaviour.payments, behaviour.origin)
    law = past.law()
    mean, deviation = moments(chances, coded.amount, coded.client)
    band = quantiles(mean, deviation, law, float(coded.amount.sum()))
    return Receipts(chances, mean, deviation, band, law, past, behaviour, coded)
