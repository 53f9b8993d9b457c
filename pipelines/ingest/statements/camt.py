"""Bank statements of ISO 20022: camt.053 (statements), camt.052 (reports of the day) and camt.054 (notices), every version.

One movement per entry (Ntry), for the amount of the entry; its transaction details (TxDtls) go into the label.
"""

import io
import re
from bisect import bisect_right
from collections.abc import Iterator

import polars as pl
from lxml import etree

from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.refusals import refuse
from pipelines.ingest.statements.camt_label import Leaves, described, taken_apart
from pipelines.ingest.statements.entries import ENTRIES, PERIODS, STATED, Printed, parts_of
from pipelines.ingest.statements.own_accounts import Accounts, valid_iban

#: Canonical column -> element, for messages and the preview.
CAMT_COLUMNS = {
    "booking_date": "BookgDt",
    "value_date": "ValDt",
    "amount": "Amt",
    "direction": "CdtDbtInd",
    "currency": "Ccy",
    "label": "RmtInf",
    "counterparty": "RltdPties",
    "bank_id": "AcctSvcrRef",
    "balance": "Bal",
}
_DECLARES = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MESSAGES = {"BkToCstmrStmt": "camt", "BkToCstmrAcctRpt": "camt.052", "BkToCstmrDbtCdtNtfctn": "camt.054"}
_STATEMENTS = ("Stmt", "Rpt", "Ntfctn")
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
_DECLARATION = 200  # bytes in which an XML declaration stands
_ENTRY = re.compile(r"<(?:\w+:)?Ntry[\s>]")
_PENDING = {"PDNG", "INFO", "FUTR"}
_BALANCES = {"OPBD": "opening", "PRCD": "opening", "CLBD": "closing"}
_SIDES = {"DBIT": True, "CRDT": False}
_DAY = len("2026-01-31")
_STEP = 5000  # entries between two words on the progress


def read(source: Source) -> Parts:
    """Movements, accounts and balances of a camt file.

    Raises:
        UnreadableFile: the file declares entities, is no well-formed XML, or holds no statement.
    """
    content, name = source.content, source.name
    if _DECLARES.search(content) or _DECLARES.search(content.replace(b"\x00", b"")):
        raise refuse("doctype_refused", name=name)
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = content.decode("utf-16", "replace") if is_wide else content.decode("latin-1")
    starts = _entry_lines(text)
    message = _Message(source, len(starts))
    try:
        message.read()
    except etree.XMLSyntaxError as error:
        raise refuse("broken_xml", name=name, line=error.lineno or 1) from None
    if not message.statements:
        raise refuse("no_statement", name=name)
    # The parser's own line numbers stop at 65535; those of the text hold unless an entry stands in a comment.
    lines = [starts[order] for order in message.orders] if len(starts) == message.seen else message.lines
    entries = pl.DataFrame(message.entries, schema=ENTRIES, orient="row")
    return parts_of(
        Printed(
            format="camt",
            profile=message.profile,
            encoding="utf-16" if is_wide else _declared(content),
            columns=CAMT_COLUMNS,
            entries=entries.with_columns(pl.Series("line", lines, dtype=pl.Int64)),
            accounts=message.accounts.frame(),
            balances=pl.DataFrame(message.balances, schema=STATED, orient="row"),
            periods=pl.DataFrame(message.periods, schema=PERIODS, orient="row"),
            order="ymd",
            decimal=".",
            is_unsigned=True,
            ignored=message.seen - len(message.entries),
        )
    )


def _declared(content: bytes) -> str:
    """The encoding that the XML declaration names."""
    found = _ENCODING.search(content[:_DECLARATION])
    return found[1].decode().lower() if found else "utf-8"


def _entry_lines(text: str) -> list[int]:
    """The line where each entry begins."""
    ends = [match.start() for match in re.finditer("\n", text)]
    return [bisect_right(ends, match.start()) + 1 for match in _ENTRY.finditer(text)]


class _Message:
    """What one file says, gathered in a single pass that forgets each entry once it is read."""

    def __init__(self, source: Source, expected: int) -> None:
        """Nothing is read yet."""
        self._source = source
        self._expected = expected
        self._account: dict[str, str | None] = {}
        self._days: tuple[str | None, str | None] | None = None
        self.profile = "camt"
        self.statements = 0
        self.seen = 0
        self.accounts = Accounts(source.currency)
        self.entries: list[tuple[object, ...]] = []
        self.orders: list[int] = []  # which of all the file's entries each kept one is
        self.lines: list[int] = []
        self.balances: list[tuple[object, ...]] = []
        self.periods: list[tuple[object, ...]] = []

    def read(self) -> None:
        """Walk through the file."""
        for event, name, node in _events(self._source.content):
            if event == "start":
                self._open(name)
            elif name == "Ntry":
                self._entry(node)
                _forget(node)
            elif _parent(node) in _STATEMENTS:
                leaves, _ = taken_apart(node)
                if name == "Acct":
                    self._name_account(leaves)
                elif name == "Bal":
                    self._balance(leaves)
                elif name == "FrToDt":
                    days = (_day(leaves, "FrDt") or _day(leaves, "FrDtTm"), _day(leaves, "ToDt") or _day(leaves, "ToDtTm"))
                    self._days = days  # of an account that is named after it

    def _open(self, name: str) -> None:
        if name in _STATEMENTS:
            self.statements += 1
            self._account, self._days = {}, None
        else:
            self.profile = next((profile for tag, profile in _MESSAGES.items() if name.startswith(tag)), self.profile)

    def _name_account(self, leaves: Leaves) -> None:
        number = leaves.first("Id/Othr/Id", "Id/PrtryAcct/Id")
        iban = valid_iban(leaves.first("Id/IBAN") or number)
        self._account = {
            "name": leaves.first("Nm"),
            "bank": None if iban else leaves.first("Svcr/FinInstnId/BICFI", "Svcr/FinInstnId/BIC"),
            "number": None if iban else leaves.first("Id/IBAN") or number,
            "iban": iban,
            "currency": leaves.first("Ccy"),
        }
        position = self._position(None)
        if self._days:
            self.periods.append((position, *self._days))

    def _position(self, currency: str | None) -> int:
        """Where the statement's account stands; one that names no currency takes that of its first amount."""
        return self.accounts.position(**{**self._account, "currency": self._account.get("currency") or currency})

    def _balance(self, leaves: Leaves) -> None:
        kind = _BALANCES.get(leaves.first("Tp/CdOrPrtry/Cd", "Tp/Cd") or "")
        if kind is None:
            return
        day = _day(leaves, "Dt")
        currency = leaves.first("Amt@Ccy")
        side = _SIDES.get(leaves.first("CdtDbtInd") or "")
        said = (self.statements, self._position(currency), day, leaves.first("Amt"), side, currency, kind, False)
        # Of the two names of an opening balance, which many banks give both, the first stands.
        if kind == "closing" or not any(one[0] == self.statements and one[6] == kind for one in self.balances[-4:]):
            self.balances.append(said)

    def _entry(self, node: etree._Element) -> None:
        leaves, details = taken_apart(node)
        self.seen += 1
        if self._source.progress and self.seen % _STEP == 0:
            self._source.progress(self.seen, self._expected)
        if leaves.first("Sts", "Sts/Cd") in _PENDING:
            return
        side = leaves.first("CdtDbtInd")
        currency = leaves.first("Amt@Ccy")
        is_debit = _SIDES.get(side or "")
        label, counterparty, iban = described(leaves, details, own=self._account.get("iban"), is_debit=bool(is_debit))
        bank_id = leaves.first("AcctSvcrRef") or (details[0].first("Refs/AcctSvcrRef") if len(details) == 1 else None)
        days = _day(leaves, "BookgDt"), _day(leaves, "ValDt")
        said = (*days, leaves.first("Amt"), is_debit, currency, label, counterparty, iban, bank_id, None, side or "", None)
        self.orders.append(self.seen - 1)
        self.lines.append(node.sourceline or 0)
        self.entries.append((None, self.statements, self._position(currency), *said))


def _events(content: bytes) -> Iterator[tuple[str, str, etree._Element]]:
    """Start and end of what matters, without the namespace, which every bank and version writes differently."""
    ends = ("Acct", "Bal", "FrToDt", "Ntry")
    tags = [f"{{*}}{name}" for name in (*_STATEMENTS, *ends, *_MESSAGES, "BkToCstmrAcctRptV01")]
    safe = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    for event, node in etree.iterparse(io.BytesIO(content), events=("start", "end"), tag=tags, **safe):
        name = etree.QName(node).localname
        if (event == "end") == (name in ends):
            yield event, name, node


def _parent(node: etree._Element) -> str:
    parent = node.getparent()
    return etree.QName(parent).localname if parent is not None else ""


def _forget(node: etree._Element) -> None:
    """Free an entry, and those before it."""
    parent = node.getparent()
    node.clear(keep_tail=True)
    while parent is not None and (previous := node.getprevious()) is not None:
        parent.remove(previous)


def _day(leaves: Leaves, name: str) -> str | None:
    """The printed day of a date or a date with a time."""
    written = leaves.first(f"{name}/Dt", f"{name}/DtTm", name)
    return written[:_DAY] if written else None
