"""Where the header of a delimited text stands and what its columns are: by a profile, else by the names of the columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

import polars as pl

from models.errors import UnreadableFile
from pipelines.ingest.dates import parse_dates
from pipelines.ingest.numbers import parse_amounts
from pipelines.ingest.parts import Source
from pipelines.ingest.profiles import Profile, built_in, find_profile, siblings
from pipelines.ingest.refusals import refuse
from pipelines.ingest.tables.headers import Layout, fold_header, has_needed, locate, settle_columns
from pipelines.ingest.tables.rows import Row, logical_rows
from pipelines.ingest.text import fold

_SEPARATORS = (";", ",", "\t", "|")
_HEAD_ROWS = 30
_KINDS: Mapping[str, tuple[str, ...]] = {
    "auto": ("invoices", "bank", "clients"),
    "invoices": ("invoices",),
    "purchases": ("invoices",),
    "bank": ("bank",),
    "clients": ("clients",),
}


@dataclass(frozen=True)
class Table:
    """Where the header of a text stands and what its columns are.

    Attributes:
        separator: of the cells.
        head: the first rows. `at`: which of them is the header.
        kind: invoices, bank or clients. `positions`: canonical column -> where it stands. `profile`: None for names of columns.
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


def find_table(text: str, announced: str | None, source: Source) -> Table:
    """The header: by a profile that fits one of the first rows, else by the names of its columns.

    Raises:
        UnreadableFile: profile_does_not_fit, where a person chose one; or as `locate` and `logical_rows` say.
    """
    heads: list[tuple[str, list[Row]]] = []
    failure: UnreadableFile | None = None
    for separator in (announced,) if announced else _SEPARATORS:
        head, unclosed = _head(text, separator, source.name)
        failure = failure or unclosed
        heads.append((separator, head))
    if failure is not None and not any(head for _, head in heads):
        raise failure
    tried = (
        _by_profile(heads, some) or (None if _has_names(heads, source) else _by_cells(heads, some))
        for some in _candidates(source)
    )
    found = next((table for table in tried if table is not None), None)
    chosen = find_profile(source.profile, source.profiles) if source.profile else None
    if not found and chosen is not None:
        needed = ", ".join(chosen.requires) or "–"
        raise refuse("profile_does_not_fit", name=source.name, profile=chosen.title, needed=needed)
    return found or _by_names(heads, source)


def _head(text: str, separator: str, name: str) -> tuple[list[Row], UnreadableFile | None]:
    """The first rows, and why there are no more if a quotation mark among them is never closed."""
    rows: list[Row] = []
    try:
        for row in islice(logical_rows(text, separator, name), _HEAD_ROWS):
            rows.append(row)  # noqa: PERF402 -- those read before the refusal are the answer
    except UnreadableFile as error:
        return rows, error
    return rows, None


def _by_profile(heads: Sequence[tuple[str, list[Row]]], candidates: Sequence[Profile]) -> Table | None:
    """The header that the most demanding profile that fits tells; None if none fits.

    The columns of a profile that a person chose must all be there in name only as far as a kind needs them.
    """
    best: tuple[int, Table] | None = None
    for separator, head in heads:
        for at, (_, cells, _) in enumerate(head):
            folded = [fold_header(cell) for cell in cells or []]
            exact = [fold(cell) for cell in cells or []]
            while exact and not exact[-1]:
                exact.pop()
            for profile in candidates:
                if not _fits(profile, exact, folded) or (best is not None and len(profile.requires) <= best[0]):
                    continue
                positions = _positions(profile, folded)
                kind = "invoices" if profile.kind == "purchases" else profile.kind
                if has_needed({**positions, **dict.fromkeys(profile.constants, ())}, kind):
                    best = (len(profile.requires), Table(separator, head, at, kind, positions, profile))
    return best[1] if best else None


def _candidates(source: Source) -> list[list[Profile]]:
    """The profile that a person chose, then the others of its program; or all of the kinds that the file may be."""
    if source.profile:
        chosen = find_profile(source.profile, source.profiles)
        return [[chosen], siblings(chosen)] if chosen else []
    wanted = _KINDS.get(source.kind, ())
    kinds = (*wanted, "purchases") if source.kind in ("auto", "purchases") else wanted
    return [[profile for profile in (*source.profiles, *built_in()) if profile.kind in kinds]]


def _fits(profile: Profile, exact: Sequence[str], folded: Sequence[str]) -> bool:
    """Whether a row, its cells with their units (`exact`) and without, is the header of the profile's program."""
    if profile.is_exact:
        return tuple(exact) == _exactly(profile.requires)
    return bool(profile.requires) and _loosely(profile.requires) <= set(folded)


@cache
def _exactly(headers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(fold(header) for header in headers)


@cache
def _loosely(headers: tuple[str, ...]) -> frozenset[str]:
    return frozenset(fold_header(header) for header in headers)


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


def _by_cells(heads: Sequence[tuple[str, list[Row]]], candidates: Sequence[Profile]) -> Table | None:
    """The rows of an export without header, told by what their cells look like: most rows from the first that fits on do.

    A row of as many words above them is a header, though an unknown one.
    """
    best: tuple[int, Table] | None = None
    for separator, head in heads:
        for profile in (one for one in candidates if one.cells):
            patterns = [re.compile(pattern) for pattern in profile.cells.values()]
            fits = [_has_shape(cells or [], patterns) for _, cells, _ in head]
            at = fits.index(True) if True in fits else len(fits)
            written = [fit for fit, (_, cells, _) in zip(fits[at:], head[at:], strict=True) if any(cells or [])]
            is_headed = any(len(cells or []) == len(patterns) and all(cells or []) for _, cells, _ in head[:at])
            if sum(written) * 2 > len(written) and not is_headed and (best is None or len(patterns) > best[0]):
                names = tuple(profile.cells)
                positions = _positions(profile, [fold_header(name) for name in names])
                best = (len(patterns), Table(separator, head, at, profile.kind, positions, profile, names))
    return best[1] if best else None


def _has_shape(cells: Sequence[str], patterns: Sequence[re.Pattern[str]]) -> bool:
    return len(cells) == len(patterns) and all(
        pattern.fullmatch(cell.strip()) for pattern, cell in zip(patterns, cells, strict=True)
    )


def _has_names(heads: Sequence[tuple[str, list[Row]]], source: Source) -> bool:
    """Whether a row has the names of all columns that a kind needs."""
    layouts = (locate([cells for _, cells, _ in head], _KINDS[source.kind], source.name) for _, head in heads)
    return any(layout is not None and layout.is_complete for layout in layouts)


def _by_names(heads: Sequence[tuple[str, list[Row]]], source: Source) -> Table:
    """The separator with which a row of the head is a header; else the one that cuts the head into most cells.

    Raises:
        UnreadableFile: no row has the columns that a kind needs.
    """
    wanted = {"canonical": ("invoices",), "generic": ("bank",), "clients": ("clients",)}.get(source.profile or "") or _KINDS[
        source.kind
    ]
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
    return Table(separator, head, at, layout.kind if layout else "bank", positions, None)


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
