"""Movements between own accounts."""

import polars as pl

_DAYS = 3


def internal_transfers(lines: pl.DataFrame, labels: pl.DataFrame) -> set[str]:
    """Line ids of transfers between own accounts: both sides within three days, and the label of one says so.

    Each movement has one other side: the one that says so too, then the nearest in time.
    """
    says = pl.col("words").str.contains(r"\b(interne|epargne|livret)\b")
    sides = (
        lines.select("line_id", "account_id", "booking_date", "amount", "currency")
        .join(labels.select("line_id", says=says), on="line_id", how="inner", validate="1:1")
        .with_columns(size=pl.col("amount").abs())
    )
    sides = sides.filter(pl.col("says").any().over("size", "currency"))
    into, out = sides.filter(pl.col("amount") > 0), sides.filter(pl.col("amount") < 0)
    pairs = pl.concat(
        [
            into.filter("says").join(out, on=["size", "currency"], how="inner", validate="m:m", suffix="_out"),
            into.filter(~pl.col("says")).join(
                out.filter("says"), on=["size", "currency"], how="inner", validate="m:m", suffix="_out"
            ),
        ]
    ).with_columns(days=(pl.col("booking_date") - pl.col("booking_date_out")).dt.total_days().abs())
    near = pairs.filter((pl.col("days") <= _DAYS) & (pl.col("account_id") != pl.col("account_id_out")))
    order = near.with_columns(both=pl.col("says") & pl.col("says_out"))
    order = order.sort("both", "days", "line_id", "line_id_out", descending=[True, False, False, False])
    found: set[str] = set()
    for line_id, other in order.select("line_id", "line_id_out").iter_rows():
        if line_id not in found and other not in found:
            found |= {line_id, other}
    return found
