"""Late-payment rates: the ECB rate of each half-year, and what the law adds to it."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

#: Points above the ECB rate if nothing else is agreed (C. com. L441-10 II), and for public buyers (CCP R2192-31).
COMPANY_POINTS = Decimal(10)
PUBLIC_POINTS = Decimal(8)
#: Fixed indemnity for recovery costs per late invoice, in EUR, professionals only (C. com. D441-5).
INDEMNITY = Decimal("40.00")
_FILE = Path(__file__).resolve().parent / "late_rates.toml"


@lru_cache(maxsize=1)
def known_ecb_rates() -> Mapping[str, Decimal]:
    """ECB refinancing rate in % a year by half-year ("2026-S1"), for those that the program knows."""
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {half_year: Decimal(rate) for half_year, rate in table["ecb"].items()}


def ecb_rates(entered: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The known rates and those a person entered, which win."""
    return {**known_ecb_rates(), **entered}


@lru_cache(maxsize=1)
def contractual_floors() -> Mapping[str, Decimal]:
    """The lowest contractual rate of each half-year, three times the legal one (C. com. L441-10 II), where it is known."""
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {half_year: 3 * Decimal(rate) for half_year, rate in table["legal"].items()}


def latest_floor(half: str) -> tuple[str, Decimal] | None:
    """The last half-year up to this one whose lowest contractual rate is known, with that rate."""
    return max(((name, floor) for name, floor in contractual_floors().items() if name <= half), default=None)
