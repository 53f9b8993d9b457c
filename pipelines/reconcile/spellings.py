"""How payers write invoice numbers: separators, letters, zeros or the year dropped; and how much each way says.

FIRM speaks alone; WEAK (its letters are missing, it looks like a date, a digit is misread, its end is cut) needs the
client's name or the exact amount; BARE (a short number such as 12) the exact amount.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import polars as pl

from pipelines.reconcile.labels import plain_words

FIRM, WEAK, BARE = 0, 1, 2
NOTHING = 3  # it says nothing, unless "facture" or the like stands before it
_MIN_WEAK_DIGITS, _MIN_DIGITS, _MIN_FIRM, _MIN_TAIL = 5, 6, 4, 2
_MIN_YEARLY = 7  # digits of a number that begins with its year
_MAX_PARTS, _MAX_KEY = 10, 40
#: Open invoices of a large company.
_MOST_KEPT = 20_000
_PARTS = re.compile(r"[a-z]+|[0-9]+")
YEAR = re.compile(r"20[0-9]{2}")


class Spelling(NamedTuple):
    """One way to write a number, separators aside.

    Attributes:
        document_id: whose number it is.
        alone: its strength where nothing introduces it.
        introduced: its strength behind "facture" or the like.
        cuts: where a separator may stand, as bits; `needed`: where one must.
        tail: digits of its last part.
    """

    document_id: str
    alone: int
    introduced: int
    cuts: int
    needed: int
    tail: int


@lru_cache(_MOST_KEPT)
def number_spellings(number: str) -> tuple[tuple[str, int, int, int, int, int], ...]:
    """How payers write a number: its key without separators, then the fields of Spelling.

    Those of the numbers asked of last are kept: most open invoices are still open after a decision.
    """
    return tuple(_ways_to_write(number))


def _ways_to_write(number: str) -> Iterator[tuple[str, int, int, int, int, int]]:
    parts = _parts(number)
    digits = sum(len(part) for part in parts if part.isdigit())
    size = sum(map(len, parts))
    if not digits or len(parts) > _MAX_PARTS or size > _MAX_KEY:
        return
    has_letters = digits < size
    is_short = size < _MIN_FIRM or (not has_letters and digits < _MIN_DIGITS)
    yield _spelled(parts, *((BARE, WEAK) if is_short else (FIRM, FIRM) if has_letters else (WEAK, FIRM)))
    if is_short:
        return
    core = parts[1:] if parts[0].isalpha() else parts
    tail, sequence = parts[-1], _sequence(parts)
    written = {tuple(parts)}
    years = [part[2:] if YEAR.fullmatch(part) else part for part in parts]
    loose = (WEAK if size >= _MIN_WEAK_DIGITS else NOTHING, WEAK) if has_letters else (NOTHING, WEAK)
    bare = (WEAK if digits >= _MIN_WEAK_DIGITS else NOTHING, FIRM if digits >= _MIN_DIGITS else WEAK)
    ways = [(years, loose), (core, bare), (years[len(parts) - len(core) :], (NOTHING, WEAK))]
    if tail.isdigit() and len(parts) > 1 and tail.lstrip("0"):
        ways.insert(1, ([*parts[:-1], tail.lstrip("0")], loose))
    ways += [([end], (NOTHING, WEAK)) for end in (tail, sequence) if end.isdigit() and len(end) >= _MIN_TAIL]
    for spelled, strengths in ways:
        if tuple(spelled) not in written:
            written.add(tuple(spelled))
            yield _spelled(spelled, *strengths, is_parted=len(spelled) > 1 and spelled[-1] != tail)


def sequence_of(number: str) -> str:
    """What counts the invoices in a number: its last digits without a year before them or zeros ("" if it ends otherwise)."""
    return _sequence(_parts(number))


def _parts(number: str) -> list[str]:
    return _PARTS.findall(number.lower() if number.isascii() else plain_words(number))


def _sequence(parts: list[str]) -> str:
    last = parts[-1] if parts and parts[-1].isdigit() else ""
    has_year = len(last) >= _MIN_YEARLY and YEAR.match(last)
    return (last[4:] if has_year else last).lstrip("0")


def _spelled(parts: list[str], alone: int, introduced: int, *, is_parted: bool = False) -> tuple[str, int, int, int, int, int]:
    cuts = end = last = 0
    for part in parts[:-1]:
        end += len(part)
        last = 1 << end
        cuts |= last
    needed = last if is_parted and parts[-2].isdigit() else 0
    return "".join(parts), alone, introduced, cuts, needed, len(parts[-1])


def spellings_of(documents: pl.DataFrame) -> dict[str, list[Spelling]]:
    """Spellings by key, of numbers and of order references, which are weak: an order may have several invoices."""
    found: dict[str, list[Spelling]] = defaultdict(list)
    has_orders = "order_reference" in documents.columns
    orders = pl.col("order_reference") if has_orders else pl.lit(None, pl.String)
    for document_id, number, order in documents.select("document_id", "number", orders.alias("order")).iter_rows():
        for key, *rest in number_spellings(number):
            found[key].append(Spelling._make((document_id, *rest)))
        for key, _, introduced, *rest in number_spellings(order)[:1] if order else ():
            if introduced == FIRM or len(key) >= _MIN_DIGITS:
                found[f"#{key}"].append(Spelling(document_id, WEAK, WEAK, *rest))
    return found
