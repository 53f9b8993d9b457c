"""Opened figures, what moved them and their details, kept as long as the facts, the date and the currency stay the same."""

from datetime import date

import polars as pl
import streamlit as st

from pages._ui.cash_queries import USUAL_HORIZON, cash_ahead, payments_found
from pages._ui.closing_queries import doubtful, provision_moves
from pages._ui.queries import Key, basis, key_of
from pages._ui.session import Session
from pipelines.explain.basis import Basis
from pipelines.explain.breakdown import breakdown, by_month, grouped_rows
from pipelines.explain.cash import CASH_FIGURES, explain_cash
from pipelines.explain.doubtful import DOUBTFUL_FIGURES, explain_doubtful
from pipelines.explain.explanation import Explanation, explain
from pipelines.explain.movement import Movement, movement
from pipelines.explain.suppliers import SUPPLIER_FIGURES, explain_suppliers


def explained(session: Session, figure: str, part: str | None = None) -> Explanation:
    """A figure with what it is made of, at the session's date.

    Args:
        session: the reader's.
        figure: its key.
        part: a client's id: of it alone. Of cash: an account's id. Of the other figures of cash: the days of the horizon.
    """
    return _explained(key_of(session), figure, part, session)


@st.cache_resource(max_entries=64, show_spinner=False)
def _explained(key: Key, figure: str, part: str | None, _session: Session) -> Explanation:
    ledger = _session.ledger
    if figure == "cash":
        return explain_cash(ledger, cash_ahead(_session), figure, account_id=part)
    if figure in CASH_FIGURES:
        return explain_cash(ledger, cash_ahead(_session, int(part or USUAL_HORIZON)), figure)
    if figure in DOUBTFUL_FIGURES:
        found = doubtful(_session), provision_moves(_session)
        return explain_doubtful(ledger, figure, *found, as_of=key[2], currency=key[3])
    if figure in SUPPLIER_FIGURES:
        return explain_suppliers(cash_ahead(_session), payments_found(_session), figure)
    return explain(basis(_session, part), figure)


def moved(session: Session, figure: str, client_id: str | None, *, since: date) -> Movement | None:
    """What moved a figure since an earlier day; None where the two values cannot be compared."""
    return _moved(key_of(session), figure, client_id, since, session)


@st.cache_resource(max_entries=8, show_spinner=False)
def _moved(key: Key, figure: str, client_id: str | None, since: date, _session: Session) -> Movement | None:
    del key  # of the cache only
    return movement(figure, basis(_session, client_id), since=since)


def split(session: Session, by: str) -> pl.DataFrame:
    """The figures by month, client, sales rep, category or segment."""
    return _split(key_of(session), by, basis(session))


@st.cache_resource(max_entries=8, show_spinner=False)
def _split(key: Key, by: str, _basis: Basis) -> pl.DataFrame:
    del key  # of the cache only
    return by_month(_basis) if by == "month" else breakdown(_basis, by)


def split_rows(session: Session, by: str) -> pl.DataFrame:
    """The rows behind all cells of `split`: ROWS, with the figure that they are `of` and their `group`."""
    return _split_rows(key_of(session), by, basis(session))


@st.cache_resource(max_entries=4, show_spinner=False)
def _split_rows(key: Key, by: str, _basis: Basis) -> pl.DataFrame:
    del key  # of the cache only
    return grouped_rows(_basis, by)
