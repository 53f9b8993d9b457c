"""A clients file: one row per client, with how to reach it and how it pays; and what it changes in the store."""

from dataclasses import dataclass

import polars as pl

from models.ids import fold
from models.problems import problem_rows
from models.rows import CLIENT_ROWS, PROBLEMS
from models.tables import CLIENTS, conform
from pipelines.ingest.clients import IDENTITY, Book, new_client
from pipelines.ingest.columns import Columns
from pipelines.ingest.contacts import emails, sirens
from pipelines.ingest.headers import fold_header
from pipelines.ingest.parts import Parts
from pipelines.ingest.profiles import Profile
from pipelines.ingest.rows import Cells

#: Columns of a client that a clients file may change -> the file's column.
_DETAILS = {
    "email": "client_email",
    "phone": "client_phone",
    "address": "client_address",
    "language": "client_language",
    "client_type": "client_type",
    "segment": "segment",
    "terms_days": "terms_days",
}
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


@dataclass(frozen=True)
class ClientPlan:
    """What publishing a clients file would do.

    Attributes:
        verdicts: one row per client of the file: line, verdict (inserted, updated, duplicate, ambiguous), client_name.
        versions: client_version rows to add. `warnings`: PROBLEMS of clients known otherwise.
    """

    verdicts: pl.DataFrame
    versions: pl.DataFrame
    warnings: pl.DataFrame


def plan_clients(rows: pl.DataFrame, stored: pl.DataFrame) -> ClientPlan:
    """Decide what each row of a clients file is, against the stored clients and the rows before it.

    Details that the file gives replace the stored ones, what it leaves empty stays; a code and a SIREN are only completed
    and another name is said, not taken: they tell who the client is.

    Args:
        rows: CLIENT_ROWS, in file order.
        stored: CLIENTS.
    """
    book = Book()
    for client in stored.sort("client_id").iter_rows(named=True):
        book.add(client)
    before = dict(book.rows)
    placed: list[tuple[int, str, str | None, str | None]] = []
    warnings: list[tuple[int | None, str | None, str | None, str]] = []
    for row in rows.iter_rows(named=True):
        verdict, client_id, notes = _place(book, row)
        placed.append((row["line"], verdict, row["client_name"] or row["client_code"], client_id))
        warnings.extend((row["line"], column, text, code) for column, text, code in notes)
    changed = [row for client_id, row in book.rows.items() if before.get(client_id) != row]
    renewed = {row["client_id"] for row in changed}
    # Rows that contradict each other and end where they began bring nothing new.
    verdicts = [
        (line, "duplicate" if verdict == "updated" and client_id not in renewed else verdict, name)
        for line, verdict, name, client_id in placed
    ]
    schema = {"line": pl.Int64, "verdict": pl.String, "client_name": pl.String}
    return ClientPlan(
        pl.DataFrame(verdicts, schema=schema, orient="row"), pl.DataFrame(changed, schema=CLIENTS), problem_rows(warnings)
    )


def _place(book: Book, row: dict[str, object]) -> tuple[str, str | None, list[tuple[str, str, str]]]:
    """The verdict on one row, its client, and what contradicts who that is; the book is brought up to date."""
    code, siren, name = (str(row[column]) if row[column] else None for column in IDENTITY)
    found = book.find(code, siren, name)
    if len(found) > 1:
        return "ambiguous", None, []
    known = book.rows[found.pop()] if found else None
    client = dict(known or new_client(book, code, siren, name, "sale"))
    notes = []
    if known and known["name"] and name and fold(str(known["name"])) != fold(name):
        notes.append(("client_name", f"{known['name']} → {name}", "client_renamed"))
    if known and known["siren"] and siren and known["siren"] != siren:
        notes.append(("client_siren", f"{known['siren']} → {siren}", "client_siren_differs"))
    client["code"], client["siren"] = client["code"] or code, client["siren"] or siren
    client["name"] = client["name"] or name or code or siren
    client |= {column: row[given] for column, given in _DETAILS.items() if row[given] is not None}
    book.add(client)
    verdict = "inserted" if known is None else "duplicate" if client == known else "updated"
    return verdict, str(client["client_id"]), notes
