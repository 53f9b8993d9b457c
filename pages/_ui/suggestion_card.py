"""The receipt in hand: what the bank says of it, the invoices that it could pay with the reason, and the keys that decide."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from models.ids import fold
from models.money import ZERO
from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.manual_match import open_search
from pages._ui.match_list import (
    ask_what,
    choose_candidate,
    chosen_candidate,
    is_asked_what,
    is_searching,
    key_for,
    leave,
    show_turns,
    start_search,
    take_in_hand,
)
from pages._ui.match_lost import show_lost
from pages._ui.match_no_client import show_no_client
from pages._ui.match_search import open_bills
from pages._ui.match_settle import show_known_client
from pages._ui.matching import PAGE, Suggestion, documents_of, marked_label
from pages._ui.queries import movements
from pages._ui.session import Session
from pages._ui.wording import confidence_words, word
from pages._ui.words import md
from pipelines.account_label import account_label
from pipelines.reconcile import decide as decisions
from pipelines.reconcile.rules import RULE_WORDS

GAP_WORDS = {
    "rounding": "Cents of {number} written off",
    "bank_fee": "Bank fee taken off {number}, written off",
    "discount": "Early-payment discount on {number}, written off",
}

_SHOWN = 8


def show_card(session: Session, lines: Sequence[Suggestion], at: int) -> None:
    """The receipt in hand with its candidates, or what the reader has opened in their place."""
    line = lines[at]
    number = chosen_candidate(line)
    with st.container(border=True, gap="xsmall"):
        _line(session, lines, at, number)
    if is_asked_what(line):
        show_no_client(session, line)
        return
    show_lost(session, line)
    for candidate in line["candidates"]:
        if candidate["n"] == number:
            _candidate(session, line, candidate)
        else:
            _other(session, line, candidate)
    if not line["candidates"]:
        _without_candidate(session, line)
    _ways_out(session, line)
    if is_searching(line["id"]):
        open_search(session, line)


def _without_candidate(session: Session, line: Suggestion) -> None:
    """What can be done with a receipt for which no invoice speaks."""
    texts = session.texts
    if not line["client"]:
        st.info(texts.t("No invoice fits by itself: search it, or say that no client paid this."))
        return
    st.info(md(texts.t("It comes from {client}; which invoices it pays is not known.", client=line["client"])))
    bills = open_bills(session, line["currency"])
    show_known_client(session, line, bills, oldest=key_for("oldest"), keep=key_for("keep"))


def _line(session: Session, lines: Sequence[Suggestion], at: int, number: int) -> None:
    """What the bank says; the words that speak for the chosen candidate are marked."""
    texts, line = session.texts, lines[at]
    evidence = next((candidate["evidence"] for candidate in line["candidates"] if candidate["n"] == number), "")
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        said = texts.t("Received on {date}", date=texts.date(line["date"]))
        st.caption(md(f"{said} – {account_label(texts, line['account'])}"), width="stretch")
        place = texts.t("{at} of {count}", at=texts.number(at + 1), count=texts.number(len(lines)))
        st.caption(place, width="content")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(md(texts.money(line["amount"], line["currency"])), anchor=False, width="content")
        with st.container(horizontal=True, gap="xsmall", width="content"):
            show_turns(session, [line["id"] for line in lines], at, take_in_hand)
    if line["is_rest"]:
        st.caption(md(texts.t("Matched already; what is left of the invoice is a small difference.")))
    elif line["open_amount"] != line["amount"]:
        st.caption(md(texts.t("of which {amount} to match", amount=texts.money(line["open_amount"], line["currency"]))))
    st.markdown(marked_label(line["label"], evidence))
    if line["payer"] and fold(line["payer"]) not in fold(line["label"]):
        st.markdown(f":gray[{texts.t('Payer')}{texts.t(': ')}]{marked_label(line['payer'], evidence)}")


def _candidate(session: Session, line: Suggestion, candidate: Mapping[str, Any]) -> None:
    """The candidate that would be accepted: whose invoices, how much each would get, and why."""
    texts, documents = session.texts, documents_of(session, line)
    words, colour = confidence_words(candidate["confidence"])
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{md(clients_of(candidate))}**", width="stretch")
            said = f"{texts.t(words)}, {texts.percent(candidate['confidence'] * 100, 0)}"
            st.badge(md(said), color=colour)  # type: ignore[arg-type]
        parts = list(zip(candidate["invoice_numbers"], candidate["amounts"], strict=True))
        is_of_several = len({documents[number]["client_id"] for number, _ in parts}) > 1
        for number, amount in parts[:_SHOWN]:
            _invoice(session, documents[number], amount, says_client=is_of_several)
        if more := parts[_SHOWN:]:
            money = texts.money(sum((amount for _, amount in more), ZERO), line["currency"])
            st.caption(
                md(
                    texts.plural(
                        "and {count} more invoice, {amount}", "and {count} more invoices, {amount}", len(more), amount=money
                    )
                )
            )
        _taken_off(session, line, candidate)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(md(word(texts, RULE_WORDS, candidate["rule"])), width="stretch")
            if st.button(
                texts.t("Accept"),
                key=f"accept-{line['id']}-{candidate['n']}-{session.revision}",
                icon=":material/check:",
                type="primary",
                shortcut=key_for("accept"),
            ):
                accept(session, line, candidate)


def _invoice(session: Session, document: Mapping[str, Any], amount: object, *, says_client: bool) -> None:
    """An invoice of a candidate: its number, its client among several, its due date, and to the right what it would get."""
    texts, currency = session.texts, str(document["currency"])
    whole = texts.money(document["amount"], currency)
    given = texts.money(amount, currency)  # type: ignore[arg-type]
    rest = "" if given == whole else f" :small[:gray[{md(texts.t('of {amount}', amount=whole))}]]"
    due = texts.t("due on {date}", date=texts.date(document["due_date"]))
    said = md(f"{document['client'] or ''} – {due}" if says_client else due)
    _row(f"{md(document['number'])} :small[:gray[– {said}]]", f"**{md(given)}**{rest}")


def _row(said: str, money: str) -> None:
    """Words on the left and an amount on the right, as Markdown; the amount comes under them where there is no room."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        st.markdown(said, width="content")
        st.markdown(money, width="content", text_alignment="right")


def _taken_off(session: Session, line: Suggestion, candidate: Mapping[str, Any]) -> None:
    """What accepting also says beside the payment: small differences written off, credit notes used, what came back before."""
    texts, currency = session.texts, line["currency"]
    taken = [(texts.t(GAP_WORDS[reason], number=number), amount) for number, amount, reason in candidate["write_offs"]]
    taken += [
        (texts.t("Credit note {number} used for {invoice}", number=note, invoice=number), amount)
        for note, number, amount in candidate["credit_notes"]
    ]
    for text, amount in taken:
        _row(f":gray[{md(text)}]", f"**{md(texts.money(amount, currency))}**")
    days = {row["line_id"]: row["date"] for row in movements(session).to_dicts()} if candidate["returned"] else {}
    for debit, back in candidate["returned"]:
        said = texts.t("Paid on {date}, came back on {day}", date=texts.date(days[back.credit_id]), day=texts.date(days[debit]))
        _row(f":gray[{md(said)}]", f"**{md(texts.money(back.amount, currency))}**")


def _other(session: Session, line: Suggestion, candidate: Mapping[str, Any]) -> None:
    """Another candidate on one line; choosing it shows its reason."""
    texts, number, numbers = session.texts, candidate["n"], candidate["invoice_numbers"]
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        said = md(f"{clients_of(candidate)} – {', '.join(numbers)}")
        if len(numbers) == 1:
            due = texts.date(documents_of(session, line)[numbers[0]]["due_date"])
            said += f" :small[:gray[– {md(due)}]]"
        st.markdown(said, width="stretch")
        st.caption(texts.percent(candidate["confidence"] * 100, 0), width="content")
        st.button(
            texts.t("Choose"),
            key=f"choose-{line['id']}-{number}-{session.revision}",
            on_click=choose_candidate,
            args=(number,),
            shortcut=key_for(str(number)),
        )


def clients_of(candidate: Mapping[str, Any]) -> str:
    """Whose invoices a candidate holds."""
    return ", ".join(client or "" for client in candidate["clients"])


def accept(session: Session, line: Suggestion, candidate: Mapping[str, Any]) -> None:
    """Take a candidate, and tell it."""
    texts = session.texts
    said = "{amount} received on {date}: matched with {invoices}."
    if candidate["returned"]:
        said = "{amount} received on {date}: matched with {invoices}, whose first payment came back."
    if line["is_rest"]:
        said = "{amount} received on {date}: what it leaves of {invoices} is written off."
    text = texts.t(
        said,
        amount=texts.money(line["amount"], line["currency"]),
        date=texts.date(line["date"]),
        invoices=", ".join(candidate["invoice_numbers"]),
    )

    def decision(store: Store, author: Author) -> int:
        return decisions.accept(store, line["id"], candidate=candidate["n"], author=author)

    decide(session, PAGE, decision, text, rematch=True)


def _ways_out(session: Session, line: Suggestion) -> None:
    """What to do where no candidate is right."""
    texts = session.texts
    with st.container(horizontal=True, vertical_alignment="center"):
        if line["candidates"]:
            _refuse(session, line)
        if line["is_rest"]:
            return
        st.button(
            texts.t("By hand"),
            key=f"by-hand-{line['id']}-{session.revision}",
            icon=":material/search:",
            type="secondary" if line["candidates"] else "primary",
            on_click=start_search,
            args=(line["id"],),
            shortcut=key_for("by_hand"),
        )
        st.button(
            texts.t("Not a client"),
            key=f"no-client-{line['id']}-{session.revision}",
            icon=":material/block:",
            on_click=ask_what,
            args=(line["id"],),
            shortcut=key_for("no_client"),
            help=texts.t("Taxes, a loan, a transfer between your accounts: this receipt is then not proposed any more."),
        )


def _refuse(session: Session, line: Suggestion) -> None:
    texts = session.texts
    is_single = len(line["candidates"][0]["invoice_numbers"]) == 1
    label = texts.t("Not this invoice") if is_single else texts.t("Not these invoices")
    if len(line["candidates"]) > 1:
        label = texts.t("None of these")
    told = texts.t("These invoices are not proposed for this receipt any more. It stays in the list without a match.")
    said = "{amount} received on {date}: suggestion refused, it will not come back."
    if line["is_rest"]:
        label, told = texts.t("Leave it open"), texts.t("The match stays, and the difference is still owed.")
        said = "{amount} received on {date}: the match stays, and the difference is still owed."
    if not st.button(
        label,
        key=f"refuse-{line['id']}-{session.revision}",
        icon=":material/close:",
        help=told,
        shortcut=key_for("refuse"),
    ):
        return
    text = texts.t(
        said,
        amount=texts.money(line["amount"], line["currency"]),
        date=texts.date(line["date"]),
    )

    def decision(store: Store, author: Author) -> int:
        change_id = decisions.refuse(store, line["id"], author=author)
        leave(line["id"])
        return change_id

    decide(session, PAGE, decision, text, rematch=True)
