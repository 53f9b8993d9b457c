"""One way to settle a bank line."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from pipelines.reconcile.rules import CONFIDENCE
from pipelines.reconcile.taking_back import Back

#: Invoices with the amounts that the line gives them.
Parts = tuple[tuple[str, Decimal], ...]
#: What is written off with it: (document_id, amount, reason), the reason being rounding, bank_fee or discount.
Gaps = tuple[tuple[str, Decimal, str], ...]
#: Credit notes used with it: (credit note, document_id, amount).
Credits = tuple[tuple[str, str, Decimal], ...]
#: Earlier payments that came back before it: (debit's line_id, what it takes back).
Returned = tuple[tuple[str, Back], ...]


@dataclass(frozen=True)
class Candidate:
    """One way to settle a line: invoices with amounts, the rule, and the words of the label that speak for it.

    `gaps` and `credits` are what accepting it also settles, so that with `parts` nothing stays open of the invoices;
    `returned` what it says of a payment before it.
    """

    rule: str
    parts: Parts
    evidence: str = ""
    gaps: Gaps = ()
    credits: Credits = ()
    returned: Returned = ()

    @property
    def confidence(self) -> float:
        """How sure the rule is, 0 to 1."""
        return CONFIDENCE[self.rule]


def fill(owed: Mapping[str, Decimal], amount: Decimal) -> Parts:
    """The amount given to the invoices in this order until nothing is left."""
    parts = []
    for document_id, most in owed.items():
        part = min(most, amount)
        if part > 0:
            parts.append((document_id, part))
        amount -= part
    return tuple(parts)
