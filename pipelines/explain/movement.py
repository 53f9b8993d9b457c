"""What moved a figure between two days: each cause with its amount and, for days of sales, its effect in days.

For receivables and what is overdue or not due, the effects are amounts. A duration is R ÷ S × N (what is owed, sales, days
of the period). Its change is split evenly between both ends, so that no cause comes first:

    change of R × mean of N/S  −  change of S × mean of R × mean of N ÷ (S before × S after)
    + change of N × mean of R × mean of 1/S

This is exact and linear: the effect of a cause is the sum of the effects of its documents, and all effects sum to the change.
A payment counts before the lateness of its invoice: what became late is what was still owed at the end.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

import polars as pl

from models.dates import month_start
from models.money import MONEY, ZERO, total
from models.tables import Schema, conform
from pipelines.explain.basis import Basis
from pipelines.explain.operands import rows_of, value_of
from pipelines.explain.rows import of_credits
from pipelines.receivables import is_counting

#: One row per document or credit and cause.
MOVES: Schema = {
    "cause": pl.String,  # one of CAUSE_WORDS
    "row_id": pl.String,
    "kind": pl.String,
    "number": pl.String,
    "client_id": pl.String,
    "client": pl.String,
    "document_id": pl.String,
    "date": pl.Date,
    "due_date": pl.Date,
    "amount": MONEY,  # what it changed: receivables, or sales of the period
    "effect": pl.Float64,  # in days; null where the figure is an amount
}
CAUSE_WORDS = {
    "entered": "New invoices",
    "paid": "Paid by clients",
    "returned": "Payments that came back",
    "credited": "Settled by credit notes",
    "written_off": "Write-offs",
    "credits_came": "Unused credits that came",
    "credits_used": "Unused credits that were used",
    "aged": "Became late",
    "sales_entered": "Sales that entered the period",
    "sales_left": "Sales that left the period",
    "period_length": "Length of the period",
}
#: What a figure that can be compared is made of: what is owed, and whether it is divided by sales.
NUMERATORS = {
    "receivables": ("receivables", False),
    "gross_outstanding": ("gross_outstanding", False),
    "not_due": ("not_due", False),
    "overdue": ("overdue", False),
    "dso": ("receivables", True),
    "best_possible_dso": ("not_due", True),
    "average_days_delinquent": ("overdue", True),
}
_CENTS = 100


@dataclass(frozen=True)
class Effect:
    """What one cause did.

    Attributes:
        cause: one of CAUSE_WORDS.
        amount: of receivables or sales; of the period's length, its days.
        effect: on the figure, exactly: euros or days.
        shown: the effect at two decimals, so that what is shown adds up too.
    """

    cause: str
    amount: Decimal
    effect: Fraction
    shown: Decimal


@dataclass(frozen=True)
class Movement:
    """A figure at two days and all that lies between.

    Attributes:
        key: of NUMERATORS.
        before, after: the bases.
        start, end: the figure, exactly. `effects` sum to their difference.
        rows: MOVES, the largest first within a cause.
    """

    key: str
    before: Basis
    after: Basis
    start: Fraction
    end: Fraction
    effects: list[Effect]
    rows: pl.DataFrame

    @property
    def in_days(self) -> bool:
        """Whether the figure is a duration."""
        return NUMERATORS[self.key][1]


def last_monday(day: date) -> date:
    """The last Monday before that day."""
    return day - timedelta(days=day.weekday() or 7)


def last_month_end(day: date) -> date:
    """The last day of the month before."""
    return month_start(day) - timedelta(days=1)


def movement(key: str, after: Basis, *, since: date) -> Movement | None:
    """What moved a figure from the end of `since` to the date of `after`; None where one of the two has no value.

    Args:
        key: of NUMERATORS.
        after: the basis at the later day.
        since: the earlier day.
    """
    before = after.at(since)
    operand, is_days = NUMERATORS[key]
    owed = [Fraction(value_of(operand, basis)) for basis in (before, after)]
    sold = [Fraction(value_of("sales", basis)) for basis in (before, after)]
    if is_days and min(sold) <= 0:
        return None
    rows = _owed_moves(operand, before, after)
    ends = owed
    factors = (Fraction(1), Fraction(0), Fraction(0))
    if is_days:
        rows = pl.concat([rows, _sales_moves(before, after)])
        ends = [r / s * b.days for r, s, b in zip(owed, sold, (before, after), strict=True)]
        factors = _factors(owed, sold, before.days, after.days)
    effects = _effects(rows, factors, after.days - before.days, ends)
    factor = pl.when(pl.col("cause").str.starts_with("sales_")).then(float(factors[1])).otherwise(float(factors[0]))
    effect = pl.col("amount").cast(pl.Float64) * factor if is_days else pl.lit(None, pl.Float64)
    rows = rows.with_columns(effect=effect).sort(pl.col("amount").abs(), "row_id", descending=[True, False])
    return Movement(key, before, after, ends[0], ends[1], effects, rows)


def _factors(owed: list[Fraction], sold: list[Fraction], days: int, days_after: int) -> tuple[Fraction, Fraction, Fraction]:
    """Days per euro owed, days per euro sold, and days per day of the period."""
    mean_owed, mean_days = sum(owed, Fraction(0)) / 2, Fraction(days + days_after, 2)
    per_owed = (days / sold[0] + days_after / sold[1]) / 2
    return per_owed, -mean_owed * mean_days / (sold[0] * sold[1]), mean_owed * (1 / sold[0] + 1 / sold[1]) / 2


def _effects(rows: pl.DataFrame, factors: tuple[Fraction, Fraction, Fraction], longer: int, ends: list[Fraction]) -> list[Effect]:
    """The effect of each cause, in the order of CAUSE_WORDS; those that did nothing are left out."""
    sums = {cause: total(rows.filter(pl.col("cause") == cause)["amount"]) for cause in CAUSE_WORDS}
    exact = {cause: Fraction(amount) * factors[cause.startswith("sales_")] for cause, amount in sums.items()}
    if factors[2] and longer:
        sums["period_length"], exact["period_length"] = Decimal(longer), longer * factors[2]
    known = set(rows["cause"]) | {cause for cause, amount in sums.items() if amount}
    causes = [cause for cause in CAUSE_WORDS if cause in known]
    shown = _adding_up([exact[cause] for cause in causes], _hundredths(ends[1]) - _hundredths(ends[0]))
    return [Effect(cause, sums[cause], exact[cause], part) for cause, part in zip(causes, shown, strict=True)]


def _hundredths(value: Fraction) -> int:
    """The nearest hundredth, halves away from zero."""
    return (1 if value >= 0 else -1) * floor(abs(value) * _CENTS + Fraction(1, 2))


def at_two_decimals(value: Fraction) -> Decimal:
    """The value as it is shown."""
    return Decimal(_hundredths(value)) / _CENTS


def _adding_up(parts: list[Fraction], whole: int) -> list[Decimal]:
    """The parts in hundredths that add up to `whole` of them: each down, then up where most was lost."""
    down = [floor(part * _CENTS) for part in parts]
    lost = sorted(range(len(parts)), key=lambda n: (down[n] - parts[n] * _CENTS, n))
    for n in lost[: whole - sum(down)]:
        down[n] += 1
    return [Decimal(part) / _CENTS for part in down]


def _owed_moves(operand: str, before: Basis, after: Basis) -> pl.DataFrame:
    """MOVES of what is owed: every invoice that changed, and the unused credits."""
    invoices = after.documents.filter(pl.col("kind") != "credit_note")
    is_new = pl.col("issue_date") > before.as_of
    was_late = (pl.col("due_date") < before.as_of) & ~is_new
    is_late = pl.col("due_date") < after.as_of
    scope = {"not_due": ~was_late, "overdue": was_late}.get(operand, pl.lit(value=True))
    of_scope = invoices.filter(scope)
    issued = of_scope.filter(is_new).with_columns(cause=pl.lit("entered"), moved="amount")
    parts = [_moves(issued), _given(of_scope, before, after)]
    if operand in ("not_due", "overdue"):
        aged = after.items.filter(~was_late & is_late).with_columns(cause=pl.lit("aged"), moved="outstanding")
        parts.append(_moves(aged if operand == "overdue" else aged.with_columns(-pl.col("moved"))))
    if operand == "receivables":
        parts.append(_credit_moves(before, after))
    return pl.concat(parts)


def _moves(invoices: pl.DataFrame) -> pl.DataFrame:
    """MOVES of invoices that have a `cause` and what `moved`; those that did not move are left out."""
    moved = invoices.with_columns(row_id="document_id", date="issue_date", amount="moved")
    return moved.pipe(conform, MOVES).filter(pl.col("amount") != 0)


def _given(invoices: pl.DataFrame, before: Basis, after: Basis) -> pl.DataFrame:
    """What payments, credit notes and write-offs did to invoices between the two days: what counts at both did nothing."""
    source, counted, counts = pl.col("source"), is_counting(before.as_of), is_counting(after.as_of)
    given = (
        after.ledger.allocations.filter(counted != counts)
        .with_columns(amount=pl.when(counted).then("amount").otherwise(-pl.col("amount")))
        .group_by("document_id", cause=pl.when(source.is_in(["bank", "declared"])).then(pl.lit("paid")).otherwise(source))
        .agg(moved=pl.col("amount").sum().cast(MONEY))
        .join(invoices, on="document_id", how="inner", validate="m:1")
    )
    names = {"credit_note": "credited", "write_off": "written_off", "paid": "paid"}
    is_back = (pl.col("cause") == "paid") & (pl.col("moved") > 0)
    cause = pl.when(is_back).then(pl.lit("returned")).otherwise(pl.col("cause").replace_strict(names))
    return _moves(given.with_columns(cause=cause))


def _credit_moves(before: Basis, after: Basis) -> pl.DataFrame:
    """Credits that came, and credits that invoices or refunds used, by credit."""
    keys = ["row_id", "client_id"]
    ends = [of_credits(basis.credits, basis.ledger) for basis in (before, after)]
    was = ends[0].select(*keys, was="amount")
    known = pl.concat([ends[1], ends[0].join(ends[1], on=keys, how="anti").with_columns(amount=pl.lit(ZERO, MONEY))])
    return (
        known.join(was, on=keys, how="left", validate="1:1")
        .with_columns(amount=(pl.col("was").fill_null(pl.lit(ZERO, MONEY)) - pl.col("amount")).cast(MONEY))
        .filter(pl.col("amount") != 0)
        .with_columns(cause=pl.when(pl.col("amount") < 0).then(pl.lit("credits_came")).otherwise(pl.lit("credits_used")))
        .pipe(conform, MOVES)
    )


def _sales_moves(before: Basis, after: Basis) -> pl.DataFrame:
    """Documents whose sales entered the period, and those that left it."""
    ends = [rows_of("sales", basis) for basis in (before, after)]
    entered = ends[1].join(ends[0], on="row_id", how="anti").with_columns(cause=pl.lit("sales_entered"))
    left = ends[0].join(ends[1], on="row_id", how="anti").with_columns(
        cause=pl.lit("sales_left"), amount=(-pl.col("amount")).cast(MONEY)
    )  # fmt: skip
    return pl.concat([conform(rows, MOVES) for rows in (entered, left)]).filter(pl.col("amount") != 0)
