"""The second date of every screen: what the program knew at the end of a past day, and what cannot be done there."""

from datetime import date
from typing import Any

import streamlit as st

from models.texts import Texts
from pages._ui.session import Session
from pages._ui.words import md

_FIRST_DAY = date(1990, 1, 1)
#: The screens that are there to bring facts in, to settle them or to send them out: a past day has nothing for them.
READ_ONLY = ("imports", "rapprochement", "exports", "reglages")
#: What the address asked to be known on and cannot be, and on which screen: the picker takes it out of the address.
_REFUSED = "encours_refused_day"


def _asked_day(today: date) -> date | None:
    """The day that the page's address names, if it is one that can be known: no later one than today."""
    try:
        asked = date.fromisoformat(st.query_params.get("known", ""))
    except ValueError:
        return None
    return asked if _FIRST_DAY <= asked <= today else None


def start_as_of(today: date, page: str) -> None:
    """An address that names what was known, and no as-of date, means the figures of that very day.

    A day that cannot be known is kept in mind for `show_refused`, as long as the reader stays on that screen.
    """
    asked, typed = _asked_day(today), st.query_params.get("known")
    if typed:
        st.session_state[_REFUSED] = None if asked else (page, typed)
    if asked and "known" not in st.session_state and "as_of" not in st.session_state and "as_of" not in st.query_params:
        st.session_state["as_of"] = asked


def _follow() -> None:
    """A reader who goes back in time first wants the figures as they stood on that day."""
    known = st.session_state["known"]
    st.session_state[_REFUSED] = None
    if known is not None and st.session_state["as_of"] > known:
        st.session_state["as_of"] = known


def known_picker(texts: Texts, today: date) -> date | None:
    """The day whose knowledge is shown; None, which is usual, is what is known now."""
    known = st.date_input(
        texts.t("As known on"),
        value=None,
        min_value=_FIRST_DAY,
        max_value=today,
        format="DD/MM/YYYY",
        key="known",
        bind="query-params",
        on_change=_follow,
        help=texts.t(
            "Empty: all that is known now. A past day: what the program knew at the end of it, without what was imported or"
            " decided since."
        ),
    )
    return known if isinstance(known, date) else None


def show_refused(texts: Texts, page: str) -> None:
    """Say that the address named a day that cannot be known, on the screen that it led to."""
    where, typed = st.session_state.get(_REFUSED) or (page, None)
    if where != page:
        st.session_state[_REFUSED] = None
    elif typed:
        said = "The address asks what was known on “{day}”, which is no day up to today: all that is known now is shown."
        st.caption(md(texts.t(said, day=typed)))


def _come_back(today: date) -> None:
    """The present again, in both dates."""
    st.session_state["known"] = None
    st.session_state["as_of"] = today


def show_known(session: Session, *, can_look: bool) -> bool:
    """Say that a past day's knowledge is shown, and lead back; false where there is nothing to see of it."""
    texts, known_on = session.texts, session.known_on
    said = [
        texts.t("**As known on {day}**: without what was imported or decided since.", day=texts.long_date(known_on)),
        texts.t("Nothing can be decided or sent from here."),
    ]
    if known_on is not None and session.as_of > known_on:
        said.append(
            texts.t(
                "The figures are as of {day}, later than what was known: what happened in between is not in them.",
                day=texts.date(session.as_of),
            )
        )
    if session.ledger.is_empty:
        said.append(texts.t("On that day, nothing had been imported yet."))
    elif not can_look:
        said.append(texts.t("This screen is only for what is known now."))
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.info(" ".join(said), icon=":material/history:", width="stretch")
        st.button(texts.t("Back to now"), key="known-back", icon=":material/update:", on_click=_come_back, args=(session.today,))
    return can_look and not session.ledger.is_empty


def why_not(session: Session) -> str | None:
    """Why nothing can be decided here, as plain text; None where it can."""
    if session.known_on is None:
        return None
    return md(session.texts.t("Nothing can be decided on what was known on a past day: come back to now first."))


def is_past(session: Session) -> bool:
    """A past day's knowledge is shown: nothing can be decided."""
    return session.known_on is not None


def when_now(session: Session) -> dict[str, Any]:
    """What a button that decides is given: nothing now; disabled, with the reason, on a past day's knowledge."""
    return {"disabled": True, "help": why_not(session)} if is_past(session) else {}
