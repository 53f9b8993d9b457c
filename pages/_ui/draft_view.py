"""One client of the worklist: why it is there, its draft, and what can be said or done about it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.dunning import DraftFile, ToDo, action_name, draft_files, hold_name
from pages._ui.invoice_actions import about_dispute, subject_of
from pages._ui.known import when_now
from pages._ui.links import button_to
from pages._ui.outgoing import PAGE, as_approved, is_to_send, kept_reminder, show_actions, show_editor, show_length, show_state
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.collections.drafts import Draft
from pipelines.collections.lacks import WARNINGS
from pipelines.collections.reasons import reason_texts
from pipelines.marks import mark

_WEEK = timedelta(days=7)
_NO_DRAFT = {
    "internal": "An alert for you alone: nothing is sent at this step.",
    "send": "Send the invoice first, then say here that it was sent.",
    "wait": "Nothing to write today.",
    "reconcile": "Match the receipt or the credit first: it may be the payment.",
}
_SUFFIX_LABELS = {"eml": "Download the message (.eml)", "pdf": "Download the pages (.pdf)", "txt": "Download the text (.txt)"}
Row = Mapping[str, Any]


def show_client(session: Session, todo: ToDo, row: Row) -> None:
    """The selected client's draft on the left; reasons and actions on the right."""
    texts = session.texts
    draft = todo.drafts.get(row["client_id"])
    reminder = kept_reminder(session, draft) if draft is not None else None
    if draft is not None:
        draft = as_approved(draft, reminder)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(md(row["client"]), anchor=False, width="content")
        st.badge(md(action_name(texts, row)), color="blue")
        if row["held"]:
            st.badge(
                md(f"{texts.t('Held')}{texts.t(': ')}{hold_name(texts, row['held'])}"), color="orange", icon=":material/pan_tool:"
            )
        if draft is not None:
            show_state(session, draft, reminder)
    _on_top(session, row, draft)
    text, actions = st.columns([3, 2], gap="medium")
    with text:
        _draft(session, row, draft)
    with actions:
        if draft is not None:
            show_actions(session, draft, reminder)
            is_ready = is_to_send(draft, reminder)
            _files(session, draft_files(session, draft, todo.stem(draft.client_id)), is_ready=is_ready)
        _follow_up(session, row)
        with st.container(border=True):
            st.markdown(f"**{md(texts.t('Why'))}**")
            # What holds the draft stands on top already.
            others = [reason for reason in row["reasons"] or [] if reason["code"] not in row["holds"]]
            st.markdown("\n".join(f"- {md(sentence)}" for sentence in reason_texts(texts, {**row, "reasons": others})))
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
        if draft.channel == "sms":
            show_length(session, draft)
        can_edit = draft.held is None and draft.channel != "call"
        if can_edit and st.toggle(texts.t("Change the text"), key=f"edit-{draft.client_id}-{session.revision}"):
            show_editor(session, draft)
            return
        st.divider()
        with st.container(height=430, border=False):
            st.text(draft.body)


def _files(session: Session, files: list[DraftFile], *, is_ready: bool) -> None:
    """The draft's files; once approved, the first one is what is to be done next."""
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
            type="primary" if is_ready and place == 0 else "secondary",
            width="stretch",
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
                texts.t("Promised for"), value=session.today + _WEEK, min_value=session.today, format="DD/MM/YYYY",
                key=f"promise-day-{row['client_id']}",
            )  # fmt: skip
            _mark_button(session, row, chosen, "promise", texts.t("Record the promise"), on=day)
        with st.popover(texts.t("Dispute"), icon=":material/gavel:"):
            chosen = _which(session, row, numbers, "disputed")
            category, owner = about_dispute(session, f"{row['client_id']}-{session.revision}")
            st.caption(texts.t("A disputed invoice stays owed, but is left out of the reminders."))
            label = texts.t("Record the dispute")
            _mark_button(session, row, chosen, "disputed", label, on=session.today, value=category, owner=owner)
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


def _mark_button(
    session: Session,
    row: Row,
    document_id: str,
    what: str,
    label: str,
    *,
    on: date,
    value: str | None = None,
    owner: str | None = None,
) -> None:
    """The button that puts the mark on the invoice; of a dispute with its kind and who deals with it."""
    texts = session.texts
    if not st.button(label, key=f"{what}-{row['client_id']}-{session.revision}", type="primary", **when_now(session)):
        return
    invoice = session.ledger.documents.filter(pl.col("document_id") == document_id).row(0, named=True)
    subject = subject_of(session, invoice)
    done = {
        "promise": "{number}: payment promised for {date}.",
        "disputed": "{number}: in dispute from {date}.",
        "sent": "{number}: sent on {date}.",
    }

    def act(store: Store, author: Author) -> int:
        return mark(store, subject, what, on=on, author=author, value=value, owner=owner)

    decide(session, PAGE, act, texts.t(done[what], number=invoice["number"], date=texts.date(on)))
