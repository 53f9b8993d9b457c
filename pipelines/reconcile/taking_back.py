"""What a debit takes back of a client's credit, as it is stored."""

from decimal import Decimal
from typing import NamedTuple

import polars as pl

from models.ids import stable_id
from models.money import MONEY
from models.store import Change
from models.tables import Schema

_ROWS: Schema = {
    "refund_id": pl.String,
    "credit_id": pl.String,
    "kind": pl.String,
    "amount": MONEY,
    "document_id": pl.String,
    "is_ended": pl.Boolean,
}


class Back(NamedTuple):
    """What a debit takes back: of which credit, unused (refunded) or allocated (returned), and of which invoice a part."""

    credit_id: str
    kind: str
    amount: Decimal
    document_id: str | None = None


def insert_back(change: Change, line_id: str, back: Back, *, replaced: pl.DataFrame) -> None:
    """Store what a person says a debit takes back, in place of what the rules had found (LINE_REFUNDS of that debit)."""
    others = replaced.filter(pl.col("credit_id") != back.credit_id)
    ended = others.select("refund_id", "credit_id", "kind", "amount", "document_id", is_ended=True)
    said = (stable_id("refund", line_id, back.credit_id), *back, False)
    rows = pl.DataFrame([*ended.iter_rows(), said], schema=_ROWS, orient="row")
    is_said = ~pl.col("is_ended")
    change.insert("refund", rows.unique("refund_id", keep="first").with_columns(line_id=pl.lit(line_id), by_person=is_said))
