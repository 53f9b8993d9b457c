"""What a person may choose from, for the lines that wait once the rules have acted."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

import polars as pl

from models.money import ZERO
from pipelines.reconcile.book import Line, returns_by_people
from pipelines.reconcile.candidates import Proposals
from pipelines.reconcile.names import PART
from pipelines.reconcile.paid_again import PaidAgain
from pipelines.reconcile.payouts import may_be_of_several
from pipelines.reconcile.reach import Facts
from pipelines.reconcile.refunds import receipts_of, says_return
from pipelines.reconcile.settling import Settled, decided_claims, paid_amounts
from pipelines.reconcile.ways import Candidate


@dataclass(frozen=True)
class Asked:
    """What proposals depend on besides the clients of whom a line speaks: where it is the same, so are they.

    Attributes:
        usual: when clients pay, all together.
        debits: returned payments that nothing explains, with what speaks for them. `not_refunds`: pairs that a person took back.
    """

    usual: float
    debits: tuple[tuple[Line, object], ...]
    not_refunds: frozenset[tuple[str, str]]


def asked_of(facts: Facts, done: Settled) -> Asked:
    """What the proposals for these facts depend on."""
    by_people = facts.ledger.line_refunds.filter(pl.col("by_person").fill_null(value=False))
    known = {refund.line_id for refund in done.refunds} | set(by_people["line_id"])
    debits = [debit for debit in done.debits.values() if debit.line_id not in known and says_return(debit.label)]
    said = [(debit, (facts.evidence.numbers_of(debit), facts.evidence.names_of(debit))) for debit in debits]
    return Asked(done.habits.usual, tuple(sorted(said, key=lambda one: (one[0].day, one[0].line_id))), facts.people.not_refunds)


def propose(
    facts: Facts, done: Settled, asked: Asked, before: Mapping[str, list[Candidate]], part: Collection[str] | None
) -> dict[str, list[Candidate]]:
    """line_id -> candidates, the best first; what a stopped rule found comes first, if it still holds.

    Args:
        facts: those of now.
        done: what the rules concluded of them.
        asked: `asked_of` them.
        before: proposals that hold for lines outside the part.
        part: the lines for which the rules acted anew; None is all of them.
    """
    proposals = Proposals(
        done.book, facts.evidence, _open_notes(facts, done), facts.ledger.settings, _paid_again(facts, done, asked), done.habits
    )
    found: dict[str, list[Candidate]] = {}
    for line_id in sorted(_waiting(facts, done), key=lambda i: (done.receipts[i].day, i)):
        line = done.receipts[line_id]
        if part is not None and line_id not in part and not _asks_all(facts, line):
            ways = before.get(line_id, [])
        else:
            ways = _ways(proposals, line, done.stopped.get(line_id))
        if ways:
            found[line_id] = ways
    return found


def _ways(proposals: Proposals, line: Line, first: Candidate | None) -> list[Candidate]:
    found, book = proposals.of(line), proposals.book
    if first and all(book.open_for(line, [i]).get(i, ZERO) >= part for i, part in first.parts):
        return [first, *(other for other in found if other.parts != first.parts)]
    return found


def _asks_all(facts: Facts, line: Line) -> bool:
    """Whether invoices of any client may be proposed for a line."""
    names = facts.evidence.names_of(line)
    return not names or names[0].level == PART or may_be_of_several(line)


def _waiting(facts: Facts, done: Settled) -> set[str]:
    """Receipts for which a person is asked: those that no rule allocated, without those that went back whole."""
    held = {line_id for line_id in facts.people.held & done.receipts.keys() if done.receipts[line_id].amount > 0}
    waiting = done.waiting | held
    back = [(refund.credit_id, refund.amount) for refund in done.refunds]
    back += returns_by_people(facts.ledger).select("credit_id", "amount").rows()
    amounts = facts.ledger.lines.filter(pl.col("line_id").is_in([credit_id for credit_id, _ in back]))
    wholes = dict(amounts.select("line_id", "amount").iter_rows())
    return waiting - {line_id for line_id, amount in back if amount == wholes.get(line_id)}


def _paid_again(facts: Facts, done: Settled, asked: Asked) -> PaidAgain:
    """What came back, nobody says of which payment, and the payments that it could be."""
    by_people = facts.ledger.line_refunds.filter(pl.col("by_person").fill_null(value=False))
    waiting = [debit for debit, _ in asked.debits]
    paid = paid_amounts(done, decided_claims(facts.ledger, facts.people)) if waiting else []
    gone = {refund.credit_id for refund in done.refunds} | set(by_people["credit_id"])
    every = receipts_of(facts.ledger.lines, done.book, paid, done.attributions, facts.people.clients) if waiting else []
    parts: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    for line_id, document_id, amount in paid:
        parts[line_id].append((document_id, amount))
    receipts = [receipt for receipt in every if receipt.line_id not in gone]
    fee = facts.ledger.settings.fee_tolerance
    return PaidAgain(done.book, facts.evidence, waiting, receipts, parts, facts.people.not_refunds, fee)


def _open_notes(facts: Facts, done: Settled) -> dict[str, list[tuple[str, Decimal]]]:
    """What is left of each client's credit notes, once debits took of them what people say and what the rules find now."""
    documents = facts.ledger.documents
    notes = documents.filter((pl.col("kind") == "credit_note") & (pl.col("direction") == "sale"))
    by_people = facts.ledger.line_refunds.filter(pl.col("by_person").fill_null(value=False))
    gone: dict[str, Decimal] = defaultdict(Decimal)
    given_back = chain(by_people.select("credit_id", "amount").iter_rows(), ((one.credit_id, one.amount) for one in done.refunds))
    for credit_id, amount in given_back:
        gone[credit_id] += amount
    used = done.book.used()
    left: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    for note, client_id, amount in notes.select("document_id", "client_id", "amount").iter_rows():
        rest = amount - used.get(note, ZERO) - gone.get(note, ZERO)
        if rest > 0:
            left[client_id].append((note, rest))
    return left
