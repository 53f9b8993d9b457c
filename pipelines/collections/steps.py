"""The next dunning step of each invoice: a function of facts and dates, never of when the program last ran."""

from datetime import date, timedelta

import polars as pl

from models.dates import public_holidays
from models.policy import Scenario
from models.tables import Schema
from pipelines.collections.facts import Situation

#: What was done: one row per invoice and step recorded by the as-of date.
RECORDED: Schema = {"document_id": pl.String, "index": pl.Int64, "step": pl.String, "on_date": pl.Date}

#: Days around a range that no run of closed days in France exceeds.
_MARGIN = timedelta(days=10)
_SATURDAY = 6


def worked_days(first: date, last: date, region: str) -> pl.DataFrame:
    """Each calendar day of a range with the nearest worked day from it on, and up to it (day, next_worked, previous_worked)."""
    start, end = first - _MARGIN, last + _MARGIN
    closed = [day for year in range(start.year, end.year + 1) for day in public_holidays(year, region)]
    is_worked = (pl.col("day").dt.weekday() < _SATURDAY) & ~pl.col("day").is_in(
        pl.lit(pl.Series(closed, dtype=pl.Date)).implode()
    )
    return (
        pl.DataFrame({"day": pl.date_range(start, end, eager=True)})
        .with_columns(worked=pl.when(is_worked).then("day"))
        .select("day", next_worked=pl.col("worked").backward_fill(), previous_worked=pl.col("worked").forward_fill())
        .filter(pl.col("day").is_between(first, last))
    )


def step_table(scenario: Scenario) -> pl.DataFrame:
    """The scenario as a frame, one row per step in order."""
    steps = scenario.steps
    return pl.DataFrame(
        {
            "index": list(range(len(steps))),
            "step": [step.id for step in steps],
            "offset": [step.offset for step in steps],
            "channel": [step.channel for step in steps],
            "is_late_reminder": [step.is_late_reminder for step in steps],
            "after_reminder": [step.after_reminder for step in steps],
            "mentions_interest": [step.mentions_interest for step in steps],
        }
    )


def step_dates(items: pl.DataFrame, scenario: Scenario, region: str) -> pl.DataFrame:
    """The day of every step of every invoice: one row per invoice and step (document_id, index, step, …, step_date).

    A step on a closed day moves: one before the due date back, the others on. The due date itself does not move.
    """
    planned = (
        items.select("document_id", "client_id", "issue_date", "due_date")
        .join(step_table(scenario), how="cross")
        .with_columns(day=pl.col("due_date") + pl.duration(days="offset"))
    )
    if planned.is_empty():
        return planned.with_columns(step_date=pl.col("day")).drop("day")
    first, last = min(planned["day"].to_list()), max(planned["day"].to_list())
    moved = pl.when(pl.col("offset") < 0).then("previous_worked").otherwise("next_worked")
    return (
        planned.join(worked_days(first, last, region), on="day", how="left", validate="m:1")
        .with_columns(step_date=moved)
        .drop("day", "next_worked", "previous_worked")
        .sort("document_id", "index")
    )


def recorded_steps(at: Situation, dates: pl.DataFrame) -> pl.DataFrame:
    """RECORDED: the steps marked as done by `as_of` and not taken back, per invoice.

    A mark on a client speaks of the invoices that its reminder listed: for a step after the due date, those late on that
    day; for another, those that had reached that step and were not late.
    """
    marks = at.marks.filter((pl.col("what") == "reminded") & (pl.col("on_date") <= at.as_of)).select(
        "change_id", "document_id", "client_id", "is_set", "on_date", step="value"
    )
    of_invoice = marks.filter(pl.col("document_id").is_not_null()).drop("client_id")
    was_listed = (
        pl.when(pl.col("offset") > 0)
        .then(pl.col("due_date") < pl.col("on_date"))
        .otherwise((pl.col("step_date") <= pl.col("on_date")) & (pl.col("due_date") >= pl.col("on_date")))
    )
    of_client = (
        marks.filter(pl.col("document_id").is_null())
        .drop("document_id")
        .join(dates, on=["client_id", "step"], how="inner", validate="m:m")
        .filter(was_listed & (pl.col("issue_date") <= pl.col("on_date")))
        .select("change_id", "document_id", "is_set", "on_date", "step")
    )
    return (
        pl.concat([of_invoice, of_client], how="diagonal")
        .join(dates.select("document_id", "step", "index"), on=["document_id", "step"], how="inner", validate="m:1")
        .sort("on_date", "change_id")
        .unique(["document_id", "step"], keep="last", maintain_order=True)
        .filter(pl.col("is_set"))
        .select(list(RECORDED))
        .sort("document_id", "index")
    )


def last_reminders(at: Situation) -> pl.DataFrame:
    """The last thing that reached each client: one row per client (client_id, reminded_on, reminded_step)."""
    internal = [step.id for step in at.scenario.steps if step.channel == "internal"]
    owners = at.documents.select("document_id", owner="client_id")
    return (
        at.marks.filter(
            (pl.col("what") == "reminded")
            & (pl.col("on_date") <= at.as_of)
            & ~pl.col("value").is_in(internal).fill_null(value=False)
        )
        .join(owners, on="document_id", how="left", validate="m:1")
        .with_columns(client_id=pl.coalesce("client_id", "owner"))
        .sort("on_date", "change_id")
        .unique(["document_id", "client_id", "value"], keep="last", maintain_order=True)
        .filter(pl.col("is_set"))
        .group_by("client_id", maintain_order=True)
        .agg(reminded_on=pl.col("on_date").last(), reminded_step=pl.col("value").last())
        .sort("client_id")
    )


def _progress(at: Situation, dates: pl.DataFrame, recorded: pl.DataFrame) -> pl.DataFrame:
    """Every step of every invoice with what is done of it: `done` (the last index), has_written, is_recorded, is_reached."""
    written = [step.id for step in at.scenario.steps if step.is_late_reminder]
    done = recorded.group_by("document_id").agg(done=pl.col("index").max(), has_written=pl.col("step").is_in(written).any())
    return (
        dates.join(done, on="document_id", how="left", validate="m:1")
        .join(
            recorded.select("document_id", "index", is_recorded=pl.lit(value=True)),
            on=["document_id", "index"],
            how="left",
            validate="1:1",
        )
        .with_columns(
            pl.col("done").fill_null(-1),
            pl.col("has_written", "is_recorded").fill_null(value=False),
            # A reminder before the due date says nothing once that date is past, nor on the day of the invoice itself.
            is_reached=(pl.col("step_date") <= at.as_of)
            & ((pl.col("offset") >= 0) | ((pl.col("due_date") >= at.as_of) & (pl.col("step_date") > pl.col("issue_date")))),
        )
    )


def next_steps(at: Situation, items: pl.DataFrame) -> pl.DataFrame:
    """What is to be done next for each invoice, exclusions and gaps aside: one row per invoice of `items`.

    Columns: document_id; `index`, `step`, `step_date` of the most advanced step that its date has reached and that is not
    done, null if there is none; `next_step`, `next_date`, the first one still to come; `is_notice_blocked`, when a formal
    notice is reached but no written reminder after the due date is on record. Then the most advanced other step stands
    in; once those are done in another way (a call), the most advanced written one that was never sent.
    """
    dates = step_dates(items, at.scenario, at.settings.region)
    plan = _progress(at, dates, recorded_steps(at, dates))
    is_new = pl.col("is_reached") & (pl.col("index") > pl.col("done"))
    is_blocked = pl.col("after_reminder") & ~pl.col("has_written")
    is_stand_in = pl.col("is_reached") & pl.col("is_late_reminder") & ~pl.col("after_reminder") & ~pl.col("is_recorded")
    later = (pl.col("index") > pl.col("done")) & (pl.col("step_date") > at.as_of)
    chosen = (
        plan.group_by("document_id")
        .agg(
            first_choice=pl.col("index").filter(is_new & ~is_blocked).max(),
            stand_in=pl.col("index").filter(is_stand_in).max(),
            is_notice_blocked=(is_new & is_blocked).any(),
            next_step=pl.col("step").filter(later).first(),
            next_date=pl.col("step_date").filter(later).first(),
        )
        .with_columns(
            index=pl.when(pl.col("first_choice").is_null() & pl.col("is_notice_blocked"))
            .then("stand_in")
            .otherwise("first_choice")
        )
        .join(dates.select("document_id", "index", "step", "step_date"), on=["document_id", "index"], how="left", validate="1:1")
    )
    return chosen.select("document_id", "index", "step", "step_date", "next_step", "next_date", "is_notice_blocked").sort(
        "document_id"
    )
