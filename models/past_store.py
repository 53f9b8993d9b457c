"""The store as it was known at the end of a past day, or after a past change: to be read, never to be written."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TypeVar

import polars as pl

from models.errors import Refused
from models.facts import undone
from models.store import Author, Change, Store

_Bound = TypeVar("_Bound", date, int)


def _earlier(one: _Bound | None, other: _Bound | None) -> _Bound | None:
    """The tighter of two bounds, where there are any."""
    return min((bound for bound in (one, other) if bound is not None), default=None)


class PastStore(Store):
    """A view of an open store. It shares its connection; closing is the owner's."""

    known_on: date | None
    last_change: int | None

    def __init__(self, store: Store, *, known_on: date | None = None, last_change: int | None = None) -> None:
        """See what was known at the end of `known_on`, or up to `last_change`; of a past store, less still."""
        self.__dict__.update(store.__dict__)
        outer = (store.known_on, store.last_change) if isinstance(store, PastStore) else (None, None)
        self.known_on, self.last_change = _earlier(known_on, outer[0]), _earlier(last_change, outer[1])

    def facts(
        self, table: str, *, latest_by: str | None = None, known_on: date | None = None, last_change: int | None = None
    ) -> pl.DataFrame:
        """Live facts of a table as they were known then; an earlier day or change may be asked for, no later one."""
        day, last = _earlier(known_on, self.known_on), _earlier(last_change, self.last_change)
        return super().facts(table, latest_by=latest_by, known_on=day, last_change=last)

    def changes(self) -> pl.DataFrame:
        """Every change that was known then, oldest first, `is_live` as it was then."""
        rows = super().changes().drop("is_live")
        if self.known_on is not None:
            rows = rows.filter(pl.col("known_on") <= self.known_on)
        if self.last_change is not None:
            rows = rows.filter(pl.col("change_id") <= self.last_change)
        return rows.with_columns(is_live=~pl.col("change_id").is_in(list(undone(rows))))

    @contextmanager
    def change(
        self, action: str, author: Author, *, subject: str | None = None, detail: object = None, undoes: int | None = None
    ) -> Iterator[Change]:
        """Refused: what is known now may say otherwise."""
        del action, author, subject, detail, undoes
        raise Refused(
            "known_in_past",
            "You are looking at what was known on a past day: nothing can be decided or sent there. Come back to what is known"
            " now.",
        )
        yield  # the shape of the one that it stands for
