"""What was set aside as no client's payment, why, and the label rules that people taught."""

from typing import Any

import polars as pl
import streamlit as st

from models.money import ZERO
from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.matching import PAGE
from pages._ui.queries import movements
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import with_words
from pipelines.reconcile import classify
from pipelines.reconcile.classes import CATEGORY_WORDS, CLIENT, line_kinds
from pipelines.reconcile.readings import known_labels

_BY_WORDS = {"person": "You said so", "label_rule": "Your rule", "shipped": "Known label"}


@st.cache_resource(max_entries=2, show_spinner=False)
def _kinds(path: str, revision: int, _session: Session) -> pl.DataFrame:
    del path, revision  # part of the key only
    return line_kinds(_session.ledger, known_labels(_session.ledger.lines))


def show_aside(session: Session) -> None:
    """Receipts that no client paid, the latest first; one that a client did pay can be taken back."""
    texts = session.texts
    kinds = _kinds(session.path, session.revision, session).select("line_id", "category", "by", found="words")
    rows = movements(session).filter(pl.col("amount") > ZERO).join(kinds, on="line_id", how="inner", validate="1:1")
    columns = [
        Column("date", texts.t("Date"), "date"),
        Column("amount", texts.t("Amount"), "money"),
        Column("label", texts.t("Label"), width="large"),
        Column("category", texts.t("Kind"), width="medium"),
        Column("by", texts.t("Why")),
        Column("found", texts.t("Words of the label")),
    ]
    st.caption(texts.t("These receipts are never proposed. Select one that a client did pay to match it after all."))
    picked = show_table(
        with_words(texts, rows, category=CATEGORY_WORDS, by=_BY_WORDS),
        columns,
        key="aside",
        texts=texts,
        sheet=Sheet(texts.t("Movements set aside")),
        selection="single-row",
        id_column="line_id",
        empty=texts.t("Nothing is set aside: say of a receipt that it is not a client’s, and it stands here."),
    )
    if picked and st.button(
        texts.t("A client paid this"), key=f"client-paid-{picked[0]}-{session.revision}", icon=":material/person_check:"
    ):
        line = rows.row(by_predicate=pl.col("line_id") == picked[0], named=True)
        _give_back(session, line)
    st.subheader(texts.t("Your rules by label"), anchor=False)
    show_label_rules(session)


def _give_back(session: Session, line: dict[str, Any]) -> None:
    """Say that a client did pay a line, and tell it."""
    texts = session.texts
    text = texts.t(
        "{amount} received on {date}: to be matched again.",
        amount=texts.money(line["amount"], line["currency"]),
        date=texts.date(line["date"]),
    )

    def decision(store: Store, author: Author) -> int:
        return classify.classify(store, line["line_id"], CLIENT, author=author)

    decide(session, PAGE, decision, text, rematch=True)


def show_label_rules(session: Session) -> None:
    """The user's own rules with what each decides; the selected one can be changed or taken away."""
    texts = session.texts
    rules = classify.label_rules(session.ledger).sort("words")
    columns = [
        Column("words", texts.t("Words of the label"), width="large"),
        Column("category", texts.t("Kind"), width="medium"),
        Column("lines", texts.t("Bank lines"), "count"),
    ]
    picked = show_table(
        with_words(texts, rules, category=CATEGORY_WORDS),
        columns,
        key="label-rules",
        texts=texts,
        sheet=Sheet(texts.t("Your rules by label")),
        selection="single-row",
        id_column="rule_id",
        empty=texts.t("No rule yet: they are kept when you say what a receipt is."),
    )
    if picked:
        _edit_rule(session, rules.row(by_predicate=pl.col("rule_id") == picked[0], named=True))


def _edit_rule(session: Session, rule: dict[str, Any]) -> None:
    """Other words or another kind for a rule, or its end."""
    texts = session.texts
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(texts.t("Words of the label"), value=rule["words"], key=f"rule-words-{rule['rule_id']}", width=320)
        kinds = list(CATEGORY_WORDS)
        category = st.selectbox(
            texts.t("Kind"),
            kinds,
            index=kinds.index(rule["category"]),
            format_func=lambda name: texts.t(CATEGORY_WORDS[name]),
            key=f"rule-kind-{rule['rule_id']}",
            width=280,
        )
        is_changed = st.button(
            texts.t("Save"), key=f"rule-save-{rule['rule_id']}-{session.revision}", icon=":material/check:", type="primary"
        )
        is_ended = st.button(texts.t("Delete"), key=f"rule-end-{rule['rule_id']}-{session.revision}", icon=":material/delete:")
    if is_changed:

        def change(store: Store, author: Author) -> int:
            return classify.set_label_rule(store, words, category, author=author, replaces=rule["rule_id"])

        decide(session, PAGE, change, texts.t("Rule kept: {words}.", words=words), rematch=True)
    if is_ended:

        def end(store: Store, author: Author) -> int:
            return classify.forget_label_rule(store, rule["rule_id"], author=author)

        decide(session, PAGE, end, texts.t("Rule taken away: {words}.", words=rule["words"]), rematch=True)
