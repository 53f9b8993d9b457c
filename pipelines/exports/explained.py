"""An opened figure as it leaves: its rows with the words of their kinds, its answer as JSON, and its sentences."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from models.texts import Texts
from pipelines.account_label import account_label
from pipelines.collections.reasons import SEGMENT_NAMES
from pipelines.explain.basis import Basis
from pipelines.explain.breakdown import breakdown, by_month
from pipelines.explain.explanation import Explanation, OpenOperand, operand_text, value_text
from pipelines.explain.movement import CAUSE_WORDS, Movement, at_two_decimals
from pipelines.exports.cash_answers import item_label

Answer = dict[str, Any]
_ROW = (
    "row_id", "kind", "number", "client", "date", "due_date", "whole", "amount", "days", "weight", "sales_rep", "category",
)  # fmt: skip


def with_labels(texts: Texts, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with taxes, VAT and bank accounts by their names in `number`."""
    if not rows["kind"].is_in(["tax", "vat", "account"]).any():
        return rows
    named = [
        account_label(texts, number) if kind == "account" else item_label(texts, kind, number)
        for kind, number in rows.select("kind", "number").iter_rows()
    ]
    return rows.with_columns(number=pl.Series(named, dtype=pl.String))


def explained_rows(opened: Explanation, texts: Texts) -> list[Answer]:
    """The rows of every operand, one list."""
    return [
        {"operand": texts.t(operand.title), **row, "currency": opened.currency}
        for operand in opened.operands
        for row in with_labels(texts, operand.rows).select(_ROW).to_dicts()
    ]


def breakdown_rows(basis: Basis, by: str, texts: Texts) -> list[Answer]:
    """Figures in detail, a group or month a row; what belongs to no group stands in a row of its own."""
    if by == "month":
        return [{**row, "currency": basis.currency} for row in by_month(basis).to_dicts()]
    words = {code: texts.t(word) for code, word in SEGMENT_NAMES.items()} if by == "segment" else {}
    found = breakdown(basis, by).drop("paid").to_dicts()
    for row in found:
        title = row.pop("title")
        row["group"] = words.get(title, title)
        row["currency"] = basis.currency
    return found


def breakdown_in_words(rows: Sequence[Answer], texts: Texts) -> list[Answer]:
    """The rows of a breakdown as people read them: months by their names, and what is of no group by a word."""
    return [
        {**row, "month": texts.month(row["month"])} if "month" in row else {**row, "group": row["group"] or texts.t("None given")}
        for row in rows
    ]


def explained_answer(opened: Explanation, texts: Texts, moved: Movement | None = None) -> Answer:
    """The figure as JSON: value, formula, operands with their rows; and what moved it, if that was asked for."""
    answer: Answer = {
        "figure": opened.key,
        "title": texts.t(opened.title),
        "value": opened.value,
        "unit": opened.unit,
        "as_of": opened.as_of,
        "from": opened.start,
        "days": opened.days or None,
        "currency": opened.currency,
        "formula": opened.formula or None,
        "operands": [_operand_answer(operand, texts) for operand in opened.operands],
    }
    if opened.months:
        answer["months"] = [
            {"from": m.first, "to": m.last, "sales": m.sales, "owed": m.owed, "left": m.left, "days": m.days}
            for m in opened.months
        ]
    if moved is not None:
        answer["movement"] = movement_answer(moved)
    return answer


def _operand_answer(operand: OpenOperand, texts: Texts) -> Answer:
    return {
        "operand": operand.name,
        "title": texts.t(operand.title),
        "unit": operand.unit,
        "value": operand.value,
        "rows": with_labels(texts, operand.rows).select(_ROW).to_dicts(),
    }


def movement_answer(moved: Movement) -> Answer:
    """What moved the figure; shown effects add up to the difference of the shown ends."""
    return {
        "since": moved.before.as_of,
        "before": at_two_decimals(moved.start),
        "after": at_two_decimals(moved.end),
        "unit": "days" if moved.in_days else "money",
        "effects": [{"cause": e.cause, "amount": e.amount, "effect": e.shown} for e in moved.effects],
    }


def explained_lines(opened: Explanation, texts: Texts, moved: Movement | None = None) -> list[str]:
    """The figure for people: what it means, how it is calculated, and what goes in."""
    said = [texts.t("{name}: {value}", name=texts.t(opened.title), value=value_text(opened, texts)), texts.t(opened.definition)]
    if opened.value is None and opened.lacks:
        said.append(texts.t(opened.lacks))
    if opened.start is not None:
        said.append(
            texts.t("From {start} to {end}, {days} days.", start=texts.date(opened.start), end=texts.date(opened.as_of),
                    days=texts.number(opened.days))
        )  # fmt: skip
    if opened.is_calculated:
        said += [opened.in_words(texts), f"= {opened.in_numbers(texts)}"]
    for month in opened.months:
        said.append(
            texts.t(
                "{month}: sales {sales}, {days}, left {left}",
                month=texts.month(month.first), sales=texts.money(month.sales, opened.currency),
                days=texts.days(month.days), left=texts.money(month.left, opened.currency),
            )
        )  # fmt: skip
    for operand in opened.operands:
        value = operand_text(operand, texts, opened.currency)
        count = texts.plural("{count} row", "{count} rows", operand.rows.height)
        said.append(f"{texts.t('{name}: {value}', name=texts.t(operand.title), value=value)} ({count})")
    return said if moved is None else [*said, *movement_lines(moved, texts)]


def movement_lines(moved: Movement, texts: Texts) -> list[str]:
    """What moved the figure, a cause a line."""
    currency = moved.after.currency

    def amount(value: Decimal) -> str:
        return texts.days(float(value), 2) if moved.in_days else texts.money(value, currency)

    ends = ((moved.before.as_of, moved.start), (moved.after.as_of, moved.end))
    first, last = (texts.t("{name}: {value}", name=texts.date(day), value=amount(at_two_decimals(end))) for day, end in ends)
    causes = [
        texts.t("{name}: {value}", name=texts.t(CAUSE_WORDS[effect.cause]), value=amount(effect.shown))
        for effect in moved.effects
    ]
    return [first, *causes, last]
