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

Kind = Literal["text", "lines", "whole", "decimal", "choice", "several"]


@dataclass(frozen=True)
class Field:
    """One setting on the form; texts are English, to be translated where they are shown.

    Attributes:
        choices: code -> word of a choice; of `several`, the stored text is the codes with commas, or the blank one.
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
    Field("mediator", "Consumer mediator", help="Name and contact: formal notices to consumers name it."),
)
BANK = (
    Field("iban", "IBAN", help="Where your clients pay: it stands in each reminder."),
    Field("bic", "BIC"),
    Field(
        "payment_link",
        "Payment link",
        help="Where your clients can pay on the web: it stands in each reminder.",
        placeholder="https://",
    ),
    Field("cash_floor", "Cash floor", "decimal", help="The cash forecast warns below this amount."),
)
MAIL = (
    Field("smtp_host", "Mail server", help="Empty: you send with your own mail program.", placeholder="smtp.example.com"),
    Field("smtp_port", "Port", "whole", help="587, or 465 for a server that is encrypted from the start."),
    Field("smtp_user", "User", help="The password is read from ENCOURS_SMTP_PASSWORD when Encours starts; it is never stored."),
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
REMINDERS = (
    Field("reminder_minimum", "Smallest sum reminded", "decimal", help="A client that owes less than that late is not reminded."),
    Field("new_below", "New client: fewer invoices due than", "whole"),
    Field("bad_late_count", "Bad payer: late invoices in 12 months", "whole"),
    Field("bad_average_delay", "Bad payer: days late on average above", "whole"),
    Field("vip_share", "Important client: share of money (%)", "decimal", help="Of what came in over 12 months."),
    Field("vip_delay", "Important client: days late on average at most", "whole"),
    Field("weight_31", "Weight beyond 30 days late", "decimal", help="Of the money that acting now should bring forward."),
    Field("weight_61", "Weight beyond 60 days late", "decimal"),
    Field("weight_91", "Weight beyond 90 days late", "decimal"),
    Field("weight_promise", "Weight of a broken promise", "decimal"),
    Field(
        "weight_limitation",
        "Weight of a near limitation",
        "decimal",
        help="In full 6 months before, half of it 12 months before.",
    ),
    Field("weight_bad_payer", "Weight of a bad payer", "decimal"),
    Field("weight_vip", "Weight of an important client", "decimal", help="1 at most: it is spared."),
    Field("minutes_email", "Minutes for an e-mail", "whole"),
    Field("minutes_sms", "Minutes for a text message", "whole"),
    Field("minutes_call", "Minutes for a call", "whole"),
    Field("minutes_letter", "Minutes for a letter", "whole"),
    Field("minutes_other", "Minutes for anything else", "whole"),
)
CASH = (
    Field(
        "pay_suppliers", "Suppliers are paid", "choice", help="When the cash forecast expects a supplier invoice to be paid.",
        choices={"due": "On the due date", "habit": "As you usually do"},
    ),
    Field(
        "payment_day", "Payment days", "several", placeholder="Any working day",
        help="Supplier payments are grouped on those weekdays or days of the month; on a day off, on the next working day.",
        choices={
            "monday": "Monday", "tuesday": "Tuesday", "wednesday": "Wednesday", "thursday": "Thursday", "friday": "Friday",
            **{str(n): f"{n}" for n in range(1, 31)}, "31": "Last day of the month",
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
BOOKS = (
    Field("account_clients", "Clients (411)"),
    Field("account_doubtful", "Doubtful clients (416)"),
    Field("account_deposits", "Deposits received (4191)", help="What deposit invoices credit, and final invoices take off."),
    Field("account_sales", "Sales (70)"),
    Field("sales_by_rate", "Sales by VAT rate", help="Only if they differ, for instance 20=706000; 10=706100."),
    Field("account_vat", "VAT collected (44571)"),
    Field("vat_by_rate", "VAT by rate", help="Only if they differ, for instance 20=445711; 5.5=445713."),
    Field("vat_rate", "VAT rate of invoices that give none (%)", help="Empty: such invoices cannot be exported."),
    Field("account_bank", "Bank (512)"),
    Field("bank_by_account", "Bank by own account", help="By its name in Imports: Courant=512100; Livret=512200."),
    Field("account_unproven", "Payments without a bank line (511)"),
    Field("account_waiting", "Not known yet (471)", help="The part of a receipt that is not known to be a client’s."),
    Field("account_opening", "Opening balance (890)"),
    Field("account_loss", "Losses (654)"),
    Field("account_recovery", "Received after a loss (7583)", help="7714 before the chart of accounts of 2025."),
    Field("account_difference", "Small differences and bank fees (658)"),
    Field("account_discount", "Early-payment discounts (665)"),
    Field("account_provision", "Provisions for doubtful clients (491)"),
    Field("account_provision_expense", "Additions to provisions (68174)"),
    Field("account_provision_reversal", "Provisions taken back (78174)"),
    Field(
        "provision_rates", "Rates of provisions by age",
        help="Days late and % of what is owed without VAT. No text sets them: 90=25; 180=50; 365=100 is a prudent scale of ours.",
    ),
    Field("provision_insolvency", "Least rate in insolvency proceedings (%)"),
    Field(
        "provision_every", "Provisions are booked", "choice",
        choices={"year": "Every year", "half": "Every half-year", "quarter": "Every quarter", "month": "Every month"},
    ),
    Field("year_end_month", "Last month of the financial year (1 to 12)", "whole"),
    Field("journal_sales", "Sales journal"),
    Field("journal_bank", "Bank journal"),
    Field("journal_other", "Journal of other operations"),
    Field("journal_opening", "Opening journal"),
    Field("auxiliary_prefix", "Client codes begin with", help="For instance C or 411, as your accountant’s program has them."),
    Field("auxiliary_length", "Length of client codes", "whole", help="Quadra takes 8 characters, Ciel 11, Sage 13."),
    Field(
        "amount_style", "Amounts in Sage PNM and Ciel", "choice",
        choices={"dot": "1234.56", "comma": "1234,56", "cents": "123456"},
        help="Programs differ: ask your accountant if it fails.",
    ),
)  # fmt: skip
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
    labels = {field.key: field.label for field in (*COMPANY, *BANK, *MAIL, *RULES, *REMINDERS, *CASH, *MATCHING, *BOOKS)}
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
