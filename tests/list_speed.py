"""Seconds to search, filter and sort a table, and to draw the curves: python tests/list_speed.py [INVOICES ...].

Everything in memory, the best of five runs, once per size; 10000 and 100000 by default. `rerun` is a page of that one
table, as it is and searched. It judges nothing.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from desk_speed import TO, book
from streamlit.testing.v1 import AppTest

from models.store import Store
from pipelines.exports.filters import Condition, Field, ListFilter
from pipelines.exports.narrowing import choices_of, narrowed
from pipelines.receivables import sales_documents
from pipelines.trends import last_month_ends, trend

SIZES, RUNS = (10_000, 100_000), 5
FIELDS = [
    Field("number", "Number"),
    Field("client", "Client", code="client_id"),
    Field("issue_date", "Issued", "date"),
    Field("due_date", "Due", "date"),
    Field("amount", "Amount", "amount"),
    Field("outstanding", "Outstanding", "amount"),
    Field("status", "Status"),
    Field("is_disputed", "Disputed", "yes_no"),
]


def _page(size: int) -> None:
    """A page of one table of that many invoices."""
    from datetime import UTC, date, datetime

    import polars as pl
    import streamlit as st

    from models.money import MONEY
    from models.texts import Texts
    from pages._ui.session import Session, keep, start
    from pages._ui.tables import Column, show_table

    @st.cache_resource
    def rows(count: int) -> pl.DataFrame:
        number = pl.int_range(count, eager=True)
        return pl.DataFrame(
            {"document_id": number, "number": number, "client": number % 4000, "due_date": number % 700, "outstanding": number}
        ).with_columns(
            pl.format("FACT-{}", "number").alias("number"),
            pl.format("Société {}", "client").alias("client"),
            pl.lit(date(2025, 1, 1)) + pl.duration(days="due_date"),
            pl.col("outstanding").cast(MONEY),
        )

    store, ledger, author = start(today=date(2026, 6, 26), now=datetime(2026, 6, 26, 9, 0, tzinfo=UTC))
    keep(Session(store, ledger, author.today, author.today, Texts("fr"), author))
    columns = [Column("number", "Numéro"), Column("client", "Client"), Column("due_date", "Échéance", "date")]
    columns.append(Column("outstanding", "Reste dû", "money"))
    show_table(rows(size), columns, key="long", texts=Texts("fr"), selection="multi-row", id_column="document_id")


def reruns(size: int) -> dict[str, float]:
    """Seconds of a rerun of that page, as it is and searched."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        Store.open(path, create=True).close()
        os.environ["ENCOURS_DB"] = str(path)
        page = AppTest.from_function(_page, args=(size,), default_timeout=60).run()
        took = {"rerun": best(page.run)}
        page.query_params["long.q"] = "societe 12 fact"
        took["rerun_searched"] = best(page.run)
    return took


def best(act: Callable[[], object]) -> float:
    """Seconds of the quickest of a few runs."""
    took = []
    for _ in range(RUNS):
        start = time.perf_counter()
        act()
        took.append(time.perf_counter() - start)
    return round(min(took), 3)


def measure(size: int) -> dict[str, float]:
    """Seconds of each use on that many invoices."""
    ledger = book(size)
    rows = sales_documents(ledger, as_of=TO)
    between = Condition("amount", low=Decimal(100), high=Decimal(5000))
    since = Condition("due_date", low=date(2025, 6, 1))
    asked = {
        "search": ListFilter("1 12"),
        "filter": ListFilter(conditions=(between, since)),
        "sort_text": ListFilter(sort="client"),
        "sort_amount": ListFilter(sort="amount", is_descending=True),
        "all_at_once": ListFilter("1", (between, since), "client"),
    }
    took = {name: best(partial(narrowed, rows, FIELDS, found)) for name, found in asked.items()}
    took["choices"] = best(lambda: choices_of(rows, FIELDS[6]))
    took["trend_13_days"] = best(lambda: trend(ledger, last_month_ends(TO, 12), currency="EUR"))
    return took | reruns(size)


if __name__ == "__main__":
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    print(json.dumps({size: measure(size) for size in sizes}, indent=2))
