"""A closed year as one ZIP in open formats: CSV, text, TOML and PDF that need no program of ours to be read.

The same facts give the same bytes. Each file is listed with its meaning, its rows and its SHA-256.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import polars as pl

from models.errors import AppError, Refused
from models.money import total
from models.store import Store
from models.texts import Texts
from pipelines.accounting.entries import entries_of
from pipelines.collections.fields import one_line
from pipelines.exports.accounting_files import Asked, file_content, file_name
from pipelines.exports.sheets import neutral
from pipelines.exports.zipped import zipped
from pipelines.kpis import kpis
from pipelines.ledger import run_settings
from pipelines.papers.client_statement import statement_pdf, statements
from pipelines.papers.year_tables import Year, run_year, year_of, year_tables

_FIELDS = Path(__file__).with_name("year_fields.toml")
#: The version of what the archive holds, for programs that read it.
FORMAT = 1
_LANGUAGES = ("en", "fr")


@dataclass(frozen=True)
class Member:
    """A file of the archive: its name, what it holds, its content, and the rows of a table."""

    name: str
    code: str
    content: bytes
    rows: int | None = None

    @property
    def digest(self) -> str:
        """Its SHA-256."""
        return sha256(self.content).hexdigest()


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Mapping[str, list[str]]]:
    return tomllib.loads(_FIELDS.read_text("utf-8"))


def meaning(section: str, code: str, texts: Texts) -> str:
    """What a file or a column is, in the reader's language; its section is files or fields."""
    return _words()[section][code][_LANGUAGES.index(texts.language)]


def file_list(texts: Texts) -> list[tuple[str, str]]:
    """The files that an archive may hold, with what each is."""
    names = {"policy": "policy.toml", "entries": "FEC/", "statements": "statements.pdf", "manifest": "manifest.json"}
    return [(names.get(code, f"{code}.csv"), meaning("files", code, texts)) for code in _words()["files"]]


def run_archive(store: Store, year: int, texts: Texts, *, today: date) -> bytes:
    """The archive of the financial year that ends in that year; one that is not over says so.

    Raises:
        Refused: nothing was issued or received up to its end, or it has not begun `today`.
    """
    with store.writing():  # the ledger, the history and the codes of one revision
        start, to = year_of(year, run_settings(store))
        if start > today:
            raise Refused("year_to_come", "The financial year begins on {date} only: there is nothing to archive.", date=start)
        facts = run_year(store, start=start, to=to, today=today)
    return archive(facts, texts)


def not_over(to: date, texts: Texts, *, today: date) -> list[str]:
    """The sentence of an archive whose year is not over `today`, none where it is."""
    said = texts.t(
        "This financial year is not over: it ends on {date}. Its papers count what is known so far, as if nothing else came "
        "until then: make the archive again after that day.",
        date=texts.date(to),
    )
    return [] if to < today else [said]


def archive(year: Year, texts: Texts) -> bytes:
    """The ZIP.

    Raises:
        Refused: nothing was issued up to the year's end.
    """
    tables = year_tables(year)
    if all(tables[name].is_empty() for name in ("invoices", "credit_notes", "bank_lines")):
        raise Refused("empty_year", "Nothing is known of the year that ends on {date}.", date=texts.date(year.to))
    members = [Member(f"{name}.csv", name, open_csv(frame), frame.height) for name, frame in tables.items()]
    members.append(Member("policy.toml", "policy", year.ledger.policy.text.encode()))
    found, missing = _papers(year, texts)
    members += found
    members.append(_fields_file(tables, texts))
    members.append(Member("manifest.json", "manifest", _manifest(year, tables, members)))
    readme = ("LISEZMOI.txt" if texts.language == "fr" else "README.txt", _readme(year, members, missing, texts))
    return zipped([readme, *((member.name, member.content) for member in members)])


def open_csv(frame: pl.DataFrame) -> bytes:
    """A table as CSV that any program reads: UTF-8, commas, ISO dates, decimal points; no cell that a spreadsheet would run."""
    words = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    safe = frame.with_columns(_neutral(frame[name]) for name in words)
    lists = [name for name, dtype in safe.schema.items() if isinstance(dtype, pl.List)]
    plain = safe.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join(" ") for name in lists)
    return plain.write_csv(line_terminator="\r\n").encode()


def _neutral(words: pl.Series) -> pl.Series:
    risky = words.drop_nulls().unique()
    risky = risky.filter(risky.str.contains(r"^[^0-9A-Za-zÀ-ÿ]"))
    return words.replace({text: neutral(text) for text in risky}) if risky.len() else words


def _papers(year: Year, texts: Texts) -> tuple[list[Member], list[str]]:
    """The entries and the statements; and why one of them is missing."""
    members, missing = [], []
    settings, currency = year.ledger.settings, year.currency
    try:
        asked = Asked("fec", year.start, year.to)
        lines = entries_of(year.ledger, start=year.start, to=year.to, currency=currency, kept=year.kept, today=year.today).lines
        content = file_content(lines, asked, settings, texts)
        members.append(Member(f"FEC/{file_name(asked, settings)}", "entries", content, lines.height))
    except AppError as error:
        missing.append(f"FEC{texts.t(': ')}{texts.t(error.template, **error.fields)}")
    owed = statements(year.ledger, as_of=year.to, currency=currency)
    if owed:
        title = texts.t("Statements of account at {date}", date=texts.long_date(year.to))
        members.append(Member("statements.pdf", "statements", statement_pdf(owed, year.ledger, title=title), len(owed)))
    return members, missing


def _fields_file(tables: Mapping[str, pl.DataFrame], texts: Texts) -> Member:
    rows = [
        (f"{name}.csv", column, str(dtype), meaning("fields", column, texts))
        for name, frame in tables.items()
        for column, dtype in frame.schema.items()
    ]
    frame = pl.DataFrame(rows, schema=["file", "column", "type", "meaning"], orient="row")
    return Member("fields.csv", "fields", open_csv(frame), frame.height)


def _totals(year: Year, tables: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """The figures of the year in the company's currency, which the rows of the tables sum to."""
    figures = kpis(year.ledger, as_of=year.to, start=year.start, currency=year.currency)
    opening = tables["rollforward"].filter(pl.col("currency") == year.currency)["opening"]
    amounts = {
        "receivables_opening": total(opening),
        "sales": figures.sales,
        "collected": figures.collected,
        "gross_outstanding": figures.gross_outstanding,
        "open_credits": figures.open_credits,
        "receivables": figures.receivables,
    }
    return {name: f"{amount:.2f}" for name, amount in amounts.items()}


def _manifest(year: Year, tables: Mapping[str, pl.DataFrame], members: list[Member]) -> bytes:
    settings = year.ledger.settings
    said = {
        "program": "encours",
        "format": FORMAT,
        "company": settings.company_name,
        "siren": settings.company_siren,
        "from": year.start.isoformat(),
        "to": year.to.isoformat(),
        "currency": year.currency,
        "revision": year.ledger.revision,
        "totals": _totals(year, tables),
        "files": [
            {"name": member.name, "rows": member.rows, "bytes": len(member.content), "sha256": member.digest}
            for member in members
        ],
    }
    return (json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode()


def _readme(year: Year, members: list[Member], missing: list[str], texts: Texts) -> bytes:
    settings = year.ledger.settings
    company = " – ".join(part for part in (one_line(settings.company_name), settings.company_siren) if part)
    head = [
        texts.t(
            "Archive of the financial year from {start} to {end}",
            start=texts.long_date(year.start),
            end=texts.long_date(year.to),
        ),
        company,
        "",
        texts.t(
            "The CSV files are in UTF-8 with commas, decimal points and dates as YYYY-MM-DD; fields.csv says what each column "
            "means. A text that a spreadsheet would run as a formula has an apostrophe before it."
        ),
        *(
            not_over(year.to, texts, today=year.today)
            or [
                texts.t(
                    "What a paper of the year says is true at the end of its last day, as the facts are known when it was made."
                )
            ]
        ),
        "",
    ]
    listed = []
    for member in members:
        rows = "" if member.rows is None else f" ({texts.plural('{count} row', '{count} rows', member.rows)})"
        listed += [f"{member.name}{rows}", f"    {meaning('files', member.code, texts)}", f"    SHA-256 {member.digest}"]
    left_out = [texts.t("Left out:"), *missing] if missing else []
    return ("\r\n".join([*head, *listed, *left_out]) + "\r\n").encode()
