"""Client: everything about one client, and what a person can say of its invoices."""

from typing import Any

import polars as pl
import streamlit as st

from pages._ui.acting import show_notice
from pages._ui.choices import begins
from pages._ui.client_papers import show_statement_files
from pages._ui.closing_doubtful import show_limitation
from pages._ui.contact_form import show_contact
from pages._ui.currencies import show_left_out
from pages._ui.empty import show_empty
from pages._ui.figures import client_tiles
from pages._ui.following import show_following
from pages._ui.invoice_actions import show_actions
from pages._ui.invoices import show_allocations, show_invoices
from pages._ui.queries import aged_by, habits, items, shown_names
from pages._ui.segment_choice import show_segment
from pages._ui.session import Session, current
from pages._ui.tiles import show_tiles
from pages._ui.timeline import show_timeline
from pages._ui.unread import say_not_here
from pages._ui.wording import CLIENT_TYPES, word
from pages._ui.words import md
from pipelines.behaviour import habit_sentence
from pipelines.parties import only_clients

PAGE = "client"
_PICK = "client_pick"


def show() -> None:
    """Show the client screen."""
    session = current()
    texts = session.texts
    clients = only_clients(session.ledger.clients, session.ledger.documents)
    if clients.is_empty():
        show_empty(
            session, texts.t("Client"), texts.t("Import your invoices to see each client’s invoices, payments and habits.")
        )
        return
    client = _pick(session, clients)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(md(client["name"]), anchor=False, width="content")
        if client["client_type"]:
            st.badge(word(texts, CLIENT_TYPES, client["client_type"]), color="gray")
        show_segment(session, PAGE, client)
    show_notice(session, PAGE)
    st.markdown(_habit(session, client["client_id"]))
    show_left_out(session, client["client_id"])
    show_tiles(texts, client_tiles(session, client["client_id"]), key="client-tiles", columns=4, least=190)
    show_limitation(session, client["client_id"])
    show_contact(session, PAGE, client)
    _invoices(session, client["client_id"])
    show_statement_files(session, client)
    show_following(session, PAGE, client)
    with st.container(border=True):
        st.subheader(texts.t("History"), anchor=False)
        show_timeline(session, client["client_id"])


def _pick(session: Session, clients: pl.DataFrame) -> dict[str, Any]:
    """The client that the address or the reader names; else the one with the most overdue. The address holds its id."""
    texts = session.texts
    clients = clients.sort(pl.col("name").str.to_lowercase(), "client_id")
    by_id = {row["client_id"]: row for row in clients.iter_rows(named=True)}
    names = shown_names(session)

    wanted = st.query_params.get("client")
    if begins(_PICK):
        st.session_state[_PICK] = wanted if wanted in by_id else [*aged_by(session, "client")["client_id"], *by_id][0]
    if wanted and wanted not in by_id:
        say_not_here(texts, wanted, names[st.session_state[_PICK]])

    def keep() -> None:
        st.query_params["client"] = st.session_state[_PICK]

    picked = st.selectbox(
        texts.t("Client"), list(by_id), format_func=lambda code: names[code], key=_PICK, on_change=keep, width=420
    )
    return by_id[picked]


def _habit(session: Session, client_id: str) -> str:
    """How the client pays, in a sentence."""
    rows = habits(session).filter(pl.col("client_id") == client_id).to_dicts()
    if not rows:
        return session.texts.t("No payment known in the last 12 months.")
    habit = rows[0]
    return habit_sentence(session.texts, n_paid=habit["n_paid"], p10=habit["p10"], p50=habit["p50"], p90=habit["p90"])


def _invoices(session: Session, client_id: str) -> None:
    """The client's invoices; the payments of the selected one, and what can be said of it."""
    texts = session.texts
    with st.container(border=True):
        st.subheader(texts.t("Invoices"), anchor=False)
        st.caption(texts.t("Tick an invoice to see its payments and to follow it up."))
        own = items(session).filter(pl.col("client_id") == client_id)
        chosen = show_invoices(
            session, own, of=shown_names(session)[client_id], key=f"client-{client_id}", empty=texts.t("No invoice at this date.")
        )
        if not chosen:
            return
        invoice = own.filter(pl.col("document_id") == chosen[0]).to_dicts()[0]
        show_allocations(session, chosen[0])
        if invoice["outstanding"] > 0:
            show_actions(session, PAGE, invoice)
