"""From a file to the store: read, plan, and publish as one change, with a report that counts every row."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

import polars as pl

from models.errors import UnreadableFile
from models.ids import stable_id
from models.settings import Settings
from models.store import Author, Change, Store
from models.tables import CLIENTS, conform
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file
from pipelines.ledger import run_settings
from pipelines.parties import only_clients
from pipelines.publishing.client_details import plan_clients
from pipelines.publishing.corrected import corrected
from pipelines.publishing.documents import plan_documents, stored_versions
from pipelines.publishing.openings import without_known_openings
from pipelines.publishing.payments import payment_warnings
from pipelines.publishing.quarantine import accepted, quarantined
from pipelines.publishing.rates import plan_rates
from pipelines.publishing.receipts import plan_receipts
from pipelines.publishing.report import ImportReport, described, refused_for_problems, with_clients, with_documents
from pipelines.publishing.saved_profiles import saved_profiles
from pipelines.publishing.statements import plan_statement

__all__ = ["Asked", "ImportReport", "publish", "run_import"]

#: 8-bit encodings in which a person may have a file read, besides Windows-1252.
ENCODINGS = ("iso8859-15",)
#: Tables whose facts name the file that they are from.
_FROM_FILE = ("document_version", "bank_line", "balance", "conflict", "receipt", "quarantine", "coverage")


@dataclass(frozen=True)
class Asked:
    """What is said of a file beside its content; kept with it, so that it can be read again.

    Attributes:
        kind: auto, invoices, purchases, bank, clients or rates.
        account: the bank account of a statement that names none.
        profile: the exporting program, if the columns do not tell.
        date_order: of corrected rows, the order of the file that they are from. `decimal`: its decimal sign.
        encoding: the 8-bit encoding of a text file, if it is not Windows-1252: one of ENCODINGS.
    """

    kind: str = "auto"
    account: str | None = None
    profile: str | None = None
    date_order: str | None = None
    decimal: str | None = None
    encoding: str | None = None


def run_import(
    store: Store,
    content: bytes,
    name: str,
    *,
    author: Author,
    kind: str = "auto",
    account: str | None = None,
    profile: str | None = None,
    encoding: str | None = None,
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
        kind: auto, invoices, purchases, bank, clients or rates.
        account: the bank account of a statement that names none.
        profile: the exporting program, if the columns do not tell.
        encoding: the 8-bit encoding of a text file, if it is not Windows-1252: one of ENCODINGS.
        dry_run: report only, nothing is stored.
        strict: refuse the whole file if a row is rejected or contradicts what is stored.
        progress: told (rows done, rows in all) by readers that take long.
    """
    asked = Asked(kind=kind, account=account, profile=profile, encoding=encoding)
    return publish(store, content, name, asked, author=author, dry_run=dry_run, strict=strict, progress=progress)


def publish(
    store: Store,
    content: bytes,
    name: str,
    asked: Asked,
    *,
    author: Author,
    corrected: Mapping[str, int] | None = None,
    dry_run: bool = False,
    strict: bool = False,
    is_kept: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Read a file and publish what it changes, or say why not.

    Args:
        store: the company's database.
        content: the file's bytes.
        name: its name.
        asked: what is said of it.
        author: who imports, and when.
        corrected: of a file made of corrected rows, the line of each by the id under which it waits: those that are
            taken wait no more.
        dry_run: as for `run_import`.
        strict: as for `run_import`.
        is_kept: make a change even if there is nothing new, as a database that is rebuilt must.
        progress: as for `run_import`.
    """
    try:
        settings = run_settings(store)
        reading = read_file(_source(store, content, name, asked, settings, progress))
        with store.writing():
            report, facts = _planned(store, reading, settings, asked, author)
            if corrected is not None:
                facts = {table: rows for table, rows in facts.items() if table not in ("quarantine", "coverage")}
                facts["quarantine_end"] = accepted(corrected, report)
            if strict and not report.is_complete:
                return refused_for_problems(report)
            if dry_run or not (is_kept or any(rows.height for rows in facts.values())):
                return report
            detail = report.summary() | {"asked": asdict(asked)} | ({} if corrected is None else {"corrected": dict(corrected)})
            action = "import" if corrected is None else "correct"
            with store.change(action, author, subject=reading.name, detail=detail) as change:
                _insert(change, reading, content, facts)
            return replace(report, change_id=change.change_id)
    except UnreadableFile as error:
        return ImportReport(file=name, refused=error)


def _source(
    store: Store, content: bytes, name: str, asked: Asked, settings: Settings, progress: Callable[[int, int], None] | None
) -> Source:
    return Source(
        content,
        name,
        kind=asked.kind,
        profile=asked.profile,
        currency=settings.currency,
        company_siren=settings.company_siren,
        profiles=saved_profiles(store),
        progress=progress,
        date_order=asked.date_order,
        decimal=asked.decimal,
        encoding=asked.encoding,
    )


def _planned(
    store: Store, reading: Reading, settings: Settings, asked: Asked, author: Author
) -> tuple[ImportReport, dict[str, pl.DataFrame]]:
    """The report of a file, and its facts by table."""
    default = "purchase" if asked.kind == "purchases" else "sale"
    said = reading.documents["direction"].drop_nulls().unique().to_list()
    is_purchase = default == "purchase" or said == ["purchase"]
    shown = "purchases" if reading.kind == "invoices" and is_purchase else reading.kind
    if reading.kind == "ledger":
        reading = without_known_openings(store, reading)
    report = described(reading, shown)
    is_repeated = _is_stored(store, reading.sha256)
    facts: dict[str, list[pl.DataFrame]] = {}
    plans = []
    documents = reading.documents.with_columns(direction=pl.col("direction").fill_null(default))
    for direction, rows in documents.partition_by("direction", as_dict=True, maintain_order=True).items():
        plans.append(_planned_documents(store, report, rows, settings, direction=str(direction[0]), is_repeated=is_repeated))
        report = plans[-1][0]
    if reading.kind == "bank":
        plans.append(plan_statement(store, report, reading, asked.account, today=author.today, is_repeated=is_repeated))
        report = plans[-1][0]
    if reading.kind == "clients":
        plans.append(_planned_clients(store, report, reading))
        report = plans[-1][0]
    if reading.kind == "ledger":
        plans.append(plan_receipts(store, report, reading, settings, [found for _, found in plans]))
        report = plans[-1][0]
    if reading.kind == "rates":  # a rejected rate waits for no correction: the next file has it again
        plans.append(plan_rates(store, report, reading, author))
        report = plans[-1][0]
    else:
        plans.append((report, {"quarantine": quarantined(store, report, reading)}))
    for _, found in plans:
        for table, rows in found.items():
            facts.setdefault(table, []).append(rows)
    return report, {table: pl.concat(rows, how="diagonal_relaxed") for table, rows in facts.items()}


def _is_stored(store: Store, sha256: str) -> bool:
    """Whether this very file is stored, by an import that holds."""
    changes = store.query("SELECT change_id FROM source_file WHERE sha256 = $sha256", sha256=sha256)
    return bool(store.changes().filter("is_live")["change_id"].is_in(changes["change_id"].implode()).any())


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
        change.insert(table, rows.with_columns(file_id=pl.lit(file_id)) if table in _FROM_FILE else rows)


def _planned_clients(store: Store, report: ImportReport, reading: Reading) -> tuple[ImportReport, dict[str, pl.DataFrame]]:
    """The report of a clients file, and its facts by table; suppliers are no clients."""
    everyone = store.facts("client_version", latest_by="client_id").pipe(conform, CLIENTS)
    known = only_clients(everyone, stored_versions(store.facts("document_version")))
    plan = plan_clients(reading.clients, known, corrected(store))
    return with_clients(report, plan), {"client_version": plan.versions}


def _planned_documents(
    store: Store, report: ImportReport, rows: pl.DataFrame, settings: Settings, *, direction: str, is_repeated: bool
) -> tuple[ImportReport, dict[str, pl.DataFrame]]:
    """The report with these documents, and their facts by table: of another file (not `is_repeated`) also what is known."""
    stored = stored_versions(store.facts("document_version"))
    has_sent_column = bool(rows["sent_date"].is_not_null().any())
    clients = store.facts("client_version", latest_by="client_id").pipe(conform, CLIENTS)
    plan = plan_documents(
        rows,
        stored,
        clients,
        settings,
        has_sent_column=has_sent_column,
        direction=direction,
        is_repeated=is_repeated,
        corrected=corrected(store),
    )
    settled = store.facts("conflict_settlement").select("conflict_id").unique()
    last = stored.unique("document_id", keep="last", maintain_order=True)
    known = store.facts("conflict").select("conflict_id")
    conflicts = plan.conflicts.unique("conflict_id", keep="first", maintain_order=True).join(known, on="conflict_id", how="anti")
    facts = {"client_version": plan.clients, "document_version": plan.versions, "conflict": conflicts}
    return with_documents(report, plan, payment_warnings(plan.payments, last), settled=settled), facts
