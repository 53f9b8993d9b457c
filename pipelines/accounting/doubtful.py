"""Doubtful receivables as entries: 411 to 416 and back as people decide and clients pay; provisions from closing to closing.

On every day 416 holds what the invoices owe that a person decided to be doubtful, and 411 and 416 together what they held
without these entries. At every closing 491 holds what is provided for.
"""

from datetime import date

import polars as pl

from models.money import MONEY
from models.settings import Settings
from models.tables import conform, empty
from pipelines.accounting.legs import LABELS, LEGS, NOTHING, invoice_group
from pipelines.ledger import Ledger
from pipelines.parties import with_plain_names
from pipelines.provisions.closings import CHANGES, closings, provision_changes
from pipelines.provisions.doubt import decisions, paid_history
from pipelines.provisions.provision import provided_on

#: How the ids of these entries begin.
PREFIXES = ("doubtful ", "provision ")


def doubtful_legs(ledger: Ledger, currency: str, *, to: date, today: date) -> pl.DataFrame:
    """LEGS of the transfers between 411 and 416 and of the provisions, up to the end of `to`; of closings, those by `today`."""
    said = decisions(ledger, currency=currency)
    if said.is_empty():
        return empty(LEGS)
    moved = _transfers(ledger, said.filter(pl.col("day") <= to), to=to)
    provided = provision_changes(ledger, said, to=min(to, today), currency=currency)
    return pl.concat([_transfer_legs(moved, ledger.settings), _provision_legs(provided, ledger.settings)])


def unprovided(ledger: Ledger, currency: str, *, start: date, to: date, today: date) -> list[str]:
    """The doubtful invoices of the period's closings by `today` that no provision is made for, since their VAT is not known."""
    days = closings(ledger.settings, start=start, to=min(to, today))
    provided = provided_on(ledger, decisions(ledger, currency=currency), days, currency=currency)
    return provided.filter(pl.col("provision").is_null())["number"].unique(maintain_order=True).to_list()


def _transfers(ledger: Ledger, said: pl.DataFrame, *, to: date) -> pl.DataFrame:
    """One row per invoice and day on which what stands on 416 changes, as `change`."""
    documents = ledger.documents.join(said.filter("is_doubtful"), on="document_id", how="semi")
    named = with_plain_names(documents, ledger.clients)
    facts = named.select("document_id", "client_id", "client", "number", "amount")
    paid = paid_history(ledger, documents).filter(pl.col("day") <= to)
    decided = said.join(documents, on="document_id", how="semi").select(
        "document_id", "day", is_doubtful=pl.col("is_doubtful").fill_null(value=False)
    )
    both = paid.join(decided, on=["document_id", "day"], how="full", coalesce=True, validate="1:1").sort("document_id", "day")
    known = pl.col("allocated", "is_doubtful").forward_fill().over("document_id")
    on_416 = pl.when("is_doubtful").then(pl.col("amount") - pl.col("allocated").fill_null(NOTHING)).otherwise(NOTHING)
    return (
        both.with_columns(known)
        .join(facts, on="document_id", how="inner", validate="m:1", maintain_order="left")
        .with_columns(stands=on_416.fill_null(NOTHING).cast(MONEY))
        .with_columns(before=pl.col("stands").shift(1).over("document_id").fill_null(NOTHING))
        .with_columns(change=(pl.col("stands") - pl.col("before")).cast(MONEY))
        .filter(pl.col("change") != 0)
    )


def _transfer_legs(moved: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    named = _named(moved, PREFIXES[0], "doubtful", "not_doubtful", settings)
    on_416 = named.with_columns(
        account=pl.lit(settings.account_doubtful), amount="change", rank=pl.lit(0, pl.Int64),
        group=pl.lit("doubtful ") + pl.col("document_id"),
    )  # fmt: skip
    on_411 = named.with_columns(
        account=pl.lit(settings.account_clients), amount=(-pl.col("change")).cast(MONEY), rank=pl.lit(1, pl.Int64),
        group=invoice_group(),
    )  # fmt: skip
    return pl.concat([conform(on_416, LEGS), conform(on_411, LEGS)])


def _provision_legs(provided: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    named = _named(provided.select(*CHANGES), PREFIXES[1], "provision", "provision_back", settings)
    result = (
        pl.when(pl.col("change") > 0)
        .then(pl.lit(settings.account_provision_expense))
        .otherwise(pl.lit(settings.account_provision_reversal))
    )
    expense = named.with_columns(account=result, amount="change", rank=pl.lit(0, pl.Int64))
    provision = named.with_columns(
        account=pl.lit(settings.account_provision), amount=(-pl.col("change")).cast(MONEY), rank=pl.lit(1, pl.Int64)
    )
    return pl.concat([conform(expense, LEGS), conform(provision, LEGS)])


def _named(rows: pl.DataFrame, prefix: str, more: str, less: str, settings: Settings) -> pl.DataFrame:
    """What both lines of an entry share; its id is the same in every export."""
    word = pl.when(pl.col("change") > 0).then(pl.lit(LABELS[more])).otherwise(pl.lit(LABELS[less]))
    return rows.drop("amount", strict=False).with_columns(
        entry_id=pl.concat_str(pl.lit(prefix), "document_id", pl.lit(" "), "day"),
        kind=pl.lit(prefix.strip()),
        journal=pl.lit(settings.journal_other),
        date="day",
        piece="number",
        label=pl.concat_str(word, "number", "client", separator=" "),
    )
