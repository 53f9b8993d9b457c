"""The view of key figures: every figure of contract 2 with its definition, and the way to what is behind it."""

import streamlit as st

from pages._ui.explain import show_explanation
from pages._ui.explain_groups import show_groups
from pages._ui.explained_address import figure_button, opened_key, show_unknown
from pages._ui.explained_queries import explained
from pages._ui.figures import period
from pages._ui.queries import figures
from pages._ui.session import Session
from pages._ui.words import written
from pipelines.explain.explanation import Explanation, value_text
from pipelines.exports.sentences import INCOMPLETE

_LISTED = {
    "Amounts": ("receivables", "overdue", "sales", "collected", "open_credits", "doubtful", "disputed"),
    "Durations": (
        "dso", "best_possible_dso", "average_days_delinquent", "dso_countback", "average_days_to_pay", "average_days_late",
    ),
    "Ratios": (
        "doubtful_ratio", "turnover", "unpaid_rate_30", "unpaid_rate_30_count", "collection_effectiveness",
    ),
}  # fmt: skip
_WIDTHS = (3.1, 1.4, 4.5)


def show_indicators(session: Session) -> None:
    """All figures of the period that ends at the as-of date, or the one that the address names, opened."""
    if key := opened_key():
        show_explanation(session, key)
        return
    texts, now = session.texts, figures(session)
    show_unknown(texts)
    st.caption(
        texts.t("Period: {period}, {days} days. Amounts include VAT.", period=period(texts, now), days=texts.number(now.days))
    )
    show_warnings(session)
    st.caption(texts.t("Click a figure to see its calculation, the rows behind it and what moved it."))
    for title, keys in _LISTED.items():
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{texts.t(title)}**")
            for key in keys:
                _line(session, explained(session, key))
    show_groups(session)


def show_warnings(session: Session) -> None:
    """What the figures leave out, or what makes them less sure."""
    texts, now = session.texts, figures(session)
    if now.is_period_moved:
        st.info(texts.t("The period begins with the first invoice: {day}.", day=texts.date(now.start)), icon=":material/info:")
    if now.incomplete_before:
        st.warning(texts.t(INCOMPLETE, day=texts.date(now.incomplete_before)), icon=":material/warning:")
    if now.undated_amount:
        amount = texts.money(now.undated_amount, now.currency)
        st.warning(
            texts.t("{amount} of payments without a date are counted only from the day they were imported.", amount=amount)
        )
    for other, left in now.other_currencies.items():
        if not left:
            continue  # paid to the cent: nothing is left out
        left_out = texts.money(left, other)
        st.caption(texts.t("Left out, in another currency: {amount} of receivables.", amount=left_out))


def _line(session: Session, opened: Explanation) -> None:
    """A figure: its name opens it, its value, and what it means or why it is absent."""
    texts = session.texts
    name, value, meaning = st.columns(_WIDTHS, vertical_alignment="center")
    with name:
        figure_button(texts.t(opened.title), opened.key, name=f"open-{opened.key}", icon=":material/search:")
    value.markdown(written(f"**{value_text(opened, texts)}**"))
    meaning.caption(texts.t(opened.definition if opened.value is not None else opened.lacks or opened.definition))
