"""The backup at the terminal: what the two commands answer, in both languages, and how they end."""

import json
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from empty_stores import empty_store
from terminals import Run, run_command
from test_backup import backups, database

from pipelines.backups.archive import read_manifest


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run a command on tmp_path/books.duckdb: exit status, standard output, standard error."""
    monkeypatch.setenv("ENCOURS_DB", str(tmp_path / "books.duckdb"))

    def call(*arguments: str, language: str = "en") -> tuple[int, str, str]:
        monkeypatch.setenv("ENCOURS_LANG", language)
        return run_command(monkeypatch, capsysbinary, *arguments, language=language)

    return call


def test_both_answer_with_the_file_and_its_sha256(run: Run, tmp_path: Path) -> None:
    (tmp_path / "books.duckdb").write_bytes(database(3))
    file = tmp_path / "b.zip"
    status, out, err = run("backup", str(file), "--json")
    answer = {"file": str(file), "sha256": sha256(file.read_bytes()).hexdigest()}
    assert (status, json.loads(out)) == (0, answer)
    assert answer["sha256"] in err
    status, out, err = run("restore", str(file), "--json")
    assert (status, json.loads(out)) == (0, answer)
    assert "It holds 1 document, the last facts are of 12/03/2026." in err
    assert f"books.duckdb.avant-restauration-{date.today()}" in err


def test_what_is_done_is_said_in_french(run: Run, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(backups()[3])
    status, out, _ = run("restore", str(tmp_path / "b.zip"), language="fr")
    assert status == 0
    assert out.splitlines() == [
        f"Restaurée\N{NO-BREAK SPACE}: {tmp_path / 'b.zip'}.",
        "Elle contient 1 document, les dernières données sont du 12/03/2026.",
        "La base est saine.",
    ]
    (tmp_path / "daily").mkdir()
    status, out, _ = run("backup", str(tmp_path / "daily"), language="fr")
    (file,) = (tmp_path / "daily").iterdir()
    assert (status, file.name) == (0, f"books-{date.today()}.zip")
    assert out.startswith(f"Sauvegardée dans {file} (SHA-256 ")
    assert read_manifest(file).last_change == 3


def test_a_database_without_facts_goes_there_and_back(run: Run, tmp_path: Path) -> None:
    empty_store(tmp_path / "books.duckdb").close()
    assert run("backup", str(tmp_path / "b.zip"))[0] == 0
    assert run("restore", str(tmp_path / "b.zip"))[1].splitlines()[1] == "It holds no document and no movement yet."


def test_a_refusal_is_a_sentence_or_its_json_and_one_as_status(run: Run, tmp_path: Path) -> None:
    assert run("backup", str(tmp_path / "b.zip"))[0] == 1
    (tmp_path / "books.duckdb").write_bytes(database(3))
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    for command in ("backup", "restore"):
        status, out, err = run(command, str(tmp_path / "notes.txt"), "--json")
        said = json.loads(out)["error"]
        assert (status, said["code"], err) == (1, {"backup": "not_overwritten", "restore": "not_a_backup"}[command], "")
        assert run(command, str(tmp_path / "notes.txt"))[2] == said["reason"] + "\n"
    assert run("restore", str(tmp_path / "none.zip"))[0] == 1
    assert run("restore")[0] == 2


def test_a_backup_among_the_imports_is_told_for_what_it_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(backups()[3])
    status, out, _ = run("import", str(tmp_path / "b.zip"), "--json")
    assert (status, json.loads(out)["files"][0]["refused"]["code"]) == (1, "archive_is_backup")
