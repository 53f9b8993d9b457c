"""The running balance of a bank file: what it says of opening and closing, and the days where it does not follow."""

from datetime import date
from decimal import Decimal

import polars as pl

from models.money import ZERO
from models.rows import BALANCE_ROWS
from models.tables import empty

_MOST = 2  # a running balance that fails on more than half of its rows is none
_ENOUGH = 3


def read_running_balance(lines: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[int, str, str]], bool]:
    """Balances and gaps of one account's rows in file order.

    Args:
        lines: `line`, `account`, `booking_date`, `amount`, `balance` (null where the row states none).

    Returns:
        BALANCE_ROWS; gaps as (line, code, text); whether the column is a running balance at all.
    """
    if lines["balance"].drop_nulls().is_empty():
        return empty(BALANCE_ROWS), [], True
    steps = _of_days(_chronological(lines))
    known = _known(steps)
    gaps = known.filter(pl.col("gap") != 0)
    if known.height > 1 and (_is_constant(lines) or (gaps.height * _MOST > known.height - 1 and known.height > _ENOUGH)):
        return empty(BALANCE_ROWS), [], False
    texts = [
        (line, "balance_gap", gap_text(start, end, amount))
        for line, start, end, amount in gaps.select("line", "previous_date", "booking_date", "gap").iter_rows()
    ]
    return _ends(steps, known), texts, True


def _is_constant(lines: pl.DataFrame) -> bool:
    """The same balance on rows that move money: the balance of the day of the export, repeated."""
    stated = lines.filter(pl.col("balance").is_not_null())
    return stated.height > 1 and stated["balance"].n_unique() == 1 and bool((stated["amount"] != 0).all())


def _chronological(lines: pl.DataFrame) -> pl.DataFrame:
    """Oldest first with the sum of the movements so far; files are written in either direction."""
    first, last = lines["booking_date"][0], lines["booking_date"][-1]
    forward, backward = (_with_sums(frame) for frame in (lines, lines.reverse()))
    if first != last:
        return forward if first < last else backward
    return backward if _gap_count(backward) < _gap_count(forward) else forward


def _of_days(steps: pl.DataFrame) -> pl.DataFrame:
    """Balances repeated on every row of a day are those of its end: the last row keeps it, if the days then follow better."""
    is_last = pl.col("booking_date") != pl.col("booking_date").shift(-1)
    at_end = steps.with_columns(balance=pl.when(is_last.fill_null(value=True)).then("balance"))
    days = steps.group_by("booking_date").agg(pl.len(), pl.col("balance").n_unique())
    is_per_day = bool((days["balance"] == 1).all()) and days.height > 1 and bool((days["len"] > 1).any())
    return at_end if is_per_day and _gap_count(at_end) < _gap_count(steps) else steps


def _with_sums(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(so_far=pl.col("amount").cum_sum())


def _gap_count(steps: pl.DataFrame) -> int:
    return _known(steps).filter(pl.col("gap") != 0).height


def _known(steps: pl.DataFrame) -> pl.DataFrame:
    """Rows that state a balance, with what is missing between the row before and them."""
    return steps.filter(pl.col("balance").is_not_null()).with_columns(
        gap=(pl.col("balance") - pl.col("so_far")).diff(), previous_date=pl.col("booking_date").shift()
    )


def french(amount: Decimal) -> str:
    """An amount as bank statements print it: 1 234,50."""
    return f"{amount:,.2f}".replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")


def gap_text(start: date, end: date, amount: Decimal) -> str:
    """How much is missing, and between which days."""
    return f"{french(amount)} ({start:%d/%m/%Y} → {end:%d/%m/%Y})"


def _ends(steps: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The balance before the first day and after the last one, and likewise of each run of rows that follow each other.

    A break inside one day has the balances of that day on either side.
    """
    runs = (
        known.with_columns(run=(pl.col("gap").fill_null(ZERO) != 0).cum_sum())
        .group_by("run", maintain_order=True)
        .agg(
            base=(pl.col("balance") - pl.col("so_far")).first(),
            start=pl.col("booking_date").first(),
            end=pl.col("booking_date").last(),
        )
    )
    whole = steps["booking_date"][0], steps["booking_date"][-1]
    moved = steps.group_by("booking_date", maintain_order=True).agg(
        before=(pl.col("so_far") - pl.col("amount")).first(), after=pl.col("so_far").last()
    )
    days = {day: (before, after) for day, before, after in moved.iter_rows()}
    rows = []
    for at, (base, start, end) in enumerate(runs.select("base", "start", "end").iter_rows()):
        first, last = whole[0] if at == 0 else start, whole[1] if at == runs.height - 1 else end
        rows.append((steps["account"][0], first, base + days[first][0], "opening"))
        rows.append((steps["account"][0], last, base + days[last][1], "closing"))
    return pl.DataFrame(rows, schema=BALANCE_ROWS, orient="row")
