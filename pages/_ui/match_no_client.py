"""A receipt that no client paid: what it is, and whether labels like it are of that kind too."""

from typing import Any

import streamlit as st

from pages._ui.session import Session


def show_no_client(session: Session, line: dict[str, Any]) -> None:
    """The kinds to choose from."""
    st.caption(session.texts.t("Not yet.") + line["id"])
