"""Quicken Interchange Format: records of one-letter fields, read here and not by a package.

quiffen, the package for it, takes every sign but digits, points and minus out of an amount (10,50 becomes 1050, a debit in
brackets a receipt) and chooses the order of day and month row by row.
"""

import re
from dataclasses import dataclass, field

import polars as pl

from models.problems import problem_rows
from pipelines.ingest.numbers import parse_amounts
from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.refusals import refuse
from pipelines.ingest.statements.entries import ENTRIES, STATED, Printed, parts_of
from pipelines.ingest.statements.own_accounts import Accounts
from pipelines.ingest.text import decode, fold, refuse_long_lines, unify_line_ends

#: Canonical column -> field, for messages and the preview.
QIF_COLUMNS = {
    "booking_date": "D (date)",
    "amount": "T (montant)",
    "label": "P + M",
    "counterparty": "P (tiers)",
    "currency": "Devise",
    "balance": "$ (solde)",
}
_MOVEMENTS = {"bank", "cash", "ccard", "oth a", "oth l", "invoice"}
_INVESTMENTS = {"invst", "port"}
_LISTS = {"cat", "class", "memorized", "security", "prices", "budget", "tag", "template"}
_OPENINGS = {"opening balance", "solde initial", "solde d ouverture", "solde douverture", "balance initiale"}
_ONCE = "DTU"  # fields that a record has once: a second one begins a record whose end mark is missing


@dataclass
class _Record:
    """What stands before an end mark: fields in order, the splits of the amount apart."""

    line: int
    section: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    is_closed: bool = False

    @property
    def written(self) -> str:
        """The fields as they stand in the file, in one line."""
        return " ".join(code + text for code, text in self.fields)

    def first(self, code: str) -> str | None:
        """The first field of that code, if there is one."""
        return next((text for name, text in self.fields if name == code and text), None)

    def every(self, code: str) -> list[str]:
        """The fields of that code."""
        return [text for name, text in self.fields if name == code and text]


def read(source: Source) -> Parts:
    """Movements, accounts and balances of a QIF file.

    Raises:
        UnreadableFile: its encoding cannot be decided, or it has no section of movements.
    """
    text, encoding = decode(source.content, source.name)
    unified = unify_line_ends(text)
    refuse_long_lines(unified, source.name)
    records = _records(unified)
    if records and not records[-1].is_closed:
        _doubt_the_end(records[-1], unified)
    file = _File(source.currency)
    for record in records:
        file.take(record)
    if not file.entries and not file.ignored and not file.balances:
        raise refuse("no_statement", name=source.name)
    return parts_of(
        Printed(
            format="qif",
            profile="qif",
            encoding=encoding,
            columns=QIF_COLUMNS,
            entries=pl.DataFrame(file.entries, schema=ENTRIES),
            accounts=file.accounts.frame(),
            balances=pl.DataFrame(file.balances, schema=STATED),
            ignored=file.ignored,
            warnings=file.warnings(),
        )
    )


def _records(text: str) -> list[_Record]:
    """The records of a file, each with the section that it stands in."""
    records: list[_Record] = []
    section = ""
    current: _Record | None = None
    for number, raw in enumerate(text.split("\n"), start=1):
        row = raw.strip()
        if row.startswith("!"):
            current = None
            section = _section(row, section)
        elif row.startswith("^"):
            if current is not None:
                current.is_closed = True
            current = None
        elif row and not row.startswith("#"):
            if current is None:
                current = _Record(number, section)
                records.append(current)
            current.fields.append((row[0], row[1:].strip()))
    return records


def _section(row: str, before: str) -> str:
    """What follows a line that begins with an exclamation mark; options change nothing."""
    kind, _, name = row[1:].partition(":")
    if kind.strip().lower() in ("option", "clear"):
        return before
    return " ".join((name if kind.strip().lower() == "type" else kind).lower().split())


def _doubt_the_end(last: _Record, text: str) -> None:
    """A file that stops in the middle of a line may have lost a part of its last date or amount."""
    if not text.endswith("\n") and last.fields[-1][0] in _ONCE:
        last.fields.append(last.fields[-1])


class _File:
    """What the records say, gathered one after the other."""

    def __init__(self, currency: str) -> None:
        """Nothing is read yet; a QIF file names no currency."""
        self._currency = currency
        self._account: str | None = None
        self._stated: dict[str | None, dict[str, object]] = {}
        self.accounts = Accounts(currency)
        self.entries: list[dict[str, object]] = []
        self.balances: list[dict[str, object]] = []
        self.ignored = 0
        self._investments = 0

    def take(self, record: _Record) -> None:
        """Add one record."""
        if record.section == "account":
            self._name(record)
        elif record.section in _INVESTMENTS:
            self._investments += 1
            self.ignored += 1
        elif record.section in _MOVEMENTS:
            self._movement(record)
        elif record.section not in _LISTS:
            written = {"shown": record.section, "written": record.written}
            self.entries.append({"line": record.line, "broken": "unknown_section", **written})

    def warnings(self) -> pl.DataFrame:
        """PROBLEMS: what of the file is not read."""
        return problem_rows([(None, None, str(self._investments), "investments_left_out")] if self._investments else [])

    def _name(self, record: _Record) -> None:
        """The account of what follows, with the balance of its last statement."""
        self._account = record.first("N")
        day, amount = record.first("/"), record.first("$")
        if day and amount:
            self._stated[self._account] = {"day": _day(day), "amount": amount, "is_debit": False, "kind": "closing"}

    def _movement(self, record: _Record) -> None:
        transfer = record.first("L") or ""
        is_opening = transfer.startswith("[") and fold(record.first("P") or "") in _OPENINGS
        if is_opening and self._account is None:
            self._account = transfer.strip("[]")
        place = self._place()
        if is_opening:
            said = {"day": _day(record.first("D") or ""), "amount": record.first("T"), "is_debit": False, "kind": "opening"}
            self.balances.append(place | said | {"is_interim": False})
            self.ignored += 1
        else:
            self.entries.append(place | _entry(record) | {"line": record.line, "currency": self._currency})

    def _place(self) -> dict[str, object]:
        """Statement and account of a movement; an account that has none is not the file's business."""
        position = self.accounts.position(name=self._account)
        place: dict[str, object] = {"statement": position, "account": position}
        if stated := self._stated.pop(self._account, None):
            self.balances.append(place | stated | {"is_interim": False})
        return place


def _entry(record: _Record) -> dict[str, object]:
    """ENTRIES of a movement, its place left out."""
    codes = [code for code, _ in record.fields]
    if any(codes.count(code) > 1 for code in _ONCE):
        return {"broken": "bad_record", "shown": record.written}
    amount, other = record.first("T"), record.first("U")
    parts = [*record.every("P"), *record.every("M"), *record.every("E"), *record.every("N")]
    are_two = amount and other and not _is_same(amount, other)
    broken = {"broken": "two_amounts", "shown": f"{amount}, {other}", "written": record.written} if are_two else {}
    return broken | {
        "booked_on": _day(record.first("D") or ""),
        "amount": None if are_two else amount or other,
        "is_debit": False,
        "label": " ".join(dict.fromkeys(parts)),
        "counterparty": record.first("P"),
    }


def _is_same(amount: str, other: str) -> bool:
    """Whether T and U, the same amount for older and newer programs, say the same."""
    if amount == other:
        return True
    values = parse_amounts(pl.Series([amount, other], dtype=pl.String)).values
    return values.null_count() == 0 and values[0] == values[1]


def _day(written: str) -> str | None:
    """A date without the spaces that stand for zeros; 1/ 2'26 is in 2026."""
    close = re.sub(r"(?<=[/'.-])\s+", "", written)
    found = re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})'([0-9]{1,4})", close)
    return f"{found[1]}/{found[2]}/{found[3].zfill(2)}" if found else close or None
