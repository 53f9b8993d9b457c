"""Facts and the changes that bring them: which tables hold them, what seals them, and which hold no more."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

import polars as pl

#: Tables of facts: each has a change_id. Names come from here only, never from data.
FACTS = frozenset(
    {
        "source_file",
        "client_version",
        "document_version",
        "instalment",
        "account_version",
        "bank_line",
        "balance",
        "claim",
        "claim_end",
        "attribution",
        "refund",
        "refusal",
        "mark",
        "conflict",
        "conflict_settlement",
        "setting",
        "receipt",
        "quarantine",
        "quarantine_end",
        "profile",
        "coverage",
        "alias",
        "label_rule",
        "line_class",
        "policy",
        "template",
        "reminder",
        "reminder_event",
        "note",
        "plan_instalment",
        "plan_invoice",
        "plan_end",
        "planned_item",
        "item_answer",
        "payment_choice",
        "supplier_iban",
        "forecast_day",
        "export",
        "exported_entry",
        "exported_code",
        "provision",
        "period_lock",
        "exchange_rate",
    }
)

#: Facts that only record what the program said on a day: no figure follows from them.
RECORDS = frozenset({"forecast_day"})

#: What tells one fact from another in tables of which two imports of the same file may bring the same row.
KEYS = {"claim": "claim_id", "receipt": "receipt_id", "conflict": "conflict_id"}


def live_facts(table: str, *, latest_by: str | None, bounds: str | None, has_dead: bool) -> str:
    """The SELECT of a table's facts, by change; values stand in it as parameters, $dead the changes that are no more.

    Args:
        table: one of FACTS.
        latest_by: keep only the last row per value of this column.
        bounds: the condition on the changes that count; None is all of them.
        has_dead: whether some of them were taken back.
    """
    where = "WHERE NOT list_contains($dead, f.change_id)" if has_dead else ""
    known = f"JOIN (SELECT change_id FROM change WHERE {bounds}) c ON c.change_id = f.change_id" if bounds else ""
    last = ""
    if latest_by:
        last = f'QUALIFY row_number() OVER (PARTITION BY f."{latest_by}" ORDER BY f.change_id DESC, f.rowid DESC) = 1'
    elif table in KEYS:  # an import that is redone after the file came in again stands beside it
        last = f"QUALIFY f.change_id = min(f.change_id) OVER (PARTITION BY f.{KEYS[table]})"
    return f"SELECT f.* FROM {table} f {known} {where} {last} ORDER BY f.change_id, f.rowid"


def seal_of(previous: str, row: tuple[object, ...], facts: str) -> str:
    """The chained SHA-256 of a change and its facts: altering any of it breaks this seal, and any seal all later ones."""
    return sha256("|".join([previous, *map(str, row), facts]).encode()).hexdigest()


def digest(rows_by_table: Mapping[str, Iterable[str]]) -> str:
    """The SHA-256 of a change's facts: table names and `row_texts`, whatever their order."""
    lines = [f"{table}|{text}" for table, texts in rows_by_table.items() for text in texts]
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()


def row_texts(facts: pl.DataFrame) -> list[str]:
    """Each row as text: its values by column name. Absent values leave no trace, so that a new column breaks no seal."""
    names = sorted(facts.columns)
    rows = facts.select(names).iter_rows()
    return [
        "|".join(f"{name}={_plain(value)}" for name, value in zip(names, row, strict=True) if value is not None) for row in rows
    ]


def _plain(value: object) -> str:
    return sha256(value).hexdigest() if isinstance(value, bytes) else str(value)


def undone(changes: pl.DataFrame) -> set[int]:
    """Changes (change_id, undoes) that a live later change takes back; undoing an undo brings its target back to life."""
    dead: set[int] = set()
    undoing = changes.drop_nulls("undoes").sort("change_id", descending=True)
    for change_id, undoes in undoing.select("change_id", "undoes").iter_rows():
        if change_id not in dead:
            dead.add(undoes)
    return dead


def last_change(tables: Iterable[str]) -> str:
    """SELECT the last change, up to `$upto`, that brought facts to one of these tables or took any change back; 0 if none did."""
    of_tables = [f"SELECT change_id FROM {table} WHERE change_id <= $upto" for table in sorted(FACTS & set(tables))]
    undoing = "SELECT change_id FROM change WHERE undoes IS NOT NULL AND change_id <= $upto"
    return f"SELECT coalesce(max(change_id), 0) AS last FROM ({' UNION ALL '.join([*of_tables, undoing])})"


#: What `last_changes` calls the last change that took another one back.
UNDOING = "undoing"


def last_changes() -> str:
    """SELECT the last change that brought facts to each table (0: none), and the last that took another one back."""
    of_tables = [f"SELECT '{table}' AS name, coalesce(max(change_id), 0) AS last FROM {table}" for table in sorted(FACTS)]
    undoing = f"SELECT '{UNDOING}', coalesce(max(change_id), 0) FROM change WHERE undoes IS NOT NULL"
    return " UNION ALL ".join([*of_tables, undoing])
