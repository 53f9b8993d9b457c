"""Receivables in several currencies: each by itself, and all of them in the company's at published rates."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_ledger import COMPANY, MONDAY, Book

from models.cash_tables import PLANNED_ITEMS
from models.desk_tables import EXCHANGE_RATES
from models.money import ZERO
from models.settings import Settings
from models.tables import conform
from pipelines.consolidated import NOTHING, Consolidated, consolidated, currencies, document_currencies
from pipelines.kpis import kpis
from pipelines.ledger import Ledger

FRIDAY = MONDAY - timedelta(days=3)


def with_rates(book: Book, rates: dict[tuple[str, date], str], own: str = "EUR") -> Ledger:
    rows = [(currency, day, Decimal(rate)) for (currency, day), rate in rates.items()]
    frame = pl.DataFrame(rows, schema=EXCHANGE_RATES, orient="row")
    return replace(book.ledger(replace(COMPANY, currency=own)), exchange_rates=frame)


def three() -> Book:
    """100 EUR late, 109.19 USD late and 10 USD to come, 86 GBP late with an open credit of 43."""
    book = Book().late("F1", "Martin", 5).late("F2", "Smith", 40, "109.19", currency="USD")
    book.bill("F3", "Smith", MONDAY + timedelta(days=9), "10.00", currency="USD").late("F4", "Jones", 95, "86.00", currency="GBP")
    return book.bill("A1", "Jones", MONDAY, "43.00", currency="GBP", kind="credit_note", issue_date=FRIDAY)


RATES = {("USD", FRIDAY): "1.0919", ("GBP", FRIDAY): "0.86", ("USD", MONDAY + timedelta(days=1)): "2"}


def test_each_currency_is_converted_at_the_last_rate_published_by_the_day() -> None:
    found = consolidated(with_rates(three(), RATES), as_of=MONDAY)
    said = {part.currency: (part.own.receivables, part.converted and part.converted.receivables) for part in found.parts}
    assert said == {
        "EUR": (Decimal("100.00"), Decimal("100.00")),
        "GBP": (Decimal("43.00"), Decimal("50.00")),
        "USD": (Decimal("119.19"), Decimal("109.16")),
    }
    assert [part.currency for part in found.parts] == ["EUR", "GBP", "USD"]
    assert {part.rate.day for part in found.parts if part.rate} == {None, FRIDAY}
    total = found.total
    assert (total.receivables, total.overdue, total.open_credits) == (Decimal("259.16"), Decimal("300.00"), Decimal("50.00"))
    assert total.ageing == {
        "not_due": Decimal("9.16"),
        "1_30": Decimal("100.00"),
        "31_60": Decimal("100.00"),
        "61_90": ZERO,
        "over_90": Decimal("100.00"),
    }
    assert not any(part.is_old for part in found.parts)


def test_a_currency_without_a_rate_is_left_out_and_an_old_rate_is_said() -> None:
    ledger = with_rates(three(), {("USD", MONDAY - timedelta(days=8)): "1.1", ("GBP", MONDAY + timedelta(days=1)): "0.8"})
    found = consolidated(ledger, as_of=MONDAY)
    assert found.left_out == ("GBP",)
    assert {part.currency: part.is_old for part in found.parts} == {"EUR": False, "GBP": False, "USD": True}
    assert found.total.receivables == Decimal("100.00") + Decimal("99.26") + Decimal("9.09")
    week = consolidated(with_rates(three(), {("USD", MONDAY - timedelta(days=7)): "1.1"}), as_of=MONDAY)
    assert not any(part.is_old for part in week.parts)


def test_other_currencies_cross_through_the_euro_on_one_day() -> None:
    rates = {("USD", FRIDAY): "1.10", ("GBP", FRIDAY): "0.88", ("USD", MONDAY): "9"}
    found = consolidated(with_rates(three(), rates, own="USD"), as_of=MONDAY)
    said = {part.currency: (part.rate and (part.rate.units, part.rate.day)) for part in found.parts}
    assert said["GBP"] == (Decimal("0.8"), FRIDAY)  # pounds for one dollar, of the day that has both
    assert said["EUR"] == (Decimal("0.11111111"), MONDAY)  # the euro needs the dollar's rate only
    assert said["USD"] == (Decimal(1), None)
    converted = {part.currency: part.converted.receivables for part in found.parts if part.converted}
    assert converted == {"USD": Decimal("119.19"), "GBP": Decimal("53.75"), "EUR": Decimal("900.00")}


def test_the_currencies_of_a_company_begin_with_its_own() -> None:
    assert document_currencies(three().ledger()) == ["EUR", "GBP", "USD"]
    assert document_currencies(Book().ledger(Settings(currency="CHF"))) == ["CHF"]
    planned = conform(pl.DataFrame([{"item_id": "P", "currency": "AUD"}]), PLANNED_ITEMS)
    assert currencies(replace(three().ledger(), planned_items=planned)) == ["EUR", "GBP", "USD", "AUD"]


amounts = st.decimals("0.01", "9999999.99", places=2)
bills = st.lists(
    st.tuples(st.sampled_from(["EUR", "USD", "GBP"]), amounts, st.integers(-40, 200), st.booleans()), min_size=1, max_size=8
)
rate = st.decimals("0.0001", "20000", places=4)


def _consolidated(owed: list[tuple[str, Decimal, int, bool]], usd: Decimal, gbp: Decimal) -> tuple[Ledger, Consolidated]:
    book = Book()
    for place, (currency, amount, late, is_note) in enumerate(owed):
        kind = "credit_note" if is_note else "invoice"
        book.late(f"F{place}", "Martin", late, str(amount), currency=currency, kind=kind, issue_date=FRIDAY)
    ledger = with_rates(book, {("USD", FRIDAY): str(usd), ("GBP", FRIDAY): str(gbp)})
    return ledger, consolidated(ledger, as_of=MONDAY)


@settings(max_examples=25)
@given(bills, rate, rate)
def test_the_parts_as_shown_sum_to_the_total_and_each_currency_is_what_its_figures_say(
    owed: list[tuple[str, Decimal, int, bool]], usd: Decimal, gbp: Decimal
) -> None:
    ledger, found = _consolidated(owed, usd, gbp)
    shown = [part.converted for part in found.parts if part.converted is not None]
    assert len(shown) == len(found.parts)
    for name in found.total.ageing:
        assert found.total.ageing[name] == sum((part.ageing[name] for part in shown), ZERO)
    assert found.total.receivables == sum((part.receivables for part in shown), ZERO)
    assert found.total.overdue == sum((part.overdue for part in shown), ZERO)
    now = kpis(ledger, as_of=MONDAY)
    by_currency = {part.currency: part.own for part in found.parts}
    own = by_currency.pop("EUR", NOTHING)
    assert (own.receivables, own.overdue, own.ageing) == (now.receivables, now.overdue, now.ageing)
    assert {currency: part.receivables for currency, part in by_currency.items()} == now.other_currencies


@settings(max_examples=15)
@given(bills, rate)
def test_consolidating_one_currency_is_the_identity(owed: list[tuple[str, Decimal, int, bool]], usd: Decimal) -> None:
    own = [("EUR", *rest) for _, *rest in owed]
    ledger, found = _consolidated(own, usd, usd)  # type: ignore[arg-type]
    now = kpis(ledger, as_of=MONDAY)
    assert (found.total.receivables, found.total.ageing, found.left_out) == (now.receivables, now.ageing, ())


@pytest.mark.parametrize(("amount", "per_euro", "expected"), [("1.25", "0.4", "3.13"), ("-0.01", "2", "-0.01")])
def test_halves_round_away_from_zero_once(amount: str, per_euro: str, expected: str) -> None:
    from pipelines.consolidated import Rate

    assert Rate(Decimal(per_euro), Decimal(1), FRIDAY).convert(Decimal(amount)) == Decimal(expected)
