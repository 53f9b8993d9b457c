"""Answers that several commands give alike: a table, its JSON, a file that was written; and the order of two days."""

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import typer

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


def file_form(form: str, output: Path | None, *, is_printed: bool = True) -> str:
    """The form in which a table leaves: where none was asked for, what the name of its file says, else CSV.

    Raises:
        Refused: no_output, for a workbook or a printed list; other_form, for a name that says what is not written.
    """
    if form in ("xlsx", "pdf") and output is None:
        raise Refused("no_output", "A workbook or a printed list needs a file: add -o FILE.")
    if form != "table" or output is None:
        return form
    named = output.suffix.lower().removeprefix(".")
    if named == "json":
        raise Refused("other_form", "{path} would be no JSON: add --json, or choose another name.", path=output.name)
    if named == "pdf" and not is_printed:
        raise Refused("other_form", "{path} would be no PDF: this list leaves as CSV or XLSX.", path=output.name)
    return named if named in ("xlsx", "pdf") else "csv"


def show_table(table: "Table", form: str, output: Path | None) -> None:
    """A table that says itself what it is of, in the form that was asked for."""
    from pipelines.exports.table_files import table_file

    form = file_form(form, output)
    if form == "table":
        print_rows(table.columns, table.rows.to_dicts(), door.texts)
        door.say(None, as_json=False, lines=table.about)
    else:
        door.write(output, table_file(table, form, door.texts))


def show_json(answer: object, output: Path | None) -> None:
    """A JSON document on standard output, or in the file asked for."""
    door.write(output, (answers.dump(answer) + "\n").encode())


def show_answer(answer: object, table: "Table", form: str, output: Path | None, *, as_json: bool) -> None:
    """The answer as JSON, or its table in the form asked for."""
    if as_json or form == "json":
        show_json(answer, output)
    else:
        show_table(table, form, output)


def show_written(
    path: Path, content: bytes, *, as_json: bool, more: Mapping[str, object] | None = None, lines: Sequence[str] = ()
) -> None:
    """Write the file that a command makes, and say where it is; its JSON has the digest, and `more`."""
    door.write(path, content)
    answer = {"file": str(path), "sha256": sha256(content).hexdigest(), **(more or {})}
    door.say(answer, as_json=as_json, lines=[door.texts.t("{path}: written.", path=path), *lines])


def check_order(first: date, last: date, *, last_option: str = "--to") -> None:
    """Refuse a period that would end before --from, its first day."""
    if first > last:
        said = "The period would end before it begins: --from is after {option}."
        raise typer.BadParameter(door.texts.t(said, option=last_option))
