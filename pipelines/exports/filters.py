"""What a reader asks of a table: words to find, conditions on columns, an order; written in an address and read back.

An address is text from anywhere: what cannot be read is left out, never guessed and never an error. Values of a column
stand in it by their codes (a client by its id), never by their names.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal
from urllib.parse import quote, unquote

FieldKind = Literal["text", "amount", "number", "share", "date", "yes_no"]
#: Longer is no address of ours; more conditions or values than these are dropped.
_LONGEST, _MOST_CONDITIONS, _MOST_VALUES, _LONGEST_WORDS = 4000, 20, 200, 200
_MOST_DIGITS = 16


@dataclass(frozen=True)
class Field:
    """A column that can be asked of.

    Attributes:
        name: the frame's column. `title`: its heading, in the reader's language.
        kind: how it can be asked of: amounts, numbers and dates from and to (a share, 0 to 1, in percent), texts by words
            or by value, yes or no.
        code: the column whose values stand for it in an address, for instance `client_id`; None: a mark of the text itself.
        words: the words of those codes, where the texts shown say more than the code.
    """

    name: str
    title: str
    kind: FieldKind = "text"
    code: str | None = None
    words: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Condition:
    """What the values of one column must be; only one of the three is asked.

    Attributes:
        column: its name.
        low: the least amount, number or date; None is no bound. `high`: the largest.
        words: what a text must hold.
        codes: the codes of the values to keep; of a yes or no column "yes" or "no".
    """

    column: str
    low: Decimal | date | None = None
    high: Decimal | date | None = None
    words: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListFilter:
    """All that is asked of a table; nothing by default."""

    words: str = ""
    conditions: tuple[Condition, ...] = ()
    sort: str | None = None
    is_descending: bool = False

    def of(self, column: str) -> Condition | None:
        """The condition on a column."""
        return next((condition for condition in self.conditions if condition.column == column), None)

    def with_condition(self, condition: Condition) -> "ListFilter":
        """The same with that condition in place of the column's former one."""
        return replace(self, conditions=(*self.without(condition.column).conditions, condition))

    def without(self, column: str) -> "ListFilter":
        """The same without a condition on that column."""
        return replace(self, conditions=tuple(kept for kept in self.conditions if kept.column != column))


def write_filter(asked: ListFilter) -> dict[str, str]:
    """The filter as texts of an address: `q` the words, `f` the conditions, `s` the order; what is not asked is absent."""
    written = {
        "q": asked.words,
        "f": ";".join(_written(condition) for condition in asked.conditions),
        "s": "" if asked.sort is None else ("-" if asked.is_descending else "") + asked.sort,
    }
    return {name: text for name, text in written.items() if text}


def _written(condition: Condition) -> str:
    name = quote(condition.column, safe="")
    if condition.codes:
        return f"{name}={','.join(quote(code, safe='') for code in condition.codes)}"
    if condition.words:
        return f"{name}~{quote(condition.words, safe='')}"
    low, high = ("" if bound is None else str(bound) for bound in (condition.low, condition.high))
    return f"{name}:{low}_{high}"


def read_filter(written: Mapping[str, str], fields: Sequence[Field]) -> ListFilter:
    """The filter that an address asks; whatever in it is none of these columns or not readable is left out."""
    by_name = {field.name: field for field in fields}
    words = " ".join(written.get("q", "")[:_LONGEST_WORDS].split())
    order = written.get("s", "")
    sort = order.removeprefix("-")
    conditions: dict[str, Condition] = {}
    text = written.get("f", "")
    for part in text.split(";")[:_MOST_CONDITIONS] if len(text) <= _LONGEST else []:
        found = _read(part, by_name)
        if found is not None:
            conditions.setdefault(found.column, found)
    return ListFilter(
        words=words,
        conditions=tuple(conditions.values()),
        sort=sort if sort in by_name else None,
        is_descending=sort in by_name and order.startswith("-"),
    )


def _read(part: str, fields: Mapping[str, Field]) -> Condition | None:
    """One condition; None if it cannot be read."""
    at = next((n for n, sign in enumerate(part) if sign in "=~:"), None)
    if at is None:
        return None
    field, sign, asked = fields.get(unquote(part[:at])), part[at], part[at + 1 :]
    if field is None:
        return None
    if sign == ":" and field.kind in ("amount", "number", "share", "date"):
        return _range(field, asked)
    if sign == "~" and field.kind == "text":
        words = " ".join(unquote(asked)[:_LONGEST_WORDS].split())
        return Condition(field.name, words=words) if words else None
    if sign == "=" and field.kind in ("text", "yes_no"):
        codes = tuple(dict.fromkeys(unquote(code) for code in asked.split(",")[:_MOST_VALUES]))
        if field.kind == "yes_no":
            codes = tuple(code for code in codes if code in ("yes", "no"))
        return Condition(field.name, codes=codes) if codes and all(codes) else None
    return None


def _range(field: Field, asked: str) -> Condition | None:
    low, separator, high = asked.partition("_")
    if not separator or not (low or high):
        return None
    read = _day if field.kind == "date" else _decimal
    bounds = [read(bound) if bound else None for bound in (low, high)]
    if any(bound is None and text for bound, text in zip(bounds, (low, high), strict=True)):
        return None
    return Condition(field.name, low=bounds[0], high=bounds[1])


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _decimal(text: str) -> Decimal | None:
    """A plain number of few enough digits: no exponent, no NaN, no sign of another script."""
    is_plain = text.isascii() and not set(text) - set("0123456789.-") and len(text) <= _MOST_DIGITS
    try:
        return Decimal(text) if is_plain else None
    except InvalidOperation:
        return None


def marks(asked: ListFilter) -> Iterator[str]:
    """What is asked, as short texts that differ where the filters differ."""
    yield from (f"{name}={text}" for name, text in sorted(write_filter(asked).items()))
