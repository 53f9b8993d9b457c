"""Recurring movements of the bank accounts: rent, payroll, URSSAF, VAT, loans, subscriptions, and regular credits.

A flow is a movement that comes back weekly, monthly, every two or three months or yearly on the same day, give or take
the shift to a working day. What tells it is its label without what changes each time; or, where that hides it, its
label and amount (two loans of one bank), the other side's IBAN, its first own word (a supplier that changed its name), or
its exact amount alone (a label typed anew each time). A movement belongs to one flow only.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

from models.money import MONEY
from models.tables import Schema
from pipelines.forecast.arrays import Days, day_number, day_numbers
from pipelines.forecast.rhythm import PERIODS, dates_ahead, fitted
from pipelines.forecast.working_days import WorkingDays, working_days

#: One row per flow found, by its next date, then label.
FLOWS: Schema = {
    "flow_id": pl.String,  # account, sign and what tells it
    "account_id": pl.String,
    "account": pl.String,
    "label": pl.String,  # the key: the label without digits, dates and accents
    "example": pl.String,  # the last label as the bank wrote it
    "n": pl.Int64,  # dates on which it was seen
    "period": pl.String,  # a key of PERIODS
    "day": pl.Int64,  # day of the month, 31 for its end; of a weekly flow the weekday, Monday 1
    "shift": pl.String,  # next | previous working day when that day is not worked
    "last_seen": pl.Date,
    "last_amount": MONEY,
    "amount": MONEY,  # typical: the median of the last three
    "least_amount": MONEY,  # the range of the last twelve, the smallest in size first
    "most_amount": MONEY,
    "is_active": pl.Boolean,  # seen within one and a half periods
    "next_dates": pl.List(pl.Date),  # expected in the horizon; none when it is not active
    "rule_dates": pl.List(pl.Date),  # of each of them the date that the rule gives: earlier where one passed by unseen
    "line_ids": pl.List(pl.String),  # the bank lines behind it
}

#: A flow whose next date passed by so many days is still expected; days looked back; amounts in a range.
GRACE, MEMORY, RANGE = 5, 1150, 12
#: Days between the two sides of a transfer.
_TRANSFER_DAYS = 2
#: Yearly flows, seen so rarely, and those told by their amount alone need amounts that near (a share), or that large.
_YEARLY_SPREAD, _LEAST_AMOUNT, _LEAST_SEEN = 0.25, 30, 4
_MONTHS = (
    "JANVIER|JANV|JAN|FEVRIER|FEVR|FEV|MARS|AVRIL|AVR|MAI|JUIN|JUILLET|JUIL|AOUT|SEPTEMBRE|SEPT|SEP|OCTOBRE|OCT|"
    "NOVEMBRE|NOV|DECEMBRE|DEC|T1|T2|T3|T4|TRIMESTRE|TRIM"
)
#: What banks write before the label's own words.
BANK_WORDS = (
    "CB|CARTE|PAIEMENT|PAIEMENTS|ACHAT|PRLV|PRELEVEMENT|PRLVT|VIR|VIREMENT|VIRT|SEPA|INST|RECU|EMIS|PERMANENT|WEB|INTERNET|"
    "ECHEANCE|FACTURE|FACT|REF|NUM|MANDAT|ID|POUR|PAR|DE|DU|DES|LA|LE|LES|FR|SAS|SARL|SA|EURL|SCI"
)
#: What tells a flow: its label, label and amount, IBAN, first own word, amount; in the order in which they are believed.
_TELLS = ("label", "label_amount", "iban", "word", "amount")


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
    known = lines.filter(pl.col("booking_date").is_between(as_of - timedelta(days=MEMORY), as_of) & (pl.col("amount") != 0))
    if known.is_empty():
        return pl.DataFrame(schema=FLOWS)
    first = known["booking_date"].min()
    calendar = working_days(day_number(first), day_number(as_of) + horizon, region)  # type: ignore[arg-type]
    told = _told(known)
    found = []
    for tell in _TELLS:
        dates = _dates(told, tell)
        found += [_flows_of(dates, tell, period, calendar, as_of, horizon) for period in PERIODS]
    flows = _disjoint(pl.concat(found))
    return flows.select(list(FLOWS)).sort(pl.col("next_dates").list.first(), "label", "flow_id", nulls_last=True)


def _told(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines with what may tell their flow, one column per tell; null where it says nothing.

    Words of a label that no other line has are references, whatever they look like.
    """
    keyed = lines.with_columns(
        key=label_key(pl.col("label")), sign=pl.when(pl.col("amount") < 0).then(pl.lit("-")).otherwise(pl.lit("+"))
    ).with_columns(word=pl.col("key").str.split(" "))
    words = keyed.select("line_id", "account_id", "sign", "word").explode("word")
    seen = words.group_by("account_id", "sign", "word").agg(lines=pl.col("line_id").n_unique())
    is_own = (pl.col("lines") > 1) & (pl.col("word") != "")
    kept = words.join(seen, on=["account_id", "sign", "word"], how="left", validate="m:1", maintain_order="left").filter(is_own)
    has_letters = (pl.col("word").str.len_chars() > 2) & ~pl.col("word").str.contains(rf"^({BANK_WORDS})$")  # noqa: PLR2004
    keys = kept.group_by("line_id", maintain_order=True).agg(
        label=pl.col("word").str.join(" "), word=pl.col("word").filter(has_letters).first()
    )
    money = pl.col("amount").cast(pl.String)
    own_label = pl.when(pl.col("word_right").is_not_null()).then("label_right")
    return keyed.join(keys, on="line_id", how="left", validate="1:1", maintain_order="left", suffix="_right").with_columns(
        example="label",
        label=own_label,
        label_amount=pl.format("{} {}", own_label, money),
        iban="counterparty_iban",
        word="word_right",
        exact=pl.when(pl.col("amount").abs() >= _LEAST_AMOUNT).then(money),
    )


def _dates(told: pl.DataFrame, tell: str) -> pl.DataFrame:
    """One row per flow candidate and date, by candidate and date: amount of the day, and what is known of the candidate."""
    column = "exact" if tell == "amount" else tell
    flow = ["account_id", "account", "told", "sign"]
    return (
        told.with_columns(told=pl.col(column))
        .filter(pl.col("told").is_not_null() & (pl.col("told") != ""))
        .sort("booking_date", "line_id")
        .group_by(*flow, "booking_date")
        .agg(
            amount=pl.col("amount").sum().cast(MONEY),
            example=pl.col("example").last(),
            label=pl.col("label").last(),
            line_ids=pl.col("line_id"),
        )
        .with_columns(flow_id=pl.format("{}|{}|{}", "account_id", "sign", "told"))
        .sort("flow_id", "booking_date")
        .with_columns(
            n=pl.len().over("flow_id").cast(pl.Int64),
            gap=pl.col("booking_date").diff().dt.total_days().median().over("flow_id"),
        )
    )


def _flows_of(dates: pl.DataFrame, tell: str, name: str, calendar: WorkingDays, as_of: date, horizon: int) -> pl.DataFrame:
    """FLOWS of one period among the candidates of one tell, with its rank among _TELLS."""
    period = PERIODS[name]
    least = max(period.least, _LEAST_SEEN) if tell in ("amount", "word") and period.months < RANGE else period.least
    some = dates.filter(pl.col("gap").is_between(period.low, period.high) & (pl.col("n") >= least))
    if tell == "amount" and period.months in (0, RANGE):
        some = some.clear()
    if some.is_empty():
        return pl.DataFrame(schema=FLOWS | {"tell": pl.Int64})
    by_size = pl.col("amount").tail(RANGE)
    flows = some.group_by("flow_id", maintain_order=True).agg(
        pl.col("account_id", "account", "n").first(),
        label=pl.coalesce(pl.col("label").drop_nulls().last(), pl.col("example").last()),
        example=pl.col("example").last(),
        last_seen=pl.col("booking_date").last(),
        last_amount=pl.col("amount").last(),
        amount=pl.col("amount").tail(3).sort().get(1, null_on_oob=True),
        least_amount=by_size.get(by_size.abs().arg_min()),
        most_amount=by_size.get(by_size.abs().arg_max()),
        line_ids=pl.col("line_ids").list.explode(keep_nulls=False, empty_as_null=False),
    )
    booked = day_numbers(some["booking_date"])
    starts = np.flatnonzero(some["flow_id"].is_first_distinct().to_numpy())
    fit = fitted(period, booked, starts, calendar)
    due = dates_ahead(period, fit, int((horizon + 2 * period.days) / period.days) + 3, calendar)
    is_active = pl.lit(as_of) - pl.col("last_seen") <= timedelta(days=1.5 * period.days)
    return (
        flows.with_columns(
            amount=pl.coalesce("amount", "last_amount"),
            period=pl.lit(name),
            day=pl.Series(fit.day if period.months else fit.day + 1),
            shift=pl.Series(np.where(fit.is_forward, "next", "previous")),
            is_regular=pl.Series(fit.is_regular),
            is_active=is_active,
            **_within(due, day_number(as_of), horizon, calendar),
            tell=pl.lit(_TELLS.index(tell), pl.Int64),
        )
        .filter("is_regular" if name != "yearly" else pl.col("is_regular") & _is_steady())
        .with_columns(
            pl.when("is_active").then(column).otherwise(pl.lit([], pl.List(pl.Date))).alias(column)
            for column in ("next_dates", "rule_dates")
        )
        .select(pl.col(column).cast(dtype) for column, dtype in (FLOWS | {"tell": pl.Int64}).items())
    )


def _is_steady() -> pl.Expr:
    """The amounts are near each other."""
    least, most = (pl.col(name).cast(pl.Float64).abs() for name in ("least_amount", "most_amount"))
    return least >= (1 - _YEARLY_SPREAD) * most


def _disjoint(flows: pl.DataFrame) -> pl.DataFrame:
    """The flows that share no movement: active ones first, then those seen more often, then the better tell."""
    ranked = flows.sort("is_active", "n", "tell", "flow_id", descending=[True, True, False, False])
    taken: set[str] = set()
    kept = []
    for position, ids in enumerate(ranked["line_ids"].to_list()):
        if taken.isdisjoint(ids):
            taken.update(ids)
            kept.append(position)
    return ranked[kept]


def _within(due: Days, today: int, horizon: int, calendar: WorkingDays) -> dict[str, pl.Series]:
    """The next dates of each row in the horizon, and the rule's; one that just passed unseen comes on the next working day."""
    tomorrow = int(calendar.shifted(np.array([today + 1]), forward=True)[0])
    is_late = (due <= today) & (due >= today - GRACE)
    moved = np.where(is_late, tomorrow, due)
    is_in = (moved > today) & (moved <= today + horizon)
    rows = [
        dict(zip(row[kept].tolist()[::-1], rule[kept].tolist()[::-1], strict=True))  # of two that meet, the earlier one
        for row, rule, kept in zip(moved, due, is_in, strict=True)
    ]
    lists = {"next_dates": [sorted(row) for row in rows], "rule_dates": [[row[d] for d in sorted(row)] for row in rows]}
    return {name: pl.Series(values, dtype=pl.List(pl.Int32)).cast(pl.List(pl.Date)) for name, values in lists.items()}
