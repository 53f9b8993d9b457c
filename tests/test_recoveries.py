"""Money received for an invoice that was written off: income of its day, the loss stays where it was booked."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from small_store import Company, day, money

from models.errors import Refused
from models.store import Author
from pipelines.accounting.entries import entries_of
from pipelines.check import run_check
from pipelines.decisions import undo
from pipelines.ledger import Ledger, run_ledger
from pipelines.marks import mark
from pipelines.papers.vat_on_receipts import vat_rows
from pipelines.provisions.vat_recovery import lost_vat
from pipelines.receivables import only_counting, open_credits, open_items
from pipelines.reconcile.decide import allocate, allocate_oldest
from pipelines.recoveries import with_lost

ME = Author("Ana", date(2027, 1, 1), datetime(2027, 1, 1, 9))  # UTC without zone, as stored
LOST, FIRST, SECOND = 100, 120, 140


@pytest.fixture
def lost(tmp_path: Path) -> Company:
    company = Company(tmp_path)
    company.bill("F1", "Martin", "120.00", amount_excl_tax=money("100.00"), vat_amount=money("20.00"))
    company.line("L1", "50.00", "VIR MARTIN", on=FIRST).line("L2", "70.00", "VIR MARTIN", on=SECOND).save()
    mark(company.store, "F1", "written-off", on=day(LOST), author=ME)
    return company


def entries(ledger: Ledger, on: int = 200) -> list[str]:
    """Lines of losses as "100 654000 100.00 AA": the day, the account, the amount, the code."""
    lines = entries_of(ledger, start=day(-60), to=day(on), currency="EUR").lines.filter(pl.col("kind") == "write_off")
    return [
        f"{(row['date'] - day(0)).days} {row['account']} {row['debit'] - row['credit']} {row['letter'] or ''}".strip()
        for row in lines.iter_rows(named=True)
    ]


def owed(ledger: Ledger, on: int) -> tuple[Decimal, str]:
    return open_items(ledger, as_of=day(on)).select("outstanding", "status").rows()[0]


LOSS = [f"{LOST} 654000 100.00", f"{LOST} 445710 20.00", f"{LOST} 411000 -120.00 AA"]


def test_what_comes_after_a_loss_is_income_and_its_vat_is_due_again(lost: Company) -> None:
    assert entries(run_ledger(lost.store)) == LOSS
    allocate(lost.store, "L1", "F1", money("50.00"), author=ME)
    part = run_ledger(lost.store)
    first = [f"{FIRST} 758300 -41.67", f"{FIRST} 445710 -8.33", f"{FIRST} 411000 50.00 AA"]
    assert entries(part) == LOSS + first
    assert [owed(part, on) for on in (LOST, FIRST)] == [(money("0.00"), "written_off")] * 2
    assert lost_vat(part, as_of=day(200), currency="EUR").select("amount", "excl", "vat").rows() == [
        (money("70.00"), money("58.33"), money("11.67"))
    ]
    change = allocate(lost.store, "L2", "F1", money("70.00"), author=ME)
    whole = run_ledger(lost.store)
    assert entries(whole) == LOSS + first + [f"{SECOND} 758300 -58.33", f"{SECOND} 445710 -11.67", f"{SECOND} 411000 70.00 AA"]
    assert entries(whole, FIRST) == LOSS + first
    assert (owed(whole, SECOND), owed(whole, LOST - 1)[0]) == ((money("0.00"), "paid"), money("120.00"))
    assert open_credits(whole, as_of=day(200)).is_empty()
    assert run_check(lost.store) == []
    undo(lost.store, change, author=ME)
    assert entries(run_ledger(lost.store)) == LOSS + first


def test_no_more_is_given_than_was_lost_and_no_rule_gives_it(lost: Company) -> None:
    lost.line("L3", "130.00", "VIR MARTIN", on=SECOND).save()
    with pytest.raises(Refused) as error:
        allocate(lost.store, "L3", "F1", money("120.01"), author=ME)
    assert (error.value.code, error.value.fields["left"]) == ("owes_less", money("120.00"))
    with pytest.raises(Refused):
        allocate_oldest(lost.store, "L1", "Martin", author=ME)
    allocate(lost.store, "L2", "F1", money("70.00"), author=ME)
    with pytest.raises(Refused):
        allocate(lost.store, "L3", "F1", money("50.01"), author=ME)
    allocate(lost.store, "L1", "F1", money("50.00"), author=ME)
    assert owed(run_ledger(lost.store), SECOND) == (money("0.00"), "paid")


def test_a_loss_that_is_taken_back_leaves_the_payment(lost: Company) -> None:
    allocate(lost.store, "L2", "F1", money("70.00"), author=ME)
    mark(lost.store, "F1", "written-off", is_set=False, on=day(150), author=ME)
    ledger = run_ledger(lost.store)
    assert entries(ledger) == []
    assert owed(ledger, 150) == (money("50.00"), "partly_paid")


def test_what_can_still_be_given_is_what_was_lost(lost: Company) -> None:
    allocate(lost.store, "L1", "F1", money("50.00"), author=ME)
    ledger = run_ledger(lost.store)
    bills = with_lost(open_items(ledger, as_of=day(200)), only_counting(ledger.allocations, as_of=day(200)))
    assert bills.select("number", "outstanding").rows() == [("F1", money("70.00"))]


def test_a_past_day_says_the_same_whatever_came_after_it(lost: Company) -> None:
    allocate(lost.store, "L1", "F1", money("50.00"), author=ME)
    before = [owed(run_ledger(lost.store), on) for on in (LOST, FIRST, SECOND - 1)]
    allocate(lost.store, "L2", "F1", money("70.00"), author=ME)
    whole = run_ledger(lost.store)
    assert [owed(whole, on) for on in (LOST, FIRST, SECOND - 1)] == before == [(money("0.00"), "written_off")] * 3


def test_the_vat_of_what_comes_in_parts_is_that_of_the_invoice(lost: Company) -> None:
    for n in range(3):
        lost.line(f"P{n}", "40.00", "VIR MARTIN", on=FIRST + n)
    lost.save()
    for n in range(3):
        allocate(lost.store, f"P{n}", "F1", money("40.00"), author=ME)
    ledger = run_ledger(lost.store)
    vat = vat_rows(ledger, as_of=day(200), currency="EUR").select("amount", "vat")
    assert vat.rows() == [(money("40.00"), money("6.67")), (money("40.00"), money("6.66")), (money("40.00"), money("6.67"))]
    assert [line for line in entries(ledger) if "445710" in line][1:] == [
        f"{FIRST + n} 445710 -{vat}" for n, vat in enumerate(("6.67", "6.66", "6.67"))
    ]


def test_money_of_the_very_day_of_the_loss_makes_it_smaller(lost: Company) -> None:
    """As if the payment had been matched before the loss was decided: a day's money comes before its loss."""
    lost.line("L0", "50.00", "VIR MARTIN", on=LOST).line("L9", "130.00", "VIR MARTIN", on=LOST).save()
    with pytest.raises(Refused):
        allocate(lost.store, "L9", "F1", money("120.01"), author=ME)
    with pytest.raises(Refused):
        allocate_oldest(lost.store, "L9", "Martin", author=ME)
    change = allocate(lost.store, "L0", "F1", money("50.00"), author=ME)
    smaller = [f"{LOST} 654000 58.33", f"{LOST} 445710 11.67", f"{LOST} 411000 -70.00 AA"]
    assert entries(run_ledger(lost.store)) == smaller
    allocate(lost.store, "L2", "F1", money("70.00"), author=ME)
    whole = run_ledger(lost.store)
    assert entries(whole) == [*smaller, f"{SECOND} 758300 -58.33", f"{SECOND} 445710 -11.67", f"{SECOND} 411000 70.00 AA"]
    assert (owed(whole, LOST), owed(whole, SECOND)) == ((money("0.00"), "written_off"), (money("0.00"), "paid"))
    assert run_check(lost.store) == []
    undo(lost.store, change, author=ME)
    assert entries(run_ledger(lost.store), LOST) == LOSS
