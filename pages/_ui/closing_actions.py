"""What a person decides of doubtful receivables on screen: doubtful or not, the rate, the limitation, the loss."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import streamlit as st

from models.errors import Refused
from models.store import Author, Store
from models.texts import Texts
from pages._ui.acting import decide
from pages._ui.closed_note import ask_closed
from pages._ui.known import why_not
from pages._ui.match_search import read_amount
from pages._ui.session import Session
from pages._ui.words import written
from pipelines.exports.closing_columns import INTERRUPTION_WORDS
from pipelines.marks import mark
from pipelines.provisions.deciding import decide_doubt, set_provision

Row = Mapping[str, Any]
_MONTH = timedelta(days=30)
_WHOLE = 100


@dataclass(frozen=True)
class Deciding:
    """One rerun's decisions on the as-of date, below a table.

    Attributes:
        page: its address. `key`: of the buttons, another one after each change and for other rows.
        is_meant: a closed day is meant; None where it is open.
    """

    session: Session
    page: str
    key: str
    is_meant: bool | None

    @classmethod
    def of(cls, session: Session, page: str, key: str) -> "Deciding":
        """Ask first whether a closed day is meant."""
        return cls(session, page, key, ask_closed(session, session.as_of, key=key))

    @property
    def texts(self) -> Texts:
        """The reader's words."""
        return self.session.texts

    def button(self, label: str, name: str, *, icon: str | None = None, is_first: bool = False) -> bool:
        """A button that decides; it waits while nothing can be decided."""
        reason = why_not(self.session)
        return st.button(
            label, key=f"{name}-{self.key}", icon=icon, type="primary" if is_first else "secondary",
            disabled=reason is not None or self.is_meant is False, help=reason,
        )  # fmt: skip

    def note(self, name: str) -> str | None:
        """A box for the reason; None if nothing is typed."""
        return st.text_input(self.texts.t("Why, for the file"), key=f"{name}-note-{self.key}", max_chars=200).strip() or None

    def run(self, act: Callable[[Store, Author], int], said: str) -> None:
        """Decide, and tell it with its undo."""
        decide(self.session, self.page, act, said)


def show_proposal_actions(session: Session, page: str, ids: Sequence[str]) -> None:
    """Two answers to the invoices that are ticked; each is one change with one undo."""
    texts = session.texts
    if not ids:
        st.caption(texts.t("Tick the invoices to decide, one or several; the box in the heading ticks all that are listed."))
        return
    deciding = Deciding.of(session, page, f"{session.revision}-{ids[0]}-{len(ids)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        label = texts.t("Mark {count} as doubtful", count=texts.number(len(ids)))
        if deciding.button(label, "doubtful", icon=":material/gavel:", is_first=True):
            _answer(deciding, ids, is_doubtful=True, note=None)
        with st.popover(texts.t("Not doubtful"), icon=":material/thumb_up:"):
            note = deciding.note("not-doubtful")
            label = texts.t("Mark {count} as not doubtful", count=texts.number(len(ids)))
            if deciding.button(label, "not-doubtful", is_first=True):
                _answer(deciding, ids, is_doubtful=False, note=note)
        st.caption(texts.t("Dated {day}, the as-of date.", day=texts.date(session.as_of)), width="content")


def _answer(deciding: Deciding, ids: Sequence[str], *, is_doubtful: bool, note: str | None) -> None:
    texts, on = deciding.texts, deciding.session.as_of
    said = (
        texts.plural("{count} invoice marked doubtful.", "{count} invoices marked doubtful.", len(ids))
        if is_doubtful
        else texts.plural("{count} invoice marked not doubtful.", "{count} invoices marked not doubtful.", len(ids))
    )

    def act(store: Store, author: Author) -> int:
        meant = deciding.is_meant is True
        return decide_doubt(store, ids, is_doubtful=is_doubtful, on=on, author=author, note=note, in_closed_period=meant)

    deciding.run(act, said)


def show_decided_actions(session: Session, page: str, chosen: Sequence[Row]) -> None:
    """What can be said of decided invoices: several at once change their state; one has its rate, limitation and loss."""
    texts = session.texts
    doubtful = [row["document_id"] for row in chosen if row["state"] == "doubtful"]
    others = [row["document_id"] for row in chosen if row["state"] != "doubtful"]
    deciding = Deciding.of(session, page, f"{session.revision}-{chosen[0]['document_id']}-{len(chosen)}")
    with st.container(horizontal=True):
        label = texts.t("No longer doubtful ({count})", count=texts.number(len(doubtful)))
        if doubtful and deciding.button(label, "undoubt", icon=":material/undo:"):
            _answer(deciding, doubtful, is_doubtful=False, note=None)
        label = texts.t("Mark {count} as doubtful", count=texts.number(len(others)))
        if others and deciding.button(label, "doubt-again", icon=":material/gavel:"):
            _answer(deciding, others, is_doubtful=True, note=None)
        if len(chosen) > 1:
            return
        if doubtful:
            with st.popover(texts.t("Rate by hand"), icon=":material/percent:"):
                _rate_form(deciding, chosen[0])
        with st.popover(texts.t("Limitation"), icon=":material/hourglass_bottom:"):
            _limitation_form(deciding, chosen[0])
        with st.popover(texts.t("Write off as a loss"), icon=":material/delete_sweep:"):
            _loss_form(deciding, chosen[0])


def _rate_form(deciding: Deciding, row: Row) -> None:
    texts, number = deciding.texts, row["number"]
    label = texts.t("Rate, in % of what is owed without VAT")
    typed = st.text_input(label, key=f"rate-{deciding.key}", placeholder="50")
    note = deciding.note("rate")
    if deciding.button(texts.t("Set the rate"), "set-rate", is_first=True) and typed.strip():
        deciding.run(_providing(deciding, row, typed, note), texts.t("Rate of {number} set by hand.", number=number))
    if row["basis"] == "hand" and deciding.button(texts.t("Back to the rates by age"), "auto-rate"):
        said = texts.t("{number} follows the rates by age again.", number=number)
        deciding.run(_providing(deciding, row, None, None), said)


def _providing(deciding: Deciding, row: Row, typed: str | None, note: str | None) -> Callable[[Store, Author], int]:
    on, meant = deciding.session.as_of, deciding.is_meant is True

    def act(store: Store, author: Author) -> int:
        share = None if typed is None else read_amount(typed.replace("%", "").strip())
        if typed is not None and share is None:
            raise Refused("bad_rate", "A provision is from 0 to 100 % of what is owed without VAT.")
        rate = None if share is None else share / _WHOLE
        return set_provision(store, row["document_id"], rate, on=on, author=author, note=note, in_closed_period=meant)

    return act


def _limitation_form(deciding: Deciding, row: Row) -> None:
    """What interrupted the limitation, from which day; or a mediation, from when to when."""
    texts, as_of, key = deciding.texts, deciding.session.as_of, deciding.key
    st.caption(
        texts.t("Estimated: barred on {day}. Reminders and formal notices do not count.", day=texts.date(row["barred_on"]))
    )
    words = {**INTERRUPTION_WORDS, "suspended": "Mediation (suspends)"}
    what = st.selectbox(
        texts.t("What happened"), list(words), format_func=lambda code: texts.t(words[code]), key=f"interruption-{key}"
    )
    day = st.date_input(
        texts.t("Date"), value=as_of, min_value=row["issue_date"], max_value=as_of, format="DD/MM/YYYY",
        key=f"interruption-day-{key}",
    )  # fmt: skip
    until = None
    if what == "suspended":
        until = st.date_input(texts.t("Until"), value=as_of + _MONTH, format="DD/MM/YYYY", key=f"suspended-{key}")
    note = deciding.note("interruption")
    if deciding.button(texts.t("Confirm"), "interrupt", is_first=True) and isinstance(day, date):
        kind = "suspended" if what == "suspended" else "interrupted"
        value = until.isoformat() if isinstance(until, date) else what

        def act(store: Store, author: Author) -> int:
            return mark(
                store, row["document_id"], kind, on=day, author=author, value=value, note=note, in_closed_period=True
            )  # no figure of a closed period follows from it

        deciding.run(act, texts.t("The limitation of {number} takes it into account.", number=row["number"]))


def _loss_form(deciding: Deciding, row: Row) -> None:
    texts, session = deciding.texts, deciding.session
    amount = texts.money(row["outstanding"], session.currency)
    st.markdown(written(texts.t("{amount} is given up for good (654).", amount=amount)))
    st.caption(texts.t("Its provision goes back on that day. The VAT can then be claimed back: see below."))
    if deciding.button(texts.t("Write off as a loss"), "loss", is_first=True):

        def act(store: Store, author: Author) -> int:
            meant = deciding.is_meant is True
            return mark(
                store, row["document_id"], "written-off", on=session.as_of, author=author, reason="loss", in_closed_period=meant
            )

        deciding.run(act, texts.t("{number} is written off as a loss.", number=row["number"]))
