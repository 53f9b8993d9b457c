"""A layout that a person chooses for a table that no profile knows: what comes of it, and the profile that keeps it.

A screen asks `sketch` and `propose`, shows what is `understood`, and lets a person choose.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from models.errors import Refused
from models.rows import PROBLEMS
from models.tables import empty
from pipelines.ingest.parts import Parts
from pipelines.ingest.profiles import Profile
from pipelines.ingest.tables.bank_csv import read_bank_csv
from pipelines.ingest.tables.client_rows import read_clients
from pipelines.ingest.tables.headers import fold_header, has_needed
from pipelines.ingest.tables.invoices import read_invoices
from pipelines.ingest.tables.line_items import AMOUNTS
from pipelines.ingest.tables.proposals import Proposal, propose, sums_over_lines, table_kind
from pipelines.ingest.tables.rows import Cells
from pipelines.ingest.tables.sketch import Look, Sketch, sketch
from pipelines.ingest.text import fold

__all__ = [
    "Proposal",
    "Sketch",
    "Understood",
    "profile_code",
    "profile_text",
    "propose",
    "sketch",
    "sums_over_lines",
    "understood",
]

SHOWN = 5


@dataclass(frozen=True)
class Understood:
    """What comes of the first rows under a choice of columns.

    Attributes:
        raw: (line, cells) of those rows.
        parts: documents, lines or clients of those rows only.
        problems: PROBLEMS of those rows, those that reject and warnings.
    """

    raw: tuple[tuple[int, tuple[str, ...]], ...]
    parts: Parts
    problems: pl.DataFrame


def understood(
    sketch: Sketch,
    columns: Mapping[str, int],
    kind: str,
    *,
    currency: str = "EUR",
    is_per_line: bool = False,
    sums: Sequence[str] = (),
) -> Understood:
    """The first rows as the reader of that kind understands them; date orders and the like are decided on more rows.

    Args:
        sketch: of the file.
        columns: canonical column -> position of its header.
        kind: invoices, purchases, bank or clients.
        currency: the company's.
        is_per_line: one row per line of an invoice.
        sums: the amounts that add up over these lines.

    Raises:
        Refused: missing_columns.
    """
    positions: dict[str, tuple[int, ...]] = {column: (position,) for column, position in columns.items()}
    _refuse_missing(positions, kind)
    profile = Profile("", "", kind, columns={"": ()}, is_per_line=is_per_line, sums=tuple(sums))
    table = sketch.table
    is_blank = pl.all_horizontal(pl.all().exclude("line").eq("").fill_null(value=True))
    ragged = pl.DataFrame(schema={"line": pl.Int64, "text": pl.String, "parts": pl.List(pl.String)})
    cells = Cells(table.filter(~is_blank), ragged, empty(PROBLEMS), is_plain=False)
    header = list(sketch.header)
    if table_kind(kind) == "bank":
        parts = read_bank_csv(cells, positions, header, [], currency=currency, profile=profile)
    else:
        reader = read_clients if kind == "clients" else read_invoices
        parts = reader(cells, positions, header, currency=currency, profile=profile)
    raw = sketch.rows[:SHOWN]
    last = raw[-1][0] if raw else 0
    problems = pl.concat([parts.rejected, parts.warnings]).filter(pl.col("line").is_null() | (pl.col("line") <= last))
    shown = {name: getattr(parts, name).filter(pl.col("line") <= last) for name in ("documents", "lines", "clients")}
    return Understood(
        raw, Parts(kind=parts.kind, format=parts.format, profile="", date_order=parts.date_order, **shown), problems
    )


def _refuse_missing(positions: Mapping[str, tuple[int, ...]], kind: str) -> None:
    if kind != "clients" and not has_needed(positions, table_kind(kind)):
        raise Refused("missing_columns", "Choose the columns that are needed: number, client, date and amount of each row.")
    if kind == "clients" and not {"client_name", "client_code"} & set(positions):
        raise Refused("missing_columns", "Choose the columns that are needed: number, client, date and amount of each row.")


def profile_text(
    name: str, kind: str, columns: Mapping[str, int], sketch: Sketch, *, is_per_line: bool = False, sums: Sequence[str] = ()
) -> str:
    """The TOML of a profile with these columns, which recognises the next export of the program by their headers.

    A file without header is recognised by the shape of its cells.

    Args:
        name: of the program, for people.
        kind: invoices, purchases, bank or clients.
        columns: canonical column -> position of its header.
        sketch: of the file.
        is_per_line: one row per line of an invoice.
        sums: the amounts that add up over these lines.

    Raises:
        Refused: missing_columns, or missing_name.
    """
    if not name.strip():
        raise Refused("missing_name", "Give the mapping a name, for instance that of the program.")
    _refuse_missing({column: (position,) for column, position in columns.items()}, kind)
    headers = {column: _header_at(sketch, position) for column, position in sorted(columns.items(), key=lambda one: one[1])}
    lines = [f"title = {_quoted(name.strip())}", f"kind = {_quoted(kind)}"]
    if sketch.has_header:
        required = dict.fromkeys(header.partition("#")[0] for header in headers.values())
        lines.append(f"requires = [{', '.join(map(_quoted, required))}]")
    if is_per_line:
        added = [column for column in sums if column in columns and column in AMOUNTS]
        lines += ["is_per_line = true", f"sums = [{', '.join(map(_quoted, added))}]"]
    lines += ["", "[columns]", *(f"{column} = {_quoted(header)}" for column, header in headers.items())]
    if not sketch.has_header:
        lines += ["", "[cells]"]
        lines += [f"{letter} = {_quoted(_shape(look))}" for letter, look in zip(sketch.header, sketch.looks, strict=True)]
    return "\n".join(lines) + "\n"


def _header_at(sketch: Sketch, position: int) -> str:
    """The header as a profile names it: the second of one name is "Solde#2"."""
    header = sketch.header[position]
    rank = sum(fold_header(other) == fold_header(header) for other in sketch.header[: position + 1])
    bare = header.replace("#", " ").strip()
    return f"{bare}#{rank}" if rank > 1 else bare


def _shape(look: Look) -> str:
    """A regular expression that the cells of a column without header have."""
    blank = "" if look.filled == 1 else "|"
    if look.share("date") == 1:
        return r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}.*" + blank
    if look.share("amount") == 1:
        return r"[-+]?[0-9][0-9 .,'\u00a0\u202f]*(?: ?€)?" + blank
    return ".*"


def _quoted(text: str) -> str:
    """A TOML basic string, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def profile_code(name: str) -> str:
    """The code under which a profile of that name is saved."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-") or "profil"
