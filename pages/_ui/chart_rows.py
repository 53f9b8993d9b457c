"""The rows behind a bar that was clicked: they sum to what the bar shows."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import streamlit as st

from models.tables import BUCKETS
from pages._ui.queries import basis, items, receivable_moves, shown_names
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.unread import say_not_here
from pages._ui.wording import with_line_labels, with_words
from pages._ui.words import md
from pipelines.ageing import aged
from pipelines.debtors import OTHERS, pareto
from pipelines.explain.operands import rows_of
from pipelines.exports.columns import BUCKET_TITLES
from pipelines.exports.explain_columns import ROW_KIND_WORDS
from pipelines.exports.period_tables import MOVE_WORDS
from pipelines.receivables import open_items
from pipelines.rollforward import MOVES, only_moves

#: What was clicked last, in the address: the picture, and in it the code of the bar.
PICKED = "bar"
_SUMS = {"sales": "Sales incl. VAT", "collected": "Collected"}
Found = tuple[str, pl.DataFrame, list[Column]]


def pick(name: str) -> Callable[[str], None]:
    """What a click on a picture does: the bar stands in the address, and its rows below."""

    def picked(code: str) -> None:
        st.query_params[PICKED] = f"{name}:{code}"

    return picked


def show_behind(session: Session, name: str) -> None:
    """The rows of the bar of this picture that the address names; a word on how to get there, without one."""
    texts = session.texts
    asked = st.query_params.get(PICKED, "")
    picture, _, code = asked.partition(":")
    found = _BEHIND[name](session, code) if picture == name and code else None
    if found is None:
        if asked and (picture == name or picture not in _BEHIND):
            say_not_here(texts, asked)
        st.caption(texts.t("Click a bar or a point to see the rows behind it."))
        return
    title, rows, columns = found
    st.subheader(md(title), anchor=False)
    show_table(rows, columns, key=f"behind-{name}", texts=texts, sheet=Sheet(title), empty=texts.t("Nothing to show."))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _invoice_columns(session: Session) -> list[Column]:
    texts = session.texts
    return [
        Column("number", texts.t("Invoice"), width=140),
        Column("client", texts.t("Client"), width=230),
        Column("issue_date", texts.t("Issued"), "date"),
        Column("due_date", texts.t("Due"), "date"),
        Column("days_late", texts.t("Days late"), "days"),
        Column("amount", texts.t("Amount incl. VAT"), "money"),
        Column("outstanding", texts.t("Outstanding"), "money"),
    ]


def _of_age(session: Session, code: str) -> Found | None:
    """The open invoices of an age at a day."""
    texts, (written, _, name) = session.texts, code.partition(":")
    day = _day(written)
    if day is None or day > session.as_of or name not in BUCKETS:
        return None
    rows = open_items(session.ledger, as_of=day, currency=session.currency)
    rows = rows.filter((pl.col("outstanding") > 0) & (pl.col("bucket") == name))
    title = texts.t("{age} on {day}", age=texts.t(BUCKET_TITLES[name]), day=texts.date(day))
    return title, rows, _invoice_columns(session)


def _of_day(session: Session, code: str) -> Found | None:
    """Who owed what at a day of the DSO's curve."""
    texts, day = session.texts, _day(code)
    if day is None or day > session.as_of:
        return None
    columns = [
        Column("client", texts.t("Client"), width=260),
        *(Column(name, texts.t(title), "money", is_sparse=True) for name, title in BUCKET_TITLES.items()),
        Column("open_credits", texts.t("Unused credits"), "money", is_sparse=True),
        Column("total", texts.t("Total"), "money"),
    ]
    rows = aged(session.ledger, as_of=day, currency=session.currency)
    return texts.t("Receivables on {day}", day=texts.date(day)), rows, columns


def _name(session: Session, client_id: str) -> str | None:
    return shown_names(session).get(client_id)


def _of_debtor(session: Session, code: str) -> Found | None:
    """The open invoices of a client, or of all those that are not among the largest."""
    texts, owing = session.texts, items(session).filter(pl.col("outstanding") > 0)
    if code == OTHERS:
        largest = pareto(items(session)).rows["client_id"].to_list()
        rows = owing.filter(~pl.col("client_id").is_in(largest)).sort("client", "due_date", "number")
        return (texts.t("Open invoices of the other clients"), rows, _invoice_columns(session)) if rows.height else None
    name = _name(session, code)
    if name is None:
        return None
    return texts.t("Open invoices of {client}", client=name), owing.filter(pl.col("client_id") == code), _invoice_columns(session)


def _row_columns(session: Session, *, has_days: bool) -> list[Column]:
    texts = session.texts
    columns = [
        Column("kind", texts.t("Type"), width=140),
        Column("number", texts.t("Number or label"), width=160),
        Column("client", texts.t("Client"), width=230),
        Column("date", texts.t("Date"), "date"),
        Column("due_date", texts.t("Due"), "date"),
        Column("amount", texts.t("Amount"), "money"),
    ]
    return [*columns, Column("days", texts.t("Days late"), "days")] if has_days else columns


def _over_the_period(session: Session, title: str) -> str:
    """That title, and the days of the figures."""
    texts, now = session.texts, basis(session)
    period = texts.t("{start} to {end}", start=texts.date(now.start), end=texts.date(now.as_of))
    return f"{title} – {period}"


def _of_payer(session: Session, code: str) -> Found | None:
    """What a client paid in the period, and how late."""
    texts, name = session.texts, _name(session, code)
    if name is None:
        return None
    rows = rows_of("late_days", basis(session)).filter(pl.col("client_id") == code).sort("date", descending=True)
    title = texts.t("Payments of {client}", client=name)
    return _over_the_period(session, title), with_words(texts, rows, kind=ROW_KIND_WORDS), _row_columns(session, has_days=True)


def _of_month(session: Session, code: str) -> Found | None:
    """What was invoiced, or collected, in a month."""
    texts, (written, _, name) = session.texts, code.partition(":")
    month = _day(f"{written}-01")
    if month is None or name not in _SUMS:
        return None
    rows = rows_of(name, basis(session)).filter(pl.col("date").dt.month_start() == month).sort("date", "number")
    title = texts.t("{what} in {month}", what=texts.t(_SUMS[name]), month=texts.month(month))
    return title, with_words(texts, rows, kind=ROW_KIND_WORDS), _row_columns(session, has_days=False)


def _of_move(session: Session, code: str) -> Found | None:
    """The rows of a movement of receivables over the period; of an end, who owed what that day."""
    texts, start = session.texts, basis(session).start
    if code in ("opening", "closing"):
        day = session.as_of if code == "closing" else start - timedelta(days=1)
        return _of_day(session, day.isoformat())
    if code not in MOVES:
        return None
    rows = with_line_labels(session, only_moves(receivable_moves(session), start=start, to=session.as_of, move=code))
    columns = [
        Column("date", texts.t("Date"), "date"),
        Column("source", texts.t("Type"), width=150),
        Column("number", texts.t("Number or label"), width=220),
        Column("client", texts.t("Client"), width=220),
        Column("amount", texts.t("Amount"), "money"),
    ]
    return _over_the_period(session, texts.t(MOVE_WORDS[code])), with_words(texts, rows, source=ROW_KIND_WORDS), columns


_BEHIND: dict[str, Callable[[Session, str], Found | None]] = {
    "ageing": _of_age,
    "dso": _of_day,
    "debtors": _of_debtor,
    "delays": _of_payer,
    "months": _of_month,
    "moves": _of_move,
}
