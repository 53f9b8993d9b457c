"""What of a sales document is VAT: as its file says, else by the rate that a person gave, else not known."""

from decimal import Decimal

import polars as pl

from models.accounting import rate_text
from models.money import MONEY, ZERO

#: Rates of France, its overseas departments included.
RATES = tuple(Decimal(text) for text in ("20", "10", "8.5", "5.5", "2.1", "0"))
#: Cents by which the lines of an invoice, each rounded, may differ from its total.
_NEAR = 5
_ZERO = pl.lit(ZERO, MONEY)


def cents(amount: str) -> pl.Expr:
    """A MONEY column as whole cents, wide enough for products."""
    return pl.col(amount).to_physical().cast(pl.Int128)


def as_money(amount: pl.Expr) -> pl.Expr:
    """Whole cents as MONEY."""
    return (amount.cast(pl.Decimal(38, 0)) * pl.lit(Decimal("0.01"))).cast(MONEY)


def share(amount: str, part: str, whole: str) -> pl.Expr:
    """`amount` x `part` / `whole`, of amounts that are not negative, to the nearest cent, halves up; 0.00 of nothing."""
    divisor = cents(whole)
    nearest = (2 * cents(amount) * cents(part) + divisor) // (2 * divisor)
    return pl.when(pl.col(whole) > 0).then(as_money(nearest)).otherwise(_ZERO)


def with_tax(documents: pl.DataFrame, rate: Decimal | None) -> pl.DataFrame:
    """Add `excl`, `vat`, `whole` (their sum), `gap` (whole less the amount asked for) and `rate`, "20" where it is known.

    Args:
        documents: DOCUMENTS.
        rate: in %, of documents that say neither VAT nor an amount without it; None leaves `excl` and `vat` null there.
    """
    by_rate: pl.Expr = pl.lit(None, MONEY)
    if rate is not None:
        divisor = 10_000 + int(rate * 100)
        by_rate = as_money((2 * cents("amount") * 10_000 + divisor) // (2 * divisor))
    said, vat = pl.col("amount_excl_tax").abs(), pl.col("vat_amount").abs()
    excl = pl.coalesce(said, (pl.col("amount") - vat).cast(MONEY), by_rate)
    split = documents.with_columns(excl=excl.cast(MONEY)).with_columns(
        vat=pl.coalesce(vat, (pl.col("amount") - pl.col("excl")).cast(MONEY))
    )
    return split.with_columns(whole=(pl.col("excl") + pl.col("vat")).cast(MONEY)).with_columns(
        gap=(pl.col("whole") - pl.col("amount")).cast(MONEY), rate=_rate()
    )


def with_deducted(taxed: pl.DataFrame) -> pl.DataFrame:
    """Add `deducted`, what deposits took off a final invoice before it asked for its amount, and `deducted_excl`; null if none.

    Args:
        taxed: what `with_tax` gives.
    """
    takes_off = (pl.col("kind") == "invoice") & (pl.col("gap") > 0) & ~is_rounding()
    found = taxed.with_columns(deducted=pl.when(takes_off).then("gap"))
    return found.with_columns(deducted_excl=share("deducted", "excl", "whole"))


def _rate() -> pl.Expr:
    """The one rate that explains the VAT; null if several were used, or none of the known ones."""
    found = pl.lit(None, pl.String)
    for rate in reversed(RATES):
        off = (cents("vat") * 10_000 - cents("excl") * int(rate * 100)).abs()
        found = pl.when(off <= _NEAR * 10_000).then(pl.lit(rate_text(rate))).otherwise(found)
    return pl.when(pl.col("vat") == 0).then(pl.lit("0")).otherwise(found)


def is_rounding() -> pl.Expr:
    """HT + VAT differ from the amount by no more than rounded lines do."""
    return cents("gap").abs() <= _NEAR
