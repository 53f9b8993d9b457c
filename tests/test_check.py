"""`check` finds nothing wrong in a sound database, and each kind of damage that is planted in one."""

from datetime import date
from pathlib import Path

import duckdb
import pytest
from screens import copy_database
from small_store import ME, Company, day, money

import pipelines.check as checks
from models.store import Store
from pipelines.check import run_check
from pipelines.exports.sentences import VIOLATIONS
from pipelines.kpis import Kpis, kpis
from pipelines.ledger import Ledger
from pipelines.publishing.receipts import run_receipt
from pipelines.reconcile.decide import allocate
from pipelines.reconcile.money_back import refund


def _sound(path: Path) -> Path:
    """A small database with a bit of everything, closed."""
    company = (
        Company(path)
        .bill("F-1001", "Durand", "100.00")
        .bill("F-1002", "Durand", "100.00")
        .note("AV-1001", "Durand", "30.00", linked="F-1002")
    )
    company.line("L1", "100.00", "F-1001").line("L2", "60.00", "CHEQUE").line("D1", "-30.00", "VIR").save().reconcile()
    allocate(company.store, "L2", "F-1002", money("50.00"), author=ME)
    run_receipt(company.store, "Durand", money("20.00"), day(20), invoice="F-1002", author=ME)
    assert run_check(company.store) == []
    company.store.close()
    return company.store.path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sound database, to be copied, never opened."""
    return _sound(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def sound(built: Path, tmp_path: Path) -> Path:
    """The sound database, a test's own to damage."""
    return copy_database(built, tmp_path / built.name)


_LAST = "(SELECT max(change_id) FROM change)"
_DAMAGE: dict[str, str] = {
    "change_missing": "DELETE FROM change WHERE change_id = 2",
    "change_altered": "UPDATE bank_line SET amount = 99.00 WHERE line_id = 'D1'",
    "undo_of_nothing": "UPDATE change SET undoes = 99 WHERE change_id = 2",
    "fact_without_change": "UPDATE mark SET change_id = 99",
    "points_to_nothing": "UPDATE claim SET document_id = 'nothing'",
    "stands_twice": "INSERT INTO bank_line SELECT * FROM bank_line WHERE line_id = 'L1'",
    "line_over_allocated": "UPDATE bank_line SET amount = 40.00 WHERE line_id = 'L1'",
    "credit_note_over_allocated": (
        f"INSERT INTO claim SELECT 'c1', {_LAST}, 'credit_note', 'AV-1001', 'F-1002', 40,"
        " DATE '2026-03-02', 'person', 1, NULL, true, NULL"
    ),
    "gives_and_gives_back_too_much": (f"INSERT INTO refund SELECT 'r1', {_LAST}, 'D1', 'L2', 'returned', 30, false, false, NULL"),
    "invoice_over_allocated": (
        f"INSERT INTO claim SELECT 'c1', {_LAST}, 'bank', 'L2', 'F-1001', 10, DATE '2026-03-12', 'number', 1, NULL, false, NULL"
    ),
    "currencies_mixed": "UPDATE bank_line SET currency = 'USD' WHERE line_id = 'L1'",
    "receipt_over_allocated": "UPDATE receipt SET amount = 5.00",
    "receipt_of_another": "UPDATE receipt SET currency = 'USD'",
    "number_twice": "UPDATE document_version SET number = 'f-1001' WHERE number = 'F-1002'",
    "negative_amount": (
        "CREATE TABLE bare AS FROM document_version; DROP TABLE document_version; ALTER TABLE bare RENAME TO document_version;"
        "UPDATE document_version SET amount = -1 WHERE number = 'F-1002'"
    ),
    "bad_provision": f"INSERT INTO provision SELECT 'F-1001', {_LAST}, DATE '2026-03-12', 1.5, NULL",
    "balance_gap": (
        "INSERT INTO balance SELECT 'A', max(change_id), DATE '2026-03-01', 0, 'closing', NULL FROM change;"
        "INSERT INTO balance SELECT 'A', max(change_id), DATE '2026-03-31', 7, 'closing', NULL FROM change"
    ),
}


@pytest.mark.parametrize("code", sorted(_DAMAGE))
def test_planted_damage_is_found(sound: Path, code: str) -> None:
    with duckdb.connect(str(sound)) as connection:
        if code == "fact_without_change":
            connection.execute(
                "INSERT INTO mark (change_id, document_id, what, is_set, on_date) "
                "VALUES (1, 'F-1001', 'sent', true, DATE '2026-03-03')"
            )
        connection.execute(_DAMAGE[code])
    with Store.open(sound) as store:
        assert code in {violation.code for violation in run_check(store)}


def test_figures_that_disagree_are_found(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(ledger: Ledger, *, as_of: date, currency: str) -> Kpis:
        figures = kpis(ledger, as_of=as_of, currency=currency)
        figures.receivables = money("1.00")
        return figures

    monkeypatch.setattr(checks, "kpis", wrong)
    with Store.open(sound) as store:
        assert {violation.code for violation in run_check(store)} == {"figures_disagree"}


def test_every_kind_of_damage_has_a_test_and_a_sentence() -> None:
    assert {*_DAMAGE, "figures_disagree"} == VIOLATIONS.keys()


@pytest.mark.parametrize("column", ["label", "booking_date", "counterparty"])
def test_any_altered_fact_breaks_the_seal_of_its_change(sound: Path, column: str) -> None:
    value = "DATE '2026-03-13'" if column == "booking_date" else "'X'"
    with duckdb.connect(str(sound)) as connection:
        connection.execute(f"UPDATE bank_line SET {column} = {value} WHERE line_id = 'D1'")  # noqa: S608 -- a column of ours
    with Store.open(sound) as store:
        assert [(v.code, v.subject) for v in run_check(store)] == [("change_altered", "2")]


def test_a_refund_and_its_credit_note_are_sound(tmp_path: Path) -> None:
    company = Company(tmp_path).note("AV-1001", "Durand", "30.00").line("D1", "-30.00", "VIR").save()
    refund(company.store, "D1", "AV-1001", author=ME)
    assert run_check(company.store) == []
    company.store.close()


def test_the_sample_is_sound(sample_database: Path, tmp_path: Path) -> None:
    with Store.open(copy_database(sample_database, tmp_path / "s.duckdb")) as store:
        assert run_check(store) == []
