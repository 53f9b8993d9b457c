"""What a person types in: a client's or a supplier's invoice, or a receipt that no bank line proves yet."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from models.errors import Refused
from models.money import ZERO
from models.store import Author, Store
from models.texts import Texts
from pages._ui.acting import decide, error_sentence
from pages._ui.import_rows import problem_rows
from pages._ui.importing import PAGE
from pages._ui.match_search import example_amount, read_amount
from pages._ui.queries import items, shown_names
from pages._ui.session import Session
from pages._ui.wording import METHOD_WORDS
from pages._ui.words import md
from pipelines.exports.columns import KINDS
from pipelines.exports.field_words import FIELD_WORDS
from pipelines.parties import only_parties
from pipelines.publishing.by_hand import run_typed_invoice
from pipelines.publishing.publish import ImportReport
from pipelines.publishing.receipts import run_receipt

_NEEDED = ("client_name", "invoice_number", "issue_date", "amount_incl_tax")
_KNOWN_BEFORE = "This invoice is known already: nothing was added."
_CONTRADICTS = "Another invoice has this number: change the number, or correct that invoice in its own tool."


def show_typed(session: Session) -> None:
    """The forms, one per kind of thing to type in."""
    texts = session.texts
    titles = [texts.t("Client invoice"), texts.t("Supplier invoice"), texts.t("Receipt (cheque, cash, transfer)")]
    sale, purchase, receipt = st.tabs(titles)
    with sale:
        _invoice(session, "sale")
    with purchase:
        _invoice(session, "purchase")
    with receipt:
        _receipt(session)


def _invoice(session: Session, direction: str) -> None:
    """The form of an invoice; nothing is stored while something of it is wrong."""
    texts, key = session.texts, f"{direction}-{session.revision}"
    with st.form(f"typed-{key}", border=False):
        who, number, kind = st.columns([3, 2, 2])
        client = _client(session, who, direction)
        said = {
            "invoice_number": number.text_input(texts.t("Invoice number"), key=f"number-{key}", max_chars=100),
            "kind": kind.selectbox(
                texts.t("Type"), list(KINDS), format_func=lambda code: texts.t(KINDS[code]), key=f"kind-{key}"
            ),
        }
        issued, due, total = st.columns([2, 2, 3])
        said["issue_date"] = _day(issued, texts.t("Issue date"), f"issued-{key}", session.today)
        said["due_date"] = _day(due, texts.t("Due date (optional)"), f"due-{key}", None)
        said["amount_incl_tax"] = total.text_input(
            texts.t("Amount incl. VAT"), key=f"total-{key}", placeholder=example_amount(texts)
        )
        is_sent = st.form_submit_button(texts.t("Add this invoice"), key=f"add-{key}", icon=":material/add:")
    if is_sent:
        _add_invoice(session, {**client, **said}, direction)


def _day(place: Any, label: str, key: str, value: date | None) -> str:  # noqa: ANN401 -- a place of the page
    day = place.date_input(
        label, value=value, format="DD/MM/YYYY", key=key, min_value=date(1990, 1, 1), max_value=date(2060, 12, 31)
    )
    return day.isoformat() if isinstance(day, date) else ""


def _client(session: Session, place: Any, direction: str) -> Mapping[str, str]:  # noqa: ANN401 -- a place of the page
    """Who owes or is owed: someone known, or a new name, as the columns of a file."""
    texts = session.texts
    known = _known(session, direction)
    chosen = place.selectbox(
        texts.t("Client") if direction == "sale" else texts.t("Supplier"),
        list(known),
        index=None,
        format_func=lambda i: known[i]["words"] if i in known else str(i),
        accept_new_options=True,
        key=f"who-{direction}-{session.revision}",
        placeholder=texts.t("Choose, or type a new name"),
    )
    if chosen not in known:
        return {"client_name": chosen or ""}
    names = {"client_name": "name", "client_code": "code", "client_siren": "siren"}
    return {column: known[chosen][name] or "" for column, name in names.items()}


def _known(session: Session, direction: str) -> dict[str, dict[str, Any]]:
    """The clients (of purchases: the suppliers) by id, in the order of their names, with their `words`.

    These have the code of all who have one: a person finds them by it.
    """
    known = only_parties(session.ledger.clients, session.ledger.documents, direction)
    listed = shown_names(session)
    coded = pl.when(pl.col("name").is_not_null()).then(pl.format("{} ({})", "name", "code"))
    words = pl.coalesce(coded, pl.col("client_id").replace_strict(listed, return_dtype=pl.String))
    return {row["client_id"]: row for row in known.with_columns(words=words).sort("name", "client_id").to_dicts()}


def _add_invoice(session: Session, typed: Mapping[str, str], direction: str) -> None:
    texts = session.texts
    missing = [texts.t(FIELD_WORDS[name]) for name in _NEEDED if not typed[name].strip()]
    if missing:
        st.error(md(texts.t("Fill in: {names}.", names=", ".join(missing))))
        return
    seen = run_typed_invoice(session.store, typed, author=session.author, direction=direction, dry_run=True)
    wrong = typed_faults(session, seen)
    if wrong:
        st.error(md(texts.t("Nothing was saved.")) + "\n" + "\n".join(f"\n- {md(sentence)}" for sentence in wrong))
        return
    text = texts.t("Invoice {number} added.", number=typed["invoice_number"])
    decide(session, PAGE, partial(_stored_invoice, typed=typed, direction=direction), text, rematch=True)


def typed_faults(session: Session, report: ImportReport) -> list[str]:
    """Why a typed invoice cannot be stored, one sentence each."""
    texts = session.texts
    if report.refused is not None:
        return [error_sentence(texts, report.refused, session.currency)]
    said = [row["reason"] for row in problem_rows(texts, report.rejected)]
    if report.conflicts:
        said.append(texts.t(_CONTRADICTS))
    elif not said and not report.inserted + report.updated:
        said.append(texts.t(_KNOWN_BEFORE))
    return said


def _stored_invoice(store: Store, author: Author, *, typed: Mapping[str, str], direction: str) -> int | None:
    return run_typed_invoice(store, typed, author=author, direction=direction).change_id


def _receipt(session: Session) -> None:
    """The form of a receipt: whose, when, how much, how, and of which invoice if that is known."""
    texts, key = session.texts, str(session.revision)
    known = _known(session, "sale")
    if not known:
        st.caption(texts.t("No client is known yet: import or type in an invoice first."))
        return
    st.caption(
        texts.t("For what your bank statements do not show yet. When its bank line is imported and matched, it takes its place.")
    )
    who, paid = st.columns(2)
    client = who.selectbox(
        texts.t("Client who paid"),
        list(known),
        index=None,
        format_func=lambda i: known[i]["words"],
        key=f"receipt-client-{key}",
        placeholder=texts.t("Choose a client"),
    )
    owed = _owed(texts, session, client)
    invoice = paid.selectbox(
        texts.t("Invoice (optional)"),
        list(owed),
        index=None,
        format_func=owed.__getitem__,
        key=f"receipt-invoice-{key}-{client}",
        placeholder=texts.t("Not known: an open credit of the client"),
    )
    day, amount, method, label = st.columns([2, 2, 2, 3])
    on = _day(day, texts.t("Received on"), f"receipt-day-{key}", session.today)
    typed = amount.text_input(texts.t("Amount"), key=f"receipt-amount-{key}", placeholder=example_amount(texts))
    how = method.selectbox(
        texts.t("How"), list(METHOD_WORDS), format_func=lambda code: texts.t(METHOD_WORDS[code]), key=f"receipt-method-{key}"
    )
    words = label.text_input(texts.t("Reference (optional)"), key=f"receipt-label-{key}", max_chars=200)
    is_asked = st.button(
        texts.t("Add this receipt"), key=f"add-receipt-{key}", icon=":material/add:", disabled=client is None or not on
    )
    if is_asked and client is not None:
        receipt = {
            "client": client,
            "on": date.fromisoformat(on),
            "method": how,
            "label": words.strip() or None,
            "invoice": invoice,
        }
        _add_receipt(session, typed, receipt, known[client]["words"])


def _owed(texts: Texts, session: Session, client: str | None) -> dict[str, str]:
    """The client's open invoices, by id, with what they still owe."""
    if client is None:
        return {}
    rows = items(session).filter((pl.col("client_id") == client) & (pl.col("outstanding") > ZERO)).sort("due_date", "number")
    return {
        document_id: texts.t("{number} – {amount}", number=number, amount=texts.money(amount, currency))
        for document_id, number, amount, currency in rows.select("document_id", "number", "outstanding", "currency").iter_rows()
    }


def _add_receipt(session: Session, typed: str, receipt: Mapping[str, Any], client: str) -> None:
    texts, amount = session.texts, read_amount(typed)
    text = texts.t(
        "Receipt of {amount} from {client} added.", amount=texts.money(amount or ZERO, session.currency), client=client
    )
    decide(session, PAGE, partial(_stored_receipt, amount=amount, typed=typed, receipt=receipt), text, rematch=True)


def _stored_receipt(store: Store, author: Author, *, amount: Decimal | None, typed: str, receipt: Mapping[str, Any]) -> int:
    if amount is None:
        raise Refused("bad_amount", "{value} is not an amount such as 1234.56.", value=typed)
    return run_receipt(store, amount=amount, author=author, **receipt)
