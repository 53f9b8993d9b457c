"""Late-payment interest: published cases, the law's exceptions, and agreement with a plain day-by-day loop."""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.dates import half_year
from models.following_tables import MARKS
from models.money import MONEY, round_half_up
from models.rates import contractual_floors, ecb_rates, known_ecb_rates
from models.settings import Settings
from models.tables import ALLOCATIONS, CLIENTS, Schema, conform
from models.texts import Texts
from pipelines.collections.interest import INTEREST, SEGMENTS, Interest, below_floor, interest, openings
from pipelines.collections.lacks import floor_sentence

ITEMS: Schema = {"document_id": pl.String, "client_id": pl.String, "issue_date": pl.Date, "due_date": pl.Date, "amount": MONEY}


class Paid(NamedTuple):
    """An allocation to invoice D1, in plain values."""

    amount: Decimal
    counts_from: date
    reversed_on: date | None = None


def item(amount: str, due: date, *, issued: date | None = None) -> pl.DataFrame:
    return pl.DataFrame([("D1", "C1", issued or due - timedelta(days=30), due, Decimal(amount))], schema=ITEMS, orient="row")


def client(client_type: str | None = "company") -> pl.DataFrame:
    return conform(pl.DataFrame({"client_id": ["C1"], "name": ["Martin"], "client_type": [client_type]}), CLIENTS)


def allocations(*paid: Paid) -> pl.DataFrame:
    rows = [("D1", p.amount, p.counts_from, p.reversed_on) for p in paid]
    schema: Schema = {"document_id": pl.String, "amount": MONEY, "counts_from": pl.Date, "reversed_on": pl.Date}
    return conform(pl.DataFrame(rows, schema=schema, orient="row"), ALLOCATIONS)


def marks(*rows: tuple[int, str, bool, date]) -> pl.DataFrame:
    schema: Schema = {"change_id": pl.Int64, "client_id": pl.String, "is_set": pl.Boolean, "on_date": pl.Date}
    return conform(pl.DataFrame(list(rows), schema=schema, orient="row").with_columns(what=pl.lit("insolvency")), MARKS)


def run(
    items: pl.DataFrame,
    *,
    as_of: date,
    paid: tuple[Paid, ...] = (),
    client_type: str | None = "company",
    settings: Settings | None = None,
    said: pl.DataFrame | None = None,
) -> Interest:
    return interest(
        items, allocations(*paid), client(client_type), marks() if said is None else said, settings or Settings(), as_of=as_of
    )


def penalty(found: Interest) -> Decimal:
    return Decimal(found.invoices["penalty"].item())


CASES = [
    pytest.param("1200.00", date(2025, 5, 31), date(2025, 7, 30), "24.95", id="pen_01 over two half-years"),
    pytest.param("10000.00", date(2024, 9, 30), date(2025, 1, 31), "470.86", id="pen_02 over the year's end"),
    pytest.param("5000.00", date(2026, 3, 15), date(2026, 4, 14), "49.93", id="pen_03 thirty days"),
    pytest.param("100.00", date(2026, 3, 15), date(2026, 3, 16), "0.03", id="pen_04 one day"),
]


@pytest.mark.parametrize(("amount", "due", "as_of", "expected"), CASES)
def test_default_rate_is_ecb_plus_ten_by_half_year(amount: str, due: date, as_of: date, expected: str) -> None:
    found = run(item(amount, due), as_of=as_of)
    assert penalty(found) == Decimal(expected)
    assert found.invoices["is_complete"].item() is True


def test_pen_01_shows_each_half_year() -> None:
    segments = run(item("1200.00", date(2025, 5, 31)), as_of=date(2025, 7, 30)).segments
    assert segments.select("half_year", "days", "rate", "interest").rows() == [
        ("2025-S1", 30, Decimal("13.150000"), Decimal("12.9699")),
        ("2025-S2", 30, Decimal("12.150000"), Decimal("11.9836")),
    ]
    assert segments["from_date"].to_list() == [date(2025, 6, 1), date(2025, 7, 1)]
    assert segments["to_date"].to_list() == [date(2025, 6, 30), date(2025, 7, 30)]


def test_pen_05_public_buyer_keeps_the_rate_of_the_half_year_in_which_interest_began() -> None:
    found = run(item("1200.00", date(2025, 5, 31)), as_of=date(2025, 7, 30), client_type="public")
    assert penalty(found) == Decimal("21.99")
    assert set(found.segments["rate"].to_list()) == {Decimal("11.150000")}


def test_a_public_buyer_does_not_bear_the_contractual_rate() -> None:
    settings = Settings(penalty_rate=Decimal(15))
    found = run(item("1200.00", date(2025, 5, 31)), as_of=date(2025, 7, 30), client_type="public", settings=settings)
    assert penalty(found) == Decimal("21.99")


def test_a_consumer_owes_no_interest_on_this_basis() -> None:
    found = run(item("500.00", date(2026, 1, 10)), as_of=date(2026, 3, 31), client_type="consumer")
    assert penalty(found) == Decimal("0.00")
    assert found.segments.is_empty()


def test_nothing_is_due_on_the_due_date() -> None:
    assert penalty(run(item("1000.00", date(2026, 3, 15)), as_of=date(2026, 3, 15))) == Decimal("0.00")


def test_the_contractual_rate_holds_for_every_half_year_known_or_not() -> None:
    settings = Settings(penalty_rate=Decimal(10))
    found = run(item("36500.00", date(2026, 6, 20)), as_of=date(2026, 7, 10), settings=settings)
    assert penalty(found) == Decimal("200.00")
    assert found.invoices["is_complete"].item() is True


def test_an_unknown_half_year_adds_nothing_and_is_said() -> None:
    found = run(item("36500.00", date(2026, 6, 20)), as_of=date(2026, 7, 10))
    assert penalty(found) == Decimal("121.50")
    assert found.invoices["is_complete"].item() is False
    assert found.segments["rate"].to_list() == [Decimal("12.150000"), None]


def test_a_rate_entered_by_a_person_completes_the_interest() -> None:
    settings = Settings(ecb_rates={"2026-S2": Decimal("2.00")})
    found = run(item("36500.00", date(2026, 6, 20)), as_of=date(2026, 7, 10), settings=settings)
    assert penalty(found) == Decimal("241.50")
    assert found.invoices["is_complete"].item() is True


def test_an_invoice_paid_before_the_unknown_half_year_is_complete() -> None:
    paid = (Paid(Decimal("36500.00"), date(2026, 6, 30)),)
    found = run(item("36500.00", date(2026, 6, 20)), as_of=date(2026, 9, 1), paid=paid)
    assert found.invoices["is_complete"].item() is True
    assert penalty(found) == Decimal("109.35")


def test_interest_stops_the_day_before_proceedings_open() -> None:
    said = marks((1, "C1", True, date(2026, 3, 26)))
    found = run(item("36500.00", date(2026, 3, 15)), as_of=date(2026, 5, 31), said=said)
    assert found.segments["to_date"].to_list() == [date(2026, 3, 25)]
    assert penalty(found) == Decimal("121.50")


def test_interest_runs_on_a_claim_born_after_the_opening() -> None:
    said = marks((1, "C1", True, date(2026, 1, 5)))
    found = run(item("36500.00", date(2026, 3, 15)), as_of=date(2026, 3, 25), said=said)
    assert penalty(found) == Decimal("121.50")


def test_the_opening_is_the_first_day_of_the_proceedings_that_stand() -> None:
    said = marks(
        (1, "C1", True, date(2025, 1, 1)),
        (2, "C1", False, date(2025, 6, 1)),
        (3, "C1", True, date(2026, 2, 1)),
        (4, "C1", True, date(2026, 3, 1)),
        (5, "C2", True, date(2026, 1, 1)),
        (6, "C2", False, date(2026, 1, 2)),
    )
    assert openings(said, as_of=date(2026, 6, 1)).rows() == [("C1", date(2026, 2, 1))]
    assert openings(said, as_of=date(2025, 5, 1)).rows() == [("C1", date(2025, 1, 1))]
    assert openings(said, as_of=date(2025, 7, 1)).is_empty()


def test_frames_have_their_schemas_with_and_without_late_invoices() -> None:
    for as_of in (date(2026, 3, 1), date(2026, 4, 1)):
        found = run(item("100.00", date(2026, 3, 15)), as_of=as_of)
        assert dict(found.invoices.schema) == INTEREST
        assert dict(found.segments.schema) == SEGMENTS


def day_by_day(amount: Decimal, due: date, paid: list[Paid], kind: str, as_of: date) -> tuple[Decimal, bool]:
    """The law, one day after the other, in plain Python."""
    ecb = ecb_rates({})
    exact, is_complete, day = Decimal(0), True, due + timedelta(days=1)
    began = half_year(day)
    while day <= as_of:
        counted = (p.amount for p in paid if p.counts_from <= day and (p.reversed_on is None or day < p.reversed_on))
        owed = max(amount - sum(counted, Decimal(0)), Decimal(0))
        rate = ecb.get(began if kind == "public" else half_year(day))
        if owed and rate is None:
            is_complete = False
        elif owed and rate is not None:
            exact += owed * (rate + (8 if kind == "public" else 10)) / Decimal(36500)
        day += timedelta(days=1)
    return round_half_up(exact), is_complete


@st.composite
def cases(draw: st.DrawFn) -> tuple[Decimal, date, list[Paid], str, date]:
    days = st.dates(date(2023, 6, 1), date(2026, 8, 31))
    due = draw(days)
    cents = draw(st.integers(1, 10**8))
    paid, left = [], cents
    for _ in range(draw(st.integers(0, 4))):
        part = draw(st.integers(0, left))
        left -= part
        counts_from = draw(days)
        reversed_on = counts_from + timedelta(days=draw(st.integers(0, 200))) if draw(st.booleans()) else None
        paid.append(Paid(Decimal(part).scaleb(-2), counts_from, reversed_on))
    return (
        Decimal(cents).scaleb(-2),
        due,
        paid,
        draw(st.sampled_from(["company", "public"])),
        due + timedelta(days=draw(st.integers(-5, 800))),
    )


@given(case=cases())
def test_interest_agrees_with_a_day_by_day_loop(case: tuple[Decimal, date, list[Paid], str, date]) -> None:
    amount, due, paid, kind, as_of = case
    found = run(item(str(amount), due, issued=date(2023, 1, 1)), as_of=as_of, paid=tuple(paid), client_type=kind)
    expected = day_by_day(amount, due, paid, kind, as_of)
    assert (penalty(found), found.invoices["is_complete"].item()) == expected


def test_the_shipped_rates_are_those_in_force_on_the_first_day_of_each_half_year() -> None:
    rates = known_ecb_rates()
    assert rates["2024-S2"] == Decimal("4.25")
    assert rates["2026-S1"] == Decimal("2.15")
    assert "2026-S2" not in rates


def test_a_contractual_rate_below_three_times_the_legal_rate_is_told_by_half_year() -> None:
    # 3 x 2.76 = 8.28 in 2025-S2, 3 x 2.62 = 7.86 in 2026-S1; the legal rate of 2026-S2 is not known, so it is not judged.
    for rate, expected in (("8.28", []), ("8.27", ["2025-S2"]), ("7.85", ["2025-S2", "2026-S1"])):
        settings = Settings(penalty_rate=Decimal(rate))
        found = run(item("1000.00", date(2025, 11, 30)), as_of=date(2026, 8, 15), settings=settings)
        assert below_floor(found.segments, settings) == expected
    public = run(item("1000.00", date(2025, 11, 30)), as_of=date(2026, 2, 15), client_type="public", settings=Settings())
    assert below_floor(public.segments, Settings()) == []
    assert contractual_floors()["2024-S1"] == Decimal("15.21")


@pytest.mark.parametrize(
    ("rate", "day", "said"),
    [
        ("7.86", date(2026, 6, 30), ""),
        ("7.85", date(2026, 6, 30), "7,85 % par an, est inférieur à trois fois le taux légal du 1er semestre 2026, 7,86 % :"),
        ("7.85", date(2026, 11, 22), "du 1er semestre 2026, 7,86 %"),  # the last one known
        ("14.75", date(2024, 12, 31), "du 2e semestre 2024, 14,76 %"),
        ("0.00", date(2018, 12, 31), ""),  # none is known
        (None, date(2026, 6, 30), ""),
    ],
)
def test_a_contractual_rate_below_the_last_known_floor_is_told_with_it(rate: str | None, day: date, said: str) -> None:
    settings = Settings(penalty_rate=Decimal(rate) if rate else None)
    found = floor_sentence(Texts("fr"), settings, as_of=day).replace("\xa0", " ")
    assert said in found if said else found == ""
