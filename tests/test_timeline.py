"""A client's timeline: who, when, what and how it stands, in the reader's words, as of a date."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from small_store import ME, Company, day, money

from models.store import Author, Store
from models.texts import Texts
from pipelines.collections.notes import add_call, add_note
from pipelines.collections.plans import make_plan
from pipelines.collections.timeline import timeline
from pipelines.decisions import undo
from pipelines.ledger import run_ledger
from pipelines.marks import mark
from pipelines.publishing.rebuild import run_rebuild

LATER = Author("Zoé", ME.today + timedelta(days=10), ME.at)


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """Durand was reminded, paid a part, promised the rest; a dispute, a pause, a note, a call and a plan follow."""
    company = (
        Company(tmp_path).bill("F-1001", "Durand", "100.00").bill("F-1002", "Durand", "50.00").bill("F-1003", "Petit", "9.00")
    )
    store = company.line("L1", "40.00", "VIR DURAND F-1001", on=80).save().store
    company.reconcile()
    mark(store, "F-1001", "reminded", on=day(50), value="R1", author=ME)
    mark(store, "F-1001", "promise", on=ME.today + timedelta(days=3), author=ME, amount=money("60.00"), note="par téléphone")
    mark(store, "F-1002", "disputed", on=ME.today, author=ME, value="price", owner="Luc")
    mark(store, "Durand", "paused", on=ME.today, author=ME, value=str(ME.today + timedelta(days=2)))
    add_note(store, "Durand", "Demande un duplicata\nde la facture", author=ME, invoice="F-1002")
    add_call(store, "Durand", "rappellera", result="message_left", author=LATER)
    make_plan(
        store,
        "Durand",
        ["F-1002"],
        [(LATER.today, money("20.00")), (LATER.today + timedelta(days=30), money("30.00"))],
        author=ME,
    )
    return company


def _told(company: Company, as_of: date, language: str = "en") -> list[tuple[str, str, str, str]]:
    rows = timeline(run_ledger(company.store), Texts(language), client_id="Durand", as_of=as_of)
    return [(str(row["date"]), row["kind"], row["what"], row["detail"] or "") for row in rows.to_dicts()]


def test_everything_is_told_once_the_newest_first(company: Company) -> None:
    assert _told(company, LATER.today) == [
        ("2026-06-11", "note", "Call", "Message left – rappellera"),
        ("2026-06-11", "plan", "Instalment 1 of 2", "Awaited"),
        ("2026-06-01", "note", "Note", "Demande un duplicata de la facture"),
        ("2026-06-01", "dispute", "Dispute", "Price – dealt with by Luc"),
        ("2026-06-01", "plan", "Instalment plan", "2 instalments – Plan running"),
        ("2026-06-01", "promise", "Promise to pay", "for 04/06/2026 – Broken – par téléphone"),
        ("2026-06-01", "decision", "Reminders paused", "until 03/06/2026"),
        ("2026-05-21", "payment", "Payment received", "VIR DURAND F-1001"),
        ("2026-04-21", "reminder", "Reminder sent", "First reminder – E-mail"),
        ("2026-03-02", "invoice", "Invoice", "due on 01/04/2026"),
        ("2026-03-02", "invoice", "Invoice", "due on 01/04/2026"),
    ]


def test_what_comes_after_the_date_is_not_told_nor_what_became_of_it(company: Company) -> None:
    told = _told(company, ME.today + timedelta(days=3))
    assert ("2026-06-01", "promise", "Promise to pay", "for 04/06/2026 – Awaited – par téléphone") in told
    assert all(on <= "2026-06-04" for on, *_ in told)
    assert [what for _, _, what, _ in _told(company, day(49))] == ["Invoice", "Invoice"]


def test_it_says_who_and_how_much_and_in_french(company: Company) -> None:
    rows = timeline(run_ledger(company.store), Texts("fr"), client_id="Durand", as_of=LATER.today)
    call = rows.row(0, named=True)
    assert (call["what"], call["by"]) == ("Appel", "Zoé")
    plan = rows.filter(pl.col("what") == "Échéancier").row(0, named=True)
    assert (str(plan["amount"]), plan["currency"], plan["reference"]) == ("50.00", "EUR", "F-1002")
    assert plan["text"] == "1. 11/06/2026\u00a0: 20,00\u00a0€\n2. 11/07/2026\u00a0: 30,00\u00a0€"


def test_what_is_undone_is_not_told(company: Company) -> None:
    change = add_note(company.store, "Durand", "une erreur", author=ME)
    before = _told(company, LATER.today)
    undo(company.store, change, author=ME)
    assert len(_told(company, LATER.today)) == len(before) - 1


def test_a_database_made_anew_tells_the_same_story_and_the_past_did_not_know_it(company: Company, tmp_path: Path) -> None:
    rebuilt = run_rebuild(company.store, tmp_path / "anew.duckdb")
    assert rebuilt.differences == []
    with Store.open(rebuilt.file) as store:
        assert timeline(run_ledger(store), Texts("en"), client_id="Durand", as_of=LATER.today).equals(
            timeline(run_ledger(company.store), Texts("en"), client_id="Durand", as_of=LATER.today)
        )
    known = run_ledger(company.store, known_on=ME.today)
    assert known.notes["kind"].to_list() == ["note"]  # the call came later
