"""Accueil: where the company stands today, where cash is going, and what to do first."""

from typing import Any

import polars as pl
import streamlit as st

from pages._ui.cash_queries import cash_ahead, cash_behind, keep_today
from pages._ui.charts import show_ageing_bar, show_cash_curve
from pages._ui.dunning import task_name
from pages._ui.empty import show_empty
from pages._ui.explained_address import ask_for_figure, go_where_asked
from pages._ui.figures import home_tiles, quality_words
from pages._ui.links import button_to
from pages._ui.queries import figures, to_do
from pages._ui.session import Session, current
from pages._ui.tiles import show_tiles
from pages._ui.twins import show_ageing_twin, show_cash_twin
from pages._ui.waiting import quality
from pages._ui.wording import status_text, why
from pages._ui.words import md, written
from pipelines.account_label import account_label
from pipelines.coverage import covered_days
from pipelines.exports.columns import BUCKET_TITLES

_TOP = 8
_WIDTHS = (2.6, 1.8, 2.1, 4.5)


def show() -> None:
    """Show the home screen."""
    session = current()
    texts = session.texts
    go_where_asked()
    if session.ledger.is_empty:
        show_empty(
            session,
            texts.t("Welcome to Encours"),
            texts.t("Drop your invoices and your bank statement: you get what clients owe, whom to chase and 30 days of cash."),
        )
        return
    st.title(md(session.ledger.settings.company_name or texts.t("Home")), anchor=False)
    _banner(session)
    show_tiles(texts, home_tiles(session), key="home-tiles")
    _to_do_today(session)
    _cash(session)
    _ageing(session)
    keep_today(session)


def _banner(session: Session) -> None:
    """The date in words, how fresh each account is, and what the data still need."""
    texts = session.texts
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(texts.t("As of **{day}**", day=texts.weekday_date(session.as_of)), width="content")
        ledger = session.ledger
        days = covered_days(ledger.coverage, ledger.lines, ledger.balances, as_of=session.as_of)
        reached = dict(days.iter_rows())
        for account_id, name, stated_on in cash_ahead(session).accounts.select("account_id", "account", "stated_on").iter_rows():
            label = account_label(texts, name)
            # A later balance covers the as-of date too, and a quiet account is covered to the end of its statements.
            known = [reached.get(account_id), min(stated_on, session.as_of) if stated_on else None]
            covered = max((day for day in known if day is not None), default=None)
            if covered is None:
                st.badge(md(texts.t("{account}: no statement", account=label)), icon=":material/help:", color="orange")
                continue
            is_fresh = (session.as_of - covered).days <= ledger.settings.statement_days
            text = texts.t("{account}: statement of {day}", account=label, day=texts.date(covered))
            st.badge(
                md(text), icon=":material/check:" if is_fresh else ":material/schedule:", color="green" if is_fresh else "orange"
            )
        found = quality_words(texts, quality(session))
        for text in found:
            st.badge(text, icon=":material/priority_high:", color="orange")
        if found:
            button_to(
                texts.t("Reconcile"),
                "rapprochement",
                key="home-reconcile",
                icon=":material/compare_arrows:",
                importance="tertiary",
            )


def _to_do_today(session: Session) -> None:
    """The top of the worklist: client, money, delay, next action and why."""
    texts, rows = session.texts, to_do(session)
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.subheader(texts.t("To do today"), anchor=False, width="content")
            button_to(
                texts.t("Prepare the reminders"),
                "relances",
                key="home-collections",
                icon=":material/forward_to_inbox:",
                importance="primary",
            )
        actionable = rows.filter(pl.col("action") != "wait").head(_TOP)
        if actionable.is_empty():
            st.caption(texts.t("Nothing to do today: no reminder is due."))
        for row in actionable.iter_rows(named=True):
            _line(session, row)
        if more := rows.height - actionable.height:
            st.caption(texts.plural("{count} more client on the worklist.", "{count} more clients on the worklist.", more))


def _line(session: Session, row: dict[str, Any]) -> None:
    """One client of the worklist, in words that need no heading; its name leads to its page."""
    texts = session.texts
    client, money, action, reason = st.columns(_WIDTHS, vertical_alignment="center")
    with client:
        key = f"home-client-{row['client_id']}"
        button_to(md(row["client"]), "client", key=key, importance="tertiary", client=row["client_id"])
    late = row["oldest_days_late"]
    delay = status_text(texts, "late", late, None) if late else texts.t("nothing is late")
    with money.container(gap=None):
        st.markdown(written(f"**{texts.money(row['overdue'], session.currency)}**"))
        st.caption(delay)
    action.badge(task_name(texts, row), color="orange" if row["held"] else "blue")
    reason.caption(md(why(texts, row)))


def _cash(session: Session) -> None:
    """The curve of the last 30 days and the next 30."""
    texts, ahead = session.texts, cash_ahead(session)
    with st.container(border=True):
        st.subheader(texts.t("Cash over the next 30 days"), anchor=False)
        show_cash_curve(texts, ahead, past=cash_behind(session), key="home-cash")
        show_cash_twin(session, ahead, key="home-cash-table")


def _ageing(session: Session) -> None:
    """How late the money is; a click on an age leads to its rows."""
    texts, now = session.texts, figures(session)
    with st.container(border=True):
        st.subheader(texts.t("Receivables by age"), anchor=False)
        titles = {name: texts.t(title) for name, title in BUCKET_TITLES.items()}
        show_ageing_bar(texts, session.currency, now.ageing, now.open_credits, titles, key="home-ageing", on_pick=ask_for_figure)
        show_ageing_twin(session, now, key="home-ageing-table")
