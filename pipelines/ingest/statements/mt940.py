"""SWIFT MT940 statements; the mt-940 package takes the fields apart, in a child process."""

import re
from typing import Any

import polars as pl

from models.problems import problem_rows
from pipelines.ingest.child import call
from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.refusals import refuse
from pipelines.ingest.statements.entries import ENTRIES, STATED, Printed, parts_of
from pipelines.ingest.statements.mt940_label import described, is_reference
from pipelines.ingest.statements.own_accounts import Accounts, valid_iban
from pipelines.ingest.text import decode, refuse_long_lines, unify_line_ends

#: Canonical column -> field, for messages and the preview.
MT940_COLUMNS = {
    "booking_date": ":61: entry date",
    "value_date": ":61: value date",
    "amount": ":61: amount",
    "direction": ":61: C/D",
    "currency": ":60F: currency",
    "label": ":86:",
    "counterparty": ":86: name",
    "bank_id": ":61: //",
    "balance": ":60F:, :62F:",
}
#: A reversed credit takes money away, a reversed debit brings it back.
_DEBITS = {"C": False, "D": True, "RC": True, "RD": False}
_ACCOUNT = re.compile(r"^(?P<account>.*?)[ /]?(?P<currency>[A-Z]{3})?$")
_HALF_YEAR = 6


def read(source: Source) -> Parts:
    """Movements, accounts and balances of an MT940 file.

    Raises:
        UnreadableFile: its encoding cannot be decided, the parser stopped, or it holds no statement.
    """
    text, encoding = decode(source.content, source.name)
    unified = unify_line_ends(text)
    refuse_long_lines(unified, source.name)
    statements = call("mt940", unified.encode(), source.name)
    if not any(one["account"] or one["balances"] or one["movements"] for one in statements):
        raise refuse("no_statement", name=source.name)
    accounts = Accounts(source.currency)
    entries: list[dict[str, object]] = []
    balances: list[dict[str, object]] = []
    incomplete: list[tuple[int | None, str | None, str | None, str]] = []
    for number, one in enumerate(statements):
        named = _account(one)
        place = {"statement": number, "account": accounts.position(**named)}
        if {balance["tag"][:2] for balance in one["balances"]} != {"60", "62"}:
            incomplete.append((one["line"], None, one["account"] or "", "statement_incomplete"))
        entries += [
            _entry(movement) | place | {"currency": named["currency"] or source.currency} for movement in one["movements"]
        ]
        balances += [_balance(balance) | place for balance in one["balances"]]
    return parts_of(
        Printed(
            format="mt940",
            profile="mt940",
            encoding=encoding,
            columns=MT940_COLUMNS,
            entries=pl.DataFrame(entries, schema=ENTRIES),
            accounts=accounts.frame(),
            balances=pl.DataFrame(balances, schema=STATED),
            order="dmy",
            decimal=",",
            is_unsigned=True,
            warnings=problem_rows(incomplete),
        )
    )


def _account(statement: dict[str, Any]) -> dict[str, str | None]:
    """Bank, number or IBAN, and currency, as field 25 and the balances say them."""
    currency = next((one["currency"] for one in statement["balances"] if one.get("currency")), None)
    written = (statement["account"] or "").strip()
    whole = next((found for part in (written, written.rpartition("/")[2]) if (found := valid_iban(part))), None)
    parts = _ACCOUNT.match(written)
    if whole is None and parts and parts["currency"] and any(char.isdigit() for char in parts["account"]):
        written, currency = parts["account"], currency or parts["currency"]
        whole = valid_iban(written)
    if whole:
        return {"iban": whole, "currency": currency}
    bank, _, number = written.rpartition("/")
    return {"bank": bank.replace("/", " ") or None, "number": number or None, "currency": currency}


def _entry(movement: dict[str, Any]) -> dict[str, object]:
    """ENTRIES of one movement."""
    if movement["day"] is None or movement["is_cut"]:
        return {"line": movement["line"], "broken": "bad_record", "shown": movement["shown"]}
    is_debit = _DEBITS.get(movement["status"].upper())
    said, name, iban = described(movement["details"], is_debit=bool(is_debit))
    own = (movement["customer_reference"], movement["extra_details"], *movement["rest"])
    parts = [*said, *(part.strip() for part in own if part and is_reference(part.strip()))]
    reference = (movement["bank_reference"] or "").strip()
    year, month, day = movement["day"]
    return {
        "line": movement["line"],
        "booked_on": _booked_on(movement["day"], movement["entry"]),
        "valued_on": f"{day}/{month}/{year}",
        "amount": movement["amount"],
        "is_debit": is_debit,
        "label": " ".join(dict.fromkeys(parts)),
        "counterparty": name,
        "counterparty_iban": iban,
        "bank_id": reference if is_reference(reference) else None,
        "shown": movement["status"],
    }


def _booked_on(value: list[str], entry: list[str] | None) -> str:
    """The entry date, which has no year, in the year that brings it nearest to the value date."""
    year, month, day = value
    if entry is None:
        return f"{day}/{month}/{year}"
    ahead = int(entry[0]) - int(month)
    full = int(year) + (ahead < -_HALF_YEAR) - (ahead > _HALF_YEAR)
    return f"{entry[1]}/{entry[0]}/{full % 100:02d}"


def _balance(balance: dict[str, Any]) -> dict[str, object]:
    """STATED of one field 60 or 62; those between two pages (60M, 62M) are of no whole day."""
    is_read = "amount" in balance
    return {
        "day": f"{balance['day']}/{balance['month']}/{balance['year']}" if is_read else None,
        "amount": balance["amount"] if is_read else balance["shown"],
        "is_debit": _DEBITS.get(balance["status"].upper()) if is_read else None,
        "currency": balance.get("currency"),
        "kind": "opening" if balance["tag"].startswith("60") else "closing",
        "is_interim": balance["tag"].endswith("M"),
    }
