"""From one screen to another: pages by their address, and buttons that lead there."""

from collections.abc import Mapping
from typing import Literal

import streamlit as st

_KEY = "encours_pages"
Importance = Literal["primary", "secondary", "tertiary"]


def keep_pages(pages: Mapping[str, st.Page]) -> None:
    """Remember this rerun's pages by address."""
    st.session_state[_KEY] = dict(pages)


def go(address: str, **query: str) -> None:
    """Leave for another screen; the query holds ids, never names."""
    st.switch_page(st.session_state[_KEY][address], query_params=query or None)


def button_to(
    label: str, address: str, *, key: str, icon: str | None = None, importance: Importance = "secondary", **query: str
) -> None:
    """A button that leads to another screen."""
    if st.button(label, key=key, icon=icon, type=importance, wrap=True):
        go(address, **query)
