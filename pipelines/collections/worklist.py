"""What to do today, for whom, the most useful first.

The score of a client is its late money weighted by age: each late invoice's outstanding times 1 up to 30 days late, 1.5
up to 60, 2 up to 90, 3 beyond. An invoice that was never sent weighs at least 1, late or not, since nobody can pay it.
What is disputed, promised, paused or in insolvency proceedings weighs nothing: acting now does not bring it forward.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from models.money import MONEY
from models.tables import Schema
from pipelines.collections.facts import Situation, open_invoices, situation
from pipelines.collections.holds import (
    FINDINGS,
    HOLDS,
    address_findings,
    credit_findings,
    receipt_findings,
    statement_findings,
    text_findings,
)
from pipelines.collections.interest import Interest, interest
from pipelines.collections.reasons import REASON_ORDER, invoice_findings, row_findings
from pipelines.collections.segments import segments
from pipelines.collections.steps import last_reminders, next_steps, step_table
from pipelines.ledger import Ledger

REASON = pl.Struct({"code": pl.String, "amount": MONEY, "number": pl.Int64, "date": pl.Date, "text": pl.String})

#: One row per client that has something to do or something overdue.
WORKLIST: Schema = {
    "rank": pl.Int64,
    "client_id": pl.String,
    "client": pl.String,
    "segment": pl.String,  # public | consumer | new | frequent_late | standard
    "score": pl.Float64,
    "overdue": MONEY,
    "oldest_days_late": pl.Int64,  # null when nothing is late
    "action": pl.String,  # email | sms | call | registered_letter | internal | send | reconcile | wait
    "channel": pl.String,
    "step": pl.String,
    "held": pl.String,  # the first of `holds`, or null
    "holds": pl.List(pl.String),
    "invoices": pl.List(pl.String),  # numbers, by due date
    "document_ids": pl.List(pl.String),  # of the same invoices, in the same order
    "reasons": pl.List(REASON),
    "currency": pl.String,
}

#: Held drafts whose next thing to do is to reconcile, and those where only time or a talk helps.
_TO_RECONCILE = ("open_credit", "unmatched_receipt")
_TO_WAIT = ("dispute", "promise", "paused")
#: More days late than this -> twice the weight of the money, from the youngest bucket on; 2 for any late money.
_TWICE_WEIGHTS = ((30, 3), (60, 4), (90, 6))


@dataclass(frozen=True)
class Plan:
    """What is due at a date: the worklist, and what its drafts need.

    Attributes:
        rows: WORKLIST.
        invoices: `open_invoices` with their next step, the client's step and `is_listed`.
        interest: of the listed invoices whose step mentions it.
    """

    at: Situation
    rows: pl.DataFrame
    invoices: pl.DataFrame
    interest: Interest


def worklist(ledger: Ledger, *, as_of: date, currency: str | None = None) -> pl.DataFrame:
    """WORKLIST of one currency (the company's by default): highest score first, then by client name."""
    return plan(situation(ledger, as_of=as_of, currency=currency)).rows


def plan(at: Situation) -> Plan:
    """What is due in a situation. The same facts give the same plan, whatever the order of their rows."""
    items = open_invoices(at).join(next_steps(at, open_invoices(at)), on="document_id", how="left", validate="1:1")
    invoices = _listed(items.join(_client_steps(at, items), on="client_id", how="left", validate="m:1"))
    with_interest = invoices.filter(pl.col("is_listed") & pl.col("mentions_interest").fill_null(value=False))
    found = interest(with_interest, at.allocations, at.clients, at.marks, at.settings, as_of=at.as_of)
    rows = _rows(at, invoices)
    facts = _findings(at, invoices, rows, found).join(rows, on="client_id", how="semi")
    return Plan(at, _ranked(_with_findings(rows, facts)), invoices, found)


def _client_steps(at: Situation, items: pl.DataFrame) -> pl.DataFrame:
    """The one step of each client: the most advanced one due among its invoices.

    Where all that is due is late but left out, that step stands, held. Nothing is due within the minimum gap after the
    last reminder. One row per client: client_step and its offset, channel, mentions_interest; is_left_out, is_in_gap,
    reminded_on, reminded_step.
    """
    is_due = pl.col("index").is_not_null()
    is_kept_back = is_due & pl.col("excluded").is_in(_TO_WAIT) & (pl.col("days_late") >= 1)
    steps = items.group_by("client_id").agg(
        own=pl.col("index").filter(is_due & pl.col("excluded").is_null()).max(),
        kept_back=pl.col("index").filter(is_kept_back).max(),
    )
    gap_start = at.as_of - timedelta(days=at.scenario.min_gap_days)
    table = step_table(at.scenario).select("index", "offset", "channel", "mentions_interest", client_step="step")
    chosen = (
        steps.with_columns(index=pl.coalesce("own", "kept_back"), is_left_out=pl.col("own").is_null())
        .join(table, on="index", how="left", validate="m:1")
        .join(last_reminders(at), on="client_id", how="left", validate="1:1")
        .with_columns(
            is_in_gap=(
                (pl.col("reminded_on") > gap_start) & pl.col("index").is_not_null() & (pl.col("channel") != "internal")
            ).fill_null(value=False)
        )
    )
    dropped = [
        pl.when(~pl.col("is_in_gap")).then(name).alias(name)
        for name in ("client_step", "offset", "channel", "mentions_interest", "index")
    ]
    return chosen.with_columns(dropped).rename({"index": "client_index"}).drop("own", "kept_back")


def _listed(invoices: pl.DataFrame) -> pl.DataFrame:
    """Add `is_listed`: the invoices that the client's row speaks of.

    After the due date, every late one that is not left out; before it, those at that step; without a step, those never
    sent, else the late ones.
    """
    is_late = pl.col("days_late") >= 1
    is_concerned = pl.col("excluded").is_null() | (pl.col("is_left_out") & pl.col("excluded").is_in(_TO_WAIT))
    is_unsent = pl.col("excluded").eq_missing("unsent")
    without_step = pl.when(is_unsent.any().over("client_id")).then(is_unsent).otherwise(is_late)
    return invoices.with_columns(
        is_listed=pl.when(pl.col("client_step").is_null())
        .then(without_step)
        .when(pl.col("offset") > 0)
        .then(is_late & is_concerned)
        .otherwise(is_concerned & (pl.col("index") == pl.col("client_index")).fill_null(value=False))
    )


def _score() -> pl.Expr:
    """Weighted late money of each invoice, in halves of a cent, so that sums are exact."""
    is_unsent = pl.col("excluded").eq_missing("unsent")
    twice = pl.when((pl.col("days_late") >= 1) | is_unsent).then(2).otherwise(0)
    for beyond, weight in _TWICE_WEIGHTS:
        twice = pl.when(pl.col("days_late") > beyond).then(weight).otherwise(twice)
    counts = pl.col("excluded").is_null() | is_unsent
    return pl.when(counts).then(pl.col("outstanding").to_physical().cast(pl.Int64) * twice).otherwise(0)


def _rows(at: Situation, invoices: pl.DataFrame) -> pl.DataFrame:
    """One row per client that has a step, something to send or something overdue, without its reasons."""
    is_late = pl.col("days_late") >= 1
    listed = pl.col("is_listed")
    return (
        invoices.sort("due_date", "number", "document_id")
        .group_by("client_id", maintain_order=True)
        .agg(
            pl.col("client", "client_type", "siren", "email", "client_step", "channel", "is_left_out", "reminded_on").first(),
            score=_score().sum() / 200,
            overdue=pl.col("outstanding").filter(is_late).sum().cast(MONEY),
            oldest_days_late=pl.col("days_late").filter(is_late).max(),
            invoices=pl.col("number").filter(listed),
            document_ids=pl.col("document_id").filter(listed),
            has_unsent=pl.col("excluded").eq_missing("unsent").any(),
            has_late=(is_late & pl.col("excluded").ne_missing("small_rest")).any(),
        )
        .filter(pl.col("client_step").is_not_null() | pl.col("has_unsent") | pl.col("has_late"))
        .join(segments(at), on="client_id", how="left", validate="1:1")
        .with_columns(currency=pl.lit(at.currency), step="client_step")
    )


def _findings(at: Situation, invoices: pl.DataFrame, rows: pl.DataFrame, found: Interest) -> pl.DataFrame:
    """All that there is to say of each client, and what holds its draft: FINDINGS with `is_hold`."""
    outward = rows.filter(pl.col("channel").is_not_null() & (pl.col("channel") != "internal"))
    stating = invoices.filter(pl.col("is_listed") & pl.col("mentions_interest").fill_null(value=False))
    left_out = (
        invoices.filter(pl.col("is_listed") & pl.col("is_left_out"))
        .join(outward, on="client_id", how="semi")
        .select("client_id", code="excluded", date="promise_until", amount="outstanding")
        .group_by("client_id", "code")
        .agg(pl.col("amount").sum().cast(MONEY), pl.col("date").max())
        .with_columns(number=pl.lit(None, dtype=pl.Int64), text=pl.lit(None, dtype=pl.String))
    )
    holding = pl.concat(
        [
            credit_findings(at),
            receipt_findings(at, invoices),
            left_out.select(list(FINDINGS)),
            statement_findings(at, outward),
            text_findings(stating, found.segments),
            address_findings(outward),
        ]
    ).join(outward, on="client_id", how="semi")
    said = pl.concat([invoice_findings(at, invoices), row_findings(invoices, rows)])
    # What already holds the draft is not said twice.
    said = said.join(holding, on=["client_id", "code"], how="anti")
    return pl.concat([holding.with_columns(is_hold=pl.lit(value=True)), said.with_columns(is_hold=pl.lit(value=False))])


def _with_findings(rows: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Add `holds`, `held`, `reasons` and the action that follows from them."""
    order = {code: n for n, code in enumerate(REASON_ORDER)}
    hold_order = {code: n for n, code in enumerate(HOLDS)}
    reasons = (
        facts.with_columns(order=pl.col("code").replace_strict(order, return_dtype=pl.Int64))
        .sort("client_id", "order")
        .group_by("client_id", maintain_order=True)
        .agg(reasons=pl.struct("code", "amount", "number", "date", "text"))
    )
    holds = (
        facts.filter("is_hold")
        .with_columns(order=pl.col("code").replace_strict(hold_order, return_dtype=pl.Int64))
        .sort("client_id", "order")
        .group_by("client_id", maintain_order=True)
        .agg(holds=pl.col("code"))
    )
    held = (
        rows.join(reasons, on="client_id", how="left", validate="1:1")
        .join(holds, on="client_id", how="left", validate="1:1")
        .with_columns(pl.col("holds").fill_null(pl.lit([], dtype=pl.List(pl.String))))
        .with_columns(held=pl.col("holds").list.first())
    )
    return held.with_columns(
        action=pl.when(pl.col("step").is_null())
        .then(pl.when("has_unsent").then(pl.lit("send")).otherwise(pl.lit("wait")))
        .when(pl.col("is_left_out"))
        .then(pl.lit("wait"))
        .when(pl.col("held").is_in(_TO_RECONCILE))
        .then(pl.lit("reconcile"))
        .otherwise("channel")
    )


def _ranked(rows: pl.DataFrame) -> pl.DataFrame:
    """WORKLIST in its order: the most weighted late money first, then by name."""
    return (
        rows.sort("score", "client", "client_id", descending=[True, False, False])
        .with_row_index("rank", offset=1)
        .select(pl.col(name).cast(dtype) for name, dtype in WORKLIST.items())
    )
