"""A bank's CSV export: one row per movement, with French banks' habits.

Amounts stand in one signed column, or in a debit and a credit column; a running balance, account columns, preamble
lines above the header and total or note lines below the movements are all optional.
"""

import re

import polars as pl
from stdnum import iban as iban_number

from models.money import MONEY, ZERO
from models.rows import ACCOUNT_ROWS, BALANCE_ROWS, BANK_ROWS
from models.tables import conform, empty
from pipelines.ingest.balances import read_running_balance
from pipelines.ingest.columns import Columns
from pipelines.ingest.dates import parse_dates
from pipelines.ingest.findings import Findings
from pipelines.ingest.numbers import parse_amounts
from pipelines.ingest.parts import Parts
from pipelines.ingest.profiles import Profile
from pipelines.ingest.rows import Cells

_TOTAL = r"(?i)^(?:sous[- ]?)?tota(?:l|ux)\b"
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_NUMBER = re.compile(r"(?<![0-9,./-])[0-9]{7,23}(?![0-9,./-])")
_BALANCE = re.compile(
    r"(?i)\bsolde\b.*?(?P<day>[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{2,4})[^0-9+-]*(?P<amount>[+-]?[0-9][0-9 \xa0\u202f.]*,[0-9]{2})"
)
_AMOUNT_COLUMNS = ("debit", "credit", "amount")


def read_bank_csv(
    cells: Cells,
    positions: dict[str, tuple[int, ...]],
    header: list[str],
    preamble: list[str],
    *,
    currency: str,
    profile: Profile | None = None,
) -> Parts:
    """Movements, accounts, balances and problems of the rows below a bank header.

    Args:
        cells: the rows.
        positions: canonical column -> where it stands.
        header: header cells as written.
        preamble: the lines above the header.
        currency: of an account that names none.
        profile: of the bank; None for the generic layout.
    """
    everything = Columns(cells, positions, header, currency, profile)
    is_total, is_note = _footers(everything)
    columns = everything.without(is_total | is_note)
    ignored = columns.meanings(columns.text("state"), "pending").is_not_null()
    columns = columns.without(ignored)
    lines = _lines(columns, currency)
    lines, accounts = _with_accounts(lines, columns, preamble, currency)
    findings = columns.findings
    findings.add(cells.broken)
    findings.add(_ragged(cells, columns, findings))
    bad = findings.rejected_lines
    good = lines.filter(~pl.col("line").is_in(bad.implode())) if bad.len() else lines
    balances = _balances(good, findings)
    for line, text in zip(everything.lines.filter(is_note), everything.first_cells().filter(is_note), strict=True):
        findings.warn("row_set_aside", line=line, value=text)
    _check_totals(everything, is_total, good, findings)
    stated = _preamble_balance(preamble) if accounts.height == 1 else empty(BALANCE_ROWS)
    return Parts(
        kind="bank",
        format="csv",
        profile=profile.code if profile else "generic",
        lines=conform(good, BANK_ROWS),
        accounts=accounts,
        balances=pl.concat([balances, stated]).unique(maintain_order=True),
        rejected=findings.rejected,
        rejected_rows=findings.rejected_lines.len(),
        warnings=findings.warnings,
        ignored=int(ignored.sum()),
        date_order=columns.orders.get("booking_date"),
        decimal=columns.decimal(),
    )


def _footers(columns: Columns) -> tuple[pl.Series, pl.Series]:
    """Total rows, and notes: rows without a date and without an amount, such as the second line of a label."""
    first, day = columns.first_cells(), columns.raw("booking_date")
    is_date = parse_dates(day).values.is_not_null()
    is_total = first.str.contains(_TOTAL).fill_null(value=False) & ~is_date
    blank = pl.DataFrame({name: columns.raw(name) for name in _AMOUNT_COLUMNS}).select(pl.all_horizontal(pl.all().is_null()))
    return is_total, blank.to_series() & day.is_null() & ~is_total


def _lines(columns: Columns, currency: str) -> pl.DataFrame:
    findings = columns.findings
    booking = columns.dates("booking_date")
    findings.reject_where(columns.raw("booking_date").is_null(), "missing_date", "booking_date")
    currencies = columns.currencies().fill_null(currency)
    return pl.DataFrame(
        {
            "line": columns.lines,
            "booking_date": booking,
            "value_date": columns.dates("value_date"),
            "amount": _amounts(columns, currencies),
            "balance": columns.amounts("balance", currencies, rejects=False),
            "currency": currencies,
            "label": columns.joined_text("label", "label_more").fill_null(""),
            "counterparty": columns.text("counterparty"),
            "counterparty_iban": columns.text("counterparty_iban").str.replace_all(" ", "").str.to_uppercase(),
            "bank_id": columns.text("bank_id"),
        }
    )


def _amounts(columns: Columns, currencies: pl.Series) -> pl.Series:
    """Signed amounts: a receipt is positive."""
    findings = columns.findings
    if "amount" in columns:
        amount, name = columns.amounts("amount", currencies), "amount"
        findings.reject_where(columns.raw("amount").is_null(), "missing_amount", "amount")
        if "direction" in columns:
            side = columns.meaning("direction", "direction", "unknown_direction", rejects=True)
            findings.reject_where(columns.raw("direction").is_null(), "unknown_direction", "direction")
            amount = amount.abs().zip_with((side == "credit").fill_null(value=False), -amount.abs())
    else:
        amount, name = _debit_and_credit(columns, currencies), "credit"
    findings.warn_where(amount == ZERO, "zero_amount", name, columns.raw(name))
    return amount.cast(MONEY)


def _debit_and_credit(columns: Columns, currencies: pl.Series) -> pl.Series:
    """One signed amount out of two columns; debits may be written positive or negative."""
    findings = columns.findings
    debit, credit = columns.amounts("debit", currencies), columns.amounts("credit", currencies)
    blank = columns.raw("debit").is_null() & columns.raw("credit").is_null()
    findings.reject_where(blank, "missing_amount", "debit")
    has_debit = (debit != ZERO).fill_null(value=False)
    findings.reject_where(has_debit & (credit != ZERO), "debit_and_credit", "debit", columns.raw("debit"))
    findings.reject_where(credit < ZERO, "negative_credit", "credit", columns.raw("credit"))
    if (debit < ZERO).any() and (debit > ZERO).any():
        findings.warn("mixed_debit_signs", column="debit")
    amount = (-debit.abs()).zip_with(has_debit, credit.zip_with(credit.is_not_null(), debit))
    return amount.cast(MONEY)


def _with_accounts(
    lines: pl.DataFrame, columns: Columns, preamble: list[str], currency: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`lines` with the position of their account, and ACCOUNT_ROWS."""
    named = [name for name in ("account_number", "iban", "account_label") if name in columns]
    if not named:
        number, iban = account_in_preamble(preamble)
        used = lines["currency"].drop_nulls().unique().to_list()
        row = [(None, None, number, iban, used[0] if len(used) == 1 else currency, None, None)]
        return lines.with_columns(account=pl.lit(0, pl.Int64)), pl.DataFrame(row, schema=ACCOUNT_ROWS, orient="row")
    said = pl.DataFrame({name: columns.text(name) for name in named}).with_columns(currency=lines["currency"])
    said = conform(said.rename({"account_number": "number", "account_label": "name"}, strict=False), ACCOUNT_ROWS)
    looks_iban = pl.col("number").str.contains(r"^[A-Z]{2}[0-9]{2}[A-Z0-9 ]{11,}$").fill_null(value=False)
    said = said.with_columns(
        iban=pl.coalesce("iban", pl.when(looks_iban).then("number")).str.replace_all(" ", "").str.to_uppercase(),
        number=pl.when(~looks_iban).then("number"),
    )
    keys = ["number", "iban", "name"]
    accounts = said.unique(keys, keep="first", maintain_order=True).with_row_index("account")
    positions = said.join(accounts.select("account", *keys), on=keys, how="left", nulls_equal=True, maintain_order="left")
    return lines.with_columns(account=positions["account"].cast(pl.Int64)), accounts.drop("account")


def account_in_preamble(preamble: list[str]) -> tuple[str | None, str | None]:
    """The account number and IBAN that the lines above the header give, if any."""
    text = "\n".join(preamble)
    for match in _IBAN.finditer(text):
        if iban_number.is_valid(match[0]):
            return None, iban_number.compact(match[0])
    for match in _NUMBER.finditer(text):
        as_date = parse_dates(pl.Series([match[0], f"{match[0][4:8]}{match[0][2:4]}{match[0][:2]}"])).values
        if as_date.null_count() == as_date.len():
            return match[0], None
    unchecked = _IBAN.search(text)
    return (unchecked[0].replace(" ", ""), None) if unchecked else (None, None)


def _preamble_balance(preamble: list[str]) -> pl.DataFrame:
    """« Solde au 18/12/19 : 13,37 EUR » above the header: the balance at the end of that day."""
    for text in preamble:
        if match := _BALANCE.search(text):
            day = parse_dates(pl.Series([match["day"]])).values[0]
            amount = parse_amounts(pl.Series([match["amount"].strip()])).values[0]
            if day is not None and amount is not None:
                return pl.DataFrame([(0, day, amount, "closing")], schema=BALANCE_ROWS, orient="row")
    return empty(BALANCE_ROWS)


def _ragged(cells: Cells, columns: Columns, findings: Findings) -> pl.DataFrame:
    """Rows of another width: problems, but for free text where a date should be, which is set aside with a warning."""
    at = columns.positions["booking_date"][0]
    rows = cells.ragged.with_columns(
        is_note=~pl.col("parts").list.get(at, null_on_oob=True).str.strip_chars().str.contains(r"^[0-9]").fill_null(value=False)
    )
    for line, text in rows.filter("is_note").select("line", "text").iter_rows():
        findings.warn("row_set_aside", line=line, value=str(text)[:200])
    return rows.filter(~pl.col("is_note")).select(
        "line", column=pl.lit(None, pl.String), value=pl.col("text").str.slice(0, 200), code=pl.lit("ragged_row")
    )


def _balances(lines: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    frames = [empty(BALANCE_ROWS)]
    for account in lines.partition_by("account", maintain_order=True):
        balances, gaps, is_running = read_running_balance(account)
        frames.append(balances)
        if not is_running:
            findings.warn("balance_not_running", column="balance")
        for line, code, text in gaps:
            findings.warn(code, line=line, column="balance", value=text)
    return pl.concat(frames)


def _check_totals(everything: Columns, is_total: pl.Series, lines: pl.DataFrame, findings: Findings) -> None:
    """A footer's sums against the movements; the footer itself is no row of the report."""
    if not is_total.any():
        return
    footer = everything.without(~is_total)
    currency = pl.Series(["EUR"]).new_from_index(0, footer.lines.len())
    stated = {name: footer.amounts(name, currency).to_list() for name in _AMOUNT_COLUMNS if name in footer}
    found = {
        "debit": -lines.filter(pl.col("amount") < 0)["amount"].sum(),
        "credit": lines.filter(pl.col("amount") > 0)["amount"].sum(),
        "amount": lines["amount"].sum(),
    }
    for name, amounts in stated.items():
        for line, amount, text in zip(footer.lines, amounts, footer.raw(name), strict=True):
            if amount is not None and abs(amount) != abs(found[name]):
                findings.warn("total_differs", line=line, column=name, value=text)
