"""Letters, statements and call sheets as A4 pages, typeset from JSON: no text becomes code, no font comes from this machine."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Literal

from models.settings import Settings
from models.texts import Texts
from pipelines.collections.drafts import Draft
from pipelines.collections.fields import one_line, plain_lines
from pipelines.collections.parts import Part, body_parts

_TEMPLATE = Path(__file__).with_name("page.typ")
#: The numbers of registered letters are printed by the post: a line to write or stick it on.
_BLANK = "_" * 22
#: What stands before a postcode within a line: a comma, or a space where the town ends the line, as in a cell of several lines.
_BEFORE_TOWN = re.compile(r", *(?=[0-9]{5} )| +(?=[0-9]{5} (?![^\n]*[0-9]{5})[^\n,0-9][^\n,]*$)", re.MULTILINE)


def typeset(content: Mapping[str, Any], *, day: date, template: Path = _TEMPLATE) -> bytes:
    """The pages of `content` as PDF/A where its signs allow, the same bytes for the same content; see `template`."""
    import typst  # late: only files need it

    written = json.dumps({**content, "day": [day.year, day.month, day.day]}, ensure_ascii=False)
    made = int(datetime.combine(day, time(9), tzinfo=UTC).timestamp())

    def pages(standard: Literal["a-3b"] | None) -> bytes:
        source = template.read_bytes()
        found = typst.compile(
            source, ignore_system_fonts=True, sys_inputs={"content": written}, pdf_standards=standard, timestamp=made
        )
        return bytes(found or b"")

    try:
        return pages("a-3b")
    except typst.TypstError:  # a sign that the fonts lack, as in a Chinese name: PDF/A refuses it, a plain PDF shows a box
        return pages(None)


def letter_pdf(draft: Draft, settings: Settings, *, day: date) -> bytes:
    """A letter, the address in the window of an envelope; a registered one with the line for its number."""
    is_bilingual = draft.channel == "registered_letter" and draft.language != "fr"
    texts = Texts("fr" if is_bilingual else draft.language)
    is_registered = draft.channel == "registered_letter"
    content = {
        **letter_sheet(
            draft.subject, draft.client, draft.address, _titled(draft, body_parts(draft, settings)), settings, texts, day=day
        ),
        "concerning": f"{one_line(draft.client)} – SIREN {one_line(draft.siren)}" if draft.siren else "",
        "registered": texts.t("Registered letter with acknowledgement of receipt no. {number}", number=_BLANK)
        if is_registered
        else "",
    }
    return typeset(content, day=day)


def letter_sheet(
    title: str, name: str, address: str | None, parts: Sequence[Part], settings: Settings, texts: Texts, *, day: date
) -> dict[str, Any]:
    """A letter to `name` at its address, in the window of an envelope: alone what `typeset` takes, or one of several sheets."""
    return {
        "language": texts.language,
        "title": title,
        "sender": _sender(settings, texts),
        "recipient": [one_line(name), *_address(address)],
        "concerning": "",
        "dateline": texts.t("On {date}", date=texts.long_date(day)),
        "registered": "",
        "parts": list(parts),
        "footer": _footer(settings),
    }


def sheets_pdf(title: str, sheets: Sequence[Mapping[str, Any]], *, day: date) -> bytes:
    """Several letters as one document, each from a page of its own with its own numbers."""
    return typeset({"title": title, "sheets": list(sheets)}, day=day)


def _titled(draft: Draft, parts: Sequence[Part]) -> list[Part]:
    """The parts, with the subject first where the text does not say it."""
    has_subject = any(part["kind"] == "subject" for part in parts)
    return list(parts) if has_subject else [{"kind": "subject", "text": draft.subject}, *parts]


def sheet_pdf(title: str, lines: Sequence[str], parts: Sequence[Part], settings: Settings, texts: Texts, *, day: date) -> bytes:
    """A sheet with a title and a few lines under it, without an address."""
    content = {
        "language": texts.language,
        "title": title,
        "sender": _sender(settings, texts),
        "lines": list(lines),
        "parts": list(parts),
        "footer": _footer(settings),
    }
    return typeset(content, day=day)


def call_sheet_pdf(draft: Draft, settings: Settings, *, day: date) -> bytes:
    """The call sheet on paper: who, the history, what to ask, the invoices, and room to write."""
    texts = Texts(draft.language)
    title, _, rest = draft.body.partition("\n\n")
    parts = body_parts(replace(draft, body=rest), settings)
    return sheet_pdf(title, [], [*parts, {"kind": "room", "text": texts.t("Notes")}], settings, texts, day=day)


def _address(text: str | None) -> list[str]:
    """The lines of a postal address; the postcode and the town on a line of their own, as the post asks."""
    return _BEFORE_TOWN.sub("\n", plain_lines(text)).split("\n")


def _sender(settings: Settings, texts: Texts) -> list[str]:
    """The letterhead: name, address, SIREN, telephone, e-mail."""
    siren = f"SIREN {settings.company_siren}" if settings.company_siren else ""
    phone = one_line(settings.company_phone)
    told = texts.t("Tel. {number}", number=phone) if phone else ""
    address = _address(settings.company_address)
    return [line for line in (one_line(settings.company_name), *address, siren, told, one_line(settings.company_email)) if line]


def _footer(settings: Settings) -> str:
    siren = f"SIREN {settings.company_siren}" if settings.company_siren else ""
    return " – ".join(part for part in (one_line(settings.company_name), siren) if part)
