"""Closed periods: what closes and opens them, what comes afterwards, and what a person must say to decide in them."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from small_store import ME, Company, day, money

from models.errors import Refused
from models.money import total
from models.store import Author
from models.texts import Texts
from pipelines.arrivals import Arrivals, run_arrivals
from pipelines.decisions import undo
from pipelines.exports.period_tables import closing_sentence, with_arrival_words
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger
from pipelines.locks import close_period, closing_of, closings, open_period
from pipelines.marks import mark
from pipelines.provisions.deciding import decide_doubt, set_provision
from pipelines.publishing.publish import run_import
from pipelines.reconcile.money_back import refund
from pipelines.reconcile.run import run_reconcile

MARCH = date(2026, 3, 31)
BEA = Author("Bea", date(2026, 6, 15), datetime(2026, 6, 15, 9))


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """Two invoices and a payment of March, then the closing of March."""
    books = Company(tmp_path).bill("F-2026-001", "Dupont", "100.00").bill("F-2026-002", "Dupont", "250.00", issued=3)
    books.line("L1", "100.00", "VIR DUPONT F-2026-001", on=12).save()
    books.reconcile()
    close_period(books.store, MARCH, author=ME, note=" Envoyé au cabinet ")
    return books


def arrived(books: Company, closed: int = 0) -> Arrivals:
    ledger = run_ledger(books.store)
    return run_arrivals(books.store, ledger, closings(ledger)[closed])


def told(found: Arrivals) -> list[tuple[object, ...]]:
    return found.rows.select("what", "is_gone", "date", "number", "effect", "by", "action").rows()


def test_nothing_has_arrived_right_after_the_closing(company: Company) -> None:
    found = arrived(company)
    assert (found.closing.locked_to, found.closing.by, found.closing.note) == (MARCH, "Ana", "Envoyé au cabinet")
    assert (found.then, found.effect, found.rows.height) == (money("250.00"), money("0.00"), 0)


def test_what_is_imported_later_on_the_same_day_for_a_closed_day_is_listed_and_what_is_after_it_is_not(company: Company) -> None:
    company.bill("F-2026-003", "Martin", "80.00", issued=5).bill("F-2026-004", "Martin", "1.00", issued=60)
    company.note("A-2026-001", "Dupont", "20.00", issued=20, linked="F-2026-002").save()
    found = arrived(company)
    assert told(found) == [
        ("invoiced", False, day(5), "F-2026-003", money("80.00"), "Ana", "import"),
        ("allocation", False, day(20), "F-2026-002", money("0.00"), "Ana", "import"),
        ("credit_notes", False, day(20), "A-2026-001", money("-20.00"), "Ana", "import"),
    ]
    assert (found.then, found.now, found.effect) == (money("250.00"), money("310.00"), money("60.00"))


def test_a_payment_found_later_a_mark_a_write_off_and_an_undoing_are_told_with_who_did_them(company: Company) -> None:
    company.line("L2", "240.00", "VIR DUPONT F-2026-002", on=25).save(BEA)
    run_reconcile(company.store, author=BEA)
    mark(company.store, "F-2026-002", "doubtful", on=day(20), author=BEA, in_closed_period=True)
    owed = run_ledger(company.store).documents.filter(number="F-2026-002")["document_id"].item()
    set_provision(company.store, owed, money("0.5"), on=day(21), author=BEA, in_closed_period=True)
    mark(company.store, "F-2026-002", "written-off", on=day(28), reason="bank_fee", author=BEA, in_closed_period=True)
    found = {row[0]: row[1:] for row in told(arrived(company))}
    assert found["collected"] == (False, day(25), None, money("-240.00"), "Bea", "import")
    assert found["allocation"] == (False, day(25), "F-2026-002", money("0.00"), "Bea", "reconcile")
    assert found["bank_fee"] == (False, day(28), "F-2026-002", money("-10.00"), "Bea", "mark")
    assert found["provision"] == (False, day(21), "F-2026-002", money("0.00"), "Bea", "provision")
    assert found["mark"] == (False, day(20), "F-2026-002", money("0.00"), "Bea", "mark")
    assert arrived(company).effect == money("-250.00")
    assert set(arrived(company).rows["client"]) == {"Dupont"}
    assert set(arrived(company).rows["detail"].drop_nulls()) == {"doubtful", "50.00 %"}
    for language, rate in (("fr", "Taux de dépréciation\u00a0: 50,00\u00a0%"), ("en", "Provision rate: 50.00%")):
        assert rate in with_arrival_words(arrived(company).rows, Texts(language))["what_text"].to_list()


def test_what_is_dated_after_the_closed_days_or_changes_no_figure_is_not_told(company: Company) -> None:
    company.line("R1", "-100.00", "REJET VIR DUPONT", on=60).save(BEA)
    refund(company.store, "R1", "L1", author=BEA)  # it paid its invoice until then
    mark(company.store, "F-2026-002", "disputed", on=MARCH + timedelta(days=1), author=BEA)
    mark(company.store, "Dupont", "paused", on=day(20), author=BEA, in_closed_period=True)
    mark(company.store, "F-2026-002", "interrupted", on=day(20), value="court", author=BEA, in_closed_period=True)
    assert told(arrived(company)) == []


def test_an_import_that_is_taken_back_after_the_closing_is_told_as_gone(company: Company) -> None:
    imported = company.store.changes().filter(action="import")["change_id"][1]
    undo(company.store, imported, author=BEA)
    found = arrived(company)
    assert {(what, is_gone, by, action) for what, is_gone, _, _, _, by, action in told(found)} >= {
        ("invoiced", True, "Bea", "undo"),
        ("collected", True, "Bea", "undo"),
    }
    assert (found.then, found.now) == (money("250.00"), money("0.00"))
    assert total(found.rows["effect"]) == found.effect


def test_another_due_date_of_a_closed_invoice_is_told(company: Company) -> None:
    company.bill("F-2026-002", "Dupont", "250.00", issued=3, due_date=day(90)).save(BEA)
    (row,) = arrived(company).rows.to_dicts()
    assert (row["what"], row["number"], row["detail"], row["effect"]) == ("due_date", "F-2026-002", "2026-05-31", money("0.00"))


def test_a_day_belongs_to_the_closing_that_closed_it_first_until_all_is_opened_again(company: Company) -> None:
    close_period(company.store, date(2026, 4, 30), author=BEA)
    company.bill("F-2026-005", "Martin", "40.00", issued=2).save(BEA)
    ledger = run_ledger(company.store)
    firsts = [found and found.locked_to for found in (closing_of(ledger, d) for d in (MARCH, date(2026, 4, 1), date(2026, 5, 1)))]
    assert firsts == [MARCH, date(2026, 4, 30), None]
    assert (arrived(company).effect, arrived(company, 1).effect) == (money("40.00"), money("40.00"))
    opened = open_period(company.store, author=BEA)
    assert closings(run_ledger(company.store)) == []
    undo(company.store, opened, author=BEA)
    assert len(closings(run_ledger(company.store))) == 2


def test_a_closing_that_is_not_one_is_refused(company: Company) -> None:
    for until, code in ((MARCH, "closed_already"), (ME.today, "not_over")):
        with pytest.raises(Refused) as refused:
            close_period(company.store, until, author=ME)
        assert refused.value.code == code
    open_period(company.store, author=ME)
    with pytest.raises(Refused) as refused:
        open_period(company.store, author=ME)
    assert refused.value.code == "nothing_closed"


def test_a_decision_dated_in_a_closed_period_must_be_meant(company: Company) -> None:
    before = company.store.revision
    for what in ("disputed", "written-off", "doubtful"):
        with pytest.raises(Refused) as refused:
            mark(company.store, "F-2026-002", what, on=MARCH, author=BEA)
        assert refused.value.code == "in_closed_period"
    with pytest.raises(Refused, match="closed period"):
        decide_doubt(company.store, ["F-2026-002"], is_doubtful=True, on=MARCH, author=BEA)
    with pytest.raises(Refused, match="closed period"):
        set_provision(company.store, "F-2026-002", money("0.5"), on=MARCH, author=BEA)
    assert company.store.revision == before
    mark(company.store, "F-2026-002", "disputed", on=MARCH + timedelta(days=1), author=BEA)
    mark(company.store, "F-2026-002", "doubtful", on=MARCH, author=BEA, in_closed_period=True)


def test_the_arrivals_sum_to_what_they_change_when_much_comes_and_goes(company: Company) -> None:
    said = kpis(run_ledger(company.store), as_of=MARCH).receivables
    company.bill("F-2026-101", "Martin", "33.33", issued=9).bill("F-2026-102", "Dupont", "7.00", issued=40).save(BEA)
    company.note("A-2026-101", "Dupont", "90.00", issued=11, linked="F-2026-002").save(BEA)
    company.line("L2", "200.00", "VIR DUPONT F-2026-002", on=13).line("L3", "-100.00", "REJET VIR DUPONT", on=14).save(BEA)
    run_reconcile(company.store, author=BEA)
    last = company.store.changes().filter(action="import")["change_id"][-1]
    undo(company.store, undo(company.store, last, author=BEA), author=BEA)
    undo(company.store, company.store.changes().filter(action="import")["change_id"][-2], author=BEA)
    found = arrived(company)
    assert (found.then, found.now) == (said, kpis(run_ledger(company.store), as_of=MARCH).receivables)
    assert total(found.rows["effect"]) == found.effect != 0
    assert found.rows["by"].null_count() == 0


def test_what_came_in_another_currency_and_bank_lines_to_match_are_told_beside_the_receivables(company: Company) -> None:
    company.bill("F-2026-009", "Dupont", "500.00", issued=20, currency="USD").line("L7", "42.00", "VIR INCONNU", on=25)
    company.line("L8", "43.00", "VIR INCONNU", on=60).save(BEA)
    found = arrived(company)
    assert (found.rows.height, found.effect, found.waiting) == (0, money("0.00"), 1)
    assert {name: (other.count, other.effect) for name, other in found.others.items()} == {"USD": (1, money("500.00"))}
    said = closing_sentence(found, Texts("en"), "EUR")
    assert "Nothing has come" not in said
    assert "In USD: 1 thing came for it since (+US$500.00 of receivables)." in said
    assert "1 bank line of that period came since and waits to be matched." in said
    in_dollars = run_arrivals(company.store, run_ledger(company.store), found.closing, currency="USD")
    assert (told(in_dollars)[0][3:5], in_dollars.others) == (("F-2026-009", money("500.00")), {})


def test_exchange_rates_that_come_later_for_a_closed_day_are_listed_where_a_document_needs_them(company: Company) -> None:
    company.bill("F-2026-009", "Martin", "9.00", issued=60, currency="USD").save()
    head = "Date,USD,GBP,\n2026-03-27,1.10,0.9\n2026-03-30,1.0850,0.9\n"
    change = run_import(company.store, head.encode(), "rates.csv", author=BEA).change_id
    run_import(company.store, f"{head}2026-04-02,1.20,0.8\n".encode(), "later.csv", author=ME)
    rates = arrived(company).rows.filter(what="rate")
    assert rates.select("date", "detail", "is_gone", "effect", "by", "change_id").rows() == [
        (date(2026, 3, 30), "USD 1.085", False, money("0.00"), "Bea", change)
    ]
    assert with_arrival_words(rates, Texts("fr"))["what_text"].to_list() == ["Cours de change\u00a0: USD 1,0850"]
    close_period(company.store, date(2026, 4, 1), author=BEA)
    assert arrived(company, closed=1).rows.filter(what="rate").is_empty()
    undone = undo(company.store, change or 0, author=BEA)
    gone = arrived(company, closed=1).rows.filter(what="rate")
    assert gone.select("date", "detail", "is_gone", "change_id").rows() == [(date(2026, 3, 30), "USD 1.085", True, undone)]
