"""A backup file: one ZIP with a database, its journal, and a manifest that says what they are and gives their SHA-256.

It is read as a stranger's: three members of known names, never more of each than the manifest announces, nothing trusted
before its SHA-256 is found again.
"""

import json
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from shutil import disk_usage
from typing import IO, Any

from models.copying import COPY
from models.errors import Refused
from models.migrations import SCHEMA_VERSION
from models.opening import no_room
from pipelines.exports.zipped import EARLIEST

FORMAT, VERSION = "encours-backup", 1
MANIFEST, JOURNAL = "manifest.json", f"{COPY}.journal"
PARTS = (COPY, JOURNAL)
_LARGEST_MANIFEST, _LARGEST_JOURNAL = 65_536, 100_000_000
_LONGEST_DIRECTORY = 512
_CHUNK = 1 << 20
#: What a ZIP that is cut, flipped or made by hand can raise.
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, KeyError, OSError, OverflowError, RuntimeError,
    ValueError,
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Size and SHA-256 of a member."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself.

    Attributes:
        company: its name, as the settings have it.
        origin: the seal of the first change, which tells one company's database from another's; None: there is no change.
        last_change: the number of the last one.
        schema: the version of its tables.
        made_at: when, UTC.
        parts: its members by name.
    """

    company: str
    origin: str | None
    last_change: int
    schema: int
    made_at: str
    parts: Mapping[str, Part]


def part_of(file: Path) -> Part:
    """Size and SHA-256 of a file."""
    with file.open("rb") as content:
        return Part(file.stat().st_size, file_digest(content, "sha256").hexdigest())


def write_archive(copy: Path, manifest: Manifest, into: IO[bytes]) -> None:
    """Write the backup of a copy and of the journal beside it."""
    said = {"format": FORMAT, "version": VERSION, **asdict(manifest)}
    with zipfile.ZipFile(into, "w") as archive:
        with archive.open(_entry(MANIFEST), "w") as member:
            member.write(json.dumps(said, ensure_ascii=False, indent=2).encode())
        for name in PARTS:
            with copy.with_name(name).open("rb") as content, archive.open(_entry(name), "w", force_zip64=True) as member:
                while chunk := content.read(_CHUNK):
                    member.write(chunk)


def read_manifest(file: Path) -> Manifest:
    """What a file says of itself, if it is a backup that this version reads.

    Raises:
        Refused: not_a_backup, or newer_backup.
    """
    with _opened(file) as archive:
        return _manifest(archive, file)


def looks_like_one(content: bytes) -> bool:
    """Whether the directory at the end of a file is that of a backup."""
    return all(name.encode() in content[-_LONGEST_DIRECTORY:] for name in (MANIFEST, *PARTS))


def verify(file: Path) -> Manifest:
    """Read a backup to its end: every member has the size and SHA-256 that the manifest gives.

    Raises:
        Refused: it does not; or what `read_manifest` refuses.
    """
    with _opened(file) as archive:
        manifest = _manifest(archive, file)
        for name in PARTS:
            for _ in _chunks(archive, name, manifest.parts[name], file):
                pass
    return manifest


def unpack(file: Path, folder: Path) -> Path:
    """Put the database of a backup, and its journal, into a folder of one's own; the database's path there.

    Raises:
        Refused: what `verify` refuses, or the disk has no room for it.
    """
    with _opened(file) as archive:
        manifest = _manifest(archive, file)
        if sum(part.size for part in manifest.parts.values()) > disk_usage(folder).free:
            raise no_room(file)
        for name in PARTS:
            with new_file(folder / name) as target:
                for chunk in _chunks(archive, name, manifest.parts[name], file):
                    try:
                        target.write(chunk)
                    except OSError as error:
                        raise no_room(file) from error
    return folder / COPY


def new_file(path: Path) -> IO[bytes]:
    """A file for its owner alone, which was not there."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600), "wb")


def _entry(name: str) -> zipfile.ZipInfo:
    """A member; the same copy gives the same bytes."""
    entry = zipfile.ZipInfo(name, EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    """The ZIP; whatever is wrong with its bytes is said in one sentence."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            is_ours = all(entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries)
            if sorted(entry.filename for entry in entries) != sorted((MANIFEST, *PARTS)) or not is_ours:
                raise not_a_backup(file)
            yield archive
    except _BROKEN as error:
        raise not_a_backup(file) from error


def _manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    if archive.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
        raise not_a_backup(file)
    said = json.loads(archive.read(MANIFEST))
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise not_a_backup(file)
    version, schema = said.get("version"), said.get("schema")
    if not isinstance(version, int) or not isinstance(schema, int):
        raise not_a_backup(file)
    if version > VERSION or schema > SCHEMA_VERSION:
        raise Refused("newer_backup", "The backup {path} was made by a newer version: update Encours.", path=file)
    parts = {name: _part(said.get("parts"), name, file) for name in PARTS}
    if parts[JOURNAL].size > _LARGEST_JOURNAL:
        raise not_a_backup(file)
    origin, last = said.get("origin"), said.get("last_change")
    if not isinstance(last, int) or not (origin is None or isinstance(origin, str)):
        raise not_a_backup(file)
    return Manifest(str(said.get("company") or ""), origin, last, schema, str(said.get("made_at")), parts)


def _part(parts: Any, name: str, file: Path) -> Part:  # noqa: ANN401 -- whatever the JSON holds
    found = parts.get(name) if isinstance(parts, dict) else None
    size, digest = (found.get("size"), found.get("sha256")) if isinstance(found, dict) else (None, None)
    if not isinstance(size, int) or not isinstance(digest, str) or size < 0:
        raise not_a_backup(file)
    return Part(size, digest)


def _chunks(archive: zipfile.ZipFile, name: str, part: Part, file: Path) -> Iterator[bytes]:
    """The bytes of a member; the last ones come once all of them are what the manifest gives.

    Raises:
        Refused: they are not.
    """
    if archive.getinfo(name).file_size != part.size:
        raise damaged(file)
    digest, size = sha256(), 0
    with archive.open(name) as member:
        try:
            while chunk := member.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                yield chunk
        except _BROKEN as error:
            raise damaged(file) from error
    if (size, digest.hexdigest()) != (part.size, part.sha256):
        raise damaged(file)


def not_a_backup(file: Path) -> Refused:
    """Something else, or so cut that nothing tells."""
    return Refused("not_a_backup", "The file {path} is not a backup of Encours, or it is damaged.", path=file)


def damaged(file: Path) -> Refused:
    """A backup that is not what it says."""
    return Refused("backup_damaged", "The backup {path} is damaged: take another one.", path=file)
