"""Invoices found by what a person remembers of them: a client, a number, an amount. Open ones, and those written off."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from models.ids import fold
from models.money import CENT, ZERO
from models.texts import Texts
from pages._ui.queries import items
from pages._ui.session import Session
from pipelines.ingest.numbers import typed_amount
from pipelines.receivables import only_counting
from pipelines.recoveries import with_lost

_NO_SIGNS = re.compile(r"[^0-9a-z]+")
_WHOLE = Decimal(1)


def read_amount(typed: str) -> Decimal | None:
    """An amount without a sign as people type it (1 234,56 or 1,234.56), or None: also for 1,200, which could be two."""
    amount = typed_amount(typed)
    return None if amount is None or amount.is_signed() else amount


def example_amount(texts: Texts) -> str:
    """How an amount may be typed, as the reader's language writes it."""
    return texts.number(Decimal("1200.50"), 2)


def open_bills(session: Session, currency: str) -> pl.DataFrame:
    """Open invoices in a currency, as `searchable` gives them."""
    return payable_bills(session, currency).filter(~_is_lost())


def payable_bills(session: Session, currency: str) -> pl.DataFrame:
    """The same, and those written off as a loss, which a receipt can still be given to."""
    return _payable_bills(session.path, session.revision, session.as_of, currency, session)


def _is_lost() -> pl.Expr:
    return pl.col("status") == "written_off"


@st.cache_resource(max_entries=4, show_spinner=False)
def _payable_bills(path: str, revision: int, as_of: date, currency: str, _session: Session) -> pl.DataFrame:
    del path, revision  # part of the key only
    counting = only_counting(_session.ledger.allocations, as_of=as_of)
    bills = with_lost(items(replace(_session, chosen_currency=currency)), counting)
    return searchable(bills.filter(pl.col("outstanding") > ZERO))


def searchable(bills: pl.DataFrame) -> pl.DataFrame:
    """The bills with `words` (number and client, folded) and `compact` (the number without its signs)."""
    named = [(fold(f"{number} {client or ''}"), fold(number)) for number, client in bills.select("number", "client").iter_rows()]
    return bills.with_columns(
        words=pl.Series([words for words, _ in named], dtype=pl.String),
        compact=pl.Series([_NO_SIGNS.sub("", number) for _, number in named], dtype=pl.String),
    )


def search(bills: pl.DataFrame, searched: str, *, line: dict[str, Any]) -> pl.DataFrame:
    """The bills that fit what was typed: every word in the number or client, the number without its signs, or the amount.

    What owes exactly the receipt's amount comes first, then the receipt's own client, then what is due first. An amount
    without cents (1 240) also finds 1 240,50. What is written off is found last, and only when something is typed.
    """
    wanted = fold(searched).split()
    bills = bills if wanted else bills.filter(~_is_lost())
    fits = pl.all_horizontal(pl.lit(value=True), *(pl.col("words").str.contains(word, literal=True) for word in wanted))
    signless = _NO_SIGNS.sub("", fold(searched))
    if any(c.isdigit() for c in signless):
        fits |= pl.col("compact").str.contains(signless, literal=True)
    amount = read_amount(searched)
    if amount is not None:
        is_whole = not {",", "."} & set(searched)
        most = amount + _WHOLE - CENT if is_whole else amount
        for owed in ("outstanding", "amount"):
            fits |= pl.col(owed).is_between(pl.lit(amount), pl.lit(most))
    return bills.filter(fits).sort(
        _is_lost(),
        pl.col("outstanding") != line["open_amount"],
        pl.col("client").fill_null("") != (line["client"] or ""),
        "due_date",
        "number",
    )
