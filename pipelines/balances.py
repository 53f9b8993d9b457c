"""What statements say of balances, held against the movements between them."""

import polars as pl

from models.money import MONEY, ZERO

#: One row per pair of balances that the movements between them do not explain.
GAPS = {
    "account_id": pl.String,
    "from_date": pl.Date,  # the days for which the two balances were stated
    "to_date": pl.Date,
    "gap": MONEY,  # what is missing: stated difference less movements
}
#: The day at whose end a balance holds.
_END = (
    pl.when(pl.col("kind") == "opening")
    .then(pl.col("balance_date").dt.offset_by("-1d"))
    .otherwise("balance_date")
    .alias("balance_date")
)
_EARLIER = {"balance_date": "since", "shown": "from_date", "amount": "before"}


def closing_balances(balances: pl.DataFrame) -> pl.DataFrame:
    """One row per account, day and amount: an opening balance is the closing balance of the day before."""
    return balances.select("account_id", _END, "amount").unique().sort("account_id", "balance_date", "amount")


def anchored(balances: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """BALANCES of one statement with those that hold whatever else its first and last days bring.

    A statement may begin or end in the middle of a day: what it says at the end of its first day, and at the beginning
    of its last one, is true of whole days, and stands in place of the opening of the first day. A day in its middle is
    whole: the balance at its end holds, unless the balances break within it.

    Args:
        balances: BALANCES as the statement gives them.
        lines: account_id, booking_date, amount of the statement's own movements.
    """
    daily = lines.group_by("account_id", balance_date="booking_date").agg(moved=pl.col("amount").sum().cast(MONEY))
    last = lines.group_by("account_id").agg(last_date=pl.col("booking_date").max())
    moved = (
        balances.join(daily, on=["account_id", "balance_date"], how="left", validate="m:1")
        .join(last, on="account_id", how="left", validate="m:1")
        .with_columns(pl.col("moved").fill_null(pl.lit(ZERO, MONEY)))
    )
    is_opening = pl.col("kind") == "opening"
    is_long = is_opening & (pl.col("balance_date") < pl.col("last_date"))
    columns = ["account_id", "balance_date", "amount", "kind"]
    first = moved.filter(is_long).with_columns(amount=(pl.col("amount") + pl.col("moved")).cast(MONEY), kind=pl.lit("closing"))
    ends = moved.filter(~is_opening)
    is_last = (pl.col("balance_date") >= pl.col("last_date")).fill_null(value=True)
    breaks = pl.struct("account_id", "balance_date").is_in(
        balances.filter(is_opening).select(pl.struct("account_id", "balance_date")).to_series().implode()
    )
    starts = ends.filter(is_last | breaks).with_columns(
        amount=(pl.col("amount") - pl.col("moved")).cast(MONEY), kind=pl.lit("opening")
    )
    short = moved.filter(is_opening & ~is_long.fill_null(value=False))
    return pl.concat([part.select(columns) for part in (first, short, starts, ends)]).unique(maintain_order=True)


def balance_gaps(balances: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """GAPS between balances that follow each other in an account, two amounts of one day included.

    The balance at the beginning of a day stands for the one at its end, which may have been stated before the day was over.

    Args:
        balances: BALANCES, of statements that were `anchored`.
        lines: account_id, booking_date, amount of every movement.
    """
    begun = balances.filter(pl.col("kind") == "opening").select("account_id", "balance_date")
    safe = balances.join(begun, on=["account_id", "balance_date"], how="anti")
    stated = (
        pl.concat([safe, balances.filter(pl.col("kind") == "opening")])
        .select("account_id", _END, "amount", shown="balance_date")
        .unique(["account_id", "balance_date", "amount"], keep="first", maintain_order=True)
        .sort("account_id", "balance_date", "amount")
    )
    earlier = [pl.col(c).shift(1).over("account_id").alias(name) for c, name in _EARLIER.items()]
    pairs = stated.with_columns(*earlier).drop_nulls("since")
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

    held = up_to(up_to(pairs, "since", "moved_before"), "balance_date", "moved_after")
    gap = (pl.col("amount") - pl.col("before")) - (pl.col("moved_after") - pl.col("moved_before"))
    return (
        held.select("account_id", "from_date", to_date="shown", gap=gap.cast(MONEY))
        .filter(pl.col("gap") != 0)
        .sort("account_id", "from_date", "to_date")
    )
