"""What a returned payment takes along: the allocations that it had made, and what was written off with them."""

import polars as pl

from models.tables import LINE_REFUNDS, conform


def with_reversals(claims: pl.DataFrame, refunds: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """CLAIMS with `reversed_on` where the bank line's payment was returned: the returning debit's booking date.

    A return of the whole line reverses all its claims; of a part, what the line gave to the invoice that the return names,
    or one claim of exactly that amount where it names none.

    Args:
        claims: CLAIMS.
        refunds: LINE_REFUNDS; other columns are ignored.
        lines: LINES.
    """
    returned = (
        conform(refunds, LINE_REFUNDS)
        .filter(pl.col("kind") == "returned")
        .join(lines.select("line_id", back_on="booking_date"), on="line_id", how="inner", validate="m:1")
        .join(lines.select(credit_id="line_id", whole="amount"), on="credit_id", how="inner", validate="m:1")
        .sort("back_on", "refund_id")
        .rename({"credit_id": "source_id"})
    )
    if returned.is_empty():
        return claims
    is_whole, is_named = pl.col("amount") >= pl.col("whole"), pl.col("document_id").is_not_null()
    parts = returned.filter(~is_whole)
    whole = returned.filter(is_whole).group_by("source_id").agg(whole_on=pl.col("back_on").min())
    named = parts.filter(is_named).group_by("source_id", "document_id", "amount").agg(named_on=pl.col("back_on").min())
    unnamed = parts.filter(~is_named).select(
        "source_id", "amount", rank=pl.col("refund_id").cum_count().over("source_id", "amount").cast(pl.UInt32), part_on="back_on"
    )
    rank = pl.col("claim_id").rank("ordinal").over("source_id", "amount", pl.col("named_on").is_null()).cast(pl.UInt32)
    return (
        claims.join(whole, on="source_id", how="left", validate="m:1", maintain_order="left")
        .join(named, on=["source_id", "document_id", "amount"], how="left", validate="m:1", maintain_order="left")
        .with_columns(rank=pl.when(pl.col("named_on").is_null()).then(rank))
        .join(unnamed, on=["source_id", "amount", "rank"], how="left", validate="m:1", maintain_order="left")
        .with_columns(reversed_on=pl.coalesce(pl.min_horizontal("whole_on", "named_on", "part_on"), "reversed_on"))
        .drop("rank", "whole_on", "named_on", "part_on")
    )


def with_fallen_write_offs(claims: pl.DataFrame) -> pl.DataFrame:
    """CLAIMS in which what was written off together with a payment falls on the day that this payment comes back.

    They were decided together, in one change and for one invoice: without the payment, the difference is no small one.
    """
    gone = (
        claims.filter((pl.col("source") == "bank") & pl.col("reversed_on").is_not_null())
        .drop_nulls("change_id")
        .group_by("change_id", "document_id")
        .agg(fell_on=pl.col("reversed_on").min())
    )
    if gone.is_empty():
        return claims
    is_with_it = (pl.col("source") == "write_off") & pl.col("fell_on").is_not_null()
    return (
        claims.join(gone, on=["change_id", "document_id"], how="left", validate="m:1", maintain_order="left")
        .with_columns(reversed_on=pl.when(is_with_it).then("fell_on").otherwise("reversed_on"))
        .drop("fell_on")
    )
