"""Exchange rates of a file against those that are stored: new, known, or corrected by who publishes them."""

from dataclasses import replace
from datetime import date

import polars as pl

from models.desk_tables import EXCHANGE_RATES
from models.rows import PROBLEMS
from models.store import Author, Store
from models.tables import conform
from pipelines.ingest.reading import Reading
from pipelines.publishing.report import ImportReport, with_verdicts

_KEY = ["currency", "rate_date"]
#: A rate that has halved, or grown by half, since the day before it is more likely a slip than a market.
_JUMP = 0.5


def plan_rates(
    store: Store, report: ImportReport, reading: Reading, author: Author
) -> tuple[ImportReport, dict[str, pl.DataFrame]]:
    """The report of a file of rates, and its facts by table.

    The rate of a day that comes again with another value takes the place of the stored one, which an undo brings back: who
    publishes the rates has corrected it. Two values for one day in one file contradict each other: the first is kept.
    """
    stored = _held(store)
    rows = reading.rates.join(stored.rename({"rate": "known"}), on=_KEY, how="left", validate="m:1", maintain_order="left")
    rows = rows.with_columns(
        first=pl.col("rate").first().over(_KEY), place=pl.int_range(pl.len()).over(_KEY), code=_why_not(_last_day(author))
    ).with_columns(code=pl.coalesce("code", pl.when(pl.col("rate") != pl.col("first")).then(pl.lit("rate_twice"))))
    verdict = (
        pl.when((pl.col("place") > 0) | (pl.col("rate") == pl.col("known")).fill_null(value=False))
        .then(pl.lit("duplicate"))
        .when(pl.col("known").is_null())
        .then(pl.lit("inserted"))
        .otherwise(pl.lit("updated"))
    )
    rejected = rows.filter(pl.col("code").is_not_null())
    kept = rows.filter(pl.col("code").is_null()).with_columns(verdict=verdict)
    fresh = kept.filter(pl.col("verdict") != "duplicate").pipe(conform, EXCHANGE_RATES)
    counted = with_verdicts(report, kept)
    problems = rejected.select("line", column="currency", value=_shown(), code="code").pipe(conform, PROBLEMS)
    whole = replace(
        counted,
        rejected_rows=counted.rejected_rows + rejected.height,
        rejected=pl.concat([counted.rejected, problems]).sort("line", nulls_last=True, maintain_order=True),
        warnings=pl.concat([counted.warnings, _jumps(fresh, stored)]),
    )
    return whole, {"exchange_rate": fresh}


def _held(store: Store) -> pl.DataFrame:
    """EXCHANGE_RATES that hold: of each day and currency the one that came last."""
    rows = store.facts("exchange_rate").unique(_KEY, keep="last", maintain_order=True)
    return rows.pipe(conform, EXCHANGE_RATES)


def _last_day(author: Author) -> date:
    """The last day of which a rate can be known; the sample company's own day may lie before the real one."""
    return max(author.today, author.at.date())


def _why_not(last: date) -> pl.Expr:
    return pl.when(pl.col("rate_date") > last).then(pl.lit("rate_in_future"))


def _shown() -> pl.Expr:
    """The day, where it is what is wrong; else the rate."""
    rate = pl.col("rate").cast(pl.String).str.replace(r"\.?0+$", "")
    return pl.when(pl.col("code") == "rate_in_future").then(pl.col("rate_date").cast(pl.String)).otherwise(rate)


def _jumps(fresh: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """One warning per currency whose rate moves by more than half from one known day to the next."""
    both = pl.concat([stored.join(fresh, on=_KEY, how="anti"), fresh]).sort("currency", "rate_date")
    rate = pl.col("rate").cast(pl.Float64)
    moved = both.with_columns(share=rate / rate.shift(1).over("currency")).filter(
        (pl.col("share") < _JUMP) | (pl.col("share") > 1 + _JUMP)
    )
    first = moved.join(fresh, on=_KEY, how="semi").unique("currency", keep="first", maintain_order=True)
    shown = pl.col("rate").cast(pl.String).str.strip_chars_end("0")
    said = first.with_columns(line=pl.lit(None), value=shown, code=pl.lit("rate_jump"))
    return said.with_columns(column="currency").pipe(conform, PROBLEMS)
