"""From a file to the store: read, plan, and publish as one change, with a report that counts every row."""

import zlib
from dataclasses import dataclass, field
from hashlib import sha256

import polars as pl

from models.errors import Refused, UnreadableFile
from models.ids import stable_id
from models.problems import problem_rows
from models.settings import Settings
from models.store import Author, Change, Store
from models.tables import ACCOUNTS, CLIENTS, PROBLEMS, conform, empty
from pipelines.balances import balance_gaps
from pipelines.ingest.documents import STORED, DocumentPlan, plan_documents
from pipelines.ingest.lines import STORED_LINES, LinePlan, plan_lines
from pipelines.ingest.reading import Reading, read_file
from pipelines.ledger import run_settings


@dataclass(frozen=True)
class ImportReport:
    """What one file said and did: rows = inserted + updated + duplicates + conflicts + ignored + rejected_rows.

    Attributes:
        refused: why nothing of the file was taken, or None.
        conflict_list: one row per contradiction: conflict_id, source_row, number, field, stored, incoming.
    """

    file: str
    kind: str = ""
    format: str = ""
    profile: str | None = None
    encoding: str | None = None
    separator: str | None = None
    date_order: str | None = None
    decimal: str | None = None
    rows: int = 0
    inserted: int = 0
    updated: int = 0
    duplicates: int = 0
    conflicts: int = 0
    ignored: int = 0
    rejected_rows: int = 0
    rejected: pl.DataFrame = field(default_factory=lambda: empty(PROBLEMS))
    conflict_list: list[dict[str, object]] = field(default_factory=list)
    warnings: pl.DataFrame = field(default_factory=lambda: empty(PROBLEMS))
    refused: UnreadableFile | None = None
    change_id: int | None = None
    reading: Reading | None = None

    @property
    def is_complete(self) -> bool:
        """Every row was taken, or was known already."""
        return self.refused is None and not self.rejected_rows and not self.conflicts


def stored_documents(store: Store) -> pl.DataFrame:
    """STORED: the last version of every document, with the last payment that each was stated to have."""
    versions = store.facts("document_version")
    last = versions.unique("document_id", keep="last", maintain_order=True)
    says = pl.col("paid_amount").is_not_null() | pl.col("amount_due").is_not_null() | pl.col("is_paid")
    stated = ["paid_amount", "paid_date", "amount_due", "is_paid"]
    statements = versions.filter(says).unique("document_id", keep="last", maintain_order=True).select("document_id", *stated)
    return (
        last.drop(stated)
        .join(statements, on="document_id", how="left", validate="1:1", maintain_order="left")
        .with_columns(pl.col("is_paid").fill_null(value=False))
        .pipe(conform, STORED)
    )


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
) -> ImportReport:
    """Import one file as one transaction, or say why not.

    Args:
        store: the company's database.
        content: the file's bytes; they are kept, so that the database can be rebuilt from them.
        name: its name, for people.
        author: who imports, and when.
        kind: auto, invoices, purchases or bank.
        account: the bank account of a statement that names none.
        profile: the exporting program, if the columns do not tell.
        dry_run: report only, nothing is stored.
        strict: refuse the whole file if a row is rejected or contradicts what is stored.
    """
    settings = run_settings(store)
    try:
        if kind == "clients":
            raise UnreadableFile("not_supported", "Client files cannot be imported yet: clients come with their invoices.")
        reader_kind = "invoices" if kind == "purchases" else kind
        reading = read_file(content, name, kind=reader_kind, profile=profile, currency=settings.currency)
        with store.writing():
            if reading.kind == "bank":
                return _import_lines(store, reading, content, author, account=account, dry_run=dry_run, strict=strict)
            direction = "purchase" if kind == "purchases" else "sale"
            return _import_documents(
                store, reading, content, author, settings, direction=direction, dry_run=dry_run, strict=strict
            )
    except UnreadableFile as error:
        return ImportReport(file=name, refused=error)


def _import_documents(
    store: Store,
    reading: Reading,
    content: bytes,
    author: Author,
    settings: Settings,
    *,
    direction: str,
    dry_run: bool,
    strict: bool,
) -> ImportReport:
    clients = store.facts("client_version", latest_by="client_id").pipe(conform, CLIENTS)
    plan = plan_documents(
        reading.documents,
        stored_documents(store),
        clients,
        settings,
        has_sent_column=reading.has_sent_column,
        direction=direction,
    )
    settled = store.facts("conflict_settlement").select("conflict_id")
    is_settled = plan.conflicts.join(settled, on="conflict_id", how="semi")["source_row"].to_list()
    report = _document_report(reading, plan, set(is_settled))
    _refuse_if_strict(report, strict=strict)
    file_id = stable_id("file", reading.sha256, reading.name)
    known = store.facts("conflict").select("conflict_id")
    conflicts = plan.conflicts.join(known, on="conflict_id", how="anti").with_columns(file_id=pl.lit(file_id))
    if dry_run or (plan.versions.is_empty() and plan.clients.is_empty() and conflicts.is_empty()):
        return report
    with store.change("import", author, subject=reading.name, detail=_summary(report)) as change:
        _insert_file(change, reading, content, file_id)
        change.insert("client_version", plan.clients)
        change.insert("document_version", plan.versions.with_columns(file_id=pl.lit(file_id)))
        change.insert("conflict", conflicts)
    return _with_change(report, change.change_id)


def _import_lines(
    store: Store, reading: Reading, content: bytes, author: Author, *, account: str | None, dry_run: bool, strict: bool
) -> ImportReport:
    stored = store.facts("bank_line").pipe(conform, STORED_LINES)
    accounts = store.facts("account_version", latest_by="account_id").pipe(conform, ACCOUNTS)
    plan = plan_lines(reading.lines, reading.accounts, stored, accounts, file_format=reading.format, account=account)
    balances = reading.balances.with_columns(
        account_id=pl.col("account").replace_strict(dict(enumerate(plan.account_ids)), return_dtype=pl.String)
    ).select("account_id", "balance_date", "amount", "kind")
    known = store.facts("balance").select(balances.columns)
    new_balances = balances.join(known, on=balances.columns, how="anti")
    report = _line_report(reading, plan, _gap_warnings(known, new_balances, stored, plan))
    _refuse_if_strict(report, strict=strict)
    if dry_run or (plan.lines.is_empty() and plan.accounts.is_empty() and new_balances.is_empty()):
        return report
    file_id = stable_id("file", reading.sha256, reading.name)
    with store.change("import", author, subject=reading.name, detail=_summary(report)) as change:
        _insert_file(change, reading, content, file_id)
        change.insert("account_version", plan.accounts)
        change.insert("bank_line", plan.lines.with_columns(file_id=pl.lit(file_id)))
        change.insert("balance", new_balances.with_columns(file_id=pl.lit(file_id)))
    return _with_change(report, change.change_id)


def _gap_warnings(known: pl.DataFrame, new: pl.DataFrame, stored: pl.DataFrame, plan: LinePlan) -> pl.DataFrame:
    """Warnings for balances of this file that stored statements and movements do not explain."""
    if known.is_empty() or new.is_empty():
        return empty(PROBLEMS)
    columns = ["account_id", "booking_date", "amount"]
    before = balance_gaps(known, stored.select(columns))
    after = balance_gaps(pl.concat([known, new]), pl.concat([stored.select(columns), plan.lines.select(columns)]))
    inside = balance_gaps(new, plan.lines.select(columns))
    keys = ["account_id", "from_date", "to_date"]
    fresh = after.join(before, on=keys, how="anti").join(inside, on=keys, how="anti")
    rows: list[tuple[int | None, str | None, str | None, str]] = [
        (None, None, f"{gap} ({start:%d/%m/%Y} – {end:%d/%m/%Y})", "statement_gap")
        for start, end, gap in fresh.select("from_date", "to_date", "gap").iter_rows()
    ]
    return problem_rows(rows)


def _insert_file(change: Change, reading: Reading, content: bytes, file_id: str) -> None:
    change.insert(
        "source_file",
        pl.DataFrame(
            {
                "file_id": [file_id],
                "name": [reading.name],
                "sha256": [sha256(content).hexdigest()],
                "kind": [reading.kind],
                "format": [reading.format],
                "profile": [reading.profile],
                "content": [zlib.compress(content)],
            },
            schema_overrides={"profile": pl.String, "content": pl.Binary},
        ),
    )


def _base(reading: Reading) -> dict[str, object]:
    return {
        "file": reading.name,
        "kind": reading.kind,
        "format": reading.format,
        "profile": reading.profile,
        "encoding": reading.encoding,
        "separator": reading.separator,
        "date_order": reading.date_order,
        "decimal": reading.decimal,
        "rows": reading.rows,
        "reading": reading,
    }


def _document_report(reading: Reading, plan: DocumentPlan, settled_rows: set[int]) -> ImportReport:
    verdicts = plan.verdicts.with_columns(
        verdict=pl.when((pl.col("verdict") == "conflict") & pl.col("line").is_in(list(settled_rows)))
        .then(pl.lit("duplicate"))
        .otherwise("verdict")
    )
    count = dict(verdicts.group_by("verdict").len().iter_rows())
    ambiguous = verdicts.filter(pl.col("verdict") == "ambiguous")
    rejected = problem_rows(
        [(line, "client_name", number, "ambiguous_client") for line, number in ambiguous.select("line", "number").iter_rows()]
    )
    renamed = problem_rows(
        [(None, "client_name", f"{old} → {new}", "client_renamed") for _, old, new in plan.renamed.iter_rows()]
    )
    open_lines = verdicts.filter(pl.col("verdict") == "conflict")["line"].implode()
    listed = plan.conflicts.filter(pl.col("source_row").is_in(open_lines))
    return ImportReport(
        **_base(reading),  # type: ignore[arg-type]
        inserted=count.get("inserted", 0),
        updated=count.get("updated", 0),
        duplicates=count.get("duplicate", 0),
        conflicts=count.get("conflict", 0),
        ignored=count.get("ignored", 0) + reading.ignored,
        rejected_rows=reading.rejected_rows + ambiguous.height,
        rejected=pl.concat([reading.rejected, rejected]).sort("line", maintain_order=True),
        conflict_list=listed.select("conflict_id", "source_row", "number", "field", "stored", "incoming").to_dicts(),
        warnings=pl.concat([reading.warnings, renamed]),
    )


def _line_report(reading: Reading, plan: LinePlan, gaps: pl.DataFrame) -> ImportReport:
    count = dict(plan.verdicts.group_by("verdict").len().iter_rows())
    return ImportReport(
        **_base(reading),  # type: ignore[arg-type]
        inserted=count.get("inserted", 0),
        duplicates=count.get("duplicate", 0),
        ignored=reading.ignored,
        rejected_rows=reading.rejected_rows,
        rejected=reading.rejected,
        warnings=pl.concat([reading.warnings, gaps]),
    )


def _refuse_if_strict(report: ImportReport, *, strict: bool) -> None:
    if strict and not report.is_complete:
        raise UnreadableFile(
            "strict",
            "{rejected} rows rejected and {conflicts} in conflict: with --strict nothing of this file was taken.",
            rejected=report.rejected_rows,
            conflicts=report.conflicts,
        )


def _summary(report: ImportReport) -> dict[str, object]:
    counts = ("kind", "format", "rows", "inserted", "updated", "duplicates", "conflicts", "ignored", "rejected_rows")
    rejected = report.rejected.head(200).select("line", "column", "value", "code").to_dicts()
    return {name: getattr(report, name) for name in counts} | {"rejected": rejected}


def _with_change(report: ImportReport, change_id: int) -> ImportReport:
    return ImportReport(**{**report.__dict__, "change_id": change_id})


def bad_kind(kind: str) -> Refused:
    """The refusal of an unknown kind of file."""
    return Refused("bad_kind", "{kind} is not a kind of file: use auto, invoices, purchases or bank.", kind=kind)
