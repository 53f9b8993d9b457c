"""Courses of cash side by side: prudent, expected, optimistic, and the reader's own assumptions."""

from datetime import date
from decimal import Decimal

import polars as pl
import streamlit as st

from pages._ui.match_search import example_amount, read_amount
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pipelines.forecast.curve import Forecast
from pipelines.forecast.scenarios import Course, Scenario, courses

_NAMES = {"prudent": "Prudent (P10)", "expected": "Expected (mean)", "optimistic": "Optimistic (P90)", "own": "Your scenario"}
_MOST_DELAY = 60


def show_scenarios(session: Session, ahead: Forecast) -> None:
    """The courses in one table, one row each, and the same day by day."""
    texts = session.texts
    st.caption(
        texts.t(
            "Prudent and optimistic: each day one chance in ten to end below, or above. "
            "Your scenario: the expected curve, with what you assume."
        )
    )
    scenario = _asked(session, ahead)
    found = courses(ahead, scenario, ahead.floor)
    rows = [_row(texts.t(_NAMES[name]), course) for name, course in found.items()]
    columns = [
        Column("name", texts.t("Scenario"), width=180),
        Column("last", texts.t("At the end"), "money", is_summed=False),
        Column("lowest", texts.t("Lowest"), "money", is_summed=False),
        Column("lowest_on", texts.t("Lowest on"), "date"),
        Column("below_on", texts.t("Below the floor from"), "date"),
    ]
    show_table(pl.DataFrame(rows), columns, key="cash-courses", texts=texts, sheet=Sheet(texts.t("Scenarios")))
    with st.expander(texts.t("Day by day"), icon=":material/table:"):
        daily = pl.DataFrame({"day": ahead.dates} | {name: course.balances for name, course in found.items()})
        by_day = [
            Column("day", texts.t("Day"), "date"),
            *(Column(name, texts.t(_NAMES[name]), "money", is_summed=False) for name in found),
        ]
        show_table(daily, by_day, key="cash-courses-daily", texts=texts, sheet=Sheet(texts.t("Scenarios day by day")), height=388)


def _row(name: str, course: Course) -> dict[str, object]:
    return {
        "name": name,
        "last": course.last,
        "lowest": course.lowest,
        "lowest_on": course.lowest_on,
        "below_on": course.below_on,
    }


def _asked(session: Session, ahead: Forecast) -> Scenario:
    """What the reader assumes; nothing changes the expected curve until something is."""
    texts = session.texts
    owing = dict(ahead.invoices.select("client_id", "client").unique().sort("client").iter_rows())
    with st.container(border=True):
        delay, share, client = st.columns([1, 1, 2])
        days = delay.number_input(
            texts.t("Clients pay later by (days)"), -_MOST_DELAY, _MOST_DELAY, 0, key="scenario-delay", step=1
        )
        pct = share.number_input(texts.t("Receipts that come (%)"), 0, 200, 100, key="scenario-share", step=5)
        without = client.multiselect(
            texts.t("Clients that do not pay"), list(owing), format_func=lambda key: owing[key], key="scenario-without",
            placeholder=texts.t("None of them"), select_all=False,
        )  # fmt: skip
        extra, on, side = st.columns([1, 1, 2])
        typed = extra.text_input(texts.t("One more movement"), key="scenario-extra", placeholder=example_amount(texts))
        day = on.date_input(
            texts.t("Day"), ahead.dates[0], min_value=ahead.dates[0], max_value=ahead.dates[-1], format="DD/MM/YYYY",
            key=f"scenario-day-{ahead.opening_date:%Y%m%d}-{len(ahead.dates)}",
        )  # fmt: skip
        is_in = side.radio(
            texts.t("Direction"), [False, True], horizontal=True, key="scenario-side",
            format_func=lambda come: texts.t("Money in") if come else texts.t("Money out"),
        )  # fmt: skip
    size = read_amount(typed) if typed.strip() else None
    if typed.strip() and size is None:
        st.warning(texts.t("{value} is not an amount such as 1234.56.", value=typed))
    more = ((day, abs(size) * (1 if is_in else -1)),) if size and isinstance(day, date) else ()
    return Scenario(int(days), Decimal(int(pct)), frozenset(without), more)
