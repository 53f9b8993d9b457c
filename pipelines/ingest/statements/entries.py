"""What statement formats share: entries as printed become movements, balances and periods, or located problems."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from models.money import MONEY
from models.rows import ACCOUNT_ROWS, BALANCE_ROWS, BANK_ROWS, PROBLEMS, QUARANTINE_ROWS
from models.tables import Schema, conform, empty
from pipelines.ingest.dates import Dates, parse_dates
from pipelines.ingest.findings import Findings
from pipelines.ingest.numbers import Amounts, most_shown, parse_amounts
from pipelines.ingest.parts import Parts
from pipelines.ingest.tables.balances import french, gap_text
from pipelines.ingest.text import CONTROL, clean
from pipelines.ingest.written import WHOLE_CELL

#: One row per entry of the file, its cells as printed.
ENTRIES: Schema = {
    "line": pl.Int64,
    "statement": pl.Int64,  # which statement of the file it stands in
    "account": pl.Int64,  # position in the accounts
    "booked_on": pl.String,
    "valued_on": pl.String,
    "amount": pl.String,  # signed as written
    "is_debit": pl.Boolean,  # a mark beside the amount takes it away; null: the mark says neither
    "currency": pl.String,
    "label": pl.String,
    "counterparty": pl.String,
    "counterparty_iban": pl.String,
    "bank_id": pl.String,
    "broken": pl.String,  # problem code of an entry that cannot be taken apart
    "shown": pl.String,  # what to show of such an entry, or the mark that says neither
    "written": pl.String,  # all that is printed of such an entry, if it is more than what is shown
}
#: One row per stated balance, as printed.
STATED: Schema = {
    "statement": pl.Int64,
    "account": pl.Int64,
    "day": pl.String,
    "amount": pl.String,
    "is_debit": pl.Boolean,
    "currency": pl.String,
    "kind": pl.String,  # opening | closing
    "is_interim": pl.Boolean,  # between two pages of a statement: it adds up there, and is no balance of a day
}
#: One row per period that a statement says it covers, as printed.
PERIODS: Schema = {"account": pl.Int64, "from": pl.String, "to": pl.String}
MAX_LABEL = 10_000
_IBAN = r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$"
_CELLS = ("booking_date", "value_date", "amount", "currency", "label", "counterparty", "bank_id")


@dataclass(frozen=True, kw_only=True)
class Printed:
    """A statement file taken apart, nothing of it judged yet.

    Attributes:
        format: its code. `profile`: the kind of message, where a format has several. `encoding`: as Parts.
        columns: canonical name -> name in the format, for messages.
        entries: ENTRIES. `balances`: STATED. `periods`: PERIODS. `accounts`: ACCOUNT_ROWS, the periods left out.
        order: of the dates, where the format fixes it. `decimal`: of the amounts, likewise.
        is_unsigned: a mark alone says whether an amount is a debit, so that a sign in it has no meaning.
        ignored: entries that are none yet (pending).
        warnings: PROBLEMS about the file.
    """

    format: str
    profile: str
    encoding: str
    columns: Mapping[str, str]
    entries: pl.DataFrame
    accounts: pl.DataFrame
    balances: pl.DataFrame = field(default_factory=lambda: empty(STATED))
    periods: pl.DataFrame = field(default_factory=lambda: empty(PERIODS))
    order: str | None = None
    decimal: str | None = None
    is_unsigned: bool = False
    ignored: int = 0
    warnings: pl.DataFrame = field(default_factory=lambda: empty(PROBLEMS))


def parts_of(printed: Printed) -> Parts:
    """What the file says; every entry is a movement or a rejected row."""
    entries = printed.entries.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    # Two entries may start on one line: problems are gathered by row, and located by line at the end.
    findings = Findings(entries["row"], printed.columns)
    booking = parse_dates(entries["booked_on"], order=printed.order)
    amounts = parse_amounts(entries["amount"], currency=entries["currency"], decimal=printed.decimal)
    if printed.is_unsigned:
        amounts = replace(amounts, codes=_without_signs(entries["amount"], amounts.codes))
    _judge(entries, findings, booking, amounts)
    bad = findings.rejected_lines
    typed = _typed(entries, booking, amounts, printed).filter(~pl.col("row").is_in(bad.implode()))
    about_file = Findings(entries["line"], printed.columns)
    balances = _balances(printed, typed, booking.order, about_file)
    return Parts(
        kind="bank",
        format=printed.format,
        profile=printed.profile,
        encoding=printed.encoding,
        date_order=booking.order,
        decimal=printed.decimal or most_shown(amounts.signs),
        mixes_decimals=printed.decimal is None and len(amounts.signs) > 1,
        columns=printed.columns,
        lines=conform(typed, BANK_ROWS).sort("line", maintain_order=True),
        accounts=_with_periods(printed, typed, balances, booking.order),
        balances=conform(_lasting(balances), BALANCE_ROWS).unique(maintain_order=True),
        ignored=printed.ignored,
        rejected=_at_lines(findings.rejected, entries),
        rejected_rows=bad.len(),
        quarantine=_quarantine(
            entries.filter(pl.col("row").is_in(bad.implode())), printed.columns, printed.order or booking.order
        ),
        warnings=pl.concat([printed.warnings, about_file.warnings, _at_lines(findings.warnings, entries)]),
    )


def _without_signs(written: pl.Series, codes: pl.Series) -> pl.Series:
    """`codes`, and bad_amount where there is none yet but a sign that should not be there."""
    is_signed = written.str.contains(r"^[^0-9.,]|-$").fill_null(value=False)
    return codes.set(codes.is_null() & is_signed, "bad_amount")


def _judge(entries: pl.DataFrame, findings: Findings, booking: Dates, amounts: Amounts) -> None:
    """Gather the problems of each entry."""
    is_whole = entries["broken"].is_null()
    label = entries["label"]
    shown = label.str.replace_all(CONTROL, " ")
    findings.reject(None, entries["shown"], entries["broken"])
    findings.reject_where(is_whole & entries["booked_on"].is_null(), "missing_date", "booking_date")
    findings.reject("booking_date", entries["booked_on"], booking.codes.set(~is_whole, None))
    findings.reject_where(is_whole & entries["amount"].is_null(), "missing_amount", "amount")
    findings.reject("amount", entries["amount"], amounts.codes.set(~is_whole, None))
    findings.reject_where(is_whole & entries["is_debit"].is_null(), "unknown_direction", "direction", entries["shown"])
    is_iso = entries["currency"].str.contains("^[A-Z]{3}$").fill_null(value=False)
    findings.reject_where(is_whole & ~is_iso, "unknown_currency", "currency", entries["currency"].fill_null(""))
    findings.reject_where(is_whole & label.str.contains(CONTROL), "control_character", "label", shown)
    findings.warn_where(is_whole & (amounts.values == 0), "zero_amount", "amount", entries["amount"])
    findings.warn_where(is_whole & (label.str.len_chars() > MAX_LABEL), "label_cut", "label")


def _typed(entries: pl.DataFrame, booking: Dates, amounts: Amounts, printed: Printed) -> pl.DataFrame:
    """BANK_ROWS with `row` and `statement`."""
    spaced = entries["label"].str.replace_all(r"\s+", " ").str.slice(0, MAX_LABEL)
    iban = entries["counterparty_iban"].str.replace_all(" ", "").str.to_uppercase()
    return entries.with_columns(
        booking_date=booking.values,
        value_date=parse_dates(entries["valued_on"], order=printed.order or booking.order).values,
        amount=pl.when("is_debit").then(-amounts.values).otherwise(amounts.values).cast(MONEY),
        label=clean(spaced, is_plain=False).fill_null(""),
        counterparty=clean(entries["counterparty"], is_plain=False),
        counterparty_iban=iban.set(~iban.str.contains(_IBAN).fill_null(value=False), None),
        bank_id=clean(entries["bank_id"], is_plain=False),
    )


def _balances(printed: Printed, typed: pl.DataFrame, order: str | None, findings: Findings) -> pl.DataFrame:
    """Stated balances with `balance_date`, typed `amount`, `kind`; an opening one is that of the first day covered."""
    stated = printed.balances
    amounts = parse_amounts(stated["amount"], decimal=printed.decimal)
    read = stated.with_columns(
        balance_date=parse_dates(stated["day"], order=printed.order or order).values,
        written=pl.col("amount"),
        amount=pl.when("is_debit").then(-amounts.values).otherwise(amounts.values).cast(MONEY),
        own=printed.accounts["currency"].gather(stated["account"]) if stated.height else pl.lit(None, pl.String),
    )
    is_bad = pl.any_horizontal(pl.col("balance_date", "amount", "is_debit").is_null())
    for text in read.filter(is_bad)["written"]:
        findings.warn("bad_balance", column="balance", value=text)
    is_foreign = ~is_bad & (pl.col("currency") != pl.col("own")).fill_null(value=False)
    for text in read.filter(is_foreign).select(pl.format("{} {}", "written", "currency")).to_series():
        findings.warn("balance_currency", column="balance", value=text)
    known = _opened(read.filter(~is_bad & ~is_foreign), typed)
    _warn_of_gaps(known, typed, findings)
    return known


def _opened(balances: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    """Opening balances at the beginning of the first day that the statement covers.

    Banks date them either on that day or on the last day of the statement before; without a movement on or before the
    stated day, the balance holds at the beginning of the next one in both cases. A movement of an earlier day is told by
    the statement too, and so comes after its opening.
    """
    first = typed.group_by("statement", "account").agg(first=pl.col("booking_date").min())
    is_before = (pl.col("balance_date") < pl.col("first")).fill_null(value=True) & (pl.col("kind") == "opening")
    return balances.join(first, on=["statement", "account"], how="left", validate="m:1", maintain_order="left").with_columns(
        balance_date=pl.when(is_before)
        .then(pl.col("balance_date").dt.offset_by("1d"))
        .when(pl.col("kind") == "opening")
        .then(pl.min_horizontal("balance_date", "first"))
        .otherwise("balance_date")
    )


def _warn_of_gaps(balances: pl.DataFrame, typed: pl.DataFrame, findings: Findings) -> None:
    """Say which statements' movements do not lead from their opening to their closing balance."""
    keys = ["statement", "account"]
    wanted = [*keys, "balance_date", "amount", "own"]
    opening = balances.filter(pl.col("kind") == "opening").select(wanted).unique(keys, keep="first", maintain_order=True)
    closing = balances.filter(pl.col("kind") == "closing").select(wanted).unique(keys, keep="last", maintain_order=True)
    moved = typed.group_by(keys).agg(
        moved=pl.col("amount").sum().cast(MONEY),
        least=pl.col("currency").min(),
        most=pl.col("currency").max(),
    )
    pairs = opening.join(closing, on=keys, how="inner", validate="1:1", maintain_order="left").join(
        moved, on=keys, how="left", validate="1:1", maintain_order="left"
    )
    is_one = pl.all_horizontal((pl.col("least", "most") == pl.col("own")).fill_null(value=True))
    missing = (pl.col("amount_right") - pl.col("amount") - pl.col("moved").fill_null(0)).cast(MONEY)
    gaps = pairs.filter(is_one).with_columns(gap=missing).filter(pl.col("gap") != 0)
    for start, end, gap in gaps.select("balance_date", "balance_date_right", "gap").iter_rows():
        text = gap_text(start, end, gap) if start <= end else french(gap)
        findings.warn("statement_not_balanced", column="balance", value=text)


def _lasting(balances: pl.DataFrame) -> pl.DataFrame:
    """Balances of whole days: neither those between pages, nor one that closes a statement and opens another that day."""
    kept = balances.filter(~pl.col("is_interim"))
    keys = ["account", "balance_date", "amount"]
    opened, closed = (kept.filter(pl.col("kind") == kind) for kind in ("opening", "closing"))
    passed_on = (
        closed.join(opened.select(*keys, other="statement"), on=keys, how="inner", maintain_order="left")
        .filter(pl.col("other") != pl.col("statement"))
        .select(keys)
        .unique()
    )
    return kept.join(passed_on, on=keys, how="anti", maintain_order="left")


def _with_periods(printed: Printed, typed: pl.DataFrame, balances: pl.DataFrame, order: str | None) -> pl.DataFrame:
    """ACCOUNT_ROWS with the first and last day stated for each account, else those of its balances.

    A stated period that does not hold the account's own movements is something else, and counts for nothing.
    """
    order = printed.order or order
    day, kind = pl.col("balance_date"), pl.col("kind")
    moved = typed.group_by("account").agg(first=pl.col("booking_date").min(), last=pl.col("booking_date").max())
    said = (
        printed.periods.with_columns(
            pl.Series("from_date", parse_dates(printed.periods["from"], order=order).values),
            pl.Series("to_date", parse_dates(printed.periods["to"], order=order).values),
        )
        .group_by("account")
        .agg(pl.col("from_date").min(), pl.col("to_date").max())
        .join(moved, on="account", how="left", validate="1:1")
        .filter(pl.col("first").is_null() | ((pl.col("from_date") <= pl.col("first")) & (pl.col("last") <= pl.col("to_date"))))
        .select("account", "from_date", "to_date")
    )
    implied = (
        balances.group_by("statement", "account")
        .agg(from_date=day.filter(kind == "opening").min(), to_date=day.filter(kind == "closing").max())
        .select("account", "from_date", "to_date")
    )
    periods = pl.concat([said, implied.join(said, on="account", how="anti")]).filter(pl.col("from_date") <= pl.col("to_date"))
    covered = periods.group_by("account").agg(pl.col("from_date").min(), pl.col("to_date").max())
    accounts = printed.accounts.drop("from_date", "to_date").with_columns(account=pl.int_range(pl.len()))
    return conform(accounts.join(covered, on="account", how="left", validate="1:1", maintain_order="left"), ACCOUNT_ROWS)


def _quarantine(entries: pl.DataFrame, columns: Mapping[str, str], order: str | None) -> pl.DataFrame:
    """QUARANTINE_ROWS of rejected entries: what is printed of them by the format's own names.

    What could not be taken apart stands whole in a cell of its own, to be copied from. A value date that cannot be read is
    left out, as it is of the entries that are taken: it must not hold back a corrected row.
    """
    rows = []
    is_unread = parse_dates(entries["valued_on"], order=order).values.is_null()
    for row in entries.with_columns(valued_on=entries["valued_on"].set(is_unread, None)).iter_rows(named=True):
        printed = {**row, "booking_date": row["booked_on"], "value_date": row["valued_on"]}
        sign = "-" if row["is_debit"] and row["amount"] else ""
        printed["amount"] = row["amount"] and sign + row["amount"]
        cells = {columns[name]: printed[name] or "" for name in _CELLS if name in columns}
        if row["broken"]:
            cells[WHOLE_CELL] = row["written"] or row["shown"] or ""
        rows.append((row["line"], json.dumps(cells, ensure_ascii=False)))
    return pl.DataFrame(rows, schema=QUARANTINE_ROWS, orient="row")


def _at_lines(problems: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Problems located by row, located by line."""
    lines = entries.select(pl.col("row").alias("line"), pl.col("line").alias("at"))
    located = problems.join(lines, on="line", how="left", validate="m:1", maintain_order="left")
    return located.with_columns(line=pl.col("at")).drop("at")
