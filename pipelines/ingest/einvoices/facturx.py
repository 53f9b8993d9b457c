"""Factur-X and ZUGFeRD: PDF invoices that carry themselves as XML."""

import base64
import math
from dataclasses import replace
from typing import Any

from models.errors import UnreadableFile
from pipelines.ingest.child import call
from pipelines.ingest.einvoices.einvoice import read_xml
from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.recognise import format_of
from pipelines.ingest.refusals import refuse

#: Names that the standards give the invoice, the newest first; programs use others too.
_NAMES = ("factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml")
_SECONDS = 8
_EACH = 0.5  # seconds more for each PDF of an archive
_CODES = {"encrypted": "is_encrypted", "broken": "pdf_broken", "slow": "reader_too_slow"}


def read(source: Source) -> Parts:
    """The document in a PDF.

    Raises:
        UnreadableFile: pdf_broken, is_encrypted, pdf_without_invoice, or what its XML is refused for.
    """
    return read_found(call("facturx", source.content, source.name, seconds=_SECONDS)[0], source)


def find_in_archive(content: bytes, name: str, count: int) -> dict[int, dict[str, Any]]:
    """What the PDFs of an archive hold, by their place among its entries: one child process for all of them.

    Raises:
        UnreadableFile: reader_failed or reader_too_slow.
    """
    found = call("facturx", content, name, seconds=_SECONDS + math.ceil(count * _EACH))
    return {int(one["place"]): one for one in found}


def read_found(found: dict[str, Any], source: Source) -> Parts:
    """The document among what a PDF was found to hold.

    Raises:
        UnreadableFile: as `read`.
    """
    if found["state"] in _CODES:
        raise refuse(_CODES[found["state"]], name=source.name)
    attached = [(str(name).lower(), base64.b64decode(content)) for name, content in found["attachments"]]
    invoices = [(name, content) for name, content in attached if _is_invoice(name, content)]
    if not invoices:
        raise refuse("pdf_without_invoice", name=source.name)
    named = [content for wanted in _NAMES for name, content in invoices if name == wanted]
    return replace(read_xml((named or [invoices[0][1]])[0], source), format="facturx")


def _is_invoice(name: str, content: bytes) -> bool:
    try:
        return format_of(content, name) == "einvoice"
    except UnreadableFile:
        return False
