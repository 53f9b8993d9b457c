"""Choosing among the clients of the worklist: by segment, channel, state, amount, words or the time there is; pausing some."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from models.errors import Refused
from models.store import Author, Store
from pipelines.collections.holds import folded, folded_text
from pipelines.collections.priority import within_minutes

#: Where a client's draft stands.
STATE_NAMES: dict[str, str] = {
    "ready": "To approve",
    "to_send": "Ready to send",
    "call": "To call",
    "held": "Held",
    "approved": "Approved",
    "none": "No draft",
}


@dataclass(frozen=True)
class Asked:
    """What the reader wants to see; None or nothing is all of it."""

    actions: tuple[str, ...] = ()
    segment: str | None = None
    channel: str | None = None
    state: str | None = None
    least: Decimal | None = None
    words: str = ""
    minutes: int | None = None


def only_asked(rows: pl.DataFrame, asked: Asked, states: Mapping[str, str]) -> pl.DataFrame:
    """The rows of WORKLIST that were asked for, in their order; the time there is goes to the first ones that fit.

    Args:
        rows: WORKLIST.
        asked: the choice.
        states: by client id, a code of STATE_NAMES.
    """
    kept = rows.with_columns(state=pl.col("client_id").replace_strict(dict(states), default="none", return_dtype=pl.String))
    for column in ("segment", "channel", "state"):
        wanted = getattr(asked, column)
        if wanted is not None:
            kept = kept.filter(pl.col(column) == wanted)
    if asked.actions:
        kept = kept.filter(pl.col("action").is_in(list(asked.actions)))
    if asked.least is not None:
        kept = kept.filter(pl.col("overdue") >= asked.least)
    if asked.words.strip():
        numbers = kept.with_columns(said=pl.concat_str("client", pl.lit(" "), pl.col("invoices").list.join(" ")))
        kept = numbers.filter(folded("said").str.contains(folded_text(asked.words), literal=True)).drop("said")
    kept = kept.drop("state")
    return kept if asked.minutes is None else within_minutes(kept, asked.minutes)


def pause_clients(store: Store, clients: Sequence[tuple[str, str]], *, until: date, author: Author) -> int:
    """Pause the reminders of several clients up to a day, as one change; its id.

    Args:
        store: the database.
        clients: ids and names.
        until: the last day of the pause.
        author: who says so.

    Raises:
        Refused: nobody was chosen, or the day has passed.
    """
    if not clients:
        raise Refused("nobody_chosen", "Choose the clients first.")
    if until < author.today:
        raise Refused("pause_ends_before", "A pause cannot end before it begins.")
    subject = clients[0][1] if len(clients) == 1 else str(len(clients))
    detail = {"what": "paused", "on": author.today, "value": until.isoformat(), "clients": [name for _, name in clients]}
    with store.change("mark", author, subject=subject, detail=detail) as change:
        rows = pl.DataFrame({"client_id": [client_id for client_id, _ in clients]}).with_columns(
            document_id=pl.lit(None, pl.String),
            what=pl.lit("paused"),
            is_set=pl.lit(value=True),
            on_date=pl.lit(author.today, pl.Date),
            value=pl.lit(until.isoformat()),
        )
        change.insert("mark", rows)
    return change.change_id
