"""What was known on a past day: the same answers, byte for byte, whatever was imported, decided or taken back since."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from small_store import ME, Company, day, money

from models.errors import Refused
from models.past_store import PastStore
from models.policy_text import shipped_policy
from models.policy_write import policy_text
from models.store import Author, Store
from models.texts import Texts
from pipelines.collections.notes import add_note
from pipelines.collections.plans import make_plan
from pipelines.collections.policies import save_policy
from pipelines.decisions import mark, set_setting, undo
from pipelines.exports import answers
from pipelines.exports.lists import list_aged, list_rows
from pipelines.forecast.curve import forecast
from pipelines.forecast.snapshots import kept_forecasts, run_keep
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger
from pipelines.reconcile.run import run_reconcile
from pipelines.rollforward import rollforward

#: Two weeks after what the tests save.
LATER = Author("Bea", date(2026, 6, 15), datetime(2026, 6, 15, 9))
LISTS = ("invoices", "allocations", "lines", "worklist", "reminders", "results")


def saved(store: Store, known_on: date | None = None) -> str:
    """All that the commands say of ME's day, as JSON."""
    ledger = run_ledger(store, known_on=known_on)
    texts, as_of = Texts("fr"), ME.today
    rows = {name: list_rows(name, ledger, texts, as_of=as_of) for name in LISTS}
    figures = answers.kpis_answer(kpis(ledger, as_of=as_of))
    coming = answers.forecast_answer(forecast(ledger, as_of=as_of, days=30))
    moved = rollforward(ledger, start=day(0), to=as_of).to_dicts()
    balance = answers.aged_answer(list_aged(ledger, as_of=as_of, by="invoice", currency=None), "invoice")
    return answers.dump({"aged": balance, "kpis": figures, "forecast": coming, "moved": moved, **rows})


@pytest.fixture
def books(tmp_path: Path) -> Company:
    """A company as it stood on ME's day: paid, partly paid, late and disputed invoices, and a receipt that waits."""
    company = Company(tmp_path)
    for n in range(6):
        company.bill(f"F-2026-00{n}", "Dupont" if n % 2 else "Martin", f"{100 * (n + 1)}.00", issued=n)
    company.note("A-2026-001", "Martin", "30.00", issued=20, linked="F-2026-002")
    company.line("L1", "200.00", "VIR DUPONT F-2026-001", on=20).line("L2", "150.00", "VIR DUPONT", on=30).save()
    company.reconcile()
    mark(company.store, "F-2026-005", "disputed", on=day(60), author=ME)
    mark(company.store, "Martin", "promise", on=date(2026, 6, 20), author=ME)
    return company


def later(company: Company) -> None:
    """Two weeks of imports, decisions and undoings, much of it about ME's day and before."""
    store = company.store
    disputed = store.changes().filter(action="mark")["change_id"][0]
    undo(store, disputed, author=LATER)
    company.bill("F-2026-000", "Martin", "100.00", issued=0, due_date=day(5), sales_rep="Ana")
    company.bill("F-2026-090", "Martin", "999.00", issued=40)
    company.note("A-2026-002", "Dupont", "10.00", issued=50, linked="F-2026-003")
    company.line("L3", "300.00", "VIR MARTIN F-2026-002", on=45).line("L4", "-200.00", "REJET VIR DUPONT F-2026-001", on=50)
    company.clients.append({"client_id": "Martin", "name": "Martin et Fils"})
    company.save(LATER)
    run_reconcile(store, author=LATER)
    set_setting(store, "doubtful_days", "10", author=LATER)
    set_setting(store, "cash_floor", "5000", author=LATER)
    save_policy(store, policy_text(shipped_policy()).replace("offset = 7", "offset = 9", 1), author=LATER)
    add_note(store, "Martin et Fils", "Rappelé.", author=LATER)
    mark(store, "F-2026-004", "written-off", on=day(60), author=LATER)
    make_plan(store, "Martin et Fils", ["F-2026-090"], [(LATER.today, money("999.00"))], author=LATER)
    made = store.changes().filter(action="set")["change_id"][0]
    undo(store, undo(store, made, author=LATER), author=LATER)


def test_what_was_known_on_a_day_is_byte_for_byte_what_was_said_on_it(books: Company) -> None:
    before = saved(books.store)
    later(books)
    assert saved(books.store) != before
    assert saved(books.store, ME.today) == before
    assert saved(PastStore(books.store, known_on=ME.today)) == before


def test_a_past_store_knows_the_changes_of_then_and_takes_none(books: Company) -> None:
    then = PastStore(books.store, known_on=ME.today)
    known = then.changes()
    later(books)
    assert then.changes().equals(known)
    assert then.changes()["is_live"].all()
    before = books.store.revision
    with pytest.raises(Refused, match="past day"):
        mark(then, "F-2026-003", "disputed", on=day(60), author=LATER)
    with pytest.raises(Refused, match="past day"):
        undo(then, known["change_id"][-1], author=LATER)
    assert books.store.revision == before


def test_forecasts_that_were_kept_later_were_not_known(books: Company) -> None:
    for author in (ME, replace(LATER)):
        run_keep(books.store, forecast(run_ledger(books.store), as_of=author.today, days=30), author=author)
    assert kept_forecasts(books.store)["as_of"].unique().sort().to_list() == [ME.today, LATER.today]
    assert kept_forecasts(PastStore(books.store, known_on=ME.today))["as_of"].unique().to_list() == [ME.today]
