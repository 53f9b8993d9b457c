"""Where a database may stand, and why one cannot be opened, in a sentence."""

import re
from pathlib import Path

from models.errors import AppError, Refused, StoreLocked, StoreUnreadable


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
    if "newer version" in message or "version number" in message:
        return newer(path)
    if path.is_dir() or "Permission denied" in message or "Cannot open file" in message:
        return StoreUnreadable("bad_place", "The file {path} cannot be opened: check its place and your rights.", path=path)
    return not_ours(path)


def newer(path: Path) -> StoreUnreadable:
    """Another version's tables."""
    return StoreUnreadable("newer_database", "The database {path} was written by a newer version: update Encours.", path=path)


def not_ours(path: Path) -> StoreUnreadable:
    """Something else than a sound database of ours."""
    return StoreUnreadable("not_a_database", "The file {path} is not an Encours database, or it is damaged.", path=path)
