"""What no file says, or another tool knew: typed in, or taken over; opened by a choice, so that the page stays short."""

import streamlit as st

from pages._ui.import_by_hand import show_typed
from pages._ui.import_takeover import show_takeover
from pages._ui.session import Session

_WAYS_NAMES = {"takeover": "Take over from another tool", "typed": "Type in by hand"}


def show_others(session: Session) -> None:
    """The ways to bring facts in without an export."""
    texts = session.texts
    st.subheader(texts.t("Without a file, or from another tool"), anchor=False)
    if session.ledger.is_empty:
        st.caption(
            texts.t(
                "You come from another tool, and have only what was still open there, or one balance per client? "
                "Take over from it: three answers are enough. Its full exports can be dropped above instead."
            )
        )
    way = st.segmented_control(
        texts.t("How to bring it in"),
        list(_WAYS_NAMES),
        format_func=lambda code: texts.t(_WAYS_NAMES[code]),
        key="imports-way",
        label_visibility="collapsed",
    )
    if way == "takeover":
        show_takeover(session)
    elif way == "typed":
        show_typed(session)
