"""The accountant's desk at the terminal: a figure opens into rows that sum to it, and details sum to the whole."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from screens import copy_database
from typer.testing import CliRunner

from cli import app
from pipelines.explain.figures import FIGURES

RUN = CliRunner()


@pytest.fixture
def db(sample_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENCOURS_LANG", "en")
    return copy_database(sample_database, tmp_path / "own.duckdb")


def _answer(db: Path, *words: str) -> Any:
    done = RUN.invoke(app, ["--db", str(db), *words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_json_of_a_figure_has_rows_that_sum_to_its_operands_and_effects_that_sum_to_its_change(db: Path) -> None:
    found, figures = _answer(db, "explain", "dso", "--since", "2026-05-31"), _answer(db, "kpis")
    owed, sold = found["operands"]
    assert (owed["value"], sold["value"], found["value"]) == (figures["receivables"], figures["sales"], figures["dso"])
    for operand in found["operands"]:
        assert sum(Decimal(row["amount"]) for row in operand["rows"]) == Decimal(operand["value"])
    moved = found["movement"]
    change = sum(Decimal(effect["effect"]) for effect in moved["effects"])
    assert Decimal(moved["before"]) + change == Decimal(moved["after"])


def test_the_rows_leave_as_csv_and_the_calculation_reads_on_screen(db: Path) -> None:
    done = RUN.invoke(app, ["--db", str(db), "explain", "overdue", "--format", "csv"], catch_exceptions=False)
    rows = list(csv.DictReader(io.StringIO(done.stdout.lstrip("\ufeff"))))
    assert sum(Decimal(row["What counts"]) for row in rows) == Decimal(_answer(db, "kpis")["overdue"])
    said = RUN.invoke(app, ["--db", str(db), "explain", "dso_countback"], catch_exceptions=False).stdout
    assert "June 2026: sales €81,882.00, 26.0 days" in said
    assert "Count-back DSO: 53.9 days" in said
    listed = RUN.invoke(app, ["--db", str(db), "kpis"], catch_exceptions=False).stdout
    names = [line.rpartition(": ")[0] for line in listed.splitlines()[1:]]
    assert set(names) == {FIGURES[key].title for key in _answer(db, "kpis") if key in FIGURES}  # as on screen


def test_one_client_and_the_figures_of_cash_open_too(db: Path) -> None:
    parts = [_answer(db, "explain", "receivables", "--client", name)["value"] for name in ("Studio Kerval", "Harbour & Finch")]
    assert all(Decimal(part) > 0 for part in parts)
    low = _answer(db, "explain", "low_point")
    balances, expected, prudence, others = (Decimal(operand["value"]) for operand in low["operands"])
    assert balances + expected - prudence + others == Decimal(low["value"])


def test_details_sum_to_the_figures(db: Path) -> None:
    figures = _answer(db, "kpis")
    for by in ("month", "client", "sales_rep", "category", "segment"):
        rows = _answer(db, "breakdown", "--by", by)
        for name in ("sales", "collected", "receivables", "overdue"):
            if name in rows[0]:
                assert sum(Decimal(row[name]) for row in rows) == Decimal(figures[name]), (by, name)


@pytest.mark.parametrize(
    ("asked", "code"),
    [(["explain", "profit"], "unknown_figure"), (["explain", "sales", "--since", "2026-01-31"], "not_comparable"),
     (["explain", "dso", "--client", "Nobody"], "unknown_client")],
)  # fmt: skip
def test_what_cannot_be_explained_is_refused_with_what_can(db: Path, asked: list[str], code: str) -> None:
    done = RUN.invoke(app, ["--db", str(db), *asked])
    assert done.exit_code == 1
    assert getattr(done.exception, "code", None) == code
