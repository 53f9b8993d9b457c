"""What is written off as entries: a loss with its VAT, a small difference, a bank fee, an early-payment discount.

Money for what was lost is income of its own day, less the VAT that is due again: the loss stays where it was booked.
The loss of a deposit invoice debits 4191: no sale was booked for it, so that there is none to lose.
"""

from datetime import date

import polars as pl

from models.accounting import pairs
from models.money import MONEY
from models.settings import Settings
from models.tables import conform
from pipelines.accounting.legs import LABELS, LEGS, NOTHING, invoice_group
from pipelines.accounting.taxes import share, with_tax
from pipelines.ingest.ledgers.fec_rows import OPENING
from pipelines.ledger import Ledger
from pipelines.parties import with_plain_names
from pipelines.recoveries import ENDED, LEFT, PARTS, loss_id


def write_off_legs(ledger: Ledger, currency: str, *, to: date) -> pl.DataFrame:
    """LEGS of what is written off, from the day it counts; and of what ends again because a payment or a credit took its place.

    What ends after `to` has not ended for its lettering.
    """
    settings = ledger.settings
    written = with_plain_names(written_off(ledger, currency), ledger.clients)
    is_ended = (pl.col("reversed_on") <= to) & (pl.col("rule") != ENDED)
    given = _whole(written).with_columns(is_ended=is_ended.fill_null(value=False))
    ended = written.drop_nulls("reversed_on").with_columns(is_ended=is_ended.fill_null(value=False))
    return pl.concat([_entry(given, settings, is_end=False), _entry(ended, settings, is_end=True)])


def written_off(ledger: Ledger, currency: str) -> pl.DataFrame:
    """The allocations that write something off, each with its invoice's client, amounts and rate, `lost_vat` and `cost`."""
    documents = with_tax(ledger.documents.filter(pl.col("direction") == "sale"), ledger.settings.vat_rate)
    facts = documents.select("document_id", "client", "excl", "vat", "whole", "rate", "category", document_kind="kind")
    return (
        ledger.allocations.filter((pl.col("source") == "write_off") & (pl.col("currency") == currency))
        .join(facts, on="document_id", how="inner", validate="m:1", maintain_order="left")
        .pipe(_with_lost_vat)
        .with_columns(cost=(pl.col("amount") - pl.col("lost_vat")).cast(MONEY))
    )


def _whole(written: pl.DataFrame) -> pl.DataFrame:
    """The write-offs, each loss whole again on its day, whatever money ended of it since: an entry that left stays as it is."""
    is_part = pl.col("rule").is_in(PARTS)
    sums = [pl.col(name).sum().cast(MONEY) for name in ("amount", "lost_vat", "cost")]
    parts = written.filter(is_part).with_columns(claim_id=loss_id())
    others = [name for name in written.columns if name not in ("claim_id", "counts_from", "amount", "lost_vat", "cost")]
    whole = parts.group_by("claim_id", "counts_from", maintain_order=True).agg(*sums, *(pl.col(name).first() for name in others))
    whole = whole.with_columns(rule=pl.lit(LEFT), reversed_on=pl.lit(None, pl.Date))
    return pl.concat([written.filter(~is_part), whole.select(written.columns)])


def _with_lost_vat(written: pl.DataFrame) -> pl.DataFrame:
    """Add `lost_vat`, the VAT of a loss, in proportion; none of what was brought from earlier years, whose VAT is not known here.

    The parts of one loss, rounded on their running sum, have its VAT together.
    """
    is_taxed = (pl.col("reason") == "loss") & pl.col("category").ne_missing(OPENING)
    running = pl.col("amount").cum_sum().over(loss_id(), "counts_from").cast(MONEY)
    return (
        written.sort("claim_id", "counts_from", pl.col("reversed_on"), nulls_last=True)
        .with_columns(after=running)
        .with_columns(before=(pl.col("after") - pl.col("amount")).cast(MONEY))
        .with_columns(
            lost_vat=pl.when(is_taxed)
            .then(share("after", "vat", "whole") - share("before", "vat", "whole"))
            .otherwise(NOTHING)
            .cast(MONEY)
        )
        .drop("after", "before")
    )


def _entry(given: pl.DataFrame, settings: Settings, *, is_end: bool) -> pl.DataFrame:
    accounts = {
        "loss": settings.account_loss,
        "rounding": settings.account_difference,
        "bank_fee": settings.account_difference,
        "discount": settings.account_discount,
    }
    vat = pairs(settings.vat_by_rate)
    vat_account = pl.col("rate").replace_strict(vat, default=settings.account_vat, return_dtype=pl.String)
    sign = -1 if is_end else 1
    named = given.with_columns(
        entry_id=pl.concat_str(pl.lit("write_off "), "claim_id", pl.lit(" "), "counts_from", pl.lit(" end" if is_end else "")),
        kind=pl.lit("write_off"),
        journal=pl.lit(settings.journal_other),
        date=pl.col("reversed_on") if is_end else pl.col("counts_from"),
        piece="invoice_number",
        label=pl.concat_str(_word(is_end=is_end), pl.lit(" "), "invoice_number", pl.lit(" "), "client"),
    )
    is_recovery = pl.col("rule") == ENDED
    is_deposit = (pl.col("reason") == "loss") & (pl.col("document_kind") == "deposit")
    charge = pl.col("reason").replace_strict(accounts, return_dtype=pl.String)
    charge = pl.when(is_recovery).then(pl.lit(settings.account_recovery)).otherwise(charge)
    sides = (
        (0, pl.when(is_deposit).then(pl.lit(settings.account_deposits)).otherwise(charge), pl.col("cost")),
        (1, vat_account if vat else pl.lit(settings.account_vat), pl.col("lost_vat")),
        (2, pl.lit(settings.account_clients), -pl.col("amount")),
    )
    return pl.concat([_leg(named, rank, account, amount * sign) for rank, account, amount in sides])


def _word(*, is_end: bool) -> pl.Expr:
    word = pl.col("reason").replace_strict(LABELS, return_dtype=pl.String)
    cancelled = pl.lit(f"{LABELS['cancelled']} ") + word.str.to_lowercase()
    return pl.when(pl.col("rule") == ENDED).then(pl.lit(LABELS["recovery"])).otherwise(cancelled) if is_end else word


def _leg(entries: pl.DataFrame, rank: int, account: pl.Expr, amount: pl.Expr) -> pl.DataFrame:
    client = 2
    ending = pl.concat_str(pl.lit("write_off "), "claim_id", pl.lit(" "), "counts_from")
    group = pl.when("is_ended").then(ending).otherwise(invoice_group())
    return (
        entries.with_columns(
            amount=amount.cast(MONEY),
            account=account,
            rank=pl.lit(rank, pl.Int64),
            client_id=pl.col("client_id") if rank == client else pl.lit(None, pl.String),
            group=group if rank == client else pl.lit(None, pl.String),
            due_date=pl.lit(None, pl.Date),
        )
        .filter(pl.col("amount") != 0)
        .pipe(conform, LEGS)
        .with_columns(source_id=pl.lit(None, pl.String))
    )
