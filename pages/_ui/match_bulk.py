"""Many suggestions accepted at once: those whose first candidate is sure enough, as one change."""

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from models.money import ZERO
from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.match_list import key_for
from pages._ui.matching import PAGE, Suggestion
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.reconcile import decide as decisions

#: How sure the first candidate must be.
LEVELS = (0.95, 0.9, 0.8)
_OPEN = "match_bulk"


def sure_lines(lines: Sequence[Suggestion], least: float) -> list[Suggestion]:
    """The receipts whose first candidate is that sure and alone in it, each invoice once: what two want, a person decides."""
    taken: set[str] = set()
    sure = []
    for line in lines:
        best, *others = line["candidates"] or [None]
        if best is None or best["confidence"] < least or any(o["confidence"] >= best["confidence"] for o in others):
            continue
        if taken.isdisjoint(best["invoice_numbers"]):
            taken.update(best["invoice_numbers"])
            sure.append(line)
    return sure


def show_bulk_button(session: Session, lines: Sequence[Suggestion]) -> None:
    """The button that opens the choice, where there is something to accept."""
    if len(sure_lines(lines, LEVELS[-1])) > 1:
        st.button(
            session.texts.t("Several at once"),
            key="bulk-open",
            icon=":material/done_all:",
            type="tertiary",
            on_click=_toggle,
            shortcut=key_for("bulk"),
        )


def show_bulk(session: Session, lines: Sequence[Suggestion]) -> None:
    """How many and how much each level would accept, and the button that does it."""
    texts = session.texts
    if not st.session_state.get(_OPEN) or not sure_lines(lines, LEVELS[-1]):
        return
    with st.container(border=True, gap="small"):
        st.markdown(f"**{texts.t('Accept the first suggestion wherever it is at least this sure:')}**")
        level = st.segmented_control(
            texts.t("Least confidence"),
            LEVELS,
            format_func=lambda level: texts.percent(level * 100, 0),
            default=next(level for level in LEVELS if sure_lines(lines, level)),
            required=True,
            key="bulk-level",
            label_visibility="collapsed",
        )
        sure = sure_lines(lines, level)
        amount = sum((line["open_amount"] for line in sure if line["currency"] == session.currency), ZERO)
        money = texts.money(amount, session.currency)
        st.markdown(md(texts.plural("{count} receipt, {amount}", "{count} receipts, {amount}", len(sure), amount=money)))
        if st.button(
            texts.t("Accept them"),
            key=f"bulk-accept-{session.revision}",
            type="primary",
            icon=":material/done_all:",
            disabled=not sure,
            shortcut=key_for("match"),
        ):
            _accept(session, sure, amount)


def _toggle() -> None:
    st.session_state[_OPEN] = not st.session_state.get(_OPEN)


def _accept(session: Session, sure: Sequence[Suggestion], amount: Decimal) -> None:
    texts = session.texts
    text = texts.plural(
        "{count} receipt matched ({amount}).", "{count} receipts matched ({amount}).", len(sure),
        amount=texts.money(amount, session.currency),
    )  # fmt: skip
    wanted = [(line["id"], line["candidates"][0]["n"]) for line in sure]

    def decision(store: Store, author: Author) -> int:
        return decisions.accept_many(store, wanted, author=author)

    st.session_state.pop(_OPEN, None)
    decide(session, PAGE, decision, text, rematch=True)
