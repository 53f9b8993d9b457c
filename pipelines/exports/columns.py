"""The lists that leave: their columns, the words of their codes, and what is added up."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from models.tables import BUCKETS
from models.texts import Texts
from pipelines.collections.reasons import ACTION_NAMES, HOLD_NAMES, SEGMENT_NAMES, STEP_NAMES
from pipelines.exports.closing_columns import CLOSING_LISTS
from pipelines.exports.column import Column
from pipelines.exports.company_columns import COMPANY_LISTS
from pipelines.exports.explain_columns import EXPLAIN_LISTS
from pipelines.exports.paper_columns import PAPER_LISTS
from pipelines.reconcile.classes import CATEGORY_WORDS
from pipelines.reconcile.rules import RULE_WORDS

KINDS = {"invoice": "Invoice", "credit_note": "Credit note", "deposit": "Deposit invoice"}
INTEREST_STATES = {"incomplete": "Incomplete: the rate of a half-year is not known"}
SOURCES = {"bank": "Bank", "declared": "Declared payment", "credit_note": "Credit note", "write_off": "Write-off"}
STATUS_WORDS = {
    "paid": "Paid",
    "credited": "Settled by credit note",
    "written_off": "Written off as a loss",
    "partly_paid": "Partly paid",
    "partly_credited": "Partly credited",
    "unsent": "Pending, not sent",
    "sent": "Pending, sent",
    "silent": "Pending",
    "late": "Late",
    "due_today": "Due today",
    "open_credit": "Credit note to allocate",
    "used": "Credit note used up",
}
CLASS_WORDS = {
    **CATEGORY_WORDS,
    "client": "Client payment",
    "internal": "Own transfer",
    "return": "Return to explain",
    "other": "Other",
}
#: Why an amount was written off, and the account that it belongs to (contract 3).
REASON_WORDS = {
    "loss": "Loss (account 654)",
    "rounding": "Rounding (account 658)",
    "bank_fee": "Bank fee (account 658)",
    "discount": "Early-payment discount (account 665)",
}
BUCKET_TITLES = dict(zip(BUCKETS, ("Not due", "1–30 days", "31–60 days", "61–90 days", "Over 90 days"), strict=True))
#: Columns whose lists are whole sentences.
_SENTENCES = ("reasons",)
#: How often an invoice, or a client's most reminded one, was reminded.
_REMINDED = (
    Column("reminders", "Reminders sent"),
    Column("last_reminder", "Last reminder", in_table=False),
    Column("last_channel", "Last channel", ACTION_NAMES, in_table=False),
)
LISTS: dict[str, Sequence[Column]] = {
    "invoices": (
        Column("invoice_number", "Invoice"),
        Column("kind", "Type", KINDS),
        Column("client", "Client"),
        Column("issue_date", "Issued"),
        Column("due_date", "Due"),
        Column("amount_incl_tax", "Amount incl. VAT"),
        Column("outstanding", "Outstanding"),
        Column("open_credit", "Open credit", in_table=False),
        Column("days_late", "Days late"),
        Column("status", "Status", STATUS_WORDS),
        Column("disputed", "Disputed", in_table=False),
        Column("currency", "Currency", in_table=False),
    ),
    "allocations": (
        Column("date", "Date"),
        Column("source", "Source", SOURCES),
        Column("account", "Account", in_table=False),
        Column("invoice_number", "Invoice"),
        Column("amount", "Amount"),
        Column("currency", "Currency", in_table=False),
        Column("rule", "Rule", RULE_WORDS),
        Column("by", "By", {"rule": "Rule"}),
        Column("reversed_on", "Returned on"),
        Column("letter", "Lettering"),
        Column("reason", "Reason of the write-off", REASON_WORDS, in_table=False),
        Column("id", "Id"),
    ),
    "lines": (
        Column("date", "Date"),
        Column("account", "Account", in_table=False),
        Column("amount", "Amount"),
        Column("label", "Label"),
        Column("client", "Client"),
        Column("open_amount", "Unallocated"),
        Column("class", "Class", CLASS_WORDS, in_table=False),
        Column("currency", "Currency", in_table=False),
        Column("line_id", "Id"),
    ),
    "entries": (
        Column("journal", "Journal"),
        Column("number", "Entry"),
        Column("date", "Date"),
        Column("account", "Account"),
        Column("account_name", "Account name"),
        Column("auxiliary", "Client code"),
        Column("client", "Client"),
        Column("piece", "Document"),
        Column("label", "Label"),
        Column("debit", "Debit"),  # no sums: a program that reads the workbook would take them for entries
        Column("credit", "Credit"),
        Column("letter", "Lettering"),
        Column("letter_date", "Lettered on"),
        Column("due_date", "Due"),
        Column("currency", "Currency"),
    ),
    "worklist": (
        Column("rank", "Rank"),
        Column("client", "Client"),
        Column("segment", "Segment", SEGMENT_NAMES, in_table=False),
        Column("overdue", "Overdue", is_summed=True),
        Column("oldest_days_late", "Days late"),
        Column("action", "Action", ACTION_NAMES),
        Column("step", "Step", STEP_NAMES, in_table=False),
        Column("held", "Held", HOLD_NAMES),
        *_REMINDED,
        Column("invoices", "Invoices", in_table=False),
        Column("reasons", "Reasons", in_table=False),
        Column("currency", "Currency", in_table=False),
    ),
    "reminders": (
        Column("rank", "Rank"),
        Column("client", "Client"),
        Column("invoice_number", "Invoice"),
        Column("issue_date", "Issued", in_table=False),
        Column("due_date", "Due"),
        Column("amount_incl_tax", "Amount incl. VAT", in_table=False, is_summed=True),
        Column("outstanding", "Outstanding", is_summed=True),
        Column("days_late", "Days late"),
        Column("step", "Step", STEP_NAMES),
        Column("channel", "Channel", ACTION_NAMES),
        Column("held", "Held", HOLD_NAMES),
        *_REMINDED,
        Column("currency", "Currency", in_table=False),
    ),
    "results": (
        Column("step", "Step", STEP_NAMES),
        Column("channel", "Channel", ACTION_NAMES),
        Column("reminders", "Reminders", is_summed=True),
        Column("invoices", "Invoices"),
        Column("amount", "Amount reminded"),
        Column("counted_15", "Judged at 15 days"),
        Column("rate_15", "Paid within 15 days", is_share=True),
        Column("counted_30", "Judged at 30 days"),
        Column("rate_30", "Paid within 30 days", is_share=True),
        Column("settled", "Paid in full since"),
        Column("median_days", "Median days to payment"),
        Column("currency", "Currency", in_table=False),
    ),
    "claim": (
        Column("invoice_number", "Invoice"),
        Column("kind", "Type", KINDS),
        Column("issue_date", "Issued"),
        Column("due_date", "Due"),
        Column("amount_incl_tax", "Amount incl. VAT", is_summed=True),
        Column("paid", "Paid or credited", is_summed=True),
        Column("outstanding", "Outstanding", is_summed=True),
        Column("days_late", "Days late"),
        Column("dispute", "Dispute", {"disputed": "In dispute"}),
        Column("interest", "Late-payment interest", is_summed=True),
        Column("interest_state", "Interest rates", INTEREST_STATES),
        Column("indemnity", "Recovery indemnity (EUR)", is_summed=True),
        *_REMINDED,
        Column("currency", "Currency"),
    ),
    "interest": (
        Column("invoice_number", "Invoice"),
        Column("half_year", "Half-year"),
        Column("from_date", "From (incl.)"),
        Column("to_date", "To (incl.)"),
        Column("days", "Days"),
        Column("base", "Owed"),
        Column("rate", "Yearly rate, %"),
        Column("interest", "Interest"),
    ),
    "proofs": (
        Column("date", "Date"),
        Column("what", "Event"),
        Column("reference", "Invoices"),
        Column("detail", "Detail"),
        Column("by", "By", {"rule": "Rule"}),
        Column("file", "File"),
    ),
    "events": (
        Column("date", "Date"),
        Column("what", "Event"),
        Column("reference", "Invoices"),
        Column("amount", "Amount"),
        Column("currency", "Currency"),
        Column("detail", "Detail"),
        Column("by", "By", {"rule": "Rule"}),
    ),
    **CLOSING_LISTS,
    **PAPER_LISTS,
    **COMPANY_LISTS,
    **EXPLAIN_LISTS,
    "consolidated": (
        Column("part", "Currency"),
        Column("own_receivables", "In that currency"),
        Column("rate", "Exchange rate"),
        Column("rate_date", "Rate of"),
        *[Column(name, title, in_table=False) for name, title in BUCKET_TITLES.items()],
        Column("open_credits", "Open credits", in_table=False),
        Column("receivables", "Receivables"),
        Column("overdue", "Overdue"),
        Column("currency", "Converted into", in_table=False),
    ),
}


def shown_columns(name: str, rows: Sequence[dict[str, object]]) -> list[Column]:
    """The list's columns that the rows have."""
    return [column for column in LISTS[name] if not rows or column.name in rows[0]]


def _shown_number(column: Column, value: Decimal | float, texts: Texts, currency: str | None) -> str:
    if column.is_share:
        return texts.percent(float(value) * 100, 2)
    if isinstance(value, Decimal) and currency is not None:
        return texts.money(value, currency)
    return texts.number(value, 2 if isinstance(value, Decimal) else 1)


def shown_value(column: Column, value: object, texts: Texts, *, currency: str | None = None) -> str:
    """A cell as people read it; an amount with its currency, where one is given."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return texts.t("yes") if value else ""
    if isinstance(value, (Decimal, float)):
        return _shown_number(column, value, texts, currency)
    if isinstance(value, date):
        return texts.date(value)
    if isinstance(value, list):
        return (" " if column.name in _SENTENCES else ", ").join(map(str, value))
    word = (column.words or {}).get(str(value))  # what has none is the user's own, such as a name
    return str(value) if word is None else texts.t(word)


def sums_of(columns: Sequence[Column], rows: Sequence[dict[str, object]]) -> dict[int, Decimal | int]:
    """The sum of each column that has one, by place; none where the rows are of several currencies."""
    if len({row.get("currency") for row in rows}) > 1:
        return {}
    found: dict[int, Decimal | int] = {}
    for x, column in enumerate(columns):
        values = [value for row in rows if isinstance(value := row[column.name], (Decimal, int))]
        if column.is_summed and values:
            found[x] = sum(values[1:], values[0])
    return found
