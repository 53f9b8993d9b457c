"""Speed and memory of whole processes, with figures: python -m uv run python tests/benchmark.py

Makes a ledger of 10,000 invoices and 10,000 bank lines, imports and matches it, and times what a user waits for. Prints
the median and the spread of several runs; it judges nothing.
"""

import csv
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIRST = date(2025, 1, 2)


def write_ledger(folder: Path, count: int) -> tuple[Path, Path]:
    """A seeded invoice file and bank statement of `count` rows each, 400 clients."""
    dice = random.Random(7)
    invoices, bank = folder / "invoices.csv", folder / "bank.csv"
    with invoices.open("w", newline="", encoding="utf-8") as a, bank.open("w", newline="", encoding="utf-8") as b:
        sales, lines = csv.writer(a, delimiter=";"), csv.writer(b, delimiter=";")
        sales.writerow(["Numéro", "Client", "Date", "Échéance", "Montant TTC"])
        lines.writerow(["date", "libellé", "montant"])
        for n in range(1, count + 1):
            issue = FIRST + timedelta(days=n * 500 // count)
            due = issue + timedelta(days=30)
            paid = due + timedelta(days=dice.randint(-10, 25))
            cents = dice.randint(10_000, 900_000)
            amount = f"{cents // 100},{cents % 100:02d}"
            name = f"CLIENT {dice.randint(1, 400):03d} SARL"
            sales.writerow([f"FACT-2025-{n:05d}", name, f"{issue:%d/%m/%Y}", f"{due:%d/%m/%Y}", amount])
            label = f"VIR SEPA {name} FACT 2025 {n:05d}" if dice.random() < 0.8 else f"VIR SEPA {name}"
            lines.writerow([f"{paid:%d/%m/%Y}", label, amount])
    return invoices, bank


def timed(name: str, command: list[str], *, runs: int = 5) -> None:
    """Run a whole process several times; print the median, the spread and the largest peak of memory."""
    seconds, peaks = [], []
    # As a user's second start finds it: compiled modules are on the disk.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(runs):
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, env=environment)
        _, status, usage = os.wait4(child.pid, 0)  # the peak of this child, not of all before it
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise subprocess.CalledProcessError(child.returncode, command)
        seconds.append(time.perf_counter() - start)
        peaks.append(usage.ru_maxrss / 1024)
    peak = max(peaks)
    spread = f"{min(seconds):.2f} to {max(seconds):.2f}, {runs} runs"
    print(f"{name}: median {statistics.median(seconds):.2f} s ({spread}), peak {peak:.0f} MiB")


def write_canonical(path: Path, count: int) -> Path:
    """A seeded canonical invoice file of thirteen columns."""
    dice = random.Random(7)
    names = "invoice_number;kind;client_name;client_code;client_email;issue_date;due_date;status"
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{names};amount_incl_tax;amount_excl_tax;vat_amount;currency;sales_rep\n")
        for n in range(1, count + 1):
            issue = FIRST + timedelta(days=n * 500 // count)
            bare, client = dice.randint(10_000, 900_000), dice.randint(1, 20_000)
            tax = (bare * 20 + 50) // 100
            amounts = ";".join(f"{cents // 100},{cents % 100:02d}" for cents in (bare + tax, bare, tax))
            who = f"CLIENT {client:05d} SARL;C{client:05d};compta{client}@client.example"
            days = f"{issue:%d/%m/%Y};{issue + timedelta(days=30):%d/%m/%Y}"
            file.write(f"FACT-{n:07d};Facture;{who};{days};Envoyée;{amounts};EUR;Rep {client % 20}\n")
    return path


def write_ofx(path: Path, count: int, *, is_xml: bool) -> Path:
    """A statement, in XML or in SGML without closing tags."""
    close = "</{}>" if is_xml else ""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200"?>' if is_xml else "OFXHEADER:100\nCHARSET:1252\n"
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{head}\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><BANKTRANLIST>\n")
        for n in range(count):
            day = FIRST + timedelta(days=n % 365)
            leaves = {
                "DTPOSTED": f"{day:%Y%m%d}",
                "TRNAMT": f"{n % 9000 + 1}.00",
                "FITID": f"ID{n}",
                "NAME": f"VIR CLIENT {n % 400}",
            }
            file.write(
                "<STMTTRN>" + "".join(f"<{tag}>{text}{close.format(tag)}\n" for tag, text in leaves.items()) + "</STMTTRN>\n"
            )
        file.write("</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n")
    return path


#: What a child does with a file: read it without a store, or give it to DuckDB's own reader.
_READ = (
    "import sys, pathlib; from pipelines.ingest.parts import Source; from pipelines.ingest.reading import read_file\n"
    "from models.errors import UnreadableFile\npath = pathlib.Path(sys.argv[1])\n"
    "try: read_file(Source(path.read_bytes(), path.name))\nexcept UnreadableFile: pass"
)
_DUCKDB = "import sys, duckdb; duckdb.execute('create table t as select * from read_csv(?)', [sys.argv[1]])"


def imports(folder: Path) -> None:
    """Large files, each read without a store; and lines of ten megabytes, which are refused."""
    million = write_canonical(folder / "million.csv", 1_000_000)
    timed("DuckDB's read_csv of 1,000,000 invoices into a table", [sys.executable, "-c", _DUCKDB, str(million)])
    timed("1,000,000 canonical invoices, read and validated", [sys.executable, "-c", _READ, str(million)])
    for is_xml in (False, True):
        path = write_ofx(folder / "large.ofx", 100_000, is_xml=is_xml)
        timed(f"100,000 movements of OFX in {'XML' if is_xml else 'SGML'}", [sys.executable, "-c", _READ, str(path)], runs=1)
    for mark in ("x", ";", '"', "<"):
        for suffix in (".csv", ".ofx", ".xml", ".qif", ".sta"):
            path = folder / f"endless{suffix}"
            path.write_text(mark * 10_485_760, encoding="utf-8")
            timed(f"10 MB of {mark} in {suffix}", [sys.executable, "-c", _READ, str(path)], runs=1)


def page_reruns(folder: Path) -> None:
    """Time the script of a page rerun on the sample company, page by page, without network or browser."""
    os.environ["ENCOURS_DB"] = str(folder / "sample.duckdb")
    from streamlit.testing.v1 import AppTest

    from models.store import Author, Store
    from pipelines.sample import LAST_DAY, run_sample

    with Store.open(folder / "sample.duckdb", create=True) as store:
        run_sample(store, author=Author("benchmark", LAST_DAY, datetime(2026, 6, 26, 12)))
    names = ("home", "receivables_page", "collections_page", "cash", "reconciliation", "client", "imports", "settings_page")
    for name in names:
        app = AppTest.from_function(_page, args=(name,), default_timeout=120)
        app.run()
        seconds = []
        for _ in range(7):
            start = time.perf_counter()
            app.run()
            seconds.append(time.perf_counter() - start)
        print(f"rerun of {name}: median {statistics.median(seconds) * 1000:.0f} ms (max {max(seconds) * 1000:.0f})")


def _page(name: str) -> None:
    from datetime import UTC, date, datetime
    from importlib import import_module

    import streamlit as st

    from models.texts import Texts
    from pages._ui.session import Session, keep, start

    store, ledger, author = start(today=date(2026, 6, 26), now=datetime(2026, 6, 26, 12, tzinfo=UTC))
    st.session_state.setdefault("language", "fr")
    keep(Session(store, ledger, author.today, author.today, Texts("fr"), author))
    import_module(f"pages.{name}").show()


def main() -> None:
    """Run it all."""
    encours = [sys.executable, "-m", "cli"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        invoices, bank = write_ledger(folder, 10_000)
        database = str(folder / "big.duckdb")
        timed("import of 10,000 invoices", [*encours, "--db", database, "import", str(invoices)], runs=1)
        timed("import of 10,000 bank lines", [*encours, "--db", database, "import", str(bank)], runs=1)
        timed("reconcile 10,000 x 10,000", [*encours, "--db", database, "reconcile"], runs=1)
        timed("kpis", [*encours, "--db", database, "kpis", "--as-of", "2026-05-31", "--json"])
        timed("worklist", [*encours, "--db", database, "worklist", "--as-of", "2026-05-31", "--json"], runs=3)
        timed("forecast", [*encours, "--db", database, "forecast", "--as-of", "2026-05-31", "--json"], runs=3)
        imports(folder)
        page_reruns(folder)  # last: a child's peak of memory is never less than this process's own


if __name__ == "__main__":
    main()
