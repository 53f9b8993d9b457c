"""OFX as banks write it, to its leaves: bytes decoded, tags told from text, statements and movements located.

OFX 1 (SGML, leaves without closing tags) and OFX 2 (XML). What ofxparse is given afterwards is written anew from
these leaves, so that it meets closed tags, UTF-8, plain dates and plain amounts only.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from sys import intern

from pipelines.ingest.refusals import refuse
from pipelines.ingest.text import MAX_FIELD, decode, unify_line_ends

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9_.]*)\s*(/?)>")
_CLOSING = re.compile(r"</([A-Za-z][A-Za-z0-9_.]*)\s*/?>")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_LATIN9 = re.compile(rb"(?i)CHARSET:\s*(?:ISO-?)?8859-15|encoding=[\"']ISO-8859-15")
_DECLARED = re.compile(r"(?i)(?:CHARSET|ENCODING)\s*[:=]\s*[\"']?([A-Z0-9-]+)")
_START = re.compile(r"<OFX\s*>", re.IGNORECASE)
#: Marks that labels carry and that are no tags of OFX.
_MARKUP = frozenset({"BR", "B", "I", "P", "U", "EM", "HR", "LI", "UL", "TD", "TR", "DIV", "SPAN", "FONT", "STRONG", "A"})
_AGGREGATES = frozenset(
    """
    OFX STMTRS CCSTMTRS INVSTMTRS BANKTRANLIST INVTRANLIST INVBANKTRAN STMTTRN LEDGERBAL AVAILBAL BANKACCTFROM
    CCACCTFROM INVACCTFROM BANKACCTTO CCACCTTO PAYEE CURRENCY ORIGCURRENCY STMTTRNRS CCSTMTTRNRS STATUS SONRS
    FI BALLIST BAL
    """.split()  # noqa: SIM905 -- a list this long reads best as words
)
_LEAVES = frozenset(
    """
    TRNTYPE DTPOSTED DTUSER DTAVAIL TRNAMT FITID CORRECTFITID CORRECTACTION SRVRTID CHECKNUM REFNUM SIC
    PAYEEID NAME EXTDNAME MEMO CURDEF BANKID BRANCHID ACCTID ACCTTYPE ACCTKEY BROKERID DTSTART DTEND BALAMT
    DTASOF CURRATE CURSYM INV401KSOURCE SUBACCTFUND CODE SEVERITY MESSAGE TRNUID DTSERVER LANGUAGE ORG FID
    MKTGINFO IMAGEDATA ADDR1 ADDR2 ADDR3 CITY STATE POSTALCODE COUNTRY PHONE VALUEDATE
    """.split()  # noqa: SIM905 -- a list this long reads best as words
)
_STATEMENTS = frozenset({"STMTRS", "CCSTMTRS", "INVSTMTRS"})
_CONTEXTS = frozenset(
    {
        "LEDGERBAL",
        "AVAILBAL",
        "BANKACCTFROM",
        "CCACCTFROM",
        "INVACCTFROM",
        "BANKACCTTO",
        "CCACCTTO",
        "PAYEE",
        "CURRENCY",
        "ORIGCURRENCY",
    }
)
#: Aggregates that must be closed as often as they are opened.
_BALANCED = ("OFX", "STMTRS", "CCSTMTRS", "INVSTMTRS", "BANKTRANLIST", "STMTTRN", "LEDGERBAL")
_INDENT = 200  # blanks at most before a tag that counts as the first of its line
MAX_BYTES = 200 * 1024 * 1024


@dataclass(slots=True)
class Movement:
    """The leaves of one <STMTTRN>, as printed, and the line of the file where it starts."""

    line: int
    leaves: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Statement:
    """The leaves of one statement outside its movements ("LEDGERBAL.BALAMT" inside an aggregate), and its movements."""

    leaves: dict[str, str] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)


@dataclass(frozen=True)
class OfxText:
    """A file decoded: its text from <OFX> on, the line of that tag, its encoding, whether that was announced."""

    text: str
    first_line: int
    encoding: str
    is_announced: bool


def open_ofx(content: bytes, name: str) -> OfxText:
    """Decode the file and cut what stands before <OFX>.

    Raises:
        UnreadableFile: file_too_large, doctype_refused, not_ofx, or an encoding that cannot be decided.
    """
    if len(content) > MAX_BYTES:
        raise refuse("file_too_large", name=name, limit=MAX_BYTES // 1024 // 1024)
    if re.search(rb"<!\s*(?:DOCTYPE|ENTITY)", content.replace(b"\x00", b""), re.IGNORECASE):
        raise refuse("doctype_refused", name=name)
    announced = "iso8859-15" if _LATIN9.search(content[:4096]) else None
    text, encoding = decode(content, name, announced=announced)
    text = unify_line_ends(text)
    start = _START.search(text)
    if start is None:
        raise refuse("not_ofx", name=name)
    header = text[: start.start()]
    declared = [found.upper() for found in _DECLARED.findall(header)]
    is_utf8 = any(found in {"UTF-8", "UNICODE", "UTF8"} for found in declared)
    is_as_declared = text.isascii() or (bool(declared) and is_utf8 == (encoding in {"utf-8", "utf-16"}))
    body = text[start.start() :]
    for opening, closing in (("<![CDATA[", "]]>"), ("<!--", "-->"), ("<?", "?>")):
        body = _without_section(body, opening, closing)
    return OfxText(body, 1 + header.count("\n"), encoding, is_as_declared)


def _without_section(text: str, opening: str, closing: str) -> str:
    """The text without comments and instructions (their line ends stay); of a CDATA section, the text as characters."""
    kept: list[str] = []
    position = 0
    while (start := text.find(opening, position)) >= 0 and (end := text.find(closing, start + len(opening))) >= 0:
        inside = text[start + len(opening) : end]
        kept += [text[position:start], html.escape(inside, quote=False) if opening == "<![CDATA[" else "\n" * inside.count("\n")]
        position = end + len(closing)
    return "".join([*kept, text[position:]])


def read_statements(ofx: OfxText, name: str) -> list[Statement]:
    """Every statement of the file with its movements.

    Raises:
        UnreadableFile: truncated_ofx, field_too_long, or ofx_count if a movement stands outside every statement.
    """
    scan = _Scan(ofx, name)
    for tag in _real_tags(ofx.text):
        scan.meet(tag)
    scan.refuse_cut()
    if scan.stray:
        found = sum(len(one.movements) for one in scan.statements)
        raise refuse("ofx_count", name=name, expected=found + scan.stray, found=found)
    return scan.statements


class _Scan:
    """One pass over the tags: what is open, and the leaves met so far."""

    def __init__(self, ofx: OfxText, name: str) -> None:
        self.statements: list[Statement] = []
        self.stray = 0
        self._text = ofx.text
        self._name = name
        self._line, self._counted = ofx.first_line, 0
        self._counts = {key: [0, 0] for key in _BALANCED}
        self._statement: Statement | None = None
        self._movement: Movement | None = None
        self._context = self._leaf = ""
        self._start = 0

    def meet(self, tag: re.Match[str]) -> None:
        """Keep the leaf that ends here, then open or close what the tag says."""
        self._keep_leaf(tag.start())
        key = intern(tag[2].upper())
        if tag[3]:
            return
        if key in self._counts:
            self._counts[key][bool(tag[1])] += 1
        if tag[1]:
            self._close(key)
        else:
            self._open(key, tag)

    def refuse_cut(self) -> None:
        """Stop if an aggregate is not closed as often as it is opened."""
        for key in reversed(_BALANCED):
            opened, closed = self._counts[key]
            if opened != closed:
                raise refuse("truncated_ofx", name=self._name, tag=key, opened=opened, closed=closed)

    def _line_of(self, position: int) -> int:
        """The line of a position, which is never before one that was asked for."""
        self._line += self._text.count("\n", self._counted, position)
        self._counted = position
        return self._line

    def _keep_leaf(self, end: int) -> None:
        target = self._movement or self._statement
        if self._leaf and target is not None and (value := leaf_text(self._text[self._start : end])):
            if len(value) > MAX_FIELD:
                raise refuse("field_too_long", name=self._name, line=self._line_of(self._start), limit=MAX_FIELD)
            target.leaves.setdefault(f"{self._context}.{self._leaf}" if self._context else self._leaf, value)
        self._leaf = ""

    def _close(self, key: str) -> None:
        if key == self._context:
            self._context = ""
        elif key == "STMTTRN":
            self._movement = None
        elif key in _STATEMENTS:
            self._statement = None

    def _open(self, key: str, tag: re.Match[str]) -> None:
        if key in _STATEMENTS:
            self._statement = Statement()
            self.statements.append(self._statement)
        elif key == "STMTTRN":
            self._context = ""
            self._movement = Movement(self._line_of(tag.start()))
            if self._statement is None:
                self.stray += 1
            else:
                self._statement.movements.append(self._movement)
        elif key in _CONTEXTS:
            self._context = key
        elif key not in _AGGREGATES:
            self._leaf, self._start = key, tag.end()


def _real_tags(text: str) -> Iterator[re.Match[str]]:
    """Tags of OFX or of the bank's own, apart from what looks like one inside a label."""
    closed = {tag[1].upper() for tag in _CLOSING.finditer(text)}
    known = (_AGGREGATES | _LEAVES | closed) - _MARKUP
    for tag in _TAG.finditer(text):
        key = tag[2].upper()
        if key in known or (key not in _MARKUP and _opens_line(text, tag.start())):
            yield tag


def _opens_line(text: str, position: int) -> bool:
    """Only blanks stand between the start of the line and this position."""
    before = text[max(0, position - _INDENT) : position]
    return not before.rpartition("\n")[2].strip() and ("\n" in before or position < _INDENT)


def leaf_text(raw: str) -> str:
    """The text of a leaf: markup and line ends become spaces, entities their characters, once."""
    text = _TAG.sub(lambda tag: " " if tag[2].upper() in _MARKUP else tag[0], raw)
    text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return re.sub(r"[\s\u2028\u2029]+", " ", text).strip()
