"""Periods at the terminal: the balance as it is cut, movements, closings, and what was known on a past day."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from small_store import Company, day
from typer.testing import CliRunner

from cli import app

RUN = CliRunner()


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Two clients, a payment, a credit note and a receipt that waits; invoices say nothing of VAT."""
    books = Company(tmp_path).bill("F-2026-001", "Dupont", "100.00").bill("F-2026-002", "Dupont", "250.00", issued=40)
    books.bill("F-2026-003", "Martin", "80.00", issued=2).note("A-2026-001", "Martin", "30.00", issued=9)
    books.line("L1", "100.00", "VIR DUPONT F-2026-001", on=12).line("L2", "7.00", "VIR DUPONT", on=50).save()
    books.reconcile()
    books.store.close()
    return tmp_path / "books.duckdb"


def _run(db: Path, *words: str) -> Any:
    done = RUN.invoke(app, ["--db", str(db), *words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def _refused(db: Path, *words: str) -> str:
    return str(getattr(RUN.invoke(app, ["--db", str(db), *words]).exception, "code", ""))


def test_the_balance_is_cut_as_asked_and_sums_to_the_receivables(db: Path) -> None:
    owed = Decimal(_run(db, "kpis", "--as-of", "2026-05-31")["receivables"])
    for choice in ((), ("--by", "invoice", "--buckets", "5,10"), ("--by", "currency", "--basis", "issue")):
        rows = _run(db, "aged", "--as-of", "2026-05-31", *choice)
        assert sum(Decimal(row["total"]) for row in rows) == owed
    (row,) = rows
    assert (row["0_30"], row["31_60"], row["61_90"], row["over_90"]) == ("0.00", "250.00", "80.00", "0.00")
    assert (row["unallocated_receipts"], row["open_credit_notes"], row["open_credits"]) == ("-7.00", "-30.00", "-37.00")
    assert _refused(db, "aged", "--buckets", "30,10") == "bad_buckets"
    assert RUN.invoke(app, ["--db", str(db), "aged", "--instalments"]).exit_code == 2


@pytest.mark.parametrize("command", [("aged",), ("rollforward", "--from", "2026-03-01"), ("closed",)])
def test_a_table_leaves_in_every_form_with_what_it_is_of(db: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    _run(db, "close-period", "2026-03-31")
    heads = {"xlsx": b"PK", "pdf": b"%PDF", "csv": b"\xef\xbb\xbf"}
    for form, head in heads.items():
        target = tmp_path / f"table.{form}"
        done = RUN.invoke(app, ["--db", str(db), *command, "--format", form, "-o", str(target)], catch_exceptions=False)
        assert done.exit_code == 0
        assert target.read_bytes().startswith(head)
        target.unlink()
        assert RUN.invoke(app, ["--db", str(db), *command, "-o", str(target)], catch_exceptions=False).exit_code == 0
        assert target.read_bytes().startswith(head)  # as its name says
    assert _refused(db, *command, "-o", str(tmp_path / "table.json")) == "other_form"
    printed = RUN.invoke(app, ["--db", str(db), *command], catch_exceptions=False).stdout
    said = {"aged": "Compte 411000, clients : 293,00", "rollforward": "du 01/03/2026 au", "closed": "Clos jusqu’au 31/03/2026"}
    text = " ".join(printed.replace("\u202f", " ").replace("\xa0", " ").split())
    assert said[command[0]] in text
    assert said[command[0]].replace(" ", "") in (tmp_path / "table.csv").read_text("utf-8").replace("\u202f", "").replace(
        "\xa0", ""
    ).replace(" ", "")


def test_the_movements_lead_from_one_balance_to_the_other(db: Path) -> None:
    found = _run(db, "rollforward", "--from", "2026-03-10", "--to", "2026-04-30")
    assert found["total"] | {"opening": "180.00", "invoiced": "250.00", "closing": "293.00"} == found["total"]
    assert found["total"] | {"credit_notes": "-30.00", "collected": "-107.00"} == found["total"]
    assert {row["client"]: row["closing"] for row in found["rows"]} == {"Dupont": "243.00", "Martin": "50.00"}
    assert _run(db, "rollforward", "--by", "total", "--to", "2026-04-30")["rows"][0]["opening"] == "0.00"


def test_a_period_is_closed_shown_and_opened_again(db: Path) -> None:
    assert _run(db, "closed") | {"closings": [], "arrived": []} == _run(db, "closed")
    _run(db, "close-period", "2026-03-31", "--note", "Envoyé")
    assert _refused(db, "mark", "F-2026-003", "disputed", "--on", "2026-03-15") == "in_closed_period"
    _run(db, "mark", "F-2026-003", "written-off", "--on", "2026-03-15", "--in-closed-period")
    found = _run(db, "closed")
    assert (found["receivables_then"], found["receivables_now"], found["effect"]) == ("50.00", "-30.00", "-80.00")
    assert [(row["what"], row["number"], row["effect"]) for row in found["arrived"]] == [("written_off", "F-2026-003", "-80.00")]
    assert _refused(db, "closed", "--as-of", "2026-04-01") == "not_closed"
    _run(db, "open-period")
    assert _run(db, "closed")["closings"] == []


def test_known_on_asks_what_was_known_then(db: Path) -> None:
    assert _run(db, "aged", "--known-on", "2026-05-31") == []
    assert _run(db, "kpis", "--known-on", "2026-06-01", "--as-of", day(60).isoformat()) == _run(
        db, "kpis", "--as-of", day(60).isoformat()
    )
    done = RUN.invoke(app, ["--db", str(db), "kpis", "--known-on", "2026-06-01", "--as-of", "2026-06-30"], catch_exceptions=False)
    assert "après ce qui était connu" in done.stderr
