"""What people said of when open invoices will be paid: an expected date typed in, an instalment plan, a promise.

A word of a person goes before the client's habit; of several, the user's own expected date goes before a plan, and a plan
before a promise.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

from models.tables import Schema, conform, empty
from pipelines.forecast.arrays import Days, Floats, day_numbers
from pipelines.ledger import Ledger
from pipelines.receivables import latest_marks

#: One row per open invoice and day on which a part of it is expected, by invoice and day.
SAID: Schema = {
    "document_id": pl.String,
    "day": pl.Date,
    "part": pl.Float64,  # of what is still owed; the parts of an invoice sum to 1
    "kind": pl.String,  # expected | plan | promise
}

#: What was said happens on its day this often, as far as nobody knows better.
KEPT = 0.9
#: Days after an instalment's due date before its plan counts as broken and says nothing any more.
GRACE = timedelta(days=5)


def said_of(owed: pl.DataFrame, ledger: Ledger, *, as_of: date) -> pl.DataFrame:
    """SAID of the open invoices `owed` (OPEN_ITEMS), of days after `as_of`: what was said for a day that passed is over."""
    found = [
        _dates(owed, ledger, "expected", as_of=as_of),
        _instalments(owed, ledger, as_of=as_of),
        _dates(owed, ledger, "promise", as_of=as_of),
    ]
    known = empty(SAID)
    for said in found:
        known = pl.concat([known, said.join(known, on="document_id", how="anti")])
    return known.sort("document_id", "day")


def _dates(owed: pl.DataFrame, ledger: Ledger, what: str, *, as_of: date) -> pl.DataFrame:
    """SAID by marks on invoices; a client's promise speaks of all that is due by its day."""
    day = pl.col("value").str.to_date("%Y-%m-%d", strict=False)

    def marked(key: str) -> pl.DataFrame:
        return latest_marks(ledger.marks, [what], key=key, as_of=as_of).filter("is_set").select(key, day=day)

    own = owed.join(marked("document_id"), on="document_id", how="inner", validate="1:1")
    by_client = (
        owed.join(marked("client_id"), on="client_id", how="inner", validate="m:1")
        .filter(pl.col("due_date") <= pl.col("day"))
        .join(own, on="document_id", how="anti")
    )
    rows = pl.concat([own.select("document_id", "day"), by_client.select("document_id", "day")])
    return rows.filter(pl.col("day") > as_of).with_columns(part=pl.lit(1.0), kind=pl.lit(what)).pipe(conform, SAID)


def _instalments(owed: pl.DataFrame, ledger: Ledger, *, as_of: date) -> pl.DataFrame:
    """SAID by the plans that hold: each of a plan's invoices is paid in the proportions of the instalments to come.

    What has been paid of a plan is its sum less what its invoices still owe, and covers the instalments in their order;
    one that is missing for longer than GRACE breaks the plan.
    """
    live = ledger.plans.filter(pl.col("on_date") <= as_of, pl.col("ended_on").is_null() | (pl.col("ended_on") > as_of))
    if live.is_empty():
        return empty(SAID)
    invoices = ledger.plan_invoices.join(owed.select("document_id", "outstanding"), on="document_id", how="inner", validate="m:1")
    left = invoices.group_by("plan_id").agg(owes=pl.col("outstanding").sum())
    missing = (
        live.join(left, on="plan_id", how="inner", validate="m:1")
        .sort("plan_id", "rank")
        .with_columns(covered=pl.col("amount").sum().over("plan_id") - pl.col("owes"))
        .with_columns(reached=pl.col("amount").cum_sum().over("plan_id"))
        .with_columns(left=pl.min_horizontal(pl.col("amount"), pl.col("reached") - pl.col("covered")))
        .filter(pl.col("left") > 0)
    )
    is_broken = (pl.col("due_date") + GRACE < as_of).any().over("plan_id")
    share = pl.col("left").cast(pl.Float64)
    coming = missing.filter(~is_broken).select(
        "plan_id",
        day=pl.max_horizontal(pl.col("due_date"), pl.lit(as_of + timedelta(days=1))),
        part=share / share.sum().over("plan_id"),
    )
    return (
        invoices.unique("document_id", keep="last", maintain_order=True)
        .join(coming, on="plan_id", how="inner", validate="m:m")
        .group_by("document_id", "day")
        .agg(pl.col("part").sum())
        .with_columns(kind=pl.lit("plan"))
        .pipe(conform, SAID)
    )


def with_said(chances: Floats, said: pl.DataFrame, rows: pl.Series, origin: int) -> Floats:
    """Chances that follow what was said: of each part nothing before its day, nearly all of it from that day on.

    Args:
        chances: (invoices, horizon); left as they are.
        said: SAID.
        rows: the document_id of each row of `chances`.
        origin: the first day of the horizon, as a day number.
    """
    if said.is_empty():
        return chances
    at = rows.alias("document_id").to_frame().with_row_index("row").join(said, on="document_id", how="inner", validate="1:m")
    row, day = at["row"].to_numpy().astype(np.int64), day_numbers(at["day"]) - origin
    spoken: Days = np.unique(row)
    reached = np.zeros((len(spoken), chances.shape[1]))
    is_near = (day >= 0) & (day < chances.shape[1])
    np.add.at(reached, (np.searchsorted(spoken, row[is_near]), day[is_near]), at["part"].to_numpy()[is_near])
    followed = chances.copy()
    followed[spoken] = np.minimum(np.cumsum(reached, axis=1), 1.0) * (KEPT + (1 - KEPT) * chances[spoken])
    return followed
