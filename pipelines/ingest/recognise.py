"""What a file is, told from its first bytes; its name only breaks a tie."""

import re

from pipelines.ingest.refusals import refuse
from pipelines.ingest.text import UTF8_BOM, refuse_foreign_bytes

_HEAD = 65536
_STARTS_WITHIN = 4096
_DIRECTORY = 4_000_000  # an archive's directory is not read beyond that
_CAMT = re.compile(rb"camt\.05[234]\.|<(?:\w+:)?(?:BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn))\b")
_CII = re.compile(rb"<(?:\w+:)?CrossIndustry(?:Invoice|Document)\b")
_UBL = re.compile(rb"<(?:\w+:)?(?:Invoice|CreditNote)\b[^<>]*urn:oasis:names:specification:ubl", re.DOTALL)
_MT940 = re.compile(rb":20:[^\r\n]*\r?\n(?:.*\r?\n)*?:(?:25|28C?|60[FM]):")
_CFONB = re.compile(rb"^(?:01|04|05|07)[0-9]{5}[ 0-9]{4}[0-9A-Z ]{5}")
_CDAR = re.compile(rb"<(?:\w+:)?CrossDomainAcknowledgementAndResponse\b")
_FEC = re.compile(
    rb"^(?=[^\r\n]{0,400}?\bEcritureDate\b)(?=[^\r\n]{0,400}?\bCompteNum\b)|^\W*JournalCode\W+JournalLib\W", re.IGNORECASE
)
#: A day and nothing but currencies, one of which every bank publishes (pipelines.ingest.rates).
_RATES = re.compile(
    rb'(?:sep=.\r?\n)?(?=[^\r\n]*\b(?:USD|GBP|CHF|JPY)\b)"?(?i:Date)"?[ \t]*([,;\t|])[ \t]*'
    rb'(?:"?[A-Z]{3}"?[ \t]*(?:\1[ \t]*|(?=[\r\n]|\Z)))+(?:[\r\n]|\Z)'
)
_QIF = re.compile(rb"^!(?:Type|Account|Option|Clear)\b", re.IGNORECASE)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
#: The stream in which Office keeps an encrypted workbook, in the old container format.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OTHER_WORKBOOKS = (b"application/vnd.oasis.opendocument.spreadsheet", b"Index/Document.iwa", b"xl/workbook.bin")
_OTHER_OFFICE = (
    b"word/document.xml",
    b"ppt/presentation.xml",
    b"mimetypeapplication/vnd.oasis.opendocument.text",
    b"mimetypeapplication/vnd.oasis.opendocument.presentation",
)
_OPENING = 128  # OpenDocument says its kind in the first entry, which is not packed
_TEXTS = ((_FEC, "fec"), (_CFONB, "cfonb"), (_QIF, "qif"), (_RATES, "rates"))


def format_of(content: bytes, name: str) -> str:
    """The format's code (pipelines.ingest.reading.READERS).

    Raises:
        UnreadableFile: empty_file, is_old_workbook, is_other_workbook, is_encrypted, is_web_page, is_binary,
            is_lifecycle_message or unknown_format.
    """
    if content.startswith(b"\xd0\xcf\x11\xe0") and _ENCRYPTED in content:
        raise refuse("is_encrypted", name=name)
    refuse_foreign_bytes(content, name)
    head = content[:_HEAD]
    if head.startswith(_ZIP):
        return _packed_format(content, name)
    if head.lstrip().startswith(b"%PDF"):
        return "facturx"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.replace(b"\x00", b"")
    start = head.removeprefix(UTF8_BOM).lstrip(b"\xff\xfe \t\r\n")
    if _is_ofx(start, name):
        return "ofx"
    if start.startswith(b"<"):
        return _xml_format(start, name)
    found = next((code for pattern, code in _TEXTS if pattern.match(start)), None)
    return found or ("mt940" if _MT940.search(start[:_STARTS_WITHIN]) else "delimited")


def _packed_format(content: bytes, name: str) -> str:
    """A workbook or an archive, by the names at the end of the file, where an archive's directory stands."""
    end = content.rfind(b"PK\x05\x06")
    size = int.from_bytes(content[end + 12 : end + 16], "little") if end >= 0 else 0
    directory = content[max(0, end - min(size, _DIRECTORY)) : end] if size else b""
    if any(mark in content[:_HEAD] or mark in directory for mark in _OTHER_WORKBOOKS):
        raise refuse("is_other_workbook", name=name)
    if b"xl/workbook.xml" in directory and b"[Content_Types].xml" in directory:
        return "workbook"
    if any(mark in directory or mark in content[:_OPENING] for mark in _OTHER_OFFICE):
        raise refuse("is_binary", name=name)
    return "archive"


def _is_ofx(start: bytes, name: str) -> bool:
    head = start.upper()
    if head.startswith((b"OFXHEADER", b"<OFX>", b"<?OFX")):
        return True
    if head.startswith((b"<?XML", b"<!DOCTYPE OFX")) and b"<OFX>" in head:
        return True
    return name.lower().endswith((".ofx", ".qfx"))


def _xml_format(start: bytes, name: str) -> str:
    for pattern, code in ((_CAMT, "camt"), (_CII, "einvoice"), (_UBL, "einvoice")):
        if pattern.search(start):
            return code
    if _CDAR.search(start):
        raise refuse("is_lifecycle_message", name=name)
    raise refuse("unknown_format", name=name)
