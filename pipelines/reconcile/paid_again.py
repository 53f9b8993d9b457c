"""Receipts that pay once more what a payment had paid which the bank took back, where nobody has said so of that payment.

The rules leave such a debit to a person where they doubt what came back: several payments fit, or a cheque came back and
none was cashed. The payment that follows says which one it was.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from pipelines.reconcile.book import Book, Line
from pipelines.reconcile.evidence import Evidence
from pipelines.reconcile.refunds import Receipt
from pipelines.reconcile.taking_back import Back
from pipelines.reconcile.ways import Candidate, Parts

_BACK = timedelta(days=60)  # between a payment and its return
_AGAIN = timedelta(days=90)  # between a return and the payment that makes up for it


@dataclass
class PaidAgain:
    """Looks for the payment that a receipt makes up for.

    Attributes:
        book: what is open. `evidence`: what speaks for each line.
        debits: returned payments that nothing explains, their amounts positive.
        receipts: what could have come back. `parts`: what each bank line gives to invoices.
        refused: (debit, receipt) pairs that a person took back.
        fee: what a bank keeps of a return at most.
    """

    book: Book
    evidence: Evidence
    debits: Sequence[Line]
    receipts: Iterable[Receipt]
    parts: Mapping[str, Sequence[tuple[str, Decimal]]]
    refused: frozenset[tuple[str, str]]
    fee: Decimal
    _paid: dict[tuple[str, Decimal], list[Receipt]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for receipt in self.receipts if self.debits else ():
            self._paid[receipt.currency, receipt.amount].append(receipt)

    def of(self, line: Line) -> Iterator[Candidate]:
        """The ways to settle a line as a payment made again: whose client or invoice it names, and the debit no other's."""
        for before in self._paid.get((line.currency, line.amount), ()):
            parts = self._parts(before)
            words = self._speaks(line, before, parts)
            is_refused = any((line.line_id, i) in self.book.refused for i, _ in parts)
            debits = [debit for debit in self.debits if self._is_between(before, debit, line)]
            if words and parts and debits and not is_refused:
                debit = max(debits, key=lambda d: (d.amount == line.amount, d.day))
                back = Back(before.line_id, "returned", before.amount, before.document_id)
                yield Candidate("paid_again", parts, words, returned=((debit.line_id, back),))

    def _parts(self, before: Receipt) -> Parts:
        """What the payment had given, if it was all of it."""
        given = self.parts.get(before.line_id, ())
        own = tuple((i, amount) for i, amount in given if before.document_id in (None, i))
        return own if sum(amount for _, amount in own) == before.amount else ()

    def _is_between(self, before: Receipt, debit: Line, line: Line) -> bool:
        """Whether this debit took the payment back before it was made again."""
        is_its = debit.currency == line.currency and line.amount <= debit.amount <= line.amount + self.fee
        is_then = timedelta(0) <= debit.day - before.day <= _BACK and timedelta(0) <= line.day - debit.day <= _AGAIN
        if not is_its or not is_then or before.line_id == line.line_id or (debit.line_id, before.line_id) in self.refused:
            return False
        is_anybodys = not self.evidence.names_of(debit) and not self.evidence.numbers_of(debit)
        return is_anybodys or bool(self._speaks(debit, before, self._parts(before)))

    def _speaks(self, line: Line, before: Receipt, parts: Parts) -> str:
        """The words of a label that name an invoice of that payment, or its client; "" if it names neither."""
        paid = {i for i, _ in parts}
        numbers = [hit.found for hit in self.evidence.numbers_of(line) if hit.document_id in paid]
        names = [named.found for named in self.evidence.names_of(line) if named.client_id == before.client_id]
        return ", ".join(dict.fromkeys([*numbers, *names]))
