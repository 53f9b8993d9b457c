"""The columns and words of what is settled at a closing: doubtful receivables, and the VAT of losses."""

from collections.abc import Sequence

from pipelines.exports.column import Column

#: Why a receivable is proposed, the gravest first.
DOUBT_REASON_WORDS = {
    "insolvency": "insolvency proceedings",
    "late": "long overdue",
    "dispute": "in dispute",
    "plan": "instalment plan broken",
    "limitation": "limitation near",
}
DOUBT_STATE_WORDS = {"proposed": "To decide", "doubtful": "Doubtful", "not_doubtful": "Not doubtful"}
#: What a rate of provision comes from.
BASIS_WORDS = {
    "hand": "Set by hand",
    "deposit": "Deposit invoice: no sale to lose",
    "public": "Public body",
    "insolvency": "Insolvency proceedings",
    "age": "By age",
}
#: What begins the limitation of a claim again, as a person notes it.
INTERRUPTION_WORDS = {
    "acknowledged": "The client acknowledged its debt",
    "court": "Claim in court",
    "enforcement": "Protective or enforcement measure",
    "written_demand": "Written demand to a public body",
}
LOSS_STATE_WORDS = {"written_off": "Written off as a loss", "proceedings": "In proceedings"}
CLOSING_LISTS: dict[str, Sequence[Column]] = {
    "doubtful": (
        Column("state", "State", DOUBT_STATE_WORDS),
        Column("client", "Client"),
        Column("invoice_number", "Invoice"),
        Column("due_date", "Due", in_table=False),
        Column("days_late", "Days late"),
        Column("outstanding", "Outstanding incl. VAT", is_summed=True),
        Column("outstanding_excl", "Outstanding excl. VAT", is_summed=True),
        Column("reasons", "Reasons"),
        Column("decided_on", "Decided on"),
        Column("rate", "Rate", is_share=True),
        Column("basis", "Rate from", BASIS_WORDS, in_table=False),
        Column("provision", "Provision", is_summed=True),
        Column("proposed_provision", "Provision if decided", is_summed=True),
        Column("barred_on", "Barred on"),
        Column("note", "Note", in_table=False),
        Column("currency", "Currency", in_table=False),
    ),
    "lost_vat": (
        Column("state", "State", LOSS_STATE_WORDS),
        Column("client", "Client"),
        Column("invoice_number", "Invoice"),
        Column("issue_date", "Issued", in_table=False),
        Column("on_date", "Lost on"),
        Column("amount", "Unpaid incl. VAT", is_summed=True),
        Column("excl", "Unpaid excl. VAT", is_summed=True),
        Column("vat", "Unpaid VAT"),
        Column("vat_to_claim", "VAT to claim back", is_summed=True),
        Column("vat_rate", "VAT rate, %"),
        Column("currency", "Currency", in_table=False),
    ),
}
