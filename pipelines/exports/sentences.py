"""The same answers for people at a terminal: short lines in their language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.collections.reasons import HOLD_NAMES
from pipelines.exports.action_words import action_word
from pipelines.exports.answers import Answer

if TYPE_CHECKING:  # a command must not wait for the pipelines of the others
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from models.texts import Texts
    from pipelines.check import Violation
    from pipelines.collections.drafts import Draft
    from pipelines.forecast.curve import Forecast
    from pipelines.kpis import Kpis
    from pipelines.reconcile.run import Reconciliation

#: What each broken invariant means and what to do.
VIOLATIONS = {
    "change_missing": "Change {subject} is missing from the journal: restore a backup.",
    "change_altered": "Change {subject} was altered after it was written: restore a backup.",
    "undo_of_nothing": "Change {subject} takes back a change that does not exist.",
    "fact_without_change": "{detail} rows of {subject} belong to no change.",
    "points_to_nothing": "{subject} {detail} points to nothing.",
    "stands_twice": "{detail} stands twice in {subject}.",
    "receipt_over_allocated": "The receipt {subject} gives more than its amount.",
    "receipt_of_another": "The allocation {subject} gives a receipt to an invoice of another client or currency.",
    "line_over_allocated": "The bank line {subject} gives more than its amount.",
    "gives_and_gives_back_too_much": "From {detail} on, what {subject} gives and what went back of it are more than its amount.",
    "credit_note_over_allocated": "The credit note {subject} gives more than its amount.",
    "invoice_over_allocated": "The invoice {subject} gets more than its amount.",
    "currencies_mixed": "The allocation {subject} mixes two currencies.",
    "number_twice": "The number {subject} belongs to two documents.",
    "negative_amount": "The document {subject} has a negative amount.",
    "figures_disagree": "The ageing buckets and the receivables disagree ({subject}).",
    "bad_provision": "The provision of {subject} is of no sales invoice, or its rate is not from 0 to 1.",
    "balance_gap": "{subject}: the movements do not explain the balances, {detail} is missing.",
}


def reconcile_lines(done: Reconciliation, texts: Texts) -> list[str]:
    """What a run of the rules did and left."""
    said = texts.plural(
        "{count} bank line allocated ({amount}), {suggested} to confirm, {unmatched} without a match.",
        "{count} bank lines allocated ({amount}), {suggested} to confirm, {unmatched} without a match.",
        done.allocated_lines,
        amount=texts.money(done.allocated_amount, done.currency),
        suggested=done.suggested_lines,
        unmatched=done.unmatched_lines,
    )
    return [said]


#: The figures that a terminal shows, in its order.
_FIGURES = (
    "receivables", "gross_outstanding", "open_credits", "overdue", "over_90", "late_invoices", "sales", "collected", "dso",
    "dso_countback", "best_possible_dso", "average_days_delinquent", "doubtful", "doubtful_ratio", "turnover",
    "average_days_to_pay", "average_days_late", "unpaid_rate_30", "unpaid_rate_30_count", "collection_effectiveness",
)  # fmt: skip


def kpi_lines(figures: Kpis, texts: Texts) -> list[str]:
    """The figures, one a line, by the names that they have on screen."""
    from pipelines.explain.figures import FIGURES

    written = {"money": lambda value: texts.money(value, figures.currency), "count": texts.number, "days": texts.days}
    written |= {"percent": texts.percent, "times": lambda value: texts.number(value, 2)}
    rows = [(FIGURES[key].title, written[FIGURES[key].unit](getattr(figures, key))) for key in _FIGURES]
    period = texts.t(
        "As of {day}, over {days} days from {start}.",
        day=texts.date(figures.as_of),
        days=figures.days,
        start=texts.date(figures.start),
    )
    return [period, *[texts.t("{name}: {value}", name=texts.t(name), value=value) for name, value in rows]]


#: What a period that begins before the take-over is worth.
INCOMPLETE = (
    "Before {day} only open items were taken over: DSO, turnover, delays and unpaid rates of a period that begins earlier "
    "are not reliable."
)


def left_out_lines(others: Mapping[str, Decimal], texts: Texts) -> list[str]:
    """What clients owe in other currencies, which figures and lists in one currency leave out; nothing of what is paid."""
    return [
        texts.t("Left out, in another currency: {amount}.", amount=texts.money(amount, currency))
        for currency, amount in others.items()
        if amount
    ]


def kpi_warnings(figures: Kpis, texts: Texts) -> list[str]:
    """What the figures leave out, or what makes them less sure."""
    said = []
    if figures.is_period_moved:
        said.append(texts.t("The period begins on {day}, with the first invoice.", day=texts.date(figures.start)))
    said += left_out_lines(figures.other_currencies, texts)
    if figures.incomplete_before:
        said.append(texts.t(INCOMPLETE, day=texts.date(figures.incomplete_before)))
    if figures.undated_amount:
        undated = texts.money(figures.undated_amount, figures.currency)
        said.append(texts.t("{amount} of declared payments without a date count only from their import.", amount=undated))
    return said


def band_text(low: Decimal, high: Decimal, currency: str, texts: Texts, *, is_starting: bool) -> str:
    """The band of an amount; one that does not come from the company's own history claims no share of cases."""
    line = "general band from {low} to {high}" if is_starting else "8 times out of 10 between {low} and {high}"
    return texts.t(line, low=texts.money(low, currency), high=texts.money(high, currency))


def forecast_lines(coming: Forecast, texts: Texts) -> list[str]:
    """The curve, one day a line, and its low point."""
    low = coming.lowest
    said = [
        texts.t(
            "Cash on {day}: {amount}", day=texts.date(coming.opening_date), amount=texts.money(coming.opening, coming.currency)
        )
    ]
    bands = zip(coming.dates, coming.balances.p10, coming.balances.p50, coming.balances.p90, strict=True)
    for day, p10, p50, p90 in bands:
        said.append(
            texts.t(
                "{day}: {amount} ({band})",
                day=texts.date(day),
                amount=texts.money(p50, coming.currency),
                band=band_text(p10, p90, coming.currency, texts, is_starting=coming.is_starting),
            )
        )
    if not coming.has_cash:
        return said
    lowest = texts.t(
        "Low point on {day}: {amount} if payments come late.",
        day=texts.date(low.date),
        amount=texts.money(low.p10, coming.currency),
    )
    return [*said, lowest]


def suggestion_lines(found: Sequence[Answer], texts: Texts) -> list[str]:
    """Each line that waits, and its candidates."""
    said = []
    for row in found:
        said.append(f"{row['id']}  {texts.date(row['date'])}  {texts.money(row['amount'], row['currency'])}  {row['label']}")
        for c in row["candidates"]:
            parts = ", ".join(
                f"{n} {texts.money(a, row['currency'])}" for n, a in zip(c["invoice_numbers"], c["amounts"], strict=True)
            )
            said.append(f"   {c['n']}. {parts} – {c['why']}")
            said += [f"      {line}" for line in _settled_with_it(c, row["currency"], texts)]
    return said or [texts.t("Nothing waits for you.")]


def lost_lines(named: Sequence[Mapping[str, Any]], texts: Texts) -> list[str]:
    """Each receipt that names an invoice written off as a loss (LOST_NAMED), and how to give it that money."""
    return [
        texts.t(
            "{line} names {number}, written off as a loss on {date}. If it pays it: encours allocate {line} {number} {amount}",
            line=row["line_id"],
            number=row["number"],
            date=texts.date(row["lost_on"]),
            amount=str(row["amount"]),
        )
        for row in named
    ]


def _settled_with_it(candidate: Answer, currency: str, texts: Texts) -> list[str]:
    """What accepting a candidate writes off, and the credit notes that it uses."""
    said = [
        texts.t(
            "{number}: {amount} written off with it", number=gap["invoice_number"], amount=texts.money(gap["amount"], currency)
        )
        for gap in candidate["write_offs"]
    ]
    said += [
        texts.t("{note} gives {amount} with it", note=use["credit_note"], amount=texts.money(use["amount"], currency))
        for use in candidate["credit_notes"]
    ]
    return said


def draft_lines(made: Sequence[Draft], files: Sequence[Sequence[str]], texts: Texts) -> list[str]:
    """Each draft with its files, or why it is held."""
    said = []
    for draft, paths in zip(made, files, strict=True):
        why = f" ({texts.t('held')}{texts.t(': ')}{texts.t(HOLD_NAMES[draft.held])})" if draft.held else ""
        written = f"{texts.t(': ')}{', '.join(paths)}" if paths else ""
        said.append(f"{draft.client}, {draft.step}{why}{written}")
    return said or [texts.t("Nothing to send today.")]


def history_lines(rows: Sequence[Answer], texts: Texts) -> list[str]:
    """Each change, the newest first."""
    undone = " – " + texts.t("undone")
    return [
        f"{row['change_id']}  {row['recorded_at']:%Y-%m-%d %H:%M}  {row['actor']}  {action_word(texts, row['action'])}  "
        f"{row['subject'] or ''}{''.join('  ' + texts.money(a['amount'], a['currency']) for a in row['amounts'])}"
        + (undone if row["undone"] else "")
        for row in rows
    ]


def check_lines(violations: Sequence[Violation], texts: Texts) -> list[str]:
    """Each broken invariant, or that there is none; then what files say that does not add up."""
    said = [(v, texts.t(VIOLATIONS[v.code], subject=v.subject, detail=v.detail)) for v in violations]
    broken = [sentence for v, sentence in said if not v.is_notice]
    notices = [texts.t("To look into: {said}", said=sentence) for v, sentence in said if v.is_notice]
    return [*(broken or [texts.t("The database is sound.")]), *notices]
