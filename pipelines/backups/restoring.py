"""Backups are put back here: checked first, in the place of the database, which is kept aside.

A database and its journal are two files, and no system replaces two at once. So the journal goes first: whichever database
is found without one is whole, and its journal is made again from it when it is opened.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from models.copying import copy_room
from models.errors import Refused, StoreUnreadable
from models.journal import Journal
from models.opening import make_folder, no_room
from models.store import Store
from pipelines.backups.archive import Manifest, damaged, part_of, read_manifest, unpack
from pipelines.backups.taking import is_link
from pipelines.check import Violation, run_check


@dataclass(frozen=True)
class Restored:
    """A backup that was put back.

    Attributes:
        file: the backup.
        sha256: of it.
        kept_as: where the database that was there is now; None: there was none.
        violations: what `encours check` says of the database.
    """

    file: Path
    sha256: str
    kept_as: Path | None
    violations: list[Violation]


def run_restore(file: Path, path: Path, *, day: date, force: bool = False) -> Restored:
    """Put a backup in the place of the database at `path`, which is kept under the name of that day.

    Raises:
        StoreLocked: a program has the database open.
        Refused: the file is no sound backup, or a newer version's; another company's database is there, unless `force`; the
            place is a link, cannot be written, or is full. Nothing was changed.
    """
    if path.is_symlink():
        raise is_link(path)
    manifest = read_manifest(file)
    make_folder(path.parent)
    with copy_room(path) as room, _held(path, manifest, force=force) as is_sound:
        copy = unpack(file, room)
        violations = _look_at(copy, manifest, file)
        try:
            kept = _put_aside(path, day)
            _put(copy, path, kept, is_sound=is_sound)
        except OSError as error:
            raise Refused("not_writable", "The file {path} cannot be written: choose another place.", path=path) from error
    return Restored(file, part_of(file).sha256, kept, violations)


def _look_at(copy: Path, manifest: Manifest, file: Path) -> list[Violation]:
    """Open what the backup held, give it this version's tables, and check all of it.

    Raises:
        Refused: it cannot be opened, or is not what the manifest and the journal say.
    """
    said = Journal(copy).entries()
    try:
        with Store.open(copy) as store:
            seals = dict(store.query("SELECT change_id, seal FROM change ORDER BY change_id").iter_rows())
            violations = run_check(store)
    except Refused:
        raise
    except Exception as error:  # cut, or tables of another shape under seals that fit: made by hand
        raise damaged(file) from error
    if seals != said or (seals.get(1), max(seals, default=0)) != (manifest.origin, manifest.last_change):
        raise damaged(file)
    return violations


@contextmanager
def _held(path: Path, manifest: Manifest, *, force: bool) -> Iterator[bool]:
    """Keep other programs away from the database while it is replaced; whether it is sound.

    Raises:
        StoreLocked: one has it open.
        Refused: it is another company's.
    """
    if not path.exists() or (path.is_file() and not path.stat().st_size):
        yield False
        return
    try:
        Store.open(path).close()  # what the write-ahead log holds is in the file then
        store = Store.open(path)
    except StoreUnreadable as error:
        if error.code == "bad_place":
            raise
        yield False
        return
    with store:
        first = store.query("SELECT seal FROM change ORDER BY change_id LIMIT 1")["seal"].to_list()
        if first and first[0] != manifest.origin and not force:
            raise Refused(
                "other_company_database",
                "{path} is the database of another company: choose another place with --db, or add --force to replace it.",
                path=path,
            )
        if os.name == "nt":  # an open file cannot be replaced there
            store.close()
        yield not _wal(path).exists()


def _put_aside(path: Path, day: date) -> Path | None:
    """Give the database and its journal a second name, under which they stay; None if there is none."""
    if not path.exists() or not path.stat().st_size:
        return None
    kept = _free(path, day)
    for old, new in ((path, kept), (Journal(path).path, Journal(kept).path)):
        if old.exists():
            _link(old, new)
    return kept


def _put(copy: Path, path: Path, kept: Path | None, *, is_sound: bool) -> None:
    """Put the copy in the database's place. Killed at any step, the one or the other is there, whole.

    A damaged database is not: there the journal stays to the last, so that what is lost of it is not lost unseen.
    """
    journal = Journal(path)
    if kept is None:
        journal.set_aside()
    elif is_sound:
        journal.path.unlink(missing_ok=True)
    if _wal(path).exists():
        _wal(path).replace(_wal(kept or path.with_name(f"{path.name}.old")))
    copy.replace(path)
    if kept is not None and not is_sound:
        journal.path.unlink(missing_ok=True)
    _sync(path.parent)


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def _free(path: Path, day: date) -> Path:
    """The name of what is kept: nothing has it yet."""
    name, count = f"{path.name}.avant-restauration-{day:%Y-%m-%d}", 1
    kept = path.with_name(name)
    while kept.exists():
        count += 1
        kept = path.with_name(f"{name}-{count}")
    return kept


def _link(old: Path, new: Path) -> None:
    """A second name for a file; where the disk knows no second names, a copy."""
    try:
        os.link(old, new)
    except OSError:
        try:
            shutil.copy2(old, new)
        except OSError as error:
            new.unlink(missing_ok=True)
            raise no_room(new) from error


def _sync(folder: Path) -> None:
    """Write the names of a folder through to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
