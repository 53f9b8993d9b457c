"""What ticked invoices do to a receipt: the sum, the difference and what becomes of it, and the buttons that settle it."""

from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from models.errors import Refused
from models.money import ZERO, total
from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.match_search import read_amount
from pages._ui.matching import KEYS, PAGE
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.reconcile import decide as decisions
from pipelines.reconcile.differences import may_write_off
from pipelines.reconcile.small_differences import REASONS

REASON_WORDS = {"rounding": "Rounding", "bank_fee": "Bank fee", "discount": "Early-payment discount"}
Line = dict[str, Any]
Row = dict[str, Any]


def show_balance(session: Session, line: Line, chosen: pl.DataFrame) -> None:
    """The sum of what is ticked against the receipt, and what becomes of the difference."""
    texts, currency = session.texts, line["currency"]
    owed = total(chosen["outstanding"])
    gap = line["open_amount"] - owed
    with st.container(border=False, gap="xxsmall"):
        for title, amount in (("Receipt", line["open_amount"]), ("Ticked invoices", owed), ("Difference", gap)):
            said, money = st.columns((3, 1), gap="small", wrap=False)
            said.markdown(f":gray[{texts.t(title)}]", text_alignment="right")
            money.markdown(f"**{md(texts.money(amount, currency))}**", text_alignment="right")
    if gap > ZERO:
        st.caption(texts.t("The rest stays an open credit of the client."), text_alignment="right")
    elif gap < ZERO:
        st.caption(texts.t("The invoice due last stays open for the difference."), text_alignment="right")
    rows = chosen.to_dicts()
    _match(session, line, rows, most=min(owed, line["open_amount"]))
    if gap < ZERO:
        _write_off(session, line, rows, rest=-gap)


def _match(session: Session, line: Line, rows: list[Row], *, most: Decimal) -> None:
    """The button that matches; for a single invoice also how much of the receipt it gets."""
    texts, typed = session.texts, None
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="right"):
        if len(rows) == 1:
            typed = st.text_input(
                texts.t("Amount to match"),
                value=texts.number(most, 2),
                key=f"amount-{line['id']}-{rows[0]['document_id']}-{session.revision}",
                width=160,
            )
        is_asked = st.button(
            texts.t("Match"),
            key=f"allocate-{line['id']}-{session.revision}",
            type="primary",
            icon=":material/link:",
            shortcut=KEYS["match"],
        )
    if is_asked:
        _allocate(session, line, rows, most if typed is None else read_amount(typed), typed=typed)


def _write_off(session: Session, line: Line, rows: list[Row], *, rest: Decimal) -> None:
    """A button per reason for which what the invoices would still owe may be written off with the payment."""
    texts = session.texts
    parts = parts_of(line["id"], rows, line["open_amount"])
    asked = sum((row["amount"] for row in rows), ZERO)
    settings = session.ledger.settings
    reasons = [reason for reason in REASONS if rest <= may_write_off(settings, reason, asked=asked)]
    if not reasons or len(parts) < len(rows):
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right"):
        st.caption(
            md(texts.t("Or settle them, {rest} written off as:", rest=texts.money(rest, line["currency"]))), width="content"
        )
        for reason in reasons:
            if st.button(texts.t(REASON_WORDS[reason]), key=f"write-off-{reason}-{line['id']}-{session.revision}"):
                _allocate(session, line, rows, line["open_amount"], write_off=reason)


def _allocate(
    session: Session,
    line: Line,
    rows: list[Row],
    amount: Decimal | None,
    *,
    typed: str | None = None,
    write_off: str | None = None,
) -> None:
    """Give the amount to the ticked invoices, and tell it; `typed` is what could not be read where there is no amount."""
    texts = session.texts
    text = texts.t(
        "{amount} given to {number}.",
        amount=texts.money(amount or ZERO, line["currency"]),
        number=", ".join(row["number"] for row in rows),
    )

    def decision(store: Store, author: Author) -> int:
        if amount is None:
            raise Refused("bad_amount", "{value} is not an amount such as 1234.56.", value=typed)
        return decisions.allocate_many(store, parts_of(line["id"], rows, amount), author=author, write_off=write_off)

    decide(session, PAGE, decision, text, rematch=True)


def parts_of(line_id: str, rows: list[Row], amount: Decimal) -> list[tuple[str, str, Decimal]]:
    """The amount given to invoices in this order until nothing is left: (line, document, amount) each."""
    if len(rows) == 1:
        return [(line_id, rows[0]["document_id"], amount)]
    parts = []
    for row in rows:
        part = min(amount, row["outstanding"])
        if part > ZERO:
            parts.append((line_id, row["document_id"], part))
        amount -= part
    return parts


def show_known_client(session: Session, line: Line, bills: pl.DataFrame, *, oldest: str | None, keep: str | None) -> None:
    """What the whole receipt can be for a single client, where the receipt or the search leaves one; each with its key.

    Its oldest invoices paid first, or its credit.
    """
    texts = session.texts
    clients = bills.filter(pl.col("client") == line["client"]) if line["client"] else bills
    ids = clients["client_id"].unique().to_list()
    if len(ids) != 1:
        return
    fields = {"amount": texts.money(line["open_amount"], line["currency"]), "client": clients["client"][0] or ""}
    with st.container(horizontal=True, vertical_alignment="center"):
        is_oldest = st.button(
            texts.t("Oldest invoices of {client} first", client=md(fields["client"])),
            key=f"oldest-{line['id']}-{oldest}-{session.revision}",
            icon=":material/low_priority:",
            shortcut=oldest,
            help=texts.t("Gives the receipt to this client’s invoices in the order in which they are due."),
        )
        is_kept = st.button(
            texts.t("Keep as its credit"),
            key=f"keep-{line['id']}-{keep}-{session.revision}",
            icon=":material/savings:",
            shortcut=keep,
            help=texts.t("The money is then an open credit of this client: it lowers what it owes, without settling an invoice."),
        )
    if is_oldest:
        text = texts.t("{amount} given to the oldest invoices of {client}.", **fields)
        decide(
            session,
            PAGE,
            lambda store, author: decisions.allocate_oldest(store, line["id"], ids[0], author=author),
            text,
            rematch=True,
        )
    if is_kept:
        attribute_to(session, line, ids[0], fields["client"])


def attribute_to(session: Session, line: Line, client_id: str, name: str) -> None:
    """Say which client a receipt comes from, and tell it."""
    texts = session.texts
    text = texts.t(
        "{amount} received on {date}: attributed to {client}.",
        amount=texts.money(line["open_amount"], line["currency"]),
        date=texts.date(line["date"]),
        client=name,
    )

    def decision(store: Store, author: Author) -> int:
        return decisions.attribute(store, line["id"], client_id, author=author)

    decide(session, PAGE, decision, text, rematch=True)
