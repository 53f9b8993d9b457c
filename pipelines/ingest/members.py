"""What the files of one archive say, as one: rows numbered through, accounts told apart, nothing counted twice."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import polars as pl

from models.problems import problem_rows
from pipelines.ingest.parts import Parts, common_decimal
from pipelines.ingest.refusals import refuse

_FRAMES = ("documents", "lines", "clients", "receipts", "rates", "rejected", "quarantine", "warnings")
_NAMED = ("name", "bank", "number", "iban", "currency")
_MOVEMENT = ("booking_date", "amount", "currency", "label", "bank_id")
#: Kinds whose rows are known by their format too: movements of a statement, openings of a ledger.
_FORMAT_COUNTS = ("bank", "ledger")
_Said = TypeVar("_Said")


@dataclass(frozen=True)
class Member:
    """A file of an archive.

    Attributes:
        name: its path in the archive.
        parts: what it says, or None.
        refusal: the code of why it cannot be read, or None.
    """

    name: str
    parts: Parts | None
    refusal: str | None


def merged(members: Sequence[Member], name: str) -> Parts:
    """The parts of all members, at least one of which could be read.

    A line is that of the row when the members are written one below the other: of members of one document each, the
    position in the archive. A refused member is a rejected row.

    Raises:
        UnreadableFile: archive_mixed_kinds or archive_ledgers.
    """
    readable = [member.parts for member in members if member.parts is not None]
    _refuse_mixture(readable, name)
    placed = list(_placed(members))
    decimal, mixes_decimals = common_decimal(readable)
    whole = replace(
        readable[0],
        format=readable[0].format if readable[0].kind in _FORMAT_COUNTS else "zip",
        profile=_common(parts.profile for parts in readable) or "",
        encoding=_common(parts.encoding for parts in readable) or "",
        separator=_common(parts.separator for parts in readable),
        date_order=_common(parts.date_order for parts in readable),
        decimal=decimal,
        mixes_decimals=mixes_decimals,
        columns={column: header for parts in readable for column, header in parts.columns.items()},
        ignored=sum(parts.ignored for parts in placed),
        rejected_rows=sum(parts.rejected_rows for parts in placed),
        lettering=pl.concat([parts.lettering for parts in placed]),
        accounts=pl.concat([parts.accounts for parts in placed]),
        balances=pl.concat([parts.balances for parts in placed]).unique(maintain_order=True),
        **{frame: pl.concat([getattr(parts, frame) for parts in placed]) for frame in _FRAMES},
    )
    whole = replace(whole, warnings=_warned_once(whole.warnings))
    return _without_overlaps(whole, [parts.lines.height for parts in placed]) if whole.kind == "bank" else whole


def _warned_once(warnings: pl.DataFrame) -> pl.DataFrame:
    """One warning for all the e-invoices that do not tell whether the company sent or received them."""
    is_unknown = pl.col("code") == "direction_unknown"
    count = warnings.filter(is_unknown).height
    if count <= 1:
        return warnings
    return pl.concat([problem_rows([(None, None, str(count), "directions_unknown")]), warnings.filter(~is_unknown)])


def _refuse_mixture(readable: Sequence[Parts], name: str) -> None:
    """One kind at a time; of statements one format too, since two formats of one account write its movements differently."""
    if len({(parts.kind, parts.format if parts.kind == "bank" else "") for parts in readable}) > 1:
        raise refuse("archive_mixed_kinds", name=name)
    if readable[0].kind == "ledger" and len(readable) > 1:
        raise refuse("archive_ledgers", name=name)


def _common(values: Iterable[_Said]) -> _Said | None:
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _placed(members: Sequence[Member]) -> Iterator[Parts]:
    """The parts of each member, its lines after those of the members before, its accounts too."""
    kind = next(member.parts.kind for member in members if member.parts is not None)
    line = accounts = 0
    for member in members:
        if member.parts is None:
            problem = problem_rows([(line + 1, member.name, member.refusal, "member_refused")])
            yield Parts(kind=kind, format="zip", profile="", rejected=problem, rejected_rows=1)
            line += 1
            continue
        shift = pl.col("line") + line
        frames = {frame: getattr(member.parts, frame).with_columns(shift) for frame in _FRAMES}
        for problems in ("rejected", "warnings"):
            where = pl.concat_str(pl.lit(member.name), "column", separator=" – ", ignore_nulls=True)
            frames[problems] = frames[problems].with_columns(column=where)
        frames["lines"] = frames["lines"].with_columns(pl.col("account") + accounts)
        balances = member.parts.balances.with_columns(pl.col("account") + accounts)
        yield replace(member.parts, balances=balances, **frames)
        line = max([line + 1, *(int(str(rows["line"].max() or 0)) for rows in frames.values())])
        accounts += member.parts.accounts.height


def _without_overlaps(whole: Parts, heights: Sequence[int]) -> Parts:
    """A movement that two statements of one account both tell is one; the others of it are counted as ignored.

    The n-th movement of a day, amount and label in one statement is the n-th of them in another.
    """
    member = pl.Series("member", [place for place, height in enumerate(heights) for _ in range(height)], dtype=pl.Int64)
    names = whole.accounts.select(pl.struct(*_NAMED).rank("dense").alias("named")).with_row_index("account")
    named = whole.lines.select(pl.col("account").cast(pl.UInt32)).join(names, on="account", how="left", maintain_order="left")
    ranked = whole.lines.with_columns(member, named["named"]).with_columns(
        rank=pl.int_range(pl.len()).over("member", "named", *_MOVEMENT)
    )
    kept = ranked.unique(["named", *_MOVEMENT, "rank"], keep="first", maintain_order=True)
    return replace(whole, lines=kept.select(whole.lines.columns), ignored=whole.ignored + ranked.height - kept.height)
