"""When clients pay, against the due dates, and in what parts, as what the rules matched shows it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from statistics import median

from pipelines.reconcile.book import Book, Line


class Habits:
    """What clients were seen to do."""

    def __init__(self, delays: Mapping[str, list[int]], shares: Mapping[str, set[Decimal]]) -> None:
        """`delays`: client -> days after the due date, one for each payment; `shares`: parts of invoices that it paid."""
        self.delays, self.shares = delays, shares

    @cached_property
    def usual(self) -> float:
        """How many days after the due date clients pay, all together."""
        return median([delay for known in self.delays.values() for delay in known] or [0])

    @cached_property
    def _by_client(self) -> dict[str, float]:
        return {}

    def delay_of(self, client_id: str) -> float:
        """How many days after the due date a client usually pays; as all do, if nothing is known of it."""
        if client_id not in self._by_client:
            delays = self.delays.get(client_id)
            self._by_client[client_id] = median(delays) if delays else self.usual
        return self._by_client[client_id]

    def shares_of(self, client_id: str) -> set[Decimal]:
        """The parts of invoices that a client paid."""
        return self.shares.get(client_id, set())

    def with_part(self, part: "Habits", clients: Iterable[str]) -> "Habits":
        """These habits, of some clients those of another matching."""
        gone = set(clients)
        delays = {client: known for client, known in self.delays.items() if client not in gone}
        shares = {client: known for client, known in self.shares.items() if client not in gone}
        return Habits({**delays, **part.delays}, {**shares, **part.shares})


def habits_of(claims: Iterable[tuple[str, str, Decimal, str, str]], lines: Mapping[str, Line], book: Book) -> Habits:
    """What the claims that rules made of these lines show."""
    delays: dict[str, list[int]] = {}
    shares: dict[str, set[Decimal]] = {}
    for line_id, document_id, amount, *_ in claims:
        invoice = book.invoices[document_id]
        delays.setdefault(invoice.client_id, []).append((lines[line_id].day - invoice.due_date).days)
        if amount < invoice.amount:
            shares.setdefault(invoice.client_id, set()).add((amount / invoice.amount).quantize(Decimal("0.01")))
    return Habits(delays, shares)
