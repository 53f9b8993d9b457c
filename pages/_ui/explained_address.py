"""Which figure is open: it stands in the address, by its key, and buttons anywhere lead to it."""

import streamlit as st

from pages._ui.links import go
from pipelines.explain.cash import CASH_FIGURES
from pipelines.explain.figures import FIGURES, SAME_AS

_FIGURE, _CLIENT, _VIEW, _OPERAND = "figure", "of", "view", "operand"
_VIEW_NAME = "indicators"


def opened_key() -> str | None:
    """The figure that the address names, if there is one of that name."""
    key = st.query_params.get(_FIGURE, "")
    return key if key in FIGURES or key in SAME_AS or key in CASH_FIGURES else None


def opened_client(known: set[str]) -> str | None:
    """The client that the opened figure is of, if the address names one of them."""
    client_id = st.query_params.get(_CLIENT)
    return client_id if client_id in known else None


def open_figure(key: str, client_id: str | None = None) -> None:
    """Put a figure into the address; to be called as a button is pressed."""
    close_figure()
    st.session_state[_VIEW] = st.query_params[_VIEW] = _VIEW_NAME
    st.query_params[_FIGURE] = key
    if client_id is not None:
        st.query_params[_CLIENT] = client_id


def close_figure() -> None:
    """Back to the list of figures."""
    for name in (_FIGURE, _CLIENT, _OPERAND):
        if name in st.query_params:
            del st.query_params[name]
    st.session_state.pop(_OPERAND, None)


def figure_button(
    label: str, key: str, client_id: str | None = None, *, name: str, icon: str = ":material/table_rows:", leaves: bool = False
) -> None:
    """A button that opens a figure.

    Args:
        label: what it says.
        key: the figure.
        client_id: the client that it is of; None is all of them.
        name: the button's key on its page.
        icon: before the label.
        leaves: it may stand on another screen than the one that opens figures.
    """
    if st.button(label, key=name, type="tertiary", icon=icon, on_click=open_figure, args=(key, client_id)) and leaves:
        of_client = {} if client_id is None else {_CLIENT: client_id}
        go("creances", view=_VIEW_NAME, figure=key, **of_client)
