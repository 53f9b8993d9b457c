"""A company that closes each month: what the rules left or got wrong, its person settles before the next month begins."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from matching_payments import Payment, Seeded

from pipelines.reconcile.match import Matching

Judge = Callable[[dict[str, Decimal], Payment], bool]


def month_by_month(made: Seeded, act: Callable[[Seeded], Matching], is_right: Judge) -> Iterator[tuple[list[Payment], Matching]]:
    """The payments of each month, and what the rules made of the books as they stood at its end.

    Args:
        made: the books with the truth.
        act: runs the rules on books.
        is_right: whether allocations are the truth's, whole.
    """
    settled = {p.line_id for p in made.payments if p.is_confirmed}
    dropped: set[str] = set()
    for end in _month_ends(made):
        lines = [
            replace(p, is_confirmed=p.line_id in settled) for p in made.payments if p.day <= end and p.line_id not in dropped
        ]
        books = replace(made, bills=[b for b in made.bills if b.issued <= end], payments=lines)
        matching = act(books)
        month = [p for p in lines if p.day > _before(end)]
        yield month, matching
        given: dict[str, dict[str, Decimal]] = defaultdict(dict)
        for line_id, document_id, amount, *_ in matching.claims:
            given[line_id][document_id] = amount
        back = {refund.line_id for refund in matching.refunds}
        for p in month:
            if (p.parts and not is_right(given[p.line_id], p)) or (p.returns and p.line_id not in back):
                settled.add(p.line_id)
            elif not p.parts and not p.returns:
                dropped.add(p.line_id)


def _before(end: date) -> date:
    """The last day of the month before."""
    return end.replace(day=1) - timedelta(days=1)


def _month_ends(made: Seeded) -> list[date]:
    """The last days of the months that have bank lines."""
    nexts = sorted({(p.day.replace(day=1) + timedelta(days=32)).replace(day=1) for p in made.payments})
    return [day - timedelta(days=1) for day in nexts]
