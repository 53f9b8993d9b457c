"""Figures of many days at once are the figures of each day."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from from_facts import ledger_of, with_remainders
from hypothesis import HealthCheck, assume, given, settings
from ledgers import Case, cases, is_contested
from oracle import BankLine, Document, Facts, Match, Refund
from small_ledger import MONDAY, Book

from models.tables import BUCKETS
from pipelines.kpis import kpis
from pipelines.trends import last_month_ends, trend


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(8))
def test_each_day_has_the_figures_of_that_day(case: Case) -> None:
    facts, as_of, _ = with_remainders(case[0]), *case[1:]
    assume(not is_contested(facts))
    ledger = ledger_of(facts)
    days = [as_of - timedelta(days=40), as_of]
    for row in trend(ledger, days, currency=ledger.settings.currency).to_dicts():
        now = kpis(ledger, as_of=row["day"])
        assert {name: row[name] for name in BUCKETS} == now.ageing
        assert (row["receivables"], row["sales"]) == (now.receivables, now.sales)
        assert row["dso"] == pytest.approx(now.dso) if now.dso is not None else row["dso"] is None
        best = now.best_possible_dso
        assert row["best_possible_dso"] == pytest.approx(best) if best is not None else row["best_possible_dso"] is None


def test_a_credit_note_before_the_first_invoice_is_in_the_sales_of_its_day() -> None:
    eve, morrow = MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)
    book = Book().bill("A1", "Martin", eve, "40.00", kind="credit_note", issue_date=eve)
    ledger = book.bill("F1", "Martin", morrow, issue_date=morrow).ledger()
    row = trend(ledger, [MONDAY], currency="EUR").row(0, named=True)
    assert row["sales"] == kpis(ledger, as_of=MONDAY).sales == Decimal("-40.00")


def test_terms_are_weighted_by_amount_and_days_are_month_ends() -> None:
    book = Book().bill("F1", "Martin", MONDAY, "300.00", issue_date=MONDAY - timedelta(days=10))
    ledger = book.bill("F2", "Martin", MONDAY, "100.00", issue_date=MONDAY - timedelta(days=50)).ledger()
    days = last_month_ends(MONDAY, 2)
    assert days == [date(2026, 4, 30), date(2026, 5, 31), MONDAY]
    rows = trend(ledger, days, currency="EUR")
    assert rows["terms"].to_list() == [None, 50.0, 20.0]
    assert rows["receivables"].to_list() == [Decimal("0.00"), Decimal("100.00"), Decimal("400.00")]
    assert trend(Book().ledger(), days, currency="EUR")["dso"].to_list() == [None] * 3
    assert rows.schema["not_due"] == pl.Decimal(18, 2)


def test_a_payment_that_comes_back_on_a_day_is_owed_again_that_day() -> None:
    whole, eve = Decimal("100.00"), MONDAY - timedelta(days=1)
    facts = Facts(
        documents=(Document("F1", "invoice", "C1", MONDAY - timedelta(days=50), MONDAY - timedelta(days=20), whole),),
        lines=(BankLine("L1", MONDAY - timedelta(days=30), whole, "C1"),),
        matches=(Match("M1", "L1", "F1", whole, MONDAY),),
        refunds=(Refund(MONDAY, "L1", whole, "returned", "C1"),),
    )
    rows = trend(ledger_of(facts), [eve, MONDAY], currency="EUR")
    assert rows.select("1_30", "receivables").rows() == [(Decimal("0.00"), Decimal("0.00")), (whole, whole)]
