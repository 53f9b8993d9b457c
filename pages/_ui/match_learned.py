"""Who pays under which name or IBAN, as people's matches taught: to be read, and taken away."""

from typing import Any

import polars as pl
import streamlit as st

from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.matching import PAGE
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import with_words
from pipelines.exports.matching_answers import confirmed_words
from pipelines.reconcile.aliases import forget, learned
from pipelines.reconcile.decide import attribute

_KIND_WORDS = {"name": "Name", "iban": "IBAN"}


@st.cache_resource(max_entries=2, show_spinner=False)
def _learned(path: str, revision: int, _session: Session) -> pl.DataFrame:
    del path, revision  # part of the key only
    lines = _session.ledger.lines.select("line_id", "label")
    return learned(_session.store, _session.ledger).join(lines, on="line_id", how="left", validate="m:1", maintain_order="left")


def show_learned(session: Session) -> None:
    """Payers' names and IBANs with the client that each stands for; the selected one can be forgotten."""
    texts = session.texts
    rows = _learned(session.path, session.revision, session)
    columns = [
        Column("client", texts.t("Client"), width="medium"),
        Column("kind", texts.t("Kind")),
        Column("value", texts.t("Pays as"), width="medium"),
        Column("label", texts.t("Learned from"), width="large"),
        Column(
            "trust",
            texts.t("Confirmed"),
            help=texts.t("How many of your matches say so. Known by one amount alone, it only proposes."),
        ),
        Column("also_for", texts.t("Also paid for"), width="medium", help=texts.t("It then speaks for nobody.")),
    ]
    st.caption(texts.t("Each match that you make teaches who pays under which name or IBAN. Select what is wrong to forget it."))
    picked = show_table(
        _with_trust(session, with_words(texts, rows, kind=_KIND_WORDS)),
        columns,
        key="learned",
        texts=texts,
        sheet=Sheet(texts.t("What was learned")),
        selection="single-row",
        id_column="alias_id",
        empty=texts.t("Nothing learned yet: it comes with the matches that you accept or make by hand."),
    )
    if picked:
        _actions(session, rows.row(by_predicate=pl.col("alias_id") == picked[0], named=True))


def _with_trust(session: Session, rows: pl.DataFrame) -> pl.DataFrame:
    """LEARNED with how often each was confirmed, in words."""
    said = [
        confirmed_words(session.texts, count, is_sure=is_sure)
        for count, is_sure in rows.select("confirmed", "is_sure").iter_rows()
    ]
    return rows.with_columns(trust=pl.Series(said, dtype=pl.String))


def _actions(session: Session, row: dict[str, Any]) -> None:
    """What can be done with the selected payer."""
    texts = session.texts
    with st.container(horizontal=True):
        if not row["is_sure"] and st.button(
            texts.t("This is right"),
            key=f"vouch-{row['alias_id']}-{session.revision}",
            icon=":material/verified:",
            type="primary",
            help=texts.t("From now on the rules act alone on it."),
        ):
            _vouch(session, row)
        if st.button(texts.t("Forget this"), key=f"forget-{row['alias_id']}-{session.revision}", icon=":material/delete:"):
            _forget(session, row)


def _vouch(session: Session, row: dict[str, Any]) -> None:
    text = session.texts.t("{value} stands for {client} from now on.", value=row["value"], client=row["client"])

    def decision(store: Store, author: Author) -> int:
        return attribute(store, row["line_id"], row["client_id"], author=author)

    decide(session, PAGE, decision, text, rematch=True)


def _forget(session: Session, row: dict[str, Any]) -> None:
    text = session.texts.t("{value} does not stand for {client} any more.", value=row["value"], client=row["client"])

    def decision(store: Store, author: Author) -> int:
        return forget(store, row["alias_id"], author=author)

    decide(session, PAGE, decision, text, rematch=True)
