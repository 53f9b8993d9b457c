"""ZIP archives of files that one person drops at once: checked from their directory, then each member read by its own reader.

Nothing is unpacked to the disk, and nothing in memory before the directory says that it is small enough to be.
"""

import io
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from models.errors import UnreadableFile
from models.rows import QUARANTINE_ROWS
from models.tables import empty
from pipelines.backups.archive import looks_like_one
from pipelines.ingest.einvoices import facturx
from pipelines.ingest.members import Member, merged
from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.profiles import is_per_line
from pipelines.ingest.reading import read_parts
from pipelines.ingest.recognise import format_of
from pipelines.ingest.refusals import refuse

MAX_MEMBERS = 1000
MAX_UNPACKED = 200_000_000
_MAX_RATIO = 200  # text packs 50 to 1 at best; a file of zeros 1,000 to 1
_SMALL = 10_000_000  # below that, no ratio does harm
_MAX_DIRECTORY = 4_000_000
_END = b"PK\x05\x06"
_END_LENGTH = 22
_LONGEST_COMMENT = 65_535
_ENCRYPTED = 0x1
_ARCHIVES = {".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz"}
_LITTER = {".ds_store", "thumbs.db", "desktop.ini"}
_SHOWN = 5


def read(source: Source) -> Parts:
    """What all files of the archive say together; those of one archive are of one kind.

    Raises:
        UnreadableFile: what `open_checked` refuses, an archive in the archive, several kinds, a backup, or nothing readable.
    """
    if looks_like_one(source.content):
        raise refuse("archive_is_backup", name=source.name)
    members = list(_read_members(source))
    if not any(member.parts for member in members):
        why = ", ".join(member.name for member in members[:_SHOWN])
        raise refuse("archive_nothing_read", name=source.name, seen=why or "–")
    return merged(members, source.name)


def documents_in(content: bytes, name: str) -> list[tuple[str, bytes]]:
    """Name and bytes of each file of an archive that `read` refuses to take whole, by name: ledgers come the oldest first.

    Raises:
        UnreadableFile: what `open_checked` refuses.
    """
    with open_checked(content, name) as archive:
        entries = sorted(filter(_is_document, archive.infolist()), key=lambda entry: entry.filename)
        return [(entry.filename, unpacked(archive, entry, name)) for entry in entries]


def open_checked(content: bytes, name: str) -> zipfile.ZipFile:
    """The archive (or workbook), once its directory says that it may be unpacked.

    Raises:
        UnreadableFile: archive_broken, archive_too_many, archive_too_large, archive_trap or is_encrypted.
    """
    _check_end(content, name)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise refuse("archive_broken", name=name) from None
    entries = archive.infolist()
    if len(entries) > MAX_MEMBERS:
        raise refuse("archive_too_many", name=name, count=len(entries), limit=MAX_MEMBERS)
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise refuse("archive_too_large", name=name, limit=MAX_UNPACKED // 1_000_000)
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            raise refuse("is_encrypted", name=name)
        if _is_trap(entry):
            raise refuse("archive_trap", name=name, member=entry.filename[:100])
    return archive


def unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    """The bytes of a member; never more than the directory announced.

    Raises:
        UnreadableFile: archive_broken.
    """
    try:
        return archive.read(entry)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, ValueError, OSError, EOFError):
        raise refuse("archive_broken", name=name) from None
    except Exception as error:  # zlib, bz2 and lzma each have an error of their own
        if type(error).__module__ in {"zlib", "_lzma", "lzma"}:
            raise refuse("archive_broken", name=name) from None
        raise


def _check_end(content: bytes, name: str) -> None:
    """Stop at a directory that would itself take too long to read."""
    at = content.rfind(_END, max(0, len(content) - _END_LENGTH - _LONGEST_COMMENT))
    end = content[at : at + _END_LENGTH]
    if at < 0 or len(end) < _END_LENGTH:
        raise refuse("archive_broken", name=name)
    count, size = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    if count > MAX_MEMBERS or size > _MAX_DIRECTORY:
        raise refuse("archive_too_many", name=name, count=count, limit=MAX_MEMBERS)


def _is_trap(entry: zipfile.ZipInfo) -> bool:
    """Packed as no ordinary file is, or named so as to land outside the folder where it is unpacked."""
    if entry.file_size > _SMALL and entry.file_size > _MAX_RATIO * max(entry.compress_size, 1):
        return True
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or entry.filename[1:2] == ":" or "\x00" in entry.orig_filename


def _read_members(source: Source) -> Iterator[Member]:
    """Each member with what it says, or the code of why it cannot be read.

    Raises:
        UnreadableFile: archive_nested, or what `open_checked` refuses.
    """
    with open_checked(source.content, source.name) as archive:
        entries = {place: entry for place, entry in enumerate(archive.infolist()) if _is_document(entry)}
        pdfs: dict[int, dict[str, Any]] | None = None
        for done, (place, entry) in enumerate(entries.items(), start=1):
            if PurePosixPath(entry.filename).suffix.lower() in _ARCHIVES:
                raise refuse("archive_nested", name=source.name, member=entry.filename)
            content = unpacked(archive, entry, source.name)
            # A member has no rows to tell of on the way: the archive counts its members.
            member = replace(source, content=content, name=entry.filename, progress=None)
            if content[:1024].lstrip().startswith(b"%PDF") and pdfs is None:
                pdfs = facturx.find_in_archive(source.content, source.name, len(entries))
            yield _read_member(member, pdfs.get(place) if pdfs else None, source.name)
            if source.progress is not None:
                source.progress(done, len(entries))


def _is_document(entry: zipfile.ZipInfo) -> bool:
    """A plain file that is none of those that operating systems add."""
    if entry.is_dir() or stat.S_ISLNK(entry.external_attr >> 16):
        return False
    path = PurePosixPath(entry.filename)
    return "__MACOSX" not in path.parts and path.name.lower() not in _LITTER


def _read_member(member: Source, pdf: dict[str, Any] | None, name: str) -> Member:
    try:
        if format_of(member.content, member.name) == "archive":
            raise refuse("archive_nested", name=name, member=member.name)
        parts = facturx.read_found(pdf, member) if pdf else read_parts(member)
        if is_per_line(parts.profile, member.profiles):  # nothing of the whole would say that its rows are lines
            parts = replace(parts, quarantine=empty(QUARANTINE_ROWS))
        return Member(member.name, parts, None)
    except UnreadableFile as error:
        if error.code == "archive_nested":
            raise
        return Member(member.name, None, error.code)
