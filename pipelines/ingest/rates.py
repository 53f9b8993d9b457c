"""Exchange rates as the European Central Bank publishes them: a row per day, a column per currency, for one euro.

The history (eurofxref-hist.csv) writes 2024-01-02, the daily file (eurofxref.csv) 2 January 2024 with spaces and a last
comma; a day on which a currency had no rate says N/A.
"""

import csv

import polars as pl

from models.problems import problem_rows
from models.rows import RATE_ROWS
from models.tables import conform
from pipelines.ingest.dates import parse_dates
from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.refusals import refuse
from pipelines.ingest.tables.rows import Cells, read_cells, refuse_endless_lines
from pipelines.ingest.text import decode, unify_line_ends

_SEPARATORS = ",;\t|"
#: What stands where there is no rate that day.
_NOTHING = ("", "n/a", "na", "-", "–")
#: A rate: digits, and a decimal point or comma; never thousands, signs or exponents.
_RATE = r"^[0-9]{1,9}(?:[.,][0-9]{1,8})?$"
RATE = pl.Decimal(18, 8)


def read(source: Source) -> Parts:
    """The rates of a file, one row per day and currency.

    Raises:
        UnreadableFile: its encoding, its quotation marks, or a currency in two columns.
    """
    text, encoding = decode(source.content, source.name, announced=source.encoding)
    text = unify_line_ends(text.replace("\r\r\n", "\r\n"))
    refuse_endless_lines(text, source.name)
    start = text.find("\n") + 1 if text[:4].lower() == "sep=" else 0
    end = text.find("\n", start) + 1 or len(text)
    line = text[start:end].strip()
    separator = min((mark for mark in _SEPARATORS if mark in line), key=line.index)
    header = [cell.strip() for cell in next(csv.reader([line], delimiter=separator, skipinitialspace=True))]
    first_line = 2 + text.count("\n", 0, start)
    cells = read_cells(text, end, first_line, separator, header, source.name)
    return _parts(cells, _codes(header, source.name), source, encoding=encoding, separator=separator)


def _codes(header: list[str], name: str) -> dict[str, str]:
    """The currency of each column of cells that has one."""
    codes = {f"c{place}": cell for place, cell in enumerate(header) if place and cell}
    twice = sorted({code for code in codes.values() if list(codes.values()).count(code) > 1})
    if twice:
        raise refuse("duplicate_column", name=name, column=twice[0], headers=", ".join(twice * 2))
    return codes


def _parts(cells: Cells, codes: dict[str, str], source: Source, *, encoding: str, separator: str) -> Parts:
    """The good rates, and what is wrong with the others: a row whose date cannot be read counts once."""
    written = cells.table["c0"].str.strip_chars()
    dates = parse_dates(written.set(written.eq("").fill_null(value=False), None), order=source.date_order)
    days = cells.table.with_columns(rate_date=dates.values, why=dates.codes)
    undated = days.filter(pl.col("rate_date").is_null()).select(
        "line", column=pl.lit("Date"), value="c0", code=pl.col("why").fill_null("missing_date")
    )
    ragged = cells.ragged.select(
        "line", column=pl.lit(None, pl.String), value=pl.col("text").str.slice(0, 200), code=pl.lit("ragged_row")
    )
    stated = _stated(days.drop_nulls("rate_date"), codes)
    bad = stated.filter(pl.col("code").is_not_null()).select("line", column="currency", value="text", code="code")
    rejected = pl.concat([problem_rows([]), undated, ragged, cells.broken, bad]).sort("line", maintain_order=True)
    return Parts(
        kind="rates",
        format="csv",
        profile="ecb",
        encoding=encoding,
        separator=separator,
        date_order=dates.order,
        decimal="," if stated["text"].str.contains(",", literal=True).any() else ".",
        columns={"rate_date": "Date"},
        rates=stated.filter(pl.col("code").is_null()).pipe(conform, RATE_ROWS),
        rejected=rejected,
        rejected_rows=rejected.height,
    )


def _stated(days: pl.DataFrame, codes: dict[str, str]) -> pl.DataFrame:
    """RATE_ROWS as written, with `text` and the `code` of what is wrong: a rate of nothing, or of less, is none."""
    text = pl.col("text").str.strip_chars()
    rows = (
        days.unpivot(list(codes), index=["line", "rate_date"], variable_name="place", value_name="text")
        .with_columns(text)
        .filter(~pl.col("text").fill_null("").str.to_lowercase().is_in(_NOTHING))
        .with_columns(currency=pl.col("place").replace_strict(codes, return_dtype=pl.String))
        .sort("line", "currency", maintain_order=True)
    )
    rate = pl.when(text.str.contains(_RATE)).then(text.str.replace(",", ".", literal=True)).cast(RATE)
    is_good = (pl.col("rate") > 0).fill_null(value=False)
    return rows.with_columns(rate=rate).with_columns(code=pl.when(~is_good).then(pl.lit("bad_rate")))
