"""The store: one DuckDB file per company. Facts are added, each in a change; this is the only duckdb import.

One connection per file and process, a cursor per use, one writer at a time. Every write is one transaction that ends
with a checkpoint and a line in the journal beside the file, so that a lost or cut write-ahead log cannot go unseen.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import polars as pl

from models.copying import copy_database, copying_folder, keep_before_update
from models.errors import StoreMissing
from models.facts import FACTS, RECORDS, digest, live_facts, row_texts, seal_of, undone
from models.journal import Journal, refuse_lost
from models.migrations import migrate
from models.opening import HARDENED, full_disk_told, make_folder, open_error


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
        self._tables: set[str] = set()
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
            statement = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM incoming_rows"
            self._cursor.execute(statement)
        finally:
            self._cursor.unregister("incoming_rows")
        self._tables.add(table)
        return rows.height

    @property
    def is_record(self) -> bool:
        """It only keeps what was forecast: no figure follows from it."""
        return bool(self._tables) and self._tables <= RECORDS

    def digest(self) -> str:
        """The digest of what was inserted, read back as it is stored."""
        frames = {
            table: self._cursor.sql(f"SELECT * FROM {table} WHERE change_id = $id", params={"id": self.change_id}).pl()
            for table in self._tables
        }
        return digest({table: row_texts(frame) for table, frame in frames.items()})


class Store:
    """A company's database. Use as a context manager, or close it."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        """Wrap an open connection; use `Store.open`."""
        self.path = path
        self.journal = Journal(path)
        self._connection = connection
        self._writing, self._copying = threading.RLock(), threading.Lock()
        self._reading = threading.local()
        self._revision = self._last_change()[0]

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Self:
        """Open the database, hardened, and migrate it to this version's tables.

        Raises:
            StoreMissing: there is no file and `create` is false.
            StoreLocked: another process has it open.
            StoreUnreadable: not a database of ours, damaged, newer, or shorter than its journal; the file is left as it is.
        """
        if not path.exists() or (path.is_file() and not path.stat().st_size):
            if not create:
                raise StoreMissing(path=path)
            make_folder(path.parent)
            Journal(path).set_aside()
        elif path.with_name(path.name + ".wal").exists():
            _read_before_recovery(path)
        connection = _connect(path)
        try:
            with connection.cursor() as cursor:
                migrate(cursor, path, keep=keep_before_update)
            store = cls(path, connection)
            store._compare_journal()
        except duckdb.Error as error:
            connection.close()
            raise open_error(path, str(error)) from error
        except BaseException:
            connection.close()
            raise
        return store

    def close(self) -> None:
        """Release the file, once a copy that another thread makes of it is whole."""
        with self._copying:
            self._connection.close()

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the file whatever happened."""
        self.close()

    @property
    def revision(self) -> int:
        """Number of the last change that a figure depends on: the same revision, the same figures, so it keys every cache."""
        return self._revision

    def query(self, statement: str, **parameters: object) -> pl.DataFrame:
        """The answer of a SELECT written in this project, with bound parameters."""
        snapshot: duckdb.DuckDBPyConnection | None = getattr(self._reading, "cursor", None)
        with nullcontext(snapshot) if snapshot else self._connection.cursor() as cursor:
            frame: pl.DataFrame = cursor.sql(statement, params=parameters or None).pl()
            return frame

    @contextmanager
    def snapshot(self) -> Iterator[int]:
        """Let this thread's queries see one revision, which it gives, whatever other threads commit meanwhile."""
        if getattr(self._reading, "cursor", None) is not None:
            raise RuntimeError("This thread reads in a snapshot already.")
        with self._connection.cursor() as cursor:
            cursor.begin()
            self._reading.cursor, self._reading.dead = cursor, {}
            try:
                yield int(cursor.execute("SELECT coalesce(max(change_id), 0) FROM change").fetchall()[0][0])
            finally:
                self._reading.cursor = self._reading.dead = None
                cursor.rollback()

    def changes(self) -> pl.DataFrame:
        """Every change, oldest first, with `is_live`: false while a live later change undoes it."""
        rows = self.query("SELECT * FROM change ORDER BY change_id")
        dead = undone(rows)
        return rows.with_columns(is_live=~pl.col("change_id").is_in(list(dead)))

    def facts(
        self, table: str, *, latest_by: str | None = None, known_on: date | None = None, last_change: int | None = None
    ) -> pl.DataFrame:
        """Live facts of a table, by change.

        Args:
            table: one of FACTS.
            latest_by: keep only the last live row per value of this column.
            known_on: only what was known at the end of that day; None is everything.
            last_change: only what the changes up to this one say.
        """
        if table not in FACTS:
            raise ValueError(table)
        bounds = {"known_on": known_on, "change_id": last_change}
        asked: dict[str, object] = {name: bound for name, bound in bounds.items() if bound is not None}
        limits = " AND ".join(f"{name} <= ${name}" for name in asked) or "true"
        dead = self._dead(limits, asked)
        statement = live_facts(table, latest_by=latest_by, bounds=limits if asked else None, has_dead=bool(dead))
        return self.query(statement, **asked, **({"dead": dead} if dead else {}))

    def _dead(self, limits: str, asked: dict[str, object]) -> list[int]:
        """The changes that were taken back, within these limits; a snapshot asks once for all its tables."""
        seen: dict[str, list[int]] | None = getattr(self._reading, "dead", None)
        key = repr(asked)
        if seen is not None and key in seen:
            return seen[key]
        undoing = self.query(f"SELECT change_id, undoes FROM change WHERE undoes IS NOT NULL AND {limits}", **asked)
        dead = sorted(undone(undoing)) if undoing.height else []
        if seen is not None:
            seen[key] = dead
        return dead

    @contextmanager
    def change(
        self, action: str, author: Author, *, subject: str | None = None, detail: object = None, undoes: int | None = None
    ) -> Iterator[Change]:
        """One transaction: all the facts inserted in it, or none.

        The writer's lock is held, so what is read inside cannot change before the commit. Streamlit's rerun exceptions
        derive from BaseException and roll back too.
        """
        with self._writing, full_disk_told(self.path), self._connection.cursor() as cursor:
            last_id, last_seal = self._last_change()
            change = Change(cursor, last_id + 1)
            cursor.begin()
            try:
                yield change
                row = (change.change_id, author.at, author.today, author.name, action, subject, _json(detail), undoes)
                seal = seal_of(last_seal, row, change.digest())
                cursor.execute("INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [*row, seal])
                cursor.commit()
            except BaseException:
                with suppress(duckdb.Error):  # a full disk has ended the transaction
                    cursor.rollback()
                raise
            if not change.is_record:
                self._revision = change.change_id
            # Committed: a checkpoint that readers hold up is made up for by the next one, and the log keeps the change.
            with suppress(duckdb.Error):
                cursor.execute("CHECKPOINT")
            self.journal.append(change.change_id, seal)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock over a read and the change that depends on it."""
        with self._writing:
            yield

    def copy(self, room: Path) -> Path:
        """A consistent copy of the file, its journal beside it, in a room of `copy_room`; others may write meanwhile.

        Raises:
            Refused: the disk is full.
        """
        with self._copying, self._connection.cursor() as cursor:
            try:
                return copy_database(cursor, self.path, room)
            except duckdb.Error as error:
                raise open_error(self.path, str(error)) from error

    def _last_change(self) -> tuple[int, str]:
        with self._connection.cursor() as cursor:
            rows = cursor.execute("SELECT change_id, seal FROM change ORDER BY change_id DESC LIMIT 1").fetchall()
        return (int(rows[0][0]), str(rows[0][1])) if rows else (0, "")

    def _compare_journal(self) -> None:
        """Refuse a database that has lost changes; complete a journal that a crash left short; leave another database's."""
        seals = dict(self.query("SELECT change_id, seal FROM change ORDER BY change_id").iter_rows())
        said = self.journal.entries()
        if any(seals.get(change_id, seal) != seal for change_id, seal in said.items()):
            self.journal.set_aside()
            said = {}
        refuse_lost(self.path, self._revision, max(said, default=0))
        if missing := {change_id: seal for change_id, seal in seals.items() if change_id not in said}:
            self.journal.extend(missing)


def _json(detail: object) -> str | None:
    return None if detail is None else json.dumps(detail, ensure_ascii=False, default=str, sort_keys=True)


def _read_before_recovery(path: Path) -> None:
    """Compare with the journal before the write-ahead log, perhaps cut, is written into the database for good."""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            seals = dict(connection.execute("SELECT change_id, seal FROM change").fetchall())
    except duckdb.ConnectionException:
        return  # this very process has it open
    except duckdb.CatalogException:
        return  # interrupted while its tables were made
    except duckdb.Error as error:
        raise open_error(path, str(error)) from error
    said = Journal(path).entries()
    if all(seals.get(change_id, seal) == seal for change_id, seal in said.items()):
        refuse_lost(path, max(seals, default=0), max(said, default=0))


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    is_new = not path.exists()
    try:
        connection = duckdb.connect(str(path), config=HARDENED)
        if is_new:
            path.chmod(0o600)
    except (duckdb.Error, OSError) as error:
        raise open_error(path, str(error)) from error
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET allowed_directories = [$1]", [str(copying_folder(path))])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection
