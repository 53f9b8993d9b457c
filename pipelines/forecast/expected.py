"""A movement that is expected besides clients' payments, and the words by which a bank label tells it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

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
    "line_id": pl.String,  # of the bank line that shows it, where it is seen
}

#: What counts only once a person confirmed it.
PROPOSALS = ("tax", "vat")
_LEAST_LETTERS = 3

Day = date


@dataclass(frozen=True)
class Expected:
    """A row of EXPECTED; `words` are those by which a bank label tells it, `names` those of them that a supplier is called."""

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
    line_id: str | None = None
    words: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


def apart_id(item_id: str, line_id: str) -> str:
    """Under which a person's answer is kept that a bank line does not show an expected movement, on any of its dates."""
    return f"{item_id} ≠ {line_id}"


def with_lines(expected: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """EXPECTED with `seen_on`, `seen_label` and `seen_amount` of the bank line that shows the movement; null without one."""
    shown = lines.select("line_id", seen_on="booking_date", seen_label="label", seen_amount="amount")
    return expected.join(shown, on="line_id", how="left", validate="m:1", maintain_order="left")


@lru_cache(maxsize=4096)
def words_of(label: str) -> frozenset[str]:
    """The words of a label that say something: no dates, no references, nothing that banks add."""
    key = str(pl.select(label_key(pl.lit(label))).item())
    return frozenset(word for word in key.split() if len(word) >= _LEAST_LETTERS) - {*BANK_WORDS.split("|")}
