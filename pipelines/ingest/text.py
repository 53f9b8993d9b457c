"""Bytes to text, and the cleaning of text cells (contract: encodings, line ends, invisible characters)."""

import re
import unicodedata

import polars as pl

from pipelines.ingest.refusals import refuse

#: Zero-width and bidirectional controls: they change what a reader sees, or hide a difference, without being seen.
INVISIBLE = r"[\x{00AD}\x{061C}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{2066}-\x{2069}\x{FEFF}]"
#: NUL and other control characters, tab and line ends excepted.
CONTROL = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{7F}-\x{9F}]"
#: What becomes one space inside a cell.
BREAKS = r"[\t\r\n\x{2028}\x{2029}]+"

UTF8_BOM = b"\xef\xbb\xbf"
_FIRST_COMBINING = "\u0300"
MAX_FIELD = 10_000
_NUL_SHARE = 10  # one NUL byte in ten: not a text file
_CONTROL_SHARE = 20  # one other control character in twenty: neither (a photograph, a sound)
_CONTROLS = bytes(sorted({*range(1, 32), 127} - set(b"\t\n\v\f\r\x1a\x1b")))
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is_old_workbook"),
    (b"\x1f\x8b", "is_binary"),
    (b"7z\xbc\xaf\x27\x1c", "is_binary"),
    (b"Rar!", "is_binary"),
    (b"\x89PNG", "is_binary"),
    (b"\xff\xd8\xff", "is_binary"),
)


def refuse_foreign_bytes(content: bytes, name: str) -> None:
    """Stop at what no reader is for: nothing at all, an old Excel workbook, an image, a web page.

    Raises:
        UnreadableFile: empty_file, is_old_workbook, is_web_page or is_binary.
    """
    nothing = b"\x00 \t\r\n" + UTF8_BOM
    if not content[:4096].strip(nothing) and not content.strip(nothing):
        raise refuse("empty_file", name=name)
    for signature, code in _SIGNATURES:
        if content.startswith(signature):
            raise refuse(code, name=name)
    head = content[:4096]
    start = head.removeprefix(UTF8_BOM).lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise refuse("is_web_page", name=name)
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"PK")) or start.startswith(b"%pdf"):
        return
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if head.count(0) * _NUL_SHARE > len(head) or controls * _CONTROL_SHARE > len(head):
        raise refuse("is_binary", name=name)


def decode(content: bytes, name: str, *, announced: str | None = None) -> tuple[str, str]:
    """Text and the encoding that it was read in: BOM first, then UTF-8 if every byte fits, then Windows-1252.

    Args:
        content: the file.
        name: its name, for a refusal.
        announced: an 8-bit encoding that the file declares and that replaces Windows-1252 ("iso8859-15").

    Raises:
        UnreadableFile: bad_encoding, or mixed_encoding naming the first line that is not UTF-8.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16"), "utf-16"
        except UnicodeDecodeError:
            raise refuse("bad_encoding", name=name, encoding="UTF-16") from None
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    if content.startswith(UTF8_BOM):
        raise refuse("bad_encoding", name=name, encoding="UTF-8")
    _refuse_mixed(content, name)
    if announced is not None:
        return content.decode(announced, errors="replace"), announced
    return _decode_cp1252(content), "windows-1252"


def _refuse_mixed(content: bytes, name: str) -> None:
    """A line whose accents are UTF-8 beside one whose accents are not: no single encoding fits."""
    foreign = utf8 = 0
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", content), start=1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            foreign = foreign or number
        else:
            utf8 = utf8 or number
        if foreign and utf8:
            raise refuse("mixed_encoding", name=name, line=foreign, other=utf8)


def _decode_cp1252(content: bytes) -> str:
    """Windows-1252; its five undefined bytes become the control characters of their number, which are problems."""
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        table = {byte: bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in range(0x80, 0xA0)}
        return content.decode("latin-1").translate(table)


def unify_line_ends(text: str) -> str:
    """CRLF and, in a file that ends its rows so, CR become LF; a CR inside a cell becomes a tab (one space later)."""
    if "\r" not in text:
        return text
    text = text.replace("\r\n", "\n")
    if "\r" not in text:
        return text
    outside = re.sub(r'"[^"]*"', "", text)
    if "\n" not in outside:
        return text.replace("\n", "\t").replace("\r", "\n")
    return text.replace("\r", "\t")


def marks_of(encoded: bytes, *, tab_is_plain: bool) -> str:
    """The distinct characters of a UTF-8 text that may need care: those that are not ASCII, and controls but LF.

    Args:
        encoded: the text.
        tab_is_plain: tabs stand between cells.
    """
    plain = bytes([10, *range(32, 127), *([9] if tab_is_plain else [])])
    return "".join(sorted(set(encoded.translate(None, plain).decode())))


def refuse_long_lines(text: str, name: str) -> None:
    """Stop at a line that no statement of short lines has (contract 6: a field of more than 10,000 characters).

    Raises:
        UnreadableFile: field_too_long.
    """
    if found := re.search(rf"[^\n]{{{MAX_FIELD + 1}}}", text):
        raise refuse("field_too_long", name=name, line=1 + text.count("\n", 0, found.start()), limit=MAX_FIELD)


def is_nfc(text: str, marks: str) -> bool:
    """Whether a text with these `marks` is already in Unicode normal form C; nothing below U+0300 ever combines."""
    return max(marks, default="") < _FIRST_COMBINING or unicodedata.is_normalized("NFC", text)


def clean(cells: pl.Series, *, is_plain: bool) -> pl.Series:
    """Names and labels: NFC, one space for line ends and tabs, no invisible character, trimmed; empty is null.

    Args:
        cells: text as written.
        is_plain: the whole file is known to need nothing but trimming.
    """
    if not is_plain:
        cells = cells.str.normalize("NFC").str.replace_all(BREAKS, " ").str.replace_all(INVISIBLE, "")
    return _blank_to_null(cells.str.strip_chars())


def trim(cells: pl.Series, *, is_plain: bool) -> pl.Series:
    """Amounts and dates: trimmed only, so that an invisible character in them stays and is a problem; empty is null."""
    if not is_plain:
        cells = cells.str.replace_all(BREAKS, " ")
    return _blank_to_null(cells.str.strip_chars())


def _blank_to_null(cells: pl.Series) -> pl.Series:
    return cells.set(cells.eq("").fill_null(value=False), None)


def fold(text: str) -> str:
    """Lower case without accents, punctuation or double spaces, for words and headers."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^0-9a-z]+", " ", plain.replace("œ", "oe").replace("æ", "ae")).split())
