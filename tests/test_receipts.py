"""Receipts that no bank line proves yet: published from a ledger, typed by hand, and what a bank line does to them."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from fec_maker import books, entry, fec, read, received, sale
from hypothesis import HealthCheck, Phase, given, settings
from imports import author, codes, counts, csv, fresh_store, take

from models.errors import Refused
from models.money import ZERO
from models.store import Store
from pipelines.check import run_check
from pipelines.decisions import undo
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger
from pipelines.publishing.receipts import run_receipt
from pipelines.receivables import open_credits, open_items
from pipelines.reconcile.run import run_reconcile

D = date(2026, 12, 31)
BANK = "date;libelle;montant"
THIS_YEAR = [
    sale("VE 1", "20250106", "F-1", "ACME", 100, "AA"),
    received("BQ 2", "20250204", "ACME", "120.00", "AA"),
    sale("VE 3", "20251115", "F-3", "ACME", 200),
    sale("VE 4", "20251201", "F-4", "BELL", 50),
    received("BQ 5", "20251220", "BELL", "12.00"),
]
NEXT_YEAR = [
    entry("AN 1", "20260101", "RAN", "411000 ACME +240.00 AB", "411000 BELL +48.00", "101000 -288.00"),
    received("BQ 2", "20260110", "ACME", "240.00", "AB"),
    sale("VE 3", "20260115", "F-5", "BELL", 10),
]


def money(text: str) -> Decimal:
    return Decimal(text)


def owed(store: Store, on: date = D) -> dict[str, Decimal]:
    """What is outstanding by number, without what is paid."""
    items = open_items(run_ledger(store), as_of=on).filter(pl.col("outstanding") > 0)
    return dict(items.select("number", "outstanding").iter_rows())


def left(store: Store, on: date = D) -> list[tuple[str, Decimal]]:
    """source and remaining of each open credit."""
    return open_credits(run_ledger(store), as_of=on).select("source", "remaining").rows()


def claims(store: Store) -> list[tuple[object, ...]]:
    rows = run_ledger(store).claims
    return rows.select("source", "amount", "date", "rule").sort(pl.all()).rows()


# -- from a ledger -------------------------------------------------------------------------------------------------------


def test_a_ledger_brings_documents_receipts_and_lettering_once() -> None:
    with fresh_store() as store:
        report = take(store, fec(*THIS_YEAR), "123456789FEC20251231.txt")
        assert (report.kind, report.format, report.profile, counts(report)) == ("ledger", "fec", "fec", (5, 0, 0, 0, 0, 0))
        assert owed(store) == {"F-3": money("240.00"), "F-4": money("60.00")}
        assert left(store) == [("declared", money("12.00"))]
        assert claims(store) == [("declared", money("120.00"), date(2025, 2, 4), "lettering")]
        figures = kpis(run_ledger(store), as_of=D, start=date(2025, 1, 1))
        assert (figures.receivables, figures.collected) == (money("288.00"), money("132.00"))
        again = take(store, fec(*THIS_YEAR), "123456789FEC20251231.txt")
        assert (again.change_id, counts(again)) == (None, (0, 0, 5, 0, 0, 0))
        assert run_check(store) == []


def test_a_longer_export_of_the_same_year_adds_what_is_new_and_its_lettering() -> None:
    later = [*THIS_YEAR[:2], sale("VE 3", "20251115", "F-3", "ACME", 200, "AB"), *THIS_YEAR[3:]]
    later.append(received("BQ 6", "20251231", "ACME", "100.00", "AB"))
    with fresh_store() as store:
        take(store, fec(*THIS_YEAR), "early.txt")
        report = take(store, fec(*later), "late.txt")
        assert counts(report) == (1, 0, 5, 0, 0, 0)
        assert owed(store) == {"F-3": money("140.00"), "F-4": money("60.00")}


def test_next_year_s_openings_are_known_and_its_lettering_closes_the_old_invoices() -> None:
    with fresh_store() as store:
        take(store, fec(*THIS_YEAR), "123456789FEC20251231.txt")
        report = take(store, fec(*NEXT_YEAR), "123456789FEC20261231.txt")
        assert counts(report) == (2, 0, 0, 0, 2, 0)
        assert codes(report) == []
        assert owed(store) == {"F-4": money("60.00"), "F-5": money("12.00")}
        assert kpis(run_ledger(store), as_of=D).receivables == money("60.00")
        again = take(store, fec(*NEXT_YEAR), "123456789FEC20261231.txt")
        assert (again.change_id, counts(again)) == (None, (0, 0, 2, 0, 2, 0))
        assert run_check(store) == []


def test_openings_by_invoice_stand_for_the_invoice_of_their_number() -> None:
    opened = entry("AN 1", "20260101", "F-3", "411000 ACME +240.00 AB", "101000 -240.00")
    older = sale("VE 9", "20251010", "F-2", "ACME", 200)
    with fresh_store() as store:
        take(store, fec(older, *THIS_YEAR[2:3]), "123456789FEC20251231.txt")
        take(store, fec(opened, NEXT_YEAR[1]), "123456789FEC20261231.txt")
        assert owed(store) == {"F-2": money("240.00")}


def test_an_opening_balance_that_is_not_what_was_known_is_a_warning_with_the_gap() -> None:
    wrong = entry("AN 1", "20260101", "RAN", "411000 ACME +250.00", "101000 -250.00")
    with fresh_store() as store:
        take(store, fec(*THIS_YEAR), "123456789FEC20251231.txt")
        report = take(store, fec(wrong, *NEXT_YEAR[2:]), "123456789FEC20261231.txt")
        assert report.warnings.select("code", "value").rows() == [("opening_differs", "Societe ACME: 10.00")]


def test_the_year_before_after_the_next_is_refused_and_changes_nothing() -> None:
    with fresh_store() as store:
        take(store, fec(*NEXT_YEAR), "123456789FEC20261231.txt")
        before = owed(store)
        report = take(store, fec(*THIS_YEAR), "123456789FEC20251231.txt")
        assert report.refused is not None
        assert report.refused.code == "ledger_out_of_order"
        assert owed(store) == before == {"RAN 2026-01-01 BELL": money("48.00"), "F-5": money("12.00")}


def test_pieces_that_are_numbered_anew_each_year_are_other_documents() -> None:
    first = [sale("VE 1", "20250106", "1", "ACME", 100), sale("VE 2", "20250107", "2", "ACME", 50)]
    second = [sale("VE 1", "20260106", "1", "ACME", 200, "A"), received("BQ 2", "20260108", "ACME", "240.00", "A")]
    with fresh_store() as store:
        take(store, fec(*first), "123456789FEC20251231.txt")
        assert counts(take(store, fec(*second), "123456789FEC20261231.txt")) == (2, 0, 0, 0, 0, 0)
        assert owed(store) == {"1": money("120.00"), "2": money("60.00")}
        assert counts(take(store, fec(*second), "123456789FEC20261231.txt")) == (0, 0, 2, 0, 0, 0)
        assert counts(take(store, fec(*first), "123456789FEC20251231.txt")) == (0, 0, 2, 0, 0, 0)


def test_nothing_is_given_to_a_document_that_is_in_conflict() -> None:
    changed = [sale("VE 1", "20250109", "F-1", "ACME", 100, "AA"), THIS_YEAR[1]]
    with fresh_store() as store:
        take(store, fec(THIS_YEAR[0]), "early.txt")
        assert counts(take(store, fec(*changed), "late.txt")) == (1, 0, 0, 1, 0, 0)
        assert owed(store) == {"F-1": money("120.00")}
        assert left(store) == [("declared", money("120.00"))]


def test_openings_alone_stand_for_what_is_not_known() -> None:
    with fresh_store() as store:
        report = take(store, fec(*NEXT_YEAR), "123456789FEC20261231.txt")
        assert counts(report) == (4, 0, 0, 0, 0, 0)
        assert owed(store, date(2026, 1, 9)) == {"RAN 2026-01-01 ACME": money("240.00"), "RAN 2026-01-01 BELL": money("48.00")}


def test_a_loss_is_a_write_off_of_its_invoices() -> None:
    lost = entry("OD 6", "20251231", "X", "654000 +200.00", "445710 +40.00", "411000 ACME -240.00 ZZ")
    with fresh_store() as store:
        take(store, fec(sale("VE 3", "20251115", "F-3", "ACME", 200, "ZZ"), lost), "123456789FEC20251231.txt")
        items = open_items(run_ledger(store), as_of=D)
        assert items.select("number", "outstanding", "status").rows() == [("F-3", money("0.00"), "written_off")]
        assert run_ledger(store).receipts.height == 0
        again = take(store, fec(sale("VE 3", "20251115", "F-3", "ACME", 200, "ZZ"), lost), "123456789FEC20251231.txt")
        assert (again.change_id, counts(again)) == (None, (0, 0, 2, 0, 0, 0))


def test_a_payment_that_went_back_counts_against_what_was_collected() -> None:
    back = entry("BQ 6", "20250210", "REJET", "411000 ACME +120.00 AA", "512000 -120.00")
    with fresh_store() as store:
        take(store, fec(*THIS_YEAR[:2], back), "123456789FEC20251231.txt")
        assert owed(store) == {"F-1": money("120.00")}
        assert left(store) == [("declared", money("120.00")), ("declared", money("-120.00"))]
        figures = kpis(run_ledger(store), as_of=D, start=date(2025, 1, 1))
        assert (figures.receivables, figures.collected) == (money("120.00"), money("0.00"))
        assert kpis(run_ledger(store), as_of=date(2025, 2, 9)).receivables == money("0.00")


def test_a_credit_note_is_given_as_it_was_lettered() -> None:
    note = entry("VE 2", "20250110", "A-2", "411000 ACME -120.00 AA", "706000 +100.00", "445710 +20.00")
    with fresh_store() as store:
        take(store, fec(THIS_YEAR[0], note), "123456789FEC20251231.txt")
        assert owed(store) == {}
        assert claims(store) == [("credit_note", money("120.00"), date(2025, 1, 10), "lettering")]


def test_undoing_the_ledger_takes_its_receipts_and_lettering_back() -> None:
    with fresh_store() as store:
        change = take(store, fec(*THIS_YEAR), "123456789FEC20251231.txt").change_id
        assert change is not None
        undo(store, change, author=author())
        ledger = run_ledger(store)
        assert (ledger.documents.height, ledger.receipts.height, ledger.claims.height) == (0, 0, 0)


def test_redoing_an_import_whose_file_came_in_again_brings_no_receipt_twice() -> None:
    with fresh_store() as store:
        change = take(store, fec(*THIS_YEAR), "123456789FEC20251231.txt").change_id
        assert change is not None
        before = owed(store), left(store), claims(store)
        undone = undo(store, change, author=author())
        take(store, fec(*THIS_YEAR), "123456789FEC20251231.txt")
        undo(store, undone, author=author())
        assert (owed(store), left(store), claims(store)) == before
        assert run_check(store) == []


# -- what a bank line does to them ---------------------------------------------------------------------------------------


def paid_in(store: Store, *rows: str) -> None:
    take(store, csv(BANK, *rows), "bank.csv", account="Courant")
    run_reconcile(store, author=author())


def test_a_bank_line_that_pays_the_invoice_takes_the_place_of_the_receipt() -> None:
    with fresh_store() as store:
        take(store, fec(*THIS_YEAR[:2]), "123456789FEC20251231.txt")
        paid_in(store, "05/02/2025;VIR SOCIETE ACME F-1;120,00")
        ledger = run_ledger(store)
        assert owed(store) == {}
        assert left(store) == []
        assert ledger.receipts.select("source", "amount").rows() == [("bank", money("120.00"))]
        assert kpis(ledger, as_of=D, start=date(2025, 1, 1)).collected == money("120.00")


@pytest.mark.parametrize(("day", "is_one"), [("30/12/2025", True), ("31/12/2025", False)])
def test_a_bank_line_within_ten_days_stands_for_a_receipt_that_pays_nothing(day: str, is_one: bool) -> None:
    with fresh_store() as store:
        take(store, fec(*THIS_YEAR[3:]), "123456789FEC20251231.txt")
        paid_in(store, f"{day};VIR SOCIETE BELL;12,00")
        line = run_ledger(store).lines["line_id"][0]
        with store.change("attribute", author()) as change:
            owner = run_ledger(store).clients.filter(pl.col("code") == "BELL")["client_id"]
            said = {"line_id": [line], "client_id": owner, "rule": ["person"], "by_person": [True]}
            change.insert("attribution", pl.DataFrame(said))
        expected = [("bank", money("12.00"))] if is_one else [("bank", money("12.00")), ("declared", money("12.00"))]
        assert sorted(run_ledger(store).receipts.select("source", "amount").rows()) == expected


def test_what_a_receipt_paid_goes_to_the_line_that_stands_for_it() -> None:
    with fresh_store() as store:
        take(store, fec(*THIS_YEAR[:2]), "123456789FEC20251231.txt")
        take(store, csv(BANK, "05/02/2025;REMISE;120,00"), "bank.csv", account="Courant")
        ledger = run_ledger(store)
        with store.change("attribute", author()) as change:
            said = {
                "line_id": ledger.lines["line_id"],
                "client_id": ledger.clients["client_id"],
                "rule": ["p"],
                "by_person": [True],
            }
            change.insert("attribution", pl.DataFrame(said))
        assert owed(store) == {}
        assert left(store) == []
        assert claims(store) == [("declared", money("120.00"), date(2025, 2, 5), "lettering")]
        assert run_ledger(store).receipts.select("source", "amount").rows() == [("bank", money("120.00"))]


def test_a_receipt_takes_the_place_of_the_payment_that_the_invoicing_tool_declares() -> None:
    header = "numero;client;code_client;date_facture;date_echeance;montant_ttc;montant_regle;date_reglement"
    with fresh_store() as store:
        take(store, csv(header, "F-1;Societe ACME;ACME;06/01/2025;05/02/2025;120,00;120,00;03/02/2025"))
        take(store, fec(*THIS_YEAR[:2]), "123456789FEC20251231.txt")
        assert owed(store) == {}
        assert left(store) == []
        assert run_ledger(store).receipts.select("date", "amount").rows() == [(date(2025, 2, 4), money("120.00"))]


# -- typed by hand -------------------------------------------------------------------------------------------------------


def test_a_cheque_typed_by_hand_pays_its_invoice_and_the_rest_is_open_credit() -> None:
    with fresh_store() as store:
        take(store, fec(*THIS_YEAR[3:4]), "123456789FEC20251231.txt")
        change = run_receipt(
            store, "BELL", money("100.00"), date(2025, 12, 24), method="cheque", label="n° 12", invoice="F-4", author=author(D)
        )
        assert owed(store) == {}
        assert left(store) == [("declared", money("40.00"))]
        assert store.facts("receipt").select("method", "label").rows() == [("cheque", "n° 12")]
        assert run_check(store) == []
        undo(store, change, author=author(D))
        assert owed(store) == {"F-4": money("60.00")}


def test_the_same_receipt_typed_twice_is_two_receipts() -> None:
    with fresh_store() as store:
        take(store, fec(*THIS_YEAR[3:4]), "123456789FEC20251231.txt")
        for _ in range(2):
            run_receipt(store, "BELL", money("10.00"), date(2025, 12, 24), author=author(D))
        assert run_check(store) == []
        assert left(store) == [("declared", money("10.00")), ("declared", money("10.00"))]


@pytest.mark.parametrize(
    ("client", "amount", "choices", "code"),
    [
        ("NOBODY", "10.00", {}, "unknown_client"),
        ("BELL", "0.00", {}, "too_little"),
        ("BELL", "-5.00", {}, "too_little"),
        ("BELL", "0.001", {}, "not_in_cents"),
        ("BELL", "10.00", {"method": "barter"}, "unknown_method"),
        ("BELL", "10.00", {"invoice": "F-404"}, "unknown_invoice"),
        ("BELL", "10.00", {"invoice": "F-3"}, "other_client"),
    ],
)
def test_what_cannot_be_a_receipt_is_refused(client: str, amount: str, choices: dict[str, str], code: str) -> None:
    with fresh_store() as store:
        take(store, fec(*THIS_YEAR), "123456789FEC20251231.txt")
        with pytest.raises(Refused) as refusal:
            run_receipt(store, client, money(amount), date(2025, 12, 24), author=author(D), **choices)
        assert refusal.value.code == code
        assert store.facts("receipt").height == 2


def test_matching_leaves_what_a_ledger_says_that_a_credit_note_paid() -> None:
    note = entry("VE 2", "20250110", "A-2", "411000 ACME -60.00 AA", "706000 +50.00", "445710 +10.00")
    with fresh_store() as store:
        take(store, fec(THIS_YEAR[0], note), "123456789FEC20251231.txt")
        paid_in(store, "05/02/2025;VIR SOCIETE ACME F-1;60,00")
        assert owed(store) == {}
        assert left(store) == []
        assert claims(store)[0][:2] == ("bank", money("60.00"))


@settings(max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(books())
def test_the_receivables_are_the_balance_of_the_client_accounts(entries: list[list[str]]) -> None:
    content = fec(*entries)
    parts = read(*entries)
    balance = sum(
        (-a if k == "credit_note" else a for k, a in parts.documents.select("kind", "amount_incl_tax").iter_rows()), ZERO
    )
    balance -= sum(parts.receipts["amount"].to_list(), ZERO)
    with fresh_store() as store:
        take(store, content, "123456789FEC20251231.txt")
        assert kpis(run_ledger(store), as_of=D).receivables == balance
        assert run_check(store) == []
        assert take(store, content, "123456789FEC20251231.txt").change_id is None
