"""Créances in pictures: ageing, DSO, debtors, delays, invoiced and collected, the roll-forward; a click opens the rows."""

from collections.abc import Callable

import polars as pl
import streamlit as st

from pages._ui.chart_queries import steps_of_year
from pages._ui.chart_rows import pick, show_behind
from pages._ui.charts import (
    show_ageing_columns,
    show_delays,
    show_dso_trend,
    show_invoiced_and_collected,
    show_pareto,
    show_waterfall,
)
from pages._ui.choices import choose
from pages._ui.queries import basis, items, month_ends
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.words import md
from pipelines.debtors import LEAST_PAYMENTS, MOST, pareto, payment_delays
from pipelines.explain.breakdown import by_month
from pipelines.explain.operands import rows_of
from pipelines.exports.columns import BUCKET_TITLES
from pipelines.exports.period_tables import MOVE_WORDS

_PICTURES = {
    "ageing": "Ageing",
    "dso": "DSO",
    "debtors": "Largest debtors",
    "delays": "Payment delays",
    "months": "Invoiced and collected",
    "moves": "From opening to closing",
}


def show_charts(session: Session) -> None:
    """One picture at a time, its figures as a table, and the rows of the bar that was clicked."""
    texts = session.texts
    name = choose(texts.t("Chart"), list(_PICTURES), words=lambda code: texts.t(_PICTURES[code]), key="chart", default="ageing")
    with st.container(border=True):
        _SHOWN[name](session)
    show_behind(session, name)


def _head(title: str, said: str) -> None:
    st.subheader(title, anchor=False)
    st.caption(md(said))


def _twin(session: Session, rows: pl.DataFrame, columns: list[Column], *, key: str, title: str) -> None:
    with st.expander(session.texts.t("See the figures"), icon=":material/table:"):
        show_table(rows, columns, key=f"chart-{key}", texts=session.texts, sheet=Sheet(title))


def _ageing(session: Session) -> None:
    texts, rows = session.texts, month_ends(session)
    titles = {name: texts.t(title) for name, title in BUCKET_TITLES.items()}
    title = texts.t("What clients owed at each month end")
    _head(title, texts.t("The last column is the as-of date. Invoices only, before unused credits."))
    show_ageing_columns(texts, session.currency, rows.to_dicts(), titles, key="chart-ageing", on_pick=pick("ageing"))
    columns = [Column("day", texts.t("As of"), "date")]
    columns += [Column(name, said, "money", is_summed=False) for name, said in titles.items()]
    _twin(session, rows.reverse(), columns, key="ageing-figures", title=title)


def _dso(session: Session) -> None:
    texts, rows = session.texts, month_ends(session)
    title = texts.t("DSO over the last 12 months")
    said = texts.t(
        "DSO: receivables ÷ sales of the 365 days before × days. Without delay: the part that is not due yet. "
        "Terms: days from issue to due date, weighted by the amounts invoiced."
    )
    _head(title, said)
    show_dso_trend(texts, rows, key="chart-dso", on_pick=pick("dso"))
    columns = [
        Column("day", texts.t("As of"), "date"),
        Column("receivables", texts.t("Receivables (net)"), "money", is_summed=False),
        Column("sales", texts.t("Sales incl. VAT"), "money", is_summed=False),
        Column("dso", texts.t("DSO"), "tenths"),
        Column("best_possible_dso", texts.t("Best possible DSO"), "tenths"),
        Column("terms", texts.t("Contractual terms (average)"), "tenths"),
    ]
    _twin(session, rows.reverse(), columns, key="dso-figures", title=title)


def _debtors(session: Session) -> None:
    texts = session.texts
    found = pareto(items(session))
    if found.rows.is_empty():
        st.caption(texts.t("Nothing is owed."))
        return
    title = texts.plural(
        "{count} client owes 80% of open invoices", "{count} clients owe 80% of open invoices", found.clients_for_80
    )
    said = texts.t("What each client owes before unused credits, and the share that it and all larger ones make together.")
    _head(title, said)
    show_pareto(texts, session.currency, found, key="chart-debtors", on_pick=pick("debtors"))
    columns = [
        Column("client", texts.t("Client"), width=260),
        Column("outstanding", texts.t("Outstanding"), "money"),
        Column("reached", texts.t("Share reached"), "share"),
    ]
    every = pareto(items(session), most=found.rows.height + found.others)
    _twin(session, every.rows, columns, key="debtors-figures", title=texts.t("Largest debtors"))


def _delays(session: Session) -> None:
    texts = session.texts
    rows = payment_delays(rows_of("late_days", basis(session)))
    told = rows.filter(pl.col("payments") >= LEAST_PAYMENTS)
    title = texts.t("How late clients pay")
    said = texts.t(
        "Days from due date to payment, over the last 365 days; negative when early. "
        "Clients with fewer than {count} payments stand in the table only.",
        count=texts.number(LEAST_PAYMENTS),
    )
    _head(title, said)
    if told.is_empty():
        st.caption(texts.t("No client has made {count} payments yet.", count=texts.number(LEAST_PAYMENTS)))
    else:
        show_delays(texts, told.head(MOST), key="chart-delays", on_pick=pick("delays"))
    columns = [
        Column("client", texts.t("Client"), width=260),
        Column("payments", texts.t("Payments received"), "count"),
        Column("amount", texts.t("Amount"), "money"),
        Column("p10", texts.t("Early (1 in 10)"), "tenths"),
        Column("p50", texts.t("Median"), "tenths"),
        Column("p90", texts.t("Late (1 in 10)"), "tenths"),
    ]
    is_few = pl.col("payments") < LEAST_PAYMENTS
    shown = rows.with_columns(pl.when(is_few).then(None).otherwise(pl.col(name)).alias(name) for name in ("p10", "p50", "p90"))
    _twin(session, shown, columns, key="delays-figures", title=title)


def _months(session: Session) -> None:
    texts, rows = session.texts, by_month(basis(session))
    title = texts.t("Invoiced and collected by month")
    _head(title, texts.t("Sales less credit notes, and receipts less what went back, VAT included."))
    show_invoiced_and_collected(texts, session.currency, rows, key="chart-months", on_pick=pick("months"))
    shown = rows.with_columns(month_text=pl.Series([texts.month(month) for month in rows["month"]], dtype=pl.String))
    columns = [
        Column("month_text", texts.t("Month")),
        Column("sales", texts.t("Sales incl. VAT"), "money"),
        Column("collected", texts.t("Collected"), "money"),
    ]
    _twin(session, shown, columns, key="months-figures", title=title)


def _moves(session: Session) -> None:
    texts, now = session.texts, basis(session)
    title = texts.t("From opening to closing receivables")
    said = texts.t(
        "From {start} to {end}: what was invoiced, credited, collected, written off.",
        start=texts.date(now.start),
        end=texts.date(now.as_of),
    )
    _head(title, said)
    steps = [(code, texts.t(MOVE_WORDS[code]), amount) for code, amount in steps_of_year(session)]
    show_waterfall(texts, session.currency, steps, key="chart-moves", on_pick=pick("moves"))
    columns = [Column("title", texts.t("Movement")), Column("amount", texts.t("Amount"), "money", is_summed=False)]
    rows = pl.DataFrame([{"title": said, "amount": amount} for _, said, amount in steps])
    _twin(session, rows, columns, key="moves-figures", title=title)


_SHOWN: dict[str, Callable[[Session], None]] = {
    "ageing": _ageing,
    "dso": _dso,
    "debtors": _debtors,
    "delays": _delays,
    "months": _months,
    "moves": _moves,
}
