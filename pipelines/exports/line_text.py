"""Cells of a layout as text: dates, amounts, and words in the characters that its encoding has."""

import unicodedata
from collections.abc import Callable
from functools import partial

import polars as pl

from models.errors import Refused
from pipelines.exports.layouts import Layout, LayoutField

#: What programs of one byte per character have no sign for, and how people write it without.
_PLAIN = {
    "’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "−": "-", "œ": "oe", "Œ": "Oe",
    "€": "EUR", "\u00a0": " ", "\u202f": " ", "\u2009": " ",
}  # fmt: skip
_BREAKS = r"[\x00-\x1f\x7f\x85\u2028\u2029]+"
_CENT_DIGITS = 12


def cell(field: LayoutField, style: str) -> pl.Expr:
    """The field of each line as text, not padded yet; absent values are empty.

    Args:
        field: of a layout.
        style: how amounts are written where the layout leaves it to the company.
    """
    column = pl.col(field.name)
    if field.kind in ("constant", "blank"):
        return pl.lit(field.value)
    if field.kind == "date":
        return column.dt.strftime(field.format).fill_null("")
    if field.kind in ("amount", "cents"):
        return _amount(column, field, style).fill_null("")
    text = column.cast(pl.String).fill_null("")
    return text.str.tail(field.length) if field.kind == "tail" and field.length else text


def _amount(column: pl.Expr, field: LayoutField, style: str) -> pl.Expr:
    cents = column.to_physical()
    if field.kind == "cents":
        sign = pl.when(cents < 0).then(pl.lit("-")).otherwise(pl.lit("+"))
        return sign + cents.abs().cast(pl.String).str.zfill(_CENT_DIGITS)
    chosen = style if field.style == "chosen" else field.style
    if chosen == "cents":
        return cents.cast(pl.String)
    written = column.cast(pl.String)
    return written.str.replace(".", ",", literal=True) if chosen == "comma" else written


def in_encoding(lines: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """The lines with their words on one line each and in the layout's characters: one of them is one byte there."""
    names = [name for name, dtype in lines.schema.items() if dtype == pl.String]
    quoted = {field.name for field in layout.fields if field.quotes}
    flat = lines.with_columns(pl.col(name).str.replace_all(_BREAKS, " ").str.strip_chars() for name in names)
    if layout.separator:
        bare = [pl.col(name) for name in names if name not in quoted]
        flat = flat.with_columns(
            column.str.replace_all(layout.separator, " ", literal=True).str.replace_all("|", " ", literal=True).str.strip_chars()
            for column in bare
        )
    if layout.encoding.startswith("utf-8"):
        return flat
    written = partial(_encodable, encoding=layout.encoding)
    return flat.with_columns(_mapped(flat[name], written) for name in names)


def _mapped(texts: pl.Series, written: Callable[[str], str]) -> pl.Series:
    special = texts.drop_nulls().unique()
    special = special.filter(special.str.contains(r"[^\x20-\x7e]"))
    if special.is_empty():
        return texts
    said = {text: written(text) for text in special}
    return texts.replace(said)


def _encodable(text: str, *, encoding: str) -> str:
    return "".join(_character(c, encoding) for c in text)


def _character(character: str, encoding: str) -> str:
    """The character itself, how it is written without its sign or accent, or nothing."""
    for tried in (character, _PLAIN.get(character, ""), unicodedata.normalize("NFKD", character)):
        bare = "".join(c for c in tried if not unicodedata.combining(c)) if tried != character else tried
        try:
            if bare and len(bare.encode(encoding)) == len(bare):
                return bare
        except UnicodeEncodeError:
            continue
    return ""


def refuse_long(lines: pl.DataFrame, layout: Layout, style: str) -> None:
    """Refuse what its field cannot hold and must not cut: codes, numbers and amounts.

    Raises:
        Refused: code_too_long, with the first of them.
    """
    for field in layout.fields:
        if not field.length or field.kind in ("text", "tail", "constant", "blank"):
            continue
        written = lines.select(cell(field, style).alias("cell"))["cell"]
        long = written.filter(written.str.len_chars() > field.length)
        if long.len():
            raise Refused(
                "code_too_long",
                "{value} is too long for {format}: at most {length} characters. Shorten the code in the settings, or export "
                "less at once.",
                value=long[0], format=layout.title, length=field.length,
            )  # fmt: skip
