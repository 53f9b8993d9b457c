"""Closed periods: the day up to which a person closed the books, and what their own dated decisions need there.

What comes later for a closed day is not refused: facts are facts. It is shown as such (`pipelines.arrivals`).
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from models.errors import Refused
from models.store import Author, Store
from pipelines.ledger import Ledger, run_ledger


@dataclass(frozen=True)
class Closing:
    """One closing of the books, up to and including `locked_to`."""

    change_id: int
    locked_to: date
    known_on: date
    by: str
    note: str | None


def closings(ledger: Ledger) -> list[Closing]:
    """The closings that hold, oldest first: those since the books were last opened again."""
    found: list[Closing] = []
    for row in ledger.period_locks.sort("change_id").to_dicts():
        if row["locked_to"] is None:
            found.clear()
        else:
            found.append(Closing(row["change_id"], row["locked_to"], row["known_on"], row["by"], row["note"]))
    return found


def closing_of(ledger: Ledger, day: date) -> Closing | None:
    """The closing that closed that day first, if it is closed."""
    return next((closing for closing in closings(ledger) if day <= closing.locked_to), None)


def close_period(store: Store, locked_to: date, *, author: Author, note: str | None = None) -> int:
    """Close the books up to and including a day that is over; the change id.

    Raises:
        Refused: the day is not over, or is closed already.
    """
    with store.writing():
        held = closings(run_ledger(store))
        if locked_to >= author.today:
            raise Refused("not_over", "{day} is not over: a period can be closed up to yesterday.", day=locked_to)
        if held and locked_to <= held[-1].locked_to:
            raise Refused("closed_already", "The books are closed up to {day} already.", day=held[-1].locked_to)
        return _say(store, locked_to, note, "close_period", author)


def open_period(store: Store, *, author: Author, note: str | None = None) -> int:
    """Open all closed periods again; the change id.

    Raises:
        Refused: nothing is closed.
    """
    with store.writing():
        held = closings(run_ledger(store))
        if not held:
            raise Refused("nothing_closed", "No period is closed.")
        return _say(store, None, note, "open_period", author, was=held[-1].locked_to)


def _say(store: Store, locked_to: date | None, note: str | None, action: str, author: Author, was: date | None = None) -> int:
    """One row of period_lock, as a change of its own."""
    day = locked_to or was
    row = pl.DataFrame(
        {"locked_to": [locked_to], "note": [(note or "").strip() or None]}, schema={"locked_to": pl.Date, "note": pl.String}
    )
    with store.change(action, author, subject=None if day is None else day.isoformat(), detail={"day": day}) as change:
        change.insert("period_lock", row)
    return change.change_id


def refuse_future(on: date, author: Author) -> None:
    """Refuse a decision, or what is said to have happened, on a day that is still to come.

    Raises:
        Refused: in_future.
    """
    if on > author.today:
        raise Refused("in_future", "{day} is still to come: a decision is dated today or before.", day=on)


def refuse_closed(ledger: Ledger, on: date) -> None:
    """Refuse a person's decision that is dated in a closed period, where they did not say that it is meant.

    Raises:
        Refused: the day is closed.
    """
    closing = closing_of(ledger, on)
    if closing is not None:
        raise Refused(
            "in_closed_period",
            "{day} is in a closed period (up to {closed}): date it later, or say that you mean it with --in-closed-period.",
            day=on,
            closed=closings(ledger)[-1].locked_to,
        )


def refuse_changing(ledger: Ledger, day: date) -> None:
    """Refuse a decision that changes a closed day, whenever it is made, where the person did not say that it is meant.

    Raises:
        Refused: the day is closed.
    """
    if closing_of(ledger, day) is not None:
        raise Refused(
            "changes_closed",
            "This changes {day}, in a closed period (up to {closed}): say that you mean it with --in-closed-period.",
            day=day,
            closed=closings(ledger)[-1].locked_to,
        )
