"""VAT due on receipts (TVA sur encaissements): what each payment holds of its invoice's VAT, by month and rate.

Money counts in the month in which it came or went back (CGI, article 269), whatever invoice it was given to since. Each
payment takes its share of what the invoice has been paid so far, rounded on the running sum, so that the shares of an invoice
that is settled by payments alone are its VAT to the cent. All rows of a period sum to what was collected in it.
"""

from datetime import date
from decimal import Decimal

import polars as pl

from models.money import MONEY, ZERO
from models.tables import Schema, conform
from pipelines.accounting.taxes import as_money, cents, share, with_deducted, with_tax
from pipelines.ledger import Ledger
from pipelines.parties import client_names

#: One row per payment, or part of one, and per amount that went back.
VAT_ROWS: Schema = {
    "month": pl.Date,  # its first day
    "rate": pl.String,  # "20", "5.5"…, or one of APART
    "date": pl.Date,
    "kind": pl.String,  # receipt | returned | refund
    "client_id": pl.String,
    "client": pl.String,
    "document_id": pl.String,
    "number": pl.String,  # of the invoice, or of the credit note that was paid back
    "amount": MONEY,  # VAT included; negative: it went back
    "base": MONEY,  # without VAT; null where the VAT is not known
    "vat": MONEY,
    "deposit_vat": MONEY,  # of money without an invoice: the VAT that it holds if it is a deposit
    "currency": pl.String,
}
#: One row per month and rate.
VAT_MONTHS: Schema = {
    "month": pl.Date,
    "rate": pl.String,
    "amount": MONEY,
    "base": MONEY,
    "vat": MONEY,
    "deposit_vat": MONEY,
    "rows": pl.Int64,
    "currency": pl.String,
}
#: What has no single rate: several on one invoice, an invoice whose VAT is not known, money without an invoice.
APART = ("mixed", "unknown", "unallocated")
#: The rate at which money without an invoice is taken for a deposit, where the settings give none: the normal one.
NORMAL_RATE = Decimal(20)
_MONEY_SOURCES = ["bank", "declared"]
_STEP: Schema = {
    "source_id": pl.String,
    "source": pl.String,
    "client_id": pl.String,
    "document_id": pl.String,
    "claim_id": pl.String,
    "day": pl.Date,
    "is_back": pl.Boolean,
    "amount": MONEY,
}


def vat_rows(ledger: Ledger, *, as_of: date, currency: str, start: date | None = None) -> pl.DataFrame:
    """VAT_ROWS of the period that ends at `as_of`.

    Args:
        ledger: the facts.
        as_of: what is dated later does not exist: money that paid an invoice issued later stands without one.
        currency: of the money.
        start: the first day; None for all that came before too.
    """
    steps = _steps(ledger, as_of=as_of, currency=currency)
    paid = steps.filter(pl.col("source").is_in(_MONEY_SOURCES))
    rates = ledger.settings.vat_rate
    apart = _without_invoice(ledger, paid, as_of=as_of, currency=currency)
    notes, free = _paid_back(ledger, apart, currency)
    deposit = NORMAL_RATE if rates is None else rates
    parts = [_shared(steps, ledger, currency), notes, _as_deposits(free, deposit)]
    names = client_names(ledger.clients, ledger.documents)
    return (
        pl.concat([conform(part.with_columns(date="day"), VAT_ROWS) for part in parts])
        .drop("client")
        .join(names, on="client_id", how="left", validate="m:1")
        .with_columns(month=pl.col("date").dt.month_start(), currency=pl.lit(currency), client=pl.coalesce("client", "client_id"))
        .filter(pl.col("date").is_between(start or date.min, as_of))
        .pipe(conform, VAT_ROWS)
        .sort("date", "client", "number", "document_id", "kind", "amount", nulls_last=True)
    )


def vat_months(rows: pl.DataFrame) -> pl.DataFrame:
    """VAT_MONTHS of VAT_ROWS, month by month, the highest rate first and what stands apart last."""
    place = pl.col("rate").cast(pl.Float64, strict=False)
    apart = pl.col("rate").replace_strict({code: n for n, code in enumerate(APART)}, default=-1, return_dtype=pl.Int8)
    sums = ("amount", "base", "vat", "deposit_vat")
    return (
        rows.group_by("month", "rate", "currency")
        .agg(
            *(pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).cast(MONEY).alias(name) for name in sums),
            rows=pl.len().cast(pl.Int64),
        )
        .sort("month", apart, place, descending=[False, False, True], nulls_last=True)
        .pipe(conform, VAT_MONTHS)
    )


def _steps(ledger: Ledger, *, as_of: date, currency: str) -> pl.DataFrame:
    """_STEP: what was given to sales invoices, by the day of the money, and taken from them again, in order for each invoice.

    What is written off pays nothing: the shares of what comes after a loss are those that it would have had without it.
    """
    is_given = pl.col("source") != "write_off"
    sales = ledger.documents.filter(pl.col("direction") == "sale")
    ever = pl.col("reversed_on").is_null() | (pl.col("reversed_on") > pl.col("counts_from"))
    given = (
        ledger.allocations.filter((pl.col("currency") == currency) & (pl.col("counts_from") <= as_of) & ever & is_given)
        .join(sales, on="document_id", how="semi")
        .filter(~_is_followed())
        .with_columns(day="date", is_back=pl.lit(value=False))
    )
    back = given.filter(pl.col("reversed_on") <= as_of).with_columns(
        day="reversed_on", is_back=pl.lit(value=True), amount=(-pl.col("amount")).cast(MONEY)
    )
    return pl.concat([conform(given, _STEP), conform(back, _STEP)]).sort("document_id", "day", "is_back", "source", "claim_id")


def _is_followed() -> pl.Expr:
    """The same source gives its invoice another amount from the day on which this one ends: nothing went back then."""
    next_from = pl.col("counts_from").shift(-1).over("claim_id", order_by="counts_from")
    return (next_from == pl.col("reversed_on")).fill_null(value=False)


def _shared(steps: pl.DataFrame, ledger: Ledger, currency: str) -> pl.DataFrame:
    """Payments with their share of the invoice's VAT: of the running sum after, less of the running sum before."""
    is_mine = (pl.col("direction") == "sale") & (pl.col("currency") == currency) & (pl.col("kind") != "credit_note")
    taxed = with_deducted(with_tax(ledger.documents.filter(is_mine), ledger.settings.vat_rate))
    own = (pl.col("vat") - (pl.col("deducted") - pl.col("deducted_excl")).fill_null(ZERO)).cast(MONEY)
    facts = taxed.select("document_id", "number", asked="amount", own_vat=own, rate=_rate_code())
    after = pl.col("amount").cum_sum().over("document_id").cast(MONEY)
    return (
        steps.join(facts, on="document_id", how="inner", validate="m:1", maintain_order="left")
        .with_columns(after=after)
        .with_columns(before=(pl.col("after") - pl.col("amount")).cast(MONEY))
        .with_columns(vat=(_part_of_vat("after") - _part_of_vat("before")).cast(MONEY))
        .filter(pl.col("source").is_in(_MONEY_SOURCES))
        .with_columns(
            base=(pl.col("amount") - pl.col("vat")).cast(MONEY),
            kind=pl.when("is_back").then(pl.lit("returned")).otherwise(pl.lit("receipt")),
        )
    )


def _rate_code() -> pl.Expr:
    return pl.when(pl.col("vat").is_null()).then(pl.lit("unknown")).otherwise(pl.col("rate").fill_null(pl.lit("mixed")))


def _part_of_vat(paid: str) -> pl.Expr:
    """What the VAT of an invoice is on that part of it, to the nearest cent."""
    whole = cents("asked")
    return as_money((2 * cents("own_vat") * cents(paid) + whole) // (2 * whole))


def _without_invoice(ledger: Ledger, paid: pl.DataFrame, *, as_of: date, currency: str) -> pl.DataFrame:
    """What came or went back and belongs to no invoice: source_id, client_id, day, is_back, amount."""
    is_mine = (pl.col("date") <= as_of) & (pl.col("currency") == currency)
    came = ledger.receipts.filter(is_mine).select(
        "client_id", "amount", source_id="receipt_id", day="date", is_back=pl.lit(value=False)
    )
    went = ledger.refunds.filter(is_mine).select(
        "client_id",
        amount=(-pl.col("amount")).cast(MONEY),
        source_id=pl.coalesce("credit_id", "refund_id"),
        day="date",
        is_back=pl.lit(value=True),
    )
    keys = ["source_id", "client_id", "day", "is_back"]
    used = paid.select(*keys, amount=(-pl.col("amount")).cast(MONEY))
    return (
        pl.concat([frame.select(*keys, "amount") for frame in (came, went, used)])
        .group_by(keys)
        .agg(pl.col("amount").sum().cast(MONEY))
        .filter(pl.col("amount") != 0)
        .sort(keys)
    )


def _paid_back(ledger: Ledger, apart: pl.DataFrame, currency: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Credit notes paid back, with their share of the note's VAT; and what is left of `apart`."""
    is_note = (pl.col("direction") == "sale") & (pl.col("currency") == currency) & (pl.col("kind") == "credit_note")
    notes = with_tax(ledger.documents.filter(is_note), ledger.settings.vat_rate).select(
        "document_id", "number", asked="amount", own_vat="vat", rate=_rate_code()
    )
    back = (
        apart.join(notes, left_on="source_id", right_on="document_id", how="inner", validate="m:1", maintain_order="left")
        .with_columns(after=(-pl.col("amount")).cum_sum().over("source_id").cast(MONEY))
        .with_columns(before=(pl.col("after") + pl.col("amount")).cast(MONEY))
        .with_columns(vat=(_part_of_vat("before") - _part_of_vat("after")).cast(MONEY))
        .with_columns(base=(pl.col("amount") - pl.col("vat")).cast(MONEY), kind=pl.lit("refund"), document_id="source_id")
    )
    return back, apart.join(notes, left_on="source_id", right_on="document_id", how="anti", maintain_order="left")


def _as_deposits(free: pl.DataFrame, rate: Decimal) -> pl.DataFrame:
    """Money without an invoice, with the VAT that it holds if it is a deposit at that rate."""
    whole = pl.lit(100 + rate).cast(MONEY)
    sized = free.with_columns(size=pl.col("amount").abs(), part=pl.lit(rate).cast(MONEY), whole=whole)
    held = share("size", "part", "whole")
    return sized.with_columns(
        rate=pl.lit("unallocated"),
        kind=pl.when("is_back").then(pl.lit("refund")).otherwise(pl.lit("receipt")),
        deposit_vat=pl.when(pl.col("amount") < 0).then(-held).otherwise(held).cast(MONEY),
    )
