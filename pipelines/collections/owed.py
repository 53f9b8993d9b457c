"""What invoices owed on several days at once: what promises, plans and results are measured by."""

from datetime import date

import polars as pl

from models.money import MONEY, ZERO

_ZERO = pl.lit(ZERO, MONEY)


def with_owed(pairs: pl.DataFrame, documents: pl.DataFrame, allocations: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Add `owed`: what each invoice owed at the end of `day`, by the payments that still stand at `as_of`.

    A payment that was returned by `as_of` settles nothing on any day: a cheque that bounced keeps no promise.

    Args:
        pairs: document_id and `day`, with any other columns; the order stays.
        documents: DOCUMENTS.
        allocations: ALLOCATIONS of any date.
        as_of: the date of the answer; no `day` is after it.
    """
    is_standing = (pl.col("counts_from") <= as_of) & (pl.col("reversed_on").is_null() | (pl.col("reversed_on") > as_of))
    standing = allocations.filter(is_standing).select("document_id", "counts_from", given="amount")
    asked = pairs.with_row_index("asked")
    given = (
        asked.select("asked", "document_id", "day")
        .join(standing, on="document_id", how="inner", validate="m:m")
        .filter(pl.col("counts_from") <= pl.col("day"))
        .group_by("asked")
        .agg(pl.col("given").sum().cast(MONEY))
    )
    return (
        asked.join(documents.select("document_id", billed="amount"), on="document_id", how="left", validate="m:1")
        .join(given, on="asked", how="left", validate="1:1")
        .sort("asked")
        .with_columns(owed=(pl.col("billed").fill_null(_ZERO) - pl.col("given").fill_null(_ZERO)).cast(MONEY))
        .drop("asked", "billed", "given")
    )
