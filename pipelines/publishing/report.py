"""What an import says of one file: every row counted once, every problem and contradiction listed."""

from dataclasses import dataclass, field, replace

import polars as pl

from models.errors import UnreadableFile
from models.problems import problem_rows
from models.rows import PROBLEMS
from models.tables import empty
from pipelines.ingest.reading import Reading
from pipelines.publishing.client_details import ClientPlan
from pipelines.publishing.documents import DocumentPlan
from pipelines.publishing.proof import PROOF, Period, period_of

_COUNTS = ("kind", "format", "rows", "inserted", "updated", "duplicates", "conflicts", "ignored", "rejected_rows")
_MOST_LISTED = 200  # rejected rows that the history keeps


@dataclass(frozen=True)
class ImportReport:
    """What one file said and did: rows = inserted + updated + duplicates + conflicts + ignored + rejected_rows.

    Attributes:
        kind: invoices, purchases, bank, clients, rates, ledger or balances (of a take-over).
        period: the days that the file tells of; None for a refused file.
        proof: PROOF, one row per account of a statement.
        account: the name of the bank account, where the file has one only.
        conflict_list: one row per contradiction: conflict_id, source_row, number, field, stored, incoming.
        refused: why nothing of the file was taken, or None.
        change_id: of what was stored; None if nothing was.
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
    period: Period | None = None
    proof: pl.DataFrame = field(default_factory=lambda: empty(PROOF))
    account: str | None = None

    @property
    def is_complete(self) -> bool:
        """Every row was taken, or was known already."""
        return self.refused is None and not self.rejected_rows and not self.conflicts

    def summary(self) -> dict[str, object]:
        """What the history keeps of it; how dates, amounts and columns were read where rows wait for a correction."""
        rejected = self.rejected.head(_MOST_LISTED).select("line", "column", "value", "code").to_dicts()
        said = {name: getattr(self, name) for name in _COUNTS} | {"rejected": rejected}
        if not self.rejected_rows or self.reading is None:
            return said
        # Where amounts show both signs, neither may decide how a corrected one is read.
        decimal = None if self.reading.mixes_decimals else self.decimal
        layout = {"columns": dict(self.reading.columns), "date_order": self.date_order, "decimal": decimal}
        return said | {"layout": layout}


def described(reading: Reading, kind: str) -> ImportReport:
    """A report with what the file was taken for and what its reader rejected, before any of its rows is judged.

    Args:
        reading: the file.
        kind: as people see it: invoices, purchases, bank, clients or ledger.
    """
    return ImportReport(
        file=reading.name,
        kind=kind,
        format=reading.format,
        profile=reading.profile,
        encoding=reading.encoding or None,
        separator=reading.separator,
        date_order=reading.date_order,
        decimal=reading.decimal,
        rows=reading.rows,
        ignored=reading.ignored,
        rejected_rows=reading.rejected_rows,
        rejected=reading.rejected,
        warnings=reading.warnings,
        reading=reading,
        period=period_of(reading),
    )


def with_documents(report: ImportReport, plan: DocumentPlan, payments: pl.DataFrame, *, settled: pl.DataFrame) -> ImportReport:
    """The report with the documents of the file counted.

    Args:
        report: so far.
        plan: what they change.
        payments: PROBLEMS of the payments that the file states.
        settled: conflict_id of the contradictions that a person has settled: those rows are known.
    """
    listed = plan.conflicts.join(settled, on="conflict_id", how="anti")
    columns = report.reading.columns if report.reading else {}
    ambiguous = plan.verdicts.filter(pl.col("verdict") == "ambiguous").select(
        "line",
        column=pl.lit(columns.get("client_name", "client_name")),
        value="client_name",
        code=pl.lit("ambiguous_client"),
    )
    renamed = problem_rows(
        [(None, "client_name", f"{old} → {new}", "client_renamed") for _, old, new in plan.renamed.iter_rows()]
    )
    counted = with_verdicts(report, plan.verdicts)
    return replace(
        counted,
        duplicates=counted.duplicates + plan.conflicts.height - listed.height,
        conflicts=report.conflicts + listed.height,
        rejected_rows=report.rejected_rows + ambiguous.height,
        rejected=pl.concat([report.rejected, ambiguous]).sort("line", nulls_last=True, maintain_order=True),
        conflict_list=[
            *report.conflict_list,
            *listed.select("conflict_id", "source_row", "number", "field", "stored", "incoming").to_dicts(),
        ],
        warnings=pl.concat([report.warnings, payments, renamed]),
    )


def with_clients(report: ImportReport, plan: ClientPlan) -> ImportReport:
    """The report with the clients of the file counted; one that fits several stored clients is rejected."""
    columns = report.reading.columns if report.reading else {}
    ambiguous = plan.verdicts.filter(pl.col("verdict") == "ambiguous").select(
        "line",
        column=pl.lit(columns.get("client_name", "client_name")),
        value="client_name",
        code=pl.lit("ambiguous_client"),
    )
    return replace(
        with_verdicts(report, plan.verdicts),
        rejected_rows=report.rejected_rows + ambiguous.height,
        rejected=pl.concat([report.rejected, ambiguous]).sort("line", nulls_last=True, maintain_order=True),
        warnings=pl.concat([report.warnings, plan.warnings]),
    )


def with_verdicts(report: ImportReport, verdicts: pl.DataFrame) -> ImportReport:
    """The report with rows counted by their `verdict`: inserted, updated, duplicate or ignored."""
    count = dict(verdicts.group_by("verdict").len().iter_rows())
    return replace(
        report,
        inserted=report.inserted + count.get("inserted", 0),
        updated=report.updated + count.get("updated", 0),
        duplicates=report.duplicates + count.get("duplicate", 0),
        ignored=report.ignored + count.get("ignored", 0),
    )


def refused_for_problems(report: ImportReport) -> ImportReport:
    """The report of a file that is refused for its problems, which it still lists; what it would have brought is ignored."""
    refusal = UnreadableFile(
        "strict",
        "{rejected} rows rejected and {conflicts} in conflict: with --strict nothing of this file was taken.",
        rejected=report.rejected_rows,
        conflicts=report.conflicts,
    )
    ignored = report.ignored + report.inserted + report.updated
    return replace(report, refused=refusal, inserted=0, updated=0, ignored=ignored)
