"""An event of a client's timeline: its columns, its kinds, and what it is read from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from models.money import MONEY
from models.tables import Schema
from models.texts import Texts
from pipelines.collections.grace import Grace
from pipelines.ledger import Ledger

#: One row per event. `text` says all of it at length, where there is more than `detail` holds.
EVENTS: Schema = {
    "event_id": pl.String,
    "date": pl.Date,
    "kind": pl.String,  # one of KIND_NAMES
    "what": pl.String,
    "reference": pl.String,  # invoice numbers
    "amount": MONEY,
    "currency": pl.String,
    "detail": pl.String,
    "by": pl.String,  # who said so; null for what a file says
    "text": pl.String,
}
KIND_NAMES: dict[str, str] = {
    "invoice": "Invoices and credit notes",
    "payment": "Payments and returns",
    "reminder": "Reminders",
    "promise": "Promises to pay",
    "plan": "Instalment plans",
    "dispute": "Disputes",
    "note": "Notes and calls",
    "decision": "Pauses, segment and other decisions",
}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Client:
    """What the events of one client are read from."""

    ledger: Ledger
    texts: Texts
    client_id: str
    as_of: date
    grace: Grace
    numbers: Mapping[str, str]  # of its documents, by id

    def own(self, frame: pl.DataFrame) -> list[dict[str, Any]]:
        """The rows of a frame that are this client's."""
        return frame.filter(pl.col("client_id") == self.client_id).to_dicts()

    def word(self, words: Mapping[str, str], code: str | None) -> str:
        """The word of a code; its own letters where this version does not know it."""
        return self.texts.t(words.get(code, code)) if code else ""
