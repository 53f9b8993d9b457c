"""Bank debits that look like the payment of supplier invoices: accepted together or one by one, or refused."""

from collections.abc import Sequence
from functools import partial

import polars as pl
import streamlit as st

from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.known import when_now
from pages._ui.payables_view import PAGE
from pages._ui.session import Session
from pages._ui.words import md
from pipelines.reconcile.supplier_payments import pay_suppliers, refuse_payment

_EVIDENCE_WORDS = {
    "number": "The invoice’s number is in the label",
    "name": "The supplier’s name, and the exact amount",
    "order": "The sum of the transfers ordered together",
}
_MOST = 20


def show_payments_found(session: Session, found: pl.DataFrame) -> None:
    """Bank debits that look like the payment of an invoice: accepted or refused one by one, the latest first."""
    texts = session.texts
    if found.is_empty():
        st.caption(texts.t("No debit looks like the payment of a supplier invoice."))
        return
    _accept_all(session, found)
    for row in found.head(_MOST).iter_rows(named=True):
        key = f"{row['line_id']}-{row['document_id']}-{session.revision}"
        paid = texts.money(row["amount"], session.currency)
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container():
                st.markdown(f"**{texts.date(row['booking_date'])} – {md(paid)}** – {md(row['label'])}")
                owed = texts.money(row["outstanding"], session.currency)
                why = texts.t(_EVIDENCE_WORDS[row["evidence"]])
                said = texts.t(
                    "pays {number} of {supplier}, {owed} owed? {why}.",
                    number=row["number"],
                    supplier=row["supplier"],
                    owed=owed,
                    why=why,
                )
                st.caption(md(said))
            number, line, document = str(row["number"]), str(row["line_id"]), str(row["document_id"])
            if st.button(
                texts.t("Accept"), key=f"supplier-yes-{key}", type="primary", icon=":material/check:", **when_now(session)
            ):
                decide(session, PAGE, partial(_paid, pairs=[(line, document)]), texts.t("{number} is paid.", number=number))
            if st.button(texts.t("Refuse"), key=f"supplier-no-{key}", icon=":material/close:", **when_now(session)):
                decide(
                    session,
                    PAGE,
                    partial(_not_paid, line=line, document=document),
                    texts.t("Not a payment of {number}.", number=number),
                )
    more = found.height - _MOST
    if more > 0:
        said = texts.plural("{count} more debit once these are decided.", "{count} more debits once these are decided.", more)
        st.caption(said)


def _accept_all(session: Session, found: pl.DataFrame) -> None:
    """One click for those whose label states the number; each can still be accepted or refused alone."""
    texts = session.texts
    pairs = found.filter(pl.col("evidence") == "number").select("line_id", "document_id").rows()
    said = texts.t("Accept the {count} whose label states the number", count=texts.number(len(pairs)))
    if len(pairs) > 1 and st.button(
        said, key=f"supplier-all-{session.revision}", icon=":material/done_all:", **when_now(session)
    ):
        done = texts.plural("{count} invoice is paid.", "{count} invoices are paid.", len(pairs))
        decide(session, PAGE, partial(_paid, pairs=pairs), done)


def _paid(store: Store, author: Author, *, pairs: Sequence[tuple[str, str]]) -> int:
    return pay_suppliers(store, pairs, author=author)


def _not_paid(store: Store, author: Author, *, line: str, document: str) -> int:
    return refuse_payment(store, line, document, author=author)
