"""Supplier invoices: what is owed, when it is paid, the plan within the floor, and debits matched to them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as checked
from hypothesis import strategies as st
from small_store import ME, Company, day, money

from models.errors import Refused
from models.settings import Settings
from models.tables import conform
from pipelines.check import run_check
from pipelines.decisions import set_setting, undo
from pipelines.forecast.curve import forecast
from pipelines.kpis import kpis
from pipelines.ledger import Ledger, run_ledger
from pipelines.payables import aged_payables, payables, true_annual_rate
from pipelines.payables_ahead import PAYABLES_AHEAD
from pipelines.paying import choose_days, order_transfers, set_discount, set_supplier_iban, supplier_ibans
from pipelines.payment_days import next_payment_days, payment_day
from pipelines.payment_plan import days_to_keep, payment_plan, plan_payments
from pipelines.publishing.rebuild import run_rebuild
from pipelines.reconcile.decide import refuse
from pipelines.reconcile.run import run_reconcile
from pipelines.reconcile.supplier_payments import pay_supplier, payment_proposals, refuse_payment

IBAN = "FR7630006000011234567890189"


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """Two suppliers: Dupont is owed 1,000.00 (due on day 30) and 500.00 (due on day 60), EDF 120.00 (late from day 6)."""
    made = Company(tmp_path)
    made.bill("ACH-2041", "Dupont", "1000.00", direction="purchase")
    made.bill("ACH-2050", "Dupont", "500.00", 30, direction="purchase")
    made.bill("77", "EDF", "120.00", -25, direction="purchase")
    made.bill("F1", "Martin", "900.00")
    return made.save()


def ledger(company: Company) -> Ledger:
    return run_ledger(company.store)


def owed(company: Company, on: int) -> dict[str, dict[str, Any]]:
    return {row["number"]: row for row in payables(ledger(company), as_of=day(on)).to_dicts()}


def test_two_per_cent_for_twenty_days_is_37_2_a_year() -> None:
    assert true_annual_rate(Decimal("0.02"), 20) == pytest.approx(37.2449, abs=1e-4)
    assert true_annual_rate(Decimal("0.005"), 30) == pytest.approx(6.1139, abs=1e-4)


def test_what_is_owed_its_age_and_the_expected_day(company: Company) -> None:
    rows = owed(company, 10)
    assert set(rows) == {"ACH-2041", "77"}  # the third is issued later, the sale is no payable
    assert (rows["77"]["days_late"], rows["77"]["bucket"], rows["77"]["status"]) == (5, "1_30", "late")
    assert rows["ACH-2041"]["pay_on"] == day(30)
    assert rows["77"]["pay_on"] == day(11)


def test_the_aged_balance_sums_to_what_is_owed_less_credits(company: Company) -> None:
    company.bill("AV-1", "Dupont", "80.00", kind="credit_note", direction="purchase").save()
    rows = {row["supplier"]: row for row in aged_payables(ledger(company), as_of=day(40)).to_dicts()}
    assert (rows["Dupont"]["1_30"], rows["Dupont"]["not_due"], rows["Dupont"]["open_credits"], rows["Dupont"]["total"]) == (
        money("1000.00"), money("500.00"), money("-80.00"), money("1420.00"),
    )  # fmt: skip
    assert rows["EDF"]["total"] == rows["EDF"]["31_60"] == money("120.00")


def test_the_companys_habit_or_the_due_date(company: Company) -> None:
    for n in range(3):
        company.bill(f"OLD-{n}", "Dupont", "10.00", -60, direction="purchase", paid_amount=money("10.00"), paid_date=day(-20 + n))
    company.save()
    assert owed(company, 5)["ACH-2041"]["why"] == "due"
    set_setting(company.store, "pay_suppliers", "habit", author=ME)
    row = owed(company, 5)["ACH-2041"]  # usually 11 days after the due date: 12 April 2026 is a Sunday
    assert (row["why"], row["pay_on"]) == ("habit", date(2026, 4, 13))


@pytest.mark.parametrize(
    ("wanted", "is_latest", "expected"),
    [
        (date(2026, 6, 25), True, date(2026, 6, 23)),  # the Tuesday before a Thursday
        (date(2026, 6, 25), False, date(2026, 6, 30)),
        (date(2026, 6, 30), True, date(2026, 6, 30)),
        (date(2026, 6, 2), True, date(2026, 6, 23)),  # in the past: the next Tuesday
        (date(2026, 7, 15), True, date(2026, 7, 15)),  # 14 July is a holiday
    ],
)
def test_payments_leave_on_the_chosen_weekday(wanted: date, is_latest: bool, expected: date) -> None:
    rules = Settings(payment_day="tuesday")
    assert payment_day(wanted, rules, after=date(2026, 6, 19), is_latest=is_latest) == expected


def test_payment_days_go_on_to_the_last() -> None:
    days = next_payment_days(Settings(payment_day="friday"), after=date(2026, 4, 24), last=date(2026, 5, 16))
    assert days == [date(2026, 5, 4), date(2026, 5, 11), date(2026, 5, 15)]


def plan_of(rows: list[dict[str, Any]], cash: list[str], **rules: Any) -> list[tuple[str, date | None, str]]:
    today = date(2026, 6, 19)  # a Friday
    frame = pl.DataFrame(rows).with_columns(
        days_late=(pl.lit(today) - pl.col("due_date")).dt.total_days(), supplier=pl.lit("S"), supplier_id=pl.lit("S")
    )
    frame = conform(frame.with_columns(document_id="number"), PAYABLES_AHEAD)
    balances = [(today + timedelta(days=n + 1), Decimal(amount)) for n, amount in enumerate(cash)]
    chosen = Settings(**rules)
    plan = payment_plan(frame, balances, chosen, floor=chosen.cash_floor, as_of=today)
    return list(plan.select("number", "pay_on", "reason").iter_rows())


def due(number: str, when: date, amount: str, **more: Any) -> dict[str, Any]:
    empty = {"annual_rate": None, "discount_until": None, "discounted": None, "ordered_on": None, "pay_on": None}
    return {"number": number, "due_date": when, "outstanding": Decimal(amount), **empty, **more}


def test_what_is_late_for_long_waits_for_a_day_and_takes_no_cash() -> None:
    rows = [due("old", date(2026, 1, 1), "90.00", why_not="old"), due("soon", date(2026, 6, 24), "60.00")]
    assert plan_of(rows, ["100.00"] * 12) == [("soon", date(2026, 6, 24), "due"), ("old", None, "old")]


def test_the_latest_is_paid_first_and_the_floor_holds_the_rest_back() -> None:
    rows = [
        due("late", date(2026, 6, 1), "60.00"),
        due("soon", date(2026, 6, 24), "60.00"),
        due("big", date(2026, 6, 24), "999.00"),
    ]
    cash = ["100.00"] * 6 + ["150.00"] * 6
    assert plan_of(rows, cash, cash_floor=Decimal("20.00")) == [
        ("late", date(2026, 6, 22), "late"),
        ("soon", date(2026, 6, 26), "postponed"),
        ("big", None, "no_cash"),
    ]


def test_a_discount_is_taken_where_cash_allows_it() -> None:
    early = {"annual_rate": 37.2, "discount_until": date(2026, 6, 25), "discounted": Decimal("98.00")}
    rows = [due("A", date(2026, 6, 30), "100.00", **early)]
    assert plan_of(rows, ["100.00"] * 12) == [("A", date(2026, 6, 25), "discount")]
    assert plan_of(rows, ["50.00"] * 8 + ["200.00"] * 4) == [("A", date(2026, 6, 30), "due")]
    poor = {**early, "annual_rate": 3.0}
    assert plan_of([due("A", date(2026, 6, 30), "100.00", **poor)], ["100.00"] * 12) == [("A", date(2026, 6, 30), "due")]


def test_a_day_that_a_person_chose_stays_in_the_plan_and_takes_its_cash_first() -> None:
    chosen = due("mine", date(2026, 6, 1), "60.00", pay_on=date(2026, 6, 25), why="chosen")
    rows = [chosen, due("late", date(2026, 6, 1), "60.00")]
    assert plan_of(rows, ["70.00"] * 12) == [("mine", date(2026, 6, 25), "chosen"), ("late", None, "no_cash")]
    early = {"annual_rate": 3.0, "discount_until": date(2026, 6, 25), "discounted": Decimal("58.00")}
    assert plan_of([{**chosen, **early}], ["0.00"] * 12) == [("mine", date(2026, 6, 25), "chosen")]
    assert plan_of([{**chosen, "pay_on": date(2026, 8, 25)}], ["0.00"] * 12) == []


def test_keeping_the_plan_leaves_a_chosen_day_alone(company: Company) -> None:
    later = ME.today + timedelta(days=9)
    choose_days(company.store, {"77": later}, author=ME)
    company.line("C1", "5000.00", "VIR CLIENT", (ME.today - day(0)).days).save()
    plan = plan_payments(ledger(company), as_of=ME.today, days=30, currency="EUR")
    assert {number: (on, why) for number, on, why in plan.select("number", "pay_on", "reason").iter_rows()} == {
        "77": (later, "chosen"), "ACH-2041": (ME.today + timedelta(days=1), "late"),
        "ACH-2050": (ME.today + timedelta(days=1), "late"),
    }  # fmt: skip
    ids = dict(plan.select("number", "document_id").iter_rows())
    assert set(days_to_keep(plan)) == {ids["ACH-2041"], ids["ACH-2050"]}


@checked(max_examples=60, deadline=None)
@given(
    amounts=st.lists(st.tuples(st.integers(-20, 25), st.integers(1, 50_000)), min_size=1, max_size=12),
    steps=st.lists(st.integers(-10_000, 30_000), min_size=30, max_size=30),
    weekday=st.sampled_from(["any", "tuesday"]),
)
def test_the_plan_never_breaks_the_floor_that_held_without_it(
    amounts: list[tuple[int, int]], steps: list[int], weekday: str
) -> None:
    today, floor = date(2026, 6, 19), Decimal("50.00")
    cash, level = [], Decimal("400.00")
    for step in steps:
        level += Decimal(step).scaleb(-2)
        cash.append(str(level))
    rows = [due(f"{n}", today + timedelta(days=d), str(Decimal(cents).scaleb(-2))) for n, (d, cents) in enumerate(amounts)]
    plan = plan_of(rows, cash, cash_floor=floor, payment_day=weekday)
    owed_by = {row["number"]: row["outstanding"] for row in rows}
    for k, balance in enumerate(cash):
        on = today + timedelta(days=k + 1)
        left = Decimal(balance) - sum((owed_by[number] for number, paid, _ in plan if paid and paid <= on), Decimal(0))
        paid_so_far = any(paid and paid <= on for _, paid, _ in plan)
        assert left >= floor or not paid_so_far


def test_a_debit_with_the_number_or_the_name_and_amount_is_proposed_and_accepted(company: Company) -> None:
    company.line("D1", "-1000.00", "VIR SEPA DUPONT REF ACH-2041", 28)
    company.line("D2", "-120.00", "PRLV EDF CLIENTS PRO", 20)
    company.line("D3", "-120.00", "CB STATION TOTAL", 20)
    company.line("D4", "-1000.00", "PRLV LOYER ACH 20410", 21).save()
    found = payment_proposals(ledger(company), as_of=day(40)).select("line_id", "number", "evidence").rows()
    assert found == [("D1", "ACH-2041", "number"), ("D2", "77", "name")]
    before = kpis(ledger(company), as_of=day(40))
    done = pay_supplier(company.store, "D1", "ACH-2041", author=ME)
    assert set(owed(company, 29)) == {"77"}
    assert set(owed(company, 27)) == {"77", "ACH-2041"}  # the debit is booked on day 28
    assert kpis(ledger(company), as_of=day(40)) == before
    assert run_check(company.store) == []
    assert run_reconcile(company.store, author=ME).allocated_lines == 0
    assert set(owed(company, 29)) == {"77"}
    undo(company.store, done, author=ME)
    assert "ACH-2041" in owed(company, 29)
    undo(company.store, done + 1, author=ME)
    assert "ACH-2041" not in owed(company, 29)


def test_what_a_person_refused_is_not_proposed_again(company: Company) -> None:
    company.line("D2", "-120.00", "PRLV EDF CLIENTS PRO", 20).save()
    refuse_payment(company.store, "D2", "77", author=ME)
    assert payment_proposals(ledger(company), as_of=day(40)).is_empty()


def test_a_payment_can_be_detached(company: Company) -> None:
    company.line("D2", "-120.00", "PRLV EDF CLIENTS PRO", 20).save()
    pay_supplier(company.store, "D2", "77", author=ME)
    claim = ledger(company).claims.filter(pl.col("source") == "bank")["claim_id"][0]
    refuse(company.store, claim, author=ME)
    assert owed(company, 25)["77"]["outstanding"] == money("120.00")
    assert payment_proposals(ledger(company), as_of=day(40)).is_empty()


def test_two_suppliers_invoices_of_one_amount_and_name_are_left_to_a_person(company: Company) -> None:
    company.bill("78", "EDF Pro", "120.00", -20, direction="purchase").line("D2", "-120.00", "PRLV EDF PRO", 20).save()
    assert payment_proposals(ledger(company), as_of=day(40)).is_empty()


@pytest.mark.parametrize(
    ("line", "number", "code"),
    [
        ("C1", "77", "not_a_debit"),
        ("D9", "77", "unknown_line"),
        ("D2", "F1", "is_sale"),
        ("D2", "F9", "unknown_invoice"),
        ("USD", "77", "other_currency_paid"),
    ],
)
def test_what_does_not_fit_is_refused(company: Company, line: str, number: str, code: str) -> None:
    company.line("C1", "120.00", "VIR", 20).line("D2", "-120.00", "PRLV EDF", 20).line(
        "USD", "-1.00", "X", 20, currency="USD"
    ).save()
    with pytest.raises(Refused) as refused:
        pay_supplier(company.store, line, number, author=ME)
    assert refused.value.code == code


def test_a_debit_pays_no_more_than_it_is(company: Company) -> None:
    company.line("D1", "-600.00", "VIR DUPONT", 28).save()
    pay_supplier(company.store, "D1", "ACH-2041", author=ME)
    assert owed(company, 35)["ACH-2041"]["outstanding"] == money("400.00")
    with pytest.raises(Refused, match="nothing left"):
        pay_supplier(company.store, "D1", "ACH-2050", author=ME)


def test_a_discount_taken_settles_the_invoice(company: Company) -> None:
    set_discount(company.store, "ACH-2041", Decimal(2), day(10), author=replace(ME, today=day(1)))
    row = owed(company, 5)["ACH-2041"]
    assert (row["discounted"], round(row["annual_rate"], 1)) == (money("980.00"), 37.2)
    assert owed(company, 10)["ACH-2041"]["annual_rate"] is None
    company.line("D1", "-980.00", "VIR DUPONT", 9).save()
    assert payment_proposals(ledger(company), as_of=day(9))["number"].to_list() == ["ACH-2041"]
    pay_supplier(company.store, "D1", "ACH-2041", author=ME)
    assert "ACH-2041" not in owed(company, 9)
    assert run_check(company.store) == []


@pytest.mark.parametrize(
    ("percent", "until", "code"), [("60", 10, "bad_discount"), ("2", 30, "bad_discount_day"), ("2", -1, "bad_discount_day")]
)
def test_a_discount_that_makes_no_sense_is_refused(company: Company, percent: str, until: int, code: str) -> None:
    with pytest.raises(Refused) as refused:
        set_discount(company.store, "ACH-2041", Decimal(percent), day(until), author=ME)
    assert refused.value.code == code


def test_a_chosen_day_stands_and_is_taken_back(company: Company) -> None:
    later = ME.today + timedelta(days=3)
    done = choose_days(company.store, {"ACH-2050": later}, author=ME)
    row = next(row for row in payables(ledger(company), as_of=ME.today).to_dicts() if row["number"] == "ACH-2050")
    assert (row["pay_on"], row["why"]) == (later, "chosen")
    undo(company.store, done, author=ME)
    assert ledger(company).payment_choices.is_empty()
    with pytest.raises(Refused, match="passed"):
        choose_days(company.store, {"ACH-2050": ME.today - timedelta(days=1)}, author=ME)


def test_an_order_is_recorded_and_never_made_twice(company: Company) -> None:
    for key, value in (("company_name", "Atelier Sud"), ("iban", IBAN)):
        set_setting(company.store, key, value, author=ME)
    with pytest.raises(Refused, match="IBAN of Dupont"):
        order_transfers(company.store, ["ACH-2041"], pay_on=ME.today, author=ME)
    set_supplier_iban(company.store, "Dupont", "TR33 0006 1005 1978 6457 8413 26", author=ME)
    with pytest.raises(Refused, match="outside SEPA"):
        order_transfers(company.store, ["ACH-2041"], pay_on=ME.today, author=ME)
    set_supplier_iban(company.store, "Dupont", "DE89 3704 0044 0532 0130 00", author=ME)
    made = order_transfers(company.store, ["ACH-2041", "ACH-2050"], pay_on=ME.today + timedelta(days=1), author=ME)
    assert made.total == money("1500.00")
    assert set(payables(ledger(company), as_of=ME.today).filter(pl.col("ordered_on").is_not_null())["number"]) == {
        "ACH-2041", "ACH-2050",
    }  # fmt: skip
    with pytest.raises(Refused, match="already"):
        order_transfers(company.store, ["ACH-2041"], pay_on=ME.today, author=ME)
    with pytest.raises(Refused, match="already"):
        choose_days(company.store, {"ACH-2050": ME.today + timedelta(days=9)}, author=ME)
    before = payables(ledger(company), as_of=ME.today - timedelta(days=1))
    assert before["ordered_on"].null_count() == before.height  # the day before, nothing was ordered
    undo(company.store, made.change_id, author=ME)
    twice = order_transfers(company.store, ["ACH-2041", "ACH-2041"], pay_on=ME.today, author=ME)
    assert (len(twice.transfers), twice.total) == (1, money("1000.00"))


def test_the_one_debit_of_transfers_ordered_together_pays_them_all(company: Company) -> None:
    for key, value in (("company_name", "Atelier Sud"), ("iban", IBAN)):
        set_setting(company.store, key, value, author=ME)
    for supplier in ("Dupont", "EDF"):
        set_supplier_iban(company.store, supplier, IBAN, author=ME)
    order_transfers(company.store, ["ACH-2041", "77"], pay_on=ME.today + timedelta(days=1), author=ME)
    after = ME.today + timedelta(days=4)
    company.line("D7", "-1120.00", "VIR SEPA LOT 2 OPERATIONS", (after - day(0)).days).save()

    def proposed() -> list[tuple[str, Decimal, str]]:
        found = payment_proposals(ledger(company), as_of=after)
        return sorted(found.select("number", "amount", "evidence").iter_rows())

    assert proposed() == [("77", money("1120.00"), "order"), ("ACH-2041", money("1120.00"), "order")]
    expected = forecast(ledger(company), as_of=after, days=40).expected.filter(pl.col("kind") == "supplier")
    assert dict(expected.select("label", "why_not").iter_rows()) == {"77": "seen", "ACH-2041": "seen", "ACH-2050": None}
    pay_supplier(company.store, "D7", "77", author=ME)
    assert proposed() == [("ACH-2041", money("1000.00"), "order")]
    pay_supplier(company.store, "D7", "ACH-2041", author=ME)
    assert payables(ledger(company), as_of=after)["number"].to_list() == ["ACH-2050"]


def test_a_supplier_is_paid_on_the_iban_that_its_last_payment_went_to(company: Company) -> None:
    company.line("D2", "-120.00", "PRLV EDF", 20, counterparty_iban=IBAN).save()
    pay_supplier(company.store, "D2", "77", author=ME)
    assert supplier_ibans(ledger(company)) == {"EDF": IBAN}
    with pytest.raises(Refused, match="not a valid IBAN"):
        set_supplier_iban(company.store, "EDF", "FR7630006000011234567890188", author=ME)


def test_a_rebuilt_database_keeps_what_was_chosen_and_paid(company: Company, tmp_path: Path) -> None:
    company.line("D2", "-120.00", "PRLV EDF", 20).save()
    pay_supplier(company.store, "D2", "77", author=ME)
    choose_days(company.store, {"ACH-2050": ME.today}, author=ME)
    set_supplier_iban(company.store, "Dupont", IBAN, author=ME)
    refuse_payment(company.store, "D2", "ACH-2050", author=ME)
    assert run_rebuild(company.store, tmp_path / "again.duckdb").is_same
