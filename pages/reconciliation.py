"""Reconciliation: what waits for a person, receipts without a match, and what was matched lately."""

import polars as pl
import streamlit as st

from pages._ui.acting import Notice, decide, rematched, show_notice, tell
from pages._ui.empty import show_empty
from pages._ui.manual_match import show_unmatched
from pages._ui.matching import Suggestion, documents_by_number, progress, receipts, waiting
from pages._ui.queries import allocations
from pages._ui.session import Session, current
from pages._ui.suggestion_card import PAGE, show_card
from pages._ui.tables import Column, show_table
from pages._ui.wording import word
from pages._ui.words import md
from pipelines.reconcile import decide as decisions
from pipelines.reconcile.rules import RULE_WORDS

_RECENT = 200


def show() -> None:
    """Show the screen."""
    session = current()
    texts = session.texts
    if session.ledger.lines.is_empty():
        sentence = texts.t("Import a bank statement and your invoices: each receipt then finds the invoices that it pays.")
        show_empty(session, texts.t("Reconciliation"), sentence)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.title(texts.t("Reconciliation"), anchor=False, width="stretch")
        if st.button(
            texts.t("Match again"),
            key=f"rematch-{session.revision}",
            icon=":material/refresh:",
            help=texts.t("Runs the rules on all the facts once more. It is also done after each import and each decision."),
        ):
            said = rematched(session) or (texts.t("The rules find nothing more."),)
            tell(session, Notice(PAGE, said[0]))
    _progress(session)
    show_notice(session, PAGE)
    found = waiting(session)
    unmatched = receipts(session).filter(pl.col("open_amount") > 0).height
    titles = [
        texts.t("To confirm ({count})", count=texts.number(len(found))),
        texts.t("Receipts to match ({count})", count=texts.number(unmatched)),
        texts.t("Matched"),
    ]
    to_confirm, by_hand, done = st.tabs(titles, key="reconciliation-tab")
    with to_confirm:
        _to_confirm(session, found)
    with by_hand:
        show_unmatched(session)
    with done:
        _matched(session)


def _progress(session: Session) -> None:
    texts, at = session.texts, progress(session)
    sentence = texts.t(
        "{matched} receipts out of {receipts} matched, {share} of the amount",
        matched=texts.number(at.matched),
        receipts=texts.number(at.receipts),
        share=texts.percent(at.share * 100),
    )
    left = texts.t("{amount} left to match", amount=texts.money(at.left, session.currency))
    st.progress(min(max(at.share, 0.0), 1.0), text=md(f"{sentence} – {left}" if at.left else sentence))


def _to_confirm(session: Session, found: list[Suggestion]) -> None:
    texts = session.texts
    if not found:
        st.success(texts.t("Nothing to confirm: every suggestion has been settled."), icon=":material/check_circle:")
        return
    views = {"one": texts.t("One by one"), "list": texts.t("List")}
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        view = st.segmented_control(
            texts.t("View"), list(views), format_func=views.__getitem__, default="one", key="suggestion-view",
            required=True, label_visibility="collapsed",
        )  # fmt: skip
        if view == "one":
            chosen = st.pagination(len(found), key=f"suggestion-{len(found)}", max_visible_pages=7) if len(found) > 1 else 1
    if view == "one":
        show_card(session, found[min(chosen, len(found)) - 1])
        return
    picked = _list(session, found)
    st.caption(texts.t("Select a receipt to decide."))
    for suggestion in found:
        if suggestion["id"] in picked:
            show_card(session, suggestion)


def _list(session: Session, found: list[Suggestion]) -> list[str]:
    texts, documents = session.texts, documents_by_number(session)
    rows = []
    for suggestion in found:
        best = suggestion["candidates"][0]
        clients = dict.fromkeys(documents[number]["client"] or "" for number in best["invoice_numbers"])
        rows.append({
            **{name: suggestion[name] for name in ("id", "date", "amount", "label")},
            "client": ", ".join(clients),
            "invoices": ", ".join(best["invoice_numbers"]),
            "rule": word(texts, RULE_WORDS, best["rule"]),
            "confidence": best["confidence"],
        })  # fmt: skip
    columns = [
        Column("date", texts.t("Date"), "date"),
        Column("amount", texts.t("Amount"), "money"),
        Column("label", texts.t("Label"), width="medium"),
        Column("client", texts.t("Client")),
        Column("invoices", texts.t("Invoices")),
        Column("rule", texts.t("Why"), width="medium"),
        Column("confidence", texts.t("Confidence"), "share"),
    ]
    return show_table(rows, columns, key="suggestions", texts=texts, selection="single-row", id_column="id")


def _matched(session: Session) -> None:
    texts = session.texts
    rows = allocations(session).filter((pl.col("source") == "bank") & pl.col("reversed_on").is_null())
    rows = rows.sort("change_id", "date", "claim_id", descending=[True, True, False]).head(_RECENT)
    clients = session.ledger.clients.select("client_id", client="name")
    rules = {code: texts.t(words) for code, words in RULE_WORDS.items()}
    shown = rows.join(clients, on="client_id", how="left", validate="m:1", maintain_order="left").with_columns(
        rule=pl.col("rule").replace_strict(rules, default=pl.col("rule"))
    )
    columns = [
        Column("date", texts.t("Date"), "date"),
        Column("invoice_number", texts.t("Invoice")),
        Column("client", texts.t("Client"), width="medium"),
        Column("amount", texts.t("Amount"), "money"),
        Column("label", texts.t("Label"), width="medium"),
        Column("rule", texts.t("Why"), width="medium"),
    ]
    st.caption(texts.t("The latest matches first. Select one that is wrong to detach it."))
    picked = show_table(
        shown, columns, key="matched", texts=texts, selection="single-row", id_column="claim_id",
        empty=texts.t("Nothing is matched yet."),
    )  # fmt: skip
    if picked and st.button(
        texts.t("Detach this match"), key=f"detach-{picked[0]}-{session.revision}", icon=":material/link_off:"
    ):
        row = shown.row(by_predicate=pl.col("claim_id") == picked[0], named=True)
        text = texts.t(
            "{amount} detached from {number}: the rules will not propose it again.",
            amount=texts.money(row["amount"], row["currency"]), number=row["invoice_number"],
        )  # fmt: skip
        decide(
            session, PAGE, lambda store, author: decisions.refuse(store, picked[0], author=author), text, rematch=True
        )  # fmt: skip
