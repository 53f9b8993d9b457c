"""A person's word on bank lines: what is refused, and what undo gives back."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from small_store import ME, Company, money

from models.errors import Refused
from pipelines.decisions import undo
from pipelines.ledger import run_ledger
from pipelines.reconcile.classify import classify
from pipelines.reconcile.confirm import confirm
from pipelines.reconcile.decide import (
    accept,
    accept_many,
    allocate,
    allocate_many,
    allocate_oldest,
    attribute,
    refuse,
    refuse_many,
)
from pipelines.reconcile.money_back import refund


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    made.bill("F-1001", "Durand", "100.00").bill("F-1002", "Durand", "100.00").bill("F-1003", "Martin", "50.00")
    made.note("AV-1001", "Durand", "30.00").bill("F-1004", "Durand", "80.00", currency="USD")
    made.line("L1", "100.00", "CHEQUE").line("L2", "60.00", "VIR DURAND", on=12).line("L3", "9.00", "INCONNU", on=12)
    made.line("L0", "9.00", "ANCIEN", on=-9).line("D1", "-30.00", "VIREMENT EMIS", on=20).line(
        "D2", "-100.00", "DEBIT", on=21
    ).save()
    yield made
    made.store.close()


_REFUSALS: list[tuple[str, Callable[[Company], object]]] = [
    ("unknown_suggestion", lambda c: accept(c.store, "nothing", candidate=None, author=ME)),
    ("which_candidate", lambda c: accept(c.store, "L1", candidate=None, author=ME)),
    ("which_candidate", lambda c: accept(c.store, "L1", candidate=0, author=ME)),
    ("which_candidate", lambda c: accept(c.store, "L1", candidate=9, author=ME)),
    ("unknown_suggestion", lambda c: refuse(c.store, "nothing", author=ME)),
    ("unknown_line", lambda c: allocate(c.store, "nothing", "F-1001", money("1.00"), author=ME)),
    ("unknown_invoice", lambda c: allocate(c.store, "L1", "nothing", money("1.00"), author=ME)),
    ("is_credit_note", lambda c: allocate(c.store, "L1", "AV-1001", money("1.00"), author=ME)),
    ("other_currency", lambda c: allocate(c.store, "L1", "F-1004", money("1.00"), author=ME)),
    ("too_much", lambda c: allocate(c.store, "L2", "F-1001", money("60.01"), author=ME)),
    ("owes_less", lambda c: allocate(c.store, "L1", "F-1003", money("50.01"), author=ME)),
    ("too_little", lambda c: allocate(c.store, "L1", "F-1001", money("0.00"), author=ME)),
    ("too_little", lambda c: allocate(c.store, "L1", "F-1001", money("-1.00"), author=ME)),
    ("too_little", lambda c: allocate(c.store, "L1", "F-1001", Decimal("NaN"), author=ME)),
    ("not_in_cents", lambda c: allocate(c.store, "L1", "F-1001", money("1.005"), author=ME)),
    ("not_a_receipt", lambda c: allocate(c.store, "D1", "F-1001", money("1.00"), author=ME)),
    ("other_client", lambda c: allocate(c.store, "AV-1001", "F-1003", money("1.00"), author=ME)),
    ("too_much", lambda c: allocate(c.store, "AV-1001", "F-1001", money("30.01"), author=ME)),
    ("other_currency", lambda c: allocate(c.store, "AV-1001", "F-1004", money("1.00"), author=ME)),
    ("too_little", lambda c: allocate_many(c.store, [], author=ME)),
    ("owes_less", lambda c: allocate_many(c.store, [("L1", "F-1003", money("30")), ("L2", "F-1003", money("30"))], author=ME)),
    ("bad_reason", lambda c: allocate(c.store, "L1", "F-1001", money("99.50"), author=ME, write_off="loss")),
    ("nothing_left_over", lambda c: allocate(c.store, "L1", "F-1001", money("100.00"), author=ME, write_off="rounding")),
    ("above_tolerance", lambda c: allocate(c.store, "L1", "F-1001", money("98.99"), author=ME, write_off="rounding")),
    ("above_tolerance", lambda c: allocate(c.store, "L1", "F-1001", money("69.99"), author=ME, write_off="bank_fee")),
    ("above_tolerance", lambda c: allocate(c.store, "L1", "F-1001", money("96.99"), author=ME, write_off="discount")),
    ("not_a_line", lambda c: allocate(c.store, "AV-1001", "F-1001", money("30.00"), author=ME, write_off="rounding")),
    ("owes_nothing_yet", lambda c: allocate_oldest(c.store, "L0", "Durand", author=ME)),
    ("not_a_receipt", lambda c: allocate_oldest(c.store, "D1", "Durand", author=ME)),
    ("unknown_client", lambda c: allocate_oldest(c.store, "L1", "nobody", author=ME)),
    ("unknown_allocation", lambda c: confirm(c.store, ["nothing"], author=ME)),
    ("which_candidate", lambda c: accept_many(c.store, [("L1", 1), ("L1", 9)], author=ME)),
    ("too_little", lambda c: accept_many(c.store, [], author=ME)),
    ("unknown_client", lambda c: attribute(c.store, "L1", "nobody", author=ME)),
    ("not_a_receipt", lambda c: attribute(c.store, "D1", "Durand", author=ME)),
    ("not_a_debit", lambda c: refund(c.store, "L1", "AV-1001", author=ME)),
    ("unknown_line", lambda c: refund(c.store, "D1", "nothing", author=ME)),
    ("not_a_receipt", lambda c: refund(c.store, "D1", "D2", author=ME)),
    ("too_much", lambda c: refund(c.store, "D2", "AV-1001", author=ME)),
    ("too_much", lambda c: refund(c.store, "D2", "L2", author=ME)),
]


@pytest.mark.parametrize(("code", "act"), _REFUSALS)
def test_what_the_facts_do_not_allow_is_refused_and_nothing_changes(
    company: Company, code: str, act: Callable[[Company], object]
) -> None:
    revision, figures = company.store.revision, company.figures()
    with pytest.raises(Refused) as refused:
        act(company)
    assert refused.value.code == code
    assert (company.store.revision, company.figures()) == (revision, figures)


_DECISIONS: list[Callable[[Company], int]] = [
    lambda c: accept(c.store, "L1", candidate=1, author=ME),
    lambda c: refuse(c.store, "L1", author=ME),
    lambda c: allocate(c.store, "L1", "F-1003", money("20.00"), author=ME),
    lambda c: allocate(c.store, "AV-1001", "F-1001", money("10.00"), author=ME),
    lambda c: allocate(c.store, "L1", "F-1001", money("99.00"), author=ME, write_off="rounding"),
    lambda c: allocate(c.store, "L1", "F-1001", money("81.00"), author=ME, write_off="bank_fee"),
    lambda c: allocate(c.store, "L1", "F-1001", money("97.00"), author=ME, write_off="discount"),
    lambda c: allocate_oldest(c.store, "L2", "Durand", author=ME),
    lambda c: attribute(c.store, "L3", "Martin", author=ME),
    lambda c: refund(c.store, "D1", "AV-1001", author=ME),
]


@pytest.mark.parametrize("act", _DECISIONS)
def test_undo_restores_every_figure_at_every_date_and_undoing_it_too(company: Company, act: Callable[[Company], int]) -> None:
    before = company.figures()
    change = act(company)
    after = company.figures()
    undone = undo(company.store, change, author=ME)
    assert company.figures() == before
    undo(company.store, undone, author=ME)
    assert company.figures() == after


def test_a_person_s_word_on_a_line_ends_what_the_rules_said_of_it(company: Company) -> None:
    company.line("L4", "100.00", "F-1001", on=13).save().reconcile()
    change = allocate(company.store, "L4", "F-1002", money("40.00"), author=ME)
    assert {k: v for k, v in company.claims().items() if k[0] == "L4"} == {("L4", "F-1002"): money("40.00")}
    undo(company.store, change, author=ME)
    assert company.claims()["L4", "F-1001"] == money("100.00")


def test_the_same_line_and_invoice_twice_are_one_allocation(company: Company) -> None:
    allocate_many(company.store, [("L1", "F-1001", money("40.00")), ("L1", "F-1001", money("10.00"))], author=ME)
    assert company.claims() == {("L1", "F-1001"): money("50.00")}


def test_what_went_back_cannot_be_given_again(company: Company) -> None:
    attribute(company.store, "L1", "Durand", author=ME)
    refund(company.store, "D2", "L1", author=ME)
    with pytest.raises(Refused, match="Nothing is left of this source"):
        allocate(company.store, "L1", "F-1001", money("1.00"), author=ME)
    company.reconcile()
    assert company.claims() == {}


def test_a_debit_that_takes_back_an_allocated_payment_reopens_its_invoice(company: Company) -> None:
    allocate(company.store, "L1", "F-1001", money("100.00"), author=ME)
    refund(company.store, "D2", "L1", author=ME)
    assert [company.outstanding("F-1001", on) for on in (10, 20, 21)] == [money("0.00"), money("0.00"), money("100.00")]
    with pytest.raises(Refused) as refused:
        refund(company.store, "D2", "L1", author=ME)
    assert refused.value.code == "refunded_already"


def test_a_part_that_comes_back_must_be_one_of_the_allocations_and_reverses_one(company: Company) -> None:
    allocate_many(company.store, [("L1", "F-1001", money("30.00")), ("L1", "F-1002", money("30.00"))], author=ME)
    company.line("D3", "-61.00", "DEBIT", on=22).save()
    attribute(company.store, "L1", "Martin", author=ME)
    refund(company.store, "D1", "L1", author=ME)
    kinds = run_ledger(company.store).refunds["kind"].to_list()
    assert kinds == ["refunded"]
    with pytest.raises(Refused) as refused:
        refund(company.store, "D3", "L1", author=ME)
    assert refused.value.code == "no_such_part"
    company.line("D4", "-30.00", "DEBIT", on=23).save()
    with pytest.raises(Refused) as refused:
        refund(company.store, "D4", "L1", author=ME)
    assert refused.value.code == "which_part"
    refund(company.store, "D4", "L1", author=ME, invoice="F-1002")
    assert [company.outstanding(number, 30) for number in ("F-1001", "F-1002")] == [money("70.00"), money("100.00")]


def test_a_person_may_correct_what_the_rules_took_for_a_refund(company: Company) -> None:
    company.note("AV-1002", "Durand", "30.00").line("D5", "-30.00", "REMBOURSEMENT AV-1001", on=22).save().reconcile()
    change = refund(company.store, "D5", "AV-1002", author=ME)
    company.reconcile()
    refunds = run_ledger(company.store).refunds.filter(pl.col("line_id") == "D5")
    assert refunds["credit_id"].to_list() == ["AV-1002"]
    undo(company.store, change, author=ME)
    refunds = run_ledger(company.store).refunds.filter(pl.col("line_id") == "D5")
    assert refunds["credit_id"].to_list() == ["AV-1001"]


def test_a_match_is_not_brought_back_once_its_money_is_given_otherwise(company: Company) -> None:
    first = allocate(company.store, "L1", "F-1001", money("100.00"), author=ME)
    undoing = undo(company.store, first, author=ME)
    second = allocate(company.store, "L1", "F-1002", money("100.00"), author=ME)
    with pytest.raises(Refused) as refusal:
        undo(company.store, undoing, author=ME)
    assert refusal.value.code == "given_otherwise"
    assert company.outstanding("F-1001") == money("100.00")
    undo(company.store, second, author=ME)
    undo(company.store, undoing, author=ME)
    assert (company.outstanding("F-1001"), company.outstanding("F-1002")) == (money("0.00"), money("100.00"))


@pytest.mark.parametrize("freeing", ["refuse", "classify"])
def test_what_freed_a_line_is_not_undone_once_its_money_is_given_otherwise(company: Company, freeing: str) -> None:
    company.line("L4", "100.00", "F-1001", on=13).save().reconcile()
    claim = run_ledger(company.store).claims.filter(pl.col("source_id") == "L4")["claim_id"].item()
    freed = refuse(company.store, claim, author=ME) if freeing == "refuse" else classify(company.store, "L4", "rent", author=ME)
    otherwise = allocate(company.store, "L4", "F-1002", money("100.00"), author=ME)
    with pytest.raises(Refused) as refusal:
        undo(company.store, freed, author=ME)
    assert refusal.value.code == "given_otherwise"
    undo(company.store, otherwise, author=ME)
    undo(company.store, freed, author=ME)
    assert company.claims()["L4", "F-1001"] == money("100.00")


def test_several_matches_are_detached_as_one_change(company: Company) -> None:
    company.line("L4", "100.00", "F-1001", on=13).line("L5", "50.00", "F-1003", on=13).save().reconcile()
    before = company.figures()
    claims = run_ledger(company.store).claims.filter(pl.col("source_id").is_in(["L4", "L5"]))["claim_id"].to_list()
    revision = company.store.revision
    with pytest.raises(Refused) as refusal:
        refuse_many(company.store, [*claims, "nothing"], author=ME)
    assert (refusal.value.code, company.store.revision) == ("unknown_suggestion", revision)
    change = refuse_many(company.store, claims, author=ME)
    assert (change, company.claims()) == (revision + 1, {})
    undo(company.store, change, author=ME)
    assert company.figures() == before
