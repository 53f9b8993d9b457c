"""What an import proves of a statement, to the cent, and which days of an account statements cover."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from imports import HEADER, author, csv, fresh_store, take
from test_ingest_cfonb import record
from test_publish_lines import ofx

from models.store import Store
from pipelines import decisions
from pipelines.balances import balance_gaps
from pipelines.collections.facts import situation
from pipelines.collections.holds import statement_days
from pipelines.coverage import coverage_gaps, covered_days, merged
from pipelines.ledger import run_ledger
from pipelines.publishing.proof import Period
from pipelines.publishing.publish import ImportReport

RUNNING = "date;libelle;montant;solde"
PLAIN = "date;libelle;montant"


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as opened:
        yield opened


def proof(report: ImportReport) -> tuple[Any, ...]:
    """opening, movements, closing, gap, and the days between which it opens, of the only account."""
    (row,) = report.proof.select("opening", "movements", "closing", "gap", "gap_from", "gap_to").rows()
    return row


def coverage(store: Store) -> list[tuple[str, str]]:
    rows = store.facts("coverage").select("from_date", "to_date").sort("from_date").iter_rows()
    return [(str(start), str(end)) for start, end in rows]


def periods(*days: tuple[int, int], account: str = "a") -> pl.DataFrame:
    return pl.DataFrame(
        [(account, date(2026, 1, a), date(2026, 1, b)) for a, b in days],
        schema=["account_id", "from_date", "to_date"],
        orient="row",
    )


def test_opening_and_movements_make_the_closing(store: Store) -> None:
    report = take(store, csv(RUNNING, "05/01/2026;VIR A;100,00;1100,00", "07/01/2026;CB;-30,00;1070,00"))
    assert proof(report) == (Decimal("1000.00"), Decimal("70.00"), Decimal("1070.00"), Decimal("0.00"), None, None)
    assert report.period == Period(date(2026, 1, 5), date(2026, 1, 7), None, None)


def test_a_running_balance_tells_the_days_between_which_it_breaks(store: Store) -> None:
    rows = (
        "05/01/2026;A;100,00;1100,00",
        "07/01/2026;B;-30,00;1070,00",
        "12/01/2026;C;-20,00;1045,00",
        "14/01/2026;D;1,00;1046,00",
    )
    report = take(store, csv(RUNNING, *rows))
    assert proof(report)[3:] == (Decimal("-5.00"), date(2026, 1, 7), date(2026, 1, 12))


def test_the_gap_of_a_file_and_that_of_its_account_open_between_the_same_days(store: Store) -> None:
    rows = (
        "05/01/2026;A;100,00;1100,00",
        "07/01/2026;B;-30,00;1070,00",
        "09/01/2026;C;-20,00;1000,00",
        "12/01/2026;D;-10,00;990,00",
        "14/01/2026;E;-40,00;950,00",
    )
    report = take(store, csv(RUNNING, *rows))
    ledger = run_ledger(store)
    (of_account,) = balance_gaps(ledger.balances, ledger.lines.select("account_id", "booking_date", "amount")).rows()
    assert proof(report)[3:] == (Decimal("-50.00"), date(2026, 1, 7), date(2026, 1, 9))
    assert of_account[1:] == (date(2026, 1, 7), date(2026, 1, 9), Decimal("-50.00"))


def test_a_break_within_a_day_is_a_gap_that_begins_on_that_day(store: Store) -> None:
    rows = (
        "05/01/2026;A;100,00;1100,00",
        "07/01/2026;B;-30,00;1070,00",
        "07/01/2026;C;-20,00;1000,00",
        "09/01/2026;D;-5,00;995,00",
    )
    report = take(store, csv(RUNNING, *rows))
    assert proof(report)[3:5] == (Decimal("-50.00"), date(2026, 1, 7))
    ledger = run_ledger(store)
    gaps = balance_gaps(ledger.balances, ledger.lines.select("account_id", "booking_date", "amount"))
    assert gaps.select("from_date", "to_date", "gap").rows() == [(date(2026, 1, 7), proof(report)[5], Decimal("-50.00"))]


def test_a_movement_of_an_earlier_day_than_the_opening_balance_is_told_by_the_statement_all_the_same(store: Store) -> None:
    """A bank books late what it dates early: the statement adds up, and so must the proof and the account."""
    content = "".join(
        line + "\n"
        for line in (
            record("01", day="150126", amount="100{"),
            record("04", day="140126", amount="12}", label="FRAIS"),
            record("04", day="160126", amount="20{", label="VIR"),
            record("07", day="160126", amount="108{"),
        )
    )
    report = take(store, content.encode(), "releve.cfonb")
    assert proof(report) == (Decimal("10.00"), Decimal("0.80"), Decimal("10.80"), Decimal("0.00"), None, None)
    ledger = run_ledger(store)
    assert balance_gaps(ledger.balances, ledger.lines.select("account_id", "booking_date", "amount")).is_empty()


def test_a_rejected_movement_is_the_gap(store: Store) -> None:
    rows = ("05/01/2026;A;100,00;1100,00", "07/01/2026;B;-3O,00;1070,00", "12/01/2026;C;-20,00;1050,00")
    report = take(store, csv(RUNNING, *rows))
    assert proof(report)[3:] == (Decimal("-30.00"), date(2026, 1, 5), date(2026, 1, 12))


def test_one_balance_is_held_against_the_last_one_that_is_stored(store: Store) -> None:
    first = ofx(("20260105", "100.00", "1", "VIR A"), balance="<LEDGERBAL><BALAMT>600.00<DTASOF>20260105</LEDGERBAL>")
    second = ofx(("20260107", "-50.00", "2", "CB"), balance="<LEDGERBAL><BALAMT>540.00<DTASOF>20260108</LEDGERBAL>")
    assert proof(take(store, first, "1.ofx"))[0] is None
    report = take(store, second, "2.ofx")
    assert proof(report) == (
        Decimal("600.00"), Decimal("-50.00"), Decimal("540.00"), Decimal("-10.00"), date(2026, 1, 5), date(2026, 1, 8),
    )  # fmt: skip


def test_invoices_have_a_period_and_no_proof(store: Store) -> None:
    report = take(store, csv(HEADER, "F-1;A;01/02/2025;;1,00", "F-2;A;03/02/2025;;1,00"))
    assert report.period == Period(date(2025, 2, 1), date(2025, 2, 3), None, None)
    assert report.proof.is_empty()


def test_a_statement_covers_its_movements_where_it_says_no_period(store: Store) -> None:
    take(store, csv(PLAIN, "05/01/2026;A;1,00", "09/01/2026;B;1,00"))
    assert coverage(store) == [("2026-01-05", "2026-01-09")]


def test_the_same_statement_twice_covers_nothing_more(store: Store) -> None:
    content = csv(PLAIN, "05/01/2026;A;1,00", "09/01/2026;B;1,00")
    take(store, content)
    assert take(store, content, day=date(2026, 2, 1)).change_id is None
    assert coverage(store) == [("2026-01-05", "2026-01-09")]
    assert take(store, csv(PLAIN, "05/01/2026;A;1,00"), "part.csv").duplicates == 1
    assert merged(run_ledger(store).coverage).height == 1


def stated(start: str, end: str, *movements: tuple[str, str, str | None, str]) -> bytes:
    """An OFX statement that says its period."""
    return ofx(*movements).replace(b"<BANKTRANLIST>", f"<BANKTRANLIST><DTSTART>{start}<DTEND>{end}".encode(), 1)


def test_a_statement_covers_the_period_that_it_says_but_no_day_after_its_import(store: Store) -> None:
    content = stated("20260101", "20260131", ("20260105", "1.00", "1", "A"))
    take(store, content, "a.ofx", day=date(2026, 1, 20))
    assert coverage(store) == [("2026-01-01", "2026-01-20")]
    assert take(store, content, "a.ofx", day=date(2026, 2, 20)).change_id is None


def test_a_quiet_account_is_covered_without_a_movement(store: Store) -> None:
    take(store, stated("20260101", "20260110", ("20260105", "1.00", "1", "A")), "a.ofx", day=date(2026, 2, 1))
    take(store, stated("20260111", "20260131"), "b.ofx", day=date(2026, 2, 1))
    assert statement_days(situation(run_ledger(store), as_of=date(2026, 2, 3)))["day"].to_list() == [date(2026, 1, 31)]
    assert statement_days(situation(run_ledger(store), as_of=date(2026, 1, 20)))["day"].to_list() == [date(2026, 1, 20)]
    decisions.undo(store, 2, author=author())
    assert statement_days(situation(run_ledger(store), as_of=date(2026, 2, 3)))["day"].to_list() == [date(2026, 1, 10)]


def test_days_between_two_statements_are_a_gap_but_not_a_weekend(store: Store) -> None:
    take(store, csv(PLAIN, "05/01/2026;A;1,00", "09/01/2026;B;1,00"), "1.csv")
    take(store, csv(PLAIN, "12/01/2026;C;1,00", "14/01/2026;D;1,00"), "2.csv")  # 10 and 11 January are a weekend
    take(store, csv(PLAIN, "20/01/2026;E;1,00"), "3.csv")
    gaps = coverage_gaps(run_ledger(store)).select("from_date", "to_date").rows()
    assert gaps == [(date(2026, 1, 15), date(2026, 1, 19))]


def test_balances_that_chain_exactly_leave_no_gap(store: Store) -> None:
    take(store, csv(RUNNING, "05/01/2026;A;1,00;101,00"), "1.csv")
    take(store, csv(RUNNING, "20/01/2026;B;1,00;102,00"), "2.csv")
    assert coverage_gaps(run_ledger(store)).is_empty()
    take(store, csv(RUNNING, "27/01/2026;C;1,00;113,00"), "3.csv")
    assert coverage_gaps(run_ledger(store)).select("from_date", "to_date").rows() == [(date(2026, 1, 21), date(2026, 1, 26))]


def test_periods_that_touch_or_overlap_are_one() -> None:
    found = merged(pl.concat([periods((1, 3), (4, 5), (2, 9), (12, 13), (3, 4)), periods((10, 11), account="b")]))
    assert found.equals(pl.concat([periods((1, 9), (12, 13)), periods((10, 11), account="b")]))


def test_an_account_is_covered_up_to_its_last_movement_balance_or_period() -> None:
    lines = pl.DataFrame({"account_id": ["b"], "booking_date": [date(2026, 1, 7)]})
    balances = pl.DataFrame(
        {"account_id": ["c"], "balance_date": [date(2026, 1, 8)], "amount": [Decimal("1.00")], "kind": ["opening"]}
    )
    found = covered_days(periods((1, 20)), lines, balances, as_of=date(2026, 1, 10))
    assert found.rows() == [("a", date(2026, 1, 10)), ("b", date(2026, 1, 7)), ("c", date(2026, 1, 7))]
