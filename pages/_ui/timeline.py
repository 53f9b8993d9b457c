"""Everything that happened with a client, the newest first: documents, payments, returns, marks."""

from datetime import date

import polars as pl

from models.money import MONEY
from models.tables import Schema, conform
from models.texts import Texts
from pages._ui.queries import allocations
from pages._ui.session import Session
from pages._ui.tables import Column, show_table
from pages._ui.wording import MARK_WORDS, word
from pipelines.collections.reasons import STEP_NAMES
from pipelines.exports.sheets import KINDS

#: One row per event.
_EVENTS: Schema = {
    "date": pl.Date,
    "what": pl.String,
    "reference": pl.String,  # invoice numbers
    "amount": MONEY,
    "detail": pl.String,
}
_REFUNDS = {"returned": "Payment returned", "refunded": "Refund"}


def show_timeline(session: Session, client_id: str) -> None:
    """The events of a client up to the as-of date."""
    texts = session.texts
    columns = [
        Column("date", texts.t("Date"), "date", width=100),
        Column("what", texts.t("Event"), width=190),
        Column("reference", texts.t("Invoice"), width=220),
        Column("amount", texts.t("Amount"), "money", width=120),
        Column("detail", texts.t("Detail"), width="large"),
    ]
    rows = events(session, client_id)
    show_table(
        rows,
        columns,
        key=f"timeline-{client_id}",
        texts=texts,
        height=min(38 + 35 * rows.height, 388) if rows.height else None,
        empty=texts.t("Nothing has happened yet."),
    )


def events(session: Session, client_id: str) -> pl.DataFrame:
    """One row per document, receipt, return, write-off and mark of the client, the newest first."""
    own = pl.col("client_id") == client_id
    parts = [
        _documents(session, own),
        _receipts(session, own),
        _refunds(session, own),
        _write_offs(session, own),
        _marks(session, own),
    ]
    rank = pl.int_range(pl.len())
    return pl.concat([conform(part, _EVENTS) for part in parts]).sort(pl.col("date"), rank, descending=[True, False])


def _documents(session: Session, own: pl.Expr) -> pl.DataFrame:
    texts = session.texts
    is_sale = (pl.col("direction") == "sale") & (pl.col("issue_date") <= session.as_of)
    rows = session.ledger.documents.filter(own & is_sale)
    details = [
        texts.t("for invoice {number}", number=linked)
        if linked
        else ""
        if kind == "credit_note"
        else texts.t("due on {day}", day=texts.date(due))
        for kind, linked, due in rows.select("kind", "linked_invoice", "due_date").iter_rows()
    ]
    return rows.select(
        date="issue_date",
        what=_words(texts, "kind", KINDS),
        reference="number",
        amount="amount",
        detail=pl.Series(details, dtype=pl.String),
    )


def _receipts(session: Session, own: pl.Expr) -> pl.DataFrame:
    texts = session.texts
    paid = (
        allocations(session)
        .group_by(receipt_id="source_id", maintain_order=True)
        .agg(reference=pl.col("invoice_number").unique(maintain_order=True).str.join(", "))
    )
    lines = session.ledger.lines.select("label", receipt_id="line_id")
    return (
        session.ledger.receipts.filter(own & (pl.col("date") <= session.as_of))
        .join(paid, on="receipt_id", how="left", validate="m:1")
        .join(lines, on="receipt_id", how="left", validate="m:1")
        .with_columns(what=_words(texts, "source", {"bank": "Payment received", "declared": "Declared payment"}), detail="label")
    )


def _refunds(session: Session, own: pl.Expr) -> pl.DataFrame:
    lines = session.ledger.lines.select("line_id", detail="label")
    return (
        session.ledger.refunds.filter(own & (pl.col("date") <= session.as_of))
        .join(lines, on="line_id", how="left", validate="m:1")
        .with_columns(what=_words(session.texts, "kind", _REFUNDS))
    )


def _write_offs(session: Session, own: pl.Expr) -> pl.DataFrame:
    rows = allocations(session).filter(own & (pl.col("source") == "write_off"))
    return rows.select(date="date", what=pl.lit(session.texts.t("Write-off")), reference="invoice_number", amount="amount")


def _marks(session: Session, own: pl.Expr) -> pl.DataFrame:
    """What people said of the client or of its invoices."""
    texts = session.texts
    numbers = session.ledger.documents.filter(own).select("document_id", reference="number")
    of_client = session.ledger.marks.filter(own).with_columns(reference=pl.lit(None, pl.String))
    of_invoices = session.ledger.marks.drop("client_id").join(numbers, on="document_id", how="inner", validate="m:1")
    rows = pl.concat([of_client.drop("client_id"), of_invoices.select(of_client.drop("client_id").columns)])
    rows = rows.filter(pl.col("on_date") <= session.as_of).sort("on_date", "change_id", descending=True)
    marks = rows.select("what", "value", "is_set").iter_rows()
    details = [_mark_detail(texts, what, value, is_set=is_set) for what, value, is_set in marks]
    return rows.select(
        date="on_date", what=_words(texts, "what", MARK_WORDS), reference="reference", detail=pl.Series(details, dtype=pl.String)
    )


def _mark_detail(texts: Texts, what: str, value: str | None, *, is_set: bool) -> str:
    if not is_set:
        return texts.t("Taken back")
    if what == "reminded":
        return word(texts, STEP_NAMES, value)
    return texts.t("for {day}", day=texts.date(date.fromisoformat(value))) if what in ("promise", "expected") and value else ""


def _words(texts: Texts, column: str, words: dict[str, str]) -> pl.Expr:
    return pl.col(column).replace_strict({code: texts.t(title) for code, title in words.items()}, default=pl.col(column))
