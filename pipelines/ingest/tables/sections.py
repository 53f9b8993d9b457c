"""Several accounts one after the other in one file: each has lines that name it, the header once more, its movements."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import polars as pl

from models.rows import ACCOUNT_ROWS
from models.tables import conform
from pipelines.ingest.parts import Parts, common_decimal
from pipelines.ingest.tables.rows import logical_rows

#: A row that ends the movements above it.
_SUMS_UP = re.compile(r"(?i)\s*(?:(?:sous[- ]?)?tota(?:l|ux)\b|solde en d[ée]but)")
_FRAMES = ("lines", "balances", "rejected", "quarantine", "warnings")
_NAMING = ("name", "bank", "number", "iban", "currency")


@dataclass(frozen=True)
class Section:
    """The movements below one header.

    Attributes:
        preamble: the lines above that header.
        start: offset of the text of the movements. `end`: of its end.
    """

    preamble: list[str]
    start: int
    end: int


def sections(body: str, header: tuple[int, int], separator: str, date_at: int, name: str) -> list[Section]:
    """The sections of a statement, one for each time that its header stands in it.

    Args:
        body: the text.
        header: offsets where the header starts and where the line below it does; the same where there is no header.
        separator: of the cells.
        date_at: position of the booking date: a row without a figure there is none.
        name: the file's, for a refusal.

    Raises:
        UnreadableFile: unclosed_quote.
    """
    again = "\n" + body[header[0] : header[1]].rstrip("\n") + "\n"
    found: list[Section] = []
    preamble, start = body[: header[0]].split("\n"), header[1]
    while header[1] > header[0] and (at := body.find(again, max(start - 1, 0))) >= 0:
        is_row_end = at + 1
        end = _preamble_start(body, start, is_row_end, separator, date_at, name)
        found.append(Section(preamble, start, end))
        preamble, start = body[end:is_row_end].split("\n"), at + len(again)
    return [*found, Section(preamble, start, len(body))]


def _preamble_start(body: str, start: int, end: int, separator: str, date_at: int, name: str) -> int:
    """Where, between two headers, what is said of the second one's account starts: at a blank line below the movements."""
    tail: list[tuple[int, bool]] = []
    offset = start
    for _, cells, after in logical_rows(body[start:end], separator, name):
        is_of_above = cells is None or (len(cells) > date_at and cells[date_at].strip()[:1].isdigit())
        is_of_above = is_of_above or bool(_SUMS_UP.match(next((cell for cell in cells or [] if cell.strip()), "")))
        tail = [] if is_of_above else [*tail, (offset, not any(cell.strip() for cell in cells or []))]
        offset = min(start + after, end)
    blank = next((place for place, is_blank in tail if is_blank), None)
    return blank if blank is not None else tail[0][0] if tail else end


def joined(parts: Sequence[Parts]) -> Parts:
    """What the sections say, together; an account that two of them name is one."""
    if len(parts) == 1:
        return parts[0]
    offsets = [sum(part.accounts.height for part in parts[:i]) for i in range(len(parts))]
    moved = [
        replace(part, lines=_moved(part.lines, by), balances=_moved(part.balances, by))
        for part, by in zip(parts, offsets, strict=True)
    ]
    listed = pl.concat([part.accounts for part in moved]).with_row_index("place")
    accounts = (
        listed.group_by(_NAMING, maintain_order=True)
        .agg(pl.col("from_date").min(), pl.col("to_date").max())
        .with_row_index("account")
    )
    places = listed.join(accounts.select("account", *_NAMING), on=_NAMING, how="left", nulls_equal=True).select(
        pl.col("place", "account").cast(pl.Int64)
    )
    settle = partial(_settled, places=dict(places.iter_rows()))
    frames = {name: pl.concat([getattr(part, name) for part in moved]) for name in _FRAMES}
    decimal, mixes_decimals = common_decimal(parts)
    return replace(
        parts[0],
        **frames | {"lines": settle(frames["lines"]), "balances": settle(frames["balances"])},
        accounts=conform(accounts, ACCOUNT_ROWS),
        ignored=sum(part.ignored for part in parts),
        rejected_rows=sum(part.rejected_rows for part in parts),
        date_order=next((part.date_order for part in parts if part.date_order), None),
        decimal=decimal,
        mixes_decimals=mixes_decimals,
    )


def _moved(frame: pl.DataFrame, by: int) -> pl.DataFrame:
    return frame.with_columns(pl.col("account") + by)


def _settled(frame: pl.DataFrame, places: dict[int, int]) -> pl.DataFrame:
    return frame.with_columns(pl.col("account").replace_strict(places, return_dtype=pl.Int64))
