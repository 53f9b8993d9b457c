"""The company's policy in its versions, and the reminders to come under one or another."""

import json
import re
from contextlib import closing
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from small_ledger import DAY, MONDAY, Book
from typer.testing import CliRunner

from cli import app, main
from door import door
from models.dates import is_working_day
from models.errors import Refused
from models.policy import Policy
from models.policy_comments import shipped_text
from models.policy_text import read_policy, shipped_policy
from models.policy_write import policy_text
from models.store import Author, Store
from pipelines.collections.facts import situation
from pipelines.collections.policies import CALENDAR, CHANGES, calendar, calendar_changes, save_policy, under
from pipelines.decisions import history, set_setting, undo
from pipelines.ledger import run_ledger
from pipelines.publishing.rebuild import run_rebuild

AUTHOR = Author("Claire", MONDAY, datetime(2026, 6, 22, 9, 0))
OTHER = policy_text(shipped_policy().following({"standard": "short", "new": "short"}))


def coming(book: Book, policy: Policy | None = None, days: int = 30) -> list[tuple[str, str, list[str]]]:
    at = situation(book.ledger(), as_of=MONDAY)
    rows = calendar(under(at, policy) if policy else at, days=days)
    return [(f"{row['date']}", row["step"], row["invoices"]) for row in rows.to_dicts()]


def test_the_calendar_tells_each_step_on_its_day_once_the_one_before_is_done() -> None:
    book = Book().late("F1", "Martin", 3)
    assert coming(book) == [
        ("2026-06-22", "R1", ["F1"]),
        ("2026-06-26", "R2", ["F1"]),
        ("2026-07-06", "R3", ["F1"]),  # the fifteenth day is a Saturday
        ("2026-07-09", "T1", ["F1"]),
        ("2026-07-20", "MED", ["F1"]),
    ]
    assert coming(book, days=7) == coming(book)[:2]


def test_the_calendar_knows_pauses_and_groups_a_client_s_invoices() -> None:
    book = Book().late("F1", "Martin", 3).late("F2", "Martin", 2, "50.00").mark("Martin", "paused", MONDAY, "2026-07-01")
    assert coming(book)[0] == ("2026-07-02", "R2", ["F1", "F2"])
    book.late("F3", "Zoé", 20).mark("F3", "disputed")
    assert not [row for row in coming(book) if "F3" in row[2]]


def test_the_calendar_keeps_to_worked_days_and_to_the_gap() -> None:
    book = Book()
    for n in range(6):
        book.late(f"F{n}", "Martin", 3 * n - 5, f"{100 + n}")
    days = [date.fromisoformat(day) for day, *_ in coming(book, days=60)]
    assert all(is_working_day(day) for day in days)
    assert all((later - day).days >= 3 for day, later in pairwise(days))


def test_a_step_after_the_previous_one_counts_from_the_day_that_one_was_done() -> None:
    agency = shipped_policy().following({"standard": "agency", "new": "agency"})
    assert [(day, step) for day, step, _ in coming(Book().late("F1", "Martin", 20), agency)] == [
        ("2026-06-22", "R2"),
        ("2026-06-25", "T1"),
        ("2026-07-02", "MED"),
    ]


def test_a_change_of_scenario_goes_on_from_where_the_invoice_stands() -> None:
    book = Book().late("F1", "Martin", 21).mark("F1", "reminded", MONDAY - DAY, "T1")
    short = shipped_policy().following({"new": "short"})  # has no T1: its three steps' days had come
    assert coming(book, short) == []
    assert [step for _, step, _ in coming(book)] == ["R3", "MED"]  # no notice before a written reminder


def test_two_calendars_are_compared_client_by_client() -> None:
    at = situation(Book().late("F1", "Martin", 3).late("F2", "Zoé", 31).ledger(), as_of=MONDAY)
    before, after = calendar(at), calendar(under(at, read_policy(OTHER)))
    assert dict(before.schema) == {name: pl.List(pl.String) if name == "invoices" else kind for name, kind in CALENDAR.items()}
    changed = calendar_changes(before, after)
    assert dict(changed.schema) == CHANGES
    assert changed.filter(pl.col("client") == "Martin").select("before", "after").rows() == [("T1", None), ("MED", None)]
    assert calendar_changes(before, before).is_empty()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "books.duckdb", create=True)


def test_a_policy_is_kept_in_versions_and_can_be_taken_back(store: Store, tmp_path: Path) -> None:
    assert run_ledger(store).policy == shipped_policy()
    first = save_policy(store, OTHER, author=AUTHOR)
    assert run_ledger(store).policy.text == OTHER
    assert run_ledger(store).policy.scenario_of("new").id == "short"
    with pytest.raises(Refused, match="holds already"):
        save_policy(store, OTHER, author=AUTHOR)
    save_policy(store, None, author=AUTHOR)
    assert run_ledger(store).policy == shipped_policy()
    for same in (None, shipped_text("fr"), shipped_text("en")):
        with pytest.raises(Refused, match="holds already"):
            save_policy(store, same, author=AUTHOR)
    undo(store, history(store)["change_id"][0], author=AUTHOR)
    assert run_ledger(store).policy.text == OTHER
    undo(store, first, author=AUTHOR)
    assert run_ledger(store).policy == shipped_policy()
    assert run_rebuild(store, tmp_path / "again.duckdb").is_same


def test_a_policy_with_a_fault_is_refused_and_nothing_changes(store: Store) -> None:
    revision = store.revision
    with pytest.raises(Refused, match="Line 3"):
        save_policy(store, OTHER.replace('new = "short"', 'new = "nowhere"').replace("vip", "VIP", 1), author=AUTHOR)
    assert store.revision == revision


def test_what_was_known_then_had_the_policy_of_then(store: Store) -> None:
    save_policy(store, OTHER, author=AUTHOR)
    assert run_ledger(store, known_on=MONDAY - DAY).policy == shipped_policy()
    assert run_ledger(store, known_on=MONDAY).policy.text == OTHER


def test_the_same_facts_give_the_same_calendar() -> None:
    book = Book().late("F1", "Martin", 3).late("F2", "Zoé", 31).late("F3", "Martin", -4)
    at = situation(book.ledger(), as_of=MONDAY)
    assert_frame_equal(calendar(at), calendar(at))


# -- the terminal


def test_the_policy_is_shown_changed_and_compared_at_the_terminal(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.path
    store.close()
    monkeypatch.setenv("ENCOURS_LANG", "en")
    shown, bad = tmp_path / "policy.toml", tmp_path / "bad.toml"

    def run(*arguments: str) -> tuple[int, str]:
        found = CliRunner().invoke(app, ["--db", str(path), "policy", *arguments])
        return found.exit_code, found.stdout

    assert run("show", "-o", str(shown)) == (0, "")
    assert read_policy(shown.read_text("utf-8")) == shipped_policy()
    shown.write_text(OTHER, "utf-8")
    assert run("calendar") == (0, "No reminder is to come.\n")
    assert run("calendar", "--file", str(shown)) == (0, "This policy changes no reminder of these days.\n")
    assert run("set", str(shown))[0] == 0
    assert run("show")[1] == OTHER
    assert run("reset")[0] == 0
    bad.write_text(OTHER.replace("email", "pigeon"), "utf-8")
    found = CliRunner().invoke(app, ["--db", str(path), "policy", "set", str(bad)])
    assert isinstance(found.exception, Refused)
    assert "pigeon" in str(found.exception)
    assert door.path == path


@pytest.mark.parametrize("command", [["set"], ["calendar", "--file"]])
def test_every_fault_of_a_policy_is_told_by_line_and_in_the_user_s_language(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, bad = tmp_path / "books.duckdb", tmp_path / "bad.toml"
    with closing(Store.open(path, create=True)) as store:
        set_setting(store, "language", "en", author=AUTHOR)
    bad.write_text(OTHER.replace("email", "pigeon"), "utf-8")

    def refused(*more: str) -> tuple[str, str]:
        monkeypatch.setattr("sys.argv", ["encours", "--db", str(path), "policy", *command, str(bad), *more])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 1
        return capsys.readouterr()

    told = refused()[1].splitlines()
    lines = [int(number) for number in re.findall(r"(?m)^Line (\d+): ", "\n".join(told))]
    assert "pigeon" in told[0]
    assert len(lines) == len(told) > 1
    assert lines == sorted(lines)
    answer = json.loads(refused("--json")[0])["error"]
    assert (answer["code"], answer["reason"], answer["reasons"]) == ("bad_policy", told[0], told)
