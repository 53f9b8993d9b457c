"""One balance per client, taken over from another tool: laid out anew as a canonical invoice file.

What the file prints is copied as it stands and every row keeps its line, so that the reader of invoices says of a row that
cannot be read where it is in the file that a person has before them, and keeps it until it is corrected.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

import polars as pl

from models.ids import fold
from models.money import MONEY, total
from pipelines.ingest.refusals import refuse
from pipelines.ingest.tables.columns import Columns
from pipelines.ingest.tables.headers import fold_header
from pipelines.ingest.tables.rows import Cells, logical_rows, read_cells
from pipelines.ingest.text import decode, unify_line_ends
from pipelines.ingest.written import CANONICAL_CELLS

_PREFIX = "REPRISE-"
_HEAD_ROWS = 30
_WORDS = {
    "client_name": {"client", "nomclient", "raisonsociale", "clientname", "customer", "nom", "tiers", "intitule", "libelle"},
    "client_code": {"codeclient", "clientcode", "code", "compteauxiliaire", "compte", "numeroclient"},
    "amount": {"solde", "soldedu", "balance", "montant", "encours", "restedu", "amount", "soldeclient"},
}
_COLUMNS = ("client_name", "client_code", "number", "issue_date", "amount_incl_tax")
_TOTAL = r"(?i)^(?:sous[- ]?|grand )?tota(?:l|ux)\b"
_CONTROLS = {"nul_character": "\x00", "control_character": "\x01"}


@dataclass(frozen=True)
class _Table:
    """A list of balances, and the line on which its header stands."""

    cells: Cells
    header: list[str]
    positions: dict[str, tuple[int, ...]]
    line: int


def opening_invoices(content: bytes, name: str, *, on: date, currency: str = "EUR") -> bytes:
    """A canonical file of the clients' balances at the end of `on`: one invoice per client, a credit note if it is in credit.

    Clients that owe nothing are left out. The due date is left to the terms, counted from the take-over: a balance does not
    say how old it is.

    Args:
        content: a file with a client (name or code) and a balance per row; positive: the client owes.
        name: its name.
        on: the day of the take-over.
        currency: the company's.

    Raises:
        UnreadableFile: no_balances, or what `decode` and `logical_rows` refuse.
    """
    text, _ = decode(content, name)
    table = _balance_table(unify_line_ends(text), name)
    rows = _balances(table, currency).filter((pl.col("amount") != 0).fill_null(value=True))
    owed = total(rows.filter("has_client", ~pl.col("is_total"))["amount"].cast(MONEY))
    written: dict[int, list[str]] = {}
    for row in rows.iter_rows(named=True):
        is_sum = row["is_total"] or (not row["has_client"] and row["amount"] == owed)
        written[row["line"]] = _footer(row["written"]) if is_sum else _invoice(row, on)
    return _laid_out(table.line, written | dict(_unreadable(table.cells)))


def _balance_table(text: str, name: str) -> _Table:
    """The rows below the first row that names a client and a balance, whatever the separator."""
    for separator in (";", ",", "\t"):
        for line, header, end in islice(logical_rows(text, separator, name), _HEAD_ROWS):
            folded = [fold_header(cell) for cell in header or []]
            found = {column: next((i for i, key in enumerate(folded) if key in words), None) for column, words in _WORDS.items()}
            positions: dict[str, tuple[int, ...]] = {column: (at,) for column, at in found.items() if at is not None}
            if header and "amount" in positions and len(positions) > 1:
                cells = read_cells(text, end, 1 + text.count("\n", 0, end), separator, header, name)
                return _Table(cells, header, positions, line)
    raise refuse("no_balances", name=name)


def _balances(table: _Table, currency: str) -> pl.DataFrame:
    """line, client_name, client_code, written, amount (null: it cannot be read), has_client, is_total."""
    columns = Columns(table.cells, table.positions, table.header, currency)
    client = pl.coalesce("client_name", "client_code")
    return pl.DataFrame(
        {
            "line": columns.lines,
            "client_name": columns.text("client_name"),
            "client_code": columns.text("client_code"),
            "written": columns.raw("amount"),
            "amount": columns.amounts("amount", pl.Series([currency]).new_from_index(0, columns.lines.len())),
        }
    ).with_columns(has_client=client.is_not_null(), is_total=client.str.contains(_TOTAL).fill_null(value=False))


def _invoice(row: Mapping[str, str | None], on: date) -> list[str]:
    client = row["client_code"] or row["client_name"] or str(row["line"])
    number = _PREFIX + fold(client).replace(" ", "-").upper()
    return [row["client_name"] or "", row["client_code"] or "", number, on.isoformat(), row["written"] or ""]


def _footer(written: str) -> list[str]:
    """What the reader of invoices takes for a sum, and holds against the rows."""
    return ["Total", "", "", "", written]


def _unreadable(cells: Cells) -> Iterator[tuple[int, list[str]]]:
    """Rows of another width or with characters out of place, beyond the columns, where the reader says the same of them."""
    beyond = [""] * len(_COLUMNS)
    for line, parts in cells.ragged.select("line", "parts").iter_rows():
        yield line, [*beyond, *parts]
    for line, value, code in cells.broken.select("line", "value", "code").iter_rows():
        yield line, [*beyond, str(value).replace("\N{REPLACEMENT CHARACTER}", _CONTROLS.get(code, ""))]


def _laid_out(header_line: int, written: Mapping[int, list[str]]) -> bytes:
    """A file with the header and the rows on those lines; all others are blank."""
    headers = CANONICAL_CELLS["invoices"]
    rows = {header_line: [headers[column] for column in _COLUMNS], **written}
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\n")
    at = 1
    for line, cells in sorted(rows.items()):
        buffer.write("\n" * (line - at))
        writer.writerow(cells)
        at = max(line, at) + 1 + "".join(cells).count("\n")
    return buffer.getvalue().encode()
