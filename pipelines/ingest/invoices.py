"""The canonical invoice file: one row per invoice, credit note or deposit invoice.

The columns and their names are those of docs/import.md; headers.toml lists the names, words.toml the words of cells.
"""

import polars as pl
from stdnum.fr import siren as siren_number

from models.money import MONEY, ZERO
from models.rows import INVOICE_ROWS
from models.tables import conform
from pipelines.ingest.columns import Columns
from pipelines.ingest.findings import Findings
from pipelines.ingest.headers import is_weak
from pipelines.ingest.parts import Parts
from pipelines.ingest.profiles import Profile
from pipelines.ingest.rows import Cells
from pipelines.ingest.text import fold

_TOTAL = r"(?i)^(?:sous[- ]?|grand )?tota(?:l|ux)\b"
_MAX_EMAIL = 254
_MAX_LOCAL_PART = 64
#: One ASCII addr-spec with a dotted domain, and nothing else (RFC 5321 without quoted local parts and without %).
_ATOM = r"[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+"
_DOMAIN_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_EMAIL = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_DOMAIN_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])$"
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
    documents = _documents(columns)
    documents = _with_amounts(documents, columns)
    _check_rows(documents, columns)
    findings = columns.findings
    for broken in (cells.broken, _ragged(cells)):
        findings.add(broken)
    _check_totals(everything, totals, documents, findings)
    if is_weak(columns.headers.get("amount_incl_tax", ""), "amount_incl_tax", "invoices"):
        findings.warn("amount_assumed_incl_tax", column="amount_incl_tax", value=columns.headers["amount_incl_tax"])
    if len({order for order in columns.orders.values() if order in {"dmy", "mdy"}}) > 1:
        findings.warn(
            "date_orders_differ",
            value=", ".join(columns.headers[name] for name, order in columns.orders.items() if order == "mdy"),
        )
    good = (
        documents.filter(~pl.col("line").is_in(findings.rejected_lines.implode())) if findings.rejected_lines.len() else documents
    )
    order = columns.orders.get("issue_date")
    return Parts(
        kind="invoices",
        format="csv",
        profile=profile.code if profile else "canonical",
        documents=conform(good, INVOICE_ROWS),
        rejected=findings.rejected,
        rejected_rows=findings.rejected_lines.len(),
        warnings=findings.warnings,
        date_order=order,
        decimal=columns.decimal(),
    )


def _ragged(cells: Cells) -> pl.DataFrame:
    """Problems of the rows of another width, but for footers that begin with "Total"."""
    return cells.ragged.filter(~pl.col("text").str.strip_chars(' ;,|\t"').str.contains(_TOTAL)).select(
        "line", column=pl.lit(None, pl.String), value=pl.col("text").str.slice(0, 200), code=pl.lit("ragged_row")
    )


def _is_total(columns: Columns) -> pl.Series:
    """Footer rows: they begin with "Total" and have no date."""
    is_undated = columns.raw("issue_date").is_null()
    if not is_undated.any():
        return is_undated
    return is_undated & columns.first_cells().str.contains(_TOTAL).fill_null(value=False)


def _documents(columns: Columns) -> pl.DataFrame:
    """Everything of a document but its amounts."""
    findings = columns.findings
    number, name, code = (columns.text(column) for column in ("invoice_number", "client_name", "client_code"))
    issue_date = columns.dates("issue_date")
    findings.reject_where(number.is_null(), "missing_number", "invoice_number")
    findings.reject_where(
        name.is_null() & code.is_null(), "missing_client", "client_name" if "client_name" in columns else "client_code"
    )
    findings.reject_where(columns.raw("issue_date").is_null(), "missing_date", "issue_date")
    findings.warn_where(name.str.contains(_MIXED_SCRIPTS), "mixed_scripts", "client_name", name)
    kind, is_no_invoice = _kinds(columns)
    status = columns.meanings(columns.text("status"), "status")
    return pl.DataFrame(
        {
            "line": columns.lines,
            "number": number,
            "kind": kind,
            "client_name": name,
            "client_code": code,
            "client_email": _emails(columns),
            "client_phone": columns.text("client_phone"),
            "client_address": columns.text("client_address"),
            "client_siren": _sirens(columns),
            "client_language": columns.meaning("client_language", "client_language", "unknown_language"),
            "client_type": columns.meaning("client_type", "client_type", "unknown_client_type"),
            "issue_date": issue_date,
            "due_date": columns.dates("due_date"),
            "sent_date": columns.dates("sent_date"),
            "status": status.set(is_no_invoice, "draft"),
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
    """Kinds, invoice where the cell is empty, and which rows are quotes or orders: drafts, whatever their status."""
    kind = columns.meaning("kind", "kind", "unknown_kind", rejects=True)
    is_no_invoice = (kind == "draft").fill_null(value=False)
    return kind.set(is_no_invoice, "invoice").fill_null("invoice"), is_no_invoice


def _emails(columns: Columns) -> pl.Series:
    """Addresses that can be written to; others are kept out, with a warning."""
    address = columns.text("client_email")
    is_good = (
        address.str.contains(_EMAIL)
        & (address.str.len_bytes() <= _MAX_EMAIL)
        & (address.str.extract(r"^([^@]*)").str.len_bytes() <= _MAX_LOCAL_PART)
    ).fill_null(value=False)
    columns.findings.warn_where(address.is_not_null() & ~is_good, "invalid_email", "client_email", address)
    return address.set(~is_good, None)


def _sirens(columns: Columns) -> pl.Series:
    """Nine digits with a right check digit, also out of a SIRET or a French VAT number; others are kept out."""
    written = columns.text("client_siren")
    digits = written.str.replace_all(r"[\s.]", "").str.extract(r"^(?:FR[0-9A-Z]{2})?([0-9]{9})(?:[0-9]{5})?$")
    valid = [text for text in digits.unique().drop_nulls().to_list() if siren_number.is_valid(text)]
    is_good = digits.is_in(valid).fill_null(value=False)
    columns.findings.warn_where(written.is_not_null() & ~is_good, "invalid_siren", "client_siren", written)
    return digits.set(~is_good, None)


def _with_amounts(documents: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Amounts as stored: positive, a negative invoice being a credit note, deposits taken off a final invoice."""
    currencies = columns.or_company_currency(documents["currency"])
    names = ("amount_incl_tax", "amount_excl_tax", "vat_amount", "deposit_amount", "paid_amount", "amount_due")
    documents = documents.with_columns(**{name: columns.amounts(name, currencies) for name in names})
    built = pl.col("amount_excl_tax") + pl.col("vat_amount")
    amount = pl.coalesce("amount_incl_tax", built.cast(MONEY))
    is_negative = amount < 0
    signed = documents.with_columns(
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
    asked = signed.with_columns(
        expected_gap=pl.when(is_full).then(ZERO).otherwise(deposit).cast(MONEY),
        amount_incl_tax=(pl.col("written").abs() - taken_off).cast(MONEY),
    )
    _check_amounts(asked, columns)
    return asked


def _check_amounts(documents: pl.DataFrame, columns: Columns) -> None:
    findings = columns.findings
    column = "amount_incl_tax" if "amount_incl_tax" in columns else "amount_excl_tax"
    written = columns.raw(column)
    unread = pl.DataFrame({name: columns.raw(name) for name in ("amount_incl_tax", "amount_excl_tax", "vat_amount")})
    is_blank = unread.select(
        pl.col("amount_incl_tax").is_null() & (pl.col("amount_excl_tax").is_null() | pl.col("vat_amount").is_null())
    ).to_series()
    findings.reject_where(is_blank, "missing_amount", column)
    amount, gap = documents["amount_incl_tax"], documents["gap"]
    findings.reject_where(amount < 0, "deposit_above_amount", "deposit_amount", columns.raw("deposit_amount"))
    findings.warn_where(amount == 0, "zero_amount", column, written)
    findings.warn_where(gap.is_not_null() & (gap != documents["expected_gap"]), "amounts_differ", column, written)


def _check_rows(documents: pl.DataFrame, columns: Columns) -> None:
    """What two dates of a row say of each other."""
    due = documents["due_date"]
    latest = documents["issue_date"].dt.offset_by(_LONGEST_TERM)
    columns.findings.reject_where(due > latest, "due_date_too_far", "due_date", columns.raw("due_date"))
    columns.findings.warn_where(due < documents["issue_date"], "due_before_issue", "due_date", columns.raw("due_date"))


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
