"""What the pipelines say, kept as long as the facts, the date and the currency stay the same.

Frames and figures are shared by all sessions and never changed in place. Arguments that begin with an underscore are
no part of a key: the database's file, the day whose knowledge is shown and the revision stand for the ledger.
"""

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from pages._ui.session import Session
from pipelines.ageing import USUAL, Ageing, aged
from pipelines.behaviour import payment_habits
from pipelines.collections.facts import Situation, situation
from pipelines.collections.grace import Grace
from pipelines.collections.worklist import Plan, plan
from pipelines.explain.basis import Basis
from pipelines.forecast.history import payment_history
from pipelines.kpis import Kpis
from pipelines.ledger import Ledger
from pipelines.papers.account import with_letters
from pipelines.parties import client_names
from pipelines.receivables import open_items, sales_documents
from pipelines.reconcile.listing import bank_lines, listed_allocations
from pipelines.rollforward import movements as movements_of
from pipelines.rollforward import rollforward
from pipelines.trends import last_month_ends, trend

MONTHS = 12
Key = tuple[str, int, date, str]


def key_of(session: Session, as_of: date | None = None) -> Key:
    """What keys a cache: the facts, the date and the currency."""
    return session.path, session.revision, as_of or session.as_of, session.currency


def figures(session: Session, as_of: date | None = None) -> Kpis:
    """The figures of contract 2 at a date; the session's by default."""
    return _figures(key_of(session, as_of), session.ledger)


def basis(session: Session, client_id: str | None = None) -> Basis:
    """What the figures are calculated from, at the session's date: of the company, or of one client."""
    return _basis(key_of(session), client_id, session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _basis(key: Key, client_id: str | None, _ledger: Ledger) -> Basis:
    return Basis.of(_ledger, as_of=key[2], currency=key[3], client_id=client_id)


@st.cache_resource(max_entries=8, show_spinner=False)
def _figures(key: Key, _ledger: Ledger) -> Kpis:
    return Kpis(_basis(key, None, _ledger))


def shown_names(session: Session) -> dict[str, str]:
    """What each client is called in a list, by its id."""
    return dict(client_names(session.ledger.clients, session.ledger.documents).iter_rows())


def items(session: Session) -> pl.DataFrame:
    """OPEN_ITEMS, settled ones included."""
    return _items(key_of(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _items(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return open_items(_ledger, as_of=key[2], currency=key[3])


def documents(session: Session) -> pl.DataFrame:
    """OPEN_ITEMS and credit notes, with `open_credit`."""
    return _documents(key_of(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _documents(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return sales_documents(_ledger, as_of=key[2], currency=key[3])


def aged_by(session: Session, by: str, ageing: Ageing = USUAL) -> pl.DataFrame:
    """The aged balance by client, invoice, sales_rep, category or currency (then in all of them)."""
    return _aged(key_of(session), by, ageing, session.ledger)


@st.cache_resource(max_entries=16, show_spinner=False)
def _aged(key: Key, by: str, ageing: Ageing, _ledger: Ledger) -> pl.DataFrame:
    return aged(_ledger, as_of=key[2], by=by, currency=None if by == "currency" else key[3], ageing=ageing)


def receivable_moves(session: Session) -> pl.DataFrame:
    """MOVEMENTS of receivables, of all days."""
    return movements_of(session.ledger, currency=session.currency)


def moves_between(session: Session, start: date, to: date, by: str) -> pl.DataFrame:
    """The roll-forward from one day to another, both included."""
    return _moves_between(key_of(session, to), start, by, session.ledger)


@st.cache_resource(max_entries=16, show_spinner=False)
def _moves_between(key: Key, start: date, by: str, _ledger: Ledger) -> pl.DataFrame:
    return rollforward(_ledger, start=start, to=key[2], by=by, currency=key[3])


def month_ends(session: Session) -> pl.DataFrame:
    """TREND at the last 12 month ends and at the date itself."""
    return _month_ends(key_of(session), session.ledger)


@st.cache_resource(max_entries=4, show_spinner=False)
def _month_ends(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return trend(_ledger, last_month_ends(key[2], MONTHS), currency=key[3])


def allocations(session: Session) -> pl.DataFrame:
    """Allocations whose source is dated by the as-of date, with the bank's label and account."""
    return _allocations(key_of(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _allocations(key: Key, _ledger: Ledger) -> pl.DataFrame:
    rows = with_letters(listed_allocations(_ledger, as_of=key[2], currency=key[3]), _ledger, as_of=key[2])
    lines = _ledger.lines.select("account", "label", source_id="line_id")
    return rows.join(lines, on="source_id", how="left", validate="m:1", maintain_order="left")


def plan_of(session: Session) -> Plan:
    """What is due: the worklist, and what its drafts need."""
    return _plan_of(key_of(session), session.ledger)


@st.cache_resource(max_entries=4, show_spinner=False)
def _plan_of(key: Key, _ledger: Ledger) -> Plan:
    return plan(situation(_ledger, as_of=key[2], currency=key[3]))


def to_do(session: Session) -> pl.DataFrame:
    """WORKLIST: what to do today, the most useful first."""
    return plan_of(session).rows


def segment_row(session: Session, client_id: str) -> dict[str, Any] | None:
    """The client's segment and what it comes from (SEGMENT_ROWS), or None if it was never sent an invoice."""
    rows = _situation(session).kinds.filter(pl.col("client_id") == client_id).to_dicts()
    return rows[0] if rows else None


def grace(session: Session) -> Grace:
    """How many worked days each client is given after a promised one."""
    return _situation(session).grace


def _situation(session: Session) -> Situation:
    return situation(session.ledger, as_of=session.as_of, currency=session.currency)


def movements(session: Session) -> pl.DataFrame:
    """Bank lines booked by the as-of date, the latest first, each with its class."""
    return _movements(key_of(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _movements(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return bank_lines(_ledger, as_of=key[2])


def habits(session: Session) -> pl.DataFrame:
    """HABITS: how late each client pays."""
    return _habits(key_of(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _habits(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return payment_habits(payment_history(_ledger, as_of=key[2], currency=key[3]), as_of=key[2])
