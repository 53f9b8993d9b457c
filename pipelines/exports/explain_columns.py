"""The lists of opened figures: the rows behind a figure, and figures in detail."""

from collections.abc import Sequence

from pipelines.exports.cash_answers import ITEM_KIND_WORDS
from pipelines.exports.column import Column

#: What a row behind a figure is.
ROW_KIND_WORDS = {
    **ITEM_KIND_WORDS,
    "invoice": "Invoice",
    "credit_note": "Credit note",
    "deposit": "Deposit invoice",
    "bank": "Bank",
    "declared": "Declared payment",
    "write_off": "Write-off",
    "returned": "Returned payment",
    "refunded": "Refund",
    "account": "Bank account",
    "movement": "Bank movement",
    "expected": "Part of an open invoice",
    "prudence": "Prudent case",
}
EXPLAIN_LISTS: dict[str, Sequence[Column]] = {
    "explain": (
        Column("operand", "Operand"),
        Column("kind", "Type", ROW_KIND_WORDS),
        Column("number", "Number or label"),
        Column("client", "Client"),
        Column("date", "Date"),
        Column("due_date", "Due"),
        Column("whole", "Amount incl. VAT", in_table=False),
        Column("amount", "What counts"),  # no sum: the rows are of several operands
        Column("days", "Days"),
        Column("weight", "Amount × days", in_table=False),
        Column("sales_rep", "Sales rep", in_table=False),
        Column("category", "Category", in_table=False),
        Column("currency", "Currency", in_table=False),
        Column("row_id", "Id", in_table=False),
    ),
    "breakdown": (
        Column("month", "Month"),
        Column("group", "Group"),
        Column("sales", "Sales incl. VAT", is_summed=True),
        Column("collected", "Collected", is_summed=True),
        Column("receivables", "Receivables (net)", is_summed=True),
        Column("overdue", "Overdue", is_summed=True),
        Column("dso", "DSO"),
        Column("average_days_late", "Delay"),
        Column("currency", "Currency", in_table=False),
    ),
}
