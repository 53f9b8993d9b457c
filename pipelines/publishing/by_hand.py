"""What no file says: an invoice typed in, and the open items or balances taken over from another tool.

All of it becomes a canonical invoice file, so that it is checked, kept, undone and rebuilt like any other.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import islice

import polars as pl

from models.errors import UnreadableFile
from models.ids import fold
from models.money import MONEY
from models.store import Author, Store
from pipelines.decisions import set_settings
from pipelines.ingest.refusals import refuse
from pipelines.ingest.tables.columns import Columns
from pipelines.ingest.tables.headers import fold_header
from pipelines.ingest.tables.rows import Cells, logical_rows, read_cells
from pipelines.ingest.text import decode, unify_line_ends
from pipelines.publishing.publish import run_import
from pipelines.publishing.report import ImportReport

#: Columns of the canonical file that a form fills in.
TYPED = (
    "invoice_number", "kind", "client_name", "client_code", "client_email", "client_siren", "client_type", "issue_date",
    "due_date", "amount_incl_tax", "amount_excl_tax", "vat_amount", "currency", "linked_invoice", "order_reference", "category",
)  # fmt: skip
_PREFIX = "REPRISE-"
_HEAD_ROWS = 30
_WORDS = {
    "client_name": {"client", "nomclient", "raisonsociale", "clientname", "customer", "nom", "tiers", "intitule", "libelle"},
    "client_code": {"codeclient", "clientcode", "code", "compteauxiliaire", "compte", "numeroclient"},
    "amount": {"solde", "soldedu", "balance", "montant", "encours", "restedu", "amount", "soldeclient"},
}


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


def read_balances(content: bytes, name: str, *, currency: str = "EUR") -> pl.DataFrame:
    """The clients' balances of a file with a client (name or code) and an amount per row.

    Returns:
        client_name, client_code, amount (positive: the client owes), one row per client of the file.

    Raises:
        UnreadableFile: its columns are not these, or a row cannot be read, with its line.
    """
    text, _ = decode(content, name)
    cells, header, positions = _balance_table(unify_line_ends(text), name)
    columns = Columns(cells, positions, header, currency)
    amounts = columns.amounts("amount", pl.Series([currency]).new_from_index(0, columns.lines.len()))
    rows = pl.DataFrame(
        {"client_name": columns.text("client_name"), "client_code": columns.text("client_code"), "amount": amounts}
    ).with_columns(columns.lines)
    is_total = pl.coalesce("client_name", "client_code").fill_null("total").str.contains(r"(?i)^(?:sous[- ]?)?tota(?:l|ux)\b")
    rows = rows.filter(~is_total)
    wrong = rows.filter(pl.col("amount").is_null())
    bad = [*wrong["line"].to_list(), *cells.ragged["line"].to_list(), *cells.broken["line"].to_list()]
    if bad:
        raise refuse("bad_balances", name=name, line=min(bad))
    return rows.drop("line")


def _balance_table(text: str, name: str) -> tuple[Cells, list[str], dict[str, tuple[int, ...]]]:
    """The rows below the first row that names a client and a balance, whatever the separator."""
    for separator in (";", ",", "\t"):
        for _, header, end in islice(logical_rows(text, separator, name), _HEAD_ROWS):
            folded = [fold_header(cell) for cell in header or []]
            found = {column: next((i for i, key in enumerate(folded) if key in words), None) for column, words in _WORDS.items()}
            positions: dict[str, tuple[int, ...]] = {column: (at,) for column, at in found.items() if at is not None}
            if header and "amount" in positions and len(positions) > 1:
                return read_cells(text, end, 1 + text.count("\n", 0, end), separator, header, name), header, positions
    raise refuse("no_balances", name=name)


def opening_rows(balances: pl.DataFrame, *, on: date) -> list[dict[str, str]]:
    """Canonical rows of the clients' balances at the end of `on`: one invoice per client, a credit note where it is in credit.

    Their due date is left to the terms, counted from the take-over: a balance does not say how old it is.
    """
    kept = balances.filter(pl.col("amount") != 0)
    return [
        {
            "invoice_number": _PREFIX + (fold(row["client_code"] or row["client_name"]).replace(" ", "-").upper()),
            "kind": "invoice" if row["amount"] > 0 else "credit_note",
            **{name: row[name] for name in ("client_name", "client_code") if row[name]},
            "issue_date": on.isoformat(),
            "amount_incl_tax": str(abs(row["amount"])),
        }
        for row in kept.with_columns(pl.col("amount").cast(MONEY)).to_dicts()
    ]


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
        are_balances: the file has one balance per client.
        dry_run: report only, nothing is stored.
    """
    if are_balances:
        try:
            content = canonical_file(opening_rows(read_balances(content, name), on=on))
        except UnreadableFile as error:
            return ImportReport(file=name, refused=error)
    profile = "canonical" if are_balances else None
    report = run_import(store, content, name, author=author, kind="invoices", profile=profile, dry_run=dry_run)
    if report.change_id is not None:
        set_settings(store, {"history_from": date.fromordinal(on.toordinal() + 1).isoformat()}, author=author)
    return report
