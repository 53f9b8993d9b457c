"""The items behind the cash curve: those of a day, the open invoices, the recurring movements, what was set aside."""

from datetime import date

import polars as pl
import streamlit as st

from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import ASIDE_REASONS, PERIODS, with_account_labels, with_words
from pipelines.exports.cash_answers import ITEM_KIND_WORDS, with_item_labels
from pipelines.forecast.curve import Forecast

_SEVERAL = 2
_SAID_KINDS = {"expected": "You", "plan": "Instalment plan", "promise": "Promise to pay"}


def show_day(session: Session, ahead: Forecast, day: date) -> None:
    """What is expected on one day; an open invoice is spread over the days by its chance to be paid on each."""
    texts = session.texts
    st.markdown(f"**{texts.t('Expected on {day}', day=texts.weekday_date(day))}**")
    rows = ahead.items.filter(pl.col("date") == day).sort("amount", descending=True)
    columns = [
        Column("kind", texts.t("Type"), width=190),
        Column("label", texts.t("Invoice or label"), width=320),
        Column("client", texts.t("Client or supplier"), width=260),
        Column("amount", texts.t("Expected amount"), "money"),
    ]
    shown = with_words(texts, with_item_labels(texts, rows), kind=ITEM_KIND_WORDS)
    show_table(
        shown,
        columns,
        key=f"cash-day-{day:%Y%m%d}",
        texts=texts,
        sheet=Sheet(texts.t("Expected that day")),
        empty=texts.t("Nothing is expected that day."),
    )


def show_expected(session: Session, ahead: Forecast) -> None:
    """Open invoices with their chance to be paid by the end of the curve."""
    texts = session.texts
    early, likely, late = (
        texts.t("The day by which it is paid once in ten times (P10)."),
        texts.t("The day by which it is more likely paid than not."),
        texts.t("The day by which it is paid nine times in ten (P90)."),
    )
    chance, meaning = _chance(session, ahead)
    columns = [
        Column("invoice_number", texts.t("Invoice"), width=125),
        Column("client", texts.t("Client"), width=190),
        Column("due_date", texts.t("Due"), "date", width=88),
        Column("outstanding", texts.t("Outstanding"), "money", width=105),
        Column("p_paid", chance, "chance", width=150, help=meaning),
        Column("early_date", texts.t("Earliest"), "date", width=88, help=early),
        Column("expected_date", texts.t("Expected on"), "date", width=92, help=likely),
        Column("late_date", texts.t("Latest"), "date", width=88, help=late),
        Column("said_kind", texts.t("Said by")),
        Column("said_date", texts.t("Said for"), "date"),
    ]
    rows = with_words(texts, ahead.invoices, said_kind=_SAID_KINDS)
    if not rows["said_date"].is_not_null().any():
        columns = columns[:-2]
    show_table(
        rows,
        columns,
        key=f"cash-invoices-{len(ahead.dates)}",
        texts=texts,
        sheet=Sheet(texts.t("Open invoices and their chances")),
        empty=texts.t("No open invoice."),
    )


def _chance(session: Session, ahead: Forecast) -> tuple[str, str]:
    """The short heading of a chance to be paid by the end of the curve, and what it means."""
    texts, days = session.texts, len(ahead.dates)
    heading = texts.plural("Chance, {count} day", "Chance, {count} days", days)
    return heading, texts.plural("Chance to be paid in {count} day.", "Chance to be paid in {count} days.", days)


def show_flows(session: Session, ahead: Forecast) -> None:
    """Debits and credits that come back, found in the bank history."""
    texts = session.texts
    rows = with_words(texts, ahead.flows.filter("is_active"), period=PERIODS)
    rows = with_account_labels(texts, rows).with_columns(next_date=pl.col("next_dates").list.first())
    smallest, largest = texts.t("The smallest of the last twelve."), texts.t("The largest of the last twelve.")
    columns = [
        Column("example", texts.t("Last bank label"), width=210),
        Column("period", texts.t("How often"), width=105),
        Column("n", texts.t("Seen"), "count", width=45, help=texts.t("On how many dates.")),
        Column("amount", texts.t("Usual amount"), "money", width=105, is_summed=False),
        Column("least_amount", texts.t("Least"), "money", width=84, help=smallest, is_summed=False),
        Column("most_amount", texts.t("Most"), "money", width=84, help=largest, is_summed=False),
        Column("next_date", texts.t("Next on"), "date", width=85),
        Column("last_seen", texts.t("Last seen"), "date", width=85),
        Column("account", texts.t("Account"), width=140),
    ]
    if rows["account"].n_unique() < _SEVERAL:
        columns = columns[:-1]
    st.caption(
        texts.t(
            "Found in the bank history: what comes back on the same day, at least three times (twice for what comes once a year)."
        )
    )
    show_table(
        rows,
        columns,
        key="cash-flows",
        texts=texts,
        sheet=Sheet(texts.t("Recurring movements")),
        empty=texts.t("No recurring movement was found."),
    )


def show_aside(session: Session, ahead: Forecast) -> None:
    """Disputed and doubtful invoices: they are in no day of the curve."""
    texts = session.texts
    chance, meaning = _chance(session, ahead)
    habit = texts.t("What such invoices do, not this client’s habit.")
    columns = [
        Column("invoice_number", texts.t("Invoice"), width=130),
        Column("client", texts.t("Client"), width=240),
        Column("due_date", texts.t("Due"), "date", width=95),
        Column("outstanding", texts.t("Outstanding"), "money", width=115),
        Column("reason", texts.t("Reason"), width=120),
        Column("p_paid", chance, "chance", width=170, help=f"{meaning} {habit}"),
    ]
    st.caption(texts.t("Disputed and doubtful invoices are not in the curve: what comes of them comes on top."))
    rows = with_words(texts, ahead.set_aside, reason=ASIDE_REASONS)
    show_table(
        rows, columns, key="cash-aside", texts=texts, sheet=Sheet(texts.t("Set aside")), empty=texts.t("Nothing is set aside.")
    )
