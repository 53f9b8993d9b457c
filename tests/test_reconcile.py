"""What a run stores: only what changed, never what a person refused or undid."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from small_store import ME, Company, day, money

from models.errors import Refused
from models.texts import Texts
from pipelines.decisions import undo
from pipelines.exports.sentences import reconcile_lines
from pipelines.ledger import run_ledger
from pipelines.reconcile.decide import allocate, attribute, refuse
from pipelines.reconcile.money_back import refund
from pipelines.reconcile.run import suggestions, unmatched_lines


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    made.bill("FACT-2026-001", "Durand", "100.00").line("L1", "100.00", "DURAND FACT-2026-001").save()
    yield made
    made.store.close()


def test_a_run_says_what_it_did_and_a_second_one_changes_nothing(company: Company) -> None:
    company.line("L2", "7.00", "INCONNU").save()
    done = company.reconcile()
    assert (done.allocated_lines, done.allocated_amount, done.suggested_lines, done.unmatched_lines) == (1, money("100.00"), 0, 1)
    again = company.reconcile()
    assert (again.change_id, again.allocated_lines) == (None, 0)
    assert company.store.revision == done.change_id


def test_a_better_match_replaces_the_rules_own_but_never_a_person_s(company: Company) -> None:
    company.bill("FACT-2026-002", "Durand", "50.00").line("L2", "50.00", "VIR DURAND", on=12).save().reconcile()
    assert ("L2", "FACT-2026-002") in company.claims()
    company.line("L3", "50.00", "FACT-2026-002", on=14).save().reconcile()
    assert {k for k in company.claims() if k[1] == "FACT-2026-002"} == {("L3", "FACT-2026-002")}
    refuse(company.store, run_ledger(company.store).claims.filter(pl.col("source_id") == "L3")["claim_id"].item(), author=ME)
    allocate(company.store, "L2", "FACT-2026-002", money("50.00"), author=ME)
    company.line("L4", "50.00", "FACT-2026-002", on=15).save().reconcile()
    assert {k for k in company.claims() if k[1] == "FACT-2026-002"} == {("L2", "FACT-2026-002")}


def test_a_refused_match_never_comes_back(company: Company) -> None:
    company.reconcile()
    claim = run_ledger(company.store).claims["claim_id"].item()
    refuse(company.store, claim, author=ME)
    assert company.claims() == {}
    company.reconcile()
    assert company.claims() == {}
    assert company.matching().suggestions == {}


def test_a_line_that_a_person_corrected_is_matched_with_nothing_else_alone(company: Company) -> None:
    company.reconcile()
    company.bill("FACT-2026-002", "Durand", "100.00", issued=1).save()
    refuse(company.store, run_ledger(company.store).claims["claim_id"].item(), author=ME)
    company.reconcile()
    assert company.claims() == {}
    assert [dict(c.parts) for c in company.matching().suggestions["L1"]] == [{"FACT-2026-002": money("100.00")}]


def test_an_undone_run_comes_back_only_as_suggestions_until_it_is_redone(company: Company) -> None:
    company.line("L2", "20.00", "VIR DURAND").line("D1", "-100.00", "REJET FACT-2026-001", on=15).save()
    run = company.reconcile().change_id
    assert run is not None
    before = company.figures()
    undone = undo(company.store, run, author=ME)
    bare = company.figures()
    assert company.reconcile().change_id is None
    assert company.figures() == bare != before
    assert [c.rule for c in company.matching().suggestions["L1"]] == ["number"]
    undo(company.store, undone, author=ME)
    company.reconcile()
    assert company.figures() == before


def test_undoing_a_later_run_keeps_what_the_earlier_one_did(company: Company) -> None:
    company.bill("FACT-2026-002", "Durand", "50.00").line("L2", "50.00", "VIR DURAND", on=12).save().reconcile()
    first = company.claims()
    company.line("L3", "50.00", "FACT-2026-002", on=14).save()
    second = company.reconcile().change_id
    assert second is not None
    undo(company.store, second, author=ME)
    company.reconcile()
    assert company.claims() == first


def test_an_undone_import_takes_its_matches_along_and_a_redone_one_brings_them_back(company: Company) -> None:
    company.reconcile()
    figures = company.figures()
    undone = undo(company.store, 2, author=ME)
    company.reconcile()
    assert company.claims() == {}
    undo(company.store, undone, author=ME)
    company.reconcile()
    assert company.figures() == figures


def test_a_person_s_client_limits_what_the_rules_may_match(company: Company) -> None:
    company.bill("FACT-2026-002", "Martin", "100.00").line("L2", "100.00", "CHEQUE").line("L3", "60.00", "FACT-2026-001").save()
    attribute(company.store, "L1", "Martin", author=ME)
    company.reconcile()
    assert company.claims() == {("L1", "FACT-2026-002"): money("100.00"), ("L3", "FACT-2026-001"): money("60.00")}


def test_the_remainder_of_a_person_s_match_is_its_client_s_at_once(company: Company) -> None:
    company.line("L2", "90.00", "CHEQUE").save()
    allocate(company.store, "L2", "FACT-2026-001", money("60.00"), author=ME)
    receipts = run_ledger(company.store).receipts.filter(pl.col("receipt_id") == "L2")
    assert receipts.select("client_id", "amount").rows() == [("Durand", money("90.00"))]


def test_suggestions_name_the_invoices_and_lines_without_any_are_listed(company: Company) -> None:
    company.reconcile()
    company.bill("FACT-2026-002", "Martin", "70.00").line("L2", "70.00", "CHEQUE").line("L3", "1.00", "INCONNU").save()
    ledger, matching = run_ledger(company.store), company.matching()
    (row,) = suggestions(matching, ledger)
    assert (row["id"], row["amount"], row["account"]) == ("L2", money("70.00"), "Courant")
    assert row["candidates"] == [
        {
            "n": 1, "invoice_numbers": ["FACT-2026-002"], "amounts": [money("70.00")], "rule": "amount_only", "confidence": 0.5,
            "evidence": "", "write_offs": [], "credit_notes": [], "returned": [],
        }
    ]  # fmt: skip
    assert unmatched_lines(ledger, matching, as_of=day(90))["line_id"].to_list() == ["L3"]


def test_what_a_rule_gave_keeps_the_confidence_of_that_rule(tmp_path: Path) -> None:
    company = Company(tmp_path).bill("F-1001", "Carrosserie des Alpes", "100.00")
    company.line("L1", "100.00", "VIR CARROSSERIE DES AL", on=12).save().reconcile()
    stored = company.store.facts("claim").select("rule", "confidence").row(0)
    assert stored == ("likely_name_and_amount", 0.99)
    company.store.close()


def test_nothing_matched_is_singular_in_french_and_a_purchase_is_called_one(tmp_path: Path) -> None:
    company = Company(tmp_path).bill("ACH-1", "Fournisseur", "10.00", direction="purchase").line("L1", "10.00", "VIR").save()
    assert reconcile_lines(company.reconcile(), Texts("fr"))[0].startswith("0 ligne bancaire lettrée (")
    with pytest.raises(Refused) as refusal:
        allocate(company.store, "L1", "ACH-1", money("1.00"), author=ME)
    assert refusal.value.code == "is_purchase"
    company.store.close()


def test_what_waits_is_counted_as_it_is_listed(company: Company) -> None:
    """A client's odd receipt waits while the client owes something, and a person's word ends that."""
    company.bill("F-1", "Omega Services", "1000.00").bill("F-2", "Omega Services", "700.00").bill("F-3", "Durand", "70.00")
    company.line("L8", "123.45", "VIR OMEGA SERVICES").line("L9", "70.00", "CHEQUE").line("L10", "1.00", "INCONNU").save()
    done = company.reconcile()
    assert run_ledger(company.store).attributions["line_id"].to_list() == ["L8"]
    assert (done.suggested_lines, done.unmatched_lines) == (1, 2)
    assert set(company.unmatched(90)["line_id"]) == {"L8", "L9", "L10"}
    attribute(company.store, "L8", "Omega Services", author=ME)
    assert company.reconcile().unmatched_lines == 1
    assert set(company.unmatched(90)["line_id"]) == {"L9", "L10"}


def test_a_credit_note_that_a_debit_takes_back_is_proposed_to_no_invoice_from_the_first_run_on(tmp_path: Path) -> None:
    company = Company(tmp_path).bill("FA-2026-0001", "Martin", "150.00").note("AV-2026-0007", "Martin", "50.00")
    company.line("L", "100.00", "VIR MARTIN", 20).line("R", "-50.00", "VIR REMB AV-2026-0007", 30).save()
    found = company.reconcile().matching
    assert [one.credit_id for one in found.refunds] == ["AV-2026-0007"]
    assert [way.rule for way in found.ways("L")] == ["name_instalment"]


def test_what_was_written_off_with_a_payment_is_owed_again_in_the_run_that_finds_it_returned(tmp_path: Path) -> None:
    company = Company(tmp_path).bill("FA-2026-0001", "Martin", "100.50").line("L", "100.00", "VIR MARTIN", 20).save()
    allocate(company.store, "L", "FA-2026-0001", money("100.00"), author=ME, write_off="rounding")
    company.line("R", "-100.00", "REJET VIR MARTIN", 25).line("M", "100.50", "VIR MARTIN", 40).save()
    assert [one[:3] for one in company.reconcile().matching.claims] == [("M", "FA-2026-0001", money("100.50"))]
    assert company.outstanding("FA-2026-0001") == 0


def test_a_receipt_that_went_back_in_two_parts_waits_for_nobody(tmp_path: Path) -> None:
    company = Company(tmp_path).bill("FA-2026-0001", "Martin", "50.00").note("AV-2026-0007", "Martin", "50.00")
    company.line("L", "100.00", "VIR MARTIN", 20).line("R1", "-60.00", "VIR EMIS", 25).line("R2", "-40.00", "VIR EMIS", 26).save()
    company.reconcile()
    refund(company.store, "R1", "L", author=ME)
    assert list(company.matching().suggestions) == ["L"]
    refund(company.store, "R2", "L", author=ME)
    assert not company.matching().suggestions
