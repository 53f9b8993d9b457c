"""A choice that stands in the address by its code, so that a link means the same in both languages."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from pages._ui.browser import went_back
from pages._ui.session import current
from pages._ui.unread import say_not_here


def begins(key: str) -> bool:
    """Whether a field takes what the address holds: at first, and where the reader came back to another address."""
    return key not in st.session_state or went_back()


def choose(label: str, options: Sequence[str], *, words: Callable[[str], str], key: str, default: str) -> str:
    """One of `options`, shown by `words`; the one in the address under `key`, if it is one of them, else the default.

    Streamlit's own binding would write the words of the reader's language into the address.
    """
    wanted = st.query_params.get(key)
    if begins(key):
        st.session_state[key] = wanted if wanted in options else default
    if wanted and wanted not in options and st.session_state[key] in options:
        say_not_here(current().texts, wanted, words(st.session_state[key]))

    def keep() -> None:
        st.query_params[key] = st.session_state[key]

    picked = st.segmented_control(
        label, options, format_func=words, required=True, key=key, on_change=keep, label_visibility="collapsed"
    )
    return picked if isinstance(picked, str) else default


def from_address(key: str, read: Callable[[str], Any], *, empty: object = None) -> Callable[[], None]:
    """Begin a field with what the address holds under its key; what to do at a change, so that the address holds it.

    Args:
        key: the field's, and its name in the address.
        read: the field's value from the address's text; None where the text means nothing.
        empty: the field's value where nothing is asked.
    """
    wanted = st.query_params.get(key, "")
    value = read(wanted) if wanted else None
    if wanted and value is None:
        say_not_here(current().texts, wanted)
    if begins(key) and (value is not None or key in st.session_state):
        st.session_state[key] = empty if value is None else value

    def keep() -> None:
        value = st.session_state[key]
        text = ",".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value).strip()
        if text:
            st.query_params[key] = text
        elif key in st.query_params:
            del st.query_params[key]

    return keep
