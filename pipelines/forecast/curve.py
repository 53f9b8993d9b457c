"""The cash of the coming days: opening balance, expected receipts with their band, recurring flows, item by item."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from models.money import ZERO, total
from models.tables import conform
from pipelines.forecast.bands import LEVELS, P10, P50, P90
from pipelines.forecast.doubles import NEAR_DAYS, client_lines
from pipelines.forecast.floor import chances_below
from pipelines.forecast.incoming import Incoming, incoming
from pipelines.forecast.items import ITEMS, moved_by_day, receipt_items, running, to_cents, to_money
from pipelines.forecast.opening import accounts_in, lines_in, opening_balances
from pipelines.forecast.planned import expected_items
from pipelines.forecast.recurring import recurring_flows
from pipelines.ledger import Ledger
from pipelines.payables_ahead import payables_ahead, supplier_items
from pipelines.receivables import open_items, outstanding

#: Days without a movement after which the bank accounts are out of date.
STALE_DAYS = 7

#: What weakens a forecast: code -> sentence.
NOTES = {
    "no_balance": "No statement gives the balance of an account: its movements are added up as if it had started empty.",
    "no_account": "No bank account is known in this currency: the curve starts from zero.",
    "starting_estimate": "Starting estimate: the payment history is still too short to show how your own clients pay.",
    "stale_bank": "The bank movements stop before this date: import the latest statement.",
    "unmatched_receipts": "Receipts of the very amount of open invoices wait to be matched: what they pay is still expected.",
    "other_currencies": "Open invoices or accounts in other currencies are left out.",
}


@dataclass(frozen=True)
class Band:
    """One amount per day: expected (mean), and missed once in ten times (P10), one in two, nine in ten; P10 <= P50 <= P90."""

    mean: list[Decimal]
    p10: list[Decimal]
    p50: list[Decimal]
    p90: list[Decimal]

    def over(self, known: list[Decimal]) -> "Band":
        """The same band on top of known amounts, one per day."""
        return Band(*([k + v for k, v in zip(known, row, strict=True)] for row in (self.mean, self.p10, self.p50, self.p90)))


@dataclass(frozen=True)
class LowPoint:
    """The first day on which the prudent balance (P10) is at its lowest."""

    date: date
    p10: Decimal
    p50: Decimal


@dataclass(frozen=True)
class Forecast:
    """Cash at the end of each of the coming days, in one currency.

    Attributes:
        opening: all accounts together at the end of `opening_date`, the as-of date.
        dates: the days after it; every list has one value per day.
        balances: cash at the end of the day; the mean is the opening plus the items up to that day, to the cent.
        receipts: cumulative cash in from open invoices, never falling, never above what is owed.
        outflows: other debits of the day, 0.00 or negative: recurring and planned ones, taxes, suppliers; `inflows` such credits.
        invoices: FORECAST_INVOICES; `set_aside`: SET_ASIDE, which are not in the curve (`pipelines.forecast.incoming`).
        items: ITEMS (`pipelines.forecast.items`).
        expected: EXPECTED (`pipelines.forecast.planned`), what does not count included, with why.
        payables: PAYABLES_AHEAD (`pipelines.payables_ahead`), however far their days are.
        below_floor: each day's chance that the balance is below it.
        coming: what the open invoices should bring, and how past forecasts of it did.
        unissued: cumulative receipts of invoices to come, in no balance.
        floor: the balance not to fall below: the settings' in the company's currency, nothing in others.
        flows: FLOWS (`pipelines.forecast.recurring`), those not seen any more included.
        accounts: OPENINGS (`pipelines.forecast.opening`).
        notes: codes of NOTES.
    """

    currency: str
    opening: Decimal
    opening_date: date
    dates: list[date]
    balances: Band
    receipts: Band
    outflows: list[Decimal]
    inflows: list[Decimal]
    invoices: pl.DataFrame
    set_aside: pl.DataFrame
    items: pl.DataFrame
    expected: pl.DataFrame
    payables: pl.DataFrame
    floor: Decimal
    below_floor: list[float]
    coming: Incoming
    unissued: list[Decimal]
    flows: pl.DataFrame
    accounts: pl.DataFrame
    notes: tuple[str, ...]

    @property
    def is_starting(self) -> bool:
        """Whether the band is a general one: the history is too short for one of the company's own."""
        return "starting_estimate" in self.notes

    @property
    def has_cash(self) -> bool:
        """Whether a bank account is known; without one the curve starts from zero, and its levels say nothing of cash."""
        return "no_account" not in self.notes

    @property
    def riskiest(self) -> tuple[date, float]:
        """The first day on which cash is most likely below the floor, and how likely that is."""
        worst = max(self.below_floor)
        return self.dates[self.below_floor.index(worst)], worst

    @property
    def lowest(self) -> LowPoint:
        """The low point of the prudent curve."""
        low = self.balances.p10.index(min(self.balances.p10))
        return LowPoint(self.dates[low], self.balances.p10[low], self.balances.p50[low])


def forecast(ledger: Ledger, *, as_of: date, days: int = 30, currency: str | None = None) -> Forecast:
    """The cash at the end of each of the `days` days after `as_of`, from what is dated up to it.

    Args:
        ledger: the facts.
        as_of: the day at whose end everything is known.
        days: how many days ahead, at least 1.
        currency: the accounts and invoices that take part; None is the company's.
    """
    currency = currency or ledger.settings.currency
    dates = [as_of + timedelta(days=k) for k in range(1, days + 1)]
    coming = incoming(ledger, as_of=as_of, days=days, currency=currency)
    cash_in = coming.receipts
    from_invoices, mean = receipt_items(coming.counted, cash_in.chances, dates)
    receipts = Band(to_money(mean), *(to_money(to_cents(cash_in.quantiles[level])) for level in (P10, P50, P90)))
    accounts = accounts_in(ledger, currency)
    openings = opening_balances(accounts, lines_in(ledger, currency), ledger.balances, as_of=as_of)
    free = _free_lines(ledger, accounts, as_of=as_of)
    waiting = _waiting(free, ledger, as_of=as_of)
    free = free.join(waiting, on="line_id", how="anti")
    flows, owed_out, expected = _expected(ledger, free, as_of=as_of, days=days, currency=currency)
    others = expected.filter("is_counted").pipe(conform, ITEMS)
    outflows, inflows = (moved_by_day(others, dates, is_debit=is_debit) for is_debit in (True, False))
    opening = total(openings["balance"])
    floor = ledger.settings.cash_floor if currency == ledger.settings.currency else ZERO
    known = running(opening, [out + come for out, come in zip(outflows, inflows, strict=True)])
    return Forecast(
        currency=currency,
        opening=opening,
        opening_date=as_of,
        dates=dates,
        balances=receipts.over(known),
        receipts=receipts,
        outflows=outflows,
        inflows=inflows,
        invoices=coming.invoices(),
        set_aside=coming.set_aside,
        items=pl.concat([from_invoices, others]).sort("date", "kind", "label", "item_id"),
        expected=expected,
        payables=owed_out,
        floor=floor,
        below_floor=chances_below(floor, known, cash_in.quantiles, LEVELS),
        coming=coming,
        unissued=to_money(to_cents(coming.unissued.mean)),
        flows=flows,
        accounts=openings,
        notes=_notes(ledger, openings, waiting, is_starting=cash_in.behaviour.is_starting, as_of=as_of, currency=currency),
    )


def _free_lines(ledger: Ledger, accounts: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Bank lines up to `as_of` that neither pay a sale, nor come from a client, nor go between own accounts.

    A debit that paid a supplier invoice stays: a subscription comes back whether its invoices are entered or not, and the next
    invoice takes the place of the next debit.
    """
    known = ledger.lines.filter(pl.col("booking_date") <= as_of)
    taken = client_lines(ledger, as_of=as_of).to_frame()
    return known.join(taken, on="line_id", how="anti").join(accounts, on="account_id", how="semi")


def _waiting(free: pl.DataFrame, ledger: Ledger, *, as_of: date) -> pl.DataFrame:
    """The line_ids of free receipts that have the very amount of an open sale issued by then: the payer may be a client.

    Told as recurring receipts, they would be expected beside the invoices that they may have paid.
    """
    owed = open_items(ledger, as_of=as_of).filter(pl.col("outstanding") > 0)
    first = owed.group_by("currency", amount="outstanding").agg(pl.col("issue_date").min())
    receipts = free.filter(pl.col("amount") > 0).with_columns(pl.col("currency").fill_null(ledger.settings.currency))
    paired = receipts.join(first, on=["currency", "amount"], how="inner", validate="m:1")
    return paired.filter(pl.col("booking_date") >= pl.col("issue_date")).select("line_id")


def _expected(
    ledger: Ledger, free: pl.DataFrame, *, as_of: date, days: int, currency: str
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """FLOWS (told by the free bank lines), PAYABLES_AHEAD and EXPECTED."""
    flows = recurring_flows(free, as_of=as_of, horizon=days + NEAR_DAYS, region=ledger.settings.region)
    owed = payables_ahead(ledger, as_of=as_of, currency=currency)
    unlikely = dict(owed.drop_nulls("why_not").select("document_id", "why_not").iter_rows())
    items = expected_items(ledger, flows, supplier_items(owed), unlikely=unlikely, as_of=as_of, days=days, currency=currency)
    return flows, owed, items


def _notes(
    ledger: Ledger, openings: pl.DataFrame, waiting: pl.DataFrame, *, is_starting: bool, as_of: date, currency: str
) -> tuple[str, ...]:
    """The codes of NOTES that hold."""
    last_line = openings["last_line_date"].max()
    foreign = ledger.documents.filter(pl.col("currency") != currency)
    owed = (outstanding(foreign, ledger.allocations, as_of=as_of, direction=way) for way in ("sale", "purchase"))
    holds = {
        "no_balance": openings["stated_on"].null_count() > 0,
        "no_account": openings.is_empty(),
        "starting_estimate": is_starting,
        "stale_bank": isinstance(last_line, date) and (as_of - last_line).days > STALE_DAYS,
        "unmatched_receipts": not waiting.is_empty(),
        "other_currencies": (not foreign.is_empty() and any((rows["outstanding"] > 0).any() for rows in owed))
        or openings.height < ledger.accounts.height,
    }
    return tuple(code for code in NOTES if holds[code])
