"""In which order: by the euros that acting now should bring forward.

Of each late invoice: what it owes, times the chance that it is still unpaid in a month without us, times weights that
are settings: how late it is, a promise that was broken, how near the limitation is, and the relationship. More owed,
later, or a broken promise, all else equal, never lowers a client's score; but what is time-barred presses no more, so that
its limitation no longer weighs.
"""

from collections.abc import Sequence

import polars as pl

from models.money import MONEY
from models.settings import Settings
from pipelines.collections.facts import Situation
from pipelines.collections.holds import findings
from pipelines.forecast.unpaid import unpaid_chances
from pipelines.provisions.limitation import is_barred, is_near, with_barred_on

#: How long before a claim is time-barred it is told and begins to weigh; from `limitation.NEAR` on it weighs in full.
_NEAR = "12mo"
#: Minutes per kind of action: the settings that say them.
_MINUTES = {
    "email": "minutes_email",
    "sms": "minutes_sms",
    "call": "minutes_call",
    "letter": "minutes_letter",
    "registered_letter": "minutes_letter",
    "send": "minutes_other",
    "reconcile": "minutes_other",
    "internal": "minutes_other",
}


def with_priority(at: Situation, invoices: pl.DataFrame) -> pl.DataFrame:
    """Add what each open invoice weighs: `chance`, `barred_on`, `expected` (money) and `points` (hundredths, whole).

    `expected` is what it owes times its chance; `points` that times the weights. An invoice that is not late yet, or that
    no reminder may speak of, weighs nothing. One that was never sent weighs whole: nobody can pay it.
    """
    late = invoices.filter(pl.col("days_late") >= 1).select("document_id", "client_id", "days_late")
    chances = unpaid_chances(at.history, late, as_of=at.as_of)
    is_unsent = pl.col("excluded").eq_missing("unsent")
    is_late = pl.col("days_late") >= 1
    counts = (pl.col("excluded").is_null() & is_late) | is_unsent
    chance = pl.when(is_unsent).then(1.0).otherwise(pl.col("chance").fill_null(1.0))
    cents = pl.col("outstanding").to_physical().cast(pl.Int64)
    weighed = (
        with_barred_on(invoices, at.marks, as_of=at.as_of)
        .join(chances, on="document_id", how="left", validate="1:1", maintain_order="left")
        .with_columns(chance=pl.when(counts).then(chance))
        .with_columns(expected=(cents.cast(pl.Float64) * pl.col("chance").fill_null(0.0)).floor().cast(pl.Int64))
    )
    points = (pl.col("expected").cast(pl.Float64) * weights(at)).floor().cast(pl.Int64)
    return weighed.with_columns(
        points=points, expected=(pl.col("expected").cast(pl.Decimal(18, 0)) / 100).cast(MONEY)
    )  # whole numbers, so that sums do not depend on the order of rows


def weights(at: Situation) -> pl.Expr:
    """What the expected money of an invoice is multiplied by; never below what it would be if the invoice were younger.

    From the day on which it is time-barred, no haste saves it: only its age and a broken promise weigh then.
    """
    age = pl.lit(1.0)
    reached = 1.0
    for beyond, weight in ((30, at.settings.weight_31), (60, at.settings.weight_61), (90, at.settings.weight_91)):
        reached = max(reached, float(weight))
        age = pl.when(pl.col("days_late") > beyond).then(reached).otherwise(age)
    whole = float(at.settings.weight_limitation)
    limitation = (
        pl.when(is_barred(at.as_of))
        .then(1.0)
        .when(is_near(at.as_of))
        .then(whole)
        .when(pl.col("barred_on").dt.offset_by(f"-{_NEAR}") <= at.as_of)
        .then((1 + whole) / 2)
        .otherwise(1.0)
    )
    is_broken = pl.col("is_promise_broken") | (pl.col("plan_status") == "broken").fill_null(value=False)
    return age * limitation * pl.when(is_broken).then(float(at.settings.weight_promise)).otherwise(1.0)


def relationship(settings: Settings) -> pl.Expr:
    """What a client's points are multiplied by, by its segment."""
    return (
        pl.when(pl.col("segment") == "vip")
        .then(float(settings.weight_vip))
        .when(pl.col("segment") == "bad_payer")
        .then(float(settings.weight_bad_payer))
        .otherwise(1.0)
    )


def priority_findings(at: Situation, invoices: pl.DataFrame) -> pl.DataFrame:
    """FINDINGS that tell the parts of a score: the money that acting should bring forward, a limitation, a spared client."""
    weighing = invoices.filter((pl.col("chance") > 0) & (pl.col("days_late") >= 1) & (pl.col("excluded").is_null()))
    owed = pl.col("outstanding").sum().cast(pl.Float64)
    expected = weighing.group_by("client_id").agg(
        amount=pl.col("expected").sum().cast(MONEY),
        number=(100 * pl.col("expected").sum().cast(pl.Float64) / owed).round().cast(pl.Int64),
    )
    is_soon = (pl.col("barred_on").dt.offset_by(f"-{_NEAR}") <= at.as_of) & ~is_barred(at.as_of)
    told = {"date": pl.col("barred_on").min(), "amount": pl.col("outstanding").sum().cast(MONEY)}
    soon, barred = (invoices.filter(which).group_by("client_id").agg(**told) for which in (is_soon, is_barred(at.as_of)))
    spared = weighing.filter(pl.col("segment") == "vip").select("client_id").unique()
    return pl.concat(
        [
            findings(expected, "expected"),
            findings(soon, "limitation"),
            findings(barred, "barred"),
            findings(spared, "spared"),
        ]
    )


def minutes(settings: Settings) -> pl.Expr:
    """How long the next thing to do for a client takes, by its `action`; nothing where there is only to wait."""
    taken: dict[str, int] = {action: getattr(settings, key) for action, key in _MINUTES.items()}
    return pl.col("action").replace_strict(taken, default=0, return_dtype=pl.Int64)


def within_minutes(rows: pl.DataFrame, available: int) -> pl.DataFrame:
    """The worklist rows that a person can deal with in so many minutes: down the list, each one that still fits.

    What is held by something that only time settles, and what is only to be waited for, is left out.
    """
    can_act = (rows["action"].is_in(["send", "reconcile"]) | rows["held"].is_null()) & (rows["action"] != "wait")
    kept = _that_fit(rows["minutes"].to_list(), can_act.to_list(), available)
    return rows.filter(pl.Series(kept, dtype=pl.Boolean))


def _that_fit(taken: Sequence[int], can_act: Sequence[bool], available: int) -> list[bool]:
    kept = []
    for length, is_for_now in zip(taken, can_act, strict=True):
        fits = is_for_now and length <= available
        available -= length if fits else 0
        kept.append(fits)
    return kept
