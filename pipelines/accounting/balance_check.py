"""The accounts of clients at a date beside what they owe on screen, whatever the entries still lack to be exported."""

from datetime import date
from decimal import Decimal

import polars as pl

from models.tables import empty
from models.texts import Texts
from pipelines.accounting.entries import ENTRY_LINES, Entries, dated_legs, plain_legs
from pipelines.accounting.lettering import KEPT
from pipelines.accounting.reconciliation import AccountsCheck, check_accounts
from pipelines.kept import kept_with_ledger
from pipelines.ledger import Ledger


def accounts_at(ledger: Ledger, *, to: date, currency: str) -> AccountsCheck:
    """The balances of 411, 416 and 4191 at a date from all the facts, payments that no bank line proves included."""
    plain = _plain_moves(ledger, currency=currency).filter(pl.col("date") <= to)
    dated = _moves(dated_legs(ledger, to=to, currency=currency, with_doubtful=True), ledger)
    entries = Entries(empty(ENTRY_LINES), pl.concat([plain, dated]), empty(KEPT))
    return check_accounts(entries, ledger, start=to, to=to, currency=currency, with_unproven=True)


@kept_with_ledger(2)
def _plain_moves(ledger: Ledger, *, currency: str) -> pl.DataFrame:
    """What documents and money move on these accounts, on all days: a balance is asked for as of many."""
    return _moves(plain_legs(ledger, to=date.max, currency=currency), ledger)


def _moves(legs: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """account, date and amount of the lines of 411, 416 and 4191."""
    settings = ledger.settings
    followed = [settings.account_clients, settings.account_doubtful, settings.account_deposits]
    return legs.filter(pl.col("account").is_in(followed)).select("account", "date", "amount")


def proof_rows(found: AccountsCheck, ledger: Ledger, texts: Texts) -> list[tuple[str, Decimal]]:
    """How the accounts lead to what clients owe: each balance with its words, then the gap, which is 0.00."""
    settings = ledger.settings
    return [
        (texts.t("Account {account}, clients", account=settings.account_clients), found.closing - found.doubtful),
        (texts.t("Account {account}, doubtful clients", account=settings.account_doubtful), found.doubtful),
        (texts.t("Receivables in the accounts"), found.closing),
        (texts.t("Receivables of the aged balance"), found.receivables),
        (texts.t("Difference"), found.gap),
        (
            texts.t("Beside it, deposits invoiced and not yet taken off ({account})", account=settings.account_deposits),
            -found.deposits,
        ),
    ]


def proof_sentences(found: AccountsCheck, ledger: Ledger, texts: Texts, currency: str) -> list[str]:
    """The same as lines to be printed below a balance."""
    return [f"{words}{texts.t(': ')}{texts.money(amount, currency)}" for words, amount in proof_rows(found, ledger, texts)]
