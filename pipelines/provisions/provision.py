"""What is provided for each doubtful receivable: a share of what is owed without VAT, by its age or by a person's word."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from models.accounting import provision_scale
from models.money import MONEY, ZERO
from models.tables import Schema, conform, empty
from pipelines.accounting.taxes import as_money, cents, share, with_tax
from pipelines.ledger import Ledger
from pipelines.provisions.doubt import latest, paid_history, with_since
from pipelines.receivables import only_currency

RATE = pl.Decimal(9, 4)
#: One row per invoice that a person decided to be doubtful and that still owes something.
PROVIDED: Schema = {
    "document_id": pl.String,
    "client_id": pl.String,
    "client": pl.String,
    "number": pl.String,
    "issue_date": pl.Date,
    "due_date": pl.Date,
    "days_late": pl.Int64,
    "amount": MONEY,
    "outstanding": MONEY,  # VAT included
    "outstanding_excl": MONEY,  # null: neither its VAT nor a rate is known
    "rate": RATE,  # 0 to 1
    "basis": pl.String,  # hand | deposit | public | insolvency | age
    "provision": MONEY,  # null where what is owed without VAT is not known
    "note": pl.String,  # of a rate by hand
    "decided_on": pl.Date,
    "decided_by": pl.String,
    "currency": pl.String,
}
_WHOLE = 10_000  # 1.0000 in units of a rate


def provided_on(ledger: Ledger, said: pl.DataFrame, days: Sequence[date], *, currency: str) -> pl.DataFrame:
    """PROVIDED at the end of each of `days`, with the `day`, in that currency; by day and client.

    Args:
        ledger: the facts.
        said: DECISIONS (`doubt.decisions`).
        days: the dates.
        currency: only that one.
    """
    documents = only_currency(ledger.documents, currency).join(said.filter("is_doubtful"), on="document_id", how="semi")
    if documents.is_empty() or not days:
        return empty({**PROVIDED, "day": pl.Date})
    grid = documents.join(pl.DataFrame({"day": sorted(days)}), how="cross").filter(pl.col("issue_date") <= pl.col("day"))
    words = with_since(said).select("document_id", "day", "is_doubtful", decided_on="since", decided_by="by")
    owed = (pl.col("amount") - pl.col("allocated").fill_null(ZERO)).cast(MONEY)
    return (
        latest(grid, words, "document_id")
        .filter(pl.col("is_doubtful"))
        .pipe(latest, paid_history(ledger, documents), "document_id")
        .with_columns(outstanding=owed, days_late=(pl.col("day") - pl.col("due_date")).dt.total_days())
        .filter(pl.col("outstanding") > 0)
        .pipe(with_excl, ledger)
        .pipe(with_rate, ledger)
        .pipe(conform, {**PROVIDED, "day": pl.Date})
        .sort("day", "client", "due_date", "number", "document_id")
    )


def with_excl(items: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Add `outstanding_excl`: in proportion of the invoice's own amounts, to the nearest cent; null where VAT is not known.

    The setting `vat_rate` is that of invoices that give neither VAT nor an amount without it.
    """
    said = items.select("document_id", "amount").unique()
    own = said.join(
        ledger.documents.select("document_id", "amount_excl_tax", "vat_amount"), on="document_id", how="left", validate="1:1"
    )
    taxed = with_tax(own, ledger.settings.vat_rate).select("document_id", "excl", "whole")
    excl = pl.when(pl.col("excl").is_not_null()).then(share("outstanding", "excl", "whole"))
    return (
        items.join(taxed, on="document_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(outstanding_excl=excl.cast(MONEY))
        .drop("excl", "whole")
    )


def with_rate(items: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Add `rate`, `basis`, `note` and `provision` as of each row's `day`: by a person's word, else the rule.

    Nothing for a deposit invoice, whatever was said: no sale was booked for it, and 4191 falls with the claim, so that there is
    nothing to lose. The rule: nothing for a public body, at least the setting's rate in proceedings, else by age. A word with
    a null rate gives the invoice back to the rule.
    """
    last = ledger.provisions.unique(["document_id", "on_date"], keep="last", maintain_order=True)
    is_deposit = pl.col("kind") == "deposit"
    last = last.join(ledger.documents.filter(is_deposit), on="document_id", how="anti")
    hand = last.select("document_id", hand="rate", note=pl.when(pl.col("rate").is_not_null()).then("note"), day="on_date")
    settings = ledger.settings
    by_age: pl.Expr = pl.lit(ZERO, RATE)
    for days, rate in provision_scale(settings.provision_rates):
        by_age = pl.when(pl.col("days_late") > days).then(pl.lit(rate, RATE)).otherwise(by_age)
    is_public = (pl.col("client_type") == "public").fill_null(value=False)
    in_proceedings = (pl.col("opened_on") >= pl.col("issue_date")).fill_null(value=False)
    at_least = pl.lit(settings.provision_insolvency / 100, RATE)
    rule = (
        pl.when(is_public | is_deposit)
        .then(pl.lit(ZERO, RATE))
        .when(in_proceedings)
        .then(pl.max_horizontal(by_age, at_least))
        .otherwise(by_age)
    )
    basis = (
        pl.when(pl.col("hand").is_not_null())
        .then(pl.lit("hand"))
        .when(is_deposit)
        .then(pl.lit("deposit"))
        .when(is_public)
        .then(pl.lit("public"))
        .when(in_proceedings & (by_age < at_least))
        .then(pl.lit("insolvency"))
        .otherwise(pl.lit("age"))
    )
    kinds = ledger.clients.select("client_id", "client_type")
    return (
        latest(items, hand, "document_id")
        .pipe(latest, _openings(ledger.marks), "client_id")
        .join(kinds, on="client_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(
            rate=pl.coalesce("hand", rule).cast(RATE), basis=basis, note=pl.when(pl.col("hand").is_not_null()).then("note")
        )
        .with_columns(provision=_share_of("outstanding_excl", "rate"))
        .drop("hand", "opened_on")
    )


def _openings(marks: pl.DataFrame) -> pl.DataFrame:
    """client_id, day, opened_on: what each word on proceedings makes of their opening, as `interest.openings` at one date."""
    said = marks.filter((pl.col("what") == "insolvency") & pl.col("client_id").is_not_null()).sort("on_date", "change_id")
    runs = said.with_columns(run=(~pl.col("is_set")).cum_sum().over("client_id"))
    first = pl.col("on_date").filter(pl.col("is_set")).min().over("client_id", "run")
    return (
        runs.with_columns(opened_on=pl.when("is_set").then(first))
        .unique(["client_id", "on_date"], keep="last", maintain_order=True)
        .select("client_id", "opened_on", day="on_date")
    )


def _share_of(amount: str, rate: str) -> pl.Expr:
    """`amount` x `rate` to the nearest cent, halves up."""
    parts = pl.col(rate).to_physical().cast(pl.Int128)
    nearest = (2 * cents(amount) * parts + _WHOLE) // (2 * _WHOLE)
    return as_money(nearest)
