"""Expected movements besides receipts: planned, taxes, VAT, suppliers; each once, and as people answered."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as checked
from hypothesis import strategies as st
from small_store import Company, day
from test_forecast_curve import AS_OF, DAY, invoice, ledger, movement, paid, stated

from models.cash_tables import ITEM_ANSWERS, PAYMENT_CHOICES, PLANNED_ITEMS
from models.dates import next_working_day
from models.errors import Refused
from models.settings import Settings
from models.store import Author
from pipelines.decisions import undo
from pipelines.forecast.curve import Forecast, forecast
from pipelines.forecast.decisions import answer_item, drop_planned, find_item, not_seen, plan_item
from pipelines.forecast.doubles import _RANK, _covers, each_once
from pipelines.forecast.expected import Expected
from pipelines.forecast.planned import occurrences
from pipelines.forecast.scenarios import Scenario, courses, own_balances
from pipelines.forecast.taxes import vat_of_period
from pipelines.ledger import Ledger, run_ledger
from pipelines.publishing.rebuild import run_rebuild

QUIET = Settings(vat_regime="none", urssaf_day="none")
RENT = [movement(next_working_day(date(2026, m, 5)), "-1200.00", "PRLV SCI LILAS LOYER") for m in range(1, 7)]


def plan(item_id: str, amount: str, first: date, period: str = "once", label: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "label": label or item_id,
        "amount": Decimal(amount),
        "currency": "EUR",
        "first_date": first,
        "period": period,
        **more,
    }


def answer(
    item_id: str, said: str, for_date: date | None = None, to: date | None = None, amount: str | None = None
) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "for_date": for_date,
        "answer": said,
        "moved_to": to,
        "amount": Decimal(amount) if amount else None,
    }


def books(
    planned: list[dict[str, Any]] | None = None,
    answers: list[dict[str, Any]] | None = None,
    rules: Settings = QUIET,
    **facts: Any,
) -> Ledger:
    made = ledger(balances=[stated(AS_OF, "10000.00")], **facts)
    return replace(
        made,
        planned_items=pl.DataFrame(planned or [], schema=PLANNED_ITEMS),
        item_answers=pl.DataFrame(answers or [], schema=ITEM_ANSWERS),
        settings=rules,
    )


def said(ahead: Forecast, kind: str | None = None) -> list[tuple[Any, ...]]:
    rows = ahead.expected if kind is None else ahead.expected.filter(pl.col("kind") == kind)
    return list(rows.select("label", "date", "amount", "is_counted", "why_not").iter_rows())


def at(made: Ledger, days: int = 30, as_of: date = AS_OF) -> Forecast:
    return forecast(made, as_of=as_of, days=days)


def test_a_month_end_item_falls_on_each_months_last_day() -> None:
    days = list(occurrences(date(2026, 1, 31), "monthly", None, date(2026, 4, 30)))
    assert days == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    assert list(occurrences(date(2026, 1, 31), "quarterly", date(2026, 5, 1), date(2027, 1, 1))) == [
        date(2026, 1, 31),
        date(2026, 4, 30),
    ]
    assert list(occurrences(date(2024, 2, 29), "yearly", None, date(2025, 3, 1))) == [date(2024, 2, 29), date(2025, 2, 28)]


def test_a_planned_item_is_in_the_curve_on_its_day() -> None:
    ahead = at(books([plan("van", "-3000.00", date(2026, 7, 3)), plan("grant", "500.00", date(2026, 7, 11), "weekly")]))
    assert ahead.outflows[6] == Decimal("-3000.00")
    assert [d for d, come in zip(ahead.dates, ahead.inflows, strict=True) if come] == [date(2026, 7, 13), date(2026, 7, 20)]
    assert ahead.balances.mean[-1] == Decimal("8000.00")


def test_a_planned_item_that_the_history_shows_too_counts_once() -> None:
    ahead = at(books([plan("Loyer", "-1200.00", date(2026, 7, 6))], lines=RENT))
    assert (
        said(ahead)
        == [
            ("Loyer", date(2026, 7, 6), Decimal("-1200.00"), True, None),
            ("PRLV SCI LILAS LOYER", date(2026, 7, 6), Decimal("-1200.00"), False, "covered"),
        ]
        or sum(row[3] for row in said(ahead)) == 1
    )
    assert sum(ahead.outflows) == Decimal("-1200.00")


def test_a_planned_item_that_the_bank_shows_already_is_not_expected() -> None:
    early = movement(AS_OF, "-2990.00", "VIR GARAGE CAMIONNETTE")
    ahead = at(books([plan("Camionnette", "-3000.00", AS_OF + 3 * DAY)], lines=[early]))
    assert said(ahead) == [("Camionnette", AS_OF + 3 * DAY, Decimal("-3000.00"), False, "seen")]
    other = movement(AS_OF, "-1990.00", "VIR GARAGE CAMIONNETTE")
    assert at(books([plan("Camionnette", "-3000.00", AS_OF + 3 * DAY)], lines=[other])).outflows[2] == Decimal("-3000.00")


def test_a_debit_that_is_said_to_be_another_movement_leaves_the_planned_one_to_come(tmp_path: Path) -> None:
    company = Company(tmp_path).line("L1", "-2990.00", "VIR GARAGE DUVAL", 0).save()
    store, today = company.store, day(1)
    ana = Author("Ana", today, datetime(2026, 6, 26, 9))
    plan_item(store, "Camionnette", Decimal("-3000.00"), today, author=ana)
    plan_item(store, "Four", Decimal("-3000.00"), today + 2 * DAY, author=ana)

    def seen(as_of: date = today) -> dict[str, str | None]:
        expected = at(run_ledger(store), as_of=as_of).expected.filter(pl.col("kind") == "planned")
        return dict(expected.select("label", "line_id").iter_rows())

    assert seen() == {"Camionnette": "L1", "Four": None}  # what passed is shown while the bank shows it
    (item,) = run_ledger(store).planned_items.filter(pl.col("label") == "Camionnette")["item_id"]
    said_so = not_seen(store, item, ["L1"], label="Camionnette", author=ana)
    assert seen() == {"Camionnette": None, "Four": "L1"}
    assert sum(at(run_ledger(store), as_of=today).outflows) == Decimal("-3000.00")
    company.line("L2", "-3000.00", "CHEQUE 12", 2).save()
    assert seen(day(2)) == {"Camionnette": "L2", "Four": "L1"}
    assert run_rebuild(store, tmp_path / "again.duckdb").is_same
    undo(store, said_so, author=ana)
    assert seen() == {"Camionnette": "L1", "Four": None}
    with pytest.raises(Refused, match="No bank line"):
        not_seen(store, item, [], label="Four", author=ana)


def test_a_planned_item_that_cost_more_than_planned_is_not_expected_again() -> None:
    planned = plan("Camionnette", "-3000.00", AS_OF + 3 * DAY)
    dearer = movement(AS_OF, "-4500.00", "VIR GARAGE CAMIONNETTE")
    assert said(at(books([planned], lines=[dearer]))) == [("Camionnette", AS_OF + 3 * DAY, Decimal("-3000.00"), False, "seen")]
    for other in (movement(AS_OF, "-6500.00", "VIR GARAGE CAMIONNETTE"), movement(AS_OF, "-4500.00", "VIR GARAGE DUPONT")):
        assert at(books([planned], lines=[other])).outflows[2] == Decimal("-3000.00")


def test_a_planned_item_that_did_not_come_is_expected_for_a_few_days_more() -> None:
    late = books([plan("Camionnette", "-3000.00", AS_OF - 2 * DAY)])
    assert said(at(late)) == [("Camionnette", date(2026, 6, 29), Decimal("-3000.00"), True, None)]
    assert said(at(late, as_of=AS_OF + 9 * DAY)) == []


@pytest.mark.parametrize(
    ("word", "days", "amount"),
    [
        (answer("X", "dropped"), [], None),
        (answer("X", "dropped", date(2026, 7, 6)), [date(2026, 8, 5)], "-1200.00"),
        (answer("X", "moved", date(2026, 7, 6), date(2026, 7, 20)), [date(2026, 7, 20), date(2026, 8, 5)], "-1200.00"),
        (answer("X", "changed", None, None, "-1300.00"), [date(2026, 7, 6), date(2026, 8, 5)], "-1300.00"),
        (answer("X", "confirmed"), [date(2026, 7, 6), date(2026, 8, 5)], "-1200.00"),
    ],
)
def test_an_answer_on_a_recurring_movement(word: dict[str, Any], days: list[date], amount: str | None) -> None:
    flow = at(books(lines=RENT), 45).flows["flow_id"][0]
    ahead = at(books(answers=[{**word, "item_id": flow}], lines=RENT), 45)
    assert [d for d, out in zip(ahead.dates, ahead.outflows, strict=True) if out] == days
    assert {out for out in ahead.outflows if out} == ({Decimal(amount)} if amount else set())


def test_what_a_client_pays_is_not_what_was_planned_unless_a_word_says_so() -> None:
    facts: dict[str, Any] = {
        "documents": [invoice("F1", "5000.00", AS_OF - 60 * DAY, AS_OF - 20 * DAY)],
        "allocations": [paid("F1", "5000.00", AS_OF - DAY)],
        "lines": [movement(AS_OF - DAY, "5000.00", "VIR DUPONT F1", name="L-F1")],
    }
    seen = [at(books([plan("P", "5000.00", AS_OF + DAY, label=label)], **facts)) for label in ("Subvention", "Dupont, solde")]
    assert [ahead.expected["why_not"].to_list() for ahead in seen] == [[None], ["seen"]]


def test_a_recurring_movement_that_a_person_confirmed_counts_beside_a_planned_one_of_its_amount() -> None:
    camionnette = [plan("P", "-1200.00", date(2026, 7, 8), label="Camionnette")]
    (flow,) = [row for row in at(books(camionnette, lines=RENT)).expected.to_dicts() if row["kind"] == "recurring"]
    assert flow["why_not"] == "covered"
    confirmed = [answer(flow["item_id"], "confirmed")]
    assert at(books(camionnette, confirmed, lines=RENT)).outflows[9] == Decimal("-1200.00")  # 6 July
    assert sum(at(books(camionnette, confirmed, lines=RENT)).outflows) == Decimal("-2400.00")
    own = [plan("P", "-1200.00", date(2026, 7, 8), label="Loyer des lilas")]
    assert sum(at(books(own, confirmed, lines=RENT)).outflows) == Decimal("-1200.00")


def test_taxes_and_the_floor_are_of_the_companys_own_currency() -> None:
    rules = replace(Settings(urssaf_day="15"), cash_floor=Decimal("2000.00"))
    made = books(answers=[answer("tax|urssaf", "confirmed", amount="-640.00")], rules=rules)
    ours, dollars = (forecast(made, as_of=AS_OF, currency=currency) for currency in ("EUR", "USD"))
    assert (sum(ours.outflows), ours.floor) == (Decimal("-640.00"), Decimal("2000.00"))
    assert (dollars.expected.height, dollars.floor, dollars.riskiest[1]) == (0, Decimal("0.00"), 0.0)
    assert ("no_account" in ours.notes, "no_account" in dollars.notes, "no_balance" in dollars.notes) == (False, True, False)


def test_what_was_moved_stays_in_the_currency_that_it_was_planned_in() -> None:
    once = plan("Four", "-8400.00", date(2026, 6, 30))
    weekly = plan("Box", "-490.00", date(2026, 6, 29), "weekly")
    words = [
        answer("Four", "moved", date(2026, 6, 30), date(2026, 7, 2)),
        answer("Box", "moved", date(2026, 7, 6), date(2026, 7, 7)),
    ]
    made = books([once, weekly], words)
    ours, dollars = (forecast(made, as_of=AS_OF, currency=currency) for currency in ("EUR", "USD"))
    assert Decimal("-8400.00") in ours.outflows
    assert (dollars.expected.height, sum(dollars.outflows)) == (0, Decimal(0))


def test_what_was_moved_stays_expected_after_its_own_day_has_passed_until_it_is_seen() -> None:
    flow = at(books(lines=RENT), 45).flows["flow_id"][0]
    word = [answer(flow, "moved", date(2026, 7, 6), date(2026, 7, 24))]
    later = at(books(answers=word, lines=RENT), 10, as_of=date(2026, 7, 16))
    assert [d for d, out in zip(later.dates, later.outflows, strict=True) if out] == [date(2026, 7, 24)]
    seen = [*RENT, movement(date(2026, 7, 10), "-1200.00", "PRLV SCI LILAS LOYER")]
    assert not any(at(books(answers=word, lines=seen), 10, as_of=date(2026, 7, 16)).outflows)


def test_taxes_are_proposals_until_a_person_says_how_much() -> None:
    rules = replace(QUIET, urssaf_day="5")
    assert said(at(books(rules=rules))) == [("urssaf", date(2026, 7, 6), None, False, "to_confirm")]
    confirmed = books(answers=[answer("tax|urssaf", "confirmed")], rules=rules)
    assert said(at(confirmed)) == [("urssaf", date(2026, 7, 6), None, False, "no_amount")]
    given_amount = books(answers=[answer("tax|urssaf", "changed", None, None, "-700.00")], rules=rules)
    assert at(given_amount).outflows[9] == Decimal("-700.00")


def test_a_tax_that_comes_back_in_the_bank_counts_once() -> None:
    days = [date(2026, 1, 5), date(2026, 2, 5), date(2026, 3, 5), date(2026, 4, 7), date(2026, 5, 5), date(2026, 6, 5)]
    lines = [movement(d, "-640.00", f"PRLV URSSAF PACA {d:%m%y}") for d in days]
    rules = replace(QUIET, urssaf_day="5")
    ahead = at(books(rules=rules, lines=lines))
    assert [(row[0], row[3], row[4]) for row in said(ahead)] == [
        ("PRLV URSSAF PACA", True, None), ("urssaf", False, "recurring"),
    ]  # fmt: skip
    confirmed = at(books(answers=[answer("tax|urssaf", "changed", None, None, "-700.00")], rules=rules, lines=lines))
    assert sum(confirmed.outflows) == Decimal("-700.00")


def vat_books(rules: Settings) -> Ledger:
    documents = [
        invoice("F1", "1200.00", date(2026, 5, 4), date(2026, 6, 4), vat_amount=Decimal("200.00")),
        invoice("F2", "120.00", date(2026, 6, 4), date(2026, 7, 4), amount_excl_tax=Decimal("100.00"), vat_amount=None),
        invoice("A1", "60.00", date(2026, 5, 9), date(2026, 5, 9), kind="credit_note", vat_amount=Decimal("10.00")),
        invoice("P1", "240.00", date(2026, 5, 20), date(2026, 9, 20), "S", direction="purchase", vat_amount=Decimal("40.00")),
    ]
    return books(rules=rules, documents=documents, allocations=[paid("F1", "600.00", date(2026, 6, 8))])


@pytest.mark.parametrize(
    ("basis", "may", "june"), [("debits", "150.00", "20.00"), ("receipts", "-40.00", "100.00")]
)  # receipts: F1 half paid in June; the credit note is no receipt
def test_the_vat_of_a_month(basis: str, may: str, june: str) -> None:
    made = vat_books(replace(QUIET, vat_basis=basis))
    months = ((date(2026, 5, 1), date(2026, 5, 31)), (date(2026, 6, 1), AS_OF))
    found = [vat_of_period(made, *month, currency="EUR") for month in months]
    assert found == [Decimal(may), Decimal(june)]


def test_vat_is_proposed_on_its_day_and_counts_once_confirmed() -> None:
    rules = replace(QUIET, vat_regime="monthly", vat_day=18)
    ahead = at(vat_books(rules))
    assert said(ahead, "vat") == [("2026-06", date(2026, 7, 20), Decimal("-20.00"), False, "to_confirm")]
    confirmed = replace(vat_books(rules), item_answers=pl.DataFrame([answer("vat", "confirmed")], schema=ITEM_ANSWERS))
    assert at(confirmed).outflows[23] == Decimal("-20.00")
    quarter = replace(QUIET, vat_regime="quarterly", vat_day=18)
    assert said(at(vat_books(quarter)), "vat") == [("2026-T2", date(2026, 7, 20), Decimal("-170.00"), False, "to_confirm")]


def test_a_supplier_invoice_is_in_the_curve_and_takes_the_place_of_its_flow() -> None:
    power = [movement(date(2026, m, 10), "-130.00", f"PRLV EDF PRO {m}") for m in range(1, 7)]
    bill = invoice("P9", "144.00", date(2026, 6, 20), date(2026, 7, 9), "EDF", direction="purchase")
    ahead = at(books(documents=[bill], lines=power))
    assert [(row[0], row[3], row[4]) for row in said(ahead)] == [("P9", True, None), ("PRLV EDF PRO", False, "covered")]
    assert sum(ahead.outflows) == Decimal("-144.00")


def bills(*rows: tuple[str, str, date, str]) -> list[dict[str, Any]]:
    """Supplier invoices: number, amount, due date, supplier."""
    return [invoice(number, amount, date(2026, 6, 20), due, name, direction="purchase") for number, amount, due, name in rows]


def test_every_supplier_invoice_and_every_planned_item_counts() -> None:
    """Two invoices, or two things that a person typed, are never one movement, however near their days and amounts."""
    owed = bills(
        ("D-77", "5000.00", date(2026, 7, 10), "Garage Duval"),
        ("K-12", "5080.00", date(2026, 7, 11), "Menuiserie Kermit"),
        ("L-1", "1000.00", date(2026, 7, 17), "Loc Engins"),
        ("L-2", "1250.00", date(2026, 7, 18), "Loc Engins"),
        ("G-1", "700.00", date(2026, 7, 20), "Grenier"),
        ("G-2", "700.00", date(2026, 7, 20), "Grenier"),
    )
    premiums = [plan(f"Prime {name}", "-500.00", date(2026, 7, 15)) for name in ("Anna", "Bruno")]
    ahead = at(books(premiums, documents=owed))
    assert {row[3] for row in said(ahead)} == {True}
    assert sum(ahead.outflows) == Decimal("-14730.00")


def test_a_planned_item_gives_way_to_an_invoice_of_its_amount_or_its_name_unless_confirmed() -> None:
    owed = bills(("D-77", "5000.00", date(2026, 7, 10), "Garage Duval"))
    for label, amount, counts in (("Camion", "-5000.00", 0), ("Duval", "-4600.00", 0), ("Camion", "-4950.00", 1)):
        planned = plan("i1", amount, date(2026, 7, 9), label=label)
        assert sum(row[3] for row in said(at(books([planned], documents=owed)), "planned")) == counts
    confirmed = books([plan("i1", "-5000.00", date(2026, 7, 9))], [answer("i1", "confirmed")], documents=owed)
    assert sum(at(confirmed).outflows) == Decimal("-10000.00")


def test_a_day_has_one_balance_whatever_the_horizon() -> None:
    """What is due behind the horizon may be what the history expects in it."""
    owed = bills(("SCI-7", "1200.00", date(2026, 7, 9), "SCI Lilas"))
    short, long = (at(books(documents=owed, lines=RENT), days=days) for days in (11, 30))
    assert short.balances.mean == long.balances.mean[:11]


def test_receipts_that_may_have_paid_open_invoices_are_no_recurring_ones() -> None:
    months = [date(2026, m, 14) for m in range(1, 7)]
    owed = [invoice(f"G{m.month}", "1200.00", m - 13 * DAY, m, "Gamma") for m in months]
    holdco = [movement(day, "1200.00", "VIR RECU HOLDCO ZED") for day in months]
    ahead = at(books(documents=owed, lines=holdco))
    assert sum(ahead.inflows) == 0
    assert "unmatched_receipts" in ahead.notes
    other = at(books(documents=owed, lines=[movement(day, "1300.00", "VIR RECU HOLDCO ZED") for day in months]))
    assert sum(other.inflows) == Decimal("1300.00")
    assert "unmatched_receipts" not in other.notes


def test_a_supplier_invoice_that_a_debit_seems_to_have_paid_is_not_expected_again() -> None:
    bill = invoice("P-2026-9", "144.00", date(2026, 6, 1), date(2026, 7, 9), "EDF", direction="purchase")
    ahead = at(books(documents=[bill], lines=[movement(AS_OF, "-144.00", "VIR EDF P-2026-9")]))
    assert [(row[0], row[3], row[4]) for row in said(ahead)] == [("P-2026-9", False, "seen")]


def test_a_supplier_invoice_that_is_late_for_long_counts_only_if_a_person_chooses_its_day() -> None:
    """Old invoices that nobody matched were probably paid: a book taken over must not sink the curve."""
    bill = invoice("P-1", "900.00", AS_OF - 200 * DAY, AS_OF - 91 * DAY, "EDF", direction="purchase")
    made = books(documents=[bill])
    assert [(row[0], row[3], row[4]) for row in said(at(made))] == [("P-1", False, "old")]
    choice: list[dict[str, Any]] = [{"document_id": "P-1", "pay_on": AS_OF + 4 * DAY}]
    chosen = replace(made, payment_choices=pl.DataFrame(choice, schema=PAYMENT_CHOICES))
    assert at(chosen).outflows[3] == Decimal("-900.00")
    recent = invoice("P-2", "900.00", AS_OF - 200 * DAY, AS_OF - 90 * DAY, "EDF", direction="purchase")
    assert sum(at(books(documents=[recent])).outflows) == Decimal("-900.00")


@pytest.mark.parametrize("word", [answer("P-1", "dropped"), answer("P-1", "moved", date(2026, 7, 9), date(2026, 7, 20))])
def test_a_supplier_invoice_is_paid_on_its_payment_day_and_no_answer_moves_or_drops_it(word: dict[str, Any]) -> None:
    owed = bills(("P-1", "900.00", date(2026, 7, 9), "EDF"))
    assert said(at(books(answers=[word], documents=owed))) == [("P-1", date(2026, 7, 9), Decimal("-900.00"), True, None)]


ITEMS_PLANNED = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.integers(-500_000, 500_000).filter(bool),
        st.sampled_from(["once", "weekly", "monthly", "bimonthly"]),
    ),
    max_size=6,
)


@checked(max_examples=40, deadline=None)
@given(items=ITEMS_PLANNED, days=st.integers(7, 45))
def test_items_sum_to_the_curve_with_planned_items_and_the_band_keeps_its_order(
    items: list[tuple[int, int, str]], days: int
) -> None:
    planned = [plan(f"p{n}", str(Decimal(c).scaleb(-2)), AS_OF + d * DAY, p, f"Poste{n}") for n, (d, c, p) in enumerate(items)]
    owed = [
        invoice("F1", "950.33", AS_OF - 20 * DAY, AS_OF + 5 * DAY),
        invoice("P1", "77.10", AS_OF - 3 * DAY, AS_OF + 9 * DAY, "S", direction="purchase"),
    ]
    ahead = at(books(planned, documents=owed, lines=RENT), days)
    balance = ahead.opening
    sums = dict(ahead.items.group_by("date").agg(pl.col("amount").sum()).iter_rows())
    for k, on in enumerate(ahead.dates):
        balance += Decimal(sums.get(on, 0))
        assert balance == ahead.balances.mean[k]
        assert ahead.balances.p10[k] <= ahead.balances.p50[k] <= ahead.balances.p90[k]
        assert 0 <= ahead.below_floor[k] <= 1


@checked(max_examples=25, deadline=None)
@given(first=st.integers(1, 25), to=st.integers(1, 25), cents=st.integers(-900_000, 900_000).filter(bool))
def test_moving_an_item_moves_the_curve_by_it(first: int, to: int, cents: int) -> None:
    amount = Decimal(cents).scaleb(-2)
    item = [plan("travaux", str(amount), AS_OF + first * DAY)]
    there = at(books(item, lines=RENT)).balances
    moved = at(books(item, [answer("travaux", "moved", AS_OF + first * DAY, AS_OF + to * DAY)], lines=RENT)).balances
    for band in ("mean", "p10", "p50", "p90"):
        for k in range(30):
            change = amount * ((k + 1 >= to) - (k + 1 >= first))
            assert getattr(moved, band)[k] == getattr(there, band)[k] + change


def open_books(**facts: Any) -> Ledger:
    documents = [invoice(f"F{n}", "1000.00", AS_OF - 40 * DAY, AS_OF + n * DAY, f"C{n % 2}") for n in range(6)]
    return books(documents=documents, lines=RENT, **facts)


def test_scenarios_stand_side_by_side() -> None:
    ahead = at(open_books())
    found = courses(ahead, Scenario(), Decimal(0))
    assert list(found) == ["prudent", "expected", "optimistic"]
    assert [row.balances for row in found.values()] == [ahead.balances.p10, ahead.balances.mean, ahead.balances.p90]
    assert own_balances(ahead, Scenario()) == ahead.balances.mean


def test_a_scenario_of_ones_own_moves_cuts_and_leaves_out_receipts() -> None:
    ahead = at(open_books())
    none = own_balances(ahead, Scenario(receipts_pct=Decimal(0)))
    assert none[-1] == ahead.opening + sum(ahead.outflows)
    half = own_balances(ahead, Scenario(receipts_pct=Decimal(50)))
    assert abs(half[-1] - (none[-1] + ahead.receipts.mean[-1] / 2)) < Decimal("2.00")
    late = own_balances(ahead, Scenario(delay=7))
    assert late[6] == ahead.opening + sum(ahead.outflows[:7])
    assert late[20] == ahead.receipts.mean[13] + ahead.opening + sum(ahead.outflows[:21])
    gone = own_balances(ahead, Scenario(without=frozenset({"C0", "C1"})))
    assert gone == none
    extra = own_balances(ahead, Scenario(extra=((AS_OF + 5 * DAY, Decimal("-250.00")),)))
    assert [a - b for a, b in zip(extra, ahead.balances.mean, strict=True)] == [Decimal(0)] * 4 + [Decimal("-250.00")] * 26
    below = courses(ahead, Scenario(extra=((AS_OF + 5 * DAY, Decimal("-99999.00")),)), Decimal(0))["own"]
    assert (below.below_on, below.lowest < 0) == (AS_OF + 5 * DAY, True)


def test_the_chance_to_fall_below_the_floor_rises_with_it() -> None:
    chances = [
        at(open_books(rules=replace(QUIET, cash_floor=Decimal(floor)))).riskiest[1] for floor in (0, 9_000, 11_000, 99_999)
    ]
    assert chances[0] == 0
    assert chances == sorted(chances)
    assert chances[-1] == 1


ANA = Author("Ana", AS_OF, datetime(2026, 6, 26, 9))


def test_a_person_plans_answers_and_takes_back(tmp_path: Path) -> None:
    store = Company(tmp_path).save().store
    planned = plan_item(store, " Camionnette  neuve ", Decimal("-3000.00"), AS_OF + 5 * DAY, author=ANA)
    item = run_ledger(store).planned_items["item_id"][0]
    assert find_item(at(run_ledger(store)).expected, "camionnette") == item
    answer_item(store, item, "changed", label="Camionnette", author=ANA, amount=Decimal("-2500.00"))
    last = answer_item(store, item, "moved", label="Camionnette", author=ANA, for_date=AS_OF + 5 * DAY, moved_to=AS_OF + 8 * DAY)
    assert at(run_ledger(store)).outflows[7] == Decimal("-2500.00")  # the date of the one, the amount of all
    undo(store, last, author=ANA)
    assert at(run_ledger(store)).outflows[4] == Decimal("-2500.00")
    answer_item(store, item, None, label="Camionnette", author=ANA)
    assert at(run_ledger(store)).outflows[4] == Decimal("-3000.00")
    assert run_rebuild(store, tmp_path / "again.duckdb").is_same
    dropped = drop_planned(store, item, author=ANA)
    assert run_ledger(store).planned_items.is_empty()
    assert run_ledger(store, known_on=AS_OF - DAY).planned_items.is_empty()
    undo(store, dropped, author=ANA)
    undo(store, planned, author=ANA)
    assert run_ledger(store).planned_items.is_empty()


def test_an_item_that_was_moved_stays_moved_when_its_amount_changes(tmp_path: Path) -> None:
    store = Company(tmp_path).save().store
    plan_item(store, "Camionnette", Decimal("-3000.00"), AS_OF + 5 * DAY, author=ANA)
    item, on = run_ledger(store).planned_items["item_id"][0], AS_OF + 5 * DAY

    def say(word: str, **more: Any) -> int:
        return answer_item(store, item, word, label="Camionnette", author=ANA, for_date=on, **more)

    def out() -> dict[date, Decimal]:
        ahead = at(run_ledger(store))
        return {day: amount for day, amount in zip(ahead.dates, ahead.outflows, strict=True) if amount}

    say("moved", moved_to=on + 3 * DAY)
    changed = say("changed", amount=Decimal("-2500.00"))
    assert out() == {on + 3 * DAY: Decimal("-2500.00")}
    say("moved", moved_to=on + 4 * DAY)
    say("confirmed")
    assert out() == {on + 4 * DAY: Decimal("-2500.00")}
    dropped = say("dropped")
    assert out() == {}
    say("confirmed")  # after it was dropped, it is as planned
    assert out() == {on: Decimal("-3000.00")}
    undo(store, run_ledger(store).revision, author=ANA)
    undo(store, dropped, author=ANA)
    assert out() == {on + 4 * DAY: Decimal("-2500.00")}
    assert changed


@pytest.mark.parametrize(
    ("kwargs", "code"),
    [
        ({"answer": "moved", "for_date": AS_OF}, "moved_where"),
        ({"answer": "moved", "moved_to": AS_OF}, "moved_where"),
        ({"answer": "changed"}, "no_amount"),
        ({"answer": "perhaps"}, "bad_answer"),
    ],
)
def test_an_answer_that_lacks_its_day_or_amount_is_refused(tmp_path: Path, kwargs: dict[str, Any], code: str) -> None:
    store = Company(tmp_path).save().store
    with pytest.raises(Refused) as refused:
        answer_item(store, "vat", label="TVA", author=ANA, **kwargs)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("label", "amount", "more", "code"),
    [
        (" ", "1.00", {}, "no_label"),
        ("a", "0.00", {}, "no_amount"),
        ("a", "1.00", {"period": "daily"}, "bad_period"),
        ("a", "1.00", {"until": AS_OF - timedelta(days=1)}, "bad_until"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(tmp_path: Path, label: str, amount: str, more: dict[str, Any], code: str) -> None:
    store = Company(tmp_path).save().store
    with pytest.raises(Refused) as refused:
        plan_item(store, label, Decimal(amount), AS_OF, author=ANA, **more)
    assert refused.value.code == code


movements = st.builds(
    lambda kind, n, cents, words, said: Expected(
        AS_OF + n * DAY, kind, "", "", None, Decimal(cents), AS_OF, said != "old", words=frozenset(words), answer=said
    ),
    st.sampled_from(list(_RANK)),
    st.integers(0, 20),
    st.sampled_from([-100, -101, -125, -400]),
    st.sets(st.sampled_from(["loyer", "sci"])),
    st.sampled_from([None, "confirmed", "old"]),
)


@given(st.lists(movements, max_size=14))
@checked(max_examples=60, deadline=None)
def test_each_item_is_covered_by_the_first_of_all_that_stand_for_it(found: list[Expected]) -> None:
    items = [replace(item, item_id=f"I{n:02}") for n, item in enumerate(found)]
    kept: list[Expected] = []
    covered = []
    for item in sorted(items, key=lambda item: (_RANK[item.kind], item.date, item.item_id)):
        first = next((other for other in kept if item.is_counted and _covers(other, item)), None)
        if first:
            kept.remove(first)
            covered.append(item.item_id)
        elif item.is_counted and item.kind != "recurring":
            kept.append(item)
    assert [item.item_id for item in each_once(items) if item.why_not == "covered"] == covered


def test_an_item_is_meant_by_its_whole_label_and_several_are_told_with_theirs() -> None:
    items = [("a|-|PRLV LOYER BAIL", "PRLV LOYER BAIL"), ("b", "Loyer"), ("c", "Loyer du garage")]
    expected = pl.DataFrame(items, schema={"item_id": pl.String, "label": pl.String}, orient="row")
    assert find_item(expected, "loyer") == "b"
    assert find_item(expected, "garage") == "c"
    with pytest.raises(Refused, match=re.escape("a|-|PRLV LOYER BAIL, b (Loyer), c (Loyer du garage)")):
        find_item(expected, "loy")
