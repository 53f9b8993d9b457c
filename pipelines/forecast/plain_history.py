"""The receipts forecast of a plain payment history in a CSV file, without any database, so that anyone can measure it.

Amounts are numbers of a statistic here, not money of a ledger: what comes in as text goes out as numbers.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from models.errors import Refused
from models.tables import conform
from pipelines.behaviour import HISTORY
from pipelines.forecast.bands import LEVELS, coverage
from pipelines.forecast.receipts import expected_receipts

COLUMNS = ("id", "client", "issue", "due", "paid", "amount")
#: The columns that tell one invoice from another: parts of one stand on several rows.
_INVOICE = ["id", "client_id", "issue_date", "due_date"]
_DATE = r"^\d{4}-\d{2}-\d{2}"
_CHANCE_DIGITS, _AMOUNT_DIGITS = 8, 4


def read_plain_history(path: Path) -> tuple[pl.DataFrame, int]:
    """HISTORY from a CSV with a header: id, client, issue, due, paid (empty: never), amount; ISO dates, decimal point.

    Other columns are ignored. Rows with the same id, client and dates of issue and due are parts of one invoice. Rows
    below zero (credit notes) are left out: nobody pays them; how many there were is the second part of the answer.

    Raises:
        Refused: the file cannot be read, lacks a column or has no line, or a value of a line is no date, no amount or empty.
    """
    rows = _read(path)
    missing = [name for name in COLUMNS if name not in rows.columns]
    if missing:
        raise Refused(
            "history_columns",
            "{path} has no column {missing}: a payment history has {columns}.",
            path=path,
            missing=", ".join(missing),
            columns=", ".join(COLUMNS),
        )
    if rows.is_empty():
        raise Refused("history_empty", "{path} has no line below its header: there is nothing to go on.", path=path)
    text = rows.select(pl.col(name).str.strip_chars().replace("", None) for name in COLUMNS)
    typed = text.select(
        "id", *(_date(name) for name in ("issue", "due", "paid")), pl.col("amount").cast(pl.Float64, strict=False)
    )
    _check(path, text, typed)
    parts = typed.select("id", "amount", client_id=text["client"], issue_date="issue", due_date="due", paid_date="paid").filter(
        pl.col("amount") >= 0
    )
    whole = pl.col("amount").sum().over(_INVOICE)
    share = pl.when(whole > 0).then(pl.col("amount") / whole).otherwise(1 / pl.len().over(_INVOICE))
    history = parts.with_columns(share=share).filter(pl.col("share") > 0).pipe(conform, HISTORY)
    return history, typed.height - parts.height


def _read(path: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(path.read_bytes(), infer_schema=False, encoding="utf8")
    except OSError as error:
        raise Refused("no_file", "There is no file {path}.", path=path) from error
    except pl.exceptions.PolarsError as error:
        raise Refused(
            "history_unreadable", "{path} is not a CSV file with a header in UTF-8, separated by commas.", path=path
        ) from error


def _date(name: str) -> pl.Expr:
    """The day of a text; a time behind it is ignored."""
    return pl.col(name).str.extract(_DATE, 0).str.to_date("%Y-%m-%d", strict=False).alias(name)


def _check(path: Path, text: pl.DataFrame, typed: pl.DataFrame) -> None:
    """Refuse the first line with a value that cannot be read; only `paid` may be empty."""
    number = pl.col("amount").is_finite().fill_null(value=False)
    is_bad: dict[str, pl.Expr | pl.Series] = {
        **{name: pl.col(name).is_null() for name in ("id", "client")},
        **{name: typed[name].is_null() for name in ("issue", "due")},
        "paid": pl.col("paid").is_not_null() & typed["paid"].is_null(),
        "amount": ~typed.select(number).to_series(),
    }
    flags = text.select(**is_bad)
    for name in COLUMNS:
        at = flags[name].arg_true()
        if len(at):
            raise Refused(
                "history_value",
                "{path}, line {line}: {value} is no {column}. Dates are written 2026-06-30, amounts 1234.56.",
                path=path,
                line=int(at[0]) + 2,
                value=repr(text[name][int(at[0])] or ""),
                column=name,
            )


def forecast_of_history(history: pl.DataFrame, *, origin: date, days: int) -> dict[str, Any]:
    """The forecast at the start of `origin`, its day 1, of the invoices issued before and not paid before it.

    Returns:
        `curve` with cumulative receipts per day (mean and the quantiles p05 to p95), `invoices` with the cumulative
        chance of each open one by day, and the measured coverage of the program's own past bands in this history.

    Raises:
        Refused: nothing was issued before `origin`.
    """
    first = history["issue_date"].min()
    if not isinstance(first, date) or origin <= first:
        raise Refused(
            "history_origin", "Nothing is issued before {origin}: the forecast would have nothing to go on.", origin=origin
        )
    is_open = (pl.col("issue_date") < origin) & (pl.col("paid_date").is_null() | (pl.col("paid_date") >= origin))
    invoices = (
        history.filter(is_open)
        .group_by(_INVOICE, maintain_order=True)
        .agg(pl.col("amount").sum())
        .sort("id", "client_id", "due_date", "issue_date")
    )
    found = expected_receipts(history, invoices, origin=origin, horizon=days)
    names = [f"p{round(level * 100):02d}" for level in LEVELS]
    band = [dict(zip(names, row, strict=True)) for row in found.quantiles.T.round(_AMOUNT_DIGITS).tolist()]
    measured = coverage(found.past.weeks())
    return {
        "origin": origin,
        "invoices_known": history.filter(pl.col("issue_date") < origin).select(pl.struct(_INVOICE).n_unique()).item(),
        "starting_estimate": found.behaviour.is_starting,
        "coverage_80": {"held": measured.held, "of": measured.count},
        "curve": [
            {"day": k + 1, "date": origin + timedelta(days=k), "mean": mean, **band[k]}
            for k, mean in enumerate(found.mean.round(_AMOUNT_DIGITS).tolist())
        ],
        "invoices": [
            {"id": name, "p": row} for name, row in zip(invoices["id"], found.chances.round(_CHANCE_DIGITS).tolist(), strict=True)
        ],
    }
