"""Delimited text (CSV, TSV): an invoice, bank or client table, by a profile or by the names of its columns."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from models.rows import QUARANTINE_ROWS
from models.tables import conform, empty
from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.profiles import DEFAULTS, Profile
from pipelines.ingest.tables.bank_csv import read_bank_csv
from pipelines.ingest.tables.client_rows import read_clients
from pipelines.ingest.tables.header_search import Table, find_table
from pipelines.ingest.tables.invoices import read_invoices
from pipelines.ingest.tables.line_items import refuse_lines
from pipelines.ingest.tables.rows import Cells, read_cells, refuse_endless_lines
from pipelines.ingest.tables.sections import joined, sections
from pipelines.ingest.text import decode, unify_line_ends
from pipelines.ingest.written import cells_by_header


def read(source: Source) -> Parts:
    """The rows of a CSV or TSV file.

    Raises:
        UnreadableFile: its encoding, its columns or its quotation marks.
    """
    text, encoding = decode(source.content, source.name, announced=source.encoding)
    # CR CR LF is a line end that a program wrote twice over as text.
    return replace(read_text(unify_line_ends(text.replace("\r\r\n", "\r\n")), source), encoding=encoding)


def read_text(text: str, source: Source) -> Parts:
    """The rows of a text with LF between lines.

    Raises:
        UnreadableFile: its columns or its quotation marks.
    """
    refuse_endless_lines(text, source.name)
    announced, skipped = _sep_line(text)
    body = text[skipped:]
    table = _as_first_read(find_table(body, announced, source), source)
    first_line = 2 if skipped else 1
    if table.kind == "bank":
        parts = _read_statement(body, first_line, table, source)
    else:
        end = table.offsets[1]
        cells = read_cells(body, end, first_line + body.count("\n", 0, end), table.separator, table.header, source.name)
        is_per_line = table.profile is not None and table.profile.is_per_line
        if table.kind == "invoices" and not is_per_line:
            refuse_lines(cells, table.positions, table.header, source.name)
        reader = read_clients if table.kind == "clients" else read_invoices
        parts = reader(cells, table.positions, table.header, currency=source.currency, profile=table.profile)
        parts = replace(parts, quarantine=_quarantine(parts, cells, table.header, table.separator))
    columns = {name: " + ".join(table.header[i].strip() for i in places) for name, places in table.positions.items()}
    return replace(parts, separator=table.separator, columns=columns)


def _read_statement(body: str, first_line: int, table: Table, source: Source) -> Parts:
    """The accounts of a bank's export, each below a header."""
    date_at = table.positions["booking_date"][0]
    found: list[Parts] = []
    for section in sections(body, table.offsets, table.separator, date_at, source.name):
        line = first_line + body.count("\n", 0, section.start)
        cells = read_cells(body[: section.end], section.start, line, table.separator, table.header, source.name)
        parts = read_bank_csv(
            cells, table.positions, table.header, section.preamble, currency=source.currency, profile=table.profile
        )
        found.append(replace(parts, quarantine=_quarantine(parts, cells, table.header, table.separator)))
    return joined(found)


def _as_first_read(table: Table, source: Source) -> Table:
    """The table with the date order and the decimal sign of the file that its rows were taken out of, if there is one."""
    if not source.date_order and not source.decimal:
        return table
    profile = table.profile or Profile(code=DEFAULTS[table.kind], title="", kind=table.kind)
    return replace(
        table,
        profile=replace(profile, date_order=profile.date_order or source.date_order, decimal=profile.decimal or source.decimal),
    )


def _sep_line(text: str) -> tuple[str | None, int]:
    """The separator that a first line `sep=;` announces, and the length of that line."""
    end = text.find("\n")
    line = text if end < 0 else text[:end]
    bare = line.strip(' "\r')
    if bare.lower().startswith("sep=") and len(bare) == len("sep=") + 1:
        return bare[-1], min(len(line) + 1, len(text))
    if line.lower().startswith("sep=\t"):
        return "\t", min(len(line) + 1, len(text))
    return None, 0


def _quarantine(parts: Parts, cells: Cells, header: Sequence[str], separator: str) -> pl.DataFrame:
    """QUARANTINE_ROWS of the rejected rows, their cells by header."""
    lines = parts.rejected["line"].drop_nulls().unique()
    if lines.is_empty():
        return empty(QUARANTINE_ROWS)
    whole = cells.table.filter(pl.col("line").is_in(lines.implode()))
    rows = {row[-1]: list(row[:-1]) for row in whole.select(pl.all().exclude("line"), "line").iter_rows()}
    rows |= dict(cells.ragged.filter(pl.col("line").is_in(lines.implode())).select("line", "parts").iter_rows())
    rows |= {line: str(text).split(separator) for line, text in cells.broken.select("line", "value").iter_rows()}
    said = [(line, cells_by_header(header, row)) for line, row in sorted(rows.items())]
    return conform(pl.DataFrame(said, schema=QUARANTINE_ROWS, orient="row"), QUARANTINE_ROWS)
