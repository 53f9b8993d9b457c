"""What a file is, told from its first bytes; its name only breaks a tie."""

import re

from pipelines.ingest.refusals import refuse
from pipelines.ingest.text import UTF8_BOM, refuse_foreign_bytes

_HEAD = 65536
_STARTS_WITHIN = 4096
_CAMT = re.compile(rb"camt\.05[234]\.|<(?:\w+:)?(?:BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn))\b")
_CII = re.compile(rb"<(?:\w+:)?CrossIndustry(?:Invoice|Document)\b")
_UBL = re.compile(rb"<(?:\w+:)?(?:Invoice|CreditNote)\b[^>]*urn:oasis:names:specification:ubl", re.DOTALL)
_MT940 = re.compile(rb":20:[^\r\n]*\r?\n(?:.*\r?\n)*?:(?:25|28C?|60[FM]):")
_CFONB = re.compile(rb"^(?:01|04|05|07)[0-9]{5}[ 0-9]{4}[0-9A-Z ]{5}")
_FEC = re.compile(rb"^\W*JournalCode\W+JournalLib\W", re.IGNORECASE)
_QIF = re.compile(rb"^!(?:Type|Account|Option|Clear)\b", re.IGNORECASE)
_TEXTS = ((_FEC, "fec"), (_CFONB, "cfonb"), (_QIF, "qif"))


def format_of(content: bytes, name: str) -> str:
    """The format's code, which is the name of its reader's module.

    Raises:
        UnreadableFile: empty_file, is_web_page, is_binary or unknown_format.
    """
    refuse_foreign_bytes(content, name)
    head = content[:_HEAD]
    if head.startswith((b"PK", b"%PDF")):
        return _binary_format(content)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.replace(b"\x00", b"")
    start = head.removeprefix(UTF8_BOM).lstrip(b"\xff\xfe \t\r\n")
    if _is_ofx(start, name):
        return "ofx"
    if start.startswith(b"<"):
        return _xml_format(start, name)
    found = next((code for pattern, code in _TEXTS if pattern.match(start)), None)
    return found or ("mt940" if _MT940.search(start[:_STARTS_WITHIN]) else "delimited")


def _binary_format(content: bytes) -> str:
    if content.startswith(b"%PDF"):
        return "facturx"
    return "workbook" if b"[Content_Types].xml" in content and b"xl/" in content else "archive"


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
    raise refuse("unknown_format", name=name)
