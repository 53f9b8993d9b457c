"""How each client pays: curves, habits, and what may teach them."""

from datetime import date, timedelta
from typing import cast

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from models.texts import Texts
from pipelines.behaviour import HABITS, HISTORY, habit_sentence, only_complete, paid_probabilities, payment_habits
from pipelines.forecast.arrays import EARLIEST, Floats
from pipelines.forecast.prior import prior_hazard, prior_mean_delay

ORIGIN = date(2026, 7, 6)  # a Monday
Row = tuple[str, date, date, date | None]


def history(rows: list[Row]) -> pl.DataFrame:
    """One invoice of 100.00 per (client, issue, due, paid)."""
    return pl.DataFrame([(f"I{n:04}", *row, 100.0, 1.0) for n, row in enumerate(rows)], schema=HISTORY, orient="row")


def regular(client: str, delay: int, *, count: int = 50, step: int = 5, phase: int = 0) -> list[Row]:
    """An invoice every few days with 30-day terms, always paid `delay` days after its due date; the last ones are still open."""
    rows: list[Row] = []
    for k in range(count):
        issue = ORIGIN - timedelta(days=step * k + 1 + phase)
        due = issue + timedelta(days=30)
        paid = due + timedelta(days=delay)
        rows.append((client, issue, due, paid if paid < ORIGIN else None))
    return rows


def only_open(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("paid_date").is_null())


def chances(frame: pl.DataFrame, invoices: pl.DataFrame, horizon: int = 60, origin: date = ORIGIN) -> Floats:
    return paid_probabilities(frame, invoices, origin=origin, horizon=horizon)


def invoice(client: str, due: date, terms: int = 30) -> pl.DataFrame:
    return history([(client, due - timedelta(days=terms), due, None)])


def test_a_client_is_expected_when_it_usually_pays() -> None:
    frame = history(regular("prompt", -1) + regular("late", 20, phase=3))
    due = ORIGIN + timedelta(days=10)
    prompt, late = (chances(frame, invoice(client, due))[0] for client in ("prompt", "late"))
    assert prompt[11] > 0.85
    assert late[15] < 0.1
    assert late[33] > 0.85


def test_chances_never_fall_and_stay_between_0_and_1() -> None:
    frame = history(regular("a", 4) + regular("b", 40, phase=2) + regular("c", -12, count=3))
    p = chances(frame, only_open(frame), horizon=90)
    assert (np.diff(p, axis=1) >= 0).all()
    assert p.min() > 0
    assert p.max() < 1


def test_an_invoice_that_outlived_the_habit_is_less_sure_than_a_fresh_one() -> None:
    frame = history(regular("a", 2) + regular("b", 3, phase=1))
    fresh = chances(frame, invoice("a", ORIGIN), horizon=7)[0, -1]
    stale = chances(frame, invoice("a", ORIGIN - timedelta(days=80)), horizon=7)[0, -1]
    assert fresh > 0.9
    assert stale < 0.4


def test_the_order_of_rows_changes_nothing() -> None:
    frame = history(regular("a", 4) + regular("b", 15, phase=2) + regular("c", 0, count=8))
    invoices = only_open(frame)
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=3)
    order = np.random.default_rng(5).permutation(invoices.height)
    assert (chances(shuffled, invoices[order]) == chances(frame, invoices)[order]).all()


def test_nothing_dated_on_the_origin_or_later_changes_a_forecast() -> None:
    frame = history(regular("a", 4) + regular("b", 15, phase=2))
    origin = ORIGIN - timedelta(days=40)
    is_known = pl.col("issue_date") < origin
    invoices = frame.filter(is_known & (pl.col("paid_date").is_null() | (pl.col("paid_date") >= origin)))
    before = chances(frame, invoices, origin=origin)
    unknowable = pl.col("paid_date").is_null() | (pl.col("paid_date") >= origin)
    changed = frame.with_columns(
        paid_date=pl.when(unknowable).then(pl.lit(origin + timedelta(days=1))).otherwise("paid_date"),
        due_date=pl.when(is_known).then("due_date").otherwise(pl.lit(origin + timedelta(days=300))),
        client_id=pl.when(is_known).then("client_id").otherwise(pl.lit("b")),
        amount=pl.when(is_known).then("amount").otherwise(pl.lit(9e9)),
    )
    assert (chances(changed, invoices, origin=origin) == before).all()
    assert (chances(frame.filter(is_known), invoices, origin=origin) == before).all()


def test_old_open_invoices_without_their_paid_siblings_teach_nothing() -> None:
    frame = history(regular("a", 4, count=20))
    imported = history([("a", date(2025, 9, 1) + timedelta(days=k), date(2025, 10, 1), None) for k in range(40)])
    together = pl.concat([frame, imported.with_columns(id=pl.lit("old") + pl.col("id"))])
    assert (chances(together, only_open(frame)) == chances(frame, only_open(frame))).all()
    first_paid = frame["paid_date"].min()
    assert only_complete(together, origin=ORIGIN).filter(pl.col("issue_date") < first_paid).is_empty()


def test_for_a_new_client_each_known_client_counts_once_however_many_invoices_it_has() -> None:
    large = regular("large", 25, count=300, step=1)
    small = [row for n in range(20) for row in regular(f"small{n:02}", 0, count=7, step=48, phase=n)]
    frame = history(large + small)
    due = ORIGIN + timedelta(days=7)  # with 30-day terms, as all others
    assert chances(frame, invoice("new", due))[0, 12] > 0.8  # twenty clients of twenty-one pay on the due date
    assert chances(frame, invoice("large", due))[0, 12] < 0.1


def test_parts_paid_on_one_day_say_what_the_whole_invoice_says() -> None:
    frame = history(regular("a", 4) + regular("b", 15, phase=2) + regular("c", 0, count=3))
    halves = pl.concat([frame.with_columns(amount=part * pl.col("amount"), share=pl.lit(part)) for part in (0.25, 0.75)])
    invoices = only_open(frame)
    np.testing.assert_allclose(chances(halves, invoices), chances(frame, invoices), rtol=1e-9)


def test_a_part_paid_early_counts_by_its_share() -> None:
    def of_parts(share: float) -> pl.DataFrame:
        frame = history(regular("a", 20))
        early = frame.with_columns(
            paid_date=pl.when(pl.col("due_date") < ORIGIN).then("due_date"), share=pl.lit(share), amount=100 * pl.lit(share)
        )
        late = frame.with_columns(share=pl.lit(1 - share), amount=100 * pl.lit(1 - share))
        return pl.concat([early, late])

    due = ORIGIN + timedelta(days=2)
    by_share = [chances(of_parts(share), invoice("a", due))[0, 6] for share in (0.1, 0.5, 0.9)]
    assert by_share == sorted(by_share)
    assert by_share[0] < 0.3
    assert by_share[2] > 0.7


def test_habits_count_a_part_by_its_share() -> None:
    issue, due = date(2026, 1, 1), date(2026, 1, 31)
    row = ("a", issue, due)
    parts = [("I1", *row, due + timedelta(days=10), 80.0, 0.8), ("I1", *row, due + timedelta(days=40), 20.0, 0.2)]
    frame = pl.DataFrame(parts, schema=HISTORY, orient="row")
    expected = pl.DataFrame([("a", 1, 16.0, 10, 10, 40)], schema=HABITS, orient="row")
    assert_frame_equal(payment_habits(frame, as_of=date(2026, 4, 30)), expected)


def test_without_any_history_the_prior_speaks() -> None:
    p = chances(history([]), invoice("new", ORIGIN + timedelta(days=29)))[0]
    assert 0.30 < p[29] < 0.62  # 46 % by the due date, moved a little by weekends
    hazard = prior_hazard()
    unpaid = np.cumprod(1 - hazard[-30 - EARLIEST :])
    assert unpaid[30] == pytest.approx(0.54)
    assert unpaid[60] == pytest.approx(0.08)
    assert 0 < prior_mean_delay() < 15
    assert ((hazard > 0) & (hazard < 1)).all()


def test_a_bank_holiday_counts_as_a_sunday() -> None:
    def worked(day: date) -> date:
        while day.weekday() >= 5 or day in {date(2026, 5, 1), date(2026, 5, 8), date(2026, 5, 14), date(2026, 5, 25)}:
            day += timedelta(days=1)
        return day

    rows: list[Row] = []
    for k in range(1, 330):
        issue = ORIGIN - timedelta(days=k)
        paid = worked(issue + timedelta(days=30 + k % 9))
        rows.append((f"c{k % 5}", issue, issue + timedelta(days=30), paid if paid < ORIGIN else None))
    frame = history(rows)
    daily = np.diff(chances(frame, invoice("c1", date(2026, 7, 13)), horizon=14)[0], prepend=0)
    holiday, day_after = (date(2026, 7, 14) - ORIGIN).days, (date(2026, 7, 15) - ORIGIN).days
    assert daily[holiday] < 0.2 * daily[day_after]


def test_a_bank_holiday_on_which_clients_did_pay_is_a_day_like_others() -> None:
    rows: list[Row] = []
    for k in range(1, 330):
        issue = ORIGIN - timedelta(days=k)
        for n in range(3):  # on every day of the year, Sundays aside
            paid = issue + timedelta(days=30 + n)
            paid += timedelta(days=paid.weekday() == 6)
            rows.append((f"c{n}", issue, issue + timedelta(days=30), paid if paid < ORIGIN else None))
    daily = np.diff(chances(history(rows), invoice("c1", date(2026, 7, 13)), horizon=14)[0], prepend=0)
    assert daily[(date(2026, 7, 14) - ORIGIN).days] > 0.3


def test_habits_are_counted_over_the_last_year_as_known_that_day() -> None:
    issue, due = date(2026, 1, 1), date(2026, 1, 31)
    rows: list[Row] = [("a", issue, due, due + timedelta(days=d)) for d in (3, 5, 12, 20, 25)]
    rows += [("a", issue, due, date(2026, 5, 1)), ("a", issue, due, None)]
    rows += [("a", date(2024, 1, 1), date(2024, 1, 31), date(2024, 9, 1)), ("b", issue, due, date(2026, 1, 30))]
    expected = pl.DataFrame([("a", 5, 13.0, 3, 12, 25), ("b", 1, -1.0, -1, -1, -1)], schema=HABITS, orient="row")
    assert_frame_equal(payment_habits(history(rows), as_of=date(2026, 4, 30)), expected)


class English:
    """Sentences as they are written, without a catalogue."""

    def t(self, message: str, /, **fields: object) -> str:
        """The sentence, completed."""
        return message.format(**fields)

    def number(self, value: float) -> str:
        """The number as Python writes it."""
        return str(value)


@pytest.mark.parametrize(
    ("habit", "sentence"),
    [
        ((20, 3, 12, 25), "Usually pays 12 days late, 8 times out of 10 between 3 and 25 days (20 payments)."),
        ((9, -8, -3, -1), "Usually pays 3 days before the due date, 8 times out of 10 between 1 and 8 days early (9 payments)."),
        ((20, -2, 0, 25), "Usually pays on the due date, 8 times out of 10 from 2 d early to 25 d late (20 payments)."),
        ((9, 1, 1, 1), "Usually pays one day late (9 payments)."),
        ((9, -8, -3, 1), "Usually pays 3 days before the due date, 8 times out of 10 from 8 d early to 1 d late (9 payments)."),
        ((2, 3, 12, 25), "Too few payments to speak of a habit (2)."),
    ],
)
def test_a_habit_reads_as_a_sentence(habit: tuple[int, int, int, int], sentence: str) -> None:
    n_paid, p10, p50, p90 = habit
    assert habit_sentence(cast("Texts", English()), n_paid=n_paid, p10=p10, p50=p50, p90=p90) == sentence
