"""FEC, the file of accounting entries (LPF, article A47 A-1): customers, invoices, receipts and what settles what.

One line per line of an entry, tab or "|" between cells, quotation marks not special. What it says of clients is rebuilt
from the client accounts (`fec_entries`), numbered and typed (`fec_rows`), and settled as it was lettered (`fec_lettering`).
"""

import json
import re
from collections import Counter
from collections.abc import Mapping

import polars as pl

from models.rows import QUARANTINE_ROWS
from models.tables import empty
from pipelines.ingest.dates import parse_dates
from pipelines.ingest.findings import Findings
from pipelines.ingest.ledgers.fec_entries import rebuilt_items
from pipelines.ingest.ledgers.fec_lettering import lettering_rows, settled_amounts
from pipelines.ingest.ledgers.fec_rows import named_items, rows_of
from pipelines.ingest.numbers import most_shown, parse_amounts
from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.refusals import refuse
from pipelines.ingest.text import CONTROL, clean, decode, trim

#: Header, folded, of each column of the order -> our name. Those of the other bases are known and not used.
COLUMNS = {
    "journalcode": "journal",
    "journallib": "journal_name",
    "ecriturenum": "entry_number",
    "ecrituredate": "entry_date",
    "comptenum": "account",
    "comptelib": "account_name",
    "compauxnum": "client_code",
    "compteauxnum": "client_code",
    "compauxlib": "client_name",
    "compteauxlib": "client_name",
    "pieceref": "piece",
    "piecedate": "piece_date",
    "ecriturelib": "label",
    "debit": "debit",
    "credit": "credit",
    "montant": "amount",
    "sens": "side",
    "ecriturelet": "letter",
    "datelet": "letter_date",
}
_TEXTS = ("journal", "journal_name", "entry_number", "account", "account_name", "client_code", "client_name", "piece", "label")
_SEPARATORS = ("\t", "|")
_SIDES = {"d": 1, "+1": 1, "1": 1, "+": 1, "c": -1, "-1": -1, "-": -1}
_MAX_CELL = 10_000
_MAX_COLUMNS = 200
_NEEDED = ("entry_date", "account")


def read(source: Source) -> Parts:
    """The clients' side of a FEC.

    Raises:
        UnreadableFile: its encoding, or a header without what is needed.
    """
    text, encoding = _decoded(source)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    headers, separator, positions = _header(text, source.name)
    table = _lines(text, separator, len(headers), source.name)
    shown = {name: headers[at].strip() for name, at in positions.items()}
    whole = _cells(table, separator, positions)
    findings = Findings(whole["line"], shown)
    findings.add(_broken_lines(table, shown))
    lines, signs, order = _typed(whole, findings)
    bad = findings.rejected_lines
    good = lines.filter(~pl.col("line").is_in(bad.implode())) if bad.len() else lines
    items, transfers, set_aside = rebuilt_items(good, findings)
    settled = settled_amounts(items, transfers)
    named = named_items(items, settled, findings)
    documents, receipts = rows_of(named)
    return Parts(
        kind="ledger",
        format="fec",
        profile="fec",
        encoding=encoding,
        separator=separator,
        date_order=order,
        decimal=most_shown(signs),
        mixes_decimals=len(signs) > 1,
        columns=shown,
        documents=documents,
        receipts=receipts,
        lettering=lettering_rows(named, settled),
        ignored=set_aside,
        rejected=findings.rejected,
        rejected_rows=bad.len(),
        quarantine=_quarantine(table, bad, headers, separator),
        warnings=findings.warnings,
    )


def _decoded(source: Source) -> tuple[str, str]:
    """The text: a FEC in single bytes is in ISO 8859-15, unless it uses bytes that only Windows-1252 has letters for."""
    text, encoding = decode(source.content, source.name)
    if encoding == "windows-1252" and not re.search(rb"[\x80-\x9f]", source.content):
        return source.content.decode("iso8859-15"), "iso8859-15"
    return text, encoding


def _header(text: str, name: str) -> tuple[list[str], str, dict[str, int]]:
    """The headers as written, their separator, and where our columns stand.

    Raises:
        UnreadableFile: too_many_columns, missing_column or duplicate_column.
    """
    first = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    if first.count(separator) > _MAX_COLUMNS:
        raise refuse("too_many_columns", name=name, count=first.count(separator) + 1, limit=_MAX_COLUMNS)
    headers = first.split(separator)
    positions: dict[str, int] = {}
    for at, header in enumerate(headers):
        column = COLUMNS.get(re.sub(r"[^a-z]", "", header.casefold()))
        if column in positions:
            raise refuse("duplicate_column", name=name, column=column, headers=f"{headers[positions[column]]}, {header}")
        if column is not None:
            positions[column] = at
    has_amounts = {"debit", "credit"} <= positions.keys() or {"amount", "side"} <= positions.keys()
    shown = {"entry_date": "EcritureDate", "account": "CompteNum"}
    missing = [shown[column] for column in _NEEDED if column not in positions] + ([] if has_amounts else ["Debit, Credit"])
    if missing:
        seen = ", ".join(header.strip() for header in headers)
        raise refuse("missing_column", name=name, missing=", ".join(missing), seen=seen[:500])
    return headers, separator, positions


def _lines(text: str, separator: str, width: int, name: str) -> pl.DataFrame:
    """One row per line that is not blank: `line`, `written`, and `is_ragged`: it has not as many cells as the header.

    Raises:
        UnreadableFile: field_too_long.
    """
    written = pl.Series("written", text.split("\n")[1:], dtype=pl.String)
    table = written.to_frame().with_row_index("line", offset=2).cast({"line": pl.Int64})
    table = table.filter(pl.col("written").str.strip_chars(" \t|") != "")
    cell = re.compile(rf"[^{re.escape(separator)}]{{{_MAX_CELL + 1}}}")
    for line, row in table.filter(pl.col("written").str.len_bytes() > _MAX_CELL).select("line", "written").iter_rows():
        if cell.search(row):
            raise refuse("field_too_long", name=name, line=line, limit=_MAX_CELL)
    marks = pl.col("written").str.count_matches(separator, literal=True)
    has_last = (marks == width) & pl.col("written").str.ends_with(separator)
    return table.with_columns(is_ragged=(marks != width - 1) & ~has_last)


def _cells(table: pl.DataFrame, separator: str, positions: Mapping[str, int]) -> pl.DataFrame:
    """The lines that are not ragged, with our columns as written."""
    whole = table.filter(~pl.col("is_ragged")).with_columns(cells=pl.col("written").str.split(separator))
    return whole.with_columns(pl.col("cells").list.get(at).alias(column) for column, at in positions.items()).drop("cells")


def _broken_lines(table: pl.DataFrame, shown: Mapping[str, str]) -> pl.DataFrame:
    """PROBLEMS of the lines that cannot be cut into cells, or that hold what no text holds."""
    broken = Findings(table["line"], shown)
    broken.reject_where(table["is_ragged"], "ragged_row", None, table["written"])
    has_nul = table["written"].str.contains("\x00", literal=True)
    broken.reject_where(has_nul, "nul_character", None, table["written"].str.replace_all("\x00", "␀", literal=True))
    broken.reject_where(table["written"].str.contains(CONTROL) & ~has_nul, "control_character", None, table["written"])
    return broken.rejected


def _typed(table: pl.DataFrame, findings: Findings) -> tuple[pl.DataFrame, Mapping[str, int], str | None]:
    """The lines with clean texts, dates and `signed` (debit less credit), the decimal signs and the order of the dates."""
    is_plain = bool(table["written"].str.contains(r"^[\x20-\x7E\t]*$").all())
    columns = {name: clean(_column(table, name), is_plain=is_plain) for name in (*_TEXTS, "letter")}
    findings.reject_where(columns["account"].is_null(), "missing_account", "account")
    order: str | None = None
    for name in ("entry_date", "piece_date", "letter_date"):
        written = trim(_column(table, name), is_plain=is_plain)
        read = parse_dates(written)
        columns[name] = read.values
        if name == "entry_date":
            order = read.order
            findings.reject(name, written, read.codes)
            findings.reject_where(written.is_null(), "missing_date", name)
        else:
            is_read = columns["account"].str.starts_with("41").fill_null(value=False)
            findings.warn_where(read.codes.is_not_null() & is_read, "date_set_aside", name, written)
    signed, signs = _signed(table, findings, is_plain=is_plain)
    return pl.DataFrame({"line": table["line"], **columns, "signed": signed}), signs, order


def _column(table: pl.DataFrame, name: str) -> pl.Series:
    return table[name] if name in table.columns else pl.Series(name, [None], dtype=pl.String).new_from_index(0, table.height)


def _signed(table: pl.DataFrame, findings: Findings, *, is_plain: bool) -> tuple[pl.Series, Mapping[str, int]]:
    """What each line adds to the client's debt or account, and the decimal signs; a blank amount is 0 (as the order says)."""
    signs = Counter[str]()
    parts: dict[str, pl.Series] = {}
    for name in ("debit", "credit", "amount"):
        written = trim(_column(table, name), is_plain=is_plain)
        read = parse_amounts(written)
        findings.reject(name, written, read.codes)
        signs.update(read.signs)
        parts[name] = read.values.fill_null(0)
    if "side" not in table.columns:
        return parts["debit"] - parts["credit"], signs
    side = trim(table["side"], is_plain=is_plain)
    factor = side.str.to_lowercase().replace_strict(_SIDES, default=None, return_dtype=pl.Int64)
    findings.reject_where(factor.is_null(), "unknown_direction", "side", side)
    amount = parts["amount"]
    return pl.select(pl.when(factor == -1).then(-amount).otherwise(amount)).to_series(), signs


def _quarantine(table: pl.DataFrame, bad: pl.Series, headers: list[str], separator: str) -> pl.DataFrame:
    """QUARANTINE_ROWS of the rejected lines."""
    if bad.is_empty():
        return empty(QUARANTINE_ROWS)
    names = [header.strip() or f"{at + 1}" for at, header in enumerate(headers)]
    rows = table.filter(pl.col("line").is_in(bad.implode())).select("line", "written").iter_rows()
    said = [
        (line, json.dumps(dict(zip(names, text.split(separator, len(names)), strict=False)), ensure_ascii=False))
        for line, text in rows
    ]
    return pl.DataFrame(said, schema=QUARANTINE_ROWS, orient="row")
