"""Delimited text (CSV, TSV): an invoice, bank or client table, by a profile or by the names of its columns."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import polars as pl

from models.errors import UnreadableFile
from models.rows import QUARANTINE_ROWS
from models.tables import conform, empty
from pipelines.ingest.bank_csv import read_bank_csv
from pipelines.ingest.dates import parse_dates
from pipelines.ingest.headers import Layout, fold_header, has_needed, locate, settle_columns
from pipelines.ingest.invoices import read_invoices
from pipelines.ingest.numbers import parse_amounts
from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.profiles import DEFAULTS, Profile, built_in, find_profile
from pipelines.ingest.refusals import refuse
from pipelines.ingest.rows import Cells, Row, logical_rows, read_cells
from pipelines.ingest.sections import joined, sections
from pipelines.ingest.text import decode, fold, unify_line_ends

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
        names: of the columns of an export without header; `at` is then its first row.
    """

    separator: str
    head: list[Row]
    at: int
    kind: str
    positions: dict[str, tuple[int, ...]]
    profile: Profile | None
    names: tuple[str, ...] = ()

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return list(self.names) or ((self.head[self.at][1] or []) if self.head else [])

    @property
    def offsets(self) -> tuple[int, int]:
        """Where the header starts and where the rows below it do."""
        start = self.head[self.at - 1][2] if self.head and self.at else 0
        return start, self.head[self.at][2] if self.head and not self.names else start


def read(source: Source) -> Parts:
    """The rows of a CSV or TSV file.

    Raises:
        UnreadableFile: its encoding, its columns or its quotation marks.
    """
    text, encoding = decode(source.content, source.name)
    # CR CR LF is a line end that a program wrote twice over as text.
    return replace(read_text(unify_line_ends(text.replace("\r\r\n", "\r\n")), source), encoding=encoding)


def read_text(text: str, source: Source) -> Parts:
    """The rows of a text with LF between lines.

    Raises:
        UnreadableFile: its columns or its quotation marks.
    """
    announced, skipped = _sep_line(text)
    body = text[skipped:]
    table = _as_first_read(_find_table(body, announced, source), source)
    first_line = 2 if skipped else 1
    if table.kind == "bank":
        parts = _read_statement(body, first_line, table, source)
    else:
        end = table.offsets[1]
        cells = read_cells(body, end, first_line + body.count("\n", 0, end), table.separator, table.header, source.name)
        parts = read_invoices(cells, table.positions, table.header, currency=source.currency, profile=table.profile)
        parts = replace(parts, quarantine=_quarantine(parts, cells, table.header, table.separator))
    columns = {name: " + ".join(table.header[i].strip() for i in places) for name, places in table.positions.items()}
    return replace(parts, separator=table.separator, columns=columns)


def _read_statement(body: str, first_line: int, table: _Table, source: Source) -> Parts:
    """The accounts of a bank's export, each below a header."""
    date_at = table.positions["booking_date"][0]
    found: list[Parts] = []
    for section in sections(body, table.offsets, table.separator, date_at, source.name):
        line = first_line + body.count("\n", 0, section.start)
        cells = read_cells(body[: section.end], section.start, line, table.separator, table.header, source.name)
        parts = read_bank_csv(
            cells, table.positions, table.header, section.preamble, currency=source.currency, profile=table.profile
        )
        found.append(replace(parts, quarantine=_quarantine(parts, cells, table.header, table.separator)))
    return joined(found)


def _as_first_read(table: _Table, source: Source) -> _Table:
    """The table with the date order and the decimal sign of the file that its rows were taken out of, if there is one."""
    if not source.date_order and not source.decimal:
        return table
    profile = table.profile or Profile(code=DEFAULTS[table.kind], title="", kind=table.kind)
    return replace(
        table,
        profile=replace(profile, date_order=profile.date_order or source.date_order, decimal=profile.decimal or source.decimal),
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
                if not _fits(profile, cells or [], folded) or (best is not None and len(profile.requires) <= best[0]):
                    continue
                positions = _positions(profile, folded)
                if profile.kind != "bank" or has_needed(positions, "bank"):
                    kind = "invoices" if profile.kind == "purchases" else profile.kind
                    best = (len(profile.requires), _Table(separator, head, at, kind, positions, profile))
    return best[1] if best else _by_cells(heads, candidates)


def _fits(profile: Profile, cells: Sequence[str], folded: Sequence[str]) -> bool:
    """Whether a row is the header of the profile's program."""
    if profile.is_exact:
        named = [fold(cell) for cell in cells]
        while named and not named[-1]:
            named.pop()
        return named == [fold(header) for header in profile.requires]
    return bool(profile.requires) and {fold_header(header) for header in profile.requires} <= set(folded)


def _positions(profile: Profile, folded: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Where the headers of a profile's columns stand; a header that stands twice counts where it stands first, unless told."""
    places: dict[str, tuple[int, ...]] = {}
    for column, headers in profile.columns.items():
        found: list[int] = []
        for header in headers:
            name, _, rank = header.partition("#")
            same = [i for i, key in enumerate(folded) if key == fold_header(name)]
            found += same[int(rank or 1) - 1 :][:1]
        if found:
            places[column] = tuple(found)
    return places


def _by_cells(heads: Sequence[tuple[str, list[Row]]], candidates: Sequence[Profile]) -> _Table | None:
    """The rows of an export without header, told by what their cells look like: most rows from the first that fits on do."""
    best: tuple[int, _Table] | None = None
    for separator, head in heads:
        for profile in (one for one in candidates if one.cells):
            patterns = [re.compile(pattern) for pattern in profile.cells.values()]
            fits = [_has_shape(cells or [], patterns) for _, cells, _ in head]
            at = fits.index(True) if True in fits else len(fits)
            written = [fit for fit, (_, cells, _) in zip(fits[at:], head[at:], strict=True) if any(cells or [])]
            if sum(written) * 2 > len(written) and (best is None or len(patterns) > best[0]):
                names = tuple(profile.cells)
                positions = _positions(profile, [fold_header(name) for name in names])
                best = (len(patterns), _Table(separator, head, at, profile.kind, positions, profile, names))
    return best[1] if best else None


def _has_shape(cells: Sequence[str], patterns: Sequence[re.Pattern[str]]) -> bool:
    return len(cells) == len(patterns) and all(
        pattern.fullmatch(cell.strip()) for pattern, cell in zip(patterns, cells, strict=True)
    )


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
    at = layout.row if layout is not None and layout.found > 1 else first
    if layout is None:
        _refuse_rows_without_header(heads, source.name)
    positions = settle_columns(layout, (head[at][1] or []) if head else [], source.name)
    return _Table(separator, head, at, layout.kind if layout else "bank", positions, None)


def _refuse_rows_without_header(heads: Sequence[tuple[str, list[Row]]], name: str) -> None:
    """Say so if the first row has both a date and an amount, as no header has.

    Raises:
        UnreadableFile: no_header.
    """
    for _, head in heads:
        first = next((cells for _, cells, _ in head if any(cell.strip() for cell in cells or [])), None)
        written = pl.Series("cell", [cell.strip() for cell in first or [] if cell.strip()], dtype=pl.String)
        days = parse_dates(written).values.is_not_null()
        if days.any() and parse_amounts(written.filter(~days)).values.is_not_null().any():
            raise refuse("no_header", name=name, seen=", ".join(written)[:200])


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
