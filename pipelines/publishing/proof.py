"""The proof of a file: the days that it tells of, and whether its balances and its movements agree, to the cent."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from models.money import MONEY, total
from models.tables import Schema
from pipelines.balances import closing_balances
from pipelines.ingest.reading import Reading

#: One row per account of a statement. Amounts are null where no balance is known.
PROOF: Schema = {
    "account": pl.String,  # its name
    "opening": MONEY,  # of the file; else the last balance that is stored from before it
    "opening_date": pl.Date,  # the day at whose end it holds
    "movements": MONEY,  # from the day after the opening to the closing; without both, all those of the file
    "closing": MONEY,
    "closing_date": pl.Date,
    "gap": MONEY,  # closing less opening less movements; null: there is nothing to hold them against
    "gap_from": pl.Date,  # the days between which it opens, if there is one
    "gap_to": pl.Date,
}


@dataclass(frozen=True)
class Period:
    """The first and last day of what a file tells, and the days that it says it covers; None where it says nothing."""

    start: date | None
    end: date | None
    stated_start: date | None
    stated_end: date | None


def period_of(reading: Reading) -> Period:
    """By booking, issue, receipt or rate date, of the rows that could be read."""
    said = ((reading.lines, "booking_date"), (reading.documents, "issue_date"), (reading.receipts, "receipt_date"))
    days = pl.concat([rows[column] for rows, column in (*said, (reading.rates, "rate_date"))])
    ends = days.min(), days.max(), reading.accounts["from_date"].min(), reading.accounts["to_date"].max()
    return Period(*(day if isinstance(day, date) else None for day in ends))


def proofs(
    own: pl.DataFrame,
    said: pl.DataFrame,
    before: pl.DataFrame,
    every: pl.DataFrame,
    names: dict[str, str],
    gaps: pl.DataFrame,
) -> pl.DataFrame:
    """PROOF of each account of a statement, in the order of `names`.

    Args:
        own: account_id, booking_date, amount, line of the file's movements.
        said: BALANCES of the file.
        before: BALANCES stored before it.
        every: account_id, booking_date, amount of all movements of those accounts, the file's new ones included.
        names: the accounts' names by id.
        gaps: GAPS of those accounts, which say between which of their balances one opens.
    """
    rows = []
    for account_id, name in names.items():
        is_own = pl.col("account_id") == account_id
        lines = own.filter(is_own)
        opening, closing = _ends(said.filter(is_own), before.filter(is_own), lines)
        row: dict[str, object] = {"account": name, "movements": total(lines["amount"])}
        if opening:
            row |= {"opening": opening.amount, "opening_date": opening.day}
        if closing:
            row |= {"closing": closing.amount, "closing_date": closing.day}
        if opening and closing:
            moved = _moved(lines, every.filter(is_own), opening, closing)
            gap = closing.amount - opening.amount - moved
            row |= {"movements": moved, "gap": gap}
            if gap:
                days = _gap_days(gaps.filter(is_own), opening.day, closing.day)
                row |= {"gap_from": days[0], "gap_to": days[1]}
        rows.append(row)
    return pl.DataFrame(rows, schema=PROOF)


@dataclass(frozen=True)
class _Balance:
    """A balance at the end of a day, stated by the file itself or by an earlier one."""

    day: date
    amount: Decimal
    is_own: bool


def _ends(said: pl.DataFrame, before: pl.DataFrame, lines: pl.DataFrame) -> tuple[_Balance | None, _Balance | None]:
    """The balances from which and to which a file's movements lead.

    Of a file that states one only, the first one is the last that is stored from before its first day.
    """
    stated = [_Balance(day, amount, is_own=True) for _, day, amount in closing_balances(said).iter_rows()]
    if not stated:
        return None, None
    if len(stated) > 1:
        return stated[0], stated[-1]
    if said["kind"][0] == "opening":
        return stated[0], None
    start = min([stated[0].day, *lines["booking_date"]])
    earlier = closing_balances(before).filter(pl.col("balance_date") < start).tail(1)
    held = [_Balance(day, amount, is_own=False) for _, day, amount in earlier.iter_rows()]
    return (held[0] if held else None), stated[0]


def _moved(lines: pl.DataFrame, every: pl.DataFrame, opening: _Balance, closing: _Balance) -> Decimal:
    """The movements between two balances: those of the file alone where it states both.

    On the closing's day only the file's own count, unless it is their only day: the balance may have been stated
    before the day was over.
    """
    is_between = (pl.col("booking_date") > opening.day) & (pl.col("booking_date") <= closing.day)
    if opening.is_own or lines["booking_date"].min() == closing.day:
        return total((lines if opening.is_own else every).filter(is_between)["amount"])
    until = every.filter(is_between & (pl.col("booking_date") < closing.day))
    return total(until["amount"]) + total(lines.filter(pl.col("booking_date") == closing.day)["amount"])


def _gap_days(gaps: pl.DataFrame, start: date, end: date) -> tuple[date, date]:
    """The days between which gaps open: from the first to the last of those that lie between two balances."""
    within = gaps.filter((pl.col("from_date") >= start) & (pl.col("to_date") <= end))
    first, last = within["from_date"].min(), within["to_date"].max()
    return (first, last) if isinstance(first, date) and isinstance(last, date) else (start, end)
