"""Everything that happened with a client, the newest first, in the reader's words: who, when, what, and how it stands."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import polars as pl

from models.texts import Texts
from pipelines.collections.disputes import CATEGORY_NAMES
from pipelines.collections.facts import situation
from pipelines.collections.notes import RESULT_NAMES
from pipelines.collections.reasons import SEGMENT_NAMES
from pipelines.collections.timeline_agreements import plans_told, promises_told
from pipelines.collections.timeline_events import EVENTS, Client, Row
from pipelines.collections.timeline_reminders import reminders_told
from pipelines.exports.closing_columns import INTERRUPTION_WORDS
from pipelines.ledger import Ledger
from pipelines.papers.confirmation import MARK, confirmation_sentence
from pipelines.recoveries import loss_id, whole_losses

_DOCUMENT_WORDS = {"invoice": "Invoice", "credit_note": "Credit note", "deposit": "Deposit invoice"}
_SOURCE_WORDS = {"bank": "Payment received", "declared": "Declared payment"}
_REFUND_WORDS = {"returned": "Payment returned", "refunded": "Refund"}
_DECISION_WORDS = {
    "doubtful": "Doubtful",
    "insolvency": "Insolvency proceedings",
    "interrupted": "Limitation interrupted",
    "suspended": "Limitation suspended",
    "paused": "Reminders paused",
    "rejected": "E-invoice rejected",
    "segment": "Segment set",
    MARK: "Balance confirmation",
    "sent": "Invoice sent",
}


def timeline(ledger: Ledger, texts: Texts, *, client_id: str, as_of: date) -> pl.DataFrame:
    """EVENTS of a client dated on or before `as_of`, the newest first; within a day by kind."""
    own = ledger.documents.filter(pl.col("client_id") == client_id)
    numbers = dict(own.select("document_id", "number").iter_rows())
    grace = situation(ledger, as_of=as_of).grace
    client = Client(ledger, texts, client_id, as_of, grace, numbers)
    rows = [
        {name: row.get(name) for name in EVENTS} | {"kind": kind}
        for kind, told in _TOLD
        for row in told(client)
        if row["date"] <= as_of
    ]
    events = pl.DataFrame(rows, schema=EVENTS, orient="row")
    return events.with_row_index("told").sort("date", "told", descending=[True, False]).drop("told")


def _documents(client: Client) -> Iterable[Row]:
    texts = client.texts
    for row in client.own(client.ledger.documents.filter(pl.col("direction") == "sale")):
        linked, kind = row["linked_invoice"], row["kind"]
        due = "" if kind == "credit_note" else texts.t("due on {day}", day=texts.date(row["due_date"]))
        yield {
            "event_id": f"document-{row['document_id']}",
            "date": row["issue_date"],
            "what": client.word(_DOCUMENT_WORDS, kind),
            "reference": row["number"],
            "amount": row["amount"],
            "currency": row["currency"],
            "detail": texts.t("for invoice {number}", number=linked) if linked else due,
        }


def _payments(client: Client) -> Iterable[Row]:
    """Receipts, what went back of them, and write-offs."""
    ledger, texts = client.ledger, client.texts
    counting = ledger.allocations.filter((pl.col("client_id") == client.client_id) & (pl.col("counts_from") <= client.as_of))
    paid: dict[str, list[str]] = {}
    for source_id, number in counting.select("source_id", "invoice_number").unique(maintain_order=True).iter_rows():
        paid.setdefault(source_id, []).append(number)
    received, returned = client.own(ledger.receipts), client.own(ledger.refunds)
    booked = [*(row["receipt_id"] for row in received), *(row["line_id"] for row in returned)]
    labels = dict(ledger.lines.filter(pl.col("line_id").is_in(booked)).select("line_id", "label").iter_rows())
    for row in received:
        what, detail = client.word(_SOURCE_WORDS, row["source"]), labels.get(row["receipt_id"], "")
        numbers = ", ".join(paid.get(row["receipt_id"], []))
        yield {**row, "event_id": f"receipt-{row['receipt_id']}", "what": what, "reference": numbers, "detail": detail}
    for row in returned:
        what, detail = client.word(_REFUND_WORDS, row["kind"]), labels.get(row["line_id"], "")
        yield {**row, "event_id": f"refund-{row['refund_id']}", "what": what, "detail": detail}
    written = whole_losses(counting.filter(pl.col("source") == "write_off"))
    written = written.with_columns(is_again=pl.col("counts_from") > pl.col("counts_from").min().over(loss_id()))
    for row in written.to_dicts():
        reason = "lost: a payment came back" if row["is_again"] else _LOSS_WORDS.get(row["reason"], "")
        yield {
            **row,
            "event_id": f"write-off-{row['claim_id']}",
            "what": texts.t("Write-off"),
            "reference": row["invoice_number"],
            "detail": texts.t(reason) if reason else "",
            "by": None if row["is_again"] else row["by"],
        }


_LOSS_WORDS = {"loss": "as a loss", "rounding": "rounding", "bank_fee": "bank fee", "discount": "discount"}


def _disputes(client: Client) -> Iterable[Row]:
    """What people said is disputed, and what came in dispute with a file, which names no day: that of the invoice stands."""
    texts = client.texts
    for row in _own_marks(client, ["disputed"]):
        owner = texts.t("dealt with by {owner}", owner=row["owner"]) if row["owner"] else ""
        category = client.word(CATEGORY_NAMES, row["value"])
        what = texts.t("Dispute") if row["is_set"] else texts.t("Dispute lifted")
        yield {**row, "what": what, "detail": " – ".join(filter(None, [category, owner, row["note"]]))}
    for row in client.own(client.ledger.documents.filter((pl.col("direction") == "sale") & pl.col("is_disputed"))):
        yield {
            "event_id": f"dispute-{row['document_id']}",
            "date": row["issue_date"],
            "what": texts.t("Dispute"),
            "reference": row["number"],
            "detail": texts.t("according to the file imported, without a date"),
        }


def _notes(client: Client) -> Iterable[Row]:
    texts = client.texts
    for row in reversed(client.own(client.ledger.notes)):
        yield {
            "event_id": row["note_id"],
            "date": row["on_date"],
            "what": texts.t("Note") if row["kind"] == "note" else texts.t("Call"),
            "reference": client.numbers.get(row["document_id"], ""),
            "detail": " – ".join(filter(None, [client.word(RESULT_NAMES, row["result"]), row["text"].replace("\n", " ")])),
            "by": row["by"],
            "text": row["text"],
        }


def _decisions(client: Client) -> Iterable[Row]:
    """Pauses, segments set by hand, and the other dated marks."""
    texts = client.texts
    for row in _own_marks(client, list(_DECISION_WORDS)):
        detail = texts.t("Taken back") if not row["is_set"] else ""
        if row["is_set"] and row["what"] == "segment":
            detail = client.word(SEGMENT_NAMES, row["value"])
        if row["is_set"] and row["what"] in ("paused", "suspended") and row["value"]:
            detail = texts.t("until {day}", day=texts.date(date.fromisoformat(row["value"])))
        if row["is_set"] and row["what"] == "interrupted":
            detail = client.word(INTERRUPTION_WORDS, row["value"])
        if row["is_set"] and row["what"] == MARK:
            detail = confirmation_sentence(texts, row["value"], row["said"], client.ledger.settings.currency)
        yield {
            **row,
            "what": client.word(_DECISION_WORDS, row["what"]),
            "detail": " – ".join(filter(None, [detail, row["note"]])),
        }


def _own_marks(client: Client, kinds: list[str]) -> list[dict[str, Any]]:
    """The marks of these kinds on the client or on its invoices, the latest first, as events; `amount` is none of theirs."""
    is_own = (pl.col("client_id") == client.client_id) | pl.col("document_id").is_in(list(client.numbers))
    rows = client.ledger.marks.filter(is_own.fill_null(value=False) & pl.col("what").is_in(kinds)).to_dicts()
    return [
        {
            **row,
            "event_id": f"mark-{row['change_id']}-{row['document_id']}",
            "date": row["on_date"],
            "reference": client.numbers.get(row["document_id"] or "", ""),
            "said": row["amount"],
            "amount": None,
        }
        for row in reversed(rows)
    ]


#: Within a day, what usually answers something else comes after it: a promise after the reminder.
_TOLD: tuple[tuple[str, Callable[[Client], Iterable[Row]]], ...] = (
    ("note", _notes),
    ("dispute", _disputes),
    ("plan", plans_told),
    ("promise", promises_told),
    ("decision", _decisions),
    ("reminder", reminders_told),
    ("payment", _payments),
    ("invoice", _documents),
)
