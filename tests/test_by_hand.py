"""What is typed in or taken over: it goes through the same door as files, and says what it makes unreliable."""

from datetime import date
from decimal import Decimal

from imports import author, fresh_store

from pipelines.forecast.history import payment_history
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger
from pipelines.publishing.by_hand import run_takeover, run_typed_invoice
from pipelines.receivables import sales_documents

DAY = date(2026, 6, 30)
AUTHOR = author(DAY)
INVOICE = {"invoice_number": "F-1", "client_name": "Morel", "issue_date": "25/06/2026", "amount_incl_tax": "1 200,50"}


def test_a_typed_invoice_is_stored_once_and_a_wrong_one_is_not() -> None:
    with fresh_store() as store:
        assert run_typed_invoice(store, INVOICE, author=AUTHOR).inserted == 1
        assert run_typed_invoice(store, INVOICE, author=AUTHOR).duplicates == 1
        wrong = run_typed_invoice(store, {**INVOICE, "invoice_number": "F-2", "issue_date": "31/02/2026"}, author=AUTHOR)
        assert wrong.rejected["code"].to_list() == ["impossible_date"]
        documents = sales_documents(run_ledger(store), as_of=DAY)
    assert documents.select("number", "outstanding").rows() == [("F-1", Decimal("1200.50"))]


def test_a_typed_supplier_invoice_is_no_receivable() -> None:
    with fresh_store() as store:
        run_typed_invoice(store, INVOICE, author=AUTHOR, direction="purchase")
        ledger = run_ledger(store)
    assert ledger.documents["direction"].to_list() == ["purchase"]
    assert kpis(ledger, as_of=DAY).receivables == 0


def test_a_take_over_makes_the_receivables_right_and_says_which_figures_are_not() -> None:
    content = b"Client;Solde\nMorel;1000,00\nDurand;0,00\nPetit;-50,00\n"
    with fresh_store() as store:
        report = run_takeover(store, content, "soldes.csv", on=date(2026, 5, 31), author=AUTHOR, are_balances=True)
        run_typed_invoice(store, INVOICE, author=AUTHOR)
        ledger = run_ledger(store)
    figures = kpis(ledger, as_of=DAY)
    assert report.inserted == 2
    assert (figures.gross_outstanding, figures.open_credits) == (Decimal("2200.50"), Decimal("50.00"))
    assert figures.incomplete_before == date(2026, 6, 1)
    assert kpis(ledger, as_of=DAY, start=date(2026, 6, 1)).incomplete_before is None
    assert payment_history(ledger, as_of=DAY, currency="EUR")["issue_date"].to_list() == [date(2026, 6, 25)]


def test_a_refused_take_over_changes_nothing() -> None:
    with fresh_store() as store:
        report = run_takeover(store, b"Client;Ville\nMorel;Lyon\n", "b.csv", on=DAY, author=AUTHOR, are_balances=True)
        assert report.refused is not None
        assert store.revision == 0
