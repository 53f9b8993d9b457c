"""A choice that stands in the address by its code, so that a link means the same in both languages."""

from collections.abc import Callable, Sequence

import streamlit as st


def choose(label: str, options: Sequence[str], *, words: Callable[[str], str], key: str, default: str) -> str:
    """One of `options`, shown by `words`; the one in the address under `key`, if it is one of them, else the default.

    Streamlit's own binding would write the words of the reader's language into the address.
    """
    if key not in st.session_state:
        wanted = st.query_params.get(key)
        st.session_state[key] = wanted if wanted in options else default

    def keep() -> None:
        st.query_params[key] = st.session_state[key]

    picked = st.segmented_control(
        label, options, format_func=words, required=True, key=key, on_change=keep, label_visibility="collapsed"
    )
    return picked if isinstance(picked, str) else default
