"""The terminal's closing: doubtful receivables listed and decided, their entries in or left out, the VAT of losses."""

import csv
from pathlib import Path

import pytest
from screens import copy_database
from terminals import Run
from test_cli import answer, run

__all__ = ["run"]


@pytest.fixture
def books(sample_database: Path, tmp_path: Path) -> Path:
    return copy_database(sample_database, tmp_path / "books.duckdb")


@pytest.mark.usefixtures("books")
def test_a_doubtful_invoice_is_provided_for_exported_or_left_out_and_lost(run: Run, tmp_path: Path) -> None:
    listed = {row["invoice_number"]: row for row in answer(run("doubtful", "--json"))}
    first = listed["FACT-2026-008"]
    assert (first["state"], first["reasons"], first["rate"], first["provision"]) == ("proposed", ["late"], 0.25, "670.00")
    refused = answer(run("provision", "FACT-2026-008", "40", "--json"), status=1)
    assert refused["error"]["code"] == "not_doubtful"
    answer(run("mark", "FACT-2026-008", "doubtful", "--on", "2026-04-01", "--json"))
    answer(run("provision", "FACT-2026-008", "40", "--on", "2026-05-01", "--json"))
    after = {row["invoice_number"]: row for row in answer(run("doubtful", "--json"))}["FACT-2026-008"]
    assert (after["state"], after["basis"], after["provision"]) == ("doubtful", "hand", "1072.00")
    period = ("--from", "2026-01-01", "--to", "2026-12-31")
    rows = [
        answer(run("export", "csv", *period, *flags, "-o", str(tmp_path / f"{place}.csv"), "--json"))["rows"]
        for place, flags in enumerate(((), ("--no-doubtful",)))
    ]
    assert rows[0] - rows[1] == 2  # 416/411 on the day; the closing of December is to come
    assert "681740" not in (tmp_path / "0.csv").read_text("utf-8-sig")
    answer(run("set", "provision_every", "month", "--json"))
    assert answer(run("export", "csv", *period, "-o", str(tmp_path / "2.csv"), "--json"))["rows"] > rows[0]
    assert "681740" in (tmp_path / "2.csv").read_text("utf-8-sig")
    answer(run("mark", "FACT-2026-008", "written-off", "--on", "2026-06-01", "--json"))
    letters = tmp_path / "letters"
    status, _, said = run("lost-vat", "--as-of", "2026-05-31", "--letters", str(letters))
    assert (status, letters.exists()) == (0, False)  # nothing was lost yet: no empty folder
    assert "Aucun duplicata écrit" in said
    lost = answer(run("lost-vat", "--letters", str(letters), "--json"))
    told = [(row["invoice_number"], row["excl"], row["vat"], row["was_due"]) for row in lost]
    assert told == [("FACT-2026-008", "2680.00", "536.00", False)]  # an agency: VAT on receipts
    assert [file.read_bytes()[:5] for file in letters.iterdir()] == [b"%PDF-"]


@pytest.mark.usefixtures("books")
def test_the_list_leaves_in_each_form_with_its_definitions(run: Run, tmp_path: Path) -> None:
    for form in ("csv", "xlsx", "pdf"):
        file = tmp_path / f"list.{form}"
        assert run("doubtful", "--format", form, "-o", str(file))[0] == 0
        assert file.stat().st_size > 500
    text = (tmp_path / "list.csv").read_text("utf-8-sig")
    assert text.startswith("État;Client;Facture;Échéance;Jours de retard")
    assert "une relance n’interrompt rien" in text
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    # What is only proposed is not provided for.
    proposed = next(row for row in rows if row["Facture"] == "FACT-2026-008")
    assert (proposed["Dépréciation"], proposed["Dépréciation si décidée"]) == ("", "670,00")
    status, said, _ = run("doubtful")
    assert status == 0
    assert "très en retard" in said
