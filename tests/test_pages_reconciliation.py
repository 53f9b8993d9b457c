"""The reconciliation screen: what is accepted, refused, matched by hand and detached there."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import streamlit as st
from screens import AUTHOR, SAMPLE, button, has_button, healthy, screen, select_row, store, words
from small_store import ME, Company
from streamlit.testing.v1 import AppTest

from models.money import ZERO
from models.texts import Texts
from pages._ui.match_bulk import sure_lines
from pages._ui.match_search import read_amount
from pages._ui.matching import marked_label, to_settle
from pipelines.ledger import run_ledger
from pipelines.parties import only_clients
from pipelines.publishing.publish import run_import
from pipelines.receivables import sales_documents
from pipelines.reconcile.decide import allocate_many
from pipelines.reconcile.run import run_matching

FR = Texts("fr")
EMPTY_LINES = pl.DataFrame(schema={"line_id": pl.String, "amount": pl.Decimal(18, 2), "open_amount": pl.Decimal(18, 2)})
DECLARED = """Numéro;Client;Date;Échéance;Montant TTC;Montant réglé;Date de règlement
F-1;Dupré;01/02/2026;01/03/2026;120,00;120,00;11/03/2026
""".encode()


def waiting() -> list[str]:
    kept = store()
    return sorted(run_matching(kept, run_ledger(kept)).suggestions)


def settled_by_people() -> set[str]:
    claims = run_ledger(store()).claims
    return set(claims.filter((pl.col("source") == "bank") & (pl.col("by") != "rule"))["source_id"].to_list())


@pytest.fixture
def small_books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Receipts that the rules leave to a person: a credit note taken off twice, a known client, and an unknown payer."""
    books = Company(tmp_path)
    books.bill("F-1", "Garage Petit", "700.00").note("AV-1", "Garage Petit", "100.00", 2)
    books.bill("F-2", "Serrurerie Blanc", "300.00").note("AV-2", "Serrurerie Blanc", "50.00", 2)
    books.bill("F-3", "Atelier Brun", "240.00").bill("F-4", "Atelier Brun", "360.00", 5)
    books.bill("F-5", "Étoile du Nord", "90.40")
    books.line("petit", "600.00", "VIR GARAGE PETIT SOLDE").line("blanc", "250.00", "VIR SERRURERIE BLANC SOLDE", 11)
    books.line("brun", "500.00", "VIR ATELIER BRUN REGLEMENT", 12).line("nobody", "90.00", "VIR HOLDING DURAND", 13)
    books.save().reconcile()
    books.store.close()
    monkeypatch.setenv("ENCOURS_DB", str(books.path / "books.duckdb"))
    yield
    st.cache_resource.clear()


def owed(number: str) -> Decimal:
    rows = sales_documents(run_ledger(store()), as_of=ME.today).filter(pl.col("number") == number)
    return Decimal(rows["outstanding"].item())


def turn_to(line_id: str) -> AppTest:
    """The small company's screen with that receipt in hand."""
    at = screen("reconciliation", day=ME.today)
    while in_hand(at) != line_id:
        healthy(button(at, "turn-Next").click().run())
    return at


@pytest.mark.usefixtures("small_books")
def test_what_accepting_takes_off_is_said_and_done() -> None:
    at = turn_to("petit")
    assert FR.t("Credit note {number} used for {invoice}", number="AV-1", invoice="F-1") in words(at)
    healthy(button(at, "accept-").click().run())
    assert owed("F-1") == 0


@pytest.mark.usefixtures("small_books")
def test_once_everything_is_settled_the_screen_leads_on_to_the_reminders() -> None:
    at = screen("reconciliation", day=ME.today)
    for _ in range(len(to_settle(at.session_state["encours_session"]))):
        healthy(button(at, "no-client-").click().run())
        healthy(button(at, "class-").click().run())
    assert FR.t("Every receipt is settled.") in words(at)
    assert has_button(at, "settled-reminders")
    assert not has_button(at, "accept-")


@pytest.mark.usefixtures("small_books")
def test_before_the_first_receipt_the_screen_asks_for_a_statement() -> None:
    at = screen("reconciliation", day=date(2026, 3, 3))
    assert has_button(at, "settled-import")


@pytest.fixture
def long_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forty receipts of which nobody knows what they pay."""
    books = Company(tmp_path).bill("F-1", "Garage Petit", "700.00")
    for n in range(40):
        books.line(f"l{n:02}", f"{n + 10}.00", f"VIR INCONNU {n}", n)
    books.save().reconcile()
    books.store.close()
    monkeypatch.setenv("ENCOURS_DB", str(books.path / "books.duckdb"))
    yield
    st.cache_resource.clear()


@pytest.mark.usefixtures("long_list")
def test_a_long_list_shows_the_receipts_around_the_one_in_hand() -> None:
    at = screen("reconciliation", day=ME.today)
    shown = at.dataframe[0].value
    assert shown.shape[0] == 15
    for _ in range(15):
        healthy(button(at, "turn-Next").click().run())
    assert in_hand(at) == "l15"
    assert str(pl.DataFrame(at.dataframe[0].value)["label"][0]) == "VIR INCONNU 15"


@pytest.mark.usefixtures("small_books")
def test_several_are_accepted_at_once_as_one_change_that_is_undone_at_once() -> None:
    at = screen("reconciliation", day=ME.today)
    healthy(button(at, "bulk-open").click().run())
    healthy(at.segmented_control("bulk-level").set_value(0.8).run())
    assert FR.plural("{count} receipt, {amount}", "{count} receipts, {amount}", 2, amount=FR.money(Decimal("850.00"))) in words(
        at
    )
    assert FR.t("{amount} of credit notes used", amount=FR.money(Decimal("150.00"))) in words(at)
    (listed,) = (pl.DataFrame(table.value) for table in at.dataframe if "invoices" in table.value)
    assert [(str(client), str(invoices)) for client, invoices in listed.select("client", "invoices").rows()] == [
        ("Garage Petit", "F-1"),
        ("Serrurerie Blanc", "F-2"),
    ]
    healthy(button(at, "bulk-accept-").click().run())
    assert (owed("F-1"), owed("F-2")) == (ZERO, ZERO)
    assert store().changes()["action"].to_list().count("accept") == 1
    healthy(button(at, "undo-notice-").click().run())
    assert (owed("F-1"), owed("F-2")) == (Decimal("700.00"), Decimal("300.00"))


@pytest.mark.usefixtures("small_books")
def test_a_known_clients_receipt_pays_its_oldest_invoices_with_one_key() -> None:
    at = turn_to("brun")
    healthy(button(at, "oldest-").click().run())
    assert (owed("F-3"), owed("F-4")) == (ZERO, Decimal("100.00"))


@pytest.mark.usefixtures("small_books")
def test_a_known_clients_receipt_is_kept_as_its_credit_and_waits_no_more() -> None:
    at = turn_to("brun")
    healthy(button(at, "keep-").click().run())
    assert (owed("F-3"), owed("F-4")) == (Decimal("240.00"), Decimal("360.00"))
    assert "brun" not in [line["id"] for line in to_settle(at.session_state["encours_session"])]


@pytest.mark.usefixtures("small_books")
def test_the_cents_that_are_missing_are_written_off_with_one_click() -> None:
    at = turn_to("nobody")
    healthy(button(at, "by-hand-").click().run())
    healthy(at.text_input("search-nobody").set_value("90,40").run())
    healthy(next(box for box in at.checkbox if box.label.endswith("5")).check().run())
    healthy(button(at, "write-off-rounding-").click().run())
    assert owed("F-5") == 0
    reasons = run_ledger(store()).claims.filter(pl.col("source") == "write_off").select("amount", "reason").rows()
    assert reasons == [(Decimal("0.40"), "rounding")]


def in_hand(at: AppTest) -> str:
    """The id of the receipt in hand."""
    return str(button(at, "by-hand-").key.split("-")[2])


@pytest.mark.usefixtures("empty_company")
def test_an_empty_database_is_offered_an_import_and_the_sample() -> None:
    at = screen("reconciliation")
    assert has_button(at, "empty-import")
    assert has_button(at, "empty-sample")
    assert len([element for element in at.button if element.proto.type == "primary"]) == 1


@pytest.mark.usefixtures("sample_company")
def test_accepting_a_suggestion_makes_it_a_persons_match_and_undo_brings_it_back() -> None:
    at = screen("reconciliation")
    before, settled = waiting(), settled_by_people()
    accept = button(at, "accept-")
    line_id = accept.key.split("-")[1]
    healthy(accept.click().run())
    assert line_id not in waiting()
    assert settled_by_people() == settled | {line_id}
    assert in_hand(at) != line_id
    healthy(button(at, "undo-notice-").click().run())
    assert waiting() == before
    assert settled_by_people() == settled
    assert in_hand(at) == line_id


@pytest.mark.usefixtures("sample_company")
def test_refusing_a_suggestion_takes_it_off_and_leads_on() -> None:
    at = screen("reconciliation")
    refuse = button(at, "refuse-")
    line_id = refuse.key.split("-")[1]
    healthy(refuse.click().run())
    assert line_id not in waiting()
    assert FR.t("Undo") in [element.label for element in at.button]
    assert in_hand(at) != line_id


@pytest.mark.usefixtures("sample_company")
def test_the_next_and_the_previous_receipt_are_one_key_away() -> None:
    at = screen("reconciliation")
    first = in_hand(at)
    assert button(at, "turn-Previous").disabled
    healthy(button(at, "turn-Next").click().run())
    assert in_hand(at) != first
    healthy(button(at, "turn-Previous").click().run())
    assert in_hand(at) == first


@pytest.mark.usefixtures("sample_company")
def test_another_candidate_is_chosen_before_it_is_accepted() -> None:
    at = screen("reconciliation")
    kept = store()
    ways = run_matching(kept, run_ledger(kept)).suggestions
    while not has_button(at, "choose-"):
        healthy(button(at, "turn-Next").click().run())
    choose = button(at, "choose-")
    _, line_id, number = choose.key.split("-")[:3]
    healthy(choose.click().run())
    assert button(at, "accept-").key.startswith(f"accept-{line_id}-{number}-")
    healthy(button(at, "accept-").click().run())
    claims = run_ledger(store()).claims.filter(pl.col("source_id") == line_id)
    wanted = ways[line_id][int(number) - 1].parts
    assert sorted(claims.select("document_id", "amount").iter_rows()) == sorted(wanted)


@pytest.mark.usefixtures("sample_company")
def test_every_way_to_decide_has_its_own_key() -> None:
    at = screen("reconciliation")
    keys = [element.proto.shortcut for element in at.button if element.proto.shortcut]
    assert {"a", "x", "m", "h", "n", "p"} <= {key.lower() for key in keys}
    assert len(set(keys)) == len(keys)


@pytest.mark.usefixtures("sample_company")
def test_a_receipt_is_matched_by_hand_with_the_invoices_that_are_ticked() -> None:
    at = screen("reconciliation")
    line_id = in_hand(at)
    healthy(button(at, "by-hand-").click().run())
    assert not [element for element in at.button if element.proto.shortcut == "a"], "letters are typed now"
    line = run_ledger(store()).lines.row(by_predicate=pl.col("line_id") == line_id, named=True)
    box = next(element for element in at.checkbox if (element.key or "").startswith(f"tick-{line_id}-"))
    document_id = str(box.key).split("-")[2]
    healthy(box.check().run())
    healthy(button(at, "allocate-").click().run())
    claims = run_ledger(store()).claims.filter(pl.col("source_id") == line_id)
    assert claims.select("document_id", "amount", "rule").rows() == [(document_id, line["amount"], "person")]
    assert line_id not in waiting()


def test_a_box_that_a_busy_browser_tells_twice_stays_ticked() -> None:
    def twice() -> None:
        import streamlit as st

        from pages._ui.match_list import tick, ticked

        for is_wanted in (True, True, False, False, True, True):
            tick("F1", is_wanted=is_wanted)
        tick("F2", is_wanted=False)
        st.write(*ticked())

    at = AppTest.from_function(twice).run()
    assert [element.value for element in at.markdown] == ["F1"]


@pytest.mark.usefixtures("sample_company")
def test_what_no_client_paid_is_set_aside_and_can_be_taken_back() -> None:
    at = screen("reconciliation")
    line_id = in_hand(at)
    healthy(button(at, "no-client-").click().run())
    healthy(button(at, f"class-{line_id}-subsidy").click().run())
    assert run_ledger(store()).line_classes.rows() == [(line_id, "subsidy")]
    assert line_id not in waiting()
    healthy(button(at, "undo-notice-").click().run())
    assert line_id in waiting()
    assert in_hand(at) == line_id


@pytest.mark.usefixtures("sample_company")
def test_a_remembered_label_becomes_a_rule_that_can_be_taken_away() -> None:
    at = screen("reconciliation")
    line_id = in_hand(at)
    healthy(button(at, "no-client-").click().run())
    if not at.checkbox(f"remember-{line_id}").value:
        healthy(at.checkbox(f"remember-{line_id}").check().run())
    healthy(at.text_input(f"words-{line_id}").set_value("Remise chèque").run())
    healthy(button(at, f"class-{line_id}-loan").click().run())
    assert run_ledger(store()).label_rules["words"].to_list() == ["remise cheque"]
    at.session_state["view"] = "aside"
    healthy(at.run())
    healthy(select_row(at, "label-rules", lambda _rules: 0))
    healthy(button(at, "rule-end-").click().run())
    assert run_ledger(store()).label_rules.is_empty()


@pytest.mark.usefixtures("sample_company")
def test_a_second_click_on_an_accepted_suggestion_does_nothing() -> None:
    first, second = screen("reconciliation"), screen("reconciliation")
    healthy(button(first, "accept-").click().run())
    revision = store().revision
    healthy(button(second, "accept-").click().run())
    assert store().revision == revision
    assert FR.t("The facts have changed since this page was shown: it is up to date again. Check before you decide.") in words(
        second
    )


@pytest.mark.usefixtures("sample_company")
def test_the_progress_is_told_in_words() -> None:
    at = screen("reconciliation", language="en")
    told = [element.proto.text for element in at.get("progress")]
    assert len(told) == 1
    assert re.search(r"^4\d\d of 4\d\d receipts settled, 99&#46;\d% of the amount", told[0])


@pytest.mark.usefixtures("sample_company")
def test_a_rerun_on_the_same_facts_searches_nothing_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    at = screen("reconciliation")
    asked: list[str] = []
    for name in ("run_matching", "only_unmatched", "movements"):
        monkeypatch.setattr(f"pages._ui.matching.{name}", lambda *_, name=name: asked.append(name))
    monkeypatch.setattr("pages._ui.matching.receipts", lambda _session: EMPTY_LINES)
    monkeypatch.setattr("pages.reconciliation.has_others", lambda _session: False)
    healthy(button(at, "turn-Next").click().run())
    assert asked == []


@pytest.mark.usefixtures("sample_company")
def test_no_id_of_ours_is_shown() -> None:
    at = screen("reconciliation")
    ids = run_ledger(store()).lines["line_id"].to_list()
    shown = words(at) + " ".join(str(column) for table in at.dataframe for column in table.value.columns)
    assert not [i for i in ids if i in shown]


def test_the_words_found_stand_in_bold_and_the_label_stays_literal() -> None:
    marked = marked_label("VIR ![](http://x) FACT-2025.012 DUPRÉ", "fact 2025 012, dupre")
    assert marked.endswith(" :blue-background[**FACT-2025&#46;012 DUPRÉ**]")
    assert "![" not in marked
    assert "http&#58;" in marked


def test_a_label_without_evidence_is_shown_as_it_is() -> None:
    assert marked_label("REMISE CHEQUE 12", "") == "REMISE CHEQUE 12"


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1 234,56 €", Decimal("1234.56")),
        ("1234.5", Decimal("1234.5")),
        ("1,2,3", None),
        ("", None),
        ("1,234", None),
        ("1,200", None),  # 1.20 or 1,200
        ("1,200.50", Decimal("1200.50")),
        ("-3", None),
    ],
)
def test_amounts_are_read_as_people_type_them(typed: str, amount: Decimal | None) -> None:
    assert read_amount(typed) == amount


@pytest.mark.usefixtures("sample_company")
def test_a_match_of_the_rules_is_confirmed_and_becomes_a_persons() -> None:
    at = screen("reconciliation")
    at.session_state["view"] = "done"
    at.session_state["matched-by"] = "rule"
    healthy(at.run())
    before = settled_by_people()
    (table,) = (pl.DataFrame(one.value) for one in at.dataframe if one.key and one.key.startswith("matched-rule"))
    assert table["sureness"].is_between(0.9, 1).all()  # the rules that act alone are sure
    healthy(select_row(at, "matched-rule", lambda _rows: 0))
    healthy(button(at, "confirm-").click().run())
    assert len(settled_by_people()) == len(before) + 1
    healthy(button(at, "undo-notice-").click().run())
    assert settled_by_people() == before


@pytest.mark.usefixtures("sample_company")
def test_a_detached_match_opens_its_invoice_and_undo_closes_it_again() -> None:
    at = screen("reconciliation")
    claims = run_ledger(store()).claims
    at.session_state["view"] = "done"
    healthy(at.run())
    healthy(select_row(at, "matched-all", lambda _rows: 0))
    healthy(button(at, "detach-").click().run())
    assert run_ledger(store()).claims.height < claims.height
    healthy(button(at, "undo-notice-").click().run())
    left = run_ledger(store()).claims
    assert left.select("claim_id").sort("claim_id").equals(claims.select("claim_id").sort("claim_id"))


@pytest.mark.usefixtures("sample_company")
def test_what_a_match_taught_is_listed_and_can_be_forgotten() -> None:
    ledger = run_ledger(store())
    line_id = ledger.lines.filter(pl.col("amount") > 0)["line_id"][0]
    taught = {
        "alias_id": "a",
        "kind": "name",
        "value": "holding durand",
        "client_id": only_clients(ledger.clients, ledger.documents)["client_id"][0],
    }
    said = {"line_id": line_id, "client_id": taught["client_id"], "rule": "person", "by_person": True}
    with store().writing(), store().change("attribute", AUTHOR) as change:
        change.insert("alias", pl.DataFrame([{**taught, "line_id": line_id, "by_person": True}]))
        change.insert("attribution", pl.DataFrame([said]))
    at = screen("reconciliation")
    at.session_state["view"] = "learned"
    healthy(at.run())
    rows = pl.DataFrame(next(table.value for table in at.dataframe if (table.key or "").startswith("learned")))
    assert rows["trust"].to_list()[-1:] == ["1 fois"]
    known = run_ledger(store()).aliases.height
    healthy(select_row(at, "learned", lambda _rows: 0))
    healthy(button(at, "forget-").click().run())
    assert run_ledger(store()).aliases.height == known - 1


@pytest.mark.usefixtures("sample_company")
def test_each_rule_is_shown_with_its_cases_and_what_it_does() -> None:
    at = screen("reconciliation", language="en")
    at.session_state["view"] = "rules"
    healthy(at.run())
    rows = pl.DataFrame(next(table.value for table in at.dataframe if (table.key or "").startswith("trust")))
    by_rule = {row["rule"]: row for row in rows.iter_rows(named=True)}
    assert by_rule["Number in the label"]["does"] == "Acts alone"
    assert by_rule["The amount alone"]["does"] == "Only proposes"
    assert by_rule["The amount alone"]["cases"] == by_rule["The amount alone"]["right"] + by_rule["The amount alone"]["wrong"]
    assert by_rule["The amount alone"]["cases"] > 0
    healthy(select_row(at, "trust", lambda shown: shown["rule"].to_list().index("Number in the label")))
    assert "Where this rule was wrong" in words(at)


@pytest.mark.usefixtures("empty_company")
def test_a_stated_payment_without_a_bank_line_is_listed() -> None:
    kept = store()
    run_import(kept, DECLARED, "factures.csv", author=AUTHOR)
    run_import(kept, (SAMPLE / "banque_livret.csv").read_bytes(), "banque_livret.csv", author=AUTHOR)
    at = screen("reconciliation")
    at.session_state["view"] = "declared"
    healthy(at.run())
    rows = pl.DataFrame(at.dataframe[0].value)
    assert rows.select("invoice_number", "amount", "days").rows() == [("F-1", Decimal("120.00"), 107)]


def sure(confidence: float, *numbers: str, others: float | None = None) -> dict[str, Any]:
    """A receipt with a candidate of that confidence for these invoices, and another one if wanted."""
    more = [] if others is None else [{"n": 2, "confidence": others, "invoice_numbers": ["F-9"]}]
    return {"candidates": [{"n": 1, "confidence": confidence, "invoice_numbers": list(numbers)}, *more]}


def test_several_at_once_takes_sure_first_candidates_and_each_invoice_once() -> None:
    lines = [sure(0.95, "F-1"), sure(0.9, "F-1"), sure(0.9, "F-2", "F-3"), sure(0.8, "F-4", others=0.8), {"candidates": []}]
    assert sure_lines(lines, 0.95) == [lines[0]]
    assert sure_lines(lines, 0.8) == [lines[0], lines[2]]
    assert sure_lines([sure(0.9, "F-1", others=0.5)], 0.9)
    assert not sure_lines([sure(0.85, "F-1")], 0.9)


def test_several_at_once_leaves_an_invoice_that_two_receipts_want_as_surely_to_a_person() -> None:
    lines = [sure(0.85, "F-1"), sure(0.85, "F-1"), sure(0.85, "F-2", "F-3"), sure(0.8, "F-3"), sure(0.8, "F-4")]
    assert sure_lines(lines, 0.8) == [lines[2], lines[4]]


@pytest.fixture
def returned_books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A cheque and two direct debits of one amount that came back, nobody says which."""
    books = Company(tmp_path).bill("F-1", "Garage Petit", "700.00").bill("F-2", "Serrurerie Blanc", "700.00")
    books.line("L1", "1400.00", "REMISE PRLV F-1 F-2").line("D1", "-712.00", "PRLV IMPAYE", 15).line("D2", "-9.00", "REJET", 16)
    books.save().reconcile()
    allocate_many(books.store, [("L1", "F-1", Decimal("700.00")), ("L1", "F-2", Decimal("700.00"))], author=ME)
    books.store.close()
    monkeypatch.setenv("ENCOURS_DB", str(books.path / "books.duckdb"))
    yield
    st.cache_resource.clear()


@pytest.mark.usefixtures("returned_books")
def test_returns_are_turned_like_receipts_and_one_that_is_undone_is_in_hand_again() -> None:
    at = screen("reconciliation", day=ME.today)
    healthy(button(at, "returns-open").click().run())
    healthy(button(at, "turn-Next-").click().run())
    assert has_button(at, "return-fee-D2-")
    assert button(at, "turn-Next-").disabled
    healthy(button(at, "return-fee-D2-").click().run())
    assert has_button(at, "return-fee-D1-")
    healthy(button(at, "undo-notice-").click().run())
    assert has_button(at, "return-fee-D2-")
    healthy(button(at, "turn-Previous-").click().run())
    assert has_button(at, "return-fee-D1-")


@pytest.mark.usefixtures("returned_books")
def test_a_return_is_explained_on_a_place_of_its_own_and_undone() -> None:
    at = screen("reconciliation", day=ME.today)
    healthy(button(at, "returns-open").click().run())
    assert FR.t("with {amount} of bank fee", amount=FR.money(Decimal("12.00"))) in words(at)
    healthy(button(at, "return-D1-1-").click().run())
    assert {owed("F-1"), owed("F-2")} == {ZERO, Decimal("700.00")}
    healthy(button(at, "return-fee-D2-").click().run())
    assert FR.t("Every returned payment is explained.") in words(at)
    healthy(button(at, "undo-notice-").click().run())
    assert has_button(at, "return-fee-D2-")


def test_the_page_of_a_long_list_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    def page() -> None:
        from pages._ui.match_list import _turn_pages

        _turn_pages(["first", "second"], 1)

    at = AppTest.from_function(page).run()
    assert not at.exception
    assert "Session State" not in caplog.text + " ".join(warning.value for warning in at.warning)
