"""The watched folder: each file once, moved with its report; unfinished ones wait; no name is overwritten."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from imports import HEADER, author, csv
from test_ingest_archive import zipped

from models.errors import Refused, StoreLocked
from models.store import Store
from models.texts import Texts
from pipelines.ledger import run_ledger
from pipelines.publishing.watch import Watch, run_watch

ROOT = Path(__file__).resolve().parents[1]
GOOD = csv(HEADER, "F-1;Alpha;01/02/2025;03/03/2025;100,00")
BANK = csv("date;libelle;montant", "10/02/2025;VIR ALPHA F-1;100,00")
_HOLD = """
import sys
from pathlib import Path
from models.store import Store
store = Store.open(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def watch(tmp_path: Path, said: list[str]) -> Watch:
    folder = tmp_path / "in"
    folder.mkdir()
    return Watch(
        folder,
        open_store=lambda: Store.open(tmp_path / "books.duckdb", create=True),
        author=lambda _store: author(),
        texts=lambda: Texts("fr"),
        say=said.append,
        settle_seconds=0.05,
        retry_seconds=0.05,
    )


@pytest.fixture
def running(watch: Watch) -> Iterator[Watch]:
    """The watch in a thread of its own."""
    thread = threading.Thread(target=run_watch, args=(watch,))
    thread.start()
    yield watch
    watch.stop.set()
    thread.join()


def until(is_so: Callable[[], bool]) -> None:
    for _ in range(400):
        if is_so():
            return
        time.sleep(0.05)
    pytest.fail("it never came about")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_what_is_there_is_imported_matched_and_moved_with_its_report(watch: Watch, said: list[str]) -> None:
    (watch.folder / "factures.csv").write_bytes(GOOD)
    (watch.folder / "banque.csv").write_bytes(BANK)
    (watch.folder / "notes.csv").write_bytes(b"bonjour")
    reports = run_watch(watch, once=True)
    assert [(r.file, r.inserted, r.refused is None) for r in reports] == [
        ("banque.csv", 1, True), ("factures.csv", 1, True), ("notes.csv", 0, False),
    ]  # fmt: skip
    assert names(watch.folder) == ["done", "refused"]
    assert names(watch.folder / "done") == [
        "banque.csv", "banque.csv.rapport.txt", "factures.csv", "factures.csv.rapport.txt",
    ]  # fmt: skip
    assert names(watch.folder / "refused") == ["notes.csv", "notes.csv.rapport.txt"]
    report = (watch.folder / "done" / "factures.csv.rapport.txt").read_text("utf-8")
    assert "1 ligne\N{NO-BREAK SPACE}; nouvelles\N{NO-BREAK SPACE}: 1" in report
    assert "01/02/2025" in report
    assert "notes.csv" in said[-1]
    with watch.open_store() as store:
        assert run_ledger(store).allocations["rule"].to_list() == ["number"]


def test_a_file_of_a_name_that_was_there_before_overwrites_nothing(watch: Watch) -> None:
    for content in (GOOD, GOOD.replace(b"F-1", b"F-2"), GOOD):
        (watch.folder / "factures.csv").write_bytes(content)
        run_watch(watch, once=True)
    done = watch.folder / "done"
    kept = [path for path in names(done) if not path.endswith(".txt")]
    assert kept == ["factures (2).csv", "factures (3).csv", "factures.csv"]
    assert (done / "factures (2).csv").read_bytes() == GOOD.replace(b"F-1", b"F-2")
    with watch.open_store() as store:
        assert run_ledger(store).documents.height == 2


def test_unfinished_hidden_and_nested_files_are_left_alone(watch: Watch) -> None:
    left = ["a.csv.crdownload", "b.csv.part", "~$c.xlsx", "d.tmp", ".e.csv", "f.csv", "f.csv.part"]
    for name in left:
        (watch.folder / name).write_bytes(GOOD)
    (watch.folder / "sub").mkdir()
    (watch.folder / "sub" / "g.csv").write_bytes(GOOD)
    assert run_watch(watch, once=True) == []
    assert names(watch.folder) == sorted([*left, "sub"])


def test_a_file_that_grows_is_imported_when_it_is_whole(running: Watch) -> None:
    running.settle_seconds = 1.5
    path = running.folder / "factures.csv"
    rows = GOOD.decode().splitlines(keepends=True)
    with path.open("w") as file:
        for row in (*rows, "F-2;Beta;01/02/2025;03/03/2025;50,00\n", "F-3;Beta;01/02/2025;03/03/2025;50,00\n"):
            file.write(row)
            file.flush()
            time.sleep(0.15)
    until(lambda: "factures.csv" in names(running.folder / "done"))
    assert "3 lignes" in (running.folder / "done" / "factures.csv.rapport.txt").read_text("utf-8")


def test_a_file_that_lands_later_is_imported(running: Watch) -> None:
    time.sleep(0.1)
    (running.folder / "factures.csv").write_bytes(GOOD)
    until(lambda: "factures.csv" in names(running.folder / "done"))
    assert "factures.csv" not in names(running.folder)


def test_while_another_program_has_the_database_it_is_said_once_and_tried_again(
    watch: Watch, said: list[str], tmp_path: Path
) -> None:
    watch.open_store().close()
    (watch.folder / "factures.csv").write_bytes(GOOD)
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path / "books.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == b"open"
    with pytest.raises(StoreLocked):
        run_watch(watch, once=True)
    thread = threading.Thread(target=run_watch, args=(watch,))
    thread.start()
    try:
        until(lambda: len(said) > 0)
        time.sleep(0.5)
        assert len(said) == 1
        assert str(holder.pid) in said[0]
        assert names(watch.folder) == ["factures.csv"]
        holder.communicate()
        until(lambda: "factures.csv" in names(watch.folder / "done"))
    finally:
        holder.kill()
        watch.stop.set()
        thread.join()


def test_a_file_that_cannot_be_read_is_said_once_and_left(watch: Watch, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (watch.folder / "factures.csv").write_text("x")
    assert run_watch(watch, once=True) == []
    assert len(said) == 1
    assert names(watch.folder) == ["factures.csv"]


def test_what_is_there_is_handled_without_waiting_for_the_system(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchdog.observers.Observer", None)  # calling it would fail
    (watch.folder / "factures.csv").write_bytes(GOOD)
    assert [report.inserted for report in run_watch(watch, once=True)] == [1]


def test_a_watch_is_announced_once_its_folder_is_there_and_ends_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    encours = [sys.executable, "cli.py", "--db", str(tmp_path / "books.duckdb"), "watch"]
    watching = subprocess.Popen(
        [*encours, str(tmp_path / "in")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert watching.stderr is not None
    first = watching.stderr.readline()
    time.sleep(1)  # so that the observer has begun
    watching.send_signal(signal.SIGINT)
    said, told = watching.communicate()
    assert ("Ctrl+C" in first, said, told, watching.returncode) == (True, "", "", 0)

    nowhere = subprocess.run([*encours, str(tmp_path / "none")], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (nowhere.returncode, nowhere.stderr) == (1, f"Le répertoire {tmp_path / 'none'} n’existe pas.\n")


def test_no_folder_is_refused(watch: Watch) -> None:
    watch.folder.rmdir()
    with pytest.raises(Refused) as refused:
        run_watch(watch, once=True)
    assert refused.value.code == "no_folder"


def test_an_archive_of_several_kinds_is_one_file_with_one_report_of_all_its_files(watch: Watch) -> None:
    (watch.folder / "lot.zip").write_bytes(zipped(("f.csv", GOOD), ("b.csv", BANK), ("notes.csv", b"bonjour")))
    assert [report.inserted for report in run_watch(watch, once=True)] == [1, 1, 0]
    assert names(watch.folder / "done") == ["lot.zip", "lot.zip.rapport.txt"]
    report = (watch.folder / "done" / "lot.zip.rapport.txt").read_text("utf-8")
    assert all(f"lot.zip/{name}" in report for name in ("f.csv", "b.csv", "notes.csv"))
