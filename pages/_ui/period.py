"""A period that the reader chooses, its days in the address."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from models.texts import Texts
from pages._ui.unread import day_within, heed, in_vain, say_not_here, settle
from pipelines.ingest.dates import FIRST_DAY, LAST_DAY


def choose_period(texts: Texts, usual: tuple[date, date], *, keys: tuple[str, str]) -> tuple[date, date]:
    """The first and the last day; by default the `usual` ones, which they follow when these change.

    Args:
        texts: the reader's words.
        usual: the days where the reader chooses none.
        keys: of the two fields, and their names in the address.
    """
    _follow(usual, keys, LAST_DAY)
    titles = (texts.t("First day"), texts.t("Last day"))
    start, to = (_day(texts, title, key, day, LAST_DAY) for title, key, day in zip(titles, keys, usual, strict=True))
    return start, to


def choose_first_day(texts: Texts, usual: date, *, to: date, key: str) -> date:
    """The first day of a period that ends on the day `to`; the `usual` one by default, and again when that day changes."""
    _follow((usual, to), (key,), to)
    return _day(texts, texts.t("From"), key, usual, to)


def _follow(usual: tuple[date, date], keys: Sequence[str], last: date) -> None:
    """Take the usual days again where these have changed: the address still names those of before, which are no more."""
    place = f"{keys[0]}_usual"
    known = st.session_state.get(place)
    has_changed = known is not None and known != usual
    st.session_state[place] = usual
    if has_changed:
        st.session_state.update(zip(keys, usual, strict=False))
    for key in keys:
        if has_changed:
            settle(key)
        else:
            heed(key, day_within(FIRST_DAY, last))


def _day(texts: Texts, title: str, key: str, usual: date, last: date) -> date:
    """One day, in the address under its key; the usual one where the field is emptied."""
    day = st.date_input(
        title, value=usual, min_value=FIRST_DAY, max_value=last, format="DD/MM/YYYY", key=key, on_change=settle, args=(key,),
        bind="query-params", width=160,
    )  # fmt: skip
    if (asked := in_vain(key)) and isinstance(day, date):
        say_not_here(texts, asked, texts.date(day))
    return day if isinstance(day, date) else usual
