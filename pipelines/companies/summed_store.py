"""A dossier as a command opens it: when it closes it sums itself up, if it has changed since its last summary."""

from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from models.store import Author, Store
from pipelines.companies.summary import read_summary
from pipelines.ledger import run_ledger


class SummedStore(Store):
    """A store that writes the dossier's summary when it closes.

    `closed_by` says who closes it and when; None, as after a failure, writes nothing.
    """

    closed_by: Callable[[Store], Author] | None = None

    def close(self) -> None:
        """Sum up, then release the file."""
        author, self.closed_by = self.closed_by, None
        try:
            if author is not None:
                _sum_up(self, author(self))
        finally:
            super().close()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the file whatever happened."""
        if kind is not None:
            self.closed_by = None
        super().__exit__(kind, error, trace)


def _sum_up(store: Store, author: Author) -> None:
    """Write the summary, if there is none or it is old; one of a later version stays, and so it does where no file fits."""
    if store.journal.last() is None or read_summary(store.path).state in ("ok", "newer"):
        return
    from pipelines.companies.summarise import run_summary  # late: most commands change nothing, and the terminal starts fast

    with suppress(OSError):
        run_summary(store, run_ledger(store), as_of=author.today, written_at=author.at)
