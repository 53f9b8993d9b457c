"""What statements say of balances, held against the movements between them."""

import polars as pl

from models.money import MONEY, ZERO

#: One row per pair of balances that the movements between them do not explain.
GAPS = {
    "account_id": pl.String,
    "from_date": pl.Date,
    "to_date": pl.Date,
    "gap": MONEY,  # what is missing: stated difference less movements
}


def closing_balances(balances: pl.DataFrame) -> pl.DataFrame:
    """One row per account, day and amount: an opening balance is the closing balance of the day before."""
    day = pl.when(pl.col("kind") == "opening").then(pl.col("balance_date").dt.offset_by("-1d")).otherwise("balance_date")
    return balances.select("account_id", balance_date=day, amount="amount").unique().sort("account_id", "balance_date", "amount")


def balance_gaps(balances: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """GAPS between stated balances that follow each other in an account, two amounts of one day included.

    Args:
        balances: BALANCES. `lines`: account_id, booking_date, amount of every movement.
        lines: account_id, booking_date, amount of every movement.
    """
    stated = closing_balances(balances)
    pairs = stated.with_columns(
        from_date=pl.col("balance_date").shift(1).over("account_id"), before=pl.col("amount").shift(1).over("account_id")
    ).drop_nulls("from_date")
    daily = (
        lines.group_by("account_id", "booking_date").agg(pl.col("amount").sum().cast(MONEY)).sort("account_id", "booking_date")
    )
    running = daily.with_columns(running=pl.col("amount").cum_sum().over("account_id").cast(MONEY)).select(
        "account_id", "booking_date", "running"
    )

    def up_to(frame: pl.DataFrame, day: str, name: str) -> pl.DataFrame:
        found = frame.sort(day).join_asof(
            running.sort("booking_date"), left_on=day, right_on="booking_date", by="account_id", check_sortedness=False
        )
        return found.with_columns(pl.col("running").fill_null(pl.lit(ZERO, MONEY)).alias(name)).drop("running", "booking_date")

    held = up_to(up_to(pairs, "from_date", "moved_before"), "balance_date", "moved_after")
    gap = (pl.col("amount") - pl.col("before")) - (pl.col("moved_after") - pl.col("moved_before"))
    return (
        held.select("account_id", "from_date", to_date="balance_date", gap=gap.cast(MONEY))
        .filter(pl.col("gap") != 0)
        .sort("account_id", "from_date", "to_date")
    )
