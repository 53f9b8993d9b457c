"""What was agreed or said with a client, and a person's next word: note, call, promise, instalment plan, litigation file."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from models.errors import Refused
from models.money import ZERO, total
from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.downloads import file_name
from pages._ui.known import when_now
from pages._ui.match_search import example_amount, read_amount
from pages._ui.plan_form import show_plan_form
from pages._ui.queries import grace, items
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pipelines.collections.disputes import CATEGORY_NAMES, disputes
from pipelines.collections.notes import LONGEST, RESULT_NAMES, add_call, add_note
from pipelines.collections.plans import PLAN_WORDS, STANDING, end_plan, plans_at
from pipelines.collections.promises import PROMISE_WORDS, promises
from pipelines.exports.litigation import litigation_file
from pipelines.ledger import Ledger
from pipelines.marks import mark

_WEEK = timedelta(days=7)
Client = Mapping[str, Any]


def show_following(session: Session, page: str, client: Client) -> None:
    """The agreements that stand, and what can be added to the client's record."""
    texts = session.texts
    with st.container(border=True):
        st.subheader(texts.t("Follow-up"), anchor=False)
        _agreements(session, page, client)
        with st.container(horizontal=True):
            with st.popover(texts.t("Write a note"), icon=":material/edit_note:"):
                _note_form(session, page, client)
            with st.popover(texts.t("Record a call"), icon=":material/call:"):
                _call_form(session, page, client)
            if _owes(session, client):
                with st.popover(texts.t("Promise to pay"), icon=":material/handshake:"):
                    _promise_form(session, page, client)
                with st.popover(texts.t("Instalment plan"), icon=":material/calendar_month:", width="content"):
                    show_plan_form(session, page, client)
            _litigation(session, client)


def _owes(session: Session, client: Client) -> Decimal:
    own = items(session).filter((pl.col("client_id") == client["client_id"]) & (pl.col("outstanding") > ZERO))
    return total(own["outstanding"])


def _agreements(session: Session, page: str, client: Client) -> None:
    """The promises that are awaited or broken, and the plans that stand; each plan can be ended."""
    texts, days = session.texts, grace(session)
    own = pl.col("client_id") == client["client_id"]
    promised = promises(session.ledger, as_of=session.as_of, grace=days).filter(own & pl.col("status").is_in(["open", "broken"]))
    plans = plans_at(session.ledger, as_of=session.as_of, grace=days).filter(own & pl.col("status").is_in(STANDING))
    rows = [
        {
            "what": texts.t("Promise to pay"),
            "invoices": row["number"] or texts.t("all that is due"),
            "until": row["promised_for"],
            "amount": texts.money(row["amount"], row["currency"]),
            "paid": texts.money(row["paid"], row["currency"]),
            "stands": texts.t(PROMISE_WORDS[row["status"]]),
        }
        for row in promised.to_dicts()
    ] + [
        {
            "what": texts.t("Instalment plan"),
            "invoices": ", ".join(row["invoices"]),
            "until": row["next_date"],
            "amount": texts.money(row["amount"], row["currency"]),
            "paid": texts.money(row["paid"], row["currency"]),
            "stands": texts.t(PLAN_WORDS[row["status"]]),
        }
        for row in plans.to_dicts()
    ]
    rows += _disputes(session, client)
    if not rows:
        return
    columns = [
        Column("what", texts.t("Agreement"), width=170),
        Column("invoices", texts.t("Invoices"), width=220),
        Column("until", texts.t("Next date"), "date", width=110),
        Column("amount", texts.t("Amount"), width=120),
        Column("paid", texts.t("Received"), width=120),
        Column("stands", texts.t("State"), width=180),
    ]
    show_table(
        rows,
        columns,
        key=f"agreements-{client['client_id']}",
        texts=texts,
        sheet=Sheet(f"{texts.t('Agreements')} – {client['name']}"),
    )
    for row in plans.to_dicts():
        label = texts.t("End the plan of {day}", day=texts.date(row["made_on"]))
        if st.button(
            label,
            key=f"end-{row['plan_id']}-{session.revision}",
            icon=":material/event_busy:",
            type="tertiary",
            **when_now(session),
        ):
            decide(session, page, _ending(row["plan_id"]), texts.t("The instalment plan has ended."))


def _disputes(session: Session, client: Client) -> list[dict[str, Any]]:
    """The client's disputes as rows beside its agreements: of which kind, since when, who deals with them."""
    texts = session.texts
    own = disputes(session.ledger, as_of=session.as_of).filter(pl.col("client_id") == client["client_id"])
    return [
        {
            "what": f"{texts.t('Dispute')}{texts.t(': ')}{texts.t(CATEGORY_NAMES.get(row['category'], row['category']))}",
            "invoices": row["number"],
            "until": None,
            "amount": texts.money(row["outstanding"], row["currency"]),
            "paid": "",
            "stands": " – ".join(
                filter(None, [texts.t("since {day}", day=texts.date(row["since"])) if row["since"] else "", row["owner"]])
            ),
        }
        for row in own.to_dicts()
    ]


def _ending(plan_id: str) -> Callable[[Store, Author], int]:
    return lambda store, author: end_plan(store, plan_id, author=author)


def _note_form(session: Session, page: str, client: Client) -> None:
    texts, key = session.texts, f"{client['client_id']}-{session.revision}"
    with st.form(f"note-{key}", border=False):
        text = st.text_area(texts.t("Note"), key=f"note-text-{key}", max_chars=LONGEST)
        is_sent = st.form_submit_button(texts.t("Keep the note"), type="primary", icon=":material/check:", **when_now(session))
    if is_sent:
        decide(
            session, page, lambda store, author: add_note(store, client["client_id"], text or "", author=author),
            texts.t("Note kept for {client}.", client=client["name"]),
        )  # fmt: skip


def _call_form(session: Session, page: str, client: Client) -> None:
    texts, key = session.texts, f"{client['client_id']}-{session.revision}"
    with st.form(f"call-{key}", border=False):
        result = st.segmented_control(
            texts.t("Result"), list(RESULT_NAMES), default="reached", required=True,
            format_func=lambda code: texts.t(RESULT_NAMES[code]), key=f"call-result-{key}",
        )  # fmt: skip
        text = st.text_area(texts.t("What was said"), key=f"call-text-{key}", max_chars=LONGEST)
        st.caption(texts.t("If a call is the step due today, it is done once the client is reached or has a message."))
        is_sent = st.form_submit_button(texts.t("Keep the call"), type="primary", icon=":material/check:", **when_now(session))
    if is_sent:
        decide(
            session, page,
            lambda store, author: add_call(store, client["client_id"], text or "", result=str(result), author=author),
            texts.t("Call to {client} kept.", client=client["name"]),
        )  # fmt: skip


def _promise_form(session: Session, page: str, client: Client) -> None:
    """A promise for an invoice, or for all that falls due by then; an amount only if one was named."""
    texts, key = session.texts, f"{client['client_id']}-{session.revision}"
    own = items(session).filter((pl.col("client_id") == client["client_id"]) & (pl.col("outstanding") > ZERO))
    numbers = {row["document_id"]: row["number"] for row in own.sort("due_date", "number").to_dicts()}
    with st.form(f"promise-{key}", border=False):
        subject = st.selectbox(
            texts.t("Invoice"), [client["client_id"], *numbers], key=f"promise-of-{key}",
            format_func=lambda i: numbers.get(i, texts.t("All that falls due by then")),
        )  # fmt: skip
        day = st.date_input(
            texts.t("Promised for"), value=session.today + _WEEK, min_value=session.today, format="DD/MM/YYYY",
            key=f"promise-day-{key}",
        )  # fmt: skip
        typed = st.text_input(texts.t("Amount, if one was named"), key=f"promise-amount-{key}", placeholder=example_amount(texts))
        note = st.text_input(texts.t("What was said"), key=f"promise-note-{key}", max_chars=200)
        is_sent = st.form_submit_button(
            texts.t("Record the promise"), type="primary", icon=":material/check:", **when_now(session)
        )
    if is_sent and isinstance(day, date):
        said = texts.t("{client}: payment promised for {date}.", client=client["name"], date=texts.date(day))
        decide(session, page, _promising(str(subject), day, typed or "", note or ""), said)


def _promising(subject: str, day: date, typed: str, note: str) -> Callable[[Store, Author], int]:
    def act(store: Store, author: Author) -> int:
        amount = read_amount(typed) if typed.strip() else None
        if typed.strip() and amount is None:
            raise Refused("bad_amount", "{value} is not an amount such as 1234.56.", value=typed)
        return mark(store, subject, "promise", on=day, author=author, amount=amount, note=note.strip() or None)

    return act


def _litigation(session: Session, client: Client) -> None:
    """The litigation file, made when it is asked for."""
    texts = session.texts
    place = st.session_state
    key = f"litigation-{client['client_id']}-{session.revision}-{session.as_of}-{texts.language}-{session.currency}"
    if st.button(texts.t("Litigation file"), key=f"make-{key}", icon=":material/folder_zip:"):
        place[key] = True
    if place.get(key):
        content = _litigation_content(session.path, session.revision, key, session, str(client["client_id"]), session.ledger)
        st.download_button(
            texts.t("Download the file (ZIP)"), content, file_name(texts.t("litigation-file"), session.as_of, content, "zip"),
            "application/zip", key=f"download-{key}", on_click="ignore", icon=":material/download:", type="primary",
        )  # fmt: skip


@st.cache_resource(max_entries=2, show_spinner=False)
def _litigation_content(path: str, revision: int, view: str, _session: Session, client_id: str, _ledger: Ledger) -> bytes:
    del path, revision, view  # part of the key only
    return litigation_file(_ledger, client_id, _session.texts, as_of=_session.as_of, currency=_session.currency)
