"""What the readers of files say, before anything is stored: the rows of each kind, and the problems found."""

import polars as pl

from models.money import MONEY
from models.tables import Schema

#: What a reader says of an invoice file: one row per document of the file, canonical columns, absent values null.
INVOICE_ROWS: Schema = {
    "direction": pl.String,  # sale | purchase | null: what the person who imports says, else a sale
    "line": pl.Int64,  # line of the file where the document starts, the header being line 1
    "number": pl.String,
    "kind": pl.String,  # invoice | credit_note | deposit
    "client_name": pl.String,
    "client_code": pl.String,
    "client_email": pl.String,
    "client_phone": pl.String,
    "client_address": pl.String,
    "client_siren": pl.String,
    "client_language": pl.String,  # fr | en
    "client_type": pl.String,  # company | public | consumer
    "issue_date": pl.Date,
    "due_date": pl.Date,  # null: the terms fill it
    "sent_date": pl.Date,
    "status": pl.String,  # draft | cancelled | paid | sent | unsent | null (any other text)
    "amount_incl_tax": MONEY,  # positive; of a final invoice, what it asks for after its deposits
    "amount_excl_tax": MONEY,
    "vat_amount": MONEY,
    "deposit_amount": MONEY,
    "currency": pl.String,  # ISO 4217; null: the company's
    "linked_invoice": pl.String,
    "paid_amount": MONEY,  # declared by the invoicing tool, cumulative
    "paid_date": pl.Date,
    "amount_due": MONEY,
    "sales_rep": pl.String,
    "category": pl.String,
    "is_disputed": pl.Boolean,
    "order_reference": pl.String,
}

#: What a reader says of a statement: one row per movement.
BANK_ROWS: Schema = {
    "line": pl.Int64,
    "account": pl.Int64,  # position in the reading's `accounts`
    "booking_date": pl.Date,
    "value_date": pl.Date,
    "amount": MONEY,  # signed: a receipt is positive
    "currency": pl.String,
    "label": pl.String,  # all that the bank says, one space between parts
    "counterparty": pl.String,
    "counterparty_iban": pl.String,
    "bank_id": pl.String,  # FITID, or null
}

#: What a reader says of clients (a clients file): one row per client.
CLIENT_ROWS: Schema = {
    "line": pl.Int64,
    "client_code": pl.String,
    "client_name": pl.String,
    "client_siren": pl.String,
    "client_email": pl.String,
    "client_phone": pl.String,
    "client_address": pl.String,
    "client_language": pl.String,
    "client_type": pl.String,
    "segment": pl.String,
    "terms_days": pl.Int64,
}

#: What a reader says of money received that no bank line proves yet (a ledger's 411 credits, a cheque typed by hand):
#: one row per receipt. A negative amount is a receipt that went back (a returned payment, a refund).
RECEIPT_ROWS: Schema = {
    "line": pl.Int64,
    "reference": pl.String,  # what tells it apart in the file: entry and line of a ledger
    "client_name": pl.String,
    "client_code": pl.String,
    "receipt_date": pl.Date,
    "amount": MONEY,
    "currency": pl.String,
    "label": pl.String,
    # transfer | cheque | cash | card | direct_debit | ledger | opening (left from before that ledger) | null; or, where no
    # money came and the ledger gave the claim up: loss | rounding | discount (LETTERING_ROWS say of which invoices)
    "method": pl.String,
}

#: What a reader says was settled by what (a ledger's lettering): one row per amount of a receipt or credit note given
#: to an invoice.
LETTERING_ROWS: Schema = {
    "reference": pl.String,  # of the receipt, null for a credit note
    "credit_note": pl.String,  # its number, null for a receipt
    "number": pl.String,  # of the invoice
    "amount": MONEY,
}

#: Rejected rows as written, for a person to correct: one row per rejected row.
QUARANTINE_ROWS: Schema = {
    "line": pl.Int64,
    "cells": pl.String,  # JSON object: header -> text
}

#: What a reader says of the balances in a statement: one row per stated balance.
BALANCE_ROWS: Schema = {
    "account": pl.Int64,
    "balance_date": pl.Date,
    "amount": MONEY,
    "kind": pl.String,  # opening (before that day's movements) | closing (after them)
}

#: Accounts that a statement names: one row per account, in file order; all null but `currency` if it names none.
ACCOUNT_ROWS: Schema = {
    "name": pl.String,
    "bank": pl.String,
    "number": pl.String,
    "iban": pl.String,
    "currency": pl.String,
    "from_date": pl.Date,  # the period that the statement says it covers; null: its movements' first and last day
    "to_date": pl.Date,
}

#: What a reader says of exchange rates: one row per currency and day, units of that currency for one euro.
RATE_ROWS: Schema = {"line": pl.Int64, "currency": pl.String, "rate_date": pl.Date, "rate": pl.Decimal(18, 8)}

#: Wrong data, located: one row per problem. `fields` completes the sentence of the code (models.problems).
PROBLEMS: Schema = {
    "line": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "code": pl.String,
}
