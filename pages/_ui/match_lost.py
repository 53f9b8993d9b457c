"""A receipt that names an invoice written off as a loss: what that means, and the button that gives it the money."""

from typing import Any

import streamlit as st

from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.match_search import open_bills
from pages._ui.match_settle import attribute_to
from pages._ui.matching import PAGE, Suggestion
from pages._ui.queries import movements
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.reconcile import decide as decisions
from pipelines.reconcile.lost_named import lost_named


def show_lost(session: Session, line: Suggestion) -> None:
    """Each lost invoice that the receipt's label names and nothing suggests, and how much of it can be given to it."""
    texts, currency = session.texts, line["currency"]
    suggested = {number for candidate in line["candidates"] for number in candidate["invoice_numbers"]}
    for row in _named(session, line["id"]):
        if row["number"] in suggested:
            continue
        sentence = (
            "It names {number} of {client}, written off as a loss on {date}: {lost} of it. If it pays that invoice, it is "
            "income of its own day; the loss stays where it was booked."
            if line["date"] > row["lost_on"]
            else "It names {number} of {client}, written off as a loss on {date}: {lost} of it. It came before: if it pays that "
            "invoice, the loss of that day is smaller by as much."
        )
        said = texts.t(
            sentence,
            number=row["number"],
            client=row["client"],
            date=texts.date(row["lost_on"]),
            lost=texts.money(row["lost"], currency),
        )
        st.info(md(said))
        with st.container(horizontal=True, vertical_alignment="center"):
            _ways(session, line, row)


def _ways(session: Session, line: Suggestion, row: dict[str, Any]) -> None:
    """To give it the money, or to keep that as the client's credit; a client who owes something has a button for that already."""
    texts, name = session.texts, f"{line['id']}-{row['document_id']}-{session.revision}"
    label = texts.t("Give {amount} to {number}", amount=texts.money(row["amount"], line["currency"]), number=row["number"])
    if st.button(md(label), key=f"lost-{name}", icon=":material/link:"):
        _give(session, line, row)
    if not open_bills(session, line["currency"]).filter(client_id=row["client_id"]).is_empty():
        return
    if st.button(texts.t("Keep as its credit"), key=f"lost-keep-{name}", icon=":material/savings:"):
        attribute_to(session, line, row["client_id"], row["client"])


def _named(session: Session, line_id: str) -> list[dict[str, Any]]:
    mine = movements(session).filter(line_id=line_id)
    return lost_named(session.ledger, mine, as_of=session.as_of).to_dicts()


def _give(session: Session, line: Suggestion, row: dict[str, Any]) -> None:
    texts = session.texts
    text = texts.t(
        "{amount} received on {date}: matched with {invoices}.",
        amount=texts.money(row["amount"], line["currency"]),
        date=texts.date(line["date"]),
        invoices=row["number"],
    )

    def decision(store: Store, author: Author) -> int:
        return decisions.allocate(store, line["id"], row["document_id"], row["amount"], author=author)

    decide(session, PAGE, decision, text, rematch=True)
