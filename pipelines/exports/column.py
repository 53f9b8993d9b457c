"""A column of a list that leaves."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column of a list.

    Attributes:
        name: the field of a row. `title`: its English title.
        words: the English words of its codes, where it holds codes.
        in_table: shown at a terminal too; the others stand in files only.
        is_summed: an amount or number that a workbook and a printed list add up.
        is_share: 0 to 1, written as a percentage.
    """

    name: str
    title: str
    words: Mapping[str, str] | None = None
    in_table: bool = True
    is_summed: bool = False
    is_share: bool = False
