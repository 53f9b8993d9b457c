"""English words of a file's columns and of what its cells say, to be translated where they are shown."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from models.texts import Texts
from pipelines.exports.columns import KINDS

#: Canonical columns, as problems and conflicts name them.
FIELD_WORDS = {
    "number": "Invoice number",
    "invoice_number": "Invoice number",
    "kind": "Type",
    "client": "Client",
    "client_id": "Client",
    "client_name": "Client",
    "client_code": "Client code",
    "client_email": "Client’s e-mail",
    "client_phone": "Client’s telephone",
    "client_address": "Client’s address",
    "client_siren": "Client’s SIREN",
    "client_language": "Client’s language",
    "client_type": "Type of client",
    "segment": "Segment",
    "terms": "Payment terms",
    "terms_days": "Payment terms (days)",
    "issue_date": "Issue date",
    "due_date": "Due date",
    "sent_date": "Date sent",
    "amount": "Amount",
    "amount_incl_tax": "Amount incl. VAT",
    "amount_excl_tax": "Amount excl. VAT",
    "vat_amount": "VAT amount",
    "deposit_amount": "Deposit deducted",
    "linked_invoice": "Invoice of origin",
    "paid_amount": "Amount paid",
    "paid_date": "Date of payment",
    "amount_due": "Amount still due",
    "sales_rep": "Sales rep",
    "category": "Category",
    "disputed": "In dispute",
    "order_reference": "Order reference",
    "currency": "Currency",
    "status": "Status",
    "date": "Date",
    "booking_date": "Booking date",
    "value_date": "Value date",
    "label": "Label",
    "label_more": "More of the label",
    "debit": "Debit",
    "credit": "Credit",
    "direction": "Debit or credit",
    "balance": "Balance",
    "account_number": "Account number",
    "account_label": "Account name",
    "iban": "Account’s IBAN",
    "counterparty": "Counterparty",
    "counterparty_iban": "Counterparty’s IBAN",
    "bank_id": "Bank’s own number",
    "state": "State",
}
#: States in which a document of a file is none.
STATUS_WORDS = {"draft": "Draft", "cancelled": "Cancelled"}


def field_word(texts: Texts, field: str) -> str:
    """What a column is called."""
    return texts.t(FIELD_WORDS[field]) if field in FIELD_WORDS else field


def said_value(texts: Texts, field: str, value: object, *, currency: str | None, names: Mapping[str, str] | None = None) -> str:
    """A value of a column as people read it: amounts (in `currency`, if it is known) and dates formatted, codes by their words.

    Ids are said by `names`.
    """
    plain = str(value or "")
    if not plain:
        return texts.t("nothing")
    if field == "amount":
        return texts.money(Decimal(plain), currency) if currency else texts.number(Decimal(plain), 2)
    if field == "issue_date":
        return texts.date(date.fromisoformat(plain))
    if field == "kind":
        return texts.t(KINDS[plain]) if plain in KINDS else plain
    if plain in STATUS_WORDS:
        return texts.t(STATUS_WORDS[plain])
    return (names or {}).get(plain, plain)
