"""The chance that cash falls below its floor."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from pipelines.forecast.arrays import Floats


def chances_below(floor: Decimal, known: Sequence[Decimal], quantiles: Floats, levels: Floats) -> list[float]:
    """Each day's chance that the balance is below the floor.

    Args:
        floor: the balance not to fall below.
        known: the balance at the end of each day before any receipt from open invoices.
        quantiles: of the cumulative receipts, (levels, days), never falling with the level.
        levels: their probabilities, rising.

    Returns:
        Between the levels, straight lines; less than the lowest level counts as 0, more than the highest as 1.
    """
    needed = [float(floor - balance) for balance in known]
    return [
        float(np.interp(need, quantiles[:, day], levels, left=0.0, right=1.0)) if need > quantiles[0, day] else 0.0
        for day, need in enumerate(needed)
    ]
