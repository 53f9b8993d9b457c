"""What a statement changes: which of its movements are new, so that overlapping statements add each of them once.

A movement is known by account + bank id while that id has one date and amount in its account; else by account, date,
amount, label and its rank among identical movements of that day. The same account in two formats: movements pair by
date and amount, rank by rank; what pairs is a duplicate (contract 4).

What another file says of a known movement is kept too, as a sighting under the same id: a movement stays while one of the
files that tell of it does, and each format pairs with it once, in whatever order the files come.
"""

from dataclasses import dataclass

import polars as pl

from models.ids import stable_id
from models.money import MONEY
from models.tables import Schema
from pipelines.publishing.accounts import resolve_accounts

#: One row per sighting of a stored movement, oldest first, as the plan needs it.
STORED_LINES: Schema = {
    "line_id": pl.String,
    "account_id": pl.String,
    "booking_date": pl.Date,
    "amount": MONEY,
    "label": pl.String,
    "bank_id": pl.String,
    "format": pl.String,
}
_NEW = [
    "line_id", "account_id", "booking_date", "value_date", "amount", "currency", "label", "counterparty", "counterparty_iban",
    "bank_id", "format", "source_row",
]  # fmt: skip
_IDENTITY = ["account_id", "booking_date", "amount"]


@dataclass(frozen=True)
class LinePlan:
    """What publishing the statement would do.

    Attributes:
        verdicts: one row per movement: line, verdict (inserted or duplicate).
        lines: bank_line rows of the new movements. `sightings`: bank_line rows of those known already.
        accounts: account_version rows to add.
        account_ids: the account of each one that the file names, in file order.
    """

    verdicts: pl.DataFrame
    lines: pl.DataFrame
    sightings: pl.DataFrame
    accounts: pl.DataFrame
    account_ids: list[str]


def plan_lines(
    rows: pl.DataFrame,
    named: pl.DataFrame,
    stored: pl.DataFrame,
    accounts: pl.DataFrame,
    *,
    file_format: str,
    account: str | None,
) -> LinePlan:
    """Decide which movements of a statement are new.

    Args:
        rows: BANK_ROWS in file order.
        named: ACCOUNT_ROWS, the accounts that the file names.
        stored: STORED_LINES.
        accounts: ACCOUNTS as stored.
        file_format: ofx or csv: within one, labels tell movements apart; between two, only dates and amounts do.
        account: the account's name for a file that names none.
    """
    ids, versions = resolve_accounts(named, accounts, account=account)
    # A file whose only rows were set aside names no account; an empty mapping would lose the type of the column.
    incoming = rows.with_columns(
        account_id=pl.col("account").replace_strict(dict(enumerate(ids or [""])), return_dtype=pl.String),
        label=pl.col("label").fill_null(""),
        format=pl.lit(file_format),
    )
    trusted = _trusted_ids(incoming, stored)
    distinct = stored.unique(["line_id", "format", "label", "bank_id"], keep="first", maintain_order=True)
    judged = _judge(_with_ranks(incoming, trusted), _with_ranks(distinct, trusted))
    new = _with_ids(judged.filter(~pl.col("is_known")), taken=set(stored["line_id"]))
    seen = judged.filter("is_known").drop_nulls("known_id").unique("known_id", keep="first", maintain_order=True)
    seen = seen.with_columns(line_id="known_id", source_row="line")
    # The accounts of the movements come along, so that they outlive an undo of the import that first named them.
    used = accounts.join(incoming, on="account_id", how="semi").join(versions, on="account_id", how="anti")
    return LinePlan(
        verdicts=judged.select("line", verdict=pl.when("is_known").then(pl.lit("duplicate")).otherwise(pl.lit("inserted"))).sort(
            "line"
        ),
        lines=new.select(_NEW),
        sightings=seen.select(_NEW),
        accounts=pl.concat([versions, used]),
        account_ids=ids,
    )


def _with_ids(new: pl.DataFrame, *, taken: set[str]) -> pl.DataFrame:
    """New movements with their line_id and source_row."""
    plain = pl.format("{}|{}|{}|{}", "booking_date", "amount", "label", "rank")
    key = pl.when("is_trusted").then(pl.col("bank_id")).otherwise(plain)
    ids = _fresh_ids(new.select("account_id", key.alias("key")), taken=taken)
    return new.with_columns(line_id=pl.Series(ids, dtype=pl.String), source_row="line")


def _fresh_ids(keys: pl.DataFrame, *, taken: set[str]) -> list[str]:
    """The stable id of each new movement; a further one where what remains of an undone import has it already."""
    ids = []
    for account_id, key in keys.iter_rows():
        line_id, count = stable_id(account_id, key), 0
        while line_id in taken:
            count += 1
            line_id = stable_id(account_id, key, count)
        taken.add(line_id)
        ids.append(line_id)
    return ids


def _trusted_ids(incoming: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Bank ids that have one date and amount in their account, in this file and in what is stored; zeros are none."""
    columns = ["account_id", "bank_id", "booking_date", "amount"]
    is_id = ~pl.col("bank_id").str.contains("^0*$")
    every = pl.concat([incoming.select(columns), stored.select(columns)]).filter(is_id).unique()
    return every.group_by("account_id", "bank_id").len().filter(pl.col("len") == 1).select("account_id", "bank_id")


def _with_ranks(lines: pl.DataFrame, trusted: pl.DataFrame) -> pl.DataFrame:
    """Add is_trusted, and the rank of a movement among those of its day, amount, label and format."""
    marked = lines.join(
        trusted.with_columns(is_trusted=pl.lit(value=True)),
        on=["account_id", "bank_id"],
        how="left",
        validate="m:1",
        maintain_order="left",
    ).with_columns(pl.col("is_trusted").fill_null(value=False))
    return marked.with_columns(rank=pl.int_range(pl.len()).over(*_IDENTITY, "label", "format", "is_trusted"))


def _judge(incoming: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Add is_known: by bank id, then by label and rank within the format, then by date and amount with another format.

    And known_id, the movement that it is; null for one that the file itself repeats.
    """
    by_id = ["account_id", "bank_id"]
    by_label = [*_IDENTITY, "label", "format", "rank"]
    known_ids = stored.filter("is_trusted").select(*by_id, "line_id").unique(by_id, keep="first")
    known_labels = stored.filter(~pl.col("is_trusted")).select(*by_label, label_hit="line_id")
    judged = (
        incoming.join(known_ids, on=by_id, how="left", validate="m:1", maintain_order="left")
        .with_columns(pl.when("is_trusted").then("line_id").alias("line_id"))
        .with_columns(is_repeat=pl.col("is_trusted") & (pl.int_range(pl.len()).over(*by_id) > 0))
        .join(known_labels, on=by_label, how="left", validate="m:1", maintain_order="left")
        .with_columns(hit=pl.coalesce("line_id", pl.when(~pl.col("is_trusted")).then("label_hit")))
    )
    used = judged.select(line_id="hit").drop_nulls().unique()
    told = stored.filter(pl.col("format").is_in(incoming["format"].unique().implode())).select("line_id")
    free = stored.unique("line_id", keep="first", maintain_order=True)
    free = free.join(used, on="line_id", how="anti").join(told, on="line_id", how="anti")
    free = free.with_columns(pair=pl.int_range(pl.len()).over(_IDENTITY)).select(*_IDENTITY, "pair", other="line_id")
    is_open = pl.col("hit").is_null() & ~pl.col("is_repeat")
    return (
        judged.with_columns(pair=pl.when(is_open).then(is_open.cast(pl.Int64).cum_sum().over(_IDENTITY) - 1))
        .join(free, on=[*_IDENTITY, "pair"], how="left", validate="m:1", maintain_order="left")
        .with_columns(known_id=pl.coalesce("hit", "other"))
        .with_columns(is_known=pl.col("known_id").is_not_null() | pl.col("is_repeat"))
    )
