"""The terminal door: the whole way from files to drafts in JSON, exit statuses, and bad input in one sentence."""

import csv
import io
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from terminals import Run, run_command

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
        return run_command(monkeypatch, capsysbinary, *(["--db", str(db)] if db else []), *arguments, language="fr")

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
    assert answer(run("check", "--json")) == {"ok": True, "violations": [], "notices": []}


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


REPORT_KEYS = [
    "file", "kind", "format", "profile", "encoding", "separator", "date_order", "decimal", "rows", "inserted", "updated",
    "duplicates", "conflicts", "ignored", "rejected_rows", "rejected", "conflict_list", "warnings", "period", "proof",
]  # fmt: skip
STATEMENT = """date;libelle;montant;solde
05/01/2026;VIR A;100,00;1100,00
07/01/2026;CB B;-30,00;1070,00
12/01/2026;CB C;-20,00;1045,00
"""


def test_a_gap_in_the_bank_s_own_balances_is_no_damage_of_the_database(run: Run, tmp_path: Path) -> None:
    (tmp_path / "releve.csv").write_text(STATEMENT, "utf-8")
    assert run("import", str(tmp_path / "releve.csv"), "--account", "Courant")[0] == 0
    checked = answer(run("check", "--json"))
    assert (checked["ok"], checked["violations"]) == (True, [])
    assert checked["notices"] == [{"code": "balance_gap", "subject": "Courant 2026-01-07 – 2026-01-12", "detail": "-5.00"}]
    status, said, _ = run("check")
    assert status == 0
    first, second = said.splitlines()
    assert first == "La base est saine."
    assert second.startswith("À vérifier\xa0: Courant 2026-01-07 – 2026-01-12")


def test_a_report_says_its_period_and_whether_its_balances_and_movements_agree(run: Run, tmp_path: Path) -> None:
    (tmp_path / "releve.csv").write_text(STATEMENT, "utf-8")
    report = answer(run("import", str(tmp_path / "releve.csv"), "--account", "Courant", "--json"))["files"][0]
    assert list(report) == REPORT_KEYS
    assert report["period"] == {"from": "2026-01-05", "to": "2026-01-12", "stated_from": None, "stated_to": None}
    assert report["proof"] == [
        {
            "account": "Courant", "opening": "1000.00", "opening_date": "2026-01-04", "movements": "50.00", "closing": "1045.00",
            "closing_date": "2026-01-12", "gap": "-5.00", "gap_from": "2026-01-07", "gap_to": "2026-01-12",
        }
    ]  # fmt: skip
    _, said, _ = run("import", str(tmp_path / "releve.csv"))
    assert "Du 05/01/2026 au 12/01/2026." in said
    assert "il manque -5,00 entre le 07/01/2026 et le 12/01/2026" in said.replace("\u2212", "-")


def test_a_rejected_row_is_listed_corrected_and_taken_back(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(INVOICES + "F-004;Delta;31/02/2026;;-10,00;\nF-005;Eps;01/02/2026;;x;\n", "utf-8")
    status, said, _ = run("import", str(tmp_path / "bad.csv"))
    assert status == 3
    assert "  Ligne 5\u00a0: «\u00a031/02/2026\u00a0»" in said.replace("\u202f", "\u00a0")
    first, second = answer(run("quarantine", "--json"))
    assert list(first) == ["id", "file", "line", "kind", "account", "since", "is_correctable", "cells", "problems"]
    assert (first["file"], first["line"], first["cells"]["Date"]) == ("bad.csv", 5, "31/02/2026")
    assert "31/02/2026" in first["problems"][0]["reason"]
    wrong = answer(run("retry", first["id"], "Date=30/02/2026", "--json"), 1)
    assert (wrong["corrected"], wrong["change_id"], wrong["problems"][0]["code"]) == (False, None, "impossible_date")
    assert answer(run("retry", first["id"], "Datum=1", "--json"), 1)["error"]["code"] == "unknown_column"
    assert answer(run("retry", first["id"], "Date", "--json"), 1)["error"]["code"] == "bad_cell"
    taken = answer(run("retry", first["id"], "Date=28/02/2026", "--json"))
    assert taken["corrected"] is True
    assert len(answer(run("invoices", "--json"))) == 4
    assert answer(run("drop", second["id"], "--json"))["change_id"] == taken["change_id"] + 1
    assert answer(run("quarantine", "--json")) == []
    answer(run("undo", str(taken["change_id"]), "--json"))
    assert [row["id"] for row in answer(run("quarantine", "--json"))] == [first["id"]]


def test_rejected_rows_leave_as_csv_and_come_back_corrected(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(INVOICES + "F-004;=Delta;31/02/2026;;-10,00;\n", "utf-8")
    run("import", str(tmp_path / "bad.csv"))
    target = tmp_path / "waiting.csv"
    assert run("quarantine", "--csv", str(target))[0] == 0
    (row,) = csv.DictReader(io.StringIO(target.read_text("utf-8-sig")), delimiter=";")
    assert (row["Client"], row["Montant TTC"], row["Ligne d’origine"]) == ("'=Delta", "-10,00", "5")
    assert "31/02/2026" in row["Motif du rejet"]
    target.write_text(target.read_text("utf-8").replace("31/02/2026;", "28/02/2026;"), "utf-8")
    assert answer(run("import", str(target), "--json"))["files"][0]["inserted"] == 1
    assert answer(run("quarantine", "--json")) == []


def test_a_rebuilt_database_stands_beside_the_old_one(books: Run, tmp_path: Path) -> None:
    done = answer(books("rebuild", "--json"))
    assert (done["file"], done["same"], done["differences"]) == (str(tmp_path / "books-rebuilt.duckdb"), True, [])
    assert answer(books("rebuild", "--json"))["file"] == str(tmp_path / "books-rebuilt-2.duckdb")
    assert answer(books("rebuild", "--out", str(tmp_path / "books.duckdb"), "--json"), 1)["error"]["code"] == "file_exists"
    before = answer(books("kpis", *AS_OF, "--json"))
    assert answer(books("kpis", *AS_OF, "--json", db=tmp_path / "books-rebuilt.duckdb")) == before


def test_a_watched_folder_is_emptied_once(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "f.csv").write_text(INVOICES, "utf-8")
    (folder / "x.csv").write_text("bonjour", "utf-8")
    status, said, _ = run("watch", str(folder), "--once")
    assert status == 3
    assert "f.csv: 3 lignes" in said
    assert sorted(path.name for path in folder.rglob("*.csv")) == ["f.csv", "x.csv"]
    assert (folder / "refused" / "x.csv").is_file()
    assert run("watch", str(folder), "--once")[0] == 0
    assert run("watch", str(tmp_path / "none"), "--once")[0] == 1


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
        (("undo", "x"), 2, "CHANGE"),
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


def test_a_conflict_is_said_in_words(run: Run, tmp_path: Path) -> None:
    header = "Numéro;Client;Date;Montant TTC;Statut\n"
    for name, row in (
        ("a", "F-1;Morel;25/01/2026;120,00;"),
        ("b", "F-1;Morel;25/01/2026;60,00;"),
        ("c", "F-1;Morel;25/01/2026;120,00;Annulée"),
    ):
        (tmp_path / f"{name}.csv").write_text(header + row + "\n", "utf-8")
        run("import", str(tmp_path / f"{name}.csv"))
    _, out, _ = run("conflicts")
    assert "Montant vaut 120,00 € ici et 60,00 € dans le fichier" in out.replace("\u202f", " ").replace("\xa0", " ")
    assert "Statut vaut rien ici et Annulée dans le fichier" in out.replace("\xa0", " ")


@pytest.mark.parametrize("words", [["import"], ["backup"], ["restore"], ["--db"]])
def test_a_place_that_the_system_does_not_reach_is_told_in_a_sentence(run: Run, tmp_path: Path, words: list[str]) -> None:
    place = str(tmp_path / ("a" * 300))
    asked = [*words, place, "kpis"] if words == ["--db"] else [*words, place]
    run("import", str(tmp_path / "none.csv"))
    refused = answer(run(*asked, "--json"), 1)["error"]
    assert refused["code"] == "not_reached"
    assert refused["reason"].startswith(place)
