"""What the tests of imports share: a store, small files, and what is stored after them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from empty_stores import empty_store

from models.store import Author, Store
from pipelines.ledger import run_ledger
from pipelines.publishing.publish import ImportReport, run_import

COUNTS = ("inserted", "updated", "duplicates", "conflicts", "ignored", "rejected_rows")
HEADER = "numero;client;date_facture;date_echeance;montant_ttc"


def author(day: date = date(2025, 3, 1)) -> Author:
    return Author("Nadia", day, datetime(2025, 3, 1, 9))


@contextmanager
def fresh_store() -> Iterator[Store]:
    with TemporaryDirectory() as folder, empty_store(Path(folder) / "company.duckdb") as store:
        yield store


def csv(header: str, *rows: str) -> bytes:
    return ("\n".join((header, *rows)) + "\n").encode()


def take(
    store: Store, content: bytes, name: str = "file.csv", *, day: date = date(2025, 3, 1), **choices: object
) -> ImportReport:
    """Import, and hold the report's law: every row is counted once."""
    report = run_import(store, content, name, author=author(day), **choices)  # type: ignore[arg-type]
    assert report.rows == sum(getattr(report, count) for count in COUNTS)
    assert len(report.conflict_list) == report.conflicts
    assert report.rejected["line"].n_unique() == report.rejected_rows
    return report


def counts(report: ImportReport) -> tuple[int, ...]:
    """inserted, updated, duplicates, conflicts, ignored, rejected_rows."""
    return tuple(getattr(report, count) for count in COUNTS)


def documents(store: Store, *columns: str) -> list[tuple[object, ...]]:
    """Those columns of every document, by number and amount."""
    return run_ledger(store).documents.sort("number", "amount").select(columns).rows()


def lines(store: Store) -> pl.DataFrame:
    """account, day, amount and label of every movement, sorted."""
    frame = run_ledger(store).lines.select("account", "booking_date", "amount", "label")
    return frame.sort(frame.columns)


def codes(report: ImportReport) -> list[str]:
    """The codes of the warnings."""
    return report.warnings["code"].to_list()
