"""Money that goes back: returned payments, whole or in part, with the bank's fee, and what falls with them."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from small_store import ME, Company, day, money

from pipelines.check import run_check
from pipelines.decisions import moved_amounts, undo
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger
from pipelines.receivables import open_items
from pipelines.reconcile.decide import allocate
from pipelines.reconcile.money_back import refund
from pipelines.reconcile.past import past_of
from pipelines.reconcile.returns import possible_returns


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


def returns(company: Company) -> list[tuple[str, str, Decimal, str | None]]:
    """Debit, credit, amount and invoice of what went back."""
    stored = run_ledger(company.store).line_refunds
    return sorted(stored.select("line_id", "credit_id", "amount", "document_id").iter_rows())


@pytest.mark.parametrize("label", ["REJET VIR PHI CONSEIL", "VIR REJETE FACT-1001"])
def test_a_return_that_holds_the_bank_s_fee_takes_the_whole_receipt_back(company: Company, label: str) -> None:
    company.bill("FACT-1001", "Phi Conseil", "1500.00").line("L1", "1500.00", "VIR PHI CONSEIL FACT-1001")
    company.line("D1", "-1515.00", label, on=15).save().reconcile()
    assert returns(company) == [("D1", "L1", money("1500.00"), None)]
    assert [company.outstanding("FACT-1001", on) for on in (14, 15)] == [money("0.00"), money("1500.00")]
    assert company.reconcile().change_id is None


@pytest.mark.parametrize(
    ("amount", "label"),
    [
        ("-1515.00", "REJET VIREMENT"),  # nobody is named
        ("-1515.00", "VIR PHI CONSEIL"),  # nothing says that it came back
        ("-1531.00", "REJET VIR PHI CONSEIL"),  # more than a fee
        ("-1510.00", "FRAIS REJET VIR PHI CONSEIL"),  # the bank's charge alone
    ],
)
def test_a_return_with_a_fee_is_left_to_a_person_where_anything_is_missing(company: Company, amount: str, label: str) -> None:
    company.bill("FACT-1001", "Phi Conseil", "1500.00").line("L1", "1500.00", "VIR PHI CONSEIL FACT-1001")
    company.line("D1", amount, label, on=15).save().reconcile()
    assert returns(company) == []


def test_a_stranger_s_receipt_of_the_amount_with_the_fee_hides_no_return(company: Company) -> None:
    company.bill("FACT-1001", "Phi Conseil", "1500.00").bill("FACT-1002", "Durand", "1515.00")
    company.line("L1", "1500.00", "VIR PHI CONSEIL FACT-1001").line("L2", "1515.00", "VIR DURAND FACT-1002")
    company.line("D1", "-1515.00", "REJET VIR PHI CONSEIL", on=15).save().reconcile()
    assert returns(company) == [("D1", "L1", money("1500.00"), None)]


def test_a_return_with_a_fee_that_fits_two_receipts_is_left_to_a_person(company: Company) -> None:
    company.bill("FACT-1001", "Phi Conseil", "1500.00").bill("FACT-1002", "Phi Conseil", "1490.00")
    company.line("L1", "1500.00", "PHI CONSEIL FACT-1001").line("L2", "1490.00", "PHI CONSEIL FACT-1002")
    company.line("D1", "-1515.00", "REJET VIR PHI CONSEIL", on=15).save().reconcile()
    assert returns(company) == []


def test_a_person_says_which_receipt_came_back_with_a_fee_and_the_fee_is_no_debt(company: Company) -> None:
    company.bill("F-1001", "Phi", "1500.00").line("L1", "1500.00", "CHEQUE").line("D1", "-1515.00", "CHEQUE IMPAYE", on=15).save()
    allocate(company.store, "L1", "F-1001", money("1500.00"), author=ME)
    change = refund(company.store, "D1", "L1", author=ME)
    assert returns(company) == [("D1", "L1", money("1500.00"), None)]
    assert company.outstanding("F-1001") == money("1500.00")
    detail = company.store.changes().filter(pl.col("change_id") == change)["detail"].item()
    assert '"fee": "15.00"' in detail


def test_a_cheque_of_nobody_known_comes_back_and_waits_for_no_match(company: Company) -> None:
    company.bill("F-1001", "Phi", "1500.00").line("L1", "700.00", "REMISE CHEQUE").line(
        "D1", "-700.00", "CHEQUE IMPAYE", on=15
    ).save()
    refund(company.store, "D1", "L1", author=ME)
    assert company.unmatched(30).is_empty()


def batch(company: Company, first: str, second: str) -> Company:
    """A collection of two direct debits, credited together."""
    company.bill("FACT-1001", "Durand", first).bill("FACT-1002", "Martin", second)
    return company.line("L1", str(money(first) + money(second)), "REMISE PRLV FACT-1001 FACT-1002")


def test_a_part_of_a_batch_that_comes_back_reopens_its_invoice_alone(company: Company) -> None:
    batch(company, "1000.00", "500.00").line("D1", "-500.00", "REJET PRLV MARTIN", on=15).save().reconcile()
    assert returns(company) == [("D1", "L1", money("500.00"), "FACT-1002")]
    assert [company.outstanding(number, 20) for number in ("FACT-1001", "FACT-1002")] == [money("0.00"), money("500.00")]
    assert company.reconcile().change_id is None


def test_of_two_parts_of_one_amount_the_named_client_s_comes_back(company: Company) -> None:
    batch(company, "500.00", "500.00").line("D1", "-512.00", "REJET PRLV MARTIN", on=15).save().reconcile()
    assert returns(company) == [("D1", "L1", money("500.00"), "FACT-1002")]
    assert run_ledger(company.store).refunds["client_id"].to_list() == ["Martin"]


def test_a_person_says_of_which_invoice_a_part_came_back_and_the_rules_leave_the_rest(company: Company) -> None:
    batch(company, "500.00", "500.00").line("D1", "-500.00", "IMPAYE", on=15).save().reconcile()
    before = company.figures()
    change = refund(company.store, "D1", "L1", author=ME, invoice="FACT-1001")
    company.reconcile()
    assert [company.outstanding(number, 20) for number in ("FACT-1001", "FACT-1002")] == [money("500.00"), money("0.00")]
    assert set(run_ledger(company.store).claims["by"]) == {"Ana"}
    undo(company.store, change, author=ME)
    assert company.figures() == before


def test_what_came_back_whole_is_no_more_proposed(company: Company) -> None:
    company.bill("F-1001", "Phi", "700.00").line("L1", "700.00", "REMISE CHEQUE").line(
        "D1", "-700.00", "CHEQUE IMPAYE", on=15
    ).save()
    assert set(company.matching().suggestions) == {"L1"}
    refund(company.store, "D1", "L1", author=ME)
    done = company.reconcile()
    assert (done.suggested_lines, done.unmatched_lines) == (0, 0)


def test_a_return_that_nothing_explains_is_listed_until_a_person_says_what_came_back(company: Company) -> None:
    batch(company, "500.00", "500.00").line("D1", "-515.00", "PRLV IMPAYE", on=15).line("L2", "510.00", "CHEQUE", on=12)
    company.line("D2", "-12.00", "FRAIS REJET PRLV", on=15).line("L3", "515.00", "CHEQUE", on=16).save().reconcile()
    unmatched = company.unmatched(30)
    debits = unmatched.filter(pl.col("amount") < 0)
    assert debits.select("line_id", "class").rows() == [("D1", "return")]
    columns = ["credit_id", "document_id", "amount", "fee", "is_named"]
    named = debits.with_columns(label=pl.lit("PRLV IMPAYE MARTIN"))
    assert possible_returns(run_ledger(company.store), named).select(columns).rows() == [
        ("L1", "FACT-1002", money("500.00"), money("15.00"), True),
        ("L2", None, money("510.00"), money("5.00"), False),
        ("L1", "FACT-1001", money("500.00"), money("15.00"), False),
    ]
    refund(company.store, "D1", "L1", author=ME, invoice="FACT-1002")
    left = company.unmatched(30)
    assert "D1" not in left["line_id"].to_list()
    assert (
        "L1" not in possible_returns(run_ledger(company.store), debits).filter(pl.col("document_id") == "FACT-1002")["credit_id"]
    )


@pytest.mark.parametrize("subject", ["F-1001", "L1", "D1"])
def test_the_history_of_an_invoice_a_receipt_or_a_debit_tells_of_its_return(company: Company, subject: str) -> None:
    company.bill("F-1001", "Phi", "100.00").line("L1", "100.00", "CHEQUE").line("D1", "-110.00", "IMPAYE", on=15).save()
    allocate(company.store, "L1", "F-1001", money("100.00"), author=ME)
    back = refund(company.store, "D1", "L1", author=ME)
    undone = undo(company.store, back, author=ME)
    rows = past_of(company.store, run_ledger(company.store), subject).filter(pl.col("source") == "refund")
    columns = ["change_id", "actor", "action", "source_id", "document_id", "before", "after", "rule", "currency"]
    assert rows.select(columns).rows() == [
        (undone, "Ana", "undo", "D1", "L1", money("100.00"), money("0.00"), "returned", "EUR"),
        (back, "Ana", "refund", "D1", "L1", money("0.00"), money("100.00"), "returned", "EUR"),
    ]
    assert moved_amounts(company.store).rows() == [(back - 1, "EUR", money("100.00")), (back, "EUR", money("100.00"))]


def test_an_invoice_paid_again_before_the_first_payment_came_back_was_paid_on_the_second_ones_day(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00").line("L1", "100.00", "VIR DURAND F-1001", on=10).save()
    company.reconcile()
    company.line("L2", "100.00", "VIR DURAND F-1001", on=12).line("D1", "-100.00", "REJET VIR DURAND F-1001", on=15).save()
    company.reconcile()
    ledger = run_ledger(company.store)
    assert set(ledger.claims["source_id"]) == {"L1", "L2"}
    found = open_items(ledger, as_of=day(60)).row(0, named=True)
    assert (found["status"], found["last_payment_date"]) == ("paid", day(12))
    assert kpis(ledger, as_of=day(60), start=day(0)).average_days_to_pay == 12.0
    assert kpis(ledger, as_of=day(60), start=day(14)).average_days_to_pay is None
    assert open_items(ledger, as_of=day(13)).row(0, named=True)["last_payment_date"] == day(10)
