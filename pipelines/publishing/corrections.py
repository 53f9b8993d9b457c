"""A person's word on the rows that wait: corrected and tried again as a small file of their own, or dropped."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from models.errors import Refused
from models.store import Author, Store
from pipelines.ingest.profiles import DEFAULTS
from pipelines.ingest.tables.headers import fold_header, match_columns
from pipelines.ingest.written import written_rows
from pipelines.publishing.publish import Asked, ImportReport, publish
from pipelines.publishing.quarantine import waiting

#: What to do with a row that is not correctable.
NOT_ALONE = (
    "Line {line} of {file} is nothing without the others: correct it in the file, import that again, then drop this row if "
    "it still waits."
)


@dataclass(frozen=True)
class Retry:
    """What came of rows that were tried again together.

    Attributes:
        report: of the file that they made; its lines are those of that file.
        ended: ids of the rows that were taken.
        left: ids of those that still wait, with their problems of now: PROBLEMS.
    """

    report: ImportReport
    ended: tuple[str, ...]
    left: Mapping[str, pl.DataFrame]


def run_retry(
    store: Store, corrections: Mapping[str, Mapping[str, str]], *, author: Author, account: str | None = None
) -> list[Retry]:
    """Read waiting rows again with the cells that a person corrected; those that are right are published.

    Rows that one file can hold are read together, and published as one change; the others of `corrections` apart.

    Args:
        store: the company's database.
        corrections: header -> new text, by row id; a row without any is read as it was written.
        author: who corrects.
        account: the bank account of movements whose file named several, or none.

    Raises:
        Refused: a row that does not wait, that cannot be read alone, or that has no such column.
    """
    with store.writing():
        rows = _chosen(store, corrections)
        groups: dict[tuple[object, ...], list[tuple[dict[str, Any], dict[str, str]]]] = defaultdict(list)
        for row in rows:
            cells = _corrected(row, corrections[row["row_id"]])
            shape = (row["file"], row["kind"], row["profile"], row["account"], row["date_order"], row["decimal"], *cells)
            groups[shape].append((row, cells))
        return [_retried(store, group, author, account) for group in groups.values()]


def run_drop(store: Store, row_ids: Sequence[str], *, author: Author) -> int:
    """Say that rows need no correction: they wait no more; the change's id.

    Raises:
        Refused: a row that does not wait.
    """
    with store.writing():
        rows = _chosen(store, row_ids)
        said = [f"{row['file']}:{row['line']}" for row in rows]
        with store.change("drop", author, subject=", ".join(said[:3]), detail={"rows": said}) as change:
            ends = pl.DataFrame({"row_id": [row["row_id"] for row in rows]})
            change.insert("quarantine_end", ends.with_columns(answer=pl.lit("dropped")))
    return change.change_id


def _chosen(store: Store, wanted: Collection[str]) -> list[dict[str, Any]]:
    """The waiting rows of those ids, in the order in which they wait."""
    rows = waiting(store)
    known = set(rows["row_id"].to_list())
    for row_id in wanted:
        if row_id not in known:
            raise Refused("unknown_row", "No row {id} waits. List those that do with: encours quarantine", id=row_id)
    return rows.filter(pl.col("row_id").is_in(list(wanted))).to_dicts()


def _corrected(row: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """The cells of a row with those that were given, under the headers of its file or under a canonical one.

    Raises:
        Refused: the row cannot be read alone, or has no such column.
    """
    if not row["is_correctable"]:
        raise Refused("not_alone", NOT_ALONE, line=row["line"], file=row["file"])
    cells: dict[str, str] = json.loads(row["cells"])
    headers = {fold_header(header): header for header in cells}
    kind = "invoices" if row["kind"] == "purchases" else row["kind"]
    for column, text in given.items():
        header = column if column in cells else headers.get(fold_header(column))
        if header is None and row["profile"] == DEFAULTS.get(kind) and match_columns([column], kind):
            header = column
        if header is None:
            raise Refused(
                "unknown_column",
                "This row has no column {column}. It has: {columns}.",
                column=column,
                columns=", ".join(cells),
            )
        cells[header] = text
    return cells


def _retried(store: Store, group: Sequence[tuple[dict[str, Any], dict[str, str]]], author: Author, account: str | None) -> Retry:
    """Read rows of one shape as a file, and publish what is right."""
    first = group[0][0]
    content, starts = written_rows([cells for _, cells in group])
    corrected = {row["row_id"]: line for (row, _), line in zip(group, starts, strict=True)}
    asked = Asked(first["kind"], account or first["account"], first["profile"], first["date_order"], first["decimal"])
    name = f"{first['file']} [{first['row_id']}]"
    report = publish(store, content, name, asked, author=author, corrected=corrected)
    waits = set(waiting(store)["row_id"].to_list()) if report.change_id is not None else set(corrected)
    problems = {row_id: report.rejected.filter(pl.col("line") == line) for row_id, line in corrected.items() if row_id in waits}
    return Retry(report, tuple(row_id for row_id in corrected if row_id not in waits), problems)
