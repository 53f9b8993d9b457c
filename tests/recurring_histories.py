"""Seeded bank histories with known recurring flows: how each comes back, among what does not.

A quarter of the styles (HELD_OUT) was set aside while detection was built, and is measured apart.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl

from models.dates import month_end, next_working_day, previous_working_day
from models.tables import LINES, conform

AS_OF = date(2026, 6, 26)
#: Months of history, and days ahead in which each flow's next dates are known.
MONTHS, HORIZON = 27, 45
DAY = timedelta(days=1)
_CITIES = ("LYON", "NANTES", "BREST", "DIJON", "METZ", "PAU", "SETE", "AGEN")
_SYLLABLES = ("BA", "CO", "DI", "FU", "GE", "LA", "MO", "NI", "PE", "RO", "SU", "TA", "VI", "ZE", "KA", "LU")
_MONTH_WORDS = [
    "JANVIER",
    "FEVRIER",
    "MARS",
    "AVRIL",
    "MAI",
    "JUIN",
    "JUILLET",
    "AOUT",
    "SEPTEMBRE",
    "OCTOBRE",
    "NOVEMBRE",
    "DECEMBRE",
]
Dice = np.random.Generator
Row = tuple[date, int, str]


@dataclass(frozen=True)
class Style:
    """How a flow comes back.

    Attributes:
        step: months between two dates; 0: weekly.
        day: of the month; 31 its last, 0 any. shift: next | previous | loose (up to two days later, whatever the day).
        amount: fixed | near (3 %) | wide (40 %) | raised (once, by 4 %).
        label: plain | month | number | date | reference (letters) | renamed | retyped | shared (two loans, one label).
        missing: share of dates that never came. doubled: share that came twice.
        is_credit: money comes in.
        since: how many dates there are so far; 0: as many as the history holds.
    """

    name: str
    step: int = 1
    day: int = 0
    shift: str = "next"
    amount: str = "fixed"
    label: str = "plain"
    missing: float = 0.0
    doubled: float = 0.0
    is_credit: bool = False
    since: int = 0


STYLES = (
    Style("rent", day=5, label="month"),
    Style("rent_typed", day=1, label="retyped"),
    Style("payroll", day=31, shift="previous", amount="near", label="month"),
    Style("payroll_loose", day=27, shift="loose", amount="near"),
    Style("urssaf", day=15, amount="wide", label="number"),
    Style("urssaf_fifth", day=5, amount="near", label="reference"),
    Style("vat", day=19, amount="wide", label="date", missing=0.08),
    Style("vat_quarter", step=3, day=24, amount="wide"),
    Style("loan", day=10, label="number"),
    Style("two_loans", day=8, label="shared"),
    Style("phone", day=20, amount="near", label="number", doubled=0.04),
    Style("renamed", day=12, label="renamed"),
    Style("power", step=2, day=18, amount="wide", label="date"),
    Style("cleaning", step=0, amount="fixed", label="date"),
    Style("insurance_year", step=12, amount="raised"),
    Style("software", day=0, amount="raised", label="reference"),
    Style("aid", day=7, is_credit=True, missing=0.1),
    Style("recent", day=9, label="number", since=4),
    Style("often_missing", day=11, amount="near", missing=0.2),
    Style("pension", step=3, day=31, shift="previous", amount="near", label="month"),
)
HELD_OUT = (
    Style("held_leasing", day=3, shift="previous", label="reference"),
    Style("held_payroll_wide", day=30, shift="loose", amount="wide", label="month"),
    Style("held_water", step=2, day=0, amount="near", label="number", missing=0.05),
    Style("held_subscriber", day=2, is_credit=True, amount="near", label="date", doubled=0.03),
    Style("held_market", step=0, amount="near", label="number", missing=0.06),
    Style("held_licence", step=12, amount="near", label="number"),
)


@dataclass
class History:
    """Movements (LINES), and of each planted flow its lines and its dates to come."""

    lines: pl.DataFrame = field(default_factory=pl.DataFrame)
    planted: dict[str, str] = field(default_factory=dict)  # line_id -> flow
    to_come: dict[str, list[date]] = field(default_factory=dict)
    usual: dict[str, int] = field(default_factory=dict)  # cents
    styles: dict[str, Style] = field(default_factory=dict)


def history(seed: int, styles: tuple[Style, ...] = STYLES) -> History:
    """One company's history: one flow of each style, and decoys."""
    dice = np.random.default_rng(seed)
    made = History()
    rows: list[tuple[Row, str | None]] = []
    for style in styles:
        for part in range(2 if style.label == "shared" else 1):
            flow = f"{style.name}-{part}"
            past, coming, cents = _flow(style, part, dice, _name(dice) if part == 0 else rows[-1][0][2])
            rows += [(row, flow) for row in past]
            made.to_come[flow], made.usual[flow], made.styles[flow] = coming, cents, style
    rows += [(row, None) for decoy in _DECOYS for row in decoy(dice)]
    made.lines = _lines([row for row, _ in rows])
    made.planted = {f"L{n}": flow for n, (_, flow) in enumerate(rows) if flow}
    return made


def _flow(style: Style, part: int, dice: Dice, name: str) -> tuple[list[Row], list[date], int]:
    """Past movements, dates to come, and the usual size in cents of one flow."""
    days = _dates(style, dice, part)
    days = days[max(sum(d <= AS_OF for d in days) - style.since, 0) if style.since else 0 :]
    is_kept = [d > AS_OF - timedelta(days=70) or dice.random() >= style.missing for d in days]
    cents = int(dice.integers(4_000, 700_000))
    raised = int(dice.integers(6, 18))
    rows: list[Row] = []
    for n, (d, kept) in enumerate(zip(days, is_kept, strict=True)):
        if d > AS_OF or not kept:
            continue
        size = round(cents * _factor(style.amount, dice, is_raised=n >= raised))
        row = (d, size if style.is_credit else -size, _label(style, name, d, n, dice))
        rows += [row, (d + DAY, *row[1:])] if dice.random() < style.doubled and d < AS_OF - 40 * DAY else [row]
    last = cents * (1.04 if style.amount == "raised" and sum(d <= AS_OF for d in days) > raised else 1)
    return rows, [d for d in days if AS_OF < d <= AS_OF + timedelta(days=HORIZON)], round(last)


def _dates(style: Style, dice: Dice, part: int) -> list[date]:
    if style.step == 0:
        first = date(2025, 9, 1) + timedelta(days=int(dice.integers(0, 5)))
        return [next_working_day(first + timedelta(days=7 * k)) for k in range(52)]
    day = style.day or int(dice.integers(1, 29))
    offset = int(dice.integers(0, style.step)) if style.step > 1 else 0
    if style.step == 12:  # seen twice or three times
        offset = int(dice.integers(0, 6))
    start_month = (AS_OF.year * 12 + AS_OF.month - 1) - MONTHS + offset
    days = []
    for month in range(start_month, start_month + MONTHS + 4, style.step):
        start = date(month // 12, month % 12 + 1, 1)
        nominal = min(start + timedelta(days=day + 12 * part - 1), month_end(start))
        if style.shift == "loose":
            days.append(next_working_day(nominal + timedelta(days=int(dice.integers(0, 3)))))
        else:
            days.append(previous_working_day(nominal) if style.shift == "previous" else next_working_day(nominal))
    return days


def _factor(kind: str, dice: Dice, *, is_raised: bool) -> float:
    spread = {"near": 0.03, "wide": 0.4}.get(kind, 0.0)
    return float(1 + spread * dice.uniform(-1, 1)) * (1.04 if kind == "raised" and is_raised else 1.0)


def _label(style: Style, name: str, day: date, n: int, dice: Dice) -> str:
    if style.label == "shared":
        return name
    month = _MONTH_WORDS[day.month - 1]
    letters = "".join(dice.choice(list("BCDFGHJKLMNPQRSTVWXZ"), 7))
    typed = (f"VIR {name} LOYER {month}", f"VIREMENT LOYER BUREAU {day:%m/%Y}", f"VIR INST {letters} {name}")
    return {
        "plain": f"PRLV SEPA {name}",
        "month": f"VIR {name} {month} {day.year}",
        "number": f"PRLV {name} ECH {dice.integers(10_000, 999_999)} CPT 00{dice.integers(10, 99)}X",
        "date": f"PRLV SEPA {name} {day:%d/%m/%y}",
        "reference": f"PRLV {name} {letters}",
        "renamed": f"PRLV {name.split(maxsplit=1)[0]} {'FRANCE' if n < 14 else 'BUSINESS'}",
        "retyped": typed[int(dice.integers(0, 3))],
    }[style.label]


def _name(dice: Dice) -> str:
    return "".join(dice.choice(_SYLLABLES, 4)) + " " + str(dice.choice(_CITIES))


def _ago(dice: Dice, low: int = 0, high: int = 800) -> date:
    return AS_OF - timedelta(days=int(dice.integers(low, high)))


def _shops(dice: Dice) -> list[Row]:
    """Card payments in the same shops on any day."""
    rows: list[Row] = []
    for _ in range(14):
        label = f"CB {_name(dice)}"
        rows += [
            (_ago(dice), -int(dice.integers(300, 9_000)), f"{label} {dice.integers(1, 28):02}/{dice.integers(1, 12):02}")
            for _ in range(int(dice.integers(2, 40)))
        ]
    return rows


def _suppliers(dice: Dice) -> list[Row]:
    """Suppliers paid about monthly, on no day in particular."""
    rows: list[Row] = []
    for _ in range(5):
        label, day = f"VIR {_name(dice)} FACT", _ago(dice, 500, 800)
        while day <= AS_OF:
            rows.append((day, -int(dice.integers(10_000, 400_000)), f"{label} {dice.integers(100, 999)}"))
            day += timedelta(days=int(dice.integers(15, 48)))
    return rows


def _bursts(dice: Dice) -> list[Row]:
    """A supplier paid several times in a fortnight, then never again."""
    rows: list[Row] = []
    for _ in range(3):
        label, day = f"CB {_name(dice)}", _ago(dice, 20, 700)
        rows += [(day + timedelta(days=int(d)), -int(dice.integers(900, 30_000)), label) for d in dice.integers(0, 15, 6)]
    return rows


def _ended(dice: Dice) -> list[Row]:
    """What came every month and stopped."""
    label, cents = f"PRLV {_name(dice)}", int(dice.integers(1_000, 90_000))
    starts = [date(2025 + m // 12, m % 12 + 1, 6) for m in range(9)]
    return [(next_working_day(d), -cents, label) for d in starts]


def _withdrawals(dice: Dice) -> list[Row]:
    """Cash taken out in round sums on any day."""
    return [(_ago(dice), -int(dice.choice([2_000, 5_000, 10_000])), "RETRAIT DAB") for _ in range(25)]


def _customers(dice: Dice) -> list[Row]:
    """Clients whose receipts nobody matched: amounts and days as they come."""
    rows: list[Row] = []
    for _ in range(6):
        label = f"VIR RECU {_name(dice)}"
        rows += [(_ago(dice), int(dice.integers(20_000, 900_000)), label) for _ in range(int(dice.integers(3, 12)))]
    return rows


def _single(dice: Dice) -> list[Row]:
    """Names seen once or twice."""
    once = [(_ago(dice), -int(dice.integers(500, 200_000)), f"CB {_name(dice)}") for _ in range(60)]
    label, day = f"VIR {_name(dice)}", _ago(dice, 60, 700)
    return [*once, (day, -12_000, label), (day + timedelta(days=31), -12_000, label)]


_DECOYS: tuple[Callable[[Dice], list[Row]], ...] = (
    _shops, _suppliers, _bursts, _ended, _withdrawals, _customers, _single,
)  # fmt: skip


def _lines(rows: list[Row]) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "line_id": [f"L{n}" for n in range(len(rows))],
            "account_id": "A",
            "account": "Courant",
            "booking_date": [row[0] for row in rows],
            "amount": [Decimal(row[1]).scaleb(-2) for row in rows],
            "currency": "EUR",
            "label": [row[2] for row in rows],
        },
        schema_overrides={"amount": pl.Decimal(18, 2)},
    )
    return conform(frame.filter(pl.col("booking_date") <= AS_OF), LINES)
