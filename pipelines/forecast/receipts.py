"""Cash in from open invoices: the expected curve, and a band scaled by the program's own past errors.

Invoices are not independent, and no formula says how much. So the forecasts that the program would have made on the
past weeks are made again with what was known then, compared with what came, and the band is as wide as those errors.
"""

from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

import numpy as np
import polars as pl

from pipelines.behaviour import Behaviour, learn_behaviour
from pipelines.forecast.arrays import NEVER, Days, Floats, OpenRows, Payments, day_numbers
from pipelines.forecast.hazards import learn, paid_by

#: The quantiles of a band: 5 % to 95 %, and where P10, P50 and P90 stand among them.
LEVELS = np.round(np.arange(0.05, 0.951, 0.05), 2)
P10, P50, P90 = 1, 9, 17
_NORMAL = np.array([NormalDist().inv_cdf(float(level)) for level in LEVELS])

#: Past origins: one per week for a year, from the day on which the history is old enough; their errors are looked at
#: after these days, and weigh half as much every HALF_LIFE weeks.
WEEKS, WEEK, WARM_UP, HALF_LIFE = 52, 7, 60, 26
CHECK_DAYS = np.array([3, 7, 14, 21, 30])
#: The error law before any past error: no bias, PRIOR_SPREAD standard deviations wide, worth PRIOR_ERRORS errors.
PRIOR_SPREAD, PRIOR_ERRORS = 1.2, 8.0
#: Share of the variance that moves with the client rather than with each invoice; floor as a share of all that is open.
CLIENT_SHARE, FLOOR = 0.15, 0.005
#: Bounds of the work: invoices looked at over all past origins, but at least so many origins; invoices looked at once.
WORK, LEAST_ORIGINS, BATCH = 1_000_000, 8, 60_000


@dataclass(frozen=True)
class ErrorLaw:
    """How far the program's own forecasts were off, in units of their computed standard deviation.

    `bias` is positive when more came than was expected; `count` is the number of past errors behind it.
    """

    bias: float
    spread: float
    count: int


@dataclass(frozen=True)
class Receipts:
    """Cumulative cash from the open invoices, day by day from the origin on.

    Attributes:
        chances: probability that each invoice is paid by each day, (invoices, horizon).
        mean: expected cumulative cash, (horizon).
        quantiles: its quantiles at LEVELS, (19, horizon); never falling with the level or the day, never below 0 or
            above all that is open.
        law: the error law that scaled them.
        behaviour: what was learnt from the history.
        coded: the open invoices as arrays.
    """

    chances: Floats
    mean: Floats
    quantiles: Floats
    law: ErrorLaw
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
    law = error_law(behaviour.payments, behaviour.origin)
    mean, spread = _moments(chances, coded.amount, coded.client)
    quantiles = _quantiles(mean, spread, law, float(coded.amount.sum()))
    return Receipts(chances, mean, quantiles, law, behaviour, coded)


#: A promise is kept on its day this often, as far as nobody knows better.
KEPT = 0.9


def with_promises(chances: Floats, promised: Days) -> Floats:
    """Chances that follow the clients' promises: nothing before the promised day, nearly all of it from that day on.

    `promised` counts days from the origin; negative is no promise, or one that was not kept and says nothing any more.
    """
    day = np.arange(chances.shape[1])
    kept = np.where(day >= promised[:, None], KEPT + (1 - KEPT) * chances, 0.0)
    return np.where(promised[:, None] >= 0, kept, chances)


def error_law(payments: Payments, today: int) -> ErrorLaw:
    """The errors of the forecasts of the past weeks, each made with what its origin knew, weighted by age.

    Returns:
        Bias and spread in standard deviations, pulled towards PRIOR_SPREAD while past errors are few.
    """
    origins = _past_origins(payments, today)
    errors, weights = [np.zeros(0)], [np.zeros(0)]
    step = max(1, BATCH // max(len(payments.issue), 1))
    for first in range(0, len(origins), step):
        some = origins[first : first + step]
        scores = _scores(payments, some)
        is_known = (some[:, None] + CHECK_DAYS <= today) & np.isfinite(scores)
        age = np.broadcast_to((today - some)[:, None] / WEEK, scores.shape)
        errors.append(scores[is_known])
        weights.append(0.5 ** (age[is_known] / HALF_LIFE))
    error, weight = np.concatenate(errors), np.concatenate(weights)
    total = weight.sum() + PRIOR_ERRORS
    bias = float((weight * error).sum() / total)
    spread = float(np.sqrt(((weight * (error - bias) ** 2).sum() + PRIOR_ERRORS * PRIOR_SPREAD**2) / total))
    return ErrorLaw(bias, spread, len(error))


def _past_origins(payments: Payments, today: int) -> Days:
    """One origin per week, or per few weeks in a large book, whose first error is known; the latest first."""
    if not len(payments.issue):
        return np.zeros(0, dtype=np.int64)
    count = min(max(WORK // len(payments.issue), LEAST_ORIGINS), WEEKS)
    origins = today - WEEK * np.arange(1, WEEKS + 1, -(-WEEKS // count))
    return np.asarray(origins[origins >= payments.issue[0] + WARM_UP], dtype=np.int64)


def _scores(payments: Payments, origins: Days) -> Floats:
    """Error of each origin's forecast after each of CHECK_DAYS, in its standard deviations; NaN if nothing was open."""
    is_open = (payments.issue < origins[:, None]) & (payments.paid >= origins[:, None])
    origin, row = np.nonzero(is_open)
    order = np.lexsort((payments.client[row], origin))
    origin, row = origin[order], row[order]
    if not len(row):
        return np.full((len(origins), len(CHECK_DAYS)), np.nan)
    client, amount = payments.client[row], payments.amount[row]
    invoices = OpenRows(origin, client, payments.issue[row], payments.due[row], amount)
    chances = paid_by(learn(payments, origins), invoices, int(CHECK_DAYS[-1]))[:, CHECK_DAYS - 1]
    came = amount[:, None] * (payments.paid[row][:, None] < origins[origin][:, None] + CHECK_DAYS)
    starts = np.flatnonzero(np.diff(origin, prepend=-1))
    per_client = np.flatnonzero((np.diff(origin, prepend=-1) != 0) | (np.diff(client, prepend=-1) != 0))
    total = np.add.reduceat(amount, starts)[:, None]
    error = np.add.reduceat(came - amount[:, None] * chances, starts, axis=0)
    deviation = amount[:, None] * np.sqrt(chances * (1 - chances))
    together = np.add.reduceat(deviation, per_client, axis=0) ** 2
    shared = np.add.reduceat(together, np.flatnonzero(np.diff(origin[per_client], prepend=-1)), axis=0)
    variance = (1 - CLIENT_SHARE) * np.add.reduceat(deviation**2, starts, axis=0) + CLIENT_SHARE * shared
    scores = np.full((len(origins), len(CHECK_DAYS)), np.nan)
    scores[origin[starts]] = error / np.maximum(np.sqrt(variance) + FLOOR * total, 1e-9)
    return scores


def _moments(chances: Floats, amount: Floats, client: Days) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the cumulative cash of each day, the deviation with its floor."""
    deviation = amount[:, None] * np.sqrt(chances * (1 - chances))
    order = np.argsort(client, kind="stable")
    starts = np.flatnonzero(np.diff(client[order], prepend=-1))
    together = np.add.reduceat(deviation[order], starts, axis=0) if len(order) else deviation
    variance = (1 - CLIENT_SHARE) * (deviation**2).sum(axis=0) + CLIENT_SHARE * (together**2).sum(axis=0)
    return amount @ chances, np.sqrt(variance) + FLOOR * amount.sum()


def _quantiles(mean: Floats, spread: Floats, law: ErrorLaw, total: float) -> Floats:
    """The band: the mean moved and widened as past errors were, within 0 and all that is open, never falling."""
    band = mean + spread * (law.bias + law.spread * _NORMAL[:, None])
    return np.asarray(np.maximum.accumulate(np.clip(band, 0.0, total), axis=1))
