"""Cash in from open invoices: laws of the curve and of its band."""

from datetime import date, timedelta
from unittest.mock import patch

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.behaviour import HISTORY
from pipelines.forecast import past
from pipelines.forecast.bands import LEVELS, P10, P90, PRIOR_SPREAD, ErrorLaw, quantiles
from pipelines.forecast.receipts import expected_receipts
from pipelines.forecast.said import SAID

ORIGIN = date(2026, 6, 29)
CLIENTS = ("a", "b", "c", "d")


def book(seed: int, size: int, *, days: int = 400, spread: int = 25) -> pl.DataFrame:
    """A random payment history: four clients with their own delay and scatter, payments after the origin included."""
    dice = np.random.default_rng(seed)
    client = dice.integers(0, len(CLIENTS), size)
    issue = [ORIGIN - timedelta(days=int(d)) for d in dice.integers(1, days, size)]
    due = [day + timedelta(days=int(t)) for day, t in zip(issue, dice.choice([0, 15, 30, 45, 60], size), strict=True)]
    late = 5 * client + dice.integers(-5, spread, size)
    paid = [max(day + timedelta(days=int(x)), start) for day, x, start in zip(due, late, issue, strict=True)]
    names = [CLIENTS[c] for c in client]
    amounts = dice.integers(1, 10**6, size) / 100
    ids = [f"I{n}" for n in range(size)]
    return pl.DataFrame(dict(zip(HISTORY, (ids, names, issue, due, paid, amounts, [1.0] * size), strict=True)), schema=HISTORY)


def open_at(history: pl.DataFrame, origin: date = ORIGIN) -> pl.DataFrame:
    return history.filter((pl.col("issue_date") < origin) & (pl.col("paid_date") >= origin)).drop("paid_date")


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(0, 120), horizon=st.integers(1, 90))
def test_the_band_is_ordered_rises_and_stays_within_what_is_open(seed: int, size: int, horizon: int) -> None:
    history = book(seed, size)
    invoices = open_at(history)
    result = expected_receipts(history, invoices, origin=ORIGIN, horizon=horizon)
    total = float(invoices["amount"].sum())
    assert result.quantiles.shape == (len(LEVELS), horizon)
    assert (np.diff(result.quantiles, axis=0) >= 0).all()
    assert (np.diff(result.quantiles, axis=1) >= 0).all()
    assert result.quantiles.min(initial=0) >= 0
    assert result.quantiles.max(initial=0) <= total * (1 + 1e-12)
    assert (np.diff(result.mean) >= 0).all()
    assert (result.mean <= total + 1e-9).all()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(2, 150))
def test_the_order_of_rows_changes_nothing(seed: int, size: int) -> None:
    history = book(seed, size)
    invoices = open_at(history)
    shuffled = history.sample(fraction=1.0, shuffle=True, seed=seed)
    first = expected_receipts(history, invoices, origin=ORIGIN, horizon=30)
    second = expected_receipts(shuffled, invoices.reverse(), origin=ORIGIN, horizon=30)
    assert (second.chances[::-1] == first.chances).all()
    np.testing.assert_allclose(second.quantiles, first.quantiles, rtol=1e-12, atol=1e-9)
    assert second.law == first.law


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), back=st.integers(0, 200))
def test_what_is_not_known_at_the_origin_changes_nothing(seed: int, back: int) -> None:
    origin = ORIGIN - timedelta(days=back)
    history = book(seed, 150)
    invoices = open_at(history, origin)
    first = expected_receipts(history, invoices, origin=origin, horizon=30)
    dice = np.random.default_rng(seed)
    known = history.filter(pl.col("issue_date") < origin)
    future = history.filter(pl.col("issue_date") >= origin)
    late = known["paid_date"] >= origin
    moved = pl.Series([origin + timedelta(days=int(d)) for d in dice.integers(0, 400, known.height)], dtype=pl.Date)
    known = known.with_columns(paid_date=pl.when(late).then(moved).otherwise("paid_date"))
    future = future.with_columns(
        pl.col("client_id", "amount", "due_date").shuffle(seed=seed),
        paid_date=pl.lit(origin) + pl.duration(days=pl.int_range(pl.len())),
    )
    second = expected_receipts(pl.concat([known, future]), invoices, origin=origin, horizon=30)
    assert (second.chances == first.chances).all()
    assert (second.quantiles == first.quantiles).all()


def said(rows: list[tuple[str, int, float, str]]) -> pl.DataFrame:
    """SAID: parts of invoices expected some days after the origin."""
    dated = [(name, ORIGIN + timedelta(days=day), part, kind) for name, day, part, kind in rows]
    return pl.DataFrame(dated, schema=SAID, orient="row")


def test_what_people_said_brings_nothing_before_its_day_and_nearly_all_on_it() -> None:
    history = book(1, 200)
    invoices = open_at(history).head(3)
    one, two, three = invoices["id"].to_list()
    parts = said([(one, 10, 1.0, "promise"), (two, 5, 0.25, "plan"), (two, 20, 0.75, "plan"), (three, 40, 1.0, "expected")])
    promised, planned, later = expected_receipts(history, invoices, origin=ORIGIN, horizon=30, said=parts).chances
    assert promised[9] == 0
    assert promised[10] >= 0.9
    assert planned[4] == 0
    assert 0.225 <= planned[5] <= planned[19] <= 0.25
    assert planned[20] >= 0.9
    assert later.max() == 0
    plain = expected_receipts(history, invoices, origin=ORIGIN, horizon=30).chances
    assert (expected_receipts(history, invoices, origin=ORIGIN, horizon=30, said=said([])).chances == plain).all()


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.floats(0, 500), min_size=1, max_size=20),
    deviation=st.floats(0, 2000),
    bias=st.floats(-4, 4),
    spread=st.floats(0.1, 3),
    rest=st.floats(0, 1000),
)
def test_what_is_expected_lies_within_its_own_band(
    steps: list[float], deviation: float, bias: float, spread: float, rest: float
) -> None:
    mean = np.cumsum(steps)
    total = float(mean[-1] + rest)
    band = quantiles(mean, np.full(len(mean), deviation), ErrorLaw(bias, spread, 10), total)
    assert (band[P10] <= mean).all()
    assert (mean <= band[P90]).all()
    assert (np.diff(band, axis=0) >= 0).all()
    assert (np.diff(band, axis=1) >= 0).all()
    assert band.min() >= 0
    assert band.max() <= total


def test_without_past_errors_the_band_has_its_starting_width() -> None:
    history = book(1, 40, days=30)
    result = expected_receipts(history, open_at(history), origin=ORIGIN, horizon=30)
    assert (result.law.bias, result.law.count) == (0.0, 0)
    assert abs(result.law.spread - PRIOR_SPREAD) < 1e-12
    assert result.behaviour.is_starting


def test_old_invoices_that_nobody_paid_yet_are_no_history() -> None:
    unpaid = book(1, 20).with_columns(paid_date=pl.lit(None, pl.Date))
    assert expected_receipts(unpaid, unpaid.drop("paid_date"), origin=ORIGIN, horizon=30).behaviour.is_starting
    old = book(1, 20)
    assert not expected_receipts(old, open_at(old), origin=ORIGIN, horizon=30).behaviour.is_starting


def test_the_band_is_as_wide_as_past_forecasts_were_wrong() -> None:
    steady = book(2, 300, days=500, spread=-4)
    shaken = steady.with_columns(
        paid_date=pl.when((pl.col("issue_date").dt.month() % 3 == 0) & (pl.col("paid_date") < ORIGIN - timedelta(days=45)))
        .then(pl.col("paid_date") + pl.duration(days=40))
        .otherwise("paid_date")
    )
    laws = [expected_receipts(frame, open_at(frame), origin=ORIGIN, horizon=30).law for frame in (steady, shaken)]
    assert laws[0].count > 100
    assert laws[1].spread > 1.2 * laws[0].spread


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(2, 150), place=st.integers(0, 149), batch=st.sampled_from([1, 500, 60_000]))
def test_past_forecasts_that_were_kept_are_those_made_anew(seed: int, size: int, place: int, batch: int) -> None:
    history = book(seed, size)
    unpaid = history.with_row_index("n").with_columns(
        paid_date=pl.when(pl.col("n") != place % size).then("paid_date")
    )  # as before a payment was matched
    for facts in (history, unpaid, history.tail(-1)):
        invoices = open_at(facts)
        kept = expected_receipts(facts, invoices, origin=ORIGIN, horizon=30)
        past._KEPT.clear()
        with patch.object(past, "BATCH", batch):
            anew = expected_receipts(facts, invoices, origin=ORIGIN, horizon=30)
        assert kept.past.by_client.equals(anew.past.by_client)
        assert np.array_equal(kept.quantiles, anew.quantiles)
        assert np.array_equal(kept.past.scores, anew.past.scores)
