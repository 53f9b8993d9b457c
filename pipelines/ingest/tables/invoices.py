"""The canonical invoice file: one row per invoice, credit note or deposit invoice.

The columns and their names are those of docs/import.md; headers.toml lists the names, words.toml the words of cells.
A profile says otherwise for its program, also that a file has one row per line of an invoice (line_items).
"""

from dataclasses import replace

import polars as pl

from models.money import MONEY, ZERO
from models.rows import INVOICE_ROWS
from models.tables import conform
from pipelines.ingest.findings import Findings
from pipelines.ingest.parts import Parts
from pipelines.ingest.profiles import Profile
from pipelines.ingest.tables.columns import Columns
from pipelines.ingest.tables.contacts import emails, sirens
from pipelines.ingest.tables.headers import is_weak
from pipelines.ingest.tables.line_items import AMOUNTS, Verdict, by_invoice, settle
from pipelines.ingest.tables.rows import Cells
from pipelines.ingest.text import fold

#: Words of a header whose column names suppliers: the file is one of purchases.
_SUPPLIER_WORDS = ("fournisseur", "supplier", "vendor")

_TOTAL = r"(?i)^(?:sous[- ]?|grand )?tota(?:l|ux)\b"
_LONGEST_TERM = "5y"
_MIXED_SCRIPTS = r"\p{Latin}.*[\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}].*\p{Latin}"


def read_invoices(
    cells: Cells, positions: dict[str, tuple[int, ...]], header: list[str], *, currency: str, profile: Profile | None = None
) -> Parts:
    """Documents and problems of the rows below a canonical header.

    Args:
        cells: the rows.
        positions: canonical column -> where it stands.
        header: header cells as written.
        currency: the company's, which amounts of rows without a currency may carry.
        profile: of the program that wrote the file; None for the canonical layout.
    """
    everything = Columns(cells, positions, header, currency, profile)
    totals = _is_total(everything)
    columns = everything.without(totals)
    rows = _with_amounts(_rows(columns, profile), columns)
    unread = pl.concat([cells.broken, _ragged(cells)])
    if profile is not None and profile.is_per_line:
        invoices = by_invoice(rows, columns, profile.sums)
        documents = _checked(invoices.documents, invoices.columns)
        verdict = settle(replace(invoices, documents=documents), columns.findings, unread, cells.ragged)
    else:
        documents = _checked(rows, columns)
        columns.findings.add(unread)
        bad = columns.findings.rejected_lines
        good = documents.filter(~pl.col("line").is_in(bad.implode())) if bad.len() else documents
        verdict = Verdict(good, columns.findings.rejected, columns.findings.warnings)
    about = Findings(columns.lines, columns.headers)
    _check_file(everything, totals, documents, about, profile)
    return Parts(
        kind="invoices",
        format="csv",
        profile=profile.code if profile else "canonical",
        documents=conform(verdict.good, INVOICE_ROWS),
        rejected=verdict.rejected,
        rejected_rows=verdict.rejected["line"].n_unique(),
        warnings=pl.concat([verdict.warnings, about.warnings]).sort("line", nulls_last=True, maintain_order=True),
        date_order=columns.orders.get("issue_date"),
        decimal=columns.decimal(),
        mixes_decimals=columns.mixes_decimals(),
    )


def _check_file(
    everything: Columns, totals: pl.Series, documents: pl.DataFrame, findings: Findings, profile: Profile | None
) -> None:
    """Warnings about the file as a whole."""
    columns = everything
    _check_totals(everything, totals, documents, findings)
    if (profile is None or not profile.columns) and is_weak(
        columns.headers.get("amount_incl_tax", ""), "amount_incl_tax", "invoices"
    ):
        findings.warn("amount_assumed_incl_tax", column="amount_incl_tax", value=columns.headers["amount_incl_tax"])
    if len({order for order in columns.orders.values() if order in {"dmy", "mdy"}}) > 1:
        findings.warn(
            "date_orders_differ",
            value=", ".join(columns.headers[name] for name, order in columns.orders.items() if order == "mdy"),
        )


def _ragged(cells: Cells) -> pl.DataFrame:
    """Problems of the rows of another width, but for footers that begin with "Total"."""
    return cells.ragged.filter(~pl.col("text").str.strip_chars(' ;,|\t"').str.contains(_TOTAL)).select(
        "line", column=pl.lit(None, pl.String), value=pl.col("text").str.slice(0, 200), code=pl.lit("ragged_row")
    )


def _is_total(columns: Columns) -> pl.Series:
    """Footer rows: they begin with "Total" and have no date, or that word in its place."""
    written = columns.raw("issue_date")
    is_undated = written.is_null() | written.str.contains(_TOTAL)
    if not is_undated.any():
        return is_undated
    return is_undated & columns.first_cells().str.contains(_TOTAL).fill_null(value=False)


def _rows(columns: Columns, profile: Profile | None) -> pl.DataFrame:
    """Everything that a row says but its amounts. A draft or a cancelled row may lack anything: it is no document."""
    findings = columns.findings
    number, name, code = (columns.text(column) for column in ("invoice_number", "client_name", "client_code"))
    kind, status = _kinds(columns)
    counts = ~status.is_in(["draft", "cancelled"]).fill_null(value=False)
    issue_date = columns.dates("issue_date")
    findings.reject_where(number.is_null() & counts, "missing_number", "invoice_number")
    findings.reject_where(
        name.is_null() & code.is_null() & counts, "missing_client", "client_name" if "client_name" in columns else "client_code"
    )
    findings.reject_where(columns.raw("issue_date").is_null() & counts, "missing_date", "issue_date")
    findings.warn_where(name.str.contains(_MIXED_SCRIPTS), "mixed_scripts", "client_name", name)
    return pl.DataFrame(
        {
            "direction": _directions(columns, profile),
            "line": columns.lines,
            "number": number,
            "kind": kind,
            "client_name": name,
            "client_code": code,
            "client_email": emails(columns),
            "client_phone": columns.text("client_phone"),
            "client_address": columns.text("client_address"),
            "client_siren": sirens(columns),
            "client_language": columns.meaning("client_language", "client_language", "unknown_language"),
            "client_type": columns.meaning("client_type", "client_type", "unknown_client_type"),
            "issue_date": issue_date,
            "due_date": columns.dates("due_date"),
            "sent_date": columns.dates("sent_date"),
            "status": status,
            "currency": columns.currencies(),
            "linked_invoice": columns.text("linked_invoice"),
            "paid_date": columns.dates("paid_date"),
            "sales_rep": columns.text("sales_rep"),
            "category": columns.text("category"),
            "is_disputed": columns.meaning("disputed", "disputed", "unknown_dispute") == "yes",
            "order_reference": columns.text("order_reference"),
        }
    )


def _kinds(columns: Columns) -> tuple[pl.Series, pl.Series]:
    """Kinds, invoice where the cell is empty, and statuses: quotes and orders are drafts, whatever their status.

    Some programs give the state of the payment in a column of its own; draft and cancelled win over it.
    """
    kind = columns.meaning("kind", "kind", "unknown_kind", rejects=True)
    is_no_invoice = (kind == "draft").fill_null(value=False)
    status = columns.meanings(columns.text("status"), "status")
    if "payment_status" in columns:
        payment = columns.meanings(columns.text("payment_status"), "status")
        status = status.zip_with(status.is_in(["draft", "cancelled"]).fill_null(value=False) | payment.is_null(), payment)
    return kind.set(is_no_invoice, "invoice").fill_null("invoice"), status.set(is_no_invoice, "draft")


def _directions(columns: Columns, profile: Profile | None) -> pl.Series:
    """Sale or purchase where the program's words, its profile or a column of suppliers tell, else null."""
    named = [fold(columns.headers[name]) for name in ("client_name", "client_code") if name in columns.headers]
    is_of_suppliers = profile is None and any(word in name for name in named for word in _SUPPLIER_WORDS)
    if is_of_suppliers or (profile is not None and profile.kind == "purchases"):
        return pl.Series(["purchase"], dtype=pl.String).new_from_index(0, columns.lines.len())
    return columns.meanings(columns.text("direction"), "trade")


def _with_amounts(rows: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Add the amounts as written, and `has_amount`: the row writes an amount, readable or not."""
    currencies = columns.or_company_currency(rows["currency"])
    raw = {name: columns.raw(name) for name in ("amount_incl_tax", "amount_excl_tax", "vat_amount")}
    has_amount = raw["amount_incl_tax"].is_not_null() | (raw["amount_excl_tax"].is_not_null() & raw["vat_amount"].is_not_null())
    return rows.with_columns(has_amount=has_amount, **{name: columns.amounts(name, currencies) for name in AMOUNTS})


def _checked(rows: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Documents with amounts as stored, and their problems noted in the findings of `columns`."""
    documents = _signed(rows)
    _check_amounts(documents, columns)
    _check_dates(documents, columns)
    _check_payments(documents, columns)
    return documents


def _signed(rows: pl.DataFrame) -> pl.DataFrame:
    """Amounts as stored: positive, a negative invoice being a credit note, deposits taken off a final invoice."""
    built = pl.col("amount_excl_tax") + pl.col("vat_amount")
    amount = pl.coalesce("amount_incl_tax", built.cast(MONEY))
    is_negative = amount < 0
    signed = rows.with_columns(
        is_negative=is_negative.fill_null(value=False),
        written=amount,
        gap=(built - pl.col("amount_incl_tax")).abs().cast(MONEY),
        kind=pl.when(is_negative).then(pl.lit("credit_note")).otherwise("kind"),
    ).with_columns(
        pl.col("amount_excl_tax", "vat_amount", "deposit_amount").abs(),
        pl.when("is_negative").then(-pl.col("paid_amount")).otherwise("paid_amount").cast(MONEY).alias("paid_amount"),
        pl.when("is_negative").then(-pl.col("amount_due")).otherwise("amount_due").cast(MONEY).alias("amount_due"),
    )
    deposit = pl.when(pl.col("kind") == "invoice").then(pl.col("deposit_amount").fill_null(ZERO)).otherwise(ZERO).cast(MONEY)
    # HT + TVA above TTC by the deposit: TTC is already what is left to ask for; equal to TTC: it is the full amount.
    is_full = pl.col("amount_incl_tax").is_null() | (pl.col("gap") < (pl.col("gap") - deposit).abs())
    taken_off = pl.when(is_full).then(deposit).otherwise(ZERO)
    return signed.with_columns(
        expected_gap=pl.when(is_full).then(ZERO).otherwise(deposit).cast(MONEY),
        amount_incl_tax=(pl.col("written").abs() - taken_off).cast(MONEY),
    )


def _check_amounts(documents: pl.DataFrame, columns: Columns) -> None:
    findings = columns.findings
    column = "amount_incl_tax" if "amount_incl_tax" in columns else "amount_excl_tax"
    written = columns.raw(column)
    counts = ~documents["status"].is_in(["draft", "cancelled"]).fill_null(value=False)
    findings.reject_where(~documents["has_amount"] & counts, "missing_amount", column)
    amount, gap = documents["amount_incl_tax"], documents["gap"]
    findings.reject_where(amount < 0, "deposit_above_amount", "deposit_amount", columns.raw("deposit_amount"))
    findings.warn_where((amount == 0) & counts, "zero_amount", column, written)
    findings.warn_where(gap.is_not_null() & (gap != documents["expected_gap"]), "amounts_differ", column, written)


def _check_dates(documents: pl.DataFrame, columns: Columns) -> None:
    """What two dates of a document say of each other."""
    due = documents["due_date"]
    latest = documents["issue_date"].dt.offset_by(_LONGEST_TERM)
    columns.findings.reject_where(due > latest, "due_date_too_far", "due_date", columns.raw("due_date"))
    columns.findings.warn_where(due < documents["issue_date"], "due_before_issue", "due_date", columns.raw("due_date"))


def _check_payments(documents: pl.DataFrame, columns: Columns) -> None:
    """What a payment and its invoice say of each other; a credit note is not paid."""
    findings = columns.findings
    amount, paid, due = (documents[name] for name in ("amount_incl_tax", "paid_amount", "amount_due"))
    is_owed = documents["kind"] != "credit_note"
    findings.warn_where(is_owed & (paid > amount), "paid_above_amount", "paid_amount", columns.raw("paid_amount"))
    findings.warn_where(is_owed & paid.is_null() & (due < 0), "paid_above_amount", "amount_due", columns.raw("amount_due"))
    is_early = is_owed & (documents["paid_date"] < documents["issue_date"])
    findings.warn_where(is_early, "paid_before_issue", "paid_date", columns.raw("paid_date"))


def _check_totals(everything: Columns, totals: pl.Series, documents: pl.DataFrame, findings: Findings) -> None:
    """A footer's sum against the rows; the footer itself is no row of the report."""
    if not totals.any():
        return
    footer = everything.without(~totals)
    stated = footer.amounts("amount_incl_tax", footer.or_company_currency(footer.raw("currency").cast(pl.String)))
    found = documents["written"].sum()
    written = footer.raw("amount_incl_tax")
    labels = [fold(text) for text in footer.first_cells().to_list()]
    for line, label, text, amount in zip(footer.lines, labels, written, stated, strict=True):
        if amount is not None and not label.startswith("sous") and amount != found:
            findings.warn("total_differs", line=line, column="amount_incl_tax", value=text)
