"""The second date of every screen: what the program knew at the end of a past day, and what cannot be done there."""

from datetime import date
from typing import Any

import streamlit as st

from models.texts import Texts
from pages._ui.session import Session
from pages._ui.unread import day_within, heed, in_vain, say_unread, settle
from pages._ui.words import md

FIRST_DAY = date(1990, 1, 1)
#: Of the figures on any screen.
LAST_DAY = date(2060, 12, 31)
#: The screens that are there to bring facts in, to settle them or to send them out: a past day has nothing for them.
READ_ONLY = ("imports", "rapprochement", "exports", "reglages")
#: The screens with nothing that is as of a day.
NO_DAY = ("imports", "reglages", "dossiers")


def start_as_of(today: date) -> None:
    """An address that names what was known, and no as-of date, means the figures of that very day."""
    asked = heed("known", day_within(FIRST_DAY, today))
    heed("as_of", day_within(FIRST_DAY, LAST_DAY))
    if asked and "known" not in st.session_state and "as_of" not in st.session_state and "as_of" not in st.query_params:
        st.session_state["as_of"] = asked


def _follow() -> None:
    """A reader who goes back in time first wants the figures as they stood on that day."""
    known = st.session_state["known"]
    settle("known")
    if known is not None and st.session_state["as_of"] > known:
        st.session_state["as_of"] = known


def known_picker(texts: Texts, today: date) -> date | None:
    """The day whose knowledge is shown; None, which is usual, is what is known now."""
    known = st.date_input(
        texts.t("As known on"),
        value=None,
        min_value=FIRST_DAY,
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


def say_refused(texts: Texts, as_of: date) -> None:
    """Say which days the address named that cannot be shown."""
    if typed := in_vain("as_of"):
        said = "The address asks for the figures of “{day}”, which is no day that can be shown: those of {shown} are."
        say_unread(texts.t(said, day=typed, shown=texts.date(as_of)))
    if typed := in_vain("known"):
        said = "The address asks what was known on “{day}”, which is no day up to today: all that is known now is shown."
        say_unread(texts.t(said, day=typed))


def _come_back(today: date) -> None:
    """The present again, in both dates."""
    st.session_state["known"] = None
    st.session_state["as_of"] = today


def show_other_day(session: Session) -> None:
    """Say that the figures are not today's, and lead back to these; nothing where they are."""
    if session.as_of == session.today:
        return
    texts = session.texts
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        said = texts.t("Figures as of {day}, with all that is known now.", day=texts.long_date(session.as_of))
        st.caption(f":material/event: {md(said)}", width="content")
        st.button(
            texts.t("Back to today"), key="as-of-back", type="tertiary", icon=":material/today:", on_click=_come_back,
            args=(session.today,),
        )  # fmt: skip


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
    elif known_on is not None and session.as_of < known_on:
        said.append(texts.t("The figures are as of {day}.", day=texts.date(session.as_of)))
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
