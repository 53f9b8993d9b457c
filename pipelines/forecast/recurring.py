"""Recurring movements of the bank accounts: rent, payroll, URSSAF, VAT, loans, subscriptions, and regular credits.

A flow is a label that comes back weekly, monthly or quarterly on the same day, give or take the shift to a working day.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

from models.money import MONEY
from models.tables import Schema
from pipelines.forecast.arrays import Days, Floats, day_number, day_numbers
from pipelines.forecast.working_days import WorkingDays, day_of_month, month_number, working_days

#: One row per flow found, by its next date, then label.
FLOWS: Schema = {
    "flow_id": pl.String,  # account, sign and label key
    "account_id": pl.String,
    "account": pl.String,
    "label": pl.String,  # the key: the label without digits, dates and accents
    "example": pl.String,  # the last label as the bank wrote it
    "n": pl.Int64,  # dates on which it was seen
    "period": pl.String,  # weekly | monthly | quarterly
    "day": pl.Int64,  # day of the month, 31 for its end; of a weekly flow the weekday, Monday 1
    "shift": pl.String,  # next | previous working day when that day is not worked
    "last_seen": pl.Date,
    "last_amount": MONEY,
    "amount": MONEY,  # typical: the median of the last three
    "is_active": pl.Boolean,  # seen within one and a half periods
    "next_dates": pl.List(pl.Date),  # expected in the horizon; none when it is not active
}

LEAST, GRACE = 3, 5
#: Days between the two sides of a transfer; days of the longest month.
_TRANSFER_DAYS, _LONGEST = 2, 31
#: Period -> usual length in days, least and most median gap, months (0: by weekday).
_PERIODS = {"weekly": (7.0, 5, 9, 0), "monthly": (30.4, 25, 36, 1), "quarterly": (91.3, 80, 101, 3)}
#: A flow is regular if its dates are on average this near their rule, in days, and its periods mostly filled, once each.
_NEAR, _CAP, _FILLED, _CROWDED = 1.5, 10.0, 0.6, 1.2
_MONTHS = (
    "JANVIER|JANV|JAN|FEVRIER|FEVR|FEV|MARS|AVRIL|AVR|MAI|JUIN|JUILLET|JUIL|AOUT|SEPTEMBRE|SEPT|SEP|OCTOBRE|OCT|"
    "NOVEMBRE|NOV|DECEMBRE|DEC|T1|T2|T3|T4|TRIMESTRE|TRIM"
)
#: Days of the month that are tried, first with the shift forward, then backward; of equals the one that shifts least wins.
_RULES = np.concatenate([np.arange(_LONGEST, 0, -1), np.arange(1, _LONGEST + 1)])


def label_key(label: pl.Expr) -> pl.Expr:
    """A bank label without what changes from one time to the next: digits, dates, month names, accents, case."""
    plain = label.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_uppercase()
    words = plain.str.replace_all(r"[^A-Z0-9]+", " ").str.replace_all(r"\b[A-Z]*[0-9][A-Z0-9]*\b", " ")
    return words.str.replace_all(rf"\b({_MONTHS})\b", " ").str.replace_all(r" +", " ").str.strip_chars()


def own_transfers(lines: pl.DataFrame, accounts: pl.DataFrame) -> pl.Series:
    """The line_ids of transfers between own accounts: by the counterparty's IBAN, or the same amount across two accounts.

    The two sides of a transfer are booked within two days; a pair that is not unique is not taken for one.
    """
    by_iban = lines.join(accounts.select("iban").drop_nulls().unique(), left_on="counterparty_iban", right_on="iban", how="semi")
    sides = lines.select("line_id", "account_id", "booking_date", "amount", "currency", size=pl.col("amount").abs())
    pairs = sides.filter(pl.col("amount") < 0).join(
        sides.filter(pl.col("amount") > 0), on=["size", "currency"], how="inner", validate="m:m", suffix="_in"
    )
    apart = (pl.col("booking_date") - pl.col("booking_date_in")).dt.total_days().abs()
    pairs = pairs.filter((pl.col("account_id") != pl.col("account_id_in")) & (apart <= _TRANSFER_DAYS))
    pairs = pairs.filter(pl.col("line_id").is_unique() & pl.col("line_id_in").is_unique())
    return pl.concat([by_iban["line_id"], pairs["line_id"], pairs["line_id_in"]]).unique().sort()


def recurring_flows(lines: pl.DataFrame, *, as_of: date, horizon: int, region: str = "france") -> pl.DataFrame:
    """The recurring debits and credits of the bank history, with their next dates.

    Args:
        lines: LINES without those that pay or are paid by known invoices, and without transfers between own accounts.
        as_of: movements booked after it are not known; next dates are after it.
        horizon: how many days after `as_of` next dates may lie.
        region: whose public holidays shift a date.

    Returns:
        FLOWS. A flow whose next date passed by at most GRACE days without being seen is expected on the next working day.
    """
    dates = _dates(lines.filter(pl.col("booking_date") <= as_of))
    if dates.is_empty():
        return pl.DataFrame(schema=FLOWS)
    calendar = working_days(day_number(dates["booking_date"].min()), day_number(as_of) + horizon, region)  # type: ignore[arg-type]
    parts = [_flows_of(dates, period, calendar, as_of, horizon) for period in _PERIODS]
    return pl.concat(parts).sort(pl.col("next_dates").list.first(), "label", "flow_id", nulls_last=True)


def _dates(lines: pl.DataFrame) -> pl.DataFrame:
    """One row per flow candidate and date, by candidate and date: amount of the day, and what is known of the candidate."""
    flow = ["account_id", "account", "key", "sign"]
    return (
        lines.filter(pl.col("amount") != 0)
        .with_columns(key=label_key(pl.col("label")), sign=pl.when(pl.col("amount") < 0).then(pl.lit("-")).otherwise(pl.lit("+")))
        .filter(pl.col("key") != "")
        .sort("booking_date", "line_id")
        .group_by(*flow, "booking_date")
        .agg(amount=pl.col("amount").sum().cast(MONEY), example=pl.col("label").last())
        .with_columns(flow_id=pl.format("{}|{}|{}", "account_id", "sign", "key"))
        .sort("flow_id", "booking_date")
        .with_columns(
            n=pl.len().over("flow_id").cast(pl.Int64),
            gap=pl.col("booking_date").diff().dt.total_days().median().over("flow_id"),
        )
        .filter(pl.col("n") >= LEAST)
    )


def _flows_of(dates: pl.DataFrame, period: str, calendar: WorkingDays, as_of: date, horizon: int) -> pl.DataFrame:
    """FLOWS of one period among the candidates."""
    length, low, high, months = _PERIODS[period]
    some = dates.filter(pl.col("gap").is_between(low, high))
    if some.is_empty():
        return pl.DataFrame(schema=FLOWS)
    flows = some.group_by("flow_id", maintain_order=True).agg(
        pl.col("account_id", "account", "n").first(),
        label=pl.col("key").first(),
        example=pl.col("example").last(),
        last_seen=pl.col("booking_date").last(),
        last_amount=pl.col("amount").last(),
        amount=pl.col("amount").tail(LEAST).sort().slice(1, 1).first(),
    )
    booked = day_numbers(some["booking_date"])
    starts = np.flatnonzero(some["flow_id"].is_first_distinct().to_numpy())
    fit = _monthly(booked, starts, months, calendar) if months else _weekly(booked, starts, calendar)
    day, forward, is_regular, base = fit
    ahead = np.arange(1, int((horizon + 2 * length) / length) + 3)
    nominal = day_of_month(base[:, None] + months * ahead, day[:, None]) if months else base[:, None] + 7 * ahead
    due = np.where(forward[:, None], calendar.shifted(nominal, forward=True), calendar.shifted(nominal, forward=False))
    is_active = pl.lit(as_of) - pl.col("last_seen") <= timedelta(days=1.5 * length)
    return (
        flows.with_columns(
            period=pl.lit(period),
            day=pl.Series(day if months else day + 1),
            shift=pl.Series(np.where(forward, "next", "previous")),
            is_regular=pl.Series(is_regular),
            is_active=is_active,
            next_dates=_within(due, day_number(as_of), horizon, calendar),
        )
        .filter("is_regular")
        .with_columns(next_dates=pl.when("is_active").then("next_dates").otherwise(pl.lit([], pl.List(pl.Date))))
        .select(pl.col(name).cast(dtype) for name, dtype in FLOWS.items())
    )


Fit = tuple[Days, np.ndarray[tuple[int], np.dtype[np.bool_]], np.ndarray[tuple[int], np.dtype[np.bool_]], Days]


def _monthly(booked: Days, starts: Days, step: int, calendar: WorkingDays) -> Fit:
    """The day of the month and the shift that come nearest to the dates of each flow.

    Returns:
        Per flow: day, whether it shifts forward, whether it is regular, and the month of its last date. A date may
        belong to the month before or after, when the shift carried it over.
    """
    months = month_number(booked)[:, None] - np.array([0, 1, -1])
    errors = np.full((len(booked), len(_RULES), 3), _CAP)
    for position, forward in ((slice(_LONGEST), True), (slice(_LONGEST, None), False)):
        nominal = day_of_month(months[:, None, :], _RULES[position][None, :, None])
        off = np.abs(calendar.shifted(nominal, forward=forward) - booked[:, None, None])
        errors[:, position] = np.minimum(off, _CAP)
    cost: Floats = np.add.reduceat(errors.min(axis=2), starts, axis=0)
    counts = np.diff(np.append(starts, len(booked)))
    best = cost.argmin(axis=1)
    mean = cost[np.arange(len(starts)), best] / counts
    own = np.repeat(best, counts)
    month = np.take_along_axis(months, errors[np.arange(len(booked)), own].argmin(axis=1)[:, None], axis=1)[:, 0]
    last = month[np.append(starts[1:], len(booked)) - 1]
    filled = counts / ((last - month[starts]) / step + 1)
    is_regular = (mean <= _NEAR) & (filled >= _FILLED) & (filled <= _CROWDED)
    return _RULES[best], best < _LONGEST, is_regular, last


def _weekly(booked: Days, starts: Days, calendar: WorkingDays) -> Fit:
    """The weekday of each flow, as for `_monthly`; the base is the day of that week on which the last date fell."""
    counts = np.diff(np.append(starts, len(booked)))
    flow = np.repeat(np.arange(len(starts)), counts)
    week = (booked + 3) // 7 * 7 - 3
    cost = np.zeros((len(starts), 7))
    for day in range(7):
        off = np.abs(calendar.shifted(week + day, forward=True) - booked)
        cost[:, day] = np.bincount(flow, np.minimum(off, _CAP), minlength=len(starts))
    best = cost.argmin(axis=1)
    ends = np.append(starts[1:], len(booked)) - 1
    filled = counts / ((week[ends] - week[starts]) / 7 + 1)
    is_regular = (cost.min(axis=1) / counts <= _NEAR) & (filled >= _FILLED) & (filled <= _CROWDED)
    return best, np.ones(len(starts), dtype=bool), is_regular, week[ends] + best


def _within(due: Days, today: int, horizon: int, calendar: WorkingDays) -> pl.Series:
    """The dates of each row that lie in the horizon; one that just passed unseen comes on the next working day."""
    tomorrow = int(calendar.shifted(np.array([today + 1]), forward=True)[0])
    is_late = (due <= today) & (due >= today - GRACE)
    moved = np.where(is_late, tomorrow, due)
    is_in = (moved > today) & (moved <= today + horizon)
    rows = [sorted(set(row[kept].tolist())) for row, kept in zip(moved, is_in, strict=True)]
    return pl.Series(rows, dtype=pl.List(pl.Int32)).cast(pl.List(pl.Date))
