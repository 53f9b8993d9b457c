"""Delay curves: the chance, day by day after the due date, that an invoice still unpaid is paid that day.

A client's curve is made of its own invoices and of a prior worth three of them: half the curve of invoices with the
same payment terms, half the curve that all clients share, shifted by the client's usual delay. For a client with few
paid invoices each other client counts once in both, however many invoices it has: a new client is one more client, not
one more invoice of the largest. Everything is computed at several origins at once, so that the program's own past
forecasts cost little more than today's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pipelines.forecast.arrays import (
    EARLIEST,
    GRID,
    SEGMENTS,
    Days,
    Floats,
    OpenRows,
    Payments,
    Rows,
    exposure,
    rows_at,
    smoothed_hazard,
    terms_segment,
)
from pipelines.forecast.prior import prior_hazard, prior_mean_delay
from pipelines.forecast.weekdays import day_types, weekday_factors

#: How many invoices at risk the product prior, the shared curve in a segment, and the prior of a client's curve weigh.
PRIOR_WEIGHT, SHARED_WEIGHT, CLIENT_WEIGHT = 10.0, 30.0, 3.0
#: Payments that a terms segment needs before it has its own curve; invoices that the mean delay weighs in a shift.
SEGMENT_PAYMENTS, SHIFT_WEIGHT = 20, 2.0
#: Below so many paid invoices a client is a new one: the pool in which each client counts once speaks for it.
FEW = 4
LOWEST, HIGHEST = 1e-6, 0.97
#: The two ways to count the invoices of all clients: each invoice once, or each client once.
INVOICES, CLIENTS = 0, 1
_POOLS = 2
_LEAST_SIZE = 1e-9


@dataclass(frozen=True)
class Curves:
    """What is learnt at each origin.

    Attributes:
        rows: the invoices that taught it, one row per (origin, invoice).
        by_terms: daily chance of payment per pool (INVOICES, CLIENTS) and terms segment, (origins, pools, SEGMENTS, GRID).
        residual: the same by days after the client's usual delay, all clients together, (origins, pools, GRID).
        shift: each client's usual delay in whole days, (origins, clients).
        pool: which pool speaks for the client, (origins, clients).
        weekdays: factor per weekday and for bank holidays, (origins, 8).
    """

    origins: Days
    rows: Rows
    by_terms: Floats
    residual: Floats
    shift: Days
    pool: Days
    weekdays: Floats


def learn(payments: Payments, origins: Days) -> Curves:
    """The curves as each origin could know them: from what is dated before it, and nothing else."""
    rows = rows_at(payments, origins)
    count = len(origins)
    habits = _habits(rows, count, payments.clients)
    residual_prior = np.roll(prior_hazard(), -round(prior_mean_delay()))
    by_terms, residual = np.empty((count, _POOLS, SEGMENTS, GRID)), np.empty((count, _POOLS, GRID))
    entry, end = rows.first - rows.due, rows.last - rows.due
    for pool, weight in ((CLIENTS, _each_client_once(rows, count, payments.clients)), (INVOICES, rows.share)):
        at_risk, paid = exposure(rows.origin * SEGMENTS + rows.segment, count * SEGMENTS, entry, end, rows.is_paid, weight)
        all_at_risk, all_paid = (a.reshape(-1, SEGMENTS, GRID).sum(axis=1) for a in (at_risk, paid))
        by_terms[:, pool] = _segment_curves(at_risk, paid, _with_prior(all_at_risk, all_paid, prior_hazard()))
        start, stop = entry - habits.without_own[pool], end - habits.without_own[pool]
        counts = exposure(rows.origin, count, start, stop, rows.is_paid, weight)
        residual[:, pool] = _with_prior(*counts, residual_prior)
    weekdays = weekday_factors(rows, origins, all_paid / np.maximum(all_at_risk, 1))
    return Curves(origins, rows, by_terms, residual, habits.shift, habits.pool, weekdays)


def _segment_curves(at_risk: Floats, paid: Floats, shared: Floats) -> Floats:
    """Each terms segment's own curve blended with the shared one, (origins, SEGMENTS, GRID); few payments give the shared one."""
    spread = np.repeat(shared, SEGMENTS, axis=0)
    blended = (at_risk * smoothed_hazard(at_risk, paid) + SHARED_WEIGHT * spread) / (at_risk + SHARED_WEIGHT)
    has_own = paid.sum(axis=1, keepdims=True) >= SEGMENT_PAYMENTS
    return np.where(has_own, blended, spread).reshape(-1, SEGMENTS, GRID)


def _with_prior(at_risk: Floats, paid: Floats, prior: Floats) -> Floats:
    """A smoothed curve blended with the product prior, which weighs PRIOR_WEIGHT invoices at risk."""
    return (at_risk * smoothed_hazard(at_risk, paid) + PRIOR_WEIGHT * prior) / (at_risk + PRIOR_WEIGHT)


def _each_client_once(rows: Rows, origins: int, clients: int) -> Floats:
    """How much each row counts where the rows of a client weigh one together at each origin.

    All are scaled so that they sum to the number of equal rows that would say as much (Kish's effective size): the
    priors then weigh against them as they do against whole invoices.
    """
    cell = rows.origin * clients + rows.client
    size = np.bincount(cell, rows.share, minlength=origins * clients)
    weight = rows.share / np.maximum(size[cell], _LEAST_SIZE)
    total, squares = (np.bincount(rows.origin, w, minlength=origins) for w in (weight, weight**2 / rows.share))
    return np.asarray(weight * (total / np.maximum(squares, _LEAST_SIZE))[rows.origin])


@dataclass(frozen=True)
class _Habits:
    """`shift` and `pool` as in Curves; `without_own` per pool and row: the client's usual delay without that very invoice."""

    shift: Days
    pool: Days
    without_own: tuple[Days, Days]


def _habits(rows: Rows, origins: int, clients: int) -> _Habits:
    """Each client's usual delay at each origin.

    A client without paid invoices has the mean delay of all, or of all clients counted once; with few, something between.
    """
    cell = rows.origin * clients + rows.client
    part = np.where(rows.is_paid, rows.share, 0.0)
    delay = part * np.clip(rows.last - rows.due, EARLIEST, EARLIEST + GRID)
    count, total = (np.asarray(np.bincount(cell, w, minlength=origins * clients), dtype=np.float64) for w in (part, delay))
    by_client = count.reshape(origins, clients), total.reshape(origins, clients)
    once = np.where(by_client[0] > 0, 1 / np.maximum(by_client[0], _LEAST_SIZE), 0.0)
    means = [_mean(*by_client), _mean(*(once * by_client[0], once * by_client[1]))]
    pool = np.where(by_client[0] < FEW - _LEAST_SIZE, CLIENTS, INVOICES)
    pulls = [SHIFT_WEIGHT * mean for mean in means]
    pull = np.take_along_axis(np.stack(pulls, axis=1), pool, axis=1)
    shift = (by_client[1] + pull) / (by_client[0] + SHIFT_WEIGHT)
    left = total[cell] - delay, count[cell] - part + SHIFT_WEIGHT
    one, two = (np.rint((left[0] + pull[rows.origin]) / left[1]).astype(np.int64) for pull in pulls)
    return _Habits(np.rint(shift).astype(np.int64), pool, (one, two))


def _mean(count: Floats, total: Floats) -> Floats:
    """The mean delay of each origin, (origins, clients) in, blended with the product prior."""
    return np.asarray((total.sum(axis=1) + PRIOR_WEIGHT * prior_mean_delay()) / (count.sum(axis=1) + PRIOR_WEIGHT))


def paid_by(curves: Curves, invoices: OpenRows, horizon: int) -> Floats:
    """Chance that each invoice, unpaid at the start of its origin, is paid by the end of each of `horizon` days.

    Day 1 is the origin itself.

    Returns:
        Cumulative probabilities (invoices, horizon), never falling along a row.
    """
    origin, client = invoices.origin, invoices.client
    start = curves.origins[origin] - invoices.due - EARLIEST
    at_risk, paid = _client_counts(curves, origin * curves.shift.shape[1] + client, start, horizon)
    pool = origin * _POOLS + curves.pool[origin, client]
    segment = terms_segment(invoices.due - invoices.issue)
    by_terms = _stretch(curves.by_terms.reshape(-1, GRID), pool * SEGMENTS + segment, start, horizon)
    shared = _stretch(curves.residual.reshape(-1, GRID), pool, start - curves.shift[origin, client], horizon)
    hazard = (paid + CLIENT_WEIGHT * 0.5 * (by_terms + shared)) / (at_risk + CLIENT_WEIGHT)
    hazard *= day_factors(curves, horizon)[origin]
    unpaid = np.cumsum(np.log1p(-np.clip(hazard, LOWEST, HIGHEST)), axis=1)
    return np.asarray(-np.expm1(unpaid), dtype=np.float64)


def day_factors(curves: Curves, horizon: int) -> Floats:
    """The weekday factor of each day from each origin on, (origins, horizon)."""
    if not len(curves.origins):
        return np.zeros((0, horizon))
    first = int(curves.origins.min())
    types = day_types(first, int(curves.origins.max()) - first + horizon)
    ahead = types[(curves.origins - first)[:, None] + np.arange(horizon)]
    return np.take_along_axis(curves.weekdays, ahead, axis=1)


def _client_counts(curves: Curves, key: Days, start: Days, horizon: int) -> tuple[Floats, Floats]:
    """What the client's own invoices say of those days: at risk and paid, each day smoothed (1, 2, 1) / 4.

    `key` numbers the pair of origin and client, as origin * clients + client.
    """
    rows, clients = curves.rows, curves.shift.shape[1]
    cells, cell = np.unique(key, return_inverse=True)
    number = np.full(curves.shift.size, -1, dtype=np.int64)
    number[cells] = np.arange(len(cells))
    group = number[rows.origin * clients + rows.client]
    kept = group >= 0
    entry, end = (rows.first - rows.due)[kept], (rows.last - rows.due)[kept]
    width = horizon + 2
    begin = np.clip(start - 1, 0, GRID - width)
    low, high = (int(begin.min()), int(begin.max()) + width) if len(begin) else (0, GRID)
    counts = exposure(group[kept], len(cells), entry, end, rows.is_paid[kept], rows.share[kept], (low, high))
    wide = [_stretch(count, cell, begin - low, width) for count in counts]
    at_risk, paid = ((w[:, :-2] + 2 * w[:, 1:-1] + w[:, 2:]) / 4 for w in wide)
    return at_risk, paid


def _stretch(table: Floats | Days, row: Days, start: Days, width: int) -> Floats:
    """`width` neighbouring columns of each row of the table; a stretch beyond its ends is moved inside."""
    last = table.shape[1] - width
    return np.asarray(sliding_window_view(table, width, axis=1)[row, np.clip(start, 0, last)], dtype=np.float64)
