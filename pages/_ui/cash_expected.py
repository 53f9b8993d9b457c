"""What is expected besides clients' payments: every item with what a person says of it, and planned ones typed in."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from models.errors import Refused
from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.known import is_past, when_now, why_not
from pages._ui.links import button_to
from pages._ui.match_search import example_amount, read_amount
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import PERIODS, with_words
from pages._ui.words import md
from pipelines.exports.cash_answers import ITEM_ANSWER_WORDS, ITEM_KIND_WORDS, WHY_NOT_WORDS, seen_words, with_item_labels
from pipelines.forecast.curve import Forecast
from pipelines.forecast.decisions import ITEM_PERIODS, answer_item, drop_planned, not_seen, plan_item
from pipelines.forecast.expected import with_lines

PAGE = "tresorerie"


def show_expected_items(session: Session, ahead: Forecast) -> None:
    """The items by date; a ticked one can be confirmed, moved, changed or dropped."""
    texts = session.texts
    st.caption(
        texts.t(
            "What goes out and comes in besides clients’ payments. Taxes and VAT are proposals: they count once you confirm "
            "them. Tick a line to confirm, move, change or drop it."
        )
    )
    named = with_lines(with_item_labels(texts, ahead.expected), session.ledger.lines).with_row_index("at")
    of_supplier = pl.when(pl.col("kind") == "supplier").then(pl.format("{} {}", "client", "label")).otherwise("label")
    shown = with_words(
        texts, named.with_columns(label=of_supplier), kind=ITEM_KIND_WORDS, answer=ITEM_ANSWER_WORDS, why_not=WHY_NOT_WORDS
    )
    columns = [
        Column("date", texts.t("Day"), "date", width=92),
        Column("label", texts.t("Invoice or label"), width=238),
        Column("amount", texts.t("Expected amount"), "money", width=120, is_summed=False),
        Column("is_counted", texts.t("Counted"), "check", width=68),
        Column("why_not", texts.t("Why not counted"), width=148),
        Column("answer", texts.t("Your answer"), width=95),
        Column("kind", texts.t("Type"), width=145),
    ]
    key = f"cash-expected-{len(ahead.dates)}"
    nothing = texts.t("Nothing is expected.")
    chosen = show_table(
        shown,
        columns,
        key=key,
        texts=texts,
        sheet=Sheet(texts.t("Expected movements")),
        selection="single-row",
        id_column="at",
        height=388,
        empty=nothing,
    )
    if chosen:
        _answers(session, named.row(int(chosen[0]), named=True))
    _plan(session)


def _answers(session: Session, item: dict[str, Any]) -> None:
    """What can be said of one item, on its date or on all of them."""
    texts = session.texts
    if item["kind"] == "supplier":
        st.info(texts.t("Supplier invoices are dealt with on the Suppliers page."))
        button_to(texts.t("Suppliers"), "fournisseurs", key="to-suppliers", icon=":material/arrow_forward:")
        return
    key = f"{item['item_id']}-{item['for_date']}-{session.revision}"
    what = texts.t("{label} on {day}", label=item["label"], day=texts.date(item["date"]))
    with st.container(border=True):
        st.markdown(f"**{md(what)}**")
        is_seen = item["line_id"] is not None
        if is_seen:
            _seen(session, item)
        scope, day, amount = st.columns([2, 1, 1], vertical_alignment="bottom")
        is_all = scope.radio(
            texts.t("The answer holds for"),
            [False, True],
            format_func=lambda every: texts.t("all its dates") if every else texts.t("this date"),
            horizontal=True,
            key=f"scope-{key}",
        )
        moved_to = day.date_input(
            texts.t("Other day"), max(item["date"], session.today), min_value=session.today, format="DD/MM/YYYY", key=f"to-{key}"
        )
        typed = amount.text_input(texts.t("Other amount"), key=f"amount-{key}", placeholder=example_amount(texts))
        said = partial(_said, session, item, for_date=None if is_all else item["for_date"])
        with st.container(horizontal=True):
            if not is_seen and st.button(
                texts.t("Confirm"), key=f"item-confirm-{key}", type="primary", icon=":material/check:", **when_now(session)
            ):
                said("confirmed", amount=typed)
            if st.button(
                texts.t("Move to the other day"),
                key=f"item-move-{key}",
                disabled=bool(is_all) or is_past(session),
                help=why_not(session),
            ):
                said("moved", moved_to=moved_to)
            if st.button(texts.t("Change the amount"), key=f"item-change-{key}", **when_now(session)):
                said("changed", amount=typed)
            if st.button(texts.t("Drop"), key=f"item-drop-{key}", icon=":material/delete:", **when_now(session)):
                said("dropped")


def _seen(session: Session, item: dict[str, Any]) -> None:
    """The bank line that shows an item, and a button to say that it is another movement."""
    texts, label = session.texts, str(item["label"])
    said = texts.t("Seen in the bank: {line}.", line=seen_words(item, texts, session.currency))
    key = f"item-not-seen-{item['item_id']}-{item['line_id']}-{session.revision}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(md(said), width="content")
        if st.button(texts.t("No, that is another movement"), key=key, icon=":material/call_split:", **when_now(session)):
            decide(
                session, PAGE,
                partial(_not_seen, item_id=str(item["item_id"]), line_id=str(item["line_id"]), label=label),
                texts.t("{label} is still to come.", label=label),
            )  # fmt: skip


def _not_seen(store: Store, author: Author, *, item_id: str, line_id: str, label: str) -> int:
    """Store that a bank line is not the item."""
    return not_seen(store, item_id, [line_id], label=label, author=author)


def _said(
    session: Session,
    item: dict[str, Any],
    answer: str,
    *,
    for_date: date | None,
    moved_to: object = None,
    amount: str = "",
) -> None:
    """Store an answer; an amount has the sign of what it takes the place of, out where there is none."""
    texts, label = session.texts, str(item["label"])
    size = read_amount(amount) if amount.strip() else None
    is_in = item["amount"] is not None and item["amount"] > 0
    signed = None if size is None else abs(size) * (1 if is_in else -1)

    def act(store: Store, author: Author) -> int:
        if amount.strip() and size is None:
            raise Refused("bad_amount", "{value} is not an amount such as 1234.56.", value=amount)
        if answer == "dropped" and for_date is None and item["kind"] == "planned":
            return drop_planned(store, item["item_id"], author=author)
        day = moved_to if isinstance(moved_to, date) else None
        return answer_item(
            store, item["item_id"], answer, label=label, author=author, for_date=for_date, moved_to=day, amount=signed
        )

    decide(session, PAGE, act, texts.t("Noted for {label}: {answer}.", label=label, answer=texts.t(ITEM_ANSWER_WORDS[answer])))


def _plan(session: Session) -> None:
    """A form for a planned movement."""
    texts = session.texts
    with st.expander(texts.t("Plan a movement"), icon=":material/add:"), st.form(f"plan-{session.revision}", border=False):
        label, amount, side = st.columns([3, 1, 2])
        name = label.text_input(texts.t("What it is"), key=f"plan-label-{session.revision}", max_chars=80)
        typed = amount.text_input(texts.t("Amount"), key=f"plan-amount-{session.revision}", placeholder=example_amount(texts))
        is_in = side.radio(
            texts.t("Direction"),
            [False, True],
            format_func=lambda come: texts.t("Money in") if come else texts.t("Money out"),
            horizontal=True,
            key=f"plan-side-{session.revision}",
        )
        first, period, until = st.columns(3)
        day = first.date_input(
            texts.t("First date"), max(session.as_of, session.today), min_value=session.today, format="DD/MM/YYYY",
            key=f"plan-day-{session.revision}",
        )  # fmt: skip
        every = period.selectbox(
            texts.t("How often"),
            ITEM_PERIODS,
            format_func=lambda code: texts.t(PERIODS[code]),
            key=f"plan-every-{session.revision}",
        )
        last = until.date_input(
            texts.t("Last date (optional)"),
            None,
            min_value=session.today,
            format="DD/MM/YYYY",
            key=f"plan-until-{session.revision}",
        )
        if st.form_submit_button(texts.t("Add"), key=f"plan-add-{session.revision}", icon=":material/add:", **when_now(session)):
            act = partial(
                _planned, label=name, typed=typed, is_in=bool(is_in), day=day, every=every, until=last, currency=session.currency
            )
            decide(session, PAGE, act, texts.t("Planned: {label}.", label=name))


def _planned(
    store: Store,
    author: Author,
    *,
    label: str,
    typed: str,
    is_in: bool,
    day: object,
    every: str,
    until: object,
    currency: str,
) -> int:
    """Store a planned movement as it was typed, in the currency on screen."""
    size: Decimal | None = read_amount(typed)
    if size is None or not isinstance(day, date):
        raise Refused("bad_amount", "{value} is not an amount such as 1234.56.", value=typed)
    end = until if isinstance(until, date) else None
    return plan_item(
        store, label, abs(size) * (1 if is_in else -1), day, author=author, period=every, until=end, currency=currency
    )
