"""Opened figures, what moved them and their details, kept as long as the facts, the date and the currency stay the same."""

from datetime import date

import polars as pl
import streamlit as st

from pages._ui.queries import Key, basis, cash_ahead
from pages._ui.session import Session
from pipelines.explain.breakdown import breakdown, by_month
from pipelines.explain.cash import CASH_FIGURES, explain_cash
from pipelines.explain.explanation import Explanation, explain
from pipelines.explain.movement import Movement, movement


def _key(session: Session) -> Key:
    return session.path, session.revision, session.as_of, session.currency


def explained(session: Session, figure: str, client_id: str | None = None) -> Explanation:
    """A figure with what it is made of, at the session's date: of the company, or of one client."""
    return _explained(_key(session), figure, client_id, session)


@st.cache_resource(max_entries=64, show_spinner=False)
def _explained(key: Key, figure: str, client_id: str | None, _session: Session) -> Explanation:
    del key  # of the cache only
    if figure in CASH_FIGURES:
        return explain_cash(_session.ledger, cash_ahead(_session), figure)
    return explain(basis(_session, client_id), figure)


def moved(session: Session, figure: str, client_id: str | None, *, since: date) -> Movement | None:
    """What moved a figure since an earlier day; None where the two values cannot be compared."""
    return _moved(_key(session), figure, client_id, since, session)


@st.cache_resource(max_entries=8, show_spinner=False)
def _moved(key: Key, figure: str, client_id: str | None, since: date, _session: Session) -> Movement | None:
    del key  # of the cache only
    return movement(figure, basis(_session, client_id), since=since)


def split(session: Session, by: str) -> pl.DataFrame:
    """The figures by month, client, sales rep, category or segment."""
    return _split(_key(session), by, session)


@st.cache_resource(max_entries=8, show_spinner=False)
def _split(key: Key, by: str, _session: Session) -> pl.DataFrame:
    del key  # of the cache only
    return by_month(basis(_session)) if by == "month" else breakdown(basis(_session), by)
