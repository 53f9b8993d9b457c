"""What a client owes at a date, for its litigation file: the claim, its credits, its interest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from models.money import ZERO, total
from models.rates import INDEMNITY
from models.texts import Texts
from pipelines.collections.interest import Interest, interest
from pipelines.collections.results import reminded, reminder_counts
from pipelines.collections.statement import balance, credit_name, open_account
from pipelines.ledger import Ledger
from pipelines.receivables import open_credits

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Claim:
    """What a client owes at a date, in one currency.

    Attributes:
        rows: the list "claim": one row per open invoice.
        runs: the list "interest": one row per invoice and run of days with one base and one rate.
        credits: OPEN_CREDITS in `currency`: what it paid or was credited that settles no invoice yet.
        other_credits: those in other currencies, which nothing here deducts.
        principal: open invoices less `credits`, as the statement of account has it.
        due: what of the principal has fallen due: the late invoices less `credits`, which pay the oldest first.
        interest: in `currency`. `indemnity`: in EUR, 40 for each late invoice of a professional.
        is_complete: every half-year's rate is known.
    """

    client: dict[str, Any]
    currency: str
    as_of: date
    rows: Rows
    runs: Rows
    credits: Rows
    other_credits: Rows
    principal: Decimal
    due: Decimal
    interest: Decimal
    indemnity: Decimal
    is_complete: bool

    @property
    def late(self) -> Rows:
        """Its rows that are overdue."""
        return [row for row in self.rows if row["days_late"] >= 1]

    @property
    def given(self) -> Decimal:
        """What its credits come to."""
        return _sum(self.credits, "remaining")

    @property
    def disputed(self) -> Decimal:
        """What its invoices in dispute come to."""
        return _sum([row for row in self.rows if row["is_disputed"]], "outstanding")


def _sum(rows: Sequence[dict[str, Any]], column: str) -> Decimal:
    return sum((row[column] for row in rows), ZERO)


def claim_of(ledger: Ledger, client_id: str, *, as_of: date, currency: str) -> Claim:
    """What the client owes, invoice by invoice, and what it is owed."""
    client = ledger.clients.row(by_predicate=pl.col("client_id") == client_id, named=True)
    own, given = open_account(ledger, client_id, as_of=as_of, currency=currency)
    elsewhere = open_credits(ledger, as_of=as_of).filter((pl.col("client_id") == client_id) & (pl.col("currency") != currency))
    found = interest(own, ledger.allocations, ledger.clients, ledger.marks, ledger.settings, as_of=as_of)
    each = Decimal("0.00") if client["client_type"] == "consumer" else INDEMNITY
    rows = _rows(ledger, own, found, each, as_of)
    late = own.filter(pl.col("days_late") >= 1)
    return Claim(
        client=client,
        currency=currency,
        as_of=as_of,
        rows=rows.to_dicts(),
        runs=_runs(own, found),
        credits=given.to_dicts(),
        other_credits=elsewhere.to_dicts(),
        principal=balance(own, given),
        due=max(total(late["outstanding"]) - total(given["remaining"]), Decimal("0.00")),
        interest=total(rows["interest"]),
        indemnity=each * late.height,
        is_complete=bool(rows["is_complete"].all()),
    )


def _rows(ledger: Ledger, own: pl.DataFrame, found: Interest, each: Decimal, as_of: date) -> pl.DataFrame:
    counts = reminder_counts(reminded(ledger, as_of=as_of))
    return (
        own.join(found.invoices, on="document_id", how="left", validate="1:1", maintain_order="left")
        .join(counts, on="document_id", how="left", validate="1:1", maintain_order="left")
        .with_columns(
            pl.col("reminders").fill_null(0),
            paid=pl.col("amount") - pl.col("outstanding"),
            indemnity=pl.when(pl.col("days_late") >= 1).then(pl.lit(each)).otherwise(pl.lit(ZERO)),
            interest_state=pl.when(~pl.col("is_complete")).then(pl.lit("incomplete")),
            dispute=pl.when("is_disputed").then(pl.lit("disputed")),
        )
        .rename(
            {
                "number": "invoice_number", "amount": "amount_incl_tax", "penalty": "interest",
                "last_on": "last_reminder",
            }
        )
    )  # fmt: skip


def _runs(own: pl.DataFrame, found: Interest) -> Rows:
    numbers = own.select("document_id", invoice_number="number")
    runs = found.segments.join(numbers, on="document_id", how="inner", validate="m:1")
    return runs.sort("invoice_number", "document_id", "from_date").to_dicts()


def claim_rows(claim: Claim, texts: Texts) -> Rows:
    """The list "claim" as it leaves: the open invoices, then the credits, below zero, so that it adds up to the principal."""
    given = [
        {
            "invoice_number": credit_name(texts, row),
            "issue_date": row["date"],
            "amount_incl_tax": -row["amount"],
            "paid": row["remaining"] - row["amount"],
            "outstanding": -row["remaining"],
            "currency": row["currency"],
        }
        for row in claim.credits
    ]
    rows = [*claim.rows, *given]
    columns = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name) for name in columns} for row in rows]
