"""What was matched lately: detach what is wrong, one by one or several together."""

import polars as pl
import streamlit as st

from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.matching import PAGE
from pages._ui.queries import allocations
from pages._ui.session import Session
from pages._ui.tables import Column, show_table
from pipelines.reconcile import decide as decisions
from pipelines.reconcile.rules import RULE_WORDS

_RECENT = 200


def show_done(session: Session) -> None:
    """The latest matches of bank lines first."""
    texts = session.texts
    shown = _latest(session)
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
    if not picked:
        return
    if st.button(texts.t("Detach this match"), key=f"detach-{picked[0]}-{session.revision}", icon=":material/link_off:"):
        row = shown.row(by_predicate=pl.col("claim_id") == picked[0], named=True)
        text = texts.t(
            "{amount} detached from {number}: the rules will not propose it again.",
            amount=texts.money(row["amount"], row["currency"]),
            number=row["invoice_number"],
        )

        def decision(store: Store, author: Author) -> int:
            return decisions.refuse(store, picked[0], author=author)

        decide(session, PAGE, decision, text, rematch=True)


def _latest(session: Session) -> pl.DataFrame:
    """Allocations of bank lines that hold, the latest decided first, with client and rule in words."""
    rows = allocations(session).filter((pl.col("source") == "bank") & pl.col("reversed_on").is_null())
    rows = rows.sort("change_id", "date", "claim_id", descending=[True, True, False]).head(_RECENT)
    clients = session.ledger.clients.select("client_id", client="name")
    rules = {code: session.texts.t(words) for code, words in RULE_WORDS.items()}
    return rows.join(clients, on="client_id", how="left", validate="m:1", maintain_order="left").with_columns(
        rule=pl.col("rule").replace_strict(rules, default=pl.col("rule"))
    )
