"""The aged balance: what clients owe by how late or how old it is, as the reader cuts it; every cut sums to the receivables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import polars as pl

from models.errors import Refused
from models.money import MONEY, ZERO
from pipelines.ageing_instalments import with_instalments
from pipelines.ledger import Ledger
from pipelines.receivables import open_credits, open_items

#: By what the balance can be cut, and the columns that tell its rows.
GROUPS = {
    "client": ["client_id", "client"],
    "invoice": ["document_id", "number", "client", "issue_date", "due_date", "instalment"],
    "sales_rep": ["sales_rep"],
    "category": ["category"],
    "currency": [],
}
#: What stands beside the buckets: credits are negative; disputed and doubtful are parts of the buckets.
CREDITS = ("unallocated_receipts", "open_credit_notes")
PARTS = ("disputed", "doubtful")
USUAL_BOUNDS = (30, 60, 90)
_MOST_BOUNDS, _LAST_DAY = 8, 3650
_ZERO = pl.lit(ZERO, MONEY)


@dataclass(frozen=True)
class Ageing:
    """How the balance is cut by age.

    Attributes:
        basis: due, the days since the due date; issue, the days since the invoice.
        bounds: the last day of each bucket, rising; what is older comes behind.
        is_by_instalment: an invoice in a plan that stands ages by the dates of its instalments.
    """

    basis: str = "due"
    bounds: tuple[int, ...] = USUAL_BOUNDS
    is_by_instalment: bool = False

    @property
    def buckets(self) -> tuple[str, ...]:
        """The names of the buckets, the youngest first: not_due, 1_30… by due date, 0_30, 31_60… by issue date."""
        first = "not_due" if self.basis == "due" else f"0_{self.bounds[0]}"
        ends = (0, *self.bounds) if self.basis == "due" else self.bounds
        between = [f"{low + 1}_{high}" for low, high in pairwise(ends)]
        return (first, *between, f"over_{self.bounds[-1]}")


USUAL = Ageing()


def parse_bounds(text: str) -> tuple[int, ...]:
    """Bounds of buckets as people type them: 15,30,60; a zero at the head is the due date itself.

    Raises:
        Refused: they are no rising whole days.
    """
    parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    days = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) <= len(str(_LAST_DAY))]
    bounds = tuple(days[1:] if days[:1] == [0] else days)
    is_rising = bool(bounds) and all(low < high for low, high in pairwise((0, *bounds)))
    if len(days) != len(parts) or not is_rising or len(bounds) > _MOST_BOUNDS or bounds[-1] > _LAST_DAY:
        raise Refused(
            "bad_buckets",
            "{value} are no buckets: write rising days with commas, such as 15,30,60, at most {most} of them.",
            value=text,
            most=_MOST_BOUNDS,
        )
    return bounds


def aged(ledger: Ledger, *, as_of: date, by: str = "client", currency: str | None = None, ageing: Ageing = USUAL) -> pl.DataFrame:
    """The aged balance: outstanding by bucket, credits negative, and their sum; the largest overdue (or oldest) first.

    Args:
        ledger: the facts.
        as_of: the date.
        by: one of GROUPS; credits without a rep or category stand in a row of their own.
        currency: only that one; None gives a row per currency.
        ageing: how it is cut by age.

    Returns:
        One row per group and currency: its keys, a column per bucket, the CREDITS and their sum `open_credits`, `total`, and
        PARTS, what of the buckets is in dispute and what is doubtful.
    """
    keys, columns = [*GROUPS[by], "currency"], [*ageing.buckets, *CREDITS]
    items = open_items(ledger, as_of=as_of, currency=currency).filter(pl.col("outstanding") > 0)
    items = items.with_columns(amount="outstanding", instalment=pl.lit(None, pl.Int64))
    if by == "invoice" and ageing.is_by_instalment and ageing.basis == "due":
        items = with_instalments(items, ledger, as_of=as_of)
    since = pl.col("due_date" if ageing.basis == "due" else "issue_date")
    items = items.with_columns(bucket=_bucket((pl.lit(as_of) - since).dt.total_days(), ageing))
    is_note = pl.col("source") == "credit_note"
    free = open_credits(ledger, as_of=as_of, currency=currency).with_columns(
        document_id="credit_id", due_date="date", issue_date="date", instalment=pl.lit(None, pl.Int64),
        bucket=pl.when(is_note).then(pl.lit("open_credit_notes")).otherwise(pl.lit("unallocated_receipts")),
        amount=(-pl.col("remaining")).cast(MONEY), is_disputed=pl.lit(value=False), is_doubtful=pl.lit(value=False),
    )  # fmt: skip
    shown = [*keys, "bucket", "amount", "is_disputed", "is_doubtful"]
    sums = [_sum(pl.col("bucket") == name).alias(name) for name in columns]
    parts = [_sum(pl.col(f"is_{name}")).alias(name) for name in PARTS]
    late = pl.sum_horizontal(ageing.buckets[1:]).cast(MONEY)
    return (
        pl.concat([items.select(shown), free.select(shown)])
        .group_by(keys)
        .agg(*sums, *parts)
        .with_columns(
            open_credits=pl.sum_horizontal(CREDITS).cast(MONEY), total=pl.sum_horizontal(columns).cast(MONEY), late=late
        )
        .sort("late", "total", *keys, descending=[True, True, *[False] * len(keys)], nulls_last=True)
        .select(*keys, *ageing.buckets, *CREDITS, "open_credits", "total", *PARTS)
    )


def _sum(kept: pl.Expr) -> pl.Expr:
    return pl.col("amount").filter(kept).sum().cast(MONEY)


def _bucket(days: pl.Expr, ageing: Ageing) -> pl.Expr:
    """The bucket of a number of days: a bound's own day is still in its bucket."""
    bounds: Sequence[int] = (0, *ageing.bounds) if ageing.basis == "due" else ageing.bounds
    name = pl.lit(ageing.buckets[-1])
    for bound, bucket in reversed(list(zip(bounds, ageing.buckets, strict=False))):
        name = pl.when(days <= bound).then(pl.lit(bucket)).otherwise(name)
    return name
