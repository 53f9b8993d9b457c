"""Many suggestions accepted at once: those whose first candidate is sure enough, as one change."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from models.money import ZERO
from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.match_list import key_for
from pages._ui.matching import PAGE, Suggestion
from pages._ui.session import Session
from pages._ui.suggestion_card import clients_of
from pages._ui.tables import Column, show_table
from pages._ui.wording import word
from pages._ui.words import md
from pipelines.reconcile import decide as decisions
from pipelines.reconcile.rules import RULE_WORDS

#: How sure the first candidate must be.
LEVELS = (0.95, 0.9, 0.8)
_OPEN = "match_bulk"


def sure_lines(lines: Sequence[Suggestion], least: float) -> list[Suggestion]:
    """The receipts whose first candidate is that sure and alone in it.

    An invoice that several of them want goes to the surest, and where two are as sure, to none: a person decides.
    """
    sure = [line for line in lines if _is_sure(line, least)]
    wanted: dict[str, list[float]] = defaultdict(list)
    for line in sure:
        for number in line["candidates"][0]["invoice_numbers"]:
            wanted[number].append(line["candidates"][0]["confidence"])

    def is_surest(best: dict[str, Any]) -> bool:
        rivals = [confidence for number in best["invoice_numbers"] for confidence in wanted[number]]
        return [confidence >= best["confidence"] for confidence in rivals].count(True) == len(best["invoice_numbers"])

    return [line for line in sure if is_surest(line["candidates"][0])]


def _is_sure(line: Suggestion, least: float) -> bool:
    """Whether no other candidate is as sure as the first, and that one is sure enough."""
    best, *others = line["candidates"] or [None]
    return best is not None and best["confidence"] >= least and all(o["confidence"] < best["confidence"] for o in others)


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
        _say_beside(session, sure)
        with st.expander(texts.t("See them before")):
            _list(session, sure)
        if st.button(
            texts.t("Accept them"),
            key=f"bulk-accept-{session.revision}",
            type="primary",
            icon=":material/done_all:",
            disabled=not sure,
            shortcut=key_for("match"),
        ):
            _accept(session, sure, amount)


def _say_beside(session: Session, sure: Sequence[Suggestion]) -> None:
    """What accepting them writes off, and gives of credit notes."""
    texts, own = session.texts, [line["candidates"][0] for line in sure if line["currency"] == session.currency]
    off = sum((amount for best in own for _, amount, _ in best["gaps"]), ZERO)
    used = sum((amount for best in own for *_, amount in best["credits"]), ZERO)
    said = [texts.t("{amount} of small differences written off", amount=texts.money(off, session.currency))] if off else []
    said += [texts.t("{amount} of credit notes used", amount=texts.money(used, session.currency))] if used else []
    if said:
        st.caption(md(texts.t("With them: {what}.", what=", ".join(said))))


def _list(session: Session, sure: Sequence[Suggestion]) -> None:
    """The receipts that would be accepted, with the invoices that each would pay and why."""
    texts = session.texts
    rows = [
        {
            **{name: line[name] for name in ("id", "date", "open_amount", "currency", "label")},
            "client": clients_of(line["candidates"][0]),
            "invoices": line["candidates"][0]["invoice_numbers"],
            "why": word(texts, RULE_WORDS, line["candidates"][0]["rule"]),
        }
        for line in sure
    ]
    columns = [
        Column("date", texts.t("Date"), "date", width=86),
        Column("open_amount", texts.t("Amount"), "money", width=92),
        Column("client", texts.t("Client"), width=140),
        Column("invoices", texts.t("Invoices"), width=140),
        Column("why", texts.t("Why"), width=190),
        Column("label", texts.t("Label"), width=230),
    ]
    nothing = texts.t("No suggestion is that sure.")
    show_table(rows, columns, key="bulk-list", texts=texts, id_column="id", has_tools=False, empty=nothing)


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
