"""Movements that are expected besides clients' payments: recurring, planned by a person, taxes, VAT, supplier invoices.

Each stands once. What a person typed or confirmed goes before what the bank history suggests, a supplier invoice before
both; what the bank shows already is not expected any more. A tax or VAT that nobody confirmed is a proposal.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import polars as pl

from models.dates import month_end, next_working_day
from models.money import MONEY
from models.tables import Schema
from pipelines.forecast.items import flow_items
from pipelines.forecast.recurring import BANK_WORDS, GRACE, label_key
from pipelines.forecast.rhythm import PERIODS
from pipelines.forecast.taxes import TAX_WORDS, VAT_WORDS, tax_items, vat_items
from pipelines.ledger import Ledger

#: One row per expected movement in the horizon, by date.
EXPECTED: Schema = {
    "date": pl.Date,
    "kind": pl.String,  # recurring | planned | tax | vat | supplier
    "item_id": pl.String,
    "label": pl.String,
    "client": pl.String,
    "amount": MONEY,  # null: a tax whose amount nobody gave
    "for_date": pl.Date,
    "is_counted": pl.Boolean,
    "answer": pl.String,  # a person's: confirmed | moved | changed | dropped
    "why_not": pl.String,  # to_confirm | no_amount | dropped | seen (in the bank) | old | disputed | covered | recurring
}

#: Two movements are the same when so near in days, and in amount (a share, or 1.00; further with a word in common).
NEAR_DAYS, NEAR_SHARE, FAR_SHARE = 7, Decimal("0.02"), Decimal("0.30")
_LEAST_LETTERS = 3
_PROPOSALS = ("tax", "vat")
#: Which of two that are the same is kept: the first.
_RANK = {"supplier": 0, "planned": 1, "tax": 2, "vat": 2, "recurring": 3}


Day = date


@dataclass(frozen=True)
class Expected:
    """A row of EXPECTED; `words` are those by which a bank label tells it."""

    date: Day
    kind: str
    item_id: str
    label: str
    client: str | None
    amount: Decimal | None
    for_date: Day
    is_counted: bool = True
    answer: str | None = None
    why_not: str | None = None
    words: frozenset[str] = frozenset()


def expected_items(
    ledger: Ledger,
    flows: pl.DataFrame,
    suppliers: pl.DataFrame,
    *,
    unlikely: Mapping[str, str] | None = None,
    as_of: date,
    days: int,
    currency: str,
) -> pl.DataFrame:
    """EXPECTED in the `days` days after `as_of`.

    Args:
        ledger: planned items, answers, bank lines, invoices, settings.
        flows: FLOWS, whose next dates lie in the horizon.
        suppliers: ITEMS of kind supplier.
        unlikely: why some of them are not counted, by item_id: seen, or old.
        as_of: what is dated later is not known.
        days: how many days ahead.
        currency: of the movements.
    """
    last, since = as_of + timedelta(days=days), as_of - timedelta(days=GRACE)
    frames = [
        flow_items(flows),
        _planned(ledger, since, last, currency),
        tax_items(ledger, since=since, last=last),
        vat_items(ledger, as_of=as_of, since=since, last=last, currency=currency),
        suppliers,
    ]
    items = [_worded(Expected(*row)) for frame in frames for row in frame.select(_COLUMNS).iter_rows()]
    items += _moved_from_before(ledger, flows, items, as_of)
    items = [_answered(item, ledger) for item in items]
    earliest = min((min(item.date, item.for_date) for item in items), default=since)
    items = _without_seen(items, _recent(ledger, min(earliest, since), as_of, currency))
    items = [_still_to_come(item, as_of, ledger.settings.region) for item in items]
    doubts = unlikely or {}
    items = [replace(i, is_counted=False, why_not=doubts[i.item_id]) if i.item_id in doubts else i for i in items]
    items = _each_once([item for item in items if as_of < item.date <= last])
    rows = [{name: getattr(item, name) for name in EXPECTED} for item in items]
    return pl.DataFrame(rows, schema=EXPECTED).sort("date", "kind", "label", "item_id")


_COLUMNS = ("date", "kind", "item_id", "label", "client", "amount", "for_date")


def occurrences(first: date, period: str, until: date | None, last: date) -> Iterator[date]:
    """The dates of a planned item up to `last`: the same day of each period, or the month's last one."""
    months = 0 if period == "once" else PERIODS[period].months
    for n in count():
        if period == "weekly":
            day = first + timedelta(days=7 * n)
        else:
            month = first.year * 12 + first.month - 1 + months * n
            start = date(month // 12, month % 12 + 1, 1)
            day = min(start + timedelta(days=first.day - 1), month_end(start))
        if day > last or (until is not None and day > until):
            return
        yield day
        if period == "once":
            return


def _planned(ledger: Ledger, since: date, last: date, currency: str) -> pl.DataFrame:
    """ITEMS of kind planned from `since` to `last`; repeating ones on the working day on which the bank books them."""
    rows = []
    for row in ledger.planned_items.filter(pl.col("currency") == currency).iter_rows(named=True):
        for day in occurrences(row["first_date"], row["period"], row["until_date"], last):
            booked = day if row["period"] == "once" else next_working_day(day, ledger.settings.region)
            named = {"kind": "planned", "item_id": row["item_id"], "label": row["label"], "client": None, "amount": row["amount"]}
            rows.append({"date": booked, "for_date": day, **named})
    kept = [row for row in rows if row["for_date"] >= since - timedelta(days=GRACE)]
    return pl.DataFrame(kept, schema={name: EXPECTED[name] for name in _COLUMNS})


def _worded(item: Expected) -> Expected:
    """The item with its words; a proposal counts only once a person confirmed it."""
    if item.kind == "tax":
        words = frozenset(TAX_WORDS[item.label])
    elif item.kind == "vat":
        words = frozenset(VAT_WORDS)
    else:
        words = _words(f"{item.label} {item.client or ''}")
    if item.kind in _PROPOSALS:
        return replace(item, words=words, is_counted=False, why_not="to_confirm")
    return replace(item, words=words)


def _words(label: str) -> frozenset[str]:
    key = str(pl.select(label_key(pl.lit(label))).item())
    return frozenset(word for word in key.split() if len(word) >= _LEAST_LETTERS) - {*BANK_WORDS.split("|")}


def _moved_from_before(ledger: Ledger, flows: pl.DataFrame, items: Sequence[Expected], as_of: date) -> list[Expected]:
    """Items whose own date has passed, or lies beyond the horizon, and that a person moved to a day to come."""
    there = {(item.item_id, item.for_date) for item in items}
    known = {row[0]: ("recurring", *row[1:]) for row in flows.select("flow_id", "label", "amount", "last_seen").iter_rows()}
    planned = ledger.planned_items.select("item_id", "label", "amount", last_seen=pl.lit(None, pl.Date))
    known |= {row[0]: ("planned", *row[1:]) for row in planned.iter_rows()}
    moved = ledger.item_answers.filter((pl.col("moved_to") > as_of) & pl.col("for_date").is_not_null())
    return [
        _worded(Expected(for_date, known[item_id][0], item_id, known[item_id][1], None, known[item_id][2], for_date))
        for item_id, for_date in moved.select("item_id", "for_date").iter_rows()
        if item_id in known
        and (item_id, for_date) not in there
        and (known[item_id][3] is None or known[item_id][3] < for_date - timedelta(days=GRACE))
    ]


def _answered(item: Expected, ledger: Ledger) -> Expected:
    """The item as a person's answer has it: the one on its date, else the one on all its dates."""
    said = ledger.item_answers.filter(
        (pl.col("item_id") == item.item_id) & (pl.col("for_date").is_null() | (pl.col("for_date") == item.for_date))
    ).sort("for_date", nulls_last=True)
    if said.is_empty():
        return item
    answer, moved_to, amount = said.select("answer", "moved_to", "amount").row(0)
    if answer == "dropped":
        return replace(item, answer=answer, is_counted=False, why_not="dropped")
    amount = item.amount if amount is None else amount
    counted = replace(item, answer=answer, date=moved_to or item.date, amount=amount, is_counted=True, why_not=None)
    return counted if amount is not None else replace(counted, is_counted=False, why_not="no_amount")


def _recent(ledger: Ledger, since: date, as_of: date, currency: str) -> list[tuple[date, Decimal, frozenset[str]]]:
    """The movements that items around the as-of date may have become: day, amount, words of the label."""
    near = ledger.lines.filter(
        pl.col("booking_date").is_between(since - timedelta(days=GRACE), as_of)
        & (pl.col("currency").fill_null(currency) == currency)
    )
    rows = near.sort("booking_date", "line_id").select("booking_date", "amount", "label").iter_rows()
    return [(day, amount, _words(label) | frozenset(label.upper().split())) for day, amount, label in rows]


def _without_seen(items: list[Expected], lines: list[tuple[date, Decimal, frozenset[str]]]) -> list[Expected]:
    """Planned items, taxes and VAT that a bank line shows are not counted; each line shows one. Flows look after themselves."""
    free = list(lines)
    told = []
    for item in sorted(items, key=lambda item: (item.date, item.item_id)):
        match = None
        if item.kind in ("planned", *_PROPOSALS) and item.amount is not None and item.why_not != "dropped":
            match = next(
                (line for line in free if _is_near(line[0], item) and _is_its_amount(item, line[1], line[2])),
                None,
            )
        if match:
            free.remove(match)
        told.append(replace(item, is_counted=False, why_not="seen") if match else item)
    return told


def _is_its_amount(item: Expected, amount: Decimal, words: frozenset[str]) -> bool:
    """Whether a movement is the item's by its amount; one with all the words of a planned item may cost up to double.

    A smaller one may be a deposit: the rest is still to come.
    """
    if item.amount is None:
        return False
    is_named = item.kind == "planned" and bool(item.words) and item.words <= words
    if is_named and item.amount * amount > 0 and abs(item.amount) <= abs(amount) <= 2 * abs(item.amount):
        return True
    return is_same_amount(item.amount, amount, bool(item.words & words))


def _is_near(day: date, item: Expected) -> bool:
    """Around the day of an item, or between that and the day to which it was moved."""
    margin = timedelta(days=GRACE)
    first, last = sorted([item.date, item.for_date])
    return first - margin <= day <= last + margin


def _still_to_come(item: Expected, as_of: date, region: str) -> Expected:
    """What passed by a few days ago without being seen is expected on the next working day; a mere proposal is not."""
    if item.date > as_of or not item.is_counted or item.date < as_of - timedelta(days=GRACE):
        return item
    return replace(item, date=next_working_day(as_of + timedelta(days=1), region))


def _each_once(items: list[Expected]) -> list[Expected]:
    """Of items that are the same movement, only the first by rank counts; a proposal that a flow shows says so."""
    ranked = sorted(items, key=lambda item: (_RANK[item.kind], item.date, item.item_id))
    kept: list[Expected] = []
    told = []
    for item in ranked:
        double = next((other for other in kept if _is_same(other, item)), None) if item.is_counted else None
        if double:
            kept.remove(double)  # one item stands for one other only
            told.append(replace(item, is_counted=False, why_not="covered"))
            continue
        told.append(item)
        if item.is_counted and item.kind != "recurring":
            kept.append(item)
    flows = [item for item in told if item.kind == "recurring" and item.is_counted]
    return [
        replace(item, why_not="recurring") if item.why_not == "to_confirm" and any(_is_same(f, item) for f in flows) else item
        for item in told
    ]


def _is_same(one: Expected, other: Expected) -> bool:
    """Two items of different origin that are one movement."""
    if one.item_id == other.item_id or abs((one.date - other.date).days) > NEAR_DAYS:
        return False
    if {one.kind, other.kind} & {*_PROPOSALS} and one.words & other.words:
        return True
    if one.amount is None or other.amount is None:
        return False
    if {one.kind, other.kind} == {"supplier", "recurring"} and one.amount * other.amount > 0:
        invoice, flow = (one, other) if one.kind == "supplier" else (other, one)
        names = _words(invoice.client or "")
        if names and names <= flow.words:
            return True
    return is_same_amount(one.amount, other.amount, bool(one.words & other.words))


def is_same_amount(one: Decimal, other: Decimal, has_word: bool) -> bool:  # noqa: FBT001 -- reads as one sentence
    """Whether two amounts may be one movement's: nearly equal, or not far apart with a word in common."""
    share = FAR_SHARE if has_word else NEAR_SHARE
    return one * other > 0 and abs(one - other) <= max(abs(one) * share, Decimal(1))
