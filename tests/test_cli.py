"""The terminal door: the whole way from files to drafts in JSON, exit statuses, and bad input in one sentence."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import cli
from models.texts import Texts

SAMPLE = Path(__file__).resolve().parents[1] / "sample_data"
_HOLD = """
import sys
from pathlib import Path
from models.store import Store
store = Store.open(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""
AS_OF = ("--as-of", "2026-06-26")
Run = Callable[..., tuple[int, str, str]]

KPI_KEYS = {
    "as_of", "from", "days", "currency", "gross_outstanding", "open_credits", "receivables", "ageing", "overdue", "over_90",
    "late_invoices", "sales", "collected", "dso", "best_possible_dso", "average_days_delinquent", "dso_countback", "doubtful",
    "doubtful_ratio", "turnover", "average_days_to_pay", "average_days_late", "unpaid_rate_30", "unpaid_rate_30_count",
    "collection_effectiveness", "other_currencies",
}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run a command on a database in tmp_path: exit status, standard output, standard error."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("ENCOURS_DB", raising=False)
    monkeypatch.delenv("ENCOURS_LANG", raising=False)

    def call(*arguments: str, db: Path | None = tmp_path / "books.duckdb") -> tuple[int, str, str]:
        door = ["--db", str(db)] if db else []
        monkeypatch.setattr(sys, "argv", ["encours", *door, *arguments])
        cli.door.texts = Texts("fr")
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsysbinary.readouterr()
        status = ended.value.code
        assert isinstance(status, int)
        return status, out.decode(), err.decode()

    return call


def answer(done: tuple[int, str, str], status: int = 0) -> Any:
    assert done[0] == status, done
    return json.loads(done[1])


def test_the_whole_way_from_files_to_drafts(run: Run, tmp_path: Path) -> None:
    files = [str(SAMPLE / name) for name in ("factures.csv", "banque_courant.ofx", "banque_livret.csv")]
    imported = answer(run("import", *files, "--json"))["files"]
    assert [(f["rows"], f["inserted"], f["ignored"], f["rejected_rows"]) for f in imported] == [
        (461, 459, 2, 0), (912, 912, 0, 0), (7, 7, 0, 0),
    ]  # fmt: skip
    again = answer(run("import", *files, "--json"))["files"]
    assert [(f["inserted"], f["updated"], f["duplicates"]) for f in again] == [(0, 0, 459), (0, 0, 912), (0, 0, 7)]

    matched = answer(run("reconcile", "--json"))
    assert matched["allocated_lines"] > 370
    assert answer(run("reconcile", "--json"))["allocated_lines"] == 0

    figures = answer(run("kpis", *AS_OF, "--json"))
    assert set(figures) == KPI_KEYS
    buckets = [Decimal(amount) for amount in figures["ageing"].values()]
    assert sum(buckets) == Decimal(figures["gross_outstanding"])
    assert Decimal(figures["gross_outstanding"]) - Decimal(figures["open_credits"]) == Decimal(figures["receivables"])

    balance = answer(run("aged", *AS_OF, "--json"))
    assert sum(Decimal(row["total"]) for row in balance) == Decimal(figures["receivables"])
    documents = answer(run("invoices", *AS_OF, "--json"))
    assert len(documents) == 459
    assert sum(Decimal(row["outstanding"]) for row in documents) == Decimal(figures["gross_outstanding"])

    drafts = answer(run("remind", "--out", str(tmp_path / "drafts"), *AS_OF, "--json"))
    ranked = [row["client"] for row in answer(run("worklist", *AS_OF, "--json"))]
    assert [d["client"] for d in drafts] == [client for client in ranked if client in {d["client"] for d in drafts}]
    assert all(Path(file).is_file() for draft in drafts for file in draft["files"])
    assert answer(run("check", "--json")) == {"ok": True, "violations": []}


INVOICES = """Numéro;Client;Date;Échéance;Montant TTC;Email
F-001;Alpha SARL;05/01/2026;04/02/2026;120,00;a@example.org
F-002;Beta SAS;06/01/2026;05/02/2026;250,50;
F-003;=Gamma;07/01/2026;06/02/2026;250,50;
"""
BANK = """date;libelle;montant
10/02/2026;VIR ALPHA F-001;120,00
12/02/2026;REMISE CHEQUE 1234567;250,50
"""


@pytest.fixture
def books(run: Run, tmp_path: Path) -> Run:
    """A small company: one invoice paid by its number, two of one amount that a cheque could pay."""
    (tmp_path / "f.csv").write_text(INVOICES, "utf-8")
    (tmp_path / "b.csv").write_text(BANK, "utf-8")
    assert run("import", str(tmp_path / "f.csv"), str(tmp_path / "b.csv"))[0] == 0
    assert run("reconcile")[0] == 0
    return run


def test_a_person_decides_and_takes_it_back(books: Run) -> None:
    before = answer(books("kpis", "--as-of", "2026-03-31", "--json"))
    suggestion = answer(books("suggestions", "--json"))[0]
    assert [c["invoice_numbers"] for c in suggestion["candidates"]] == [["F-003"], ["F-002"]]
    refused = answer(books("accept", suggestion["id"], "--json"), 1)
    assert refused["error"]["code"] == "which_candidate"
    change = answer(books("accept", suggestion["id"], "--candidate", "1", "--json"))["change_id"]
    rows = {row["invoice_number"]: row["outstanding"] for row in answer(books("invoices", "--as-of", "2026-03-31", "--json"))}
    assert rows == {"F-001": "0.00", "F-002": "250.50", "F-003": "0.00"}
    assert {row["rule"] for row in answer(books("allocations", "--json"))} == {"number", "amount_twins"}
    undone = answer(books("undo", str(change), "--json"))["change_id"]
    assert answer(books("kpis", "--as-of", "2026-03-31", "--json")) == before
    assert answer(books("undo", str(undone), "--json"))["change_id"] > undone
    assert answer(books("kpis", "--as-of", "2026-03-31", "--json")) != before
    assert answer(books("history", "--json"))[0]["action"] == "undo"


def test_marks_settings_and_allocation_by_hand(books: Run) -> None:
    line = answer(books("suggestions", "--json"))[0]["line_id"]
    assert answer(books("allocate", line, "F-002", "100,50", "--json"))["change_id"]
    assert answer(books("allocate", line, "F-002", "1000", "--json"), 1)["error"]["code"] == "too_much"
    assert answer(books("mark", "F-003", "disputed", "--on", "2026-02-20", "--json"))["change_id"]
    rows = {row["invoice_number"]: row for row in answer(books("invoices", "--as-of", "2026-03-01", "--json"))}
    assert rows["F-003"]["disputed"] is True
    assert rows["F-002"]["status"] == "partly_paid"
    early = {row["invoice_number"]: row for row in answer(books("invoices", "--as-of", "2026-02-19", "--json"))}
    assert early["F-003"]["disputed"] is False
    assert answer(books("set", "terms_days", "45", "--json"))["change_id"]
    assert answer(books("set", "terms_days", "many", "--json"), 1)["error"]["code"] == "bad_value"
    assert answer(books("set", "colour", "red", "--json"), 1)["error"]["code"] == "unknown_setting"


def test_a_list_leaves_as_csv_for_a_french_spreadsheet_and_runs_no_formula(books: Run, tmp_path: Path) -> None:
    status, text, _ = books("invoices", "--as-of", "2026-03-31", "--format", "csv")
    assert status == 0
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert [row["Montant TTC"] for row in rows] == ["120,00", "250,50", "250,50"]
    assert rows[2]["Client"] == "'=Gamma"
    assert answer(books("aged", "--format", "xlsx", "--json"))[0]["currency"] == "EUR"
    assert books("aged", "--format", "xlsx")[0] == 1
    target = tmp_path / "aged.xlsx"
    assert books("aged", "--format", "xlsx", "-o", str(target))[0] == 0
    assert target.read_bytes()[:2] == b"PK"


def test_a_file_with_bad_rows_is_taken_in_part(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(INVOICES + "F-004;Delta;31/02/2026;;10,00;\n", "utf-8")
    report = answer(run("import", str(tmp_path / "bad.csv"), "--json"), 3)["files"][0]
    assert (report["rows"], report["inserted"], report["rejected_rows"]) == (4, 3, 1)
    problem = report["rejected"][0]
    assert (problem["line"], problem["value"]) == (5, "31/02/2026")
    assert "31/02/2026" in problem["reason"]
    assert not any(word in problem["reason"] for word in ("The ", "date is"))
    strict = answer(run("import", str(tmp_path / "bad.csv"), "--strict", "--json", db=tmp_path / "other.duckdb"), 1)["files"][0]
    assert strict["refused"]["code"] == "strict"
    assert strict["inserted"] == 0


def test_a_dry_run_stores_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(INVOICES, "utf-8")
    assert answer(run("import", str(tmp_path / "f.csv"), "--dry-run", "--json"))["files"][0]["inserted"] == 3
    assert answer(run("invoices", "--json")) == []


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("kpis",), 1, "Importez d’abord un fichier"),
        (("import", "absent.csv"), 1, "n’existe pas"),
        (("nothing",), 2, "nothing"),
        (("kpis", "--colour"), 2, "--colour"),
        (("kpis", "--as-of", "31/12/2026"), 2, "31/12/2026"),
        (("undo", "x"), 2, "change"),
    ],
)
def test_bad_input_is_one_sentence_and_a_status(run: Run, arguments: tuple[str, ...], status: int, words: str) -> None:
    found, out, err = run(*arguments)
    assert (found, out) == (status, "")
    assert words in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1


def test_a_period_that_ends_before_it_begins_is_wrong_usage(books: Run) -> None:
    status, _, err = books("kpis", "--from", "2026-05-01", "--as-of", "2026-04-01")
    assert (status, "Traceback" in err) == (2, False)


def test_a_file_that_is_no_database_is_left_as_it_is(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("bonjour", "utf-8")
    assert answer(run("kpis", "--json", db=wrong), 1)["error"]["code"] == "not_a_database"
    assert wrong.read_text("utf-8") == "bonjour"


def test_the_demo_refuses_another_database(run: Run, tmp_path: Path) -> None:
    assert run("demo", "--no-browser", db=tmp_path / "mine.duckdb")[0] == 1


def test_a_locked_database_names_the_process(books: Run, tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            _HOLD,
            str(tmp_path / "books.duckdb"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=SAMPLE.parent,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"open"
        refusal = answer(books("kpis", "--json"), 1)["error"]
        assert refusal["code"] == "database_locked"
        assert str(holder.pid) in refusal["reason"]
    finally:
        holder.communicate()
