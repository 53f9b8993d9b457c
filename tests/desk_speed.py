"""Seconds of the accountant's views: python tests/desk_speed.py [INVOICES ...], 10000 100000.

Invoices of two years in memory, nine of ten paid by their own bank line, some by credit note, some receipts that wait; a
process of its own per size, the best of five runs. It judges nothing.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import polars as pl

from models.following_tables import MARKS
from models.money import MONEY
from models.settings import Settings
from models.tables import (
    ACCOUNTS,
    BALANCES,
    CLAIMS,
    CLIENTS,
    DOCUMENTS,
    LINE_REFUNDS,
    LINES,
    STATEMENTS,
    Schema,
    conform,
    empty,
)
from pipelines.accounting.balance_check import accounts_at
from pipelines.ageing import Ageing, aged
from pipelines.ledger import Ledger, assemble
from pipelines.rollforward import movements, rollforward
from pipelines.stored_facts import Facts

SIZES, RUNS, FIRST, TO = (10_000, 100_000), 5, date(2024, 1, 1), date(2026, 6, 30)
_ATTRIBUTIONS: Schema = {"line_id": pl.String, "client_id": pl.String, "rule": pl.String, "by_person": pl.Boolean}


def book(count: int) -> Ledger:
    """The ledger of `count` invoices."""
    dice = np.random.default_rng(7)
    client = dice.integers(0, max(count // 25, 4), count)
    issue = dice.integers(0, 880, count)
    cents = dice.integers(1_000, 900_000, count)
    base = pl.DataFrame({"n": np.arange(count), "client": client, "issue": issue, "cents": cents}).with_columns(
        document_id=pl.format("D{}", "n"), number=pl.format("FACT-{}", "n"), client_id=pl.format("C{}", "client"),
        issue_date=pl.lit(FIRST) + pl.duration(days="issue"), amount=(pl.col("cents").cast(MONEY) / 100).cast(MONEY),
    )  # fmt: skip
    is_note = pl.col("n") % 20 == 0
    documents = base.with_columns(
        direction=pl.lit("sale"), kind=pl.when(is_note).then(pl.lit("credit_note")).otherwise(pl.lit("invoice")),
        client=pl.format("Client {}", "client"), due_date=pl.col("issue_date") + timedelta(days=30), currency=pl.lit("EUR"),
        sending=pl.lit("silent"), is_disputed=pl.lit(value=False), is_due_estimated=pl.lit(value=False),
        linked_invoice=pl.when(is_note).then(pl.format("FACT-{}", pl.col("n") + 1)),
        sales_rep=pl.format("Rep {}", pl.col("n") % 9),
        category=pl.format("Cat {}", pl.col("n") % 5), vat_amount=(pl.col("amount") / 6).cast(MONEY),
    )  # fmt: skip
    paid = base.filter((pl.col("n") % 10 != 1) & (pl.col("n") % 20 != 0))
    lines = paid.with_columns(
        line_id=pl.format("L{}", "n"), account_id=pl.lit("A"), currency=pl.lit("EUR"), label=pl.lit("VIR"),
        booking_date=pl.col("issue_date") + pl.duration(days=20 + pl.col("n") % 40),
    )  # fmt: skip
    claims = lines.filter(pl.col("n") % 50 != 3).with_columns(
        claim_id=pl.format("M{}", "n"), source=pl.lit("bank"), source_id="line_id", date="booking_date", rule=pl.lit("number"),
        is_dated=pl.lit(value=True), confidence=pl.lit(1.0), by=pl.lit("rule"), change_id=pl.lit(1),
    )  # fmt: skip
    attributed = lines.with_columns(rule=pl.lit("name"), by_person=pl.lit(value=False))
    facts = Facts(
        clients=documents.select("client_id", name="client").unique("client_id").pipe(conform, CLIENTS).sort("client_id"),
        documents=documents.pipe(conform, DOCUMENTS).sort("issue_date", "number"), statements=empty(STATEMENTS),
        accounts=empty(ACCOUNTS), lines=lines.pipe(conform, LINES).sort("booking_date", "line_id"), balances=empty(BALANCES),
        claims=claims.pipe(conform, CLAIMS), attributions=conform(attributed, _ATTRIBUTIONS), refunds=empty(LINE_REFUNDS),
        marks=empty(MARKS),
    )  # fmt: skip
    return assemble(facts, Settings())


def best(act: Callable[[], object]) -> float:
    """The best time of RUNS."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return min(times)


def measure(size: int) -> dict[str, float]:
    """Seconds by view."""
    ledger = book(size)
    start = date(2026, 1, 1)
    movements(ledger, currency="EUR")  # kept with that ledger; a copy of it keeps nothing
    return {
        "aged by client": best(lambda: aged(replace(ledger), as_of=TO, currency="EUR")),
        "aged by invoice, own buckets": best(
            lambda: aged(replace(ledger), as_of=TO, by="invoice", currency="EUR", ageing=Ageing("issue", (15, 45, 120)))
        ),
        "roll-forward by client": best(lambda: rollforward(replace(ledger), start=start, to=TO, currency="EUR")),
        "roll-forward by sales rep, movements at hand": best(
            lambda: rollforward(ledger, start=start, to=TO, by="sales_rep", currency="EUR")
        ),
        "reconciliation with the accounts": best(lambda: accounts_at(replace(ledger), to=TO, currency="EUR")),
    }


def main(sizes: list[int]) -> None:
    """Measure each size in a process of its own."""
    for size in sizes:
        command = [sys.executable, __file__, "--one", str(size)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for name, seconds in found.items():
            print(f"{size} invoices, {name}: {seconds:.2f} s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
