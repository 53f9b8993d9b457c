"""The frames that the pipelines pass on: their columns, types and grain.

Every money column is MONEY, every date a calendar date. `*_id` columns are our own stable ids, made from what
identifies the thing (never from a row's position), so that the order of imports does not change them.
"""

import polars as pl

from models.money import MONEY

Schema = dict[str, pl.DataType | type[pl.DataType]]

#: One row per client.
CLIENTS: Schema = {
    "client_id": pl.String,
    "code": pl.String,
    "name": pl.String,
    "siren": pl.String,
    "email": pl.String,
    "phone": pl.String,
    "address": pl.String,
    "language": pl.String,
    "client_type": pl.String,  # company | public | consumer | null: unknown
    "terms_days": pl.Int64,
    "segment": pl.String,  # as a clients file says
}

#: One row per sales or purchase document, as it is known now (its last version).
DOCUMENTS: Schema = {
    "document_id": pl.String,
    "direction": pl.String,  # sale | purchase
    "kind": pl.String,  # invoice | credit_note | deposit
    "number": pl.String,
    "client_id": pl.String,  # the supplier's id for a purchase
    "client": pl.String,  # its name
    "issue_date": pl.Date,
    "due_date": pl.Date,
    "is_due_estimated": pl.Boolean,
    "sent_date": pl.Date,
    "sending": pl.String,  # said: by a date or a status | silent: the file says nothing of sending | unsent
    "amount": MONEY,  # VAT included, positive; the kind carries the sign
    "amount_excl_tax": MONEY,
    "vat_amount": MONEY,
    "currency": pl.String,
    "linked_invoice": pl.String,
    "sales_rep": pl.String,
    "category": pl.String,
    "is_disputed": pl.Boolean,  # as the file says; a person's mark wins
    "order_reference": pl.String,
    "known_on": pl.Date,  # the day of the import that first brought it
}

#: One row per statement of payment by the invoicing tool, oldest first within a document.
STATEMENTS: Schema = {
    "document_id": pl.String,
    "change_id": pl.Int64,
    "known_on": pl.Date,  # the day of that import
    "paid_amount": MONEY,
    "paid_date": pl.Date,
    "amount_due": MONEY,
    "is_paid": pl.Boolean,  # the status says paid, without amounts
}

#: One row per own bank account.
ACCOUNTS: Schema = {
    "account_id": pl.String,
    "name": pl.String,
    "bank": pl.String,
    "number": pl.String,
    "iban": pl.String,
    "currency": pl.String,
}

#: One row per movement of a bank account.
LINES: Schema = {
    "line_id": pl.String,
    "account_id": pl.String,
    "account": pl.String,  # its name
    "booking_date": pl.Date,
    "value_date": pl.Date,
    "amount": MONEY,
    "currency": pl.String,
    "label": pl.String,
    "counterparty": pl.String,
    "counterparty_iban": pl.String,
    "bank_id": pl.String,
    "format": pl.String,  # of the file whose label it is
}

#: One row per balance that a statement gives.
BALANCES: Schema = {"account_id": pl.String, "balance_date": pl.Date, "amount": MONEY, "kind": pl.String}

#: One row per period of an account that statements cover without a break, both days included.
COVERAGE: Schema = {"account_id": pl.String, "from_date": pl.Date, "to_date": pl.Date}

#: One row per amount that a rule or a person gives from a source to an invoice, before it meets the others.
CLAIMS: Schema = {
    "claim_id": pl.String,
    "source": pl.String,  # bank | credit_note | declared | write_off
    "source_id": pl.String,  # line_id, credit note's document_id, stored receipt's or declared slice's id, write-off id
    "document_id": pl.String,  # the invoice
    "amount": MONEY,
    "date": pl.Date,  # of the source
    "reversed_on": pl.Date,  # from that day on it counts no more
    "is_dated": pl.Boolean,  # false: a declared payment whose date is not known, dated on the day of import
    "rule": pl.String,
    "confidence": pl.Float64,
    "by": pl.String,  # rule | the person's name
    "reason": pl.String,  # of a write-off: loss | rounding | bank_fee | discount
    "change_id": pl.Int64,
}

#: CLAIMS that found room on their invoice, with what counts: one row per effective allocation.
ALLOCATIONS: Schema = {
    **CLAIMS,
    "counts_from": pl.Date,  # max(date, issue date of the invoice)
    "invoice_number": pl.String,
    "client_id": pl.String,
    "issue_date": pl.Date,
    "due_date": pl.Date,
    "currency": pl.String,
}

#: One row per receipt that is known to come from a client: a bank credit (or the known part of it) or a declared slice.
RECEIPTS: Schema = {
    "receipt_id": pl.String,  # line_id, stored receipt's or declared slice's id; several rows where one line pays several clients
    "source": pl.String,  # bank | declared
    "client_id": pl.String,
    "date": pl.Date,
    "amount": MONEY,
    "currency": pl.String,
    "is_dated": pl.Boolean,
}

#: One row per receipt that a ledger or a person says, as it is stored; a negative amount went back to the client.
STORED_RECEIPTS: Schema = {
    "receipt_id": pl.String,
    "client_id": pl.String,
    "date": pl.Date,
    "amount": MONEY,
    "currency": pl.String,
}

#: One row per amount that went back to a client: a returned payment or a refunded credit.
REFUNDS: Schema = {
    "refund_id": pl.String,
    "line_id": pl.String,  # the debit
    "credit_id": pl.String,  # the line_id or credit note's document_id that it takes back; null: no credit is named
    "kind": pl.String,  # returned | refunded
    "client_id": pl.String,
    "date": pl.Date,  # the debit's booking date
    "amount": MONEY,  # positive
    "currency": pl.String,
    "by_person": pl.Boolean,
}

#: One row per debit that takes a bank line or a credit note back, as it is stored, whoever the credit is.
LINE_REFUNDS: Schema = {
    "refund_id": pl.String,
    "line_id": pl.String,  # the debit
    "credit_id": pl.String,  # the line_id or credit note's document_id that it takes back
    "kind": pl.String,  # returned | refunded
    "amount": MONEY,  # of the credit; where the debit is larger, the rest is the bank's fee
    "document_id": pl.String,  # of a part that was returned: the invoice that it had paid
    "by_person": pl.Boolean,
}

#: One row per payer's name or IBAN that people taught to be a client's.
ALIASES: Schema = {
    "alias_id": pl.String,
    "kind": pl.String,  # name | iban
    "value": pl.String,  # the payer's words, folded; or the IBAN without spaces
    "client_id": pl.String,
    "line_id": pl.String,  # the last bank line that taught it
}

#: One row per receipt that a rule or a person attributed to a client, whatever it pays.
ATTRIBUTIONS: Schema = {"line_id": pl.String, "client_id": pl.String, "rule": pl.String, "by_person": pl.Boolean}

#: One row per user's own rule that labels with these words are no client's payment.
LABEL_RULES: Schema = {"rule_id": pl.String, "words": pl.String, "category": pl.String}

#: One row per bank line of which a person said what it is.
LINE_CLASSES: Schema = {"line_id": pl.String, "category": pl.String}

#: One row per bank line and document that a person said do not belong together.
REFUSALS: Schema = {"line_id": pl.String, "document_id": pl.String}

#: One row per sales invoice or deposit issued on or before the as-of date.
OPEN_ITEMS: Schema = {
    "document_id": pl.String,
    "number": pl.String,
    "kind": pl.String,
    "client_id": pl.String,
    "client": pl.String,
    "issue_date": pl.Date,
    "due_date": pl.Date,
    "amount": MONEY,
    "outstanding": MONEY,
    "days_late": pl.Int64,  # negative before the due date; also known when nothing is outstanding
    "bucket": pl.String,  # null when nothing is outstanding
    "status": pl.String,
    "is_disputed": pl.Boolean,
    "is_doubtful": pl.Boolean,
    "is_unsent": pl.Boolean,
    "last_payment_date": pl.Date,
    "currency": pl.String,
    "sales_rep": pl.String,
    "category": pl.String,
    "order_reference": pl.String,
}

#: One row per credit of a client that is not used at the as-of date.
OPEN_CREDITS: Schema = {
    "credit_id": pl.String,  # credit note's document_id, line_id, stored receipt's or declared slice's id
    "source": pl.String,  # credit_note | bank | declared
    "number": pl.String,  # of a credit note
    "client_id": pl.String,
    "client": pl.String,
    "date": pl.Date,
    "amount": MONEY,
    "remaining": MONEY,  # negative: an amount that went back and takes no credit in particular
    "currency": pl.String,
    "sales_rep": pl.String,
    "category": pl.String,
}

BUCKETS = ("not_due", "1_30", "31_60", "61_90", "over_90")


def empty(schema: Schema) -> pl.DataFrame:
    """A frame of that schema without rows."""
    return pl.DataFrame(schema=schema)


def conform(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """The columns of `schema`, in order and type; a column that is absent is null."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name) for name, dtype in schema.items()
    )
