"""Eight people and the rules at work at once on the same invoices and bank lines: nothing is ever given twice."""

import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random

import polars as pl
from small_store import ME, Company, money

from models.errors import Refused
from pipelines.check import run_check
from pipelines.ledger import run_ledger
from pipelines.reconcile.decide import accept, allocate, allocate_many, allocate_oldest
from pipelines.reconcile.run import run_reconcile

THREADS = 8
NUMBERS = ("FA-2025-0001", "FA-2025-0002", "FA-2025-0003")


def _together(act: Callable[[int], None]) -> list[BaseException]:
    """Start `act(n)` in all threads at the same moment; what they raised."""
    raised: list[BaseException] = []
    gate = threading.Barrier(THREADS)

    def run(n: int) -> None:
        gate.wait()
        try:
            act(n)
        except BaseException as error:  # noqa: BLE001 -- every failure of a thread must be seen
            raised.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def _company(path: Path) -> Company:
    """Three invoices of 100.00, and twelve receipts of 60.00, some of which name one of them."""
    company = Company(path)
    for number in NUMBERS:
        company.bill(number, "Durand", "100.00")
    for n in range(12):
        company.line(f"L{n}", "60.00", f"VIR DURAND {NUMBERS[n % 3]}" if n % 4 == 0 else "REMISE CHEQUE", on=10 + n)
    return company.save()


def _given(company: Company, column: str) -> dict[str, Decimal]:
    claims = run_ledger(company.store).claims.filter(pl.col("source") == "bank")
    return dict(claims.group_by(column).agg(pl.col("amount").sum()).iter_rows())


def test_eight_threads_that_allocate_accept_and_reconcile_never_give_too_much(tmp_path: Path) -> None:
    company = _company(tmp_path)
    refused: list[str] = []

    def act(n: int) -> None:
        dice = Random(n)
        for _ in range(4):
            line, number = f"L{dice.randrange(12)}", dice.choice(NUMBERS)
            try:
                if n == 0:
                    run_reconcile(company.store, author=ME)
                elif n == 1:
                    accept(company.store, line, candidate=1, author=ME)
                elif n == 3:
                    allocate_oldest(company.store, line, "Durand", author=ME)
                elif n % 2:
                    allocate(company.store, line, number, money("25.00"), author=ME)
                else:
                    parts = [(line, NUMBERS[0], money("10.00")), (line, NUMBERS[1], money("50.00"))]
                    allocate_many(company.store, parts, author=ME)
            except Refused as error:
                refused.append(error.code)

    assert _together(act) == []
    run_reconcile(company.store, author=ME)
    assert max(_given(company, "document_id").values()) <= money("100.00")
    assert max(_given(company, "source_id").values()) <= money("60.00")
    assert run_check(company.store) == []
    assert refused  # there was less to give than they asked for
    company.store.close()


def test_of_eight_threads_that_give_one_line_one_is_served(tmp_path: Path) -> None:
    company = _company(tmp_path)
    refused: list[str] = []

    def act(n: int) -> None:
        try:
            allocate(company.store, "L1", NUMBERS[n % 3], money("60.00"), author=ME)
        except Refused as error:
            refused.append(error.code)

    assert _together(act) == []
    assert len(refused) == THREADS - 1
    assert _given(company, "source_id") == {"L1": money("60.00")}
    assert run_check(company.store) == []
    company.store.close()
