"""A clients file: one row per client, with how to reach it and how it pays."""

import polars as pl

from models.rows import CLIENT_ROWS, PROBLEMS
from models.tables import conform
from pipelines.ingest.parts import Parts
from pipelines.ingest.profiles import Profile
from pipelines.ingest.tables.columns import Columns
from pipelines.ingest.tables.contacts import emails, sirens
from pipelines.ingest.tables.headers import fold_header
from pipelines.ingest.tables.rows import Cells

#: Headers, folded, of the family name of a person, who has a first name too; a company has not.
_OF_PERSONS = ("nom", "name", "lastname", "nomfamille")
_LONGEST_TERMS = 365
_NOW = r"(?i)r[ée]ception|comptant|imm[ée]diat|due on receipt|immediate|cash"
_END_OF_MONTH = r"(?i)fin\s+(?:de\s+|du\s+)?mois|\bfdm\b|end of month|\beom\b"


def read_clients(
    cells: Cells, positions: dict[str, tuple[int, ...]], header: list[str], *, currency: str, profile: Profile | None = None
) -> Parts:
    """Clients and problems of the rows below a header; the arguments are those of `read_invoices`."""
    columns = Columns(cells, positions, header, currency, profile)
    findings = columns.findings
    name, code = columns.text("client_name"), columns.text("client_code")
    if "first_name" in columns and fold_header(columns.headers.get("client_name", "")) in _OF_PERSONS:
        name = pl.select(
            pl.concat_str(columns.text("first_name"), name, separator=" ", ignore_nulls=True).replace("", None)
        ).to_series()
    findings.reject_where(
        name.is_null() & code.is_null(), "missing_client", "client_name" if "client_name" in columns else "client_code"
    )
    clients = pl.DataFrame(
        {
            "line": columns.lines,
            "client_code": code,
            "client_name": name,
            "client_siren": sirens(columns),
            "client_email": emails(columns),
            "client_phone": columns.text("client_phone"),
            "client_address": columns.joined_text("client_address"),
            "client_language": columns.meaning("client_language", "client_language", "unknown_language"),
            "client_type": columns.meaning("client_type", "client_type", "unknown_client_type"),
            "segment": columns.text("segment"),
            "terms_days": _terms(columns),
        }
    )
    findings.add(cells.broken)
    ragged = cells.ragged.select("line", column=pl.lit(None, pl.String), value=pl.col("text").str.slice(0, 200))
    findings.add(ragged.with_columns(code=pl.lit("ragged_row")).select(*PROBLEMS))
    bad = findings.rejected_lines
    return Parts(
        kind="clients",
        format="csv",
        profile=profile.code if profile else "clients",
        clients=conform(clients.filter(~pl.col("line").is_in(bad.implode())), CLIENT_ROWS),
        rejected=findings.rejected,
        rejected_rows=bad.len(),
        warnings=findings.warnings,
    )


def _terms(columns: Columns) -> pl.Series:
    """Days from issue to due date; an end of month is not applied, with a warning, and neither is what is no term."""
    written = columns.text("terms")
    is_now = written.str.contains(_NOW).fill_null(value=False)
    days = written.str.extract(r"^[^0-9]*([0-9]{1,3})(?:[^0-9]|$)[^0-9]*$").cast(pl.Int64).set(is_now, 0)
    is_good = (days <= _LONGEST_TERMS).fill_null(value=False)
    columns.findings.warn_where(written.is_not_null() & ~is_good, "unknown_terms", "terms", written)
    columns.findings.warn_where(is_good & written.str.contains(_END_OF_MONTH), "end_of_month", "terms", written)
    return days.set(~is_good, None)
