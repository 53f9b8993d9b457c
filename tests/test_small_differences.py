"""What goes with a person's match: small differences, credit notes, the oldest invoices first, and a confirmation."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from small_store import ME, Company, money

from models.errors import Refused
from pipelines.decisions import set_settings, undo
from pipelines.ledger import run_ledger
from pipelines.reconcile import decide
from pipelines.reconcile.confirm import confirm
from pipelines.reconcile.decide import accept, accept_many, allocate, allocate_many, allocate_oldest, refuse
from pipelines.reconcile.run import run_matching
from pipelines.reconcile.small_differences import check_gaps


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    yield made
    made.store.close()


def given(company: Company, number: str) -> set[tuple[str, str, str | None, str]]:
    """Source, amount, reason and author of what an invoice got."""
    rows = run_ledger(company.store).allocations.filter(pl.col("invoice_number") == number)
    return {(s, str(a), r, by) for s, a, r, by in rows.select("source", "amount", "reason", "by").iter_rows()}


@pytest.mark.parametrize(
    ("reason", "paid", "rest"), [("rounding", "99.00", "1.00"), ("bank_fee", "80.00", "20.00"), ("discount", "97.00", "3.00")]
)
def test_the_rest_within_the_tolerance_is_written_off_on_the_day_of_the_payment(
    company: Company, reason: str, paid: str, rest: str
) -> None:
    company.bill("F-1001", "Durand", "100.00").line("L1", paid, "CHEQUE").save()
    allocate(company.store, "L1", "F-1001", money(paid), author=ME, write_off=reason)
    assert given(company, "F-1001") == {("bank", paid, None, "Ana"), ("write_off", rest, reason, "Ana")}
    assert [company.outstanding("F-1001", on) for on in (9, 10)] == [money("100.00"), money("0.00")]


def test_the_tolerances_are_settings(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00").line("L1", "99.00", "CHEQUE").save()
    set_settings(company.store, {"tolerance": "0,50"}, author=ME)
    with pytest.raises(Refused, match=r"at most 0\.50"):
        allocate(company.store, "L1", "F-1001", money("99.00"), author=ME, write_off="rounding")
    with pytest.raises(Refused) as refused:
        set_settings(company.store, {"tolerance": "101"}, author=ME)
    assert refused.value.code == "bad_value"


def test_several_invoices_paid_together_are_settled_with_their_rests(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00").bill("F-1002", "Durand", "50.00").line("L1", "149.20", "CHEQUE").save()
    parts = [("L1", "F-1001", money("99.60")), ("L1", "F-1002", money("49.60"))]
    allocate_many(company.store, parts, author=ME, write_off="rounding")
    assert (company.outstanding("F-1001"), company.outstanding("F-1002")) == (money("0.00"), money("0.00"))


def test_what_rules_gave_of_the_same_line_is_no_hindrance(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00").line("L1", "99.50", "VIR DURAND F-1001").save().reconcile()
    allocate(company.store, "L1", "F-1001", money("99.50"), author=ME, write_off="rounding")
    assert company.outstanding("F-1001") == money("0.00")


def test_an_accepted_candidate_stores_what_it_writes_off(company: Company) -> None:
    company.bill("F-1001", "Durand", "1000.00").line("L1", "980.00", "VIR DURAND").save()
    found = run_matching(company.store, run_ledger(company.store)).suggestions["L1"]
    number = next(n for n, one in enumerate(found, start=1) if one.gaps)
    assert found[number - 1].gaps == (("F-1001", money("20.00"), "discount"),)
    change = accept(company.store, "L1", candidate=number, author=ME)
    assert given(company, "F-1001") == {("bank", "980.00", None, "Ana"), ("write_off", "20.00", "discount", "Ana")}
    undo(company.store, change, author=ME)
    assert company.outstanding("F-1001") == money("1000.00")


def test_an_accepted_candidate_uses_the_credit_notes_it_names(company: Company) -> None:
    company.bill("F-1001", "Durand", "1000.00").note("AV-1", "Durand", "150.00").line("L1", "850.00", "VIR DURAND", on=12).save()
    found = run_matching(company.store, run_ledger(company.store)).suggestions["L1"]
    number = next(n for n, one in enumerate(found, start=1) if one.credits)
    accept(company.store, "L1", candidate=number, author=ME)
    assert given(company, "F-1001") == {("bank", "850.00", None, "Ana"), ("credit_note", "150.00", None, "Ana")}
    assert company.outstanding("F-1001") == money("0.00")


def test_detaching_the_payment_takes_what_was_written_off_with_it_along(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00").line("L1", "99.50", "CHEQUE").save()
    allocate(company.store, "L1", "F-1001", money("99.50"), author=ME, write_off="rounding")
    claim = run_ledger(company.store).claims.filter(pl.col("source") == "bank")["claim_id"].item()
    refuse(company.store, claim, author=ME)
    assert given(company, "F-1001") == set()


def test_several_suggestions_are_accepted_as_one_change(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00").bill("F-1002", "Martin", "70.00")
    company.line("L1", "100.00", "CHEQUE").line("L2", "70.00", "CHEQUE").save()
    change = accept_many(company.store, [("L1", 1), ("L2", None)], author=ME)
    assert set(company.claims()) == {("L1", "F-1001"), ("L2", "F-1002")}
    undo(company.store, change, author=ME)
    assert company.claims() == {}


def test_two_suggestions_for_one_invoice_are_not_both_accepted(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00").line("L1", "100.00", "CHEQUE").line("L2", "100.00", "CHEQUE", on=11).save()
    with pytest.raises(Refused) as refused:
        accept_many(company.store, [("L1", 1), ("L2", 1)], author=ME)
    assert refused.value.code == "owes_less"
    assert company.claims() == {}


def test_a_receipt_goes_to_the_invoices_due_first_and_the_rest_stays_the_client_s(company: Company) -> None:
    company.bill("F-1002", "Durand", "50.00", issued=2).bill("F-1001", "Durand", "60.00", issued=1)
    company.bill("F-1003", "Durand", "500.00", issued=40).bill("F-1004", "Martin", "10.00", issued=0)
    company.line("L1", "115.00", "CHEQUE").save()
    allocate_oldest(company.store, "L1", "Durand", author=ME)
    assert company.claims() == {("L1", "F-1001"): money("60.00"), ("L1", "F-1002"): money("50.00")}
    receipts = run_ledger(company.store).receipts
    assert receipts.select("client_id", "amount").rows() == [("Durand", money("115.00"))]


def test_oldest_first_gives_what_people_left_of_the_receipt_to_what_others_left_of_the_invoices(company: Company) -> None:
    company.bill("F-1001", "Durand", "60.00", issued=1).bill("F-1002", "Durand", "50.00", issued=2).bill(
        "F-1003", "Martin", "5.00"
    )
    company.line("L0", "20.00", "CHEQUE", on=9).line("L1", "100.00", "CHEQUE").save()
    allocate(company.store, "L0", "F-1001", money("20.00"), author=ME)
    allocate(company.store, "L1", "F-1003", money("5.00"), author=ME)
    allocate_oldest(company.store, "L1", "Durand", author=ME)
    assert company.claims() == {
        ("L0", "F-1001"): money("20.00"), ("L1", "F-1003"): money("5.00"), ("L1", "F-1001"): money("40.00"),
        ("L1", "F-1002"): money("50.00"),
    }  # fmt: skip


def test_a_confirmed_match_is_a_person_s_and_no_later_run_replaces_it(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00").bill("F-1002", "Durand", "40.00")
    company.line("L1", "140.00", "VIR F-1001 F-1002").line("L2", "40.00", "CHEQUE").save().reconcile()
    figures, claims = company.figures(), run_ledger(company.store).claims
    one = claims.filter(pl.col("document_id") == "F-1001")["claim_id"].item()
    change = confirm(company.store, [one], author=ME)
    assert company.figures() == figures
    after = run_ledger(company.store).claims
    assert (
        after.select("source_id", "document_id", "amount", "rule")
        .sort(pl.all())
        .equals(claims.select("source_id", "document_id", "amount", "rule").sort(pl.all()))
    )
    assert set(after["by"]) == {"Ana"}
    assert company.reconcile().change_id is None
    with pytest.raises(Refused) as refused:
        confirm(company.store, after["claim_id"].to_list(), author=ME)
    assert refused.value.code == "confirmed_already"
    undo(company.store, change, author=ME)
    assert set(run_ledger(company.store).claims["by"]) == {"rule"}
    assert company.reconcile().change_id is None


def test_several_matches_are_confirmed_as_one_change(company: Company) -> None:
    for n in range(3):
        company.bill(f"F-100{n}", "Durand", f"{100 + n}.00").line(f"L{n}", f"{100 + n}.00", f"VIR F-100{n}")
    company.save().reconcile()
    revision = company.store.revision
    confirm(company.store, run_ledger(company.store).claims["claim_id"].to_list(), author=ME)
    assert company.store.revision == revision + 1
    assert set(run_ledger(company.store).claims["by"]) == {"Ana"}


def test_a_fee_is_at_most_a_fifth_of_the_invoice_for_a_person_too(company: Company) -> None:
    company.bill("F-1001", "Durand", "55.00").line("L1", "25.00", "CHEQUE").save()
    with pytest.raises(Refused, match=r"at most 11\.00"):
        allocate(company.store, "L1", "F-1001", money("25.00"), author=ME, write_off="bank_fee")


def test_what_is_proposed_follows_the_tolerances_of_the_settings(company: Company) -> None:
    company.bill("F-1001", "Durand", "1000.00").line("L1", "980.00", "VIR DURAND").save()
    company.bill("F-1002", "Martin", "400.00").line("L2", "399.20", "VIR MARTIN").save()

    def gaps() -> set[tuple[str, str]]:
        found = run_matching(company.store, run_ledger(company.store)).suggestions
        return {(str(amount), reason) for ways in found.values() for one in ways for _, amount, reason in one.gaps}

    assert gaps() == {("20.00", "discount"), ("0.80", "rounding")}
    set_settings(company.store, {"discount_tolerance": "1", "fee_tolerance": "15", "tolerance": "0,50"}, author=ME)
    assert gaps() == {("0.80", "bank_fee")}


def test_more_than_the_tolerance_is_not_accepted(company: Company) -> None:
    company.bill("F-1001", "Durand", "1000.00").line("L1", "980.00", "VIR DURAND").save()
    ledger = run_ledger(company.store)
    with pytest.raises(Refused, match=r"at most 30\.00"):
        check_gaps(ledger, (("F-1001", money("31.00"), "bank_fee"),))
    with pytest.raises(Refused, match=r"at most 1\.00"):
        check_gaps(ledger, (("F-1001", money("0.60"), "rounding"), ("F-1001", money("0.60"), "rounding")))
    check_gaps(ledger, (("F-1001", money("1.00"), "rounding"), ("F-1001", money("30.00"), "bank_fee")))


def test_an_acceptance_asks_the_tolerances(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    company.bill("F-1001", "Durand", "1000.00").line("L1", "980.00", "VIR DURAND").save()
    found = run_matching(company.store, run_ledger(company.store)).suggestions["L1"]
    number = next(n for n, one in enumerate(found, start=1) if one.gaps)
    wide = replace(found[number - 1], gaps=(("F-1001", money("20.01"), "bank_fee"), ("F-1001", money("20.00"), "bank_fee")))
    monkeypatch.setattr(decide, "_chosen", lambda *_: wide)
    with pytest.raises(Refused) as refused:
        accept(company.store, "L1", candidate=number, author=ME)
    assert refused.value.code == "above_tolerance"
