"""Reconciliation: the receipts to settle beside the invoices that they may pay, and what was matched and learned."""

from collections.abc import Callable, Mapping

import streamlit as st

from models.money import ZERO
from pages._ui.acting import Notice, rematched, show_notice, tell
from pages._ui.choices import choose
from pages._ui.empty import show_empty
from pages._ui.links import button_to
from pages._ui.match_aside import show_aside
from pages._ui.match_bulk import show_bulk, show_bulk_button
from pages._ui.match_done import show_done
from pages._ui.match_learned import show_learned
from pages._ui.match_list import key_for, place_in_hand, show_list
from pages._ui.match_returns import returns_of, show_returns
from pages._ui.match_trust import show_trust, show_unproven
from pages._ui.matching import PAGE, Suggestion, has_others, progress, to_settle
from pages._ui.queries import movements
from pages._ui.session import Session, current
from pages._ui.suggestion_card import show_card
from pages._ui.words import md

#: What the screen shows, by its code in the address.
VIEWS: Mapping[str, Callable[[Session], None]] = {
    "returns": show_returns,
    "done": show_done,
    "aside": show_aside,
    "learned": show_learned,
    "rules": show_trust,
    "declared": show_unproven,
}
VIEW_WORDS = {
    "todo": "To settle",
    "returns": "Returns to explain",
    "done": "Matched",
    "aside": "Set aside",
    "learned": "Learned",
    "rules": "Rules",
    "declared": "Unproven payments",
}


def show() -> None:
    """Show the screen."""
    session = current()
    texts = session.texts
    if session.ledger.lines.is_empty():
        sentence = texts.t("Import a bank statement and your invoices: each receipt then finds the invoices that it pays.")
        show_empty(session, texts.t("Reconciliation"), sentence)
        return
    lines = to_settle(session)
    _head(session)
    show_notice(session, PAGE, undo_key=key_for("undo"))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        view = choose(texts.t("View"), list(VIEW_WORDS), words=lambda name: texts.t(VIEW_WORDS[name]), key="view", default="todo")
        if view == "todo":
            show_bulk_button(session, lines)
            _returns_button(session)
    if view == "todo":
        show_bulk(session, lines)
        _to_settle(session, lines)
    else:
        VIEWS[view](session)


def _head(session: Session) -> None:
    """How far the receipts are settled."""
    texts, at = session.texts, progress(session)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.title(texts.t("Reconciliation"), anchor=False, width="stretch")
        if st.button(
            texts.t("Match again"),
            key=f"rematch-{session.revision}",
            icon=":material/refresh:",
            type="tertiary",
            help=texts.t("Runs the rules on all the facts once more. It is also done after each import and each decision."),
        ):
            said = rematched(session) or (texts.t("The rules find nothing more."),)
            tell(session, Notice(PAGE, said[0]))
    sentence = texts.plural(
        "{count} of {receipts} receipt settled, {share} of the amount",
        "{count} of {receipts} receipts settled, {share} of the amount",
        at.settled,
        receipts=texts.number(at.receipts),
        share=texts.percent(at.share * 100),
    )
    left = texts.t("{amount} left to settle", amount=texts.money(at.left, session.currency))
    st.progress(min(max(at.share, 0.0), 1.0), text=md(f"{sentence} – {left}" if at.left else sentence))
    if has_others(session):
        apart = texts.t("Receipts in {currency} only: those in other currencies are not counted here.", currency=session.currency)
        st.caption(md(apart))


def _returns_button(session: Session) -> None:
    """The way to the returns to explain, where there are any."""
    count = returns_of(session).height
    if count:
        st.button(
            session.texts.plural("{count} return to explain", "{count} returns to explain", count),
            key="returns-open",
            icon=":material/undo:",
            type="tertiary",
            on_click=_open_returns,
            shortcut=key_for("returns"),
        )


def _open_returns() -> None:
    st.session_state["view"] = st.query_params["view"] = "returns"


def _to_settle(session: Session, lines: list[Suggestion]) -> None:
    """The list on the left, the receipt in hand on the right."""
    if not lines:
        _nothing_left(session)
        return
    at = place_in_hand(lines)
    left, right = st.columns(2, gap="small")
    with left:
        show_list(session, lines, at)
    with right:
        show_card(session, lines, at)


def _nothing_left(session: Session) -> None:
    """What comes next when no receipt waits."""
    texts = session.texts
    if not (movements(session)["amount"] > ZERO).any():
        st.info(texts.t("No receipt by this date: import a bank statement, or choose a later date."), icon=":material/info:")
        button_to(
            texts.t("Import my files"), "imports", key="settled-import", icon=":material/upload_file:", importance="primary"
        )
        return
    st.success(texts.t("Every receipt is settled."), icon=":material/check_circle:")
    button_to(
        texts.t("Prepare the reminders"),
        "relances",
        key="settled-reminders",
        icon=":material/forward_to_inbox:",
        importance="primary",
    )
