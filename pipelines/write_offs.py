"""Write-offs: what an invoice still owes is given up for good, for a reason of the accounts (contract 3)."""

from datetime import date
from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.ids import stable_id
from models.money import MONEY, total
from models.store import Author, Store
from pipelines.ledger import Ledger
from pipelines.locks import refuse_changing
from pipelines.recoveries import loss_id

REASONS = ("loss", "rounding", "bank_fee", "discount")


def write_off(store: Store, ledger: Ledger, document_id: str, on: date, reason: str, author: Author) -> int:
    """Write off what an invoice still owes, for good, at a date."""
    if reason not in REASONS:
        raise Refused("bad_reason", "{reason} is not a reason: use one of {reasons}.", reason=reason, reasons=", ".join(REASONS))
    invoice = ledger.documents.filter(pl.col("document_id") == document_id).to_dicts()[0]
    given = ledger.allocations.filter((pl.col("document_id") == document_id) & pl.col("reversed_on").is_null())
    left: Decimal = invoice["amount"] - total(given["amount"])
    if left <= 0:
        raise Refused("owes_nothing", "{number} owes nothing.", number=invoice["number"])
    with store.change(
        "mark", author, subject=invoice["number"], detail={"what": "written-off", "on": on, "reason": reason}
    ) as change:
        row = {
            "claim_id": stable_id("claim", change.change_id, document_id),
            "source": "write_off",
            "source_id": stable_id("write_off", change.change_id, document_id),
            "document_id": document_id,
            "amount": left,
            "claim_date": on,
            "rule": "person",
            "confidence": 1.0,
            "by_person": True,
            "reason": reason,
        }
        change.insert("claim", pl.DataFrame([row], schema_overrides={"amount": MONEY}))
    return change.change_id


def write_back(store: Store, ledger: Ledger, document_id: str, author: Author, *, in_closed_period: bool) -> int:
    """Take the write-offs of an invoice back, as if they had never been: what changes are their own days.

    Raises:
        Refused: nothing is written off, or it is in a closed period that is not meant.
    """
    invoice = ledger.documents.filter(pl.col("document_id") == document_id).to_dicts()[0]
    written = ledger.claims.filter((pl.col("document_id") == document_id) & (pl.col("source") == "write_off"))
    if written.is_empty():
        raise Refused("not_written_off", "{number} is not written off.", number=invoice["number"])
    days = written["date"].sort().to_list()
    if not in_closed_period:
        refuse_changing(ledger, max(days[0], invoice["issue_date"]))
    detail = {"what": "written-off", "on": days[0], "reason": written["reason"][0], "is_set": False}
    with store.change("mark", author, subject=invoice["number"], detail=detail) as change:
        change.insert("claim_end", written.select(loss_id()).unique())
    return change.change_id
