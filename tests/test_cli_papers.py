"""The accountant's papers at the terminal."""

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from screens import copy_database

import cli
from door import door
from pipelines.kpis import kpis

Run = Callable[..., tuple[str, str]]


@pytest.fixture
def run(sample_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on a copy of the sample company, in English."""
    path = copy_database(sample_database, tmp_path / "books.duckdb")
    monkeypatch.setenv("ENCOURS_LANG", "en")

    def command(*words: str, status: int = 0) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["encours", "--db", str(path), *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        assert (left.value.code or 0) == status
        said = capsys.readouterr()
        return said.out, said.err

    return command


def receivables() -> Decimal:
    ledger, day = door.ledger(None)
    return kpis(ledger, as_of=day).receivables


def test_statements_of_all_clients_close_at_the_receivables(run: Run, tmp_path: Path) -> None:
    open_ones = json.loads(run("statement", "--all", "--json")[0])
    moved = json.loads(run("statement", "--all", "--from", "2026-01-01", "--json")[0])
    for found in (open_ones, moved):
        assert sum(Decimal(one["closing"]) for one in found) == receivables()
    for one in moved:
        moves = sum(Decimal(line["debit"]) - Decimal(line["credit"]) for line in one["lines"])
        assert Decimal(one["opening"]) + moves == Decimal(one["closing"])
    run("statement", "--all", "--format", "xlsx", "--out", str(tmp_path / "all.zip"))
    with ZipFile(tmp_path / "all.zip") as archive:
        assert len(archive.namelist()) == len(open_ones)
    out, _ = run("statement", open_ones[0]["client"], "--out", str(tmp_path / "one.pdf"))
    assert out.endswith("written.\n")
    assert (tmp_path / "one.pdf").read_bytes().startswith(b"%PDF")
    run("statement", open_ones[0]["client"], "--out", str(tmp_path / "one.xlsx"))
    assert (tmp_path / "one.xlsx").read_bytes().startswith(b"PK")  # as its name says
    run("statement", status=2)
    assert "--as-of" in run("statement", "--all", "--from", "2026-07-01", "--as-of", "2026-06-01", status=2)[1]
    assert "--out FILE" in run("statement", "--all", status=1)[1]


def test_confirmations_are_listed_written_and_answered(run: Run, tmp_path: Path) -> None:
    letters = tmp_path / "letters.pdf"
    first = json.loads(run("confirmations", "--top", "2", "--sample", "1", "--letters", str(letters), "--json")[0])
    assert [row["reason"] for row in first["asked"]] == ["largest", "top", "sample"]
    assert letters.read_bytes().startswith(b"%PDF")
    client = first["asked"][0]["client"]
    run("confirm-balance", client, "differs", "--balance-on", first["as_of"], "--amount", "1.00", "--note", "avoir")
    again = json.loads(run("confirmations", "--top", "2", "--json")[0])["asked"][0]
    assert (again["state"], again["said"], again["note"]) == ("differs", "1.00", "avoir")


def test_vat_numbering_and_the_archive_answer(run: Run, tmp_path: Path) -> None:
    vat = json.loads(run("vat-on-receipts", "--from", "2026-04-01", "--to", "2026-05-31", "--json")[0])
    assert {row["month"] for row in vat["months"]} == {"2026-04-01", "2026-05-01"}
    assert "20%" in run("vat-on-receipts", "--from", "2026-04-01")[0]
    found = json.loads(run("numbering", "--json")[0])
    assert [row["first"] for row in found["findings"]] == ["FACT-2025-118", "FACT-2025-200"]
    run("numbering", "--format", "pdf", "-o", str(tmp_path / "numbers.pdf"))
    answer = json.loads(run("archive-year", "2025", "--out", str(tmp_path / "2025.zip"), "--json")[0])
    with ZipFile(BytesIO((tmp_path / "2025.zip").read_bytes())) as archive:
        assert "README.txt" in archive.namelist()
    assert len(answer["sha256"]) == 64
    again = ("archive-year", "2025", "--out", str(tmp_path / "again.zip"), "--compare", str(tmp_path / "2025.zip"))
    assert json.loads(run(*again, "--json")[0])["changes"]["files"] == []
    assert "Nothing differs from the earlier archive." in run(*again)[0]
    run("archive-year", "2025", "--out", str(tmp_path / "x.zip"), "--compare", str(tmp_path / "numbers.pdf"), status=1)
    assert not (tmp_path / "x.zip").exists()
    run("archive-year", "2001", "--out", str(tmp_path / "none.zip"), status=1)
    run("archive-year", "2027", "--out", str(tmp_path / "none.zip"), status=1)
    assert not (tmp_path / "none.zip").exists()
    assert "is not over" in "".join(run("archive-year", "2026", "--out", str(tmp_path / "now.zip")))
