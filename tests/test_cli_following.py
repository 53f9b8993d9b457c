"""What follows a reminder, at the terminal: each decision has a command, and each can be undone."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from screens import make_sample
from typer.testing import CliRunner

from cli import app

RUN = CliRunner()
CLIENT = "Studio Kerval"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company, to be copied."""
    path = tmp_path_factory.mktemp("sample") / "sample.duckdb"
    make_sample(path)
    return path


@pytest.fixture
def db(built: Path, tmp_path: Path) -> Path:
    """A copy of a test's own."""
    for suffix in ("", ".journal"):
        shutil.copy(built.with_name(built.name + suffix), tmp_path / f"own.duckdb{suffix}")
    return tmp_path / "own.duckdb"


def _run(db: Path, *words: str) -> Any:
    done = RUN.invoke(app, ["--db", str(db), *words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_plan_of_equal_instalments_holds_the_client_until_it_is_ended(db: Path) -> None:
    _run(db, "plan", CLIENT, "--count", "3", "--first", "2026-07-10")
    (agreed,) = _run(db, "plans")
    assert (agreed["client"], agreed["status"], agreed["amount"], agreed["next_amount"]) == (
        CLIENT,
        "running",
        "3216.00",
        "1072.00",
    )
    held = {row["client"]: row["held"] for row in _run(db, "worklist")}
    assert held[CLIENT] == "plan"
    _run(db, "end-plan", agreed["plan_id"])
    assert {row["client"]: row["held"] for row in _run(db, "worklist")}[CLIENT] != "plan"


def test_a_plan_whose_instalments_do_not_sum_is_refused_in_one_sentence(db: Path) -> None:
    done = RUN.invoke(app, ["--db", str(db), "plan", CLIENT, "2026-07-10=1000", "2026-08-10=2000"])
    assert type(done.exception).__name__ == "Refused"
    assert getattr(done.exception, "code", "") == "plan_sum"
    assert getattr(done.exception, "fields", {})["currency"] == "EUR"  # with which its amounts are written


def test_a_promise_a_note_and_a_call_stand_on_the_timeline_until_they_are_undone(db: Path) -> None:
    _run(db, "mark", CLIENT, "promise", "--on", "2026-07-01", "--amount", "500", "--note", "par téléphone")
    (promise,) = _run(db, "promises")
    assert (promise["amount"], promise["status"], promise["invoice_number"]) == ("500.00", "open", None)
    change = _run(db, "note", CLIENT, "Demande un duplicata")["change_id"]
    _run(db, "note", CLIENT, "rappellera lundi", "--call", "--result", "message_left")
    told = [(row["kind"], row["detail"]) for row in _run(db, "timeline", CLIENT)][:3]
    assert [kind for kind, _ in told] == ["note", "note", "promise"]
    assert {detail for _, detail in told[:2]} == {"Demande un duplicata", "Message laissé – rappellera lundi"}
    _run(db, "undo", str(change))
    assert "Demande un duplicata" not in str(_run(db, "timeline", CLIENT))


def test_lists_leave_as_workbooks_and_printed_pages(db: Path, tmp_path: Path) -> None:
    for name in ("worklist", "reminders", "results"):
        for form, magic in (("pdf", b"%PDF"), ("xlsx", b"PK")):
            file = tmp_path / f"{name}.{form}"
            done = RUN.invoke(app, ["--db", str(db), name, "--format", form, "-o", str(file)], catch_exceptions=False)
            assert done.exit_code == 0
            assert file.read_bytes().startswith(magic)
    rows = _run(db, "results")
    assert rows
    assert {row["step"] for row in rows} >= {"R1", "R2"}


def test_the_litigation_file_is_written_where_it_is_asked_for(db: Path, tmp_path: Path) -> None:
    file = tmp_path / "dossier.zip"
    assert _run(db, "litigation", CLIENT, "-o", str(file))["file"] == str(file)
    assert file.read_bytes().startswith(b"PK")


def test_amounts_of_results_have_their_currency_and_held_drafts_their_reason(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {row["currency"] for row in _run(db, "results")} == {"EUR"}
    monkeypatch.setenv("ENCOURS_LANG", "fr")
    said = RUN.invoke(app, ["--db", str(db), "remind", "--out", str(tmp_path / "out")], catch_exceptions=False).stdout
    assert "(retenu\u00a0: Crédit non lettré)\u00a0: " in said
    assert "retenu:" not in said
