"""Kill a writer again and again in the middle of its changes: python tests/kill_series.py [N]. All or nothing, every time."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import polars as pl  # noqa: E402 -- started as a script

from models.store import Author, Store  # noqa: E402 -- started as a script

ROWS = 400


def write_for_ever(path: Path, acknowledged: Path) -> None:
    """Changes of ROWS settings and one refusal each; a number is acknowledged once its change returned."""
    author = Author("test", date(2026, 1, 1), datetime(2026, 1, 1))
    with Store.open(path) as store:
        while True:
            with store.change("set", author) as change:
                n = change.change_id
                change.insert("setting", pl.DataFrame({"key": [f"{n}-{i}" for i in range(ROWS)], "value": ["x"] * ROWS}))
                change.insert("refusal", pl.DataFrame({"line_id": [str(n)], "document_id": ["d"]}))
            with acknowledged.open("a", encoding="ascii") as file:
                file.write(f"{n}\n")
                file.flush()
                os.fsync(file.fileno())


def kill_once(path: Path, acknowledged: Path, delay: float) -> str:
    """Start the writer, kill it with SIGKILL after `delay` seconds of writing, and say what is wrong with what it left."""
    before = acknowledged.stat().st_size if acknowledged.exists() else 0
    child = subprocess.Popen([sys.executable, __file__, "--write", str(path), str(acknowledged)], cwd=ROOT)
    deadline = time.monotonic() + 30
    while not (acknowledged.exists() and acknowledged.stat().st_size > before):
        if child.poll() is not None or time.monotonic() > deadline:
            child.kill()
            return "the writer did not start"
        time.sleep(0.005)
    time.sleep(delay)
    child.send_signal(signal.SIGKILL)
    child.wait()
    return fault(path, acknowledged)


def fault(path: Path, acknowledged: Path) -> str:
    """What is lost or half there; empty if nothing is."""
    acked = [int(line) for line in acknowledged.read_text("ascii").split()]
    with Store.open(path) as store:
        changes = store.query("SELECT change_id FROM change ORDER BY change_id")["change_id"].to_list()
        sizes = dict(store.query("SELECT change_id, count(*) FROM setting GROUP BY change_id").iter_rows())
        refusals = dict(store.query("SELECT change_id, count(*) FROM refusal GROUP BY change_id").iter_rows())
        journal = store.journal.entries()
    if not set(acked) <= set(changes):
        return f"acknowledged changes lost: {sorted(set(acked) - set(changes))}"
    if sizes != dict.fromkeys(changes, ROWS) or refusals != dict.fromkeys(changes, 1):
        return "a change is there in part"
    return "" if sorted(journal) == changes else "the journal and the database differ"


def series(count: int, folder: Path, seed: int = 1) -> list[str]:
    """The faults of `count` kills of one database, each at another instant."""
    dice = random.Random(seed)
    path, acknowledged = folder / "books.duckdb", folder / "acknowledged"
    Store.open(path, create=True).close()
    return [said for _ in range(count) if (said := kill_once(path, acknowledged, dice.uniform(0, 0.12)))]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write_for_ever(Path(sys.argv[2]), Path(sys.argv[3]))
    with tempfile.TemporaryDirectory() as place:
        wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 50
        faults = series(wanted, Path(place))
        sys.stdout.write(f"{wanted} kills, {len(faults)} faults\n" + "".join(f"{said}\n" for said in faults))
        sys.exit(1 if faults else 0)
