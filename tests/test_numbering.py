"""The audit of numbers: which are missing, twice or out of order, whatever the way in which they are written."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_ledger import Book

from pipelines.ingest.ledgers.fec_rows import OPENING
from pipelines.papers.numbering import Audit, audit

END = date(2027, 12, 31)
Found = list[tuple[str, str | None, str | None, int]]


def book(*rows: tuple[str, str], **other: Any) -> Book:
    """Invoices by number and date of issue."""
    made = Book()
    for number, day in rows:
        made.bill(number, "Martin", date.fromisoformat(day) + timedelta(days=30), **other)
    return made


def audited(made: Book, as_of: date = END) -> Audit:
    return audit(made.ledger(), as_of=as_of)


def findings(*rows: tuple[str, str]) -> Found:
    return audited(book(*rows)).findings.select("kind", "first", "last", "count").rows()


def test_a_gap_names_the_missing_numbers_as_the_series_writes_them() -> None:
    found = audited(book(("FA-2026-008", "2026-01-02"), ("FA-2026-011", "2026-01-03"))).findings.to_dicts()
    assert [(row["first"], row["last"], row["count"]) for row in found] == [("FA-2026-009", "FA-2026-010", 2)]
    assert (found[0]["other"], found[0]["number"]) == ("FA-2026-008", "FA-2026-011")
    assert findings(("9", "2026-01-02"), ("11", "2026-01-03")) == [("gap", "10", "10", 1)]


@pytest.mark.parametrize(
    "numbers",
    [
        ("F20260001", "F20260002", "F20270001"),  # the year before the counter, in one run of digits
        ("260001", "260002", "270001"),
        ("001/2026", "002/2026", "001/2027"),  # behind it
        ("1-26", "2-26", "1-27"),
        ("202601-001", "202601-002", "202701-001"),
        ("F2026010001", "F2026010002", "F2027010001"),  # with the month
        ("FA 2026 1", "FA 2026 2", "FA 2027 1"),
        ("000125", "000126", "000127"),  # no year at all: one series
    ],
)
def test_each_year_is_a_series_wherever_the_year_is_written(numbers: tuple[str, str, str]) -> None:
    assert findings(*zip(numbers, ("2026-01-02", "2026-01-20", "2027-01-04"), strict=True)) == []


def test_the_first_number_of_a_later_year_is_one_or_goes_on() -> None:
    first = (("F-2026-1", "2026-01-02"), ("F-2026-2", "2026-01-03"))
    assert findings(*first, ("F-2027-2", "2027-01-02"), ("F-2027-3", "2027-01-03")) == [("start", "F-2027-1", "F-2027-1", 1)]
    assert findings(*first, ("F-2027-3", "2027-01-02"), ("F-2027-4", "2027-01-03"), ("F-2027-5", "2027-01-03")) == []


def test_capitals_and_leading_zeros_make_no_other_number() -> None:
    found = audited(book(("FA-12", "2026-01-02"), ("fa-0012", "2026-01-02"), ("FA-13", "2026-01-03"))).findings.to_dicts()
    assert [(row["kind"], {row["number"], row["other"]}) for row in found] == [("twice", {"FA-12", "fa-0012"})]


def test_a_date_that_goes_back_is_told_with_both_documents() -> None:
    found = audited(book(("F1", "2026-01-10"), ("F2", "2026-01-05"), ("F3", "2026-01-12"))).findings.to_dicts()
    assert [(row["kind"], row["number"], row["other"]) for row in found] == [("unordered", "F2", "F1")]
    assert [(row["date"], row["other_date"]) for row in found] == [(date(2026, 1, 5), date(2026, 1, 10))]
    assert findings(("F1", "2026-01-10"), ("F3", "2026-01-05")) == [("gap", "F2", "F2", 1), ("unordered", None, None, 1)]


def test_what_is_no_counter_is_told_once() -> None:
    assert findings(("7", "2026-01-02"), ("918273", "2026-01-03")) == [("sparse", None, None, 918265)]
    assert findings(("Sans numéro", "2026-01-02")) == [("unread", None, None, 1)]


def test_a_supplier_with_the_same_number_is_told_and_its_own_numbers_are_not_audited() -> None:
    made = book(("F1", "2026-01-02"))
    made.bill("f1", "Papeterie", date(2026, 2, 2), direction="purchase", document_id="P1")
    made.bill("f9", "Papeterie", date(2026, 2, 2), direction="purchase", document_id="P9")
    found = audited(made).findings.to_dicts()
    assert [(row["kind"], row["number"], row["other"]) for row in found] == [("supplier", "F1", "f1")]
    assert audited(made, as_of=date(2026, 1, 2)).findings.is_empty()  # theirs was issued on the day after


def test_balances_brought_forward_and_later_documents_are_left_out() -> None:
    made = book(("F1", "2026-01-02"), ("F9", "2026-05-02"), category=None)
    made.bill("F4", "Martin", date(2025, 3, 1), category=OPENING)
    assert audited(made, as_of=date(2026, 3, 1)).findings.is_empty()
    none = audited(Book())
    assert none.findings.is_empty()
    assert none.series.is_empty()


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(1, 60), min_size=1, max_size=40))
def test_what_is_there_and_what_is_missing_make_the_whole_series(kept: set[int]) -> None:
    made = Book()
    for n in sorted(kept):
        made.bill(f"F-{n:04d}", "Martin", date(2026, 3, 1) + timedelta(days=n), str(Decimal(n)))
    found = audited(made)
    series = found.series.to_dicts()[0]
    assert series["documents"] + series["missing"] == max(kept) - min(kept) + 1
    listed = {
        n
        for first, last in found.findings.filter(pl.col("kind") == "gap").select("first", "last").rows()
        for n in range(int(first[2:]), int(last[2:]) + 1)
    }
    whole = set(range(min(kept), max(kept) + 1))
    assert listed == whole - kept or found.findings["kind"].to_list() == ["sparse"]
