"""The next dunning step of each invoice: a function of facts and dates, never of when the program last ran."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from models.dates import public_holidays
from models.policy import Policy
from models.tables import Schema

if TYPE_CHECKING:  # the situation itself asks which invoices a reminder listed
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


def step_table(policy: Policy) -> pl.DataFrame:
    """Every step of every scenario: one row per scenario and step, in order."""
    rows = [
        {
            "scenario": scenario.id,
            "index": index,
            "step": step.id,
            "offset": step.offset,
            "after_previous": step.after_previous,
            "channel": step.channel,
            "is_late_reminder": step.is_late_reminder,
            "after_reminder": step.after_reminder,
            "mentions_interest": step.mentions_interest,
            "min_gap_days": scenario.min_gap_days,
        }
        for scenario in policy.scenarios
        for index, step in enumerate(scenario.steps)
    ]
    return pl.DataFrame(rows, schema_overrides={"after_previous": pl.Int64})


def step_dates(at: "Situation", items: pl.DataFrame) -> pl.DataFrame:
    """The day of every step of every invoice: one row per invoice and step (document_id, index, step, …, step_date).

    `items` has each invoice's `scenario`. A step on a closed day moves: one before the due date back, the others on. The
    due date itself does not move. A step that follows another falls where it would if that one was done on its day.
    """
    planned = (
        items.select("document_id", "client_id", "issue_date", "due_date", "scenario")
        .join(step_table(at.policy), on="scenario", how="inner", validate="m:m")
        .with_columns(day=pl.col("due_date") + pl.duration(days="offset"))
        .sort("document_id", "index")
    )
    moved = pl.when(pl.col("offset") < 0).then("previous_worked").otherwise("next_worked")
    return _with_worked(planned, at.settings.region).with_columns(step_date=moved).drop("day", "next_worked", "previous_worked")


def _with_worked(rows: pl.DataFrame, region: str) -> pl.DataFrame:
    """Add the worked days around `day` to the rows that have one."""
    days = rows["day"].drop_nulls().unique().to_list()
    if not days:
        return rows.with_columns(next_worked=pl.lit(None, pl.Date), previous_worked=pl.lit(None, pl.Date))
    first, last = min(days), max(days)
    return rows.join(worked_days(first, last, region), on="day", how="left", validate="m:1", maintain_order="left")


def recorded_steps(at: "Situation", dates: pl.DataFrame) -> pl.DataFrame:
    """RECORDED: the steps marked as done by `as_of` and not taken back, per invoice.

    A step that the client's present scenario does not have stands for the last one whose day had come when it was done:
    who changes scenario goes on, not back.
    """
    marks = at.marks.filter((pl.col("what") == "reminded") & (pl.col("on_date") <= at.as_of)).select(
        "change_id", "document_id", "is_set", "on_date", step="value"
    )
    steps = dates.select("document_id", "step", "index", "step_date")
    done = (
        marks.join(dates.select("document_id").unique(), on="document_id", how="semi")
        .sort("on_date", "change_id")
        .unique(["document_id", "step"], keep="last", maintain_order=True)
        .filter(pl.col("is_set"))
        .join(steps.select("document_id", "step", "index"), on=["document_id", "step"], how="left", validate="1:1")
    )
    return (
        done.join(_stand_ins(done, steps), on=["document_id", "step"], how="left", validate="1:1")
        .with_columns(index=pl.coalesce("index", "stand_in"))
        .select(list(RECORDED))
        .drop_nulls("index")
        .sort("document_id", "index", "on_date", "step")
    )


def listed_by(at: "Situation", meant: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """The invoices that reminders of clients list on the day of the situation: `asked` with a document_id for each.

    Args:
        at: the situation of that day.
        meant: the open invoices that are not left out, with their `scenario`.
        asked: one row per reminder: client_id, `step`, and any other columns.
    """
    invoices = meant.select("document_id", "client_id", "number", "due_date")
    dates = step_dates(at, meant).select("document_id", "step", "offset", "step_date")
    is_late = pl.col("due_date") < at.as_of
    return (
        asked.join(invoices, on="client_id", how="inner", validate="m:m")
        .join(dates, on=["document_id", "step"], how="left", validate="m:1")
        .filter(
            pl.when((pl.col("offset") > 0) | pl.col("offset").is_null())
            .then(is_late)
            .otherwise((pl.col("step_date") <= at.as_of) & ~is_late)
        )
        .sort("due_date", "number", "document_id")
        .select(*asked.columns, "document_id")
    )


def _stand_ins(done: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """For each recorded step that the scenario does not have, the last step whose day had come (`stand_in`; -1: none)."""
    return (
        done.filter(pl.col("index").is_null())
        .select("document_id", "step", "on_date")
        .join(steps.select("document_id", "index", "step_date"), on="document_id", how="left", validate="m:m")
        .group_by("document_id", "step")
        .agg(stand_in=pl.col("index").filter(pl.col("step_date") <= pl.col("on_date")).max().fill_null(-1))
    )


def last_reminders(at: "Situation") -> pl.DataFrame:
    """The last thing that reached each client: one row per client (client_id, reminded_on, reminded_step)."""
    internal = sorted(at.policy.internal_steps)
    owners = at.documents.select("document_id", of_client="client_id")
    return (
        at.marks.filter(
            (pl.col("what") == "reminded")
            & (pl.col("on_date") <= at.as_of)
            & ~pl.col("value").is_in(internal).fill_null(value=False)
        )
        .join(owners, on="document_id", how="left", validate="m:1")
        .with_columns(client_id=pl.coalesce("client_id", "of_client"))
        .sort("on_date", "change_id")
        .unique(["document_id", "client_id", "value"], keep="last", maintain_order=True)
        .filter(pl.col("is_set"))
        .group_by("client_id", maintain_order=True)
        .agg(reminded_on=pl.col("on_date").last(), reminded_step=pl.col("value").last())
        .sort("client_id")
    )


def _following(at: "Situation", dates: pl.DataFrame, recorded: pl.DataFrame) -> pl.DataFrame:
    """Date the steps that follow another from the day on which that one was done; `is_waiting` while it was not.

    An alert for us alone is never recorded: what follows it counts from its own day.
    """
    done_on = recorded.group_by("document_id", "index").agg(previous_on=pl.col("on_date").max())
    previous = (
        dates.select("document_id", "index", "channel", own_day="step_date")
        .join(done_on, on=["document_id", "index"], how="left", validate="1:1")
        .select(
            "document_id",
            pl.col("index") + 1,
            previous_on=pl.coalesce("previous_on", pl.when(pl.col("channel") == "internal").then("own_day")),
        )
    )
    is_following = pl.col("after_previous").is_not_null()
    followed = dates.join(previous, on=["document_id", "index"], how="left", validate="1:1").with_columns(
        day=pl.when(is_following).then(pl.col("previous_on") + pl.duration(days="after_previous"))
    )
    return (
        _with_worked(followed, at.settings.region)
        .with_columns(
            step_date=pl.coalesce("next_worked", "step_date"), is_waiting=is_following & pl.col("previous_on").is_null()
        )
        .drop("day", "next_worked", "previous_worked", "previous_on")
    )


def _progress(at: "Situation", dates: pl.DataFrame, recorded: pl.DataFrame) -> pl.DataFrame:
    """Every step of every invoice with what is done of it: `done` (the last index), has_written, is_recorded, is_reached."""
    written = sorted(at.policy.written_steps)
    done = recorded.group_by("document_id").agg(done=pl.col("index").max(), has_written=pl.col("step").is_in(written).any())
    is_recorded = recorded.select("document_id", "step", is_recorded=pl.lit(value=True))
    return (
        _following(at, dates, recorded)
        .join(done, on="document_id", how="left", validate="m:1")
        .join(is_recorded, on=["document_id", "step"], how="left", validate="1:1")
        .with_columns(
            pl.col("done").fill_null(-1),
            pl.col("has_written", "is_recorded").fill_null(value=False),
            # A reminder before the due date says nothing once that date is past, nor on the day of the invoice itself.
            is_reached=(pl.col("step_date") <= at.as_of)
            & ~pl.col("is_waiting")
            & ((pl.col("offset") >= 0) | ((pl.col("due_date") >= at.as_of) & (pl.col("step_date") > pl.col("issue_date")))),
        )
    )


def next_steps(at: "Situation", items: pl.DataFrame) -> pl.DataFrame:
    """What is to be done next for each invoice, exclusions and gaps aside: one row per invoice of `items`.

    Columns: document_id; `index`, `step`, `step_date` of the most advanced step that its date has reached and that is not
    done, null if there is none; `next_step`, `next_date`, the first one still to come; `is_notice_blocked`, when a formal
    notice is reached but no written reminder after the due date is on record. Then the most advanced other step stands
    in; once those are done in another way (a call), the most advanced written one that was never sent.
    """
    dates = step_dates(at, items)
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
        .join(plan.select("document_id", "index", "step", "step_date"), on=["document_id", "index"], how="left", validate="1:1")
    )
    return chosen.select("document_id", "index", "step", "step_date", "next_step", "next_date", "is_notice_blocked").sort(
        "document_id"
    )
