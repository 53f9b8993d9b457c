"""What is done with a draft: its words are approved, perhaps changed first, then it leaves, and that is recorded."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

import streamlit as st

from models.errors import AppError, Refused
from models.store import Author, Store
from pages._ui.acting import Notice, decide, error_sentence, tell
from pages._ui.known import is_past, when_now, why_not
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.collections.drafts import Draft
from pipelines.collections.kept import draft_of
from pipelines.collections.mail import mailto, message_of
from pipelines.collections.outbox import (
    NOT_APPROVED_SENTENCES,
    STATE_NAMES,
    TO_SEND,
    UNCERTAIN,
    approve,
    outbox,
    reminder_of,
    stands,
    withdraw,
)
from pipelines.collections.sending import MailServer, mail_server, record_sent, send, send_unapproved, settle_uncertain
from pipelines.collections.sms import MOST_PARTS, measured

PAGE = "relances"
_PASSWORD = "ENCOURS_SMTP_PASSWORD"  # noqa: S105 -- the name of the variable, not a password
_COLOURS: dict[str, Literal["green", "orange", "gray"]] = {
    "approved": "green",
    "sent": "green",
    "delivered": "green",
    "failed": "orange",
    "sending": "orange",
    "unknown": "orange",
}
Row = Mapping[str, Any]


def kept_reminder(session: Session, draft: Draft) -> dict[str, Any] | None:
    """What was approved of this draft today or before, if it is still what the draft says."""
    return reminder_of(outbox(session.ledger, as_of=session.today), draft)


def as_approved(draft: Draft, reminder: Row | None) -> Draft:
    """The draft with the words that were approved, where they still stand; what leaves is always that."""
    if reminder is None or reminder["state"] not in TO_SEND or not stands(reminder, draft):
        return draft
    kept = draft_of(reminder)
    return replace(draft, subject=kept.subject, body=kept.body, blocks=kept.blocks)


def show_state(session: Session, draft: Draft, reminder: Row | None) -> None:
    """Where the draft stands, beside its title."""
    texts = session.texts
    if reminder is None:
        if is_to_send(draft, reminder):
            st.badge(md(texts.t("Ready to send")), color="green", icon=":material/outbox:")
        return
    st.badge(md(texts.t(STATE_NAMES[reminder["state"]])), color=_COLOURS[reminder["state"]], icon=":material/outbox:")
    if reminder["state"] in TO_SEND and not stands(reminder, draft):
        st.badge(md(texts.t("Changed since it was approved")), color="orange", icon=":material/update:")


def show_actions(session: Session, draft: Draft, reminder: Row | None) -> None:
    """Approve, send, record: the next thing to do first, and only what can be done."""
    if not draft.rows:
        return
    if reminder is not None and reminder["state"] in UNCERTAIN:
        _settle(session, draft, reminder)
        return
    is_approved = reminder is not None and reminder["state"] in TO_SEND and stands(reminder, draft)
    is_ready = is_to_send(draft, reminder)
    if not is_ready and draft.held is None and draft.channel != "call":
        _approve_button(session, draft)
    if draft.held is None and draft.channel == "email":
        _mail_buttons(session, draft, reminder if is_approved else None, is_ready=is_ready)
    _sent_button(session, draft)
    if is_approved and reminder is not None:
        _withdraw_button(session, draft, reminder)


def is_to_send(draft: Draft, reminder: Row | None) -> bool:
    """Whether it may be sent now: it was approved and still stands, or its step needs no approval and nothing holds it."""
    if draft.held is not None or draft.channel == "call":
        return False
    if reminder is not None and reminder["state"] in TO_SEND:
        return stands(reminder, draft)
    return reminder is None and not draft.needs_approval


def _key(session: Session, what: str, draft: Draft) -> str:
    return f"{what}-{draft.client_id}-{session.revision}"


def _approve_button(session: Session, draft: Draft) -> None:
    texts = session.texts
    if st.button(
        texts.t("Approve"),
        key=_key(session, "approve", draft),
        type="primary",
        icon=":material/check:",
        width="stretch",
        **when_now(session),
    ):
        decide(session, PAGE, approving(session, draft), texts.t("{client}: approved, ready to be sent.", client=draft.client))


def approving(session: Session, draft: Draft) -> Callable[[Store, Author], int | None]:
    """The decision to approve one draft; it is refused with the reason if it cannot be."""

    def act(store: Store, author: Author) -> int | None:
        done = approve(store, [draft], as_of=session.as_of, author=author)
        if done.left_out:
            code = done.left_out[0][1]
            raise Refused(code, NOT_APPROVED_SENTENCES[code])
        return done.change_id

    return act


def show_editor(session: Session, draft: Draft) -> None:
    """The words of a draft to be changed; saving them approves them."""
    texts = session.texts
    with st.form(_key(session, "edit", draft), border=False):
        subject = st.text_input(texts.t("Subject"), draft.subject, max_chars=200)
        body = st.text_area(texts.t("Text"), draft.body, height=430, max_chars=20_000)
        is_saved = st.form_submit_button(
            texts.t("Approve this text"), type="primary", icon=":material/check:", **when_now(session)
        )
    if is_saved:
        if draft.channel == "sms" and measured(body.strip()).parts > MOST_PARTS:
            st.warning(texts.t("The message is longer than two text messages: shorten it."))
            return
        edited = replace(draft, subject=subject or "", body=(body or "").rstrip() + "\n")
        decide(
            session,
            PAGE,
            approving(session, edited),
            texts.t("{client}: your text is approved, ready to be sent.", client=draft.client),
        )


def _mail_buttons(session: Session, draft: Draft, reminder: Row | None, *, is_ready: bool) -> None:
    """By the company's mail server, if it is set and the draft is ready to be sent; by the person's own program."""
    texts = session.texts
    server = mail_server(session.ledger.settings, os.environ.get(_PASSWORD, ""))
    if server is not None and is_ready:
        said = texts.t("Through {host}, to {address}.", host=server.host, address=str(draft.email))
        key = _key(session, "send", draft)
        if st.button(
            texts.t("Send now"),
            key=key,
            type="primary",
            icon=":material/send:",
            width="stretch",
            help=why_not(session) or said,
            disabled=is_past(session),
        ):
            _send(session, draft, reminder["reminder_id"] if reminder else None, server)
    link = mailto(draft)
    if link is not None:
        st.link_button(
            texts.t("Open in the mail program"), link, icon=":material/mail:", width="stretch",
            help=texts.t("Text only. The message file has the table, the payment code and the statement too."),
        )  # fmt: skip


def _send(session: Session, draft: Draft, own_id: str | None, server: MailServer) -> None:
    """Send it once, and tell what became of it; without an id, it is a draft whose step needs no approval."""
    texts = session.texts
    try:
        if own_id is None:
            done = send_unapproved(session.store, draft, server=server, message=message_of, author=session.author)
        else:
            done = send(session.store, own_id, server=server, message=message_of, author=session.author)
    except AppError as error:
        tell(session, Notice(PAGE, error_sentence(texts, error, session.currency), is_error=True))
        return
    said = {
        "sent": "{client}: the message has been sent.",
        "failed": "{client}: the message was not sent. The server answered: {answer}",
        "unknown": "{client}: nobody knows whether the message has left. Look in your sent mail, then say so here.",
    }
    text = texts.t(said[done.state], client=draft.client, answer=done.answer)
    if done.state == "failed" and done.failure is not None:
        text = f"{texts.t('{client}: the message was not sent.', client=draft.client)} {texts.t(done.failure)}"
    tell(session, Notice(PAGE, text, is_error=done.state != "sent"))


def _sent_button(session: Session, draft: Draft) -> None:
    """Say that the step was done: it is never proposed again for these invoices."""
    texts = session.texts
    is_call = draft.channel == "call"
    label = texts.t("Mark the call as made") if is_call else texts.t("Mark as sent")
    if st.button(
        label, key=f"sent-{draft.client_id}-{session.revision}", icon=":material/task_alt:", width="stretch",
        type="primary" if is_call and draft.held is None else "secondary",
        help=why_not(session)
        or texts.t("You sent, printed or called yourself: say it here, and this step will not be proposed again."),
        disabled=is_past(session),
    ):  # fmt: skip
        text = texts.t("{client}: recorded as done today.", client=draft.client)
        decide(session, PAGE, lambda store, author: record_sent(store, [draft], author=author), text)


def _withdraw_button(session: Session, draft: Draft, reminder: Row) -> None:
    texts = session.texts
    label = texts.t("Withdraw the approval")
    if st.button(label, key=_key(session, "withdraw", draft), icon=":material/undo:", type="tertiary", **when_now(session)):
        own_id = reminder["reminder_id"]
        text = texts.t("{client}: the approval is withdrawn.", client=draft.client)
        decide(session, PAGE, lambda store, author: withdraw(store, [own_id], author=author), text)


def _settle(session: Session, draft: Draft, reminder: Row) -> None:
    """Ask the person what became of a message of which nobody knows."""
    texts = session.texts
    st.warning(texts.t("The line broke while this message was being sent. Look in your sent mail or ask the client, then say:"))
    own_id = reminder["reminder_id"]
    answers = (
        ("left", texts.t("It has left"), True, texts.t("{client}: recorded as sent.", client=draft.client)),
        ("stayed", texts.t("It has not left"), False, texts.t("{client}: it can be sent again.", client=draft.client)),
    )
    for name, label, has_left, text in answers:
        if st.button(label, key=_key(session, name, draft), width="stretch", **when_now(session)):
            decide(session, PAGE, _settling(own_id, has_left=has_left), text)


def _settling(own_id: str, *, has_left: bool) -> Callable[[Store, Author], int]:
    return lambda store, author: settle_uncertain(store, own_id, has_left=has_left, author=author)


def show_length(session: Session, draft: Draft) -> None:
    """How long a text message is, as it is charged."""
    length = measured(draft.body.strip())
    texts = session.texts
    said = texts.plural(
        "{used} of {room} characters, {count} message.", "{used} of {room} characters, {count} messages.", length.parts,
        used=texts.number(length.characters), room=texts.number(length.room),
    )  # fmt: skip
    st.caption(md(said))
