"""Each rule's precision on the user's own history, and the rules that it stops."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from small_store import ME, Company, day, money

from pipelines.decisions import undo
from pipelines.ledger import run_ledger
from pipelines.reconcile.classify import classify
from pipelines.reconcile.confirm import confirm
from pipelines.reconcile.decide import accept, allocate, allocate_many, attribute, refuse
from pipelines.reconcile.run import run_matching, run_replay
from pipelines.reconcile.trust import trust_of, wilson_lower


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    yield made
    made.store.close()


def trust(company: Company) -> dict[str, tuple[int, int]]:
    """Cases and right ones by rule."""
    rows = run_replay(company.store, run_ledger(company.store))
    return {rule: (cases, right) for rule, cases, right in rows.select("rule", "cases", "right").iter_rows()}


def cases(rule: str, right: int, wrong: int) -> pl.DataFrame:
    """Cases of a rule."""
    verdicts = [True] * right + [False] * wrong
    return pl.DataFrame(
        {"rule": [rule] * len(verdicts), "line_id": [f"L{n}" for n in range(len(verdicts))], "is_right": verdicts}
    )


@pytest.mark.parametrize(
    ("right", "n", "lower"),
    [(0, 0, 0.0), (8, 10, 0.4902), (50, 50, 0.9287), (380, 380, 0.98999), (381, 381, 0.99002), (562, 563, 0.99001), (0, 10, 0.0)],
)
def test_the_lower_bound_is_wilson_s(right: int, n: int, lower: float) -> None:
    assert wilson_lower(right, n) == pytest.approx(lower, abs=0.00005)


@pytest.mark.parametrize(
    ("rule", "right", "wrong", "acts_alone", "is_stopped"),
    [
        ("number", 50, 0, True, False),  # flawless: being confirmed is no reason to stop
        ("number", 49, 1, False, True),
        ("number", 48, 1, True, False),  # too few to tell
        ("number", 561, 1, False, True),
        ("number", 562, 1, True, False),
        ("amount_only", 10, 90, False, False),  # never acted alone
    ],
)
def test_a_rule_stops_from_fifty_cases_on_if_its_lower_bound_is_under_99_percent(
    rule: str, right: int, wrong: int, acts_alone: bool, is_stopped: bool
) -> None:
    row = trust_of(cases(rule, right, wrong)).row(0, named=True)
    assert (row["cases"], row["right"], row["wrong"]) == (right + wrong, right, wrong)
    assert row["precision"] == pytest.approx(right / (right + wrong))
    assert (row["acts_alone"], row["is_stopped"]) == (acts_alone, is_stopped)
    assert len(row["wrong_lines"]) == wrong


def test_a_rule_is_right_where_a_person_said_the_same_and_wrong_where_another_thing(company: Company) -> None:
    for n in range(1, 4):
        company.bill(f"F-100{n}", "Durand", f"{n}00.00").line(f"L{n}", f"{n}00.00", f"VIR DURAND F-100{n}", on=10 + n)
    company.bill("F-1009", "Martin", "300.00").save()
    allocate(company.store, "L1", "F-1001", money("100.00"), author=ME)  # before the rules could
    company.reconcile()
    second = run_ledger(company.store).claims.filter(pl.col("source_id") == "L2")["claim_id"].item()
    confirm(company.store, [second], author=ME)
    assert trust(company) == {"number": (2, 2)}
    allocate(company.store, "L3", "F-1009", money("300.00"), author=ME)
    assert trust(company) == {"number": (3, 2)}
    rows = run_replay(company.store, run_ledger(company.store))
    assert rows["wrong_lines"].to_list() == [["L3"]]


def test_what_nobody_spoke_of_is_no_case_and_an_undone_word_neither(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00").line("L1", "100.00", "VIR F-1001").save().reconcile()
    assert trust(company) == {}
    claim = run_ledger(company.store).claims["claim_id"].item()
    change = confirm(company.store, [claim], author=ME)
    assert trust(company) == {"number": (1, 1)}
    undo(company.store, change, author=ME)
    assert trust(company) == {}


def test_a_refused_match_a_wrong_client_and_no_client_s_payment_are_wrong_cases(company: Company) -> None:
    for n in range(1, 5):
        company.bill(f"F-100{n}", "Durand", f"{n}00.00").line(f"L{n}", f"{n}00.00", f"VIR F-100{n}", on=10 + n)
    company.bill("F-1009", "Martin", "7.00").save().reconcile()
    claims = dict(run_ledger(company.store).claims.select("source_id", "claim_id").iter_rows())
    refuse(company.store, claims["L1"], author=ME)
    attribute(company.store, "L2", "Martin", author=ME)
    classify(company.store, "L3", "capital", author=ME)
    attribute(company.store, "L4", "Durand", author=ME)
    assert trust(company) == {"number": (4, 1)}


def test_a_suggestion_is_measured_by_what_was_accepted(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00").bill("F-1002", "Martin", "250.00")
    company.line("L1", "100.00", "CHEQUE").line("L2", "250.00", "CHEQUE").save()
    accept(company.store, "L1", candidate=1, author=ME)
    refuse(company.store, "L2", author=ME)
    assert trust(company) == {"amount_only": (2, 1)}


def test_what_an_alias_was_taught_by_is_no_case_of_it(company: Company) -> None:
    for n in range(1, 4):
        company.bill(f"F-100{n}", "Durand", f"{n}00.00").line(f"L{n}", f"{n}00.00", "VIR DE ZEPHYR MOTIF NOTPROVIDED", on=10 + n)
    company.save()
    allocate(company.store, "L1", "F-1001", money("100.00"), author=ME)
    company.reconcile()
    ids = run_ledger(company.store).claims.filter(pl.col("by") == "rule")["claim_id"].to_list()
    confirm(company.store, ids, author=ME)
    assert trust(company)["alias_and_amount"] == (2, 2)


def test_lettering_of_a_ledger_judges_the_rules_too(company: Company) -> None:
    company.bill("F-1001", "Durand", "100.00").bill("F-1002", "Durand", "60.00")
    company.line("L1", "100.00", "VIR DURAND F-1001").line("L2", "60.00", "VIR DURAND F-1002").save()
    _lettered(company, "R1", "F-1001", "100.00")
    assert trust(company) == {"number": (1, 1)}
    company.reconcile()
    assert trust(company) == {"number": (1, 1)}


def _lettered(company: Company, receipt: str, document: str, amount: str) -> None:
    """A receipt that a ledger gives to a document by its lettering."""
    with company.store.change("import", ME) as change:
        plain = {
            "receipt_id": receipt,
            "client_id": "Durand",
            "receipt_date": day(9),
            "amount": Decimal(amount),
            "currency": "EUR",
        }
        change.insert("receipt", pl.DataFrame([plain]))
        claim = {
            "claim_id": f"c{receipt}", "source": "declared", "source_id": receipt, "document_id": document,
            "amount": Decimal(amount), "claim_date": day(9), "rule": "lettering", "by_person": False,
        }  # fmt: skip
        change.insert("claim", pl.DataFrame([claim]))


def test_a_stopped_rule_only_proposes_and_acts_again_once_its_errors_are_undone(company: Company) -> None:
    for n in range(50):
        company.bill(f"F-{2000 + n}", "Durand", f"{100 + n}.00").line(f"L{n}", f"{100 + n}.00", f"VIR F-{2000 + n}", on=10)
    company.bill("F-3001", "Durand", "999.00").bill("F-3000", "Durand", "149.00")
    company.line("NEW", "999.00", "VIR F-3001", on=20).save()
    allocate_many(company.store, [(f"L{n}", f"F-{2000 + n}", money(f"{100 + n}.00")) for n in range(49)], author=ME)
    assert run_matching(company.store, run_ledger(company.store)).suggestions == {}
    wrong = allocate(company.store, "L49", "F-3000", money("149.00"), author=ME)
    done = company.reconcile()
    assert (done.allocated_lines, done.suggested_lines) == (0, 1)
    found = run_matching(company.store, run_ledger(company.store)).suggestions["NEW"][0]
    assert (found.rule, found.parts) == ("number", (("F-3001", money("999.00")),))
    assert trust(company) == {"number": (50, 49)}
    undo(company.store, wrong, author=ME)
    company.reconcile()
    assert company.claims()["NEW", "F-3001"] == money("999.00")
