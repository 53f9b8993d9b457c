"""Bank lines that are no client payment: what else goes through a small company's account, in and out."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Protocol

from matching_payers import OWN, Scribe

_CREDITS = (  # {ref}: digits of the bank
    "VIR SEPA DGFIP REMBOURSEMENT CREDIT TVA {ref}", "VIR URSSAF REMBOURSEMENT TROP VERSE {ref}",
    "VIR SEPA MAAF INDEMNITE SINISTRE {ref}",
    "DEBLOCAGE PRET {ref}", "VIR SEPA REMBOURSEMENT DEPOT DE GARANTIE LOYER", "VIR SUBVENTION REGION {ref}",
    "INTERETS CREDITEURS",
    "ANNULATION FRAIS DE COMMISSION", "VIR SEPA CPAM IJSS SUBROGATION {ref}", "AVOIR CARTE FOURNITOUT CB*4411",
)  # fmt: skip
_DEBITS = (
    "PRLV SEPA URSSAF {ref}", "PRLV SEPA DGFIP IMPOT TVA {ref}", "VIR SEPA SALAIRE CLAIRE MOREL",
    "CARTE {day} FOURNITOUT CB*4411",
    "FRAIS TENUE DE COMPTE", "COMMISSION D'INTERVENTION", "PRLV SEPA ELECTRICITE DU LAC {ref}", "ECHEANCE PRET {ref}", "AGIOS",
    "CHEQUE {digits7}", "VIR SEPA LOYER SCI DES QUAIS",
)  # fmt: skip
Line = tuple[str, date, Decimal, str, str]


class Paid(Protocol):
    """A payment whose amount may come back by accident."""

    amount: Decimal


def noise(dice: Random, scribe: Scribe, payments: Sequence[Paid], start: date, span: int) -> Iterator[Line]:
    """About one line for six payments: (kind, day, signed amount, label, account). Some have the amount of an invoice."""
    amounts = [p.amount for p in payments if p.amount > 0]
    for _ in range(len(payments) // 6):
        day = start + timedelta(days=dice.randrange(span))
        amount = Decimal(dice.randrange(500, 500_000)) / 100
        if amounts and dice.random() < 0.2:
            amount = dice.choice(amounts)
        roll = dice.random()
        if roll < 0.15:
            label = f"VIR INTERNE {OWN} {dice.choice(['LIVRET', 'COMPTE COURANT'])}"
            yield "internal", day, -amount, label, "A"
            yield "internal", day, amount, label, "B"
        elif roll < 0.18 and scribe.known:
            # A supplier pays back, and names its own invoice, which may be numbered like one of ours.
            yield "noise", day, amount, f"VIR SEPA FOURNITOUT REMBOURSEMENT FACTURE {dice.choice(scribe.known)}", "A"
        elif roll < 0.55:
            yield "noise", day, amount, scribe.fill(dice.choice(_CREDITS), day), "A"
        else:
            yield "debit", day, -amount, scribe.fill(dice.choice(_DEBITS), day), "A"
