"""From evidence to decisions: what is allocated alone, what is proposed to a person, who a receipt comes from.

Automatic allocations are a function of all the facts and of people's decisions: lines are taken by booking date, those
that name an invoice before those that only name a client, and nothing remembers the order of the imports.
"""

import gc
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

from models.money import MONEY, ZERO
from pipelines.ledger import Ledger
from pipelines.reconcile.alone import Rules
from pipelines.reconcile.book import Line, book_of, returns_by_people
from pipelines.reconcile.candidates import Proposals
from pipelines.reconcile.declared_payments import DeclaredPayments
from pipelines.reconcile.evidence import evidence_of
from pipelines.reconcile.names import SURE
from pipelines.reconcile.paid_again import PaidAgain
from pipelines.reconcile.people import People
from pipelines.reconcile.readings import known_labels
from pipelines.reconcile.refunds import Receipt, Refund, RefundFinder, returned_amounts, says_cheque, says_return
from pipelines.reconcile.rests import rests_of_matches
from pipelines.reconcile.rules import ACTS_ALONE
from pipelines.reconcile.spellings import FIRM
from pipelines.reconcile.transfers import internal_transfers
from pipelines.reconcile.ways import Candidate


@dataclass
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
    internal: set[str] = field(default_factory=set)

    def ways(self, line_id: str) -> list[Candidate]:
        """What a person may accept of a line, the best first."""
        return self.suggestions.get(line_id) or [way for way in (self.rests.get(line_id),) if way]


def match(ledger: Ledger, people: People) -> Matching:
    """Match the bank lines that no person has settled with the sales invoices.

    Args:
        ledger: the facts; allocations that rules made before are ignored, people's are kept.
        people: what people said of lines besides.
    """
    with _uncollected():
        return _Matcher(ledger, people).run()


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


class _Matcher:
    """One run: lines meet the book in order, by nature one after the other, since each payment changes what is owed."""

    def __init__(self, ledger: Ledger, people: People) -> None:
        self.ledger, self.people = ledger, people
        is_kept = (pl.col("by") != "rule") | pl.col("source_id").is_in(list(people.held))
        self.decided = ledger.claims.filter((pl.col("source") == "bank") & is_kept)
        self.book = book_of(ledger, self.decided, people.refused)
        self.evidence = evidence_of(ledger, people)
        self.rules = Rules(self.book, self.evidence, ledger.settings, returned_amounts(ledger.lines))
        self.declared = DeclaredPayments(ledger, self.decided)
        self.stopped: dict[str, Candidate] = {}
        self.result = Matching(internal=internal_transfers(ledger.lines, known_labels(ledger.lines)))

    def run(self) -> Matching:
        """Allocate, find what came back, allocate what that reopened, and propose for the rest."""
        every, debits = self._lines()
        receipts = [line for line in every if line.amount > 0]
        rest = self._settle([line for line in receipts if line.line_id not in self.people.held])
        self._attribute(every)
        self._find_refunds(debits)
        self._reopen_returned()
        rest = self._settle(rest)
        self.result.attributions.clear()
        self._attribute(every)
        self._propose(receipts, debits, {line.line_id for line in rest} | self.people.held)
        days = {line.line_id: line.day for line in receipts}
        self.result.rests.update(rests_of_matches(self.result.claims, self.book, self.ledger.settings, days))
        return self.result

    def _lines(self) -> tuple[list[Line], list[Line]]:
        """Receipts with what they can give, and debits with what they take, by booking date; settled ones left out.

        A receipt that went back whole gives nothing, but still comes from its client: the refund is its.
        """
        wholes = dict(self.ledger.lines.select("line_id", "amount").iter_rows())
        by_people = self.ledger.line_refunds.filter(pl.col("by_person").fill_null(value=False))
        back: dict[str, Decimal] = defaultdict(Decimal)
        for credit_id, kind, amount in by_people.select("credit_id", "kind", "amount").iter_rows():
            if kind == "refunded" or amount < wholes.get(credit_id, ZERO):  # what came back whole paid until that day
                back[credit_id] += amount
        settled = set(self.decided["source_id"]) | self.result.internal | self.people.classified
        rows = self.ledger.lines.sort("booking_date", "line_id").select("line_id", "booking_date", "amount", "currency", "label")
        lines = [Line(*row) for row in rows.iter_rows() if row[0] not in settled]
        given = [line._replace(amount=line.amount - back[line.line_id]) for line in lines if line.amount > 0]
        debits = [line._replace(amount=-line.amount) for line in lines if line.amount < 0]
        return given, debits

    def _settle(self, lines: list[Line]) -> list[Line]:
        """Allocate what is safe, the surest rules over all lines first; the lines that are left."""
        rules = self.rules
        lines = [line for line in lines if not self._take(line, rules.by_number(line))]
        lines = self._prove(lines)
        for rule in (rules.by_name_and_amount, rules.by_name_and_sum, rules.by_name_and_rounding):
            lines = [line for line in lines if not self._take(line, rule(line))]
        return lines

    def _prove(self, lines: list[Line]) -> list[Line]:
        """Give lines to the invoices of the declared payments that they are; the lines that are left."""
        named = [(line, self.rules.only_sure_names(line)) for line in lines]
        given = [(document_id, amount) for _, document_id, amount, *_ in self.result.claims]
        taken = {
            line.line_id
            for line, payment, name in self.declared.fitting(named, given)
            if self._take(line, self.rules.by_declared(line, payment.document_id, name))
        }
        return [line for line in lines if line.line_id not in taken]

    def _take(self, line: Line, found: Candidate | None) -> bool:
        """Allocate what a rule found, unless that rule must not act alone: then it is proposed."""
        if found is None:
            return False
        if found.rule in self.people.stopped or found.rule not in ACTS_ALONE:
            self.stopped.setdefault(line.line_id, found)
            return False
        for document_id, amount in found.parts:
            self.book.pay(document_id, amount)
            self.rules.paid[self.book.invoices[document_id].client_id, line.amount].append(line.day)
            self.result.claims.append((line.line_id, document_id, amount, found.rule, found.evidence))
        return True

    def _propose(self, receipts: list[Line], debits: list[Line], waiting: set[str]) -> None:
        """What a person may choose from, for the lines that wait; what a stopped rule found comes first, if it still holds."""
        notes, again = self._open_notes(), self._paid_again(debits)
        proposals = Proposals(self.book, self.evidence, notes, self.ledger.settings, again)
        by_id = {line.line_id: line for line in receipts}
        wholes = dict(self.ledger.lines.select("line_id", "amount").iter_rows())
        back = [(refund.credit_id, refund.amount) for refund in self.result.refunds]
        back += returns_by_people(self.ledger).select("credit_id", "amount").rows()
        waiting = waiting - {line_id for line_id, amount in back if amount == wholes.get(line_id)}
        for line_id, document_id, amount in self._paid_amounts():
            if line_id in by_id:
                proposals.learn(by_id[line_id], document_id, amount)
        for line in receipts:
            if line.line_id not in waiting:
                continue
            found = proposals.of(line)
            first = self.stopped.get(line.line_id)
            if first and all(self.book.open_for(line, [i]).get(i, ZERO) >= part for i, part in first.parts):
                found = [first, *(other for other in found if other.parts != first.parts)]
            if found:
                self.result.suggestions[line.line_id] = found

    def _paid_again(self, debits: list[Line]) -> PaidAgain:
        """What came back, nobody says of which payment, and the payments that it could be."""
        by_people = self.ledger.line_refunds.filter(pl.col("by_person").fill_null(value=False))
        known = {refund.line_id for refund in self.result.refunds} | set(by_people["line_id"])
        waiting = [debit for debit in debits if debit.line_id not in known and says_return(debit.label)]
        gone = {refund.credit_id for refund in self.result.refunds} | set(by_people["credit_id"])
        receipts = [receipt for receipt in self._receipts() if receipt.line_id not in gone] if waiting else []
        parts: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
        for line_id, document_id, amount in self._paid_amounts() if waiting else ():
            parts[line_id].append((document_id, amount))
        fee = self.ledger.settings.fee_tolerance
        return PaidAgain(self.book, self.evidence, waiting, receipts, parts, self.people.not_refunds, fee)

    def _open_notes(self) -> dict[str, list[tuple[str, Decimal]]]:
        """What is left of each client's credit notes."""
        notes = self.ledger.documents.filter((pl.col("kind") == "credit_note") & (pl.col("direction") == "sale"))
        gone = dict(self.ledger.refunds.group_by("credit_id").agg(pl.col("amount").sum().cast(MONEY)).iter_rows())
        used = self.book.used()
        left: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
        for note, client_id, amount in notes.select("document_id", "client_id", "amount").iter_rows():
            rest = amount - used.get(note, ZERO) - gone.get(note, ZERO)
            if rest > 0:
                left[client_id].append((note, rest))
        return left

    def _attribute(self, receipts: list[Line]) -> None:
        """Who a receipt that pays nothing yet comes from: the only client that its label speaks of, by number or name.

        Another client that the label may name leaves a doubt.
        """
        paying = {line_id for line_id, *_ in self.result.claims}
        for line in receipts:
            if line.line_id in paying or line.line_id in self.people.unattributed:
                continue
            numbers = [hit.document_id for hit in self.evidence.numbers_of(line) if hit.strength == FIRM]
            numbered = {self.book.invoices[i].client_id for i in numbers if i in self.book.invoices}
            names = self.evidence.names_of(line)
            spoken = numbered | {named.client_id for named in names if named.level == SURE}
            if len(spoken) == 1 and {named.client_id for named in names} <= spoken:
                self.result.attributions[line.line_id] = (spoken.pop(), "number" if numbered else "name")

    def _find_refunds(self, debits: list[Line]) -> None:
        receipts = self._receipts() if any(says_return(debit.label) for debit in debits) else []
        finder = RefundFinder(self.ledger, self.book, receipts, self.people.not_refunds)
        for debit in debits:
            found = finder.find(debit, self.evidence.numbers_of(debit), self.evidence.names_of(debit))
            if found is not None:
                self.result.refunds.append(found)

    def _receipts(self) -> list[Receipt]:
        """Bank credits of one known client, by what they pay or what they say, and the parts that one gives to invoices."""
        parts: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
        for line_id, document_id, amount in self._paid_amounts():
            parts[line_id].append((document_id, amount))
        known = {line_id: client for line_id, (client, _) in self.result.attributions.items()} | dict(self.people.clients)
        rows = self.ledger.lines.filter(pl.col("amount") > 0).select("line_id", "booking_date", "amount", "currency", "label")
        invoices = self.book.invoices
        found = []
        for line_id, day, amount, currency, label in rows.iter_rows():
            paid = parts.get(line_id, ())
            of_line = {invoices[i].client_id for i, _ in paid} or ({known[line_id]} if line_id in known else set())
            is_cheque = says_cheque(label)
            if len(of_line) == 1:
                numbers = frozenset(invoices[i].number for i, _ in paid)
                found.append(Receipt(line_id, day, amount, currency, next(iter(of_line)), numbers, is_cheque))
            for i, part in paid:
                if part != amount:
                    number = frozenset((invoices[i].number,))
                    found.append(Receipt(line_id, day, part, currency, invoices[i].client_id, number, is_cheque, i))
        return found

    def _paid_amounts(self) -> list[tuple[str, str, Decimal]]:
        parts = [(line_id, document_id, amount) for line_id, document_id, amount, *_ in self.result.claims]
        decided = self.decided.select("source_id", "document_id", "amount").iter_rows()
        return parts + [
            (line_id, document_id, amount) for line_id, document_id, amount in decided if document_id in self.book.invoices
        ]

    def _reopen_returned(self) -> None:
        """An invoice whose payment was returned owes again, so that a later payment finds it."""
        wholes = dict(self.ledger.lines.select("line_id", "amount").iter_rows())
        by_rule: dict[str, list[tuple[Decimal, str | None]]] = defaultdict(list)
        for refund in self.result.refunds:
            if refund.kind == "returned":
                by_rule[refund.credit_id].append((refund.amount, refund.document_id))

        def came_back(line_id: str, document_id: str, amount: Decimal, returns: list[tuple[Decimal, str | None]]) -> bool:
            return any(
                back >= wholes[line_id] or document_id == part or (part is None and back == amount) for back, part in returns
            )

        decided = self.decided.filter(pl.col("source_id").is_in(list(by_rule))).select("source_id", "document_id", "amount")
        for line_id, document_id, amount in decided.iter_rows():
            if came_back(line_id, document_id, amount, by_rule[line_id]):
                self.book.reopen(document_id, amount)
        every = defaultdict(list, {line_id: list(returns) for line_id, returns in by_rule.items()})
        for line_id, amount, part in returns_by_people(self.ledger).select("credit_id", "amount", "document_id").iter_rows():
            every[line_id].append((amount, part))
        for line_id, document_id, amount, *_ in self.result.claims:
            if line_id in every and came_back(line_id, document_id, amount, every[line_id]):
                self.book.reopen(document_id, amount)
