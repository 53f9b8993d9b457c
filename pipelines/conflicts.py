"""Rows of files that contradict what is stored: listed, never overwritten, settled by a person."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from models.errors import Refused
from models.ids import stable_id
from models.rows import INVOICE_ROWS
from models.store import Author, Store
from models.tables import CLIENTS

_IDENTITY = ("direction", "number", "kind", "client_id", "issue_date", "currency", "amount")


def open_conflicts(store: Store) -> pl.DataFrame:
    """Rows of files that contradict what is stored and that nobody has settled: one row per conflict.

    A row that says what is stored by now (the contrary was undone, the file imported again) contradicts nothing.
    """
    settled = store.facts("conflict_settlement").select("conflict_id")
    rows = store.facts("conflict").join(settled, on="conflict_id", how="anti")
    if rows.is_empty():
        return rows
    versions = store.facts("document_version", latest_by="document_id").select(*_IDENTITY)
    stored = {tuple(map(str, version)) for version in versions.iter_rows()}
    is_stored = [_identity(_incoming(document)) in stored for document in rows["document"]]
    return rows.filter(~pl.Series(is_stored, dtype=pl.Boolean))


def _incoming(document: object) -> dict[str, Any]:
    """The incoming row (INVOICE_ROWS) as stored; one stored before purchases were read says no direction."""
    return {**dict.fromkeys(INVOICE_ROWS), "direction": "sale", **json.loads(str(document))}


def _identity(incoming: dict[str, Any]) -> tuple[str, ...] | None:
    """What makes the incoming row that very document; None for one that came back as draft or cancelled."""
    if incoming["status"] in ("draft", "cancelled"):
        return None
    return tuple(str(Decimal(str(incoming[name]))) if name == "amount" else str(incoming[name]) for name in _IDENTITY)


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
    client = _incoming(conflict["document"])["client"]
    known = store.facts("client_version").select("client_id")
    return pl.DataFrame([client] if client else [], schema=CLIENTS).join(known, on="client_id", how="anti")


def _answered(store: Store, conflict: dict[str, object], answer: str) -> pl.DataFrame:
    """The document_version that a conflict's answer makes of the incoming row."""
    incoming = _incoming(conflict["document"])
    versions = store.facts("document_version", latest_by="document_id")
    held = versions.filter(pl.col("document_id") == conflict["document_id"])
    if held.is_empty():  # what the row contradicts was undone: its last version still says how such a row stands
        last = "SELECT * FROM document_version WHERE document_id = $id ORDER BY change_id DESC LIMIT 1"
        held = store.query(last, id=conflict["document_id"])
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
        **{name: _money(incoming[name]) for name in ("amount_excl_tax", "vat_amount", "paid_amount", "amount_due")},
        "paid_date": date.fromisoformat(incoming["paid_date"]) if incoming["paid_date"] else None,
        "is_paid": incoming["status"] == "paid" and incoming["paid_amount"] is None and incoming["amount_due"] is None,
        "source_row": conflict["source_row"],
        "file_id": conflict["file_id"],
    }
    dtypes = held.schema
    return held.drop("change_id").with_columns(pl.lit(value).cast(dtypes[name]).alias(name) for name, value in changed.items())


def _money(written: object) -> Decimal | None:
    return None if written is None else Decimal(str(written))
