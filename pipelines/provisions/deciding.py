"""A person's word on doubtful receivables: doubtful or not, several at once, and the provision of an invoice by hand."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.store import Author, Store
from models.tables import Schema
from pipelines.ledger import Ledger, run_ledger
from pipelines.locks import refuse_closed, refuse_future
from pipelines.provisions.doubt import decided_at, decisions
from pipelines.provisions.provision import RATE
from pipelines.reconcile.finding import find_document

_MARKS: Schema = {"document_id": pl.String, "client_id": pl.String, "value": pl.String, "note": pl.String}
_SHOWN = 5


def decide_doubt(
    store: Store,
    invoices: Sequence[str],
    *,
    is_doubtful: bool,
    on: date,
    author: Author,
    note: str | None = None,
    in_closed_period: bool = False,
) -> int:
    """Say of these invoices (by number or id) that they are doubtful, or that they are not, from a day on: one change, its id.

    Raises:
        Refused: no invoice, an unknown one, a credit note, or a day before one of them was issued, still to come, or in a
            closed period that is not meant (`in_closed_period`).
    """
    with store.writing():
        ledger = run_ledger(store)
        _check_day(ledger, on, author, in_closed_period=in_closed_period)
        rows = [_invoice(ledger, name, on) for name in invoices]
        if not rows:
            raise Refused("no_invoice", "Choose at least one invoice.")
        numbers = [str(row["number"]) for row in rows]
        subject = ", ".join(numbers[:_SHOWN]) + (f" (+{len(numbers) - _SHOWN})" if len(numbers) > _SHOWN else "")
        detail = {"what": "doubtful", "on": on, "is_set": is_doubtful, "count": len(rows)} | ({"note": note} if note else {})
        marks = [
            {
                "document_id": row["document_id"], "client_id": None, "what": "doubtful", "is_set": is_doubtful, "on_date": on,
                "value": None, "note": note or None,
            }
            for row in rows
        ]  # fmt: skip
        with store.change("mark", author, subject=subject, detail=detail) as change:
            change.insert("mark", pl.DataFrame(marks, schema_overrides=_MARKS))
    return change.change_id


def set_provision(
    store: Store,
    invoice: str,
    rate: Decimal | None,
    *,
    on: date,
    author: Author,
    note: str | None = None,
    in_closed_period: bool = False,
) -> int:
    """Provide for an invoice at a rate (0 to 1) from a day on; with None its rate is the rule's again. The change's id.

    Raises:
        Refused: an unknown invoice, a rate that is none, an invoice that no person has decided to be doubtful by then, one
            that has no rate by hand to take back, or a day still to come or in a closed period that is not meant.
    """
    if rate is not None and not 0 <= rate <= 1:
        raise Refused("bad_rate", "A provision is from 0 to 100 % of what is owed without VAT.")
    with store.writing():
        ledger = run_ledger(store)
        _check_day(ledger, on, author, in_closed_period=in_closed_period)
        row = _invoice(ledger, invoice, on)
        of_invoice = pl.col("document_id") == row["document_id"]
        held = decided_at(decisions(ledger), as_of=on).filter(of_invoice & pl.col("is_doubtful"))
        if rate is not None and row["kind"] == "deposit":
            raise Refused(
                "is_deposit",
                "{number} is a deposit invoice: no sale was booked for it, so that nothing is provided for.",
                number=row["number"],
            )
        if rate is not None and held.is_empty():
            raise Refused("not_doubtful", "{number} is not marked doubtful: decide that first.", number=row["number"])
        if rate is None and ledger.provisions.filter(of_invoice).is_empty():
            raise Refused("no_rate_by_hand", "{number} has no rate by hand.", number=row["number"])
        detail = {"rate": None if rate is None else str(rate), "on": on} | ({"note": note} if note else {})
        with store.change("provision", author, subject=str(row["number"]), detail=detail) as change:
            said = {"document_id": row["document_id"], "on_date": on, "rate": rate, "note": note or None}
            change.insert("provision", pl.DataFrame([said], schema_overrides={"rate": RATE, "note": pl.String}))
    return change.change_id


def _check_day(ledger: Ledger, on: date, author: Author, *, in_closed_period: bool) -> None:
    """Refuse a day that is still to come, or one in a closed period that is not meant."""
    refuse_future(on, author)
    if not in_closed_period:
        refuse_closed(ledger, on)


def _invoice(ledger: Ledger, name: str, on: date) -> dict[str, object]:
    """A sales invoice or deposit that was there on that day."""
    row = find_document(ledger, name)
    if row["kind"] == "credit_note":
        raise Refused("is_credit_note", "{number} is a credit note: it cannot be paid.", number=row["number"])
    if str(on) < str(row["issue_date"]):
        raise Refused("before_issue", "{number} was issued later: choose a later day.", number=row["number"])
    return row
