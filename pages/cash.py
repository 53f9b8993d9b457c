"""Trésorerie: what is in the bank, how the coming days look, and every item behind the curve."""

from datetime import date

import streamlit as st

from pages._ui.acting import show_notice
from pages._ui.cash_expected import PAGE, show_expected_items
from pages._ui.cash_items import show_aside, show_day, show_expected, show_flows
from pages._ui.cash_queries import HORIZONS, USUAL_HORIZON, cash_ahead, cash_behind, keep_today
from pages._ui.cash_receipts import show_past, show_receipts
from pages._ui.cash_scenarios import show_scenarios
from pages._ui.charts import show_cash_curve
from pages._ui.choices import choose
from pages._ui.empty import show_empty
from pages._ui.figures import cash_tiles
from pages._ui.session import Session, current
from pages._ui.tables import Sheet, show_table
from pages._ui.tiles import show_tiles
from pages._ui.twins import daily, daily_columns
from pages._ui.words import written
from pipelines.exports.forecast_answers import STARTING
from pipelines.forecast.bands import LEVELS
from pipelines.forecast.curve import NOTES, Forecast


def show() -> None:
    """Show the cash screen."""
    session = current()
    texts = session.texts
    if session.ledger.is_empty:
        show_empty(session, texts.t("Cash"), texts.t("Import a bank statement and your invoices to see the coming days of cash."))
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.title(texts.t("Cash"), anchor=False, width="content")
        days = int(
            choose(
                texts.t("Horizon"),
                HORIZONS,
                words=lambda n: texts.plural("{count} day", "{count} days", int(n)),
                key="days",
                default=USUAL_HORIZON,
            )
        )
    ahead = cash_ahead(session, days)
    st.caption(texts.t("As of {day}.", day=texts.weekday_date(session.as_of)))
    show_notice(session, PAGE)
    if ahead.notes:
        st.warning("\n\n".join(texts.t(NOTES[note]) for note in ahead.notes), icon=":material/info:")
    show_tiles(texts, cash_tiles(session, ahead), key="cash-tiles", columns=4, least=210)
    _curve(session, ahead)
    _behind(session, ahead)
    show_receipts(session, ahead)
    show_past(session)
    keep_today(session)


def _curve(session: Session, ahead: Forecast) -> None:
    """The curve, its low point in a sentence, and what the band means."""
    texts = session.texts
    with st.container(border=True):
        st.subheader(
            texts.plural("Cash over the next {count} day", "Cash over the next {count} days", len(ahead.dates)), anchor=False
        )
        if ahead.has_cash:
            _say_low_point(session, ahead)
        show_cash_curve(texts, ahead, past=cash_behind(session), key=f"cash-curve-{len(ahead.dates)}")
        if ahead.is_starting:
            st.caption(texts.t(STARTING))
            return
        st.caption(
            texts.t(
                "The band holds eight futures out of ten: one in ten ends below it (P10), one in ten above (P90). "
                "It covers when clients pay; other movements are taken at their usual or planned amount and day."
            )
        )


def _say_low_point(session: Session, ahead: Forecast) -> None:
    """The low point in a sentence, and how likely cash is below the floor."""
    texts, low, money = session.texts, ahead.lowest, session.currency
    sentence = texts.t(
        "The low point is on **{day}**: {amount} in the prudent case, {median} in the median case.",
        day=texts.weekday_date(low.date),
        amount=texts.money(low.p10, money),
        median=texts.money(low.p50, money),
    )
    st.markdown(written(sentence))
    _warn_of_floor(session, ahead)


def _warn_of_floor(session: Session, ahead: Forecast) -> None:
    """How likely cash is below the floor on the worst day."""
    texts, (day, chance) = session.texts, ahead.riskiest
    floor = texts.money(ahead.floor, session.currency)
    if not chance:
        least = texts.percent(100 * LEVELS[0], 0)
        said = texts.t(
            "Chance that cash falls below the floor of {floor}: less than {least}, each day.", floor=floor, least=least
        )
        st.caption(written(said))
        return
    said = (
        "Cash is below the floor of {floor} today; {chance} of chance that it still is on {day}."
        if ahead.opening < ahead.floor
        else "Cash may fall below the floor of {floor}: {chance} of chance on {day}, the riskiest day."
    )
    sentence = texts.t(said, floor=floor, chance=texts.percent(100 * chance, 0), day=texts.weekday_date(day))
    st.warning(written(sentence), icon=":material/warning:")


def _behind(session: Session, ahead: Forecast) -> None:
    """Every item of the curve: by day, by invoice, recurring, and what was set aside."""
    texts = session.texts
    aside = texts.t("Set aside ({count})", count=texts.number(ahead.set_aside.height))
    titles = ("Day by day", "Expected movements", "Scenarios", "Receipts by invoice", "Recurring movements")
    days, expected, scenarios, invoices, flows, left_out = st.tabs([*(texts.t(title) for title in titles), aside])
    with days:
        st.caption(texts.t("Tick a day to see every item expected on it."))
        frame = daily(ahead)
        chosen = show_table(
            frame,
            daily_columns(session, ahead),
            key=f"cash-days-{len(ahead.dates)}",
            texts=texts,
            sheet=Sheet(texts.t("Bank movements")),
            selection="single-row",
            height=388,
        )
        if chosen:
            show_day(session, ahead, date.fromisoformat(chosen[0]))
    with expected:
        show_expected_items(session, ahead)
    with scenarios:
        show_scenarios(session, ahead)
    with invoices:
        show_expected(session, ahead)
    with flows:
        show_flows(session, ahead)
    with left_out:
        show_aside(session, ahead)
