"""Declared payments that no bank line proves after a while."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from small_store import ME, Company, day, money

from pipelines.decisions import set_setting
from pipelines.ledger import run_ledger
from pipelines.reconcile.decide import allocate
from pipelines.reconcile.unproven import unproven


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    yield made
    made.store.close()


def rows(company: Company, on: int, *columns: str, **choices: Any) -> list[tuple[Any, ...]]:
    """Some columns of what is unproven on that day."""
    return unproven(run_ledger(company.store), as_of=day(on), **choices).select(columns).rows()


def test_a_declared_payment_is_listed_from_the_thirtieth_day_until_a_bank_line_proves_it(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00", paid_amount=money("100.00"), paid_date=day(5)).save()
    assert rows(company, 34, "invoice_number") == []
    assert rows(company, 35, "invoice_number", "client", "date", "days", "amount", "is_dated") == [
        ("F-1001", "Durand", day(5), 30, money("100.00"), True)
    ]
    company.line("L1", "60.00", "CHEQUE", on=6).save()
    allocate(company.store, "L1", "F-1001", money("60.00"), author=ME)
    assert rows(company, 35, "amount") == [(money("40.00"),)]
    company.line("L2", "40.00", "CHEQUE", on=7).save()
    allocate(company.store, "L2", "F-1001", money("40.00"), author=ME)
    assert rows(company, 35, "amount") == []


def test_the_days_are_a_setting(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00", paid_amount=money("100.00"), paid_date=day(5)).save()
    assert len(rows(company, 15, "amount", days=10)) == 1
    set_setting(company.store, "unproven_days", "10", author=ME)
    assert len(rows(company, 15, "amount")) == 1
    assert rows(company, 14, "amount") == []


def test_purchases_and_payments_that_were_taken_back_are_not_listed(company: Company) -> None:
    company.bill("A-1", "Supplier", "50.00", direction="purchase", paid_amount=money("50.00"), paid_date=day(1)).save()
    company.bill("F-1001", "Durand", "100.00", paid_amount=money("100.00"), paid_date=day(1)).save()
    assert rows(company, 120, "invoice_number") == [("F-1001",)]
    company.bill("F-1001", "Durand", "100.00", paid_amount=money("0.00")).save()
    assert rows(company, 120, "invoice_number") == []  # the export of 1 June, the 91st day, says so
    assert rows(company, 90, "invoice_number") == [("F-1001",)]


def test_it_is_said_whether_a_statement_covers_the_day(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00", paid_amount=money("100.00"), paid_date=day(5))
    company.bill("F-1002", "Durand", "70.00", paid_amount=money("70.00"), paid_date=day(9))
    company.bill("F-1003", "Durand", "30.00", paid_amount=money("30.00")).save()
    with company.store.change("import", ME) as change:
        change.insert("coverage", pl.DataFrame({"account_id": ["A"], "from_date": [day(0)], "to_date": [day(8)]}))
    late = (ME.today - day(0)).days + 40
    assert set(rows(company, late, "invoice_number", "is_covered")) == {("F-1001", True), ("F-1002", False), ("F-1003", None)}
    assert ME.today + timedelta(days=40) == day(late)


def test_a_typed_receipt_that_pays_nothing_yet_is_listed_too(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00").save()
    with company.store.change("receipt", ME) as change:
        plain = {"receipt_id": "R1", "client_id": "Durand", "receipt_date": day(2), "amount": money("80.00"), "currency": "EUR"}
        change.insert("receipt", pl.DataFrame([plain]))
    assert rows(company, 60, "invoice_number", "client", "amount") == [(None, "Durand", money("80.00"))]
