"""What the pipelines say, kept as long as the facts, the date and the currency stay the same.

Frames and figures are shared by all sessions and never changed in place. Arguments that begin with an underscore are
no part of a key: the database's file, the day whose knowledge is shown and the revision stand for the ledger.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from models.money import total
from models.store import Store
from pages._ui.session import Session
from pipelines.accounting.balance_check import accounts_at
from pipelines.accounting.reconciliation import AccountsCheck
from pipelines.ageing import USUAL, Ageing, aged
from pipelines.arrivals import Arrivals, run_arrivals
from pipelines.behaviour import payment_habits
from pipelines.collections.facts import Situation, situation
from pipelines.collections.grace import Grace
from pipelines.collections.segments import segments
from pipelines.collections.worklist import worklist
from pipelines.explain.basis import Basis
from pipelines.explain.suppliers import debits_found
from pipelines.forecast.backtest import BackTest, back_test
from pipelines.forecast.curve import Forecast, forecast
from pipelines.forecast.history import payment_history
from pipelines.forecast.opening import opening_balances
from pipelines.forecast.snapshots import kept_forecasts, run_keep
from pipelines.kpis import Kpis, kpis
from pipelines.ledger import Ledger
from pipelines.locks import Closing
from pipelines.papers.account import with_letters
from pipelines.provisions.closings import provision_changes
from pipelines.provisions.doubt import decisions
from pipelines.provisions.proposals import doubts
from pipelines.provisions.vat_recovery import lost_vat
from pipelines.receivables import open_items, sales_documents
from pipelines.reconcile.listing import bank_lines, listed_allocations
from pipelines.rollforward import movements as movements_of
from pipelines.rollforward import rollforward
from pipelines.trends import last_month_ends, trend

#: How far back a figure is compared, and the cash curve begins.
BEFORE = timedelta(days=30)
MONTHS = 12
#: How far ahead cash can be looked at, in days.
HORIZONS = ("7", "14", "30", "60", "90")
USUAL_HORIZON = "30"
Key = tuple[str, int, date, str]


def _key(session: Session, as_of: date | None = None) -> Key:
    return session.path, session.revision, as_of or session.as_of, session.currency


def figures(session: Session, as_of: date | None = None) -> Kpis:
    """The figures of contract 2 at a date; the session's by default."""
    return _figures(_key(session, as_of), session.ledger)


def basis(session: Session, client_id: str | None = None) -> Basis:
    """What the figures are calculated from, at the session's date: of the company, or of one client."""
    return _basis(_key(session), client_id, session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _basis(key: Key, client_id: str | None, _ledger: Ledger) -> Basis:
    return Basis.of(_ledger, as_of=key[2], currency=key[3], client_id=client_id)


@st.cache_resource(max_entries=24, show_spinner=False)
def _figures(key: Key, _ledger: Ledger) -> Kpis:
    return kpis(_ledger, as_of=key[2], currency=key[3])


def items(session: Session) -> pl.DataFrame:
    """OPEN_ITEMS, settled ones included."""
    return _items(_key(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _items(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return open_items(_ledger, as_of=key[2], currency=key[3])


def documents(session: Session) -> pl.DataFrame:
    """OPEN_ITEMS and credit notes, with `open_credit`."""
    return _documents(_key(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _documents(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return sales_documents(_ledger, as_of=key[2], currency=key[3])


def aged_by(session: Session, by: str, ageing: Ageing = USUAL) -> pl.DataFrame:
    """The aged balance by client, invoice, sales_rep, category or currency (then in all of them)."""
    return _aged(_key(session), by, ageing, session.ledger)


@st.cache_resource(max_entries=16, show_spinner=False)
def _aged(key: Key, by: str, ageing: Ageing, _ledger: Ledger) -> pl.DataFrame:
    return aged(_ledger, as_of=key[2], by=by, currency=None if by == "currency" else key[3], ageing=ageing)


def accounts_proof(session: Session) -> AccountsCheck:
    """The accounts of clients beside what they owe on screen."""
    return _accounts_proof(_key(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _accounts_proof(key: Key, _ledger: Ledger) -> AccountsCheck:
    return accounts_at(_ledger, to=key[2], currency=key[3])


def receivable_moves(session: Session) -> pl.DataFrame:
    """MOVEMENTS of receivables, of all days."""
    return _receivable_moves(_key(session, date.min), session.ledger)


@st.cache_resource(max_entries=4, show_spinner=False)
def _receivable_moves(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return movements_of(_ledger, currency=key[3])


def moves_between(session: Session, start: date, to: date, by: str) -> pl.DataFrame:
    """The roll-forward from one day to another, both included."""
    return _moves_between(_key(session, to), start, by, session.ledger, receivable_moves(session))


@st.cache_resource(max_entries=16, show_spinner=False)
def _moves_between(key: Key, start: date, by: str, _ledger: Ledger, _moved: pl.DataFrame) -> pl.DataFrame:
    return rollforward(_ledger, start=start, to=key[2], by=by, currency=key[3], moved=_moved)


def arrivals_since(session: Session, closing: Closing, as_of: date | None = None) -> Arrivals:
    """What came after a closing for the days up to a date, by default the last closed day."""
    return _arrivals_since(_key(session, as_of or closing.locked_to), closing, session.store, session.ledger)


@st.cache_resource(max_entries=16, show_spinner=False)
def _arrivals_since(key: Key, closing: Closing, _store: Store, _ledger: Ledger) -> Arrivals:
    return run_arrivals(_store, _ledger, closing, as_of=key[2], currency=key[3])


def month_ends(session: Session) -> pl.DataFrame:
    """TREND at the last 12 month ends and at the date itself."""
    return _month_ends(_key(session), session.ledger)


@st.cache_resource(max_entries=4, show_spinner=False)
def _month_ends(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return trend(_ledger, last_month_ends(key[2], MONTHS), currency=key[3])


def allocations(session: Session) -> pl.DataFrame:
    """Allocations whose source is dated by the as-of date, with the bank's label and account."""
    return _allocations(_key(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _allocations(key: Key, _ledger: Ledger) -> pl.DataFrame:
    rows = with_letters(listed_allocations(_ledger, as_of=key[2], currency=key[3]), _ledger, as_of=key[2])
    lines = _ledger.lines.select("account", "label", source_id="line_id")
    return rows.join(lines, on="source_id", how="left", validate="m:1", maintain_order="left")


def to_do(session: Session) -> pl.DataFrame:
    """WORKLIST: what to do today, the most useful first."""
    return _to_do(_key(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _to_do(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return worklist(_ledger, as_of=key[2], currency=key[3])


def segment_row(session: Session, client_id: str) -> dict[str, Any] | None:
    """The client's segment and what it comes from (SEGMENT_ROWS), or None if it was never sent an invoice."""
    rows = _segments(_key(session), session.ledger).filter(pl.col("client_id") == client_id).to_dicts()
    return rows[0] if rows else None


@st.cache_resource(max_entries=4, show_spinner=False)
def _segments(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return segments(_situation(key, _ledger))


def grace(session: Session) -> Grace:
    """How many worked days each client is given after a promised one."""
    return _situation(_key(session), session.ledger).grace


@st.cache_resource(max_entries=4, show_spinner=False)
def _situation(key: Key, _ledger: Ledger) -> Situation:
    return situation(_ledger, as_of=key[2], currency=key[3])


def cash_ahead(session: Session, days: int = int(USUAL_HORIZON)) -> Forecast:
    """The cash of the coming days."""
    return _cash_ahead(_key(session), days, session.ledger)


@st.cache_resource(max_entries=16, show_spinner=False)
def _cash_ahead(key: Key, days: int, _ledger: Ledger) -> Forecast:
    return forecast(_ledger, as_of=key[2], days=days, currency=key[3])


def past_forecasts(session: Session) -> BackTest:
    """Past forecasts of receipts against what came."""
    return _past_forecasts(_key(session), session, cash_ahead(session))


@st.cache_resource(max_entries=4, show_spinner=False)
def _past_forecasts(key: Key, _session: Session, _ahead: Forecast) -> BackTest:
    kept = kept_forecasts(_session.store)
    return back_test(_session.ledger, _ahead.coming, kept, as_of=key[2], currency=key[3])


def keep_today(session: Session) -> None:
    """Keep the forecast of today for the back-test, once a day; a forecast as of another day is no forecast of that day."""
    if session.as_of == session.today and session.known_on is None:
        _keep_today(_key(session), session, cash_ahead(session))


@st.cache_resource(max_entries=4, show_spinner=False)
def _keep_today(key: Key, _session: Session, _ahead: Forecast) -> None:
    del key  # a rerun does not ask the store again
    run_keep(_session.store, _ahead, author=_session.author)


def cash_behind(session: Session) -> list[tuple[date, Decimal]]:
    """The balance of all accounts at the end of each of the last 30 days, and of the as-of date; none without accounts."""
    return _cash_behind(_key(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _cash_behind(key: Key, _ledger: Ledger) -> list[tuple[date, Decimal]]:
    own = _ledger.accounts.filter(pl.col("currency").fill_null(key[3]) == key[3])
    if own.is_empty():
        return []
    days = [key[2] - timedelta(days=n) for n in range(BEFORE.days, -1, -1)]
    moved = set(_ledger.lines["booking_date"].to_list()) | set(_ledger.balances["balance_date"].to_list())
    behind: list[tuple[date, Decimal]] = []
    for day in days:
        is_still = bool(behind) and day not in moved and day + timedelta(days=1) not in moved
        same = behind[-1][1] if is_still else total(opening_balances(own, _ledger.lines, _ledger.balances, as_of=day)["balance"])
        behind.append((day, same))
    return behind


def cash_now(session: Session) -> Decimal | None:
    """The balance of all accounts at the end of the as-of date; None without an account."""
    return _cash_now(_key(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _cash_now(key: Key, _ledger: Ledger) -> Decimal | None:
    own = _ledger.accounts.filter(pl.col("currency").fill_null(key[3]) == key[3])
    if own.is_empty():
        return None
    return total(opening_balances(own, _ledger.lines, _ledger.balances, as_of=key[2])["balance"])


def movements(session: Session) -> pl.DataFrame:
    """Bank lines booked by the as-of date, the latest first, each with its class."""
    return _movements(_key(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _movements(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return bank_lines(_ledger, as_of=key[2])


def habits(session: Session) -> pl.DataFrame:
    """HABITS: how late each client pays."""
    return _habits(_key(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _habits(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return payment_habits(payment_history(_ledger, as_of=key[2], currency=key[3]), as_of=key[2])


def payments_found(session: Session) -> pl.DataFrame:
    """PROPOSALS: the debits, in the currency of the figures, that seem to have paid supplier invoices."""
    return _payments_found(_key(session), session.ledger)


@st.cache_resource(max_entries=4, show_spinner=False)
def _payments_found(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return debits_found(_ledger, as_of=key[2], currency=key[3])


def doubtful(session: Session) -> pl.DataFrame:
    """DOUBTS: what is proposed as doubtful, and what people decided."""
    return _doubtful(_key(session), session.ledger)


@st.cache_resource(max_entries=4, show_spinner=False)
def _doubtful(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return doubts(_ledger, as_of=key[2], currency=key[3])


def provision_moves(session: Session) -> pl.DataFrame:
    """CHANGES of the provisions, from closing to closing up to the as-of date."""
    return _provision_moves(_key(session), session.ledger)


@st.cache_resource(max_entries=4, show_spinner=False)
def _provision_moves(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return provision_changes(_ledger, decisions(_ledger, currency=key[3]), to=key[2], currency=key[3])


def lost_vat_rows(session: Session) -> pl.DataFrame:
    """LOST_VAT at the as-of date."""
    return _lost_vat_rows(_key(session), session.ledger)


@st.cache_resource(max_entries=4, show_spinner=False)
def _lost_vat_rows(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return lost_vat(_ledger, as_of=key[2], currency=key[3])
