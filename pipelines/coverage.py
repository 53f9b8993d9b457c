"""Which days of each bank account statements cover, and which days between them no statement covers."""

from datetime import date

import polars as pl

from models.dates import next_working_day
from models.tables import COVERAGE
from pipelines.balances import closing_balances
from pipelines.ledger import Ledger

_DAY = pl.duration(days=1)
_LONGEST_PAUSE = 10  # days: no two working days are further apart


def merged(coverage: pl.DataFrame) -> pl.DataFrame:
    """COVERAGE: periods that overlap or follow each other as one, by account and day."""
    rows = coverage.select(list(COVERAGE)).sort("account_id", "from_date", "to_date")
    reach = pl.col("to_date").cum_max().shift(1).over("account_id")
    is_start = reach.is_null() | (pl.col("from_date") > reach + _DAY)
    return (
        rows.with_columns(part=is_start.cum_sum())
        .group_by("account_id", "part")
        .agg(pl.col("from_date").min(), pl.col("to_date").max())
        .sort("account_id", "from_date")
        .select(list(COVERAGE))
    )


def covered_days(coverage: pl.DataFrame, lines: pl.DataFrame, balances: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """account_id, day: the last day up to `as_of` that a statement of the account covers; accounts without any are absent.

    A quiet account is covered by its statements' periods; a movement or a stated balance speaks for its own day.
    """
    reached = coverage.filter(pl.col("from_date") <= as_of).select(
        "account_id", day=pl.min_horizontal("to_date", pl.lit(as_of, pl.Date))
    )
    moved = lines.select("account_id", day="booking_date")
    stated = closing_balances(balances).select("account_id", day="balance_date")
    days = pl.concat([reached, moved, stated]).filter(pl.col("day") <= as_of)
    return days.group_by("account_id").agg(pl.col("day").max()).sort("account_id")


def coverage_gaps(ledger: Ledger) -> pl.DataFrame:
    """COVERAGE of the days between two statements of an account that none covers, both days included.

    Days without a working day are no gap, nor are those between two balances that the movements explain exactly.
    """
    periods = merged(ledger.coverage)
    end_before = pl.col("to_date").shift(1).over("account_id")
    holes = (
        periods.with_columns(end=end_before)
        .drop_nulls("end")
        .select("account_id", from_date=pl.col("end") + _DAY, to_date=pl.col("from_date") - _DAY)
    )
    open_days = [
        (end - start).days >= _LONGEST_PAUSE or next_working_day(start) <= end
        for start, end in holes.select("from_date", "to_date").iter_rows()
    ]
    return _unexplained(holes.filter(pl.Series(open_days, dtype=pl.Boolean)), ledger)


def _unexplained(holes: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """`holes` without those whose nearest balances on either side the known movements explain."""
    stated = closing_balances(ledger.balances)
    lines = ledger.lines.select("account_id", "booking_date", "amount").sort("account_id", "booking_date")
    rows = []
    for account_id, start, end in holes.iter_rows():
        own = stated.filter(pl.col("account_id") == account_id)
        before = own.filter(pl.col("balance_date") < start).tail(1).rows()
        after = own.filter(pl.col("balance_date") >= end).head(1).rows()
        if before and after:
            (_, since, opening), (_, until, closing) = before[0], after[0]
            is_between = (pl.col("booking_date") > since) & (pl.col("booking_date") <= until)
            moved = lines.filter((pl.col("account_id") == account_id) & is_between)["amount"].sum()
            if closing - opening == moved:
                continue
        rows.append((account_id, start, end))
    return pl.DataFrame(rows, schema=COVERAGE, orient="row")
