"""The summary beside a dossier, written after the page was shown, by a thread of its own: no reader waits for it."""

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import date

from pages._ui.cash_queries import cash_ahead
from pages._ui.queries import figures, to_do
from pages._ui.session import Session
from pipelines.companies.summarise import is_fresh, run_summary

#: Decisions often come one after the other: their summary is written once they have ceased for so many seconds.
_PAUSE = 2.0
_waiting: set[str] = set()
#: The last attempt by dossier: one that failed is made again when the facts or the day have changed, not at each rerun.
_tried: dict[str, tuple[tuple[int, str] | None, date]] = {}


def sum_up_later(session: Session) -> None:
    """Write the dossier's summary soon, if it is missing, older than the facts or of another day."""
    if session.known_on is not None or session.path in _waiting or session.store.journal.last() is None:
        return
    attempt = (session.store.journal.last(), session.today)
    if _tried.get(session.path) == attempt or is_fresh(session.store, as_of=session.today):
        return
    _waiting.add(session.path)
    thread = threading.Timer(_PAUSE, _sum_up, args=(session,))
    thread.daemon = True
    thread.start()


def _sum_up(session: Session) -> None:
    _waiting.discard(session.path)
    if session.store.revision == session.revision:  # else a later rerun has later facts
        _tried[session.path] = (session.store.journal.last(), session.today)
        sum_up(session)


def sum_up(session: Session) -> None:
    """Write the summary from figures that the screens share; a folder that takes no file keeps the old one."""
    own = replace(session, as_of=session.today, chosen_currency=None)
    with suppress(OSError):
        run_summary(
            session.store,
            session.ledger,
            as_of=session.today,
            written_at=session.author.at,
            figures=figures(own),
            ahead=cash_ahead(own),
            to_do=to_do(own),
        )
