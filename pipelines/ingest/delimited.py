"""Delimited text (CSV, TSV): an invoice, bank or client table, by a profile or by the names of its columns."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import polars as pl

from models.errors import UnreadableFile
from models.rows import QUARANTINE_ROWS
from models.tables import conform, empty
from pipelines.ingest.bank_csv import read_bank_csv
from pipelines.ingest.headers import Layout, fold_header, locate, settle_columns
from pipelines.ingest.invoices import read_invoices
from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.profiles import Profile, built_in, find_profile
from pipelines.ingest.rows import Cells, Row, logical_rows, read_cells
from pipelines.ingest.text import decode, unify_line_ends

_SEPARATORS = (";", ",", "\t", "|")
_HEAD_ROWS = 30
_KINDS: Mapping[str, tuple[str, ...]] = {
    "auto": ("invoices", "bank"),
    "invoices": ("invoices",),
    "purchases": ("invoices",),
    "bank": ("bank",),
}


@dataclass(frozen=True)
class _Table:
    """Where the header of a text stands and what its columns are.

    Attributes:
        separator: of the cells.
        head: the first rows. `at`: which of them is the header.
        kind: invoices or bank. `positions`: canonical column -> where it stands. `profile`: None for names of columns.
    """

    separator: str
    head: list[Row]
    at: int
    kind: str
    positions: dict[str, tuple[int, ...]]
    profile: Profile | None

    @property
    def header(self) -> list[str]:
        return (self.head[self.at][1] or []) if self.head else []


def read(source: Source) -> Parts:
    """The rows of a CSV or TSV file.

    Raises:
        UnreadableFile: its encoding, its columns or its quotation marks.
    """
    text, encoding = decode(source.content, source.name)
    return replace(read_text(unify_line_ends(text), source), encoding=encoding)


def read_text(text: str, source: Source) -> Parts:
    """The rows of a text with LF between lines.

    Raises:
        UnreadableFile: its columns or its quotation marks.
    """
    announced, skipped = _sep_line(text)
    body = text[skipped:]
    table = _find_table(body, announced, source)
    end = table.head[table.at][2] if table.head else 0
    next_line = (2 if skipped else 1) + body.count("\n", 0, end)
    cells = read_cells(body, end, next_line, table.separator, table.header, source.name)
    currency, profile = source.currency, table.profile
    if table.kind == "invoices":
        parts = read_invoices(cells, table.positions, table.header, currency=currency, profile=profile)
    else:
        start = table.head[table.at - 1][2] if table.at else 0
        preamble = body[:start].split("\n")
        parts = read_bank_csv(cells, table.positions, table.header, preamble, currency=currency, profile=profile)
    columns = {name: " + ".join(table.header[i].strip() for i in places) for name, places in table.positions.items()}
    return replace(
        parts, separator=table.separator, columns=columns, quarantine=_quarantine(parts, cells, table.header, table.separator)
    )


def _sep_line(text: str) -> tuple[str | None, int]:
    """The separator that a first line `sep=;` announces, and the length of that line."""
    line, _, _ = text.partition("\n")
    bare = line.strip(' "\r')
    if bare.lower().startswith("sep=") and len(bare) == len("sep=") + 1:
        return bare[-1], min(len(line) + 1, len(text))
    if line.lower().startswith("sep=\t"):
        return "\t", min(len(line) + 1, len(text))
    return None, 0


def _find_table(text: str, announced: str | None, source: Source) -> _Table:
    """The header: by a profile that fits one of the first rows, else by the names of its columns."""
    heads: list[tuple[str, list[Row]]] = []
    failure: UnreadableFile | None = None
    for separator in (announced,) if announced else _SEPARATORS:
        head, unclosed = _head(text, separator, source.name)
        failure = failure or unclosed
        heads.append((separator, head))
    if failure is not None and not any(head for _, head in heads):
        raise failure
    return _by_profile(heads, source) or _by_names(heads, source)


def _head(text: str, separator: str, name: str) -> tuple[list[Row], UnreadableFile | None]:
    """The first rows, and why there are no more if a quotation mark among them is never closed."""
    rows: list[Row] = []
    try:
        for row in islice(logical_rows(text, separator, name), _HEAD_ROWS):
            rows.append(row)  # noqa: PERF402 -- those read before the refusal are the answer
    except UnreadableFile as error:
        return rows, error
    return rows, None


def _by_profile(heads: Sequence[tuple[str, list[Row]]], source: Source) -> _Table | None:
    """The header that the profile chosen, or failing one the most demanding that fits, tells; None if none fits.

    The columns of a profile that a person chose must all be there in name only as far as a kind needs them.
    """
    chosen = source.profile and find_profile(source.profile, source.profiles)
    if source.profile and not chosen:
        return None
    wanted = _KINDS.get(source.kind, ())
    candidates = [chosen] if chosen else [p for p in (*source.profiles, *built_in()) if p.kind in (*wanted, source.kind)]
    best: tuple[int, _Table] | None = None
    for separator, head in heads:
        for at, (_, cells, _) in enumerate(head):
            folded = [fold_header(cell) for cell in cells or []]
            for profile in candidates:
                required = [fold_header(header) for header in profile.requires]
                if required and set(required) <= set(folded) and (best is None or len(required) > best[0]):
                    positions = _positions(profile, folded)
                    kind = "invoices" if profile.kind == "purchases" else profile.kind
                    best = (len(required), _Table(separator, head, at, kind, positions, profile))
    return best[1] if best else None


def _positions(profile: Profile, folded: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Where the headers of a profile's columns stand; an exact header that stands twice counts where it stands first."""
    places: dict[str, tuple[int, ...]] = {}
    for column, headers in profile.columns.items():
        found = tuple(folded.index(key) for key in map(fold_header, headers) if key in folded)
        if found:
            places[column] = found
    return places


def _by_names(heads: Sequence[tuple[str, list[Row]]], source: Source) -> _Table:
    """The separator with which a row of the head is a header; else the one that cuts the head into most cells.

    Raises:
        UnreadableFile: no row has the columns that a kind needs.
    """
    wanted = {"canonical": ("invoices",), "generic": ("bank",)}.get(source.profile or "") or _KINDS[source.kind]
    tried: list[tuple[tuple[int, int], str, list[Row], Layout | None]] = []
    for separator, head in heads:
        layout = locate([cells for _, cells, _ in head], wanted, source.name)
        if layout is not None and layout.is_complete:
            tried = [((0, 0), separator, head, layout)]
            break
        width = max((len(cells or []) for _, cells, _ in head), default=0)
        tried.append(((layout.found if layout else 0, width), separator, head, layout))
    _, separator, head, layout = max(tried, key=lambda trial: trial[0])
    first = next((i for i, row in enumerate(head) if any(cell.strip() for cell in row[1] or [])), 0)
    at = layout.row if layout is not None else first
    positions = settle_columns(layout, (head[at][1] or []) if head else [], source.name)
    return _Table(separator, head, at, layout.kind if layout else "bank", positions, None)


def _quarantine(parts: Parts, cells: Cells, header: Sequence[str], separator: str) -> pl.DataFrame:
    """QUARANTINE_ROWS of the rejected rows, their cells by header."""
    lines = parts.rejected["line"].drop_nulls().unique()
    if lines.is_empty():
        return empty(QUARANTINE_ROWS)
    names = [cell.strip() or f"{i + 1}" for i, cell in enumerate(header)]
    whole = cells.table.filter(pl.col("line").is_in(lines.implode()))
    rows = {row[-1]: list(row[:-1]) for row in whole.select(pl.all().exclude("line"), "line").iter_rows()}
    rows |= dict(cells.ragged.filter(pl.col("line").is_in(lines.implode())).select("line", "parts").iter_rows())
    rows |= {line: str(text).split(separator) for line, text in cells.broken.select("line", "value").iter_rows()}
    said = [(line, json.dumps(dict(zip(names, row, strict=False)), ensure_ascii=False)) for line, row in sorted(rows.items())]
    return conform(pl.DataFrame(said, schema=QUARANTINE_ROWS, orient="row"), QUARANTINE_ROWS)
