"""The figures of supplier invoices, opened: what is owed, what of it is late, and what is to be paid in the coming days."""

from datetime import date

import polars as pl

from models.money import MONEY, total
from models.tables import conform
from pipelines.explain.explanation import Explanation, Told, of_rows
from pipelines.explain.rows import ROWS
from pipelines.forecast.curve import Forecast
from pipelines.ledger import Ledger
from pipelines.reconcile.supplier_payments import payment_proposals

#: The figures of suppliers by key.
SUPPLIER_FIGURES = {
    "payables": Told(
        "Owed to suppliers",
        "What open supplier invoices still ask for, VAT included, before credit notes that name none of them.",
        "{owed}",
    ),
    "overdue_payables": Told(
        "Overdue supplier invoices",
        "Supplier invoices past their due date that no debit seems to have paid: late-payment interest and 40 € each "
        "are due by law.",
        "{late}",
    ),
    "to_pay": Told(
        "To pay within 30 days",
        "As the cash forecast expects it: on the due date, your habit or the day that you chose.",
        "{expected}",
    ),
}
_OPERAND_NAMES = {"owed": "Open supplier invoices", "late": "Late supplier invoices", "expected": "Expected supplier payments"}


def debits_found(ledger: Ledger, *, as_of: date, currency: str) -> pl.DataFrame:
    """PROPOSALS (`reconcile.supplier_payments`): the debits of that currency that seem to have paid supplier invoices."""
    own = ledger.lines.filter(pl.col("currency") == currency)
    return payment_proposals(ledger, as_of=as_of).join(own, on="line_id", how="semi", maintain_order="left")


def explain_suppliers(ahead: Forecast, found: pl.DataFrame, key: str) -> Explanation:
    """Open a figure of suppliers.

    Args:
        ahead: the forecast of the coming days, with what is owed.
        found: `debits_found`.
        key: of SUPPLIER_FIGURES.
    """
    owed = ahead.payables
    late = owed.filter((pl.col("days_late") > 0) & ~pl.col("document_id").is_in(found["document_id"].implode()))
    paid = ahead.items.filter(pl.col("kind") == "supplier")
    made = {"owed": _of_invoices(owed), "late": _of_invoices(late), "expected": _of_payments(paid, owed)}
    values = {
        "payables": total(owed["outstanding"]),
        "overdue_payables": total(late["outstanding"]),
        "to_pay": -total(paid["amount"]),
    }
    operands = {name: (title, made[name]) for name, title in _OPERAND_NAMES.items()}
    return of_rows(
        key, SUPPLIER_FIGURES[key], values[key], operands,
        as_of=ahead.opening_date, currency=ahead.currency, party="Supplier",
    )  # fmt: skip


def _of_invoices(owed: pl.DataFrame) -> pl.DataFrame:
    """ROWS of supplier invoices: no client's, so that none leads to a client's page."""
    return owed.select(
        "number", "due_date", row_id="document_id", kind=pl.lit("invoice"), client="supplier", date="issue_date",
        whole="amount", amount="outstanding", days="days_late",
    ).pipe(conform, ROWS)  # fmt: skip


def _of_payments(items: pl.DataFrame, owed: pl.DataFrame) -> pl.DataFrame:
    """ROWS of expected payments, positive, each on its day."""
    due = owed.select("due_date", item_id="document_id", whole="amount")
    return (
        items.select("date", "client", "item_id", number="label", amount=(-pl.col("amount")).cast(MONEY))
        .join(due, on="item_id", how="left", validate="m:1")
        .with_columns(row_id="item_id", kind=pl.lit("invoice"))
        .pipe(conform, ROWS)
    )
