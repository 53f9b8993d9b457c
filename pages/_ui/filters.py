"""The filter of a table: asked in a few fields beside it, kept in the address, so that a link shows the same rows."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from models.texts import Texts
from pages._ui.match_search import read_amount
from pipelines.exports.filters import Condition, Field, ListFilter, read_filter, write_filter
from pipelines.exports.narrowing import choices_of

_PARTS = ("q", "f", "s")
_NAME = re.compile(r"[a-z]+(?:-[a-z]+)*(?![a-z0-9])")
_FIRST_DAY, _LAST_DAY = date(1990, 1, 1), date(2060, 12, 31)


def address_name(key: str) -> str:
    """The short name of a table in an address: the words of its key, without what follows of ids and numbers."""
    found = _NAME.match(key)
    return found[0] if found else "table"


def asked_of(name: str, fields: list[Field]) -> ListFilter:
    """What the address asks of the table of that name."""
    return read_filter({part: st.query_params.get(f"{name}.{part}", "") for part in _PARTS}, fields)


def is_in_part(name: str, asked: ListFilter) -> bool:
    """Whether the address asks more of that table than could be read: a column it does not have, a day that is none."""
    parts = [part for part in st.query_params.get(f"{name}.f", "").split(";") if part]
    return len(parts) > len(asked.conditions) or (bool(st.query_params.get(f"{name}.s")) and asked.sort is None)


def ask(name: str, asked: ListFilter) -> None:
    """Write what is asked of a table into the address."""
    written = write_filter(asked)
    for part in _PARTS:
        address = f"{name}.{part}"
        if part in written:
            st.query_params[address] = written[part]
        elif address in st.query_params:
            del st.query_params[address]


@dataclass(frozen=True)
class Place:
    """Where what is asked of a table stands: `name` in the address, which tables of one kind share, `key` on the page."""

    name: str
    key: str


def show_search(place: Place, asked: ListFilter, texts: Texts) -> None:
    """The words to look for in all columns."""
    key = _hold(f"{place.key}.words", asked.words)

    def search() -> None:
        ask(place.name, replace(asked, words=" ".join(st.session_state[key].split())))

    st.text_input(
        texts.t("Search"), key=key, on_change=search, placeholder=texts.t("Search"), icon=":material/search:", width=210,
        label_visibility="collapsed",
    )  # fmt: skip


def show_conditions(place: Place, frame: pl.DataFrame, fields: list[Field], asked: ListFilter, texts: Texts) -> None:
    """One column at a time: what its values must be; and the order of the rows."""
    titles = {field.name: field.title for field in fields}
    column = st.selectbox(texts.t("Column"), list(titles), format_func=titles.__getitem__, key=f"{place.key}.column")
    _show_condition(place, frame, next(field for field in fields if field.name == column), asked, texts)
    st.divider()
    _show_order(place, titles, asked, texts)


def _show_condition(place: Place, frame: pl.DataFrame, field: Field, asked: ListFilter, texts: Texts) -> None:
    """The fields of one column's condition, by its kind."""
    now = asked.of(field.name) or Condition(field.name)

    def become(condition: Condition) -> None:
        is_asked = bool(condition.codes or condition.words) or (condition.low, condition.high) != (None, None)
        ask(place.name, asked.with_condition(condition) if is_asked else asked.without(field.name))

    key = f"{place.key}.{field.name}"
    if field.kind == "text":
        _show_text(key, frame, field, now, become, texts)
    elif field.kind == "yes_no":
        answers = {"yes": texts.t("yes"), "no": texts.t("no")}
        _show_values(key, answers, now, become, field.title)
    elif field.kind == "date":
        _show_days(key, now, become, texts)
    else:
        _show_numbers(key, now, become, texts)


def _show_text(
    key: str, frame: pl.DataFrame, field: Field, now: Condition, become: Callable[[Condition], None], texts: Texts
) -> None:
    choices = choices_of(frame, field)
    if choices:
        _show_values(key, choices, now, become, texts.t("One of"))
        return
    words = _hold(f"{key}.words", now.words)

    def contain() -> None:
        become(Condition(field.name, words=" ".join(st.session_state[words].split())))

    st.text_input(texts.t("Contains"), key=words, on_change=contain)


def _show_values(key: str, choices: dict[str, str], now: Condition, become: Callable[[Condition], None], label: str) -> None:
    picked = _hold(f"{key}.values", [code for code in now.codes if code in choices])

    def choose() -> None:
        become(Condition(now.column, codes=tuple(st.session_state[picked])))

    st.multiselect(
        label, list(choices), format_func=choices.__getitem__, key=picked, on_change=choose, placeholder="", select_all=False
    )


def _show_days(key: str, now: Condition, become: Callable[[Condition], None], texts: Texts) -> None:
    bounds = {"low": texts.t("From"), "high": texts.t("Up to")}
    for side, column in zip(bounds, st.columns(2), strict=True):
        held = _hold(f"{key}.{side}", getattr(now, side))

        def limit(side: str = side, held: str = held) -> None:
            become(_with_bound(now, side, st.session_state[held]))

        column.date_input(bounds[side], key=held, on_change=limit, format="DD/MM/YYYY", min_value=_FIRST_DAY, max_value=_LAST_DAY)


def _show_numbers(key: str, now: Condition, become: Callable[[Condition], None], texts: Texts) -> None:
    bounds = {"low": texts.t("At least"), "high": texts.t("At most")}
    for side, column in zip(bounds, st.columns(2), strict=True):
        bound = getattr(now, side)
        held = _hold(f"{key}.{side}", "" if bound is None else _typed(bound, texts))

        def limit(side: str = side, held: str = held) -> None:
            become(_with_bound(now, side, _read_number(st.session_state[held])))

        column.text_input(bounds[side], key=held, on_change=limit)


def _with_bound(now: Condition, side: str, bound: Decimal | date | None) -> Condition:
    return replace(now, low=bound) if side == "low" else replace(now, high=bound)


def _typed(bound: Decimal, texts: Texts) -> str:
    """A bound as the reader's language writes it."""
    return texts.number(bound, max(-int(bound.as_tuple().exponent), 0))


def _read_number(typed: str) -> Decimal | None:
    """A number as people type it, below zero too; None if it is none."""
    plain = typed.strip().replace("\u2212", "-")
    amount = read_amount(plain.removeprefix("-"))
    return -amount if amount is not None and plain.startswith("-") else amount


def _show_order(place: Place, titles: dict[str, str], asked: ListFilter, texts: Texts) -> None:
    order, way = _hold(f"{place.key}.order", asked.sort), _hold(f"{place.key}.way", asked.is_descending)

    def sort() -> None:
        wanted = st.session_state[order]
        ask(place.name, replace(asked, sort=wanted, is_descending=wanted is not None and st.session_state[way]))

    st.selectbox(
        texts.t("Sort by"),
        list(titles),
        format_func=titles.__getitem__,
        key=order,
        on_change=sort,
        placeholder=texts.t("As given"),
    )
    st.toggle(texts.t("Largest or latest first"), key=way, on_change=sort, disabled=asked.sort is None)


def _hold(key: str, value: Any) -> str:  # noqa: ANN401 -- whatever the widget of that key holds
    """Set a field to what the address asks: the address is the truth, the field shows it. Its key."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key
