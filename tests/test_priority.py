"""In which order clients are chased, and how many fit in the time there is."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_ledger import DAY, MONDAY, Book, codes, row

from models.settings import Settings
from models.texts import Texts
from pipelines.behaviour import HISTORY
from pipelines.collections.facts import situation
from pipelines.collections.priority import within_minutes
from pipelines.collections.reasons import reason_texts
from pipelines.collections.segments import segments
from pipelines.collections.worklist import plan, worklist
from pipelines.forecast.unpaid import unpaid_chances

# -- the chance to stay unpaid


def history(delays: dict[str, list[int]]) -> pl.DataFrame:
    """Invoices of each client, due one a week before MONDAY, paid so many days after their due date."""
    rows = []
    for client, paid_after in delays.items():
        for n, delay in enumerate(paid_after):
            due = MONDAY - timedelta(days=60 + 7 * n)
            rows.append((f"{client}{n}", client, due - timedelta(days=30), due, due + timedelta(days=delay), 100.0, 1.0))
    return pl.DataFrame(rows, schema=HISTORY, orient="row")


def chances(past: pl.DataFrame, late: list[tuple[str, int]]) -> list[float]:
    rows = [(f"F{n}", client, days) for n, (client, days) in enumerate(late)]
    asked = pl.DataFrame(rows, schema={"document_id": pl.String, "client_id": pl.String, "days_late": pl.Int64}, orient="row")
    found = unpaid_chances(past, asked, as_of=MONDAY)
    return [found.filter(pl.col("document_id") == name)["chance"].item() for name, *_ in rows]


def test_a_client_that_always_pays_a_week_late_needs_nobody() -> None:
    past = history({"Prompt": [7] * 20, "Slow": [50] * 20})
    prompt, slow = chances(past, [("Prompt", 3), ("Slow", 3)])
    assert prompt < 0.1
    assert slow > 0.8


def test_later_is_never_likelier_to_be_paid() -> None:
    past = history({"Prompt": [7] * 20, "Slow": [50] * 20})
    found = chances(past, [("Prompt", days) for days in range(1, 200, 7)])
    assert found == sorted(found)
    assert found[-1] > 0.5


def test_an_open_invoice_moves_no_other_invoice_s_chance() -> None:
    past = history({"A": [5] * 6, "B": [20] * 6})
    assert chances(past, [("A", 3), ("B", 3)]) == chances(past, [("A", 3), ("B", 3), ("B", 300), ("C", 80)])[:2]


def test_without_a_history_there_is_a_chance_all_the_same() -> None:
    (chance,) = chances(pl.DataFrame(schema=HISTORY), [("A", 10)])
    assert 0 < chance < 1


# -- the laws

BILLS = st.lists(st.tuples(st.integers(0, 3), st.integers(-10, 400), st.integers(1, 50_000)), min_size=1, max_size=7)
PAST = st.lists(st.tuples(st.integers(0, 3), st.integers(-5, 60)), max_size=12)


def book_of(bills: list[tuple[int, int, int]], past: list[tuple[int, int]]) -> Book:
    book = Book()
    for n, (client, days, cents) in enumerate(bills):
        book.late(f"F{n}", f"C{client}", days, str(Decimal(cents) / 100))
    for n, (client, delay) in enumerate(past):
        due = MONDAY - timedelta(days=70 + 3 * n)
        book.bill(f"P{n}", f"C{client}", due).receipt(f"L{n}", due + timedelta(days=delay), "100.00", pays=f"P{n}")
    return book


def rank(book: Book, client: str) -> int:
    rows = worklist(book.ledger(), as_of=MONDAY)
    found = rows.filter(pl.col("client") == client)["rank"].to_list()
    return int(found[0]) if found else rows.height + 1


@settings(max_examples=10, deadline=None)
@given(bills=BILLS, past=PAST, more=st.integers(0, 100_000), later=st.integers(0, 300))
def test_owing_more_or_being_later_never_lowers_a_client_s_rank(
    bills: list[tuple[int, int, int]], past: list[tuple[int, int]], more: int, later: int
) -> None:
    client, days, cents = bills[0]
    before = book_of(bills, past)
    listed = set(worklist(before.ledger(), as_of=MONDAY)["client"].to_list())
    for worse in (
        [(client, days, cents + more), *bills[1:]],
        [
            (
                client,
                days + later,
                cents,
            ),
            *bills[1:],
        ],
    ):
        if f"C{client}" in listed:  # a client that is not on the list yet has no rank to lose
            assert rank(book_of(worse, past), f"C{client}") <= rank(before, f"C{client}")


@settings(max_examples=6, deadline=None)
@given(bills=BILLS, past=PAST)
def test_a_broken_promise_never_lowers_a_client_s_rank(bills: list[tuple[int, int, int]], past: list[tuple[int, int]]) -> None:
    book, client = book_of(bills, past), f"C{bills[0][0]}"
    before = rank(book, client)
    book.mark("F0", "promise", MONDAY - 20 * DAY, f"{MONDAY - 10 * DAY}")
    assert rank(book, client) <= before


def test_a_broken_promise_weighs_and_a_promise_to_come_weighs_nothing() -> None:
    book = Book().late("F1", "Martin", 20)
    plain = float(str(row(book)["score"]))
    broken = Book().late("F1", "Martin", 20).mark("F1", "promise", MONDAY - 20 * DAY, f"{MONDAY - 10 * DAY}")
    assert float(str(row(broken)["score"])) == pytest.approx(1.5 * plain, abs=0.02)
    kept = Book().late("F1", "Martin", 20).mark("F1", "promise", MONDAY, f"{MONDAY + 10 * DAY}")
    assert row(kept)["score"] == 0.0


def test_the_weights_are_settings() -> None:
    ledger = Book().late("F1", "Martin", 40).ledger()
    heavy = replace(ledger, settings=Settings(weight_31=Decimal(3), weight_61=Decimal(1)))
    once, twice = (worklist(of, as_of=MONDAY)["score"].item() for of in (ledger, heavy))
    assert twice == pytest.approx(2 * once, abs=0.03)
    older = Book().late("F1", "Martin", 70).ledger()
    assert worklist(replace(older, settings=heavy.settings), as_of=MONDAY)["score"].item() > twice


def test_a_near_limitation_is_told_and_weighs() -> None:
    near, far = Book().late("F1", "Martin", 5 * 365 - 100), Book().late("F1", "Martin", 3 * 365)
    assert ("limitation" in codes(row(near)), "limitation" in codes(row(far))) == (True, False)
    assert float(str(row(near)["score"])) == pytest.approx(2 * float(str(row(far)["score"])), abs=0.02)
    consumer = Book().client("Zoé", client_type="consumer").late("F1", "Zoé", 2 * 365 - 100)
    assert "limitation" in codes(row(consumer, "Zoé"))
    found = plan(situation(consumer.ledger(), as_of=MONDAY)).invoices["barred_on"].to_list()
    assert found == [date(2026, 9, 30)]


def test_what_is_time_barred_presses_no_more() -> None:
    def score(days_ago: int) -> tuple[float, list[str]]:
        found = row(Book().client("Zoé", client_type="consumer").late("F1", "Zoé", days_ago), "Zoé")
        return float(str(found["score"])), [code for code in codes(found) if code in {"limitation", "barred"}]

    far, near, past = score(300), score(2 * 365 - 1), score(2 * 365)  # barred on 23 and on 22 June 2026
    assert (far[1], near[1], past[1]) == ([], ["limitation"], ["barred"])
    assert near[0] == pytest.approx(2 * past[0], abs=0.02)
    assert past[0] >= far[0]


def test_an_invoice_never_sent_weighs_whole() -> None:
    assert row(Book().late("F1", "Martin", -3, sending="unsent"))["score"] == 100.0


# -- segments


def paying(delays: list[int], amount: str = "100.00", client: str = "Martin", **details: object) -> Book:
    book = Book().client(client, **details)
    for n, delay in enumerate(delays):
        due = MONDAY - timedelta(days=90 + 20 * n)
        book.bill(f"{client}{n}", client, due, amount)
        book.receipt(f"L-{client}{n}", due + timedelta(days=delay), amount, pays=f"{client}{n}")
    return book


def segment(book: Book, client: str = "Martin", settings: Settings | None = None) -> str:
    found = segments(situation(book.ledger(settings), as_of=MONDAY))
    return str(found.filter(pl.col("client_id") == client)["segment"].item())


def test_the_worklist_tells_how_a_late_client_usually_pays() -> None:
    found = row(paying([3, 12, 12, 12, 25]).late("F1", "Martin", 8))
    told = reason_texts(Texts("en"), found)
    assert "Usually pays 12 days late, 8 times out of 10 between 3 and 25 days (5 payments)." in told
    assert "habit" not in codes(row(paying([12, 12]).late("F1", "Martin", 8)))  # too few to say so
    assert "habit" not in codes(row(paying([12, 12, 12]).late("F1", "Martin", -7)))  # not late


@pytest.mark.parametrize(
    ("delays", "expected"),
    [
        ([0, 0], "new"),
        ([0, 0, -2], "standard"),
        ([0, 0, 2], "good_with_delays"),
        ([1, 1, 1], "bad_payer"),
        ([0, 0, 0, 130], "bad_payer"),
        ([0] * 6, "vip"),
        ([0] * 5 + [40], "good_with_delays"),
    ],
)
def test_a_client_is_what_it_has_shown(delays: list[int], expected: str) -> None:
    assert segment(paying(delays)) == expected


def test_the_thresholds_are_settings() -> None:
    assert segment(paying([1, 1, 1]), settings=Settings(bad_late_count=4)) == "good_with_delays"
    assert segment(paying([0, 0, 2]), settings=Settings(new_below=5)) == "new"
    assert segment(paying([0] * 6), settings=Settings(new_below=9)) == "vip"


def test_an_important_client_brings_its_share_of_the_money() -> None:
    book = paying([0] * 6)
    other = paying([0] * 6, "500.00", "Grand")
    both = replace(
        book,
        clients=book.clients + other.clients,
        documents=book.documents + other.documents,
        lines=book.lines + other.lines,
        claims=book.claims + other.claims,
    )
    assert (segment(both), segment(both, "Grand")) == ("standard", "vip")


def test_a_person_s_word_wins_from_its_day_on_and_proceedings_win_over_it() -> None:
    book = paying([1, 1, 1]).mark("Martin", "segment", MONDAY - 5 * DAY, "vip")
    assert segment(book) == "vip"
    before = segments(situation(book.ledger(), as_of=MONDAY - 6 * DAY))
    assert before.select("segment", "proposed", "set_on").row(0) == ("bad_payer", "bad_payer", None)
    book.mark("Martin", "insolvency", MONDAY - DAY)
    assert segment(book) == "insolvency"
    taken_back = paying([1, 1, 1]).mark("Martin", "segment", MONDAY - 5 * DAY, "vip")
    taken_back.mark("Martin", "segment", MONDAY - DAY, is_set=False)
    assert segment(taken_back) == "bad_payer"


def test_a_segment_follows_its_own_scenario() -> None:
    late = Book().late("F1", "Martin", 8)
    assert row(late)["step"] == "R2"
    assert row(late.mark("Martin", "segment", MONDAY - DAY, "vip"))["step"] == "R1"


# -- the time there is


def test_the_time_that_there_is_picks_the_first_that_fit() -> None:
    book = Book()
    for n, days in enumerate((50, 20, 16, 8)):  # R3 without a reminder on record, a call, two e-mails
        book.late(f"F{n}", f"C{n}", days, str(1000 - n))
    book.late("F9", "Held", 16, "5000.00", is_disputed=True)
    rows = worklist(book.ledger(), as_of=MONDAY)
    assert dict(rows.select("client", "minutes").iter_rows()) == {"C0": 10, "C1": 10, "C2": 2, "C3": 2, "Held": 0}
    assert within_minutes(rows, 13)["client"].to_list() == ["C0", "C2"]
    assert within_minutes(rows, 4)["client"].to_list() == ["C2", "C3"]
    assert within_minutes(rows, 0).is_empty()
    assert "Held" not in within_minutes(rows, 1000)["client"].to_list()


@settings(max_examples=6, deadline=None)
@given(bills=BILLS, available=st.integers(0, 60))
def test_what_is_picked_fits_and_keeps_the_order(bills: list[tuple[int, int, int]], available: int) -> None:
    rows = worklist(book_of(bills, []).ledger(), as_of=MONDAY)
    picked = within_minutes(rows, available)
    assert picked["minutes"].sum() <= available
    assert picked["rank"].is_sorted()
