"""The company's dunning policy: kept in versions, and what a change of it would change in the coming days."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from models.dates import is_working_day
from models.errors import Refused
from models.following_tables import MARKS
from models.money import MONEY
from models.policy import Policy
from models.policy_comments import text_for
from models.policy_text import read_policy
from models.store import Author, Store
from models.tables import Schema, conform
from models.texts import LANGUAGES
from pipelines.collections.facts import Situation
from pipelines.collections.worklist import due_invoices
from pipelines.ledger import run_ledger

#: How far ahead a change of policy is looked at.
AHEAD_DAYS = 30
#: One row per reminder to come.
CALENDAR: Schema = {
    "date": pl.Date,
    "client_id": pl.String,
    "client": pl.String,
    "scenario": pl.String,
    "step": pl.String,
    "channel": pl.String,
    "invoices": pl.List(pl.String),
    "amount": MONEY,
}
#: One row per client and day whose reminder differs; null where there is none.
CHANGES: Schema = {
    "date": pl.Date,
    "client_id": pl.String,
    "client": pl.String,
    "before": pl.String,  # the step
    "before_channel": pl.String,
    "after": pl.String,
    "after_channel": pl.String,
}


def calendar(at: Situation, *, days: int = AHEAD_DAYS) -> pl.DataFrame:
    """CALENDAR from `as_of` to so many days after it, if each reminder is done on its day and nothing is paid meanwhile.

    Each day is that of the worklist itself: pauses and promises run out as they will, kept plans hold. Whether a draft
    is held that day is not known yet, and each client is what it is today.
    """
    done = at.marks
    found = []
    for number in range(days + 1):
        day = at.as_of + timedelta(days=number)
        if not is_working_day(day, at.settings.region):
            continue
        items = at.items.with_columns(pl.col("days_late") + number)
        due = due_invoices(replace(at, as_of=day, items=items, marks=done)).filter(
            "is_listed",
            pl.col("client_step").is_not_null(),
            pl.col("channel") != "internal",
            ~pl.col("is_left_out"),
        )
        if due.is_empty():
            continue
        done = pl.concat([done, _as_done(due, day)])
        found.append(_reminders(due, day))
    rows = pl.concat(found) if found else pl.DataFrame(schema=CALENDAR)
    return conform(rows, CALENDAR).sort("date", "client", "client_id")


def _as_done(due: pl.DataFrame, day: date) -> pl.DataFrame:
    """The marks that say that these reminders were done."""
    marks = due.select(
        "document_id", what=pl.lit("reminded"), is_set=pl.lit(value=True), on_date=pl.lit(day), value="client_step"
    )
    return conform(marks.with_columns(change_id=pl.lit(2**62)), MARKS)


def _reminders(due: pl.DataFrame, day: date) -> pl.DataFrame:
    return (
        due.sort("due_date", "number", "document_id")
        .group_by("client_id", maintain_order=True)
        .agg(
            pl.col("client", "scenario", "channel").first(),
            step=pl.col("client_step").first(),
            invoices=pl.col("number"),
            amount=pl.col("outstanding").sum().cast(MONEY),
        )
        .with_columns(date=pl.lit(day))
        .pipe(conform, CALENDAR)
    )


def calendar_changes(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """CHANGES between two calendars: what would be sent that was not, otherwise, or not any more."""
    sides = [
        rows.select("date", "client_id", "client", pl.col("step").alias(name), pl.col("channel").alias(f"{name}_channel"))
        for name, rows in (("before", before), ("after", after))
    ]
    both = sides[0].join(sides[1], on=["date", "client_id", "client"], how="full", validate="1:1", coalesce=True)
    differs = pl.col("before").ne_missing(pl.col("after")) | pl.col("before_channel").ne_missing(pl.col("after_channel"))
    return both.filter(differs).pipe(conform, CHANGES).sort("date", "client", "client_id")


def under(at: Situation, policy: Policy) -> Situation:
    """The same situation under another policy."""
    return replace(at, policy=policy)


def _texts_of(policy: Policy) -> set[str]:
    """The ways in which a policy is shown, which say the same."""
    return {text_for(policy, language) for language in LANGUAGES} | {policy.text}


def save_policy(store: Store, text: str | None, *, author: Author) -> int:
    """Keep a new version of the policy, or go back to the one that ships with None; its change id.

    Raises:
        Refused: the text has a fault, said with its line, or it is what holds already.
    """
    policy = read_policy(text) if text is not None else None
    with store.writing():
        present = run_ledger(store).policy
        is_own = not store.facts("policy").is_empty() and store.facts("policy")["text"].to_list()[-1] is not None
        if (policy is None and not is_own) or text in _texts_of(present):
            raise Refused("same_policy", "This is the policy that holds already: nothing was changed.")
        with store.change("policy", author, detail={"is_shipped": policy is None}) as change:
            change.insert("policy", pl.DataFrame({"text": [text]}, schema={"text": pl.String}))
    return change.change_id
