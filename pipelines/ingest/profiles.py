"""Profiles: how the export of one program or bank is laid out, as data (profiles/*.toml), or as a user saved it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "profiles"
#: Profiles that are no data: the canonical layouts, and formats that have one layout only.
DEFAULTS = {"invoices": "canonical", "bank": "generic", "clients": "clients"}


@dataclass(frozen=True)
class Profile:
    """How one program's export is laid out.

    Attributes:
        code: its name for programs and `--profile`, for instance "xero".
        title: its name for people, for instance "Xero".
        program: what its variants (by language, age or account) share: naming one of them lets the others fit; empty if alone.
        kind: invoices, purchases, bank or clients.
        requires: headers that tell the export; a file that has them all, under the folding of headers, fits.
        is_exact: only a file with those headers and no other, in that order, fits: for headers that many programs share.
        columns: canonical column -> the headers that hold it, as written; "Solde#2" is the second column of that name.
            A canonical column that is not listed is absent.
        cells: of an export without header, name given to each column -> regular expression of its cells, in file order.
        preamble: regular expressions of the lines above the header, with groups number, iban, currency, from, to, day,
            balance or rows (how many movements the file announces).
        is_per_line: one row per invoice line: the rows of one number are one invoice.
        sums: canonical amount columns that add up over the lines of one invoice; the others repeat on each line.
        date_order: dmy or mdy where the program always writes so; None: decided from the column.
        decimal: "," or "." where the program always writes so; None: decided from the column.
        words: topic of words.toml (status, kind, …) -> word as written -> meaning.
        constants: canonical column -> value of every row.
    """

    code: str
    title: str
    kind: str
    requires: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_per_line: bool = False
    sums: tuple[str, ...] = ()
    date_order: str | None = None
    decimal: str | None = None
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    is_exact: bool = False
    cells: Mapping[str, str] = field(default_factory=dict)
    preamble: tuple[str, ...] = ()
    program: str = ""


@cache
def built_in() -> tuple[Profile, ...]:
    """The profiles that ship, by code."""
    return tuple(parse_profile(path.stem, path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml")))


def parse_profile(code: str, text: str) -> Profile:
    """A profile from its TOML text.

    Raises:
        ValueError: the text is not such a profile.
    """
    said: dict[str, Any] = tomllib.loads(text)
    columns = {name: (headers,) if isinstance(headers, str) else tuple(headers) for name, headers in said["columns"].items()}
    return Profile(
        code=code,
        title=said["title"],
        kind=said["kind"],
        requires=tuple(said.get("requires", ())),
        columns=columns,
        is_per_line=bool(said.get("is_per_line", False)),
        sums=tuple(said.get("sums", ())),
        date_order=said.get("date_order"),
        decimal=said.get("decimal"),
        words=said.get("words", {}),
        constants=said.get("constants", {}),
        is_exact=bool(said.get("is_exact", False)),
        cells=said.get("cells", {}),
        preamble=tuple(said.get("preamble", ())),
        program=said.get("program", ""),
    )


def find_profile(code: str, profiles: Sequence[Profile]) -> Profile | None:
    """The profile of that code or title, saved ones first; else the first of that program."""
    wanted = code.casefold()
    named = (p for p in (*profiles, *built_in()) if wanted in (p.code.casefold(), p.title.casefold()))
    return next(named, None) or next((p for p in built_in() if wanted == p.program), None)


def is_per_line(code: str | None, profiles: Sequence[Profile]) -> bool:
    """Whether a row of that layout is a line of an invoice: without the others its amount would be missing something."""
    found = find_profile(code, profiles) if code else None
    return found is not None and found.is_per_line


def siblings(profile: Profile) -> list[Profile]:
    """The other variants of the profile's program that are of its kind."""
    return [p for p in built_in() if profile.program and p.program == profile.program and p.kind == profile.kind and p != profile]
