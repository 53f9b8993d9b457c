"""What a person decides of doubtful receivables on screen: doubtful or not, the rate, the limitation, the loss."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from models.errors import Refused
from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.match_search import read_amount
from pages._ui.session import Session
from pipelines.decisions import mark
from pipelines.exports.closing_columns import INTERRUPTION_WORDS
from pipelines.provisions.deciding import decide_doubt, set_provision

Row = Mapping[str, Any]
_MONTH = timedelta(days=30)


def show_proposal_actions(session: Session, page: str, rows: pl.DataFrame, picked: Sequence[str]) -> None:
    """Two answers to what is ticked, or to all that is proposed; each is one change with one undo."""
    texts = session.texts
    ids = [row for row in rows["document_id"].to_list() if not picked or row in picked]
    key = f"{session.revision}-{len(picked)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        said = (
            texts.plural("{count} invoice ticked", "{count} invoices ticked", len(ids))
            if picked
            else texts.t("All that are listed")
        )
        st.caption(f"{said}{texts.t(': ')}", width="content")
        label = texts.plural("Mark {count} as doubtful", "Mark {count} as doubtful", len(ids))
        if st.button(label, key=f"doubtful-{key}", icon=":material/gavel:", type="primary" if picked else "secondary"):
            _answer(session, page, ids, is_doubtful=True, note=None)
        with st.popover(texts.t("Not doubtful"), icon=":material/thumb_up:"):
            note = st.text_input(texts.t("Why, for the file"), key=f"not-doubtful-note-{key}", max_chars=200)
            label = texts.plural("Mark {count} as not doubtful", "Mark {count} as not doubtful", len(ids))
            if st.button(label, key=f"not-doubtful-{key}", type="primary"):
                _answer(session, page, ids, is_doubtful=False, note=note)
        st.caption(texts.t("Dated {day}, the as-of date.", day=texts.date(session.as_of)), width="content")


def _answer(session: Session, page: str, ids: Sequence[str], *, is_doubtful: bool, note: str | None) -> None:
    texts = session.texts
    sentence = (
        texts.plural("{count} invoice marked doubtful.", "{count} invoices marked doubtful.", len(ids))
        if is_doubtful
        else texts.plural("{count} invoice marked not doubtful.", "{count} invoices marked not doubtful.", len(ids))
    )

    def act(store: Store, author: Author) -> int:
        return decide_doubt(
            store, ids, is_doubtful=is_doubtful, on=session.as_of, author=author, note=(note or "").strip() or None
        )

    decide(session, page, act, sentence)


def show_decided_actions(session: Session, page: str, chosen: Sequence[Row]) -> None:
    """What can be said of decided invoices: several at once take a decision back; one has its rate, limitation and loss."""
    texts = session.texts
    ids = [row["document_id"] for row in chosen]
    doubtful = [row["document_id"] for row in chosen if row["state"] == "doubtful"]
    key = f"{session.revision}-{ids[0]}-{len(ids)}"
    with st.container(horizontal=True):
        if doubtful:
            label = texts.plural("No longer doubtful ({count})", "No longer doubtful ({count})", len(doubtful))
            if st.button(label, key=f"undoubt-{key}", icon=":material/undo:"):
                _answer(session, page, doubtful, is_doubtful=False, note=None)
        others = [i for i in ids if i not in doubtful]
        if others:
            label = texts.plural("Mark {count} as doubtful", "Mark {count} as doubtful", len(others))
            if st.button(label, key=f"doubt-again-{key}", icon=":material/gavel:"):
                _answer(session, page, others, is_doubtful=True, note=None)
        if len(chosen) == 1:
            row = chosen[0]
            if doubtful:
                with st.popover(texts.t("Rate by hand"), icon=":material/percent:"):
                    _rate_form(session, page, row, key)
            with st.popover(texts.t("Limitation"), icon=":material/hourglass_bottom:"):
                _limitation_form(session, page, row, key)
            with st.popover(texts.t("Write off as a loss"), icon=":material/delete_sweep:"):
                _loss_form(session, page, row, key)


def _rate_form(session: Session, page: str, row: Row, key: str) -> None:
    texts, number = session.texts, str(row["number"])
    typed = st.text_input(texts.t("Rate, in % of what is owed without VAT"), key=f"rate-{key}", placeholder="50")
    note = st.text_input(texts.t("Why, for the file"), key=f"rate-note-{key}", max_chars=200)
    if st.button(texts.t("Set the rate"), key=f"set-rate-{key}", type="primary") and typed.strip():
        said = texts.t("Rate of {number} set by hand.", number=number)
        decide(session, page, _providing(session, row, typed, note), said)
    if row["basis"] == "hand" and st.button(texts.t("Back to the rates by age"), key=f"auto-rate-{key}"):
        said = texts.t("{number} follows the rates by age again.", number=number)
        decide(session, page, _providing(session, row, None, None), said)


def _providing(session: Session, row: Row, typed: str | None, note: str | None) -> Callable[[Store, Author], int]:
    def act(store: Store, author: Author) -> int:
        share = None if typed is None else read_amount(typed.replace("%", "").strip())
        if typed is not None and share is None:
            raise Refused("bad_amount", "{value} is not an amount such as 1234.56.", value=typed)
        rate = None if share is None else Decimal(share) / 100
        said = (note or "").strip() or None
        return set_provision(store, row["document_id"], rate, on=session.as_of, author=author, note=said)

    return act


def _limitation_form(session: Session, page: str, row: Row, key: str) -> None:
    """What interrupted the limitation, from which day; or a mediation, from when to when."""
    texts = session.texts
    st.caption(
        texts.t("Estimated: barred on {day}. Reminders and formal notices do not count.", day=texts.date(row["barred_on"]))
    )
    words = {**INTERRUPTION_WORDS, "suspended": "Mediation (suspends)"}
    what = st.selectbox(
        texts.t("What happened"), list(words), format_func=lambda code: texts.t(words[code]), key=f"interruption-{key}"
    )
    day = st.date_input(
        texts.t("On"), value=session.as_of, min_value=row["issue_date"], max_value=session.as_of, format="DD/MM/YYYY",
        key=f"interruption-day-{key}",
    )  # fmt: skip
    until = None
    if what == "suspended":
        until = st.date_input(
            texts.t("Until"),
            value=session.as_of + _MONTH,
            min_value=row["issue_date"],
            format="DD/MM/YYYY",
            key=f"suspended-{key}",
        )
    note = st.text_input(texts.t("Note"), key=f"interruption-note-{key}", max_chars=200)
    if st.button(texts.t("Confirm"), key=f"interrupt-{key}", type="primary") and isinstance(day, date):
        kind, value = ("suspended", until.isoformat() if isinstance(until, date) else None) if until else ("interrupted", what)

        def act(store: Store, author: Author) -> int:
            return mark(store, row["document_id"], kind, on=day, author=author, value=value, note=note.strip() or None)

        decide(session, page, act, texts.t("The limitation of {number} takes it into account.", number=row["number"]))


def _loss_form(session: Session, page: str, row: Row, key: str) -> None:
    texts = session.texts
    amount = texts.money(row["outstanding"], session.currency)
    st.markdown(texts.t("{amount} is given up for good (654).", amount=amount).replace("$", r"\$"))
    st.caption(texts.t("Its provision goes back on that day. The VAT can then be claimed back: see below."))
    if st.button(texts.t("Write off as a loss"), key=f"loss-{key}", type="primary"):

        def act(store: Store, author: Author) -> int:
            return mark(store, row["document_id"], "written-off", on=session.as_of, author=author, reason="loss")

        decide(session, page, act, texts.t("{number} is written off as a loss.", number=row["number"]))
