"""A figure opened: its value, its formula with the numbers put in, its operands, and the rows behind each of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property, partial

import polars as pl

from models.money import total
from models.texts import Texts
from pipelines.explain.basis import Basis
from pipelines.explain.figures import FIGURES, SAME_AS, Unit, Value, figure_of
from pipelines.explain.formulas import MonthTaken
from pipelines.explain.operands import OPERANDS, months_of, rows_of, value_of
from pipelines.explain.operands import Unit as RowUnit


@dataclass(frozen=True)
class OpenOperand:
    """An operand of an opened figure; its rows are made when they are asked for.

    Attributes:
        name: its code. `title`: its English name.
        unit: what of the rows is added up.
        value: their sum.
    """

    name: str
    title: str
    unit: RowUnit
    value: Decimal | int
    make: Callable[[], pl.DataFrame] = field(repr=False)

    @cached_property
    def rows(self) -> pl.DataFrame:
        """ROWS (`pipelines.explain.rows`), the largest first."""
        size = pl.col("weight" if self.unit == "money_days" else "amount").abs()
        return self.make().sort(size, "row_id", "client_id", descending=[True, False, False])


@dataclass(frozen=True)
class Explanation:
    """A figure with all that it is made of.

    Attributes:
        key: its code. `title`, `definition`, `lacks`: English; what it means, and why it may be absent.
        unit, value: the figure.
        formula: signs around the operands' names in braces; `{days}` is the length of the period; empty where the
            figure is the days of `months`.
        operands: in the order of the formula.
        as_of, currency: of every row. `start`: of the period, or of the months that are counted; None where there is none.
        months: the months that the count-back DSO takes.
        party: the English title of the rows' `client`.
    """

    key: str
    title: str
    definition: str
    lacks: str
    unit: Unit
    value: Value
    formula: str
    operands: list[OpenOperand]
    as_of: date
    currency: str
    start: date | None = None
    months: list[MonthTaken] = field(default_factory=list)
    party: str = "Client"

    @property
    def days(self) -> int:
        """The length of the period; 0 where there is none."""
        return 0 if self.start is None else (self.as_of - self.start).days + 1

    def operand(self, name: str) -> OpenOperand:
        """One of the operands."""
        return next(operand for operand in self.operands if operand.name == name)

    @property
    def is_calculated(self) -> bool:
        """There is a calculation to show: not where it is the sum of one operand's rows, or where months do not make it up."""
        if not self.formula:
            return bool(self.months) and self.value is not None
        return len(self.operands) > 1 or self.formula != f"{{{self.operands[0].name}}}"

    def in_words(self, texts: Texts) -> str:
        """The formula with the operands' names."""
        if self.months:
            return texts.t("Days of the months owed whole + what is left ÷ sales of its month × days of that month")
        return self._filled({operand.name: texts.t(operand.title) for operand in self.operands}, texts.t("days"))

    def in_numbers(self, texts: Texts) -> str:
        """The formula with the numbers put in, and what comes of it."""
        if self.months:
            return f"{self._days_taken(texts)} = {value_text(self, texts)}"
        numbers = {operand.name: operand_text(operand, texts, self.currency) for operand in self.operands}
        if len(numbers) > 1:  # a negative one among others needs its brackets
            numbers |= {o.name: f"({numbers[o.name]})" for o in self.operands if o.value < 0}
        return f"{self._filled(numbers, texts.number(self.days))} = {value_text(self, texts)}"

    def _days_taken(self, texts: Texts) -> str:
        """The days of the months that are owed whole, and the share of the month that is not."""
        last = self.months[-1]
        is_part = last.sales > 0 and last.owed < last.sales
        whole = sum(round(month.days) for month in (self.months[:-1] if is_part else self.months))
        if not is_part:
            return texts.number(whole)
        owed, sales = (texts.money(amount, self.currency) for amount in (last.owed, last.sales))
        share = f"{owed} ÷ {sales} × {texts.number(last.last.day)}"
        return f"{texts.number(whole)} + {share}" if whole else share

    def _filled(self, by_name: Mapping[str, str], days: str) -> str:
        text = self.formula.replace("{days}", days)
        for name, said in by_name.items():
            text = text.replace(f"{{{name}}}", said)
        return text


@dataclass(frozen=True)
class Told:
    """What is said of a figure that is a sum of rows: its English title and definition, signs around operands in braces."""

    title: str
    definition: str
    formula: str


def of_rows(
    key: str,
    told: Told,
    value: Decimal,
    operands: Mapping[str, tuple[str, pl.DataFrame]],
    *,
    as_of: date,
    currency: str,
    party: str = "Client",
) -> Explanation:
    """A figure that rows of its own make up.

    Args:
        key: its code.
        told: what is said of it.
        value: the figure, calculated apart.
        operands: English title and ROWS by name; those that the formula does not name are left out.
        as_of: the date.
        currency: of the amounts.
        party: the English title of the rows' `client`.
    """
    opened = [
        OpenOperand(name, title, "money", total(rows["amount"]), partial(pl.DataFrame.clone, rows))
        for name, (title, rows) in operands.items()
        if f"{{{name}}}" in told.formula
    ]
    return Explanation(
        key, told.title, told.definition, "", "money", value, told.formula, opened, as_of, currency, party=party
    )  # fmt: skip


def explain(basis: Basis, key: str) -> Explanation:
    """Open a figure of contract 2.

    Args:
        basis: the facts, the date and the period; perhaps of one client.
        key: of FIGURES, or a name that stands for one.
    """
    name = SAME_AS.get(key, key)
    figure = FIGURES[name]
    months = months_of(basis) if figure.value is None else []
    start = basis.start if figure.value is not None else months[-1].first if months else None
    return Explanation(
        key=name,
        title=figure.title,
        definition=figure.definition,
        lacks=figure.lacks,
        unit=figure.unit,
        value=figure_of(name, basis),
        formula=figure.formula,
        operands=[_opened(operand, basis) for operand in figure.operands],
        as_of=basis.as_of,
        currency=basis.currency,
        start=start,
        months=months,
    )


def _opened(name: str, basis: Basis) -> OpenOperand:
    operand = OPERANDS[name]
    return OpenOperand(name, operand.title, operand.unit, value_of(name, basis), lambda: rows_of(name, basis))


def operand_text(operand: OpenOperand, texts: Texts, currency: str) -> str:
    """The value of an operand as people read it."""
    if operand.unit == "count":
        return texts.number(operand.value)
    if operand.unit == "money_days":
        return texts.t("{amount} × days", amount=texts.money(Decimal(operand.value), currency))
    return texts.money(Decimal(operand.value), currency)


def value_text(opened: Explanation, texts: Texts) -> str:
    """The figure as people read it."""
    value = opened.value
    if opened.unit == "money":
        return texts.money(None if value is None else Decimal(value), opened.currency)
    if opened.unit == "count":
        return texts.number(value)
    return _ratio_text(opened.unit, None if value is None else float(value), texts)


def _ratio_text(unit: Unit, value: float | None, texts: Texts) -> str:
    if unit == "days":
        return texts.days(value)
    return texts.percent(value) if unit == "percent" else texts.number(value, 2)
