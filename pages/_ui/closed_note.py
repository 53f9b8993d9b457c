"""What a reader must know of a closed day: when it was closed, and what came for it since."""

from datetime import date

import streamlit as st

from pages._ui.closing_queries import arrivals_since
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.exports.period_tables import closing_sentence
from pipelines.locks import closing_of, closings

#: The screens whose figures are as of a day, by their address; the first one is the home screen.
CLOSED_SHOWN = ("", "accueil", "creances", "client", "cloture")


def show_closed_note(session: Session) -> None:
    """Say of figures as of a closed day that it is closed, and what changed them since; nothing of an open day."""
    closing = closing_of(session.ledger, session.as_of)
    if closing is None:
        return
    found = arrivals_since(session, closing, session.as_of)
    said = closing_sentence(found, session.texts, session.currency)
    if found.effect or found.others or found.waiting:
        st.warning(md(said), icon=":material/lock:")
    else:
        st.caption(f":material/lock: {md(said)}")


def ask_closed(session: Session, day: object, *, key: str) -> bool | None:
    """Ask whether a decision dated in a closed period is meant.

    Returns:
        True: it is meant. False: it is not said yet, and the decision must wait. None: the day is open, nothing to ask.
    """
    if not isinstance(day, date) or closing_of(session.ledger, day) is None:
        return None
    texts, last = session.texts, closings(session.ledger)[-1].locked_to
    return st.checkbox(texts.t("I mean this date, in a closed period (up to {day})", day=texts.date(last)), key=f"closed-{key}")
