"""What waits for a person, counted as the screens that settle it list it."""

from dataclasses import dataclass

from pages._ui.matching import to_settle
from pages._ui.session import Session
from pipelines.conflicts import open_conflicts


@dataclass(frozen=True)
class Quality:
    """What waits for a person: receipts with suggestions, receipts that nothing speaks for, conflicts."""

    suggested: int
    unmatched: int
    conflicts: int


def quality(session: Session) -> Quality:
    """What the data still need, of what is booked by the as-of date: the receipts are those that the screen has to settle."""
    lines = to_settle(session)
    suggested = sum(bool(line["candidates"]) for line in lines)
    return Quality(suggested=suggested, unmatched=len(lines) - suggested, conflicts=open_conflicts(session.store).height)
