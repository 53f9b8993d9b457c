"""Figures beside those of contract 2 that open too: of cash, of closings, of suppliers."""

from datetime import date

from pipelines.explain.cash import CASH_FIGURES, explain_cash
from pipelines.explain.doubtful import DOUBTFUL_FIGURES, explain_doubtful
from pipelines.explain.explanation import Explanation
from pipelines.explain.suppliers import SUPPLIER_FIGURES, debits_found, explain_suppliers
from pipelines.forecast.curve import forecast
from pipelines.ledger import Ledger
from pipelines.provisions.closings import provision_changes
from pipelines.provisions.doubt import decisions
from pipelines.provisions.proposals import doubts

OTHER_FIGURES = CASH_FIGURES | DOUBTFUL_FIGURES | SUPPLIER_FIGURES


def explain_other(ledger: Ledger, key: str, *, as_of: date, currency: str) -> Explanation:
    """Open one of OTHER_FIGURES, from the facts alone; screens give what they have at hand to the three that it chooses from."""
    if key in DOUBTFUL_FIGURES:
        found = doubts(ledger, as_of=as_of, currency=currency)
        changes = provision_changes(ledger, decisions(ledger, currency=currency), to=as_of, currency=currency)
        return explain_doubtful(ledger, key, found, changes, as_of=as_of, currency=currency)
    ahead = forecast(ledger, as_of=as_of, currency=currency)
    if key in CASH_FIGURES:
        return explain_cash(ledger, ahead, key)
    return explain_suppliers(ahead, debits_found(ledger, as_of=as_of, currency=currency), key)
