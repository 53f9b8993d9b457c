"""The receipts to settle, and the one in hand: kept by its id, so that a decision leads on to the next one."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import polars as pl
import streamlit as st

from models.money import ZERO
from pages._ui.matching import KEYS, Suggestion
from pages._ui.session import Session
from pages._ui.tables import Column, show_table

_AT, _ORDER, _SETTLED = "match_at", "match_order", "match_settled"
_WHAT, _CHOSEN, _SEARCH, _TICKED = "match_what", "match_chosen", "match_search", "match_ticked"
_PAGE = "match_page"
_ROWS, _ROW_HEIGHT = 15, 35


def place_in_hand(lines: Sequence[Suggestion]) -> int:
    """Where the receipt in hand stands: the last chosen; the one after it once it is settled; it again once that is undone."""
    ids = [line["id"] for line in lines]
    before: list[str] = st.session_state.get(_ORDER, [])
    at, there = st.session_state.get(_AT), set(ids)
    settled = st.session_state.get(_SETTLED)
    if settled in there and settled not in before:
        at = settled
    elif at not in there:
        rest = before[before.index(at) + 1 :] if at in before else []
        st.session_state[_SETTLED] = at
        at = next((i for i in rest if i in there), ids[0])
    st.session_state[_ORDER] = ids
    if at != st.session_state.get(_AT):
        take_in_hand(str(at))
    return ids.index(at)


def take_in_hand(line_id: str) -> None:
    """Turn to a receipt; what was open for the one before is closed."""
    st.session_state[_AT] = line_id
    for name in (_WHAT, _CHOSEN, _SEARCH, _TICKED):
        st.session_state.pop(name, None)


def leave(line_id: str) -> None:
    """Turn to the receipt after this one, or to the one before where it is the last."""
    order: list[str] = st.session_state.get(_ORDER, [])
    if line_id in order and len(order) > 1:
        at = order.index(line_id)
        take_in_hand(order[at + 1] if at + 1 < len(order) else order[at - 1])


def is_asked_what(line: Suggestion) -> bool:
    """Whether the reader is saying what this receipt is, since no client paid it."""
    return bool(st.session_state.get(_WHAT) == line["id"])


def ask_what(line_id: str | None) -> None:
    """Ask what a receipt is; None leaves the question."""
    st.session_state[_WHAT] = line_id


def is_searching(line_id: str) -> bool:
    """Whether the search by hand is open for this receipt."""
    return bool(st.session_state.get(_SEARCH) == line_id)


def start_search(line_id: str) -> None:
    """Open the search by hand."""
    st.session_state[_SEARCH] = line_id


def end_search() -> None:
    """Close the search by hand, and forget what was ticked in it."""
    for name in (_SEARCH, _TICKED):
        st.session_state.pop(name, None)


def ticked() -> list[str]:
    """The documents ticked in the search."""
    ids: list[str] = st.session_state.get(_TICKED, [])
    return ids


def tick(document_id: str, *, is_wanted: bool) -> None:
    """Tick a document in the search, or take its tick away.

    A browser that is busy may say the same twice: its box stands until the next one is drawn.
    """
    others = [i for i in ticked() if i != document_id]
    st.session_state[_TICKED] = [*others, document_id] if is_wanted else others


def key_for(name: str) -> str | None:
    """The key of a button of the page; none while the search lies over it, where letters are typed."""
    return None if st.session_state.get(_SEARCH) else KEYS.get(name, name)


def chosen_candidate(line: Suggestion) -> int:
    """The number of the candidate that would be accepted: the first, until the reader says another."""
    number = st.session_state.get(_CHOSEN, 1)
    return number if number <= len(line["candidates"]) else 1


def choose_candidate(number: int) -> None:
    """Say which candidate would be accepted."""
    st.session_state[_CHOSEN] = number


def show_list(session: Session, lines: Sequence[Suggestion], at: int) -> None:
    """The receipts to settle around the one in hand, which is selected; selecting another takes that one in hand."""
    texts, first = session.texts, at // _ROWS * _ROWS
    columns = [
        Column("date", texts.t("Date"), "date", width=86),
        Column("open_amount", texts.t("Amount"), "money", width=92),
        Column("client", texts.t("Client"), width=118),
        Column("label", texts.t("Label"), width=180),
    ]
    near = lines[first : first + _ROWS]
    names = ("id", "date", "open_amount", "label", "client", "currency")
    rows = pl.DataFrame([{name: line[name] for name in names} | _left(line) for line in near])
    show_table(
        rows, columns, key=f"to-settle-{first}", texts=texts, selection="single-row-required", id_column="id",
        height=(len(near) + 1) * _ROW_HEIGHT + 3, selected=at - first, on_pick=take_in_hand, has_tools=False,
    )  # fmt: skip
    if len(lines) > _ROWS:
        _turn_pages([line["id"] for line in lines[::_ROWS]], at // _ROWS)


def show_turns(session: Session, ids: Sequence[str], at: int, take: Callable[[str], None]) -> None:
    """To the one before and the one after."""
    for label, to, icon in (("Previous", at - 1, "chevron_left"), ("Next", at + 1, "chevron_right")):
        is_there = 0 <= to < len(ids)
        st.button(
            session.texts.t(label),
            key=f"turn-{label}-{session.revision}",
            icon=f":material/{icon}:",
            type="tertiary",
            disabled=not is_there,
            on_click=take,
            args=(ids[to] if is_there else "",),
            shortcut=key_for(label.lower()),
        )


def _left(line: Suggestion) -> dict[str, Decimal]:
    """What is left of a receipt, or of the invoice that it settles but for a small difference."""
    if not line["is_rest"]:
        return {"open_amount": line["open_amount"]}
    return {"open_amount": sum((amount for _, amount, _ in line["candidates"][0]["gaps"]), ZERO)}


def _turn_pages(firsts: Sequence[str], place: int) -> None:
    """The pages of a long list; turning to one takes its first receipt in hand."""
    key = f"{_PAGE}-{place}-{len(firsts)}"  # a page has its own, so that the place in the list is all that says which is shown

    def turn() -> None:
        take_in_hand(firsts[st.session_state[key] - 1])

    st.pagination(len(firsts), default=place + 1, key=key, on_change=turn, max_visible_pages=7)
