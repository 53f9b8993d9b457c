"""The suppliers screen: the plan, payments found, discounts, transfers; and expected movements on the cash screen."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from screens import AUTHOR, button, healthy, screen, select_row, store, words
from small_store import ME, Company
from streamlit.testing.v1 import AppTest

from models.texts import Texts
from pages._ui.cash_history import CASH_DETAILS
from pipelines.decisions import set_setting
from pipelines.forecast.curve import forecast
from pipelines.forecast.decisions import plan_item
from pipelines.ledger import run_ledger
from pipelines.payables import payables
from pipelines.paying import set_supplier_iban
from pipelines.sample import LAST_DAY

FR = Texts("fr")
#: Purchases of the sample that its last debits seem to have paid, the latest debit first, and those left to plan by day.
FOUND = ["BP-448217", "FA-2026-1133", "FA-2026-9041", "RHO-2026-06"]
PLANNED = ["TM-2026-031", "FA-2026-7704", "FA-2026-3391", "LIC-2026-07", "FA-2026-8213", "FA-2026-9045", "ORN-2026-07"]


def owed() -> list[str]:
    return payables(run_ledger(store()), as_of=LAST_DAY)["number"].to_list()


def table(at: AppTest, column: str) -> pl.DataFrame:
    """The table that has that column."""
    return next(frame for t in at.dataframe if column in (frame := pl.DataFrame(t.value)).columns)


def field(at: AppTest, starts: str) -> object:
    kinds = ("text_input", "date_input", "number_input", "multiselect", "radio", "selectbox")
    return next(e for kind in kinds for e in getattr(at, kind) if str(e.key).startswith(starts))


def set_field(at: AppTest, starts: str, value: object) -> None:
    field(at, starts).set_value(value)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("empty_company")
def test_without_supplier_invoices_the_screen_says_what_to_import() -> None:
    assert FR.t("Import your supplier invoices to see what to pay and when.") in words(screen("payables_page"))


@pytest.mark.usefixtures("sample_company")
def test_the_tiles_and_the_plan_say_what_is_owed() -> None:
    at = screen("payables_page")
    # 40,345.34 owed, of which 18,445.46 seen in the bank; 7 of the 9 others fall in the 30 days, less a credit note of 432.00
    assert [metric.value for metric in at.metric] == [FR.money(Decimal(n)) for n in ("40345.34", "4644.00", "17207.88")]
    before = FR.t("before {amount} of credit notes", amount=FR.money(Decimal("432.00")))
    assert before in words(at)  # 39,913.34 in the aged balance of the same screen
    assert FR.t("without {count} that seem paid", count=4) in words(at)
    plan = table(at, "to_pay")
    assert plan["number"].to_list() == PLANNED  # neither what seems to be paid, nor the one in dispute
    gravelot = plan.row(by_predicate=pl.col("number") == "FA-2026-8213", named=True)
    assert (gravelot["to_pay"], gravelot["saved"], gravelot["credited"]) == (
        Decimal("4072.08"), Decimal("91.92"), Decimal("432.00"),
    )  # fmt: skip
    assert healthy(screen("payables_page", language="en")).title[0].value == "Suppliers"


@pytest.mark.usefixtures("sample_company")
def test_a_payment_found_is_accepted_and_undone_and_those_with_a_number_at_once() -> None:
    at = screen("payables_page")
    assert all(number in words(at) for number in FOUND)
    at = healthy(button(at, "supplier-yes-").click().run())
    assert set(FOUND) - set(owed()) == {"BP-448217"}
    at = healthy(button(at, "undo-notice-").click().run())
    assert set(FOUND) <= set(owed())
    healthy(button(at, "supplier-all-").click().run())
    assert set(FOUND) - set(owed()) == {"FA-2026-1133", "FA-2026-9041"}


def test_a_debit_that_states_two_invoices_is_accepted_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = Company(tmp_path)
    for number in ("ACH-2041", "ACH-2050"):
        company.bill(number, "Dupont", "500.00", 60, direction="purchase")
    company.line("D1", "-1000.00", "VIR DUPONT ACH-2041 ACH-2050", 70).save().store.close()
    monkeypatch.setenv("ENCOURS_DB", str(tmp_path / "books.duckdb"))
    at = screen("payables_page", day=ME.today)
    assert len([one for one in at.button if str(one.key).startswith("supplier-yes-")]) == 2
    at = healthy(button(at, "supplier-yes-").click().run())
    healthy(button(at, "supplier-yes-").click().run())
    assert payables(run_ledger(store()), as_of=ME.today).is_empty()


@pytest.mark.usefixtures("sample_company")
def test_a_payment_refused_is_not_found_again_and_the_invoice_is_to_be_paid() -> None:
    at = healthy(button(screen("payables_page"), "supplier-no-").click().run())
    assert set(table(at, "to_pay")["number"]) == {*PLANNED, "BP-448217"}


@pytest.mark.usefixtures("sample_company")
def test_the_plans_days_are_kept() -> None:
    healthy(button(screen("payables_page"), "keep-plan-").click().run())
    kept = payables(run_ledger(store()), as_of=LAST_DAY).filter(pl.col("why") == "chosen")
    assert sorted(kept["number"]) == sorted(PLANNED)
    assert ("FA-2026-8213", date(2026, 7, 3)) in kept.select("number", "pay_on").rows()


@pytest.mark.usefixtures("sample_company")
def test_an_invoice_gets_a_discount_and_a_wrong_one_is_refused() -> None:
    at = select_row(screen("payables_page"), "payables-", lambda f: f["number"].to_list().index("FA-2026-9045"))
    set_field(at, "discount-", "2 %")
    set_field(at, "until-", date(2026, 7, 6))
    at = healthy(button(at, "note-").click().run())
    row = payables(run_ledger(store()), as_of=LAST_DAY).row(by_predicate=pl.col("number") == "FA-2026-9045", named=True)
    assert (row["discounted"], row["discount_until"]) == (Decimal("6703.20"), date(2026, 7, 6))
    at = select_row(at, "payables-", lambda f: f["number"].to_list().index("FA-2026-9045"))
    set_field(at, "discount-", "beaucoup")
    at = healthy(button(at, "note-").click().run())
    assert FR.t("{value} is not an amount such as 1234.56.", value="beaucoup") in words(at)


@pytest.mark.usefixtures("sample_company")
def test_transfers_are_ordered_and_their_file_offered() -> None:
    at = screen("payables_page")
    assert button(at, "order-write-").disabled  # the IBAN of the first one is missing
    set_field(at, "iban-", "FR7630006000011234567890188")
    at = healthy(button(at, "iban-keep-").click().run())
    assert "IBAN" in words(at)
    set_supplier_iban(store(), "Traductions Méridiane", "DE89370400440532013000", author=AUTHOR)
    at = screen("payables_page")
    at = healthy(button(at, "order-write-").click().run())
    assert payables(run_ledger(store()), as_of=LAST_DAY).drop_nulls("ordered_on")["number"].to_list() == ["TM-2026-031"]
    assert FR.money(Decimal("864.00")) in words(at)


def test_the_only_invoice_is_ordered_without_any_bank_statement_and_its_file_stays_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = Company(tmp_path).bill("A1", "Fournil", "500.00", 60, direction="purchase").save()
    for key, value in (("company_name", "Atelier Sud"), ("iban", "FR7630006000011234567890189")):
        set_setting(company.store, key, value, author=ME)
    set_supplier_iban(company.store, "Fournil", "DE89370400440532013000", author=ME)
    company.store.close()
    monkeypatch.setenv("ENCOURS_DB", str(tmp_path / "books.duckdb"))
    at = screen("payables_page", day=ME.today)
    assert table(at, "to_pay")["pay_on"].to_list() == [None]  # no cash above the floor is known
    next(chosen for chosen in at.multiselect if str(chosen.key).startswith("order-")).set_value(["A1"])
    at = healthy(button(at.run(), "order-write-").click().run())
    assert [str(one.key) for one in at.get("download_button") if str(one.key).startswith("order-file-")]
    assert payables(run_ledger(store()), as_of=ME.today)["ordered_amount"].to_list() == [Decimal("500.00")]


@pytest.mark.usefixtures("sample_company")
def test_an_expected_movement_is_dropped_and_comes_back() -> None:
    def rent() -> list[bool]:
        ahead = forecast(run_ledger(store()), as_of=LAST_DAY)
        return ahead.expected.filter(pl.col("label").str.contains("LOYER"))["is_counted"].to_list()

    assert rent() == [True]
    at = select_row(screen("cash"), "cash-expected-", lambda f: [("LOYER" in text) for text in f["label"]].index(True))
    at = healthy(button(at, "item-drop-").click().run())
    assert rent() == [False]
    healthy(button(at, "undo-notice-").click().run())
    assert rent() == [True]


@pytest.mark.usefixtures("sample_company")
def test_an_expected_movement_is_moved_changed_and_a_proposal_confirmed_and_the_curve_follows() -> None:
    def tick(label: str) -> AppTest:
        return select_row(screen("cash"), "cash-expected-", lambda f: [(label in text) for text in f["label"]].index(True))

    before = forecast(run_ledger(store()), as_of=LAST_DAY)
    at = tick("LOYER")
    set_field(at, "to-", date(2026, 7, 15))
    healthy(button(at, "item-move-").click().run())
    moved = forecast(run_ledger(store()), as_of=LAST_DAY)
    gaps = [new - old for new, old in zip(moved.balances.mean, before.balances.mean, strict=True)]
    assert gaps == [Decimal("2327.88") if date(2026, 7, 6) <= day < date(2026, 7, 15) else Decimal(0) for day in moved.dates]
    at = tick("LOYER")
    set_field(at, "amount-", "3 000")
    healthy(button(at, "item-change-").click().run())
    assert forecast(run_ledger(store()), as_of=LAST_DAY).balances.mean[-1] == before.balances.mean[-1] - Decimal("672.12")
    at = tick(FR.t("VAT for {period}", period="juin 2026"))
    set_field(at, "amount-", "7 100,00")
    healthy(button(at, "item-confirm-").click().run())
    vat = forecast(run_ledger(store()), as_of=LAST_DAY).expected.filter(pl.col("label").str.contains("^2026-06$|TVA"))
    assert sorted(vat.filter("is_counted")["amount"]) == [Decimal("-7100.00")]  # instead of the debit of each month


@pytest.mark.usefixtures("sample_company")
def test_a_movement_is_planned_on_screen() -> None:
    at = screen("cash")
    set_field(at, "plan-label-", "Camionnette")
    set_field(at, "plan-amount-", "3 000,00")
    set_field(at, "plan-day-", date(2026, 7, 3))
    healthy(button(at, "plan-add-").click().run())
    item = forecast(run_ledger(store()), as_of=LAST_DAY).expected.filter(pl.col("label") == "Camionnette")
    assert item.select("date", "amount", "is_counted").rows() == [(date(2026, 7, 3), Decimal("-3000.00"), True)]


def test_a_debit_that_is_another_movement_is_said_so_undone_and_told_in_the_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = Company(tmp_path).bill("F1", "Martin", "900.00", 80).line("D1", "-2990.00", "VIR GARAGE DUVAL", 88).save()
    plan_item(company.store, "Camionnette", Decimal("-3000.00"), ME.today, author=ME)
    company.store.close()
    monkeypatch.setenv("ENCOURS_DB", str(tmp_path / "books.duckdb"))

    def tick() -> AppTest:
        at = screen("cash", day=ME.today)
        return select_row(at, "cash-expected-", lambda f: f["label"].to_list().index("Camionnette"))

    def outflows() -> Decimal:
        return sum(forecast(run_ledger(store()), as_of=ME.today).outflows, Decimal(0))

    before, at = outflows(), tick()
    assert "VIR GARAGE DUVAL" in words(at)
    assert not [one for one in at.button if str(one.key).startswith("item-confirm-")]
    at = healthy(button(at, "item-not-seen-").click().run())
    assert outflows() == before - Decimal("3000.00")
    at = select_row(at, "cash-expected-", lambda f: f["label"].to_list().index("Camionnette"))
    assert "VIR GARAGE DUVAL" not in words(at)
    told = CASH_DETAILS["answer_item"](FR, "Camionnette", json.loads(store().changes()["detail"][-1]))
    assert told == "Camionnette\u00a0: autre mouvement que VIR GARAGE DUVAL (29/05/2026)"
    healthy(button(at, "undo-notice-").click().run())
    assert outflows() == before


@pytest.mark.usefixtures("sample_company")
def test_a_scenario_of_ones_own_stands_beside_the_others() -> None:
    at = screen("cash")
    assert table(at, "lowest")["name"].to_list() == [FR.t(n) for n in ("Prudent (P10)", "Expected (mean)", "Optimistic (P90)")]
    set_field(at, "scenario-share", 0)
    rows = table(healthy(at.run()), "lowest")
    ahead = forecast(run_ledger(store()), as_of=LAST_DAY)
    assert rows["name"].to_list()[-1] == FR.t("Your scenario")
    assert rows["last"].to_list()[-1] == ahead.opening + sum(ahead.outflows) + sum(ahead.inflows)
