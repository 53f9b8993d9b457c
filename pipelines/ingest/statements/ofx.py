"""OFX statements, read by ofxparse behind the repairs of ofx_repair: every movement is a row or a located problem."""

import json
import re
from collections.abc import Callable
from html import escape

import polars as pl
from stdnum import iban as iban_number

from models.rows import ACCOUNT_ROWS, BALANCE_ROWS, BANK_ROWS, QUARANTINE_ROWS
from models.tables import conform, empty
from pipelines.ingest.dates import parse_dates
from pipelines.ingest.findings import Findings
from pipelines.ingest.numbers import most_shown, parse_amounts
from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.refusals import refuse
from pipelines.ingest.statements.ofx_repair import Statement, open_ofx, read_statements
from pipelines.ingest.text import CONTROL, clean
from pipelines.ingest.written import CANONICAL_CELLS

#: Canonical column -> tag, for messages and the preview.
OFX_COLUMNS = {
    "booking_date": "DTPOSTED",
    "value_date": "DTAVAIL",
    "amount": "TRNAMT",
    "label": "NAME + MEMO",
    "bank_id": "FITID",
    "currency": "CURDEF",
    "balance": "BALAMT",
}
_BATCH = 2000  # movements that ofxparse is given at a time, so that memory stays flat
_NO_ID = "encours-none"
_ACCOUNT_KEYS = ("BANKACCTFROM", "CCACCTFROM", "INVACCTFROM")
_PRINTED = {
    "date": "DTPOSTED",
    "available": "DTAVAIL",
    "amount": "TRNAMT",
    "bank_id": "FITID",
    "name": "NAME",
    "memo": "MEMO",
    "payee": "PAYEE.NAME",
}
_SAID = {"booking_date": pl.Date, "amount": BANK_ROWS["amount"], "name": pl.String, "memo": pl.String, "id": pl.String}
_RAW = {"line": pl.Int64, "account": pl.Int64, **dict.fromkeys((*_PRINTED, "currency", "iban"), pl.String)}


def read(source: Source) -> Parts:
    """Movements, accounts and balances of an OFX file.

    Raises:
        UnreadableFile: the file is cut, is no OFX, declares entities, or a movement would be lost.
    """
    name, currency = source.name, source.currency
    ofx = open_ofx(source.content, name)
    statements = read_statements(ofx, name)
    expected = sum(len(statement.movements) for statement in statements)
    accounts, positions = _accounts(statements, currency)
    printed = _printed(statements, positions, currency)
    for statement in statements:
        statement.movements.clear()  # a large file fits in memory once
    # Two movements may start on one line: problems are gathered by row, and located by line at the end.
    findings = Findings(printed["row"], OFX_COLUMNS)
    checked = _checked(printed, findings)
    bad = findings.rejected_lines
    good = checked.filter(~pl.col("row").is_in(bad.implode())) if bad.len() else checked
    lines = _parsed(good, source.progress)
    if lines.height + bad.len() != expected:
        raise refuse("ofx_count", name=name, expected=expected, found=lines.height + bad.len())
    rejected, row_warnings = (_at_lines(frame, printed) for frame in (findings.rejected, findings.warnings))
    about_file = Findings(printed["row"], OFX_COLUMNS)
    if not ofx.is_announced:
        about_file.warn("encoding_guessed", value=ofx.encoding)
    balances = _balances(statements, positions, about_file)
    signs = parse_amounts(printed["amount"]).signs
    return Parts(
        kind="bank",
        format="ofx",
        profile="ofx",
        encoding=ofx.encoding,
        columns=OFX_COLUMNS,
        lines=lines.sort("line", maintain_order=True),
        accounts=accounts,
        balances=balances,
        rejected=rejected,
        rejected_rows=bad.len(),
        quarantine=_quarantine(printed.filter(pl.col("row").is_in(bad.implode())), accounts),
        warnings=pl.concat([about_file.warnings, row_warnings]),
        date_order="ymd" if lines.height else None,
        decimal=most_shown(signs),
        mixes_decimals=len(signs) > 1,
    )


def _accounts(statements: list[Statement], currency: str) -> tuple[pl.DataFrame, list[int]]:
    """ACCOUNT_ROWS, an account that comes twice once, and the position of each statement's account."""
    rows: list[tuple[object, ...]] = []
    known: dict[tuple[str | None, ...], int] = {}
    positions = []
    for statement in statements:
        said = {
            leaf: statement.leaves.get(f"{key}.{leaf}")
            for key in _ACCOUNT_KEYS
            for leaf in ("BANKID", "BROKERID", "BRANCHID", "ACCTID")
            if f"{key}.{leaf}" in statement.leaves
        }
        number = said.get("ACCTID")
        iban = iban_number.compact(number) if number and iban_number.is_valid(number) else None
        bank = " ".join(part for part in (said.get("BANKID") or said.get("BROKERID"), said.get("BRANCHID")) if part) or None
        if (identity := (bank, number)) not in known:
            known[identity] = len(rows)
            rows.append((None, bank, number, iban, _iso(statement.leaves.get("CURDEF")) or currency, None, None))
        positions.append(known[identity])
    accounts = pl.DataFrame(rows, schema=ACCOUNT_ROWS, orient="row")
    return _with_periods(accounts, statements, positions), positions


def _with_periods(accounts: pl.DataFrame, statements: list[Statement], positions: list[int]) -> pl.DataFrame:
    """Add the period that each account's statements say they cover, by the printed days; none if it ends before it starts."""
    printed = pl.DataFrame(
        [
            (at, statement.leaves.get("DTSTART"), statement.leaves.get("DTEND"))
            for at, statement in zip(positions, statements, strict=True)
        ],
        schema={"account": pl.Int64, "from_date": pl.String, "to_date": pl.String},
        orient="row",
    )
    days = printed.select(
        "account",
        *(parse_dates(printed[name].str.extract(r"^([0-9]{8})")).values.alias(name) for name in ("from_date", "to_date")),
    ).filter(pl.col("from_date") <= pl.col("to_date"))
    periods = days.group_by("account").agg(pl.col("from_date").min(), pl.col("to_date").max())
    return conform(
        accounts.drop("from_date", "to_date")
        .with_columns(account=pl.int_range(pl.len(), dtype=pl.Int64))
        .join(periods, on="account", how="left", validate="1:1", maintain_order="left"),
        ACCOUNT_ROWS,
    )


def _iso(code: str | None) -> str | None:
    return code.upper() if code and re.fullmatch(r"[A-Za-z]{3}", code) else None


def _printed(statements: list[Statement], positions: list[int], currency: str) -> pl.DataFrame:
    """One row per movement with its leaves as printed."""
    rows = [
        (
            movement.line,
            account,
            *(movement.leaves.get(tag) for tag in _PRINTED.values()),
            _iso(movement.leaves.get("CURRENCY.CURSYM")) or _iso(statement.leaves.get("CURDEF")) or currency,
            movement.leaves.get("BANKACCTTO.ACCTID"),
        )
        for statement, account in zip(statements, positions, strict=True)
        for movement in statement.movements
    ]
    return pl.DataFrame(rows, schema=_RAW, orient="row").with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))


def _checked(printed: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """`printed` with typed dates and amounts; what cannot be read is a problem of its row."""
    written = printed["date"]
    booking = parse_dates(written.str.extract(r"^([0-9]{8})"))
    unread = written.is_not_null() & booking.values.is_null() & booking.codes.is_null()
    amounts = parse_amounts(printed["amount"], currency=printed["currency"])
    label = _label(printed)
    findings.reject_where(written.is_null(), "missing_date", "booking_date")
    findings.reject_where(unread, "bad_date", "booking_date", written)
    findings.reject("booking_date", written, booking.codes)
    findings.reject_where(printed["amount"].is_null(), "missing_amount", "amount")
    findings.reject("amount", printed["amount"], amounts.codes)
    findings.reject_where(label.str.contains(CONTROL), "control_character", "label", label.str.replace_all(CONTROL, " "))
    findings.warn_where(amounts.values == 0, "zero_amount", "amount", printed["amount"])
    return printed.with_columns(
        booking_date=booking.values,
        value_date=parse_dates(printed["available"].str.extract(r"^([0-9]{8})")).values,
        value=amounts.values,
        bank_id=clean(printed["bank_id"], is_plain=False),
    )


def _label(printed: pl.DataFrame) -> pl.Series:
    """NAME and MEMO, one of them if they are equal."""
    parts = printed.select(
        name=pl.coalesce("name", "payee"), memo=pl.when(pl.col("memo").ne_missing(pl.coalesce("name", "payee"))).then("memo")
    )
    return parts.select(pl.concat_str("name", "memo", separator=" ", ignore_nulls=True)).to_series()


def _parsed(rows: pl.DataFrame, progress: Callable[[int, int], None] | None) -> pl.DataFrame:
    """BANK_ROWS of the readable movements, by way of ofxparse, told to `progress` batch by batch."""
    batches = [empty(_SAID)]
    for start in range(0, rows.height, _BATCH):
        batch = rows.slice(start, _BATCH)
        batches.append(pl.DataFrame(_through_ofxparse(batch), schema=_SAID, orient="row"))
        if progress is not None:
            progress(start + batch.height, rows.height)
    parsed = pl.concat(batches)
    if parsed.height != rows.height:
        return empty(BANK_ROWS)
    parsed = parsed.with_columns(payee=pl.lit(None, pl.String)).with_columns(
        pl.col("name", "memo", "id").replace({"": None, _NO_ID: None})
    )
    iban = rows["iban"].str.replace_all(" ", "").str.to_uppercase()
    return conform(
        parsed.with_columns(
            rows["line"],
            rows["account"],
            rows["value_date"],
            rows["currency"],
            label=clean(_label(parsed), is_plain=False).fill_null(""),
            counterparty=clean(rows["payee"], is_plain=False),
            counterparty_iban=iban.set(~iban.str.contains(r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$").fill_null(value=False), None),
            bank_id=pl.col("id"),
        ),
        BANK_ROWS,
    )


def _through_ofxparse(rows: pl.DataFrame) -> list[tuple[object, ...]]:
    """What ofxparse makes of movements that are written anew: date, amount, name, memo, id."""
    movements = "".join(
        "<STMTTRN><TRNTYPE>OTHER</TRNTYPE>"
        f"<DTPOSTED>{day:%Y%m%d}</DTPOSTED><TRNAMT>{amount}</TRNAMT><FITID>{escape(bank_id or _NO_ID, quote=False)}</FITID>"
        + (f"<NAME>{escape(name, quote=False)}</NAME>" if name else "")
        + (f"<MEMO>{escape(memo, quote=False)}</MEMO>" if memo else "")
        + "</STMTTRN>"
        for day, amount, bank_id, name, memo in rows.select(
            "booking_date", "value", "bank_id", pl.coalesce("name", "payee"), "memo"
        ).iter_rows()
    )
    body = f"<OFX><BANKMSGSRSV1><STMTRS><BANKTRANLIST>{movements}</BANKTRANLIST></STMTRS></BANKMSGSRSV1></OFX>"
    from pipelines.ingest.statements.ofx_tree import transactions  # late: only statements need ofxparse

    return [(one.date.date(), one.amount, one.payee, one.memo, one.id) for one in transactions(body)]


def _balances(statements: list[Statement], positions: list[int], findings: Findings) -> pl.DataFrame:
    """The ledger balance of each statement, at the end of its day."""
    rows = [
        (account, statement.leaves["LEDGERBAL.DTASOF"], statement.leaves["LEDGERBAL.BALAMT"])
        for statement, account in zip(statements, positions, strict=True)
        if {"LEDGERBAL.DTASOF", "LEDGERBAL.BALAMT"} <= statement.leaves.keys()
    ]
    printed = pl.DataFrame(rows, schema={"account": pl.Int64, "day": pl.String, "written": pl.String}, orient="row")
    amounts = parse_amounts(printed["written"], decimal=None)
    balances = printed.with_columns(
        balance_date=parse_dates(printed["day"].str.extract(r"^([0-9]{8})")).values, amount=amounts.values, kind=pl.lit("closing")
    )
    for text in balances.filter(pl.col("amount").is_null() | pl.col("balance_date").is_null())["written"]:
        findings.warn("bad_balance", column="balance", value=text)
    return conform(balances.drop_nulls(["balance_date", "amount"]), BALANCE_ROWS).unique(maintain_order=True)


def _quarantine(rejected: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """QUARANTINE_ROWS: what is printed of the rejected movements under the headers of a bank's CSV."""
    headers = CANONICAL_CELLS["bank"]
    leaves = {"booking_date": "date", "value_date": "available", "amount": "amount", "currency": "currency", "bank_id": "bank_id"}
    rows = []
    for row, label in zip(rejected.iter_rows(named=True), _label(rejected), strict=True):
        said = {headers[name]: row[leaf] or "" for name, leaf in leaves.items()} | {headers["label"]: label or ""}
        for day in (headers["booking_date"], headers["value_date"]):
            said[day] = re.sub(r"^([0-9]{8})[0-9]{0,6}(?:\.[0-9]+)?(?:\[.*)?$", r"\1", said[day])
        if accounts.height > 1:
            said[headers["account_number"]] = accounts["number"][row["account"]] or ""
        rows.append((row["line"], json.dumps(said, ensure_ascii=False)))
    return pl.DataFrame(rows, schema=QUARANTINE_ROWS, orient="row")


def _at_lines(problems: pl.DataFrame, printed: pl.DataFrame) -> pl.DataFrame:
    """Problems located by row, located by line."""
    lines = printed.select(pl.col("row").alias("line"), pl.col("line").alias("at"))
    return (
        problems.join(lines, on="line", how="left", validate="m:1", maintain_order="left")
        .with_columns(line=pl.col("at"))
        .drop("at")
    )
