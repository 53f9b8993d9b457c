"""Rows that wait for a correction: kept as written with what is wrong, corrected and tried again, or dropped."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from models.ids import stable_id
from models.store import Store
from models.tables import Schema
from pipelines.ingest.profiles import DEFAULTS, is_per_line
from pipelines.ingest.reading import Reading
from pipelines.ingest.written import CANONICAL_CELLS, NEEDED_CELLS
from pipelines.publishing.report import ImportReport
from pipelines.publishing.saved_profiles import saved_profiles

#: One row per row that waits for a correction.
WAITING: Schema = {
    "row_id": pl.String,
    "file": pl.String,
    "line": pl.Int64,
    "kind": pl.String,
    "profile": pl.String,  # with which it is read again
    "account": pl.String,  # of a movement, where its file has one account only
    "cells": pl.String,  # JSON object: header -> text
    "problems": pl.String,  # JSON list of {"column", "value", "code"}
    "since": pl.Date,
    "date_order": pl.String,  # of its file. `decimal`: likewise
    "decimal": pl.String,
    "is_correctable": pl.Boolean,  # alone: an entry of a ledger or a line of an invoice is nothing without the others
}
_KIND_CELLS = {"invoice": "Facture", "credit_note": "Avoir", "deposit": "Acompte"}
_TABULAR = ("csv", "xlsx")
_LITTLE = 2  # filled cells that do not tell one row from another
_FACT = ("row_id", "source_row", "kind", "profile", "account", "cells", "problems")
#: Kinds of which a row can be read alone.
_ALONE = ("invoices", "purchases", "bank", "clients")
#: The column that tells a row's document or movement, by kind.
_NUMBERS = {"invoices": "invoice_number", "purchases": "invoice_number", "bank": "bank_id"}


def quarantined(store: Store, report: ImportReport, reading: Reading) -> pl.DataFrame:
    """quarantine rows of a file's rejected rows, less those that are known from this very file.

    A row is known by its cells, and its rank among rows of the same cells: the same one in a later export does not wait
    twice, and once dropped it does not come back.
    """
    as_written: dict[object, list[str]] = {}
    for line, text in reading.quarantine.iter_rows():
        as_written.setdefault(line, []).append(text)
    problems: dict[object, list[dict[str, object]]] = {}
    is_tabular = reading.format in _TABULAR
    shown = {} if is_tabular else _canonical_names(reading)
    for line, column, value, code in report.rejected.select("line", "column", "value", "code").iter_rows():
        problems.setdefault(line, []).append({"column": shown.get(column, column), "value": value, "code": code})
    typed = _canonical_cells(reading, [line for line in problems if line not in as_written])
    rows, ranks = [], dict[tuple[object, ...], int]()
    for line, found_in_it in problems.items():
        said = json.dumps(found_in_it, ensure_ascii=False)
        profile = reading.profile if is_tabular and line in as_written else DEFAULTS.get(reading.kind)
        for written in as_written.get(line) or [typed[line]]:
            cells = written if is_tabular else _under_canonical_headers(reading, written)
            filled = sum(1 for text in json.loads(cells).values() if text)
            told = cells if filled > _LITTLE else f"{cells}|{said}" if filled else f"{reading.sha256}|{line}"
            identity = (report.kind, profile, report.account, told)
            ranks[identity] = ranks.get(identity, -1) + 1
            row_id = stable_id("row", *identity, ranks[identity] or None)
            rows.append((row_id, line, report.kind, profile, report.account, cells, said))
    found = pl.DataFrame(rows, schema=dict.fromkeys(_FACT, pl.String) | {"source_row": pl.Int64}, orient="row")
    sources = store.query("SELECT file_id, sha256 FROM source_file").filter(pl.col("sha256") == reading.sha256)
    return found.join(store.facts("quarantine").join(sources, on="file_id", how="semi"), on="row_id", how="anti")


def _canonical_cells(reading: Reading, lines: Sequence[object]) -> dict[object, str]:
    """The cells of rows under canonical headers, by line: what was read of them, blank where nothing was."""
    headers = CANONICAL_CELLS.get(reading.kind, {})
    known = {}
    if reading.kind == "invoices" and lines:
        own = reading.documents.filter(pl.col("line").is_in(pl.Series(lines, dtype=pl.Int64).implode()))
        known = {row["line"]: row | {"kind": _KIND_CELLS.get(str(row["kind"]), "")} for row in own.iter_rows(named=True)}
    found = {}
    for line in lines:
        said = {headers[name]: known.get(line, {}).get(name) for name in NEEDED_CELLS.get(reading.kind, ())}
        cells = {header: "" if value is None else str(value) for header, value in said.items()}
        found[line] = json.dumps(cells, ensure_ascii=False)
    return found


def _under_canonical_headers(reading: Reading, cells: str) -> str:
    """The cells of a row whose format has names of its own for its columns."""
    known = _canonical_names(reading)
    return json.dumps({known.get(own, own): text for own, text in json.loads(cells).items()}, ensure_ascii=False)


def _canonical_names(reading: Reading) -> dict[str, str]:
    """The format's own name of a column -> the header under which a row of it is shown and corrected."""
    headers = CANONICAL_CELLS.get(reading.kind, {})
    return {own: headers[name] for name, own in reading.columns.items() if name in headers}


def accepted(corrected: Mapping[str, int], report: ImportReport) -> pl.DataFrame:
    """quarantine_end of the corrected rows that are no problem any more.

    Args:
        corrected: the line of each row in the report's file, by its id.
        report: of that file.
    """
    reading = report.reading
    rejected = set(report.rejected["line"].to_list())
    left = {row_id: line for row_id, line in corrected.items() if line not in rejected}
    if reading is not None:
        frames = (reading.documents, reading.lines, reading.clients, reading.receipts)
        taken = {line for frame in frames for line in frame["line"].to_list()}
        unseen = [row_id for row_id, line in left.items() if line not in taken]
        if len(unseen) != reading.ignored:  # taken for a footer, and so for no row at all
            left = {row_id: line for row_id, line in left.items() if line in taken}
    return pl.DataFrame({"row_id": list(left)}, schema={"row_id": pl.String}).with_columns(answer=pl.lit("corrected"))


def waiting(store: Store) -> pl.DataFrame:
    """WAITING, by the file's day of import and line: rows that nobody corrected or dropped.

    A row whose number (of a movement, whose bank id) a later import or correction brought right waits no more.
    """
    rows = store.facts("quarantine").unique("row_id", keep="first", maintain_order=True)
    rows = rows.join(store.facts("quarantine_end").select("row_id"), on="row_id", how="anti")
    if rows.is_empty():
        return pl.DataFrame(schema=WAITING)
    files = store.query("SELECT DISTINCT file_id, name AS file FROM source_file")
    changes = store.query("SELECT change_id, known_on AS since, detail FROM change")
    rows = rows.join(files, on="file_id", how="left", validate="m:1", maintain_order="left").join(
        changes, on="change_id", how="left", validate="m:1", maintain_order="left"
    )
    layouts = {change_id: _layout(detail) for change_id, detail in rows.select("change_id", "detail").unique().iter_rows()}
    later, saved = _brought(store), saved_profiles(store)
    per_line = {code for code in rows["profile"].unique() if is_per_line(code, saved)}
    kept = [row for row in rows.iter_rows(named=True) if not _is_brought(row, layouts[row["change_id"]], later)]
    said = [
        row
        | {"line": row["source_row"], "is_correctable": row["kind"] in _ALONE and row["profile"] not in per_line}
        | {name: layouts[row["change_id"]].get(name) for name in ("date_order", "decimal")}
        for row in kept
    ]
    return pl.DataFrame(said, schema=WAITING)


def _layout(detail: str | None) -> dict[str, Any]:
    """How the file of a change was laid out, as its import noted it."""
    found: dict[str, Any] = json.loads(detail or "{}").get("layout") or {}
    return found


def _brought(store: Store) -> dict[tuple[str, str], int]:
    """The last change that brought each number of a sales or purchase document, and each bank id."""
    versions = store.facts("document_version").select(
        kind=pl.when(pl.col("direction") == "purchase").then(pl.lit("purchases")).otherwise(pl.lit("invoices")),
        key="number",
        change_id="change_id",
    )
    lines = store.facts("bank_line").select(kind=pl.lit("bank"), key="bank_id", change_id="change_id").drop_nulls("key")
    last = pl.concat([versions, lines]).group_by("kind", "key").agg(pl.col("change_id").max())
    return {(kind, key): change_id for kind, key, change_id in last.iter_rows()}


def _is_brought(row: Mapping[str, Any], layout: Mapping[str, Any], later: Mapping[tuple[str, str], int]) -> bool:
    """Whether what the row tells of has come right since."""
    name = _NUMBERS.get(row["kind"])
    canonical = CANONICAL_CELLS.get("bank" if row["kind"] == "bank" else "invoices", {})
    default = canonical.get("number" if name == "invoice_number" else "bank_id")
    cells = json.loads(row["cells"])
    key: str = cells.get((layout.get("columns") or {}).get(name)) or cells.get(default) or ""
    return later.get((row["kind"], key.strip()), 0) > int(row["change_id"])
