"""From evidence to decisions: what is allocated alone, what is proposed to a person, who a receipt comes from.

Automatic allocations are a function of all the facts and of people's decisions: lines are taken by booking date, those
that name an invoice before those that only name a client, and nothing remembers the order of the imports.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from models.money import ZERO
from pipelines.allocation import linked_credit_claims, only_effective
from pipelines.ledger import Ledger
from pipelines.reconcile.evidence import labels_of, name_hits, number_hits, plain_words
from pipelines.reconcile.rules import CONFIDENCE

_EARLY = timedelta(days=15)  # an invoice may be paid on a pro forma, so shortly before its issue date
_RETURN_WINDOW = timedelta(days=60)
_TRANSFER_DAYS = 3
_RETURN = re.compile(r"\b(rejet|rejete|rejetee|impaye|impayee|retour)\b")
_MAX_CANDIDATES = 5
#: What a label names: line_id -> tuples of (id, ..., words found).
_Hits = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Candidate:
    """One way to settle a line: invoices with amounts, the rule, and the words of the label that speak for it."""

    rule: str
    parts: tuple[tuple[str, Decimal], ...]
    evidence: str = ""

    @property
    def confidence(self) -> float:
        """How sure the rule is, 0 to 1."""
        return CONFIDENCE[self.rule]


@dataclass
class Matching:
    """What `match` concludes.

    Attributes:
        claims: (line_id, document_id, amount, rule, evidence) that need no person.
        attributions: line_id -> (client_id, rule) for what a line leaves unallocated.
        refunds: (debit line_id, credit id, kind, amount).
        suggestions: line_id -> candidates, the best first.
        internal: line_ids of transfers between own accounts.
    """

    claims: list[tuple[str, str, Decimal, str, str]] = field(default_factory=list)
    attributions: dict[str, tuple[str, str]] = field(default_factory=dict)
    refunds: list[tuple[str, str, str, Decimal]] = field(default_factory=list)
    suggestions: dict[str, list[Candidate]] = field(default_factory=dict)
    internal: set[str] = field(default_factory=set)


@dataclass
class _Book:
    """The state that lines meet, one after the other: sequential by nature, since each payment changes what is owed.

    Attributes:
        owed: what each invoice owes once all its credit notes and write-offs have had their part.
        credits: those parts with their dates, latest first: a payment dated before one of them comes first (contract 2).
    """

    owed: dict[str, Decimal]
    credits: dict[str, list[tuple[date, Decimal]]]
    invoices: dict[str, dict[str, object]]
    of_client: dict[str, list[str]]
    by_amount: dict[tuple[str, Decimal], list[str]]
    refused: set[tuple[str, str]]

    def open_for(self, line: dict[str, object], document_ids: list[str]) -> dict[str, Decimal]:
        """What this line could pay, in that order: same currency, something owed, issued by then, not refused."""
        day = _day(line["booking_date"])
        found: dict[str, Decimal] = {}
        for i in dict.fromkeys(document_ids):
            invoice = self.invoices[i]
            fits = invoice["currency"] == line["currency"] and _day(invoice["issue_date"]) <= day + _EARLY
            owed = self.owed[i] + sum((part for when, part in self.credits.get(i, []) if when > day), ZERO)
            if fits and owed > 0 and (str(line["line_id"]), i) not in self.refused:
                found[i] = owed
        return found

    def pay(self, document_id: str, amount: Decimal) -> None:
        """Take a payment off what is owed; what it takes beyond that, later credits lose, the last one first."""
        self.owed[document_id] -= amount
        credits_ = self.credits.get(document_id, [])
        while self.owed[document_id] < 0 and credits_:
            when, part = credits_.pop(0)
            lost = min(part, -self.owed[document_id])
            self.owed[document_id] += lost
            if part > lost:
                credits_.insert(0, (when, part - lost))


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise TypeError(value)
    return value


def _amount(value: object) -> Decimal:
    if not isinstance(value, Decimal):
        raise TypeError(value)
    return value


def match(ledger: Ledger, *, refused: set[tuple[str, str]]) -> Matching:
    """Match the bank lines that no person has settled with the sales invoices.

    Args:
        ledger: the facts; allocations that rules made before are ignored, people's are kept.
        refused: (line_id, document_id) pairs that a person said no to.
    """
    decided = ledger.claims.filter((pl.col("source") == "bank") & (pl.col("by") != "rule"))
    sales = ledger.documents.filter(pl.col("direction") == "sale")
    labels = labels_of(ledger.lines)
    numbers = _by_line(number_hits(labels, sales), "document_id", "is_weak", "found")
    names = _by_line(name_hits(labels, ledger.clients), "client_id", "found")
    book = _book(ledger, sales, decided, refused)
    result = Matching(internal=internal_transfers(ledger.lines, labels))
    settled = set(decided["source_id"].to_list()) | result.internal
    lines = [line for line in ledger.lines.sort("booking_date", "line_id").to_dicts() if line["line_id"] not in settled]
    credits_ = [line for line in lines if line["amount"] > 0]
    debits = [line for line in lines if line["amount"] < 0]
    rest = _settle(credits_, (numbers, names), book, result)
    _attribute(credits_, numbers, names, book, result)
    _find_refunds(ledger, debits, (numbers, names), book, result)
    _reopen_returned(book, result)
    rest = _settle(rest, (numbers, names), book, result)
    for line in rest:
        candidates = _candidates(line, numbers, names, book)
        if candidates:
            result.suggestions[str(line["line_id"])] = candidates[:_MAX_CANDIDATES]
    _attribute(credits_, numbers, names, book, result)
    return result


def _settle(lines: list[dict[str, object]], hits: tuple[_Hits, _Hits], book: _Book, result: Matching) -> list[dict[str, object]]:
    """Allocate what is safe, lines that name an invoice first; the lines that are left."""
    numbers, names = hits
    rest = [line for line in lines if not _by_number(line, numbers, names, book, result)]
    return [line for line in rest if not _by_name_and_amount(line, names, book, result)]


def _reopen_returned(book: _Book, result: Matching) -> None:
    """An invoice whose payment was returned owes again, so that a later payment finds it."""
    returned = {credit_id for _, credit_id, kind, _ in result.refunds if kind == "returned"}
    for line_id, document_id, amount, *_ in result.claims:
        if line_id in returned:
            book.owed[document_id] += amount


def _by_line(hits: pl.DataFrame, *columns: str) -> _Hits:
    found: _Hits = defaultdict(list)
    for line_id, *values in hits.select("line_id", *columns).iter_rows():
        found[line_id].append(tuple(values))
    return found


def _book(ledger: Ledger, sales: pl.DataFrame, decided: pl.DataFrame, refused: set[tuple[str, str]]) -> _Book:
    """What each invoice owes before the rules act: its amount less credit notes, write-offs and people's allocations."""
    invoices = sales.filter(pl.col("kind") != "credit_note")
    kept = ledger.claims.filter(pl.col("source").is_in(["credit_note", "write_off"]) & (pl.col("by") != "rule"))
    linked = linked_credit_claims(sales, kept.filter(pl.col("source") == "credit_note"))
    effective = only_effective(invoices, pl.concat([linked, kept, decided])).filter(pl.col("reversed_on").is_null())
    owed = dict(invoices.select("document_id", "amount").iter_rows())
    credits_: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    given = effective.sort("date", "document_id", descending=True).select("document_id", "source", "date", "amount")
    for document_id, source, day, amount in given.iter_rows():
        owed[document_id] -= amount
        if source != "bank":
            credits_[document_id].append((day, amount))
    rows = {row["document_id"]: row for row in invoices.sort("due_date", "number", "document_id").to_dicts()}
    of_client: dict[str, list[str]] = defaultdict(list)
    by_amount: dict[tuple[str, Decimal], list[str]] = defaultdict(list)
    for document_id, row in rows.items():
        of_client[row["client_id"]].append(document_id)
        for amount in {owed[document_id], row["amount"]}:
            by_amount[row["currency"], amount].append(document_id)
    return _Book(owed, credits_, rows, of_client, by_amount, refused)


def _take(
    line: dict[str, object], parts: list[tuple[str, Decimal]], rule: str, evidence: str, book: _Book, result: Matching
) -> None:
    for document_id, amount in parts:
        book.pay(document_id, amount)
        result.claims.append((str(line["line_id"]), document_id, amount, rule, evidence))


def _by_number(line: dict[str, object], numbers: _Hits, names: _Hits, book: _Book, result: Matching) -> bool:
    """The invoices that the label names: all of what they owe, or a part of a single one.

    Weak numbers (abbreviated, or without their letters) count only with the client's name or with the exact amount.
    """
    line_id, amount = str(line["line_id"]), _amount(line["amount"])
    hits = [(str(i), bool(is_weak), str(word)) for i, is_weak, word in numbers.get(line_id, []) if i in book.invoices]
    chosen = _named_invoices(line, hits, {client for client, _ in names.get(line_id, [])}, book)
    if not chosen:
        return False
    owed = sum(chosen.values(), ZERO)
    clients = {book.invoices[i]["client_id"] for i in chosen}
    if amount != owed and (len(clients) > 1 or (amount < owed and len(chosen) > 1)):
        return False
    parts = [(i, min(amount, part)) for i, part in chosen.items()]
    _take(line, parts, "number", ", ".join(word for i, _, word in hits if i in chosen), book, result)
    return True


def _named_invoices(
    line: dict[str, object], hits: list[tuple[str, bool, str]], named: set[object], book: _Book
) -> dict[str, Decimal]:
    """The open invoices that the numbers in the label stand for with what they owe, or none when they leave a doubt."""
    amount = _amount(line["amount"])
    firm = book.open_for(line, [i for i, is_weak, _ in hits if not is_weak])
    every = book.open_for(line, [i for i, _, _ in hits])
    if sum(every.values(), ZERO) == amount and len({book.invoices[i]["client_id"] for i in every}) == 1:
        return every
    weak = {i: owed for i, owed in every.items() if i not in firm}
    if firm:
        # More money than the firm numbers owe, and others abbreviated beside them: a person must say.
        return {} if weak and amount > sum(firm.values(), ZERO) else firm
    mine = {i: owed for i, owed in weak.items() if book.invoices[i]["client_id"] in named}
    if mine:
        return mine
    return weak if sum(weak.values(), ZERO) == amount else {}


def _by_name_and_amount(line: dict[str, object], names: _Hits, book: _Book, result: Matching) -> bool:
    """The only open invoice of exactly that amount whose client is named in the label."""
    amount, day = _amount(line["amount"]), _day(line["booking_date"])
    exact = [
        (i, word)
        for client, word in names.get(str(line["line_id"]), [])
        for i, owed in book.open_for(line, book.of_client[str(client)]).items()
        if owed == amount and _day(book.invoices[i]["issue_date"]) <= day
    ]
    if len(exact) != 1:
        return False
    _take(line, [(exact[0][0], amount)], "name_and_amount", str(exact[0][1]), book, result)
    return True


def _candidates(line: dict[str, object], numbers: _Hits, names: _Hits, book: _Book) -> list[Candidate]:
    """What a person may choose from, the surest first."""
    line_id, amount = str(line["line_id"]), _amount(line["amount"])
    hits = [(str(i), bool(weak), str(word)) for i, weak, word in numbers.get(line_id, []) if i in book.invoices]
    found: list[Candidate] = []
    named = book.open_for(line, [i for i, _, _ in hits])
    if named:
        rule = "numbers_partial" if len(named) > 1 else "number_weak"
        found.append(Candidate(rule, _fill(named, amount), ", ".join(w for i, _, w in hits if i in named)))
    for client, word in names.get(line_id, []):
        opened = book.open_for(line, book.of_client[str(client)])
        found += [Candidate("name_twins", ((i, amount),), str(word)) for i, owed in opened.items() if owed == amount]
        if len(opened) > 1 and sum(opened.values(), ZERO) == amount:
            found.append(Candidate("name_and_sum", _fill(opened, amount), str(word)))
        elif opened:
            found.append(Candidate("name_oldest_first", _fill(opened, amount), str(word)))
    if not names.get(line_id):
        near = book.open_for(line, book.by_amount[str(line["currency"]), amount])
        equal = [i for i, owed in near.items() if owed == amount]
        rule = "amount_only" if len(equal) == 1 else "amount_twins"
        found += [Candidate(rule, ((i, amount),)) for i in equal]
    unique = {candidate.parts: candidate for candidate in sorted(found, key=lambda c: c.confidence)}
    return sorted(unique.values(), key=lambda c: (-c.confidence, c.parts))


def _fill(owed: dict[str, Decimal], amount: Decimal) -> tuple[tuple[str, Decimal], ...]:
    """The amount given to the invoices in this order until nothing is left."""
    parts = []
    for document_id, most in owed.items():
        part = min(most, amount)
        if part > 0:
            parts.append((document_id, part))
        amount -= part
    return tuple(parts)


def _attribute(
    credits_: list[dict[str, object]],
    numbers: _Hits,
    names: _Hits,
    book: _Book,
    result: Matching,
) -> None:
    """Who the rest of each receipt comes from: its match's only client, else the only client that its label names."""
    given: dict[str, set[object]] = defaultdict(set)
    for line_id, document_id, *_ in result.claims:
        given[line_id].add(book.invoices[document_id]["client_id"])
    for line in credits_:
        line_id = str(line["line_id"])
        named = {client for client, _ in names.get(line_id, [])}
        numbered = {
            book.invoices[str(i)]["client_id"] for i, weak, _ in numbers.get(line_id, []) if not weak and i in book.invoices
        }
        for clients, rule in ((given.get(line_id, set()), "match"), (numbered, "number"), (named, "name")):
            if clients:
                if len(clients) == 1:
                    result.attributions[line_id] = (str(next(iter(clients))), rule)
                break


def internal_transfers(lines: pl.DataFrame, labels: pl.DataFrame) -> set[str]:
    """Movements between own accounts: both sides within three days, and the label of one says so."""
    says = labels.filter(pl.col("words").str.contains(r"\b(interne|epargne|livret)\b"))["line_id"]
    sides = lines.select("line_id", "account_id", "booking_date", "amount", "currency").with_columns(
        size=pl.col("amount").abs(), says=pl.col("line_id").is_in(says.implode())
    )
    pairs = sides.filter(pl.col("amount") > 0).join(
        sides.filter(pl.col("amount") < 0), on=["size", "currency"], how="inner", validate="m:m", suffix="_out"
    )
    near = (pl.col("booking_date") - pl.col("booking_date_out")).dt.total_days().abs() <= _TRANSFER_DAYS
    pairs = pairs.filter(near & (pl.col("account_id") != pl.col("account_id_out")) & (pl.col("says") | pl.col("says_out")))
    return set(pairs["line_id"].to_list()) | set(pairs["line_id_out"].to_list())


def _find_refunds(
    ledger: Ledger,
    debits: list[dict[str, object]],
    hits: tuple[_Hits, _Hits],
    book: _Book,
    result: Matching,
) -> None:
    """Debits that take a client's money back: a returned payment, or the refund of a credit note that the label names."""
    numbers, names = hits
    taken = set(ledger.refunds.filter("by_person")["line_id"].to_list())
    notes = {row["document_id"]: row for row in ledger.documents.filter(pl.col("kind") == "credit_note").to_dicts()}
    client_of = {line_id: client for line_id, (client, _) in result.attributions.items()}
    paid = {line_id: book.invoices[document_id]["number"] for line_id, document_id, *_ in result.claims}
    receipts = [line for line in ledger.lines.filter(pl.col("amount") > 0).to_dicts() if line["line_id"] in client_of]
    used: set[str] = set()
    for line in debits:
        line_id, amount, day = str(line["line_id"]), -_amount(line["amount"]), _day(line["booking_date"])
        if line_id in taken:
            continue
        named = {client for client, _ in names.get(line_id, [])}
        numbered = {str(i) for i, _, _ in numbers.get(line_id, [])}
        note = [i for i in numbered if i in notes and notes[i]["amount"] >= amount]
        if len(note) == 1:
            result.refunds.append((line_id, note[0], "refunded", amount))
            continue
        if not _RETURN.search(plain_words(str(line["label"]))):
            continue
        invoices = {book.invoices[i]["number"] for i in numbered if i in book.invoices}
        same = [
            str(r["line_id"])
            for r in receipts
            if r["amount"] == amount
            and timedelta(0) <= day - _day(r["booking_date"]) <= _RETURN_WINDOW
            and r["line_id"] not in used
            and (client_of[str(r["line_id"])] in named or paid.get(str(r["line_id"])) in invoices)
        ]
        if len(same) == 1:
            used.add(same[0])
            result.refunds.append((line_id, same[0], "returned", amount))
