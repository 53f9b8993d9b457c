"""What no file says: an invoice typed in, and the open items or balances taken over from another tool.

All of it becomes a canonical invoice file, so that it is checked, kept, undone and rebuilt like any other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

import polars as pl

from models.errors import UnreadableFile
from models.store import Author, Store
from pipelines.decisions import set_settings
from pipelines.ingest.tables.opening_balances import opening_invoices
from pipelines.ledger import run_settings
from pipelines.publishing.publish import run_import
from pipelines.publishing.report import ImportReport

#: Columns of the canonical file that a form fills in.
TYPED = (
    "invoice_number", "kind", "client_name", "client_code", "client_email", "client_siren", "client_type", "issue_date",
    "due_date", "amount_incl_tax", "amount_excl_tax", "vat_amount", "currency", "linked_invoice", "order_reference", "category",
)  # fmt: skip


def run_typed_invoice(
    store: Store, typed: Mapping[str, str], *, author: Author, direction: str = "sale", dry_run: bool = False
) -> ImportReport:
    """Import an invoice that a person typed: its canonical columns as text, as they would stand in a file.

    Args:
        store: the database.
        typed: canonical column (TYPED) -> text.
        author: who types.
        direction: sale, or purchase for a supplier invoice.
        dry_run: report only.
    """
    filled = {name: typed[name].strip() for name in TYPED if typed.get(name, "").strip()}
    name = f"{filled.get('invoice_number', '')} ({author.today:%Y-%m-%d})".strip()
    kind = "purchases" if direction == "purchase" else "invoices"
    return run_import(store, canonical_file([filled]), name, author=author, kind=kind, profile="canonical", dry_run=dry_run)


def canonical_file(rows: Iterable[Mapping[str, str]]) -> bytes:
    """A canonical invoice file of these rows, one column per name that any of them has."""
    listed = list(rows)
    names = [name for name in TYPED if any(name in row for row in listed)]
    frame = pl.DataFrame([{name: row.get(name, "") for name in names} for row in listed], schema=dict.fromkeys(names, pl.String))
    return frame.write_csv(separator=";", quote_style="necessary").encode()


def run_takeover(
    store: Store,
    content: bytes,
    name: str,
    *,
    on: date,
    author: Author,
    are_balances: bool = False,
    dry_run: bool = False,
) -> ImportReport:
    """Take over from another tool at the end of `on`: open invoices, or one balance per client.

    What was paid before is not there, so data is complete from the next day on: the setting `history_from` says so, and
    the figures that need a past warn of it.

    Args:
        store: the database.
        content: an invoice file of the items that were open, or a file of client and balance.
        name: its name.
        on: the day of the take-over.
        author: who decides.
        are_balances: the file has one balance per client; the report calls them so, although they are kept as invoices.
        dry_run: report only, nothing is stored.
    """
    if are_balances:
        try:
            content = opening_invoices(content, name, on=on, currency=run_settings(store).currency)
        except UnreadableFile as error:
            return ImportReport(file=name, refused=error)
    profile = "canonical" if are_balances else None
    report = run_import(store, content, name, author=author, kind="invoices", profile=profile, dry_run=dry_run)
    if report.change_id is not None and report.inserted + report.updated:
        set_settings(store, {"history_from": date.fromordinal(on.toordinal() + 1).isoformat()}, author=author)
    return replace(report, kind="balances") if are_balances and report.refused is None else report
