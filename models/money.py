"""Money: one type, one rounding rule."""

from decimal import ROUND_HALF_UP, Decimal

import polars as pl

#: The only type of a stored, compared or summed amount: 16 digits before the decimal sign, 2 after.
MONEY = pl.Decimal(18, 2)
CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def round_half_up(amount: Decimal) -> Decimal:
    """The nearest cent, halves away from zero, as French usage and `round_money` do."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def round_money(amount: pl.Expr) -> pl.Expr:
    """Column version of `round_half_up`: a Decimal of any scale (never a float) to MONEY."""
    return amount.round(2, mode="half_away_from_zero").cast(MONEY)


def total(amounts: pl.Series) -> Decimal:
    """The exact sum of a MONEY column; 0.00 when it is empty."""
    value = amounts.sum()
    return ZERO if value is None else Decimal(value).quantize(CENT)
