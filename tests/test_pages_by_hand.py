"""What no file says, on screen: invoices and receipts typed in, and another tool taken over."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from screens import AUTHOR, button, healthy, screen, store, words
from streamlit.testing.v1 import AppTest

from models.texts import Texts
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger, run_settings
from pipelines.publishing.corrections import run_drop, run_retry
from pipelines.publishing.publish import run_import
from pipelines.publishing.quarantine import waiting
from pipelines.publishing.receipts import run_receipt
from pipelines.publishing.saved_profiles import run_save_profile
from pipelines.receivables import open_items

pytestmark = pytest.mark.usefixtures("empty_company")
FR = Texts("fr")
DAY = date(2026, 6, 26)
INVOICES = "N° facture;Client;Date;Échéance;Montant TTC\nF-1;Dupré;01/06/2026;30/06/2026;1200,00\n"


def way(code: str) -> AppTest:
    """The screen with that way open."""
    at = screen("imports")
    at.segmented_control(key="imports-way").set_value(code)
    return healthy(at.run())


def field(at: AppTest, kind: str, starts: str) -> Any:
    return next(element for element in getattr(at, kind) if element.key and element.key.startswith(starts))


def typed(at: AppTest, direction: str, amount: str) -> AppTest:
    """Fill in the form of an invoice of Dupré and send it."""
    who = field(at, "selectbox", f"who-{direction}")
    who.options.append("Dupré")  # the test runner sends only what stands in the list, a browser a new name too
    who.set_value("Dupré")
    field(at, "text_input", f"number-{direction}").set_value("F-9")
    field(at, "date_input", f"issued-{direction}").set_value(date(2026, 6, 20))
    field(at, "text_input", f"total-{direction}").set_value(amount)
    return healthy(button(at, f"add-{direction}").click().run())


def test_a_typed_invoice_is_stored_and_can_be_undone() -> None:
    at = typed(way("typed"), "sale", "1 200,50")
    rows = run_ledger(store()).documents.select("number", "client", "amount", "issue_date", "direction").rows()
    assert rows == [("F-9", "Dupré", Decimal("1200.50"), date(2026, 6, 20), "sale")]
    assert FR.t("Invoice {number} added.", number="F-9") in words(at)
    healthy(button(at, "undo-notice-").click().run())
    assert run_ledger(store()).documents.is_empty()


def test_a_supplier_is_chosen_by_what_tells_it_from_another_of_its_name() -> None:
    bills = "N° facture;Fournisseur;Code fournisseur;SIREN;Date;Montant TTC\nA1;Dupré;;732829320;01/06/2026;10,00\n"
    bills += "A2;Dupré;;552100554;01/06/2026;20,00\nA3;Lavoix;L1;;01/06/2026;30,00\n"
    run_import(store(), bills.encode(), "achats.csv", author=AUTHOR, kind="purchases")
    who = field(way("typed"), "selectbox", "who-purchase")
    assert who.options == ["Dupré (552100554)", "Dupré (732829320)", "Lavoix (L1)"]


def test_a_supplier_invoice_is_no_receivable() -> None:
    typed(way("typed"), "purchase", "80")
    ledger = run_ledger(store())
    assert ledger.documents["direction"].to_list() == ["purchase"]
    assert kpis(ledger, as_of=DAY).receivables == 0


def test_a_wrong_amount_is_told_and_nothing_is_stored() -> None:
    at = typed(way("typed"), "sale", "douze")
    assert store().revision == 0
    assert "douze" in at.error[0].value
    assert "amount_incl_tax" not in words(at)


def test_what_is_missing_is_told_by_its_name() -> None:
    at = way("typed")
    healthy(button(at, "add-sale").click().run())
    assert FR.t("Fill in: {names}.", names="Client, N°\u00a0de facture, Montant TTC") in words(at)


def test_a_number_that_another_invoice_has_is_told_and_nothing_is_stored() -> None:
    run_import(store(), INVOICES.replace("F-1", "F-9").encode(), "f.csv", author=AUTHOR)
    revision = store().revision
    at = typed(way("typed"), "sale", "99")
    assert store().revision == revision
    assert FR.t("Another invoice has this number: change the number, or correct that invoice in its own tool.") in words(at)


def test_a_typed_cheque_pays_its_invoice() -> None:
    run_import(store(), INVOICES.encode(), "f.csv", author=AUTHOR)
    at = way("typed")
    client = run_ledger(store()).clients["client_id"][0]
    field(at, "selectbox", "receipt-client").set_value(client)
    healthy(at.run())
    invoice = field(at, "selectbox", "receipt-invoice")
    invoice.set_value(run_ledger(store()).documents["document_id"][0])
    field(at, "text_input", "receipt-amount").set_value("1 000,00")
    healthy(button(at, "add-receipt").click().run())
    assert open_items(run_ledger(store()), as_of=DAY)["outstanding"].to_list() == [Decimal("200.00")]
    healthy(button(at, "undo-notice-").click().run())
    assert open_items(run_ledger(store()), as_of=DAY)["outstanding"].to_list() == [Decimal("1200.00")]


def taken_over(content: str, kind: str) -> AppTest:
    """The step filled in for the end of June 2025, its file dropped."""
    at = way("takeover")
    at.date_input(key="takeover-day").set_value(date(2026, 5, 31))
    at.radio(key="takeover-what").set_value(kind)
    healthy(at.run())
    at.file_uploader[1].set_value([("reprise.csv", content.encode(), "text/csv")])
    return healthy(at.run())


def test_a_take_over_with_balances_says_what_it_makes_unreliable_and_is_undone_as_a_whole() -> None:
    at = taken_over("Client;Solde\nMorel;1000,00\nPetit;-50,00\n", "balances")
    assert store().revision == 0
    assert FR.t("A balance does not say how old it is: due dates are estimated, and so are overdue amounts and ages.") in words(
        at
    )
    assert FR.t("Decimal sign") not in words(at)
    assert ("Soldes d’ouverture" in words(at), "Factures de vente" in words(at)) == (True, False)
    healthy(button(at, "takeover-").click().run())
    assert "2 soldes d’ouverture." in words(at)
    assert kpis(run_ledger(store()), as_of=DAY).receivables == Decimal("950.00")
    assert run_settings(store()).history_from == date(2026, 6, 1)
    healthy(button(at, "undo-notice-").click().run())
    assert run_ledger(store()).documents.is_empty()
    assert run_settings(store()).history_from is None


def test_a_take_over_warns_of_invoices_dated_after_its_day() -> None:
    at = taken_over(INVOICES, "items")
    assert FR.plural("{count} invoice is dated after that day.", "{count} invoices are dated after that day.", 1) in words(at)


def test_a_file_that_is_no_list_of_balances_is_told() -> None:
    at = taken_over("Ville;Pays\nLyon;France\n", "balances")
    assert len(at.error) == 1
    assert store().revision == 0


def test_the_history_tells_what_was_typed_corrected_dropped_and_saved() -> None:
    text = INVOICES + "F-2;Dupré;31/02/2026;30/06/2026;10,00\nF-3;Dupré;31/02/2026;30/06/2026;10,00\n"
    run_import(store(), text.encode(), "f.csv", author=AUTHOR)
    run_receipt(store(), "Dupré", Decimal("1000.50"), date(2026, 6, 20), author=AUTHOR)
    first, second = waiting(store())["row_id"].to_list()
    run_retry(store(), {first: {"Date": "28/02/2026"}}, author=AUTHOR)
    run_drop(store(), [second], author=AUTHOR)
    run_save_profile(store(), "mien", 'title = "Mon outil"\nkind = "invoices"\n[columns]\ninvoice_number = "Ref"\n', AUTHOR)
    at = screen("imports")
    at.segmented_control(key="history-kind").set_value("all")
    rows = healthy(at.run()).dataframe[0].value
    said = list(zip(rows["what"].to_list(), rows["details"].to_list(), strict=True))[::-1]
    assert [what for what, _ in said[1:]] == ["Règlement saisi", "Lignes corrigées", "Lignes abandonnées", "Modèle d’import"]
    assert said[1][1] == "Dupré\u00a0: 1\u202f000,50 reçus le 20/06/2026"
    assert "ajouts\u00a0: 1" in said[2][1]
    assert said[3][1] == "f.csv:4"
    assert said[4][1] == "Mon outil"
