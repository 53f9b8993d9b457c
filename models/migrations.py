"""The numbered scripts that bring a database's tables to this version."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from models.opening import newer, not_ours

SQL_DIR = Path(__file__).parent / "sql"
SCHEMA_VERSION = 8


class Cursor(Protocol):
    """What of a database's cursor a migration needs; the store alone knows whose it is."""

    def begin(self) -> object:
        """Open a transaction."""

    def commit(self) -> object:
        """Keep what was done in it."""

    def execute(self, statement: str, parameters: object = ..., /) -> "Cursor":
        """Run one statement, or a script without parameters."""

    def fetchall(self) -> list[Any]:
        """The rows of the last statement."""


def migrate(cursor: Cursor, path: Path, *, keep: Callable[[Cursor, Path], None]) -> None:
    """Bring the tables to SCHEMA_VERSION by the numbered scripts.

    A new database has them all or none. One with facts has them one at a time, each in a transaction and then on disk: a
    script may alter what the one before it filled. `keep` is called first, to keep what the older version can open.

    Raises:
        StoreUnreadable: the database at `path` is not ours, or a newer version's; nothing was changed.
    """
    tables = {name for (name,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if tables and "schema_version" not in tables:
        raise not_ours(path)
    scripts = sorted(SQL_DIR.glob("[0-9]*.sql"))
    if not tables:
        cursor.begin()
        cursor.execute("CREATE TABLE schema_version (version BIGINT NOT NULL)")
        for script in scripts:
            _run(cursor, script)
        _keep(cursor)
        return
    version = cursor.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchall()[0][0]
    if version > SCHEMA_VERSION:
        raise newer(path)
    if version < SCHEMA_VERSION:
        keep(cursor, path)
    for script in scripts[version:]:
        cursor.begin()
        _run(cursor, script)
        _keep(cursor)


def _run(cursor: Cursor, script: Path) -> None:
    cursor.execute(script.read_text("utf-8"))
    cursor.execute("INSERT INTO schema_version VALUES (?)", [int(script.name[:4])])


def _keep(cursor: Cursor) -> None:
    cursor.commit()
    cursor.execute("CHECKPOINT")
