"""Receipts of invoices not issued yet: the run rate, and clients who are invoiced in a rhythm."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from test_forecast_receipts import ORIGIN, book, open_at

from pipelines.behaviour import HISTORY
from pipelines.forecast.receipts import expected_receipts
from pipelines.forecast.unissued import Unissued, regular_clients, unissued_receipts

Row = tuple[str, date, date, date | None, float]


def history(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame([(f"I{n}", *row, 1.0) for n, row in enumerate(rows)], schema=HISTORY, orient="row")


def unissued(frame: pl.DataFrame, horizon: int = 30) -> Unissued:
    learnt = expected_receipts(frame, open_at(frame), origin=ORIGIN, horizon=horizon).behaviour
    return unissued_receipts(frame, learnt, horizon=horizon)


def back(days: int) -> date:
    return ORIGIN - timedelta(days=days)


def monthly(client: str, count: int, *, day: int = 5, terms: int = 0, amount: float = 100.0) -> list[Row]:
    """An invoice on that day of each of the last months, paid on its due date."""
    rows: list[Row] = []
    for n in range(count):
        issue = date(2026 - (n > 5), (5 - n) % 12 + 1, day)
        due = issue + timedelta(days=terms)
        rows.append((client, issue, due, due if due < ORIGIN else None, amount))
    return rows


def test_the_run_rate_is_the_mean_of_what_new_invoices_brought_after_past_days() -> None:
    # Each of these is issued and paid inside the thirty days after each of the eight snapshots that it follows.
    rows: list[Row] = [("old", back(300), back(290), back(280), 1.0)]
    rows += [("a", back(40), back(40), back(31), 800.0), ("b", back(5), back(5), back(2), 160.0)]
    found = unissued(history(rows))
    # a: the snapshots of 44, 51 and 58 days ago see it; 37 days ago it was issued before, 65 days ago it was paid too late.
    # b: only the snapshot of 30 days ago sees it; 37 days ago its thirty days ended before.
    assert found.snapshots == 8
    assert found.run_rate[-1] == 800.0 * 3 / 8 + 160.0 / 8
    assert (np.diff(found.run_rate) >= 0).all()


def test_too_few_past_days_make_no_run_rate() -> None:
    rows: list[Row] = [("a", back(45), back(40), back(40), 10.0), ("b", back(20), back(20), back(10), 10.0)]
    found = unissued(history(rows))
    assert (found.snapshots, found.mean.max()) == (0, 0.0)


def test_a_client_invoiced_each_month_gets_its_next_invoice_on_that_day() -> None:
    found = unissued(history(monthly("rent", 10, day=20)))
    assert found.invoices.select("client_id", "issue_date", "amount", "n").rows() == [("rent", date(2026, 7, 20), 100.0, 10)]
    offset = (date(2026, 7, 20) - ORIGIN).days
    assert found.regular[offset - 1] == 0
    assert found.regular[-1] > 60
    assert found.run_rate.max() == 0  # the one client with a rhythm is in no run rate


def test_irregular_days_unsteady_amounts_and_rhythms_that_ended_are_no_rhythm() -> None:
    uneven: list[Row] = [("u", back(d), back(d), back(d - 1), 10.0) for d in (200, 190, 120, 110, 40, 5)]
    unsteady: list[Row] = [("s", d, d, d, 10.0 * 3**n) for n, (_, d, *_) in enumerate(monthly("s", 8))]
    ended: list[Row] = [row for row in monthly("e", 11) if row[1] < back(80)]
    assert regular_clients(history(uneven + unsteady + ended), origin=ORIGIN).is_empty()


def test_a_partly_paid_rhythm_keeps_its_whole_amount() -> None:
    whole = history(monthly("c", 10, day=20))
    halves = pl.concat([whole.with_columns(amount=pl.lit(50.0), share=pl.lit(0.5))] * 2)
    assert unissued(halves).invoices["amount"].to_list() == [100.0]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), horizon=st.integers(1, 90))
def test_what_is_not_known_at_the_origin_changes_nothing(seed: int, horizon: int) -> None:
    frame = pl.concat([book(seed, 120), history(monthly("m", 10, day=12)).with_columns(id=pl.lit("m") + pl.col("id"))])
    cut = frame.filter(pl.col("issue_date") < ORIGIN).with_columns(
        paid_date=pl.when(pl.col("paid_date") < ORIGIN).then("paid_date")
    )
    learnt = expected_receipts(frame, open_at(frame), origin=ORIGIN, horizon=horizon).behaviour
    future = cut.with_columns(
        pl.lit(ORIGIN + timedelta(days=3)).alias("issue_date"), id=pl.lit("later") + pl.col("id"), amount=pl.lit(9e9)
    )
    first = unissued_receipts(cut, learnt, horizon=horizon)
    second = unissued_receipts(pl.concat([frame, future]), learnt, horizon=horizon)
    assert (first.mean == second.mean).all()
    assert (np.diff(first.mean) >= -1e-9).all()
    assert first.mean.min() >= 0
