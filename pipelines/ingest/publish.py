"""From a file to the store: read, plan, and publish as one change, with a report that counts every row."""

import zlib
from collections.abc import Callable
from dataclasses import replace

import polars as pl

from models.errors import UnreadableFile
from models.ids import stable_id
from models.problems import problem_rows
from models.rows import PROBLEMS
from models.settings import Settings
from models.store import Author, Change, Store
from models.tables import ACCOUNTS, BALANCES, CLIENTS, conform, empty
from pipelines.balances import anchored, balance_gaps
from pipelines.ingest.balances import gap_text
from pipelines.ingest.documents import plan_documents, stored_versions
from pipelines.ingest.lines import STORED_LINES, LinePlan, plan_lines
from pipelines.ingest.parts import Source
from pipelines.ingest.payments import payment_warnings
from pipelines.ingest.profiles import Profile, parse_profile
from pipelines.ingest.reading import Reading, read_file
from pipelines.ingest.report import ImportReport, described, refused_for_problems, with_documents, with_verdicts
from pipelines.ledger import run_settings

__all__ = ["ImportReport", "run_import"]


def run_import(
    store: Store,
    content: bytes,
    name: str,
    *,
    author: Author,
    kind: str = "auto",
    account: str | None = None,
    profile: str | None = None,
    dry_run: bool = False,
    strict: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Import one file as one transaction, or say why not.

    Args:
        store: the company's database.
        content: the file's bytes; they are kept, so that the database can be rebuilt from them.
        name: its name, for people.
        author: who imports, and when.
        kind: auto, invoices, purchases, bank or clients.
        account: the bank account of a statement that names none.
        profile: the exporting program, if the columns do not tell.
        dry_run: report only, nothing is stored.
        strict: refuse the whole file if a row is rejected or contradicts what is stored.
        progress: told (rows done, rows in all) by readers that take long.
    """
    try:
        settings = run_settings(store)
        reading = read_file(
            Source(
                content,
                name,
                kind=kind,
                profile=profile,
                currency=settings.currency,
                company_siren=settings.company_siren,
                profiles=saved_profiles(store),
                progress=progress,
            )
        )
        with store.writing():
            report, facts = _planned(store, reading, settings, kind=kind, account=account)
            if strict and not report.is_complete:
                return refused_for_problems(report)
            if dry_run or all(rows.is_empty() for rows in facts.values()):
                return report
            arguments = {"kind": kind, "account": account, "profile": profile}
            with store.change("import", author, subject=reading.name, detail=report.summary() | {"asked": arguments}) as change:
                _insert(change, reading, content, facts)
            return replace(report, change_id=change.change_id)
    except UnreadableFile as error:
        return ImportReport(file=name, refused=error)


def saved_profiles(store: Store) -> tuple[Profile, ...]:
    """The profiles that the user saved, by code."""
    rows = store.facts("profile", latest_by="code").drop_nulls("text").sort("code")
    return tuple(parse_profile(code, text) for code, text in rows.select("code", "text").iter_rows())


def _planned(
    store: Store, reading: Reading, settings: Settings, *, kind: str, account: str | None
) -> tuple[ImportReport, dict[str, pl.DataFrame]]:
    """The report of a file, and its facts by table."""
    default = "purchase" if kind == "purchases" else "sale"
    said = reading.documents["direction"].drop_nulls().unique().to_list()
    is_purchase = default == "purchase" or said == ["purchase"]
    shown = "purchases" if reading.kind == "invoices" and is_purchase else reading.kind
    report = described(reading, shown)
    facts: dict[str, list[pl.DataFrame]] = {}
    plans = []
    documents = reading.documents.with_columns(direction=pl.col("direction").fill_null(default))
    for direction, rows in documents.partition_by("direction", as_dict=True, maintain_order=True).items():
        plans.append(_planned_documents(store, report, rows, settings, direction=str(direction[0])))
        report = plans[-1][0]
    if reading.kind == "bank":
        plans.append(_planned_lines(store, report, reading, account))
        report = plans[-1][0]
    for _, found in plans:
        for table, rows in found.items():
            facts.setdefault(table, []).append(rows)
    return report, {table: pl.concat(rows, how="diagonal_relaxed") for table, rows in facts.items()}


def _insert(change: Change, reading: Reading, content: bytes, facts: dict[str, pl.DataFrame]) -> None:
    """Write the file, and its facts by table, each with the file that it is from where the table says so."""
    file_id = stable_id("file", reading.sha256, reading.name)
    file = {
        "file_id": file_id,
        "name": reading.name,
        "sha256": reading.sha256,
        "kind": reading.kind,
        "format": reading.format,
        "profile": reading.profile,
        "content": zlib.compress(content),
    }
    change.insert("source_file", pl.DataFrame([file], schema_overrides={"profile": pl.String, "content": pl.Binary}))
    for table, rows in facts.items():
        has_no_file = table in ("client_version", "account_version")
        change.insert(table, rows if has_no_file else rows.with_columns(file_id=pl.lit(file_id)))


def _planned_documents(
    store: Store, report: ImportReport, rows: pl.DataFrame, settings: Settings, *, direction: str
) -> tuple[ImportReport, dict[str, pl.DataFrame]]:
    """The report with these documents, and their facts by table."""
    stored = stored_versions(store.facts("document_version"))
    has_sent_column = bool(rows["sent_date"].is_not_null().any())
    clients = store.facts("client_version", latest_by="client_id").pipe(conform, CLIENTS)
    plan = plan_documents(rows, stored, clients, settings, has_sent_column=has_sent_column, direction=direction)
    settled = store.facts("conflict_settlement").select("conflict_id").unique()
    last = stored.unique("document_id", keep="last", maintain_order=True)
    known = store.facts("conflict").select("conflict_id")
    conflicts = plan.conflicts.unique("conflict_id", keep="first", maintain_order=True).join(known, on="conflict_id", how="anti")
    facts = {"client_version": plan.clients, "document_version": plan.versions, "conflict": conflicts}
    return with_documents(report, plan, payment_warnings(plan.payments, last), settled=settled), facts


def _planned_lines(
    store: Store, report: ImportReport, reading: Reading, account: str | None
) -> tuple[ImportReport, dict[str, pl.DataFrame]]:
    """The report with the statement's movements, and its facts by table."""
    stored = store.facts("bank_line").pipe(conform, STORED_LINES)
    accounts = store.facts("account_version", latest_by="account_id").pipe(conform, ACCOUNTS)
    plan = plan_lines(reading.lines, reading.accounts, stored, accounts, file_format=reading.format, account=account)
    account_id = pl.col("account").replace_strict(dict(enumerate(plan.account_ids)), return_dtype=pl.String)
    own = reading.lines.select("booking_date", "amount", account_id=account_id)
    said = anchored(reading.balances.with_columns(account_id=account_id).pipe(conform, BALANCES).unique(maintain_order=True), own)
    known = store.facts("balance").pipe(conform, BALANCES)
    balances = said.join(known, on=said.columns, how="anti")
    gaps = _gap_warnings(known, said, stored, plan, own)
    counted = with_verdicts(report, plan.verdicts)
    facts = {"account_version": plan.accounts, "bank_line": plan.lines, "balance": balances}
    return replace(counted, warnings=pl.concat([report.warnings, gaps])), facts


def _gap_warnings(
    known: pl.DataFrame, said: pl.DataFrame, stored: pl.DataFrame, plan: LinePlan, own: pl.DataFrame
) -> pl.DataFrame:
    """PROBLEMS of this statement's balances and the earlier ones, which the movements in between do not explain.

    A gap that was there before, or within the file, where its reader warns of the line, is not said again.
    """
    columns = ["account_id", "booking_date", "amount"]
    movements = stored.select(columns)
    before = balance_gaps(known, movements)
    after = balance_gaps(pl.concat([known, said]).unique(maintain_order=True), pl.concat([movements, plan.lines.select(columns)]))
    inside = balance_gaps(said, own.select(columns))
    keys = ["account_id", "from_date", "to_date", "gap"]
    fresh = after.join(before, on=keys, how="anti").join(inside, on=keys, how="anti")
    found = fresh.select("from_date", "to_date", "gap").iter_rows()
    if fresh.is_empty():
        return empty(PROBLEMS)
    return problem_rows([(None, None, gap_text(start, end, gap), "statement_gap") for start, end, gap in found])
