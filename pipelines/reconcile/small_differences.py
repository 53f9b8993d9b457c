"""What a person may write off with one click: the rest of an invoice, within the tolerance of its reason."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.money import ZERO
from models.settings import Settings
from pipelines.ledger import Ledger
from pipelines.reconcile.differences import may_write_off
from pipelines.reconcile.finding import Row, day_of, row_of
from pipelines.reconcile.room import amount_of, room_of
from pipelines.reconcile.ways import Gaps

#: Why a small difference may be written off; a loss is no small difference.
REASONS = ("rounding", "bank_fee", "discount")


def rests_of(ledger: Ledger, given: Mapping[str, Decimal], *, day: date, freed: pl.DataFrame | None = None) -> dict[str, Decimal]:
    """What each invoice would still owe, of those that would.

    Args:
        ledger: the facts.
        given: what each document_id would get.
        day: of the payment.
        freed: claim_id of the allocations that the decision ends.
    """
    rests = {i: room_of(ledger, row_of(ledger, i), day=day, freed=freed) - amount for i, amount in given.items()}
    return {i: rest for i, rest in rests.items() if rest > ZERO}


def check_gaps(ledger: Ledger, gaps: Gaps) -> None:
    """Refuse to write off more than the tolerances of the settings, of the invoices that lose it together.

    Raises:
        Refused: a reason's sum is above its tolerance.
    """
    for reason in dict.fromkeys(reason for *_, reason in gaps):
        parts = [(document_id, amount) for document_id, amount, why in gaps if why == reason]
        asked = sum((amount_of(row_of(ledger, i)) for i in dict.fromkeys(i for i, _ in parts)), ZERO)
        rest = sum((amount for _, amount in parts), ZERO)
        _check_rest(ledger.settings, rest, reason, asked=asked, currency=row_of(ledger, parts[0][0])["currency"])


def _check_rest(settings: Settings, rest: Decimal, reason: str, *, asked: Decimal, currency: object) -> None:
    most = may_write_off(settings, reason, asked=asked)
    if rest > most:
        raise Refused(
            "above_tolerance",
            "{rest} would be left: at most {most} may be written off for that reason (see the settings).",
            rest=rest,
            most=most,
            currency=currency,
        )


def small_gaps(
    ledger: Ledger, parts: Iterable[tuple[str, Decimal]], reason: str, *, lines: Iterable[Row], freed: pl.DataFrame
) -> Gaps:
    """What is written off so that the invoices which these parts (document_id, amount) pay are settled.

    Raises:
        Refused: unknown reason, nothing is left of them, or more than the tolerance.
    """
    if reason not in REASONS:
        raise Refused("bad_reason", "{reason} is not a reason: use one of {reasons}.", reason=reason, reasons=", ".join(REASONS))
    given: dict[str, Decimal] = {}
    for document_id, amount in parts:
        given[document_id] = given.get(document_id, ZERO) + amount
    day = min(day_of(line["booking_date"]) for line in lines)
    rests = rests_of(ledger, given, day=day, freed=freed)
    rest = sum(rests.values(), ZERO)
    if not rests:
        raise Refused("nothing_left_over", "Nothing is left to write off: the amount settles what it pays.")
    asked = sum((amount_of(row_of(ledger, i)) for i in given), ZERO)
    _check_rest(ledger.settings, rest, reason, asked=asked, currency=row_of(ledger, next(iter(given)))["currency"])
    return tuple((i, amount, reason) for i, amount in rests.items())
