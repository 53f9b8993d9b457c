"""What clients owe in the accounts beside what they owe on screen: the two must be the same to the cent."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from models.money import MONEY, ZERO, total
from pipelines.accounting.entries import Entries
from pipelines.ledger import Ledger
from pipelines.receivables import open_credits, outstanding


@dataclass(frozen=True)
class AccountsCheck:
    """Client accounts over a period, from all the facts up to its end, whether exported or not.

    Attributes:
        opening: balance of 411 and 416 on the eve. `debit`, `credit`: their movements of the period. `closing`: the balance.
        doubtful: the part of `closing` that stands on 416: what the invoices owe that a person decided to be doubtful.
        deposits: what 4191 holds of deposits invoiced and not yet taken off a final invoice; apart from what clients owe.
        receivables: what clients owe on screen at the period's end. `unproven`: payments that no bank line proves and the
            export leaves out; so `closing` is `receivables` + `unproven`, or `gap` says what is missing.
    """

    opening: Decimal
    debit: Decimal
    credit: Decimal
    closing: Decimal
    doubtful: Decimal
    deposits: Decimal
    receivables: Decimal
    unproven: Decimal

    @property
    def gap(self) -> Decimal:
        """What the accounts have more than the screen, all being told: 0.00."""
        return self.closing - self.receivables - self.unproven


def check_accounts(
    entries: Entries, ledger: Ledger, *, start: date, to: date, currency: str, with_unproven: bool
) -> AccountsCheck:
    """The reconciliation of a period; `with_unproven`: whether its entries have the payments that no bank line proves."""
    settings = ledger.settings
    doubtful = entries.movements.filter(pl.col("account") == settings.account_doubtful)
    own = entries.movements.filter(pl.col("account").is_in([settings.account_clients, settings.account_doubtful]))
    apart = entries.movements.filter(pl.col("account") == settings.account_deposits)
    before, during = own.filter(pl.col("date") < start), own.filter(pl.col("date") >= start)
    documents = ledger.documents.filter(pl.col("currency") == currency)
    owed = total(outstanding(documents, ledger.allocations, as_of=to)["outstanding"])
    free = total(open_credits(ledger, as_of=to, currency=currency)["remaining"])
    return AccountsCheck(
        opening=total(before["amount"]),
        debit=total(during["amount"].clip(lower_bound=0).cast(MONEY)),
        credit=-total(during["amount"].clip(upper_bound=0).cast(MONEY)),
        closing=total(own["amount"]),
        doubtful=total(doubtful["amount"]),
        deposits=-total(apart["amount"]),
        receivables=owed - free,
        unproven=ZERO if with_unproven else _unproven(ledger, to, currency),
    )


def _unproven(ledger: Ledger, to: date, currency: str) -> Decimal:
    """Payments that no bank line proves, less what was taken back of them."""
    lines = ledger.lines["line_id"].implode()
    is_mine = (pl.col("date") <= to) & (pl.col("currency") == currency)
    came = ledger.receipts.filter(is_mine & ~pl.col("receipt_id").is_in(lines))
    went = ledger.refunds.filter(is_mine & ~pl.coalesce("line_id", "refund_id").is_in(lines))
    return total(came["amount"]) - total(went["amount"])
