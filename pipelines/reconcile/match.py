"""From evidence to decisions: what is allocated alone, what is proposed to a person, who a receipt comes from.

Automatic allocations are a function of all the facts and of people's decisions: lines are taken by booking date, those
that name an invoice before those that only name a client, and nothing remembers the order of the imports.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

from models.money import MONEY, ZERO
from pipelines.ledger import Ledger
from pipelines.reconcile.book import Line, book_of, returns_by_people
from pipelines.reconcile.candidates import Candidate, NameHits, NumberHits, candidates
from pipelines.reconcile.evidence import BARE, FIRM, WEAK, name_hits, number_hits
from pipelines.reconcile.labels import labels_of
from pipelines.reconcile.people import People
from pipelines.reconcile.refunds import Receipt, Refund, RefundFinder
from pipelines.reconcile.transfers import internal_transfers


@dataclass
class Matching:
    """What `match` concludes.

    Attributes:
        claims: (line_id, document_id, amount, rule, evidence) that need no person.
        attributions: line_id -> (client_id, rule) of receipts that pay nothing yet.
        refunds: debits that take a credit back.
        suggestions: line_id -> candidates, the best first.
        internal: line_ids of transfers between own accounts.
    """

    claims: list[tuple[str, str, Decimal, str, str]] = field(default_factory=list)
    attributions: dict[str, tuple[str, str]] = field(default_factory=dict)
    refunds: list[Refund] = field(default_factory=list)
    suggestions: dict[str, list[Candidate]] = field(default_factory=dict)
    internal: set[str] = field(default_factory=set)


def match(ledger: Ledger, people: People) -> Matching:
    """Match the bank lines that no person has settled with the sales invoices.

    Args:
        ledger: the facts; allocations that rules made before are ignored, people's are kept.
        people: what people said of lines besides.
    """
    return _Matcher(ledger, people).run()


class _Matcher:
    """One run: lines meet the book in order, by nature one after the other, since each payment changes what is owed."""

    def __init__(self, ledger: Ledger, people: People) -> None:
        self.ledger, self.people = ledger, people
        labels = labels_of(ledger.lines)
        sales = ledger.documents.filter(pl.col("direction") == "sale")
        is_kept = (pl.col("by") != "rule") | pl.col("source_id").is_in(list(people.held))
        self.decided = ledger.claims.filter((pl.col("source") == "bank") & is_kept)
        self.book = book_of(ledger, self.decided, people.refused)
        self.numbers: dict[str, NumberHits] = defaultdict(list)
        for line_id, *hit in number_hits(labels, sales).iter_rows():
            self.numbers[line_id].append((hit[0], hit[1], hit[2]))
        self.names: dict[str, NameHits] = defaultdict(list)
        for line_id, client_id, words in name_hits(labels, ledger.clients, own=ledger.settings.company_name).iter_rows():
            self.names[line_id].append((client_id, words))
        for line_id, client_id in people.clients.items():
            self.names[line_id] = [(client_id, "")]
        self.result = Matching(internal=internal_transfers(ledger.lines, labels))

    def run(self) -> Matching:
        """Allocate, find what came back, allocate what that reopened, and propose for the rest."""
        receipts, debits = self._lines()
        rest = self._settle([line for line in receipts if line.line_id not in self.people.held])
        self._attribute(receipts)
        self._find_refunds(debits)
        self._reopen_returned()
        rest = self._settle(rest)
        self.result.attributions.clear()
        self._attribute(receipts)
        by_amount = self.book.by_amount()
        waiting = {line.line_id for line in rest} | self.people.held
        for line in receipts:
            if line.line_id in waiting:
                found = candidates(line, self._hits(line), self.names.get(line.line_id, []), self.book, by_amount)
                if found:
                    self.result.suggestions[line.line_id] = found
        return self.result

    def _lines(self) -> tuple[list[Line], list[Line]]:
        """Receipts with what they can give, and debits with what they take, by booking date; settled ones left out."""
        by_people = pl.col("by_person").fill_null(value=False) & (pl.col("kind") == "refunded")
        refunded = self.ledger.refunds.filter(by_people).group_by("credit_id").agg(pl.col("amount").sum().cast(MONEY))
        back = dict(refunded.iter_rows())
        settled = set(self.decided["source_id"]) | self.result.internal
        rows = self.ledger.lines.sort("booking_date", "line_id").select("line_id", "booking_date", "amount", "currency", "label")
        lines = [Line(*row) for row in rows.iter_rows() if row[0] not in settled]
        given = [line._replace(amount=line.amount - back.get(line.line_id, ZERO)) for line in lines if line.amount > 0]
        debits = [line._replace(amount=-line.amount) for line in lines if line.amount < 0]
        return [line for line in given if line.amount > 0], debits

    def _hits(self, line: Line) -> NumberHits:
        """The invoices whose numbers the label holds; only the client's, if a person said which."""
        only = self.people.clients.get(line.line_id)
        invoices = self.book.invoices
        return [
            hit for hit in self.numbers.get(line.line_id, []) if hit[0] in invoices and only in (None, invoices[hit[0]].client_id)
        ]

    def _settle(self, lines: list[Line]) -> list[Line]:
        """Allocate what is safe, lines that name an invoice first; the lines that are left."""
        rest = [line for line in lines if not self._by_number(line)]
        return [line for line in rest if not self._by_name_and_amount(line)]

    def _take(self, line: Line, parts: dict[str, Decimal], rule: str, evidence: str) -> None:
        for document_id, amount in parts.items():
            self.book.pay(document_id, amount)
            self.result.claims.append((line.line_id, document_id, amount, rule, evidence))

    def _by_number(self, line: Line) -> bool:
        """The invoices that the label names: all of what they owe, or a part of a single one.

        Another amount than they owe needs one client, and not a label that names another.
        """
        hits = self._hits(line)
        named = {client_id for client_id, _ in self.names.get(line.line_id, [])}
        chosen = self._named_invoices(line, hits, named)
        if not chosen:
            return False
        owed = sum(chosen.values(), ZERO)
        clients = {self.book.invoices[i].client_id for i in chosen}
        is_other = bool(named) and not clients <= named
        if line.amount != owed and (len(clients) > 1 or is_other or (line.amount < owed and len(chosen) > 1)):
            return False
        parts = {i: min(line.amount, part) for i, part in chosen.items()}
        self._take(line, parts, "number", ", ".join(word for i, _, word in hits if i in chosen))
        return True

    def _named_invoices(self, line: Line, hits: NumberHits, named: set[str]) -> dict[str, Decimal]:
        """The open invoices that the numbers in the label stand for with what they owe, or none when they leave a doubt."""
        strength = {i: s for i, s, _ in hits}
        every = self.book.open_for(line, strength)
        clients = {self.book.invoices[i].client_id for i in every}
        if sum(every.values(), ZERO) == line.amount and len(clients) == 1 and self._is_sure(line, strength, every, named):
            return every
        firm = {i: owed for i, owed in every.items() if strength[i] == FIRM}
        weak = {i: owed for i, owed in every.items() if strength[i] == WEAK}
        if firm:
            # More money than the firm numbers owe, and others abbreviated beside them: a person must say.
            return {} if weak and line.amount > sum(firm.values(), ZERO) else firm
        return {i: owed for i, owed in weak.items() if self.book.invoices[i].client_id in named}

    def _is_sure(self, line: Line, strength: dict[str, int], exact: dict[str, Decimal], named: set[str]) -> bool:
        """Whether numbers that owe the exact amount stand for these invoices: firm ones, or no other client is named.

        A bare number beside no name is sure only if no other invoice owes that amount.
        """
        clients = {self.book.invoices[i].client_id for i in exact}
        if all(strength[i] == FIRM for i in exact) or clients <= named:
            return True
        if named:
            return False
        if all(strength[i] != BARE for i in exact):
            return True
        opened = self.book.open_for(line, self.book.by_amount().get((line.currency, line.amount), []))
        return len(exact) == 1 and [i for i, owed in opened.items() if owed == line.amount] == list(exact)

    def _by_name_and_amount(self, line: Line) -> bool:
        """The only open invoice of exactly that amount whose client is named in the label, which names no other invoice."""
        names = self.names.get(line.line_id, [])
        named = {client_id for client_id, _ in names}
        exact = [
            (i, words)
            for client_id, words in names
            for i, owed in self.book.open_for(line, self.book.of_client.get(client_id, [])).items()
            if owed == line.amount and self.book.invoices[i].issue_date <= line.day
        ]
        spoken = {i for i, s, _ in self._hits(line) if s == FIRM or (s == WEAK and self.book.invoices[i].client_id in named)}
        if len(exact) != 1 or spoken - {exact[0][0]}:
            return False
        self._take(line, {exact[0][0]: line.amount}, "name_and_amount", exact[0][1])
        return True

    def _attribute(self, receipts: list[Line]) -> None:
        """Who a receipt that pays nothing yet comes from: the only client that its label speaks of, by number or name."""
        paying = {line_id for line_id, *_ in self.result.claims}
        for line in receipts:
            if line.line_id in paying or line.line_id in self.people.unattributed:
                continue
            numbered = {self.book.invoices[i].client_id for i, s, _ in self._hits(line) if s == FIRM}
            spoken = numbered | {client_id for client_id, _ in self.names.get(line.line_id, [])}
            if len(spoken) == 1:
                self.result.attributions[line.line_id] = (spoken.pop(), "number" if numbered else "name")

    def _find_refunds(self, debits: list[Line]) -> None:
        finder = RefundFinder(self.ledger, self.book, self._receipts(), self.people.not_refunds)
        for debit in debits:
            found = finder.find(debit, self.numbers.get(debit.line_id, []), self.names.get(debit.line_id, []))
            if found is not None:
                self.result.refunds.append(found)

    def _receipts(self) -> list[Receipt]:
        """Bank credits of one known client, by what they pay or what they say, whoever said so."""
        clients: dict[str, set[str]] = defaultdict(set)
        paid: dict[str, set[str]] = defaultdict(set)
        for line_id, document_id in self._paid_parts():
            clients[line_id].add(self.book.invoices[document_id].client_id)
            paid[line_id].add(self.book.invoices[document_id].number)
        known = {line_id: client for line_id, (client, _) in self.result.attributions.items()} | dict(self.people.clients)
        rows = self.ledger.lines.filter(pl.col("amount") > 0).select("line_id", "booking_date", "amount", "currency")
        found = []
        for line_id, day, amount, currency in rows.iter_rows():
            of_line = clients.get(line_id) or {known[line_id]} if line_id in known or line_id in clients else set()
            if len(of_line) == 1:
                found.append(Receipt(line_id, day, amount, currency, next(iter(of_line)), frozenset(paid[line_id])))
        return found

    def _paid_parts(self) -> list[tuple[str, str]]:
        parts = [(line_id, document_id) for line_id, document_id, *_ in self.result.claims]
        decided = self.decided.select("source_id", "document_id").iter_rows()
        return parts + [(line_id, document_id) for line_id, document_id in decided if document_id in self.book.invoices]

    def _reopen_returned(self) -> None:
        """An invoice whose payment was returned owes again, so that a later payment finds it."""
        by_rule = {refund.credit_id for refund in self.result.refunds if refund.kind == "returned"}
        decided = self.decided.filter(pl.col("source_id").is_in(list(by_rule))).select("document_id", "amount")
        for document_id, amount in decided.iter_rows():
            self.book.reopen(document_id, amount)
        by_people = dict(returns_by_people(self.ledger).select("credit_id", "amount").iter_rows())
        wholes = dict(self.ledger.lines.select("line_id", "amount").iter_rows())
        for line_id, document_id, amount, *_ in self.result.claims:
            back = by_people.get(line_id)
            if line_id in by_rule or (back is not None and back in (wholes[line_id], amount)):
                self.book.reopen(document_id, amount)
