"""A client's statement of account (relevé de compte): what is open at a date, invoice by invoice, and the credits."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from models.money import ZERO, total
from models.texts import DASH, Texts
from pipelines.collections.fields import one_line
from pipelines.collections.paper import sheet_pdf
from pipelines.collections.parts import Part
from pipelines.ledger import Ledger
from pipelines.receivables import open_credits, open_items

_SOURCES = {"credit_note": "Credit note", "bank": "Payment received", "declared": "Payment declared"}


def open_account(ledger: Ledger, client_id: str, *, as_of: date, currency: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What a client owes and what it is owed: its open invoices by due date, and its open credits by date."""
    is_own = pl.col("client_id") == client_id
    items = open_items(ledger, as_of=as_of, currency=currency).filter(is_own & (pl.col("outstanding") > ZERO))
    credits_ = open_credits(ledger, as_of=as_of, currency=currency).filter(is_own)
    return items.sort("due_date", "number", "document_id"), credits_.sort("date", "credit_id")


def balance(items: pl.DataFrame, given: pl.DataFrame) -> Decimal:
    """What the account comes to: open invoices less open credits."""
    return total(items["outstanding"]) - total(given["remaining"])


def statement_pdf(ledger: Ledger, client_id: str, *, as_of: date, currency: str, language: str) -> bytes:
    """The statement as an A4 sheet in the client's language."""
    texts = Texts(language)
    items, given = open_account(ledger, client_id, as_of=as_of, currency=currency)
    name = one_line(ledger.clients.filter(pl.col("client_id") == client_id)["name"].item())
    lines = [name, texts.t("At {date}", date=texts.long_date(as_of))]
    parts = open_parts(texts, items, given, currency)
    return sheet_pdf(texts.t("Statement of account"), lines, parts, ledger.settings, texts, day=as_of)


def open_parts(texts: Texts, items: pl.DataFrame, given: pl.DataFrame, currency: str) -> list[Part]:
    """What is open as the parts of a page: invoices, credits not used yet, and what the account comes to."""
    parts: list[Part] = [_items_table(texts, items, currency)] if items.height else []
    if given.height:
        parts += [{"kind": "heading", "text": texts.t("Credits not used yet")}, credits_table(texts, given.to_dicts(), currency)]
    late = total(items.filter(pl.col("days_late") >= 1)["outstanding"])
    rows = [
        [texts.t("Overdue"), texts.money(late, currency)],
        [texts.t("Not due yet"), texts.money(total(items["outstanding"]) - late, currency)],
        *([[texts.t("Credits not used yet"), texts.money(-total(given["remaining"]), currency)]] if given.height else []),
        [texts.t("Balance of the account"), texts.money(balance(items, given), currency)],
    ]
    return [*parts, {"kind": "pairs", "rows": rows}]


def _items_table(texts: Texts, items: pl.DataFrame, currency: str) -> Part:
    rows = [
        [
            one_line(row["number"]),
            texts.date(row["issue_date"]),
            texts.date(row["due_date"]),
            texts.money(row["amount"], currency),
            texts.money(row["amount"] - row["outstanding"], currency) if row["amount"] != row["outstanding"] else DASH,
            texts.money(row["outstanding"], currency),
            texts.number(row["days_late"]) if row["days_late"] > 0 else DASH,
        ]
        for row in items.to_dicts()
    ]
    head = ["Invoice", "Issued", "Due", "Amount incl. VAT", "Paid", "Outstanding", "Days late"]
    return {
        "kind": "table",
        "head": [texts.t(word) for word in head],
        "align": ["left", "left", "left", "right", "right", "right", "right"],
        "rows": rows,
        "total": [texts.t("Total"), "", "", "", "", texts.money(total(items["outstanding"]), currency), ""],
    }


def credit_name(texts: Texts, row: Mapping[str, Any]) -> str:
    """What a row of OPEN_CREDITS is: a credit note with its number, a payment received or declared."""
    return f"{texts.t(_SOURCES[row['source']])} {one_line(row['number'])}".strip()


def credits_table(texts: Texts, given: Sequence[Mapping[str, Any]], currency: str) -> Part:
    """The open credits (rows of OPEN_CREDITS), below zero, and what they come to."""
    rows = [
        [
            credit_name(texts, row),
            texts.date(row["date"]),
            texts.money(-row["remaining"], currency),
        ]
        for row in given
    ]
    head = ["Credit", "Date", "Amount"]
    return {
        "kind": "table",
        "head": [texts.t(word) for word in head],
        "align": ["left", "left", "right"],
        "rows": rows,
        "total": [texts.t("Total"), "", texts.money(-sum((row["remaining"] for row in given), ZERO), currency)],
    }
