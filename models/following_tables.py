"""The frames of what people say and send to clients: marks, notes, plans, templates, reminders."""

import polars as pl

from models.money import MONEY
from models.tables import Schema

#: One row per dated mark that a person put on an invoice or a client.
MARKS: Schema = {
    "change_id": pl.Int64,
    "document_id": pl.String,  # null for a client's mark
    "client_id": pl.String,  # null for an invoice's mark
    "what": pl.String,  # disputed | doubtful | insolvency | promise | expected | reminded | sent | paused
    "is_set": pl.Boolean,  # false takes it back from that date on
    "on_date": pl.Date,
    "value": pl.String,  # reminded: the step; promise, expected: the date; disputed: the category
    "amount": MONEY,  # promise: what was promised; null: all that falls due by then
    "owner": pl.String,  # disputed: who deals with it
    "note": pl.String,  # what was said, in a person's words
    "by": pl.String,
}

#: One row per note or call on a client or one of its invoices.
NOTES: Schema = {
    "note_id": pl.String,
    "change_id": pl.Int64,
    "client_id": pl.String,
    "document_id": pl.String,  # null: of the client as a whole
    "kind": pl.String,  # note | call
    "result": pl.String,  # of a call: reached | message_left | no_answer | wrong_number
    "on_date": pl.Date,
    "text": pl.String,
    "by": pl.String,
}

#: One row per instalment that a client agreed to pay.
PLANS: Schema = {
    "plan_id": pl.String,
    "change_id": pl.Int64,
    "client_id": pl.String,
    "on_date": pl.Date,  # agreed on
    "rank": pl.Int64,
    "due_date": pl.Date,
    "amount": MONEY,
    "currency": pl.String,
    "ended_on": pl.Date,  # a person ended the plan: it holds up to the day before
    "by": pl.String,
}

#: One row per invoice of an instalment plan.
PLAN_INVOICES: Schema = {"plan_id": pl.String, "document_id": pl.String}

#: One row per letter's template that a person wrote, in its last version; those that ship are files.
TEMPLATES: Schema = {
    "name": pl.String,  # the step, with the kind of client if it differs: R3, R3.public
    "language": pl.String,
    "text": pl.String,
}

#: One row per reminder that a person approved, in its last version: the exact words, to whom, and by whom.
REMINDERS: Schema = {
    "reminder_id": pl.String,
    "change_id": pl.Int64,
    "client_id": pl.String,
    "currency": pl.String,
    "step": pl.String,
    "channel": pl.String,
    "language": pl.String,
    "on_date": pl.Date,  # approved on
    "recipient": pl.String,
    "subject": pl.String,
    "body": pl.String,
    "detail": pl.String,  # JSON: the invoices with their figures, interest by half-year and rate, the indemnity
    "by": pl.String,
}

#: One row per thing that happened to a reminder, in order.
REMINDER_EVENTS: Schema = {
    "reminder_id": pl.String,
    "change_id": pl.Int64,
    "what": pl.String,  # sending | sent | delivered | failed | unknown | dropped
    "on_date": pl.Date,
    "detail": pl.String,  # how it left, or why it did not
    "by": pl.String,
}
