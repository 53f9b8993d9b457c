"""The reminders of a client as events of its timeline, with their exact words where they were kept."""

from collections.abc import Iterable
from datetime import date

import polars as pl

from models.money import MONEY
from pipelines.collections.kept import destination
from pipelines.collections.reasons import ACTION_NAMES, STEP_NAMES
from pipelines.collections.results import reminded
from pipelines.collections.timeline_events import Client, Row

_REMINDER_WORDS = {
    "approved": "Reminder approved",
    "sent": "Reminder sent",
    "delivered": "Reminder delivered",
    "failed": "Reminder not sent",
    "unknown": "Reminder: delivery uncertain",
    "dropped": "Reminder withdrawn",
}


def reminders_told(client: Client) -> Iterable[Row]:
    """What was sent, with its exact words where they were kept, and what else happened to those that were approved."""
    ledger, texts = client.ledger, client.texts
    kept = {row["reminder_id"]: row for row in client.own(ledger.reminders)}
    sent = reminded(ledger, as_of=client.as_of).filter(pl.col("client_id") == client.client_id)
    groups = sent.group_by("change_id", "on_date", "step", "channel", "reminder_id", "currency", maintain_order=True).agg(
        "number", amount=pl.col("owed").sum().cast(MONEY)
    )
    who = dict(ledger.marks.filter(pl.col("what") == "reminded").select("change_id", "by").iter_rows())
    for row in reversed(groups.to_dicts()):
        words = kept.get(row["reminder_id"])
        yield {
            "event_id": f"reminded-{row['change_id']}-{row['step']}-{row['currency']}",
            "date": row["on_date"],
            "what": texts.t(_REMINDER_WORDS["sent"]),
            "reference": ", ".join(row["number"]),
            "amount": row["amount"],
            "currency": row["currency"],
            "detail": _how(client, row["step"], row["channel"], words),
            "by": who.get(row["change_id"]),
            "text": f"{words['subject']}\n\n{words['body']}" if words else None,
        }
    for row in reversed(ledger.reminder_events.filter(~pl.col("what").is_in(["sent", "sending"])).to_dicts()):
        words = kept.get(row["reminder_id"])
        if words is not None:
            yield _outbox_event(client, words, row["what"], row["on_date"], row["by"], f"event-{row['change_id']}")
    same_day = {(row["reminder_id"], row["on_date"]) for row in groups.to_dicts()}
    for words in reversed(list(kept.values())):
        if (words["reminder_id"], words["on_date"]) in same_day:
            continue  # approved and sent on one day: one line says it
        yield _outbox_event(client, words, "approved", words["on_date"], words["by"], "approved")


def _outbox_event(client: Client, words: Row, what: str, day: date, by: str | None, key: str) -> Row:
    return {
        "event_id": f"{key}-{words['reminder_id']}",
        "date": day,
        "what": client.texts.t(_REMINDER_WORDS[what]),
        "detail": _how(client, words["step"], words["channel"], words),
        "by": by,
        "text": f"{words['subject']}\n\n{words['body']}",
    }


def _how(client: Client, step: str, channel: str | None, words: Row | None) -> str:
    """Which step, how, to where: First reminder – E-mail – compta@example.org."""
    recipient = destination(words) if words else None
    return " – ".join(filter(None, [client.word(STEP_NAMES, step), client.word(ACTION_NAMES, channel), recipient]))
