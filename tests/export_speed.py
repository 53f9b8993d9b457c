"""How long exports of many entries take: python -m uv run python tests/export_speed.py [ENTRIES [FORMAT...]]

Makes a company of 60 % invoices and 40 % receipts that pay them, then times each format from the stored facts to the archived
file, in one process: reading, entries, lettering, file, archive. Prints seconds, of the clock and of the processor (which says
more on a machine that others use), and sizes; it judges nothing. FORMATS are all of them, unless some are named.
"""

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl

from models.money import MONEY
from models.store import Author, Store
from models.texts import Texts
from pipelines.accounting.exporting import Request, run_export, run_plan
from pipelines.decisions import set_settings
from pipelines.exports.accounting_files import FORMATS, Asked
from pipelines.ledger import run_ledger

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
ME = Author("benchmark", LAST, datetime(2026, 12, 31, 12))


def fill(store: Store, entries: int) -> None:
    """Clients, invoices with their VAT, and bank lines that each pay one of them."""
    dice = random.Random(7)
    invoices, receipts = entries * 6 // 10, entries - entries * 6 // 10
    clients = [f"c{n}" for n in range(2_000)]
    excl = [Decimal(dice.randint(10_000, 900_000) // 5 * 5) / 100 for _ in range(invoices)]
    issued = [FIRST + timedelta(days=n * 300 // invoices) for n in range(invoices)]
    documents = pl.DataFrame(
        {
            "document_id": [f"d{n}" for n in range(invoices)],
            "number": [f"FACT-2026-{n:06d}" for n in range(invoices)],
            "client_id": [dice.choice(clients) for _ in range(invoices)],
            "issue_date": issued,
            "due_date": [day + timedelta(days=30) for day in issued],
            "amount": [value * 6 / 5 for value in excl],
            "amount_excl_tax": excl,
            "vat_amount": [value / 5 for value in excl],
        },
        schema_overrides={"amount": MONEY, "amount_excl_tax": MONEY, "vat_amount": MONEY},
    ).with_columns(
        direction=pl.lit("sale"), kind=pl.lit("invoice"), currency=pl.lit("EUR"), sending=pl.lit("silent"),
        is_due_estimated=pl.lit(value=False), is_paid=pl.lit(value=False), is_disputed=pl.lit(value=False),
    )  # fmt: skip
    paid = documents.head(receipts).with_columns(
        line_id=pl.col("document_id").str.replace("d", "l"), booking_date=pl.col("due_date") + timedelta(days=4)
    )
    lines = paid.select(
        "line_id", "booking_date", "amount", "currency", account_id=pl.lit("A"), label=pl.lit("VIREMENT"), format=pl.lit("ofx")
    )
    claims = paid.select(
        "document_id", "amount", claim_id="line_id", source=pl.lit("bank"), source_id="line_id", claim_date="booking_date",
        rule=pl.lit("number"), confidence=pl.lit(1.0), by_person=pl.lit(value=False),
    )  # fmt: skip
    with store.change("import", ME) as change:
        change.insert("account_version", pl.DataFrame({"account_id": ["A"], "name": ["Courant"], "currency": ["EUR"]}))
        change.insert("client_version", pl.DataFrame({"client_id": clients, "name": [f"CLIENT {n} SARL" for n in range(2_000)]}))
        change.insert("document_version", documents)
        change.insert("bank_line", lines)
        change.insert("claim", claims)
    set_settings(store, {"company_siren": "732829320", "company_name": "Grande Maison"}, author=ME)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print what it took."""
    clock, processor = time.perf_counter(), time.process_time()
    yield
    print(f"{what}: {time.perf_counter() - clock:.1f} s, processor {time.process_time() - processor:.1f} s", flush=True)


def main() -> None:
    """Run it."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    formats = sys.argv[2:] or FORMATS
    with tempfile.TemporaryDirectory() as name, Store.open(Path(name) / "large.duckdb", create=True) as store:
        fill(store, entries)
        with timed(f"ledger of {entries} entries"):
            ledger = run_ledger(store)
        with timed("preview"):
            plan = run_plan(store, ledger, Request(Asked("fec", FIRST, LAST)), currency="EUR", today=ME.today)
        print(f"{plan.selection.lines['entry_id'].n_unique()} entries, {plan.selection.lines.height} lines")
        for form in formats:
            with timed(form):
                done = run_export(store, Request(Asked(form, FIRST, LAST)), author=ME, texts=Texts("fr"))
            print(f"  {len(done.content) / 1e6:.1f} MB")
        print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
