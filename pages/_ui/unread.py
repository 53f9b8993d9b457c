"""What the address asks for that cannot be shown: said in a line at the head of the screen, never passed over in silence."""

from collections.abc import Callable
from datetime import date
from typing import Any

import streamlit as st

from models.texts import Texts
from pages._ui.words import md

#: Where the lines stand, made anew by each rerun; and by parameter what was asked in vain, as long as its screen is open.
_ROOM, _SCREEN, _KEPT = "encours_unread_room", "encours_unread_screen", "encours_unread"


def begin_screen(screen: str) -> None:
    """Forget what another screen's address asked for in vain."""
    if st.session_state.get(_SCREEN) != screen:
        st.session_state[_SCREEN], st.session_state[_KEPT] = screen, {}


def make_room() -> None:
    """Where lines that a part of the screen finds it must say will stand."""
    st.session_state[_ROOM] = st.container()


def say_unread(sentence: str) -> None:
    """A line at the head of the screen; where it has none, here. Plain text."""
    room = st.session_state.get(_ROOM)
    (st if room is None else room).caption(md(sentence))


def say_not_here(texts: Texts, asked: str, shown: str | None = None) -> None:
    """Say that the address asks for what there is not, and what is shown in its place: all there is, if nothing is named."""
    if shown is None:
        say_unread(texts.t("The address asks for “{asked}”, which there is not here: all is shown.", asked=asked))
    else:
        said = "The address asks for “{asked}”, which there is not here: “{shown}” is shown."
        say_unread(texts.t(said, asked=asked, shown=shown))


def heed(name: str, read: Callable[[str], Any]) -> Any:  # noqa: ANN401 -- whatever the reader makes of it
    """What the address asks for under that name; None where it asks for nothing, or for what cannot be read.

    A field that is bound to the address takes out of it what it cannot read: what was asked in vain is kept for `in_vain`.
    """
    typed = st.query_params.get(name)
    if not typed:
        return None
    found = read(typed)
    kept = st.session_state.setdefault(_KEPT, {})
    if found is None:
        kept[name] = typed
    else:
        kept.pop(name, None)
    return found


def in_vain(name: str) -> str | None:
    """What the address asked for under that name and cannot have, until the reader chooses or leaves."""
    asked = st.session_state.get(_KEPT, {}).get(name)
    return None if asked is None else str(asked)


def settle(name: str) -> None:
    """The reader has chosen: what the address asked for in vain is done with."""
    st.session_state.get(_KEPT, {}).pop(name, None)


def day_within(first: date, last: date) -> Callable[[str], date | None]:
    """Reads a day of an address, if it is one of those."""

    def read(typed: str) -> date | None:
        try:
            year, month, day_of_month = map(int, typed.split("-"))
            day = date(year, month, day_of_month)
        except ValueError:
            return None
        return day if first <= day <= last else None

    return read
