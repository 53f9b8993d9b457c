"""Bank lines and allocations as lists, at a date."""

from collections.abc import Iterable
from datetime import date

import polars as pl

from models.money import MONEY, ZERO
from pipelines.ledger import Ledger
from pipelines.parties import client_names
from pipelines.receivables import only_currency, open_items
from pipelines.reconcile.classes import line_kinds
from pipelines.reconcile.lost_named import lost_named
from pipelines.reconcile.readings import known_labels
from pipelines.reconcile.returns import unexplained
from pipelines.reconcile.transfers import internal_transfers

_ZERO = pl.lit(ZERO, MONEY)


def listed_allocations(ledger: Ledger, *, as_of: date, currency: str | None = None) -> pl.DataFrame:
    """ALLOCATIONS of sales documents whose source is dated by `as_of`, returned ones with the day they stopped counting."""
    sales = ledger.documents.filter(pl.col("direction") == "sale")
    rows = only_currency(ledger.allocations, currency).filter(pl.col("counts_from") <= as_of)
    later = pl.col("reversed_on") > as_of
    return (
        rows.join(sales, on="document_id", how="semi")
        .with_columns(reversed_on=pl.when(~later).then("reversed_on"))
        .sort("date", "invoice_number", "claim_id")
    )


def bank_lines(ledger: Ledger, *, as_of: date) -> pl.DataFrame:
    """One row per movement booked by `as_of`, the latest first.

    Returns:
        line_id, account, bank_id, date, amount, currency, label, client (of a receipt, if known), open_amount (what of
        a receipt is not allocated at `as_of`; null for a debit), class: client, one of CATEGORIES, return (a
        payment that came back, nobody has said which), or other.
    """
    counting = ledger.allocations.filter(
        (pl.col("source") == "bank")
        & (pl.col("counts_from") <= as_of)
        & (pl.col("reversed_on").is_null() | (pl.col("reversed_on") > as_of))
    )
    given = counting.group_by(line_id="source_id").agg(given=pl.col("amount").sum().cast(MONEY))
    names = client_names(ledger.clients, ledger.documents)
    known = (
        ledger.receipts.filter(pl.col("source") == "bank")
        .join(names, on="client_id", how="left", validate="m:1")
        .group_by(line_id="receipt_id")
        .agg(client=pl.col("client").sort().str.join(", "))
    )
    debits = ledger.lines.select("line_id", "booking_date")
    taken = ledger.line_refunds.join(debits, on="line_id", how="inner", validate="m:1")
    back = (
        taken.filter(pl.col("booking_date") <= as_of).group_by(line_id="credit_id").agg(back=pl.col("amount").sum().cast(MONEY))
    )
    refunds = taken.select("line_id").unique().with_columns(is_refund=pl.lit(value=True))
    labels = known_labels(ledger.lines)
    kinds = line_kinds(ledger, labels).select("line_id", "category")
    internal = list(internal_transfers(ledger.lines, labels))
    left = pl.col("amount") - pl.col("given").fill_null(_ZERO) - pl.col("back").fill_null(_ZERO)
    lines = (
        ledger.lines.filter(pl.col("booking_date") <= as_of)
        .join(given, on="line_id", how="left", validate="1:1")
        .join(known, on="line_id", how="left", validate="1:1")
        .join(back, on="line_id", how="left", validate="1:1")
        .join(refunds, on="line_id", how="left", validate="1:1")
        .join(kinds, on="line_id", how="left", validate="1:1")
        .with_columns(
            open_amount=pl.when(pl.col("amount") > 0).then(left.clip(lower_bound=_ZERO)).cast(MONEY),
            kind=pl.when(pl.col("client").is_not_null() | pl.col("is_refund").fill_null(value=False))
            .then(pl.lit("client"))
            .when(pl.col("line_id").is_in(internal) & pl.col("category").is_null())
            .then(pl.lit("internal"))
            .when(pl.col("category").is_null() & unexplained(ledger, as_of=as_of))
            .then(pl.lit("return"))
            .otherwise(pl.coalesce("category", pl.lit("other"))),
        )
    )
    return lines.select(
        "line_id", "account", "bank_id", pl.col("booking_date").alias("date"), "amount", "currency", "label", "client",
        "open_amount", pl.col("kind").alias("class"),
    ).sort("date", "line_id", descending=[True, False])  # fmt: skip


def only_unmatched(lines: pl.DataFrame, ledger: Ledger, *, as_of: date, suggested: Iterable[str] = ()) -> pl.DataFrame:
    """The rows of `bank_lines` that wait for a person: receipts to identify or to confirm, and returns.

    A receipt is to identify while nobody knows whose it is, or while only a rule gives it to a client who owes something, or
    whose lost invoice it names: which invoice it pays is not known then. A person's word makes it a credit.

    Args:
        lines: of `bank_lines`.
        ledger: the facts.
        as_of: the date of the lines.
        suggested: line_ids of the receipts that have a suggestion.
    """
    is_open = pl.col("open_amount") > 0
    is_whole = pl.col("open_amount") == pl.col("amount")
    is_unknown = is_open & (pl.col("class") == "other")
    is_of_debtor = is_whole & (pl.col("class") == "client") & pl.col("line_id").is_in(_of_debtors(ledger, lines, as_of))
    is_suggested = is_open & pl.col("line_id").is_in(list(suggested))
    return lines.filter(is_unknown | is_of_debtor | is_suggested | (pl.col("class") == "return"))


def _of_debtors(ledger: Ledger, lines: pl.DataFrame, as_of: date) -> list[str]:
    """Receipts that only rules give to a client who owes something, or whose lost invoice they name.

    Those that stand for a ledger's receipt are left out.
    """
    owing = open_items(ledger, as_of=as_of).filter(pl.col("outstanding") > 0).select("client_id", "currency")
    by_rule = ledger.attributions.filter(~pl.col("by_person")).select("client_id", receipt_id="line_id")
    standing = ledger.claims.filter(pl.col("source") == "declared").select(receipt_id="source_id")
    named = lost_named(ledger, lines, as_of=as_of).select("client_id", receipt_id="line_id")
    of_debtors = ledger.receipts.join(owing, on=["client_id", "currency"], how="semi")
    of_lost = ledger.receipts.join(named, on=["client_id", "receipt_id"], how="semi")
    return (
        pl.concat([of_debtors, of_lost])
        .join(by_rule, on=["receipt_id", "client_id"], how="semi")
        .join(standing, on="receipt_id", how="anti")["receipt_id"]
        .to_list()
    )
