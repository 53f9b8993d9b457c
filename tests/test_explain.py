"""Every figure opens: its rows sum to its operands, its operands give it, and what moved it sums to the change."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import oracle
import polars as pl
import pytest
from from_facts import ledger_of, with_remainders
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgers import Case, cases
from small_ledger import Book

from models.dates import month_start
from models.tables import BUCKETS
from models.texts import Texts
from pipelines.explain.basis import Basis, of_client
from pipelines.explain.breakdown import GROUPS, breakdown, by_month
from pipelines.explain.explanation import explain
from pipelines.explain.figures import FIGURES, NO_SALES, SAME_AS, figure_of, operands_of
from pipelines.explain.formulas import dso_parts
from pipelines.explain.movement import NUMERATORS, at_two_decimals, movement
from pipelines.explain.operands import OPERANDS, months_of, rows_of, value_of
from pipelines.exports.explained import explained_lines
from pipelines.kpis import Kpis, kpis

pytestmark = pytest.mark.timeout(600)
_FEW = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
#: What `kpis` says beside figures.
_NO_FIGURES = {"as_of", "start", "days", "currency", "other_currencies", "is_period_moved", "incomplete_before"}


def _basis(case: Case, currency: str = "EUR") -> Basis:
    facts, as_of, start = with_remainders(case[0]), *case[1:]
    return Basis.of(ledger_of(facts), as_of=as_of, start=start, currency=currency)


@_FEW
@given(cases(12))
def test_every_key_of_the_figures_opens_and_its_rows_and_operands_give_it(case: Case) -> None:
    basis = _basis(case)
    shown = kpis(basis.ledger, as_of=basis.as_of, start=case[2]).values()
    for key in set(shown) - _NO_FIGURES:
        name = SAME_AS.get(key, key)
        wanted = sum(shown["ageing"].values()) if key == "ageing" else shown[key]
        for operand in FIGURES[name].operands:
            rows = rows_of(operand, basis)
            unit = OPERANDS[operand].unit
            added = rows.height if unit == "count" else rows["weight" if unit == "money_days" else "amount"].sum()
            assert added == operands_of(name, basis)[operand]
        calculate = FIGURES[name].value
        given_by_operands = figure_of(name, basis) if calculate is None else calculate(operands_of(name, basis))
        assert given_by_operands == wanted, key
    assert shown["ageing"] == {name: value_of(name, basis) for name in BUCKETS}
    for other, amount in shown["other_currencies"].items():
        assert figure_of("receivables", _basis(case, other)) == amount


@settings(_FEW, max_examples=20)
@given(cases(12))
def test_the_months_of_the_dso_by_exhaustion_take_the_receivables_and_give_its_days(case: Case) -> None:
    basis = _basis(case)
    taken, found = months_of(basis), figure_of("dso_countback", basis)
    sales = rows_of("sales_to_date", basis)
    for month in taken:
        own = sales.filter(pl.col("date").is_between(month.first, month_end_of(month.first)))
        assert own["amount"].sum() == month.sales
    if taken:
        assert value_of("sales_counted", basis) == sum(month.sales for month in taken)
    if found:
        assert sum(month.days for month in taken) == found
        assert taken[-1].left == 0
    opened = explain(basis, "dso_countback")
    assert opened.start == (taken[-1].first if taken else None)
    assert opened.is_calculated == bool(found)
    if found:
        said = opened.in_numbers(Texts("en")).partition(" = ")[0]
        numbers = [float(number.replace(",", "")) for number in re.findall(r"[\d,.]+", said)]
        *whole, owed, sold, days = numbers if "÷" in said else [*numbers, 0, 1, 0]
        assert sum(whole) + owed / sold * days == pytest.approx(found)


def month_end_of(first: date) -> date:
    return month_start(first + timedelta(days=31)) - timedelta(days=1)


@settings(_FEW, max_examples=12)
@given(cases(12))
def test_what_moved_a_figure_sums_exactly_to_its_change(case: Case) -> None:
    after = _basis(case)
    for days in (1, 45):
        for key in NUMERATORS:
            since = after.as_of - timedelta(days=days)
            moved = movement(key, after, since=since)
            before = Basis.of(after.ledger, as_of=since, start=case[2] and case[2] - timedelta(days=days), currency="EUR")
            ends = [figure_of(key, basis) for basis in (before, after)]
            if moved is None:
                assert None in ends
                continue
            assert [float(moved.start), float(moved.end)] == pytest.approx([float(end or 0) for end in ends])
            assert sum((effect.effect for effect in moved.effects), Fraction(0)) == moved.end - moved.start
            for effect in moved.effects:
                own = moved.rows.filter(pl.col("cause") == effect.cause)
                assert effect.cause == "period_length" or own["amount"].sum() == effect.amount
                if moved.in_days and own.height:
                    assert own["effect"].sum() == pytest.approx(float(effect.effect), abs=1e-6)
            shown = sum((effect.shown for effect in moved.effects), Decimal(0))
            assert abs(Fraction(shown) - (moved.end - moved.start)) < Fraction(1, 100)


@settings(_FEW, max_examples=20)
@given(cases(12))
def test_every_breakdown_sums_to_the_whole(case: Case) -> None:
    basis = _basis(case)
    for by in GROUPS:
        rows = breakdown(basis, by)
        for name in ("sales", "collected", "receivables", "overdue", "paid"):
            assert (rows[name].sum() or 0) == value_of(name, basis), (by, name)
    months = by_month(basis)
    assert months["sales"].sum() == value_of("sales", basis)
    assert months["collected"].sum() == value_of("collected", basis)


def test_a_figure_is_worked_out_when_it_is_looked_at() -> None:
    basis = Basis.of(Book().bill("F1", "Martin", date(2026, 5, 15), "100.01").ledger(), as_of=date(2026, 6, 26))
    figures = Kpis(basis)
    assert not basis.made
    assert figures.receivables == Decimal("100.01")
    assert OPERANDS["open_credits"].rows in basis.made
    assert not {OPERANDS[name].rows for name in ("sales", "paid", "reached_30", "gross_before")} & basis.made.keys()


@settings(_FEW, max_examples=20)
@given(cases(12))
def test_the_clients_add_up_to_the_company(case: Case) -> None:
    whole = _basis(case)
    clients = whole.ledger.clients["client_id"].to_list()
    parts = [Basis.of(whole.ledger, as_of=whole.as_of, start=case[2], client_id=client) for client in clients]
    assert all(part.start == whole.start for part in parts)
    for name in set(OPERANDS) - {"sales_counted"}:  # each client's own months
        assert sum(value_of(name, part) for part in parts) == value_of(name, whole), name
    assert of_client(whole.ledger, clients[0]).documents.height == whole.ledger.documents.filter(client_id=clients[0]).height


@settings(_FEW, max_examples=15)
@given(cases(10), st.integers(0, 99))
def test_the_order_of_the_rows_changes_no_figure_no_detail_and_no_movement(case: Case, seed: int) -> None:
    basis = _basis(case)
    names = ("documents", "allocations", "receipts", "refunds", "clients")
    turned = {name: getattr(basis.ledger, name).sample(fraction=1, shuffle=True, seed=seed) for name in names}
    other = Basis.of(replace(basis.ledger, **turned), as_of=basis.as_of, start=case[2], currency="EUR")
    assert Kpis(other) == Kpis(basis)
    assert breakdown(other, "client").equals(breakdown(basis, "client"))
    since = basis.as_of - timedelta(days=40)
    both = [movement("dso", each, since=since) for each in (basis, other)]
    assert both[0] is None or (both[1] is not None and both[0].effects == both[1].effects)


def test_a_figure_without_a_divisor_says_why_and_what_moved_it_is_not_told() -> None:
    old = Book().bill("F1", "Martin", date(2024, 1, 31)).ledger()
    basis = Basis.of(old, as_of=date(2026, 6, 26))
    opened = explain(basis, "dso")
    assert opened.value is None
    assert opened.in_numbers(Texts("en")) == "€100.00 ÷ €0.00 × 365 = –"
    assert NO_SALES in explained_lines(opened, Texts("en"))
    assert movement("dso", basis, since=date(2026, 5, 31)) is None
    assert explain(basis, "dso_countback").value is not None


def test_the_effects_shown_add_up_to_the_ends_shown() -> None:
    book = Book().bill("F1", "Martin", date(2026, 5, 15), "100.01").bill("F2", "Martin", date(2026, 6, 20), "333.33")
    book.bill("F3", "Dupont", date(2026, 7, 20), "77.77").receipt("L1", date(2026, 6, 10), "33.34", pays="F1")
    moved = movement("dso", Basis.of(book.ledger(), as_of=date(2026, 6, 26)), since=date(2026, 5, 25))
    assert moved is not None
    assert {effect.cause for effect in moved.effects} == {"entered", "paid", "sales_entered", "period_length"}
    assert at_two_decimals(moved.start) + sum(effect.shown for effect in moved.effects) == at_two_decimals(moved.end)


@given(st.floats(0, 400), st.floats(0, 400), st.floats(0, 60))
def test_the_parts_of_the_dso_add_up_as_they_are_shown(best: float, late: float, unused: float) -> None:
    dso = best + late - unused
    shown = dso_parts(dso, best, late, unused)
    exact = [Decimal(str(part)) for part in shown]
    assert exact[0] + exact[1] - exact[2] == Decimal(str(dso)).quantize(Decimal("0.1"))
    assert all(abs(float(part or 0) - real) <= 0.2 + 1e-9 for part, real in zip(shown, (best, late, unused), strict=True))
    assert exact[2] >= 0


def test_the_credits_take_what_rounding_leaves_of_a_dso() -> None:
    assert dso_parts(74.24, 61.66, 13.78, 1.20) == (61.7, 13.8, 1.3)
    assert dso_parts(75.4, 61.65, 13.75, 0.0) == (61.6, 13.8, 0.0)
    assert dso_parts(None, None, None, None) == (None, None, None)


def test_what_moved_receivables_tells_payments_that_came_back_and_credits_that_came_and_were_used() -> None:
    def bill(number: str, amount: str, kind: str = "invoice", on: date = date(2026, 1, 5)) -> oracle.Document:
        return oracle.Document(number, kind, "Martin", on, on + timedelta(days=30), Decimal(amount), "EUR", None)

    def line(name: str, on: date, amount: str) -> oracle.BankLine:
        return oracle.BankLine(name, on, Decimal(amount), "Martin")

    back, used = date(2026, 6, 5), date(2026, 6, 9)
    facts = oracle.Facts(
        documents=(bill("F1", "100.00"), bill("F2", "80.00"), bill("F3", "70.00"), bill("A1", "30.00", "credit_note")),
        lines=(
            line("L1", date(2026, 5, 4), "100.00"),
            line("L2", date(2026, 6, 8), "50.00"),
            line("L3", date(2026, 6, 3), "7.00"),
        ),
        matches=(
            oracle.Match("M1", "L1", "F1", Decimal("100.00"), back),
            oracle.Match("M2", "L2", "F2", Decimal("50.00")),
        ),
        refunds=(oracle.Refund(back, "L1", Decimal("100.00"), "returned", "Martin"),),
        credit_uses=(oracle.CreditUse("U1", "A1", "F3", Decimal("30.00"), used),),
        write_offs=(oracle.WriteOff("W1", "F3", Decimal("4.00"), date(2026, 6, 12), "loss"),),
    )
    moved = movement("receivables", Basis.of(ledger_of(facts), as_of=date(2026, 6, 26)), since=date(2026, 5, 31))
    assert moved is not None
    told = {effect.cause: effect.amount for effect in moved.effects}
    assert told == {
        "paid": Decimal("-50.00"), "returned": Decimal("100.00"), "credited": Decimal("-30.00"), "written_off": Decimal("-4.00"),
        "credits_came": Decimal("-7.00"), "credits_used": Decimal("30.00"),
    }  # fmt: skip


def test_what_is_collected_is_the_sales_reps_whose_invoices_it_pays() -> None:
    book = Book().bill("F1", "Martin", date(2026, 5, 15), "100.00", sales_rep="Ana", category="a")
    book.bill("F2", "Martin", date(2026, 5, 20), "50.00", sales_rep="Bob", category="b")
    book.receipt("L1", date(2026, 6, 10), "60.00", pays="F1").receipt("L2", date(2026, 6, 11), "50.00", pays="F2")
    ledger = book.receipt("L3", date(2026, 6, 12), "7.00", client="Martin").ledger()
    basis = Basis.of(ledger, as_of=date(2026, 6, 26))
    for by, names in (("sales_rep", ("Ana", "Bob")), ("category", ("a", "b"))):
        collected = dict(breakdown(basis, by).select("group", "collected").iter_rows())
        assert collected == {names[0]: Decimal("60.00"), names[1]: Decimal("50.00"), None: Decimal("7.00")}


def test_what_fell_due_on_the_earlier_day_itself_was_not_late_then_and_became_so() -> None:
    first, last = date(2026, 5, 31), date(2026, 6, 26)
    book = Book().bill("F1", "Martin", first, "100.00").bill("F2", "Martin", last, "50.00")
    book.bill("F3", "Martin", first - timedelta(days=1), "30.00")
    ledger = book.receipt("L1", date(2026, 6, 5), "20.00", pays="F1").receipt("L2", date(2026, 6, 6), "10.00", pays="F3").ledger()
    told = {}
    for key in ("overdue", "not_due"):
        moved = movement(key, Basis.of(ledger, as_of=last), since=first)
        assert moved is not None
        told[key] = {effect.cause: effect.amount for effect in moved.effects}
        assert moved.end - moved.start == sum(told[key].values())
    assert told == {
        "overdue": {"paid": Decimal("-10.00"), "aged": Decimal("80.00")},
        "not_due": {"paid": Decimal("-20.00"), "aged": Decimal("-80.00")},
    }


def test_an_invoice_issued_later_than_thirty_days_after_its_due_date_counts_as_paid_then() -> None:
    book = Book().bill("F1", "Martin", date(2026, 3, 1), "100.00", issue_date=date(2026, 4, 15))
    figures = kpis(book.bill("F2", "Martin", date(2026, 3, 1), "300.00").ledger(), as_of=date(2026, 6, 26))
    assert (figures.unpaid_rate_30, figures.unpaid_rate_30_count) == (75.0, 50.0)


def test_a_payment_that_takes_the_room_of_one_that_came_back_took_the_days_up_to_its_own() -> None:
    """It counts from the day on which the other came back; the client had paid on its own day."""
    issued, whole = date(2026, 3, 2), Decimal("100.00")
    day = {n: issued + timedelta(days=n) for n in (10, 20, 30, 40)}
    facts = oracle.Facts(
        documents=(oracle.Document("F1", "invoice", "Martin", issued, day[30], whole),),
        lines=(oracle.BankLine("L1", day[10], whole, "Martin"), oracle.BankLine("L2", day[20], whole, "Martin")),
        matches=(oracle.Match("M1", "L1", "F1", whole, day[40]), oracle.Match("M2", "L2", "F1", whole)),
        refunds=(oracle.Refund(day[40], "L1", whole, "returned", "Martin"),),
    )
    figures = kpis(ledger_of(facts), as_of=date(2026, 6, 26))
    assert (figures.average_days_to_pay, figures.average_days_late) == (20.0, -10.0)
