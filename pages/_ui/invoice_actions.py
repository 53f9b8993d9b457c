"""What a person can say of an invoice: disputed, promised, doubtful, sent. Each is confirmed, told, and can be undone."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.closed_note import ask_closed
from pages._ui.known import why_not
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.collections.disputes import CATEGORY_NAMES
from pipelines.marks import mark

_PROMISE = timedelta(days=7)
#: Marks whose day is still to come, and what the day is called.
_COMING = {"promise": "Promised for", "expected": "Expected on"}


def show_actions(session: Session, page: str, invoice: dict[str, Any]) -> None:
    """The decisions that fit an open invoice (a row of OPEN_ITEMS), each behind a confirmation."""
    texts, number = session.texts, invoice["number"]
    st.markdown(f"**{texts.t('Follow up on {number}', number=md(number))}**")
    with st.container(horizontal=True):
        if invoice["is_disputed"]:
            _confirm(
                session,
                page,
                invoice,
                "disputed",
                texts.t("Lift the dispute"),
                texts.t("The dispute on {number} is lifted."),
                is_set=False,
            )
        else:
            _confirm(
                session,
                page,
                invoice,
                "disputed",
                texts.t("Report a dispute"),
                texts.t("{number} is in dispute: it is not reminded."),
            )
        _confirm(session, page, invoice, "promise", texts.t("Note a promise to pay"), texts.t("Promise noted for {number}."))
        expected = texts.t("The cash forecast expects {number} on that day.")
        _confirm(session, page, invoice, "expected", texts.t("Set the expected date"), expected)
        if invoice["is_doubtful"]:
            _confirm(
                session,
                page,
                invoice,
                "doubtful",
                texts.t("No longer doubtful"),
                texts.t("{number} is no longer doubtful."),
                is_set=False,
            )
        else:
            _confirm(session, page, invoice, "doubtful", texts.t("Mark as doubtful"), texts.t("{number} is marked doubtful."))
        if invoice["is_unsent"]:
            _confirm(session, page, invoice, "sent", texts.t("Mark as sent"), texts.t("{number} is marked as sent."))


def _confirm(
    session: Session, page: str, invoice: dict[str, Any], what: str, label: str, done: str, *, is_set: bool = True
) -> None:
    texts, number = session.texts, str(invoice["number"])
    key = f"{what}-{invoice['document_id']}-{session.revision}"
    with st.popover(label):
        is_coming = what in _COMING
        day = st.date_input(
            texts.t(_COMING.get(what, "From")),
            value=session.as_of + _PROMISE if is_coming else session.as_of,
            min_value=session.as_of if is_coming else invoice["issue_date"],
            format="DD/MM/YYYY",
            key=f"day-{key}",
        )
        category, owner = about_dispute(session, key) if what == "disputed" and is_set else (None, None)
        is_meant = None if is_coming else ask_closed(session, day, key=key)
        reason = why_not(session)
        confirmed = st.button(
            texts.t("Confirm"),
            key=f"confirm-{key}",
            type="primary",
            icon=":material/check:",
            disabled=is_meant is False or reason is not None,
            help=reason,
        )
        if confirmed and isinstance(day, date):
            subject = subject_of(session, invoice)

            def act(store: Store, author: Author) -> int:
                return mark(
                    store, subject, what, on=day, author=author, is_set=is_set, value=category, owner=owner,
                    in_closed_period=is_meant is True,
                )  # fmt: skip

            decide(session, page, act, done.format(number=number))


def about_dispute(session: Session, key: str) -> tuple[str, str | None]:
    """Of which kind a dispute is, and who deals with it."""
    texts = session.texts
    category = st.selectbox(
        texts.t("Reason"), list(CATEGORY_NAMES), format_func=lambda code: texts.t(CATEGORY_NAMES[code]), key=f"category-{key}"
    )
    owner = st.text_input(texts.t("Dealt with by"), session.author.name, key=f"owner-{key}", max_chars=80)
    return str(category), (owner or "").strip() or None


def subject_of(session: Session, invoice: Mapping[str, Any]) -> str:
    """The invoice's number, as the history shows it; its id where several documents have that number."""
    same = (pl.col("number") == invoice["number"]) & (pl.col("direction") == "sale")
    is_unique = session.ledger.documents.filter(same).height == 1
    return str(invoice["number"] if is_unique else invoice["document_id"])
