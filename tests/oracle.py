"""Every figure of the receivables, by naive loops over plain facts: what the pipelines are tested against.

Written from the definitions alone. It knows no frame, no store and no pipeline; where speed and clarity disagree, clarity
wins. Amounts are Decimal, ratios are Fractions until the end, days are calendar dates.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

Day: TypeAlias = date  # a field called `date` hides the type inside its class
ZERO = Decimal("0.00")
ONE_DAY = timedelta(days=1)
BUCKETS = ("not_due", "1_30", "31_60", "61_90", "over_90")
RANKS = {"credit_note": 0, "bank": 1, "declared": 2, "write_off": 3}


@dataclass(frozen=True)
class Statement:
    """What one export of the invoicing tool said of an invoice's payment, cumulative, on the day of its import."""

    known_on: Day
    paid_amount: Decimal | None = None
    paid_date: Day | None = None
    amount_due: Decimal | None = None
    is_paid: bool = False


@dataclass(frozen=True)
class Document:
    """A sales document; the amount is positive, the kind (invoice, deposit, credit_note) carries the sign."""

    number: str
    kind: str
    client: str
    issue: Day
    due: Day
    amount: Decimal
    currency: str = "EUR"
    linked: str | None = None
    statements: tuple[Statement, ...] = ()
    is_disputed: bool = False
    sending: str = "silent"  # said | silent | unsent
    sent_date: Day | None = None


@dataclass(frozen=True)
class BankLine:
    """A movement of a bank account; `client` is whose the part is that no invoice takes, if that is known."""

    id: str
    date: Day
    amount: Decimal
    client: str | None = None
    currency: str = "EUR"


@dataclass(frozen=True)
class Match:
    """A part of a bank line that a rule or a person gives to an invoice."""

    id: str
    line: str
    invoice: str
    amount: Decimal
    reversed_on: Day | None = None
    rule: str = "person"


@dataclass(frozen=True)
class StoredReceipt:
    """Money that a ledger or a person says a client paid; a negative amount went back to the client."""

    id: str
    date: Day
    amount: Decimal
    client: str
    currency: str = "EUR"


@dataclass(frozen=True)
class ReceiptUse:
    """A part of a stored receipt that a ledger or a person gives to an invoice."""

    id: str
    receipt: str
    invoice: str
    amount: Decimal


@dataclass(frozen=True)
class CreditUse:
    """A part of a credit note that a person gives to an invoice."""

    id: str
    credit_note: str
    invoice: str
    amount: Decimal
    date: Day


@dataclass(frozen=True)
class WriteOff:
    """What a person gives up of an invoice: loss, rounding, bank_fee or discount."""

    id: str
    invoice: str
    amount: Decimal
    date: Day
    reason: str


@dataclass(frozen=True)
class Refund:
    """Money that went back to a client: a payment that was returned, or a credit that was refunded."""

    date: Day
    credit: str  # the bank line's id or the credit note's number
    amount: Decimal
    kind: str  # returned | refunded
    client: str


@dataclass(frozen=True)
class Mark:
    """A person's dated word on an invoice or on a client (one of the two is None)."""

    what: str  # disputed | doubtful | insolvency | sent, others are without effect here
    invoice: str | None
    client: str | None
    is_set: bool
    on_date: Day


@dataclass(frozen=True)
class Facts:
    """All that is known of a company's sales ledger. Marks stand in the order in which they were made."""

    documents: tuple[Document, ...] = ()
    lines: tuple[BankLine, ...] = ()
    matches: tuple[Match, ...] = ()
    credit_uses: tuple[CreditUse, ...] = ()
    write_offs: tuple[WriteOff, ...] = ()
    refunds: tuple[Refund, ...] = ()
    marks: tuple[Mark, ...] = ()
    stored: tuple[StoredReceipt, ...] = ()
    receipt_uses: tuple[ReceiptUse, ...] = ()


@dataclass(frozen=True)
class Claim:
    """An amount that a source would give to an invoice, before it meets the others."""

    id: str
    source: str  # bank | credit_note | declared | write_off
    source_id: str
    invoice: str
    amount: Decimal
    date: Day
    counts_from: Day
    reversed_on: Day | None = None
    is_dated: bool = True
    is_linked: bool = False
    reason: str | None = None

    def counts(self, day: Day) -> bool:
        """Whether it counts at the end of that day."""
        return self.counts_from <= day and (self.reversed_on is None or day < self.reversed_on)

    def order(self) -> tuple[Day, int, str, str]:
        """Which of an invoice's sources come first."""
        return (self.date, RANKS[self.source], self.source_id, self.id)


@dataclass(frozen=True)
class Receipt:
    """Money known to come from a client: its part of a bank line, or what no bank line proves of a declared payment."""

    source: str
    source_id: str
    client: str
    date: Day
    amount: Decimal
    currency: str
    reversed_on: Day | None = None


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Their sum, 0.00 if there are none."""
    return sum(amounts, ZERO)


def ratio(part: Decimal | Fraction, whole: Decimal | Fraction, times: int = 1) -> float | None:
    """`part / whole * times`, None where the divisor is zero or negative."""
    return float(Fraction(part) / Fraction(whole) * times) if whole > 0 else None


def bucket(days_late: int) -> str:
    """The ageing bucket of an amount that is so many days late."""
    for name, last in zip(BUCKETS, (0, 30, 60, 90), strict=False):
        if days_late <= last:
            return name
    return BUCKETS[-1]


def stated_paid(document: Document, statement: Statement, credits_by_then: Decimal) -> Decimal | None:
    """The payment that a statement declares, cumulative; None if it says nothing of payment.

    `paid_amount` wins. From `amount_due`, or from 0 where only the status says paid, the linked credit notes come off.
    """
    if statement.paid_amount is not None:
        return statement.paid_amount
    due = ZERO if statement.amount_due is None and statement.is_paid else statement.amount_due
    return None if due is None else max(ZERO, document.amount - credits_by_then - due)


def declared_claims(document: Document, linked: Sequence[Document]) -> list[Claim]:
    """The declared payments of an invoice, one claim per slice, or per part of a slice with another end.

    More paid than before is a new slice; less takes the difference off the slices stated last, from the day of that import.
    """
    standing: list[Claim] = []
    ended: list[Claim] = []
    stated = ZERO
    for number, statement in enumerate(sorted(document.statements, key=lambda s: s.known_on)):
        target = stated_paid(document, statement, total(c.amount for c in linked if c.issue <= statement.known_on))
        if target is None:
            continue
        if target > stated:
            paid_on = statement.paid_date or statement.known_on
            name = f"{document.number}#{number:03}"
            counts_from = max(paid_on, document.issue)
            is_dated = statement.paid_date is not None
            standing.append(Claim(name, "declared", name, document.number, target - stated, paid_on, counts_from, None, is_dated))
        excess = max(ZERO, stated - target)
        for place in reversed(range(len(standing))):
            part = min(standing[place].amount, excess)
            excess -= part
            if part > 0:
                name = f"{standing[place].id}-{number:03}"
                ended.append(replace(standing[place], id=name, source_id=name, amount=part, reversed_on=statement.known_on))
                standing[place] = replace(standing[place], amount=standing[place].amount - part)
        stated = target
    return [claim for claim in [*standing, *ended] if claim.amount > 0]


class Books:
    """The facts with their allocations worked out; every method answers for the end of a day."""

    def __init__(self, facts: Facts) -> None:
        """Works out all claims: first what is declared, then what bank lines prove of it, then everything together."""
        self.facts = facts
        self.documents = {document.number: document for document in facts.documents}
        self.lines = {line.id: line for line in facts.lines}
        others = [*self._credit_note_claims(), *self._write_off_claims()]
        bank = self._bank_claims()
        self.stands_for = self._stands_for()
        uses = self._receipt_claims()
        declared = [c for d in self.owing() for c in declared_claims(d, self._linked_notes(d))]
        # First stored receipts stand for what the invoicing tool declares, then bank lines for both.
        said = self._ever([*others, *declared])
        by_receipts = self._proven(declared, uses, said)
        left = [replace(c, amount=said[c.id] - by_receipts[c.id]) for c in declared] if uses else declared
        left = [c for c in left if c.amount > 0]
        held = self._ever([*others, *left, *uses])
        by_lines = self._proven([*left, *uses], bank, held)
        self.proven = {c.id: by_receipts.get(c.id, ZERO) + by_lines.get(c.id, ZERO) for c in [*declared, *uses]}
        unproven = [replace(c, amount=held[c.id] - by_lines[c.id]) for c in [*left, *uses]]
        self.declared = declared
        self.uses = uses
        self.claims = [*others, *bank, *(c for c in unproven if c.amount > 0)]
        self.ever = self._ever(self.claims)

    # -- claims ------------------------------------------------------------------------------------------------------

    def owing(self) -> list[Document]:
        """Invoices and deposit invoices: what a client can owe."""
        return [d for d in self.facts.documents if d.kind != "credit_note"]

    def linked_to(self, note: Document) -> str | None:
        """The invoice that a credit note names, if it is one of the same client and currency."""
        target = self.documents.get(note.linked) if note.kind == "credit_note" and note.linked is not None else None
        if target is None or target.kind == "credit_note" or (target.client, target.currency) != (note.client, note.currency):
            return None
        return target.number

    def _linked_notes(self, document: Document) -> list[Document]:
        return [note for note in self.facts.documents if self.linked_to(note) == document.number]

    def _credit_note_claims(self) -> list[Claim]:
        claims = []
        for note in self.facts.documents:
            number = self.linked_to(note)
            if number is not None:
                start = max(note.issue, self.documents[number].issue)
                name = f"link:{note.number}"
                claims.append(Claim(name, "credit_note", note.number, number, note.amount, note.issue, start, is_linked=True))
        for use in self.facts.credit_uses:
            day = max(use.date, self.documents[use.credit_note].issue)
            start = max(day, self.documents[use.invoice].issue)
            claims.append(Claim(f"use:{use.id}", "credit_note", use.credit_note, use.invoice, use.amount, day, start))
        return claims

    def _bank_claims(self) -> list[Claim]:
        claims = []
        for match in self.facts.matches:
            day, name = self.lines[match.line].date, f"match:{match.id}"
            start = max(day, self.documents[match.invoice].issue)
            claims.append(Claim(name, "bank", match.line, match.invoice, match.amount, day, start, match.reversed_on))
        return claims

    def _write_off_claims(self) -> list[Claim]:
        claims = []
        for w in self.facts.write_offs:
            start = max(w.date, self.documents[w.invoice].issue)
            claims.append(Claim(f"off:{w.id}", "write_off", w.id, w.invoice, w.amount, w.date, start, reason=w.reason))
        return claims

    def _stands_for(self) -> dict[str, str]:
        """The bank movement that stands for each stored receipt: its client's whole movement of that amount within ten days.

        The nearest days pair first, then the earliest receipt, then the earliest movement.
        """
        moves: list[tuple[Day, str, str, Decimal, str]] = []
        for line in self.facts.lines:
            for client, amount in self._line_parts(line).items():
                if amount == line.amount and amount > 0:
                    moves.append((line.date, line.id, client, amount, line.currency))
        for place, refund in enumerate(self.facts.refunds):
            credit = self.lines.get(refund.credit) or self.documents[refund.credit]
            moves.append((refund.date, f"debit-{place}", refund.client, -refund.amount, credit.currency))
        near = []
        for receipt in self.facts.stored:
            for day, move, *what in moves:
                gap = abs((day - receipt.date).days)
                if what == [receipt.client, receipt.amount, receipt.currency] and gap <= 10:
                    near.append((gap, receipt.date, receipt.id, day, move))
        found: dict[str, str] = {}
        for *_, receipt_id, _, move in sorted(near):
            if receipt_id not in found and move not in found.values():
                found[receipt_id] = move
        return found

    def _line_parts(self, line: BankLine) -> dict[str, Decimal]:
        """What of a bank credit is known to come from each client."""
        parts: dict[str, Decimal] = {}
        for match in self.facts.matches:
            if match.line == line.id:
                client = self.documents[match.invoice].client
                parts[client] = parts.get(client, ZERO) + match.amount
        if line.client is not None:
            parts[line.client] = parts.get(line.client, ZERO) + line.amount - total(parts.values())
        return parts

    def _receipt_claims(self) -> list[Claim]:
        """What stored receipts give; where a bank line stands for one, the line gives it, for as much as it has free."""
        receipts = {r.id: r for r in self.facts.stored}
        free: dict[str, Decimal] = {}
        for line in self.facts.lines:
            went_back = any(r.credit == line.id for r in self.facts.refunds)
            given = total(m.amount for m in self.facts.matches if m.line == line.id)
            free[line.id] = ZERO if went_back else line.amount - given
        claims = []
        for use in sorted(self.facts.receipt_uses, key=lambda u: u.id):
            receipt, amount = receipts[use.receipt], use.amount
            day, source = receipt.date, receipt.id
            if use.receipt in self.stands_for:
                source = self.stands_for[use.receipt]
                day, amount = self.lines[source].date, min(amount, free[source])
                free[source] -= amount
            start = max(day, self.documents[use.invoice].issue)
            if amount > 0:
                claims.append(Claim(use.id, "declared", source, use.invoice, amount, day, start))
        return claims

    def _proven(self, declared: list[Claim], bank: list[Claim], held: dict[str, Decimal]) -> dict[str, Decimal]:
        """What bank lines prove of each declared slice: oldest slice first, in a slice what stood longest first.

        A returned bank line proves too: the declared payment was that line, and went back with it.
        """
        proven: dict[str, Decimal] = {}
        for document in self.owing():
            proof = total(c.amount for c in bank if c.invoice == document.number)
            mine = [c for c in declared if c.invoice == document.number]
            mine.sort(key=lambda c: c.reversed_on or date.max, reverse=True)
            mine.sort(key=lambda c: (c.date, c.id.rsplit("-", 1)[0] if c.reversed_on else c.id))
            for claim in mine:
                proven[claim.id] = min(held[claim.id], proof)
                proof -= proven[claim.id]
        return proven

    def _ever(self, claims: list[Claim]) -> dict[str, Decimal]:
        """The most that each claim takes of its invoice on any day."""
        days = {c.counts_from for c in claims} | {c.reversed_on for c in claims if c.reversed_on}
        days |= {u.date for u in self.facts.credit_uses} | {r.date for r in self.facts.refunds}
        ever = {c.id: ZERO for c in claims}
        for day in days:
            for claim in self._applied(claims, day):
                ever[claim.id] = max(ever[claim.id], claim.amount)
        return ever

    def _applied(self, claims: list[Claim], day: date) -> list[Claim]:
        """The claims that count that day, each with the amount that it takes: no invoice and no source gives more than it has."""
        room = {d.number: d.amount for d in self.facts.documents}
        left: dict[tuple[str, str], Decimal] = {}
        taken = []
        for claim in sorted(claims, key=Claim.order):
            if not claim.counts(day):
                continue
            key = (claim.source, claim.source_id)
            available = left.setdefault(key, self._available(claim, day))
            if claim.is_linked:  # what a person gave to other invoices is theirs
                available -= total(u.amount for u in self.facts.credit_uses if u.credit_note == claim.source_id and u.date <= day)
            amount = min(claim.amount, room[claim.invoice], available)
            if amount > 0:
                room[claim.invoice] -= amount
                left[key] -= amount
                taken.append(replace(claim, amount=amount))
        return taken

    def _available(self, claim: Claim, day: date) -> Decimal:
        if claim.source == "bank":
            return self.lines[claim.source_id].amount - self.given_back(claim.source_id, day)
        if claim.source == "credit_note":
            return self.documents[claim.source_id].amount - self.given_back(claim.source_id, day)
        if claim.source == "declared" and claim.source_id in self.lines:
            return self.lines[claim.source_id].amount
        stored = {r.id: r.amount for r in self.facts.stored}
        return stored.get(claim.source_id, claim.amount)

    # -- amounts on a day --------------------------------------------------------------------------------------------

    def allocations(self, day: date) -> list[Claim]:
        """What counts that day, in the order in which it applies; `amount` is what the invoice takes of it."""
        return self._applied(self.claims, day)

    def given_back(self, credit: str, day: date, client: str | None = None) -> Decimal:
        """What was returned or refunded of a bank line or credit note by that day, to one client or to all."""
        return total(r.amount for r in self.facts.refunds if r.credit == credit and r.date <= day and client in (None, r.client))

    def issued(self, day: date, currency: str) -> list[Document]:
        """The invoices and deposits of a currency that exist that day."""
        return [d for d in self.owing() if d.issue <= day and d.currency == currency]

    def outstanding_by_invoice(self, day: date) -> dict[str, Decimal]:
        """What is still owed on each invoice and deposit issued by that day, all currencies."""
        owed = {d.number: d.amount for d in self.owing() if d.issue <= day}
        for allocation in self.allocations(day):
            owed[allocation.invoice] -= allocation.amount
        return owed

    def outstanding(self, number: str, day: date) -> Decimal:
        """What is still owed on an invoice; 0.00 before its issue."""
        return self.outstanding_by_invoice(day).get(number, ZERO)

    def ageing(self, day: date, currency: str, client: str | None = None) -> dict[str, Decimal]:
        """The outstanding amounts by bucket, of one client or of all."""
        owed = self.outstanding_by_invoice(day)
        buckets = dict.fromkeys(BUCKETS, ZERO)
        for document in self.issued(day, currency):
            if client in (None, document.client):
                buckets[bucket((day - document.due).days)] += owed[document.number]
        return buckets

    def gross_outstanding(self, day: date, currency: str) -> Decimal:
        """What all invoices leave to pay."""
        return total(self.ageing(day, currency).values())

    def receipts(self) -> list[Receipt]:
        """All receipts of known clients, of every day: one per bank line and client, one per slice of a declared payment."""
        receipts = []
        for line in self.facts.lines:
            parts: dict[str, Decimal] = {}
            for claim in self.claims:
                if claim.source == "bank" and claim.source_id == line.id:
                    client = self.documents[claim.invoice].client
                    parts[client] = parts.get(client, ZERO) + claim.amount
            if line.client is not None:
                parts[line.client] = parts.get(line.client, ZERO) + line.amount - total(parts.values())
            receipts += [Receipt("bank", line.id, c, line.date, a, line.currency) for c, a in parts.items() if a > 0]
        for claim in self.declared:
            document = self.documents[claim.invoice]
            amount = claim.amount - self.proven[claim.id]
            if amount > 0 and (claim.reversed_on is None or claim.date < claim.reversed_on):
                receipts.append(
                    Receipt("declared", claim.id, document.client, claim.date, amount, document.currency, claim.reversed_on)
                )
        for stored in self.facts.stored:
            proven = total(self.proven[c.id] for c in self.uses if c.source_id == stored.id)
            if stored.id not in self.stands_for and stored.amount - proven != 0:
                amount = stored.amount - proven
                receipts.append(Receipt("declared", stored.id, stored.client, stored.date, amount, stored.currency))
        return receipts

    def credits(self, day: date, currency: str) -> list[tuple[str, str, Decimal]]:
        """What of each credit is not used that day: (credit note's number, line's or slice's id; client; amount)."""
        taken: dict[tuple[str, str], Decimal] = {}
        for a in self.allocations(day):
            key = (a.source_id, self.documents[a.invoice].client)
            taken[key] = taken.get(key, ZERO) + a.amount
        rows = []
        for note in self.facts.documents:
            if note.kind == "credit_note" and note.issue <= day and note.currency == currency:
                used = total(amount for (source, _), amount in taken.items() if source == note.number)
                rows.append((note.number, note.client, note.amount - used - self.given_back(note.number, day)))
        for receipt in self.receipts():
            has_end = receipt.reversed_on is not None and receipt.reversed_on <= day
            if receipt.date <= day and receipt.currency == currency and not has_end:
                used = taken.get((receipt.source_id, receipt.client), ZERO)
                back = self.given_back(receipt.source_id, day, receipt.client)
                rows.append((receipt.source_id, receipt.client, receipt.amount - used - back))
        return rows

    def open_credits(self, day: date, currency: str, client: str | None = None) -> Decimal:
        """Credit notes and receipts less what of them is allocated or went back, of one client or of all."""
        return total(amount for _, owner, amount in self.credits(day, currency) if client in (None, owner))

    def receivables(self, day: date, currency: str) -> Decimal:
        """What all clients owe, net of their open credits."""
        return self.gross_outstanding(day, currency) - self.open_credits(day, currency)

    # -- words of people ---------------------------------------------------------------------------------------------

    def decision(self, document: Document, day: date, *whats: str) -> bool | None:
        """The last word on an invoice, else on its client; None if nobody said anything by that day.

        The insolvency of a client speaks of the invoices issued on or before its opening only.
        """
        said: dict[str, tuple[date, bool]] = {}
        for mark in self.facts.marks:
            if mark.what not in whats or mark.on_date > day or (mark.what == "insolvency" and document.issue > mark.on_date):
                continue
            of_invoice = mark.invoice == document.number
            if of_invoice or (mark.invoice is None and mark.client == document.client):
                level = "invoice" if of_invoice else "client"
                if level not in said or said[level][0] <= mark.on_date:
                    said[level] = (mark.on_date, mark.is_set)
        for level in ("invoice", "client"):
            if level in said:
                return said[level][1]
        return None

    def is_doubtful(self, document: Document, day: date, threshold: int = 90) -> bool:
        """A person's decision, else whether it is more than `threshold` days late."""
        decided = self.decision(document, day, "doubtful", "insolvency")
        return (day - document.due).days > threshold if decided is None else decided

    def is_disputed(self, document: Document, day: date) -> bool:
        """A person's word, else the file's."""
        decided = self.decision(document, day, "disputed")
        return document.is_disputed if decided is None else decided

    def is_unsent(self, document: Document, day: date) -> bool:
        """Whether the file says that it was not sent by that day, and nobody said otherwise."""
        if self.decision(document, day, "sent"):
            return False
        return document.sending == "unsent" or (document.sent_date is not None and document.sent_date > day)

    def status(self, document: Document, day: date) -> str:
        """The first status of the table that applies."""
        if document.kind == "credit_note":
            left = total(a for name, _, a in self.credits(day, document.currency) if name == document.number)
            return "open_credit" if left > 0 else "used"
        taken = [a for a in self.allocations(day) if a.invoice == document.number]
        only_notes = bool(taken) and all(a.source == "credit_note" for a in taken)
        late = (day - document.due).days
        if document.amount == total(a.amount for a in taken):
            lost = bool(taken) and taken[-1].source == "write_off" and taken[-1].reason == "loss"
            return "credited" if only_notes else "written_off" if lost else "paid"
        if taken:
            return "partly_credited" if only_notes else "partly_paid"
        if self.is_unsent(document, day):
            return "unsent"
        return "late" if late > 0 else "due_today" if late == 0 else "sent"

    # -- periods -----------------------------------------------------------------------------------------------------

    def invoiced(self, start: date, end: date, currency: str) -> Decimal:
        """Invoices and deposits issued in the period."""
        return total(d.amount for d in self.issued(end, currency) if start <= d.issue)

    def sales(self, start: date, end: date, currency: str) -> Decimal:
        """Invoices and deposits less credit notes issued in the period, VAT included."""
        notes = [d for d in self.facts.documents if d.kind == "credit_note" and d.currency == currency]
        return self.invoiced(start, end, currency) - total(n.amount for n in notes if start <= n.issue <= end)

    def collected(self, start: date, end: date, currency: str) -> Decimal:
        """Receipts of the period less what went back in it; a declared payment taken back is one on the day of that import."""
        amount = ZERO
        for receipt in self.receipts():
            if receipt.currency == currency:
                amount += receipt.amount if start <= receipt.date <= end else ZERO
                amount -= receipt.amount if receipt.reversed_on and start <= receipt.reversed_on <= end else ZERO
        for refund in self.facts.refunds:
            credit = self.lines.get(refund.credit) or self.documents[refund.credit]
            amount -= refund.amount if credit.currency == currency and start <= refund.date <= end else ZERO
        return amount

    def dso_countback(self, day: date, currency: str) -> float | None:
        """The days of the last months whose sales make up the receivables."""
        left = Fraction(self.receivables(day, currency))
        first = min((d.issue for d in self.facts.documents if d.currency == currency and d.issue <= day), default=date.max)
        days = Fraction(0)
        end = day
        while left > 0:
            if end < first.replace(day=1):
                return None
            start = end.replace(day=1)
            length = (end - start).days + 1
            sold = Fraction(self.sales(start, end, currency))
            if 0 < sold <= left or sold <= 0:
                days += length
                left -= max(sold, Fraction(0))
            else:
                days += left / sold * length
                left = Fraction(0)
            end = start - ONE_DAY
        return float(days)

    def average_days(self, start: date, end: date, currency: str, since: str) -> float | None:
        """The days from `since` (issue or due) to payment, weighted by what was paid in the period and stands at its end."""
        paid, weighted = ZERO, Fraction(0)
        for a in self.allocations(end):
            document = self.documents[a.invoice]
            is_payment = a.source in ("bank", "declared") and a.is_dated and document.currency == currency
            if is_payment and start <= a.counts_from:
                paid += a.amount
                weighted += Fraction(a.amount) * (a.counts_from - (document.issue if since == "issue" else document.due)).days
        return ratio(weighted, paid)

    def unpaid_30(self, start: date, end: date, currency: str) -> tuple[float | None, float | None]:
        """The part of what fell due that was still open 30 days after, in % by amount and by number of invoices."""
        asked, unpaid, number, open_number = ZERO, ZERO, 0, 0
        owed = self.outstanding_by_invoice(end)
        for document in self.issued(end, currency):
            day = document.due + timedelta(days=30)
            payments = [a for a in self.allocations(end) if a.invoice == document.number and a.source in ("bank", "declared")]
            is_date_unknown = owed[document.number] == 0 and bool(payments) and not any(a.is_dated for a in payments)
            if start <= day <= end and not is_date_unknown:
                open_amount = self.outstanding(document.number, day)
                asked, unpaid = asked + document.amount, unpaid + open_amount
                number, open_number = number + 1, open_number + (open_amount > 0)
        return ratio(unpaid, asked, 100), ratio(Fraction(open_number), Fraction(number), 100)

    def collection_effectiveness(self, start: date, end: date, currency: str) -> float | None:
        """What was collected of what could be, in %."""
        notes = [a for a in self.allocations(end) if a.source == "credit_note" and self.documents[a.invoice].currency == currency]
        added = self.invoiced(start, end, currency) - total(a.amount for a in notes if start <= a.counts_from)
        owed = self.gross_outstanding(start - ONE_DAY, currency) + added
        return ratio(owed - self.gross_outstanding(end, currency), owed - self.ageing(end, currency)["not_due"], 100)

    def currencies(self, day: date) -> list[str]:
        """The currencies that have a sales document or a receipt of a known client by that day."""
        of_documents = {d.currency for d in self.facts.documents if d.issue <= day}
        return sorted(of_documents | {r.currency for r in self.receipts() if r.date <= day})


def kpis(facts: Facts, as_of: date, from_: date | None = None, currency: str = "EUR") -> dict[str, object]:
    """Every figure of a currency at `as_of`: amounts Decimal, counts int, ratios float or None, dates as dates.

    The period starts at `from_`, by default 364 days before `as_of`, but not before the first invoice.
    """
    books = Books(facts)
    issued = books.issued(as_of, currency)
    start = max([from_ or as_of - timedelta(days=364), *([min(d.issue for d in issued)] if issued else [])])
    days = (as_of - start).days + 1
    owed = books.outstanding_by_invoice(as_of)
    ageing = books.ageing(as_of, currency)
    gross, receivables = total(ageing.values()), books.receivables(as_of, currency)
    sales = books.sales(start, as_of, currency)
    overdue = gross - ageing["not_due"]
    doubtful = total(owed[d.number] for d in issued if books.is_doubtful(d, as_of))
    mean = (Fraction(books.receivables(start - ONE_DAY, currency)) + Fraction(receivables)) / 2
    unpaid, unpaid_count = books.unpaid_30(start, as_of, currency)
    return {
        "as_of": as_of,
        "from": start,
        "days": days,
        "currency": currency,
        "gross_outstanding": gross,
        "open_credits": books.open_credits(as_of, currency),
        "receivables": receivables,
        "ageing": ageing,
        "overdue": overdue,
        "over_90": ageing["over_90"],
        "late_invoices": sum(1 for d in issued if owed[d.number] > 0 and as_of > d.due),
        "sales": sales,
        "collected": books.collected(start, as_of, currency),
        "dso": ratio(receivables, sales, days),
        "best_possible_dso": ratio(ageing["not_due"], sales, days),
        "average_days_delinquent": ratio(overdue, sales, days),
        "dso_countback": books.dso_countback(as_of, currency),
        "doubtful": doubtful,
        "doubtful_ratio": ratio(doubtful, gross, 100),
        "turnover": ratio(sales, mean),
        "average_days_to_pay": books.average_days(start, as_of, currency, "issue"),
        "average_days_late": books.average_days(start, as_of, currency, "due"),
        "unpaid_rate_30": unpaid,
        "unpaid_rate_30_count": unpaid_count,
        "collection_effectiveness": books.collection_effectiveness(start, as_of, currency),
        "other_currencies": {c: books.receivables(as_of, c) for c in books.currencies(as_of) if c != currency},
    }


def invoices(facts: Facts, as_of: date) -> list[dict[str, object]]:
    """One row per sales document issued by that day, all currencies, by number."""
    books = Books(facts)
    owed = books.outstanding_by_invoice(as_of)
    rows: list[dict[str, object]] = []
    for d in sorted((d for d in facts.documents if d.issue <= as_of), key=lambda d: d.number):
        left = owed.get(d.number, ZERO)
        late = (as_of - d.due).days if left > 0 else None
        credit = total(a for name, _, a in books.credits(as_of, d.currency) if name == d.number)
        rows.append({
            "invoice_number": d.number,
            "kind": d.kind,
            "client": d.client,
            "issue_date": d.issue,
            "due_date": d.due,
            "amount_incl_tax": d.amount,
            "outstanding": left,
            "open_credit": credit,
            "days_late": late,
            "bucket": None if late is None else bucket(late),
            "status": books.status(d, as_of),
            "disputed": books.is_disputed(d, as_of),
            "currency": d.currency,
        })  # fmt: skip
    return rows


def aged_by_client(facts: Facts, as_of: date, currency: str = "EUR") -> dict[str, dict[str, Decimal]]:
    """The aged balance by client: five buckets, `open_credits` negative, and their `total`; clients with nothing are absent."""
    books = Books(facts)
    rows = {}
    clients = {d.client for d in facts.documents} | {r.client for r in books.receipts()}
    for client in sorted(clients):
        row = {**books.ageing(as_of, currency, client), "open_credits": -books.open_credits(as_of, currency, client)}
        if any(row.values()):
            rows[client] = {**row, "total": total(row.values())}
    return rows
