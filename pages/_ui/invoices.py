"""Invoices as a table, and the payments of one of them."""

import polars as pl
import streamlit as st

from pages._ui.queries import allocations
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import with_account_labels, with_status, with_words
from pages._ui.words import md
from pipelines.exports.columns import SOURCES, STATUS_WORDS
from pipelines.reconcile.rules import RULE_WORDS


def show_invoices(session: Session, rows: pl.DataFrame, *, of: str, key: str, empty: str) -> list[str]:
    """A table of OPEN_ITEMS, the latest due first; the document id of the selected one. `of` says whose they are."""
    texts = session.texts
    shown = with_status(session, rows).sort("due_date", "number", descending=[True, False])
    statuses = {code: texts.t(name) for code, name in STATUS_WORDS.items()}
    columns = [
        Column("number", texts.t("Invoice"), width=124),
        Column("kind_text", texts.t("Type"), width=96, code="kind"),
        Column("issue_date", texts.t("Issued"), "date", width=94),
        Column("due_date", texts.t("Due"), "date", width=94),
        Column("amount", texts.t("Amount incl. VAT"), "money", width=116),
        Column("outstanding", texts.t("Outstanding"), "money", width=104),
        Column("status_text", texts.t("Status"), width=248, code="status", words=statuses),
    ]
    return show_table(
        shown,
        columns,
        key=f"invoices-{key}",
        texts=texts,
        sheet=Sheet(f"{texts.t('Invoices')} – {of}"),
        selection="single-row",
        id_column="document_id",
        height=min(38 + 35 * shown.height, 388) if shown.height else None,
        empty=empty,
    )


def show_allocations(session: Session, document_id: str, *, of: str = "") -> None:
    """What was given to an invoice: date, source, amount, the bank's label, and why it was matched.

    Args:
        session: the reader's.
        document_id: the invoice.
        of: the table that it was picked from, where a page has several.
    """
    texts = session.texts
    rows = allocations(session).filter(pl.col("document_id") == document_id)
    number = session.ledger.documents.filter(pl.col("document_id") == document_id)["number"].to_list()
    title = texts.t("Payments and credits of {number}", number=number[0] if number else "")
    st.markdown(f"**{md(title)}**")
    columns = [
        Column("date", texts.t("Date"), "date", width=92),
        Column("source", texts.t("Source"), width=112),
        Column("account", texts.t("Account"), width=170),
        Column("amount", texts.t("Amount"), "money", width=92),
        Column("label", texts.t("Bank label"), width=185),
        Column("rule", texts.t("Matched by"), width=145),
        Column("letter", texts.t("Lettering"), width=72),
        Column("reversed_on", texts.t("Returned on"), "date", width=110),
    ]
    shown = with_account_labels(texts, with_words(texts, rows, source=SOURCES, rule=RULE_WORDS))
    if not rows["reversed_on"].is_not_null().any():
        columns = columns[:-1]
    show_table(
        shown,
        columns,
        key=f"allocations-{of}{document_id}",
        texts=texts,
        sheet=Sheet(title),
        empty=texts.t("Nothing was received on this invoice yet."),
    )
