"""The columns of a table on screen: how each reads, and how it can be asked of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

import polars as pl

Kind = Literal["text", "money", "date", "count", "days", "tenths", "hundredths", "percent", "share", "chance", "check"]
#: In pixels, of the text of tables; a letter with its share of what a line leaves empty at its end.
_LETTER_WIDTH, _LINE_HEIGHT, _ROW_MARGIN = 7.5, 18, 12
#: Streamlit wraps no text in rows of up to 64 pixels: two lines need the room of three.
_ONE_LINE, _FEWEST_LINES, _MOST_LINES = 48, 3, 9
Width = Literal["small", "medium", "large"] | int | None


@dataclass(frozen=True)
class Column:
    """A column of a table on screen.

    Attributes:
        name: the frame's column.
        title: its heading, already in the reader's language.
        kind: how its values read. `percent` is 0 to 100, `share` 0 to 1 as a bar, `chance` such a one whose
            decimals mean nothing, `days` and `count` whole numbers,
            `tenths` and `hundredths` with one and two decimals.
        width: small, medium, large or pixels; None fits the content.
        help: what the figure means, shown on the heading and printed on the table's files.
        pinned: stays in sight when the table scrolls sideways.
        is_sparse: an amount of zero is left blank.
        is_summed: an amount whose sum means something; the balance of a day has none.
        code: the frame's column whose values stand for this one in an address; by default `<name>_id` or `<name>_code`,
            where the frame has it.
        words: the words of those codes in the reader's language, where the texts shown say more than the code.
    """

    name: str
    title: str
    kind: Kind = "text"
    width: Width = None
    help: str | None = None
    pinned: bool = False
    is_sparse: bool = False
    is_summed: bool = True
    code: str | None = None
    words: Mapping[str, str] | None = None


def wrapped_height(words: Sequence[str], width: int) -> int:
    """The height in pixels of a table's rows where the longest of these texts wraps in a column of that width."""
    lines = ceil(max(map(len, words), default=0) * _LETTER_WIDTH / width)
    return _ROW_MARGIN + _LINE_HEIGHT * min(max(lines, _FEWEST_LINES), _MOST_LINES) if lines > 1 else _ONE_LINE


def height_to_wrap(words: Sequence[str], width: int) -> int | None:
    """The same where one of these texts needs a second line; None where each fits in one, which is the usual height."""
    return wrapped_height(words, width) if max(map(len, words), default=0) * _LETTER_WIDTH > width else None


def one_currency(frame: pl.DataFrame, own: str) -> str | None:
    """The currency of all amounts of a table, a row without one being in `own`; None where they are in several."""
    if frame.schema.get("currency") != pl.String:
        return own
    found = frame["currency"].fill_null(own).unique().to_list()
    return str(found[0]) if len(found) == 1 else None if found else own
