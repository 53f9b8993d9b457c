"""The store keeps all of a change or none of it, and says in a sentence why it cannot open a file."""

import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import duckdb
import kill_series
import polars as pl
import pytest
from small_store import ME, Company, money

from models.errors import AppError, Refused, StoreLocked, StoreMissing, StoreUnreadable
from models.facts import digest, row_texts, seal_of
from models.journal import Journal
from models.store import Author, Store
from pipelines.decisions import undo
from pipelines.ledger import run_ledger
from pipelines.reconcile.decide import allocate


def _setting(key: str, value: str = "x") -> pl.DataFrame:
    return pl.DataFrame({"key": [key], "value": [value]})


def _set(store: Store, key: str, value: str = "x", author: Author = ME) -> int:
    with store.change("set", author) as change:
        change.insert("setting", _setting(key, value))
    return change.change_id


def _sha(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _refused(path: Path) -> AppError:
    """Why the file cannot be opened; it must be left as it is."""
    before = _sha(path)
    with pytest.raises(AppError) as error:
        Store.open(path)
    assert _sha(path) == before
    return error.value


def _code(error: AppError) -> str:
    assert isinstance(error, StoreUnreadable)
    assert str(error)
    return error.code


def test_a_kill_in_the_middle_of_a_change_leaves_all_or_nothing(tmp_path: Path) -> None:
    assert kill_series.series(5, tmp_path) == []


def _interrupted(store: Store, error: type[BaseException]) -> None:
    with store.change("set", ME) as change:
        change.insert("setting", _setting("a"))
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, BaseException])
def test_whatever_interrupts_a_change_rolls_it_back(tmp_path: Path, error: type[BaseException]) -> None:
    with Store.open(tmp_path / "s.duckdb", create=True) as store:
        with pytest.raises(error):
            _interrupted(store, error)
        assert (store.revision, store.facts("setting").height, store.changes().height) == (0, 0, 0)
        assert _set(store, "b") == 1
        assert store.journal.entries().keys() == {1}


def _on_full_disk(store: Store, *, is_masked: bool) -> None:
    """Fail as DuckDB does: in the middle, where clearing up fails in turn, or at the end, when it has rolled back itself."""
    with store.change("set", ME) as change:
        change.insert("setting", _setting("a"))
        if not is_masked:
            change._cursor.rollback()
            raise duckdb.TransactionException("Failed to commit: Could not write file: No space left on device")
        try:
            raise duckdb.IOException("IO Error: Could not write file: No space left on device")
        finally:
            change._cursor.execute("SELECT no_such_column")


@pytest.mark.parametrize("is_masked", [False, True])
def test_a_full_disk_is_told_and_the_store_goes_on(tmp_path: Path, *, is_masked: bool) -> None:
    with Store.open(tmp_path / "s.duckdb", create=True) as store:
        with pytest.raises(Refused) as refused:
            _on_full_disk(store, is_masked=is_masked)
        assert refused.value.code == "no_room"
        assert (_set(store, "b"), store.facts("setting")["key"].to_list()) == (1, ["b"])


def test_a_second_process_is_told_which_one_has_the_file(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    Store.open(path, create=True).close()
    code = (
        "import sys; from pathlib import Path; from models.store import Store; "
        "s = Store.open(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    root = Path(kill_series.ROOT)
    with subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=root, stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(StoreLocked) as locked:
            Store.open(path)
        other.stdin.close()
        assert locked.value.fields["pid"] == str(other.pid)
        assert str(other.pid) in str(locked.value)


def test_a_missing_or_empty_file_is_no_database_and_none_is_made(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with pytest.raises(StoreMissing):
        Store.open(path)
    assert not path.exists()
    path.touch()
    assert isinstance(_refused(path), StoreMissing)


def test_a_new_database_and_its_folder_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "company" / "s.duckdb"
    Store.open(path, create=True).close()
    assert [place.stat().st_mode & 0o777 for place in (path.parent, path)] == [0o700, 0o600]


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreadable) as error:
        Store.open(tmp_path)
    assert error.value.code == "bad_place"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Refused) as error:
        Store.open(tmp_path / "file" / "deeper" / "s.duckdb", create=True)
    assert error.value.code == "bad_place"


def test_another_file_is_no_database_and_stays_as_it_is(tmp_path: Path) -> None:
    text = tmp_path / "s.duckdb"
    text.write_bytes(b"N\xb0;Date;Montant\r\n" * 400)
    assert _code(_refused(text)) == "not_a_database"
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as connection:
        connection.execute("CREATE TABLE mine (i INTEGER)")
    assert _code(_refused(other)) == "not_a_database"


def test_a_cut_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with Store.open(path, create=True) as store:
        _set(store, "a", "x" * 100_000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert _code(_refused(path)) == "not_a_database"


def test_a_newer_database_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    Store.open(path, create=True).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO schema_version VALUES (999)")
    assert _code(_refused(path)) == "newer_database"


def _lose_last(path: Path) -> None:
    """Take the database back to before its last change, as a lost write-ahead log would."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM change WHERE change_id = (SELECT max(change_id) FROM change)")


def _log_without_checkpoint(path: Path, keep: float) -> None:
    """Leave a write-ahead log with one more change behind, cut to a part of its length."""
    code = (
        "import sys, os, duckdb; c = duckdb.connect(sys.argv[1]); c.execute('PRAGMA disable_checkpoint_on_shutdown');"
        "c.execute('SET checkpoint_threshold = \\'1GB\\'');"
        "c.execute(\"INSERT INTO change SELECT 3, recorded_at, known_on, actor, action, subject, repeat('x', 5000), undoes, seal "
        'FROM change LIMIT 1");'
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    log = path.with_name(path.name + ".wal")
    with path.with_name(path.name + ".journal").open("a") as journal:
        journal.write(f"3 {'0' * 64}\n")
    log.write_bytes(log.read_bytes()[: int(log.stat().st_size * keep)])


def test_a_database_behind_its_journal_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with Store.open(path, create=True) as store:
        _set(store, "a")
        _set(store, "b")
    _lose_last(path)
    error = _refused(path)
    assert (_code(error), error.fields["count"]) == ("journal_ahead", 1)


def test_a_cut_write_ahead_log_is_refused_before_it_is_taken_for_good(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with Store.open(path, create=True) as store:
        _set(store, "a")
        _set(store, "b")
    _log_without_checkpoint(path, keep=0.5)
    log = path.with_name(path.name + ".wal")
    before = _sha(log)
    assert _code(_refused(path)) in {"journal_ahead", "not_a_database"}
    assert _sha(log) == before


def test_a_journal_that_a_crash_left_short_is_completed(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with Store.open(path, create=True) as store:
        _set(store, "a")
        _set(store, "b")
        whole = store.journal.path.read_text()
        store.journal.path.write_text(whole[:-20])
    with Store.open(path) as store:
        assert sorted(store.journal.entries()) == [1, 2]


def test_a_journal_of_nothing_but_line_ends_takes_no_more_memory_than_its_text(tmp_path: Path) -> None:
    """A backup is read as a stranger's: its journal may be anything."""
    journal, size = Journal(tmp_path / "books.duckdb"), 5_000_000
    journal.path.write_bytes(b"\n" * size + f"1 {'0' * 64}\n".encode())
    tracemalloc.start()
    found = journal.entries()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == {1: "0" * 64}
    assert most < 6 * size


def test_a_journal_of_another_database_is_set_aside(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with Store.open(tmp_path / f"{name}.duckdb", create=True) as store:
            for n in range(2 if name == "a" else 1):
                _set(store, f"{name}{n}")
    (tmp_path / "a.duckdb").write_bytes((tmp_path / "b.duckdb").read_bytes())
    with Store.open(tmp_path / "a.duckdb") as store:
        assert sorted(store.journal.entries()) == [1]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/passwd')", "ATTACH '/tmp/x.duckdb' AS x",
        "COPY change TO '/tmp/x.csv'", "INSTALL httpfs", "LOAD httpfs", "EXPORT DATABASE '/tmp/x'",
        "SET enable_external_access = true",
        "SELECT * FROM my_frame",
    ],
)  # fmt: skip
def test_the_connection_reaches_nothing_outside(tmp_path: Path, statement: str) -> None:
    my_frame = _setting("secret")
    with Store.open(tmp_path / "s.duckdb", create=True) as store, pytest.raises(duckdb.Error):
        store.query(statement)
    assert my_frame.height == 1


def test_facts_go_to_known_tables_only(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.duckdb", create=True) as store:
        with pytest.raises(ValueError, match="change; DROP"), store.change("set", ME) as change:
            change.insert("change; DROP TABLE setting", _setting("a"))
        with pytest.raises(ValueError, match="sqlite_master"):
            store.facts("sqlite_master")


def test_each_seal_proves_its_facts_and_the_seal_before(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.duckdb", create=True) as store:
        _set(store, "a")
        _set(store, "b")
        rows = store.query("SELECT * FROM change ORDER BY change_id").rows()
        facts = store.query("SELECT * FROM setting")
    previous = ""
    for *values, seal in rows:
        mine = facts.filter(pl.col("change_id") == values[0])
        assert seal == seal_of(previous, tuple(values), digest({"setting": row_texts(mine)}))
        assert seal != seal_of(previous, tuple(values), digest({"setting": row_texts(mine.with_columns(value=pl.lit("y")))}))
        previous = seal


def _on(day: int) -> Author:
    return Author("Ana", date(2026, 6, day), datetime(2026, 6, day, 9))  # UTC without zone, as stored


def test_what_was_known_on_a_day_does_not_change_when_later_changes_come(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.duckdb", create=True) as store:
        acts: list[Callable[[Author], int]] = [
            lambda author: _set(store, "a", "1", author),
            lambda author: _set(store, "a", "2", author),
            lambda author: _set(store, "b", "1", author),
            lambda author: undo(store, 2, author=author),
            lambda author: undo(store, 4, author=author),
        ]
        known: dict[int, list[tuple[object, ...]]] = {}
        for day, act in enumerate(acts, start=1):
            act(_on(day))
            known[day] = store.facts("setting", latest_by="key").rows()
            for past, rows in known.items():
                assert store.facts("setting", latest_by="key", known_on=date(2026, 6, past)).rows() == rows
        states = [{key: value for key, value, _ in rows} for rows in known.values()]
        assert states == [{"a": "1"}, {"a": "2"}, {"a": "2", "b": "1"}, {"a": "1", "b": "1"}, {"a": "2", "b": "1"}]


def _together(count: int, act: Callable[[int], None]) -> list[BaseException]:
    """Run `act(n)` in threads; what they raised."""
    raised: list[BaseException] = []

    def run(n: int) -> None:
        try:
            act(n)
        except BaseException as error:  # noqa: BLE001 -- every failure of a thread must be seen
            raised.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_eight_threads_on_the_same_invoices_never_over_allocate(tmp_path: Path) -> None:
    company = Company(tmp_path).bill("F-1001", "Durand", "100.00").bill("F-1002", "Durand", "100.00")
    for n in range(8):
        company.line(f"L{n}", "60.00", "CHEQUE")
    company.save()
    refused: list[str] = []

    def act(n: int) -> None:
        for number in ("F-1001", "F-1002"):
            try:
                allocate(company.store, f"L{n}", number, money("30.00"), author=ME)
            except Refused as error:
                refused.append(error.code)

    assert _together(8, act) == []
    given = run_ledger(company.store).claims.group_by("document_id").agg(pl.col("amount").sum()).sort("document_id")
    assert given["amount"].cast(pl.String).to_list() == ["90.00", "90.00"]
    assert refused == ["owes_less"] * 10
    company.store.close()


def test_reads_in_threads_never_mix_rows_nor_revisions(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.duckdb", create=True) as store:
        for n in range(8):
            _set(store, f"k{n}", str(n))

        def act(n: int) -> None:
            for _ in range(20):
                if n == 0:
                    _set(store, "more")
                    continue
                assert store.query("SELECT value FROM setting WHERE key = $key", key=f"k{n}")["value"].to_list() == [str(n)]
                with store.snapshot() as revision:
                    assert store.facts("setting").height == revision == store.query("SELECT count(*) AS n FROM change")["n"][0]

        assert _together(8, act) == []
        assert store.revision == 28
