"""What the terminal's lists call things: the user's own words as they are, and a word for what has no name."""

import json
from pathlib import Path

import pytest
from small_store import Company
from typer.testing import CliRunner

from cli import app

RUN = CliRunner()


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A category that is also a word of the program, dollars, a receipt that waits, and a payment that only a file declares."""
    books = Company(tmp_path).bill("F-2026-001", "Dupont", "100.00", category="Export", sending="silent")
    books.bill("F-2026-002", "Dupont", "40.00", issued=1, is_paid=True, sending="said")
    books.bill("F-2026-003", "Martin", "9.00", currency="USD", sending="said")
    books.line("L1", "7.00", "VIR DUPONT", on=10).save()
    books.reconcile()
    books.store.close()
    return tmp_path / "books.duckdb"


def _said(db: Path, *words: str) -> str:
    done = RUN.invoke(app, ["--db", str(db), *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.replace("\u202f", " ").replace("\xa0", " ").split())


def test_a_breakdown_keeps_the_users_words_and_names_nobody_and_months(db: Path) -> None:
    by_category = _said(db, "breakdown", "--by", "category", "--as-of", "2026-03-20")
    assert "Export " in by_category
    assert "Exporter" not in by_category
    assert "Non renseigné" in by_category
    assert "mars 2026" in _said(db, "breakdown", "--as-of", "2026-03-20", "--format", "csv")
    rows = json.loads(_said(db, "breakdown", "--by", "category", "--as-of", "2026-03-20", "--json"))
    assert {row["group"] for row in rows} == {"Export", None}


def test_a_balance_by_currency_is_of_none_and_proves_none(db: Path) -> None:
    several = _said(db, "aged", "--by", "currency", "--as-of", "2026-03-20")
    assert "Montants chacun dans sa devise" in several
    assert "Montants en EUR" not in several
    assert "411000" not in several
    assert "Montants en EUR" in _said(db, "aged", "--as-of", "2026-03-20")
    assert "Montants en USD" in _said(db, "--currency", "USD", "aged", "--by", "currency", "--as-of", "2026-03-20")
    assert "411000" in _said(db, "aged", "--as-of", "2026-03-20")


def test_an_invoice_that_no_file_calls_sent_is_not_called_sent(db: Path) -> None:
    by_number = {line.split(";")[0]: line for line in _lines(db, "invoices", "--as-of", "2026-03-20", "--format", "csv")}
    assert "En attente;" in by_number["F-2026-001"]
    assert "En attente, envoyée;" in by_number["F-2026-003"]
    rows = json.loads(_said(db, "invoices", "--as-of", "2026-03-20", "--json"))
    assert {row["invoice_number"]: row["status"] for row in rows}["F-2026-001"] == "sent"


def _lines(db: Path, *words: str) -> list[str]:
    return RUN.invoke(app, ["--db", str(db), *words], catch_exceptions=False).stdout.lstrip("\ufeff").splitlines()


def test_money_without_an_invoice_is_called_by_its_label_and_a_declared_payment_by_what_it_paid(db: Path) -> None:
    assert "VIR DUPONT" in _said(db, "aged", "--by", "invoice", "--as-of", "2026-03-20")
    (declared,) = [
        line for line in _lines(db, "explain", "collected", "--as-of", "2026-06-20", "--format", "csv") if "déclaré" in line
    ]
    assert "F-2026-002" in declared


def test_a_contractual_rate_below_its_legal_floor_is_kept_and_told(db: Path) -> None:
    done = RUN.invoke(app, ["--db", str(db), "set", "penalty_rate", "5"], catch_exceptions=False)
    assert (done.exit_code, "inférieur à trois fois le taux légal" in done.stderr) == (0, True)
    fitting = RUN.invoke(app, ["--db", str(db), "set", "penalty_rate", "15"], catch_exceptions=False)
    assert (fitting.exit_code, fitting.stderr) == (0, "")


def test_a_reminder_of_a_client_is_marked_in_the_currency_that_is_named(db: Path) -> None:
    typed = ["mark", "Martin", "reminded", "--step", "R1", "--on", "2026-05-18"]
    refused = RUN.invoke(app, ["--db", str(db), *typed])
    assert (refused.exit_code, getattr(refused.exception, "code", "")) == (1, "nothing_listed")
    assert RUN.invoke(app, ["--db", str(db), "--currency", "USD", *typed], catch_exceptions=False).exit_code == 0


def test_a_list_to_remind_tells_what_it_leaves_out_and_nothing_of_periods(db: Path) -> None:
    done = RUN.invoke(app, ["--db", str(db), "worklist", "--as-of", "2026-05-18"], catch_exceptions=False)
    assert done.stderr.replace("\xa0", " ") == "Laissé de côté, dans une autre devise : 9,00 $US.\n"
