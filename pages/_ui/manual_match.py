"""A receipt matched by hand: search open invoices, tick them, see what is left, and settle it."""

from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from models.errors import Refused
from models.money import ZERO, total
from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.match_list import end_search, tick, ticked
from pages._ui.match_search import open_bills, read_amount, search
from pages._ui.matching import KEYS, PAGE
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.reconcile import decide as decisions

_SHOWN = 8
_WIDTHS = (3, 4, 2, 2)
Line = dict[str, Any]
Row = dict[str, Any]


def open_search(session: Session, line: Line) -> None:
    """Open the search over the page: its field has the focus, so that a person types at once."""
    title = session.texts.t("Match by hand")
    st.dialog(title, width="medium", dismissible=False)(_search)(session, line)


def _search(session: Session, line: Line) -> None:
    """The search, the invoices found with a box to tick, and what ticking them would do."""
    texts = session.texts
    bills = open_bills(session, line["currency"])
    is_ticked = pl.col("document_id").is_in(ticked())
    searched = st.text_input(
        texts.t("Search an open invoice"),
        key=f"search-{line['id']}",
        placeholder=texts.t("Client, number or amount"),
        type="search",
        live="200ms",
        label_visibility="collapsed",
        icon=":material/search:",
    )
    money = texts.money(line["open_amount"], line["currency"])
    st.markdown(f"**{md(money)}** – {md(line['label'])}")
    chosen = bills.filter(is_ticked).sort("due_date", "number")
    found = search(bills, searched or "", line=line).filter(~is_ticked)
    with st.container(gap="xsmall"):
        for row in [*chosen.iter_rows(named=True), *found.head(_SHOWN).iter_rows(named=True)]:
            _bill(session, line, row, is_ticked=row["document_id"] in ticked())
    if chosen.is_empty() and found.is_empty():
        st.caption(texts.t("No open invoice fits this search."))
    elif found.height > _SHOWN:
        more = found.height - _SHOWN
        st.caption(texts.plural("{count} more invoice fits.", "{count} more invoices fit.", more))
    if not chosen.is_empty():
        _balance(session, line, chosen)
    _to_client(session, line)
    if st.button(texts.t("Back"), key=f"back-{line['id']}", icon=":material/arrow_back:", shortcut="Esc"):
        end_search()
        st.rerun()


def _bill(session: Session, line: Line, row: Row, *, is_ticked: bool) -> None:
    """An open invoice: a box to tick with its number, its client, its due date, and to the right what it owes."""
    texts = session.texts
    number, client, due, owed = st.columns(_WIDTHS, vertical_alignment="center", gap="small", wrap=False)
    number.checkbox(
        md(row["number"]),
        value=is_ticked,
        key=f"tick-{line['id']}-{row['document_id']}-{is_ticked}",
        on_change=tick,
        args=(row["document_id"],),
    )
    client.markdown(md(row["client"] or ""), wrap=False)
    due.markdown(f":gray[{md(texts.date(row['due_date']))}]", wrap=False)
    is_same = row["outstanding"] == line["open_amount"]
    money = md(texts.money(row["outstanding"], row["currency"]))
    owed.markdown(f"**{money}**" if is_same else money, text_alignment="right")


def _balance(session: Session, line: Line, chosen: pl.DataFrame) -> None:
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
    _match(session, line, chosen, most=min(owed, line["open_amount"]))


def _match(session: Session, line: Line, chosen: pl.DataFrame, *, most: Decimal) -> None:
    """The button that matches; for a single invoice also how much of the receipt it gets."""
    texts, typed = session.texts, None
    rows = chosen.to_dicts()
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
    if not is_asked:
        return
    amount = most if typed is None else read_amount(typed)
    text = texts.t(
        "{amount} given to {number}.",
        amount=texts.money(amount or ZERO, line["currency"]),
        number=", ".join(row["number"] for row in rows),
    )

    def decision(store: Store, author: Author) -> int:
        if amount is None:
            raise Refused("bad_amount", "{value} is not an amount such as 1234.56.", value=typed)
        return decisions.allocate_many(store, parts_of(line["id"], rows, amount), author=author)

    decide(session, PAGE, decision, text, rematch=True)


def parts_of(line_id: str, rows: list[Row], amount: Decimal) -> list[tuple[str, str, Decimal]]:
    """The amount given to invoices in this order until nothing is left: (line, document, amount) each."""
    parts = []
    for place, row in enumerate(rows):
        is_only = len(rows) == 1 and place == 0
        part = amount if is_only else min(amount, row["outstanding"])
        if part > ZERO or is_only:
            parts.append((line_id, row["document_id"], part))
        amount -= part
    return parts


def _to_client(session: Session, line: Line) -> None:
    """Say who paid where the invoice is not known: the money is then this client's credit."""
    texts = session.texts
    clients = session.ledger.clients.sort("name", "client_id")
    names = dict(clients.select("client_id", "name").iter_rows())
    with st.expander(texts.t("Only the client is known"), icon=":material/person:"):
        st.caption(
            texts.t("The money is then an open credit of this client: it lowers what it owes, without settling an invoice.")
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = st.selectbox(
                texts.t("Client who paid"),
                list(names),
                index=None,
                format_func=lambda i: names[i] or "",
                key=f"client-{line['id']}",
                placeholder=texts.t("Choose a client"),
                width=300,
            )
            is_asked = st.button(
                texts.t("Attribute to this client"),
                key=f"attribute-{line['id']}-{session.revision}",
                disabled=chosen is None,
                icon=":material/person_check:",
            )
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
            lambda store, author: decisions.attribute(store, line["id"], chosen, author=author),
            text,
            rematch=True,
        )
