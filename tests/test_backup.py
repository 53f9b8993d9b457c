"""A backup holds everything of one revision, whoever writes meanwhile; it is put back whole, or nothing changes."""

import errno
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from urllib.request import urlopen

import duckdb
import polars as pl
import pytest
from empty_stores import empty_store
from screens import AUTHOR, button, healthy, screen
from small_store import ME, Company

from models.copying import COPY, copy_room, copying_folder, kept_before_update
from models.errors import AppError, StoreLocked, StoreMissing, StoreUnreadable
from models.facts import FACTS
from models.journal import Journal
from models.migrations import SCHEMA_VERSION, SQL_DIR
from models.store import Store
from pages._ui import open_stores
from pipelines.backups import archive, asking, restoring
from pipelines.backups.archive import read_manifest, unpack, verify
from pipelines.backups.asking import answer_requests
from pipelines.backups.restoring import run_restore
from pipelines.backups.taking import Backup, backup_bytes, run_backup
from pipelines.check import broken_seals, run_check
from pipelines.publishing.rebuild import compared

NOW, DAY, ROOT = datetime(2026, 6, 26, 9), AUTHOR.today, Path(__file__).resolve().parents[1]


def put(store: Store, *keys: str) -> None:
    """Rules of labels, one change."""
    with store.change("rule", ME) as change:
        change.insert("label_rule", pl.DataFrame({"rule_id": keys, "words": keys, "category": ["rent"] * len(keys)}))


def back_up(path: Path, target: Path, **choices: Any) -> Backup:
    return run_backup(path, target, open_store=lambda: Store.open(path), made_at=NOW, **choices)


def why(act: Callable[[], object]) -> str:
    """The code of a refusal."""
    with pytest.raises(AppError) as error:
        act()
    assert str(error.value)
    return error.value.code  # type: ignore[no-any-return, unused-ignore]


def seals(path: Path) -> dict[int, str]:
    """The history of a database, once it was opened as by anyone."""
    with Store.open(path) as store:
        return dict(store.query("SELECT change_id, seal FROM change").iter_rows())


def rows(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Everything, in the order in which it is stored."""
    return {name: store.query(f"FROM {name} ORDER BY rowid").rows() for name in ("change", *sorted(FACTS))}


@cache
def backups() -> dict[int, bytes]:
    """A database's backup by its last change."""
    with TemporaryDirectory() as folder:
        company = Company(Path(folder)).bill("F1", "Alpha", "100.00").line("L1", "100.00", "VIR ALPHA F1").save()
        with company.store as store:
            second = backup_bytes(store, made_at=NOW)
            put(store, "later")
            return {2: second, 3: backup_bytes(store, made_at=NOW)}


@cache
def history() -> dict[int, str]:
    """The seals of its changes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "books.duckdb"
        path.write_bytes(database(3))
        return seals(path)


@cache
def database(last: int) -> bytes:
    """The database of that last change."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "b.zip").write_bytes(backups()[last])
        return unpack(Path(folder) / "b.zip", Path(folder)).read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The database of three changes."""
    path = tmp_path / "books.duckdb"
    path.write_bytes(database(3))
    Journal(path).extend(history())
    return path


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Its backup after the second."""
    (tmp_path / "saved.zip").write_bytes(backups()[2])
    return tmp_path / "saved.zip"


def other_company(path: Path) -> Path:
    with empty_store(path) as store:
        put(store, "other")
    return path


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def test_what_is_put_back_elsewhere_is_the_same_to_the_row(path: Path, tmp_path: Path) -> None:
    done = back_up(path, tmp_path / "b.zip")
    assert done.sha256 == sha256((tmp_path / "b.zip").read_bytes()).hexdigest()
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600
    new = tmp_path / "other" / "new.duckdb"
    restored = run_restore(tmp_path / "b.zip", new, day=DAY)
    assert (restored.kept_as, restored.violations, restored.sha256) == (None, [], done.sha256)
    assert new.stat().st_mode & 0o777 == 0o600
    with Store.open(path) as before, Store.open(new) as after:
        assert rows(before) == rows(after)
        assert before.journal.entries() == after.journal.entries()
        assert compared(before, after) == []
        assert run_check(after) == []
    assert names(new.parent) == {"new.duckdb", "new.duckdb.journal"}
    assert names(tmp_path) == {"books.duckdb", "books.duckdb.journal", "b.zip", "other"}


def test_a_copy_taken_while_another_thread_writes_is_one_revision(tmp_path: Path) -> None:
    stop = threading.Event()
    with empty_store(tmp_path / "books.duckdb") as store:

        def write() -> None:
            while not stop.is_set():
                put(store, *(f"{store.revision}-{n}" for n in range(50)))

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(3):
                put(store, "one", "two")
                least = store.revision
                (tmp_path / "b.zip").write_bytes(backup_bytes(store, made_at=NOW))
                with TemporaryDirectory() as place, Store.open(unpack(tmp_path / "b.zip", Path(place))) as copy:
                    assert copy.revision >= least
                    assert run_check(copy) == []
                    assert sorted(copy.journal.entries()) == list(range(1, copy.revision + 1))
        finally:
            stop.set()
            writer.join()


@contextmanager
def dashboard(path: Path) -> Iterator[None]:
    """The server as `encours run` starts it, which has that database open."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    environment = {**os.environ, "ENCOURS_DB": str(path), "ENCOURS_FOLDER": ""}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                assert answer.read() == b'{"status":"ok"}'
                break
            time.sleep(0.05)
        yield
    finally:
        server.terminate()
        server.wait(30)


def test_the_dashboard_that_has_the_file_open_makes_the_copy(path: Path, tmp_path: Path) -> None:
    with dashboard(path):
        with pytest.raises(StoreLocked):
            Store.open(path)
        back_up(path, tmp_path / "b.zip")
        assert why(lambda: run_restore(tmp_path / "b.zip", path, day=DAY)) == "database_locked"
    assert verify(tmp_path / "b.zip").last_change == 3
    assert not copying_folder(path).exists()
    assert seals(path).keys() == {1, 2, 3}


def test_a_program_that_does_not_answer_is_named(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PATIENCE_SECONDS", 0.2)

    def locked() -> Store:
        raise StoreLocked(path=path, pid=7)

    with pytest.raises(StoreLocked, match="process 7"):
        run_backup(path, tmp_path / "b.zip", open_store=locked, made_at=NOW)
    assert names(tmp_path) == {"books.duckdb", "books.duckdb.journal"}


def test_a_program_that_cannot_make_the_copy_says_why(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Path:
        raise duckdb.IOException("Could not write file: No space left on device")

    monkeypatch.setattr("models.store.copy_database", full)
    with Store.open(path) as holder:
        answering = threading.Timer(0.2, answer_requests, args=(holder,))

        def locked() -> Store:
            answering.start()
            raise StoreLocked(path=path, pid=7)

        assert why(lambda: run_backup(path, tmp_path / "b.zip", open_store=locked, made_at=NOW)) == "no_room"
        answering.join()


def test_a_store_closes_once_its_copy_is_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end, done = threading.Event(), threading.Event(), []

    def slow(*_: object) -> Path:
        begun.set()
        may_end.wait(5)
        done.append("copied")
        return path

    monkeypatch.setattr("models.store.copy_database", slow)
    store = Store.open(path)
    copying = threading.Thread(target=store.copy, args=(path.parent,))
    copying.start()
    begun.wait(5)
    threading.Timer(0.1, may_end.set).start()
    store.close()
    assert done == ["copied"]
    copying.join()


def test_a_request_is_answered_in_a_room_that_is_its_makers_alone(path: Path, tmp_path: Path) -> None:
    with Store.open(path) as store:
        with copy_room(path) as room:
            (room / "asked").touch()
            room.chmod(0o755)
            assert answer_requests(store) == 0
            room.chmod(0o700)
            assert answer_requests(store) == 1
            assert answer_requests(store) == 0
            assert (room / COPY).is_file()
        elsewhere = tmp_path / "elsewhere"
        (elsewhere / "room").mkdir(mode=0o700, parents=True)
        (elsewhere / "room" / "asked").touch()
        copying_folder(path).symlink_to(elsewhere)
        assert answer_requests(store) == 0
        assert why(lambda: backup_bytes(store, made_at=NOW)) == "no_copy_here"
    assert names(elsewhere / "room") == {"asked"}


def test_what_a_killed_maker_left_is_cleared_after_an_hour(path: Path) -> None:
    left = [copying_folder(path) / name for name in ("old", "new")]
    for room in left:
        room.mkdir(parents=True)
    copying_folder(path).chmod(0o700)
    os.utime(left[0], (0, 0))
    with copy_room(path):
        assert [room.exists() for room in left] == [False, True]


def test_only_an_earlier_backup_of_the_same_company_is_replaced(path: Path, tmp_path: Path, saved: Path) -> None:
    back_up(path, saved)
    assert read_manifest(saved).last_change == 3
    elsewhere = other_company(tmp_path / "other.duckdb")
    assert why(lambda: back_up(elsewhere, saved)) == "other_company_backup"
    notes = tmp_path / "notes.txt"
    notes.write_text("mine", "utf-8")
    assert why(lambda: back_up(path, notes)) == "not_overwritten"
    assert notes.read_text("utf-8") == "mine"
    assert read_manifest(saved).last_change == 3
    back_up(path, notes, force=True)
    assert verify(notes).last_change == 3


def test_places_where_no_backup_goes_are_refused(path: Path, tmp_path: Path) -> None:
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    (tmp_path / "link.zip").symlink_to(tmp_path / "aim.zip")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    places = {
        "link.zip": "is_link",
        "pipe": "not_writable",
        "folder": "is_folder",
        path.name: "own_file",
        f"{path.name}.journal": "own_file",
    }
    found = {name: why(lambda name=name: back_up(path, tmp_path / name, force=True)) for name in places}  # type: ignore[misc]
    assert found == places
    (tmp_path / ".half.zip.part").mkdir()
    for place in (tmp_path / "missing" / "b.zip", path / "b.zip", tmp_path / "half.zip"):
        assert why(lambda place=place: back_up(path, place)) == "not_writable"  # type: ignore[misc]
    with pytest.raises(StoreMissing):
        back_up(tmp_path / "none.duckdb", tmp_path / "b.zip")
    assert {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()} == before


def test_a_full_disk_is_told_and_leaves_the_earlier_backup(path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pipelines.backups.taking.write_archive", full)
    assert why(lambda: back_up(path, saved)) == "no_room"
    assert saved.read_bytes() == backups()[2]
    assert names(path.parent) == {"books.duckdb", "books.duckdb.journal", "saved.zip"}


def test_a_backup_that_reads_back_otherwise_than_it_was_written_leaves_the_earlier_one(
    path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(copy: Path, manifest: archive.Manifest, into: IO[bytes]) -> None:
        whole = BytesIO()
        archive.write_archive(copy, manifest, whole)
        content = bytearray(whole.getvalue())
        content[len(content) // 2] ^= 0xFF
        into.write(content)

    monkeypatch.setattr("pipelines.backups.taking.write_archive", spoilt)
    assert why(lambda: back_up(path, saved)) == "backup_damaged"
    assert saved.read_bytes() == backups()[2]
    assert names(path.parent) == {"books.duckdb", "books.duckdb.journal", "saved.zip"}


def test_a_fact_that_was_altered_is_told_and_the_copy_has_it(path: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE document_version SET amount = 1")
    done = back_up(path, tmp_path / "b.zip")
    assert {violation.code for violation in done.violations} == {"change_altered"}
    assert "change_altered" in {v.code for v in run_restore(tmp_path / "b.zip", tmp_path / "n.duckdb", day=DAY).violations}


def remade(target: Path, members: dict[str, bytes], *, sealed: bool = True) -> None:
    """A ZIP of those members; `sealed`: its manifest has their true size and SHA-256."""
    if sealed:
        said = json.loads(members[archive.MANIFEST])
        parts = {name: {"size": len(c), "sha256": sha256(c).hexdigest()} for name, c in members.items() if name in said["parts"]}
        members = members | {archive.MANIFEST: json.dumps(said | {"parts": parts}).encode()}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)


def members() -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        (Path(folder) / "b.zip").write_bytes(backups()[2])
        with zipfile.ZipFile(Path(folder) / "b.zip") as saved:
            return {name: saved.read(name) for name in saved.namelist()}


def _said(**other: object) -> Callable[[Path], None]:
    """A manifest that says something else."""

    def make(target: Path) -> None:
        found = members()
        remade(target, found | {archive.MANIFEST: json.dumps(json.loads(found[archive.MANIFEST]) | other).encode()}, sealed=False)

    return make


def _with(name: str, content: bytes, *, sealed: bool = True) -> Callable[[Path], None]:
    """Another content of a member, or one more."""

    def make(target: Path) -> None:
        remade(target, members() | {name: content}, sealed=sealed)

    return make


def _without(name: str) -> Callable[[Path], None]:
    return lambda target: remade(target, {key: value for key, value in members().items() if key != name}, sealed=False)


def _cut(target: Path) -> None:
    target.write_bytes(backups()[2][: len(backups()[2]) // 2])


def _flipped(target: Path) -> None:
    content = bytearray(backups()[2])
    content[len(content) // 2] ^= 0xFF
    target.write_bytes(content)


def _changed(statement: str) -> Callable[[Path], None]:
    """A database that somebody changed by hand, under the journal and the seals of before."""

    def make(target: Path) -> None:
        found = members()
        with TemporaryDirectory() as folder:
            changed = Path(folder) / "changed.duckdb"
            changed.write_bytes(found[COPY])
            with duckdb.connect(str(changed)) as connection:
                connection.execute(statement)
            remade(target, found | {COPY: changed.read_bytes()})

    return make


def _other_packing(target: Path) -> None:
    """Members packed in a way of which no error of ours tells."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as made:
        for name, content in members().items():
            made.writestr(name, content)
        at = made.getinfo(archive.MANIFEST).header_offset + 30 + len(archive.MANIFEST) + 9  # behind the head of its content
    packed = bytearray(target.read_bytes())
    packed[at : at + 30] = bytes(byte ^ 0xFF for byte in packed[at : at + 30])
    target.write_bytes(packed)


def _bomb(target: Path) -> None:
    """A directory that announces four gigabytes."""
    huge = 0xFFFFFFF0
    found = members()
    said = json.loads(found[archive.MANIFEST])
    said["parts"][COPY]["size"] = huge
    remade(target, found | {archive.MANIFEST: json.dumps(said).encode()}, sealed=False)
    content = target.read_bytes()
    at = next(
        m.start() for m in re.finditer(b"PK\x01\x02", content) if content[m.start() + 46 :].startswith(COPY.encode() + b"PK")
    )
    target.write_bytes(content[: at + 24] + struct.pack("<I", huge) + content[at + 28 :])


def _another_digest(target: Path) -> None:
    """A database of the size that the manifest gives, and of another SHA-256."""
    parts = json.loads(members()[archive.MANIFEST])["parts"]
    parts[COPY]["sha256"] = "0" * 64
    _said(parts=parts)(target)


_KINDS: dict[str, tuple[Callable[[Path], None], str]] = {
    "no zip": (lambda target: target.write_bytes(b"%PDF-1.7"), "not_a_backup"),  # type: ignore[dict-item]
    "cut": (_cut, "not_a_backup"),
    "flipped": (_flipped, "backup_damaged"),
    "another zip": (lambda target: remade(target, {"a.csv": b"a"}, sealed=False), "not_a_backup"),
    "outside": (_with("../evil", b"x", sealed=False), "not_a_backup"),
    "other packing": (_other_packing, "not_a_backup"),
    "no journal": (_without(archive.JOURNAL), "not_a_backup"),
    "no manifest": (_without(archive.MANIFEST), "not_a_backup"),
    "deep manifest": (_with(archive.MANIFEST, b"[" * 60_000, sealed=False), "not_a_backup"),
    "large manifest": (_with(archive.MANIFEST, b" " * 70_000, sealed=False), "not_a_backup"),
    "empty journal": (_with(archive.JOURNAL, b""), "backup_damaged"),
    "another journal": (_with(archive.JOURNAL, f"1 {'0' * 64}\n2 {'1' * 64}\n".encode()), "backup_damaged"),
    "longer journal": (_with(archive.JOURNAL, f"3 {'0' * 64}\n".encode()), "backup_damaged"),
    "no database": (_with(COPY, b"DUCK" * 4000), "backup_damaged"),
    "database lost a change": (_changed("DELETE FROM change WHERE change_id = 2"), "backup_damaged"),
    "other tables": (_changed("DROP TABLE claim"), "backup_damaged"),
    "another digest": (_another_digest, "backup_damaged"),
    "another origin": (_said(origin="0" * 64), "backup_damaged"),
    "newer tables": (_said(schema=SCHEMA_VERSION + 1), "newer_backup"),
    "newer format": (_said(version=2), "newer_backup"),
    "parts of another shape": (_said(parts=[1]), "not_a_backup"),
    "bomb": (_bomb, "backup_damaged"),
}


@pytest.mark.parametrize("kind", _KINDS)
def test_a_damaged_backup_is_refused_and_nothing_changes(path: Path, tmp_path: Path, kind: str) -> None:
    make, code = _KINDS[kind]
    make(tmp_path / "b.zip")
    before = path.read_bytes(), Journal(path).entries()
    assert why(lambda: run_restore(tmp_path / "b.zip", path, day=DAY, force=True)) == code
    assert (path.read_bytes(), Journal(path).entries()) == before
    assert names(tmp_path) == {"books.duckdb", "books.duckdb.journal", "b.zip"}


def test_a_backup_that_the_disk_cannot_hold_is_refused_before_it_is_unpacked(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _bomb(tmp_path / "b.zip")
    monkeypatch.setattr(archive, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 0, 10**9))
    assert why(lambda: run_restore(tmp_path / "b.zip", path, day=DAY)) == "no_room"


def test_the_database_that_was_there_is_kept_and_opens(path: Path, saved: Path) -> None:
    first = run_restore(saved, path, day=DAY)
    second = run_restore(saved, path, day=DAY)
    assert first.kept_as is not None
    assert [kept and kept.name for kept in (first.kept_as, second.kept_as)] == [
        "books.duckdb.avant-restauration-2026-06-26",
        "books.duckdb.avant-restauration-2026-06-26-2",
    ]
    assert seals(path).keys() == {1, 2}
    assert seals(first.kept_as).keys() == {1, 2, 3}
    with Store.open(path) as store:
        put(store, "since")
        assert sorted(store.journal.entries()) == [1, 2, 3]
    assert seals(path)[3] != seals(first.kept_as)[3]


def test_another_companys_database_is_replaced_only_if_it_is_meant(tmp_path: Path, saved: Path) -> None:
    path = other_company(tmp_path / "books.duckdb")
    assert why(lambda: run_restore(saved, path, day=DAY)) == "other_company_database"
    assert seals(path).keys() == {1}
    run_restore(saved, path, day=DAY, force=True)
    assert seals(path).keys() == {1, 2}


def test_a_database_that_cannot_be_opened_is_replaced_and_kept(path: Path, saved: Path) -> None:
    content = path.read_bytes()[:5000]
    path.write_bytes(content)
    path.with_name(f"{path.name}.wal").write_bytes(b"what is left of a log")
    kept = run_restore(saved, path, day=DAY).kept_as
    assert kept is not None
    assert kept.read_bytes() == content
    assert kept.with_name(f"{kept.name}.wal").read_bytes() == b"what is left of a log"
    assert sorted(Journal(kept).entries()) == [1, 2, 3]
    assert seals(path).keys() == {1, 2}


def test_a_place_that_is_a_link_is_refused(path: Path, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "link.duckdb").symlink_to(path)
    assert why(lambda: run_restore(saved, tmp_path / "link.duckdb", day=DAY)) == "is_link"


class _Killed(BaseException):
    """The power went."""


def dying(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, of the steps that give files other names in a restoration, the `at`-th one is never taken."""
    taken = 0
    put_aside = restoring._put_aside

    def counted(step: Callable[..., Any]) -> Callable[..., Any]:
        def take(*given: Any, **more: Any) -> Any:
            nonlocal taken
            taken += 1
            if taken == at:
                raise _Killed
            return step(*given, **more)

        return take

    def begin(path: Path, day: date) -> Path | None:
        for owner, name in ((Path, "replace"), (Path, "unlink"), (os, "link")):
            monkeypatch.setattr(owner, name, counted(getattr(owner, name)))
        return put_aside(path, day)

    monkeypatch.setattr(restoring, "_put_aside", begin)


def kill(at: int, saved: Path, path: Path) -> bool:
    """Put a backup back and die at that step; false if there is no such step."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(restoring, "run_check", lambda _: [])  # it comes before, and takes longest
        dying(at, patch)
        try:
            run_restore(saved, path, day=DAY)
        except _Killed:
            return True
    return False


@pytest.mark.parametrize(("old", "new"), [(3, 2), (2, 3)])
def test_killed_at_any_step_the_old_or_the_new_is_there_whole(tmp_path: Path, old: int, new: int) -> None:
    found: list[int] = []
    is_killed = True
    while is_killed:
        path = tmp_path / str(len(found)) / "books.duckdb"
        (path.parent).mkdir()
        (path.parent / "new.zip").write_bytes(backups()[new])
        path.write_bytes(database(old))
        Journal(path).extend({number: seal for number, seal in history().items() if number <= old})
        is_killed = kill(len(found) + 1, path.parent / "new.zip", path)
        with Store.open(path) as store:
            assert sorted(store.journal.entries()) == list(range(1, store.revision + 1))
            found.append(store.revision)
            assert broken_seals(store) == []
    assert found == [old, old, old, old, new]


def test_a_damaged_database_never_passes_for_whole_after_a_kill(path: Path, saved: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM change WHERE change_id = 3")
    damaged = {file: file.read_bytes() for file in (path, Journal(path).path)}
    found: list[str] = []
    is_killed = True
    while is_killed:
        for file, content in damaged.items():
            file.unlink(missing_ok=True)
            file.write_bytes(content)
        is_killed = kill(len(found) + 1, saved, path)
        try:
            found.append(str(len(seals(path))))
        except StoreUnreadable as error:
            found.append(error.code)
    assert found == ["journal_ahead"] * 4 + ["2"]
    assert len([name for name in names(tmp_path) if "avant-restauration" in name]) >= 1


def older_database(path: Path) -> Path:
    """A database of one change, by the version before this one."""
    scripts = sorted(SQL_DIR.glob("[0-9]*.sql"))[: SCHEMA_VERSION - 1]
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE schema_version (version BIGINT NOT NULL)")
        for number, script in enumerate(scripts, start=1):
            connection.execute(script.read_text("utf-8"))
            connection.execute("INSERT INTO schema_version VALUES (?)", [number])
        connection.execute("INSERT INTO change SELECT 1, now(), today(), 'Ana', 'set', NULL, NULL, NULL, repeat('0', 64)")
    return path


def test_a_backup_by_an_older_version_gets_this_ones_tables(tmp_path: Path) -> None:
    old = older_database(tmp_path / "old.duckdb").read_bytes()
    said = json.loads(members()[archive.MANIFEST]) | {"schema": SCHEMA_VERSION - 1, "origin": "0" * 64, "last_change": 1}
    journal = f"1 {'0' * 64}\n".encode()
    remade(tmp_path / "b.zip", {archive.MANIFEST: json.dumps(said).encode(), COPY: old, archive.JOURNAL: journal})
    path = tmp_path / "new" / "books.duckdb"
    run_restore(tmp_path / "b.zip", path, day=DAY)
    with Store.open(path) as store:
        assert store.query("SELECT max(version) AS v FROM schema_version")["v"].item() == SCHEMA_VERSION
    assert names(path.parent) == {"books.duckdb", "books.duckdb.journal"}


def test_a_database_of_an_older_version_is_kept_as_it_was_before_it_is_updated(tmp_path: Path) -> None:
    path, old = older_database(tmp_path / "books.duckdb"), SCHEMA_VERSION - 1
    before = path.read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.copying.mkdtemp", _no_room)
        assert why(lambda: Store.open(path)) == "no_copy_here"
    assert path.read_bytes() == before
    Store.open(path).close()
    Store.open(path).close()  # once only: what is kept is the older version's
    for file, version in ((path, SCHEMA_VERSION), (kept_before_update(path), old)):
        with duckdb.connect(str(file), read_only=True) as connection:
            assert connection.execute("SELECT max(version) FROM schema_version").fetchall() == [(version,)]
            assert connection.execute("SELECT change_id FROM change").fetchall() == [(1,)]
    assert kept_before_update(path).stat().st_mode & 0o777 == 0o600
    first = kept_before_update(path)
    assert (first.name, names(tmp_path)) == ("books.duckdb.avant-mise-a-jour", {path.name, f"{path.name}.journal", first.name})
    Journal(first).path.touch()  # somebody has gone on in it with the older version
    assert kept_before_update(path).name == "books.duckdb.avant-mise-a-jour-2"


def _no_room(**_: object) -> str:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_the_imports_screen_hands_out_a_backup_once_it_is_asked_for(empty_company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty_company.write_bytes(database(3))
    made: list[bytes] = []

    def kept(store: Store, *, made_at: datetime) -> bytes:
        made.append(backup_bytes(store, made_at=made_at))
        return made[-1]

    monkeypatch.setattr("pages._ui.backup_part.backup_bytes", kept)
    at = screen("imports")
    assert "backup-file" not in {element.key for element in at.get("download_button")}
    assert made == []
    at = healthy(button(at, "backup-make").click().run())
    assert "backup-file" in {element.key for element in at.get("download_button")}
    (content,) = made
    (empty_company.parent / "b.zip").write_bytes(content)
    assert verify(empty_company.parent / "b.zip").last_change == 3


def test_a_backup_that_was_made_of_another_history_is_not_handed_out(
    empty_company: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Put back behind the open dashboard, a database may have as many changes as the one before it."""
    empty_company.write_bytes(database(3))
    made: list[int] = []

    def counted(store: Store, *, made_at: datetime) -> bytes:
        made.append(store.revision)
        return backup_bytes(store, made_at=made_at)

    monkeypatch.setattr("pages._ui.backup_part.backup_bytes", counted)
    healthy(button(screen("imports"), "backup-make").click().run())
    open_stores.open_store.clear(str(empty_company))
    run_restore(saved, empty_company, day=DAY)
    with Store.open(empty_company) as store:
        put(store, "since")
    healthy(button(screen("imports"), "backup-make").click().run())
    assert made == [3, 3]


def test_another_history_in_the_same_place_is_not_shown_from_what_was_kept(path: Path, saved: Path) -> None:
    open_stores.open_store(str(path))
    open_stores.open_store.clear(str(path))
    assert open_stores.open_store(str(path)).revision == 3
    assert open_stores.history_of(path) == 0
    open_stores.open_store.clear(str(path))
    run_restore(saved, path, day=DAY)
    with Store.open(path) as store:
        put(store, "since")
    assert open_stores.open_store(str(path)).revision == 3
    assert open_stores.history_of(path) == 1
    open_stores.open_store.clear(str(path))
