"""Backups are taken here: a consistent copy, checked as at an opening, in one file that is whole or not there."""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from models.copying import copy_room
from models.errors import Refused, StoreLocked, StoreMissing
from models.migrations import SCHEMA_VERSION
from models.opening import no_room
from models.store import Store
from pipelines.backups.archive import PARTS, Manifest, new_file, part_of, read_manifest, verify, write_archive
from pipelines.backups.asking import ask
from pipelines.check import Violation, broken_seals
from pipelines.ledger import run_settings


@dataclass(frozen=True)
class Backup:
    """A backup that was taken.

    Attributes:
        sha256: of the file.
        violations: what was changed in the database since its seals were put; the copy has it as it is.
        language: the user's.
    """

    file: Path
    sha256: str
    violations: list[Violation]
    language: str


@dataclass(frozen=True)
class _Seen:
    """What an opening of the copy told."""

    manifest: Manifest
    violations: list[Violation]
    language: str


def run_backup(
    path: Path, target: Path, *, open_store: Callable[[], Store], made_at: datetime, force: bool = False
) -> Backup:  # fmt: skip
    """Back the database at `path` up, also while another program of ours has it open.

    Args:
        path: the database.
        target: the file; a backup of the same company there is replaced.
        open_store: opens the database, if it is free.
        made_at: now, UTC.
        force: whatever file is there may be replaced.

    Raises:
        StoreMissing: there is none.
        StoreLocked: a program has it open that makes no copies.
        Refused: the file is a link, a folder, another company's or no backup, cannot be written, or the disk is full.
    """
    if not path.is_file():
        raise StoreMissing(path=path)
    check_target(target, path)
    with copy_room(path) as room:

        def take() -> Path:
            with open_store() as store:
                return store.copy(room)

        try:
            copy = take()
        except StoreLocked as locked:
            copy = ask(path, room, locked, take)
        seen = _look_at(copy, made_at)
        if target.exists() and not force:
            _check_same_company(target, seen.manifest)
        sha256 = _put(copy, seen.manifest, target)
    return Backup(target, sha256, seen.violations, seen.language)


def backup_bytes(store: Store, *, made_at: datetime) -> bytes:
    """The backup of an open database, to be handed out.

    Raises:
        Refused: the disk is full.
    """
    with copy_room(store.path) as room:
        copy = store.copy(room)
        target = room / "backup.zip"
        _put(copy, _look_at(copy, made_at).manifest, target)
        return target.read_bytes()


def _look_at(copy: Path, made_at: datetime) -> _Seen:
    """Open a copy, which compares it with its journal, read every fact of it, and say what it is."""
    with Store.open(copy) as store:
        settings = run_settings(store)
        first = store.query("SELECT seal FROM change ORDER BY change_id LIMIT 1")["seal"].to_list()
        violations, last = broken_seals(store), store.query("SELECT coalesce(max(change_id), 0) AS last FROM change")["last"][0]
    copy.with_name(PARTS[1]).touch()  # nothing was ever changed: an empty journal says so
    parts = {name: part_of(copy.with_name(name)) for name in PARTS}
    origin = first[0] if first else None
    said = Manifest(settings.company_name, origin, last, SCHEMA_VERSION, f"{made_at:%Y-%m-%dT%H:%M:%SZ}", parts)
    return _Seen(said, violations, settings.language)


def check_target(target: Path, database: Path) -> None:
    """Refuse a place where no backup may be written, before anything is done.

    Raises:
        Refused: it is.
    """
    if target.is_symlink():
        raise is_link(target)
    if target.is_dir():
        raise Refused("is_folder", "{path} is a folder: give the files in it.", path=target)
    own = {f"{database.resolve()}{end}" for end in ("", ".wal", ".journal")}
    if str(target.resolve()) in own:
        raise Refused("own_file", "{path} is the database itself: choose another file for its backup.", path=target)
    if target.exists() and not target.is_file():
        raise _not_writable(target)


def is_link(path: Path) -> Refused:
    """A link, through which a file of another place would be written."""
    return Refused("is_link", "{path} is a link: give the place that it leads to.", path=path)


def _check_same_company(target: Path, manifest: Manifest) -> None:
    """Refuse to replace what is not an earlier backup of the same company."""
    try:
        is_same = read_manifest(target).origin == manifest.origin
    except Refused as error:
        if error.code != "not_a_backup":
            raise
        raise Refused(
            "not_overwritten",
            "{path} is there already and is no backup: choose another file, or add --force to replace it.",
            path=target,
        ) from error
    if not is_same:
        raise Refused(
            "other_company_backup",
            "{path} is the backup of another company: choose another file, or add --force to replace it.",
            path=target,
        )


def _put(copy: Path, manifest: Manifest, target: Path) -> str:
    """Write the backup beside its place, read it again, put it there; its SHA-256."""
    draft = target.with_name(f".{target.name}.part")
    try:
        draft.unlink(missing_ok=True)  # of one who was killed
        with new_file(draft) as file:
            write_archive(copy, manifest, file)
            file.flush()
            os.fsync(file.fileno())
        verify(draft)
        sha256 = part_of(draft).sha256
        draft.replace(target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise no_room(target) from error
        raise _not_writable(target) from error
    finally:
        with suppress(OSError):  # no draft could be made there
            draft.unlink(missing_ok=True)
    return sha256


def _not_writable(target: Path) -> Refused:
    return Refused("not_writable", "The file {path} cannot be written: choose another place.", path=target)
