"""Seconds of every screen and view, on large companies: python tests/page_speed.py [INVOICES ...] [--only ADDRESS].

Each view is opened in Streamlit's own test runner on a stored company (tests/large_store.py; 10000 and 100000 invoices by
default): the first time, when the ledger is read and nothing else was calculated of it, as after each decision; and again, as
at any click that changes nothing. Then a decision of matching, with the page that follows it. Seconds of processor time, so
that what else the machine does counts little; what the browser does is not in them. It judges nothing.
"""

import argparse
import gc
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import streamlit as st
from large_store import write_large
from streamlit.testing.v1 import AppTest

from models.store import Store
from pages import (
    cash,
    client,
    closing_page,
    collections_page,
    exports_page,
    home,
    imports,
    payables_page,
    receivables_page,
    reconciliation,
    settings_page,
)
from pipelines.ledger import run_ledger

SIZES = (10_000, 100_000)
SHOWN = {
    "accueil": home.show,
    "creances": receivables_page.show,
    "relances": collections_page.show,
    "tresorerie": cash.show,
    "fournisseurs": payables_page.show,
    "rapprochement": reconciliation.show,
    "client": client.show,
    "imports": imports.show,
    "exports": exports_page.show,
    "cloture": closing_page.show,
    "reglages": settings_page.show,
}
FIGURES = (
    "receivables", "overdue", "sales", "collected", "dso", "dso_countback", "best_possible_dso", "turnover", "doubtful_ratio",
    "average_days_to_pay", "average_days_late", "unpaid_rate_30", "collection_effectiveness",
)  # fmt: skip
#: Every view by the address of its screen and what its own address asks.
VIEWS: tuple[tuple[str, dict[str, str]], ...] = (
    ("accueil", {}),
    ("creances", {"view": "aged"}),
    *(("creances", {"view": "aged", "by": by}) for by in ("invoice", "sales_rep", "category", "currency")),
    ("creances", {"view": "aged", "by": "invoice", "buckets": "15,45,120", "basis": "issue"}),
    ("creances", {"view": "aged", "by": "invoice", "aged-invoice.q": "client 12"}),
    *(("creances", {"view": "movements", "by_moves": by}) for by in ("total", "client", "sales_rep", "category")),
    ("creances", {"view": "evolution"}),
    *(("creances", {"view": "charts", "chart": name}) for name in ("ageing", "dso", "debtors", "delays", "months", "moves")),
    *(("creances", {"view": "indicators", "split": by}) for by in ("month", "client", "sales_rep", "category", "segment")),
    *(("creances", {"view": "indicators", "figure": figure}) for figure in FIGURES),
    ("creances", {"view": "indicators", "figure": "dso", "operand": "sales"}),
    ("creances", {"view": "indicators", "figure": "dso", "since": "monday"}),
    ("creances", {"view": "indicators", "figure": "sales", "operand": "invoiced", "invoiced.q": "rep 7"}),
    ("relances", {}),
    ("relances", {"part": "results"}),
    ("tresorerie", {}),
    ("tresorerie", {"days": "90"}),
    ("fournisseurs", {}),
    *(("rapprochement", {"view": view}) for view in reconciliation.VIEW_WORDS),
    ("client", {}),
    ("client", {"client": "C12"}),
    ("imports", {}),
    ("exports", {}),
    ("exports", {"format": "csv"}),
    *(("cloture", {"view": view}) for view in closing_page.VIEWS),
    ("cloture", {"view": "papers", "statement": "movements"}),
    ("reglages", {}),
)


def _page() -> None:
    import streamlit as st
    from large_store import AUTHOR, TODAY

    from models.texts import Texts
    from pages._ui.session import Session, keep
    from pipelines.ledger import run_ledger

    store, show = st.session_state["measured"]
    keep(Session(store, run_ledger(store), TODAY, TODAY, Texts("fr"), AUTHOR))
    show()


def opened(store: Store, address: str, asked: dict[str, str]) -> AppTest:
    """The screen at an address, before its first run."""
    at = AppTest.from_function(_page, default_timeout=300)
    at.session_state["measured"] = store, SHOWN[address]
    for name, value in asked.items():
        at.query_params[name] = value
    return at


def seconds(at: AppTest) -> float:
    """Seconds of processor of one run of a page."""
    gc.collect()  # of the runs before
    start = time.process_time()
    at.run()
    took = time.process_time() - start
    if at.exception:
        raise RuntimeError(at.exception)
    return took


def measure(store: Store, address: str, asked: dict[str, str]) -> None:
    """Print the seconds of a view, the first time and again."""
    st.cache_resource.clear()
    run_ledger(store)
    at = opened(store, address, asked)
    first, again = seconds(at), seconds(at)
    print(f"  {first:6.2f} {again:6.2f}  {address} {' '.join(f'{name}={value}' for name, value in asked.items())}", flush=True)


def measure_decision(store: Store) -> None:
    """Print the seconds of one suggestion accepted, the rules run on the new facts, and the page after it."""
    at = opened(store, "rapprochement", {})
    shown = seconds(at)
    accept = next(button for button in at.button if button.key and button.key.startswith("accept-"))
    accept.click()
    print(f"  {shown:6.2f} {seconds(at):6.2f}  rapprochement, then a suggestion accepted", flush=True)


def main() -> None:
    """Measure every view at each size."""
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("sizes", nargs="*", type=int, default=SIZES)
    read.add_argument("--only", default="", help="the address of one screen, with a part of what it is asked")
    asked = read.parse_args()
    for size in asked.sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "large.duckdb"
            write_large(path, size)
            os.environ["ENCOURS_DB"] = str(path)
            with Store.open(path) as store:
                opened(store, "accueil", {}).run()  # what is imported, and what the machine keeps of the file
                print(f"{size} invoices, seconds of processor: first time, again", flush=True)
                for address, query in VIEWS:
                    if asked.only in f"{address} {' '.join(f'{name}={value}' for name, value in query.items())}":
                        measure(store, address, query)
                if asked.only in "rapprochement":
                    measure_decision(store)


if __name__ == "__main__":
    main()
