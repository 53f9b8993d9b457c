"""The forecast of each day as it was made, kept once a day, so that later days can be compared with it.

A kept forecast is a fact like others, added in a change of its own. But no figure depends on it: it moves no revision,
so no cache is thrown away for it, and the history of what people did leaves it out.
"""

from datetime import timedelta

import polars as pl

from models.money import MONEY
from models.store import Author, Store
from models.tables import Schema, conform
from pipelines.forecast.curve import Forecast

#: The action of the change that keeps a forecast.
ACTION = "forecast"
#: How many days ahead are kept.
DAYS = 30

#: One row per day of a kept forecast, by the day it was made and the day it speaks of.
KEPT_FORECASTS: Schema = {
    "as_of": pl.Date,
    "currency": pl.String,
    "day": pl.Date,
    "receipts": MONEY,
    "receipts_p10": MONEY,
    "receipts_p90": MONEY,
    "scale": pl.Float64,
    "open_total": MONEY,
    "balance_p10": MONEY,
    "balance_p50": MONEY,
    "balance_p90": MONEY,
}


def kept_forecasts(store: Store) -> pl.DataFrame:
    """KEPT_FORECASTS; of two of one day, the first that was made: it knew least of what came."""
    rows = store.facts("forecast_day").unique(["as_of", "currency", "day"], keep="first", maintain_order=True)
    return rows.pipe(conform, KEPT_FORECASTS).sort("as_of", "currency", "day")


def run_keep(store: Store, made: Forecast, *, author: Author) -> int | None:
    """Keep the forecast made on the author's day, if none of that day is kept yet; its change id.

    A forecast as of another day is not kept: it knows what was learnt since.
    """
    if made.opening_date != author.today or len(made.dates) < DAYS or made.invoices.is_empty():
        return None
    with store.writing():
        if not store.query(
            "SELECT 1 FROM forecast_day WHERE as_of = $day AND currency = $currency LIMIT 1",
            day=made.opening_date,
            currency=made.currency,
        ).is_empty():
            return None
        with store.change(ACTION, author, detail={"as_of": made.opening_date, "currency": made.currency}) as change:
            change.insert("forecast_day", _rows(made))
    return change.change_id


def _rows(made: Forecast) -> pl.DataFrame:
    columns = {
        "day": made.dates,
        "receipts": made.receipts.mean,
        "receipts_p10": made.receipts.p10,
        "receipts_p90": made.receipts.p90,
        "scale": made.coming.receipts.deviation,
        "balance_p10": made.balances.p10,
        "balance_p50": made.balances.p50,
        "balance_p90": made.balances.p90,
    }
    types = {name: KEPT_FORECASTS[name] for name in columns}
    return (
        pl.DataFrame(columns, schema_overrides=types)
        .with_columns(
            as_of=pl.lit(made.opening_date),
            currency=pl.lit(made.currency),
            open_total=pl.lit(made.invoices["outstanding"].sum(), MONEY),
        )
        .filter(pl.col("day") <= made.opening_date + timedelta(days=DAYS))
        .pipe(conform, KEPT_FORECASTS)
    )
