"""The terminal's export: its file and JSON, what it says beside, and bad input in one line."""

import json
from hashlib import sha256
from pathlib import Path
from typing import get_args

import pytest
from fec_checker import faults
from screens import copy_database
from terminals import Run
from test_cli import answer, run

import cli_options
from pipelines.exports.accounting_files import FORMATS

__all__ = ["run"]
PERIOD = ("--from", "2026-01-01", "--to", "2026-06-26")


@pytest.fixture
def books(sample_database: Path, tmp_path: Path) -> Path:
    return copy_database(sample_database, tmp_path / "books.duckdb")


@pytest.mark.usefixtures("books")
def test_the_answer_is_the_file_its_rows_and_its_sha256(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    status, said, beside = run("export", "fec", *PERIOD, "-o", str(out), "--json")
    found = json.loads(said)
    content = (out / "999000011FEC20260626.txt").read_bytes()
    assert status == 0
    assert found == {
        "file": str(out / "999000011FEC20260626.txt"),
        "rows": content.count(b"\r\n") - 1,
        "sha256": sha256(content).hexdigest(),
    }
    assert faults(content, "999000011FEC20260626.txt", is_whole=False) == []
    assert "Ce n’est pas le FEC de votre entreprise" in beside
    assert "Clients (411 + 416), solde de clôture" in beside
    again = answer(run("export", "fec", *PERIOD, "-o", str(tmp_path / "again.txt"), "--json"))
    assert again["sha256"] == found["sha256"]
    assert (tmp_path / "again.txt").read_bytes() == content


@pytest.mark.usefixtures("books")
def test_without_json_the_totals_and_the_reconciliation_are_told(run: Run, tmp_path: Path) -> None:
    status, said, _ = run("export", "quadra", *PERIOD, "-o", str(tmp_path / "q.txt"))
    assert status == 0
    lines = said.replace("\u202f", " ").replace("\u00a0", " ").splitlines()
    assert lines[0] == f"Export n° 1, Cegid Quadra (ASCII) : 271 écritures, 693 lignes dans {tmp_path / 'q.txt'}."
    assert "Clients (411 + 416), solde de clôture : 147 353,00 €" in lines
    assert "Créances clients à l’écran : 147 353,00 €" in lines
    assert "Écart : 0,00 €" in lines


@pytest.mark.usefixtures("books")
def test_what_cannot_be_exported_is_one_line_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    out = ("-o", str(tmp_path / "x.txt"))
    answer(run("export", "ebp", *PERIOD, *out, "--json"))
    refused = {
        ("export", "ebp", *PERIOD, *out, "--only-new"): "Il n’y a rien à exporter du 01/01/2026 au 26/06/2026.",
        ("export", "ebp", "--from", "2027-01-01", "--to", "2027-01-31", *out): (
            "Il n’y a rien à exporter du 01/01/2027 au 31/01/2027."
        ),
        ("export", "csv", *PERIOD, "--columns", "date,iban", *out): "iban n’est pas une colonne",
        ("export", "fec", *PERIOD, "-o", str(tmp_path / "nowhere" / "x.txt")): "ne peut pas être écrit",
    }
    for command, sentence in refused.items():
        status, said, beside = run(*command)
        assert (status, said) == (1, "")
        assert sentence in beside
        assert beside.count("\n") == 1
    history = answer(run("history", "--json"))
    assert [change["action"] for change in history].count("export") == 1


@pytest.mark.usefixtures("books")
def test_a_wrong_format_or_period_is_wrong_usage(run: Run) -> None:
    for command, words in (
        (("export", "quadro"), "quadro n’est pas l’un de fec, sage-pnm"),
        (("export", "fec", "--from", "2026-02-01", "--to", "2026-01-01"), "La période finirait avant de commencer"),
    ):
        status, said, beside = run(*command)
        assert (status, said) == (2, "")
        assert words in beside


@pytest.mark.usefixtures("books")
def test_entries_are_in_the_companys_currency(run: Run) -> None:
    status, _, beside = run("--currency", "usd", "export", "fec", *PERIOD)
    assert status == 1
    assert "dans la devise de l’entreprise, EUR" in beside
    assert run("--currency", "eur", "export", "fec", "--from", "2027-01-01", "--to", "2027-01-02")[0] == 1


def test_the_terminal_knows_every_format() -> None:
    assert get_args(get_args(cli_options.ExportFormat)[0]) == FORMATS


@pytest.mark.usefixtures("books")
def test_a_company_without_vat_is_told_which_invoices(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "ttc.csv"
    file.write_text("Numéro;Client;Date;Montant TTC\nX-1;Martin;01/06/2026;120,00\n", "utf-8")
    answer(run("import", str(file), "--json"))
    error = answer(run("export", "fec", *PERIOD, "-o", str(tmp_path / "x.txt"), "--json"), status=1)["error"]
    assert error["code"] == "missing_vat"
    assert "X-1" in error["reason"]
    answer(run("set", "vat_rate", "20", "--json"))
    assert answer(run("export", "fec", *PERIOD, "-o", str(tmp_path / "x.txt"), "--json"))["rows"] == 696
