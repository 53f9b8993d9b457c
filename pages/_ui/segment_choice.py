"""What kind of payer a client is: what its history says, why, and a person's word that wins over it."""

from typing import Any

import streamlit as st

from models.policy import SEGMENTS
from models.texts import Texts
from pages._ui.acting import decide
from pages._ui.known import is_past, when_now, why_not
from pages._ui.queries import segment_row
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.collections.reasons import SEGMENT_NAMES
from pipelines.marks import mark
from pipelines.parties import only_clients

#: Orange says: watch this one.
_COLOURS = {"bad_payer": "orange", "insolvency": "orange"}


def show_segment(session: Session, page: str, client: dict[str, Any]) -> None:
    """The client's segment beside its name, with why, and the choice of another."""
    texts, row = session.texts, segment_row(session, client["client_id"])
    if row is None:
        return
    if row["segment"] != client["client_type"]:
        st.badge(md(texts.t(SEGMENT_NAMES[row["segment"]])), color=_COLOURS.get(row["segment"], "blue"))  # type: ignore[arg-type]
    with st.popover(texts.t("Segment"), icon=":material/group:"):
        st.markdown(md(_why(texts, row)))
        _choice(session, page, client["name"], row)


def _why(texts: Texts, row: dict[str, Any]) -> str:
    """What the history says, and whether a person said otherwise."""
    said = [
        texts.t(
            "By its history: {segment}. Invoices due: {due}; late in 12 months: {late}; of the money received: {share}.",
            segment=texts.t(SEGMENT_NAMES[row["proposed"]]),
            due=texts.number(row["due_count"]),
            late=texts.number(row["late_count"]),
            share=texts.percent(100 * row["received_share"], 0),
        )
    ]
    if row["average_delay"] is not None:
        said.append(
            texts.t(
                "Days late on average, over its invoices due in 12 months and paid, each counted once: {days}.",
                days=texts.number(row["average_delay"]),
            )
        )
    if row["set_on"] is not None and row["proposed"] != "insolvency":
        said.append(texts.t("Chosen by hand since {date}.", date=texts.date(row["set_on"])))
    return " ".join(said)


def _choice(session: Session, page: str, name: str, row: dict[str, Any]) -> None:
    texts = session.texts
    if row["proposed"] == "insolvency":
        return
    allowed = [segment for segment in SEGMENTS if segment != "insolvency"]
    key = f"{row['client_id']}-{session.revision}"
    is_alone = only_clients(session.ledger.clients, session.ledger.documents)["name"].to_list().count(name) == 1
    subject = name if is_alone else str(row["client_id"])
    picked = st.selectbox(
        texts.t("Segment"),
        allowed,
        index=allowed.index(row["segment"]),
        format_func=lambda code: texts.t(SEGMENT_NAMES[code]),
        key=f"segment-{key}",
    )
    if st.button(
        texts.t("Choose this segment"),
        key=f"segment-set-{key}",
        type="primary",
        disabled=picked == row["segment"] or is_past(session),
        help=why_not(session),
    ):
        text = texts.t("{client}: {segment}.", client=name, segment=texts.t(SEGMENT_NAMES[picked]))
        decide(session, page, lambda store, by: mark(store, subject, "segment", on=by.today, author=by, value=picked), text)
    if row["set_on"] is not None and st.button(
        texts.t("Back to what its history says"), key=f"segment-back-{key}", **when_now(session)
    ):
        text = texts.t("{client}: {segment}.", client=name, segment=texts.t(SEGMENT_NAMES[row["proposed"]]))
        decide(session, page, lambda store, by: mark(store, subject, "segment", on=by.today, author=by, is_set=False), text)
