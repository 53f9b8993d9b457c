"""Notes and calls: what is kept of them, and that a call which was due is done once the client is reached."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from small_store import ME, Company

from models.errors import Refused
from pipelines.collections.disputes import disputes
from pipelines.collections.notes import add_call, add_note, clean, due_call
from pipelines.decisions import undo
from pipelines.ledger import run_ledger
from pipelines.marks import mark


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """Durand's invoice has been late for 20 days on the day of the call: the step due is a call. Petit owes nothing late."""
    company = Company(tmp_path)
    late = ME.today - timedelta(days=20)
    company.bill("F-1", "Durand", "100.00", 40, due_date=late)
    return company.bill("F-2", "Petit", "50.00", 60, due_date=ME.today + timedelta(days=9)).save()


def _due(company: Company) -> tuple[str, tuple[str, ...]]:
    return due_call(run_ledger(company.store), "Durand", as_of=ME.today)


@pytest.mark.parametrize(
    ("result", "is_done"), [("reached", True), ("message_left", True), ("no_answer", False), ("wrong_number", False)]
)
def test_a_call_that_was_due_is_done_only_if_the_client_heard_of_it(company: Company, result: str, *, is_done: bool) -> None:
    assert _due(company) == ("T1", ("F-1",))
    change = add_call(company.store, "Durand", "", result=result, author=ME)
    assert _due(company)[0] == ("" if is_done else "T1")
    undo(company.store, change, author=ME)
    assert _due(company) == ("T1", ("F-1",))
    assert run_ledger(company.store).notes.is_empty()


def test_a_call_to_a_client_who_owes_nothing_late_is_a_call_and_no_more(company: Company) -> None:
    add_call(company.store, "Petit", "pour prévenir", author=ME)
    ledger = run_ledger(company.store)
    assert ledger.marks.is_empty()
    assert ledger.notes.select("client_id", "kind", "result", "text", "by").rows() == [
        ("Petit", "call", "reached", "pour prévenir", "Ana")
    ]


def test_what_is_typed_is_kept_without_what_cannot_be_seen() -> None:
    assert clean("  deux\r\nlignes\t\u202e \x00ici ") == "deux\nlignes\t ici"
    for text, code in (("  \u200b\x07 ", "empty_note"), ("x" * 4001, "long_note")):
        with pytest.raises(Refused) as refused:
            clean(text)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("client", "invoice", "code"),
    [("Nobody", None, "unknown_client"), ("Durand", "F-2", "not_of_client"), ("Durand", "F-9", "unknown_invoice")],
)
def test_a_note_on_nothing_known_is_refused(company: Company, client: str, invoice: str | None, code: str) -> None:
    before = company.store.revision
    with pytest.raises(Refused) as refused:
        add_note(company.store, client, "texte", author=ME, invoice=invoice)
    assert (refused.value.code, company.store.revision) == (code, before)


def test_a_dispute_tells_its_kind_its_owner_and_how_long_it_has_lasted(company: Company) -> None:
    since = ME.today - timedelta(days=4)
    change = mark(company.store, "F-1", "disputed", on=since, author=ME, value="delivery", owner="Luc", note="manque un colis")
    (row,) = disputes(run_ledger(company.store), as_of=ME.today).to_dicts()
    assert (row["number"], row["category"], row["owner"], row["note"], row["days"]) == (
        "F-1",
        "delivery",
        "Luc",
        "manque un colis",
        4,
    )
    assert disputes(run_ledger(company.store), as_of=since - timedelta(days=1)).is_empty()
    mark(company.store, "F-1", "disputed", on=ME.today, author=ME, is_set=False)
    assert disputes(run_ledger(company.store), as_of=ME.today).is_empty()
    undo(company.store, change, author=ME)
    assert disputes(run_ledger(company.store), as_of=ME.today).is_empty()
    with pytest.raises(Refused) as refused:
        mark(company.store, "F-1", "disputed", on=ME.today, author=ME, value="mood")
    assert refused.value.code == "bad_category"


def test_a_dispute_of_the_client_is_told_for_each_invoice_unless_it_has_its_own_word(company: Company) -> None:
    mark(company.store, "Durand", "disputed", on=ME.today, author=ME, value="price")
    rows = disputes(run_ledger(company.store), as_of=ME.today)
    assert rows.select("number", "category").rows() == [("F-1", "price")]
    mark(company.store, "F-1", "disputed", on=ME.today, author=ME, value="quality")
    assert disputes(run_ledger(company.store), as_of=ME.today)["category"].to_list() == ["quality"]


def test_taking_a_promise_back_on_a_past_day_holds_from_that_day(company: Company) -> None:
    mark(company.store, "F-1", "promise", on=ME.today + timedelta(days=9), author=ME)
    mark(company.store, "F-1", "promise", on=ME.today, author=ME, is_set=False)
    last = run_ledger(company.store).marks.filter(pl.col("what") == "promise").row(-1, named=True)
    assert (last["is_set"], last["on_date"]) == (False, ME.today)
