"""The figures of cash, opened: the balances that make it up, and what is expected of invoices and other movements."""

from dataclasses import replace
from decimal import Decimal

import polars as pl

from models.money import MONEY, total
from models.tables import conform
from pipelines.explain.explanation import Explanation, Told, of_rows
from pipelines.explain.rows import ROWS
from pipelines.forecast.curve import Forecast
from pipelines.forecast.opening import moves_since, stated_balances
from pipelines.ledger import Ledger

#: The figures of cash by key.
CASH_FIGURES = {
    "cash": Told(
        "Cash today",
        "The balance of all bank accounts at the end of the day, from the last statement and the movements since.",
        "{stated} + {moved}",
    ),
    "expected_receipts": Told(
        "Expected receipts",
        "Sum over open invoices of what is owed × its chance to be paid by then.",
        "{expected}",
    ),
    "low_point": Told(
        "Low point of cash",
        "Cash today + receipts in the prudent case + other expected movements up to that day.",
        "{balances} + {expected} − {prudence} + {others}",
    ),
}
_OPERAND_NAMES = {
    "stated": "Balances that statements give",
    "moved": "Movements since",
    "balances": "Balances of the accounts",
    "expected": "Receipts expected from open invoices",
    "prudence": "Less in the prudent case (P10)",
    "others": "Other expected movements",
}


def explain_cash(ledger: Ledger, ahead: Forecast, key: str, *, account_id: str | None = None) -> Explanation:
    """Open a figure of cash.

    Args:
        ledger: for the clients of the invoices.
        ahead: the forecast that the figure is of.
        key: of CASH_FIGURES.
        account_id: the cash of this account alone.
    """
    last = ahead.lowest.date if key == "low_point" else ahead.dates[-1]
    items = ahead.items.filter(pl.col("date") <= last)
    receipts = _of_items(items.filter(pl.col("kind") == "receipt"), ledger)
    prudence = total(receipts["amount"]) - ahead.receipts.p10[ahead.dates.index(last)]
    accounts = ahead.accounts if account_id is None else ahead.accounts.filter(pl.col("account_id") == account_id)
    stated, moved = _of_statements(ledger, ahead, accounts)
    rows = {
        "stated": stated,
        "moved": moved,
        "balances": _of_accounts(ahead),
        "expected": receipts,
        "prudence": _of_prudence(ahead, prudence),
        "others": _of_items(items.filter(pl.col("kind") != "receipt"), ledger),
    }
    values = {
        "cash": ahead.opening if account_id is None else total(accounts["balance"]),
        "expected_receipts": ahead.receipts.mean[-1],
        "low_point": ahead.lowest.p10,
    }
    operands = {name: (title, rows[name]) for name, title in _OPERAND_NAMES.items()}
    found = of_rows(key, CASH_FIGURES[key], values[key], operands, as_of=ahead.opening_date, currency=ahead.currency)
    if ahead.has_cash or key == "expected_receipts":
        return found
    return replace(found, value=None, lacks="No bank statement yet.")


def _of_accounts(ahead: Forecast) -> pl.DataFrame:
    """ROWS of the accounts: the balance of each, and the day on which a statement gave it."""
    return ahead.accounts.select(
        row_id="account_id", kind=pl.lit("account"), number="account", date="stated_on", amount="balance"
    ).pipe(conform, ROWS)  # fmt: skip


def _of_statements(ledger: Ledger, ahead: Forecast, accounts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """ROWS of the balances that statements give, and of the bank lines since; lines before a later balance are taken away."""
    names = accounts.select("account_id", "account")
    stated = stated_balances(ledger.balances, as_of=ahead.opening_date)
    lines = moves_since(ledger.lines, stated, as_of=ahead.opening_date)
    rows = stated.join(names, on="account_id", how="inner", validate="1:1").with_columns(
        row_id="account_id", kind=pl.lit("account"), number="account", date="stated_on", amount="stated"
    )
    moves = lines.join(names, on="account_id", how="semi").with_columns(
        row_id="line_id", kind=pl.lit("movement"), number="label", date="booking_date", amount="moved"
    )
    return conform(rows, ROWS), conform(moves, ROWS)


def _of_items(items: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """ROWS of what is expected; the parts of an invoice on each day together."""
    invoices = ledger.documents.select("client_id", "due_date", "sales_rep", "category", whole="amount", item_id="document_id")
    is_receipt = pl.col("kind") == "receipt"
    return (
        items.group_by("kind", "item_id", "label", "client", pl.when(~is_receipt).then("date"))
        .agg(pl.col("amount").sum().cast(MONEY))
        .join(invoices, on="item_id", how="left", validate="m:1")
        .with_columns(
            row_id="item_id",
            kind=pl.when(is_receipt).then(pl.lit("expected")).otherwise("kind"),
            number="label",
            document_id=pl.when(is_receipt).then("item_id"),
        )
        .pipe(conform, ROWS)
    )


def _of_prudence(ahead: Forecast, prudence: Decimal) -> pl.DataFrame:
    """One row: a quantile belongs to all invoices together."""
    row = {"row_id": "prudence", "kind": "prudence", "date": ahead.lowest.date, "amount": prudence}
    return conform(pl.DataFrame([row], schema_overrides={"amount": MONEY}), ROWS)
