"""The worklist: its order, its segments and its words."""

from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest
from babel.messages.catalog import Catalog
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from small_ledger import DAY, MONDAY, Book, codes, row

from models.policy import SEGMENTS
from models.policy_text import shipped_policy
from models.texts import Texts
from pipelines.collections.drafts import drafts
from pipelines.collections.holds import HOLDS
from pipelines.collections.reasons import (
    ACTION_NAMES,
    HOLD_NAMES,
    REASON_ORDER,
    SEGMENT_NAMES,
    SENTENCES,
    STEP_NAMES,
    reason_texts,
)
from pipelines.collections.worklist import WORKLIST, worklist

# -- order


def test_the_list_has_its_columns() -> None:
    rows = worklist(Book().late("F1", "Martin", 8).ledger(), as_of=MONDAY)
    assert dict(rows.schema) == {
        name: pl.List(dtype.inner) if isinstance(dtype, pl.List) else dtype for name, dtype in WORKLIST.items()
    }


def test_equal_scores_stand_by_name() -> None:
    book = Book().late("F1", "Zoé", 8).late("F2", "Alain", 8).late("F3", "Marc", 8)
    assert worklist(book.ledger(), as_of=MONDAY)["client"].to_list() == ["Alain", "Marc", "Zoé"]


BILLS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(-10, 120), st.integers(1, 50_000), st.booleans()), min_size=2, max_size=8
)


def book_of(bills: list[tuple[int, int, int, bool]]) -> Book:
    book = Book()
    for n, (client, days, cents, is_disputed) in enumerate(bills):
        book.late(f"F{n}", f"C{client}", days, str(Decimal(cents) / 100), is_disputed=is_disputed)
    return book


def rank(book: Book, client: str) -> int:
    rows = worklist(book.ledger(), as_of=MONDAY)
    found = rows.filter(pl.col("client") == client)["rank"].to_list()
    return int(found[0]) if found else rows.height + 1


@settings(max_examples=15, deadline=None)
@given(bills=BILLS, more=st.integers(0, 100_000), later=st.integers(0, 90))
def test_owing_more_or_being_later_never_lowers_a_client_s_rank(
    bills: list[tuple[int, int, int, bool]], more: int, later: int
) -> None:
    client, days, cents, is_disputed = bills[0]
    worse = [(client, max(days, days + later), cents + more, is_disputed), *bills[1:]]
    # What is not late yet has no rank to lose: compare with the clients that are on both lists.
    others = {c for c, *_ in bills[1:]} | {client}
    before, after = rank(book_of(bills), f"C{client}"), rank(book_of(worse), f"C{client}")
    assert after <= before or after > len(others)


@settings(max_examples=10, deadline=None)
@given(bills=BILLS, seed=st.integers(0, 1000))
def test_the_order_of_the_facts_does_not_matter(bills: list[tuple[int, int, int, bool]], seed: int) -> None:
    ledger = book_of(bills).receipt("L1", MONDAY - DAY, "10.00", "C1").receipt("L2", MONDAY - DAY, "10.00", "C1").ledger()
    shuffled = replace(
        ledger,
        **{
            name: getattr(ledger, name).sample(fraction=1.0, shuffle=True, seed=seed)
            for name in ("clients", "documents", "lines", "allocations", "marks", "balances")
        },
    )
    assert_frame_equal(worklist(ledger, as_of=MONDAY), worklist(shuffled, as_of=MONDAY))


def test_an_empty_ledger_has_an_empty_worklist() -> None:
    assert worklist(Book().ledger(), as_of=MONDAY).is_empty()
    assert drafts(Book().ledger(), as_of=MONDAY) == []


# -- segments


def test_three_late_invoices_in_twelve_months_earn_the_badge() -> None:
    book = Book().late("F1", "Martin", 300).late("F2", "Martin", 200).late("F3", "Martin", 8)
    book.receipt("L1", MONDAY - 290 * DAY, "100.00", pays="F1").receipt("L2", MONDAY - 200 * DAY, "100.00", pays="F2")
    assert row(book)["segment"] == "good_with_delays"
    book.late("F4", "Martin", 100).receipt("L3", MONDAY - 99 * DAY, "100.00", pays="F4")
    assert row(book)["segment"] == "bad_payer"
    assert "frequent_late" in codes(row(book))


def test_a_client_with_fewer_than_three_invoices_due_is_new_and_its_type_wins() -> None:
    assert row(Book().late("F1", "Martin", 8))["segment"] == "new"
    for kind in ("public", "consumer"):
        assert row(Book().client("Martin", client_type=kind).late("F1", "Martin", 8))["segment"] == kind


# -- words


def test_every_code_has_its_words() -> None:
    assert set(HOLDS) <= set(REASON_ORDER) <= {*SENTENCES, "habit"}  # said by the sentence of the client's page
    assert set(HOLD_NAMES) == set(HOLDS)
    assert set(STEP_NAMES) == {step.id for step in shipped_policy().steps}
    assert {"email", "call", "registered_letter", "internal", "send", "reconcile", "wait"} <= set(ACTION_NAMES)
    assert set(SEGMENT_NAMES) == set(SEGMENTS)


def test_each_reason_is_a_sentence_with_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.texts._catalogue", lambda _language: Catalog())
    book = (
        Book()
        .late("F1", "Martin", 45)
        .late("F2", "Martin", 4, sending="unsent")
        .receipt("L1", MONDAY - DAY, "100.00", "VIR {0} {x}")
    )
    assert reason_texts(Texts("en"), row(book)) == [
        "€200.00 overdue, the oldest for 45 days.",
        "Step “Phone call” has been due since 28/05/2026.",
        "Never sent: 1 invoice, €100.00. Send it first.",
        "A receipt of €100.00 on 21/06/2026 could be this client's payment: VIR {0} {x}",
        "No formal notice yet: no written reminder is on record.",
        "Acting now could bring €50.00 forward: 50% chance of being still unpaid in 30 days without it.",
    ]
