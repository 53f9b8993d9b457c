"""Whose movements each row of a bank's CSV is: account columns, else the lines above the header, one account per currency."""

import polars as pl

from models.rows import ACCOUNT_ROWS
from models.tables import conform
from pipelines.ingest.tables.columns import Columns
from pipelines.ingest.tables.preamble import Preamble

_NAMING = ("account_number", "iban", "account_label")


def with_accounts(lines: pl.DataFrame, columns: Columns, preamble: Preamble, currency: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`lines` with the position of their account, and ACCOUNT_ROWS.

    Args:
        lines: the movements, with their `currency`.
        columns: of the file, row by row as `lines`.
        preamble: what stands around the movements; it names the account where no column does.
        currency: the company's. Where an account has movements in several, those in others have accounts of their own.
    """
    said = _said(lines, columns, preamble)
    keys = ["number", "iban", "name"]
    several = pl.col("currency").n_unique().over(keys) > 1 if lines.height else pl.lit(value=False)
    said = said.with_columns(is_other=several & (pl.col("currency") != currency).fill_null(value=False))
    said = said.with_columns(
        number=pl.when("is_other", pl.coalesce("iban", "number").is_not_null())
        .then(pl.concat_str(pl.coalesce("iban", "number"), "currency", separator=" "))
        .otherwise("number"),
        iban=pl.when(~pl.col("is_other")).then("iban"),
        name=pl.when("is_other").then(pl.concat_str("name", "currency", separator=" ", ignore_nulls=True)).otherwise("name"),
    )
    accounts = said.unique([*keys, "is_other"], keep="first", maintain_order=True).drop("is_other").with_row_index("account")
    if accounts.is_empty():
        only = {"number": preamble.number, "iban": preamble.iban, "currency": preamble.currency or currency}
        accounts = pl.DataFrame([only], schema=dict.fromkeys(only, pl.String)).with_row_index("account")
        accounts = accounts.with_columns(name=pl.lit(None, pl.String))
    positions = said.join(accounts.select("account", *keys), on=keys, how="left", nulls_equal=True, maintain_order="left")
    dated = accounts.with_columns(
        from_date=pl.lit(preamble.from_date, pl.Date),
        to_date=pl.lit(preamble.to_date, pl.Date),
        currency=pl.col("currency").fill_null(currency),
    )
    return lines.with_columns(account=positions["account"].cast(pl.Int64)), conform(dated, ACCOUNT_ROWS)


def _said(lines: pl.DataFrame, columns: Columns, preamble: Preamble) -> pl.DataFrame:
    """number, iban, name and currency of each row's account."""
    if not any(name in columns for name in _NAMING):
        return lines.select(
            "currency",
            number=pl.lit(preamble.number, pl.String),
            iban=pl.lit(preamble.iban, pl.String),
            name=pl.lit(None, pl.String),
        )
    said = lines.select(
        "currency",
        number=columns.text("account_number"),
        iban=columns.text("iban"),
        name=columns.named("account_label", "account"),
    )
    looks_iban = pl.col("number").str.contains(r"^[A-Z]{2}[0-9]{2}[A-Z0-9 ]{11,}$").fill_null(value=False)
    return said.with_columns(
        iban=pl.coalesce("iban", pl.when(looks_iban).then("number")).str.replace_all("[^A-Za-z0-9]", "").str.to_uppercase(),
        number=pl.when(~looks_iban).then(pl.col("number").str.strip_chars('=" ')),
    )
