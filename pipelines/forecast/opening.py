"""The balance from which a forecast starts: what statements say, and the movements since."""

from datetime import date

import polars as pl

from models.money import MONEY, ZERO
from models.tables import Schema, conform
from pipelines.balances import closing_balances

#: One row per own account: its balance at the end of the as-of date.
OPENINGS: Schema = {
    "account_id": pl.String,
    "account": pl.String,
    "balance": MONEY,
    "stated_on": pl.Date,  # the day of the statement's balance that it is reckoned from; null: none was ever stated
    "last_line_date": pl.Date,  # of the last movement up to the as-of date
}


def opening_balances(accounts: pl.DataFrame, lines: pl.DataFrame, balances: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """OPENINGS: the last balance stated up to `as_of` plus the movements since; else the first one after it less them.

    An account for which no statement gives a balance has the sum of its movements, as if it had begun empty.
    """
    stated = closing_balances(balances)
    before = stated.filter(pl.col("balance_date") <= as_of).unique("account_id", keep="last", maintain_order=True)
    after = stated.filter(pl.col("balance_date") > as_of).unique("account_id", keep="first", maintain_order=True)
    after = after.join(before, on="account_id", how="anti")
    anchors = pl.concat([before, after]).select("account_id", stated="amount", stated_on="balance_date")
    since = pl.coalesce("stated_on", pl.lit(date.min))
    is_forward = (pl.col("booking_date") > since) & (pl.col("booking_date") <= as_of)
    is_backward = (pl.col("booking_date") > as_of) & (pl.col("booking_date") <= since)
    moved = (
        lines.join(anchors, on="account_id", how="left", validate="m:1")
        .group_by("account_id")
        .agg(
            forward=pl.col("amount").filter(is_forward).sum().cast(MONEY),
            backward=pl.col("amount").filter(is_backward).sum().cast(MONEY),
            last_line_date=pl.col("booking_date").filter(pl.col("booking_date") <= as_of).max(),
        )
    )
    parts = [pl.col(name).fill_null(pl.lit(ZERO, MONEY)) for name in ("stated", "forward", "backward")]
    return (
        accounts.select("account_id", account="name")
        .join(anchors, on="account_id", how="left", validate="1:1")
        .join(moved, on="account_id", how="left", validate="1:1")
        .with_columns(balance=(parts[0] + parts[1] - parts[2]).cast(MONEY))
        .pipe(conform, OPENINGS)
        .sort("account", "account_id")
    )
