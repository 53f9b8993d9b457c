"""Movements that are expected besides clients' payments: recurring, planned by a person, taxes, VAT, supplier invoices.

Each stands once. What a person typed or confirmed goes before what the bank history suggests, a supplier invoice before
both; what the bank shows already is not expected any more. A tax or VAT that nobody confirmed is a proposal.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

import polars as pl

from models.dates import month_end, next_working_day
from pipelines.forecast.doubles import NEAR_DAYS, each_once, recent_movements, without_seen
from pipelines.forecast.expected import EXPECTED, PROPOSALS, Expected, words_of
from pipelines.forecast.items import flow_items
from pipelines.forecast.recurring import GRACE
from pipelines.forecast.rhythm import PERIODS
from pipelines.forecast.taxes import TAX_WORDS, VAT_WORDS, tax_items, vat_items
from pipelines.ledger import Ledger
from pipelines.parties import supplier_names


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
    """EXPECTED in the `days` days after `as_of`, and of the GRACE days before them what the bank shows.

    Args:
        ledger: planned items, answers, bank lines, invoices, settings.
        flows: FLOWS, whose next dates reach NEAR_DAYS beyond the horizon.
        suppliers: ITEMS of kind supplier; a person's word on them is in their day already.
        unlikely: why some of them are not counted, by item_id.
        as_of: what is dated later is not known.
        days: how many days ahead.
        currency: of the movements.
    """
    last, since = as_of + timedelta(days=days), as_of - timedelta(days=GRACE)
    beyond = last + timedelta(days=NEAR_DAYS)  # what lies behind the horizon may be the same as what lies in it
    frames = [
        flow_items(flows),
        _planned(ledger, since, beyond, currency),
        tax_items(ledger, since=since, last=beyond, currency=currency),
        vat_items(ledger, as_of=as_of, since=since, last=beyond, currency=currency),
    ]
    items = [item for frame in frames for item in _of_frame(frame)]
    items += _moved_from_before(ledger, flows, items, as_of=as_of, currency=currency)
    items = [_answered(item, ledger) for item in items]
    earliest = min((min(item.date, item.for_date) for item in items), default=since)
    apart = set(ledger.item_answers.filter(pl.col("answer") == "dropped")["item_id"])
    items = without_seen(items, recent_movements(ledger, min(earliest, since), as_of, currency), apart)
    items = [_still_to_come(item, as_of, ledger.settings.region) for item in items]
    why = unlikely or {}
    items += [replace(i, is_counted=i.item_id not in why, why_not=why.get(i.item_id)) for i in _of_suppliers(ledger, suppliers)]
    items = [item for item in items if item.date > as_of or (item.line_id is not None and item.date >= since)]
    items = each_once([item for item in items if item.date <= beyond])
    rows = [{name: getattr(item, name) for name in EXPECTED} for item in items if item.date <= last]
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


def _of_frame(items: pl.DataFrame) -> list[Expected]:
    return [_worded(Expected(*row)) for row in items.select(_COLUMNS).iter_rows()]


def _of_suppliers(ledger: Ledger, items: pl.DataFrame) -> list[Expected]:
    """Supplier invoices, told by their number and the supplier's plain name, as bank labels have it."""
    names = supplier_names(ledger.documents, ledger.clients)
    called = [(Expected(*row), words_of(names.get(row[2], ""))) for row in items.select(_COLUMNS).iter_rows()]
    return [replace(item, words=words_of(item.label) | words, names=words) for item, words in called]


def _worded(item: Expected) -> Expected:
    """The item with its words; a proposal counts only once a person confirmed it."""
    if item.kind == "tax":
        words = frozenset(TAX_WORDS[item.label])
    elif item.kind == "vat":
        words = frozenset(VAT_WORDS)
    else:
        words = words_of(item.label)
    if item.kind in PROPOSALS:
        return replace(item, words=words, is_counted=False, why_not="to_confirm")
    return replace(item, words=words)


def _moved_from_before(
    ledger: Ledger, flows: pl.DataFrame, items: Sequence[Expected], *, as_of: date, currency: str
) -> list[Expected]:
    """Items whose own date has passed, or lies beyond the horizon, and that a person moved to a day to come."""
    there = {(item.item_id, item.for_date) for item in items}
    known = {row[0]: ("recurring", *row[1:]) for row in flows.select("flow_id", "label", "amount", "last_seen").iter_rows()}
    own = ledger.planned_items.filter(pl.col("currency") == currency)
    planned = own.select("item_id", "label", "amount", last_seen=pl.lit(None, pl.Date))
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
    """The item as a person's answer has it: the one on its date, else the one on all its dates; an amount is either's."""
    said = ledger.item_answers.filter(
        (pl.col("item_id") == item.item_id) & (pl.col("for_date").is_null() | (pl.col("for_date") == item.for_date))
    ).sort("for_date", nulls_last=True)
    if said.is_empty():
        return item
    answer, moved_to = said.select("answer", "moved_to").row(0)
    if answer == "dropped":
        return replace(item, answer=answer, is_counted=False, why_not="dropped")
    amounts = said.filter(pl.col("answer") != "dropped")["amount"].drop_nulls()
    amount = amounts[0] if amounts.len() else item.amount
    counted = replace(item, answer=answer, date=moved_to or item.date, amount=amount, is_counted=True, why_not=None)
    return counted if amount is not None else replace(counted, is_counted=False, why_not="no_amount")


def _still_to_come(item: Expected, as_of: date, region: str) -> Expected:
    """What passed by a few days ago without being seen is expected on the next working day; a mere proposal is not."""
    if item.date > as_of or not item.is_counted or item.date < as_of - timedelta(days=GRACE):
        return item
    return replace(item, date=next_working_day(as_of + timedelta(days=1), region))
