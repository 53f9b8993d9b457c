"""Seconds and memory of the receipts forecast: python tests/forecast_speed.py [OPEN ...], 10000 100000.

For each size, open invoices and ten times as many paid ones of the last year in memory, one client for a hundred invoices,
each with its own habit: chances per invoice and day for 30 days, and the band with all its past forecasts made again.
A process of its own for each size; the best of five runs, since other work on the machine only ever slows one down. Seconds
of the processor stand beside: on a busy machine they are the nearer to what an idle one takes.
"""

import json
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import polars as pl

from pipelines.forecast.arrays import NEVER
from pipelines.forecast.receipts import expected_receipts

SIZES, RUNS, ORIGIN, TERMS, MONTH = (10_000, 100_000), 5, date(2026, 6, 29), 30, 31


def book(size: int, *, past: int = 10, seed: int = 4) -> pl.DataFrame:
    """`size` open invoices and `past` times as many paid ones, by issue date."""
    dice = np.random.default_rng(seed)
    count = size * (past + 1)
    client = dice.integers(0, max(count // 100, 4), count)
    today = (ORIGIN - date(1970, 1, 1)).days
    issue = today - dice.integers(MONTH, 365, count)
    late = client % 23 - 5 + dice.integers(-4, 12, count)
    paid = np.minimum(np.maximum(issue + TERMS + late, issue), today - 1)
    issue[:size] = today - dice.integers(1, TERMS + 10, size)
    paid[:size] = NEVER
    order = np.argsort(issue, kind="stable")
    days = {name: pl.Series(values[order]) for name, values in (("issue", issue), ("paid", paid))}
    return pl.DataFrame(
        {
            "id": pl.Series(order).cast(pl.String),
            "client_id": pl.Series(client[order]).cast(pl.String),
            "issue_date": days["issue"].cast(pl.Int32).cast(pl.Date),
            "due_date": (days["issue"] + TERMS).cast(pl.Int32).cast(pl.Date),
            "paid_date": days["paid"].set(days["paid"] == NEVER, None).cast(pl.Int32).cast(pl.Date),
            "amount": dice.integers(100, 10**6, count) / 100,
        }
    )


def measure(size: int) -> dict[str, float]:
    """The best time of RUNS, and the peak memory of this process."""
    history = book(size)
    invoices = history.filter(pl.col("paid_date").is_null()).drop("paid_date")
    seconds, processor = [], []
    for _ in range(RUNS):
        start, busy = time.perf_counter(), time.process_time()
        result = expected_receipts(history, invoices, origin=ORIGIN, horizon=30)
        seconds.append(time.perf_counter() - start)
        processor.append(time.process_time() - busy)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    found = {"open": size, "past": history.height - size, "seconds": min(seconds), "of processor": min(processor), "GiB": peak}
    return found | {"errors": result.law.count}


def main(sizes: list[int]) -> None:
    """Measure each size in a process of its own."""
    for size in sizes:
        command = [sys.executable, __file__, "--one", str(size)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(
            ", ".join(
                f"{name} {value:,.2f}" if isinstance(value, float) else f"{name} {value:,}" for name, value in found.items()
            )
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
