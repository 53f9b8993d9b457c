"""The ledger is read once for each revision, whoever asks: a screen, a decision, the rules after it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from small_store import ME, Company, money

from models.facts import last_change
from models.past_store import PastStore
from models.store import Store
from pipelines import ledger as ledgers
from pipelines import stored_facts
from pipelines.decisions import undo
from pipelines.kept import kept_with_ledger
from pipelines.ledger import Ledger, empty_ledger, run_ledger
from pipelines.marks import mark
from pipelines.receivables import open_items
from pipelines.reconcile import run
from pipelines.reconcile.decide import allocate
from pipelines.reconcile.run import run_matching, run_reconcile
from pipelines.stored_facts import Facts, run_facts


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path).bill("FACT-1", "Martin", "120.00").line("L1", "100.00", "VIR MARTIN").save()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The revision of each reading."""
    found: list[int] = []
    slow = ledgers._read

    def counted(store: Store, known_on: date | None) -> Ledger:
        found.append(store.revision)
        return slow(store, known_on)

    monkeypatch.setattr(ledgers, "_read", counted)
    return found


def owed(ledger: Ledger) -> list[object]:
    return open_items(ledger, as_of=ME.today)["outstanding"].to_list()


def test_a_decision_and_the_rules_after_it_read_the_ledger_once_each(company: Company, read: list[int]) -> None:
    run_ledger(company.store)  # as the screen shows it
    before = company.store.revision
    allocate(company.store, "L1", "FACT-1", money("100.00"), author=ME)
    run_reconcile(company.store, author=ME)
    assert owed(run_ledger(company.store)) == [money("20.00")]
    assert read == [before, before + 1]


def test_what_a_decision_or_its_undo_changes_is_seen_at_once(company: Company) -> None:
    assert owed(run_ledger(company.store)) == [money("120.00")]
    change_id = allocate(company.store, "L1", "FACT-1", money("100.00"), author=ME)
    assert owed(run_ledger(company.store)) == [money("20.00")]
    undo(company.store, change_id, author=ME)
    assert owed(run_ledger(company.store)) == [money("120.00")]


def test_what_was_known_on_a_day_stands_beside_what_is_known_now(company: Company) -> None:
    eve = date(2026, 5, 31)
    assert (owed(run_ledger(company.store)), owed(run_ledger(company.store, known_on=eve))) == ([money("120.00")], [])
    allocate(company.store, "L1", "FACT-1", money("100.00"), author=ME)
    past = PastStore(company.store, last_change=company.store.revision - 1)
    assert owed(run_ledger(past)) == [money("120.00")]
    assert (owed(run_ledger(company.store)), owed(run_ledger(company.store, known_on=eve))) == ([money("20.00")], [])


def test_facts_that_a_change_leaves_as_they_are_are_not_read_again(company: Company) -> None:
    store, every = company.store, {one.name for one in fields(Facts)}
    last = run_facts(store)

    def read_again() -> set[str]:
        nonlocal last
        before, last = last, run_facts(store)
        stored = run_facts(PastStore(store))  # which keeps nothing
        for name in every:
            one, other = getattr(last, name), getattr(stored, name)
            assert one.equals(other) if isinstance(one, pl.DataFrame) else one == other, name
        return {name for name in every if getattr(last, name) is not getattr(before, name)}

    assert read_again() == set()
    change_id = allocate(store, "L1", "FACT-1", money("100.00"), author=ME)
    assert read_again() == {"claims"}
    mark(store, "FACT-1", "disputed", on=ME.today, author=ME)
    assert read_again() == {"marks"}
    company.bill("FACT-2", "Martin", "50.00").save()
    assert read_again() == {"documents", "statements"}
    undo(store, change_id, author=ME)
    assert read_again() == every - {"policy"}  # the shipped one is one for all


@pytest.mark.parametrize("known_on", [None, date(2026, 5, 31)])
def test_each_of_the_facts_is_read_of_its_own_tables_as_they_were_known_on_the_day(
    company: Company, monkeypatch: pytest.MonkeyPatch, known_on: date | None
) -> None:
    said, stored = dict(stored_facts._READ), company.store.facts
    assert set(said) == {one.name for one in fields(Facts)}
    asked: set[tuple[str, date | None]] = set()

    def told(table: str, *, latest_by: str | None = None, known_on: date | None = None) -> pl.DataFrame:
        asked.add((table, known_on))
        return stored(table, latest_by=latest_by, known_on=known_on)

    monkeypatch.setattr(company.store, "facts", told)
    for name, (tables, read) in said.items():
        asked.clear()
        read(stored_facts._Reader(company.store, known_on))
        is_queried = name == "letters"  # also those of exports that were undone
        assert asked == (set() if is_queried else {(table, known_on) for table in tables}), name


def test_readers_of_one_revision_at_the_same_time_share_one_reading(company: Company, read: list[int]) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: run_ledger(company.store), range(8)))
    assert len(read) == 1
    assert len({id(ledger) for ledger in found}) == 1


def test_only_the_last_revision_and_a_few_days_are_held(company: Company) -> None:
    for n in range(9):
        run_ledger(company.store, known_on=date(2026, 6, 1 + n))
    run_ledger(company.store)
    kept = ledgers._kept[company.store]
    assert len(kept.ledgers) <= ledgers._MOST_DAYS + 1
    company.bill("FACT-2", "Martin", "50.00").save()
    run_ledger(company.store)
    assert list(kept.ledgers) == [None]


def test_what_is_said_beside_the_bank_has_no_matching_searched_again(company: Company) -> None:
    found = run_matching(company.store, run_ledger(company.store))
    mark(company.store, "FACT-1", "disputed", on=ME.today, author=ME)
    assert run_matching(company.store, run_ledger(company.store)) is found
    change_id = allocate(company.store, "L1", "FACT-1", money("100.00"), author=ME)
    assert run_matching(company.store, run_ledger(company.store)) is not found
    undo(company.store, change_id, author=ME)
    again = run_matching(company.store, run_ledger(company.store))
    assert again is not found
    assert again == found


def test_the_last_change_of_some_tables_is_the_last_that_brought_facts_to_them_or_took_any_back(company: Company) -> None:
    def last(*tables: str) -> object:
        return company.store.query(last_change(tables), upto=company.store.revision)["last"].item()

    imported = last("bank_line")
    marked = mark(company.store, "FACT-1", "disputed", on=ME.today, author=ME)
    assert (last("bank_line"), last("mark"), last("mark", "bank_line"), last("claim")) == (imported, marked, marked, 0)
    undone = undo(company.store, marked, author=ME)
    assert last("claim") == undone


def test_open_items_of_a_date_are_worked_out_once_for_a_ledger_and_are_those_of_its_own_facts(company: Company) -> None:
    before = run_ledger(company.store)
    days = [date(2026, 3, 1 + n) for n in range(9)]
    found = {day: open_items(before, as_of=day) for day in [*days, ME.today]}
    assert open_items(before, as_of=ME.today) is found[ME.today]
    assert all(open_items(before, as_of=day).equals(rows) for day, rows in found.items())  # also those that were let go
    allocate(company.store, "L1", "FACT-1", money("100.00"), author=ME)
    assert (owed(before), owed(run_ledger(company.store))) == ([money("120.00")], [money("20.00")])
    assert owed(replace(before, allocations=run_ledger(company.store).allocations)) == [money("20.00")]


def test_what_the_rules_stored_has_them_conclude_the_same(company: Company) -> None:
    """Matches by number, by name and in part, a client known by its name, a payment that came back, one that nobody knows."""
    books = company.bill("FACT-2", "Durand", "250.00").bill("FACT-3", "Durand", "40.00").bill("FACT-4", "Petit", "140.00")
    said = (
        "250.00 VIR DURAND FACT-2",
        "40.00 VIR DURAND",
        "60.00 VIR PETIT FACT-4",
        "-40.00 REJET VIR DURAND",
        "7.00 VIR INCONNU",
    )
    for n, (amount, _, label) in enumerate(one.partition(" ") for one in said):
        books.line(f"M{n}", amount, label, on=12 + n)
    store = books.save().store
    assert run_reconcile(store, author=ME).change_id is not None
    kept = run_matching(store, run_ledger(store))
    assert kept.claims
    assert kept.suggestions
    run._LAST.clear()
    assert run_matching(store, run_ledger(store)) == kept


def test_a_function_keeps_its_last_answers_of_each_ledger_by_all_that_it_was_asked() -> None:
    @kept_with_ledger(2)
    def told(ledger: Ledger, number: int, *, word: str | None = None) -> object:
        del ledger, number, word
        return object()

    one, other = empty_ledger(), empty_ledger()
    first = told(one, 1)
    assert told(one, 1) is first
    assert told(one, 1, word=None) is first
    worded = told(one, 1, word="a")
    assert len({id(answer) for answer in (first, worded, told(one, 1, word="b"), told(other, 1))}) == 4
    assert told(one, 1, word="a") is worded
    assert told(one, 1) is not first  # two others were asked for since: it was let go


def test_a_reader_gets_what_it_read_whatever_another_one_keeps_meanwhile(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = stored_facts._Last({}, run_facts(company.store))

    class Overtaken(dict[Store, stored_facts._Last]):
        def __setitem__(self, store: Store, last: stored_facts._Last) -> None:
            super().__setitem__(store, older)

    monkeypatch.setattr(stored_facts, "_LAST", Overtaken())
    company.bill("FACT-2", "Martin", "50.00").save()
    assert run_facts(company.store).documents.height == 2
