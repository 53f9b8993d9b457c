"""French interbank statements (CFONB 120): records of 120 characters, 01 old balance, 04 movement, 05 complement, 07 new balance.

Layout: « Relevé de compte sur support informatique », CFONB, July 2004.
"""

import re

import polars as pl

from models.problems import problem_rows
from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.refusals import refuse
from pipelines.ingest.statements.entries import ENTRIES, STATED, Printed, parts_of
from pipelines.ingest.statements.own_accounts import Accounts, valid_iban
from pipelines.ingest.text import decode, unify_line_ends

#: Canonical column -> field of the record, for messages and the preview.
CFONB_COLUMNS = {
    "booking_date": "Date de comptabilisation",
    "value_date": "Date de valeur",
    "amount": "Montant",
    "currency": "Devise",
    "label": "Libellé",
    "counterparty": "Contrepartie",
    "balance": "Solde",
}
_WIDTH = 120
_LEAST = {"01": 104, "04": 104, "05": 40, "07": 104}  # up to the last field that a record cannot do without
_STARTS = re.compile(r"(?:01|04|05|07)[0-9]{5}")
_BANK, _BRANCH, _CURRENCY, _DECIMALS, _NUMBER = slice(2, 7), slice(11, 16), slice(16, 19), 19, slice(21, 32)
_DATE, _REASON, _VALUE, _LABEL, _AMOUNT, _REFERENCE = (
    slice(34, 40), slice(40, 42), slice(42, 48), slice(48, 79), slice(90, 104), slice(104, 120),
)  # fmt: skip
_QUALIFIER, _COMPLEMENT = slice(45, 48), slice(48, 118)
#: The last digit of an amount carries the sign; é and è are what { and } become in the French variant of the code.
_LAST_DIGITS = {mark: (str(i), sign) for sign, marks in (("", "{ABCDEFGHI"), ("-", "}JKLMNOPQR")) for i, mark in enumerate(marks)}
_LAST_DIGITS |= {"é": _LAST_DIGITS["{"], "É": _LAST_DIGITS["{"], "è": _LAST_DIGITS["}"], "È": _LAST_DIGITS["}"]}
_NAMES = {False: ("NPY", "NPO"), True: ("NBE", "NBU")}  # payer of a receipt, payee of a payment
_IBANS = {False: ("CPY", "IPY"), True: ("CBE", "IBE")}


def read(source: Source) -> Parts:
    """Movements, accounts and balances of a CFONB 120 file.

    Raises:
        UnreadableFile: its encoding cannot be decided, or it holds neither a movement nor a balance.
    """
    text, encoding = decode(source.content, source.name)
    file = _File(source.currency)
    for line, record in _records(unify_line_ends(text)):
        file.take(line, record)
    file.end()
    if not file.entries and not file.balances:
        raise refuse("no_statement", name=source.name)
    return parts_of(
        Printed(
            format="cfonb",
            profile="cfonb",
            encoding=encoding,
            columns=CFONB_COLUMNS,
            entries=pl.DataFrame([entry.row() for entry in file.entries], schema=ENTRIES),
            accounts=file.accounts.frame(),
            balances=pl.DataFrame(file.balances, schema=STATED),
            order="dmy",
            decimal=".",
            warnings=problem_rows(file.warnings),
        )
    )


def _records(text: str) -> list[tuple[int, str]]:
    """Line and text of each record; records may follow each other without a line end."""
    records = []
    for number, line in enumerate(text.split("\n"), start=1):
        row = line.rstrip("\x1a \t")
        if len(row) > _WIDTH and _STARTS.match(row, _WIDTH):
            records += [(number, row[cut : cut + _WIDTH]) for cut in range(0, len(row), _WIDTH)]
        elif row.strip():
            records.append((number, row))
    return records


class _File:
    """What the records say, gathered one after the other."""

    def __init__(self, currency: str) -> None:
        """Nothing is read yet."""
        self.accounts = Accounts(currency)
        self.entries: list[_Entry] = []
        self.balances: list[dict[str, object]] = []
        self.warnings: list[tuple[int | None, str | None, str | None, str]] = []
        self._statement = 0
        self._account = 0
        self._open: str | None = None  # the account of the statement that has begun and not ended
        self._is_doubted = False  # it was said that this statement lacks something
        self._entry: _Entry | None = None  # to which complements belong

    def take(self, line: int, record: str) -> None:
        """Add one record."""
        code = record[:2]
        is_whole = bool(_STARTS.match(record)) and _LEAST[code] <= len(record) <= _WIDTH
        if code == "04":
            self._movement(line, record, is_whole=is_whole)
        elif not is_whole or (code == "05" and self._entry is None):
            self._entry = self._entry if code == "05" else None
            self.warnings.append((line, None, record[:_WIDTH].strip(), "record_set_aside"))
        elif code == "05" and self._entry is not None:
            self._entry.complements.append((record[_QUALIFIER].strip(), record[_COMPLEMENT].strip()))
        else:
            self._balance(line, record, code)

    def end(self) -> None:
        """Say of the last statement that it has not ended."""
        if self._open is not None:
            self._doubt(None, self._open)

    def _movement(self, line: int, record: str, *, is_whole: bool) -> None:
        account = record[_NUMBER].strip()
        if is_whole and self._open != account:
            self._begin(line, record)
            self._doubt(line, account)
        self._entry = _Entry(record if is_whole else None)
        place = {"line": line, "statement": self._statement, "account": self._account}
        self._entry.said = place | (_movement(record) if is_whole else {"broken": "bad_record", "shown": record[:_WIDTH].strip()})
        self.entries.append(self._entry)

    def _balance(self, line: int, record: str, code: str) -> None:
        account = record[_NUMBER].strip()
        self._entry = None
        if code == "01":
            self._begin(line, record)
        elif self._open != account:
            self._begin(line, record)
            self._doubt(line, account)
        amount = _amount(record)
        said: dict[str, object] = {
            "day": _day(record[_DATE]),
            "amount": amount or record[_AMOUNT],
            "is_debit": False if amount else None,
        }
        kind = "opening" if code == "01" else "closing"
        place = {"statement": self._statement, "account": self._account}
        self.balances.append(place | said | {"currency": record[_CURRENCY], "kind": kind, "is_interim": False})
        self._open = account if code == "01" else None

    def _begin(self, line: int, record: str) -> None:
        """A statement begins, whether its record 01 is there or not; the one before may have no end."""
        if self._open is not None:
            self._doubt(line, self._open)
        self._statement += 1
        self._open, self._is_doubted = record[_NUMBER].strip(), False
        bank = f"{record[_BANK]} {record[_BRANCH]}".strip()
        currency = record[_CURRENCY].strip() or None
        self._account = self.accounts.position(bank=bank or None, number=self._open or None, currency=currency)

    def _doubt(self, line: int | None, account: str) -> None:
        if not self._is_doubted:
            self.warnings.append((line, None, account, "statement_incomplete"))
        self._is_doubted = True


class _Entry:
    """A movement and its complements, which come behind it."""

    def __init__(self, record: str | None) -> None:
        """Of a record that can be read, or None."""
        self._record = record
        self.said: dict[str, object] = {}
        self.complements: list[tuple[str, str]] = []

    def row(self) -> dict[str, object]:
        """ENTRIES of it."""
        if self._record is None:
            return self.said
        is_debit = str(self.said.get("amount")).startswith("-")
        rejected = self._record[_REASON].strip().removeprefix("00")
        is_return = bool(rejected) or any(qualifier == "RET" for qualifier, _ in self.complements)
        parts = [self._record[_LABEL].strip(), *(text for _, text in self.complements), self._record[_REFERENCE].strip()]
        parts += [f"Rejet {rejected}".strip()] if is_return else []
        told = dict(reversed(self.complements))  # the first of each kind
        ibans = (valid_iban(told[kind].split()[0]) for kind in _IBANS[is_debit] if told.get(kind))
        return self.said | {
            "label": " ".join(dict.fromkeys(part for part in parts if part and not valid_iban(part))),
            "counterparty": next((told[kind] for kind in _NAMES[is_debit] if told.get(kind)), None),
            "counterparty_iban": next((iban for iban in ibans if iban), None),
        }


def _movement(record: str) -> dict[str, object]:
    """ENTRIES of a record 04, its words left out."""
    amount = _amount(record)
    if amount is None:
        return {"broken": "bad_record", "shown": record.strip()}
    return {
        "booked_on": _day(record[_DATE]),
        "valued_on": _day(record[_VALUE]),
        "amount": amount,
        "is_debit": False,
        "currency": record[_CURRENCY],
    }


def _amount(record: str) -> str | None:
    """The signed amount, its decimals counted by the record; None if a digit or the sign is none."""
    digits, last, decimals = record[_AMOUNT][:-1], record[_AMOUNT][-1:], record[_DECIMALS]
    if last not in _LAST_DIGITS or not (digits.isascii() and digits.isdigit() and decimals.isascii() and decimals.isdigit()):
        return None
    unit, sign = _LAST_DIGITS[last]
    whole = (digits + unit).rjust(int(decimals) + 1, "0")
    units, cents = whole[: len(whole) - int(decimals)], whole[len(whole) - int(decimals) :]
    return f"{sign}{units.lstrip('0') or '0'}.{cents}".removesuffix(".")


def _day(written: str) -> str | None:
    """DDMMYY with marks between, or what stands there."""
    found = re.fullmatch(r"([0-9]{2})([0-9]{2})([0-9]{2})", written)
    return "/".join(found.groups()) if found else written.strip() or None
