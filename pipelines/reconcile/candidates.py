"""What a person may choose from where no rule acts alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from statistics import mean

from models.money import ZERO
from models.settings import Settings
from pipelines.reconcile.book import Book, Line
from pipelines.reconcile.differences import cents_of, discount_of, fee_of, is_instalment, is_rounding, rounding_of
from pipelines.reconcile.evidence import Evidence
from pipelines.reconcile.habits import Habits
from pipelines.reconcile.names import PART, Named
from pipelines.reconcile.paid_again import PaidAgain
from pipelines.reconcile.payouts import Payouts, is_of_several
from pipelines.reconcile.spellings import BARE, FIRM
from pipelines.reconcile.sums import sums_of
from pipelines.reconcile.ways import Candidate, Credits, Gaps, fill

MOST = 5
_MOST_SUMS = 2  # more that make the same amount say nothing


@dataclass
class Proposals:
    """Looks for the ways to settle a line, among what invoices owe once the rules have acted.

    Attributes:
        book: what is open. `evidence`: what speaks for each line.
        credits: open credit notes of each client with what is left of them.
        settings: the tolerances of small differences.
        again: the payments that came back, as far as nothing explains them.
        habits: when and in what parts clients pay.
    """

    book: Book
    evidence: Evidence
    credits: Mapping[str, list[tuple[str, Decimal]]]
    settings: Settings
    again: PaidAgain
    habits: Habits

    def __post_init__(self) -> None:
        self.payouts = Payouts(self.book)

    def of(self, line: Line) -> list[Candidate]:
        """The ways to settle a line, the surest first; among equals the invoice that the client would pay at that date."""
        found = [*self._by_numbers(line), *self.payouts.of(line), *self.again.of(line)]
        names = self.evidence.names_of(line)
        for named in names:
            found += self._by_client(line, named.client_id, named.found)
        hint = self.evidence.hints.get(line.line_id)
        if hint is not None:
            found += self._by_hint(line, hint)
        if (not names or (names[0].level == PART and not found)) and not is_of_several(line):
            found += self._by_amount(line)
        surest = {candidate.parts: candidate for candidate in sorted(found, key=lambda c: c.confidence)}
        return sorted(surest.values(), key=lambda candidate: self._order(line, candidate))[:MOST]

    def _order(self, line: Line, candidate: Candidate) -> tuple[float, float, list[int]]:
        invoices = [self.book.invoices[i] for i, _ in candidate.parts]
        delays = [abs((line.day - invoice.due_date).days - self.habits.delay_of(invoice.client_id)) for invoice in invoices]
        return -candidate.confidence, mean(delays), [self.book.place[i] for i, _ in candidate.parts]

    def _by_numbers(self, line: Line) -> Iterator[Candidate]:
        hits = [hit for hit in self.evidence.numbers_of(line) if hit.document_id in self.book.invoices]
        named = self.book.open_for(line, [hit.document_id for hit in hits])
        if not named:
            return
        words = ", ".join(dict.fromkeys(hit.found for hit in hits if hit.document_id in named))
        strength = {hit.document_id: hit.strength for hit in hits}
        firm = {i: owed for i, owed in named.items() if strength[i] == FIRM}
        for chosen in (firm, named) if firm and firm != named else (named,):
            yield from self._numbered(line, chosen, words, is_firm=chosen is firm or firm == named)
        for i, owed in named.items():
            if len(named) > 1 and owed == line.amount and strength[i] != BARE:
                yield Candidate("number_weak", ((i, owed),), words)

    def _numbered(self, line: Line, chosen: dict[str, Decimal], words: str, *, is_firm: bool) -> Iterator[Candidate]:
        due = sum(chosen.values(), ZERO)
        if due == line.amount:
            yield Candidate("number" if is_firm else "number_weak", fill(chosen, line.amount), words)
            return
        if gaps := rounding_of(chosen, line.amount, self.settings):
            yield _less("number_and_gap", chosen, words, gaps)
        yield from self._with_difference(line, chosen, words, "number_and_gap", "number_and_gap", "number_and_credit")
        yield Candidate("numbers_partial" if is_firm else "numbers_weak_partial", fill(chosen, line.amount), words)

    def _with_difference(
        self, line: Line, chosen: dict[str, Decimal], words: str, discount: str, fee: str, credit: str
    ) -> Iterator[Candidate]:
        """These invoices settled whole: less a discount, a bank fee or a credit note of their only client."""
        due = sum(chosen.values(), ZERO)
        found = discount_of(chosen, line.amount, self.settings), fee_of(chosen, line.amount, self.settings)
        for rule, gaps in zip((discount, fee), found, strict=True):
            if gaps:
                yield _less(rule, chosen, words, gaps)
        clients = {self.book.invoices[i].client_id for i in chosen}
        for note, left in self.credits.get(clients.pop(), ()) if len(clients) == 1 else ():
            if ZERO < left == due - line.amount:
                yield _less(credit, chosen, words, credits=_uses(note, left, chosen))

    def _by_client(self, line: Line, client_id: str, words: str) -> Iterator[Candidate]:
        opened = self.book.open_of(line, client_id)
        equal = [i for i, owed in opened.items() if owed == line.amount]
        yield from (Candidate("name_exact" if len(equal) == 1 else "name_twins", ((i, line.amount),), words) for i in equal)
        usual = line.day - timedelta(days=round(self.habits.delay_of(client_id)))
        sums = sums_of(opened, line.amount, self.book.invoices, usual).found
        for found in sums if len(sums) <= _MOST_SUMS else ():
            rule = "name_and_sum" if len(sums) == 1 else "name_and_sums"
            yield Candidate(rule, fill({i: opened[i] for i in found.document_ids}, line.amount), words)
        if not equal and not sums:
            yield from self._by_other_amount(line, client_id, opened, words)

    def _by_hint(self, line: Line, hint: Named) -> Iterator[Candidate]:
        """Invoices of the client for whom this payer paid once."""
        for candidate in self._by_client(line, hint.client_id, hint.found):
            if not candidate.gaps and not candidate.credits:
                yield replace(candidate, rule="alias_seen_once")

    def _by_other_amount(self, line: Line, client_id: str, opened: dict[str, Decimal], words: str) -> Iterator[Candidate]:
        shares = self.habits.shares_of(client_id)
        for i, owed in opened.items():
            if is_rounding(owed, line.amount, self.settings):
                rule = "name_and_rounding" if abs(owed - line.amount) <= cents_of(self.settings) else "name_near"
                gaps = rounding_of({i: owed}, line.amount, self.settings)
                yield Candidate(rule, ((i, min(owed, line.amount)),), words, gaps)
            yield from self._with_difference(line, {i: owed}, words, "name_and_discount", "name_less_fee", "name_less_credit")
            if line.amount < owed and is_instalment(self.book.invoices[i].amount, line.amount, shares):
                yield Candidate("name_instalment", ((i, line.amount),), words)
        for note, left in self.credits.get(client_id, ()):
            for found in sums_of(opened, line.amount + left, self.book.invoices, line.day).found[:1]:
                chosen = {i: opened[i] for i in found.document_ids}
                yield _less("name_less_credit", chosen, words, credits=_uses(note, left, chosen))
        if len(opened) == 1:
            yield Candidate("name_only_invoice", fill(opened, line.amount), words)

    def _by_amount(self, line: Line) -> Iterator[Candidate]:
        equal = self.book.exact_for(line)
        rule = "amount_only" if len(equal) == 1 else "amount_twins"
        return (Candidate(rule, ((i, line.amount),)) for i in equal)


def _uses(note: str, left: Decimal, chosen: dict[str, Decimal]) -> Credits:
    """A credit note given to the invoices, from the last one backwards."""
    uses = []
    for i, owed in reversed(chosen.items()):
        part = min(left, owed)
        if part > 0:
            uses.append((note, i, part))
        left -= part
    return tuple(reversed(uses))


def _less(rule: str, chosen: dict[str, Decimal], words: str, gaps: Gaps = (), credits: Credits = ()) -> Candidate:  # noqa: A002 -- the trade's word
    """The invoices settled whole, by the payment and what is taken off it."""
    off = {i: sum((a for j, a, _ in gaps if j == i), ZERO) + sum((a for _, j, a in credits if j == i), ZERO) for i in chosen}
    parts = tuple((i, owed - off[i]) for i, owed in chosen.items() if owed > off[i])
    return Candidate(rule, parts, words, gaps, credits)
