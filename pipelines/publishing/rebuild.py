"""A database made anew from the original files and people's decisions, and what differs from the one it is made from.

Every change is played again in its order, with its author, day and instant, so that its number stays: a file is read
again by today's readers, a decision's facts are copied. What is damaged in between, or was once read otherwise, heals.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import polars as pl

from models.errors import Refused
from models.facts import FACTS
from models.store import Author, Store
from pipelines.conflicts import open_conflicts
from pipelines.ledger import Ledger, run_ledger
from pipelines.publishing.publish import Asked, publish
from pipelines.publishing.quarantine import waiting

#: Frames of the ledger that are compared, and the columns that tell their rows; None: the whole row.
_COMPARED: Mapping[str, Sequence[str] | None] = {
    "clients": ("client_id",),
    "documents": ("document_id",),
    "statements": ("document_id", "change_id"),
    "accounts": ("account_id",),
    "lines": ("line_id",),
    "balances": None,
    "coverage": None,
    "claims": ("claim_id",),
    "allocations": ("claim_id",),
    "receipts": None,
    "refunds": None,
    "marks": None,
    "aliases": ("alias_id",),
    "label_rules": ("rule_id",),
    "line_classes": ("line_id",),
    "attributions": ("line_id",),
    "reminders": ("reminder_id",),
    "reminder_events": None,
    "templates": ("name", "language"),
    "notes": ("note_id",),
    "plans": ("plan_id", "rank"),
    "plan_invoices": None,
    "planned_items": ("item_id",),
    "item_answers": ("item_id", "for_date"),
    "payment_choices": ("document_id",),
    "supplier_ibans": ("client_id",),
    "refusals": None,
    "provisions": None,
    "period_locks": ("change_id",),
    "exchange_rates": ("currency", "rate_date"),
    "letters": ("owner", "client_id"),
}


@dataclass(frozen=True)
class Difference:
    """One row that stands otherwise in the rebuilt database.

    Attributes:
        table: a frame of the ledger, settings, conflicts, quarantine, or change for a file that is refused today.
        row: what tells it: an id, or its values.
        field: the column that differs; None: the row stands in one of the two only.
        stored: its value before. `rebuilt`: its value now; None where the row or value is absent.
    """

    table: str
    row: str
    field: str | None
    stored: str | None
    rebuilt: str | None


@dataclass(frozen=True)
class Rebuilt:
    """The new database: its file, how many changes it has, and what differs from the old one."""

    file: Path
    changes: int
    differences: list[Difference]

    @property
    def is_same(self) -> bool:
        """Nothing differs."""
        return not self.differences


def run_rebuild(store: Store, target: Path) -> Rebuilt:
    """Make the database anew at `target`.

    Raises:
        Refused: there is a file already.
    """
    if target.exists():
        raise Refused("file_exists", "{path} exists already: choose another file with --out.", path=target)
    try:
        with store.writing(), Store.open(target, create=True) as fresh:
            differences = _replayed(store, fresh)
            return Rebuilt(target, fresh.changes().height, [*differences, *compared(store, fresh)])
    except BaseException:
        for suffix in ("", ".wal", ".journal"):  # half a database is none
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        raise


def _replayed(store: Store, fresh: Store) -> list[Difference]:
    """Play every change again; the files that are refused today."""
    changes = store.query("SELECT * FROM change ORDER BY change_id")
    files = set(store.query("SELECT DISTINCT change_id FROM source_file")["change_id"])
    decided = _facts_by_change(store, set(changes["change_id"]) - files)
    refused = []
    for row in changes.iter_rows(named=True):
        author = Author(row["actor"], row["known_on"], row["recorded_at"])
        detail = json.loads(row["detail"]) if row["detail"] else None
        if row["change_id"] in files:
            refused += _read_again(store, fresh, row, detail or {}, author)
            continue
        with fresh.change(row["action"], author, subject=row["subject"], detail=detail, undoes=row["undoes"]) as change:
            for table, facts in decided.get(row["change_id"], {}).items():
                change.insert(table, facts)
    return refused


def _facts_by_change(store: Store, changes: set[int]) -> dict[int, dict[str, pl.DataFrame]]:
    """The facts of those changes by table, undone ones too, as their decisions brought them."""
    found: dict[int, dict[str, pl.DataFrame]] = {}
    for table in sorted(FACTS - {"source_file"}):
        rows = store.query(f"SELECT * FROM {table} ORDER BY change_id, rowid")
        for (change_id,), facts in rows.partition_by("change_id", as_dict=True, maintain_order=True).items():
            if change_id in changes:
                found.setdefault(int(str(change_id)), {})[table] = facts.drop("change_id")
    return found


def _read_again(store: Store, fresh: Store, row: Mapping[str, Any], detail: dict[str, Any], author: Author) -> list[Difference]:
    """Publish the file of a change again, as it was asked for; a file that is refused today leaves an empty change."""
    source = store.query("SELECT name, content FROM source_file WHERE change_id = $id", id=row["change_id"]).row(0, named=True)
    known = {field.name for field in fields(Asked)}
    asked = Asked(**{name: value for name, value in (detail.get("asked") or {}).items() if name in known})
    content = zlib.decompress(source["content"])
    report = publish(fresh, content, source["name"], asked, author=author, corrected=detail.get("corrected"), is_kept=True)
    if report.refused is None:
        return []
    with fresh.change(row["action"], author, subject=row["subject"], detail=detail):
        pass
    return [Difference("change", str(row["change_id"]), "refused", None, report.refused.code)]


def compared(before: Store, after: Store) -> list[Difference]:
    """What differs between two databases' ledgers, settings, open conflicts and waiting rows."""
    old, new = run_ledger(before), run_ledger(after)
    found = []
    for name, key in _COMPARED.items():
        found += _rows_that_differ(name, getattr(old, name), getattr(new, name), key)
    found += _rows_that_differ("settings", _settings(old), _settings(new), ("key",))
    found += _rows_that_differ("conflicts", _conflicts(before), _conflicts(after), ("conflict_id",))
    return found + _rows_that_differ("quarantine", waiting(before), waiting(after), ("row_id",))


def _conflicts(store: Store) -> pl.DataFrame:
    return open_conflicts(store).drop("change_id", "file_id", "document")


def _settings(ledger: Ledger) -> pl.DataFrame:
    rows = [(field.name, str(getattr(ledger.settings, field.name))) for field in fields(ledger.settings)]
    rows.append(("policy", ledger.policy.text))
    return pl.DataFrame(rows, schema={"key": pl.String, "value": pl.String}, orient="row")


def _rows_that_differ(table: str, old: pl.DataFrame, new: pl.DataFrame, key: Sequence[str] | None) -> list[Difference]:
    """Rows that stand in one frame only, and the values that differ in those of both."""
    names = list(key or old.columns)
    columns = old.columns
    only_old = old.join(new, on=columns, how="anti", nulls_equal=True)
    only_new = new.join(old, on=columns, how="anti", nulls_equal=True)
    left, right = (
        {tuple(row[name] for name in names): row for row in frame.iter_rows(named=True)} for frame in (only_old, only_new)
    )
    found = []
    for row_key in sorted({*left, *right}, key=str):
        shown = " ".join("" if value is None else str(value) for value in row_key)
        before, after = left.get(row_key), right.get(row_key)
        if before is None or after is None:
            found.append(Difference(table, shown, None, "yes" if before else None, "yes" if after else None))
            continue
        found += [
            Difference(table, shown, name, _shown(before[name]), _shown(after[name]))
            for name in columns
            if before[name] != after[name]
        ]
    return found


def _shown(value: object) -> str | None:
    return None if value is None else str(value)
