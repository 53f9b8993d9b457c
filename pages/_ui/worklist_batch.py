"""Several clients at once: approve their drafts, say that they were sent, or pause them; each with one undo."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

import polars as pl
import streamlit as st

from models.errors import AppError
from models.store import Author, Store
from pages._ui.acting import Notice, decide, error_sentence, tell
from pages._ui.dunning import ToDo
from pages._ui.known import is_past, when_now, why_not
from pages._ui.outgoing import PAGE, as_approved
from pages._ui.queries import Key, key_of
from pages._ui.session import Session
from pipelines.collections.choosing import pause_clients
from pipelines.collections.drafts import Draft
from pipelines.collections.outbox import NOT_APPROVED_SENTENCES, TO_SEND, Approved, approve, outbox, reminder_of, stands
from pipelines.collections.sending import record_sent
from pipelines.ledger import Ledger

_WEEK = timedelta(days=7)


def draft_states(session: Session, todo: ToDo) -> dict[str, str]:
    """Where each client's draft stands, by client id: a code of STATE_NAMES; none where there is nothing to send."""
    return _states(key_of(session), session.today, session.ledger, todo)


@st.cache_resource(max_entries=4, show_spinner=False)
def _states(key: Key, today: date, _ledger: Ledger, _todo: ToDo) -> dict[str, str]:
    del key  # of the cache only
    sent = outbox(_ledger, as_of=today)
    kept = {rows["client_id"][0]: rows for rows in sent.partition_by("client_id", maintain_order=True)}
    found = {}
    for client_id, draft in _todo.outlines.items():
        reminder = reminder_of(kept[client_id], draft) if client_id in kept else None
        if reminder is not None and reminder["state"] in TO_SEND and stands(reminder, draft):
            found[client_id] = "approved"
        elif draft.held is not None:
            found[client_id] = "held"
        elif draft.rows:
            found[client_id] = "call" if draft.channel == "call" else "ready" if draft.needs_approval else "to_send"
    return found


def show_batch(session: Session, todo: ToDo, rows: pl.DataFrame, states: Mapping[str, str], picked: Sequence[str]) -> None:
    """The bar above the list: it acts on the clients that are ticked, or on all that are listed."""
    texts = session.texts
    named = dict(rows.select("client_id", "client").iter_rows())
    ids = [client_id for client_id in named if not picked or client_id in picked]
    ready = [i for i in ids if states.get(i) == "ready"]
    to_send = [i for i in ids if states.get(i) in {"approved", "to_send"}]
    if session.as_of != session.today or not ids:
        return
    key = f"{session.revision}-{len(picked)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        said = (
            texts.plural("{count} client ticked", "{count} clients ticked", len(ids))
            if picked
            else texts.t("All that are listed")
        )
        st.caption(f"{said}{texts.t(': ')}", width="content")
        kind: Literal["primary", "secondary"] = "secondary" if len(picked) == 1 else "primary"  # one has its own button below
        label = texts.plural("Approve {count} draft", "Approve {count} drafts", len(ready)) if ready else texts.t("Approve")
        if st.button(
            label,
            key=f"approve-all-{key}",
            type=kind,
            icon=":material/done_all:",
            disabled=not ready or is_past(session),
            help=why_not(session) or (None if ready else texts.t("None of these drafts is to be approved.")),
        ):
            _approve(session, todo.chosen(ready))
        label = texts.plural("Mark {count} as sent", "Mark {count} as sent", len(to_send))
        if to_send and st.button(label, key=f"sent-all-{key}", icon=":material/task_alt:", **when_now(session)):
            _record(session, todo, to_send)
        with st.popover(texts.t("Pause"), icon=":material/pause:", disabled=not picked, help=texts.t("Tick the clients first.")):
            until = st.date_input(
                texts.t("Until"), value=session.today + _WEEK, min_value=session.today, format="DD/MM/YYYY", key=f"pause-{key}"
            )
            if st.button(texts.t("Pause the reminders"), key=f"pause-all-{key}", **when_now(session)) and isinstance(until, date):
                chosen = [(client_id, named[client_id]) for client_id in ids if client_id in picked]
                text = texts.plural(
                    "{count} client paused until {date}.",
                    "{count} clients paused until {date}.",
                    len(chosen),
                    date=texts.date(until),
                )
                decide(session, PAGE, lambda store, author: pause_clients(store, chosen, until=until, author=author), text)


def _approve(session: Session, ready: Sequence[Draft]) -> None:
    """Approve them as one change; say of each that could not be approved why."""
    texts = session.texts
    try:
        done = approve(session.store, ready, as_of=session.as_of, author=session.author)
    except AppError as error:
        tell(session, Notice(PAGE, error_sentence(texts, error, session.currency), is_error=True))
        return
    tell(session, _approved_notice(session, done))


def _approved_notice(session: Session, done: Approved) -> Notice:
    texts = session.texts
    text = texts.plural(
        "{count} draft approved, ready to be sent.", "{count} drafts approved, ready to be sent.", len(done.reminder_ids)
    )
    left = tuple(f"{draft.client}{texts.t(': ')}{texts.t(NOT_APPROVED_SENTENCES[why])}" for draft, why in done.left_out)
    return Notice(PAGE, text, () if done.change_id is None else (done.change_id,), is_error=not done.reminder_ids, said=left)


def _record(session: Session, todo: ToDo, ids: Sequence[str]) -> None:
    """Say that those ready to be sent left by the person's own means."""
    texts = session.texts
    sent = outbox(session.ledger, as_of=session.today)
    drafts = [as_approved(draft, reminder_of(sent, draft)) for draft in todo.chosen(ids)]
    text = texts.plural("{count} reminder recorded as sent today.", "{count} reminders recorded as sent today.", len(drafts))

    def act(store: Store, author: Author) -> int:
        return record_sent(store, drafts, author=author)

    decide(session, PAGE, act, text)
