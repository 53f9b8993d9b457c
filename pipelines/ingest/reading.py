"""One entrance for every file: bytes to typed rows, problems and a description of what was understood."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

import polars as pl

from models.errors import UnreadableFile
from pipelines.ingest.bank_csv import read_bank_csv
from pipelines.ingest.findings import Parts
from pipelines.ingest.headers import Layout, locate, settle_columns
from pipelines.ingest.invoices import read_invoices
from pipelines.ingest.ofx import OFX_COLUMNS, is_ofx, read_ofx
from pipelines.ingest.refusals import refuse
from pipelines.ingest.rows import Row, logical_rows, read_cells
from pipelines.ingest.text import decode, refuse_foreign_bytes, unify_line_ends

KINDS = ("auto", "invoices", "bank")
PROFILES = {"invoices": "canonical", "bank": "generic", "ofx": "ofx"}
_SEPARATORS = (";", ",", "\t", "|")
_HEAD_ROWS = 30


@dataclass(frozen=True)
class Reading:
    """What a file says, before anything is stored.

    Attributes:
        name: the file's name, for people.
        sha256: hexadecimal digest of its bytes.
        kind: invoices or bank.
        format: csv or ofx.
        profile: the layout it was read with: canonical, generic or ofx.
        encoding: utf-8, utf-16, windows-1252 or iso8859-15.
        separator: of the cells; None for OFX.
        date_order: of the issue or booking dates: ymd, dmy or mdy; None if there is no date.
        decimal: the decimal sign of the amounts, "," or "."; None if they show none, or both.
        rows: documents or movements in the file: good + rejected + ignored. Blank rows, totals and notes are not counted.
        documents: INVOICE_ROWS of the good rows, drafts and cancelled ones included (their status says so).
        has_sent_column: the file has a sent date column with at least one date in it.
        has_column: canonical names of the columns that it has.
        lines: BANK_ROWS of the good rows.
        accounts: ACCOUNT_ROWS, one per account of a statement.
        balances: BALANCE_ROWS that the statement gives.
        ignored: movements that the reader set aside because the bank has not booked them (pending, declined).
        rejected: PROBLEMS of the rejected rows, at least one per row.
        rejected_rows: how many rows were rejected.
        warnings: PROBLEMS of the file, or of rows that were kept.
        columns: canonical name -> header as written.
    """

    name: str
    sha256: str
    kind: str
    format: str
    profile: str
    encoding: str
    separator: str | None
    date_order: str | None
    decimal: str | None
    rows: int
    documents: pl.DataFrame
    has_sent_column: bool
    has_column: frozenset[str]
    lines: pl.DataFrame
    accounts: pl.DataFrame
    balances: pl.DataFrame
    ignored: int
    rejected: pl.DataFrame
    rejected_rows: int
    warnings: pl.DataFrame
    columns: Mapping[str, str]


@dataclass(frozen=True)
class _Source:
    """A file as text."""

    content: bytes
    name: str
    text: str
    encoding: str


def read_file(content: bytes, name: str, *, kind: str = "auto", profile: str | None = None, currency: str = "EUR") -> Reading:
    """Read one file, whatever it is.

    Args:
        content: its bytes; the name plays no part in what they are taken for, except to try OFX.
        name: its name, for messages.
        kind: auto, invoices or bank.
        profile: canonical, generic or ofx; None lets the content decide.
        currency: the company's, for what names none.

    Raises:
        UnreadableFile: nothing of the file can be used; the codes are those of pipelines.ingest.refusals.
    """
    if kind not in KINDS:
        raise refuse("unknown_file_kind", kind=kind, known=", ".join(KINDS))
    if profile not in (None, *PROFILES.values()):
        raise refuse("unknown_profile", profile=profile, known=", ".join(PROFILES.values()))
    refuse_foreign_bytes(content, name)
    if is_ofx(content, name) or profile == PROFILES["ofx"]:
        return _read_ofx(content, name, kind=kind, currency=currency)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml"):
        raise refuse("unknown_format", name=name)
    text, encoding = decode(content, name)
    source = _Source(content, name, unify_line_ends(text), encoding)
    wanted = {PROFILES["invoices"]: ("invoices",), PROFILES["bank"]: ("bank",)}.get(profile or "")
    kinds = wanted or (("invoices", "bank") if kind == "auto" else (kind,))
    return _read_csv(source, kinds, currency)


def _read_ofx(content: bytes, name: str, *, kind: str, currency: str) -> Reading:
    if kind == "invoices":
        raise refuse("wrong_kind", name=name)
    parts, encoding = read_ofx(content, name, currency=currency)
    source = _Source(content, name, "", encoding)
    return _reading(source, parts, "bank", "ofx", None, OFX_COLUMNS)


def _read_csv(source: _Source, kinds: tuple[str, ...], currency: str) -> Reading:
    announced, skipped = _sep_line(source.text)
    text = source.text[skipped:]
    separator, head, layout = _find_header(text, announced, kinds, source.name)
    at = (
        layout.row
        if layout is not None
        else next((i for i, row in enumerate(head) if any(cell.strip() for cell in row[1] or [])), 0)
    )
    header = (head[at][1] or []) if head else []
    positions = settle_columns(layout, header, source.name)
    end = head[at][2]
    next_line = (2 if skipped else 1) + text.count("\n", 0, end)
    cells = read_cells(text, end, next_line, separator, header, source.name)
    if layout is not None and layout.kind == "invoices":
        parts, kind = read_invoices(cells, positions, header, currency=currency), "invoices"
    else:
        start = head[at - 1][2] if at else 0
        parts, kind = read_bank_csv(cells, positions, header, text[:start].split("\n"), currency=currency), "bank"
    columns = {name: " + ".join(header[i].strip() for i in places) for name, places in positions.items()}
    return _reading(source, parts, kind, "csv", separator, columns)


def _sep_line(text: str) -> tuple[str | None, int]:
    """The separator that a first line `sep=;` announces, and the length of that line."""
    line, _, _ = text.partition("\n")
    bare = line.strip(' "\r')
    if bare.lower().startswith("sep=") and len(bare) == len("sep=") + 1:
        return bare[-1], min(len(line) + 1, len(text))
    if line.lower().startswith("sep=\t"):
        return "\t", min(len(line) + 1, len(text))
    return None, 0


def _find_header(text: str, announced: str | None, kinds: tuple[str, ...], name: str) -> tuple[str, list[Row], Layout | None]:
    """The separator with which a row of the head is a header; else the one that cuts the head into most cells."""
    tried: list[tuple[tuple[int, int], str, list[Row], Layout | None]] = []
    failure: UnreadableFile | None = None
    for separator in (announced,) if announced else _SEPARATORS:
        head, unclosed = _head(text, separator, name)
        failure = failure or unclosed
        layout = locate([cells for _, cells, _ in head], kinds, name)
        if layout is not None and layout.is_complete:
            return separator, head, layout
        width = max((len(cells or []) for _, cells, _ in head), default=0)
        tried.append(((layout.found if layout else 0, width), separator, head, layout))
    if failure is not None and not any(head for _, _, head, _ in tried):
        raise failure
    _, separator, head, layout = max(tried, key=lambda trial: trial[0])
    return separator, head, layout


def _head(text: str, separator: str, name: str) -> tuple[list[Row], UnreadableFile | None]:
    """The first rows, and why there are no more if a quotation mark among them is never closed."""
    rows: list[Row] = []
    try:
        for row in islice(logical_rows(text, separator, name), _HEAD_ROWS):
            rows.append(row)  # noqa: PERF402 -- those read before the refusal are the answer
    except UnreadableFile as error:
        return rows, error
    return rows, None


def _reading(
    source: _Source, parts: Parts, kind: str, file_format: str, separator: str | None, columns: Mapping[str, str]
) -> Reading:
    rows = parts.documents.height + parts.lines.height + parts.ignored + parts.rejected_rows
    warnings = parts.warnings
    if not rows:
        empty_row = pl.DataFrame([(None, None, None, "no_rows")], schema=warnings.schema, orient="row")
        warnings = pl.concat([warnings, empty_row])
    return Reading(
        name=source.name,
        sha256=sha256(source.content).hexdigest(),
        kind=kind,
        format=file_format,
        profile=PROFILES["ofx" if file_format == "ofx" else kind],
        encoding=source.encoding,
        separator=separator,
        date_order=parts.date_order,
        decimal=parts.decimal,
        rows=rows,
        documents=parts.documents,
        has_sent_column=parts.documents["sent_date"].is_not_null().any(),
        has_column=frozenset(columns),
        lines=parts.lines,
        accounts=parts.accounts,
        balances=parts.balances,
        ignored=parts.ignored,
        rejected=parts.rejected,
        rejected_rows=parts.rejected_rows,
        warnings=warnings,
        columns=columns,
    )
