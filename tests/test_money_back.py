"""Money that goes back: returned payments, whole or in part, with the bank's fee, and what falls with them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_store import ME, Company, money

from pipelines.check import run_check
from pipelines.decisions import undo
from pipelines.reconcile.decide import allocate
from pipelines.reconcile.money_back import refund


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    yield made
    assert run_check(made.store) == []
    made.store.close()


def test_what_was_written_off_with_a_payment_falls_when_the_payment_comes_back(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00").line("L1", "99.50", "CHEQUE").line("D1", "-99.50", "CHEQUE IMPAYE", on=20).save()
    allocate(company.store, "L1", "F-1001", money("99.50"), author=ME, write_off="rounding")
    before = company.figures()
    change = refund(company.store, "D1", "L1", author=ME)
    assert [company.outstanding("F-1001", on) for on in (9, 10, 19, 20)] == [
        money("100.00"), money("0.00"), money("0.00"), money("100.00"),
    ]  # fmt: skip
    undo(company.store, change, author=ME)
    assert company.figures() == before
