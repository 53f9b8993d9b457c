"""Laws of the entries over random ledgers: they balance, move client accounts as receivables move, and can be read back."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from fec_checker import amount, faults
from from_facts import ledger_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imports import fresh_store, take
from ledgers import cases, event_days, ledgers, seeded_case
from oracle import Facts

from models.money import total
from models.settings import Settings
from models.texts import Texts
from pipelines.accounting.balance_check import accounts_at
from pipelines.accounting.entries import Entries, entries_of
from pipelines.accounting.reconciliation import check_accounts
from pipelines.exports.accounting_files import Asked, file_content, file_name
from pipelines.ledger import Ledger, run_ledger
from pipelines.receivables import open_credits, outstanding

BOOKS = Settings(vat_rate=Decimal(20), company_siren="732829320", company_name="Atelier Sud")
LONG_AGO, FAR = date(2000, 1, 1), date(2059, 12, 31)


def books(facts: Facts) -> Ledger:
    return replace(ledger_of(facts), settings=BOOKS)


def receivables(ledger: Ledger, day: date, currency: str = "EUR") -> dict[str, Decimal]:
    """What each client owes, by name, where it is not nothing."""
    documents = ledger.documents.filter(pl.col("currency") == currency)
    owed = outstanding(documents, ledger.allocations, as_of=day).select("client_id", amount="outstanding")
    free = open_credits(ledger, as_of=day, currency=currency).select("client_id", amount=-pl.col("remaining"))
    names = dict(ledger.clients.select("client_id", "name").iter_rows())
    sums: dict[str, Decimal] = {}
    for client, value in [*owed.iter_rows(), *free.iter_rows()]:
        sums[names[client]] = sums.get(names[client], Decimal("0.00")) + value
    return {name: value for name, value in sums.items() if value}


def fec_of(ledger: Ledger, to: date, start: date = LONG_AGO) -> tuple[bytes, str, Entries]:
    asked = Asked("fec", start, to)
    entries = entries_of(ledger, start=start, to=to, currency="EUR")
    return file_content(entries.lines, asked, BOOKS, Texts("fr")), file_name(asked, BOOKS), entries


@settings(max_examples=20)
@given(cases())
def test_each_entry_balances_and_the_client_accounts_move_as_receivables_do(case: tuple[Facts, date, date | None]) -> None:
    facts, as_of, start = case
    ledger, first = books(facts), start or LONG_AGO
    lines = entries_of(ledger, start=first, to=as_of, currency="EUR").lines
    sums = lines.group_by("entry_id").agg(off=pl.col("debit").sum() - pl.col("credit").sum())
    assert sums.filter(pl.col("off") != 0).is_empty()
    assert lines.filter((pl.col("debit") > 0) == (pl.col("credit") > 0)).is_empty()
    moved = lines.filter(pl.col("account").is_in(["411000", "416000"]))
    before = sum(receivables(ledger, first - (first.resolution)).values(), Decimal(0))
    now = sum(receivables(ledger, as_of).values(), Decimal(0))
    assert total(moved["debit"]) - total(moved["credit"]) == now - before


@settings(max_examples=20)
@given(cases())
def test_the_reconciliation_leaves_no_gap_with_or_without_unproven_payments(case: tuple[Facts, date, date | None]) -> None:
    facts, as_of, start = case
    ledger, first = books(facts), start or LONG_AGO
    for with_unproven in (True, False):
        entries = entries_of(ledger, start=first, to=as_of, currency="EUR", with_unproven=with_unproven)
        check = check_accounts(entries, ledger, start=first, to=as_of, currency="EUR", with_unproven=with_unproven)
        assert check.gap == 0
        assert check.opening + check.debit - check.credit == check.closing


@settings(max_examples=20)
@given(cases())
def test_cutting_and_lettering_the_lines_moves_no_account(case: tuple[Facts, date, date | None]) -> None:
    facts, as_of, _ = case
    ledger = books(facts)
    entries = entries_of(ledger, start=as_of, to=as_of, currency="EUR")
    check = check_accounts(entries, ledger, start=as_of, to=as_of, currency="EUR", with_unproven=True)
    accounts_at(ledger, to=FAR, currency="EUR")  # what another day asked for does not change this one
    assert accounts_at(ledger, to=as_of, currency="EUR") == check


@settings(max_examples=20)
@given(ledgers(), st.data())
def test_a_fec_passes_an_independent_checker(facts: Facts, data: st.DataObject) -> None:
    days = event_days(facts)
    to = data.draw(st.sampled_from(days))
    content, name, _ = fec_of(books(facts), to)
    assert faults(content, name) == []
    start = data.draw(st.sampled_from(days))
    content, name, _ = fec_of(books(facts), to, min(start, to))
    assert faults(content, name, is_whole=False) == []


@settings(max_examples=20)
@given(ledgers(), st.data())
def test_an_entry_is_the_same_whatever_the_period_but_for_its_number_and_lettering(facts: Facts, data: st.DataObject) -> None:
    ledger, days = books(facts), event_days(facts)
    start, to = sorted(data.draw(st.tuples(st.sampled_from(days), st.sampled_from(days))))
    kept = ["entry_id", "date", "journal", "account", "client_id", "piece"]

    def net(first: date, last: date) -> list[tuple[object, ...]]:
        lines = entries_of(ledger, start=first, to=last, currency="EUR").lines.filter(pl.col("date").is_between(start, to))
        sums = lines.group_by(kept).agg(moved=pl.col("debit").sum() - pl.col("credit").sum())
        return sums.sort(kept, nulls_last=True).rows()

    assert net(start, to) == net(LONG_AGO, FAR)


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(ledgers(12))
def test_a_fec_read_back_gives_the_same_receivables(facts: Facts) -> None:
    _hold_round_trip(facts)


@pytest.mark.parametrize("seed", range(12))
def test_a_larger_fec_read_back_gives_the_same_receivables(seed: int) -> None:
    _hold_round_trip(seeded_case(seed, most_documents=40)[0])


def _hold_round_trip(facts: Facts) -> None:
    """Net receivables by client, at the last day and at each day before on which something happened."""
    ledger, days = books(facts), event_days(facts)
    to = days[-1]
    content, name, entries = fec_of(ledger, to)
    if entries.lines.is_empty():
        return
    with fresh_store() as store:
        report = take(store, content, name, day=to)
        assert report.refused is None
        assert report.rejected_rows == 0
        again = run_ledger(store)
    for day in {to, *days[:: max(1, len(days) // 6)]}:
        assert receivables(again, day) == receivables(ledger, day), day


def test_the_checker_sees_each_fault() -> None:
    """A checker that passes everything would prove nothing."""
    content, name, _ = fec_of(books(seeded_case(3)[0]), FAR)
    assert faults(content, name) == []
    text = content.decode()
    first = text.split("\r\n")[1].split("\t")
    assert amount(first[11]) + amount(first[12]) > 0

    def broken(column: int, value: str) -> list[str]:
        cells = list(first)
        cells[column] = value
        return faults(text.replace("\t".join(first), "\t".join(cells), 1).encode(), name)

    for column, value in (
        (3, "20240231"),
        (4, "41"),
        (10, ""),
        (11, "1.00"),
        (11, "7,77"),
        (13, "AA"),
        (2, "99"),
        (8, "x y "),
        (15, ""),
    ):
        assert broken(column, value), (column, value)
    assert faults(content, "FEC.txt")
    assert faults(content.replace(b"JournalCode", b"Journal"), name)
    assert faults(content + b"x\r\n", name)
    assert faults(content.replace(b"\r\n", b"\n"), name)
