"""Files whose fields have fixed positions: each cell padded, or cut without a mark, to its width."""

import polars as pl

from pipelines.exports.layouts import Layout, LayoutField
from pipelines.exports.line_text import cell

_END = "\r\n"


def fixed_width(lines: pl.DataFrame, layout: Layout, *, style: str, head: pl.DataFrame) -> bytes:
    """The file of a layout with positions.

    Args:
        lines: with the columns that its fields name, in the layout's characters.
        layout: of that kind.
        style: how amounts are written where the layout leaves it to the company.
        head: one row with what its first line names.
    """
    top = [_written(head, layout.header, 0, style)] if layout.header else []
    rows = pl.concat([*top, _written(lines, layout.fields, layout.length, style)])
    return "".join(f"{row}{_END}" for row in rows).encode(layout.encoding)


def _written(rows: pl.DataFrame, fields: tuple[LayoutField, ...], length: int, style: str) -> pl.Series:
    """Each row as one text of `length` characters (as long as its fields, if that is 0)."""
    parts, at = [], 1
    for field in fields:
        if field.start > at:
            parts.append(pl.lit(" " * (field.start - at)))
        parts.append(_fitted(field, style))
        at = field.start + field.length
    if length >= at:
        parts.append(pl.lit(" " * (length - at + 1)))
    return rows.select(line=pl.concat_str(parts))["line"]


def _fitted(field: LayoutField, style: str) -> pl.Expr:
    text = cell(field, style)
    if field.kind == "number":
        return text.str.zfill(field.length)
    if field.kind == "amount":
        return text.str.pad_start(field.length)
    return text.str.slice(0, field.length).str.pad_end(field.length)
