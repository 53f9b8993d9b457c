"""The balance from which a forecast starts: what statements say, and the movements since."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal

import polars as pl

from models.money import MONEY, ZERO
from models.tables import Schema, conform
from pipelines.balances import closing_balances
from pipelines.ledger import Ledger

#: One row per own account: its balance at the end of the as-of date.
OPENINGS: Schema = {
    "account_id": pl.String,
    "account": pl.String,
    "balance": MONEY,
    "stated_on": pl.Date,  # the day of the statement's balance that it is reckoned from; null: none was ever stated
    "last_line_date": pl.Date,  # of the last movement up to the as-of date
}

#: Of two balances stated for one day, the last is the one before a later day, the first the one after an earlier day.
_ENDS: tuple[Literal["last"], Literal["first"]] = ("last", "first")


def accounts_in(ledger: Ledger, currency: str) -> pl.DataFrame:
    """The accounts in that currency; one that names none is in the company's."""
    return ledger.accounts.filter(pl.col("currency").fill_null(ledger.settings.currency) == currency)


def lines_in(ledger: Ledger, currency: str) -> pl.DataFrame:
    """The movements in that currency; one that names none is in its account's."""
    return ledger.lines.filter(pl.col("currency").fill_null(currency) == currency)


def balances_on(ledger: Ledger, days: Iterable[date], *, currency: str) -> list[tuple[date, Decimal]]:
    """What the accounts in that currency hold together at the end of each day, as `opening_balances` has it; none without.

    All days are reckoned at once: what moved by the day, less what moved by the day of the balance that is stated.
    """
    moved = (
        lines_in(ledger, currency)
        .group_by("account_id", day="booking_date")
        .agg(moved=pl.col("amount").sum().cast(MONEY))
        .sort("day")
        .with_columns(pl.col("moved").cum_sum().over("account_id").cast(MONEY))
    )
    stated = closing_balances(ledger.balances).rename({"amount": "stated", "balance_date": "day"}).with_columns(stated_on="day")
    before, after = (stated.unique(["account_id", "day"], keep=keep, maintain_order=True).sort("day") for keep in _ENDS)
    asked = (
        accounts_in(ledger, currency).select("account_id").join(pl.DataFrame({"day": list(days)}, {"day": pl.Date}), how="cross")
    )
    known = (
        asked.sort("day")
        .join_asof(before, on="day", by="account_id", check_sortedness=False)
        .join_asof(after, on="day", by="account_id", strategy="forward", suffix="_after", check_sortedness=False)
        .with_columns(pl.coalesce(name, f"{name}_after") for name in ("stated", "stated_on"))
        .join_asof(moved, on="day", by="account_id", check_sortedness=False)
        .sort("stated_on")
        .join_asof(moved, left_on="stated_on", right_on="day", by="account_id", suffix="_stated", check_sortedness=False)
    )
    parts = [pl.col(name).fill_null(pl.lit(ZERO, MONEY)) for name in ("stated", "moved", "moved_stated")]
    held = known.group_by("day").agg(balance=(parts[0] + parts[1] - parts[2]).sum().cast(MONEY)).sort("day")
    return list(held.iter_rows())


def opening_balances(accounts: pl.DataFrame, lines: pl.DataFrame, balances: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """OPENINGS: the last balance stated up to `as_of` plus the movements since; else the first one after it less them.

    An account for which no statement gives a balance has the sum of its movements, as if it had begun empty.
    """
    anchors = stated_balances(balances, as_of=as_of)
    moved = moves_since(lines, anchors, as_of=as_of).group_by("account_id").agg(moved=pl.col("moved").sum().cast(MONEY))
    last = lines.filter(pl.col("booking_date") <= as_of).group_by("account_id").agg(last_line_date=pl.col("booking_date").max())
    parts = [pl.col(name).fill_null(pl.lit(ZERO, MONEY)) for name in ("stated", "moved")]
    return (
        accounts.select("account_id", account="name")
        .join(anchors, on="account_id", how="left", validate="1:1")
        .join(moved, on="account_id", how="left", validate="1:1")
        .join(last, on="account_id", how="left", validate="1:1")
        .with_columns(balance=(parts[0] + parts[1]).cast(MONEY))
        .pipe(conform, OPENINGS)
        .sort("account", "account_id")
    )


def stated_balances(balances: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """The balance that each account is reckoned from, where a statement gives one: account_id, stated, stated_on."""
    stated = closing_balances(balances)
    before = stated.filter(pl.col("balance_date") <= as_of).unique("account_id", keep="last", maintain_order=True)
    after = stated.filter(pl.col("balance_date") > as_of).unique("account_id", keep="first", maintain_order=True)
    after = after.join(before, on="account_id", how="anti")
    return pl.concat([before, after]).select("account_id", stated="amount", stated_on="balance_date")


def moves_since(lines: pl.DataFrame, anchors: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """The bank lines between the stated balance and `as_of`, with what each `moved`: taken away if the balance is later."""
    since = pl.coalesce("stated_on", pl.lit(date.min))
    is_forward = (pl.col("booking_date") > since) & (pl.col("booking_date") <= as_of)
    is_backward = (pl.col("booking_date") > as_of) & (pl.col("booking_date") <= since)
    return (
        lines.join(anchors, on="account_id", how="left", validate="m:1", maintain_order="left")
        .filter(is_forward | is_backward)
        .with_columns(moved=pl.when(is_backward).then(-pl.col("amount")).otherwise("amount").cast(MONEY))
    )
