"""A receipt without a match: give it to an invoice, or say which client it comes from."""

from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from models.errors import Refused
from models.ids import fold
from models.money import CENT, ZERO
from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.matching import receipts
from pages._ui.queries import items
from pages._ui.session import Session
from pages._ui.tables import Column, show_table
from pages._ui.wording import with_account_labels
from pages._ui.words import md
from pipelines.reconcile import decide as decisions

PAGE = "rapprochement"
_SHOWN_INVOICES = 50


def show_unmatched(session: Session) -> None:
    """Receipts with something left to match, and for the one that is selected, what can be done with it."""
    texts = session.texts
    lines = receipts(session).filter(pl.col("open_amount") > ZERO)
    if lines.is_empty():
        st.success(texts.t("Every receipt is matched."), icon=":material/check_circle:")
        return
    st.caption(texts.t("Select a receipt to match it by hand, or to say which client it comes from."))
    columns = [
        Column("date", texts.t("Date"), "date"),
        Column("label", texts.t("Label"), width="large"),
        Column("amount", texts.t("Amount"), "money"),
        Column("open_amount", texts.t("Left to match"), "money"),
        Column("client", texts.t("Client")),
        Column("account", texts.t("Account")),
    ]
    shown = with_account_labels(texts, lines)
    picked = show_table(shown, columns, key="unmatched", texts=texts, selection="single-row", id_column="line_id")
    if picked:
        _panel(session, lines.row(by_predicate=pl.col("line_id") == picked[0], named=True))


def _panel(session: Session, line: dict[str, Any]) -> None:
    """What can be done with one receipt."""
    texts = session.texts
    with st.container(border=True):
        st.markdown(
            f"**{md(texts.money(line['open_amount'], line['currency']))}** "
            + md(texts.t("left to match, received on {date}", date=texts.date(line["date"])))
        )
        st.text(line["label"])
        to_invoice, to_client = st.tabs([texts.t("To an invoice"), texts.t("To a client")])
        with to_invoice:
            _to_invoice(session, line)
        with to_client:
            _to_client(session, line)


def _to_invoice(session: Session, line: dict[str, Any]) -> None:
    texts = session.texts
    searched = st.text_input(
        texts.t("Search an open invoice"),
        key=f"search-{line['line_id']}",
        placeholder=texts.t("Client, number or amount"),
        max_chars=200,
    )
    found = _open_invoices(session, line, searched)
    columns = [
        Column("number", texts.t("Invoice")),
        Column("client", texts.t("Client"), width="medium"),
        Column("due_date", texts.t("Due date"), "date"),
        Column("amount", texts.t("Amount incl. VAT"), "money"),
        Column("outstanding", texts.t("Outstanding"), "money"),
    ]
    picked = show_table(
        found.head(_SHOWN_INVOICES),
        columns,
        key=f"invoices-{line['line_id']}-{searched}",
        texts=texts,
        selection="single-row",
        id_column="document_id",
        height=250,
        empty=texts.t("No open invoice fits this search."),
    )
    if not picked:
        st.caption(texts.t("Select the invoice that this receipt pays. Those that owe exactly this amount come first."))
        return
    invoice = found.row(by_predicate=pl.col("document_id") == picked[0], named=True)
    most = min(line["open_amount"], invoice["outstanding"])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input(
            texts.t("Amount to match"),
            value=texts.number(most, 2),
            key=f"amount-{line['line_id']}-{picked[0]}-{session.revision}",
            width=180,
        )
        is_asked = st.button(
            texts.t("Match with {number}", number=md(invoice["number"])),
            key=f"allocate-{line['line_id']}-{session.revision}",
            type="primary",
            icon=":material/link:",
        )
    if is_asked:
        _allocate(session, line, invoice, typed)


def _open_invoices(session: Session, line: dict[str, Any], searched: str) -> pl.DataFrame:
    """Open invoices that contain every word of the search; the exact amount first, then the line's client, then the oldest."""
    opened = items(session).filter((pl.col("outstanding") > ZERO) & (pl.col("currency") == line["currency"]))
    texts = session.texts
    haystack = [
        fold(f"{client} {number} {texts.number(amount, 2)} {amount} {texts.number(left, 2)} {left}")
        for client, number, amount, left in opened.select("client", "number", "amount", "outstanding").iter_rows()
    ]
    words = fold(searched).split()
    fits = pl.Series([all(word in hay for word in words) for hay in haystack], dtype=pl.Boolean)
    return opened.filter(fits).sort(
        pl.col("outstanding") != line["open_amount"], pl.col("client") != (line["client"] or ""), "due_date", "number"
    )


def _allocate(session: Session, line: dict[str, Any], invoice: dict[str, Any], typed: str) -> None:
    texts = session.texts
    amount = read_amount(typed)
    text = texts.t("{amount} given to {number}.", amount=texts.money(amount or ZERO, line["currency"]), number=invoice["number"])

    def decision(store: Store, author: Author) -> int:
        if amount is None:
            raise Refused("bad_amount", "{value} is not an amount such as 1234.56.", value=typed)
        return decisions.allocate(store, line["line_id"], invoice["document_id"], amount, author=author)

    decide(session, PAGE, decision, text, rematch=True)


def read_amount(typed: str) -> Decimal | None:
    """An amount as people type it (1 234,56 or 1234.56), or None."""
    plain = "".join(typed.replace("€", "").split()).replace(",", ".")
    if not plain or any(c not in "0123456789." for c in plain) or plain.count(".") > 1 or plain == ".":
        return None
    amount = Decimal(plain)
    return amount if amount == amount.quantize(CENT) else None


def _to_client(session: Session, line: dict[str, Any]) -> None:
    texts = session.texts
    clients = session.ledger.clients.sort("name", "client_id")
    names = dict(clients.select("client_id", "name").iter_rows())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            texts.t("Client who paid"),
            list(names),
            index=None,
            format_func=lambda i: names[i] or "",
            key=f"client-{line['line_id']}",
            placeholder=texts.t("Choose a client"),
            width=380,
        )
        is_asked = st.button(
            texts.t("Attribute to this client"),
            key=f"attribute-{line['line_id']}-{session.revision}",
            disabled=chosen is None,
            icon=":material/person_check:",
        )
    st.caption(texts.t("The money is then an open credit of this client: it lowers what it owes, without settling an invoice."))
    if is_asked and chosen is not None:
        text = texts.t(
            "{amount} received on {date}: attributed to {client}.",
            amount=texts.money(line["open_amount"], line["currency"]),
            date=texts.date(line["date"]),
            client=names[chosen],
        )
        decide(
            session,
            PAGE,
            lambda store, author: decisions.attribute(store, line["line_id"], chosen, author=author),
            text,
            rematch=True,
        )
