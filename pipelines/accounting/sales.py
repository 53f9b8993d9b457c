"""Sales documents as entries: 411 debited VAT included, sales and VAT credited; a credit note the other way.

A deposit invoice credits 4191 in place of sales; the final invoice that asks for less than its HT + VAT debits it again, and so
does a credit note on the deposit invoice.
"""

import polars as pl

from models.accounting import pairs
from models.money import MONEY
from models.settings import Settings
from models.tables import conform
from pipelines.accounting.legs import LABELS, LEGS, invoice_group
from pipelines.accounting.taxes import is_rounding, with_deducted, with_tax
from pipelines.ingest.ledgers.fec_rows import IS_BILLED, OPENING


def sales_legs(documents: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """LEGS of sales documents (`with_credited`); an entry does not balance where VAT is not known, or does not explain it."""
    is_opening = (pl.col("category") == OPENING).fill_null(value=False)
    sales = with_deducted(with_tax(documents, settings.vat_rate)).with_columns(
        is_opening=is_opening,
        sign=pl.when(pl.col("kind") == "credit_note").then(-1).otherwise(1),
        rounding=pl.when(is_rounding()).then("gap"),
    )
    vat_account = _by_rate(settings.vat_by_rate, settings.account_vat)
    sales_account = (
        pl.when((pl.col("kind") == "deposit") | pl.col("is_of_deposit"))
        .then(pl.lit(settings.account_deposits))
        .when(~IS_BILLED)
        .then(pl.lit(settings.account_recovery))
        .otherwise(_by_rate(settings.sales_by_rate, settings.account_sales))
    )
    amounts = (
        (1, pl.lit(settings.account_clients), pl.col("amount")),
        (2, pl.lit(settings.account_deposits), pl.col("deducted_excl")),
        (3, vat_account, pl.col("deducted") - pl.col("deducted_excl")),
        (4, sales_account, -pl.col("excl")),
        (5, vat_account, -pl.col("vat")),
        (6, pl.lit(settings.account_difference), pl.col("rounding")),
    )
    booked = sales.filter(~pl.col("is_opening"))
    brought = sales.filter("is_opening")
    opening = (
        (1, pl.lit(settings.account_clients), pl.col("amount")),
        (2, pl.lit(settings.account_opening), -pl.col("amount")),
    )
    parts = [_leg(booked, settings.journal_sales, *leg) for leg in amounts]
    parts += [_leg(brought, settings.journal_opening, *leg) for leg in opening]
    return pl.concat(parts)


def with_credited(documents: pl.DataFrame) -> pl.DataFrame:
    """Add `is_of_deposit`: a credit note on a deposit invoice, by the number that it names, as it is lettered with it.

    Args:
        documents: sales in one currency, of all days, so that an entry stays as it is whatever the period.
    """
    named = (
        documents.filter(pl.col("kind") != "credit_note")
        .sort("issue_date", "document_id")
        .unique(["client_id", "number"], keep="first", maintain_order=True)
        .select("client_id", linked_invoice="number", credited="kind")
    )
    return documents.join(
        named, on=["client_id", "linked_invoice"], how="left", validate="m:1", maintain_order="left"
    ).with_columns(is_of_deposit=((pl.col("kind") == "credit_note") & (pl.col("credited") == "deposit")).fill_null(value=False))


def _by_rate(accounts: str, general: str) -> pl.Expr:
    return (
        pl.col("rate").replace_strict(pairs(accounts), default=general, return_dtype=pl.String) if accounts else pl.lit(general)
    )


def _leg(sales: pl.DataFrame, journal: str, rank: int, account: pl.Expr, amount: pl.Expr) -> pl.DataFrame:
    """One line of each entry, where it has an amount."""
    is_client = rank == 1
    word = pl.col("kind").replace_strict(LABELS, return_dtype=pl.String)
    return (
        sales.with_columns(amount=(amount * pl.col("sign")).cast(MONEY))
        .filter(pl.col("amount") != 0)
        .select(
            "amount",
            due_date=pl.when((pl.col("kind") != "credit_note") & is_client).then("due_date"),
            entry_id=pl.lit("sale ") + pl.col("document_id"),
            kind=pl.when("is_opening").then(pl.lit("opening")).otherwise(pl.col("kind").replace("invoice", "sale")),
            journal=pl.lit(journal),
            date="issue_date",
            rank=pl.lit(rank, pl.Int64),
            account=account,
            client_id="client_id",
            source_id=pl.when((pl.col("kind") == "credit_note") & is_client).then("document_id"),
            piece="number",
            label=pl.concat_str(word, pl.lit(" "), "number", pl.lit(" "), "client"),
            group=pl.when((pl.col("kind") != "credit_note") & is_client).then(invoice_group()),
        )
        .with_columns(client_id=pl.col("client_id") if is_client else pl.lit(None, pl.String))
        .pipe(conform, LEGS)
    )
