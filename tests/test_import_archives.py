"""An archive of files that do not go together is imported file by file, at every door."""

import json
import sys
from pathlib import Path

import pytest
from imports import HEADER, author, counts, csv, documents, fresh_store, lines
from screens import button, healthy, screen, words
from screens import store as screen_store
from streamlit.testing.v1 import AppTest
from test_ingest_archive import LEDGER, zipped

import cli
from pipelines.decisions import undo
from pipelines.ledger import run_ledger
from pipelines.publishing.archives import run_imports
from pipelines.publishing.rebuild import run_rebuild

INVOICES = csv(HEADER, "F-1;Alpha;01/02/2025;03/03/2025;100,00")
STATEMENT = csv("date;libelle;montant", "10/02/2025;VIR ALPHA F-1;100,00", "11/02/2025;FRAIS;-5,00")
MIXED = zipped(("2025/factures.csv", INVOICES), ("2025/banque.csv", STATEMENT), ("lisez-moi.txt", b"bonjour"))


def test_each_file_has_its_report_and_its_change(tmp_path: Path) -> None:
    with fresh_store() as store:
        reports = run_imports(store, MIXED, "lot.zip", author=author())
        assert [(report.file, counts(report)) for report in reports] == [
            ("lot.zip/2025/banque.csv", (2, 0, 0, 0, 0, 0)),
            ("lot.zip/2025/factures.csv", (1, 0, 0, 0, 0, 0)),
            ("lot.zip/lisez-moi.txt", (0, 0, 0, 0, 0, 0)),
        ]
        assert [report.refused is None for report in reports] == [True, True, False]
        assert documents(store, "number") == [("F-1",)]
        assert lines(store).height == 2
        assert run_rebuild(store, tmp_path / "rebuilt.duckdb").differences == []

        again = run_imports(store, MIXED, "lot.zip", author=author())
        assert [counts(report)[:3] for report in again] == [(0, 0, 2), (0, 0, 1), (0, 0, 0)]
        assert reports[0].change_id is not None
        undo(store, reports[0].change_id, author=author())
        assert documents(store, "number") == [("F-1",)]
        assert lines(store).is_empty()


def test_several_ledgers_are_imported_the_oldest_first() -> None:
    later = LEDGER.replace(b"2026", b"2027").replace(b"F-1", b"F-2")
    with fresh_store() as store:
        archive = zipped(("123456782FEC20271231.txt", later), ("123456782FEC20261231.txt", LEDGER))
        reports = run_imports(store, archive, "fec.zip", author=author())
        assert [report.period.start.year for report in reports if report.period and report.period.start] == [2026, 2027]
        assert documents(store, "number") == [("F-1",), ("F-2",)]


def test_an_archive_that_goes_together_is_one_file() -> None:
    with fresh_store() as store:
        archive = zipped(("a.csv", INVOICES), ("b.csv", INVOICES.replace(b"F-1", b"F-2")))
        assert [report.file for report in run_imports(store, archive, "lot.zip", author=author())] == ["lot.zip"]


def test_the_terminal_lists_each_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lot.zip").write_bytes(MIXED)
    arguments = ["encours", "--db", str(tmp_path / "books.duckdb"), "import", str(tmp_path / "lot.zip"), "--json"]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    files = json.loads(capsys.readouterr().out)["files"]
    assert ended.value.code == 3
    assert [(file["file"], file["inserted"], "refused" in file) for file in files] == [
        ("lot.zip/2025/banque.csv", 2, False),
        ("lot.zip/2025/factures.csv", 1, False),
        ("lot.zip/lisez-moi.txt", 0, True),
    ]


def _drop(at: AppTest, name: str, content: bytes) -> AppTest:
    at.file_uploader[0].set_value([(name, content, "application/zip")])
    return healthy(at.run())


@pytest.mark.usefixtures("empty_company")
def test_the_screen_has_a_card_for_each_file() -> None:
    at = _drop(screen("imports"), "lot.zip", MIXED)
    shown = words(at)
    assert [name in shown for name in ("lot.zip/2025/banque.csv", "lot.zip/2025/factures.csv", "lot.zip/lisez-moi.txt")] == [
        True, True, True,
    ]  # fmt: skip
    assert len(at.error) == 1
    healthy(button(at, "import-").click().run())
    ledger = run_ledger(screen_store())
    assert (ledger.documents.height, ledger.lines.height, ledger.allocations.height) == (1, 2, 1)
