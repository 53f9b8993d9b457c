"""A loss in a closed period: what comes for it after the closing, told as what it is, and what taking it back must say."""

from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from small_store import Company, day, money
from typer.testing import CliRunner, Result

from cli import app
from models.errors import Refused
from models.money import total
from models.store import Author
from models.texts import Texts
from pipelines import arrivals
from pipelines.arrivals import Arrivals, run_arrivals
from pipelines.decisions import set_setting, undo
from pipelines.exports.period_tables import with_arrival_words
from pipelines.kpis import kpis
from pipelines.ledger import Ledger, run_ledger
from pipelines.locks import close_period, closings
from pipelines.marks import mark
from pipelines.papers.vat_on_receipts import vat_rows
from pipelines.provisions.closings import provision_changes
from pipelines.provisions.deciding import decide_doubt
from pipelines.provisions.doubt import decisions
from pipelines.provisions.proposals import doubts
from pipelines.provisions.vat_recovery import lost_vat
from pipelines.reconcile.decide import allocate
from pipelines.reconcile.money_back import refund
from pipelines.rollforward import movements

ME = Author("Ana", date(2027, 1, 1), datetime(2027, 1, 1, 9))  # UTC without zone, as stored
BEA = Author("Bea", date(2027, 1, 2), datetime(2027, 1, 2, 9))
LOST, CLOSED, LATER = 100, 130, 160


@pytest.fixture
def lost(tmp_path: Path) -> Company:
    """1200 invoiced, 200 paid, the rest lost and its period closed since; money of before the loss, of the period, of later."""
    company = Company(tmp_path).bill("F1", "Martin", "1200.00")
    company.line("L1", "200.00", "VIR MARTIN", on=50).line("L0", "100.00", "VIR MARTIN", on=60)
    company.line("L2", "250.00", "VIR MARTIN", on=120).line("L3", "300.00", "VIR MARTIN", on=LATER).save(ME)
    allocate(company.store, "L1", "F1", money("200.00"), author=ME)
    mark(company.store, "F1", "written-off", on=day(LOST), author=ME)
    close_period(company.store, day(CLOSED), author=ME)
    return company


def arrived(books: Company, on: int = CLOSED) -> Arrivals:
    ledger = run_ledger(books.store)
    return run_arrivals(books.store, ledger, closings(ledger)[-1], as_of=day(on))


def told(found: Arrivals) -> list[tuple[object, ...]]:
    columns = "what", "is_gone", "date", "number", "effect", "by", "action"
    return sorted(found.rows.select(columns).rows(), key=lambda row: (row[2], row[0]))


def test_money_of_a_later_day_changes_no_loss_of_a_closed_one(lost: Company) -> None:
    allocate(lost.store, "L3", "F1", money("300.00"), author=BEA)
    assert (told(arrived(lost)), arrived(lost).effect) == ([], money("0.00"))
    lost_then = movements(run_ledger(lost.store)).filter(move="written_off")
    assert lost_then.select("date", "amount").rows() == [(day(LOST), money("-1000.00")), (day(LATER), money("300.00"))]


def test_money_of_the_closed_period_is_told_once_with_who_gave_it(lost: Company) -> None:
    allocate(lost.store, "L3", "F1", money("300.00"), author=ME)
    allocate(lost.store, "L2", "F1", money("250.00"), author=BEA)
    found = arrived(lost)
    assert told(found) == [
        ("allocation", False, day(120), "F1", money("0.00"), "Bea", "allocate"),
        ("collected", False, day(120), None, money("-250.00"), "Bea", "allocate"),
        ("written_off", False, day(120), "F1", money("250.00"), "Bea", "allocate"),
    ]
    assert total(found.rows["effect"]) == found.effect == money("0.00")


def test_money_of_before_the_loss_makes_it_smaller_and_says_who_gave_it(lost: Company) -> None:
    allocate(lost.store, "L0", "F1", money("100.00"), author=BEA)
    found = {row[0]: row[1:] for row in told(arrived(lost))}
    assert found["written_off"] == (False, day(LOST), "F1", money("100.00"), "Bea", "allocate")


def test_money_that_came_and_went_back_in_the_closed_period_says_who_did_what_of_the_loss(lost: Company) -> None:
    lost.line("B2", "-250.00", "REJET VIR MARTIN", on=125).save(ME)
    close_period(lost.store, day(CLOSED + 1), author=ME)
    allocate(lost.store, "L2", "F1", money("250.00"), author=BEA)
    refund(lost.store, "B2", "L2", author=replace(BEA, name="Cleo"))
    rows = arrived(lost).rows.filter(what="written_off").sort("date")
    columns = "date", "effect", "by", "action"
    assert rows.select(columns).rows() == [
        (day(120), money("250.00"), "Bea", "allocate"),
        (day(125), money("-250.00"), "Cleo", "refund"),
    ]
    for language, words in (("fr", ["Perte diminuée", "Perte"]), ("en", ["Loss made smaller", "Loss"])):
        assert with_arrival_words(rows, Texts(language))["what_text"].to_list() == words


@pytest.mark.parametrize("is_undone", [False, True])
def test_a_loss_that_is_taken_back_after_the_closing_is_one_loss(lost: Company, *, is_undone: bool) -> None:
    allocate(lost.store, "L3", "F1", money("300.00"), author=ME)
    close_period(lost.store, day(LATER - 1), author=ME)  # which knows the loss in two parts
    if is_undone:
        change = lost.store.changes().filter(action="mark")["change_id"].item()
        undo(lost.store, change, author=BEA, in_closed_period=True)
    else:
        mark(lost.store, "F1", "written-off", is_set=False, on=day(LATER), author=BEA, in_closed_period=True)
    action = "undo" if is_undone else "mark"
    assert told(arrived(lost)) == [("written_off", True, day(LOST), "F1", money("1000.00"), "Bea", action)]
    ended = set(lost.store.query("SELECT claim_id FROM claim_end")["claim_id"])
    assert ended <= set(lost.store.query("SELECT claim_id FROM claim")["claim_id"])  # the loss ends, never its parts


def test_taking_a_loss_back_must_be_meant_where_its_own_day_is_closed(lost: Company) -> None:
    before = lost.store.revision
    with pytest.raises(Refused) as refused:
        mark(lost.store, "F1", "written-off", is_set=False, on=day(LATER), author=BEA)
    assert (refused.value.code, refused.value.fields["day"], lost.store.revision) == ("changes_closed", day(LOST), before)
    mark(lost.store, "F1", "written-off", is_set=False, on=day(LATER), author=BEA, in_closed_period=True)
    said = lost.store.changes().filter(action="mark")["detail"].to_list()[-1]
    assert day(LOST).isoformat() in str(said)
    mark(lost.store, "F1", "written-off", on=day(LATER), author=BEA)
    mark(lost.store, "F1", "written-off", is_set=False, on=day(CLOSED), author=BEA)  # its own day is open


def test_a_setting_that_changes_what_is_provided_for_a_closed_day_is_told(lost: Company) -> None:
    set_setting(lost.store, "minutes_call", "9", author=ME)
    set_setting(lost.store, "provision_rates", "30=100", author=ME)
    set_setting(lost.store, "provision_rates", "30=50", author=BEA)
    assert told(arrived(lost)) == [("setting", False, day(CLOSED), None, money("0.00"), "Bea", "set")]
    words = with_arrival_words(arrived(lost).rows, Texts("fr"))
    assert words["what_text"].to_list() == ["Réglage\xa0: taux selon l’ancienneté"]
    set_setting(lost.store, "provision_rates", None, author=BEA)
    assert told(arrived(lost)) == []


def test_undoing_a_decision_that_a_closing_knew_must_be_meant(lost: Company) -> None:
    """Its match is of the bank's day and asks nothing; what came after the closing goes back to what the closing knew."""
    changes = lost.store.changes()
    known = changes.filter(action="mark")["change_id"].item()
    with pytest.raises(Refused) as refused:
        undo(lost.store, known, author=BEA)
    assert (refused.value.code, refused.value.fields["day"]) == ("changes_closed", day(LOST))
    doubt = decide_doubt(lost.store, ["F1"], is_doubtful=True, on=day(LOST - 1), author=BEA, in_closed_period=True)
    undo(lost.store, doubt, author=BEA)
    undone = undo(lost.store, known, author=BEA, in_closed_period=True)
    undo(lost.store, undone, author=BEA)
    assert told(arrived(lost)) == []
    undo(lost.store, changes.filter(action="allocate")["change_id"].item(), author=BEA)


def test_at_the_terminal_a_loss_is_taken_back_for_every_day(lost: Company) -> None:
    lost.store.close()

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["--db", str(lost.path / "books.duckdb"), "mark", "F1", "written-off", "--off", *words])

    assert (run("--on", "2026-10-01").exit_code, getattr(run().exception, "code", "")) == (2, "changes_closed")
    assert run("--in-closed-period").exit_code == 0


def test_a_match_that_a_credit_note_makes_smaller_says_what_did_it(lost: Company) -> None:
    lost.bill("F2", "Dupont", "250.00").line("L4", "250.00", "VIR DUPONT", on=12).save(ME)
    allocate(lost.store, "L4", "F2", money("250.00"), author=ME)
    close_period(lost.store, day(CLOSED + 1), author=ME)
    lost.note("A1", "Dupont", "20.00", issued=5, linked="F2").save(BEA)
    found = arrived(lost).rows.filter(what="allocation").select("amount", "is_gone", "by", "action")
    assert sorted(found.rows()) == [
        (money("20.00"), False, "Bea", "import"),
        (money("230.00"), False, "Bea", "import"),
        (money("250.00"), True, "Bea", "import"),
    ]


#: What some settings can be beside what they are by default; of the others, an amount, a number or a text of their kind.
OTHERWISE: dict[str, Any] = {
    "vat_rate": Decimal(10), "penalty_rate": Decimal(20), "vat_basis": "receipts", "provision_every": "month", "region": "alsace",
    "provision_rates": "0=60", "year_end_month": 6, "history_from": day(1), "default_as_of": day(1), "payment_day": "10",
    "pay_suppliers": "habit", "currency": "USD",
}  # fmt: skip


def of_closed_day(ledger: Ledger) -> list[object]:
    """What is told of a closed day: figures, doubts, provisions, VAT on receipts and VAT of losses."""
    on, money_of = date(2026, 12, 31), "EUR"
    return [
        str(kpis(ledger, as_of=on, currency=money_of)),
        doubts(ledger, as_of=on, currency=money_of).drop("barred_on").rows(),
        provision_changes(ledger, decisions(ledger), to=on, currency=money_of).rows(),
        vat_rows(ledger, as_of=on, currency=money_of).rows(),
        lost_vat(ledger, as_of=on, currency=money_of).rows(),
    ]


def test_every_setting_that_changes_what_is_told_of_a_closed_day_is_among_those_that_are_told(tmp_path: Path) -> None:
    books = Company(tmp_path).bill("F1", "Martin", "120.00", vat_amount=money("20.00")).bill("F2", "Dupont", "60.00")
    books.bill("F3", "Durand", "36.00", issued=178)  # 96 days late at the end of the year
    books.bill("F4", "Petit", "24.00").line("L1", "12.00", "VIR MARTIN", on=50).line("L2", "9.00", "VIR", on=60).save(ME)
    allocate(books.store, "L1", "F1", money("12.00"), author=ME)
    decide_doubt(books.store, ["F1"], is_doubtful=True, on=day(210), author=ME)
    mark(books.store, "Dupont", "insolvency", on=day(100), author=ME)
    mark(books.store, "F4", "written-off", on=day(120), author=ME)
    ledger = run_ledger(books.store)
    plain, found = of_closed_day(ledger), set()
    for one in fields(ledger.settings):
        value = getattr(ledger.settings, one.name)
        other = OTHERWISE.get(one.name, value + 7 if isinstance(value, (int, Decimal)) else "700")
        if of_closed_day(replace(ledger, settings=replace(ledger.settings, **{one.name: other}))) != plain:
            found.add(one.name)
    assert found == set(arrivals._SETTINGS)
