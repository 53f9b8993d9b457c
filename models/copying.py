"""Consistent copies of an open database, each made in a private room beside it that is emptied once the copy is taken away.

The file itself is never copied while a program has it open: it would lack what the write-ahead log still holds.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from models.errors import Refused
from models.journal import Journal
from models.migrations import Cursor

#: A room whose maker was killed is cleared by the next one, once nothing has changed in it for so long.
_FORGOTTEN_SECONDS = 3600
_ATTEMPTS = 5
_HALF = "half.duckdb"
#: The name of a copy in its room, with its journal beside it.
COPY = "encours.duckdb"


def copying_folder(database: Path) -> Path:
    """The only folder in which an open database may write anything but its own files."""
    return database.absolute().with_name(f"{database.name}.copying")


def kept_before_update(database: Path) -> Path:
    """The place of the copy of a database as it was before a newer version gave it its tables: the last one.

    A copy that somebody has opened since, as an older version may, has a journal and is left to them.
    """
    name, count = f"{database.name}.avant-mise-a-jour", 1
    kept = database.with_name(name)
    while Journal(kept).path.exists():
        count += 1
        kept = database.with_name(f"{name}-{count}")
    return kept


@contextmanager
def copy_room(database: Path) -> Iterator[Path]:
    """An empty folder for one copy, its maker's alone; it is gone at the end.

    Raises:
        Refused: none can be made there, or what has its name is not ours.
    """
    folder = copying_folder(database)
    try:
        room = _new_room(folder)
    except OSError as error:
        raise not_copied(folder) from error
    try:
        if not is_private(folder):
            raise not_copied(folder)
        _clear_forgotten(room)
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
        with suppress(OSError):  # another copy is being made
            folder.rmdir()


def not_copied(folder: Path) -> Refused:
    """A folder that cannot be used for copies."""
    return Refused("no_copy_here", "No copy can be made in {path}: check your rights on its folder.", path=folder)


def is_private(folder: Path) -> bool:
    """Whether it is a folder, no link, and where the system tells: this user's, closed to others."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    if not folder.is_dir() or folder.is_symlink():
        return False
    return os.name != "posix" or (found.st_uid == os.getuid() and not found.st_mode & 0o077)


def copy_database(cursor: Cursor, database: Path, room: Path) -> Path:
    """Copy the database of this cursor, as one revision, with its journal; the copy has its name once it is whole."""
    half, copy = room / _HALF, room / COPY
    name = str(cursor.execute("SELECT current_database()").fetchall()[0][0]).replace('"', '""')
    for left in (half, half.with_name(f"{_HALF}.wal")):  # by one who was killed
        left.unlink(missing_ok=True)
    place = str(half.absolute()).replace("'", "''")
    cursor.execute(f"ATTACH '{place}' AS being_copied")
    try:
        cursor.execute(f'COPY FROM DATABASE "{name}" TO being_copied')
        last = int(cursor.execute("SELECT coalesce(max(change_id), 0) FROM being_copied.change").fetchall()[0][0])
        cursor.execute("CHECKPOINT being_copied")
    finally:
        cursor.execute("DETACH being_copied")
    half.chmod(0o600)
    said = Journal(database).entries()
    Journal(copy).extend({change_id: seal for change_id, seal in sorted(said.items()) if change_id <= last})
    return half.replace(copy)


def keep_before_update(cursor: Cursor, database: Path) -> None:
    """Keep the database as it is, beside it, in the place of the copy from before the last update."""
    with copy_room(database) as room:
        copy_database(cursor, database, room).replace(kept_before_update(database))


def _new_room(folder: Path) -> Path:
    for attempt in range(_ATTEMPTS):
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            return Path(mkdtemp(dir=folder))
        except FileNotFoundError:  # the maker of another copy has just taken the empty folder away
            if attempt == _ATTEMPTS - 1:
                raise
    raise FileNotFoundError(folder)


def _clear_forgotten(room: Path) -> None:
    """Take away what killed makers left; the age of a room is told by the newest one."""
    now = room.stat().st_mtime
    for other in room.parent.iterdir():
        with suppress(OSError):
            if now - other.lstat().st_mtime > _FORGOTTEN_SECONDS:
                shutil.rmtree(other)
