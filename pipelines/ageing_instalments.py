"""An aged balance by instalment: what an agreed plan still expects of each invoice, on the plan's own dates."""

from datetime import date

import polars as pl

from models.money import MONEY, ZERO
from pipelines.collections.plans import STANDING, instalments_at, plans_at
from pipelines.ledger import Ledger

_ZERO = pl.lit(ZERO, MONEY)


def with_instalments(items: pl.DataFrame, ledger: Ledger, *, as_of: date) -> pl.DataFrame:
    """Cut each open invoice of a plan that stands into what it still expects by instalment, due on its date.

    The instalments that are left fill the plan's invoices in the order of their due dates. What a plan does not cover of an
    invoice, since a payment came back, keeps the invoice's own due date.

    Args:
        items: open invoices with `amount`, what they owe, and `instalment`, null.
        ledger: the facts.
        as_of: the date.

    Returns:
        The same columns, amounts of each invoice summing to what it owes; `instalment` is the rank within its plan.
    """
    plans = plans_at(ledger, as_of=as_of, grace=0).filter(pl.col("status").is_in(STANDING))
    if plans.is_empty():
        return items
    bills = (
        plans.select("plan_id", pl.col("document_ids").alias("document_id"))
        .explode("document_id")
        .unique("document_id", keep="first", maintain_order=True)
        .join(items.select("document_id", "number", "amount", "due_date"), on="document_id", how="inner", validate="1:1")
        .sort("plan_id", "due_date", "number", "document_id")
        .pipe(_between, "bill")
    )
    left = (
        instalments_at(ledger, as_of=as_of, grace=0)
        .join(plans, on="plan_id", how="semi")
        .select("plan_id", "rank", plan_date="due_date", amount=(pl.col("amount") - pl.col("paid")).cast(MONEY))
        .filter(pl.col("amount") > 0)
        .sort("plan_id", "rank")
        .pipe(_between, "part")
    )
    covered = (
        bills.join(left.drop("amount"), on="plan_id", how="inner", validate="m:m")
        .with_columns(part=(pl.min_horizontal("bill_to", "part_to") - pl.max_horizontal("bill_from", "part_from")).cast(MONEY))
        .filter(pl.col("part") > 0)
        .select("document_id", "rank", "plan_date", "part")
    )
    planned = covered.group_by("document_id").agg(planned=pl.col("part").sum().cast(MONEY))
    rest = (
        items.join(planned, on="document_id", how="left", validate="1:1", maintain_order="left")
        .with_columns(amount=(pl.col("amount") - pl.col("planned").fill_null(_ZERO)).cast(MONEY))
        .filter(pl.col("amount") > 0)
    )
    by_plan = items.join(covered, on="document_id", how="inner", validate="1:m").with_columns(
        amount="part", instalment=pl.col("rank").cast(pl.Int64), due_date="plan_date"
    )
    return pl.concat([rest.select(items.columns), by_plan.select(items.columns)])


def _between(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Add where each row's amount begins and ends within its plan, one after the other."""
    end = pl.col("amount").cum_sum().over("plan_id")
    return rows.with_columns((end - pl.col("amount")).cast(MONEY).alias(f"{name}_from"), end.cast(MONEY).alias(f"{name}_to"))
