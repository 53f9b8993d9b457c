"""What every screen works with: the store, the ledger at its revision, the two dates and the user's words.

As of: what was true on a day. Known on: what the program knew at the end of a day; None is what it knows now.
"""

import getpass
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import streamlit as st

from models.past_store import PastStore
from models.store import Author, Store
from models.texts import Texts
from pages._ui.open_stores import history_of, use
from pipelines.ledger import Ledger, empty_ledger, run_ledger, run_settings

_KEY = "encours_session"


@dataclass(frozen=True)
class Session:
    """One rerun of one user.

    Attributes:
        today: the day that counts as today; in the sample company its last one.
        as_of: the date of every figure on screen.
        author: who decides, and when.
        known_on: the day whose knowledge is shown; None is now. The store is then a past one, which nothing can be written to.
        chosen_currency: the reader's, where documents are in several; None is the company's.
    """

    store: Store
    ledger: Ledger
    today: date
    as_of: date
    texts: Texts
    author: Author
    known_on: date | None = None
    chosen_currency: str | None = None

    @property
    def revision(self) -> int:
        """Keys every cache: the same revision means the same facts."""
        return self.ledger.revision

    @property
    def path(self) -> str:
        """The database's file, its history and the day whose knowledge is shown; with the revision it keys every cache."""
        history = history_of(self.store.path)
        file = f"{self.store.path}#{history}" if history else str(self.store.path)
        return f"{file}@{self.known_on}" if self.known_on else file

    @property
    def currency(self) -> str:
        """The currency of the figures."""
        return self.chosen_currency or self.ledger.settings.currency


@dataclass(frozen=True)
class Unopened:
    """In place of a store where no dossier is open: only its place, the folder."""

    path: Path


def database_path() -> str:
    """The database that the door that started this server chose."""
    return os.environ["ENCOURS_DB"]


def start(*, today: date, now: datetime, path: str | None = None) -> tuple[Store, Ledger, Author]:
    """Open what a rerun needs: the store, its ledger, and who acts; `today` is overruled by the sample's last day."""
    path = path or database_path()
    store = use(path, now=now)
    ledger = run_ledger(store)
    return store, ledger, author_of(ledger.settings.default_as_of or today, now)


def author_of(today: date, now: datetime) -> Author:
    """Who acts, on that day."""
    return Author(getpass.getuser(), today, now.astimezone(UTC).replace(tzinfo=None))


def past(store: Store, known_on: date) -> tuple[Store, Ledger]:
    """The store and the ledger as they were known at the end of that day, to look at only."""
    return PastStore(store, known_on=known_on), run_ledger(store, known_on=known_on)


def unopened(texts: Texts, author: Author) -> Session:
    """The session of a reader who has not chosen a dossier yet: no facts, and a store that opens nothing."""
    place = Path(os.environ["ENCOURS_FOLDER"])
    nowhere = Unopened(path=place)
    return Session(nowhere, empty_ledger(), author.today, author.today, texts, author)  # type: ignore[arg-type]


def keep(session: Session) -> None:
    """Hand the session to the page functions of this rerun."""
    st.session_state[_KEY] = session


def current() -> Session:
    """The session of this rerun."""
    session = st.session_state[_KEY]
    if not isinstance(session, Session):
        raise TypeError(session)
    return session


def language(store: Store) -> str:
    """The language chosen in this browser session, else the company's."""
    return str(st.session_state.get("language") or run_settings(store).language)
