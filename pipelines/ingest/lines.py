"""What a statement changes: which of its movements are new, so that overlapping statements add each of them once.

A movement is known by account + bank id while that id has one date and amount in its account; else by account, date,
amount, label and its rank among identical movements of that day. The same account in two formats: movements pair by
date and amount, rank by rank; what pairs is a duplicate (contract 4).
"""

from dataclasses import dataclass

import polars as pl

from models.errors import UnreadableFile
from models.ids import fold, stable_id, stable_ids
from models.tables import ACCOUNTS, Schema

#: One row per stored movement, as the plan needs it.
STORED_LINES: Schema = {
    "line_id": pl.String,
    "account_id": pl.String,
    "booking_date": pl.Date,
    "amount": pl.Decimal(18, 2),
    "label": pl.String,
    "bank_id": pl.String,
    "format": pl.String,
}
_IDENTITY = ["account_id", "booking_date", "amount"]


@dataclass(frozen=True)
class LinePlan:
    """What publishing the statement would do.

    Attributes:
        verdicts: one row per movement: line, verdict (inserted or duplicate).
        lines: bank_line rows to add. `accounts`: account_version rows to add.
        account_ids: the account of each one that the file names, in file order.
    """

    verdicts: pl.DataFrame
    lines: pl.DataFrame
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
    incoming = rows.with_columns(
        account_id=pl.col("account").replace_strict(dict(enumerate(ids)), return_dtype=pl.String),
        label=pl.col("label").fill_null(""),
        format=pl.lit(file_format),
    )
    trusted = _trusted_ids(incoming, stored)
    judged = _judge(_with_ranks(incoming, trusted), _with_ranks(stored, trusted))
    new = judged.filter(~pl.col("is_known"))
    key = (
        pl.when("is_trusted")
        .then(pl.col("bank_id"))
        .otherwise(pl.format("{}|{}|{}|{}", "booking_date", "amount", "label", "rank"))
    )
    line_ids = stable_ids(new.select("account_id", key.alias("key")).iter_rows())
    return LinePlan(
        verdicts=judged.select("line", verdict=pl.when("is_known").then(pl.lit("duplicate")).otherwise(pl.lit("inserted"))).sort(
            "line"
        ),
        lines=new.select(
            "account_id",
            "booking_date",
            "value_date",
            "amount",
            "currency",
            "label",
            "counterparty",
            "counterparty_iban",
            "bank_id",
            "format",
            line_id=pl.Series(line_ids, dtype=pl.String),
            source_row="line",
        ),  # fmt: skip
        accounts=versions,
        account_ids=ids,
    )


def _trusted_ids(incoming: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Bank ids that have one date and amount in their account, in this file and in what is stored."""
    columns = ["account_id", "bank_id", "booking_date", "amount"]
    every = pl.concat([incoming.select(columns), stored.select(columns)]).drop_nulls("bank_id").unique()
    return every.group_by("account_id", "bank_id").len().filter(pl.col("len") == 1).select("account_id", "bank_id")


def _with_ranks(lines: pl.DataFrame, trusted: pl.DataFrame) -> pl.DataFrame:
    """Add is_trusted, and the rank of a movement among those of its day, amount and label."""
    marked = lines.join(
        trusted.with_columns(is_trusted=pl.lit(value=True)),
        on=["account_id", "bank_id"],
        how="left",
        validate="m:1",
        maintain_order="left",
    ).with_columns(pl.col("is_trusted").fill_null(value=False))
    return marked.with_columns(rank=pl.int_range(pl.len()).over(*_IDENTITY, "label", "is_trusted"))


def _judge(incoming: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Add is_known: by bank id, then by label and rank within the format, then by date and amount with another format."""
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
    free = stored.join(used, on="line_id", how="anti").filter(~pl.col("format").is_in(incoming["format"].unique().implode()))
    free = free.with_columns(pair=pl.int_range(pl.len()).over(_IDENTITY)).select(*_IDENTITY, "pair", other="line_id")
    is_open = pl.col("hit").is_null() & ~pl.col("is_repeat")
    return (
        judged.with_columns(pair=pl.when(is_open).then(is_open.cast(pl.Int64).cum_sum().over(_IDENTITY) - 1))
        .join(free, on=[*_IDENTITY, "pair"], how="left", validate="m:1", maintain_order="left")
        .with_columns(is_known=pl.col("hit").is_not_null() | pl.col("is_repeat") | pl.col("other").is_not_null())
    )


def resolve_accounts(named: pl.DataFrame, stored: pl.DataFrame, *, account: str | None) -> tuple[list[str], pl.DataFrame]:
    """The id of each account of a file, and the account rows to add or complete.

    Raises:
        UnreadableFile: the file names no account and there are several to choose from.
    """
    known = stored.to_dicts()
    changed: dict[str, dict[str, object]] = {}
    ids: list[str] = []
    for row in named.iter_rows(named=True):
        found = _find_account(row, known, account)
        if found is None:
            found = _new_account(row, account)
            known.append(found)
            changed[str(found["account_id"])] = found
        else:
            completed = found | {c: row[c] for c in ("iban", "bank", "number") if row[c] and not found[c]}
            if completed != found:
                found |= completed
                changed[str(found["account_id"])] = found
        ids.append(str(found["account_id"]))
    return ids, pl.DataFrame(list(changed.values()), schema=ACCOUNTS)


def _find_account(row: dict[str, object], known: list[dict[str, object]], account: str | None) -> dict[str, object] | None:
    if row["iban"] or row["number"]:
        return next((a for a in known if _is_same_account(row, a)), None)
    wanted = account or row["name"]
    if wanted:
        return next((a for a in known if fold(str(a["name"])) == fold(str(wanted))), None)
    if len(known) > 1:
        raise UnreadableFile(
            "account_needed", "This file names no bank account and there are several: say which one ({accounts}).",
            accounts=", ".join(sorted(str(a["name"]) for a in known)),
        )  # fmt: skip
    return known[0] if known else None


def _is_same_account(row: dict[str, object], other: dict[str, object]) -> bool:
    """The same IBAN; or the same number at the same bank; or the number and bank inside a French IBAN."""
    if row["iban"] and other["iban"]:
        return row["iban"] == other["iban"]
    if row["number"] and other["number"]:
        return row["number"] == other["number"] and (not row["bank"] or not other["bank"] or row["bank"] == other["bank"])
    iban, plain = (row["iban"], other) if row["iban"] else (other["iban"], row)
    text = str(iban or "")
    number, bank = str(plain["number"] or ""), str(plain["bank"] or "")
    is_french = text.startswith("FR") and len(text) == 27
    return bool(number) and is_french and text[14:25] == number[-11:].zfill(11) and (not bank or text[4:9] == bank[:5])


def _new_account(row: dict[str, object], account: str | None) -> dict[str, object]:
    key = row["iban"] or (row["number"] and f"{row['bank'] or ''}|{row['number']}") or fold(str(account or row["name"] or ""))
    name = account or row["name"] or row["iban"] or row["number"] or "Compte courant"
    return {
        "account_id": stable_id("account", key),
        "name": name,
        "bank": row["bank"],
        "number": row["number"],
        "iban": row["iban"],
        "currency": row["currency"] or "EUR",
    }
