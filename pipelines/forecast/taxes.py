"""What the State will ask for: the VAT estimated from the invoices of each period, and a calendar of taxes as a proposal.

Dates: CGI ann. II 242 sexies (VAT, day 15 to 24 of the month after the period), CGI 1668 (IS instalments), CGI 1679 quinquies
(CFE), CSS R243-6 (URSSAF). An estimate is no return: a person confirms, moves, changes or drops each.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from models.dates import month_end, month_start, next_working_day
from models.money import ZERO, round_half_up
from pipelines.forecast.items import ITEMS
from pipelines.ledger import Ledger
from pipelines.papers.vat_on_receipts import vat_rows
from pipelines.receivables import only_currency

#: Taxes of the calendar, and their name on screen.
TAX_NAMES = {
    "cfe": "Business property tax (CFE)",
    "corporate_tax": "Corporate tax instalment (IS)",
    "urssaf": "Social contributions (URSSAF)",
}
#: Words by which a bank label tells each of them; vat by VAT_WORDS.
TAX_WORDS = {"cfe": ("CFE",), "corporate_tax": ("SOCIETES", "ACPTE"), "urssaf": ("URSSAF",)}
VAT_WORDS = ("TVA",)
_DAY, _QUARTER = 15, 3
_MONTHS = {"cfe": (12,), "corporate_tax": (3, 6, 9, 12)}


def tax_items(ledger: Ledger, *, since: date, last: date, currency: str) -> pl.DataFrame:
    """ITEMS of kind tax due from `since` to `last`: the dates of the calendar. Their amount is null: nobody knows it here.

    The State is paid in the company's own currency: in any other there is none, of VAT neither.
    """
    settings = ledger.settings
    if currency != settings.currency:
        return _items([], since, last)
    rows = []
    for start in _months(since, last):
        named = [(code, start.replace(day=_DAY)) for code, months in _MONTHS.items() if start.month in months]
        if settings.urssaf_day != "none":
            named.append(("urssaf", start.replace(day=int(settings.urssaf_day))))
        rows += [
            {"kind": "tax", "item_id": f"tax|{code}", "label": code, "for_date": day, "date": _worked(day, ledger)}
            for code, day in named
        ]
    return _items(rows, since, last)


def vat_items(ledger: Ledger, *, as_of: date, since: date, last: date, currency: str) -> pl.DataFrame:
    """ITEMS of kind vat due from `since` to `last`, one per period that has begun; labels are 2026-05, or 2026-T2.

    The VAT of the period's sales less that of the supplier invoices issued in it, as known at `as_of`; a period that still
    runs counts for what it has so far. The amount is null where no invoice of the period states its VAT; a credit of VAT is
    no item.
    """
    settings = ledger.settings
    if settings.vat_regime == "none" or currency != settings.currency:
        return _items([], since, last)
    months = 1 if settings.vat_regime == "monthly" else _QUARTER
    rows = []
    for start in _months(since - timedelta(days=31 * (months + 1)), last):
        if (start.month - 1) % months:
            continue
        end = month_end(_month_after(start, months - 1))
        due = _month_after(start, months).replace(day=settings.vat_day)
        if start > as_of:
            continue
        amount = vat_of_period(ledger, start, min(end, as_of), currency=currency)
        if amount is not None and amount <= 0:
            continue
        label = f"{start:%Y-%m}" if months == 1 else f"{start.year}-T{(start.month + 2) // _QUARTER}"
        row = {"kind": "vat", "item_id": "vat", "label": label, "for_date": due, "date": _worked(due, ledger)}
        rows.append({**row, "amount": None if amount is None else -amount})
    return _items(rows, since, last)


def vat_of_period(ledger: Ledger, start: date, end: date, *, currency: str) -> Decimal | None:
    """VAT to pay of the documents from `start` to `end`; negative is a credit of VAT, None if no document states any.

    Sales count when they are issued (on debits), or by what was received in the period, less what went back (on receipts).
    """
    stated = pl.coalesce("vat_amount", pl.col("amount") - pl.col("amount_excl_tax"))
    known = only_currency(ledger.documents, currency).with_columns(vat=stated).drop_nulls("vat").filter(pl.col("amount") > 0)
    issued = known.filter(pl.col("issue_date").is_between(start, end))
    if ledger.settings.vat_basis == "receipts":
        purchases = issued.filter(pl.col("direction") != "sale").select("direction", "kind", "vat")
        counted = pl.concat([_received(ledger, start, end, currency), purchases])
    else:
        counted = issued.select("direction", "kind", "vat")
    if counted.is_empty():
        return None
    due = ZERO
    for direction, kind, vat in counted.iter_rows():
        due += vat if (direction == "sale") == (kind != "credit_note") else -vat
    return round_half_up(due)


def _received(ledger: Ledger, start: date, end: date, currency: str) -> pl.DataFrame:
    """direction, kind and vat of each payment of the period, as the accountant's table of VAT on receipts has them."""
    rows = vat_rows(ledger, as_of=end, currency=currency, start=start).drop_nulls("vat")
    return rows.select(direction=pl.lit("sale"), kind=pl.lit("invoice"), vat="vat")


def _items(rows: list[dict[str, object]], since: date, last: date) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=ITEMS)
    return frame.filter(pl.col("date").is_between(since, last)).sort("date", "item_id")


def _worked(day: date, ledger: Ledger) -> date:
    return next_working_day(day, ledger.settings.region)


def _months(first: date, last: date) -> Iterator[date]:
    """The first days of the months from that of `first` to that of `last`."""
    start = month_start(first)
    while start <= last:
        yield start
        start = _month_after(start, 1)


def _month_after(start: date, count: int) -> date:
    """The first day of the month `count` months after."""
    month = start.year * 12 + start.month - 1 + count
    return date(month // 12, month % 12 + 1, 1)
