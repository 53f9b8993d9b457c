"""Drafts as files: a text for each, and a message that the person's own mail program opens unsent.

A held draft gets a text file only, marked in its name; a draft without text (held for a dispute, a promise or a pause)
gets none. Files that an earlier run of the same day left in the folder, and that are not due any more, are removed: a
client who has paid since must not be reminded by a stale file.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from models.errors import AppError
from models.settings import Settings
from pipelines.collections.address import is_address
from pipelines.collections.drafts import Draft
from pipelines.collections.fields import one_line
from pipelines.collections.holds import folded_text
from pipelines.collections.html_page import html_page
from pipelines.collections.kept import draft_of
from pipelines.collections.paper import call_sheet_pdf, letter_pdf
from pipelines.collections.parts import body_parts
from pipelines.collections.qr import code_png, payment_code
from pipelines.collections.statement import statement_pdf
from pipelines.ledger import Ledger

_LONGEST_SUBJECT = 200
_LONGEST_SLUG = 40
_MORNING = time(9, 0, tzinfo=UTC)
_HELD = {"fr": "retenu", "en": "held"}
_STATEMENT = {"fr": "releve-de-compte", "en": "statement-of-account"}
_CODE_ID = "payment-code@encours"
#: Mail programs and browsers cut longer links.
_LONGEST_LINK = 2000


class FolderNotWritable(AppError):
    """The folder for the drafts cannot be made or written."""

    code = "folder_not_writable"
    template = "The drafts cannot be written to {path}: choose another folder."


def eml_bytes(
    draft: Draft,
    settings: Settings,
    *,
    to: str | None,
    date: date,
    statement: bytes | None = None,
    message_id: str | None = None,
) -> bytes:
    """The draft as a message: text, the same as HTML with the payment code, and the statement of account; reproducible.

    `to` is left out unless it is exactly one address; there is never a Cc or Bcc. The message is dated at nine in the
    morning of `date`. Without `message_id` it is a draft that the person's mail program opens unsent and names itself.
    """
    message = EmailMessage(policy=SMTP)
    if message_id is None:
        message["X-Unsent"] = "1"
    else:
        message["Message-ID"] = f"<{message_id}@{settings.company_email.rpartition('@')[2]}>"
    message["Subject"] = one_line(draft.subject)[:_LONGEST_SUBJECT]
    if is_address(settings.company_email):
        message["From"] = Address(one_line(settings.company_name), addr_spec=settings.company_email)
    if to is not None and is_address(to):
        message["To"] = Address(addr_spec=to)
    message["Date"] = format_datetime(datetime.combine(date, _MORNING))
    message.set_content(draft.body, subtype="plain", charset="utf-8", cte="quoted-printable")
    _add_page(message, draft, settings)
    if statement is not None:
        name = f"{_STATEMENT.get(draft.language, 'statement')}-{date:%Y-%m-%d}.pdf"
        message.add_attachment(statement, maintype="application", subtype="pdf", filename=name)
    for place, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_encours_{place}")  # neither encoding used can hold "=_"
    return message.as_bytes()


def _add_page(message: EmailMessage, draft: Draft, settings: Settings) -> None:
    """Add the HTML alternative, with the picture of the payment code if there is one."""
    code = payment_code(settings, draft.claim, draft.currency, draft.invoices)
    page = html_page(
        body_parts(draft, settings), language=draft.language, title=one_line(draft.subject), code=_CODE_ID if code else None
    )
    message.add_alternative(page, subtype="html", charset="utf-8", cte="quoted-printable")
    alternatives = message.get_payload()
    if code is not None and isinstance(alternatives, list) and isinstance(alternatives[1], EmailMessage):
        alternatives[1].add_related(code_png(code), maintype="image", subtype="png", cid=f"<{_CODE_ID}>")


def mailto(draft: Draft) -> str | None:
    """A link that opens the person's mail program with the text; None without an address or where it would be cut off."""
    if draft.email is None:
        return None
    asked = urlencode({"subject": one_line(draft.subject), "body": draft.body.replace("\n", "\r\n")}, quote_via=quote)
    link = f"mailto:{quote(draft.email, safe='@')}?{asked}"
    return link if len(link) <= _LONGEST_LINK else None


def draft_contents(draft: Draft, ledger: Ledger, *, date: date) -> dict[str, bytes]:
    """A draft's files by suffix: its text, and what its channel needs if nothing holds it; nothing without a text.

    An e-mail is a message, a letter and a call sheet are pages.
    """
    if not draft.body:
        return {}
    found = {"txt": f"{draft.subject}\n\n{draft.body}".encode()}
    if draft.held is not None:
        return found
    if draft.channel == "email":
        account = statement_pdf(ledger, draft.client_id, as_of=date, currency=draft.currency, language=draft.language)
        found["eml"] = eml_bytes(draft, ledger.settings, to=draft.email, date=date, statement=account)
    elif draft.channel in {"letter", "registered_letter"}:
        found["pdf"] = letter_pdf(draft, ledger.settings, day=date)
    elif draft.channel == "call":
        found["pdf"] = call_sheet_pdf(draft, ledger.settings, day=date)
    return found


def message_of(ledger: Ledger, reminder: Mapping[str, Any]) -> bytes:
    """An approved reminder as the message that the mail server gets: its exact words, today's statement of account."""
    draft = draft_of(reminder)
    account = statement_pdf(ledger, draft.client_id, as_of=reminder["on_date"], currency=draft.currency, language=draft.language)
    return eml_bytes(
        draft, ledger.settings, to=draft.email, date=reminder["on_date"], statement=account, message_id=reminder["reminder_id"]
    )


def file_stems(drafts: Sequence[Draft], *, date: date, language: str) -> list[str]:
    """A file name without suffix per draft: day, place in the list, step, client; ASCII, unique, safe on every system."""
    return [file_stem(draft, place, date=date, language=language) for place, draft in enumerate(drafts, start=1)]


def file_stem(draft: Draft, place: int, *, date: date, language: str) -> str:
    """The file name of the draft at that place of the list."""
    slug = folded_text(draft.client).replace(" ", "-")[:_LONGEST_SLUG].strip("-") or "client"
    held = f"-{_HELD.get(language, 'held')}" if draft.held else ""
    return f"{date:%Y-%m-%d}-{place:03d}-{draft.step}-{slug}{held}"


def write_drafts(drafts: Sequence[Draft], directory: Path, ledger: Ledger, *, date: date) -> list[list[str]]:
    """Write each draft's files into `directory`, made if needed; the paths as text, per draft, empty for one without text.

    Raises:
        FolderNotWritable: the folder cannot be made or written.
    """
    names: list[list[str]] = []
    contents: dict[str, bytes] = {}
    for draft, stem in zip(drafts, file_stems(drafts, date=date, language=ledger.settings.language), strict=True):
        files = {f"{stem}.{suffix}": content for suffix, content in draft_contents(draft, ledger, date=date).items()}
        names.append(list(files))
        contents |= files
    try:
        _write(directory, contents, date)
    except OSError as error:
        raise FolderNotWritable(path=str(directory)) from error
    return [[str(directory / name) for name in files] for files in names]


def _write(directory: Path, contents: dict[str, bytes], day: date) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    ours = re.compile(rf"{day:%Y-%m-%d}-\d{{3,}}-[A-Z][A-Z0-9]*-[a-z0-9-]+\.(txt|eml|pdf)")
    for path in sorted(directory.iterdir()):
        if path.is_file() and ours.fullmatch(path.name) and path.name not in contents:
            path.unlink()
    for name, content in contents.items():
        (directory / name).write_bytes(content)
