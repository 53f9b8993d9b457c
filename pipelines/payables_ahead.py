"""Supplier invoices as cash expects them: what still leaves the bank for each, on which day, or why it is not expected to."""

from datetime import date

import polars as pl

from models.money import MONEY
from models.tables import Schema, conform
from pipelines.forecast.items import ITEMS
from pipelines.ledger import Ledger
from pipelines.payables import PAYABLES, open_credits, payables, to_pay, with_credits
from pipelines.reconcile.supplier_payments import payment_proposals

#: PAYABLES, and why the invoice is not expected to be paid; null where it is, on its `pay_on`.
PAYABLES_AHEAD: Schema = {
    **PAYABLES,
    "why_not": pl.String,  # seen (a debit seems to have paid it) | disputed | old (late for long) | credited (nothing is left)
}


def payables_ahead(ledger: Ledger, *, as_of: date, currency: str) -> pl.DataFrame:
    """PAYABLES_AHEAD at a date, however far their days are.

    One in dispute, or late for long, is expected only on a day that a person chose. Credit notes go to those that are
    expected.
    """
    owed, settled = with_seen(payables(ledger, as_of=as_of, currency=currency), payment_proposals(ledger, as_of=as_of))
    is_asked = pl.col("why") != "chosen"
    why_not = (
        pl.when(pl.col("document_id").is_in(settled))
        .then(pl.lit("seen"))
        .when(is_asked & (pl.col("status") == "disputed"))
        .then(pl.lit("disputed"))
        .when(is_asked & (pl.col("days_late") > ledger.settings.doubtful_days))
        .then(pl.lit("old"))
    )
    known = owed.with_columns(why_not=why_not)
    doubtful = known.filter(pl.col("why_not").is_not_null())["document_id"].to_list()
    less_credits = with_credits(owed, open_credits(ledger, as_of=as_of, currency=currency), but=doubtful)
    is_credited = known["why_not"].is_null() & (less_credits.select(asked=to_pay())["asked"] <= 0)
    return less_credits.with_columns(why_not=pl.when(is_credited).then(pl.lit("credited")).otherwise(known["why_not"])).pipe(
        conform, PAYABLES_AHEAD
    )


def with_seen(owed: pl.DataFrame, paid: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """`owed` with `seen`, and the invoices (document_id) that debits seem to have paid in whole.

    Args:
        owed: PAYABLES.
        paid: PROPOSALS, the debits that may have paid them.
    """
    sums = paid.group_by("document_id").agg(paid=pl.col("amount").sum().cast(MONEY))
    known = owed.join(sums, on="document_id", how="left", validate="1:1", maintain_order="left")
    is_whole = pl.col("paid") >= pl.coalesce("discounted", "outstanding") - pl.col("credited").fill_null(0)
    partly = known.with_columns(seen=pl.when(~is_whole).then("paid")).pipe(conform, PAYABLES)
    return partly, known.filter(is_whole.fill_null(value=False))["document_id"].to_list()


def only_expected_days(owed: pl.DataFrame) -> pl.DataFrame:
    """PAYABLES_AHEAD in which what is not expected to be paid has its reason in place of a day."""
    is_expected = pl.col("why_not").is_null()
    return owed.with_columns(pl.when(is_expected).then(name).alias(name) for name in ("pay_on", "why"))


def only_payable(owed: pl.DataFrame) -> pl.DataFrame:
    """Those of PAYABLES_AHEAD that can be paid: neither in dispute, nor paid as it seems."""
    return owed.filter(~pl.col("why_not").is_in(["seen", "disputed"]).fill_null(value=False))


def supplier_items(owed: pl.DataFrame) -> pl.DataFrame:
    """ITEMS of kind supplier: each invoice of PAYABLES on the day on which it is expected to be paid.

    One that is paid by the last day of its discount is paid less the discount; one that credit notes settle is none.
    """
    is_early = (pl.col("pay_on") <= pl.col("discount_until")).fill_null(value=False) & pl.col("ordered_amount").is_null()
    is_early &= pl.col("seen").is_null()
    asked = pl.when(is_early).then(pl.col("discounted") - pl.col("credited")).otherwise(to_pay())
    return (
        owed.filter(asked > 0)
        .select(
            date="pay_on",
            kind=pl.lit("supplier"),
            item_id="document_id",
            label="number",
            client="supplier",
            amount=(-asked).cast(MONEY),
            for_date="pay_on",
        )
        .pipe(conform, ITEMS)
    )
