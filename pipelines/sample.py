"""The sample company: its files imported and matched into a database of its own."""

import json
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import polars as pl

from models.dates import next_working_day
from models.store import Author, Store
from pipelines.decisions import set_settings
from pipelines.ledger import run_ledger, run_settings
from pipelines.marks import mark_reminded
from pipelines.paying import set_discount, set_supplier_iban
from pipelines.publishing.publish import run_import
from pipelines.receivables import open_items
from pipelines.reconcile.decide import allocate_many
from pipelines.reconcile.run import run_reconcile
from pipelines.reconcile.supplier_payments import pay_suppliers

SAMPLE_DIR = Path(__file__).resolve().parent.parent / "sample_data"
FILES = ("factures.csv", "achats.csv", "banque_courant.ofx", "banque_livret.csv")
LAST_DAY = date(2026, 6, 26)
LAST_MONTH = date(2026, 6, 1)
#: Debits up to that day have been given to the purchases that they paid; the later ones wait for the reader.
PURCHASES_MATCHED = date(2026, 6, 16)


def sample_settings() -> dict[str, str]:
    """The sample company's settings, its fingerprint included: another one means that the database is to be rebuilt."""
    company = json.loads((SAMPLE_DIR / "manifest.json").read_text("utf-8"))
    return {
        "company_name": company["company"]["name"],
        "company_address": company["company"]["address"],
        "company_siren": company["company"]["siren"],
        "company_email": company["company"]["email"],
        "company_phone": company["company"]["phone"],
        "signatory": "Claire Aubanel, gérante",
        "iban": company["accounts"]["current"]["iban"],
        "vat_basis": "receipts",  # an agency sells services
        "default_as_of": LAST_DAY.isoformat(),
        "sample": fingerprint(),
    }


def fingerprint() -> str:
    """The SHA-256 of the sample's files and of the tables' version."""
    content = b"".join((SAMPLE_DIR / name).read_bytes() for name in (*FILES, "manifest.json"))
    scripts = b"".join(path.read_bytes() for path in sorted((SAMPLE_DIR.parent / "models" / "sql").glob("*.sql")))
    return sha256(content + scripts).hexdigest()


def is_current(store: Store) -> bool:
    """Whether the database holds this very sample, as the demonstration must."""
    return run_settings(store).sample == fingerprint()


def run_sample(store: Store, *, author: Author) -> None:
    """Import the sample into an empty store, match it, and set the company up."""
    author = Author(author.name, LAST_DAY, author.at)
    set_settings(store, sample_settings(), author=author)
    for name in FILES:
        run_import(store, (SAMPLE_DIR / name).read_bytes(), name, author=author)
    run_reconcile(store, author=author)
    _confirm_past_months(store, author)
    _follow_suppliers(store, author)
    _record_reminders(store, author)


def _record_reminders(store: Store, author: Author) -> None:
    """The reminders that were sent so far: the later an invoice, the more of them, each on its working day."""
    late = open_items(run_ledger(store), as_of=LAST_DAY).filter(
        (pl.col("outstanding") > 0) & ~pl.col("is_disputed") & ~pl.col("is_unsent")
    )
    for step, offset, least in (("R1", 3, 15), ("R2", 7, 30), ("R3", 15, 60)):
        for document_id, number, due in (
            late.filter(pl.col("days_late") >= least).select("document_id", "number", "due_date").iter_rows()
        ):
            day = next_working_day(due + timedelta(days=offset))
            mark_reminded(store, [document_id], step, on=day, author=author, subject=number)


def _confirm_past_months(store: Store, author: Author) -> None:
    """What a person said, month after month, of the receipts that the rules left open: all of them but the last month's."""
    ledger = run_ledger(store)
    truth = json.loads((SAMPLE_DIR / "manifest.json").read_text("utf-8"))["allocations"]
    matched = ledger.claims.filter(pl.col("source") == "bank").select(line_id="source_id")
    waiting = ledger.lines.filter((pl.col("amount") > 0) & (pl.col("booking_date") < LAST_MONTH)).join(
        matched, on="line_id", how="anti"
    )
    parts = [
        (line_id, number, Decimal(amount))
        for line_id, bank_id in waiting.select("line_id", "bank_id").iter_rows()
        for number, amount in truth.get(bank_id, [])
    ]
    allocate_many(store, parts, author=author)
    run_reconcile(store, author=author)


def _follow_suppliers(store: Store, author: Author) -> None:
    """The suppliers' IBANs that the company has, the debits that paid its purchases, and the discount that it was offered."""
    truth = json.loads((SAMPLE_DIR / "manifest.json").read_text("utf-8"))
    paid = run_ledger(store).lines.filter(pl.col("booking_date") < PURCHASES_MATCHED).select("line_id", "bank_id").iter_rows()
    payments = truth["supplier_payments"]
    pay_suppliers(store, [(line_id, payments[bank_id]) for line_id, bank_id in paid if bank_id in payments], author=author)
    for code, iban in truth["supplier_ibans"].items():
        set_supplier_iban(store, code, iban, author=author)
    offered = truth["discount"]
    set_discount(store, offered["invoice"], Decimal(offered["percent"]), date.fromisoformat(offered["until"]), author=author)
