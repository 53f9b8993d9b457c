"""The layouts of the programs of accountants, as `layouts.toml` lists them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_LAYOUTS = Path(__file__).with_name("layouts.toml")


@dataclass(frozen=True)
class LayoutField:
    """One field of a line.

    Attributes:
        kind: text, tail, code, plain, date, number, amount, cents, constant or blank (see layouts.toml).
        name: the column of the entries that fills it.
        start: its first position, from 1, in fixed width. `length`: its width, or the most it may have; 0: no limit.
        style: of an amount: dot, comma, cents, or chosen: as the company's settings say.
        quotes: of a text between quotation marks, those in it are "removed" or "doubled".
    """

    kind: str
    name: str = ""
    start: int = 0
    length: int = 0
    format: str = ""
    style: str = "dot"
    value: str = ""
    header: str = ""
    quotes: str = ""


@dataclass(frozen=True)
class Layout:
    """One format: `length` of its lines in fixed width, or the `separator` between its fields."""

    code: str
    title: str
    encoding: str
    extension: str
    fields: tuple[LayoutField, ...]
    length: int = 0
    separator: str = ""
    has_header: bool = False
    file: str = ""
    header: tuple[LayoutField, ...] = ()


@cache
def layouts() -> Mapping[str, Layout]:
    """Every layout by its code."""
    with _LAYOUTS.open("rb") as file:
        listed: dict[str, dict[str, Any]] = tomllib.load(file)
    return {code: _layout(code, said) for code, said in listed.items()}


def _layout(code: str, said: dict[str, Any]) -> Layout:
    fields, header = (tuple(LayoutField(**field) for field in said.pop(name, ())) for name in ("fields", "header"))
    return Layout(code=code, fields=fields, header=header, **said)
