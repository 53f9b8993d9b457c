"""Cash in from open invoices: chances per invoice and day, the expected curve and its band."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from pipelines.behaviour import Behaviour, learn_behaviour
from pipelines.forecast.arrays import NEVER, Days, Floats, OpenRows, day_numbers
from pipelines.forecast.bands import LEVELS, P10, P50, P90, ErrorLaw, Past, moments, past_forecasts, quantiles
from pipelines.forecast.hazards import paid_by

__all__ = ["LEVELS", "P10", "P50", "P90", "Receipts", "expected_receipts"]


@dataclass(frozen=True)
class Receipts:
    """Cumulative cash from the open invoices, day by day from the origin on.

    Attributes:
        chances: probability that each invoice is paid by each day, (invoices, horizon).
        mean: expected cumulative cash, (horizon).
        quantiles: its quantiles at LEVELS, (19, horizon); never falling with the level or the day, never below 0 or
            above all that is open.
        law: the error law that scaled them; `past` the past forecasts that it comes from.
        behaviour: what was learnt from the history.
        coded: the open invoices as arrays.
    """

    chances: Floats
    mean: Floats
    quantiles: Floats
    law: ErrorLaw
    past: Past
    behaviour: Behaviour
    coded: OpenRows


def expected_receipts(
    history: pl.DataFrame,
    open_invoices: pl.DataFrame,
    *,
    origin: date,
    horizon: int,
    learn_from: date | None = None,
) -> Receipts:
    """What the open invoices should bring by the end of each day of the horizon.

    Args:
        history: payment history (`pipelines.behaviour.HISTORY`).
        open_invoices: columns id, client_id, issue_date, due_date, amount (what is still owed); promised_date may be
            there too, null without a promise.
        origin: the first day that is not known, and day 1 of the horizon.
        horizon: number of days.
        learn_from: see `pipelines.behaviour.only_complete`.
    """
    behaviour, coded = learn_behaviour(history, open_invoices, origin=origin, learn_from=learn_from)
    chances = paid_by(behaviour.curves, coded, horizon)
    if "promised_date" in open_invoices.columns:
        promised = day_numbers(open_invoices["promised_date"])
        chances = with_promises(chances, np.where(promised == NEVER, -1, promised - behaviour.origin))
    past = past_forecasts(behaviour.payments, behaviour.origin)
    law = past.law()
    mean, deviation = moments(chances, coded.amount, coded.client)
    band = quantiles(mean, deviation, law, float(coded.amount.sum()))
    return Receipts(chances, mean, band, law, past, behaviour, coded)


#: A promise is kept on its day this often, as far as nobody knows better.
KEPT = 0.9


def with_promises(chances: Floats, promised: Days) -> Floats:
    """Chances that follow the clients' promises: nothing before the promised day, nearly all of it from that day on.

    `promised` counts days from the origin; negative is no promise, or one that was not kept and says nothing any more.
    """
    day = np.arange(chances.shape[1])
    kept = np.where(day >= promised[:, None], KEPT + (1 - KEPT) * chances, 0.0)
    return np.where(promised[:, None] >= 0, kept, chances)
