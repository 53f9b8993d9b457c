"""What the rules do alone: lines are allocated, what came back is found, and what that reopened is allocated."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

import polars as pl

from models.money import ZERO
from pipelines.ledger import Ledger
from pipelines.reconcile.alone import Rules
from pipelines.reconcile.book import Book, Line, book_of, returns_by_people, written_off_with
from pipelines.reconcile.declared_payments import DeclaredPayments
from pipelines.reconcile.evidence import Evidence
from pipelines.reconcile.habits import Habits, habits_of
from pipelines.reconcile.names import SURE
from pipelines.reconcile.people import People
from pipelines.reconcile.readings import known_labels
from pipelines.reconcile.refunds import Receipt, Refund, RefundFinder, receipts_of, returned_amounts, says_return
from pipelines.reconcile.rests import Claim, rests_of_matches
from pipelines.reconcile.rules import ACTS_ALONE, DOUBTED
from pipelines.reconcile.spellings import FIRM
from pipelines.reconcile.transfers import internal_transfers
from pipelines.reconcile.ways import Candidate

Value = TypeVar("Value")


@dataclass(frozen=True)
class CompanyWide:
    """What matching asks of all bank lines and documents at once, whatever people decide.

    Attributes:
        internal: line_ids of transfers between own accounts.
        returned: the amounts of debits that say that a payment came back, by currency.
        owners: sales document_id -> client_id.
        namesakes: clients that have a document of the same number, together.
    """

    internal: frozenset[str]
    returned: Mapping[str, set[Decimal]]
    owners: Mapping[str, str]
    namesakes: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, ledger: Ledger) -> "CompanyWide":
        """Of a whole ledger."""
        sales = ledger.documents.filter(pl.col("direction") == "sale")
        alike = sales.filter(pl.col("number").is_duplicated()).group_by("number").agg(pl.col("client_id").unique())
        return cls(
            internal=frozenset(internal_transfers(ledger.lines, known_labels(ledger.lines))),
            returned=returned_amounts(ledger.lines),
            owners=dict(sales.select("document_id", "client_id").iter_rows()),
            namesakes=tuple(frozenset(clients) for clients in alike["client_id"] if len(clients) > 1),
        )


@dataclass
class Settled:
    """What the rules concluded of the bank lines that no person has settled.

    Attributes:
        book: what is open after it.
        receipts: those lines with what they can give, by booking date. `debits`: with what they take.
        waiting: receipts that no rule allocated.
        claims: what rules allocated. `attributions`: line_id -> (client_id, rule) of receipts that pay nothing yet.
        refunds: debits that take a credit back.
        stopped: what a rule that must not act alone found, by line.
        rests: line_id -> a match that a rule made, with the small difference that it leaves written off.
        habits: when clients paid.
        asking: lines of which it mattered whether an invoice of any other client owes that amount.
    """

    book: Book
    receipts: dict[str, Line] = field(default_factory=dict)
    debits: dict[str, Line] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    claims: list[Claim] = field(default_factory=list)
    attributions: dict[str, tuple[str, str]] = field(default_factory=dict)
    refunds: list[Refund] = field(default_factory=list)
    stopped: dict[str, Candidate] = field(default_factory=dict)
    rests: dict[str, Candidate] = field(default_factory=dict)
    habits: Habits = field(default_factory=lambda: Habits({}, {}))
    asking: set[str] = field(default_factory=set)

    def with_part(self, part: "Settled", lines: Collection[str], clients: Collection[str]) -> "Settled":
        """This, and of some lines and clients what another run concluded of them alone."""
        return Settled(
            book=self.book.with_part(part.book, clients),
            receipts=_without(self.receipts, lines) | part.receipts,
            debits=_without(self.debits, lines) | part.debits,
            waiting={line_id for line_id in self.waiting if line_id not in lines} | part.waiting,
            claims=[claim for claim in self.claims if claim[0] not in lines] + part.claims,
            attributions=_without(self.attributions, lines) | part.attributions,
            refunds=[refund for refund in self.refunds if refund.line_id not in lines] + part.refunds,
            stopped=_without(self.stopped, lines) | part.stopped,
            rests=_without(self.rests, lines) | part.rests,
            habits=self.habits.with_part(part.habits, clients),
            asking={line_id for line_id in self.asking if line_id not in lines} | part.asking,
        )


def _without(known: Mapping[str, Value], lines: Collection[str]) -> dict[str, Value]:
    kept = dict(known)
    for line_id in lines:
        kept.pop(line_id, None)
    return kept


def decided_claims(ledger: Ledger, people: People) -> pl.DataFrame:
    """CLAIMS of bank lines that the rules leave as they are: people's, and those of lines that a person holds."""
    is_kept = (pl.col("by") != "rule") | pl.col("source_id").is_in(list(people.held))
    return ledger.claims.filter((pl.col("source") == "bank") & is_kept)


def settle_alone(
    ledger: Ledger, people: People, evidence: Evidence, wide: CompanyWide, only: Collection[str] | None = None
) -> Settled:
    """Let the rules act on the bank lines of a ledger, or of a part of one that stands for itself.

    Args:
        ledger: the facts; allocations that rules made before are ignored, people's are kept.
        people: what people said of lines besides.
        evidence: what speaks for each line.
        wide: of the whole ledger.
        only: the lines that are a part's; None is all of them.
    """
    return _Settler(ledger, people, evidence, wide, only).run()


class _Settler:
    """One run: lines meet the book in order, by nature one after the other, since each payment changes what is owed."""

    def __init__(
        self, ledger: Ledger, people: People, evidence: Evidence, wide: CompanyWide, only: Collection[str] | None
    ) -> None:
        self.ledger, self.people, self.evidence = ledger, people, evidence
        self.decided = decided_claims(ledger, people)
        self.book = book_of(ledger, self.decided, people.refused)
        self.rules = Rules(self.book, self.evidence, ledger.settings, wide.returned)
        self.declared = DeclaredPayments(ledger, self.decided)
        self.done = Settled(self.book)
        self._read_lines(wide.internal, only)

    def run(self) -> Settled:
        """Allocate, find what came back, and allocate what that reopened."""
        done, receipts = self.done, list(self.done.receipts.values())
        rest = self._settle([line for line in receipts if line.line_id not in self.people.held and line.amount > 0])
        self._attribute()
        self._find_refunds()
        self._reopen_returned()
        rest = self._settle(rest)
        done.attributions.clear()
        self._attribute()
        done.waiting, done.asking = {line.line_id for line in rest}, self.rules.asking
        days = {line_id: line.day for line_id, line in done.receipts.items()}
        done.rests = rests_of_matches(done.claims, self.book, self.ledger.settings, days)
        done.habits = habits_of(done.claims, done.receipts, self.book)
        return done

    def _read_lines(self, internal: frozenset[str], only: Collection[str] | None) -> None:
        """Receipts with what they can give, and debits with what they take, by booking date; settled ones left out.

        A receipt that went back whole gives nothing, but still comes from its client: the refund is its.
        """
        wholes = dict(self.ledger.lines.select("line_id", "amount").iter_rows())
        by_people = self.ledger.line_refunds.filter(pl.col("by_person").fill_null(value=False))
        back: dict[str, Decimal] = defaultdict(Decimal)
        for credit_id, kind, amount in by_people.select("credit_id", "kind", "amount").iter_rows():
            if kind == "refunded" or amount < wholes.get(credit_id, ZERO):  # what came back whole paid until that day
                back[credit_id] += amount
        settled = set(self.decided["source_id"]) | internal | self.people.classified
        rows = self.ledger.lines.sort("booking_date", "line_id").select("line_id", "booking_date", "amount", "currency", "label")
        lines = [Line(*row) for row in rows.iter_rows() if row[0] not in settled and (only is None or row[0] in only)]
        self.done.receipts = {
            line.line_id: line._replace(amount=line.amount - back[line.line_id]) if line.line_id in back else line
            for line in lines
            if line.amount > 0
        }
        self.done.debits = {line.line_id: line._replace(amount=-line.amount) for line in lines if line.amount < 0}

    def _settle(self, lines: list[Line]) -> list[Line]:
        """Allocate what is safe, the surest rules over all lines first; the lines that are left."""
        rules = self.rules
        lines = [line for line in lines if not self._take(line, rules.by_number(line))]
        lines, doubted = self._prove(lines)
        for rule in (rules.by_name_and_amount, rules.by_name_and_sum, rules.by_name_and_rounding):
            lines = [line for line in lines if not self._take(line, rule(line))]
        return lines + doubted

    def _prove(self, lines: list[Line]) -> tuple[list[Line], list[Line]]:
        """Give lines to the invoices of the declared payments that they are; the lines left, and apart those in doubt."""
        named = [(line, self.rules.only_sure_names(line)) for line in lines]
        given = [(document_id, amount) for _, document_id, amount, *_ in self.done.claims]
        taken, doubted = set(), set()
        for fit in self.declared.fitting(named, given):
            found = self.rules.by_declared(fit)
            if self._take(fit.line, found):
                taken.add(fit.line.line_id)
            elif found is not None and found.rule == DOUBTED:
                doubted.add(fit.line.line_id)
        left = [line for line in lines if line.line_id not in taken | doubted]
        return left, [line for line in lines if line.line_id in doubted]

    def _take(self, line: Line, found: Candidate | None) -> bool:
        """Allocate what a rule found, unless that rule must not act alone: then it is proposed."""
        if found is None:
            return False
        if found.rule in self.people.stopped or found.rule not in ACTS_ALONE:
            self.done.stopped.setdefault(line.line_id, found)
            return False
        for document_id, amount in found.parts:
            self.book.pay(document_id, amount)
            self.rules.paid[self.book.invoices[document_id].client_id, line.amount].append(line.day)
            self.done.claims.append((line.line_id, document_id, amount, found.rule, found.evidence))
        return True

    def _attribute(self) -> None:
        """Who a receipt that pays nothing yet comes from: the only client that its label speaks of, by number or name.

        Another client that the label may name leaves a doubt.
        """
        paying = {line_id for line_id, *_ in self.done.claims}
        for line in self.done.receipts.values():
            if line.line_id in paying or line.line_id in self.people.unattributed:
                continue
            numbers = [hit.document_id for hit in self.evidence.numbers_of(line) if hit.strength == FIRM]
            numbered = {self.book.invoices[i].client_id for i in numbers if i in self.book.invoices}
            names = self.evidence.names_of(line)
            spoken = numbered | {named.client_id for named in names if named.level == SURE}
            if len(spoken) == 1 and {named.client_id for named in names} <= spoken:
                self.done.attributions[line.line_id] = (spoken.pop(), "number" if numbered else "name")

    def _find_refunds(self) -> None:
        debits = list(self.done.debits.values())
        receipts = self._receipts() if any(says_return(debit.label) for debit in debits) else []
        finder = RefundFinder(self.ledger, self.book, receipts, self.people.not_refunds)
        for debit in debits:
            found = finder.find(debit, self.evidence.numbers_of(debit), self.evidence.names_of(debit))
            if found is not None:
                self.done.refunds.append(found)

    def _receipts(self) -> list[Receipt]:
        paid = paid_amounts(self.done, self.decided)
        return receipts_of(self.ledger.lines, self.book, paid, self.done.attributions, self.people.clients)

    def _reopen_returned(self) -> None:
        """An invoice whose payment was returned owes again, so that a later payment finds it."""
        wholes = dict(self.ledger.lines.select("line_id", "amount").iter_rows())
        by_rule: dict[str, list[tuple[Decimal, str | None]]] = defaultdict(list)
        for refund in self.done.refunds:
            if refund.kind == "returned":
                by_rule[refund.credit_id].append((refund.amount, refund.document_id))

        def came_back(line_id: str, document_id: str, amount: Decimal, returns: list[tuple[Decimal, str | None]]) -> bool:
            return any(
                back >= wholes[line_id] or document_id == part or (part is None and back == amount) for back, part in returns
            )

        decided = self.decided.filter(pl.col("source_id").is_in(list(by_rule)))
        beside: dict[tuple[str, int | None], set[str]] = defaultdict(set)
        write_offs = written_off_with(self.ledger.claims, decided).select("document_id", "change_id", "source_id")
        for document_id, change_id, source_id in write_offs.iter_rows():
            beside[document_id, change_id].add(source_id)
        rows = decided.select("source_id", "document_id", "amount", "change_id").iter_rows()
        for line_id, document_id, amount, change_id in rows:
            if came_back(line_id, document_id, amount, by_rule[line_id]):
                self.book.reopen(document_id, amount, beside[document_id, change_id])
        every = defaultdict(list, {line_id: list(returns) for line_id, returns in by_rule.items()})
        for line_id, amount, part in returns_by_people(self.ledger).select("credit_id", "amount", "document_id").iter_rows():
            every[line_id].append((amount, part))
        for line_id, document_id, amount, *_ in self.done.claims:
            if line_id in every and came_back(line_id, document_id, amount, every[line_id]):
                self.book.reopen(document_id, amount)


def paid_amounts(settled: Settled, decided: pl.DataFrame) -> list[tuple[str, str, Decimal]]:
    """line_id, document_id, amount: what bank lines pay of sales invoices, by rule or as people decided."""
    parts = [(line_id, document_id, amount) for line_id, document_id, amount, *_ in settled.claims]
    rows = decided.select("source_id", "document_id", "amount").iter_rows()
    return parts + [row for row in rows if row[1] in settled.book.invoices]
