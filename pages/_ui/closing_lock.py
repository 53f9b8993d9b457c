"""The view of closed periods: close up to a day, open again, and what came for a closed period afterwards."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from models.dates import month_start
from pages._ui.acting import decide
from pages._ui.closing_queries import arrivals_since
from pages._ui.known import why_not
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.words import md
from pipelines.exports.period_tables import closing_sentence, with_arrival_words
from pipelines.locks import Closing, close_period, closings, open_period

_LONGEST_NOTE = 300
_FIRST_DAY = date(1990, 1, 1)


def show_lock(session: Session, page: str) -> None:
    """Show what is closed, what came for it since, and let a person close or open."""
    texts, held = session.texts, closings(session.ledger)
    st.subheader(texts.t("Closed periods"), anchor=False)
    st.caption(
        texts.t(
            "Closing refuses nothing: what comes later for a closed period is taken in, and shown here with what it changes. A"
            " decision dated in a closed period asks for a confirmation."
        )
    )
    if held:
        _show_arrivals(session, _chosen(session, held))
    else:
        st.info(texts.t("No period is closed."), icon=":material/lock_open:")
    with st.container(horizontal=True, vertical_alignment="top"):
        _close_form(session, page, held)
        if held:
            _open_form(session, page, held[-1])


def _chosen(session: Session, held: list[Closing]) -> Closing:
    """The closing whose arrivals are shown: the selected one, by default the last."""
    texts = session.texts
    if len(held) == 1:
        return held[0]
    rows = [
        {"code": str(c.change_id), "day": c.locked_to, "said": c.known_on, "by": c.by, "note": c.note} for c in reversed(held)
    ]
    columns = [
        Column("day", texts.t("Closed up to"), "date"),
        Column("said", texts.t("Closed on"), "date"),
        Column("by", texts.t("By")),
        Column("note", texts.t("Note"), width=420),
    ]
    picked = show_table(
        rows, columns, key="closings", texts=texts, selection="single-row", id_column="code",
        sheet=Sheet(texts.t("Closed periods")),
    )  # fmt: skip
    return next((c for c in held if picked and str(c.change_id) == picked[0]), held[-1])


def _show_arrivals(session: Session, closing: Closing) -> None:
    """What came for the closed period since, and what it changes."""
    texts, found = session.texts, arrivals_since(session, closing)
    said = closing_sentence(found, texts, session.currency)
    if found.effect or found.others or found.waiting:
        st.warning(md(said), icon=":material/lock:")
    else:
        st.success(md(said), icon=":material/lock:")
    if closing.note:
        st.caption(md(f"{texts.t('Note')}{texts.t(': ')}{closing.note}"))
    if found.rows.is_empty():
        return
    columns = [
        Column("what_text", texts.t("What"), width=180),
        Column("date", texts.t("Date"), "date"),
        Column("number", texts.t("Document"), width=112),
        Column("client", texts.t("Client"), width=126),
        Column("amount", texts.t("Amount"), "money", is_summed=False),
        Column("effect", texts.t("Effect on receivables"), "money"),
        Column("known_on", texts.t("Came on"), "date"),
        Column("by", texts.t("By"), width=70),
        Column("action_text", texts.t("How"), width=130),
    ]
    shown = with_arrival_words(found.rows, texts).with_row_index("place")
    show_table(
        shown.with_columns(pl.col("place").cast(pl.String)), columns, key="arrivals", texts=texts, id_column="place",
        sheet=Sheet(texts.t("Arrived after closing"), [said]),
    )  # fmt: skip


def _close_form(session: Session, page: str, held: list[Closing]) -> None:
    """Close up to a day: the end of the last month that is over, unless another is given."""
    texts, key, reason = session.texts, str(session.revision), why_not(session)
    yesterday = session.today - timedelta(days=1)
    first = held[-1].locked_to + timedelta(days=1) if held else _FIRST_DAY
    if first > yesterday:
        return
    usual = min(max(month_start(session.today) - timedelta(days=1), first), yesterday)
    with st.form(f"close-period-{key}", width=460):
        day = st.date_input(
            texts.t("Close up to and including"), value=usual, min_value=first, max_value=yesterday, format="DD/MM/YYYY",
            key=f"close-day-{key}",
        )  # fmt: skip
        note = st.text_input(texts.t("Note (optional)"), key=f"close-note-{key}", max_chars=_LONGEST_NOTE)
        is_asked = st.form_submit_button(
            texts.t("Close the period"), icon=":material/lock:", type="primary", disabled=reason is not None, help=reason
        )
    if is_asked and isinstance(day, date):
        until: Any = day
        told = texts.t("The books are closed up to {day}.", day=texts.date(day))
        decide(session, page, lambda store, by: close_period(store, until, author=by, note=note), told)


def _open_form(session: Session, page: str, last: Closing) -> None:
    """Open all closed periods again, once it is confirmed."""
    texts, reason = session.texts, why_not(session)
    with st.popover(texts.t("Open again"), icon=":material/lock_open:"):
        st.write(
            texts.t(
                "All periods up to {day} are open again; what is closed later is a new closing.", day=texts.date(last.locked_to)
            )
        )
        note = st.text_input(texts.t("Note (optional)"), key=f"open-note-{session.revision}", max_chars=_LONGEST_NOTE)
        is_asked = st.button(
            texts.t("Confirm"),
            key=f"open-period-{session.revision}",
            icon=":material/check:",
            disabled=reason is not None,
            help=reason,
        )
    if is_asked:
        decide(session, page, lambda store, by: open_period(store, author=by, note=note), texts.t("The periods are open again."))
