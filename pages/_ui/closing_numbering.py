"""The view of the numbering audit: the series of numbers, and what does not follow in them."""

from datetime import date

import polars as pl
import streamlit as st

from pages._ui.columns import Column
from pages._ui.session import Session
from pages._ui.table_tools import Sheet
from pages._ui.tables import show_table
from pipelines.exports.paper_columns import FINDING_WORDS
from pipelines.ledger import Ledger
from pipelines.papers.numbering import Audit, audit
from pipelines.papers.tables import NUMBER_SENTENCES


def show_numbering(session: Session, page: str) -> None:
    """Show the audit of the numbers of sales documents issued up to the as-of date."""
    del page
    texts = session.texts
    found = _audit((session.path, session.revision, session.as_of), session.ledger)
    st.subheader(texts.t("Numbering of sales documents"), anchor=False)
    for sentence in NUMBER_SENTENCES.values():
        st.caption(texts.t(sentence))
    count = found.findings.height
    if count:
        st.warning(texts.plural("{count} finding to explain.", "{count} findings to explain.", count), icon=":material/tag:")
    else:
        st.success(texts.t("Every number follows the one before."), icon=":material/check_circle:")
    if found.left_out:
        st.caption(
            texts.plural(
                "{count} balance brought forward is left out.", "{count} balances brought forward are left out.", found.left_out
            )
        )
    if count:
        _findings(session, found)
    _series(session, found)


@st.cache_resource(max_entries=4, show_spinner=False)
def _audit(key: tuple[str, int, date], _ledger: Ledger) -> Audit:
    return audit(_ledger, as_of=key[2])


def _findings(session: Session, found: Audit) -> None:
    texts = session.texts
    words = {code: texts.t(word) for code, word in FINDING_WORDS.items()}
    rows = found.findings.with_columns(pl.col("kind").replace_strict(words, return_dtype=pl.String)).with_row_index("place")
    columns = [
        Column("kind", texts.t("Finding"), width=138),
        Column("series", texts.t("Series"), width=98),
        Column("first", texts.t("First missing"), width=124),
        Column("last", texts.t("Last missing"), width=122),
        Column("count", texts.t("Count"), "count", width=65),
        Column("other", texts.t("Before or beside"), width=108),
        Column("other_date", texts.t("Its date"), "date", width=88),
        Column("number", texts.t("Document"), width=108),
        Column("date", texts.t("Dated"), "date", width=88),
    ]
    said = [texts.t(sentence) for sentence in NUMBER_SENTENCES.values()]
    show_table(
        rows, columns, key="numbering-findings", texts=texts, id_column="place",
        sheet=Sheet(texts.t("Numbering of sales documents"), said),
    )  # fmt: skip


def _series(session: Session, found: Audit) -> None:
    texts = session.texts
    st.markdown(f"**{texts.t('Series of numbers')}**")
    columns = [
        Column("series", texts.t("Series"), width=120),
        Column("documents", texts.t("Documents"), "count", width=75),
        Column("first", texts.t("First"), width=125),
        Column("last", texts.t("Last"), width=125),
        Column("from_date", texts.t("First day"), "date", width=95),
        Column("to_date", texts.t("Last day"), "date", width=95),
        Column("missing", texts.t("Missing"), "count", width=90),
        Column("twice", texts.t("Twice"), "count", width=80),
        Column("unordered", texts.t("Out of order"), "count", width=85),
    ]
    show_table(
        found.series, columns, key="numbering-series", texts=texts, empty=texts.t("No number has a counter."),
        sheet=Sheet(texts.t("Series of numbers")),
    )  # fmt: skip
