"""Entries as the file of an accountant's program, or as a table with chosen columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import polars as pl

from models.errors import Refused
from models.money import MONEY
from models.settings import Settings
from models.texts import Texts
from pipelines.exports.columns import LISTS
from pipelines.exports.delimited import delimited
from pipelines.exports.fixed_width import fixed_width
from pipelines.exports.layouts import Layout, LayoutField, layouts
from pipelines.exports.line_text import in_encoding, refuse_long
from pipelines.exports.long_sheet import long_xlsx
from pipelines.exports.sheets import neutral

#: Formats by code, as the screen and the terminal name them.
FORMATS = (*layouts(), "csv", "xlsx")
#: Those that are told in words; the others are called by their layout's title.
FORMAT_WORDS = {"csv": "CSV for a spreadsheet", "xlsx": "Excel workbook"}
COLUMNS = tuple(column.name for column in LISTS["entries"])
_PIECE_TYPES = {
    "sale": "FC", "deposit": "FC", "opening": "FC", "credit_note": "AC", "receipt": "RC", "unproven": "RC", "back": "RC",
    "write_off": "OD", "doubtful": "OD", "provision": "OD",
}  # fmt: skip
_MOST_ROWS = 1_048_575


@dataclass(frozen=True)
class Asked:
    """What file is wanted: its format, the period that its name tells, and the columns of a table (all, if none are chosen)."""

    format: str
    start: date
    to: date
    columns: Sequence[str] = ()


def format_title(texts: Texts, code: str) -> str:
    """What a format is called."""
    return texts.t(FORMAT_WORDS[code]) if code in FORMAT_WORDS else layouts()[code].title


def file_name(asked: Asked, settings: Settings) -> str:
    """The name that the program, or the law for a FEC, expects.

    Raises:
        Refused: no_siren.
    """
    if asked.format == "fec":
        if not settings.company_siren:
            raise Refused("no_siren", "The name of a FEC begins with your SIREN: give it in the settings (company_siren).")
        return f"{settings.company_siren}FEC{asked.to:%Y%m%d}.txt"
    layout = layouts().get(asked.format)
    if layout is not None and layout.file:
        return layout.file
    extension = layout.extension if layout else asked.format
    return f"ecritures-{asked.format}-{asked.start:%Y%m%d}-{asked.to:%Y%m%d}.{extension}"


def file_content(lines: pl.DataFrame, asked: Asked, settings: Settings, texts: Texts) -> bytes:
    """The file of those entries: the same bytes for the same entries.

    Args:
        lines: ENTRY_LINES.
        asked: the format.
        settings: the company's.
        texts: the language of a table's titles.

    Raises:
        Refused: an unknown column, a code that the format cannot hold, or more rows than a workbook has.
    """
    if asked.format in FORMAT_WORDS:
        return _table(lines, asked, texts)
    layout = layouts()[asked.format]
    known = with_program_columns(lines, settings)
    used = {field.name for field in layout.fields if field.name}
    rows = in_encoding(known.select(sorted(used)), layout)
    refuse_long(rows, layout, settings.amount_style)
    if layout.separator:
        return delimited(rows, layout, style=settings.amount_style)
    head = pl.DataFrame({"company": [settings.company_name], "start": [asked.start], "to": [asked.to]})
    return fixed_width(rows, layout, style=settings.amount_style, head=in_encoding(head, layout))


def with_program_columns(lines: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The entries with what some programs want beside: side and amount, own account of a client, type of piece.

    A client's own account stands for 411: what is moved to 416 stands on 416 itself, or the transfer would be lost.
    """
    own = pl.when(pl.col("account") != settings.account_doubtful)
    is_client = pl.col("auxiliary").is_not_null()
    is_settled = pl.col("letter").str.contains("^[A-Z]{2}$")
    return lines.with_columns(
        side=pl.when(pl.col("debit") > 0).then(pl.lit("D")).otherwise(pl.lit("C")),
        amount=pl.col("debit") + pl.col("credit"),
        own_account=pl.coalesce(own.then("auxiliary"), "account"),
        own_title=pl.coalesce(own.then("client"), "account_name"),
        account_type=pl.when(is_client).then(pl.lit("X")),
        piece_type=pl.col("kind").replace_strict(_PIECE_TYPES, return_dtype=pl.String),
        settled_letter=pl.when(is_settled).then("letter"),
    )


def _table(lines: pl.DataFrame, asked: Asked, texts: Texts) -> bytes:
    unknown = [name for name in asked.columns if name not in COLUMNS]
    if unknown:
        raise Refused(
            "unknown_column", "{name} is not a column: choose among {names}.", name=unknown[0], names=", ".join(COLUMNS)
        )
    chosen = list(dict.fromkeys(asked.columns)) or list(COLUMNS)
    if asked.format == "csv":
        return _csv(lines, chosen, texts)
    if lines.height > _MOST_ROWS:
        raise Refused("too_many_rows", "A workbook holds {most} rows at most: export a shorter period.", most=_MOST_ROWS)
    made = datetime.combine(asked.to, time())
    return long_xlsx("entries", lines.select(chosen), texts, title=texts.t("Entries"), made=made)


def _csv(lines: pl.DataFrame, chosen: Sequence[str], texts: Texts) -> bytes:
    """CSV for a spreadsheet of the user's language, with no cell that it would run as a formula."""
    titles = {column.name: texts.t(column.title) for column in LISTS["entries"]}
    is_french = texts.language == "fr"
    style = "comma" if is_french else "dot"
    fields = tuple(_cell_field(name, lines.schema[name], titles[name], style) for name in chosen)
    separator = ";" if is_french else ","
    layout = Layout("csv", "CSV", "utf-8-sig", "csv", fields, separator=separator, has_header=True)
    words = [name for name in chosen if lines.schema[name] == pl.String]
    return delimited(in_encoding(_neutral(lines.select(chosen), words), layout), layout, style=style)


def _cell_field(name: str, dtype: pl.DataType, title: str, style: str) -> LayoutField:
    if dtype == pl.Date:
        return LayoutField("date", name, format="%d/%m/%Y", header=title)
    if dtype == MONEY:
        return LayoutField("amount", name, style=style, header=title)
    return LayoutField(
        "text" if dtype == pl.String else "plain", name, header=title, quotes="doubled" if dtype == pl.String else ""
    )


def _neutral(lines: pl.DataFrame, words: Sequence[str]) -> pl.DataFrame:
    said = lines
    for name in words:
        risky = lines[name].drop_nulls().unique()
        risky = risky.filter(risky.str.contains(r"^[^0-9A-Za-zÀ-ÿ]"))
        said = said.with_columns(pl.col(name).replace({text: neutral(text) for text in risky})) if risky.len() else said
    return said
