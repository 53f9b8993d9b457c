"""A period that the reader chooses, its two days in the address."""

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
    place = f"{keys[0]}_usual"
    known = st.session_state.get(place)
    if known is not None and known != usual:
        st.session_state[keys[0]], st.session_state[keys[1]] = usual
    st.session_state[place] = usual
    for key in keys:
        heed(key, day_within(FIRST_DAY, LAST_DAY))
    days = [
        st.date_input(
            title,
            value=day,
            min_value=FIRST_DAY,
            max_value=LAST_DAY,
            format="DD/MM/YYYY",
            key=key,
            on_change=settle,
            args=(key,),
            bind="query-params",
            width=160,
        )
        for title, key, day in zip((texts.t("First day"), texts.t("Last day")), keys, usual, strict=True)
    ]
    for key, day in zip(keys, days, strict=True):
        if (asked := in_vain(key)) and isinstance(day, date):
            say_not_here(texts, asked, texts.date(day))
    return (
        days[0] if isinstance(days[0], date) else usual[0],
        days[1] if isinstance(days[1], date) else usual[1],
    )
