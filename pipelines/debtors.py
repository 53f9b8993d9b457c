"""Clients beside each other: who owes the most of what is owed, and how late each pays."""

from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from models.money import MONEY, ZERO, total
from models.tables import Schema, conform

#: Of fewer payments nothing is said but the payments themselves.
LEAST_PAYMENTS = 5
#: How many of the largest debtors stand by themselves; and the code of all the others together, which no client has.
MOST, OTHERS = 15, "others"
#: One row per client: payments in the period, and the days after the due date of them; negative when early.
DELAYS: Schema = {
    "client_id": pl.String,
    "client": pl.String,
    "payments": pl.Int64,
    "amount": MONEY,
    "p10": pl.Float64,
    "p50": pl.Float64,
    "p90": pl.Float64,
}


@dataclass(frozen=True)
class Pareto:
    """The largest debtors.

    Attributes:
        rows: client_id, client, outstanding and `reached`, the share (0 to 1) that it and all larger ones owe together.
        others: how many more clients owe something; `rest`: what they owe.
        clients_for_80: how many clients, the largest first, owe 80 % of what is owed; 0 where nothing is.
        whole: all that is owed, before unused credits.
    """

    rows: pl.DataFrame
    others: int
    rest: Decimal
    clients_for_80: int
    whole: Decimal


def pareto(items: pl.DataFrame, *, most: int = MOST) -> Pareto:
    """The `most` largest debtors of OPEN_ITEMS, before unused credits."""
    by_client = (
        items.filter(pl.col("outstanding") > 0)
        .group_by("client_id")
        .agg(pl.col("client").first(), pl.col("outstanding").sum().cast(MONEY))
        .sort("outstanding", "client", "client_id", descending=[True, False, False])
    )
    whole = total(by_client["outstanding"])
    if by_client.is_empty():
        return Pareto(by_client.with_columns(reached=pl.lit(None, pl.Float64)), 0, ZERO, 0, whole)
    reached = by_client.with_columns(reached=pl.col("outstanding").cum_sum().cast(pl.Float64) / float(whole))
    below = by_client.select((pl.col("outstanding").cum_sum() * 5 < whole * 4).sum()).item()
    rows = reached.head(most)
    return Pareto(rows, by_client.height - rows.height, whole - total(rows["outstanding"]), int(below) + 1, whole)


def payment_delays(paid: pl.DataFrame) -> pl.DataFrame:
    """DELAYS of the rows behind the delays (ROWS, `days` late each), the latest payer by median first."""
    return conform(
        paid.group_by("client_id")
        .agg(
            pl.col("client").drop_nulls().first(),
            payments=pl.len(),
            amount=pl.col("amount").sum().cast(MONEY),
            p10=pl.col("days").quantile(0.1, "linear"),
            p50=pl.col("days").median(),
            p90=pl.col("days").quantile(0.9, "linear"),
        )
        .sort("p50", "client", "client_id", descending=[True, False, False]),
        DELAYS,
    )
