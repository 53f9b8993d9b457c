"""A figure opened: its calculation with the numbers put in, what it is made of, and what moved it."""

import streamlit as st

from pages._ui.cash_queries import USUAL_HORIZON
from pages._ui.explain_movement import show_movement
from pages._ui.explain_rows import period_sentence, show_rows
from pages._ui.explained_address import close_figure, figure_button, opened_part, say_part_unknown
from pages._ui.explained_queries import explained
from pages._ui.figures import dso_sentence
from pages._ui.queries import shown_names
from pages._ui.session import Session
from pages._ui.tables import Column, show_table
from pages._ui.tiles import Tile, show_tiles
from pages._ui.words import md, written
from pipelines.account_label import account_label
from pipelines.explain.cash import CASH_FIGURES
from pipelines.explain.explanation import Explanation, value_text
from pipelines.explain.formulas import ratio
from pipelines.explain.movement import NUMERATORS

#: Figures that are told side by side.
_DSO = ("dso", "dso_countback", "best_possible_dso", "average_days_delinquent")


def show_explanation(session: Session, key: str) -> None:
    """The figure of the address, whole or of the client, account or horizon that the address names."""
    texts = session.texts
    part = opened_part(session.ledger, key)
    of = _part_words(session, key, part)
    say_part_unknown(session, key)
    opened = explained(session, key, part)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(texts.t("All figures"), key="close-figure", icon=":material/arrow_back:", on_click=close_figure)
        if part is not None:
            _show_part(session, key, of)
    with st.container(border=True):
        _show_calculation(session, opened)
    if opened.key in _DSO:
        _show_ways(session, part)
    if opened.months:
        _show_months(session, opened)
    show_rows(session, opened, of=of)
    if opened.key in NUMERATORS:
        show_movement(session, opened.key, part, of=of)


def _part_words(session: Session, key: str, part: str | None) -> str:
    """The client, account or horizon that the figure is of; empty for the whole of it."""
    texts, ledger = session.texts, session.ledger
    if part is None:
        return ""
    if key == "cash":
        return account_label(texts, dict(ledger.accounts.select("account_id", "name").iter_rows())[part])
    return texts.plural("{count} day", "{count} days", int(part)) if key in CASH_FIGURES else shown_names(session)[part]


def _show_part(session: Session, key: str, of: str) -> None:
    """What the figure is of, and the way to the whole of it."""
    texts = session.texts
    if key == "cash":
        icon, whole = ":material/account_balance:", texts.t("All accounts")
    elif key in CASH_FIGURES:
        icon, whole = ":material/date_range:", texts.plural("{count} day", "{count} days", int(USUAL_HORIZON))
    else:
        icon, whole = ":material/person:", texts.t("All clients")
    st.badge(md(of), icon=icon)
    figure_button(whole, key, name="whole-figure", icon=":material/select_all:")


def _show_calculation(session: Session, opened: Explanation) -> None:
    """The value, what it means, the period, and the formula in words and in numbers."""
    texts = session.texts
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(texts.t(opened.title), anchor=False, width="content")
        st.subheader(written(value_text(opened, texts)), anchor=False, width="content")
    st.write(texts.t(opened.definition))
    if opened.value is None and opened.lacks:
        st.info(texts.t(opened.lacks), icon=":material/info:")
    if opened.start is not None:
        st.caption(period_sentence(texts, opened))
    if opened.is_calculated:
        st.markdown(md(opened.in_words(texts)))
        st.markdown(f"**= {md(opened.in_numbers(texts))}**")


def _show_ways(session: Session, client_id: str | None) -> None:
    """The DSO three ways side by side, with the parts of delay and of credits."""
    texts = session.texts
    ways = {key: explained(session, key, client_id) for key in _DSO}
    owed, sold = explained(session, "open_credits", client_id).value, ways["dso"].operand("sales").value
    credit_days = ratio(owed or 0, sold, float(ways["dso"].days))
    st.markdown(f"**{texts.t('The DSO in three ways')}**")
    notes = {"dso": "Accounting", "dso_countback": "Month by month, backwards", "best_possible_dso": "Without any delay"}
    tiles = [
        Tile(
            label=texts.t(way.title),
            value=value_text(way, texts),
            help=texts.t(way.definition),
            note=texts.t(notes[key]),
            explains=key,
            part=client_id,
        )
        for key, way in ways.items()
        if key in notes
    ]
    show_tiles(texts, tiles, key="dso-ways", least=220)
    dso, _, best, late = (ways[key].value for key in _DSO)
    st.caption(f"{value_text(ways['dso'], texts)} = {dso_sentence(texts, dso, best, late, credit_days)}")


def _show_months(session: Session, opened: Explanation) -> None:
    """The months whose sales make up the receivables, from the as-of date backwards."""
    texts = session.texts
    rows = [
        {
            "month": texts.month(m.first),
            "last": m.last,
            "owed": m.owed,
            "sales": m.sales,
            "left": m.left,
            "days": round(m.days, 1),
        }
        for m in opened.months
    ]
    columns = [
        Column("month", texts.t("Month")),
        Column("last", texts.t("Up to"), "date"),
        Column("owed", texts.t("Receivables to explain"), "money", is_summed=False),
        Column("sales", texts.t("Sales of the month"), "money"),
        Column("left", texts.t("Left after it"), "money", is_summed=False),
        Column("days", texts.t("Days counted"), "tenths"),
    ]
    with st.container(border=True):
        st.markdown(f"**{texts.t('Month by month, backwards')}**")
        show_table(rows, columns, key="explain-months", texts=texts)
        st.markdown(f"**{texts.t('Total: {days}', days=value_text(opened, texts))}**")
