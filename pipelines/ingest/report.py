"""What an import says of one file: every row counted once, every problem and contradiction listed."""

from dataclasses import dataclass, field, replace

import polars as pl

from models.errors import UnreadableFile
from models.problems import problem_rows
from models.tables import PROBLEMS, empty
from pipelines.ingest.documents import DocumentPlan
from pipelines.ingest.lines import LinePlan
from pipelines.ingest.reading import Reading

_COUNTS = ("kind", "format", "rows", "inserted", "updated", "duplicates", "conflicts", "ignored", "rejected_rows")
_MOST_LISTED = 200  # rejected rows that the history keeps


@dataclass(frozen=True)
class ImportReport:
    """What one file said and did: rows = inserted + updated + duplicates + conflicts + ignored + rejected_rows.

    Attributes:
        kind: invoices, purchases or bank.
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

    @property
    def is_complete(self) -> bool:
        """Every row was taken, or was known already."""
        return self.refused is None and not self.rejected_rows and not self.conflicts

    def summary(self) -> dict[str, object]:
        """What the history keeps of it."""
        rejected = self.rejected.head(_MOST_LISTED).select("line", "column", "value", "code").to_dicts()
        return {name: getattr(self, name) for name in _COUNTS} | {"rejected": rejected}


def document_report(
    reading: Reading, plan: DocumentPlan, payments: pl.DataFrame, *, kind: str, settled: pl.DataFrame
) -> ImportReport:
    """The report of an invoice file.

    Args:
        reading: the file.
        plan: what it changes.
        payments: PROBLEMS of the payments that it states.
        kind: invoices or purchases.
        settled: conflict_id of the contradictions that a person has settled: those rows are known.
    """
    listed = plan.conflicts.join(settled, on="conflict_id", how="anti")
    count = dict(plan.verdicts.group_by("verdict").len().iter_rows())
    ambiguous = plan.verdicts.filter(pl.col("verdict") == "ambiguous").select(
        "line",
        column=pl.lit(reading.columns.get("client_name", "client_name")),
        value="client_name",
        code=pl.lit("ambiguous_client"),
    )
    renamed = problem_rows(
        [(None, "client_name", f"{old} → {new}", "client_renamed") for _, old, new in plan.renamed.iter_rows()]
    )
    return replace(
        _described(reading, kind),
        inserted=count.get("inserted", 0),
        updated=count.get("updated", 0),
        duplicates=count.get("duplicate", 0) + plan.conflicts.height - listed.height,
        conflicts=listed.height,
        ignored=count.get("ignored", 0) + reading.ignored,
        rejected_rows=reading.rejected_rows + ambiguous.height,
        rejected=pl.concat([reading.rejected, ambiguous]).sort("line", nulls_last=True, maintain_order=True),
        conflict_list=listed.select("conflict_id", "source_row", "number", "field", "stored", "incoming").to_dicts(),
        warnings=pl.concat([reading.warnings, payments, renamed]),
    )


def line_report(reading: Reading, plan: LinePlan, gaps: pl.DataFrame) -> ImportReport:
    """The report of a statement; `gaps` are PROBLEMS of its balances."""
    count = dict(plan.verdicts.group_by("verdict").len().iter_rows())
    return replace(
        _described(reading, reading.kind),
        inserted=count.get("inserted", 0),
        duplicates=count.get("duplicate", 0),
        ignored=reading.ignored,
        rejected_rows=reading.rejected_rows,
        rejected=reading.rejected,
        warnings=pl.concat([reading.warnings, gaps]),
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


def _described(reading: Reading, kind: str) -> ImportReport:
    """A report with what the file was taken for."""
    return ImportReport(
        file=reading.name,
        kind=kind,
        format=reading.format,
        profile=reading.profile,
        encoding=reading.encoding,
        separator=reading.separator,
        date_order=reading.date_order,
        decimal=reading.decimal,
        rows=reading.rows,
        reading=reading,
    )
