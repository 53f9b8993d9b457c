"""The tables of a closed year's archive: what was owed, issued, received, given, decided and said, as rows of plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

import polars as pl

from models.dates import month_end
from models.settings import Settings
from models.store import Store
from pipelines.accounting.entries import Kept
from pipelines.accounting.sent import run_kept
from pipelines.ageing import aged
from pipelines.ledger import Ledger, run_ledger
from pipelines.papers.account import movements
from pipelines.papers.numbering import audit
from pipelines.papers.vat_on_receipts import vat_rows
from pipelines.parties import only_clients, with_plain_names
from pipelines.receivables import open_credits, open_items, outstanding, sales_documents
from pipelines.reconcile.listing import listed_allocations
from pipelines.rollforward import rollforward

#: Settings that say where mail leaves, which is no fact of the year.
_NOT_KEPT = ("smtp_host", "smtp_port", "smtp_user")


@dataclass(frozen=True)
class Year:
    """A financial year, and the facts from which its archive is made.

    Attributes:
        changes: the history of the database, undone changes too.
        kept: codes that left with exports.
        today: the day on which it is archived.
    """

    ledger: Ledger
    changes: pl.DataFrame
    kept: Kept
    start: date
    to: date
    today: date

    @property
    def currency(self) -> str:
        """The company's currency."""
        return self.ledger.settings.currency

    def during(self, frame: pl.DataFrame, column: str) -> pl.DataFrame:
        """The rows that are dated within the year."""
        return frame.filter(pl.col(column).is_between(self.start, self.to))


def year_of(year: int, settings: Settings) -> tuple[date, date]:
    """The first and the last day of the financial year that ends in that year."""
    last = date(year, settings.year_end_month, 1)
    return month_end(last.replace(year=year - 1)) + timedelta(days=1), month_end(last)


def run_year(store: Store, *, start: date, to: date, today: date) -> Year:
    """The facts of a year, archived `today`."""
    return Year(run_ledger(store), store.changes(), run_kept(store), start, to, today)


def year_tables(year: Year) -> Mapping[str, pl.DataFrame]:
    """The tables by the name of their file."""
    ledger = _plainly_named(year.ledger)
    invoices, notes = _documents(replace(year, ledger=ledger))
    sales = pl.concat([invoices.select("document_id"), notes.select("document_id")])
    allocations = listed_allocations(ledger, as_of=year.to).join(sales, on="document_id", how="semi", maintain_order="left")
    tables = {
        "invoices": invoices,
        "credit_notes": notes,
        "bank_lines": year.during(ledger.lines, "booking_date").drop("counterparty_iban", "format"),
        "allocations": allocations.select(
            "claim_id", "source", "source_id", "document_id", "invoice_number", "client_id", "date", "counts_from", "reversed_on",
            "amount", "currency", "rule", "by", "reason",
        ),
        "receipts": year.during(ledger.receipts, "date"),
        "refunds": year.during(ledger.refunds, "date").drop("by_person"),
        "open_credits": open_credits(ledger, as_of=year.to),
        "accounts": year.during(movements(ledger, to=year.to, currency=year.currency), "date"),
        "aged_balance": aged(ledger, as_of=year.to),
        "rollforward": rollforward(ledger, start=year.start, to=year.to, by="client"),
        "vat_on_receipts": vat_rows(ledger, as_of=year.to, currency=year.currency, start=year.start),
        "numbering": audit(ledger, as_of=year.to).findings,
        "marks": year.during(ledger.marks, "on_date"),
        "notes": year.during(ledger.notes, "on_date"),
        "plans": year.during(ledger.plans, "on_date"),
        "plan_invoices": ledger.plan_invoices.join(year.during(ledger.plans, "on_date"), on="plan_id", how="semi"),
        "provisions": year.during(ledger.provisions, "on_date"),
        "period_locks": ledger.period_locks,
        "reminders": year.during(ledger.reminders, "on_date"),
        "reminder_events": year.during(ledger.reminder_events, "on_date"),
        "settings": _settings(ledger.settings),
        "history": year.changes,
    }  # fmt: skip
    return {"clients": _clients(year, tables), **tables}


def _plainly_named(ledger: Ledger) -> Ledger:
    """The ledger with clients of one name not told apart by it: their ids do that, and stay when another of that name comes."""
    unmarked = ledger.clients.with_columns(pl.lit(None, pl.String).alias(name) for name in ("code", "siren"))
    return replace(ledger, clients=unmarked, documents=with_plain_names(ledger.documents, unmarked))


def _clients(year: Year, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Those of whom the other tables speak: who came later is none of the year's."""
    spoken = pl.concat(frame.select("client_id") for frame in tables.values() if "client_id" in frame.columns)
    clients = only_clients(year.ledger.clients, year.ledger.documents)
    return clients.join(spoken, on="client_id", how="semi").sort("client_id")


def _documents(year: Year) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Invoices and credit notes issued in the year or open on its eve, with what was open on both days."""
    ledger, eve = year.ledger, year.start - timedelta(days=1)
    before = outstanding(ledger.documents, ledger.allocations, as_of=eve).select("document_id", outstanding_before="outstanding")
    tax = ledger.documents.select("document_id", "amount_excl_tax", "vat_amount")
    columns = [
        "document_id", "number", "kind", "client_id", "client", "issue_date", "due_date", "amount", "amount_excl_tax",
        "vat_amount",
    ]  # fmt: skip
    last = ["status", "is_disputed", "currency", "sales_rep", "category", "order_reference"]
    is_new = pl.col("issue_date") >= year.start
    items = (
        open_items(ledger, as_of=year.to)
        .join(before, on="document_id", how="left", validate="1:1")
        .join(tax, on="document_id", how="left", validate="1:1")
        .filter(is_new | (pl.col("outstanding_before") > 0))
        .select(*columns, "outstanding_before", "outstanding", "days_late", "is_doubtful", *last)
    )
    free = open_credits(ledger, as_of=eve).select(document_id="credit_id", open_before="remaining")
    notes = (
        sales_documents(ledger, as_of=year.to)
        .filter(pl.col("kind") == "credit_note")
        .join(free.unique("document_id"), on="document_id", how="left", validate="1:1")
        .join(tax, on="document_id", how="left", validate="1:1")
        .filter(is_new | (pl.col("open_before") > 0))
        .select(*columns, "open_before", "open_credit", *last)
    )
    order = ["issue_date", "number", "document_id"]
    return items.sort(order), notes.sort(order)


def _settings(settings: Settings) -> pl.DataFrame:
    names = [field.name for field in fields(settings) if field.name not in _NOT_KEPT]
    values = ["" if getattr(settings, name) is None else str(getattr(settings, name)) for name in names]
    return pl.DataFrame({"key": names, "value": values}, schema={"key": pl.String, "value": pl.String})
