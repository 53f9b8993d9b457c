"""What if: the expected curve moved by a person's own assumptions, beside the prudent, expected and optimistic ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from models.money import MONEY, ZERO, round_half_up, round_money
from pipelines.forecast.curve import Forecast
from pipelines.forecast.items import running

_ALL = Decimal(100)


@dataclass(frozen=True)
class Scenario:
    """What a person assumes of the coming days.

    Attributes:
        delay: days by which all clients pay later than expected; negative is sooner, from tomorrow on.
        receipts_pct: share of each expected receipt that comes, in %.
        without: client_ids that do not pay at all.
        extra: movements besides: day and signed amount.
    """

    delay: int = 0
    receipts_pct: Decimal = _ALL
    without: frozenset[str] = frozenset()
    extra: tuple[tuple[date, Decimal], ...] = ()

    @property
    def is_plain(self) -> bool:
        """Nothing is assumed: the expected curve itself."""
        return self == Scenario()


@dataclass(frozen=True)
class Course:
    """One course of cash: its balances by day, the lowest with its day, and the first day below the floor."""

    balances: list[Decimal]
    lowest: Decimal
    lowest_on: date
    below_on: date | None

    @property
    def last(self) -> Decimal:
        """The balance at the end."""
        return self.balances[-1]


def course(balances: Sequence[Decimal], dates: Sequence[date], floor: Decimal) -> Course:
    """A curve with what it says."""
    low = min(balances)
    below = next((day for day, balance in zip(dates, balances, strict=True) if balance < floor), None)
    return Course(list(balances), low, dates[list(balances).index(low)], below)


def courses(ahead: Forecast, scenario: Scenario, floor: Decimal) -> dict[str, Course]:
    """The prudent, expected and optimistic courses, and the person's own where they assume something."""
    curves = {"prudent": ahead.balances.p10, "expected": ahead.balances.mean, "optimistic": ahead.balances.p90}
    if not scenario.is_plain:
        curves["own"] = own_balances(ahead, scenario)
    return {name: course(balances, ahead.dates, floor) for name, balances in curves.items()}


def own_balances(ahead: Forecast, scenario: Scenario) -> list[Decimal]:
    """The expected curve with each item moved, cut or left out as the scenario says, item by item and to the cent."""
    items = scenario_items(ahead, scenario)
    sums = dict(items.group_by("date").agg(pl.col("amount").sum().cast(MONEY)).iter_rows())
    for day, amount in scenario.extra:
        sums[day] = sums.get(day, ZERO) + round_half_up(amount)
    return running(ahead.opening, [sums.get(day, ZERO) for day in ahead.dates])


def scenario_items(ahead: Forecast, scenario: Scenario) -> pl.DataFrame:
    """ITEMS of the curve as the scenario has them; what leaves the horizon is not there any more."""
    unpaid = ahead.invoices.filter(pl.col("client_id").is_in(list(scenario.without)))["document_id"]
    is_receipt = pl.col("kind") == "receipt"
    moved = pl.max_horizontal(pl.col("date") + timedelta(days=scenario.delay), pl.lit(ahead.dates[0]))
    share = pl.lit(scenario.receipts_pct / _ALL, pl.Decimal(9, 4))
    cut = round_money(pl.col("amount").cast(pl.Decimal(38, 6)) * share)
    return (
        ahead.items.filter(~(is_receipt & pl.col("item_id").is_in(unpaid.implode())))
        .with_columns(
            date=pl.when(is_receipt).then(moved).otherwise("date"),
            amount=pl.when(is_receipt).then(cut).otherwise("amount").cast(MONEY),
        )
        .filter(pl.col("date") <= ahead.dates[-1])
    )
