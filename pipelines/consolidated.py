"""Receivables of all currencies in the company's own, at the exchange rates that were published by the as-of date.

Amounts of different currencies are never added as they are: each is converted first, at a rate whose day is shown, and a
currency without a rate is left out and named. Rates are units for one euro; between two other currencies they cross
through it, both of the same day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

import polars as pl

from models.money import MONEY, ZERO, round_half_up
from models.tables import BUCKETS
from pipelines.ledger import Ledger
from pipelines.receivables import open_credits, open_items

EURO = "EUR"
#: A rate that is so many days older than the as-of date is warned of: the ECB publishes on working days, and is closed for
#: five days at most, around Easter and the end of the year.
OLD_DAYS = 7
_ONE = Decimal(1)
_SHOWN = Decimal("0.00000001")
_PRECISION = 60
_CREDITS = "open_credits"


@dataclass(frozen=True)
class Rate:
    """The exchange rate of a currency, as published for `day`; no day for the company's own.

    Attributes:
        of_euro: units of the currency for one euro. `own_of_euro`: likewise of the company's.
    """

    of_euro: Decimal
    own_of_euro: Decimal
    day: date | None

    @property
    def units(self) -> Decimal:
        """Units of the currency for one of the company's, to eight decimals, as it is shown."""
        return (self.of_euro / self.own_of_euro).quantize(_SHOWN).normalize()

    def convert(self, amount: Decimal) -> Decimal:
        """The amount in the company's currency, rounded once to the cent, halves up; exact before that."""
        with localcontext(prec=_PRECISION):
            return round_half_up(amount * self.own_of_euro / self.of_euro)


@dataclass(frozen=True)
class Amounts:
    """What is owed in one currency: outstanding by bucket, and the open credits, positive, that come off it."""

    ageing: Mapping[str, Decimal]
    open_credits: Decimal

    @property
    def gross_outstanding(self) -> Decimal:
        """What all open invoices owe."""
        return sum(self.ageing.values(), ZERO)

    @property
    def receivables(self) -> Decimal:
        """What all clients owe, net of their open credits."""
        return self.gross_outstanding - self.open_credits

    @property
    def overdue(self) -> Decimal:
        """What is past its due date."""
        return self.gross_outstanding - self.ageing["not_due"]

    def at(self, rate: Rate) -> "Amounts":
        """The same in the company's currency: each bucket and the credits rounded once to the cent, halves up."""
        return Amounts({name: rate.convert(amount) for name, amount in self.ageing.items()}, rate.convert(self.open_credits))

    def __add__(self, other: "Amounts") -> "Amounts":
        """The sum of two amounts of one currency."""
        ageing = {name: amount + other.ageing[name] for name, amount in self.ageing.items()}
        return Amounts(ageing, self.open_credits + other.open_credits)


NOTHING = Amounts(dict.fromkeys(BUCKETS, ZERO), ZERO)


@dataclass(frozen=True)
class Part:
    """The receivables in one currency.

    Attributes:
        own: in that currency.
        rate: at which they are converted; None: none was published by the as-of date, and they are in no total.
        converted: in the company's currency; None likewise.
        is_old: the rate is more than OLD_DAYS older than the as-of date.
    """

    currency: str
    own: Amounts
    rate: Rate | None
    converted: Amounts | None
    is_old: bool = False


@dataclass(frozen=True)
class Consolidated:
    """The receivables of all currencies at a date, in the company's `currency` first; `total` sums what could be converted."""

    as_of: date
    currency: str
    parts: tuple[Part, ...]

    @property
    def total(self) -> Amounts:
        """The sum of the converted parts, to the cent what is shown of them."""
        return sum((part.converted for part in self.parts if part.converted is not None), start=NOTHING)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The currencies that no published rate converts."""
        return tuple(part.currency for part in self.parts if part.converted is None)


def document_currencies(ledger: Ledger) -> list[str]:
    """The company's currency, then the others of its documents and receipts, by name."""
    own = ledger.settings.currency
    found = {*ledger.documents["currency"].unique(), *ledger.receipts["currency"].unique()} - {None, own}
    return [own, *sorted(found)]


def currencies(ledger: Ledger) -> list[str]:
    """The same, then those that only bank accounts, their movements or planned ones are in, by name."""
    known = document_currencies(ledger)
    kept = (ledger.accounts, ledger.lines, ledger.planned_items)
    more = {currency for frame in kept for currency in frame["currency"].unique()} - {None, *known}
    return [*known, *sorted(more)]


def consolidated(ledger: Ledger, *, as_of: date) -> Consolidated:
    """What clients owe at the end of `as_of` in every currency, each converted at the last rate published by then."""
    own = ledger.settings.currency
    amounts = _by_currency(ledger, as_of=as_of)
    rates = published_rates(ledger.exchange_rates, sorted(amounts), to=own, as_of=as_of)
    parts = []
    for currency in sorted(amounts, key=lambda code: (code != own, code)):
        rate = rates.get(currency)
        is_old = rate is not None and rate.day is not None and (as_of - rate.day).days > OLD_DAYS
        converted = None if rate is None else amounts[currency].at(rate)
        parts.append(Part(currency, amounts[currency], rate, converted, is_old))
    return Consolidated(as_of, own, tuple(parts))


def published_rates(rates: pl.DataFrame, currencies: list[str], *, to: str, as_of: date) -> dict[str, Rate]:
    """The rate of each currency for one unit of `to`, of the last day by `as_of` that has all it takes; none without one.

    Args:
        rates: EXCHANGE_RATES.
        currencies: those to convert.
        to: the currency that they are converted to.
        as_of: no rate of a later day is used.
    """
    known = rates.filter((pl.col("rate_date") <= as_of) & pl.col("currency").is_in([*currencies, to]))
    by_day: dict[str, dict[date, Decimal]] = {}
    for currency, day, rate in known.select("currency", "rate_date", "rate").iter_rows():
        by_day.setdefault(currency, {})[day] = rate
    found = {}
    for currency in currencies:
        if currency == to:
            found[currency] = Rate(_ONE, _ONE, None)
        elif (day := _last_common(by_day, [code for code in (currency, to) if code != EURO])) is not None:
            of_euro = {code: _ONE if code == EURO else by_day[code][day] for code in (currency, to)}
            found[currency] = Rate(of_euro[currency], of_euro[to], day)
    return found


def _last_common(by_day: Mapping[str, Mapping[date, Decimal]], currencies: list[str]) -> date | None:
    """The last day on which all these currencies have a rate."""
    days = [set(by_day.get(currency, {})) for currency in currencies]
    return max(set.intersection(*days), default=None)


def _by_currency(ledger: Ledger, *, as_of: date) -> dict[str, Amounts]:
    """What is owed in each currency that has something open."""
    items = open_items(ledger, as_of=as_of).filter(pl.col("outstanding") > 0)
    left = open_credits(ledger, as_of=as_of)
    sums = pl.concat(
        [
            items.select("currency", "bucket", amount="outstanding"),
            left.select("currency", bucket=pl.lit(_CREDITS), amount="remaining"),
        ]
    )
    sums = sums.group_by("currency", "bucket").agg(pl.col("amount").sum().cast(MONEY))
    found: dict[str, dict[str, Decimal]] = {}
    for currency, bucket, amount in sums.iter_rows():
        found.setdefault(currency, dict.fromkeys((*BUCKETS, _CREDITS), ZERO))[bucket] = amount
    return {code: Amounts({name: own[name] for name in BUCKETS}, own[_CREDITS]) for code, own in found.items()}
