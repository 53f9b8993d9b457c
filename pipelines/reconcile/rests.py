"""What a rule's match leaves of an invoice where it is no more than a small difference: proposed to be written off."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from models.money import ZERO
from models.settings import Settings
from pipelines.reconcile.book import Book
from pipelines.reconcile.differences import discount_of, fee_of, rounding_of
from pipelines.reconcile.ways import Candidate, Gaps

#: line_id, document_id, amount, rule, evidence.
Claim = tuple[str, str, Decimal, str, str]
_BY_NUMBER = ("number", "reference", "number_and_sum")


def rests_of_matches(claims: Iterable[Claim], book: Book, settings: Settings, days: Mapping[str, date]) -> dict[str, Candidate]:
    """line_id -> the match that a rule made of it, with the small differences that it leaves written off.

    Of an invoice that several lines pay, the latest one's. A loss, or a part payment, is no small difference.

    Args:
        claims: what the rules gave.
        book: what is open after that.
        settings: the tolerances.
        days: line_id -> booking date.
    """
    of_line: dict[str, list[Claim]] = defaultdict(list)
    latest: dict[str, str] = {}
    for claim in sorted(claims, key=lambda claim: (days[claim[0]], claim[0])):
        of_line[claim[0]].append(claim)
        latest[claim[1]] = claim[0]
    found: dict[str, Candidate] = {}
    for document_id, line_id in latest.items():
        rest = book.owed[document_id]
        given = next(claim[2] for claim in of_line[line_id] if claim[1] == document_id)
        gaps = _gaps({document_id: rest + given}, given, settings) if rest > ZERO else ()
        if gaps:
            before = found.get(line_id) or _match(of_line[line_id])
            found[line_id] = replace(before, rule=_rule(before.rule, gaps[0][2]), gaps=before.gaps + gaps)
    return found


def _gaps(owed: Mapping[str, Decimal], amount: Decimal, settings: Settings) -> Gaps:
    """The difference, by the first reason that explains it."""
    return rounding_of(owed, amount, settings) or discount_of(owed, amount, settings) or fee_of(owed, amount, settings)


def _match(claims: list[Claim]) -> Candidate:
    _, _, _, rule, evidence = claims[0]
    return Candidate(rule, tuple((document_id, amount) for _, document_id, amount, *_ in claims), evidence)


def _rule(rule: str, reason: str) -> str:
    """The rule's own name where cents are left; else that of a match with such a difference, which is less sure."""
    if reason == "rounding":
        return rule
    if rule in _BY_NUMBER:
        return "number_and_gap"
    return "name_and_discount" if reason == "discount" else "name_less_fee"
