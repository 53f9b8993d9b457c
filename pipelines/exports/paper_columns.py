"""The columns of the accountant's papers: statements, balance confirmations, VAT on receipts, numbering."""

from collections.abc import Sequence

from pipelines.exports.column import Column

#: The kinds of an account's movements; `before` and `after` are the balances between which they stand.
MOVEMENT_WORDS = {
    "before": "Balance brought forward",
    "opening": "Brought forward",
    "sale": "Invoice",
    "deposit": "Deposit invoice",
    "credit_note": "Credit note",
    "receipt": "Payment received",
    "unproven": "Payment declared",
    "back": "Payment returned or refunded",
    "write_off": "Write-off",
    "after": "Closing balance",
}
PAPER_LISTS: dict[str, Sequence[Column]] = {
    "statement": (
        Column("client", "Client"),
        Column("date", "Date"),
        Column("kind", "Movement", MOVEMENT_WORDS),
        Column("number", "Document"),
        Column("due_date", "Due"),
        Column("debit", "Debit", is_summed=True),
        Column("credit", "Credit", is_summed=True),
        Column("balance", "Balance"),
        Column("letter", "Lettering"),
        Column("letter_date", "Lettered on", in_table=False),
        Column("currency", "Currency", in_table=False),
    ),
}
