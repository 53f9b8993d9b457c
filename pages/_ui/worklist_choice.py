"""The filters of the worklist: which clients to see, and what was chosen, in words."""

from collections.abc import Mapping, Sequence

import polars as pl
import streamlit as st

from models.texts import Texts
from pages._ui.choices import from_address
from pages._ui.match_search import read_amount
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.collections.choosing import STATE_NAMES, Asked
from pipelines.collections.reasons import ACTION_NAMES, SEGMENT_NAMES

_MINUTES = (15, 30, 45, 60, 120)


def show_choice(session: Session, rows: pl.DataFrame, states: Mapping[str, str]) -> Asked:
    """The filters above the list; each offers only what the list has."""
    texts = session.texts
    actions = _actions(texts, rows)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            texts.t("Search"), key="choice-words", placeholder=texts.t("Client or invoice"), width=170, icon=":material/search:",
            on_change=from_address("choice-words", str, empty=""),
        )  # fmt: skip
        state = _one(texts, texts.t("Draft"), STATE_NAMES, list(states.values()), "choice-state")
        channel = _one(texts, texts.t("Channel"), ACTION_NAMES, rows["channel"].drop_nulls().to_list(), "choice-channel")
        segment = _one(texts, texts.t("Segment"), SEGMENT_NAMES, rows["segment"].drop_nulls().to_list(), "choice-segment")
        least = st.text_input(
            texts.t("Overdue, at least"), key="choice-least", placeholder="500", width=120,
            on_change=from_address("choice-least", str, empty=""),
        )  # fmt: skip
        minutes = st.selectbox(
            texts.t("Time I have"), _MINUTES, index=None, key="choice-minutes", width=125, placeholder=texts.t("All"),
            on_change=from_address("choice-minutes", {str(n): n for n in _MINUTES}.get),
            format_func=lambda n: texts.t("{count} min", count=texts.number(n)),
        )  # fmt: skip
    amount = read_amount(least or "")
    if amount is None and (least or "").strip():
        st.warning(texts.t("{value} is not an amount such as 1234.56.", value=md(least)), icon=":material/info:")
    return Asked(actions, segment, channel, state, amount, words or "", minutes)


def _actions(texts: Texts, rows: pl.DataFrame) -> tuple[str, ...]:
    counts = dict(rows.group_by("action").len().iter_rows())
    labels = {code: f"{texts.t(name)} ({texts.number(counts[code])})" for code, name in ACTION_NAMES.items() if code in counts}
    keep = from_address("actions", lambda text: [code for code in text.split(",") if code in labels] or None, empty=[])
    chosen = st.pills(
        texts.t("Next action"), list(labels), selection_mode="multi", format_func=labels.__getitem__, key="actions",
        on_change=keep,
        label_visibility="collapsed",
    )  # fmt: skip
    return tuple(chosen)


def _one(texts: Texts, label: str, words: Mapping[str, str], present: Sequence[str], key: str) -> str | None:
    """One of the codes that the list has, or all of them."""
    codes = [code for code in words if code in set(present)]
    picked = st.selectbox(
        label, codes, index=None, format_func=lambda code: texts.t(words[code]), key=key, width=140, placeholder=texts.t("All"),
        on_change=from_address(key, lambda text: text if text in codes else None),
    )  # fmt: skip
    return str(picked) if picked is not None else None


def choice_words(texts: Texts, asked: Asked, currency: str) -> dict[str, str]:
    """What was chosen, by filter, for the head of a list that leaves."""
    return {
        texts.t("Next action"): ", ".join(texts.t(ACTION_NAMES[code]) for code in asked.actions),
        texts.t("Search"): asked.words,
        texts.t("Draft"): texts.t(STATE_NAMES[asked.state]) if asked.state else "",
        texts.t("Channel"): texts.t(ACTION_NAMES[asked.channel]) if asked.channel else "",
        texts.t("Segment"): texts.t(SEGMENT_NAMES[asked.segment]) if asked.segment else "",
        texts.t("Overdue, at least"): texts.money(asked.least, currency) if asked.least is not None else "",
        texts.t("Time I have"): texts.t("{count} minutes", count=texts.number(asked.minutes)) if asked.minutes else "",
    }
