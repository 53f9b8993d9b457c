"""What goes into a reader and what comes out of it, whatever the format."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from models.rows import (
    ACCOUNT_ROWS,
    BALANCE_ROWS,
    BANK_ROWS,
    CLIENT_ROWS,
    INVOICE_ROWS,
    LETTERING_ROWS,
    PROBLEMS,
    QUARANTINE_ROWS,
    RATE_ROWS,
    RECEIPT_ROWS,
)
from models.tables import empty
from pipelines.ingest.numbers import most_shown
from pipelines.ingest.profiles import Profile


@dataclass(frozen=True)
class Source:
    """A file to be read, and what its reader may need to know around it.

    Attributes:
        content: its bytes.
        name: its name, for messages; a FEC's closing date stands in it.
        kind: what a person says it is: auto, invoices, purchases, bank, clients or rates.
        profile: the profile that a person chose, or None.
        currency: the company's, for what names none.
        company_siren: the company's, which tells a sale from a purchase in an e-invoice; empty if it is not known.
        profiles: those saved by the user, before the built-in ones.
        progress: told (rows done, rows in all) by a reader that takes long.
        date_order: of rows taken out of another file, the order of its dates. `decimal`: its decimal sign.
        encoding: the 8-bit encoding that a person chose in place of Windows-1252, or None.
    """

    content: bytes
    name: str
    kind: str = "auto"
    profile: str | None = None
    currency: str = "EUR"
    company_siren: str = ""
    profiles: tuple[Profile, ...] = ()
    progress: Callable[[int, int], None] | None = None
    date_order: str | None = None
    decimal: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a reader found in a file; frames as in models.tables.

    Attributes:
        kind: invoices, bank, clients, rates, or ledger (documents, receipts and their lettering from a general ledger).
        format: csv, xlsx, ofx, camt, mt940, cfonb, qif, fec, cii, ubl, facturx or zip.
        profile: the code of the profile that it was read with.
        encoding: utf-8, utf-16, windows-1252 or iso8859-15; empty where the format has none.
        separator: of the cells; None where there are none.
        date_order: of the issue or booking dates: ymd, dmy or mdy; None if there is no date.
        decimal: the decimal sign that most amounts show, "," or "."; None if none shows one. `mixes_decimals`: they show both.
        columns: canonical name -> header as written.
        documents: INVOICE_ROWS of the good rows, drafts and cancelled ones included (their status says so).
        lines: BANK_ROWS of the good rows. `accounts`: ACCOUNT_ROWS, one per account. `balances`: BALANCE_ROWS.
        clients: CLIENT_ROWS. `receipts`: RECEIPT_ROWS. `lettering`: LETTERING_ROWS. `rates`: RATE_ROWS.
        ignored: rows that the reader set aside because they are none yet or no more (pending, declined).
        rejected: PROBLEMS of the rejected rows, at least one per row. `rejected_rows`: how many.
        quarantine: QUARANTINE_ROWS, the rejected rows as written.
        warnings: PROBLEMS of the file, or of rows that were kept.
    """

    kind: str
    format: str
    profile: str
    encoding: str = ""
    separator: str | None = None
    date_order: str | None = None
    decimal: str | None = None
    mixes_decimals: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    documents: pl.DataFrame = field(default_factory=lambda: empty(INVOICE_ROWS))
    lines: pl.DataFrame = field(default_factory=lambda: empty(BANK_ROWS))
    accounts: pl.DataFrame = field(default_factory=lambda: empty(ACCOUNT_ROWS))
    balances: pl.DataFrame = field(default_factory=lambda: empty(BALANCE_ROWS))
    clients: pl.DataFrame = field(default_factory=lambda: empty(CLIENT_ROWS))
    receipts: pl.DataFrame = field(default_factory=lambda: empty(RECEIPT_ROWS))
    lettering: pl.DataFrame = field(default_factory=lambda: empty(LETTERING_ROWS))
    rates: pl.DataFrame = field(default_factory=lambda: empty(RATE_ROWS))
    ignored: int = 0
    rejected: pl.DataFrame = field(default_factory=lambda: empty(PROBLEMS))
    rejected_rows: int = 0
    quarantine: pl.DataFrame = field(default_factory=lambda: empty(QUARANTINE_ROWS))
    warnings: pl.DataFrame = field(default_factory=lambda: empty(PROBLEMS))

    @property
    def rows(self) -> int:
        """Documents, movements, receipts, clients, rates in the file: good + rejected + ignored; blanks, totals, notes aside."""
        counted = (self.documents, self.lines, self.receipts, self.clients, self.rates)
        return sum(frame.height for frame in counted) + self.ignored + self.rejected_rows

    @property
    def has_sent_column(self) -> bool:
        """The file has a sent date column with at least one date in it."""
        return bool(self.documents["sent_date"].is_not_null().any())


def common_decimal(parts: Sequence[Parts]) -> tuple[str | None, bool]:
    """The decimal sign of the parts of one file, that of most rows if they differ, and whether both are shown."""
    rows = Counter[str]()
    for part in parts:
        if part.decimal:
            rows[part.decimal] += part.rows
    return most_shown(rows), len(rows) > 1 or any(part.mixes_decimals for part in parts)
