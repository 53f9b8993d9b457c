"""A receipt that names an invoice written off as a loss: what that means, and the button that gives it the money."""

from typing import Any

import streamlit as st

from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.matching import PAGE, Suggestion
from pages._ui.queries import movements
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.reconcile import decide as decisions
from pipelines.reconcile.lost_named import lost_named


def show_lost(session: Session, line: Suggestion) -> None:
    """Each lost invoice that the receipt's label names, and how much of it can be given to it."""
    texts, currency = session.texts, line["currency"]
    for row in _named(session, line["id"]):
        said = texts.t(
            "It names {number} of {client}, written off as a loss on {date}: {lost} of it. If it pays that invoice, it is "
            "income of its own day; the loss stays where it was booked.",
            number=row["number"],
            client=row["client"],
            date=texts.date(row["lost_on"]),
            lost=texts.money(row["lost"], currency),
        )
        st.info(md(said))
        label = texts.t("Give {amount} to {number}", amount=texts.money(row["amount"], currency), number=row["number"])
        key = f"lost-{line['id']}-{row['document_id']}-{session.revision}"
        if st.button(md(label), key=key, icon=":material/link:"):
            _give(session, line, row)


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
