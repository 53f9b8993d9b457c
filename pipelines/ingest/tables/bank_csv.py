"""A bank's CSV export: one row per movement, with French banks' habits.

Amounts stand in one signed column, or in a debit and a credit column; a running balance, account columns, preamble
lines above the header and total or note lines below the movements are all optional.
"""

import re
from bisect import bisect_left
from typing import NamedTuple

import polars as pl

from models.money import MONEY, ZERO
from models.rows import BALANCE_ROWS, BANK_ROWS
from models.tables import conform, empty
from pipelines.ingest.dates import parse_dates
from pipelines.ingest.findings import Findings
from pipelines.ingest.parts import Parts
from pipelines.ingest.profiles import Profile
from pipelines.ingest.tables.balances import read_running_balance
from pipelines.ingest.tables.columns import Columns
from pipelines.ingest.tables.preamble import Preamble, currency_code, read_preamble
from pipelines.ingest.tables.rows import Cells
from pipelines.ingest.tables.statement_accounts import with_accounts

_TOTAL = r"(?i)^(?:sous[- ]?)?tota(?:l|ux)\b"
_BALANCE = r"(?i)^\s*(?:ancien |nouveau )?solde\b"
_HEADER_CURRENCY = re.compile(r"\(\s*([A-Za-z]{3,5}|€|£)\s*\)|\b([A-Z]{3}|[Ee]uros?|EUROS?)\s*$")
_AMOUNT_COLUMNS = ("debit", "credit", "amount")


class _Note(NamedTuple):
    """A row without date and amount: where it stands, its text, and that text again if it stands under the label alone."""

    line: int
    text: str
    label: str | None


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
    is_total, is_balance, is_note = _footers(everything)
    columns = everything.without(is_total | is_balance | is_note)
    ignored = columns.meanings(columns.text("state"), "pending").is_not_null()
    columns = columns.without(ignored)
    findings = columns.findings
    ragged, beside = _ragged(cells, columns)
    balance_lines = [*_texts(cells, is_balance), *(note.text for note in beside if re.match(_BALANCE, note.text))]
    said = read_preamble([*preamble, *balance_lines], profile)
    notes = sorted([*_notes(everything, is_note), *(note for note in beside if note.text not in balance_lines)])
    lines = _lines(columns, _header_currency(positions, header) or said.currency or currency)
    rows = pl.concat([everything.lines.filter(~is_note), ragged["line"]]).sort()
    lines, notes = _with_label_ends(lines, rows, notes)
    lines, accounts = with_accounts(lines, columns, said, currency)
    findings.add(cells.broken)
    findings.add(ragged)
    bad = findings.rejected_lines
    good = lines.filter(~pl.col("line").is_in(bad.implode())) if bad.len() else lines
    balances = _balances(good, findings)
    for note in notes:
        findings.warn("row_set_aside", line=note.line, value=note.text[:200])
    _check_totals(everything, is_total, good, findings)
    if said.rows is not None and said.rows != good.height + findings.rejected_lines.len() + int(ignored.sum()):
        findings.warn("count_differs", value=str(said.rows))
    return Parts(
        kind="bank",
        format="csv",
        profile=profile.code if profile else "generic",
        lines=conform(good, BANK_ROWS),
        accounts=accounts,
        balances=pl.concat([balances, _stated(said, accounts)]).unique(maintain_order=True),
        rejected=findings.rejected,
        rejected_rows=findings.rejected_lines.len(),
        warnings=findings.warnings,
        ignored=int(ignored.sum()),
        date_order=columns.orders.get("booking_date"),
        decimal=columns.decimal(),
        mixes_decimals=columns.mixes_decimals(),
    )


def _footers(columns: Columns) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Total rows, balance rows, and notes: rows without a date and without an amount, such as the second line of a label."""
    first, day = columns.first_cells(), columns.raw("booking_date")
    is_date = parse_dates(day).values.is_not_null()
    is_total = first.str.contains(_TOTAL).fill_null(value=False) & ~is_date
    is_balance = first.str.contains(_BALANCE).fill_null(value=False) & ~is_date
    blank = pl.DataFrame({name: columns.raw(name) for name in _AMOUNT_COLUMNS}).select(pl.all_horizontal(pl.all().is_null()))
    is_text = columns.are_alone() & ~day.str.contains("^[0-9]").fill_null(value=True)
    return is_total, is_balance, blank.to_series() & (day.is_null() | is_text) & ~is_total & ~is_balance


def _notes(everything: Columns, mask: pl.Series) -> list[_Note]:
    """The notes among the rows of full width."""
    if not mask.any():
        return []
    said = everything.without(~mask)
    texts, labels = said.first_cells(), said.joined_text("label").set(~said.are_alone(), None)
    return [_Note(*note) for note in zip(said.lines, texts, labels, strict=True)]


def _texts(cells: Cells, mask: pl.Series) -> list[str]:
    """Those rows as lines of text."""
    rows = cells.table.filter(mask).select(pl.exclude("line").fill_null(""))
    return [";".join(row) for row in rows.iter_rows()]


def _header_currency(positions: dict[str, tuple[int, ...]], header: list[str]) -> str | None:
    """The currency that the header of the amounts names: « Montant(EUROS) », « Deposits (SGD) »."""
    for name in _AMOUNT_COLUMNS:
        match = _HEADER_CURRENCY.search(header[positions[name][0]]) if name in positions else None
        if match and (code := currency_code(match[1] or match[2])):
            return code
    return None


def _with_label_ends(lines: pl.DataFrame, rows: pl.Series, notes: list[_Note]) -> tuple[pl.DataFrame, list[_Note]]:
    """`lines` with the notes that go on with the label of the row right above them, and the other notes.

    Args:
        lines: the movements.
        rows: lines of all rows that are no notes, sorted.
        notes: what has neither date nor amount, sorted.
    """
    ends: dict[int, list[str]] = {}
    others: list[_Note] = []
    starts = rows.to_list()
    for note in notes:
        at = bisect_left(starts, note.line)
        row = starts[at - 1] if at else None
        # A note that is no label ends the movement for the notes below it.
        if note.label is None or row is None or (others and others[-1].line > row):
            others.append(note)
        else:
            ends.setdefault(row, []).append(note.label)
    if not ends:
        return lines, others
    said = pl.DataFrame({"line": list(ends), "more": [" ".join(texts) for texts in ends.values()]})
    longer = lines.join(said, on="line", how="left", validate="1:1", maintain_order="left")
    return longer.with_columns(label=pl.concat_str("label", "more", separator=" ", ignore_nulls=True)).drop("more"), others


def _stated(said: Preamble, accounts: pl.DataFrame) -> pl.DataFrame:
    """BALANCE_ROWS of what stands around the movements of a single account."""
    rows = [(0, *balance) for balance in said.balances] if accounts.height == 1 else []
    return pl.DataFrame(rows, schema=BALANCE_ROWS, orient="row") if rows else empty(BALANCE_ROWS)


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
            "label": _label(columns),
            "counterparty": columns.text("counterparty"),
            "counterparty_iban": columns.text("counterparty_iban").str.replace_all(" ", "").str.to_uppercase(),
            "bank_id": columns.text("bank_id"),
        }
    )


def _label(columns: Columns) -> pl.Series:
    """All that the bank says of a movement; where that is nothing, its short label or the other party's name."""
    label = columns.joined_text("label", "label_more")
    for name in ("short_label", "counterparty"):
        label = label.zip_with(label.is_not_null(), columns.text(name))
    fee = columns.raw("fee")
    shown = pl.select(
        pl.when(~fee.str.contains("^[-+0., ]*$").fill_null(value=True)).then(pl.concat_str(pl.lit("(frais "), fee, pl.lit(")")))
    ).to_series()
    frame = pl.DataFrame({"label": label.fill_null(""), "fee": shown})
    return frame.select(pl.concat_str("label", "fee", separator=" ", ignore_nulls=True).str.strip_chars()).to_series()


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
        if "fee" in columns:
            amount -= columns.amounts("fee", currencies).abs().fill_null(ZERO)
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


def _ragged(cells: Cells, columns: Columns) -> tuple[pl.DataFrame, list[_Note]]:
    """Rows of another width: problems, but for free text where a date should be."""
    at = columns.positions["booking_date"][0]
    rows = cells.ragged.with_columns(
        is_note=~pl.col("parts").list.get(at, null_on_oob=True).str.strip_chars().str.contains(r"^[0-9]").fill_null(value=False)
    )
    problems = rows.filter(~pl.col("is_note")).select(
        "line", column=pl.lit(None, pl.String), value=pl.col("text").str.slice(0, 200), code=pl.lit("ragged_row")
    )
    notes: list[_Note] = []
    for line, text, parts in rows.filter("is_note").select("line", "text", "parts").iter_rows():
        written = [(i, " ".join(part.split()).strip('"')) for i, part in enumerate(parts) if part.strip()]
        is_label = len(written) == 1 and written[0][0] in columns.positions.get("label", ())
        notes.append(_Note(line, str(text), written[0][1] if is_label else None))
    return problems, notes


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
