"""The rows behind an operand of a figure, with their total, and behind a row its payments and its client."""

from collections.abc import Mapping

import polars as pl
import streamlit as st

from models.texts import Texts
from pages._ui.choices import choose
from pages._ui.invoices import show_allocations
from pages._ui.links import go
from pages._ui.queries import allocations
from pages._ui.session import Session
from pages._ui.tables import Column, Sheet, show_table
from pages._ui.wording import with_words
from pages._ui.words import md, written
from pipelines.explain.explanation import Explanation, OpenOperand, operand_text
from pipelines.exports.explain_columns import ROW_KIND_WORDS
from pipelines.exports.explained import with_labels

#: What a row leads to: a column beside those of ROWS.
_KEY = "row_key"


def period_sentence(texts: Texts, opened: Explanation) -> str:
    """The days that a figure of a period is of."""
    start, end = texts.date(opened.start), texts.date(opened.as_of)
    return texts.t("From {start} to {end}, {days} days.", start=start, end=end, days=texts.number(opened.days))


def show_rows(session: Session, opened: Explanation, *, of: str) -> None:
    """The operands to choose from, the rows of the chosen one, and what is behind the selected row; `of` is its part."""
    texts = session.texts
    names = [operand.name for operand in opened.operands]

    def label(name: str) -> str:
        operand = opened.operand(name)
        return written(f"{texts.t(operand.title)}{texts.t(': ')}{operand_text(operand, texts, opened.currency)}")

    with st.container(border=True):
        st.markdown(f"**{texts.t('What is behind it')}**")
        if st.session_state.get("operand") not in (None, *names):
            del st.session_state["operand"]  # of a figure that was open before
        name = choose(texts.t("Operand"), names, words=label, key="operand", default=names[0]) if len(names) > 1 else names[0]
        operand = opened.operand(name)
        chosen = _table(session, opened, operand, of)
        count = texts.plural("{count} row", "{count} rows", operand.rows.height)
        value = operand_text(operand, texts, opened.currency)
        st.markdown(f"**{texts.t('Total of {rows}: {value}', rows=count, value=md(value))}**")
        if chosen is not None and chosen["client_id"] is not None:
            show_behind(session, chosen, key="explain")


def _table(session: Session, opened: Explanation, operand: OpenOperand, of: str) -> dict[str, object] | None:
    """The rows of an operand; the one that the reader selected."""
    texts = session.texts
    key = pl.concat_str("row_id", pl.coalesce("client_id", pl.lit("")), separator="|")
    rows = with_labels(texts, operand.rows).with_columns(**{_KEY: key})
    shown = with_words(texts, rows, kind=ROW_KIND_WORDS)
    columns = _columns(session, opened, operand, rows)
    title = " – ".join(filter(None, (texts.t(opened.title), texts.t(operand.title), of)))
    period = [] if opened.start is None else [period_sentence(texts, opened)]
    chosen = show_table(
        shown,
        columns,
        key=f"explain-{opened.key}-{operand.name}",
        texts=texts,
        selection="single-row" if rows["client_id"].is_not_null().any() else None,
        id_column=_KEY,
        empty=texts.t("No row: this operand is nil."),
        sheet=Sheet(title, [*period, texts.t(opened.definition)], address=operand.name),
    )
    found = rows.filter(pl.col(_KEY) == chosen[0]).to_dicts() if chosen else []
    return found[0] if found else None


def _columns(session: Session, opened: Explanation, operand: OpenOperand, rows: pl.DataFrame) -> list[Column]:
    """The columns that these rows have."""
    texts = session.texts
    amounts = {"count": "Outstanding", "money_days": "Amount paid"}
    columns = [
        Column("kind", texts.t("Type"), width=128),
        Column("number", texts.t("Number or label"), width=140),
        Column("client", texts.t(opened.party), width=185),
        Column("date", texts.t("Date"), "date", width=92),
        Column("due_date", texts.t("Due"), "date", width=92),
        Column("whole", texts.t("Amount incl. VAT"), "money", width=108, is_summed=False),
        Column("amount", texts.t(amounts.get(operand.unit, "What counts")), "money", width=108),
        Column("days", texts.t("Days"), "days", width=60),
        Column("weight", texts.t("Amount × days"), "count", width=140),
    ]
    return [column for column in columns if rows[column.name].is_not_null().any()]


def show_behind(session: Session, row: Mapping[str, object], *, key: str) -> None:
    """The payments of an invoice, or the invoices that a payment or credit note went to, and the way to the client.

    Args:
        session: the reader's.
        row: of ROWS or MOVES.
        key: the name of its table on the page.
    """
    texts, client_id, document_id = session.texts, row["client_id"], row["document_id"]
    with st.container(border=True):
        if st.button(texts.t("Open the client’s page"), key=f"{key}-client", icon=":material/person:"):
            go("client", client=str(client_id))
        if isinstance(document_id, str) and row["row_id"] not in _credit_notes(session):
            show_allocations(session, document_id, of=key)
        else:
            _uses(session, row, key)


def _credit_notes(session: Session) -> set[str]:
    """The ids of all credit notes."""
    return set(session.ledger.documents.filter(pl.col("kind") == "credit_note")["document_id"])


def _uses(session: Session, row: Mapping[str, object], key: str) -> None:
    """What a receipt or credit note gave, and to which invoices."""
    texts = session.texts
    given = allocations(session).filter(pl.col("source_id") == row["row_id"])
    st.markdown(f"**{texts.t('Where it went')}**")
    columns = [
        Column("invoice_number", texts.t("Invoice"), width=170),
        Column("date", texts.t("Date"), "date", width=92),
        Column("amount", texts.t("Amount"), "money", width=120),
        Column("label", texts.t("Bank label"), width=300),
    ]
    sheet = Sheet(texts.t("Where it went"))
    show_table(given, columns, key=f"{key}-uses", texts=texts, sheet=sheet, empty=texts.t("No invoice has used it."))
