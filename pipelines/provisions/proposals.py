"""Which receivables a person should look at before a closing, and why; each is decided by a person, never by the program."""

from datetime import date

import polars as pl

from models.money import MONEY, ZERO
from models.tables import Schema, conform
from pipelines.collections.interest import openings
from pipelines.collections.plans import invoices_of_plans
from pipelines.ledger import Ledger
from pipelines.provisions.doubt import decided_at, decisions
from pipelines.provisions.limitation import is_near, with_barred_on
from pipelines.provisions.provision import RATE, with_excl, with_rate
from pipelines.receivables import open_items

#: One row per open invoice that is proposed, or of which a person has decided; the longest late first.
DOUBTS: Schema = {
    "document_id": pl.String,
    "client_id": pl.String,
    "client": pl.String,
    "client_type": pl.String,
    "number": pl.String,
    "issue_date": pl.Date,
    "due_date": pl.Date,
    "days_late": pl.Int64,
    "amount": MONEY,
    "outstanding": MONEY,  # VAT included
    "outstanding_excl": MONEY,  # null: neither its VAT nor a rate is known
    "reasons": pl.List(pl.String),  # insolvency | late | dispute | plan | limitation
    "state": pl.String,  # proposed | doubtful | not_doubtful
    "decided_on": pl.Date,
    "decided_by": pl.String,
    "decision_note": pl.String,
    "rate": RATE,  # 0 to 1; of a proposal, what the rule would give; null where a person said that it is not doubtful
    "basis": pl.String,  # hand | deposit | public | insolvency | age
    "note": pl.String,  # of a rate by hand
    "provision": MONEY,  # 0.00 where it is not doubtful; null where VAT is not known
    "barred_on": pl.Date,
    "is_barred_soon": pl.Boolean,
    "currency": pl.String,
}


def doubts(ledger: Ledger, *, as_of: date, currency: str | None = None) -> pl.DataFrame:
    """DOUBTS at the end of `as_of`, in `currency` (the company's by default)."""
    money = currency or ledger.settings.currency
    kinds = ledger.clients.select("client_id", "client_type")
    said = decided_at(decisions(ledger, currency=money), as_of=as_of).select(
        "document_id", doubt="is_doubtful", decided_on="since", decided_by="by", decision_note="note"
    )
    owed = open_items(ledger, as_of=as_of, currency=money).filter(pl.col("outstanding") > 0)
    typed = owed.join(kinds, on="client_id", how="left", validate="m:1", maintain_order="left")
    looked_at = (
        with_barred_on(typed, ledger.marks, as_of=as_of)
        .with_columns(is_barred_soon=is_near(as_of))
        .pipe(_with_reasons, ledger, as_of=as_of)
        .join(said, on="document_id", how="left", validate="1:1", maintain_order="left")
        .filter((pl.col("reasons").list.len() > 0) | pl.col("doubt").is_not_null())
    )
    state = (
        pl.when("doubt")
        .then(pl.lit("doubtful"))
        .when(pl.col("doubt").is_not_null())
        .then(pl.lit("not_doubtful"))
        .otherwise(pl.lit("proposed"))
    )
    is_not = pl.col("state") == "not_doubtful"
    return (
        with_excl(looked_at.drop("client_type").with_columns(day=pl.lit(as_of)), ledger)
        .pipe(with_rate, ledger)
        .with_columns(state=state)
        .with_columns(
            provision=pl.when(is_not).then(pl.lit(ZERO)).otherwise("provision").cast(MONEY), rate=pl.when(~is_not).then("rate")
        )
        .pipe(conform, DOUBTS)
        .sort("days_late", "outstanding", "document_id", descending=[True, True, False])
    )


def _with_reasons(items: pl.DataFrame, ledger: Ledger, *, as_of: date) -> pl.DataFrame:
    """Add `reasons`, the gravest first."""
    grace = ledger.policy.scenario_of(None).promise_grace_days
    plans = invoices_of_plans(ledger, as_of=as_of, grace=grace).select("document_id", "plan_status")
    opened = openings(ledger.marks, as_of=as_of)
    joined = items.join(opened, on="client_id", how="left", validate="m:1", maintain_order="left").join(
        plans, on="document_id", how="left", validate="1:1", maintain_order="left"
    )
    found = {
        "insolvency": pl.col("opened_on") >= pl.col("issue_date"),
        "late": pl.col("days_late") > ledger.settings.doubtful_days,
        "dispute": pl.col("is_disputed"),
        "plan": pl.col("plan_status") == "broken",
        "limitation": pl.col("is_barred_soon"),
    }
    listed = pl.concat_list(
        pl.when(is_so.fill_null(value=False)).then(pl.lit(code)).otherwise(pl.lit(None, pl.String))
        for code, is_so in found.items()
    )
    return joined.with_columns(reasons=listed.list.drop_nulls()).drop("opened_on", "plan_status")
