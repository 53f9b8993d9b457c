"""The history of cash decisions in words: expected movements, supplier invoices, their transfers and payments."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from models.texts import Texts
from pipelines.exports.cash_answers import ITEM_ANSWER_WORDS

Detail = Mapping[str, Any]


def _answer_words(texts: Texts, subject: str, detail: Detail) -> str:
    """What was said of an expected movement, with the other day or amount."""
    answer = detail.get("answer")
    if answer == "not_seen":
        lines = ", ".join(f"{line['label']} ({_day(texts, line['booking_date'])})" for line in detail.get("lines", []))
        return texts.t("{label}: another movement than {line}", label=subject, line=lines)
    word = texts.t(ITEM_ANSWER_WORDS[answer]) if answer in ITEM_ANSWER_WORDS else texts.t("Answer taken back")
    amount = detail.get("amount")
    said = [word, _day(texts, detail.get("moved_to")), texts.number(Decimal(str(amount)), 2) if amount else ""]
    return f"{subject}{texts.t(': ')}{', '.join(part for part in said if part)}"


def _plan_words(texts: Texts, subject: str, detail: Detail) -> str:
    """What was planned from which day, or that it was taken away."""
    if detail.get("amount") is None:
        return f"{subject}{texts.t(': ')}{texts.t(ITEM_ANSWER_WORDS['dropped'])}"
    amount = texts.money(Decimal(str(detail["amount"])), detail["currency"]) if "currency" in detail else ""
    return f"{subject}{texts.t(': ')}{', '.join(part for part in (amount, _day(texts, detail.get('first_date'))) if part)}"


def _choice_words(texts: Texts, subject: str, detail: Detail) -> str:
    """The payment day of each invoice, or the discount of one."""
    if "percent" in detail:
        share = texts.percent(float(str(detail["percent"])))
        return texts.t("{number}: discount of {share} until {day}", number=subject, share=share, day=_day(texts, detail["until"]))
    return ", ".join(
        texts.t("{number} is paid on {day}", number=number, day=_day(texts, day))
        if day
        else f"{number}{texts.t(': ')}{texts.t('Answer taken back')}"
        for number, day in detail.items()
    )


def _paid_words(texts: Texts, subject: str, detail: Detail) -> str:
    del texts
    return f"{subject} ← {detail.get('label', '')}"


def _iban_words(texts: Texts, subject: str, detail: Detail) -> str:
    return f"{subject}{texts.t(': ')}{detail.get('iban', '')}"


def _transfer_words(texts: Texts, subject: str, detail: Detail) -> str:
    del subject  # the message's id
    numbers = ", ".join(str(number) for number in detail.get("invoices", []))
    return f"{numbers}{texts.t(': ')}{texts.money(Decimal(str(detail['total'])))}, {_day(texts, detail['pay_on'])}"


def _day(texts: Texts, day: object) -> str:
    return texts.date(date.fromisoformat(str(day))) if day else ""


#: By action: the details of a change.
CASH_DETAILS: Mapping[str, Callable[[Texts, str, Detail], str]] = {
    "answer_item": _answer_words,
    "plan_item": _plan_words,
    "payment_choice": _choice_words,
    "pay_supplier": _paid_words,
    "supplier_iban": _iban_words,
    "transfer_file": _transfer_words,
}
