"""Lists as printed pages: A4 across, their titles on every page, what they are of at the head, and their sums."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from models.texts import Texts
from pipelines.collections.paper import typeset
from pipelines.exports.column import Column
from pipelines.exports.columns import shown_columns, shown_value, sums_of

_TEMPLATE = Path(__file__).with_name("list.typ")
#: A longer text than this many characters wraps; and how much of the room its length is worth.
_LONGEST_LINE, _WRAPPED = 60, 0.75
#: What the space around a cell is worth in characters, and the least width.
_MARGIN, _LEAST = 2.5, 5
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
    content = {
        "language": texts.language,
        "title": about[0],
        "about": list(about[1:]),
        "head": head,
        "align": ["right" if _is_figure(column, rows) else "left" for column in columns],
        "widths": [_width(title, [row[x] for row in cells]) for x, title in enumerate(head)],
        "rows": cells,
        "sums": (sums := _sums(columns, rows, texts)),
        "tied": _tied(cells) if sums else 0,
        "footer": f"{about[0]} – {texts.t('As of {date}', date=texts.date(day))}",
    }
    return typeset(content, day=day, template=_TEMPLATE)


def _width(title: str, cells: Sequence[str]) -> float:
    """How much room a column takes beside the others: its longest word fits, and a long text wraps."""
    longest_word = max(len(word) for text in [title, *cells] for word in text.split() or [""])
    longest_text = min(max((len(text) for text in cells), default=0), _LONGEST_LINE)
    return max(longest_word + _MARGIN, longest_text * _WRAPPED, _LEAST)


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
