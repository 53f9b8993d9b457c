"""One suggested match: the bank line on the left, the invoices that it could pay on the right."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages._ui.acting import decide
from pages._ui.matching import Suggestion, documents_by_number, marked_label
from pages._ui.session import Session
from pages._ui.wording import account_label, confidence_words, word
from pages._ui.words import md
from pipelines.reconcile import decide as decisions
from pipelines.reconcile.rules import RULE_WORDS

PAGE = "rapprochement"


def show_card(session: Session, suggestion: Suggestion) -> None:
    """The line, its candidates, and the buttons that accept one or refuse them all."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _line(session, suggestion)
    with right:
        for candidate in suggestion["candidates"]:
            _candidate(session, suggestion, candidate)
        _refuse(session, suggestion)


def _line(session: Session, suggestion: Suggestion) -> None:
    texts = session.texts
    evidence = ", ".join({candidate["evidence"]: None for candidate in suggestion["candidates"] if candidate["evidence"]})
    with st.container(border=True):
        st.caption(texts.t("Received on {date}", date=texts.date(suggestion["date"])))
        st.subheader(md(texts.money(suggestion["amount"], suggestion["currency"])), anchor=False)
        st.markdown(marked_label(suggestion["label"], evidence))
        st.caption(md(account_label(texts, suggestion["account"])))


def _candidate(session: Session, suggestion: Suggestion, candidate: Mapping[str, Any]) -> None:
    texts, is_first = session.texts, candidate["n"] == 1
    documents = documents_by_number(session)
    parts = list(zip(candidate["invoice_numbers"], candidate["amounts"], strict=True))
    clients = dict.fromkeys(documents[number]["client"] or "" for number, _ in parts)
    words, colour = confidence_words(candidate["confidence"])
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{md(', '.join(clients))}**", width="stretch")
            st.badge(md(f"{texts.t(words)}, {texts.percent(candidate['confidence'] * 100, 0)}"), color=colour)  # type: ignore[arg-type]
        st.markdown("\n".join(f"- {_invoice(session, documents[number], amount)}" for number, amount in parts))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(md(word(texts, RULE_WORDS, candidate["rule"])), width="stretch")
            if st.button(
                texts.t("Accept"),
                key=f"accept-{suggestion['id']}-{candidate['n']}-{session.revision}",
                icon=":material/check:",
                type="primary" if is_first else "secondary",
            ):
                accept(session, suggestion, candidate)


def _invoice(session: Session, document: Mapping[str, Any], amount: object) -> str:
    """An invoice of a candidate as one line of Markdown."""
    texts, currency = session.texts, str(document["currency"])
    said = texts.t(
        "{number}, due on {due}: {given} of {amount}",
        number=document["number"],
        due=texts.date(document["due_date"]),
        given=texts.money(amount, currency),  # type: ignore[arg-type]
        amount=texts.money(document["amount"], currency),
    )
    return md(said)


def accept(session: Session, suggestion: Suggestion, candidate: Mapping[str, Any]) -> None:
    """Take a candidate, and tell it."""
    texts = session.texts
    text = texts.t(
        "{amount} received on {date}: matched with {invoices}.",
        amount=texts.money(suggestion["amount"], suggestion["currency"]),
        date=texts.date(suggestion["date"]),
        invoices=", ".join(candidate["invoice_numbers"]),
    )
    wanted = (suggestion["id"], candidate["n"])
    decide(
        session,
        PAGE,
        lambda store, author: decisions.accept(store, wanted[0], candidate=wanted[1], author=author),
        text,
        rematch=True,
    )


def _refuse(session: Session, suggestion: Suggestion) -> None:
    texts = session.texts
    label = texts.t("None of these invoices") if len(suggestion["candidates"]) > 1 else texts.t("Not this invoice")
    if st.button(
        label,
        key=f"refuse-{suggestion['id']}-{session.revision}",
        icon=":material/close:",
        help=texts.t("These invoices are not proposed for this receipt any more. It stays in the list without a match."),
    ):
        text = texts.t(
            "{amount} received on {date}: suggestion refused, it will not come back.",
            amount=texts.money(suggestion["amount"], suggestion["currency"]),
            date=texts.date(suggestion["date"]),
        )
        decide(
            session,
            PAGE,
            lambda store, author: decisions.refuse(store, suggestion["id"], author=author),
            text,
            rematch=True,
        )
