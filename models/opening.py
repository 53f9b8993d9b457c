"""Where a database may stand, and why one cannot be opened, in a sentence."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import AppError, Refused, StoreLocked, StoreUnreadable

#: What every open database refuses itself.
HARDENED: dict[str, str | int | float | list[str]] = {
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


def make_folder(folder: Path) -> None:
    """Make the folder of a new database, for its owner alone."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Refused("bad_place", "The folder {path} cannot be created: choose another place with --db.", path=folder) from error


def open_error(path: Path, message: str) -> AppError:
    """What DuckDB's message means for the person who opens `path`."""
    if match := re.search(r"lock on file.*?\(PID (\d+)\)", message, re.DOTALL):
        return StoreLocked(path=path, pid=match[1])
    if "lock on file" in message:
        return StoreLocked(path=path, pid="?")
    if "No space left" in message or "max_temp_directory_size" in message:
        return no_room(path)
    if "newer version" in message or "version number" in message:
        return newer(path)
    if path.is_dir() or "Permission denied" in message or "Cannot open file" in message:
        return StoreUnreadable("bad_place", "The file {path} cannot be opened: check its place and your rights.", path=path)
    return not_ours(path)


def no_room(path: Path) -> Refused:
    """A disk that is full."""
    return Refused("no_room", "There is not enough room on the disk for {path}: free some, then try again.", path=path)


@contextmanager
def full_disk_told(path: Path) -> Iterator[None]:
    """Say of a change that the disk has no room for it; the database has taken it back by itself."""
    try:
        yield
    except Exception as error:
        if any("No space left" in str(cause) for cause in _causes(error) if not isinstance(cause, OSError)):
            raise no_room(path) from error
        raise


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it came in the way of."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def newer(path: Path) -> StoreUnreadable:
    """Another version's tables."""
    return StoreUnreadable("newer_database", "The database {path} was written by a newer version: update Encours.", path=path)


def not_ours(path: Path) -> StoreUnreadable:
    """Something else than a sound database of ours."""
    return StoreUnreadable("not_a_database", "The file {path} is not an Encours database, or it is damaged.", path=path)
