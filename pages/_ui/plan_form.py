"""An instalment plan on screen: which invoices, how many instalments, from when; dates and amounts can be changed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from models.errors import Refused
from models.money import CENT, MONEY, ZERO, total
from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.known import is_past, why_not
from pages._ui.queries import items
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.collections.plans import MOST_INSTALMENTS, even_instalments, make_plan

_FIRST, _USUAL = timedelta(days=7), 3
Agreed = list[tuple[date, Decimal]]


def show_plan_form(session: Session, page: str, client: Mapping[str, Any]) -> None:
    """The form; the sum of the instalments must be what the invoices owe, and says so while it is not."""
    texts, key = session.texts, f"{client['client_id']}-{session.revision}"
    own = items(session).filter((pl.col("client_id") == client["client_id"]) & (pl.col("outstanding") > ZERO))
    own = own.sort("due_date", "number")
    numbers = dict(own.select("document_id", "number").iter_rows())
    late = own.filter(pl.col("days_late") >= 1)["document_id"].to_list()
    chosen = st.multiselect(
        texts.t("Invoices of the plan"), list(numbers), default=late or list(numbers), format_func=numbers.__getitem__,
        key=f"plan-of-{key}", placeholder="", select_all=False,
    )  # fmt: skip
    owed = total(own.filter(pl.col("document_id").is_in(chosen))["outstanding"])
    st.caption(md(texts.t("They owe {amount}.", amount=texts.money(owed, session.currency))))
    if not owed:
        return
    many, first = st.columns(2)
    count = many.number_input(
        texts.t("Number of instalments"), min_value=1, max_value=MOST_INSTALMENTS, value=_USUAL, step=1, key=f"plan-count-{key}"
    )
    day = first.date_input(
        texts.t("First instalment"), value=session.today + _FIRST, min_value=session.today, format="DD/MM/YYYY",
        key=f"plan-first-{key}",
    )  # fmt: skip
    if not isinstance(day, date):
        return
    agreed = _edited(session, even_instalments(owed, int(count), day), f"{key}-{count}-{day}-{owed}")
    gap = owed - sum((amount for _, amount in agreed), ZERO)
    if gap:
        st.caption(md(texts.t("Still to be shared out: {amount}.", amount=texts.money(gap, session.currency))))
    if st.button(
        texts.t("Record the plan"),
        key=f"plan-{key}",
        type="primary",
        icon=":material/check:",
        disabled=bool(gap) or is_past(session),
        help=why_not(session),
    ):
        said = texts.t("Instalment plan recorded: while it is kept, these invoices are not reminded.")
        decide(session, page, _making(str(client["client_id"]), chosen, agreed), said)


def _edited(session: Session, proposed: Agreed, key: str) -> Agreed:
    """The instalments as the reader left them; a row without a date or an amount counts for nothing."""
    texts = session.texts
    rows = pl.DataFrame(proposed, schema={"day": pl.Date, "amount": MONEY}, orient="row")
    shown = st.data_editor(
        rows,
        key=f"plan-rows-{key}",
        hide_index=True,
        placeholder="",
        alt=texts.t("Instalments"),
        column_config={
            "day": st.column_config.DateColumn(texts.t("Due date"), format="DD/MM/YYYY", required=True),
            "amount": st.column_config.NumberColumn(
                texts.t("Amount ({currency})", currency=session.currency), min_value=0.01, step=0.01, format="%.2f", required=True
            ),
        },
    )
    return [(_day(day), _cents(amount)) for day, amount in shown.iter_rows() if day is not None and amount is not None]


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _cents(value: object) -> Decimal:
    """What the reader typed in a cell, to the cent."""
    return Decimal(str(value)).quantize(CENT)


def _making(client: str, chosen: Sequence[str], agreed: Agreed) -> Callable[[Store, Author], int]:
    def act(store: Store, author: Author) -> int:
        if not chosen:
            raise Refused("nothing_late", "This client owes nothing late: name the invoices of the plan.")
        return make_plan(store, client, chosen, agreed, author=author)

    return act
