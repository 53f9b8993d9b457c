"""Marks, settings, conflicts and undo: what is refused, what holds, what comes back."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_store import ME, Company, day, money

from models.errors import Refused
from models.money import MONEY
from models.settings import read_settings
from pipelines.conflicts import open_conflicts, settle_conflict
from pipelines.decisions import history, set_setting, set_settings, undo
from pipelines.ledger import run_ledger, run_settings
from pipelines.marks import mark, mark_reminded
from pipelines.receivables import sales_documents
from pipelines.reconcile.decide import allocate, attribute


def _filled(path: Path) -> Company:
    made = Company(path)
    made.bill("F-1001", "Durand", "100.00").bill("F-1002", "Martin", "50.00").note("AV-1001", "Durand", "30.00")
    return made.line("L1", "100.00", "CHEQUE").line("L2", "60.00", "VIR", on=12).save()


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = _filled(tmp_path)
    yield made
    made.store.close()


def _conflict(company: Company, **incoming: object) -> None:
    """A file that says another amount of F-1001."""
    document = {
        "number": "F-1001", "kind": "invoice", "client_id": "Durand", "issue_date": "2026-03-02", "due_date": "2026-04-01",
        "amount": "120.00", "currency": "EUR", "linked_invoice": None, "status": None, "client": None,
    }  # fmt: skip
    row = {
        "conflict_id": "K1", "file_id": "file", "source_row": 2, "document_id": "F-1001", "number": "F-1001", "field": "amount",
        "stored": "100.00", "incoming": "120.00", "document": json.dumps(document | incoming),
    }  # fmt: skip
    with company.store.change("import", ME) as change:
        change.insert("conflict", pl.DataFrame([row]))


_REFUSALS: list[tuple[str, Callable[[Company], object]]] = [
    ("unknown_mark", lambda c: mark(c.store, "F-1001", "lost", on=day(5), author=ME)),
    ("unknown_subject", lambda c: mark(c.store, "nothing", "disputed", on=day(5), author=ME)),
    ("not_a_client", lambda c: mark(c.store, "F-1001", "insolvency", on=day(5), author=ME)),
    ("unknown_invoice", lambda c: mark(c.store, "Durand", "sent", on=day(5), author=ME)),
    ("is_credit_note", lambda c: mark(c.store, "AV-1001", "disputed", on=day(5), author=ME)),
    ("which_step", lambda c: mark(c.store, "F-1001", "reminded", on=day(5), author=ME)),
    ("bad_reason", lambda c: mark(c.store, "F-1001", "written-off", on=day(5), author=ME, reason="fun")),
    ("not_written_off", lambda c: mark(c.store, "F-1001", "written-off", on=day(5), author=ME, is_set=False)),
    ("unknown_setting", lambda c: set_setting(c.store, "colour", "red", author=ME)),
    ("unknown_setting", lambda c: set_setting(c.store, "colour", None, author=ME)),
    ("unknown_setting", lambda c: set_settings(c.store, {"currency": "EUR", "colour": ""}, author=ME)),
    ("bad_value", lambda c: set_setting(c.store, "terms_days", "", author=ME)),
    ("bad_value", lambda c: set_settings(c.store, {"terms_days": "30", "iban": "FR00"}, author=ME)),
    ("bad_value", lambda c: set_setting(c.store, "penalty_rate", "-5", author=ME)),
    ("bad_value", lambda c: set_setting(c.store, "penalty_rate", "1500", author=ME)),
    ("bad_value", lambda c: set_setting(c.store, "rate.2026-S2", "215", author=ME)),
    ("bad_value", lambda c: set_setting(c.store, "rate.2026-S2", "-2", author=ME)),
    ("unknown_change", lambda c: undo(c.store, 99, author=ME)),
    ("bad_answer", lambda c: settle_conflict(c.store, "K1", "maybe", author=ME)),
    ("unknown_conflict", lambda c: settle_conflict(c.store, "K1", "keep", author=ME)),
]


@pytest.mark.parametrize(("code", "act"), _REFUSALS)
def test_what_does_not_fit_is_refused_and_nothing_changes(company: Company, code: str, act: Callable[[Company], object]) -> None:
    revision = company.store.revision
    with pytest.raises(Refused) as refused:
        act(company)
    assert (refused.value.code, company.store.revision) == (code, revision)


def test_a_mark_holds_from_its_day_until_it_is_taken_back(company: Company) -> None:
    mark(company.store, "F-1001", "disputed", on=day(5), author=ME)
    mark(company.store, "F-1001", "disputed", on=day(9), author=ME, is_set=False)

    def is_disputed(on: int) -> bool:
        rows = sales_documents(run_ledger(company.store), as_of=day(on))
        return bool(rows.filter(pl.col("number") == "F-1001")["is_disputed"].item())

    assert [is_disputed(on) for on in (4, 5, 8, 9)] == [False, True, True, False]


def test_a_promise_holds_from_today_and_names_its_day(company: Company) -> None:
    mark(company.store, "Durand", "promise", on=date(2026, 6, 15), author=ME)
    row = run_ledger(company.store).marks.to_dicts()[0]
    assert (row["client_id"], row["on_date"], row["value"]) == ("Durand", ME.today, "2026-06-15")


@pytest.mark.parametrize(
    ("reason", "status"), [("loss", "written_off"), ("rounding", "paid"), ("bank_fee", "paid"), ("discount", "paid")]
)
def test_a_write_off_settles_what_is_left_for_its_reason(company: Company, reason: str, status: str) -> None:
    allocate(company.store, "L2", "F-1001", money("60.00"), author=ME)
    mark(company.store, "F-1001", "written-off", on=day(40), author=ME, reason=reason)
    ledger = run_ledger(company.store)
    row = sales_documents(ledger, as_of=day(40)).filter(pl.col("number") == "F-1001").to_dicts()[0]
    assert (row["outstanding"], row["status"]) == (money("0.00"), status)
    assert ledger.allocations.filter(pl.col("source") == "write_off")["amount"].to_list() == [money("40.00")]
    with pytest.raises(Refused, match="owes nothing"):
        mark(company.store, "F-1001", "written-off", on=day(41), author=ME)
    mark(company.store, "F-1001", "written-off", on=day(41), author=ME, is_set=False)
    assert company.outstanding("F-1001", 60) == money("40.00")


def test_a_step_is_recorded_for_several_invoices_at_once(company: Company) -> None:
    mark_reminded(company.store, ["F-1001", "F-1002"], "J+7", on=day(5), author=ME, subject="Durand")
    marks = run_ledger(company.store).marks.select("document_id", "what", "value").rows()
    assert sorted(marks) == [("F-1001", "reminded", "J+7"), ("F-1002", "reminded", "J+7")]


def test_a_rate_kept_before_rates_had_bounds_is_as_if_it_were_not_set() -> None:
    found = read_settings({"penalty_rate": "1500", "rate.2026-S1": "215", "rate.2026-S2": "2,15", "terms_days": "45"})
    assert (found.penalty_rate, dict(found.ecb_rates), found.terms_days) == (None, {"2026-S2": money("2.15")}, 45)


def test_a_setting_without_value_has_its_default_back(company: Company) -> None:
    set_setting(company.store, "terms_days", "45", author=ME)
    assert run_settings(company.store).terms_days == 45
    set_setting(company.store, "terms_days", None, author=ME)
    assert run_settings(company.store).terms_days == 30


def test_a_change_is_undone_once(company: Company) -> None:
    change = set_setting(company.store, "terms_days", "45", author=ME)
    undo(company.store, change, author=ME)
    with pytest.raises(Refused) as refused:
        undo(company.store, change, author=ME)
    assert refused.value.code == "undone_already"
    assert history(company.store)["is_live"].to_list()[:2] == [True, False]


@pytest.mark.parametrize(("answer", "amounts"), [("keep", ["100.00"]), ("replace", ["120.00"]), ("other", ["100.00", "120.00"])])
def test_a_conflict_is_settled_as_the_person_says(company: Company, answer: str, amounts: list[str]) -> None:
    _conflict(company)
    before = company.figures()
    change = settle_conflict(company.store, "K1", answer, author=ME)
    rows = run_ledger(company.store).documents.filter(pl.col("number") == "F-1001")
    assert sorted(rows["amount"].cast(MONEY).to_list()) == [money(amount) for amount in amounts]
    assert open_conflicts(company.store).is_empty()
    undo(company.store, change, author=ME)
    assert (company.figures(), open_conflicts(company.store).height) == (before, 1)


def test_a_cancelled_row_replaces_no_invoice(company: Company) -> None:
    _conflict(company, status="cancelled")
    with pytest.raises(Refused) as refused:
        settle_conflict(company.store, "K1", "replace", author=ME)
    assert (refused.value.code, open_conflicts(company.store).height) == ("is_cancelled", 1)


_ACTS: list[Callable[[Company], int]] = [
    lambda c: mark(c.store, "F-1001", "disputed", on=day(5), author=ME),
    lambda c: mark(c.store, "Durand", "doubtful", on=day(5), author=ME),
    lambda c: mark(c.store, "F-1002", "sent", on=day(5), author=ME),
    lambda c: mark(c.store, "F-1002", "written-off", on=day(20), author=ME),
    lambda c: set_setting(c.store, "doubtful_days", "10", author=ME),
    lambda c: allocate(c.store, "L2", "F-1001", money("1.00"), author=ME),
    lambda c: attribute(c.store, "L1", "Martin", author=ME),
]


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(chosen=st.lists(st.sampled_from(range(len(_ACTS))), min_size=1, max_size=4))
def test_do_then_undo_restores_every_figure_at_every_date_and_undo_of_undo_is_redo(
    tmp_path_factory: pytest.TempPathFactory, chosen: list[int]
) -> None:
    company = _filled(tmp_path_factory.mktemp("law"))
    states, changes = [company.figures()], []
    for n in chosen:
        try:
            changes.append(_ACTS[n](company))
        except Refused:
            continue
        states.append(company.figures())
    undone = []
    for change, state in zip(reversed(changes), reversed(states[:-1]), strict=True):
        undone.append(undo(company.store, change, author=ME))
        assert company.figures() == state
    for change, state in zip(reversed(undone), states[1:], strict=True):
        undo(company.store, change, author=ME)
        assert company.figures() == state
    company.store.close()
