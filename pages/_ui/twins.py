"""The tables behind the charts: every drawn number can be read."""

import polars as pl
import streamlit as st

from models.money import MONEY
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pipelines.exports.columns import BUCKET_TITLES
from pipelines.forecast.curve import Forecast
from pipelines.kpis import Kpis


def daily(ahead: Forecast) -> pl.DataFrame:
    """One row per day ahead: other movements of the day, balance P10, P50, P90 at its end, receipts expected so far."""
    return pl.DataFrame(
        {
            "day": ahead.dates,
            "receipts": ahead.receipts.mean,
            "inflows": ahead.inflows,
            "outflows": ahead.outflows,
            "p10": ahead.balances.p10,
            "p50": ahead.balances.p50,
            "p90": ahead.balances.p90,
        },
        schema_overrides=dict.fromkeys(("receipts", "inflows", "outflows", "p10", "p50", "p90"), MONEY),
    )


def daily_columns(session: Session, ahead: Forecast) -> list[Column]:
    """The columns of `daily`; recurring receipts only where there are any."""
    texts = session.texts
    columns = [
        Column("day", texts.t("Day"), "date"),
        Column(
            "receipts",
            texts.t("Receipts so far"),
            "money",
            help=texts.t("From open invoices, since the start of the curve."),
            is_summed=False,
        ),
        Column(
            "inflows",
            texts.t("Other receipts"),
            "money",
            help=texts.t("Recurring and planned receipts of the day"),
            is_sparse=True,
        ),
        Column(
            "outflows",
            texts.t("Payments"),
            "money",
            help=texts.t("Recurring and planned payments, taxes and suppliers of the day"),
            is_sparse=True,
        ),
        Column("p10", texts.t("Prudent (P10)"), "money", help=texts.t("Prudent balance (P10)"), is_summed=False),
        Column("p50", texts.t("Median (P50)"), "money", help=texts.t("Median balance (P50)"), is_summed=False),
        Column("p90", texts.t("Favourable (P90)"), "money", help=texts.t("Favourable balance (P90)"), is_summed=False),
    ]
    return [column for column in columns if column.name != "inflows" or any(ahead.inflows)]


def show_cash_twin(session: Session, ahead: Forecast, *, key: str) -> None:
    """The cash curve as a table."""
    with st.expander(session.texts.t("See the figures"), icon=":material/table:"):
        show_table(
            daily(ahead),
            daily_columns(session, ahead),
            key=key,
            texts=session.texts,
            sheet=Sheet(session.texts.t("Cash day by day")),
        )


def show_ageing_twin(session: Session, now: Kpis, *, key: str) -> None:
    """The ageing as a table whose rows sum to the receivables."""
    texts = session.texts
    rows = [{"name": texts.t(BUCKET_TITLES[name]), "amount": amount} for name, amount in now.ageing.items()]
    rows += [
        {"name": texts.t("Outstanding of all invoices"), "amount": now.gross_outstanding},
        {"name": texts.t("Unused credits"), "amount": -now.open_credits},
        {"name": texts.t("Receivables (net)"), "amount": now.receivables},
    ]
    with st.expander(texts.t("See the figures"), icon=":material/table:"):
        show_table(
            rows,
            [Column("name", texts.t("Age")), Column("amount", texts.t("Amount"), "money", is_summed=False)],
            key=key,
            texts=texts,
            sheet=Sheet(texts.t("Receivables by age")),
        )
