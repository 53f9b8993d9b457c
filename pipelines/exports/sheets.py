"""Lists as files: CSV for French or English spreadsheets, and workbooks with typed cells. No cell runs as a formula."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from unicodedata import category

import polars as pl

from models.tables import BUCKETS
from models.texts import Texts
from pipelines.collections.reasons import ACTION_NAMES, HOLD_NAMES, SEGMENT_NAMES, STEP_NAMES
from pipelines.reconcile.classes import CATEGORY_WORDS
from pipelines.reconcile.rules import RULE_WORDS

_DANGEROUS = frozenset("=+-@|\uff1d\uff0b\uff0d\uff20")


@dataclass(frozen=True)
class Column:
    """A column of a list.

    Attributes:
        name: the field of a row. `title`: its English title.
        words: the English words of its codes, where it holds codes.
        in_table: shown at a terminal too; the others stand in files only.
    """

    name: str
    title: str
    words: Mapping[str, str] | None = None
    in_table: bool = True


KINDS = {"invoice": "Invoice", "credit_note": "Credit note", "deposit": "Deposit invoice"}
SOURCES = {"bank": "Bank", "declared": "Declared payment", "credit_note": "Credit note", "write_off": "Write-off"}
STATUS_WORDS = {
    "paid": "Paid",
    "credited": "Settled by credit note",
    "written_off": "Written off as a loss",
    "partly_paid": "Partly paid",
    "partly_credited": "Partly credited",
    "unsent": "Pending, not sent",
    "sent": "Pending, sent",
    "late": "Late",
    "due_today": "Due today",
    "open_credit": "Credit note to allocate",
    "used": "Credit note used up",
}
CLASS_WORDS = {**CATEGORY_WORDS, "client": "Client payment", "internal": "Own transfer", "return": "Return to explain", "other": "Other"}
#: Why an amount was written off, and the account that it belongs to (contract 3).
REASON_WORDS = {
    "loss": "Loss (account 654)",
    "rounding": "Rounding (account 658)",
    "bank_fee": "Bank fee (account 658)",
    "discount": "Early-payment discount (account 665)",
}
BUCKET_TITLES = dict(zip(BUCKETS, ("Not due", "1–30 days", "31–60 days", "61–90 days", "Over 90 days"), strict=True))
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
    "aged": (
        Column("client", "Client"),
        Column("invoice_number", "Invoice"),
        Column("due_date", "Due"),
        Column("sales_rep", "Sales rep"),
        Column("category", "Category"),
        *[Column(name, title) for name, title in BUCKET_TITLES.items()],
        Column("open_credits", "Open credits"),
        Column("total", "Total"),
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
    "worklist": (
        Column("rank", "Rank"),
        Column("client", "Client"),
        Column("segment", "Segment", SEGMENT_NAMES, in_table=False),
        Column("overdue", "Overdue"),
        Column("oldest_days_late", "Days late"),
        Column("action", "Action", ACTION_NAMES),
        Column("step", "Step", STEP_NAMES, in_table=False),
        Column("held", "Held", HOLD_NAMES),
        Column("invoices", "Invoices", in_table=False),
        Column("reasons", "Reasons", in_table=False),
        Column("currency", "Currency", in_table=False),
    ),
}


def shown_columns(name: str, rows: Sequence[dict[str, object]]) -> list[Column]:
    """The list's columns that the rows have."""
    return [column for column in LISTS[name] if not rows or column.name in rows[0]]


def shown_value(column: Column, value: object, texts: Texts, *, currency: str | None = None) -> str:
    """A cell as people read it; an amount with its currency, where one is given."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return texts.t("yes") if value else ""
    if isinstance(value, Decimal):
        return texts.number(value, 2) if currency is None else texts.money(value, currency)
    if isinstance(value, date):
        return texts.date(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return texts.t(column.words.get(str(value), str(value))) if column.words else str(value)


def neutral(text: str) -> str:
    """The text as a spreadsheet must take it: an apostrophe before what it would run as a formula."""
    first = next((c for c in text if not c.isspace() and category(c) not in ("Cf", "Cc")), "")
    return f"'{text}" if first in _DANGEROUS or text[:1] in ("\t", "\r", "\n") else text


def to_csv(name: str, rows: Sequence[dict[str, object]], texts: Texts) -> bytes:
    """CSV of a list: `;` and decimal comma in French, `,` and decimal point in English; UTF-8 with BOM."""
    columns = shown_columns(name, rows)
    separator, decimal = (";", ",") if texts.language == "fr" else (",", ".")

    def cell(column: Column, value: object) -> str:
        if isinstance(value, Decimal):
            return f"{value:.2f}".replace(".", decimal)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value).replace(".", decimal)
        if isinstance(value, date):
            return texts.date(value)
        return neutral(shown_value(column, value, texts))

    titles = {column.name: texts.t(column.title) for column in columns}
    frame = pl.DataFrame(
        {column.name: [cell(column, row[column.name]) for row in rows] for column in columns},
        schema=dict.fromkeys(titles, pl.String),
    ).rename(titles)
    return b"\xef\xbb\xbf" + frame.write_csv(separator=separator, line_terminator="\r\n").encode()


def to_xlsx(name: str, rows: Sequence[dict[str, object]], texts: Texts) -> bytes:
    """A workbook of a list: numbers and dates typed, first row frozen, links and formulas never made from data."""
    from xlsxwriter import Workbook  # late: only workbooks need it

    columns = shown_columns(name, rows)
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(buffer, options) as book:
        sheet = book.add_worksheet(name)
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for x, column in enumerate(columns):
            sheet.write_string(0, x, texts.t(column.title), bold)
            for y, row in enumerate(rows, start=1):
                value = row[column.name]
                if isinstance(value, Decimal):
                    sheet.write_number(y, x, float(value), money)
                elif isinstance(value, date):
                    sheet.write_datetime(y, x, value, day)
                elif isinstance(value, (int, float)) and not isinstance(value, bool):
                    sheet.write_number(y, x, value)
                else:
                    sheet.write_string(y, x, shown_value(column, value, texts))
        sheet.freeze_panes(1, 0)
        sheet.autofit()
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    return buffer.getvalue()
