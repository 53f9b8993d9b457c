"""Receivables in all currencies: each by itself, and what they come to in the company's at published rates."""

from datetime import date

import polars as pl
import streamlit as st

from pages._ui.links import button_to
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.tiles import Tile, show_tiles
from pages._ui.words import md
from pipelines.consolidated import Consolidated, consolidated, document_currencies
from pipelines.exports.columns import BUCKET_TITLES
from pipelines.exports.company_rows import consolidated_notes, consolidated_rows, rounding_sentence
from pipelines.ledger import Ledger


def has_several(session: Session) -> bool:
    """Whether there is anything to consolidate."""
    return len(document_currencies(session.ledger)) > 1


@st.cache_resource(max_entries=8, show_spinner=False)
def _consolidated(key: tuple[str, int, date], _ledger: Ledger) -> Consolidated:
    return consolidated(_ledger, as_of=key[2])


def show_consolidated(session: Session) -> None:
    """The totals in the company's currency, what they leave out, and each currency with its rate."""
    texts = session.texts
    found = _consolidated((session.path, session.revision, session.as_of), session.ledger)
    st.subheader(texts.t("All currencies, in {currency}", currency=found.currency), anchor=False)
    notes = consolidated_notes(found, texts)
    for note in notes:
        st.warning(md(note), icon=":material/currency_exchange:")
    if notes:
        with st.container(horizontal=True, vertical_alignment="center"):
            button_to(texts.t("Import exchange rates"), "imports", key="rates-import", icon=":material/upload_file:")
            st.caption(
                texts.t("The European Central Bank publishes them each working day: eurofxref-hist.zip has all of them."),
                width="stretch",
            )
    total, name = found.total, found.currency
    tiles = [
        Tile(
            texts.t(label),
            texts.money(amount, name),
            texts.t("Sum of the currencies below, converted at their rates."),
            table="consolidated",
        )
        for label, amount in (
            ("Receivables (net)", total.receivables),
            ("Overdue", total.overdue),
            ("Over 90 days", total.ageing["over_90"]),
        )
    ]
    show_tiles(texts, tiles, key="consolidated-tiles", columns=3, least=190)
    rounding = rounding_sentence(found, texts)
    st.caption(md(rounding))
    _table(session, found, [*notes, rounding])


def _table(session: Session, found: Consolidated, said: list[str]) -> None:
    """One row per currency and their sum, in the company's currency whatever that of the screen's other figures."""
    texts = session.texts
    amounts = {"receivables": "Receivables", "overdue": "Overdue", **BUCKET_TITLES, "open_credits": "Unused credits"}
    columns = [
        Column("part", texts.t("Currency"), width=90, pinned=True),
        Column("own_receivables", texts.t("In that currency"), width=140),
        Column("rate", texts.t("Exchange rate"), width=110),
        Column("rate_date", texts.t("Rate of"), "date", width=110),
        *(Column(name, texts.t(title), "money", is_sparse=True, is_summed=False) for name, title in amounts.items()),
    ]
    rows = pl.DataFrame(consolidated_rows(found, texts), infer_schema_length=None)
    show_table(
        rows,
        columns,
        key="consolidated",
        texts=texts,
        sheet=Sheet(texts.t("Consolidated receivables"), said),
        empty=texts.t("Nothing is owed."),
    )
