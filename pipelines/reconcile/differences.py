"""What explains that a payment differs from what invoices owe: rounding, a bank fee, a discount, an instalment."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from models.money import CENT, ZERO, round_half_up
from models.settings import Settings
from pipelines.reconcile.ways import Gaps

_CENTS = Decimal("0.05")  # what rounding makes of one invoice: all that a rule may leave open alone
#: The largest part of what invoices ask for that a bank fee takes: a quarter less is an instalment.
_FEE_SHARE = Decimal("0.2")
_DISCOUNTS = tuple(map(Decimal, ("0.005", "0.01", "0.015", "0.02", "0.025", "0.03", "0.04", "0.05")))
_SHARES = tuple(map(Decimal, ("0.5", "0.3", "0.4", "0.25", "0.2", "0.6", "0.7", "0.75", "0.1")))
_THIRDS = (Decimal(1) / 3, Decimal(2) / 3)


def may_write_off(settings: Settings, reason: str, *, asked: Decimal) -> Decimal:
    """The most that may be written off for this reason, of invoices that ask for that much.

    Roundings and bank fees up to an amount, early-payment discounts up to a part of the invoice: all are settings. A fee
    is never more than a fifth of the invoices either, whatever the setting.
    """
    if reason == "discount":
        return round_half_up(asked * settings.discount_tolerance / 100)
    if reason == "bank_fee":
        return min(settings.fee_tolerance, _part(asked, _FEE_SHARE))
    return settings.tolerance


def cents_of(settings: Settings) -> Decimal:
    """The difference that rounding makes, which a rule may overlook alone."""
    return min(_CENTS, settings.tolerance)


def is_rounding(owed: Decimal, amount: Decimal, settings: Settings) -> bool:
    """Whether they differ, by no more than one click writes off as a rounding."""
    return ZERO < abs(owed - amount) <= may_write_off(settings, "rounding", asked=owed)


def rounding_of(owed: Mapping[str, Decimal], amount: Decimal, settings: Settings) -> Gaps:
    """The rounding off the last invoice that makes them the amount; none if the difference is more, or less than nothing."""
    due = sum(owed.values(), ZERO)
    gap, last = due - amount, next(reversed(dict(owed)))
    return ((last, gap, "rounding"),) if is_rounding(due, amount, settings) and ZERO < gap < owed[last] else ()


def discount_of(owed: Mapping[str, Decimal], amount: Decimal, settings: Settings) -> Gaps:
    """The usual early-payment discount that makes these invoices the amount, as what each loses; none if none does."""
    due = sum(owed.values(), ZERO)
    for rate in _DISCOUNTS:
        if rate * 100 <= settings.discount_tolerance and amount < due and abs(due - amount - _part(due, rate)) <= CENT:
            off = {i: _part(part, rate) for i, part in owed.items()}
            last = next(reversed(off))
            off[last] += due - amount - sum(off.values(), ZERO)
            return tuple((i, part, "discount") for i, part in off.items() if part > 0)
    return ()


def fee_of(owed: Mapping[str, Decimal], amount: Decimal, settings: Settings) -> Gaps:
    """A bank fee off the last invoice that makes them the amount; none if the difference is no fee, or a rounding."""
    due = sum(owed.values(), ZERO)
    gap, last = due - amount, next(reversed(dict(owed)))
    is_fee = settings.tolerance < gap <= may_write_off(settings, "bank_fee", asked=due)
    return ((last, gap, "bank_fee"),) if is_fee and gap < owed[last] else ()


def is_instalment(whole: Decimal, amount: Decimal, habits: Iterable[Decimal]) -> bool:
    """Whether the amount is a usual share of an invoice: a half, a third, 30 %, … or one that this client pays."""
    return any(abs(_part(whole, share) - amount) <= CENT for share in (*_SHARES, *_THIRDS, *habits))


def _part(amount: Decimal, rate: Decimal) -> Decimal:
    return (amount * rate).quantize(CENT, ROUND_HALF_UP)
