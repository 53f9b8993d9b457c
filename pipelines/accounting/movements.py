"""Money as entries: what came from clients and what went back, at the bank, or where it waits for its proof.

A bank line is booked whole: what of it is no client's, as far as it is known, waits on an account of its own.
"""

import polars as pl

from models.accounting import pairs
from models.money import MONEY
from models.tables import conform
from pipelines.accounting.legs import LABELS, LEGS, NOTHING, refund_group
from pipelines.ledger import Ledger


def money_legs(ledger: Ledger, currency: str, *, with_unproven: bool) -> pl.DataFrame:
    """LEGS of receipts and of what went back, in that currency; with those that no bank line proves, or without."""
    moves = _moves(ledger, currency)
    is_line = pl.col("line_id").is_in(ledger.lines["line_id"].implode())
    parts = [_bank_legs(moves.filter(is_line), ledger)]
    if with_unproven:
        parts.append(_unproven_legs(moves.filter(~is_line), ledger))
    return pl.concat(parts)


def _moves(ledger: Ledger, currency: str) -> pl.DataFrame:
    """One row per amount of a client's: negative if it came, as the client's debt has it."""
    names = ledger.clients.select("client_id", client=pl.coalesce("name", "client_id"))
    came = ledger.receipts.select(
        "client_id", "date", "currency", line_id="receipt_id", source_id="receipt_id",
        amount=(-pl.col("amount")).cast(MONEY), group=pl.lit(None, pl.String), is_back=pl.lit(value=False),
    )  # fmt: skip
    went = ledger.refunds.select(
        "client_id", "date", "currency", line_id=pl.coalesce("line_id", "refund_id"), source_id=pl.lit(None, pl.String),
        amount="amount", group=pl.when(pl.col("credit_id").is_not_null()).then(refund_group()), is_back=pl.lit(value=True),
    )  # fmt: skip
    return (
        pl.concat([came, went])
        .filter(pl.col("currency") == currency)
        .join(names, on="client_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(client=pl.coalesce("client", "client_id"))
    )


def _bank_legs(moves: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    settings, names = ledger.settings, pairs(ledger.settings.bank_by_account)
    account = pl.col("account").replace_strict(names, default=settings.account_bank, return_dtype=pl.String)
    of_clients = moves.group_by("line_id").agg(
        known=pl.col("amount").sum().cast(MONEY),
        client=pl.when(pl.col("client").n_unique() == 1).then(pl.col("client").first()),
        is_back=pl.col("is_back").first(),
    )
    lines = (
        ledger.lines.select("line_id", "booking_date", "bank_id", "account", moved="amount")
        .join(of_clients, on="line_id", how="inner", validate="1:1")
        .with_columns(
            bank=account if names else pl.lit(settings.account_bank),
            piece=pl.coalesce("bank_id", pl.col("line_id").str.slice(0, 12)),
            waiting=(-pl.col("moved") - pl.col("known")).cast(MONEY),
        )
    )
    facts = lines.select("line_id", "piece", date="booking_date")
    whole = lines.select(
        "line_id", "piece", "client", "is_back", date="booking_date", account="bank", amount="moved", rank=pl.lit(0, pl.Int64)
    )
    client = moves.drop("date").join(facts, on="line_id", how="inner", validate="m:1", maintain_order="left")
    client = client.with_columns(account=pl.lit(settings.account_clients), rank=pl.lit(1, pl.Int64))
    rest = whole.join(lines.select("line_id", "waiting"), on="line_id", how="inner", validate="1:1").with_columns(
        account=pl.lit(settings.account_waiting), amount="waiting", rank=pl.lit(2, pl.Int64)
    )
    return pl.concat([_legs(part, "receipt", "bank ", settings.journal_bank) for part in (whole, client, rest)])


def _unproven_legs(moves: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Legs of what no bank line proves; its piece is the first invoice that it pays."""
    settings = ledger.settings
    pays = ledger.allocations.filter(pl.col("source") == "declared").unique("source_id", keep="first", maintain_order=True)
    client = moves.join(
        pays.select(line_id="source_id", piece="invoice_number"), on="line_id", how="left", validate="m:1", maintain_order="left"
    ).with_columns(
        pl.col("piece").fill_null(pl.lit("DECLARE")), account=pl.lit(settings.account_clients), rank=pl.lit(1, pl.Int64)
    )
    other = client.with_columns(
        account=pl.lit(settings.account_unproven), amount=(-pl.col("amount")).cast(MONEY), rank=pl.lit(0, pl.Int64)
    ).drop("client_id", "source_id", "group")
    return pl.concat([_legs(part, "unproven", "stated ", settings.journal_bank) for part in (other, client)])


def _legs(moves: pl.DataFrame, kind: str, prefix: str, journal: str) -> pl.DataFrame:
    back = pl.when("is_back")
    entry_id = pl.concat_str(pl.lit(prefix), back.then(pl.lit("back ")).otherwise(pl.lit("")), "line_id")
    word = back.then(pl.lit(LABELS["back"])).otherwise(pl.lit(LABELS[kind]))
    return (
        moves.filter(pl.col("amount") != NOTHING)
        .with_columns(
            entry_id=pl.lit(prefix) + pl.col("line_id") if kind == "receipt" else entry_id,
            kind=back.then(pl.lit("back")).otherwise(pl.lit(kind)),
            journal=pl.lit(journal),
            label=pl.concat_str(word, "client", separator=" ", ignore_nulls=True),
        )
        .pipe(conform, LEGS)
    )
