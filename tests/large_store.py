"""A large company in a real store, for measures: invoices of two years and a half, the payments of most, suppliers, one account.

`count` sales documents: one in twenty a credit note, nine in ten paid by their own bank line, one receipt in fifty waiting; a
supplier invoice for ten of them, and rent and wages each month.
"""

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from models.money import MONEY
from models.store import Author, Store

FIRST, TODAY, SPAN = date(2024, 1, 1), date(2026, 6, 26), 880
AUTHOR = Author("speed", TODAY, datetime(2026, 6, 26, 9))  # UTC without zone, as stored


def write_large(path: Path, count: int) -> None:
    """A database of `count` sales documents, made in one change."""
    base = _drawn(count)
    sales, bought = _sales(base), _bought(_drawn(max(count // 10, 4), seed=8))
    received, paid = _receipts(base), _payments(bought)
    lines = pl.concat([received, paid, _monthly()], how="diagonal").with_columns(
        account_id=pl.lit("A"), currency=pl.lit("EUR"), format=pl.lit("ofx")
    )
    with Store.open(path, create=True) as store, store.change("import", AUTHOR) as change:
        account = {"account_id": ["A"], "name": ["Courant"], "currency": ["EUR"], "iban": ["FR7630006000011234567890189"]}
        change.insert("account_version", pl.DataFrame(account))
        opening = pl.DataFrame({"account_id": ["A"], "balance_date": [TODAY], "kind": ["closing"]})
        change.insert("balance", opening.with_columns(amount=pl.lit(250_000).cast(MONEY)))
        change.insert("client_version", _clients(sales, bought))
        change.insert("document_version", pl.concat([sales, bought], how="diagonal"))
        change.insert("bank_line", lines.drop("document_id", "is_allocated"))
        change.insert("claim", _claims(lines))
        said = received.filter(~pl.col("is_allocated")).join(sales.select("document_id", "client_id"), on="document_id")
        change.insert("attribution", said.select("line_id", "client_id", rule=pl.lit("name"), by_person=pl.lit(value=False)))


def _drawn(count: int, *, seed: int = 7) -> pl.DataFrame:
    """Number, client, day of issue and amount of each document."""
    dice = np.random.default_rng(seed)
    drawn = pl.DataFrame(
        {
            "n": np.arange(count),
            "client": dice.integers(0, max(count // 25, 4), count),
            "issue": dice.integers(0, SPAN, count),
            "cents": dice.integers(1_000, 900_000, count),
        }
    )
    return drawn.with_columns(
        issue_date=pl.lit(FIRST) + pl.duration(days="issue"), amount=(pl.col("cents").cast(MONEY) / 100).cast(MONEY)
    )


def _documents(rows: pl.DataFrame, direction: str) -> pl.DataFrame:
    return rows.select(
        "document_id", "kind", "number", "client_id", "issue_date", "amount", "linked_invoice", "sales_rep", "category",
        direction=pl.lit(direction), due_date=pl.col("issue_date") + timedelta(days=30), is_due_estimated=pl.lit(value=False),
        sending=pl.lit("silent"), vat_amount=(pl.col("amount") / 6).cast(MONEY), currency=pl.lit("EUR"),
        is_paid=pl.lit(value=False), is_disputed=pl.lit(value=False),
    )  # fmt: skip


def _sales(base: pl.DataFrame) -> pl.DataFrame:
    is_note = pl.col("n") % 20 == 0
    rows = base.with_columns(
        document_id=pl.format("D{}", "n"), number=pl.format("FACT-{}", pl.col("n").cast(pl.String).str.zfill(6)),
        client_id=pl.format("C{}", "client"), sales_rep=pl.format("Rep {}", pl.col("n") % 9),
        category=pl.format("Cat {}", pl.col("n") % 5),
        kind=pl.when(is_note).then(pl.lit("credit_note")).otherwise(pl.lit("invoice")),
        linked_invoice=pl.when(is_note).then(pl.format("FACT-{}", (pl.col("n") + 1).cast(pl.String).str.zfill(6))),
    )  # fmt: skip
    return _documents(rows, "sale")


def _bought(base: pl.DataFrame) -> pl.DataFrame:
    rows = base.with_columns(
        document_id=pl.format("P{}", "n"), number=pl.format("ACH-{}", "n"), client_id=pl.format("S{}", pl.col("client") % 200),
        kind=pl.lit("invoice"), linked_invoice=pl.lit(None, pl.String), sales_rep=pl.lit(None, pl.String),
        category=pl.lit(None, pl.String),
    )  # fmt: skip
    return _documents(rows, "purchase")


def _receipts(base: pl.DataFrame) -> pl.DataFrame:
    """A transfer for each paid invoice; one in fifty brings less than it asks for, and names no number."""
    waits = pl.col("n") % 50 == 3
    paid = base.filter((pl.col("n") % 10 != 1) & (pl.col("n") % 20 != 0))
    return paid.select(
        line_id=pl.format("L{}", "n"), document_id=pl.format("D{}", "n"), is_allocated=~waits,
        booking_date=pl.col("issue_date") + pl.duration(days=20 + pl.col("n") % 40 + pl.col("client") % 7),
        amount=pl.when(waits).then(pl.col("amount") - pl.lit("7.13").cast(MONEY)).otherwise("amount").cast(MONEY),
        label=pl.when(waits)
        .then(pl.format("VIR SEPA CLIENT {}", "client"))
        .otherwise(pl.format("VIR SEPA CLIENT {} FACT-{}", "client", pl.col("n").cast(pl.String).str.zfill(6))),
    ).filter((pl.col("booking_date") <= TODAY) & (pl.col("amount") > 0))  # fmt: skip


def _payments(bought: pl.DataFrame) -> pl.DataFrame:
    """A debit for each supplier invoice of before the last three months; later ones are still to be paid, or to be found."""
    due = bought.filter(pl.col("issue_date") < date(2026, 4, 1))
    return due.select(
        "document_id", line_id=pl.format("O{}", "document_id"), is_allocated=pl.col("issue_date") < date(2026, 3, 20),
        booking_date=pl.col("issue_date") + timedelta(days=32), amount=-pl.col("amount"),
        label=pl.format("VIR SEPA FOURNISSEUR {} {}", "client_id", "number"),
    )  # fmt: skip


def _monthly() -> pl.DataFrame:
    """Rent and wages."""
    days = pl.date_range(FIRST, TODAY, "1mo", eager=True)
    flows = (("R", 4, -2_400, "PRLV SEPA SCI DU PORT LOYER"), ("W", 27, -18_500, "VIR SALAIRES"))
    rows = [
        pl.DataFrame({"booking_date": days + timedelta(days=day)})
        .with_row_index("n")
        .select(
            "booking_date", line_id=pl.format("{}{}", pl.lit(kind), "n"), amount=pl.lit(amount).cast(MONEY), label=pl.lit(label)
        )
        for kind, day, amount, label in flows
    ]
    return pl.concat(rows).filter(pl.col("booking_date") <= TODAY)


def _clients(sales: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    buyers, sellers = (rows.select("client_id").unique().sort("client_id") for rows in (sales, bought))
    number = pl.col("client_id").str.slice(1)
    known = buyers.with_columns(
        name=pl.format("Client {}", number), email=pl.format("compta@client{}.example", number), client_type=pl.lit("company"),
        address=pl.format("{} rue du Port\n35000 Rennes", number),
    )  # fmt: skip
    return pl.concat([known, sellers.with_columns(name=pl.format("Fournisseur {}", number))], how="diagonal")


def _claims(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.filter("is_allocated").select(
        "document_id", claim_id=pl.format("M{}", "line_id"), source=pl.lit("bank"), source_id="line_id",
        amount=pl.col("amount").abs(), claim_date="booking_date", rule=pl.lit("number"), confidence=pl.lit(1.0),
        by_person=pl.lit(value=False),
    )  # fmt: skip
