"""MT940 fields, each taken apart by the mt-940 package's own pattern; the package's values are not used.

Of the package, only the patterns: its dates move 30 February to the 28th, and one bad line stops its whole file.
"""

import logging
import re
from typing import Any

from mt940 import tags

_FIELD = re.compile(r"^:(NS|[0-9]{2}[A-Z]?):(.*)$")
_END = re.compile(r"^-\}?")
_BALANCES = {"60F", "60M", "62F", "62M", "60", "62"}
_BALANCE = tags.FinalOpeningBalance()
_MOVEMENT = tags.StatementGLS()  # the pattern that does not cut a customer's reference after 16 characters
_TYPE = re.compile(r"[NFS][A-Z0-9 ]{3}")
_KEPT = ("status", "funds_code", "amount", "id", "customer_reference", "bank_reference", "extra_details")


def parse(content: bytes) -> list[dict[str, Any]]:
    """The statements of a UTF-8 file: line, account, balances, and movements with their fields as printed."""
    logging.disable(logging.CRITICAL)
    statements: list[dict[str, Any]] = []
    fields = _fields(content.decode())
    for tag, line, text in fields:
        if tag == "20":
            statements.append({"line": line, "account": None, "balances": [], "movements": [], "is_closed": False})
        if not statements:
            continue
        _take(statements[-1], tag, line, text)
    # What ends in the middle of its amount still looks like one: the last field of an unclosed file needs its type.
    if statements and fields[-1][0] == "61" and not statements[-1]["is_closed"]:
        last = statements[-1]["movements"][-1]
        last["is_cut"] = not last["id"]
    return statements


def _fields(text: str) -> list[tuple[str, int, list[str]]]:
    """Tag, line number and lines of each field; the envelope and the end marks are left out."""
    fields: list[tuple[str, int, list[str]]] = []
    is_open = False
    for number, raw in enumerate(text.split("\n"), start=1):
        row = raw.rpartition("{4:")[2] if raw.startswith("{") else raw
        if found := _FIELD.match(row):
            fields.append((found[1], number, [found[2]]))
            is_open = True
        elif _END.match(row) and not row.strip(" -}"):
            is_open = False
        elif is_open and row.strip():
            fields[-1][2].append(row)
    return fields


def _take(statement: dict[str, Any], tag: str, line: int, text: list[str]) -> None:
    """Add a field to its statement; information behind the closing balance is about the statement."""
    if tag in ("25", "25P"):
        statement["account"] = text[0].strip()
    elif tag in _BALANCES:
        statement["balances"].append({"tag": tag, "shown": text[0].strip()} | _groups(_BALANCE, text[0].strip()))
        statement["is_closed"] = statement["is_closed"] or tag.startswith("62")
    elif tag == "61":
        shown = " ".join(part.strip() for part in text)
        found = _groups(_MOVEMENT, "\n".join(part.rstrip() for part in text[:2]))
        found = found if _ends_its_amount(found) else {}
        movement = {name: found.get(name) for name in _KEPT} | {"day": _day(found), "entry": _entry(found)}
        statement["movements"].append(movement | {"line": line, "shown": shown, "rest": text[2:], "details": [], "is_cut": False})
    elif tag == "86" and statement["movements"] and not statement["is_closed"]:
        statement["movements"][-1]["details"].append(text)


def _groups(tag: tags.Tag, value: str) -> dict[str, Any]:
    """What the package's pattern finds in the text of a field; nothing if it does not fit."""
    found = tag.re.match(value)
    return found.groupdict() if found else {}


def _ends_its_amount(found: dict[str, Any]) -> bool:
    """A type (N, F or S and three characters) or nothing stands behind an amount: 12O,00 is no 12, nor 12,O0 a 12,0."""
    behind = found.get("id") or found.get("customer_reference") or ""
    return not behind or bool(_TYPE.match(behind))


def _day(found: dict[str, Any]) -> list[str] | None:
    return [found["year"], found["month"], found["day"]] if found else None


def _entry(found: dict[str, Any]) -> list[str] | None:
    month, day = (str(found.get(name) or "").strip() for name in ("entry_month", "entry_day"))
    return [month, day] if month and day else None
