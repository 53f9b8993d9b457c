"""Cash and suppliers as the pipelines say them, kept as long as the facts, the date and the currency stay the same."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import streamlit as st

from pages._ui.queries import Key, key_of
from pages._ui.session import Session
from pipelines.explain.suppliers import debits_found
from pipelines.forecast.backtest import BackTest, back_test
from pipelines.forecast.curve import Forecast, forecast
from pipelines.forecast.opening import balances_on
from pipelines.forecast.snapshots import kept_forecasts, run_keep
from pipelines.ledger import Ledger

#: How far back the cash curve begins.
BEFORE = timedelta(days=30)
#: How far ahead cash can be looked at, in days.
HORIZONS = ("7", "14", "30", "60", "90")
USUAL_HORIZON = "30"


def cash_ahead(session: Session, days: int = int(USUAL_HORIZON)) -> Forecast:
    """The cash of the coming days."""
    return _cash_ahead(key_of(session), days, session.ledger)


@st.cache_resource(max_entries=16, show_spinner=False)
def _cash_ahead(key: Key, days: int, _ledger: Ledger) -> Forecast:
    return forecast(_ledger, as_of=key[2], days=days, currency=key[3])


def past_forecasts(session: Session) -> BackTest:
    """Past forecasts of receipts against what came."""
    return _past_forecasts(key_of(session), session, cash_ahead(session))


@st.cache_resource(max_entries=4, show_spinner=False)
def _past_forecasts(key: Key, _session: Session, _ahead: Forecast) -> BackTest:
    kept = kept_forecasts(_session.store)
    return back_test(_session.ledger, _ahead.coming, kept, as_of=key[2], currency=key[3])


def keep_today(session: Session) -> None:
    """Keep the forecast of today for the back-test, once a day; a forecast as of another day is no forecast of that day."""
    if session.as_of == session.today and session.known_on is None:
        _keep_today(key_of(session), session, cash_ahead(session))


@st.cache_resource(max_entries=4, show_spinner=False)
def _keep_today(key: Key, _session: Session, _ahead: Forecast) -> None:
    del key  # a rerun does not ask the store again
    run_keep(_session.store, _ahead, author=_session.author)


def cash_behind(session: Session) -> list[tuple[date, Decimal]]:
    """The balance of all accounts at the end of each of the last 30 days, and of the as-of date; none without accounts."""
    return _cash_behind(key_of(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _cash_behind(key: Key, _ledger: Ledger) -> list[tuple[date, Decimal]]:
    days = [key[2] - timedelta(days=n) for n in range(BEFORE.days, -1, -1)]
    return balances_on(_ledger, days, currency=key[3])


def cash_now(session: Session) -> Decimal | None:
    """The balance of all accounts at the end of the as-of date; None without an account."""
    behind = cash_behind(session)
    return behind[-1][1] if behind else None


def payments_found(session: Session) -> pl.DataFrame:
    """PROPOSALS: the debits, in the currency of the figures, that seem to have paid supplier invoices."""
    return _payments_found(key_of(session), session.ledger)


@st.cache_resource(max_entries=4, show_spinner=False)
def _payments_found(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return debits_found(_ledger, as_of=key[2], currency=key[3])
