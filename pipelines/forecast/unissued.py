"""Receipts from invoices that are not issued yet: a line of their own, never mixed with what open invoices bring.

Clients who are invoiced regularly get their next invoices, with their usual amount and terms and their own habit to
pay. All others together bring what they brought in the same number of days after past days, on average.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from models.tables import Schema, conform
from pipelines.behaviour import Behaviour
from pipelines.forecast.arrays import WINDOW, Days, Floats, OpenRows, day_date, day_numbers
from pipelines.forecast.hazards import paid_by

#: One row per invoice expected of a client who is invoiced regularly, by issue date and client.
TO_ISSUE: Schema = {
    "client_id": pl.String,
    "issue_date": pl.Date,
    "due_date": pl.Date,
    "amount": pl.Float64,  # the median of the last three
    "every_days": pl.Int64,
    "n": pl.Int64,  # invoicing days seen
    "p_paid": pl.Float64,  # by the last day of the forecast
}

#: Past days whose sequel is averaged, so many days apart; fewer than the least make no run rate.
SNAPSHOTS, STEP, LEAST_SNAPSHOTS = 8, 7, 4
#: A client is invoiced regularly if so many invoicing days are this near to their rhythm, in days and as a share of it.
LEAST_TIMES, NEAR_DAYS, NEAR_SHARE = 4, 3, 0.15
#: Its amounts are regular if their middle half spans less than this share of the median.
STEADY = 0.25
#: Share of the gaps that must be near the rhythm.
EVEN_SHARE = 0.75
#: Weekly to yearly.
_SHORTEST, _LONGEST = 6, 370
_LAST = 3


@dataclass(frozen=True)
class Unissued:
    """Cumulative receipts expected of invoices to come.

    Attributes:
        run_rate: those of clients without a rhythm, (horizon); zeros without enough past days.
        regular: those of TO_ISSUE, (horizon).
        invoices: TO_ISSUE.
        snapshots: how many past days the run rate averages; 0 if there are too few.
    """

    run_rate: Floats
    regular: Floats
    invoices: pl.DataFrame
    snapshots: int

    @property
    def mean(self) -> Floats:
        """Both together, by day."""
        return self.run_rate + self.regular


def unissued_receipts(history: pl.DataFrame, behaviour: Behaviour, *, horizon: int) -> Unissued:
    """What invoices issued from the origin on should bring by the end of each day.

    Args:
        history: HISTORY (`pipelines.behaviour`).
        behaviour: what is learnt of it at the origin.
        horizon: number of days.
    """
    origin = day_date(behaviour.origin)
    known = history.filter(pl.col("issue_date") < origin).with_columns(
        paid_date=pl.when(pl.col("paid_date") < origin).then("paid_date")
    )
    rhythms = regular_clients(known, origin=origin)
    coming = _next_invoices(rhythms, origin, horizon)
    chances = _chances_from_issue(coming, behaviour, horizon)
    coming = coming.with_columns(p_paid=pl.Series(chances[:, -1] if horizon else [], dtype=pl.Float64)).pipe(conform, TO_ISSUE)
    rest = known.join(rhythms.select("client_id"), on="client_id", how="anti")
    first = known["paid_date"].min()
    run_rate, snapshots = np.zeros(horizon), 0
    if isinstance(first, date):
        run_rate, snapshots = _run_rate(rest, (first - date(1970, 1, 1)).days, behaviour.origin, horizon)
    return Unissued(run_rate, coming["amount"].to_numpy() @ chances, coming, snapshots)


def _run_rate(history: pl.DataFrame, first: int, origin: int, horizon: int) -> tuple[Floats, int]:
    """The mean of what came, by each day after past days, of invoices issued since; and of how many past days."""
    starts = [day for n in range(SNAPSHOTS) if (day := origin - horizon - STEP * n) >= first]
    if len(starts) < LEAST_SNAPSHOTS:
        return np.zeros(horizon), 0
    issue, paid = day_numbers(history["issue_date"]), day_numbers(history["paid_date"])
    amount = history["amount"].to_numpy()
    came = np.zeros(horizon)
    for start in starts:
        new = (issue >= start) & (paid < start + horizon)
        after = np.maximum(paid[new], issue[new]) - start
        came += np.bincount(after, amount[new], minlength=horizon)[:horizon]
    return np.cumsum(came) / len(starts), len(starts)


def regular_clients(history: pl.DataFrame, *, origin: date) -> pl.DataFrame:
    """One row per client invoiced in a steady rhythm in the last year: client_id, last_date, every_days, amount, terms, n.

    The rhythm is the median gap between invoicing days; three gaps in four are near it, the amounts are steady, and the
    next day has not passed by more than the allowed deviation.
    """
    days = (
        history.filter(pl.col("issue_date") >= origin - timedelta(days=WINDOW))
        .with_columns(terms=(pl.col("due_date") - pl.col("issue_date")).dt.total_days())
        .group_by("client_id", "issue_date")
        .agg(amount=pl.col("amount").sum(), terms=pl.col("terms").max())
        .sort("client_id", "issue_date")
        .with_columns(gap=pl.col("issue_date").diff().dt.total_days().over("client_id"))
        .with_columns(every=pl.col("gap").median().over("client_id"))
        .with_columns(near=pl.max_horizontal(pl.lit(NEAR_DAYS), pl.col("every") * NEAR_SHARE))
    )
    spread = pl.col("amount").quantile(0.75) - pl.col("amount").quantile(0.25)
    return (
        days.group_by("client_id", maintain_order=True)
        .agg(
            last_date=pl.col("issue_date").last(),
            every_days=pl.col("every").first().round().cast(pl.Int64),
            near=pl.col("near").first(),
            is_even=((pl.col("gap") - pl.col("every")).abs() <= pl.col("near")).drop_nulls().mean() >= EVEN_SHARE,
            is_steady=spread <= STEADY * pl.col("amount").median(),
            amount=pl.col("amount").tail(_LAST).median(),
            terms=pl.col("terms").median().round().cast(pl.Int64),
            n=pl.len().cast(pl.Int64),
        )
        .filter(
            pl.col("n") >= LEAST_TIMES,
            pl.col("every_days").is_between(_SHORTEST, _LONGEST),
            "is_even",
            "is_steady",
            (pl.lit(origin) - pl.col("last_date")).dt.total_days() <= pl.col("every_days") + pl.col("near"),
        )
        .select("client_id", "last_date", "every_days", "amount", "terms", "n")
        .sort("client_id")
    )


def _next_invoices(rhythms: pl.DataFrame, origin: date, horizon: int) -> pl.DataFrame:
    """TO_ISSUE in the horizon; a rhythm of about a month keeps the day of the month. One that is late comes on the first day."""
    times = horizon // _SHORTEST + 1
    every, last = pl.col("every_days"), pl.col("last_date")
    is_monthly = every.is_between(28, 33)
    months = pl.concat_str(pl.col("time").cast(pl.String), pl.lit("mo"))
    nominal = pl.when(is_monthly).then(last.dt.offset_by(months)).otherwise(last + pl.duration(days=every * pl.col("time")))
    return (
        rhythms.join(pl.DataFrame({"time": range(1, times + 2)}), how="cross")
        .with_columns(issue_date=nominal)
        .with_columns(issue_date=pl.max_horizontal("issue_date", pl.lit(origin)))
        .filter(pl.col("issue_date") < origin + timedelta(days=horizon))
        .unique(["client_id", "issue_date"])
        .with_columns(due_date=pl.col("issue_date") + pl.duration(days="terms"))
        .sort("issue_date", "client_id")
    )


def _chances_from_issue(coming: pl.DataFrame, behaviour: Behaviour, horizon: int) -> Floats:
    """Chance that each is paid by the end of each day: nothing before its issue, then its client's curve from that day."""
    codes: dict[str, int] = dict(zip(behaviour.names.to_list(), range(len(behaviour.names)), strict=True))
    rows = OpenRows(
        origin=np.zeros(coming.height, dtype=np.int64),
        client=np.array([codes[name] for name in coming["client_id"]], dtype=np.int64),
        issue=day_numbers(coming["issue_date"]),
        due=day_numbers(coming["due_date"]),
        amount=coming["amount"].to_numpy(),
    )
    if not coming.height:
        return np.zeros((0, horizon))
    chances = paid_by(behaviour.curves, rows, horizon)
    issued: Days = rows.issue - behaviour.origin
    before = np.where(issued > 0, chances[np.arange(len(issued)), np.maximum(issued - 1, 0)], 0.0)
    from_issue = 1 - (1 - chances) / (1 - before)[:, None]
    return np.where(np.arange(horizon) >= issued[:, None], from_issue, 0.0)
