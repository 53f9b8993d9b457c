"""« What moved it »: the causes of a figure's change since an earlier day, and the documents of each cause."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import streamlit as st

from models.money import MONEY
from models.texts import Texts
from pages._ui.choices import choose
from pages._ui.columns import Kind
from pages._ui.explain_rows import show_behind
from pages._ui.explained_queries import moved
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.unread import day_within, heed, in_vain, say_not_here, settle
from pages._ui.wording import with_words
from pages._ui.words import md
from pipelines.explain.figures import FIGURES
from pipelines.explain.movement import CAUSE_WORDS, Movement, at_two_decimals, last_monday, last_month_end
from pipelines.exports.explain_columns import ROW_KIND_WORDS

_SINCE = {"monday": "Since last Monday", "month": "Since the last month end", "day": "Since a chosen day"}
_DAYS: dict[str, Callable[[date], date]] = {"monday": last_monday, "month": last_month_end}
_FIRST_DAY, _MONTH = date(1980, 1, 1), timedelta(days=30)
_UNITS: dict[bool, Kind] = {True: "hundredths", False: "money"}


def show_movement(session: Session, key: str, client_id: str | None, *, of: str) -> None:
    """What moved the figure since the day that the reader chooses; `of` is its client's name, or empty."""
    texts = session.texts
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{texts.t('What moved it')}**", width="content")
            since = _since(session)
        if since >= session.as_of:
            st.info(texts.t("Choose a day before {day}.", day=texts.date(session.as_of)), icon=":material/info:")
            return
        found = moved(session, key, client_id, since=since)
        if found is None:
            st.info(texts.t("There were no sales in one of the two periods: the two values cannot be compared."))
            return
        _show_effects(session, found, of)
        _show_aged(session, found, client_id)
        _show_documents(session, found, of)


def _since(session: Session) -> date:
    """The earlier day."""
    texts = session.texts
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        picked = choose(texts.t("Since"), list(_SINCE), words=lambda name: texts.t(_SINCE[name]), key="since", default="month")
        if picked in _DAYS:
            return _DAYS[picked](session.as_of)
        last = session.as_of - timedelta(days=1)
        heed("since_day", day_within(_FIRST_DAY, last))
        day = st.date_input(
            texts.t("Since"),
            value=session.as_of - _MONTH,
            min_value=_FIRST_DAY,
            max_value=last,
            format="DD/MM/YYYY",
            key="since_day",
            on_change=settle,
            args=("since_day",),
            bind="query-params",
            label_visibility="collapsed",
            width=150,
        )
    since = day if isinstance(day, date) else session.as_of - _MONTH
    if asked := in_vain("since_day"):
        say_not_here(texts, asked, texts.date(since))
    return since


def _sheet(texts: Texts, found: Movement, of: str, cause: str = "") -> Sheet:
    """What the files say: the figure, its client, the cause, and the two days."""
    titles = (texts.t(FIGURES[found.key].title), of, texts.t("What moved it"), cause)
    start, end = texts.date(found.before.as_of), texts.date(found.after.as_of)
    said = texts.t("From {start} to {end}.", start=start, end=end)
    return Sheet(" – ".join(filter(None, titles)), [said], address="moves" if cause else "moved")


def _show_effects(session: Session, found: Movement, of: str) -> None:
    """From the figure then to the figure now, a cause a line; what is shown adds up."""
    texts, unit = session.texts, _UNITS[found.in_days]
    ends = [
        (texts.t("{figure} on {day}", figure=texts.t(FIGURES[found.key].title), day=texts.date(day)), None, at_two_decimals(end))
        for day, end in ((found.before.as_of, found.start), (found.after.as_of, found.end))
    ]
    causes = [(texts.t(CAUSE_WORDS[e.cause]), None if e.cause == "period_length" else e.amount, e.shown) for e in found.effects]
    rows = pl.DataFrame([ends[0], *causes, ends[1]], schema={"cause": pl.String, "amount": MONEY, "effect": MONEY}, orient="row")
    if found.in_days:
        rows = rows.with_columns(pl.col("effect").cast(pl.Float64))
    effect = texts.t("Effect in days") if found.in_days else texts.t("Effect")
    columns = [Column("cause", texts.t("Cause"), width=380), Column("effect", effect, unit, is_summed=False)]
    if found.in_days:
        columns.insert(1, Column("amount", texts.t("Amount"), "money", is_summed=False))
    show_table(
        rows, columns, key=f"moved-{found.key}-{found.before.as_of}", texts=texts,
        sheet=_sheet(texts, found, of),
    )  # fmt: skip


def _show_aged(session: Session, found: Movement, client_id: str | None) -> None:
    """What became late: it moves from one part of the DSO to the other."""
    if found.key != "dso":
        return
    overdue = moved(session, "overdue", client_id, since=found.before.as_of)
    late = next((effect.amount for effect in overdue.effects if effect.cause == "aged"), None) if overdue else None
    if late:
        amount = md(session.texts.money(late, session.currency))
        st.caption(
            session.texts.t("{amount} became late: the DSO as a whole does not change, its part of delay does.", amount=amount)
        )


def _show_documents(session: Session, found: Movement, of: str) -> None:
    """The documents of a cause, the largest first."""
    texts = session.texts
    causes = [effect.cause for effect in found.effects if effect.cause != "period_length"]
    if not causes:
        st.caption(texts.t("Nothing moved it."))
        return
    if st.session_state.get("cause") not in (None, *causes):
        del st.session_state["cause"]  # of another figure or day
    cause = choose(texts.t("Cause"), causes, words=lambda name: texts.t(CAUSE_WORDS[name]), key="cause", default=causes[0])
    rows = found.rows.filter(pl.col("cause") == cause).with_columns(pl.col("effect").round(3))
    columns = [
        Column("kind", texts.t("Type"), width=110),
        Column("number", texts.t("Number or label"), width=150),
        Column("client", texts.t("Client"), width=210),
        Column("date", texts.t("Date"), "date", width=95),
        Column("due_date", texts.t("Due"), "date", width=95),
        Column("amount", texts.t("Amount"), "money", width=115),
        *([Column("effect", texts.t("Effect in days"), "hundredths", width=110)] if found.in_days else []),
    ]
    chosen = show_table(
        with_words(texts, rows, kind=ROW_KIND_WORDS),
        columns,
        key=f"moved-{found.key}-{found.before.as_of}-{cause}",
        texts=texts,
        selection="single-row",
        id_column="row_id",
        sheet=_sheet(texts, found, of, texts.t(CAUSE_WORDS[cause])),
    )
    if chosen:
        show_behind(session, rows.filter(pl.col("row_id") == chosen[0]).row(0, named=True), key="moved")
