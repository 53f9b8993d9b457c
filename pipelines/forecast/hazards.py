"""Delay curves: the chance, day by day after the due date, that an invoice still unpaid is paid that day.

A client's curve is made of its own invoices and of a prior worth three of them: half the curve of invoices with the
same payment terms, half the curve that all clients share, shifted by the client's usual delay. Everything is computed
at several origins at once, so that the program's own past forecasts cost little more than today's.
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
LOWEST, HIGHEST = 1e-6, 0.97


@dataclass(frozen=True)
class Curves:
    """What is learnt at each origin.

    Attributes:
        rows: the invoices that taught it, one row per (origin, invoice).
        by_terms: daily chance of payment per terms segment, (origins, SEGMENTS, GRID).
        residual: the same by days after the client's usual delay, all clients together, (origins, GRID).
        shift: each client's usual delay in whole days, (origins, clients).
        weekdays: factor per weekday, (origins, 7).
    """

    origins: Days
    rows: Rows
    by_terms: Floats
    residual: Floats
    shift: Days
    weekdays: Floats


def learn(payments: Payments, origins: Days) -> Curves:
    """The curves as each origin could know them: from what is dated before it, and nothing else."""
    rows = rows_at(payments, origins)
    prior = prior_hazard()
    entry, end = rows.first - rows.due, rows.last - rows.due
    at_risk, paid = exposure(rows.origin * SEGMENTS + rows.segment, len(origins) * SEGMENTS, entry, end, rows.is_paid)
    all_at_risk, all_paid = (a.reshape(-1, SEGMENTS, GRID).sum(axis=1) for a in (at_risk, paid))
    shared = _with_prior(all_at_risk, all_paid, prior)
    own = smoothed_hazard(at_risk, paid)
    spread = np.repeat(shared, SEGMENTS, axis=0)
    blended = (at_risk * own + SHARED_WEIGHT * spread) / (at_risk + SHARED_WEIGHT)
    by_terms = np.where(paid.sum(axis=1, keepdims=True) >= SEGMENT_PAYMENTS, blended, spread)
    shift, without_own = _shifts(rows, len(origins), payments.clients)
    residual_prior = np.roll(prior, -round(prior_mean_delay()))
    residual = _with_prior(
        *exposure(rows.origin, len(origins), entry - without_own, end - without_own, rows.is_paid), residual_prior
    )
    weekdays = weekday_factors(rows, origins, all_paid / np.maximum(all_at_risk, 1))
    return Curves(origins, rows, by_terms.reshape(-1, SEGMENTS, GRID), residual, shift, weekdays)


def _with_prior(at_risk: Days, paid: Days, prior: Floats) -> Floats:
    """A smoothed curve blended with the product prior, which weighs PRIOR_WEIGHT invoices at risk."""
    return (at_risk * smoothed_hazard(at_risk, paid) + PRIOR_WEIGHT * prior) / (at_risk + PRIOR_WEIGHT)


def _shifts(rows: Rows, origins: int, clients: int) -> tuple[Days, Days]:
    """Each client's usual delay at each origin, (origins, clients), and per row the same without that very invoice.

    A client without paid invoices has the mean delay of all; with few, something between.
    """
    cell = rows.origin * clients + rows.client
    delay = np.where(rows.is_paid, np.clip(rows.last - rows.due, EARLIEST, EARLIEST + GRID), 0).astype(np.float64)
    count = np.bincount(cell, rows.is_paid, minlength=origins * clients)
    total = np.bincount(cell, delay, minlength=origins * clients)
    all_count = count.reshape(origins, clients).sum(axis=1)
    all_total = total.reshape(origins, clients).sum(axis=1)
    mean = (all_total + PRIOR_WEIGHT * prior_mean_delay()) / (all_count + PRIOR_WEIGHT)
    pull = SHIFT_WEIGHT * mean
    shift = (total.reshape(origins, clients) + pull[:, None]) / (count.reshape(origins, clients) + SHIFT_WEIGHT)
    left = (total[cell] - delay + pull[rows.origin]) / (count[cell] - rows.is_paid + SHIFT_WEIGHT)
    return np.rint(shift).astype(np.int64), np.rint(left).astype(np.int64)


def paid_by(curves: Curves, invoices: OpenRows, horizon: int) -> Floats:
    """Chance that each invoice, unpaid at the start of its origin, is paid by the end of each of `horizon` days.

    Day 1 is the origin itself.

    Returns:
        Cumulative probabilities (invoices, horizon), never falling along a row.
    """
    origin, client = invoices.origin, invoices.client
    start = curves.origins[origin] - invoices.due - EARLIEST
    at_risk, paid = _client_counts(curves, origin * curves.shift.shape[1] + client, start, horizon)
    segment = terms_segment(invoices.due - invoices.issue)
    by_terms = _stretch(curves.by_terms.reshape(-1, GRID), origin * SEGMENTS + segment, start, horizon)
    shared = _stretch(curves.residual, origin, start - curves.shift[origin, client], horizon)
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
    counts = exposure(group[kept], len(cells), (rows.first - rows.due)[kept], (rows.last - rows.due)[kept], rows.is_paid[kept])
    wide = [_stretch(count, cell, start - 1, horizon + 2) for count in counts]
    at_risk, paid = ((w[:, :-2] + 2 * w[:, 1:-1] + w[:, 2:]) / 4 for w in wide)
    return at_risk, paid


def _stretch(table: Floats | Days, row: Days, start: Days, width: int) -> Floats:
    """`width` neighbouring columns of each row of the table; a stretch beyond its ends is moved inside."""
    return np.asarray(sliding_window_view(table, width, axis=1)[row, np.clip(start, 0, GRID - width)], dtype=np.float64)
