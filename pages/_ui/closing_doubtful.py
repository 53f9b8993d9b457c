"""The view of doubtful receivables: what is proposed, what was decided, and what is provided for."""

import streamlit as st

from pages._ui.session import Session


def show_doubtful(session: Session, page: str) -> None:
    """Show the doubtful receivables at the as-of date."""
    del page
    st.subheader(session.texts.t("Doubtful receivables"), anchor=False)
