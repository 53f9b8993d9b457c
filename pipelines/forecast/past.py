"""The forecasts that the program would have made in the past weeks, each with what was known then, and what came.

Most of the work of a forecast is here, and a decision of today changes little of it: a past forecast is kept, and found
again as long as what it was made of, and what came in the month after it, stay the same.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import polars as pl

from pipelines.forecast.arrays import NEVER, Days, Floats, OpenRows, Payments
from pipelines.forecast.bands import CLIENT_SHARE, FLOOR, MONTH, PAST_DAYS, WEEK, Past, summed
from pipelines.forecast.hazards import learn, paid_by

#: Past origins: one per week for a year, from the day on which the history is old enough.
WEEKS, WARM_UP = 52, 60
#: Bounds of the work: invoices looked at over all past origins, but at least so many origins; invoices looked at once.
WORK, LEAST_ORIGINS, BATCH = 1_000_000, 8, 60_000


class _Made(NamedTuple):
    """The forecast of one past origin, and what came; after each of PAST_DAYS, and per client after the last of them."""

    total: float
    mean: Floats
    deviation: Floats
    came: Floats
    client: Days
    client_expected: Floats
    client_came: Floats


#: The last past forecasts by what they follow from; None where nothing was open.
_KEPT: dict[bytes, _Made | None] = {}
_MOST = 4 * WEEKS  # of a few companies and dates


def past_forecasts(payments: Payments, today: int) -> Past:
    """The forecasts of the past weeks, each made with what its origin knew."""
    origins = _past_origins(payments, today)
    known = [(origin, one) for origin, one in zip(origins, _kept_or_made(payments, origins), strict=True) if one is not None]
    made = [one for _, one in known]
    none = np.zeros((0, len(PAST_DAYS)))
    by_client = {
        "origin": np.repeat(np.arange(len(made)), [len(one.client) for one in made]),
        "client": np.concatenate([np.zeros(0, dtype=np.int64), *(one.client for one in made)]),
        "expected": np.concatenate([np.zeros(0), *(one.client_expected for one in made)]),
        "came": np.concatenate([np.zeros(0), *(one.client_came for one in made)]),
    }
    return Past(
        today=today,
        origins=np.array([origin for origin, _ in known], dtype=np.int64),
        total=np.array([one.total for one in made], dtype=np.float64),
        mean=np.stack([one.mean for one in made]) if made else none,
        deviation=np.stack([one.deviation for one in made]) if made else none,
        came=np.stack([one.came for one in made]) if made else none,
        by_client=pl.DataFrame(by_client, schema_overrides={"origin": pl.Int64, "client": pl.Int64}),
    )


def _past_origins(payments: Payments, today: int) -> Days:
    """One origin per week, or per few weeks in a large book, whose first error is known; the latest first."""
    if not len(payments.issue):
        return np.zeros(0, dtype=np.int64)
    count = min(max(WORK // len(payments.issue), LEAST_ORIGINS), WEEKS)
    origins = today - WEEK * np.arange(1, WEEKS + 1, -(-WEEKS // count))
    return np.asarray(origins[origins >= payments.issue[0] + WARM_UP], dtype=np.int64)


def _kept_or_made(payments: Payments, origins: Days) -> list[_Made | None]:
    """The forecast of each origin: as it was kept, else made now, several at once."""
    signs, kept = list(_signs(payments, origins)), dict(_KEPT)  # a copy: another session may add to it meanwhile
    found = {sign: kept[sign] for sign in signs if sign in kept}
    new = [n for n, sign in enumerate(signs) if sign not in found]
    step = max(1, BATCH // max(len(payments.issue), 1))
    for first in range(0, len(new), step):
        batch = new[first : first + step]
        made = _made_again(payments, origins[batch])
        found |= {signs[n]: one for n, one in zip(batch, made, strict=True)}
    for sign in signs:
        _KEPT.pop(sign, None)
        _KEPT[sign] = found[sign]
    for oldest in list(_KEPT)[:-_MOST]:
        _KEPT.pop(oldest, None)
    return [found[sign] for sign in signs]


def _signs(payments: Payments, origins: Days) -> Iterator[bytes]:
    """What each forecast follows from: the invoices issued before its origin, and their payments up to a month after it."""
    for origin in origins:
        rows = slice(np.searchsorted(payments.issue, origin, side="left"))
        sign = blake2b(f"{origin} {payments.clients}".encode(), digest_size=16)
        for column in (payments.client, payments.issue, payments.due, payments.amount, payments.share):
            sign.update(column[rows].tobytes())
        sign.update(np.where(payments.paid[rows] < origin + MONTH, payments.paid[rows], NEVER).tobytes())
        yield sign.digest()


def _made_again(payments: Payments, origins: Days) -> Sequence[_Made | None]:
    """The forecasts of some origins; None for one at which nothing was open."""
    is_open = (payments.issue < origins[:, None]) & (payments.paid >= origins[:, None])
    origin, row = np.nonzero(is_open)
    order = np.lexsort((payments.client[row], origin))
    origin, row = origin[order], row[order]
    client, amount = payments.client[row], payments.amount[row]
    invoices = OpenRows(origin, client, payments.issue[row], payments.due[row], amount)
    chances = paid_by(learn(payments, origins), invoices, MONTH)[:, PAST_DAYS - 1]
    came = amount[:, None] * (payments.paid[row][:, None] < origins[origin][:, None] + PAST_DAYS)
    starts = np.flatnonzero(np.diff(origin, prepend=-1))
    per_client = np.flatnonzero((np.diff(origin, prepend=-1) != 0) | (np.diff(client, prepend=-1) != 0))
    expected = amount[:, None] * chances
    position = np.searchsorted(origin[starts], origin[per_client])
    sums = [np.add.reduceat(values[:, -1], per_client) if len(row) else np.zeros(0) for values in (expected, came)]
    variance = _variance(amount[:, None] * np.sqrt(chances * (1 - chances)), starts, per_client, position)
    total, mean, arrived = (summed(values, starts) for values in (amount[:, None], expected, came))
    deviation = np.sqrt(variance) + FLOOR * total
    made: list[_Made | None] = [None] * len(origins)
    for n, place in enumerate(origin[starts].tolist()):
        own = slice(*np.searchsorted(position, [n, n + 1]))
        per = client[per_client[own]], sums[0][own], sums[1][own]
        made[place] = _Made(float(total[n, 0]), mean[n], deviation[n], arrived[n], *per)
    return made


def _variance(deviation: Floats, starts: Days, per_client: Days, position: Days) -> Floats:
    """Per origin: each invoice's variance, and a share that moves with its client."""
    together = summed(deviation, per_client) ** 2
    shared = summed(together, np.flatnonzero(np.diff(position, prepend=-1)))
    return np.asarray((1 - CLIENT_SHARE) * summed(deviation**2, starts) + CLIENT_SHARE * shared)
