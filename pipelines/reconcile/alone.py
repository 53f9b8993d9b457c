"""The rules that may act without a person, each from a line and what speaks for it to one answer or none."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from models.money import ZERO
from models.settings import Settings
from pipelines.reconcile.book import Book, Line
from pipelines.reconcile.declared_payments import Fit
from pipelines.reconcile.differences import cents_of, discount_of, fee_of, is_instalment
from pipelines.reconcile.evidence import Evidence
from pipelines.reconcile.names import LIKELY, PART, SURE, Named
from pipelines.reconcile.payers import payer_words, pays_for_others
from pipelines.reconcile.readings import Numbered
from pipelines.reconcile.rules import DOUBTED
from pipelines.reconcile.spellings import BARE, FIRM
from pipelines.reconcile.sums import CHANCE, only_sum, sums_of
from pipelines.reconcile.ways import Candidate, fill

_MOST_OVER = Decimal("0.5")  # of what is owed: who pays more means other invoices too
_SOON = 20  # days between two payments of one amount that may be one paid twice
_REFUND = re.compile(r"\b(?:rembours|rembt|trop.per)", re.IGNORECASE)  # a supplier's, that quotes a number of his own
_PAYERS = ("alias", "iban")  # who pays is known, which says little of for whom
_BY_KIND = {"alias": "alias_and_amount", "iban": "iban_and_amount"}
_BY_LEVEL = {SURE: "name_and_amount", LIKELY: "likely_name_and_amount", PART: "part_of_name_and_amount"}


@dataclass(frozen=True)
class Rules:
    """The rules, over what invoices owe at this moment and what speaks for each line.

    Attributes:
        book: what is open. `evidence`: what speaks for each line.
        settings: the tolerances. `returned`: amounts that came back, by currency.
        paid: days on which a client paid an amount, so far.
        asking: lines of which it mattered whether an invoice of any other client owes that amount.
    """

    book: Book
    evidence: Evidence
    settings: Settings
    returned: Mapping[str, set[Decimal]] = field(default_factory=dict)
    paid: dict[tuple[str, Decimal], list[date]] = field(default_factory=lambda: defaultdict(list))
    asking: set[str] = field(default_factory=set)

    @property
    def cents(self) -> Decimal:
        """What a rule may leave open, or take too much, as if nothing were."""
        return cents_of(self.settings)

    def by_number(self, line: Line) -> Candidate | None:
        """The open invoices that the numbers in the label stand for, if they leave no doubt."""
        hits = [hit for hit in self.evidence.numbers_of(line) if hit.document_id in self.book.invoices]
        owed = self.book.open_for(line, [hit.document_id for hit in hits])
        if not owed:
            return None
        strength = {hit.document_id: hit.strength for hit in hits}
        chosen = self._exact_numbers(line, owed, strength)
        if not chosen:
            chosen = self._other_amount(line, owed, strength)
        return self._numbered(line, hits, chosen) if chosen else None

    def _numbered(self, line: Line, hits: list[Numbered], chosen: dict[str, Decimal]) -> Candidate:
        named = [hit for hit in hits if hit.document_id in chosen]
        is_reference = all(hit.kind == "reference" for hit in named) and len(named) == len(chosen)
        rule = "reference" if is_reference else "number" if len(named) == len(chosen) else "number_and_sum"
        return Candidate(rule, fill(chosen, line.amount), ", ".join(dict.fromkeys(hit.found for hit in named)))

    def _exact_numbers(self, line: Line, owed: dict[str, Decimal], strength: dict[str, int]) -> dict[str, Decimal]:
        """All the firm numbers, and so many of the others, that owe exactly the amount."""
        firm = [i for i in owed if strength[i] == FIRM]
        rest = line.amount - sum((owed[i] for i in firm), ZERO)
        more = () if firm and rest == 0 else only_sum([(i, part) for i, part in owed.items() if i not in firm], rest)
        if more is None:
            return {}
        chosen = {i: owed[i] for i in owed if i in firm or i in more}
        return chosen if self._is_sure(line, chosen, strength) else {}

    def _is_sure(self, line: Line, chosen: dict[str, Decimal], strength: dict[str, int]) -> bool:
        """Whether numbers that owe the exact amount stand for these invoices: firm ones, or no other client is named.

        A bare number needs more than a part of the client's name, or that no other invoice owes that amount and no stranger
        pays. A client whose whole name stands there and who owes that very amount makes any number doubtful.
        """
        clients = {self.book.invoices[i].client_id for i in chosen}
        names = self.evidence.names_of(line)
        rivals = {named.client_id for named in names if named.level == SURE and named.kind not in _PAYERS} - clients
        if any(self._client(i) in rivals for i in self.book.exact_for(line)):
            return False
        if all(strength[i] == FIRM for i in chosen):
            return True
        if len(clients) > 1:  # so many numbers and their exact sum: no chance, whoever pays
            return all(strength[i] != BARE for i in chosen)
        is_bare = any(strength[i] == BARE for i in chosen)
        if clients <= {named.client_id for named in names if named.level <= (LIKELY if is_bare else PART)}:
            return True
        if any(named.level == SURE and named.kind not in _PAYERS for named in names):
            return False
        self.asking.add(line.line_id)
        is_alone = self.book.exact_for(line) == list(chosen) and not self._is_from_stranger(line, next(iter(clients)))
        return is_alone or not is_bare

    def _other_amount(self, line: Line, owed: dict[str, Decimal], strength: dict[str, int]) -> dict[str, Decimal]:
        """A part of one numbered invoice, or more than the numbered ones owe, whose rest is the client's credit."""
        names = self.evidence.names_of(line)
        trusted = {named.client_id for named in names if named.level <= LIKELY}
        firm = {i: part for i, part in owed.items() if strength[i] == FIRM}
        loose = {i for i in owed if strength[i] != FIRM and strength[i] != BARE and self._client(i) in trusted}
        chosen = firm or ({i: owed[i] for i in loose} if len(loose) == 1 else {})
        clients = {self._client(i) for i in chosen}
        due = sum(chosen.values(), ZERO)
        if len(clients) != 1 or (trusted and not clients <= trusted) or _REFUND.search(line.label):
            return {}
        if (len(chosen) > 1 and line.amount < due - self.cents) or (line.amount > due and len(owed) > len(chosen)):
            return {}
        client_id = clients.pop()
        opened = self.book.open_of(line, client_id)
        if abs(line.amount - due) > self.cents and any(part == line.amount for i, part in opened.items() if i not in chosen):
            return {}  # the amount speaks for another invoice of the client: a slip in the number?
        if line.amount > due + self.cents:
            return self._with_others(line, chosen, opened)
        if trusted or due - line.amount <= self.cents:
            return chosen
        return chosen if self._is_usual_part(chosen, line.amount) and not self._is_from_stranger(line, client_id) else {}

    def _is_usual_part(self, chosen: dict[str, Decimal], amount: Decimal) -> bool:
        """Whether a part that no name confirms is one that payers pay: an instalment, or all less a discount or fee."""
        wholes = [self.book.invoices[i].amount for i in chosen]
        is_part = len(wholes) == 1 and is_instalment(wholes[0], amount, ())
        return is_part or bool(discount_of(chosen, amount, self.settings) or fee_of(chosen, amount, self.settings))

    def _is_from_stranger(self, line: Line, client_id: str) -> bool:
        """Whether the label names a payer who is not that client, and who may quote a number of his own."""
        is_named = any(named.client_id == client_id for named in self.evidence.names_of(line))
        return not is_named and bool(payer_words(line.label) or pays_for_others(line.label))

    def _with_others(self, line: Line, chosen: dict[str, Decimal], opened: dict[str, Decimal]) -> dict[str, Decimal]:
        """The numbered invoices with those of the client that make the rest; none if several could, or a stranger pays."""
        if self._is_from_stranger(line, self._client(next(iter(chosen)))):
            return {}
        others = {i: part for i, part in opened.items() if i not in chosen}
        rest = line.amount - sum(chosen.values(), ZERO)
        single = [i for i, part in others.items() if part == rest]
        sums = sums_of(others, rest, self.book.invoices, line.day)
        if not single and not sums.found:
            return chosen if rest <= sum(chosen.values(), ZERO) * _MOST_OVER else {}
        if len(single) + len(sums.found) > 1 or not sums.is_complete or sums.chance > CHANCE:
            return {}
        more = single or sums.found[0].document_ids
        return chosen | {i: others[i] for i in more}

    def _client(self, document_id: str) -> str:
        return self.book.invoices[document_id].client_id

    def _spoken(self, line: Line) -> set[str]:
        """The documents that the label numbers, without their letters only if their client is named too."""
        named = {name.client_id for name in self.evidence.names_of(line)}
        return {
            hit.document_id
            for hit in self.evidence.numbers_of(line)
            if hit.strength == FIRM or (hit.document_id in self.book.invoices and self._client(hit.document_id) in named)
        }

    def only_sure_names(self, line: Line) -> list[Named]:
        """The clients of whose name more than a part stands in the label."""
        return [named for named in self.evidence.names_of(line) if named.level <= LIKELY]

    def by_declared(self, fit: Fit) -> Candidate | None:
        """The invoices of which a payment that fits is declared, if the label names no other one.

        Without a date, whole invoices are found as open ones are, and another invoice of that very amount leaves a doubt.
        """
        line, payment, parts = fit.line, fit.payment, dict(fit.payment.parts)
        owed = self.book.open_for(line, parts)
        if any(owed.get(i, ZERO) < part for i, part in parts.items()) or self._spoken(line) - set(parts):
            return None
        is_dated = fit.is_sure and payment.is_dated
        if not is_dated and owed == parts:
            return None
        rivals = () if is_dated else (i for i in self.book.exact_for(line) if self._client(i) == fit.named.client_id)
        is_sure = fit.is_sure and not any(rivals)
        rule = "name_and_declared_sum" if len(parts) > 1 else "name_and_declared" if is_dated else "name_and_declared_undated"
        return Candidate(rule if is_sure else DOUBTED, payment.parts, fit.named.found)

    def by_name_and_amount(self, line: Line) -> Candidate | None:
        """The only open invoice of exactly that amount whose client is named in the label, which names no other invoice."""
        names = {named.client_id: named for named in self.evidence.names_of(line)}
        if not names:
            return None
        every = [i for i in self.book.exact_for(line) if self.book.invoices[i].issue_date <= line.day]
        exact = [i for i in every if self._client(i) in names]
        if len(exact) != 1 or self._spoken(line) - {exact[0]}:
            return None
        named = names[self._client(exact[0])]
        if named.level == PART:
            self.asking.add(line.line_id)
        if (named.level == PART and len(every) > 1) or self._may_be_twice(line, exact[0]):
            return None
        rule = _BY_KIND.get(named.kind) or _BY_LEVEL[named.level]
        return Candidate(rule, ((exact[0], line.amount),), named.found)

    def _may_be_twice(self, line: Line, document_id: str) -> bool:
        """Whether the client paid the same amount days ago, or it came back: then it may be for another invoice."""
        client_id = self._client(document_id)
        if line.amount in self.returned.get(line.currency, ()) and self.book.has_other(document_id, line.amount):
            return True
        is_early = self.book.invoices[document_id].due_date > line.day
        return is_early and any(abs((line.day - day).days) <= _SOON for day in self.paid.get((client_id, line.amount), ()))

    def by_name_and_sum(self, line: Line) -> Candidate | None:
        """The only open invoices of the only client named that make exactly that amount together, where chance hardly could."""
        for named, opened in self._only_client(line):
            sums = sums_of(opened, line.amount, self.book.invoices, line.day)
            if (
                len(sums.found) == 1
                and sums.is_complete
                and sums.chance <= CHANCE
                and self._spoken(line) <= set(sums.found[0].document_ids)
            ):
                owed = {i: opened[i] for i in sums.found[0].document_ids}
                return Candidate("name_and_sum", fill(owed, line.amount), named.found)
        return None

    def by_name_and_rounding(self, line: Line) -> Candidate | None:
        """The only open invoice of the only client named that owes that amount but for some cents."""
        for named, opened in self._only_client(line):
            near = {i: owed for i, owed in opened.items() if abs(owed - line.amount) <= self.cents}
            if len(near) == 1 and line.amount not in near.values() and self._spoken(line) <= set(near):
                return Candidate("name_and_rounding", fill(near, line.amount), named.found)
        return None

    def _only_client(self, line: Line) -> Iterator[tuple[Named, dict[str, Decimal]]]:
        """The client named, if there is one only and more than a part of its name stands there, with what it owes."""
        names = self.evidence.names_of(line)
        if len(names) == 1 and names[0].level <= LIKELY:
            yield names[0], self.book.open_of(line, names[0].client_id)
