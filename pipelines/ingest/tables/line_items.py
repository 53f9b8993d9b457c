"""Exports with one row per line of an invoice: the rows of one number and client are one invoice.

Amounts that repeat on each line must agree, amounts of lines add up, and a line that cannot be read rejects its whole
invoice: an invoice never comes in with a part of its amount.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from models.money import MONEY
from models.rows import PROBLEMS
from models.tables import empty
from pipelines.ingest.findings import Findings
from pipelines.ingest.refusals import refuse
from pipelines.ingest.tables.columns import Columns
from pipelines.ingest.tables.headers import fold_header
from pipelines.ingest.tables.rows import Cells

_KEY = ("number", "client_code", "client_name")
#: What all lines of one invoice must say alike, where they say it; amounts that are not summed too.
_REPEATED = ("direction", "kind", "status", "issue_date", "due_date", "currency")
AMOUNTS = ("amount_incl_tax", "amount_excl_tax", "vat_amount", "deposit_amount", "paid_amount", "amount_due")
#: Headers, folded, of what only a line of an invoice has.
_OF_LINES = {
    fold_header(name)
    for name in (
        *("Quantité", "Qté", "Quantity", "Qty", "Ligne", "N° ligne", "Line", "Line no", "Prix unitaire", "Prix unitaire HT"),
        *("PU", "PU HT", "P.U. HT", "Unit price", "UnitAmount", "Item price", "ItemQuantity", "Line total", "Item total"),
    )
}
_COLUMN = {"number": "invoice_number"}


def refuse_lines(cells: Cells, positions: Mapping[str, tuple[int, ...]], header: Sequence[str], name: str) -> None:
    """Stop at a file whose rows are lines of invoices if no profile says which of its amounts are the invoice's.

    Raises:
        UnreadableFile: rows_are_lines.
    """
    items = [place for place, cell in enumerate(header) if fold_header(cell) in _OF_LINES]
    if not items:
        return
    number = f"c{positions['invoice_number'][0]}"
    several = (
        cells.table.filter(pl.col(number).str.strip_chars() != "")
        .group_by(number)
        .agg(pl.struct(f"c{place}" for place in items).n_unique().alias("lines"))
        .filter(pl.col("lines") > 1)
    )
    if several.height:
        raise refuse("rows_are_lines", name=name, column=header[items[0]].strip())


@dataclass(frozen=True)
class Invoices:
    """The invoices of a file with one row per line.

    Attributes:
        documents: one row per invoice, at the line of its first row.
        columns: the first rows, with findings of their own.
        places: line -> `document`, the line of its invoice's first row.
        differing: PROBLEMS of invoices whose lines disagree.
    """

    documents: pl.DataFrame
    columns: Columns
    places: pl.DataFrame
    differing: pl.DataFrame


def by_invoice(rows: pl.DataFrame, columns: Columns, sums: tuple[str, ...]) -> Invoices:
    """One row per invoice.

    Args:
        rows: one row per line as read, in file order; a row without a number is an invoice of its own.
        columns: of these rows.
        sums: the amounts that add up over the lines.
    """
    first = pl.when(pl.col("number").is_null()).then("line").otherwise(pl.col("line").min().over(_KEY))
    placed = rows.with_columns(document=first)
    added = pl.col(sorted(set(sums) & set(AMOUNTS)))
    others = [
        name for name in rows.columns if name not in sums and name not in ("line", "is_disputed", "paid_date", "has_amount")
    ]
    documents = (
        placed.group_by("document", maintain_order=True)
        .agg(
            pl.when(added.count() > 0).then(added.sum()).cast(MONEY),
            pl.col(others).drop_nulls().first(),
            pl.col("is_disputed", "has_amount").any(),
            pl.col("paid_date").max(),
        )
        .rename({"document": "line"})
        .select(rows.columns)
    )
    is_first = placed["document"] == placed["line"]
    return Invoices(documents, columns.without(~is_first), placed.select("line", "document"), _differing(placed, columns, sums))


def _differing(placed: pl.DataFrame, columns: Columns, sums: tuple[str, ...]) -> pl.DataFrame:
    """Invoices whose lines say two things where they must say one."""
    found = [empty(PROBLEMS)]
    for name in (*_REPEATED, *(amount for amount in AMOUNTS if amount not in sums)):
        values = pl.col(name).drop_nulls().unique(maintain_order=True).cast(pl.String)
        several = (
            placed.group_by("document", maintain_order=True).agg(values.alias("values")).filter(pl.col("values").list.len() > 1)
        )
        header = columns.headers.get(_COLUMN.get(name, name), name)
        found.append(
            several.select(
                line="document",
                column=pl.lit(header),
                value=pl.col("values").list.join(" / ").str.slice(0, 200),
                code=pl.lit("lines_differ"),
            )
        )
    return pl.concat(found)


@dataclass(frozen=True)
class Verdict:
    """What becomes of the rows of an invoice file.

    Attributes:
        good: the documents that come in. `rejected`, `warnings`: PROBLEMS.
    """

    good: pl.DataFrame
    rejected: pl.DataFrame
    warnings: pl.DataFrame


def settle(invoices: Invoices, lines: Findings, unread: pl.DataFrame, ragged: pl.DataFrame) -> Verdict:
    """The invoices that come in whole, and the problems of the others.

    The problems of one invoice stand at the line of the first of them, so that a rejected invoice counts once.

    Args:
        invoices: with the findings about whole ones.
        lines: findings about single lines.
        unread: PROBLEMS of rows that could not be cut into cells.
        ragged: `line` and `parts` of those of them that have cells.
    """
    numberless = lines.rejected.filter(pl.col("code") == "missing_number")
    own, neighbours = _owners(pl.concat([unread, numberless]), invoices, ragged)
    problems = pl.concat([lines.rejected, invoices.columns.findings.rejected, invoices.differing, unread, neighbours])
    places = pl.concat([own, invoices.places]).unique("line", keep="first", maintain_order=True)
    located = problems.join(places, on="line", how="left", validate="m:1", maintain_order="left").with_columns(
        pl.col("document").fill_null(pl.col("line"))
    )
    told = ["document", "column", "value", "code"]
    rejected = (
        located.with_columns(line=pl.col("line").min().over("document"))
        .unique(told, keep="first", maintain_order=True)
        .sort("line", maintain_order=True)
    )
    bad = rejected.select("document").unique()
    said = pl.concat([lines.warnings, invoices.columns.findings.warnings])
    warnings = (
        said.join(places, on="line", how="left", validate="m:1", maintain_order="left")
        .join(bad, on="document", how="anti", maintain_order="left")
        .unique(told, keep="first", maintain_order=True)
        .sort("line", nulls_last=True, maintain_order=True)
    )
    good = (
        invoices.documents.join(places, on="line", how="left", validate="1:1", maintain_order="left")
        .join(bad, on="document", how="anti", maintain_order="left")
        .drop("document")
    )
    return Verdict(good, rejected.select(*PROBLEMS), warnings.select(*PROBLEMS))


def _owners(unread: pl.DataFrame, invoices: Invoices, ragged: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The invoice that each row without a readable number belongs to, and PROBLEMS of others to which it may belong.

    It belongs to the invoice whose number it holds; failing one, to the invoice of the row above it, and perhaps to
    that of the row below it: neither comes in.
    """
    numbers = dict(invoices.documents.select("number", "line").drop_nulls().iter_rows())
    parts = dict(ragged.select("line", "parts").iter_rows())
    numbered = invoices.places.join(unread, on="line", how="anti").sort("line")
    lines, documents = numbered["line"].to_list(), numbered["document"].to_list()
    own: list[tuple[int, int]] = []
    doubtful: list[tuple[int, str | None, str | None, str]] = []
    for line, value in unread.select("line", "value").unique("line", maintain_order=True).iter_rows():
        named = [numbers[part.strip()] for part in parts.get(line, ()) if part.strip() in numbers]
        at = bisect_left(lines, line)
        touched = list(dict.fromkeys(named[:1] or [*documents[max(at - 1, 0) : at], *documents[at : at + 1]]))
        own.extend((line, document) for document in touched[:1])
        doubtful.extend((document, None, value, "line_unread") for document in touched[1:])
    schema = {"line": pl.Int64, "document": pl.Int64}
    return pl.DataFrame(own, schema=schema, orient="row"), pl.DataFrame(doubtful, schema=PROBLEMS, orient="row")
