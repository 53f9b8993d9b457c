"""One movement, counted once: what the bank shows already, and two expected items that are one and the same."""

from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from pipelines.forecast.expected import PROPOSALS, Expected, apart_id, words_of
from pipelines.forecast.recurring import GRACE, own_transfers
from pipelines.ledger import Ledger
from pipelines.receivables import only_counting

#: Two movements are the same when so near in days, and in amount (a share, or 1.00; further with a word in common).
NEAR_DAYS, NEAR_SHARE, FAR_SHARE = 7, Decimal("0.02"), Decimal("0.30")
#: Which of two that are the same is kept: the first.
_RANK = {"supplier": 0, "planned": 1, "tax": 2, "vat": 2, "recurring": 3}


@dataclass(frozen=True)
class Movement:
    """A bank line that an item may have become; `is_clients`: it is a client's payment or refund, or between own accounts."""

    line_id: str
    day: date
    amount: Decimal
    words: frozenset[str]
    is_clients: bool


def recent_movements(ledger: Ledger, since: date, as_of: date, currency: str) -> list[Movement]:
    """The movements that items around the as-of date may have become, by day."""
    own = pl.col("currency").fill_null(ledger.settings.currency) == currency
    near = ledger.lines.filter(pl.col("booking_date").is_between(since - timedelta(days=GRACE), as_of) & own)
    apart = client_lines(ledger, as_of=as_of)
    rows = near.sort("booking_date", "line_id").select(
        "line_id", "booking_date", "amount", "label", is_clients=pl.col("line_id").is_in(apart.implode())
    )
    return [
        Movement(line_id, day, amount, words_of(label) | frozenset(label.upper().split()), is_clients)
        for line_id, day, amount, label, is_clients in rows.iter_rows()
    ]


def client_lines(ledger: Ledger, *, as_of: date) -> pl.Series:
    """The line_ids of bank lines up to `as_of` that pay a sale, come from a client or go back, or go between own accounts."""
    known = ledger.lines.filter(pl.col("booking_date") <= as_of)
    sales = ledger.documents.filter(pl.col("direction") == "sale").select("document_id")
    given = only_counting(ledger.allocations, as_of=as_of).filter(pl.col("source") == "bank")
    paying = given.join(sales, on="document_id", how="semi")["source_id"]
    received = ledger.receipts.filter(pl.col("source") == "bank")["receipt_id"]
    return pl.concat([paying, received, ledger.refunds["line_id"], own_transfers(known, ledger.accounts)]).alias("line_id")


def without_seen(items: list[Expected], lines: list[Movement], apart: Container[str]) -> list[Expected]:
    """Planned items, taxes and VAT that a bank line shows are not counted; each line shows one. Flows look after themselves.

    Args:
        items: what is expected.
        lines: what the bank shows.
        apart: `apart_id` of each item and line of which a person said that the one is not the other.
    """
    free = list(lines)
    told = []
    for item in sorted(items, key=lambda item: (item.date, item.item_id)):
        match = None
        if item.kind in ("planned", *PROPOSALS) and item.amount is not None and item.why_not != "dropped":
            alike = (line for line in free if _is_near(line.day, item) and _shows(line, item))
            match = next((line for line in alike if apart_id(item.item_id, line.line_id) not in apart), None)
        if match:
            free.remove(match)
        told.append(replace(item, is_counted=False, why_not="seen", line_id=match.line_id) if match else item)
    return told


def _shows(line: Movement, item: Expected) -> bool:
    """Whether a movement is the item's by its amount; one with all the words of a planned item may cost up to double.

    A smaller one may be a deposit: the rest is still to come. A client's payment is another thing, unless a word says so.
    """
    if item.amount is None or (line.is_clients and not item.words & line.words):
        return False
    is_named = item.kind == "planned" and bool(item.words) and item.words <= line.words
    if is_named and item.amount * line.amount > 0 and abs(item.amount) <= abs(line.amount) <= 2 * abs(item.amount):
        return True
    return is_same_amount(item.amount, line.amount, bool(item.words & line.words))


def _is_near(day: date, item: Expected) -> bool:
    """Around the day of an item, or between that and the day to which it was moved."""
    margin = timedelta(days=GRACE)
    first, last = sorted([item.date, item.for_date])
    return first - margin <= day <= last + margin


def each_once(items: list[Expected]) -> list[Expected]:
    """Of items that are the same movement, only the first by rank counts; a proposal that a flow shows says so."""
    ranked = sorted(items, key=lambda item: (_RANK[item.kind], item.date, item.item_id))
    kept: dict[tuple[date, str], dict[int, Expected]] = defaultdict(dict)  # by day and kind, then by place
    told = []
    for place, item in enumerate(ranked):
        doubles = [(n, at) for at in _near(item) for n, other in kept.get(at, {}).items() if _covers(other, item)]
        if doubles:
            first, at = min(doubles)
            del kept[at][first]  # one item stands for one other only
            told.append(replace(item, is_counted=False, why_not="covered"))
            continue
        told.append(item)
        if item.is_counted and item.kind != "recurring":
            kept[item.date, item.kind][place] = item
    flows = [item for item in told if item.kind == "recurring" and item.is_counted]
    return [
        replace(item, why_not="recurring") if item.why_not == "to_confirm" and any(_is_same(f, item) for f in flows) else item
        for item in told
    ]


def _near(item: Expected) -> Iterator[tuple[date, str]]:
    """The days and kinds of what may stand for an item, if it counts; nothing goes before the first of ranks."""
    for n in range(-NEAR_DAYS, NEAR_DAYS + 1) if item.is_counted and _RANK[item.kind] else ():
        day = item.date + timedelta(days=n)
        yield from ((day, kind) for kind in _RANK if kind != item.kind)


def _covers(kept: Expected, item: Expected) -> bool:
    """Whether an item stands for another.

    What a person planned and confirmed stands by itself; a recurring movement that a person confirmed is not just anything
    planned of its amount.
    """
    if item.answer == "confirmed" and item.kind == "planned":
        return False
    is_apart = item.kind == "recurring" and item.answer == "confirmed" and kept.kind == "planned"
    return _is_same(kept, item) and not (is_apart and not kept.words & item.words)


def _is_same(one: Expected, other: Expected) -> bool:
    """Two items of different origin that are one movement: two invoices, or two things that a person typed, never are."""
    if one.kind == other.kind or abs((one.date - other.date).days) > NEAR_DAYS:
        return False
    if {one.kind, other.kind} & {*PROPOSALS} and one.words & other.words:
        return True
    if one.amount is None or other.amount is None:
        return False
    if {one.kind, other.kind} == {"supplier", "recurring"} and one.amount * other.amount > 0:
        invoice, flow = (one, other) if one.kind == "supplier" else (other, one)
        if invoice.names and invoice.names <= flow.words:
            return True
    has_word = bool(one.words & other.words)
    if {one.kind, other.kind} == {"supplier", "planned"} and not has_word:
        return one.amount == other.amount  # what a person typed for an invoice has its very amount, or its name
    return is_same_amount(one.amount, other.amount, has_word)


def is_same_amount(one: Decimal, other: Decimal, has_word: bool) -> bool:  # noqa: FBT001 -- reads as one sentence
    """Whether two amounts may be one movement's: nearly equal, or not far apart with a word in common."""
    share = FAR_SHARE if has_word else NEAR_SHARE
    return one * other > 0 and abs(one - other) <= max(abs(one) * share, Decimal(1))
