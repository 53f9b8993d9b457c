"""Returned payments that nobody has explained: each with the receipts that could have come back, and the keys that say which."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from models.money import ZERO
from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.match_list import key_for, show_turns
from pages._ui.matching import PAGE
from pages._ui.queries import movements
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.reconcile import classify
from pipelines.reconcile.classes import CATEGORY_WORDS
from pipelines.reconcile.money_back import refund
from pipelines.reconcile.returns import possible_returns

_SHOWN = 5
_AT, _PLACE, _EXPLAINED = "return_at", "return_place", "return_explained"
Row = dict[str, Any]


def returns_of(session: Session) -> pl.DataFrame:
    """The movements by the as-of date that are returns to explain, the oldest first."""
    return movements(session).filter(pl.col("class") == "return").sort("date", "line_id")


@st.cache_resource(max_entries=2, show_spinner=False)
def _possible(path: str, revision: int, line_id: str, _session: Session) -> pl.DataFrame:
    del path, revision  # part of the key only
    return possible_returns(_session.ledger, returns_of(_session).filter(pl.col("line_id") == line_id))


def show_returns(session: Session) -> None:
    """One return after the other: what the bank says, what could have come back, and what it is if no receipt did."""
    texts, waiting = session.texts, returns_of(session)
    if waiting.is_empty():
        st.success(texts.t("Every returned payment is explained."), icon=":material/check_circle:")
        return
    said = texts.t("The bank took these back: say which receipt it was, and its invoices are open again.")
    st.caption(said)
    ids = waiting["line_id"].to_list()
    at = _place_in_hand(ids)
    debit = waiting.row(at, named=True)
    with st.container(border=True, gap="xsmall"):
        place = texts.t("{at} of {count}", at=texts.number(at + 1), count=texts.number(len(ids)))
        st.caption(f"{md(texts.date(debit['date']))} – {place}")
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.subheader(md(texts.money(debit["amount"], debit["currency"])), anchor=False, width="content")
            with st.container(horizontal=True, gap="xsmall", width="content"):
                show_turns(session, ids, at, _take_in_hand)
        st.markdown(md(debit["label"]))
    found = _possible(session.path, session.revision, debit["line_id"], session).to_dicts()
    if not found:
        st.info(texts.t("No receipt of this amount is known before that day."))
    for number, way in enumerate(found[:_SHOWN], start=1):
        _way(session, debit, way, number)
    if st.button(
        texts.t("A bank fee, no client’s payment"),
        key=f"return-fee-{debit['line_id']}-{session.revision}",
        icon=":material/block:",
        shortcut=key_for("no_client"),
    ):
        _classify(session, debit)


def _place_in_hand(ids: Sequence[str]) -> int:
    """Where the return in hand stands: the last chosen; the one after it once it is explained; it again once that is undone."""
    at, explained = st.session_state.get(_AT), st.session_state.get(_EXPLAINED)
    if explained in ids:
        at = explained
        del st.session_state[_EXPLAINED]
    elif at not in ids:
        st.session_state[_EXPLAINED] = at
        at = ids[min(st.session_state.get(_PLACE, 0), len(ids) - 1)]
    st.session_state[_AT], st.session_state[_PLACE] = at, ids.index(at)
    return ids.index(at)


def _take_in_hand(line_id: str) -> None:
    """Turn to a return."""
    st.session_state[_AT] = line_id
    st.session_state.pop(_EXPLAINED, None)


def _way(session: Session, debit: Row, way: Row, number: int) -> None:
    """A receipt, or part of one, that could have come back; its key is its number, and the usual one for the first."""
    texts, currency = session.texts, debit["currency"]
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        what = texts.t("{amount} of {date}", amount=texts.money(way["amount"], currency), date=texts.date(way["date"]))
        who = " – ".join(part for part in (way["client"], way["invoice_numbers"]) if part) or way["label"]
        fee = texts.t("with {amount} of bank fee", amount=texts.money(way["fee"], currency)) if way["fee"] > ZERO else ""
        st.markdown(f"**{md(what)}** {md(who)} :small[:gray[{md(fee)}]]", width="stretch")
        if st.button(
            texts.t("This came back"),
            key=f"return-{debit['line_id']}-{number}-{session.revision}",
            icon=":material/undo:",
            type="primary" if number == 1 else "secondary",
            shortcut=key_for("accept" if number == 1 else str(number)),
        ):
            _record(session, debit, way)


def _record(session: Session, debit: Row, way: Row) -> None:
    """Say what came back, and tell it."""
    texts = session.texts
    text = texts.t(
        "{amount} of {date} came back: what it had paid is open again.",
        amount=texts.money(way["amount"], debit["currency"]),
        date=texts.date(way["date"]),
    )

    def decision(store: Store, author: Author) -> int:
        return refund(store, debit["line_id"], way["credit_id"], author=author, invoice=way["document_id"])

    decide(session, PAGE, decision, text, rematch=True)


def _classify(session: Session, debit: Row) -> None:
    """Say that no client's payment came back, and tell it."""
    texts = session.texts
    text = texts.t(
        "{amount} of {date}: {category}.",
        amount=texts.money(debit["amount"], debit["currency"]),
        date=texts.date(debit["date"]),
        category=texts.t(CATEGORY_WORDS["bank_fee"]),
    )

    def decision(store: Store, author: Author) -> int:
        return classify.classify(store, debit["line_id"], "bank_fee", author=author)

    decide(session, PAGE, decision, text, rematch=True)
