"""How wide a band is: as wide as the program's own past forecasts were wrong.

Invoices are not independent, and no formula says how much. So the forecasts that the program would have made on the
past weeks are made again, each with what was known then, and compared with what came. Their errors, in standard
deviations, scale the band of today; and each of them has the band that it would have had, so that the share of them
that held, the coverage, is measured too.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import polars as pl

from pipelines.forecast.arrays import Days, Flags, Floats, day_date

#: The quantiles of a band: 5 % to 95 %, and where P10, P50 and P90 stand among them.
LEVELS = np.round(np.arange(0.05, 0.951, 0.05), 2)
P10, P50, P90 = 1, 9, 17
_NORMAL = np.array([NormalDist().inv_cdf(float(level)) for level in LEVELS])

#: Past origins: one per week.
WEEK = 7
#: After how many days a past forecast is compared with what came, and which of them the error law and the coverage use.
PAST_DAYS = np.array([3, 7, 14, 21, 28, 30])
MONTH = int(PAST_DAYS[-1])
_IN_LAW, _IN_COVERAGE = np.array([0, 1, 2, 3, 5]), np.array([1, 2, 3, 5])
#: The error law before any past error: no bias, PRIOR_SPREAD standard deviations wide, worth PRIOR_ERRORS errors; an
#: error weighs half as much every HALF_LIFE weeks.
PRIOR_SPREAD, PRIOR_ERRORS, HALF_LIFE = 1.2, 8.0, 26
#: Share of the variance that moves with the client rather than with each invoice; floor as a share of all that is open.
CLIENT_SHARE, FLOOR = 0.15, 0.005


@dataclass(frozen=True)
class ErrorLaw:
    """How far the program's own forecasts were off, in units of their computed standard deviation.

    `bias` is positive when more came than was expected; `count` is the number of past errors behind it.
    """

    bias: float
    spread: float
    count: int


@dataclass(frozen=True)
class Past:
    """Forecasts made again at past origins, the latest first, and what came: cumulative amounts after each of PAST_DAYS.

    Attributes:
        today: the origin of the forecast of today.
        origins: the past origins at which something was open.
        total: all that was open, (origins).
        mean, deviation, came: what was expected, its standard deviation and what came, (origins, PAST_DAYS).
        by_client: one row per origin and client with open invoices: origin (position), client (code), expected and came
            after the last of PAST_DAYS.
    """

    today: int
    origins: Days
    total: Floats
    mean: Floats
    deviation: Floats
    came: Floats
    by_client: pl.DataFrame

    @property
    def is_known(self) -> Flags:
        """Whether all of those days have passed, (origins, PAST_DAYS)."""
        return np.asarray(self.origins[:, None] + PAST_DAYS <= self.today)

    @property
    def scores(self) -> Floats:
        """The errors in standard deviations, (origins, PAST_DAYS)."""
        return np.asarray((self.came - self.mean) / np.maximum(self.deviation, 1e-9))

    def law(self, today: int | None = None) -> ErrorLaw:
        """The error law of what was known at the start of `today`, pulled towards PRIOR_SPREAD while errors are few."""
        today = self.today if today is None else today
        is_known = (self.origins[:, None] + PAST_DAYS <= today)[:, _IN_LAW]
        error = self.scores[:, _IN_LAW][is_known]
        age = np.broadcast_to((today - self.origins)[:, None] / WEEK, is_known.shape)[is_known]
        weight = 0.5 ** (age / HALF_LIFE)
        total = weight.sum() + PRIOR_ERRORS
        bias = float((weight * error).sum() / total)
        spread = float(np.sqrt(((weight * (error - bias) ** 2).sum() + PRIOR_ERRORS * PRIOR_SPREAD**2) / total))
        return ErrorLaw(bias, spread, len(error))

    def weeks(self) -> pl.DataFrame:
        """Each forecast with the band that it would have had, scaled by the errors known then.

        Returns:
            One row per origin and day compared, the latest origin first: origin (its date), days, total, expected, p10,
            p90, came, is_known (false: not all of those days have passed, what came is only so far).
        """
        bands = [
            quantiles(mean, deviation, self.law(int(origin)), float(total))[[P10, P90]]
            for origin, mean, deviation, total in zip(self.origins, self.mean, self.deviation, self.total, strict=True)
        ]
        band = np.stack(bands, axis=1) if bands else np.zeros((2, 0, len(PAST_DAYS)))
        each = len(PAST_DAYS)
        return pl.DataFrame(
            {
                "origin": pl.Series([day_date(day) for day in self.origins for _ in PAST_DAYS], dtype=pl.Date),
                "days": pl.Series(np.tile(PAST_DAYS, len(self.origins)), dtype=pl.Int64),
                "total": np.repeat(self.total, each),
                "expected": self.mean.ravel(),
                "p10": band[0].ravel(),
                "p90": band[1].ravel(),
                "came": self.came.ravel(),
                "is_known": self.is_known.ravel(),
            }
        )


@dataclass(frozen=True)
class Coverage:
    """How many of the program's own past bands held what came, after 7, 14, 21 and 30 days."""

    held: int
    count: int

    @property
    def share(self) -> float | None:
        """0 to 1; None without a past band."""
        return self.held / self.count if self.count else None


def coverage(weeks: pl.DataFrame) -> Coverage:
    """Of the weeks of `Past.weeks` whose days have passed; a cent of rounding is no miss."""
    known = weeks.filter("is_known", pl.col("days").is_in(PAST_DAYS[_IN_COVERAGE].tolist()))
    cent = 0.01
    holds = (pl.col("came") >= pl.col("p10") - cent) & (pl.col("came") <= pl.col("p90") + cent)
    return Coverage(known.filter(holds).height, known.height)


def summed(values: Floats, starts: Days) -> Floats:
    """The sums of the rows from each start to the next; reduceat refuses no rows at all."""
    return np.asarray(np.add.reduceat(values, starts, axis=0)) if len(values) else values


def moments(chances: Floats, amount: Floats, client: Days) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the cumulative cash of each day, the deviation with its floor."""
    deviation = amount[:, None] * np.sqrt(chances * (1 - chances))
    order = np.argsort(client, kind="stable")
    starts = np.flatnonzero(np.diff(client[order], prepend=-1))
    together = summed(deviation[order], starts)
    variance = (1 - CLIENT_SHARE) * (deviation**2).sum(axis=0) + CLIENT_SHARE * (together**2).sum(axis=0)
    return amount @ chances, np.sqrt(variance) + FLOOR * amount.sum()


def quantiles(mean: Floats, deviation: Floats, law: ErrorLaw, total: float) -> Floats:
    """The band: the mean moved and widened as past errors were, within 0 and all that is open, never falling.

    A few large past errors on one side can move it past the mean; its P10 and P90 keep the mean between them, for
    nobody can read an amount expected outside of its own band.
    """
    band = mean + deviation * (law.bias + law.spread * _NORMAL[:, None])
    band[: P10 + 1] = np.minimum(band[: P10 + 1], mean)
    band[P90:] = np.maximum(band[P90:], mean)
    return np.asarray(np.maximum.accumulate(np.clip(band, 0.0, total), axis=1))
