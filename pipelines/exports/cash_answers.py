"""Expected movements and payables as the terminal answers them: JSON, and sentences in the user's language."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from models.texts import Texts
from pipelines.forecast.taxes import TAX_NAMES

Answer = dict[str, Any]
#: Kinds of items behind the curve.
ITEM_KIND_WORDS = {
    "receipt": "Part of an open invoice",
    "recurring": "Recurring movement",
    "planned": "Planned",
    "tax": "Tax or social contribution",
    "vat": "VAT",
    "supplier": "Supplier invoice",
}
#: Why an expected movement is not in the curve.
WHY_NOT_WORDS = {
    "to_confirm": "To confirm",
    "no_amount": "Amount to be given",
    "dropped": "Dropped by you",
    "seen": "Already in bank",
    "old": "Old: already paid?",
    "disputed": "Disputed",
    "credited": "Settled by credit note",
    "covered": "Counted with another line",
    "recurring": "Recurring movement found instead",
}
#: What a person said of it.
ITEM_ANSWER_WORDS = {"confirmed": "Confirmed", "moved": "Moved", "changed": "Amount changed", "dropped": "Dropped"}
#: Why an invoice stands on its day in the payment plan.
PLAN_WORDS = {
    "late": "Late: as soon as possible",
    "discount": "Early-payment discount",
    "due": "On time",
    "ordered": "Ordered already",
    "chosen": "Day chosen",
    "postponed": "Postponed: the floor",
    "no_cash": "No room above the floor",
    "old": "Old: already paid?",
}
PAYABLE_STATUS_WORDS = {
    "disputed": "Disputed", "late": "Late", "due_today": "Due today", "to_pay": "To pay", "partly_paid": "Partly paid"
}  # fmt: skip
#: Why an invoice is expected to be paid on its day.
PAY_WHY_WORDS = {"chosen": "Day chosen", "due": "Due date", "habit": "Your habit"}


def item_label(texts: Texts, kind: str, label: str) -> str:
    """What an item is called: a tax by its name, a VAT return by its period, others by their own words."""
    if kind == "tax":
        return texts.t(TAX_NAMES[label])
    if kind == "vat":
        return texts.t("VAT for {period}", period=_vat_period(texts, label))
    return label


def _vat_period(texts: Texts, label: str) -> str:
    """2026-06 is June 2026, 2026-T2 is Q2 2026."""
    year, _, part = label.partition("-")
    if part.startswith("T"):
        return texts.t("Q{quarter} {year}", quarter=part[1:], year=year)
    return texts.month(date(int(year), int(part), 1))


def with_item_labels(texts: Texts, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `label` as `item_label` says it."""
    said = [item_label(texts, kind, label) for kind, label in rows.select("kind", "label").iter_rows()]
    return rows.with_columns(label=pl.Series(said, dtype=pl.String))


def expected_answer(expected: pl.DataFrame, texts: Texts) -> list[Answer]:
    """Every expected movement (`with_lines`), those that do not count included, with why."""
    names = ["item_id", "kind", "label", "client", "date", "for_date", "amount", "is_counted", "answer", "why_not"]
    seen = ["line_id", "seen_on", "seen_label", "seen_amount"]
    return with_item_labels(texts, expected).select(*names, *seen).to_dicts()


def expected_lines(rows: list[Answer], texts: Texts, currency: str) -> list[str]:
    """One line per expected movement."""
    said = []
    for row in rows:
        amount = texts.money(row["amount"], currency)
        line = f"{texts.date(row['date'])}  {amount}  {row['label']}  [{row['item_id']}]"
        why = [
            texts.t(words[row[name]]) for name, words in (("answer", ITEM_ANSWER_WORDS), ("why_not", WHY_NOT_WORDS)) if row[name]
        ]
        if row["line_id"]:
            why.append(seen_words(row, texts, currency))
        said.append(f"{line} – {', '.join(why)}" if why else line)
    return said or [texts.t("Nothing is expected.")]


def seen_words(row: Mapping[str, Any], texts: Texts, currency: str) -> str:
    """The bank line that shows an expected movement: its day, amount and label."""
    return f"{texts.date(row['seen_on'])} {texts.money(row['seen_amount'], currency)} {row['seen_label']}"


def payables_answer(owed: pl.DataFrame) -> list[Answer]:
    """Open supplier invoices; rates in % a year. One that is not expected to be paid says `why_not`, and has no day."""
    names = ["number", "supplier", "issue_date", "due_date", "amount", "outstanding", "days_late", "bucket", "status", "currency"]
    more = ["pay_on", "why", "why_not", "annual_rate", "discounted", "discount_until", "credited", "ordered_on"]
    return owed.select(*names, *more).to_dicts()


def payables_lines(rows: list[Answer], texts: Texts) -> list[str]:
    """One line per open supplier invoice."""
    return [_payable_line(row, texts) for row in rows] or [texts.t("No supplier invoice is open.")]


def _payable_line(row: Answer, texts: Texts) -> str:
    said = {
        "number": row["number"],
        "supplier": row["supplier"],
        "amount": texts.money(row["outstanding"], row["currency"]),
        "due": texts.date(row["due_date"]),
    }
    if row["why_not"]:
        why = texts.t(WHY_NOT_WORDS[row["why_not"]])
        return texts.t("{number}  {supplier}  {amount}, due on {due}, no payment expected: {why}", why=why, **said)
    day = texts.date(row["pay_on"])
    return texts.t("{number}  {supplier}  {amount}, due on {due}, expected to be paid on {day}", day=day, **said)


def aged_answer(rows: pl.DataFrame) -> list[Answer]:
    """The aged balance of suppliers."""
    return rows.drop("supplier_id").to_dicts()


def aged_lines(rows: list[Answer], texts: Texts, currency: str) -> list[str]:
    """One line per supplier."""
    return [f"{row['supplier']}  {texts.money(row['total'], currency)}" for row in rows] or [
        texts.t("No supplier invoice is open.")
    ]


def plan_answer(plan: pl.DataFrame) -> list[Answer]:
    """What to pay, and when."""
    return plan.drop("document_id", "supplier_id").to_dicts()


def plan_lines(rows: list[Answer], texts: Texts, currency: str) -> list[str]:
    """One line per invoice, by payment day."""
    said = [
        f"{texts.date(row['pay_on'])}  {texts.money(row['to_pay'], currency)}  {row['supplier']} {row['number']}"
        f" – {texts.t(PLAN_WORDS[row['reason']])}{_worth(row, texts)}"
        for row in rows
    ]
    return said or [texts.t("There is nothing to pay.")]


def _worth(row: Mapping[str, Any], texts: Texts) -> str:
    rate = row["annual_rate"]
    return "" if rate is None else texts.t(" ({rate} a year)", rate=texts.percent(rate))


def proposals_answer(rows: pl.DataFrame) -> list[Answer]:
    """Debits that look like the payment of supplier invoices."""
    return rows.drop("document_id").to_dicts()


def proposals_lines(rows: list[Answer], texts: Texts, currency: str) -> list[str]:
    """One line per debit and the invoice that it may pay."""
    said = [
        f"{row['line_id']}  {texts.date(row['booking_date'])}  {texts.money(row['amount'], currency)}  {row['label']}"
        f" → {row['supplier']} {row['number']}"
        for row in rows
    ]
    return said or [texts.t("No debit looks like the payment of a supplier invoice.")]
