"""Receipts on the cash screen: open invoices and, apart, invoices to come; and how past forecasts did."""

import polars as pl
import streamlit as st

from pages._ui.cash_queries import past_forecasts
from pages._ui.charts import show_past_forecasts, show_receipts_curve
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import with_words
from pages._ui.words import written
from pipelines.exports.forecast_answers import KINDS, STARTING, back_test_sentences, coverage_sentence
from pipelines.forecast.bands import MONTH
from pipelines.forecast.curve import Forecast
from pipelines.parties import client_names


def show_receipts(session: Session, ahead: Forecast) -> None:
    """The receipts of open invoices with their band, and on a line of their own those of invoices to come."""
    texts, money, unissued = session.texts, session.currency, ahead.coming.unissued
    with st.container(border=True):
        st.subheader(texts.t("Receipts"), anchor=False)
        band = {"p10": ahead.receipts.p10, "p50": ahead.receipts.p50, "p90": ahead.receipts.p90}
        show_receipts_curve(
            texts, money, dates=ahead.dates, band=band, unissued=ahead.unissued,
            is_starting=ahead.is_starting, key=f"receipts-curve-{len(ahead.dates)}",
        )  # fmt: skip
        st.caption(coverage_sentence(past_forecasts(session), texts))
        if not unissued.snapshots and unissued.invoices.is_empty():
            st.caption(texts.t("Invoices to come are not estimated yet: the history is too short."))
            return
        if not ahead.unissued[-1]:
            st.caption(texts.t("No invoice to come should be paid in this period."))
            return
        said = texts.t(
            "Invoices to come could add {amount}: an estimate from what new invoices brought in the past weeks, "
            "in no balance above.",
            amount=texts.money(ahead.unissued[-1], money),
        )
        st.caption(written(said))
        if unissued.invoices.height:
            _regular(session, unissued.invoices)


def _regular(session: Session, invoices: pl.DataFrame) -> None:
    """Invoices expected of clients who are invoiced in a rhythm."""
    texts = session.texts
    names = client_names(session.ledger.clients, session.ledger.documents)
    rows = invoices.join(names, on="client_id", how="left", validate="m:1", maintain_order="left")
    columns = [
        Column("client", texts.t("Client"), width=260),
        Column("issue_date", texts.t("To be issued on"), "date"),
        Column("due_date", texts.t("Due"), "date"),
        Column("amount", texts.t("Usual amount"), "money"),
        Column("p_paid", texts.t("Chance to be paid in the period"), "chance"),
    ]
    with st.expander(texts.t("Clients invoiced regularly"), icon=":material/event_repeat:"):
        show_table(rows, columns, key="cash-to-issue", texts=texts, sheet=Sheet(texts.t("Clients invoiced regularly")))


def show_past(session: Session) -> None:
    """Past forecasts against what came: error, coverage, and the clients most often misjudged."""
    texts, found = session.texts, past_forecasts(session)
    with st.container(border=True):
        st.subheader(texts.t("How past forecasts did"), anchor=False)
        if found.is_starting:
            st.info(texts.t(STARTING), icon=":material/info:")
        st.markdown(" ".join(back_test_sentences(found, texts)))
        month = found.forecasts.filter(pl.col("days") == MONTH).sort("as_of")
        if month.is_empty():
            return
        show_past_forecasts(texts, session.currency, month.to_dicts(), key="past-forecasts")
        with st.expander(texts.t("See the figures"), icon=":material/table:"):
            _forecasts(session, found.forecasts)
        with st.expander(texts.t("Clients most often misjudged"), icon=":material/person_search:"):
            _misses(session, found.misses)


def _forecasts(session: Session, forecasts: pl.DataFrame) -> None:
    texts = session.texts
    columns = [
        Column("as_of", texts.t("Made on"), "date"),
        Column("days", texts.t("Days ahead"), "count"),
        Column("expected", texts.t("Expected"), "money", is_summed=False),  # forecasts overlap
        Column("p10", texts.t("Prudent (P10)"), "money", is_summed=False),
        Column("p90", texts.t("Favourable (P90)"), "money", is_summed=False),
        Column("came", texts.t("Received"), "money", is_summed=False),
        Column("is_within", texts.t("In the band"), "check"),
        Column("kind", texts.t("How"), help=texts.t("Kept on that day, or made again with what was dated before it.")),
    ]
    show_table(
        with_words(texts, forecasts, kind=KINDS),
        columns,
        key="past-forecasts-table",
        texts=texts,
        sheet=Sheet(texts.t("Past forecasts")),
        height=388,
    )


def _misses(session: Session, misses: pl.DataFrame) -> None:
    texts = session.texts
    columns = [
        Column("client", texts.t("Client"), width=260),
        Column("expected", texts.t("Expected"), "money", help=texts.t("On average per forecast, over 30 days."), is_summed=False),
        Column("came", texts.t("Received"), "money", is_summed=False),
        Column("miss", texts.t("Average difference"), "money", is_summed=False),
        Column("n", texts.t("Forecasts"), "count"),
    ]
    show_table(
        misses,
        columns,
        key="past-misses",
        texts=texts,
        sheet=Sheet(texts.t("Clients most often misjudged")),
        empty=texts.t("No forecast can be compared yet."),
    )
