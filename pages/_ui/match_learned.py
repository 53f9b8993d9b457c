"""Who pays under which name or IBAN, as people's matches taught: to be read, and taken away."""

from typing import Any

import polars as pl
import streamlit as st

from models.store import Author, Store
from pages._ui.acting import decide
from pages._ui.matching import PAGE
from pages._ui.session import Session
from pages._ui.tables import Column, show_table
from pages._ui.wording import with_words
from pipelines.reconcile.aliases import forget, learned

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
        Column("also_for", texts.t("Also paid for"), width="medium", help=texts.t("It then speaks for nobody.")),
    ]
    st.caption(texts.t("Each match that you make teaches who pays under which name or IBAN. Select what is wrong to forget it."))
    picked = show_table(
        with_words(texts, rows, kind=_KIND_WORDS),
        columns,
        key="learned",
        texts=texts,
        selection="single-row",
        id_column="alias_id",
        empty=texts.t("Nothing learned yet: it comes with the matches that you accept or make by hand."),
    )
    if picked and st.button(texts.t("Forget this"), key=f"forget-{picked[0]}-{session.revision}", icon=":material/delete:"):
        _forget(session, rows.row(by_predicate=pl.col("alias_id") == picked[0], named=True))


def _forget(session: Session, row: dict[str, Any]) -> None:
    text = session.texts.t("{value} does not stand for {client} any more.", value=row["value"], client=row["client"])

    def decision(store: Store, author: Author) -> int:
        return forget(store, row["alias_id"], author=author)

    decide(session, PAGE, decision, text, rematch=True)
