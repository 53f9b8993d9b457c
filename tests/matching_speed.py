"""Seconds and memory of `encours reconcile`, a whole process: python tests/matching_speed.py [LINES ...], 1000 10000 100000.

For each size, a database of as many invoices as bank lines that no rule has seen yet, labels in all the styles of the seeded
ledgers, a client for 25 invoices. Eight invoices in ten are paid, so that two stay open; the other lines are no client
payment. Printed beside: how the processor's time grew from the
size before, as the exponent of the size (1.00 is linear).
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle, islice
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import polars as pl  # noqa: E402 -- started as a script
from matching_clients import Client, clients_of  # noqa: E402 -- started as a script
from matching_labels import BUILT  # noqa: E402 -- started as a script
from matching_ledgers import SPAN, START, cents  # noqa: E402 -- started as a script
from matching_noise import Line, noise  # noqa: E402 -- started as a script
from matching_payers import Bill, Said, Scribe  # noqa: E402 -- started as a script
from matching_payments import Payment  # noqa: E402 -- started as a script

from models.money import MONEY  # noqa: E402 -- started as a script
from models.store import Author, Store  # noqa: E402 -- started as a script

SIZES = (1_000, 10_000, 100_000)


def write_company(path: Path, size: int) -> None:
    """A database of `size` invoices and as many bank lines."""
    dice = Random(11)
    scribe = Scribe(dice, BUILT)
    clients = clients_of(dice, max(10, size // 25))
    bills = list(_bills(dice, clients, size))
    scribe.known = [bill.number for bill in bills]
    payments = list(_payments(dice, scribe, bills))
    payments += [
        Payment(f"N{n}", day, amount, kind, Said(label, kind))
        for n, (kind, day, amount, label, _) in enumerate(_others(dice, scribe, payments, size - len(payments)))
    ]
    author = Author("speed", START + timedelta(days=SPAN), datetime(2026, 3, 1))
    with Store.open(path, create=True) as store, store.change("import", author) as change:
        change.insert("account_version", pl.DataFrame({"account_id": ["A"], "name": ["Courant"], "currency": ["EUR"]}))
        change.insert("client_version", pl.DataFrame([{"client_id": c.client_id, "name": c.name} for c in clients]))
        change.insert("document_version", _documents(bills))
        change.insert("bank_line", _lines(payments))


def _bills(dice: Random, clients: list[Client], size: int) -> Iterator[Bill]:
    for n in range(1, size + 1):
        issued = START + timedelta(days=n * (SPAN - 30) // size)
        amount = cents(Decimal(dice.randrange(3_000, 900_000)) / 100)
        bill = Bill(f"FA-{issued.year}-{n:07d}", dice.choice(clients), issued, issued + timedelta(days=30), amount)
        bill.left = amount
        yield bill


def _payments(dice: Random, scribe: Scribe, bills: list[Bill]) -> Iterator[Payment]:
    """A transfer for eight invoices in ten; one in ten waits for the next one of its client."""
    habits = {bill.client.client_id: scribe.habit(bill.client) for bill in bills}
    waiting: dict[str, Bill] = {}
    for n, bill in enumerate(bills):
        client = bill.client.client_id
        if dice.random() < 0.2:
            continue
        if dice.random() < 0.1 and client not in waiting:
            waiting[client] = bill
            continue
        paid = [waiting.pop(client), bill] if client in waiting else [bill]
        day = bill.due + timedelta(days=dice.randint(-5, 20))
        said = scribe.transfer(bill.client, habits[client], paid, "single", day, amount=str(bill.amount))
        yield Payment(f"L{n}", day, sum((b.amount for b in paid), Decimal(0)), "single", said)


def _others(dice: Random, scribe: Scribe, payments: list[Payment], count: int) -> Iterator[Line]:
    return islice((line for _ in cycle([0]) for line in noise(dice, scribe, payments, START, SPAN)), count)


def _documents(bills: list[Bill]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "document_id": [b.number for b in bills],
            "number": [b.number for b in bills],
            "client_id": [b.client.client_id for b in bills],
            "issue_date": [b.issued for b in bills],
            "due_date": [b.due for b in bills],
            "amount": pl.Series([b.amount for b in bills], dtype=MONEY),
        }
    ).with_columns(
        direction=pl.lit("sale"),
        kind=pl.lit("invoice"),
        is_due_estimated=pl.lit(value=False),
        sending=pl.lit("silent"),
        currency=pl.lit("EUR"),
        is_paid=pl.lit(value=False),
        is_disputed=pl.lit(value=False),
    )


def _lines(payments: list[Payment]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "line_id": [p.line_id for p in payments],
            "booking_date": [p.day for p in payments],
            "amount": pl.Series([p.amount for p in payments], dtype=MONEY),
            "label": [p.said.label for p in payments],
            "counterparty": pl.Series([p.said.counterparty for p in payments], dtype=pl.String),
            "counterparty_iban": pl.Series([p.said.iban for p in payments], dtype=pl.String),
        }
    ).with_columns(account_id=pl.lit("A"), currency=pl.lit("EUR"), format=pl.lit("ofx"))


def timed(command: list[str]) -> tuple[float, float, float, str]:
    """Seconds, seconds of processor, peak memory in MiB and standard output of one process."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        child = subprocess.Popen(command, stdout=output, cwd=ROOT)
        _, status, usage = os.wait4(child.pid, 0)  # the peak of this child, not of all before it
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        if child.returncode:
            raise subprocess.CalledProcessError(child.returncode, command)
        output.seek(0)
        return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output.read()


def main() -> None:
    """Time each size."""
    before: tuple[int, float] | None = None
    for size in map(int, sys.argv[1:]) if sys.argv[1:] else SIZES:
        with tempfile.TemporaryDirectory() as name:
            database = Path(name) / "books.duckdb"
            write_company(database, size)
            seconds, worked, peak, output = timed([sys.executable, "-m", "cli", "--db", str(database), "reconcile", "--json"])
        found = json.loads(output)
        grown = f", growth {math.log(worked / before[1]) / math.log(size / before[0]):.2f}" if before else ""
        counts = ", ".join(f"{found[f'{kind}_lines']} {kind}" for kind in ("allocated", "suggested", "unmatched"))
        figures = f"{seconds:6.2f} s ({worked:.2f} s of processor), {peak:5.0f} MiB{grown}"
        print(f"{size:>9,} lines x {size:,} invoices: {figures} ({counts})", flush=True)
        before = size, worked


if __name__ == "__main__":
    main()
