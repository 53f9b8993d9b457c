"""The frames of what the accountant decides and brings: provisions, closed periods, exchange rates, lettering codes that left."""

import polars as pl

from models.tables import Schema

#: One row per person's word on the provision of an invoice, the latest last.
PROVISIONS: Schema = {
    "change_id": pl.Int64,
    "document_id": pl.String,
    "on_date": pl.Date,
    "rate": pl.Decimal(9, 4),  # of the outstanding without VAT: 0.5000 is 50 %; null: the rates by age hold again
    "note": pl.String,
    "by": pl.String,
}

#: One row per time that a person closed the books, or opened them again; the last row holds.
PERIOD_LOCKS: Schema = {
    "change_id": pl.Int64,
    "known_on": pl.Date,  # the day on which it was said
    "locked_to": pl.Date,  # null: nothing is closed
    "note": pl.String,
    "by": pl.String,
}

#: One row per currency and day: units of that currency for one euro.
EXCHANGE_RATES: Schema = {"currency": pl.String, "rate_date": pl.Date, "rate": pl.Decimal(18, 8)}

#: One row per lettering code that left with an export: of what is lettered together (`owner`), within one client.
LETTERS: Schema = {"owner": pl.String, "client_id": pl.String, "code": pl.String}
