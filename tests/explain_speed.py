"""How long figures take on large ledgers: python -m uv run python tests/explain_speed.py [INVOICES...]

Makes a ledger of so many invoices (10,000 and 100,000 by default), each with a receipt in four of five, a few credit notes,
and times in one process every figure, the rows behind each, what moved the DSO, and each breakdown. It judges nothing.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from models.following_tables import MARKS
from models.money import MONEY
from models.settings import Settings
from models.tables import (
    ACCOUNTS,
    ATTRIBUTIONS,
    BALANCES,
    CLAIMS,
    CLIENTS,
    DOCUMENTS,
    LINE_REFUNDS,
    LINES,
    STATEMENTS,
    STORED_RECEIPTS,
    conform,
    empty,
)
from pipelines.explain.basis import Basis
from pipelines.explain.breakdown import GROUPS, breakdown, by_month
from pipelines.explain.explanation import explain
from pipelines.explain.figures import FIGURES
from pipelines.explain.movement import NUMERATORS, last_month_end, movement
from pipelines.kpis import kpis
from pipelines.ledger import Ledger, assemble
from pipelines.stored_facts import Facts

FIRST, AS_OF = date(2024, 7, 1), date(2026, 6, 26)


def large_ledger(count: int) -> Ledger:
    """A seeded ledger of so many sales documents, 20 sales reps, one client for 25 documents."""
    dice = random.Random(7)
    span, clients = (AS_OF - FIRST).days, max(count // 25, 1)
    issued = [FIRST + timedelta(days=n * span // count) for n in range(count)]
    documents = pl.DataFrame(
        {
            "document_id": [f"d{n}" for n in range(count)],
            "number": [f"F{n:06d}" for n in range(count)],
            "kind": ["credit_note" if n % 50 == 49 else "invoice" for n in range(count)],
            "client_id": [f"c{dice.randrange(clients)}" for _ in range(count)],
            "issue_date": issued,
            "due_date": [day + timedelta(days=30) for day in issued],
            "amount": pl.Series([Decimal(dice.randint(10_000, 900_000)) / 100 for _ in range(count)], dtype=MONEY),
            "sales_rep": [f"Rep {n % 20}" for n in range(count)],
        }
    ).with_columns(
        direction=pl.lit("sale"), client="client_id", currency=pl.lit("EUR"), sending=pl.lit("silent"),
        is_disputed=pl.lit(value=False), linked_invoice=pl.lit(None, pl.String),
    )  # fmt: skip
    delay = pl.Series("delay", [dice.randint(-10, 60) for _ in range(count)])
    paid_on = pl.col("due_date") + pl.duration(days=pl.lit(delay))
    paid = documents.with_columns(paid_on=paid_on).filter((pl.col("kind") == "invoice") & (pl.col("paid_on") <= AS_OF))
    paid = paid.sample(fraction=0.9, seed=7)
    line_id = pl.col("document_id").str.replace("d", "l")
    lines = paid.select(
        "amount", "currency", line_id=line_id, booking_date="paid_on", account_id=pl.lit("A"), label=pl.lit("VIR")
    )
    claims = paid.select(
        "document_id", "amount", claim_id=line_id, source=pl.lit("bank"), source_id=line_id, date="paid_on",
        is_dated=pl.lit(value=True), rule=pl.lit("number"), confidence=pl.lit(1.0), by=pl.lit("rule"), change_id=pl.lit(1),
    )  # fmt: skip
    names = pl.DataFrame({"client_id": [f"c{n}" for n in range(clients)]}).with_columns(name="client_id")
    facts = Facts(
        clients=conform(names, CLIENTS),
        documents=conform(documents, DOCUMENTS),
        statements=empty(STATEMENTS),
        accounts=empty(ACCOUNTS),
        lines=conform(lines, LINES),
        balances=empty(BALANCES),
        claims=conform(claims, CLAIMS),
        attributions=empty(ATTRIBUTIONS),
        refunds=empty(LINE_REFUNDS),
        marks=empty(MARKS),
        receipts=empty(STORED_RECEIPTS),
    )
    return assemble(facts, Settings())


def timed(what: str, act: Callable[[], object]) -> None:
    """Print how long it takes, the second of three times in the middle."""
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - start)
    print(f"  {what}: {statistics.median(seconds) * 1000:.0f} ms", flush=True)


def measure(count: int) -> None:
    """Time all of it on one ledger."""
    ledger = large_ledger(count)
    print(f"{count} documents, {ledger.receipts.height} receipts, {ledger.allocations.height} allocations")

    def basis() -> Basis:
        return Basis.of(ledger, as_of=AS_OF)

    timed("every figure", lambda: kpis(ledger, as_of=AS_OF))
    slowest: dict[str, float] = {}
    for key in FIGURES:
        start = time.perf_counter()
        opened = explain(basis(), key)
        for operand in opened.operands:
            _ = operand.rows
        slowest[key] = time.perf_counter() - start
    key = max(slowest, key=slowest.__getitem__)
    print(f"  a figure with the rows of all its operands, the slowest ({key}): {slowest[key] * 1000:.0f} ms")
    for key in NUMERATORS:
        timed(f"what moved {key}", lambda key=key: movement(key, basis(), since=last_month_end(AS_OF)))  # type: ignore[misc]
    for by in GROUPS:
        timed(f"by {by}", lambda by=by: breakdown(basis(), by))  # type: ignore[misc]
    timed("by month", lambda: by_month(basis()))


if __name__ == "__main__":
    for asked in sys.argv[1:] or ("10000", "100000"):
        measure(int(asked))
