"""From evidence to decisions: what is allocated alone, what is proposed to a person, who a receipt comes from.

Automatic allocations are a function of all the facts and of people's decisions: lines are taken by booking date, those
that name an invoice before those that only name a client, and nothing remembers the order of the imports. What was concluded
of the facts before a decision only spares the search where that decision does not reach.
"""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from pipelines.ledger import Ledger
from pipelines.reconcile.evidence import Evidence, evidence_of
from pipelines.reconcile.people import People
from pipelines.reconcile.proposing import Asked, asked_of, propose
from pipelines.reconcile.reach import Facts, Links, changed_lines, is_of_same_files, missed, part_around, restricted
from pipelines.reconcile.refunds import Refund
from pipelines.reconcile.settling import CompanyWide, Settled, settle_alone
from pipelines.reconcile.ways import Candidate

_MOST_TRIES = 4  # so often a part may grow before the rules act on everything


@dataclass(frozen=True)
class Matching:
    """What `match` concludes.

    Attributes:
        claims: (line_id, document_id, amount, rule, evidence) that need no person.
        attributions: line_id -> (client_id, rule) of receipts that pay nothing yet.
        refunds: debits that take a credit back.
        suggestions: line_id -> candidates, the best first.
        rests: line_id -> a match that a rule made, with the small difference that it leaves written off.
        internal: line_ids of transfers between own accounts.
    """

    claims: list[tuple[str, str, Decimal, str, str]] = field(default_factory=list)
    attributions: dict[str, tuple[str, str]] = field(default_factory=dict)
    refunds: list[Refund] = field(default_factory=list)
    suggestions: dict[str, list[Candidate]] = field(default_factory=dict)
    rests: dict[str, Candidate] = field(default_factory=dict)
    internal: frozenset[str] = frozenset()

    def ways(self, line_id: str) -> list[Candidate]:
        """What a person may accept of a line, the best first."""
        return self.suggestions.get(line_id) or [way for way in (self.rests.get(line_id),) if way]


@dataclass(frozen=True)
class Concluded:
    """What the rules concluded of some facts, from which they go on when people have said more."""

    facts: Facts
    done: Settled
    asked: Asked
    matching: Matching


def match(ledger: Ledger, people: People) -> Matching:
    """Match the bank lines that no person has settled with the sales invoices.

    Args:
        ledger: the facts; allocations that rules made before are ignored, people's are kept.
        people: what people said of lines besides.
    """
    return conclude(ledger, people).matching


def conclude(ledger: Ledger, people: People, before: Concluded | None = None) -> Concluded:
    """`match`, with what it takes to go on from it.

    Args:
        ledger: the facts.
        people: what people said.
        before: what was concluded of other facts of the same company: it changes nothing of the answer.
    """
    with _uncollected():
        if before is None or people.stopped != before.facts.people.stopped or not is_of_same_files(before.facts.ledger, ledger):
            return _conclude_whole(ledger, people)
        return _go_on(before, ledger, people)


def _conclude_whole(ledger: Ledger, people: People) -> Concluded:
    wide, evidence = CompanyWide.of(ledger), evidence_of(ledger, people)
    facts = Facts(ledger, people, evidence, Links(evidence, wide, people.clients), wide)
    done = settle_alone(ledger, people, evidence, wide)
    asked = asked_of(facts, done)
    return Concluded(facts, done, asked, _matching(done, wide, propose(facts, done, asked, {}, None)))


def _go_on(before: Concluded, ledger: Ledger, people: People) -> Concluded:
    """Conclude anew of the part which a change reaches; beyond it everything is as before."""
    wide, evidence = before.facts.wide, _evidence(before.facts, ledger, people)
    links = before.facts.links if evidence is before.facts.evidence else Links(evidence, wide, people.clients)
    facts = Facts(ledger, people, evidence, links, wide)
    lines, clients = changed_lines(before.facts, facts)
    for _ in range(_MOST_TRIES):
        part = part_around(lines, clients, before.facts, facts)
        own = settle_alone(restricted(ledger, part), people, evidence, wide, part.lines)
        more_lines, more_clients = missed(part, own, before.done, wide.owners)
        if not more_lines and not more_clients:
            break
        lines, clients = {*part.lines, *more_lines}, {*part.clients, *more_clients}
    else:
        return _conclude_whole(ledger, people)
    done = before.done.with_part(own, part.lines, part.clients)
    asked = asked_of(facts, done)
    reached = part.lines if asked == before.asked else None
    return Concluded(facts, done, asked, _matching(done, wide, propose(facts, done, asked, before.matching.suggestions, reached)))


def _evidence(before: Facts, ledger: Ledger, people: People) -> Evidence:
    """What speaks for the lines now: read anew of those only of which people said who they come from, where that is all."""
    known = before.people
    if (people.aliases, people.ibans, people.hints) != (known.aliases, known.ibans, known.hints):
        return evidence_of(ledger, people)
    said = {line_id for line_id, _ in people.clients.items() ^ known.clients.items()} | (people.classified ^ known.classified)
    return before.evidence.with_lines(said, evidence_of(ledger, people, said)) if said else before.evidence


def _matching(done: Settled, wide: CompanyWide, suggestions: Mapping[str, list[Candidate]]) -> Matching:
    return Matching(done.claims, done.attributions, done.refunds, dict(suggestions), done.rests, wide.internal)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for reference cycles: there are none here, and it walks millions of tuples again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
