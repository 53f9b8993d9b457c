"""Tables in the terminal: printed with lines, or written as a file with what they are of."""

import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from door import door
from models.errors import Refused
from models.texts import Texts
from pipelines.exports import answers

# What only some commands need is imported by them: the terminal must start fast.

if TYPE_CHECKING:
    from pipelines.exports.column import Column
    from pipelines.exports.table_files import Table


#: Characters of a line that no terminal cuts: it goes to a file or another program.
_WIDE = 220


def print_rows(columns: "Sequence[Column]", rows: Sequence[answers.Answer], texts: Texts) -> None:
    """The columns of the rows that are for a terminal, figures to the right."""
    from rich.console import Console
    from rich.table import Table as Lines

    from pipelines.exports.columns import shown_value

    shown, table = [column for column in columns if column.in_table], Lines()
    for column in shown:
        numbers = all(isinstance(row[column.name], (Decimal, float, int, type(None))) for row in rows)
        table.add_column(texts.t(column.title), justify="right" if numbers else "left", no_wrap=numbers)
    for row in rows:
        money: str | None = row.get("currency")
        table.add_row(*[shown_value(column, row[column.name], texts, currency=money) for column in shown])
    Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else _WIDE).print(table)


def show_table(table: "Table", form: str, output: Path | None) -> None:
    """A table that says itself what it is of, in the form that was asked for."""
    from pipelines.exports.table_files import table_file

    if form in ("xlsx", "pdf") and output is None:
        raise Refused("no_output", "A workbook or a printed list needs a file: add -o FILE.")
    if form == "table" and output is None:
        print_rows(table.columns, table.rows.to_dicts(), door.texts)
        door.say(None, as_json=False, lines=table.about)
    else:
        door.write(output, table_file(table, "csv" if form == "table" else form, door.texts))
