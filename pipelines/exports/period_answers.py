"""The JSON of the commands on periods: movements between two dates, closings and what came after them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import polars as pl

from pipelines.arrivals import Arrivals
from pipelines.exports.answers import Answer
from pipelines.locks import Closing


def rollforward_answer(rows: pl.DataFrame, by: str, *, start: date, to: date, currency: str) -> Answer:
    """Receivables at both ends and the movements between them, by group, and their sums."""
    amounts = [name for name, kind in rows.schema.items() if kind.is_decimal()]
    sums = {name: sum(rows[name].to_list(), Decimal("0.00")) for name in amounts}
    keys = [] if by == "total" else [by]
    return {
        "from": start, "to": to, "currency": currency, "by": by, "rows": rows.select(*keys, *amounts).to_dicts(), "total": sums
    }  # fmt: skip


def closed_answer(held: Sequence[Closing], found: Arrivals | None, currency: str) -> Answer:
    """The closings that hold, and what came after the one that was asked for."""
    closings = [{"day": c.locked_to, "closed_on": c.known_on, "by": c.by, "note": c.note} for c in held]
    if found is None:
        return {"closings": closings, "as_of": None, "currency": currency, "receivables_then": None, "receivables_now": None,
                "effect": None, "other_currencies": {}, "lines_to_match": 0, "arrived": []}  # fmt: skip
    return {
        "closings": closings,
        "as_of": found.as_of,
        "currency": currency,
        "receivables_then": found.then,
        "receivables_now": found.now,
        "effect": found.effect,
        "other_currencies": {name: {"count": other.count, "effect": other.effect} for name, other in found.others.items()},
        "lines_to_match": found.waiting,
        "arrived": found.rows.drop("client_id").rename({"known_on": "came_on"}).to_dicts(),
    }
