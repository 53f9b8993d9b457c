"""Seconds of the views of figures in the page, on large ledgers: python tests/page_speed.py [INVOICES ...].

Each view of Créances is opened in Streamlit's own test runner on a ledger in memory (10000 and 100000 invoices by default),
the first time, when nothing of it was calculated yet, and again, as at any click. Seconds of processor time, so that what
else the machine does counts little; what the browser does is not in them. It judges nothing.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from streamlit.testing.v1 import AppTest

from models.store import Store

SIZES = (10_000, 100_000)
#: What each view is asked for by its address, in the order in which a reader would click.
VIEWS = (
    {"view": "aged"},
    *({"view": "aged", "by": by} for by in ("invoice", "sales_rep", "category", "currency")),
    {"view": "aged", "by": "invoice", "buckets": "15,45,120", "basis": "issue"},
    {"view": "aged", "by": "invoice", "aged-invoice.q": "client 12"},
    *({"view": "movements", "by_moves": by} for by in ("total", "client", "sales_rep", "category")),
    {"view": "evolution"},
    {"view": "charts"},
    {"view": "indicators"},
    *({"view": "indicators", "split": by} for by in ("client", "sales_rep", "category", "segment")),
    *(
        {"view": "indicators", "figure": figure}
        for figure in (
            "receivables", "overdue", "sales", "collected", "dso", "dso_countback", "turnover", "average_days_to_pay",
            "unpaid_rate_30", "collection_effectiveness",
        )
    ),
    {"view": "indicators", "figure": "dso", "operand": "sales"},
    {"view": "indicators", "figure": "dso", "since": "monday"},
    {"view": "indicators", "figure": "sales", "operand": "invoiced", "invoiced.q": "rep 7"},
)  # fmt: skip


def _page(size: int) -> None:
    from datetime import UTC, date, datetime

    import streamlit as st
    from desk_speed import book

    from models.texts import Texts
    from pages import receivables_page
    from pages._ui.session import Session, keep, start
    from pipelines.ledger import Ledger

    @st.cache_resource
    def ledger(count: int) -> Ledger:
        return book(count)

    store, _, author = start(today=date(2026, 6, 26), now=datetime(2026, 6, 26, 9, 0, tzinfo=UTC))
    keep(Session(store, ledger(size), author.today, author.today, Texts("fr"), author))
    receivables_page.show()


def measure(size: int) -> None:
    """Print the seconds of each view, the first time and again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        Store.open(path, create=True).close()
        os.environ["ENCOURS_DB"] = str(path)
        AppTest.from_function(_page, args=(size,), default_timeout=300).run()  # the ledger itself, and what is imported
        print(f"{size} invoices, seconds of processor: first time, again")
        for view in VIEWS:
            at = AppTest.from_function(_page, args=(size,), default_timeout=300)
            for name, value in view.items():
                at.query_params[name] = value
            took = []
            for _ in range(2):
                start = time.process_time()
                at.run()
                took.append(time.process_time() - start)
                if at.exception:
                    raise RuntimeError(at.exception)
            print(f"  {took[0]:6.2f} {took[1]:6.2f}  {' '.join(f'{name}={value}' for name, value in view.items())}", flush=True)


if __name__ == "__main__":
    for asked in [int(size) for size in sys.argv[1:]] or SIZES:
        measure(asked)
