"""A movement that is expected besides clients' payments, and the words by which a bank label tells it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from models.money import MONEY
from models.tables import Schema
from pipelines.forecast.recurring import BANK_WORDS, label_key

#: One row per expected movement in the horizon, by date.
EXPECTED: Schema = {
    "date": pl.Date,
    "kind": pl.String,  # recurring | planned | tax | vat | supplier
    "item_id": pl.String,
    "label": pl.String,
    "client": pl.String,
    "amount": MONEY,  # null: a tax whose amount nobody gave
    "for_date": pl.Date,
    "is_counted": pl.Boolean,
    "answer": pl.String,  # a person's: confirmed | moved | changed | dropped
    "why_not": pl.String,  # to_confirm | no_amount | dropped | seen (in the bank) | old | disputed | covered | recurring
}

#: What counts only once a person confirmed it.
PROPOSALS = ("tax", "vat")
_LEAST_LETTERS = 3

Day = date


@dataclass(frozen=True)
class Expected:
    """A row of EXPECTED; `words` are those by which a bank label tells it."""

    date: Day
    kind: str
    item_id: str
    label: str
    client: str | None
    amount: Decimal | None
    for_date: Day
    is_counted: bool = True
    answer: str | None = None
    why_not: str | None = None
    words: frozenset[str] = frozenset()


def words_of(label: str) -> frozenset[str]:
    """The words of a label that say something: no dates, no references, nothing that banks add."""
    key = str(pl.select(label_key(pl.lit(label))).item())
    return frozenset(word for word in key.split() if len(word) >= _LEAST_LETTERS) - {*BANK_WORDS.split("|")}
