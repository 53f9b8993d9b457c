"""The settings that a person can give: label, group, help and how each is typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from models.dates import half_year
from models.rates import known_ecb_rates
from models.settings import Settings
from models.texts import LANGUAGES, Texts

Kind = Literal["text", "lines", "whole", "decimal", "choice"]


@dataclass(frozen=True)
class Field:
    """One setting on the form; texts are English, to be translated where they are shown.

    Attributes:
        choices: code -> word of a choice.
        is_blank_default: an empty box gives the default back.
    """

    key: str
    label: str
    kind: Kind = "text"
    help: str | None = None
    placeholder: str = ""
    choices: Mapping[str, str] | None = None


LANGUAGE_WORDS = dict(zip(LANGUAGES, ("French", "English"), strict=True))
COMPANY = (
    Field("company_name", "Company name"),
    Field("company_siren", "SIREN", help="Nine digits."),
    Field("company_email", "E-mail", help="The sender of the reminders."),
    Field("company_phone", "Telephone"),
    Field("signatory", "Signatory", help="Signs the formal notices: name and function."),
    Field("company_address", "Address", "lines"),
)
BANK = (
    Field("iban", "IBAN", help="Where your clients pay: it stands in each reminder."),
    Field("bic", "BIC"),
    Field("cash_floor", "Cash floor", "decimal", help="The cash forecast warns below this amount."),
)
RULES = (
    Field("terms_days", "Payment terms (days)", "whole", help="For invoices whose file gives no due date."),
    Field("doubtful_days", "Doubtful after (days late)", "whole", help="A receivable later than this counts as doubtful."),
    Field(
        "statement_days", "Age of the last statement (days)", "whole",
        help="If the last bank statement is older, the drafts are held: a payment may not be seen yet.",
    ),
    Field("notice_days", "Time given by a formal notice (days)", "whole"),
    Field(
        "penalty_rate", "Contractual late-payment rate (% a year)", "decimal",
        help="As in your terms of sale. Empty: the legal rate, ECB + 10 points (C. com. L441-10).", placeholder="ECB + 10",
    ),
    Field("language", "Language of letters and exports", "choice", choices=LANGUAGE_WORDS),
    Field(
        "region", "Public holidays", "choice",
        choices={"france": "Metropolitan France", "alsace_moselle": "Alsace and Moselle"},
    ),
)  # fmt: skip
CASH = (
    Field(
        "pay_suppliers", "Suppliers are paid", "choice", help="When the cash forecast expects a supplier invoice to be paid.",
        choices={"due": "On the due date", "habit": "As you usually do"},
    ),
    Field(
        "payment_day", "Payment day", "choice", help="Supplier payments are grouped on that weekday.",
        choices={
            "any": "Any working day", "monday": "Monday", "tuesday": "Tuesday", "wednesday": "Wednesday", "thursday": "Thursday",
            "friday": "Friday",
        },
    ),
    Field(
        "vat_regime", "VAT return", "choice", help="For the VAT proposed in the cash forecast.",
        choices={"monthly": "Every month", "quarterly": "Every quarter", "none": "None"},
    ),
    Field(
        "vat_basis", "VAT is due on", "choice",
        help="Goods: on invoices issued. Services: on receipts, unless you chose otherwise.",
        choices={"debits": "Invoices issued", "receipts": "Receipts"},
    ),
    Field("vat_day", "Day of the VAT payment (15 to 24)", "whole", help="Of the month after the period, as in your tax account."),
    Field(
        "urssaf_day", "URSSAF is due on", "choice", choices={"5": "The 5th", "15": "The 15th", "none": "Never"},
    ),
)  # fmt: skip
MATCHING = (
    Field(
        "tolerance",
        "Rounding written off (at most)",
        "decimal",
        help="What one click on the reconciliation screen may write off.",
    ),
    Field("fee_tolerance", "Bank fee written off (at most)", "decimal", help="What a payer’s bank may take off a payment."),
    Field("discount_tolerance", "Early-payment discount (at most, %)", "decimal", help="In % of what the invoices ask for."),
    Field(
        "unproven_days", "Unproven payments after (days)", "whole", help="A stated payment without a bank line is listed then."
    ),
)
_OTHER_LABELS = {
    "currency": "Currency",
    "scenario": "Reminder scenario",
    "default_as_of": "As of",
    "history_from": "First day of complete data",
    "sample": "Sample company",
}
#: Long numbers, shown in groups of so many characters.
_GROUPS = {"iban": 4, "company_siren": 3}
#: Half-years whose rate a reminder written around a date may need.
_BEHIND, _AHEAD = timedelta(days=366), timedelta(days=31)


def setting_label(texts: Texts, key: str) -> str:
    """What a setting is called."""
    if key.startswith("rate."):
        return rate_label(texts, key.removeprefix("rate."))
    labels = {field.key: field.label for field in (*COMPANY, *BANK, *RULES, *CASH, *MATCHING)}
    return texts.t({**labels, **_OTHER_LABELS}.get(key, key))


def rate_label(texts: Texts, half: str) -> str:
    """ECB rate, second half of 2026 (%)."""
    year, _, part = half.partition("-S")
    name = "ECB rate, first half of {year} (%)" if part == "1" else "ECB rate, second half of {year} (%)"
    return texts.t(name, year=year)


def asked_rates(settings: Settings, today: date) -> list[str]:
    """Half-years whose ECB rate a person should give: those entered already, and those around today that nobody knows."""
    near: list[str] = [half_year(day) for day in (today - _BEHIND, today, today + _AHEAD)]
    return sorted(set(settings.ecb_rates) | (set(near) - set(known_ecb_rates())))


def rate_fields(texts: Texts, settings: Settings, today: date) -> list[Field]:
    """A field per asked rate, its label already translated."""
    return [
        Field(f"rate.{half}", rate_label(texts, half), "decimal", placeholder=texts.t("For instance 2.15"))
        for half in asked_rates(settings, today)
    ]


def stored_text(texts: Texts, settings: Settings, key: str) -> str:
    """A setting as the form shows it: what a person would type."""
    if key.startswith("rate."):
        value: object = settings.ecb_rates.get(key.removeprefix("rate."))
    else:
        value = getattr(settings, key)
    if key in _GROUPS and value:
        plain, size = str(value), _GROUPS[key]
        return " ".join(plain[at : at + size] for at in range(0, len(plain), size))
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return plain.replace(".", ",") if texts.language == "fr" else plain
    return "" if value is None else str(value)


def changed(texts: Texts, settings: Settings, fields: Sequence[Field], typed: Mapping[str, str]) -> dict[str, str | None]:
    """The settings whose text is no longer what is stored; an emptied one goes back to its default (None)."""
    return {
        field.key: typed[field.key].strip() or None
        for field in fields
        if typed[field.key].strip() != stored_text(texts, settings, field.key).strip()
    }
