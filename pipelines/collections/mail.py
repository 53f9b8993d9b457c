"""Drafts as files: a text for each, and a message that the person's own mail program opens unsent.

A held draft gets a text file only, marked in its name; a draft without text (held for a dispute, a promise or a pause)
gets none. Files that an earlier run of the same day left in the folder, and that are not due any more, are removed: a
client who has paid since must not be reminded by a stale file.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from models.errors import AppError
from models.settings import Settings
from pipelines.collections.address import is_address
from pipelines.collections.drafts import Draft
from pipelines.collections.fields import one_line
from pipelines.collections.holds import folded_text

_LONGEST_SUBJECT = 200
_LONGEST_SLUG = 40
_MORNING = time(9, 0, tzinfo=UTC)
_HELD = {"fr": "retenu", "en": "held"}


class FolderNotWritable(AppError):
    """The folder for the drafts cannot be made or written."""

    code = "folder_not_writable"
    template = "The drafts cannot be written to {path}: choose another folder."


def eml_bytes(draft: Draft, settings: Settings, *, to: str | None, date: date) -> bytes:
    """The draft as an unsent message: the same draft gives the same bytes.

    `to` is left out unless it is exactly one address; there is never a Cc or Bcc. The message is dated at nine in the
    morning of `date`, has no Message-ID (the program that sends it gives one) and no boundary.
    """
    message = EmailMessage(policy=SMTP)
    message["X-Unsent"] = "1"
    message["Subject"] = one_line(draft.subject)[:_LONGEST_SUBJECT]
    if is_address(settings.company_email):
        message["From"] = Address(one_line(settings.company_name), addr_spec=settings.company_email)
    if to is not None and is_address(to):
        message["To"] = Address(addr_spec=to)
    message["Date"] = format_datetime(datetime.combine(date, _MORNING))
    message.set_content(draft.body, subtype="plain", charset="utf-8", cte="quoted-printable")
    return message.as_bytes()


def file_stems(drafts: Sequence[Draft], *, date: date, language: str) -> list[str]:
    """A file name without suffix per draft: day, place in the list, step, client; ASCII, unique, safe on every system."""
    stems = []
    for place, draft in enumerate(drafts, start=1):
        slug = folded_text(draft.client).replace(" ", "-")[:_LONGEST_SLUG].strip("-") or "client"
        held = f"-{_HELD.get(language, 'held')}" if draft.held else ""
        stems.append(f"{date:%Y-%m-%d}-{place:03d}-{draft.step}-{slug}{held}")
    return stems


def write_drafts(drafts: Sequence[Draft], directory: Path, settings: Settings, *, date: date) -> list[list[str]]:
    """Write each draft's files into `directory`, made if needed; the paths as text, per draft, empty for one without text.

    Raises:
        FolderNotWritable: the folder cannot be made or written.
    """
    names: list[list[str]] = []
    contents: dict[str, bytes] = {}
    for draft, stem in zip(drafts, file_stems(drafts, date=date, language=settings.language), strict=True):
        files: list[str] = []
        if draft.body:
            files.append(f"{stem}.txt")
            contents[files[0]] = f"{draft.subject}\n\n{draft.body}".encode()
        if draft.body and draft.channel == "email" and draft.held is None:
            files.append(f"{stem}.eml")
            contents[files[1]] = eml_bytes(draft, settings, to=draft.email, date=date)
        names.append(files)
    try:
        _write(directory, contents, date)
    except OSError as error:
        raise FolderNotWritable(path=str(directory)) from error
    return [[str(directory / name) for name in files] for files in names]


def _write(directory: Path, contents: dict[str, bytes], day: date) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    ours = re.compile(rf"{day:%Y-%m-%d}-\d{{3,}}-[A-Z][A-Z0-9]*-[a-z0-9-]+\.(txt|eml)")
    for path in sorted(directory.iterdir()):
        if path.is_file() and ours.fullmatch(path.name) and path.name not in contents:
            path.unlink()
    for name, content in contents.items():
        (directory / name).write_bytes(content)
