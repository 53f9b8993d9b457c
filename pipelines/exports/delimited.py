"""Files whose fields stand between separators."""

import polars as pl

from pipelines.exports.layouts import Layout, LayoutField
from pipelines.exports.line_text import cell

_END = "\r\n"


def delimited(lines: pl.DataFrame, layout: Layout, *, style: str) -> bytes:
    """The file of a layout with a separator.

    Args:
        lines: with the columns that its fields name, in the layout's characters; none holds the separator, except where
            texts are quoted.
        layout: of that kind.
        style: how amounts are written where the layout leaves it to the company.
    """
    texts = [_fitted(field, style).alias(str(place)) for place, field in enumerate(layout.fields)]
    rows = lines.select(texts).select(line=pl.concat_str(pl.all(), separator=layout.separator))["line"]
    head = [layout.separator.join(field.header for field in layout.fields)] if layout.has_header else []
    return "".join(f"{row}{_END}" for row in [*head, *rows]).encode(layout.encoding)


def _fitted(field: LayoutField, style: str) -> pl.Expr:
    text = cell(field, style)
    if field.length and field.kind == "text":
        text = text.str.slice(0, field.length)
    if field.quotes:
        inside = text.str.replace_all('"', '""' if field.quotes == "doubled" else "")
        return pl.concat_str(pl.lit('"'), inside, pl.lit('"'))
    return text
