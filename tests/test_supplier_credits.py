"""Supplier invoices and what has settled them: credit notes, debits that come back, grouped debits, disputes."""

from dataclasses import replace
from datetime import timedelta
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
from models.tables import conform
from pipelines.check import run_check
from pipelines.decisions import set_setting, undo
from pipelines.forecast.curve import Forecast, forecast
from pipelines.ledger import run_ledger
from pipelines.payables import PAYABLES, payables, with_credits
from pipelines.payables_ahead import only_expected_days, only_payable, payables_ahead
from pipelines.paying import choose_days, order_transfers, set_discount, set_supplier_iban
from pipelines.payment_plan import plan_within
from pipelines.reconcile.supplier_payments import pay_supplier, pay_suppliers, payment_proposals

IBAN = "FR7630006000011234567890189"


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """An empty company."""
    return Company(tmp_path)


def bill(company: Company, number: str, supplier: str, amount: str, issued: int = 0, **other: Any) -> Company:
    return company.bill(number, supplier, amount, issued, direction="purchase", **other)


def ahead(company: Company, on: int, days: int = 60) -> Forecast:
    return forecast(run_ledger(company.store), as_of=day(on), days=days)


def expected(company: Company, on: int, kind: str = "supplier") -> dict[str, tuple[Decimal, str | None]]:
    rows = ahead(company, on).expected.filter(pl.col("kind") == kind)
    return {label: (amount, why) for label, amount, why in rows.select("label", "amount", "why_not").iter_rows()}


def test_a_credit_note_without_its_invoice_comes_off_the_first_due_and_never_below_zero(company: Company) -> None:
    bill(company, "A1", "Dupont", "100.00").line("O", "5000.00", "VIR", 0)
    bill(company, "A2", "Dupont", "300.00", 5)
    bill(company, "B1", "EDF", "70.00", 5)
    bill(company, "AV1", "Dupont", "150.00", 8, kind="credit_note").save()
    assert expected(company, 7) == {"A1": (money("-100.00"), None), "A2": (money("-300.00"), None), "B1": (money("-70.00"), None)}
    assert expected(company, 10) == {"A2": (money("-250.00"), None), "B1": (money("-70.00"), None)}
    found = ahead(company, 10)
    assert found.balances.mean[-1] == money("5000.00") - money("320.00")
    plan = plan_within(found, run_ledger(company.store).settings)
    assert sorted(plan.select("number", "to_pay").iter_rows()) == [("A2", money("250.00")), ("B1", money("70.00"))]


def test_credits_larger_than_what_is_owed_make_no_money_come_in(company: Company) -> None:
    bill(company, "A1", "Dupont", "100.00")
    bill(company, "AV1", "Dupont", "900.00", 8, kind="credit_note")
    bill(company, "AV2", "EDF", "50.00", 8, kind="credit_note", currency="USD")
    bill(company, "B1", "EDF", "70.00", 5).save()
    assert expected(company, 10) == {"B1": (money("-70.00"), None)}  # a credit in dollars takes nothing off euros
    for key, value in (("company_name", "Atelier Sud"), ("iban", IBAN)):
        set_setting(company.store, key, value, author=ME)
    set_supplier_iban(company.store, "Dupont", IBAN, author=ME)
    with pytest.raises(Refused, match="settled by credit notes"):
        order_transfers(company.store, ["A1"], pay_on=ME.today, author=ME)


def test_the_transfer_pays_what_the_credit_note_leaves_and_its_debit_is_found(company: Company) -> None:
    for key, value in (("company_name", "Atelier Sud"), ("iban", IBAN)):
        set_setting(company.store, key, value, author=ME)
    bill(company, "A2-2026", "Dupont", "300.00", 75).line("O", "5000.00", "VIR", 0)
    bill(company, "AV1", "Dupont", "50.00", 76, kind="credit_note").save()
    set_supplier_iban(company.store, "Dupont", IBAN, author=ME)
    assert order_transfers(company.store, ["A2-2026"], pay_on=ME.today, author=ME).total == money("250.00")
    bill(company, "A3-2026", "Dupont", "80.00", 70).save()  # due before it, but the credit note has left with the transfer
    assert expected(company, 91) == {"A2-2026": (money("-250.00"), None), "A3-2026": (money("-80.00"), None)}
    assert plan_within(ahead(company, 91), run_ledger(company.store).settings)["reason"].to_list() == ["due", "ordered"]
    company.line("D1", "-250.00", "VIR DUPONT", 92).save()
    assert payment_proposals(run_ledger(company.store), as_of=day(95))["number"].to_list() == ["A2-2026"]


def test_a_discount_less_a_credit_note_settles_the_invoice(company: Company) -> None:
    bill(company, "A1", "Dupont", "1000.00", 70)
    bill(company, "AV1", "Dupont", "100.00", 71, kind="credit_note").save()
    set_discount(company.store, "A1", Decimal(2), day(85), author=replace(ME, today=day(80)))
    company.line("D1", "-880.00", "VIR DUPONT", 80).save()
    assert payment_proposals(run_ledger(company.store), as_of=day(80))["number"].to_list() == ["A1"]
    pay_supplier(company.store, "D1", "A1", author=ME)
    left = payables(run_ledger(company.store), as_of=ME.today).row(0, named=True)
    assert (left["outstanding"], left["credited"]) == (money("100.00"), money("100.00"))
    assert expected(company, 91) == {}
    assert run_check(company.store) == []


@checked(max_examples=40, deadline=None)
@given(
    owed=st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 9999), st.booleans()), max_size=8),
    given_=st.tuples(st.integers(0, 20_000), st.integers(0, 20_000)),
)
def test_credits_take_off_all_they_can_and_no_more(owed: list[tuple[str, int, bool]], given_: tuple[int, int]) -> None:
    rows = [
        {"document_id": f"{n}", "supplier_id": s, "currency": "EUR", "outstanding": Decimal(cents).scaleb(-2), "status": status}
        for n, (s, cents, is_disputed) in enumerate(owed)
        for status in ["disputed" if is_disputed else "to_pay"]
    ]
    frame = conform(pl.DataFrame(rows, schema_overrides={"supplier_id": pl.String, "document_id": pl.String}), PAYABLES)
    credit = {s: Decimal(cents).scaleb(-2) for s, cents in zip("AB", given_, strict=True)}
    open_ = pl.DataFrame({"supplier_id": list(credit), "currency": "EUR", "credit": list(credit.values())})
    found = with_credits(frame, open_.filter(pl.col("credit") > 0))
    assert found["document_id"].to_list() == frame["document_id"].to_list()
    assert found.filter((pl.col("credited") < 0) | (pl.col("credited") > pl.col("outstanding"))).is_empty()
    for supplier, amount in credit.items():
        takes = found.filter((pl.col("supplier_id") == supplier) & (pl.col("status") != "disputed"))
        assert sum(takes["credited"]) == min(amount, sum(takes["outstanding"], Decimal(0)))
    assert found.filter(pl.col("status") == "disputed")["credited"].sum() == 0


def test_an_invoice_that_is_not_expected_says_why_however_far_its_day_is(company: Company) -> None:
    far = day(80) + timedelta(days=75)
    bill(company, "A1", "Dupont", "100.00", 70, is_disputed=True, due_date=far)
    bill(company, "A2", "EDF", "200.00", 70, due_date=far).line("D1", "-200.00", "PRLV EDF A2", 75)
    bill(company, "A3", "Kermit", "300.00", 70, due_date=far)
    bill(company, "A4", "Zola", "400.00", 70, due_date=far)
    bill(company, "AV4", "Zola", "400.00", 71, kind="credit_note").save()
    owed = payables_ahead(run_ledger(company.store), as_of=day(80), currency="EUR")
    assert owed.equals(ahead(company, 80, 30).payables)
    shown = dict(only_expected_days(owed).select("number", pl.struct("why_not", "pay_on")).iter_rows())
    assert {number: (row["why_not"], row["pay_on"] is None) for number, row in shown.items()} == {
        "A1": ("disputed", True), "A2": ("seen", True), "A3": (None, False), "A4": ("credited", True),
    }  # fmt: skip
    assert only_payable(owed)["number"].to_list() == ["A3", "A4"]


def test_a_disputed_invoice_waits_for_a_day(company: Company) -> None:
    bill(company, "A1", "Dupont", "100.00", 70, is_disputed=True).save()
    assert payables(run_ledger(company.store), as_of=day(80))["status"].to_list() == ["disputed"]
    assert expected(company, 80) == {"A1": (money("-100.00"), "disputed")}
    assert plan_within(ahead(company, 80), run_ledger(company.store).settings).is_empty()
    choose_days(company.store, {"A1": ME.today + timedelta(days=4)}, author=ME)
    assert expected(company, 91) == {"A1": (money("-100.00"), None)}


def subscription(company: Company, months: int) -> Company:
    """The same debit each month, the last one on day 30 * months - 20; and its invoices, ten days before each."""
    for n in range(months):
        company.line(f"D{n}", "-119.40", "PRLV SEPA NUAGEO CLIENT 20251140", 30 * n + 10)
        bill(company, f"N-{n}", "Nuageo", "119.40", 30 * n, due_date=day(30 * n + 10))
    return company.save()


def test_debits_of_a_subscription_pay_its_invoices_each_its_own(company: Company) -> None:
    subscription(company, 6)
    found = payment_proposals(run_ledger(company.store), as_of=day(165)).sort("line_id")
    assert found.select("line_id", "number").rows() == [(f"D{n}", f"N-{n}") for n in range(6)]
    assert {why for _, why in expected(company, 165).values()} == {"seen"}


def test_a_subscription_whose_debits_pay_invoices_still_comes_back_once(company: Company) -> None:
    subscription(company, 6)
    pairs = list(payment_proposals(run_ledger(company.store), as_of=day(165)).select("line_id", "number").iter_rows())
    done = pay_suppliers(company.store, pairs, author=ME)
    assert payables(run_ledger(company.store), as_of=day(165)).is_empty()
    assert run_check(company.store) == []
    amounts = ahead(company, 165).items.filter(pl.col("kind") == "recurring")["amount"].to_list()
    assert amounts == [money("-119.40")] * 2
    bill(company, "N-6", "Nuageo", "149.40", 170, due_date=day(190)).save()  # dearer, and five days from its usual one
    items = ahead(company, 172, 30).items.filter(pl.col("kind").is_in(["recurring", "supplier"]))
    assert items.select("kind", "amount").rows() == [("supplier", money("-149.40"))]
    undo(company.store, done, author=ME)
    assert payables(run_ledger(company.store), as_of=day(165)).height == 6


def test_a_debit_that_names_the_supplier_and_is_all_it_is_owed_pays_it_all(company: Company) -> None:
    bill(company, "A1", "Bureau Plus", "64.80", 20)
    bill(company, "A2", "Bureau Plus", "35.20", 22)
    bill(company, "A3", "Bureau Plus", "10.00", 50)
    company.line("D1", "-100.00", "VIR BUREAU PLUS", 53).save()  # A1 and A2 are due, A3 is not
    assert sorted(payment_proposals(run_ledger(company.store), as_of=day(56))["number"]) == ["A1", "A2"]
    company.line("D2", "-20.00", "VIR BUREAU PLUS", 55).save()
    assert sorted(payment_proposals(run_ledger(company.store), as_of=day(56))["line_id"]) == ["D1", "D1"]


def test_a_debit_with_the_number_may_be_larger_and_a_smaller_one_leaves_the_rest_to_pay(company: Company) -> None:
    bill(company, "FA-2026-88", "Dupont", "100.00", 30).line("D1", "-102.00", "VIR FA-2026-88", 40)
    bill(company, "FA-2026-89", "Dupont", "500.00", 31).line("D2", "-200.00", "VIR FA-2026-89", 40)
    bill(company, "2026", "Dupont", "50.00", 31).line("D3", "-900.00", "LOYER 2026", 40).save()
    assert expected(company, 45) == {
        "FA-2026-88": (money("-100.00"), "seen"), "FA-2026-89": (money("-300.00"), None), "2026": (money("-50.00"), None),
    }  # fmt: skip
    plan = plan_within(ahead(company, 45), run_ledger(company.store).settings)
    assert sorted(plan.select("number", "to_pay").iter_rows()) == [("2026", money("50.00")), ("FA-2026-89", money("300.00"))]


def test_purchases_in_another_currency_are_left_out_and_said(company: Company) -> None:
    bill(company, "U1", "Acme", "1000.00", 30, currency="USD").save()
    assert "other_currencies" in ahead(company, 40).notes
    assert expected(company, 40) == {}


def test_what_a_debit_seems_to_have_paid_or_no_file_was_written_for_is_not_ordered(company: Company) -> None:
    for key, value in (("company_name", "Atelier Sud"), ("iban", IBAN)):
        set_setting(company.store, key, value, author=ME)
    bill(company, "FA-101", "Dupont", "100.00", 60)
    bill(company, "FA-102", "Dupont", "200.00", 61).line("D1", "-100.00", "VIR FA-101", 80).save()
    set_supplier_iban(company.store, "Dupont", IBAN, author=ME)
    with pytest.raises(Refused, match="seems to be paid"):
        order_transfers(company.store, ["FA-101"], pay_on=ME.today, author=ME)

    def full(content: bytes) -> None:
        assert content
        raise Refused("not_writable", "The disk is full.")

    before = company.store.revision
    with pytest.raises(Refused, match="disk"):
        order_transfers(company.store, ["FA-102"], pay_on=ME.today, author=ME, write=full)
    assert company.store.revision == before
    assert payables(run_ledger(company.store), as_of=ME.today)["ordered_on"].null_count() == 2
    assert order_transfers(company.store, ["FA-102"], pay_on=ME.today, author=ME, write=len).total == money("200.00")  # type: ignore[arg-type]


def test_one_debit_that_states_several_invoices_pays_them_all(company: Company) -> None:
    bill(company, "FA-101", "Dupont", "100.00", 60)
    bill(company, "FA-102", "Dupont", "200.00", 61)
    company.line("D1", "-300.00", "VIR SEPA DUPONT FA-101 FA-102", 80).save()
    found = payment_proposals(run_ledger(company.store), as_of=day(85))
    assert sorted(found["number"]) == ["FA-101", "FA-102"]
    assert {why for _, why in expected(company, 85).values()} == {"seen"}
    pay_suppliers(company.store, [("D1", "FA-101"), ("D1", "FA-102")], author=ME)
    assert payables(run_ledger(company.store), as_of=day(85)).is_empty()
    with pytest.raises(Refused, match="nothing"):
        pay_suppliers(company.store, [("D1", "FA-101")], author=ME)
