"""What explains that a payment differs from what invoices owe: rounding, a bank fee, a discount, an instalment."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from models.money import CENT, ZERO
from pipelines.reconcile.ways import Gaps

#: The difference that rounding makes.
ROUNDING = Decimal("0.05")
_FEES = (Decimal("1.00"), Decimal("30.00"))  # what banks on the way keep of a transfer
_DISCOUNTS = tuple(map(Decimal, ("0.005", "0.01", "0.015", "0.02", "0.025", "0.03", "0.04", "0.05")))
_SHARES = tuple(map(Decimal, ("0.5", "0.3", "0.4", "0.25", "0.2", "0.6", "0.7", "0.75", "0.1")))
_THIRDS = (Decimal(1) / 3, Decimal(2) / 3)


def is_rounding(owed: Decimal, amount: Decimal) -> bool:
    """Whether they differ, by some cents only."""
    return ZERO < abs(owed - amount) <= ROUNDING


def discount_of(owed: Mapping[str, Decimal], amount: Decimal) -> Gaps:
    """The usual early-payment discount that makes these invoices the amount, as what each loses; none if none does."""
    due = sum(owed.values(), ZERO)
    for rate in _DISCOUNTS:
        if amount < due and abs(due - amount - _part(due, rate)) <= CENT:
            off = {i: _part(part, rate) for i, part in owed.items()}
            last = next(reversed(off))
            off[last] += due - amount - sum(off.values(), ZERO)
            return tuple((i, part, "discount") for i, part in off.items() if part > 0)
    return ()


def fee_of(owed: Mapping[str, Decimal], amount: Decimal) -> Gaps:
    """A bank fee off the last invoice that makes them the amount; none if the difference is no fee."""
    gap = sum(owed.values(), ZERO) - amount
    last = next(reversed(dict(owed)))
    return ((last, gap, "bank_fee"),) if _FEES[0] <= gap <= _FEES[1] and gap < owed[last] else ()


def is_instalment(whole: Decimal, amount: Decimal, habits: Iterable[Decimal]) -> bool:
    """Whether the amount is a usual share of an invoice: a half, a third, 30 %, … or one that this client pays."""
    return any(abs(_part(whole, share) - amount) <= CENT for share in (*_SHARES, *_THIRDS, *habits))


def _part(amount: Decimal, rate: Decimal) -> Decimal:
    return (amount * rate).quantize(CENT, ROUND_HALF_UP)
