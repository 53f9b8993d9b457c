"""The columns of the accountant's papers: statements, balance confirmations, VAT on receipts, numbering."""

from collections.abc import Sequence

from pipelines.exports.column import Column

#: The kinds of an account's movements; `before` and `after` are the balances between which they stand. Clients read them: what
#: is written off, a loss as a rounding or a discount, and what ends of it, has a word that gives up no claim.
MOVEMENT_WORDS = {
    "before": "Balance brought forward",
    "opening": "Brought forward",
    "sale": "Invoice",
    "deposit": "Deposit invoice",
    "credit_note": "Credit note",
    "receipt": "Payment received",
    "unproven": "Payment declared",
    "back": "Payment returned or refunded",
    "write_off": "Adjustment",
    "after": "Closing balance",
}
#: What an audit of the numbers finds.
FINDING_WORDS = {
    "gap": "Numbers missing",
    "start": "Series that does not begin at 1",
    "twice": "Same number twice",
    "unordered": "Date before that of the number before",
    "sparse": "Numbers that do not follow one another",
    "unread": "Number without a counter",
    "supplier": "Number of a supplier’s invoice too",
}
#: What has no single rate of VAT, and how money moved.
VAT_RATE_WORDS = {
    **{rate: f"{rate}%" for rate in ("20", "10", "8.5", "5.5", "2.1", "0")},
    "mixed": "Several rates",
    "unknown": "VAT not known",
    "unallocated": "Without an invoice",
}
VAT_KIND_WORDS = {"receipt": "Payment received", "returned": "Payment returned or lowered", "refund": "Refund"}
#: Why a client is asked to confirm its balance, and what is known of its answer.
CHOSEN_WORDS = {
    "largest": "Largest balance",
    "threshold": "Above the threshold",
    "top": "Among the largest",
    "sample": "Drawn at random",
}
ANSWER_WORDS = {"sent": "Asked", "agreed": "Agrees", "differs": "Differs"}
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
    "numbering": (
        Column("kind", "Finding", FINDING_WORDS),
        Column("series", "Series"),
        Column("first", "First missing"),
        Column("last", "Last missing"),
        Column("count", "Count"),
        Column("number", "Document"),
        Column("date", "Dated"),
        Column("other", "Before or beside"),
        Column("other_date", "Its date"),
        Column("client", "Client"),
    ),
    "vat_months": (
        Column("month", "Month"),
        Column("rate", "VAT rate", VAT_RATE_WORDS),
        Column("amount", "Received incl. VAT", is_summed=True),
        Column("base", "Without VAT", is_summed=True),
        Column("vat", "VAT due", is_summed=True),
        Column("deposit_vat", "VAT if a deposit", is_summed=True),
        Column("rows", "Lines"),
        Column("currency", "Currency", in_table=False),
    ),
    "vat_rows": (
        Column("date", "Date"),
        Column("kind", "Movement", VAT_KIND_WORDS),
        Column("client", "Client"),
        Column("number", "Document"),
        Column("rate", "VAT rate", VAT_RATE_WORDS),
        Column("amount", "Received incl. VAT", is_summed=True),
        Column("base", "Without VAT", is_summed=True),
        Column("vat", "VAT due", is_summed=True),
        Column("deposit_vat", "VAT if a deposit", is_summed=True),
        Column("currency", "Currency", in_table=False),
    ),
    "confirmations": (
        Column("client", "Client"),
        Column("reason", "Chosen as", CHOSEN_WORDS),
        Column("balance", "Our balance", is_summed=True),
        Column("state", "Answer", ANSWER_WORDS),
        Column("answered_on", "Answered on"),
        Column("said", "Their balance"),
        Column("gap", "Difference", is_summed=True),
        Column("note", "Note"),
        Column("currency", "Currency", in_table=False),
    ),
}
