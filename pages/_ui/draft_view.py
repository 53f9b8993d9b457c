"""One client of the worklist: why it is there, its draft, and what can be said or done about it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.dunning import DraftFile, ToDo, action_name, draft_files, hold_name, step_name
from pages._ui.links import button_to
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.collections.drafts import WARNINGS, Draft
from pipelines.collections.reasons import reason_texts
from pipelines.decisions import mark, mark_reminded

PAGE = "relances"
_NO_DRAFT = {
    "internal": "An alert for you alone: nothing is sent at this step.",
    "send": "Send the invoice first, then say here that it was sent.",
    "wait": "Nothing to write today.",
    "reconcile": "Match the receipt or the credit first: it may be the payment.",
}
_SUFFIX_LABELS = {"eml": "Download the message (.eml)", "txt": "Download the text (.txt)"}
Row = Mapping[str, Any]


def show_client(session: Session, todo: ToDo, row: Row) -> None:
    """The selected client's draft on the left; reasons and actions on the right."""
    texts = session.texts
    draft = todo.drafts.get(row["client_id"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(md(row["client"]), anchor=False, width="content")
        st.badge(md(action_name(texts, row)), color="blue")
        if row["held"]:
            st.badge(
                md(f"{texts.t('Held')}{texts.t(': ')}{hold_name(texts, row['held'])}"), color="orange", icon=":material/pan_tool:"
            )
    _on_top(session, row, draft)
    text, actions = st.columns([3, 2], gap="medium")
    with text:
        _draft(session, row, draft)
    with actions:
        if draft is not None:
            _files(session, draft, draft_files(session, draft, todo.stems[draft.client_id]))
            _sent(session, row, draft)
        _follow_up(session, row)
        with st.container(border=True):
            st.markdown(f"**{md(texts.t('Why'))}**")
            st.markdown("\n".join(f"- {md(sentence)}" for sentence in reason_texts(texts, row)))
            button_to(
                texts.t("Everything about this client"), "client", key=f"client-{row['client_id']}", importance="tertiary",
                icon=":material/person:", client=row["client_id"],
            )  # fmt: skip


def _on_top(session: Session, row: Row, draft: Draft | None) -> None:
    """What to know before sending: why the draft is held, and what it lacks."""
    texts = session.texts
    if row["holds"]:
        held = row["reasons"] or []
        said = reason_texts(texts, {**row, "reasons": [reason for reason in held if reason["code"] in row["holds"]]})
        st.warning(md(texts.t("To settle before sending: {reasons}", reasons=" ".join(said))), icon=":material/pan_tool:")
        if row["action"] == "reconcile":
            label, key = texts.t("Go to the reconciliation"), f"match-{row['client_id']}"
            button_to(label, "rapprochement", key=key, icon=":material/compare_arrows:", importance="primary")
    if draft is not None and draft.body and draft.warnings:
        st.info(md(" ".join(texts.t(WARNINGS[code]) for code in draft.warnings)), icon=":material/info:")


def _draft(session: Session, row: Row, draft: Draft | None) -> None:
    texts = session.texts
    with st.container(border=True):
        if draft is None or not draft.body:
            st.markdown(md(texts.t(_NO_DRAFT.get(row["action"], _NO_DRAFT["wait"]))))
            return
        st.caption(md(texts.t("Subject")))
        st.text(draft.subject)
        if draft.channel == "email":
            st.caption(md(texts.t("To")))
            st.text(draft.email or texts.t("No valid e-mail address"))
        st.divider()
        with st.container(height=430, border=False):
            st.text(draft.body)


def _files(session: Session, draft: Draft, files: list[DraftFile]) -> None:
    """The draft's files; the first one is what a written step is for."""
    texts = session.texts
    for place, file in enumerate(files):
        st.download_button(
            texts.t(_SUFFIX_LABELS[file.name.rpartition(".")[2]]),
            file.content,
            file.name,
            file.mime,
            key=f"download-{file.name}",
            on_click="ignore",
            icon=":material/download:",
            type="primary" if place == 0 and draft.held is None and draft.channel != "call" else "secondary",
            width="stretch",
        )


def _sent(session: Session, row: Row, draft: Draft) -> None:
    """Say that the step was done: it is never proposed again for these invoices."""
    texts = session.texts
    if not draft.rows:
        return
    label = texts.t("Mark the call as made") if draft.channel == "call" else texts.t("Mark as sent")
    is_call = draft.channel == "call" and draft.held is None
    if st.button(
        label, key=f"sent-{row['client_id']}-{session.revision}", icon=":material/task_alt:", width="stretch",
        type="primary" if is_call else "secondary",
        help=texts.t("Encours sends nothing itself. Say here that you did it, and this step will not be proposed again."),
    ):  # fmt: skip
        text = texts.t("{client}: “{step}” is recorded as done today.", client=row["client"], step=step_name(texts, draft.step))
        ids = [line.document_id for line in draft.rows]
        decide(
            session,
            PAGE,
            lambda store, author: mark_reminded(store, ids, draft.step, on=author.today, author=author, subject=row["client"]),
            text,
        )


def _follow_up(session: Session, row: Row) -> None:
    """A promise to pay, a dispute or a sending that the client or we tell of."""
    texts = session.texts
    numbers = dict(zip(row["document_ids"] or [], row["invoices"] or [], strict=True))
    if not numbers:
        return
    with st.container(horizontal=True):
        with st.popover(texts.t("Promise to pay"), icon=":material/handshake:"):
            chosen = _which(session, row, numbers, "promise")
            day = st.date_input(
                texts.t("Promised for"), value=session.today, min_value=session.today, format="DD/MM/YYYY",
                key=f"promise-day-{row['client_id']}",
            )  # fmt: skip
            _mark_button(session, row, chosen, "promise", texts.t("Record the promise"), on=day)
        with st.popover(texts.t("Dispute"), icon=":material/gavel:"):
            chosen = _which(session, row, numbers, "disputed")
            st.caption(texts.t("A disputed invoice stays owed, but is left out of the reminders."))
            _mark_button(session, row, chosen, "disputed", texts.t("Record the dispute"), on=session.today)
        if row["action"] == "send":
            with st.popover(texts.t("Invoice sent"), icon=":material/send:"):
                chosen = _which(session, row, numbers, "sent")
                _mark_button(session, row, chosen, "sent", texts.t("Record the sending"), on=session.today)


def _which(session: Session, row: Row, numbers: Mapping[str, str], what: str) -> str:
    """The invoice meant."""
    return st.selectbox(
        session.texts.t("Invoice"),
        list(numbers),
        format_func=numbers.__getitem__,
        key=f"{what}-of-{row['client_id']}-{session.revision}",
    )


def _mark_button(session: Session, row: Row, document_id: str, what: str, label: str, *, on: date) -> None:
    texts = session.texts
    if not st.button(label, key=f"{what}-{row['client_id']}-{session.revision}", type="primary"):
        return
    number = session.ledger.documents.filter(pl.col("document_id") == document_id)["number"].item()
    said = {
        "promise": "{number}: payment promised for {date}.",
        "disputed": "{number}: in dispute from {date}.",
        "sent": "{number}: sent on {date}.",
    }
    decide(session, PAGE, _marking(number, what, on), texts.t(said[what], number=number, date=texts.date(on)))


def _marking(number: str, what: str, on: date) -> Callable[[Store, Author], int]:
    return lambda store, author: mark(store, number, what, on=on, author=author)
