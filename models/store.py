"""The store: one DuckDB file per company. Facts are added, each in a change; this is the only duckdb import.

One connection per file and process, a cursor per use, one writer at a time. Every write is one transaction that ends
with a checkpoint and a line in the journal beside the file, so that a lost or cut write-ahead log cannot go unseen.
"""

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import polars as pl

from models.errors import Refused, StoreLocked, StoreMissing, StoreUnreadable

SQL_DIR = Path(__file__).parent / "sql"
SCHEMA_VERSION = 1
_CONFIG: dict[str, str | int | float | list[str]] = {
    "threads": 2,
    "memory_limit": "1GB",
    "max_temp_directory_size": "1GB",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_unsigned_extensions": "false",
    "python_enable_replacements": "false",
    "python_scan_all_frames": "false",
}
#: Tables of facts: each has a change_id. Names come from here only, never from data.
FACTS = frozenset({
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
})


@dataclass(frozen=True)
class Author:
    """Who acts, and when: given by a door, which alone asks the clock.

    Attributes:
        name: the person, as the history shows it.
        today: their calendar day.
        at: the instant, UTC without zone.
    """

    name: str
    today: date
    at: datetime


class Change:
    """An open transaction: facts inserted here become one change, or nothing does."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, change_id: int) -> None:
        """Write through `cursor` under `change_id`."""
        self._cursor = cursor
        self.change_id = change_id

    def insert(self, table: str, rows: pl.DataFrame) -> int:
        """Add facts by column name; returns how many. `change_id` is filled in."""
        if table not in FACTS:
            raise ValueError(table)
        if rows.is_empty():
            return 0
        rows = rows.with_columns(change_id=pl.lit(self.change_id, pl.Int64))
        columns = ", ".join(f'"{name}"' for name in rows.columns)
        self._cursor.register("incoming_rows", rows)
        try:
            statement = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM incoming_rows"  # noqa: S608 -- names from code
            self._cursor.execute(statement)
        finally:
            self._cursor.unregister("incoming_rows")
        return rows.height


class Store:
    """A company's database. Use as a context manager, or close it."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        """Wrap an open connection; use `Store.open`."""
        self.path = path
        self._connection = connection
        self._writing = threading.RLock()
        self._revision = self._last_change()[0]

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Self:
        """Open the database, hardened, and migrate it to this version's tables.

        Raises:
            StoreMissing: there is no file and `create` is false.
            StoreLocked: another process has it open.
            StoreUnreadable: not a database of ours, damaged, newer, or shorter than its journal.
        """
        if not path.exists():
            if not create:
                raise StoreMissing(path=path)
            _make_folder(path.parent)
            _set_aside(path.with_name(path.name + ".journal"))
        connection = _connect(path)
        try:
            _migrate(connection, path)
            store = cls(path, connection)
            store._compare_journal()
        except BaseException:
            connection.close()
            raise
        return store

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the file whatever happened."""
        self.close()

    @property
    def revision(self) -> int:
        """Number of the last change: the same revision means the same facts, so it keys every cache."""
        return self._revision

    # reading -------------------------------------------------------------------------------------------------------

    def query(self, statement: str, **parameters: object) -> pl.DataFrame:
        """The answer of a SELECT written in this project, with bound parameters."""
        with self._connection.cursor() as cursor:
            frame: pl.DataFrame = cursor.sql(statement, params=parameters or None).pl()
            return frame

    def changes(self) -> pl.DataFrame:
        """Every change, oldest first, with `is_live`: false while a live later change undoes it."""
        rows = self.query("SELECT * FROM change ORDER BY change_id")
        dead = _undone(rows)
        return rows.with_columns(is_live=~pl.col("change_id").is_in(list(dead)))

    def facts(self, table: str, *, latest_by: str | None = None, known_on: date | None = None) -> pl.DataFrame:
        """Live facts of a table, by change.

        Args:
            table: one of FACTS.
            latest_by: keep only the last live row per value of this column.
            known_on: only what was known at the end of that day; None is everything.
        """
        if table not in FACTS:
            raise ValueError(table)
        changes = self.query("SELECT change_id, undoes FROM change WHERE $day IS NULL OR known_on <= $day", day=known_on)
        dead = sorted(_undone(changes))
        where = "WHERE NOT list_contains($dead, f.change_id)" if dead else ""
        known = "JOIN change c ON c.change_id = f.change_id AND c.known_on <= $day" if known_on else ""
        last = (
            f'QUALIFY row_number() OVER (PARTITION BY f."{latest_by}" ORDER BY f.change_id DESC, f.rowid DESC) = 1'
            if latest_by
            else ""
        )
        parameters: dict[str, object] = {} | ({"dead": dead} if dead else {}) | ({"day": known_on} if known_on else {})
        statement = f"SELECT f.* FROM {table} f {known} {where} {last} ORDER BY f.change_id, f.rowid"  # noqa: S608 -- names from code
        return self.query(statement, **parameters)

    # writing -------------------------------------------------------------------------------------------------------

    @contextmanager
    def change(
        self, action: str, author: Author, *, subject: str | None = None, detail: object = None, undoes: int | None = None
    ) -> Iterator[Change]:
        """One transaction: all the facts inserted in it, or none.

        The writer's lock is held, so what is read inside cannot change before the commit. Streamlit's rerun exceptions
        derive from BaseException and roll back too.
        """
        with self._writing, self._connection.cursor() as cursor:
            last_id, last_seal = self._last_change()
            change = Change(cursor, last_id + 1)
            cursor.begin()
            try:
                yield change
                row = (change.change_id, author.at, author.today, author.name, action, subject, _json(detail), undoes)
                seal = seal_of(last_seal, row)
                cursor.execute("INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [*row, seal])
                cursor.commit()
            except BaseException:
                cursor.rollback()
                raise
            cursor.execute("CHECKPOINT")
            self._append_journal(change.change_id, seal)
            self._revision = change.change_id

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock over a read and the change that depends on it."""
        with self._writing:
            yield

    def _last_change(self) -> tuple[int, str]:
        with self._connection.cursor() as cursor:
            rows = cursor.execute("SELECT change_id, seal FROM change ORDER BY change_id DESC LIMIT 1").fetchall()
        return (int(rows[0][0]), str(rows[0][1])) if rows else (0, "")

    # the journal ---------------------------------------------------------------------------------------------------

    @property
    def journal(self) -> Path:
        """The file beside the database that says which changes were committed."""
        return self.path.with_name(self.path.name + ".journal")

    def _append_journal(self, change_id: int, seal: str) -> None:
        with self.journal.open("a", encoding="ascii") as file:
            file.write(f"{change_id} {seal}\n")
            file.flush()
            os.fsync(file.fileno())

    def _compare_journal(self) -> None:
        """Refuse a database that has lost changes; complete a journal that a crash left one line short."""
        lines = self.journal.read_text("ascii").split("\n") if self.journal.exists() else []
        said = [line.split() for line in lines if re.fullmatch(r"\d+ [0-9a-f]{64}", line)]
        last = int(said[-1][0]) if said else 0
        if last > self._revision:
            raise StoreUnreadable(
                "journal_ahead",
                "The database {path} has lost its last {count} operations (its write-ahead log is missing or cut). "
                "Restore a backup, or import the files again into a new database.",
                path=self.path,
                count=last - self._revision,
            )
        seals = self.query("SELECT change_id, seal FROM change ORDER BY change_id")
        for change_id, seal in seals.filter(pl.col("change_id") > last).iter_rows():
            self._append_journal(change_id, seal)


def seal_of(previous: str, row: tuple[object, ...]) -> str:
    """The chained SHA-256 of a change: altering any earlier one breaks all the later seals."""
    return sha256((previous + "|" + "|".join(str(value) for value in row)).encode()).hexdigest()


def _json(detail: object) -> str | None:
    return None if detail is None else json.dumps(detail, ensure_ascii=False, default=str, sort_keys=True)


def _undone(changes: pl.DataFrame) -> set[int]:
    """Changes that a live later change takes back; undoing an undo brings its target back to life."""
    dead: set[int] = set()
    undoing = changes.drop_nulls("undoes").sort("change_id", descending=True)
    for change_id, undoes in undoing.select("change_id", "undoes").iter_rows():
        if change_id not in dead:
            dead.add(undoes)
    return dead


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Refused("bad_place", "The folder {path} cannot be created: choose another place with --db.", path=folder) from error


def _set_aside(journal: Path) -> None:
    """Keep the journal of a database that somebody removed, under another name: it says nothing of the new one."""
    if journal.exists():
        journal.replace(journal.with_name(journal.name + ".old"))


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    is_new = not path.exists()
    try:
        connection = duckdb.connect(str(path), config=_CONFIG)
        if is_new:
            path.chmod(0o600)
    except duckdb.Error as error:
        raise _open_error(path, str(error)) from error
    except OSError as error:
        raise _open_error(path, str(error)) from error
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _open_error(path: Path, message: str) -> Exception:
    if match := re.search(r"lock on file.*?\(PID (\d+)\)", message, re.DOTALL):
        return StoreLocked(path=path, pid=match[1])
    if "lock on file" in message:
        return StoreLocked(path=path, pid="?")
    if "newer version" in message or "version number" in message:
        return StoreUnreadable("newer_database", "The database {path} was written by a newer version: update Encours.", path=path)
    if path.is_dir() or "Permission denied" in message or "Cannot open file" in message:
        return StoreUnreadable("bad_place", "The file {path} cannot be opened: check its place and your rights.", path=path)
    return StoreUnreadable("not_a_database", "The file {path} is not an Encours database, or it is damaged.", path=path)


def _migrate(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Bring the tables to SCHEMA_VERSION, one numbered script at a time, each in a transaction and then on disk."""
    with connection.cursor() as cursor:
        try:
            tables = {name for (name,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
            if tables and "schema_version" not in tables:
                raise StoreUnreadable(
                    "not_a_database", "The file {path} is not an Encours database, or it is damaged.", path=path
                )
            if not tables:
                cursor.execute("CREATE TABLE schema_version (version BIGINT NOT NULL)")
            version = cursor.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchall()[0][0]
            if version > SCHEMA_VERSION:
                raise StoreUnreadable(
                    "newer_database", "The database {path} was written by a newer version: update Encours.", path=path
                )
            for script in sorted(SQL_DIR.glob("[0-9]*.sql"))[version:]:
                cursor.begin()
                cursor.execute(script.read_text("utf-8"))
                cursor.execute("INSERT INTO schema_version VALUES (?)", [int(script.name[:4])])
                cursor.commit()
                cursor.execute("CHECKPOINT")
        except duckdb.Error as error:
            raise _open_error(path, str(error)) from error
