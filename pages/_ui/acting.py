"""A person's decision on screen: made once, told in one sentence, taken back with one click.

A decision is the answer to a button of the page as it was shown: keys hold the revision, so that a second click, or a
click on a page that others have changed since, never acts on another row.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from models.errors import AppError
from models.store import Author, Store
from models.texts import Texts
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.decisions import undo
from pipelines.reconcile.run import run_reconcile

_NOTICE, _SEEN = "encours_notice", "encours_seen"
#: Sentences in place of those that speak of commands or ids.
_ON_SCREEN = {
    "unknown_suggestion": "This match has been settled already, or the facts have changed: nothing was done.",
    "which_candidate": "This suggestion has changed in the meantime: choose again.",
    "unknown_conflict": "This conflict has been settled already: nothing was done.",
    "undone_already": "This has been undone already: nothing was done.",
    "unknown_change": "This operation is not in the history any more.",
    "unknown_line": "This bank line is not there any more: nothing was done.",
    "not_a_receipt": "This bank line is not a receipt.",
    "matched_already": "A person has matched this bank line: detach that match first.",
    "unknown_allocation": "This match is not there any more: nothing was done.",
    "unknown_alias": "This has been forgotten already: nothing was done.",
    "unknown_rule": "This rule is not there any more: nothing was done.",
    "missing_vat": (
        "{count} sales documents give neither their VAT nor their amount without it ({numbers}): import them with it, or "
        "give their rate in Settings, under Accounting."
    ),
    "no_siren": "The name of a FEC begins with your SIREN: give it in Settings.",
    "in_closed_period": "{day} is in a closed period (up to {closed}): choose a later date, or tick that you mean it.",
    "changes_closed": (
        "This changes {day}, in a closed period (up to {closed}): undo it in the history, under Imports, where you can tick that "
        "you mean it."
    ),
    "given_otherwise": "What this would bring back has been matched otherwise since: undo that match first.",
}


@dataclass(frozen=True)
class Notice:
    """What the last decision on a page did.

    Attributes:
        page: where it was made; on another page it is forgotten.
        change_ids: its changes, oldest first; empty where there is nothing to undo.
        is_error: it was refused, and nothing changed.
        said: further sentences. `leads_on`: the page may show where to go next. `undo_label`: English words of the undo.
    """

    page: str
    text: str
    change_ids: tuple[int, ...] = ()
    is_error: bool = False
    said: tuple[str, ...] = field(default=())
    leads_on: bool = False
    undo_label: str = "Undo"


def error_sentence(texts: Texts, error: AppError, currency: str) -> str:
    """Why something was refused, in the reader's language, as plain text."""
    return texts.t(_ON_SCREEN.get(error.code, error.template), **{"currency": currency, **error.fields})


def decide(
    session: Session,
    page: str,
    decision: Callable[[Store, Author], int | None],
    text: str,
    *,
    rematch: bool = False,
) -> None:
    """Run a decision, keep what to say of it, and start the page again on the new facts.

    Args:
        session: of this rerun.
        page: the page's address.
        decision: what to do; its change id, or None if nothing had to change.
        text: the sentence that tells it, as plain text.
        rematch: let the rules draw the consequences for other bank lines.
    """
    try:
        change_id = decision(session.store, session.author)
        said = rematched(session) if rematch else ()
        notice = Notice(page, text, () if change_id is None else (change_id,), said=said)
    except AppError as error:
        notice = Notice(page, error_sentence(session.texts, error, session.currency), is_error=True)
    tell(session, notice)


def tell(session: Session, notice: Notice) -> None:
    """Keep a notice for the next rerun, and start it."""
    st.session_state[_NOTICE] = notice
    st.session_state[_SEEN] = (notice.page, session.store.revision)
    st.rerun()


def rematched(session: Session) -> tuple[str, ...]:
    """Run the rules on the new facts; what they concluded, if anything."""
    done = run_reconcile(session.store, author=session.author)
    if not done.allocated_lines:
        return ()
    return (
        session.texts.plural(
            "The rules have matched {count} more bank line ({amount}).",
            "The rules have matched {count} more bank lines ({amount}).",
            done.allocated_lines,
            amount=session.texts.money(done.allocated_amount, session.currency),
        ),
    )


def show_notice(session: Session, page: str, *, undo_key: str | None = None) -> Notice | None:
    """Tell what the last decision on this page did, with its undo (on a key, if one is given); the notice, if there is one."""
    texts = session.texts
    notice = st.session_state.get(_NOTICE)
    seen = st.session_state.get(_SEEN)
    st.session_state[_SEEN] = (page, session.revision)
    if not isinstance(notice, Notice) or notice.page != page:
        st.session_state.pop(_NOTICE, None)
        notice = None
    if seen is not None and seen[0] == page and seen[1] != session.revision:
        st.info(texts.t("The facts have changed since this page was shown: it is up to date again. Check before you decide."))
    if notice is None:
        return None
    if notice.is_error:
        st.warning(md(notice.text), icon=":material/info:")
        return notice
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.success(md(" ".join([notice.text, *notice.said])), icon=":material/check_circle:", width="stretch")
        if notice.change_ids and st.button(
            texts.t(notice.undo_label),
            key=f"undo-notice-{notice.change_ids[-1]}-{session.revision}",
            icon=":material/undo:",
            shortcut=undo_key,
        ):
            undo_changes(session, page, notice.change_ids)
    return notice


def undo_changes(session: Session, page: str, change_ids: tuple[int, ...], *, in_closed_period: bool = False) -> None:
    """Take changes back, the newest first, and tell it; a decision of a closed period if that is meant."""
    texts = session.texts
    try:
        for change_id in reversed(change_ids):
            undo(session.store, change_id, author=session.author, in_closed_period=in_closed_period)
        notice = Notice(page, texts.t("Undone: everything is as before."))
    except AppError as error:
        notice = Notice(page, error_sentence(texts, error, session.currency), is_error=True)
    tell(session, notice)
