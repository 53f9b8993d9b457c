"""The summary that a dossier writes beside itself: a few figures of the company at a day, no client, no invoice.

A portfolio reads the summaries of a folder and opens no database. A summary says of which change it is, with that change's
seal: one that the journal has gone beyond, or that was written by hand for another database, is known to be old.
"""

import json
import math
import os
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Literal

from models.journal import Journal
from models.money import ZERO

#: Of the file's layout; a later one is not read.
FORMAT = 1
#: ok; missing; damaged; newer: written by a later version; stale: the dossier has changed since.
State = Literal["ok", "missing", "damaged", "newer", "stale"]
_LONGEST = 65536
_AMOUNT = re.compile(r"-?[0-9]{1,16}\.[0-9]{2}")


@dataclass(frozen=True)
class Summary:
    """What a dossier says of itself at the end of `as_of`, in its own currency.

    Attributes:
        company: its name. `program`: the version that wrote this.
        written_at: when, UTC.
        change, seal: the last change that it knows, and that change's seal.
        other_currencies: receivables in the others, each by itself.
        lowest_date, lowest: the prudent low point of cash in the next 30 days; null without a bank account.
        cash_floor, statement_days: the company's own limits.
        last_statement: the day to which the account covered least goes. `last_import`: when a file last brought something.
        last_invoice: when the last one was issued.
        drafts_ready, drafts_held: reminders that can go, and that wait for something.
        closed_to: the last day of the closed period.
    """

    company: str
    program: str
    written_at: datetime
    change: int
    seal: str
    as_of: date
    currency: str
    receivables: Decimal
    gross_outstanding: Decimal
    overdue: Decimal
    over_90: Decimal
    dso: float | None
    lowest_date: date | None
    lowest: Decimal | None
    cash_floor: Decimal
    statement_days: int
    last_statement: date | None
    last_import: date | None
    last_invoice: date | None
    drafts_ready: int
    drafts_held: int
    closed_to: date | None
    other_currencies: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """A dossier's summary as it was found: `summary` is None where it is missing, damaged or newer."""

    path: Path
    state: State
    summary: Summary | None = None

    @property
    def name(self) -> str:
        """The company's name, if a summary tells it."""
        return self.summary.company if self.summary else ""


def summary_path(database: Path) -> Path:
    """X.summary.json beside X.duckdb."""
    return database.with_name(f"{database.stem}.summary.json")


@cache
def program_version() -> str:
    """The version of this program; empty where it runs without having been installed."""
    with suppress(metadata.PackageNotFoundError):
        return metadata.version("encours")
    return ""


def write_summary(database: Path, summary: Summary) -> None:
    """Put the summary beside its database: whole or not at all, for its owner alone."""
    target = summary_path(database)
    draft = target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}")
    said = {"format": FORMAT} | {name: _plain(value) for name, value in asdict(summary).items()}
    try:
        draft.touch(mode=0o600)
        with draft.open("w", encoding="utf-8") as file:
            json.dump(said, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _plain(value: object) -> object:
    """A value as JSON has it: amounts as strings, days as 2026-06-26."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else value


def read_summary(database: Path) -> Found:
    """The summary of a dossier as it stands; nothing is guessed of one that cannot be read."""
    try:
        with summary_path(database).open("rb") as file:
            said = json.loads(file.read(_LONGEST))
    except FileNotFoundError:
        return Found(database, "missing")
    except (OSError, ValueError, RecursionError):
        return Found(database, "damaged")
    if not isinstance(said, dict) or type(said.get("format")) is not int:
        return Found(database, "damaged")
    if said["format"] > FORMAT:
        return Found(database, "newer")
    try:
        summary = _summary(said)
    except (KeyError, TypeError, ValueError, InvalidOperation):
        return Found(database, "damaged")
    last = Journal(database).last() or (0, "")
    return Found(database, "ok" if last == (summary.change, summary.seal) else "stale", summary)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError(value)
    return value


def _ratio(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(value)
    if not math.isfinite(value):
        raise ValueError(value)
    return float(value)


def _currency(value: object) -> str:
    if not re.fullmatch(r"[A-Z]{3}", _text(value)):
        raise ValueError(value)
    return _text(value)


def _day(value: object) -> date:
    return date.fromisoformat(_text(value))


def _instant(value: object) -> datetime:
    return datetime.fromisoformat(_text(value))


def _amount(value: object) -> Decimal:
    """An amount with its two decimals; a zero is never negative."""
    text = _text(value)
    if not _AMOUNT.fullmatch(text):
        raise ValueError(text)
    return Decimal(text) + ZERO


def _or_none(read: Callable[[object], object]) -> Callable[[object], object]:
    return lambda value: None if value is None else read(value)


def _amounts(value: object) -> dict[str, Decimal]:
    if not isinstance(value, dict):
        raise TypeError(value)
    return {_currency(name): _amount(item) for name, item in value.items()}


_READERS: Mapping[str, Callable[[object], object]] = {
    **dict.fromkeys(("company", "program", "seal"), _text),
    "currency": _currency,
    **dict.fromkeys(("change", "statement_days", "drafts_ready", "drafts_held"), _whole),
    **dict.fromkeys(("receivables", "gross_outstanding", "overdue", "over_90", "cash_floor"), _amount),
    **dict.fromkeys(("lowest_date", "last_statement", "last_import", "last_invoice", "closed_to"), _or_none(_day)),
    "written_at": _instant,
    "as_of": _day,
    "dso": _or_none(_ratio),
    "lowest": _or_none(_amount),
    "other_currencies": _amounts,
}


def _summary(said: Mapping[str, object]) -> Summary:
    """Each field as its type is; an absent one or any other value is an error."""
    return Summary(**{name: read(said[name]) for name, read in _READERS.items()})  # type: ignore[arg-type]
