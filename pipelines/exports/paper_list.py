"""Lists as printed pages: A4 across, their titles on every page, what they are of at the head, and their sums."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from models.texts import Texts
from pipelines.collections.paper import typeset
from pipelines.exports.column import Column
from pipelines.exports.columns import shown_columns, shown_value, sums_of

_TEMPLATE = Path(__file__).with_name("list.typ")
#: How many characters a line of the page holds, beyond how many a text has no claim on more of it, and where a word breaks.
_LINE, _LONGEST_TEXT, _LONGEST_WORD = 168, 600, 24
#: What the space around a cell is worth in characters, and the least width.
_MARGIN, _LEAST = 2.5, 5
#: Halvings until the number of lines is known well enough.
_STEPS = 20
_BREAK = "\u200b"
_WORDS = re.compile(r"[ \t\n]+")  # an amount is one word: its spaces do not break
_HYPHEN = re.compile(r"(?<=-)(?=[^\W\d])")
_VERY_LONG = re.compile(rf"[^\s-]{{{_LONGEST_WORD}}}(?=[^\s-])")
#: How many rows stand with their sums, and up to how many characters of a cell; beyond, one row, up to so many.
_TIED, _SHORT, _LONG = 3, 100, 600
#: Columns that a printed list has no room for: their words stand in others.
_ONLY_IN_FILES = {"worklist": ("segment", "step", "currency"), "reminders": ("currency", "amount_incl_tax", "issue_date")}


def to_pdf(name: str, rows: Sequence[dict[str, object]], texts: Texts, about: Sequence[str], *, day: date) -> bytes:
    """A list as PDF: the same rows and words give the same bytes.

    Args:
        name: one of LISTS.
        rows: its rows.
        texts: the reader's language.
        about: its title, then what it is of: the date, the filters, the definitions.
        day: the date of the list.
    """
    columns = [column for column in shown_columns(name, rows) if column.name not in _ONLY_IN_FILES.get(name, ())]
    columns = [column for column in columns if not rows or any(row[column.name] not in (None, "", []) for row in rows)]
    return printed(columns, rows, texts, about, day=day)


def printed(
    columns: Sequence[Column],
    rows: Sequence[dict[str, object]],
    texts: Texts,
    about: Sequence[str],
    *,
    day: date,
) -> bytes:
    """Any rows as PDF, as `to_pdf` prints them; at the foot of every page, its title and its date: pages come apart."""
    head = [texts.t(column.title) for column in columns]
    cells = [[shown_value(column, row[column.name], texts) for column in columns] for row in rows]
    sums = _sums(columns, rows, texts)
    content = {
        "language": texts.language,
        "title": about[0],
        "about": list(about[1:]),
        "head": head,
        "align": ["right" if _is_figure(column, rows) else "left" for column in columns],
        "widths": _widths([list(column) for column in zip(head, *cells, *([sums] if sums else []), strict=True)]),
        "rows": [[_breakable(text) for text in row] for row in cells],
        "sums": sums,
        "tied": _tied(cells) if sums else 0,
        "footer": f"{about[0]} – {texts.t('As of {date}', date=texts.date(day))}",
    }
    return typeset(content, day=day, template=_TEMPLATE)


def _widths(columns: Sequence[Sequence[str]]) -> list[float]:
    """How much room each column takes beside the others: the longest word of each fits, and no row is higher than it must be.

    Args:
        columns: the texts of each, its title first.
    """
    least = [max(_LEAST, *(_word_length(word) + _MARGIN for text in column for word in _WORDS.split(text))) for column in columns]
    longest = [min(max(map(len, column[1:]), default=0), _LONGEST_TEXT) for column in columns]

    def on(lines: float) -> list[float]:
        """The widths on which the longest text of each column takes so many lines."""
        return [max(room, text / lines + _MARGIN) for room, text in zip(least, longest, strict=True)]

    few, many = 1.0, float(_LONGEST_TEXT)
    if sum(on(few)) <= _LINE:
        return on(few)
    for _ in range(_STEPS):
        middle = (few + many) / 2
        few, many = (few, middle) if sum(on(middle)) <= _LINE else (middle, many)
    return on(many)


def _word_length(word: str) -> int:
    """How much of a word stands on one line: it breaks after a hyphen before a letter, and a very long one anywhere."""
    return min(max(map(len, _HYPHEN.split(word))), _LONGEST_WORD)


def _breakable(text: str) -> str:
    """The same text with room for a line to break within words that no column holds."""
    return _VERY_LONG.sub(rf"\g<0>{_BREAK}", text)


def _tied(cells: Sequence[Sequence[str]]) -> int:
    """How many of the last rows must stand on one page with their sums; of long ones, as many as a page surely holds."""
    longest = [max(map(len, row)) for row in cells[-_TIED:]]
    if max(longest) <= _SHORT:
        return len(longest)
    return 1 if longest[-1] <= _LONG else 0


def _is_figure(column: Column, rows: Sequence[dict[str, object]]) -> bool:
    values = [row[column.name] for row in rows if row[column.name] is not None]
    return bool(values) and all(isinstance(value, (Decimal, int, float)) for value in values)


def _sums(columns: Sequence[Column], rows: Sequence[dict[str, object]], texts: Texts) -> list[str] | None:
    """The last line: the sums under their columns, and its word where there is room for it."""
    sums = sums_of(columns, rows)
    if not sums:
        return None
    line = [shown_value(column, sums.get(x), texts) for x, column in enumerate(columns)]
    return [line[0] or texts.t("Total"), *line[1:]]
