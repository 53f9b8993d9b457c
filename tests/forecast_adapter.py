"""The forecast as the public back-test protocol calls it: arrays in (days since 1970-01-01), arrays out."""

import sys
from pathlib import Path
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipelines.forecast.arrays import NEVER, day_date
from pipelines.forecast.receipts import expected_receipts


class View(Protocol):
    """What the protocol shows of the past: one value per invoice, dates as day numbers; `open` are positions."""

    T: int
    client: NDArray[np.int64]
    issue: NDArray[np.int64]
    due: NDArray[np.int64]
    paid: NDArray[np.int64]
    amount: NDArray[np.float64]
    open: NDArray[np.int64]


def _frame(view: View, rows: list[int]) -> pl.DataFrame:
    paid = pl.Series(view.paid[rows])
    return pl.DataFrame(
        {
            "id": pl.Series(rows).cast(pl.String),
            "client_id": pl.Series(view.client[rows]).cast(pl.String),
            "issue_date": pl.Series(view.issue[rows]).cast(pl.Int32).cast(pl.Date),
            "due_date": pl.Series(view.due[rows]).cast(pl.Int32).cast(pl.Date),
            "paid_date": paid.set(paid >= NEVER, None).cast(pl.Int32).cast(pl.Date),
            "amount": pl.Series(view.amount[rows]).cast(pl.Float64),
        }
    )


def forecast(view: View, horizon: int) -> dict[str, NDArray[np.float64]]:
    """Chances, mean and quantiles of the cumulative cash from the open invoices of a view of the past."""
    history = _frame(view, list(range(len(view.issue))))
    open_invoices = _frame(view, view.open.tolist())
    result = expected_receipts(history, open_invoices, origin=day_date(view.T), horizon=horizon)
    return {"p": result.chances, "q": result.quantiles, "mean": result.mean}
