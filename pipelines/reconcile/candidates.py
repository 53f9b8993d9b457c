"""What a person may choose from where no rule acts alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from models.money import ZERO
from pipelines.reconcile.book import Book, Line
from pipelines.reconcile.evidence import FIRM
from pipelines.reconcile.rules import CONFIDENCE

MOST = 5
#: What a label names: (document_id, strength, words found) and (client_id, words found).
NumberHits = list[tuple[str, int, str]]
NameHits = list[tuple[str, str]]
Parts = tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class Candidate:
    """One way to settle a line: invoices with amounts, the rule, and the words of the label that speak for it."""

    rule: str
    parts: Parts
    evidence: str = ""

    @property
    def confidence(self) -> float:
        """How sure the rule is, 0 to 1."""
        return CONFIDENCE[self.rule]


def candidates(
    line: Line, numbers: NumberHits, names: NameHits, book: Book, by_amount: Mapping[tuple[str, Decimal], list[str]]
) -> list[Candidate]:
    """The ways to settle a line, the surest first: by the numbers in its label, its client's invoices, or the amount."""
    found = _by_numbers(line, numbers, book)
    for client_id, words in names:
        found += _by_name(line, client_id, words, book)
    if not names:
        near = book.open_for(line, by_amount.get((line.currency, line.amount), []))
        equal = [i for i, owed in near.items() if owed == line.amount]
        rule = "amount_only" if len(equal) == 1 else "amount_twins"
        found += [Candidate(rule, ((i, line.amount),)) for i in equal]
    surest = {candidate.parts: candidate for candidate in sorted(found, key=lambda c: c.confidence)}
    place = {document_id: n for n, document_id in enumerate(book.invoices)}

    def order(candidate: Candidate) -> tuple[float, int, list[int]]:
        """The surest first; among equals the invoice whose due date is nearest to the payment."""
        due = book.invoices[candidate.parts[0][0]].due_date
        return -candidate.confidence, abs((line.day - due).days), [place[i] for i, _ in candidate.parts]

    return sorted(surest.values(), key=order)[:MOST]


def _by_numbers(line: Line, numbers: NumberHits, book: Book) -> list[Candidate]:
    named = book.open_for(line, [i for i, _, _ in numbers])
    if not named:
        return []
    words = ", ".join(word for i, _, word in numbers if i in named)
    if sum(named.values(), ZERO) == line.amount and all(strength == FIRM for i, strength, _ in numbers if i in named):
        return [Candidate("number", fill(named, line.amount), words)]
    rule = "numbers_partial" if len(named) > 1 else "number_weak"
    return [Candidate(rule, fill(named, line.amount), words)]


def _by_name(line: Line, client_id: str, words: str, book: Book) -> list[Candidate]:
    opened = book.open_for(line, book.of_client[client_id])
    equal = [i for i, owed in opened.items() if owed == line.amount]
    rule = "name_exact" if len(equal) == 1 else "name_twins"
    found = [Candidate(rule, ((i, line.amount),), words) for i in equal]
    if len(opened) > 1 and sum(opened.values(), ZERO) == line.amount:
        found.append(Candidate("name_and_sum", fill(opened, line.amount), words))
    elif opened:
        found.append(Candidate("name_oldest_first", fill(opened, line.amount), words))
    return found


def fill(owed: Mapping[str, Decimal], amount: Decimal) -> Parts:
    """The amount given to the invoices in this order until nothing is left."""
    parts = []
    for document_id, most in owed.items():
        part = min(most, amount)
        if part > 0:
            parts.append((document_id, part))
        amount -= part
    return tuple(parts)
