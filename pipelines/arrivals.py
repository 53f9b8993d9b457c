"""What came for a closed period after its closing: what, whose, when, by whom, and what it changes of that day's receivables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import polars as pl

from models.money import MONEY, ZERO, total
from models.past_store import PastStore
from models.store import Store
from models.tables import Schema, empty
from pipelines.arrival_causes import on_its_day, rate_thing, with_causes
from pipelines.consolidated import document_currencies
from pipelines.ledger import Ledger, run_ledger
from pipelines.locks import Closing
from pipelines.parties import client_names
from pipelines.receivables import only_currency
from pipelines.reconcile.listing import bank_lines, only_unmatched
from pipelines.rollforward import movements

#: One row per thing of a closed period that came, changed or was taken back after its closing.
ARRIVALS: Schema = {
    "what": pl.String,  # one of MOVES, or allocation | mark | provision | due_date | setting | rate
    "is_gone": pl.Boolean,  # it was known at the closing, and holds no more
    "date": pl.Date,  # in the closed period; of a setting its last day, whose figures it changes
    "amount": MONEY,  # its own, positive; null for what has none
    "effect": MONEY,  # on the receivables of the day
    "number": pl.String,  # of the invoice or credit note
    "client_id": pl.String,
    "client": pl.String,
    "detail": pl.String,  # of a mark or a setting: which; of a due date: the new one; of an exchange rate: it
    "currency": pl.String,
    "change_id": pl.Int64,  # the change that brought it, or took it back
    "known_on": pl.Date,  # when it came
    "by": pl.String,
    "action": pl.String,  # import, mark, undo… as in the history
}
_SAME = ("date", "move", "source", "source_id", "claim_id", "document_id", "client_id", "currency")
#: Settings that a figure of a closed day, what is provided for or its VAT depends on.
_SETTINGS = (
    "doubtful_days", "history_from", "provision_every", "provision_insolvency", "provision_rates", "vat_basis", "vat_rate",
    "year_end_month",
)  # fmt: skip
#: Marks that no figure of a closed day depends on.
_ASIDE = ("reminded", "paused", "segment", "promise", "expected", "interrupted", "suspended")


@dataclass(frozen=True)
class Elsewhere:
    """What came for a closed period in another currency: how many things, and what they change of its receivables."""

    count: int
    effect: Decimal


@dataclass(frozen=True)
class Arrivals:
    """What came after a closing for the days up to `as_of`.

    Attributes:
        rows: ARRIVALS, the latest first. Their effects sum to `effect`.
        then, now: receivables of `as_of` as they were known at the closing, and as they are known now.
        others: what came in other currencies, by their code; none of it is in the rows.
        waiting: bank lines booked by `as_of` that came since, of any currency, and that nobody has matched.
    """

    closing: Closing
    as_of: date
    rows: pl.DataFrame
    then: Decimal
    now: Decimal
    others: Mapping[str, Elsewhere] = field(default_factory=dict)
    waiting: int = 0

    @property
    def effect(self) -> Decimal:
        """What the arrivals change of the receivables of the day."""
        return self.now - self.then


def run_arrivals(
    store: Store, ledger: Ledger, closing: Closing, *, as_of: date | None = None, currency: str | None = None
) -> Arrivals:
    """What came after a closing for the days up to `as_of`, by default the last closed one; other currencies are counted."""
    day, money = as_of or closing.locked_to, currency or ledger.settings.currency
    before = run_ledger(PastStore(store, last_change=closing.change_id))
    sides = [_up_to(movements(side), day) for side in (before, ledger)]
    then, now = (total(only_currency(side, money).filter(~pl.col("is_transfer"))["amount"]) for side in sides)
    rows = pl.concat(
        [
            _moved(*sides),
            _allocated(*(_given(side, day) for side in (before, ledger))),
            _marked(before, ledger, day),
            _provided(before, ledger, day),
            _put_off(*(_issued(side, day) for side in (before, ledger))),
            _set(before, ledger, day),
            _converted(before, ledger, day),
        ]
    )
    is_own = pl.col("currency").is_null() | (pl.col("currency") == money)
    caused = with_causes(rows.filter(is_own), store, (before, ledger), after=closing.change_id)
    others = _others(rows.filter(~is_own))
    return Arrivals(closing, day, _named(caused, ledger), then, now, others, _waiting(before, ledger, day))


def _others(rows: pl.DataFrame) -> dict[str, Elsewhere]:
    found = rows.group_by("currency").agg(pl.len(), pl.col("effect").sum()).sort("currency")
    return {currency: Elsewhere(count, effect) for currency, count, effect in found.iter_rows()}


def _waiting(before: Ledger, ledger: Ledger, day: date) -> int:
    """How many bank lines booked by the day only the later side has, and wait for a match."""
    came = ledger.lines.filter(pl.col("booking_date") <= day).join(before.lines, on="line_id", how="anti")
    if came.is_empty():
        return 0
    waiting = only_unmatched(bank_lines(ledger, as_of=day), ledger, as_of=day)
    return waiting.join(came, on="line_id", how="semi").height


def _up_to(moved: pl.DataFrame, day: date) -> pl.DataFrame:
    return moved.filter(pl.col("date") <= day)


#: What `with_causes` needs beside ARRIVALS: the ids of what came.
_FOUND = ("what", "is_gone", "date", "amount", "effect", "number", "client_id", "detail", "currency")
_THINGS = ("claim_id", "source_id", "document_id")


def _found(rows: pl.DataFrame) -> pl.DataFrame:
    columns: Schema = {name: ARRIVALS[name] for name in _FOUND} | dict.fromkeys(_THINGS, pl.String)
    blank = [pl.lit(None).cast(kind).alias(name) for name, kind in columns.items() if name not in rows.columns]
    return rows.with_columns(*blank).select(pl.col(name).cast(kind) for name, kind in columns.items())


def _moved(then: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Movements that only one of the two sides has, or has for another amount."""
    keys = list(_SAME)
    sums = [
        side.filter(~pl.col("is_transfer"))
        .with_columns(claim_id=_of_its_day())
        .group_by(keys)
        .agg(pl.col("number").first(), pl.col("amount").sum().alias(name))
        for name, side in (("before", then), ("after", now))
    ]
    zero = pl.lit(ZERO, MONEY)
    return (
        sums[0]
        .join(sums[1], on=keys, how="full", coalesce=True, nulls_equal=True, validate="1:1")
        .with_columns(
            is_gone=pl.col("after").is_null(),
            effect=(pl.col("after").fill_null(zero) - pl.col("before").fill_null(zero)).cast(MONEY),
            number=pl.coalesce("number", "number_right"),
        )
        .filter(pl.col("effect") != 0)
        .with_columns(what="move", amount=pl.col("effect").abs())
        .pipe(_found)
    )


def _of_its_day() -> pl.Expr:
    """The claim of a movement; of a write-off with its day, since another change brings its end than brought itself."""
    return pl.when(pl.col("source") == "write_off").then(on_its_day("claim_id", "date")).otherwise("claim_id")


def _given(ledger: Ledger, day: date) -> pl.DataFrame:
    """What was given to sales invoices by the day, whatever ended since."""
    sold = ledger.documents.filter(pl.col("direction") == "sale").select("document_id")
    is_then = pl.col("counts_from") <= day
    return (
        ledger.allocations.filter(is_then & (pl.col("source") != "write_off"))
        .join(sold, on="document_id", how="semi")
        .with_columns(reversed_on=pl.when(pl.col("reversed_on") <= day).then("reversed_on"), number="invoice_number")
    )


def _allocated(then: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Matches that only one side has: they move no receivables, but what is open and how old it is."""
    keys = ["claim_id", "document_id", "amount", "counts_from", "reversed_on"]
    sides = [
        one.join(other, on=keys, how="anti", nulls_equal=True).with_columns(is_gone=pl.lit(is_gone))
        for one, other, is_gone in ((now, then, False), (then, now, True))
    ]
    return _found(pl.concat(sides).with_columns(what=pl.lit("allocation"), date="counts_from", effect=pl.lit(ZERO, MONEY)))


def _marked(before: Ledger, ledger: Ledger, day: date) -> pl.DataFrame:
    """Marks dated by the day that only one side has, those apart that no figure depends on."""
    then, now = (
        side.marks.filter(~pl.col("what").is_in(_ASIDE)).select(
            "change_id", "document_id", "client_id", "on_date",
            detail=pl.when("is_set").then(pl.col("what")).otherwise(pl.format("not_{}", "what")),
        )
        for side in (before, ledger)
    )  # fmt: skip
    return _decided(then, now, ledger, day, "mark")


def _provided(before: Ledger, ledger: Ledger, day: date) -> pl.DataFrame:
    """Rates of provisions, dated by the day, that only one side has."""
    percent = pl.format("{} %", (pl.col("rate") * 100).cast(pl.Decimal(9, 2)))
    then, now = (
        side.provisions.select("change_id", "document_id", "on_date", client_id=pl.lit(None, pl.String), detail=percent)
        for side in (before, ledger)
    )
    return _decided(then, now, ledger, day, "provision")


def _decided(then: pl.DataFrame, now: pl.DataFrame, ledger: Ledger, day: date, what: str) -> pl.DataFrame:
    """Decisions of one kind that only one side has: change_id, document_id or client_id, on_date, detail."""
    keys = ["change_id", "document_id", "client_id", "detail"]
    numbers = ledger.documents.select("document_id", "number", "currency", whose="client_id")
    sides = [
        one.join(other, on=keys, how="anti", nulls_equal=True).with_columns(is_gone=pl.lit(is_gone))
        for one, other, is_gone in ((now, then, False), (then, now, True))
    ]
    return _found(
        pl.concat(sides)
        .filter(pl.col("on_date") <= day)
        .join(numbers, on="document_id", how="left", validate="m:1")
        .select(
            "number", "is_gone", "document_id", "detail", "currency", claim_id=pl.format("{}-{}", pl.lit(what), "change_id"),
            what=pl.lit(what), date="on_date", effect=pl.lit(ZERO, MONEY), client_id=pl.coalesce("client_id", "whose"),
        )
    )  # fmt: skip


def _issued(ledger: Ledger, day: date) -> pl.DataFrame:
    is_mine = (pl.col("direction") == "sale") & (pl.col("kind") != "credit_note") & (pl.col("issue_date") <= day)
    return ledger.documents.filter(is_mine)


def _put_off(then: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Invoices that were known, and are due on another day since."""
    moved = now.join(then.select("document_id", was="due_date"), on="document_id", how="inner", validate="1:1")
    return _found(
        moved.filter(pl.col("due_date") != pl.col("was")).with_columns(
            what=pl.lit("due_date"), is_gone=pl.lit(value=False), date="issue_date", amount=pl.lit(None, MONEY),
            effect=pl.lit(ZERO, MONEY), detail=pl.col("due_date").dt.to_string("%Y-%m-%d"),
        )
    )  # fmt: skip


def _set(before: Ledger, ledger: Ledger, day: date) -> pl.DataFrame:
    """Settings that are not what they were, and bear on the figures of the day."""
    keys = [key for key in _SETTINGS if getattr(before.settings, key) != getattr(ledger.settings, key)]
    changed = pl.DataFrame({"detail": keys}, schema={"detail": pl.String})
    return _found(
        changed.with_columns(
            what=pl.lit("setting"), is_gone=pl.lit(value=False), date=pl.lit(day), effect=pl.lit(ZERO, MONEY),
            claim_id=pl.format("setting-{}", "detail"),
        )
    )  # fmt: skip


def _converted(before: Ledger, ledger: Ledger, day: date) -> pl.DataFrame:
    """The exchange rates that convert what is owed on the day, and did not, in the currencies of the company's documents."""
    then, now = (_last_rates(side, document_currencies(ledger), day) for side in (before, ledger))
    sides = [
        now.join(then, on=list(now.columns), how="anti").with_columns(is_gone=pl.lit(value=False)),
        then.join(now, on="currency", how="anti").with_columns(is_gone=pl.lit(value=True)),
    ]
    figures = pl.col("rate").cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")
    return _found(
        pl.concat(sides).select(
            "is_gone", what=pl.lit("rate"), date="rate_date", effect=pl.lit(ZERO, MONEY),
            detail=pl.format("{} {}", "currency", figures), claim_id=rate_thing(),
        )
    )  # fmt: skip


def _last_rates(ledger: Ledger, currencies: list[str], day: date) -> pl.DataFrame:
    """Of each currency the last rate published by the day."""
    known = ledger.exchange_rates.filter((pl.col("rate_date") <= day) & pl.col("currency").is_in(currencies))
    return known.sort("currency", "rate_date").unique("currency", keep="last", maintain_order=True)


def _named(rows: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    names = client_names(ledger.clients, ledger.documents)
    if rows.is_empty():
        return empty(ARRIVALS)
    return (
        rows.join(names, on="client_id", how="left", validate="m:1")
        .with_columns(client=pl.coalesce("client", "client_id"))
        .select(pl.col(name).cast(kind) for name, kind in ARRIVALS.items())
        .sort("change_id", "date", "what", "number", "amount", descending=[True, *[False] * 4], nulls_last=True)
    )
