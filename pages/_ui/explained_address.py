"""Which figure is open: it stands in the address, by its key, and buttons anywhere lead to it."""

import streamlit as st

from models.texts import Texts
from pages._ui.cash_queries import HORIZONS, USUAL_HORIZON
from pages._ui.links import go
from pages._ui.session import Session
from pages._ui.unread import say_not_here, say_unread
from pipelines.explain.cash import CASH_FIGURES
from pipelines.explain.figures import FIGURES, SAME_AS
from pipelines.explain.others import OTHER_FIGURES
from pipelines.ledger import Ledger
from pipelines.parties import only_clients

_FIGURE, _PART, _VIEW, _OPERAND = "figure", "of", "view", "operand"
_VIEW_NAME = "indicators"
#: The figure that a click in a picture asks for, until the page runs again.
_ASKED = "encours_asked_figure"


def opened_key() -> str | None:
    """The figure that the address names, if there is one of that name."""
    key = st.query_params.get(_FIGURE, "")
    return key if key in FIGURES or key in SAME_AS or key in OTHER_FIGURES else None


def show_unknown(texts: Texts) -> None:
    """Say that the address names a figure that there is not."""
    if (asked := st.query_params.get(_FIGURE)) and opened_key() is None:
        say_unread(texts.t("The address asks for “{name}”, which is no figure of this list: all figures are shown.", name=asked))


def say_part_unknown(session: Session, key: str) -> None:
    """Say that the address asks for a part that the figure has not."""
    asked = st.query_params.get(_PART)
    if asked and asked != USUAL_HORIZON and opened_part(session.ledger, key) is None:
        say_not_here(session.texts, asked)


def opened_part(ledger: Ledger, key: str) -> str | None:
    """What of the figure the address asks for: one of its clients, accounts or horizons; None is the whole of it."""
    part = st.query_params.get(_PART)
    if key == "cash":
        known = set(ledger.accounts["account_id"])
    elif key in CASH_FIGURES:
        known = {*HORIZONS} - {USUAL_HORIZON}
    else:
        known = set() if key in OTHER_FIGURES else set(only_clients(ledger.clients, ledger.documents)["client_id"])
    return part if part in known else None


def open_figure(key: str, part: str | None = None) -> None:
    """Put a figure into the address; to be called as a button is pressed."""
    close_figure()
    st.session_state[_VIEW] = st.query_params[_VIEW] = _VIEW_NAME
    st.query_params[_FIGURE] = key
    if part is not None:
        st.query_params[_PART] = part


def close_figure() -> None:
    """Back to the list of figures."""
    for name in (_FIGURE, _PART, _OPERAND):
        if name in st.query_params:
            del st.query_params[name]
    st.session_state.pop(_OPERAND, None)


def figure_button(
    label: str, key: str, part: str | None = None, *, name: str, icon: str = ":material/table_rows:", leaves: bool = False
) -> None:
    """A button that opens a figure.

    Args:
        label: what it says.
        key: the figure.
        part: the client, account or horizon that it is of; None is the whole.
        name: the button's key on its page.
        icon: before the label.
        leaves: it may stand on another screen than the one that opens figures.
    """
    if st.button(label, key=name, type="tertiary", icon=icon, on_click=open_figure, args=(key, part), wrap=True) and leaves:
        of_part = {} if part is None else {_PART: part}
        go("creances", view=_VIEW_NAME, figure=key, **of_part)


def ask_for_figure(key: str) -> None:
    """Let the page leave for a figure when it runs again: what a click in a picture calls cannot leave by itself."""
    st.session_state[_ASKED] = key


def go_where_asked() -> None:
    """Leave for the screen that opens figures, if one was asked for."""
    if (key := st.session_state.pop(_ASKED, None)) is not None:
        go("creances", view=_VIEW_NAME, figure=key)
