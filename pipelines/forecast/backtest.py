"""Past forecasts of receipts against what came: the error, the coverage of the bands, the clients most often misjudged.

A forecast that was kept on its day speaks for its week. For weeks without one the forecast is made again, with what
was dated before; unlike the kept one it knows of imports that came later.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from models.money import MONEY, ZERO
from models.tables import Schema, conform
from pipelines.forecast.bands import MONTH, PAST_DAYS, WEEK, Coverage, coverage
from pipelines.forecast.history import open_invoices
from pipelines.forecast.incoming import IS_ASIDE, Incoming
from pipelines.forecast.items import to_cents, to_money
from pipelines.ledger import Ledger
from pipelines.parties import client_names
from pipelines.receivables import only_counting

#: One row per past forecast and number of days after which it is compared, the latest forecast first. Amounts are
#: cumulative receipts from the invoices that were open at the end of `as_of`.
PAST_FORECASTS: Schema = {
    "as_of": pl.Date,
    "kind": pl.String,  # kept | made_again
    "days": pl.Int64,
    "day": pl.Date,
    "open_total": MONEY,
    "expected": MONEY,
    "p10": MONEY,
    "p90": MONEY,
    "came": MONEY,
    "is_within": pl.Boolean,  # the band held it
}

#: One row per client, the worst misjudged first. Means per forecast, over 30 days.
MISSES: Schema = {
    "client_id": pl.String,
    "client": pl.String,
    "expected": MONEY,
    "came": MONEY,
    "miss": MONEY,  # mean of the differences, whatever their sign
    "n": pl.Int64,  # forecasts in which it had open invoices
}

#: The months looked at, in weeks; the clients named.
WEEKS, WORST = 26, 10
_WEEK_ENDS = (7, 14, 21, 28)


@dataclass(frozen=True)
class BackTest:
    """Past forecasts and what came of them.

    Attributes:
        forecasts: PAST_FORECASTS whose days have passed.
        misses: MISSES.
        wape: sum of the differences after 30 days, as a share of what came; None without a past forecast or receipts.
        bias: the same with their sign: above 0, more was expected than came.
        weekly: as `wape`, of the four weeks one by one.
        coverage: how many bands held what came.
        is_starting: the history is too short for a measure of one's own.
    """

    forecasts: pl.DataFrame
    misses: pl.DataFrame
    wape: float | None
    bias: float | None
    weekly: float | None
    coverage: Coverage
    is_starting: bool


def back_test(ledger: Ledger, coming: Incoming, kept: pl.DataFrame, *, as_of: date, currency: str) -> BackTest:
    """The forecasts of the last WEEKS weeks before `as_of`, compared.

    Args:
        ledger: the facts.
        coming: the receipts forecast as of `as_of`, with the past forecasts made again.
        kept: KEPT_FORECASTS (`pipelines.forecast.snapshots`).
        as_of: what came is known up to its end.
        currency: of the amounts.
    """
    since = as_of - timedelta(days=WEEK * (WEEKS + 1) + MONTH)
    own = _kept(ledger, kept.filter(pl.col("as_of") >= since), as_of=as_of, currency=currency)
    again = _made_again(coming).filter(pl.col("as_of") >= since)
    week = pl.col("as_of").dt.truncate("1w")
    again = again.join(own.select(week=week).unique(), left_on=week, right_on="week", how="anti")
    forecasts = pl.concat([own, again]).filter(pl.col("day") <= as_of).sort(["as_of", "days"], descending=[True, False])
    held = forecasts.select("days", "p10", "p90", "came", is_known=pl.lit(value=True)).with_columns(
        pl.col("p10", "p90", "came").cast(pl.Float64)
    )
    month = forecasts.filter(pl.col("days") == MONTH)
    return BackTest(
        forecasts=forecasts,
        misses=_misses(ledger, coming, since=since),
        wape=_share(month, (pl.col("expected") - pl.col("came")).abs()),
        bias=_share(month, pl.col("expected") - pl.col("came")),
        weekly=_weekly(forecasts),
        coverage=coverage(held),
        is_starting=coming.receipts.behaviour.is_starting,
    )


def _share(rows: pl.DataFrame, difference: pl.Expr) -> float | None:
    """The sum of the differences as a share of what came."""
    sums = rows.select(off=difference.cast(pl.Float64).sum(), came=pl.col("came").cast(pl.Float64).sum()).row(0)
    return float(sums[0] / sums[1]) if sums[1] else None


def _weekly(forecasts: pl.DataFrame) -> float | None:
    """The error of each of the four weeks after each forecast all of whose weeks have passed."""
    ends = forecasts.filter(pl.col("days").is_in(_WEEK_ENDS)).sort("as_of", "days")
    whole = ends.filter(pl.len().over("as_of") == len(_WEEK_ENDS))
    steps = whole.with_columns(
        pl.col(name) - pl.col(name).shift(1, fill_value=ZERO).over("as_of") for name in ("expected", "came")
    )
    return _share(steps, (pl.col("expected") - pl.col("came")).abs())


def _made_again(coming: Incoming) -> pl.DataFrame:
    """PAST_FORECASTS of the weeks made again; an origin is the day after its as-of date."""
    weeks = coming.receipts.past.weeks().filter("is_known")
    amounts = {
        name: pl.Series(to_money(to_cents(weeks[column].to_numpy())), dtype=MONEY)
        for name, column in {"open_total": "total", "expected": "expected", "p10": "p10", "p90": "p90", "came": "came"}.items()
    }
    return weeks.select("days", as_of=pl.col("origin") - timedelta(days=1)).with_columns(**amounts).pipe(_finished, "made_again")


def _kept(ledger: Ledger, kept: pl.DataFrame, *, as_of: date, currency: str) -> pl.DataFrame:
    """PAST_FORECASTS of the forecasts kept on their day, one a week, the first of it."""
    own = kept.filter(pl.col("currency") == currency)
    firsts: list[date] = (
        own.group_by(pl.col("as_of").dt.truncate("1w").alias("week")).agg(pl.col("as_of").min())["as_of"].to_list()
    )
    parts = [_came(ledger, own.filter(pl.col("as_of") == day), day, as_of=as_of, currency=currency) for day in sorted(firsts)]
    return pl.concat([pl.DataFrame(schema=PAST_FORECASTS), *parts])


def _came(ledger: Ledger, kept: pl.DataFrame, made_on: date, *, as_of: date, currency: str) -> pl.DataFrame:
    """One kept forecast with what its invoices brought by each of its days."""
    asked = open_invoices(ledger, as_of=made_on, currency=currency).filter(~IS_ASIDE).select("document_id")
    received = (
        only_counting(ledger.allocations, as_of=as_of)
        .filter(pl.col("source").is_in(["bank", "declared"]) & (pl.col("counts_from") > made_on))
        .join(asked, on="document_id", how="semi")
        .select(days=(pl.col("counts_from") - pl.lit(made_on)).dt.total_days(), came="amount")
    )
    rows = kept.with_columns(days=(pl.col("day") - pl.col("as_of")).dt.total_days()).filter(
        pl.col("days").is_in(PAST_DAYS.tolist())
    )
    came = [received.filter(pl.col("days") <= days)["came"].sum() or ZERO for days in rows["days"]]
    return (
        rows.rename({"receipts": "expected", "receipts_p10": "p10", "receipts_p90": "p90"})
        .with_columns(came=pl.Series(came, dtype=MONEY))
        .pipe(_finished, "kept")
    )


def _finished(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """PAST_FORECASTS; a cent of rounding is no miss."""
    cent = pl.lit(0.01).cast(MONEY)
    is_within = (pl.col("came") >= pl.col("p10") - cent) & (pl.col("came") <= pl.col("p90") + cent)
    day = pl.col("as_of") + pl.duration(days="days")
    return rows.with_columns(kind=pl.lit(kind), day=day, is_within=is_within).pipe(conform, PAST_FORECASTS)


def _misses(ledger: Ledger, coming: Incoming, *, since: date) -> pl.DataFrame:
    """MISSES of the forecasts made again whose 30 days have passed."""
    past = coming.receipts.past
    first = (since - date(1970, 1, 1)).days
    counted = np.flatnonzero(past.is_known[:, -1] & (past.origins > first)).tolist()
    sums = (
        past.by_client.filter(pl.col("origin").is_in(counted))
        .group_by("client")
        .agg(
            pl.col("expected", "came").mean(), miss=(pl.col("expected") - pl.col("came")).abs().mean(), n=pl.len().cast(pl.Int64)
        )
        .sort("miss", "client", descending=[True, False])
        .head(WORST)
    )
    names = client_names(ledger.clients, ledger.documents)
    amounts = {name: pl.Series(to_money(to_cents(sums[name].to_numpy())), dtype=MONEY) for name in ("expected", "came", "miss")}
    client_id = coming.receipts.behaviour.names.gather(sums["client"])
    return (
        sums.select("n", client_id=client_id)
        .with_columns(**amounts)
        .join(names, on="client_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(client=pl.coalesce("client", "client_id"))
        .pipe(conform, MISSES)
    )
