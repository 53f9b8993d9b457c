"""What was matched lately: confirm what the rules did, detach what is wrong, one by one or several together."""

import polars as pl
import streamlit as st

from models.money import total
from pages._ui.acting import decide
from pages._ui.matching import PAGE
from pages._ui.queries import allocations
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pipelines.parties import client_names
from pipelines.reconcile.confirm import confirm
from pipelines.reconcile.decide import refuse_many
from pipelines.reconcile.rules import RULE_WORDS

_RECENT = 500
_FILTERS = {"all": "All", "rule": "By the rules, to confirm", "person": "By people"}


def show_done(session: Session) -> None:
    """The latest matches of bank lines first; those selected can be confirmed or detached."""
    texts = session.texts
    which = st.segmented_control(
        texts.t("Matched by"),
        list(_FILTERS),
        format_func=lambda name: texts.t(_FILTERS[name]),
        default="all",
        required=True,
        key="matched-by",
        label_visibility="collapsed",
    )
    shown = _latest(session, which or "all")
    columns = [
        Column("date", texts.t("Date"), "date", width=86),
        Column("amount", texts.t("Amount"), "money", width=92),
        Column("invoice_number", texts.t("Invoice"), width=112),
        Column("client", texts.t("Client"), width=118),
        Column("label", texts.t("Label"), width=144),
        Column("rule", texts.t("Why"), width=170),
        Column(
            "sureness",
            texts.t("Confidence"),
            "percent",
            width=92,
            help=texts.t("Of the rule that matched by itself, when it did."),
        ),
        Column("who", texts.t("Who"), width=70),
    ]
    st.caption(texts.t("The latest first. Select matches to confirm them, or to detach those that are wrong."))
    picked = show_table(
        shown, columns, key=f"matched-{which}", texts=texts, sheet=Sheet(texts.t("Matches made")), selection="multi-row",
        id_column="claim_id",
        empty=texts.t("Nothing is matched yet."), height=440,
    )  # fmt: skip
    if picked:
        _actions(session, shown.filter(pl.col("claim_id").is_in(picked)))


def _actions(session: Session, chosen: pl.DataFrame) -> None:
    """What can be done with the selected matches."""
    texts = session.texts
    ids = chosen["claim_id"].to_list()
    automatic = chosen.filter(pl.col("by") == "rule")["claim_id"].to_list()
    with st.container(horizontal=True, vertical_alignment="center"):
        sums = [
            texts.money(total(rows["amount"]), str(code)) for (code,), rows in chosen.group_by("currency", maintain_order=True)
        ]
        money = " + ".join(sums)
        st.markdown(texts.plural("{count} match, {amount}", "{count} matches, {amount}", len(ids), amount=money), width="content")
        is_confirmed = st.button(
            texts.t("Confirm"),
            key=f"confirm-{ids[0]}-{session.revision}",
            icon=":material/verified:",
            type="primary",
            disabled=not automatic,
            help=texts.t("You take these matches over: the rules never change them again, and learn who pays."),
        )
        is_detached = st.button(
            texts.t("Detach"),
            key=f"detach-{ids[0]}-{session.revision}",
            icon=":material/link_off:",
            help=texts.t("These invoices are open again, and the rules do not propose these pairs any more."),
        )
    if is_confirmed:
        text = texts.plural("{count} match confirmed.", "{count} matches confirmed.", len(automatic))
        decide(session, PAGE, lambda store, author: confirm(store, automatic, author=author), text)
    if is_detached:
        text = texts.plural(
            "{count} match detached: the rules will not propose it again.",
            "{count} matches detached: the rules will not propose them again.",
            len(ids),
        )
        decide(session, PAGE, lambda store, author: refuse_many(store, ids, author=author), text, rematch=True)


def _latest(session: Session, which: str) -> pl.DataFrame:
    """Allocations of bank lines that hold, the latest decided first, with client, rule and who in words."""
    texts = session.texts
    rows = allocations(session).filter((pl.col("source") == "bank") & pl.col("reversed_on").is_null())
    if which != "all":
        rows = rows.filter((pl.col("by") == "rule") == (which == "rule"))
    rows = rows.sort("change_id", "date", "claim_id", descending=[True, True, False]).head(_RECENT)
    clients = client_names(session.ledger.clients, session.ledger.documents)
    rules = {code: texts.t(words) for code, words in RULE_WORDS.items()}
    return rows.join(clients, on="client_id", how="left", validate="m:1", maintain_order="left").with_columns(
        rule=pl.col("rule").replace_strict(rules, default=pl.col("rule")),
        sureness=pl.when(pl.col("by") == "rule").then(pl.col("confidence") * 100),
        who=pl.when(pl.col("by") == "rule").then(pl.lit(texts.t("Rules"))).otherwise("by"),
    )
