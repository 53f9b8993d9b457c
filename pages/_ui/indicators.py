"""The « Indicateurs » table: every figure of contract 2 with its definition and what went in."""

from collections.abc import Sequence

import streamlit as st

from models.texts import Texts
from pages._ui.figures import dso_operands, no_sales, period
from pages._ui.queries import figures
from pages._ui.session import Session
from pipelines.exports.sentences import INCOMPLETE
from pipelines.kpis import Kpis

#: Name, value, definition, operands.
Row = tuple[str, str, str, Sequence[tuple[str, str]]]


def show_indicators(session: Session) -> None:
    """All figures of the period that ends at the as-of date; a figure without a divisor is a dash with the reason."""
    texts, now = session.texts, figures(session)
    st.caption(
        texts.t("Period: {period}, {days} days. Amounts include VAT.", period=period(texts, now), days=texts.number(now.days))
    )
    if now.is_period_moved:
        st.info(texts.t("The period begins with the first invoice: {day}.", day=texts.date(now.start)), icon=":material/info:")
    if now.incomplete_before:
        st.warning(texts.t(INCOMPLETE, day=texts.date(now.incomplete_before)), icon=":material/warning:")
    if now.undated_amount:
        amount = texts.money(now.undated_amount, now.currency)
        st.warning(
            texts.t("{amount} of payments without a date are counted only from the day they were imported.", amount=amount)
        )
    for other, left in now.other_currencies.items():
        if not left:
            continue  # paid to the cent: nothing is left out
        left_out = texts.money(left, other)
        st.caption(texts.t("Left out, in another currency: {amount} of receivables.", amount=left_out))
    rows = [*_amounts(texts, now), *_durations(texts, now), *_ratios(texts, now)]
    table = {
        texts.t("Figure"): [f"**{name}**" for name, *_ in rows],
        texts.t("Value"): [value for _, value, *_ in rows],
        texts.t("Definition"): [definition for _, _, definition, _ in rows],
        texts.t("Operands"): [" · ".join(f"{name}{texts.t(': ')}{value}" for name, value in operands) for *_, operands in rows],
    }
    shown = {title: [text.replace("$", r"\$") for text in column] for title, column in table.items()}
    st.table(shown, border="horizontal", hide_index=True, alt=texts.t("Figures with their definitions and operands."))


def _amounts(texts: Texts, now: Kpis) -> list[Row]:
    def money(amount: object) -> str:
        return texts.money(amount, now.currency)  # type: ignore[arg-type]

    gross = (texts.t("Outstanding of all invoices"), money(now.gross_outstanding))
    return [
        (
            texts.t("Receivables (net)"),
            money(now.receivables),
            texts.t("What all clients owe, VAT included, less their unused credits."),
            [gross, (texts.t("Unused credits"), money(now.open_credits))],
        ),
        (
            texts.t("Overdue"),
            money(now.overdue),
            texts.t("What is owed on invoices past their due date; an invoice is late from the day after."),
            [
                (texts.t("Late invoices"), texts.number(now.late_invoices)),
                (texts.t("of which over 90 days"), money(now.over_90)),
            ],
        ),
        (texts.t("Sales incl. VAT"), money(now.sales), texts.t("Invoices issued in the period, less its credit notes."), []),
        (
            texts.t("Collected"),
            money(now.collected),
            texts.t("Receipts from clients in the period, less what was returned or refunded."),
            [],
        ),
        (
            texts.t("Doubtful receivables (management rule)"),
            money(now.doubtful),
            texts.t("Marked doubtful by a person, or overdue beyond the threshold in the settings."),
            [gross, (texts.t("Disputed receivables"), money(now.disputed))],
        ),
    ]


def _durations(texts: Texts, now: Kpis) -> list[Row]:
    reason = no_sales(texts)
    sales = dso_operands(texts, now)
    not_due = [(texts.t("Not due"), texts.money(now.ageing["not_due"], now.currency)), *sales[1:2]]
    overdue = [(texts.t("Overdue"), texts.money(now.overdue, now.currency)), *sales[1:2]]
    nothing_paid = texts.t("No dated payment in the period.")
    return [
        (
            texts.t("DSO"),
            _value(texts, now.dso),
            _or(now.dso, texts.t("Receivables ÷ sales of the period × days."), reason),
            sales[:2],
        ),
        (
            texts.t("DSO without delay"),
            _value(texts, now.best_possible_dso),
            _or(now.best_possible_dso, texts.t("The DSO if every client paid on the due date."), reason),
            not_due,
        ),
        (
            texts.t("Part of delay in the DSO"),
            _value(texts, now.average_days_delinquent),
            _or(now.average_days_delinquent, texts.t("Overdue ÷ sales of the period × days."), reason),
            overdue,
        ),
        (
            texts.t("DSO by exhaustion"),
            _value(texts, now.dso_countback),
            texts.t("How many days of sales, going back month by month, make up the receivables."),
            sales[:1],
        ),
        (
            texts.t("Average time to pay"),
            _value(texts, now.average_days_to_pay),
            _or(now.average_days_to_pay, texts.t("Days from issue to payment, weighted by amount."), nothing_paid),
            [],
        ),
        (
            texts.t("Average payment delay"),
            _value(texts, now.average_days_late),
            _or(
                now.average_days_late,
                texts.t("Days from due date to payment, weighted by amount; negative when clients pay early."),
                nothing_paid,
            ),
            [],
        ),
    ]


def _ratios(texts: Texts, now: Kpis) -> list[Row]:
    gross = (texts.t("Outstanding of all invoices"), texts.money(now.gross_outstanding, now.currency))
    none_due = texts.t("No invoice reached 30 days after its due date in the period.")
    return [
        (
            texts.t("Share of doubtful receivables"),
            texts.percent(now.doubtful_ratio),
            _or(now.doubtful_ratio, texts.t("Doubtful receivables ÷ outstanding of all invoices."), texts.t("Nothing is owed.")),
            [(texts.t("Doubtful"), texts.money(now.doubtful, now.currency)), gross],
        ),
        (
            texts.t("Turnover of receivables"),
            texts.number(now.turnover, 2),
            _or(
                now.turnover,
                texts.t("Sales of the period ÷ average of receivables at its two ends: how many times a period."),
                no_sales(texts),
            ),
            dso_operands(texts, now)[:2],
        ),
        (
            texts.t("Unpaid rate at 30 days"),
            texts.percent(now.unpaid_rate_30),
            _or(
                now.unpaid_rate_30,
                texts.t("Of invoices whose due date was 30 days before, what was still unpaid, by amount."),
                none_due,
            ),
            [(texts.t("By number"), texts.percent(now.unpaid_rate_30_count))],
        ),
        (
            texts.t("Collection effectiveness (CEI)"),
            texts.percent(now.collection_effectiveness),
            _or(
                now.collection_effectiveness,
                texts.t("What was collected of all that could be, 100 % when nothing due is left."),
                texts.t("Nothing was due."),
            ),
            [],
        ),
    ]


def _value(texts: Texts, days: float | None) -> str:
    return texts.days(days)


def _or(value: float | None, definition: str, reason: str) -> str:
    return definition if value is not None else reason
