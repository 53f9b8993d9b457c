"""What a closing looks at, kept as long as the facts, the date and the currency stay the same."""

from datetime import date

import polars as pl
import streamlit as st

from models.store import Store
from pages._ui.queries import Key, key_of
from pages._ui.session import Session
from pipelines.accounting.balance_check import accounts_at
from pipelines.accounting.reconciliation import AccountsCheck
from pipelines.arrivals import Arrivals, run_arrivals
from pipelines.ledger import Ledger
from pipelines.locks import Closing
from pipelines.provisions.closings import provision_changes
from pipelines.provisions.doubt import decisions
from pipelines.provisions.proposals import doubts
from pipelines.provisions.vat_recovery import lost_vat


def accounts_proof(session: Session) -> AccountsCheck:
    """The accounts of clients beside what they owe on screen."""
    return _accounts_proof(key_of(session), session.ledger)


@st.cache_resource(max_entries=8, show_spinner=False)
def _accounts_proof(key: Key, _ledger: Ledger) -> AccountsCheck:
    return accounts_at(_ledger, to=key[2], currency=key[3])


def arrivals_since(session: Session, closing: Closing, as_of: date | None = None) -> Arrivals:
    """What came after a closing for the days up to a date, by default the last closed day."""
    return _arrivals_since(key_of(session, as_of or closing.locked_to), closing, session.store, session.ledger)


@st.cache_resource(max_entries=16, show_spinner=False)
def _arrivals_since(key: Key, closing: Closing, _store: Store, _ledger: Ledger) -> Arrivals:
    return run_arrivals(_store, _ledger, closing, as_of=key[2], currency=key[3])


def doubtful(session: Session) -> pl.DataFrame:
    """DOUBTS: what is proposed as doubtful, and what people decided."""
    return _doubtful(key_of(session), session.ledger)


@st.cache_resource(max_entries=4, show_spinner=False)
def _doubtful(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return doubts(_ledger, as_of=key[2], currency=key[3])


def provision_moves(session: Session) -> pl.DataFrame:
    """CHANGES of the provisions, from closing to closing up to the as-of date."""
    return _provision_moves(key_of(session), session.ledger)


@st.cache_resource(max_entries=4, show_spinner=False)
def _provision_moves(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return provision_changes(_ledger, decisions(_ledger, currency=key[3]), to=key[2], currency=key[3])


def lost_vat_rows(session: Session) -> pl.DataFrame:
    """LOST_VAT at the as-of date."""
    return _lost_vat_rows(key_of(session), session.ledger)


@st.cache_resource(max_entries=4, show_spinner=False)
def _lost_vat_rows(key: Key, _ledger: Ledger) -> pl.DataFrame:
    return lost_vat(_ledger, as_of=key[2], currency=key[3])
