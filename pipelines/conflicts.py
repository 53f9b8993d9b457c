"""Rows of files that contradict what is stored: listed, never overwritten, settled by a person."""

import json
from datetime import date
from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.ids import stable_id
from models.store import Author, Store
from models.tables import CLIENTS


def open_conflicts(store: Store) -> pl.DataFrame:
    """Rows of files that contradict what is stored and that nobody has settled: one row per conflict."""
    return store.facts("conflict").join(store.facts("conflict_settlement").select("conflict_id"), on="conflict_id", how="anti")


def settle_conflict(store: Store, conflict_id: str, answer: str, *, author: Author) -> int:
    """Settle a conflict: keep what is stored, replace it by the file's row, or take the row as another document.

    Raises:
        Refused: no such open conflict, or another answer.
    """
    if answer not in ("keep", "replace", "other"):
        raise Refused("bad_answer", "{answer} is not an answer: use keep, replace or other.", answer=answer)
    with store.writing():
        rows = open_conflicts(store).filter(pl.col("conflict_id") == conflict_id).to_dicts()
        if not rows:
            raise Refused("unknown_conflict", "There is no open conflict {id}. List them with: encours conflicts", id=conflict_id)
        conflict = rows[0]
        with store.change(
            "settle", author, subject=conflict["number"], detail={"answer": answer, "field": conflict["field"]}
        ) as change:
            change.insert("conflict_settlement", pl.DataFrame({"conflict_id": [conflict_id], "answer": [answer]}))
            if answer != "keep":
                change.insert("document_version", _answered(store, conflict, answer))
                change.insert("client_version", _new_client(store, conflict))
    return change.change_id


def _new_client(store: Store, conflict: dict[str, object]) -> pl.DataFrame:
    """The client of the incoming row, if no document had it yet."""
    client = json.loads(str(conflict["document"]))["client"]
    known = store.facts("client_version").select("client_id")
    return pl.DataFrame([client] if client else [], schema=CLIENTS).join(known, on="client_id", how="anti")


def _answered(store: Store, conflict: dict[str, object], answer: str) -> pl.DataFrame:
    """The document_version that a conflict's answer makes of the incoming row."""
    incoming = json.loads(str(conflict["document"]))
    versions = store.facts("document_version", latest_by="document_id")
    held = versions.filter(pl.col("document_id") == conflict["document_id"])
    if held.is_empty():
        raise Refused(
            "unknown_conflict", "There is no open conflict {id}. List them with: encours conflicts", id=conflict["conflict_id"]
        )
    if incoming["status"] in ("draft", "cancelled"):
        raise Refused(
            "is_cancelled",
            "{number} came back as cancelled or draft: keep it, or enter a credit note.",
            number=conflict["number"],
        )
    document_id = (
        conflict["document_id"] if answer == "replace" else stable_id("other", conflict["number"], conflict["conflict_id"])
    )
    changed = {
        "document_id": document_id,
        "number": incoming["number"],
        "kind": incoming["kind"],
        "client_id": incoming["client_id"],
        "issue_date": date.fromisoformat(incoming["issue_date"]),
        "due_date": date.fromisoformat(incoming["due_date"]),
        "amount": Decimal(str(incoming["amount"])),
        "currency": incoming["currency"],
        "linked_invoice": incoming["linked_invoice"],
        "paid_amount": None,
        "paid_date": None,
        "amount_due": None,
        "is_paid": False,
        "source_row": conflict["source_row"],
        "file_id": conflict["file_id"],
    }
    dtypes = held.schema
    return held.drop("change_id").with_columns(pl.lit(value).cast(dtypes[name]).alias(name) for name, value in changed.items())
