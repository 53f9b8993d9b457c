"""What to do today, for whom, the most useful first.

The score of a client is the money that acting now should bring forward, weighted (`priority`). What is disputed, promised,
paused or in insolvency proceedings weighs nothing: acting now does not bring it forward.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from models.money import MONEY
from models.tables import Schema
from pipelines.collections.facts import Situation, open_invoices, situation
from pipelines.collections.holds import (
    FINDINGS,
    HOLDS,
    address_findings,
    barred_findings,
    credit_findings,
    day_findings,
    statement_findings,
    text_findings,
)
from pipelines.collections.interest import Interest, interest
from pipelines.collections.possible_payments import receipt_findings
from pipelines.collections.priority import minutes, priority_findings, relationship, with_priority
from pipelines.collections.reasons import REASON_ORDER, habit_findings, held_until, invoice_findings, row_findings
from pipelines.collections.steps import last_reminders, next_steps, step_table
from pipelines.ledger import Ledger

REASON_FIELDS: Schema = {
    "code": pl.String,
    "amount": MONEY,
    "number": pl.Int64,
    "date": pl.Date,
    "text": pl.String,
    "numbers": pl.List(pl.Int64),
    "currency": pl.String,  # of the amount, where it is not the row's
}
REASON = pl.Struct(REASON_FIELDS)

#: One row per client that has something to do or something overdue.
WORKLIST: Schema = {
    "rank": pl.Int64,
    "client_id": pl.String,
    "client": pl.String,
    "segment": pl.String,  # one of models.policy.SEGMENTS
    "scenario": pl.String,  # that it follows
    "score": pl.Float64,  # euros that acting now should bring forward, weighted
    "overdue": MONEY,
    "oldest_days_late": pl.Int64,  # null when nothing is late
    "action": pl.String,  # email | sms | call | registered_letter | internal | send | reconcile | wait
    "minutes": pl.Int64,  # that it takes a person
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
_TO_WAIT = ("rejected", "dispute", "plan", "promise", "paused")


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
    invoices = with_priority(at, due_invoices(at))
    with_interest = invoices.filter(pl.col("is_listed") & pl.col("mentions_interest").fill_null(value=False))
    found = interest(with_interest, at.allocations, at.clients, at.marks, at.settings, as_of=at.as_of)
    rows = _rows(at, invoices)
    facts = _findings(at, invoices, rows, found).join(rows, on="client_id", how="semi")
    return Plan(at, _ranked(_with_findings(rows, facts).with_columns(minutes=minutes(at.settings))), invoices, found)


def due_invoices(at: Situation) -> pl.DataFrame:
    """`open_invoices` with each one's next step, its client's step, and `is_listed`: whether the client's row speaks of it."""
    items = open_invoices(at)
    items = items.join(next_steps(at, items), on="document_id", how="left", validate="1:1")
    return _listed(items.join(_client_steps(at, items), on="client_id", how="left", validate="m:1"))


def _client_steps(at: Situation, items: pl.DataFrame) -> pl.DataFrame:
    """The one step of each client: the most advanced one due among its invoices.

    Where all that is due is late but left out, that step stands, held. Nothing is due within the minimum gap after the
    last reminder, nor where less than the smallest sum is owed. One row per client: client_step and its offset, channel,
    mentions_interest; is_left_out, is_in_gap, gap_ends, is_below, reminded_on, reminded_step.
    """
    is_due, is_meant = pl.col("index").is_not_null(), pl.col("excluded").is_null()
    is_kept_back = is_due & pl.col("excluded").is_in(_TO_WAIT) & (pl.col("days_late") >= 1)
    steps = items.group_by("client_id").agg(
        pl.col("scenario").first(),
        own=pl.col("index").filter(is_due & is_meant).max(),
        kept_back=pl.col("index").filter(is_kept_back).max(),
        meant=pl.col("outstanding").filter(is_meant).sum().cast(MONEY),
        meant_late=pl.col("outstanding").filter(is_meant & (pl.col("days_late") >= 1)).sum().cast(MONEY),
    )
    owed = pl.when(pl.col("offset") > 0).then("meant_late").otherwise("meant")
    gap_ends = pl.col("reminded_on") + pl.duration(days="min_gap_days")
    table = step_table(at.policy).select(
        "scenario", "index", "offset", "channel", "mentions_interest", "min_gap_days", client_step="step"
    )
    chosen = (
        steps.with_columns(index=pl.coalesce("own", "kept_back"), is_left_out=pl.col("own").is_null())
        .join(table, on=["scenario", "index"], how="left", validate="m:1")
        .join(last_reminders(at), on="client_id", how="left", validate="1:1")
        .with_columns(
            is_in_gap=((gap_ends > at.as_of) & pl.col("index").is_not_null() & (pl.col("channel") != "internal")).fill_null(
                value=False
            ),
            gap_ends=gap_ends,
            is_below=(owed < at.settings.reminder_minimum) & pl.col("own").is_not_null() & (pl.col("channel") != "internal"),
        )
    )
    dropped = [
        pl.when(~pl.col("is_in_gap") & ~pl.col("is_below").fill_null(value=False)).then(name).alias(name)
        for name in ("client_step", "offset", "channel", "mentions_interest", "index")
    ]
    return (
        chosen.with_columns(dropped)
        .rename({"index": "client_index"})
        .drop("own", "kept_back", "scenario", "min_gap_days", "meant", "meant_late")
    )


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


def _rows(at: Situation, invoices: pl.DataFrame) -> pl.DataFrame:
    """One row per client that has a step, something to send or something overdue, without its reasons."""
    is_late = pl.col("days_late") >= 1
    listed = pl.col("is_listed")
    return (
        invoices.sort("due_date", "number", "document_id")
        .group_by("client_id", maintain_order=True)
        .agg(
            pl.col(
                "client",
                "client_type",
                "siren",
                "email",
                "phone",
                "address",
                "client_step",
                "channel",
                "is_left_out",
                "reminded_on",
                "scenario",
            ).first(),
            points=pl.col("points").sum(),
            overdue=pl.col("outstanding").filter(is_late).sum().cast(MONEY),
            oldest_days_late=pl.col("days_late").filter(is_late).max(),
            invoices=pl.col("number").filter(listed),
            document_ids=pl.col("document_id").filter(listed),
            has_unsent=pl.col("excluded").eq_missing("unsent").any(),
            has_late=(is_late & pl.col("excluded").ne_missing("small_rest")).any(),
        )
        .filter(pl.col("client_step").is_not_null() | pl.col("has_unsent") | pl.col("has_late"))
        .join(at.kinds, on="client_id", how="left", validate="1:1")
        .with_columns(
            score=(pl.col("points").cast(pl.Float64) * relationship(at.settings)).floor().truediv(100).round(2),
            currency=pl.lit(at.currency),
            step="client_step",
        )
    )


def _findings(at: Situation, invoices: pl.DataFrame, rows: pl.DataFrame, found: Interest) -> pl.DataFrame:
    """All that there is to say of each client, and what holds its draft: FINDINGS with `is_hold`."""
    outward = rows.filter(pl.col("channel").is_not_null() & (pl.col("channel") != "internal"))
    stating = invoices.filter(pl.col("is_listed") & pl.col("mentions_interest").fill_null(value=False))
    left_out = (
        invoices.filter(pl.col("is_listed") & pl.col("is_left_out") & pl.col("excluded").is_not_null())
        .join(outward, on="client_id", how="semi")
        .select("client_id", code="excluded", date=held_until(), amount="outstanding")
        .group_by("client_id", "code")
        .agg(pl.col("amount").sum().cast(MONEY), pl.col("date").max())
        .with_columns(pl.lit(None, dtype=FINDINGS[name]).alias(name) for name in ("number", "text", "numbers", "currency"))
    )
    holding = pl.concat(
        [
            credit_findings(at),
            receipt_findings(at, invoices, found.invoices),
            barred_findings(at, invoices),
            left_out.select(list(FINDINGS)),
            statement_findings(at, outward),
            text_findings(stating, found.segments),
            address_findings(outward),
            day_findings(at, outward),
        ]
    ).join(outward, on="client_id", how="semi")
    said = pl.concat(
        [
            invoice_findings(invoices),
            row_findings(invoices, rows, at.settings),
            habit_findings(at, invoices),
            priority_findings(at, invoices),
        ]
    )
    # What already holds the draft is not said twice.
    said = said.join(holding, on=["client_id", "code"], how="anti")
    return pl.concat([holding.with_columns(is_hold=pl.lit(value=True)), said.with_columns(is_hold=pl.lit(value=False))])


def _with_findings(rows: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Add `holds`, `held`, `reasons` and the action that follows from them."""
    order = {code: n for n, code in enumerate(REASON_ORDER)}
    hold_order = {code: n for n, code in enumerate(HOLDS)}
    reasons = (
        facts.with_columns(order=pl.col("code").replace_strict(order, return_dtype=pl.Int64))
        .sort("client_id", "order", maintain_order=True)
        .group_by("client_id", maintain_order=True)
        .agg(reasons=pl.struct(list(REASON_FIELDS)))
    )
    holds = (
        facts.filter("is_hold")
        .unique(["client_id", "code"])
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
        # First: money that is there may be what is promised or planned, and the rest of the work hangs on it.
        .when(pl.col("held").is_in(_TO_RECONCILE))
        .then(pl.lit("reconcile"))
        .when(pl.col("is_left_out"))
        .then(pl.lit("wait"))
        .otherwise("channel")
    )


def _ranked(rows: pl.DataFrame) -> pl.DataFrame:
    """WORKLIST in its order: the highest score first, then by name."""
    return (
        rows.sort("score", "client", "client_id", descending=[True, False, False])
        .with_row_index("rank", offset=1)
        .select(pl.col(name).cast(dtype) for name, dtype in WORKLIST.items())
    )
