"""Several companies at the terminal: a folder of dossiers, its portfolio, consolidated receivables."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from terminals import Run, run_command

import cli
import cli_companies
from door import door as terminal

BILLS = "Numéro;Client;Date;Échéance;Montant TTC;Devise\nF1;Client Secret;01/05/2026;31/05/2026;100,00;EUR\n"
_HOLD = """
import sys
from pathlib import Path
from models.store import Store
store = Store.open(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run a command, dossiers in tmp_path/dossiers, which sum themselves up: exit status, standard output, standard error."""
    monkeypatch.setenv("ENCOURS_FOLDER", str(tmp_path / "dossiers"))
    monkeypatch.delenv("ENCOURS_DB", raising=False)
    monkeypatch.setenv("ENCOURS_LANG", "en")
    monkeypatch.setattr(terminal, "sums_up", True)

    def call(*arguments: str) -> tuple[int, str, str]:
        return run_command(monkeypatch, capsysbinary, *arguments, language="en")

    return call


def test_dossiers_are_made_listed_and_summed_up_by_what_changes_them(run: Run, tmp_path: Path) -> None:
    made = [json.loads(run("new-company", name, "--json")[1]) for name in ("Alpha", "Beta SARL")]
    assert [Path(one["file"]).name for one in made] == ["alpha.duckdb", "beta-sarl.duckdb"]
    status, _, said = run("new-company", "ALPHA")
    assert (status, "Alpha" in said.title()) == (1, True)
    assert json.loads(run("companies", "--json")[1]) == made
    (tmp_path / "f.csv").write_text(BILLS, "utf-8")
    assert run("--db", made[0]["file"], "import", str(tmp_path / "f.csv"))[0] == 0
    found = json.loads(run("portfolio", "--json")[1])
    rows = {row["company"]: (row["receivables"], row["overdue_pct"], row["state"]) for row in found["dossiers"]}
    assert rows == {"Alpha": ("100.00", 100.0, "ok"), "Beta SARL": ("0.00", None, "ok")}
    assert [(total["currency"], total["receivables"]) for total in found["totals"]] == [("EUR", "100.00")]
    assert "Secret" not in (tmp_path / "dossiers" / "alpha.summary.json").read_text("utf-8")
    workbook = tmp_path / "p.xlsx"
    assert run("portfolio", "--format", "xlsx", "-o", str(workbook))[0] == 0
    assert run("portfolio", "--format", "json", "-o", str(tmp_path / "answer.json"))[:2] == (0, "")
    assert json.loads((tmp_path / "answer.json").read_bytes())["totals"] == found["totals"]
    assert workbook.read_bytes().startswith(b"PK")


def test_the_portfolio_reads_no_database_and_a_refresh_goes_around_one_that_is_open_elsewhere(run: Run) -> None:
    files = [json.loads(run("new-company", name, "--json")[1])["file"] for name in ("Alpha", "Beta")]
    for file in files:
        Path(file).with_suffix(".summary.json").unlink()
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, files[0]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(cli.__file__).parent
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        states = [row["state"] for row in json.loads(run("portfolio", "--json")[1])["dossiers"]]
        assert states == ["missing", "missing"]
        status, out, said = run("portfolio", "--refresh", "--json")
        assert (status, "alpha" in said) == (0, True)
        assert {row["company"]: row["state"] for row in json.loads(out)["dossiers"]} == {"alpha": "missing", "Beta": "ok"}
    finally:
        holder.communicate()


def test_a_refresh_brings_figures_of_an_earlier_day_up_to_date_and_leaves_those_of_a_later_version(run: Run) -> None:
    files = [Path(json.loads(run("new-company", name, "--json")[1])["file"]) for name in ("Alpha", "Beta")]
    old, newer = (file.with_suffix(".summary.json") for file in files)
    old.write_text(json.dumps(json.loads(old.read_text("utf-8")) | {"as_of": "2026-01-31"}), "utf-8")
    newer.write_text('{"format": 99}', "utf-8")
    reasons = {row["company"]: [one["code"] for one in row["reasons"]] for row in _dossiers(run, "portfolio")}
    assert reasons == {"beta": ["newer"], "Alpha": ["figures_old", "no_statement"]}
    reasons = {row["company"]: [one["code"] for one in row["reasons"]] for row in _dossiers(run, "portfolio", "--refresh")}
    assert reasons == {"beta": ["newer"], "Alpha": ["no_statement"]}
    assert newer.read_text("utf-8") == '{"format": 99}'


def _dossiers(run: Run, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(*arguments, "--json")[1])["dossiers"]
    return found


def test_a_folder_that_was_named_must_be_there_and_an_empty_one_says_so(run: Run, tmp_path: Path) -> None:
    for command in ("portfolio", "companies"):
        status, out, said = run(command, "--folder", str(tmp_path / "nowhere"))
        assert (status, out, "nowhere" in said) == (1, "", True)
    (tmp_path / "empty").mkdir()
    status, _, said = run("portfolio", "--folder", str(tmp_path / "empty"))
    assert (status, said.strip()) == (0, "There is no dossier in this folder yet.")


def test_the_consolidated_view_says_its_rates_and_what_it_leaves_out(run: Run, tmp_path: Path) -> None:
    bills = BILLS + "F2;B;01/05/2026;31/05/2026;109,19;USD\nF3;C;01/05/2026;31/05/2026;5,00;GBP\n"
    (tmp_path / "f.csv").write_text(bills, "utf-8")
    (tmp_path / "r.csv").write_text("Date,USD,\n2026-06-26,1.0919,\n", "utf-8")
    books = ("--db", str(tmp_path / "books.duckdb"))
    assert run(*books, "import", str(tmp_path / "f.csv"), str(tmp_path / "r.csv"))[0] == 0
    found = json.loads(run(*books, "consolidated", "--as-of", "2026-06-30", "--json")[1])
    assert (found["receivables"], found["left_out"]) == ("200.00", ["GBP"])
    dollars = next(part for part in found["parts"] if part["currency"] == "USD")
    assert (dollars["rate"], dollars["rate_date"], dollars["converted"]["receivables"]) == ("1.0919", "2026-06-26", "100.00")
    status, out, said = run(*books, "consolidated", "--as-of", "2026-07-30")
    assert status == 0
    assert "€200.00" in out
    assert "GBP" in said
    assert "26/06/2026" in said
    paper = tmp_path / "c.pdf"
    assert run(*books, "consolidated", "--as-of", "2026-06-30", "--format", "pdf", "-o", str(paper))[0] == 0
    answer = tmp_path / "answer.json"
    assert run(*books, "consolidated", "--as-of", "2026-06-30", "--json", "-o", str(answer))[:2] == (0, "")
    assert json.loads(answer.read_bytes()) == found
    assert paper.read_bytes().startswith(b"%PDF")


def test_the_dashboard_opens_the_only_dossier_and_lets_several_be_chosen(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "dossiers"
    terminal.is_default = True
    cli_companies.choose_dossier(folder)
    assert (terminal.folder, terminal.path) == (folder, folder / "encours.duckdb")
    assert terminal.path.exists()
    run("new-company", "Alpha")
    terminal.is_default = True
    cli_companies.choose_dossier(folder)
    assert terminal.path == folder / "encours.duckdb"
    terminal.is_default, terminal.path = False, tmp_path / "elsewhere.duckdb"
    for asked in (folder, None):
        terminal.folder = folder
        cli_companies.choose_dossier(asked)
        assert terminal.folder is None
    terminal.path = folder / "alpha.duckdb"
    cli_companies.choose_dossier(folder)
    assert terminal.folder == folder


def test_the_portfolio_sets_what_is_overdue_against_what_is_owed_and_names_the_credits(run: Run, tmp_path: Path) -> None:
    file = json.loads(run("new-company", "Alpha", "--json")[1])["file"]
    note = "A1;Client Secret;02/05/2026;;-80,00;EUR\n"
    (tmp_path / "f.csv").write_text(BILLS + note, "utf-8")
    assert run("--db", file, "import", str(tmp_path / "f.csv"))[0] == 0
    said = run("portfolio")[2]
    assert "€100.00 owed on invoices, of which €100.00 overdue (100%). Less €80.00 of open credits: €20.00 of receiv" in " ".join(
        said.split()
    )
    (total,) = json.loads(run("portfolio", "--json")[1])["totals"]
    assert (total["gross_outstanding"], total["open_credits"], total["receivables"]) == ("100.00", "80.00", "20.00")


def test_an_answer_in_one_currency_names_what_clients_owe_in_others(run: Run, tmp_path: Path) -> None:
    bills = BILLS + "F2;Client Secret;01/05/2026;31/05/2026;2700,00;USD\nF3;Other;01/05/2026;31/05/2026;5,00;GBP\n"
    (tmp_path / "f.csv").write_text(bills, "utf-8")
    made = json.loads(run("new-company", "Alpha", "--json")[1])["file"]
    assert run("--db", made, "import", str(tmp_path / "f.csv"))[0] == 0
    paper, everyone = str(tmp_path / "paper"), {"2,700.00", "5.00"}
    asked: list[tuple[list[str], set[str]]] = [
        (["rollforward"], everyone), (["doubtful"], everyone), (["lost-vat"], everyone), (["vat-on-receipts"], everyone),
        (["confirmations"], everyone), (["explain", "receivables"], everyone),
        (["statement", "Client Secret", "--out", paper], {"2,700.00"}),
        (["litigation", "Client Secret", "-o", paper], {"2,700.00"}),
    ]  # fmt: skip
    for command, amounts in asked:
        status, _, said = run("--db", made, *command)
        assert (status, {amount for amount in everyone if amount in said}) == (0, amounts), command
        assert said.count("Left out, in another currency") == len(amounts), command


def test_a_currency_in_which_there_is_nothing_is_refused_with_those_there_are(run: Run, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(BILLS + "F2;Client Secret;01/05/2026;31/05/2026;2700,00;USD\n", "utf-8")
    made = json.loads(run("new-company", "Alpha", "--json")[1])["file"]
    assert run("--db", made, "import", str(tmp_path / "f.csv"))[0] == 0
    for command in (
        ["invoices"],
        ["kpis"],
        ["closed"],
        ["forecast"],
        ["mark", "Client Secret", "paused"],
        ["remind", "--out", "d"],
    ):
        status, out, said = run("--db", made, "--currency", "zzz", *command, *(["--json"] if command[0] == "kpis" else []))
        assert (status, "ZZZ" in out + said, "EUR, USD" in out + said) == (1, True, True), command
    assert not Path("d").exists()
    assert run("--db", made, "--currency", "usd", "invoices", "--json")[0] == 0


def test_a_client_that_owes_in_another_currency_alone_gets_no_statement_of_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(BILLS + "F2;Overseas;01/05/2026;31/05/2026;2700,00;USD\n", "utf-8")
    made, paper = json.loads(run("new-company", "Alpha", "--json")[1])["file"], tmp_path / "paper.pdf"
    assert run("--db", made, "import", str(tmp_path / "f.csv"))[0] == 0
    for more in ([], ["--from", "2026-01-01"]):
        status, _, said = run("--db", made, "statement", "Overseas", "--out", str(paper), *more)
        assert (status, "in USD, with --currency" in said, paper.exists()) == (1, True, False)
    assert run("--db", made, "--currency", "USD", "statement", "Overseas", "--out", str(paper))[0] == 0
    assert (
        run("--db", made, "--currency", "EUR", "statement", "Overseas", "--json", "--as-of", "2026-04-30")[0] == 0
    )  # owed nothing
