"""The store as it was known at the end of a past day, or after a past change: to be read, never to be written."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import polars as pl

from models.errors import Refused
from models.facts import undone
from models.store import Author, Change, Store


class PastStore(Store):
    """A view of an open store. It shares its connection; closing is the owner's."""

    def __init__(self, store: Store, *, known_on: date | None = None, last_change: int | None = None) -> None:
        """See what was known at the end of `known_on`, or what the changes up to `last_change` say."""
        self.__dict__.update(store.__dict__)
        self.known_on, self.last_change = known_on, last_change

    def facts(
        self, table: str, *, latest_by: str | None = None, known_on: date | None = None, last_change: int | None = None
    ) -> pl.DataFrame:
        """Live facts of a table as they were known then; an earlier day or change may be asked for, no later one."""
        day = min((day for day in (known_on, self.known_on) if day is not None), default=None)
        last = min((last for last in (last_change, self.last_change) if last is not None), default=None)
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
