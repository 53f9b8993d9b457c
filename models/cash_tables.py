"""The frames of what people say of coming movements and of supplier invoices."""

import polars as pl

from models.money import MONEY
from models.tables import Schema

#: One row per movement that a person plans, once or repeating.
PLANNED_ITEMS: Schema = {
    "item_id": pl.String,
    "label": pl.String,
    "amount": MONEY,  # signed
    "currency": pl.String,
    "first_date": pl.Date,
    "period": pl.String,  # once | weekly | monthly | bimonthly | quarterly | yearly
    "until_date": pl.Date,  # of a repeating one; null: for ever
}

#: One row per word of a person on an expected movement; a null date speaks of all its dates.
#: What is dropped under `apart_id` (`pipelines.forecast.expected`) is that a bank line shows the movement.
ITEM_ANSWERS: Schema = {
    "item_id": pl.String,
    "for_date": pl.Date,
    "answer": pl.String,  # confirmed | moved | changed | dropped
    "moved_to": pl.Date,
    "amount": MONEY,
}

#: One row per supplier invoice of which a person said when it is paid, or what early payment saves.
PAYMENT_CHOICES: Schema = {
    "document_id": pl.String,
    "pay_on": pl.Date,
    "discount_rate": pl.Decimal(9, 4),  # 0.0200 is 2 %
    "discount_until": pl.Date,
    "ordered_on": pl.Date,  # the day of the transfer file that orders its payment
    "ordered_amount": MONEY,  # what it asks for: less a discount and credit notes
}

#: One row per supplier whose IBAN a person gave.
SUPPLIER_IBANS: Schema = {"client_id": pl.String, "iban": pl.String}
