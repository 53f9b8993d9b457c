"""The aged balance: every cut sums to the same receivables, buckets end where they say, instalments age on their own dates."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from from_facts import ledger_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgers import Case, cases
from small_ledger import MONDAY, Book
from small_store import ME, Company, day, money

from models.errors import Refused
from models.tables import BUCKETS
from pipelines.ageing import GROUPS, USUAL, Ageing, aged, parse_bounds
from pipelines.collections.plans import make_plan
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger
from pipelines.reconcile.decide import allocate

_LAW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
_BOUNDS = st.lists(st.integers(1, 200), min_size=1, max_size=6, unique=True).map(sorted).map(tuple)


@_LAW
@given(cases(8), st.sampled_from(tuple(GROUPS)), st.sampled_from(("due", "issue")), _BOUNDS)
def test_every_cut_sums_to_the_same_gross_and_receivables_in_any_order_of_the_facts(
    case: Case, by: str, basis: str, bounds: tuple[int, ...]
) -> None:
    ledger, as_of, ageing = ledger_of(case[0]), case[1], Ageing(basis, bounds)
    rows, figures = aged(ledger, as_of=as_of, by=by, currency="EUR", ageing=ageing), kpis(ledger, as_of=as_of)
    sums = rows.select("currency", *(name for name in rows.columns if rows.schema[name].is_decimal())).sum().row(0, named=True)
    zero = Decimal("0.00")
    assert sum((sums[name] or zero for name in ageing.buckets), zero) == figures.gross_outstanding
    assert (sums["total"] or zero) == figures.receivables
    assert (sums["open_credits"] or zero) == (sums["unallocated_receipts"] or zero) + (sums["open_credit_notes"] or zero)
    assert (sums["open_credits"] or zero) == -figures.open_credits
    assert (sums["doubtful"] or zero, sums["disputed"] or zero) == (figures.doubtful, figures.disputed)
    turned = replace(ledger, documents=ledger.documents.reverse(), allocations=ledger.allocations.reverse())
    assert aged(turned, as_of=as_of, by=by, currency="EUR", ageing=ageing).equals(rows)


def test_the_usual_buckets_are_those_of_the_contract() -> None:
    assert USUAL.buckets == BUCKETS
    assert Ageing("issue").buckets == ("0_30", "31_60", "61_90", "over_90")


@pytest.mark.parametrize(
    ("ageing", "days", "bucket"),
    [
        (Ageing(bounds=(15, 45)), 0, "not_due"),
        (Ageing(bounds=(15, 45)), 1, "1_15"),
        (Ageing(bounds=(15, 45)), 15, "1_15"),
        (Ageing(bounds=(15, 45)), 16, "16_45"),
        (Ageing(bounds=(15, 45)), 46, "over_45"),
        (Ageing("issue", (40, 60)), 10, "0_40"),
        (Ageing("issue", (40, 60)), 11, "41_60"),
        (Ageing("issue", (40, 60)), 31, "over_60"),
    ],
)
def test_a_bounds_own_day_is_still_in_its_bucket(ageing: Ageing, days: int, bucket: str) -> None:
    ledger = Book().late("F1", "Martin", days).ledger()
    (row,) = aged(ledger, as_of=MONDAY, ageing=ageing).to_dicts()
    assert {name: row[name] for name in ageing.buckets if row[name]} == {bucket: Decimal("100.00")}


def test_bounds_are_rising_days_and_a_zero_at_the_head_is_the_due_date() -> None:
    assert parse_bounds("0, 15,30;60") == parse_bounds("15,30,60") == (15, 30, 60)
    for wrong in ("", "0", "30,15", "30,30", "a", "-5", "1.5", "9999", "1,2,3,4,5,6,7,8,9", "²"):
        with pytest.raises(Refused) as refused:
            parse_bounds(wrong)
        assert refused.value.code == "bad_buckets"


def test_receipts_and_credit_notes_that_are_not_used_have_columns_of_their_own(tmp_path: Path) -> None:
    books = Company(tmp_path).bill("F-2026-001", "Dupont", "100.00").note("A-2026-001", "Dupont", "30.00")
    books.bill("F-2026-002", "Dupont", "60.00", is_disputed=True).line("L1", "45.00", "VIR DUPONT", on=3).save()
    books.reconcile()
    (row,) = aged(run_ledger(books.store), as_of=day(31)).to_dicts()
    named = ("1_30", "unallocated_receipts", "open_credit_notes", "open_credits", "total", "disputed", "doubtful")
    assert [row[name] for name in named] == [money(x) for x in ("160", "-45", "-30", "-75", "85", "60", "0")]


def test_an_invoice_of_a_plan_ages_by_its_instalments_where_that_is_asked(tmp_path: Path) -> None:
    books = Company(tmp_path).bill("F-2026-001", "Dupont", "100.00").bill("F-2026-002", "Dupont", "200.00", issued=1)
    books.bill("F-2026-003", "Dupont", "50.00").save()
    today = ME.today
    dates = [today, today + timedelta(days=30), today + timedelta(days=60)]
    parts = [(on, money("100.00")) for on in dates]
    make_plan(books.store, "Dupont", ["F-2026-001", "F-2026-002"], parts, author=ME)
    ledger, as_of = run_ledger(books.store), today + timedelta(days=32)
    rows = aged(ledger, as_of=as_of, by="invoice", ageing=Ageing(is_by_instalment=True))
    late = ("not_due", "1_30", "31_60", "61_90")
    found = {(r["number"], r["instalment"], r["due_date"]): tuple(r[name] for name in late) for r in rows.to_dicts()}
    zero, whole = money("0.00"), money("100.00")
    assert found == {
        ("F-2026-001", 1, dates[0]): (zero, zero, whole, zero),
        ("F-2026-002", 2, dates[1]): (zero, whole, zero, zero),
        ("F-2026-002", 3, dates[2]): (whole, zero, zero, zero),
        ("F-2026-003", None, day(30)): (zero, zero, zero, zero),
    }
    plain = aged(ledger, as_of=as_of, by="invoice")
    assert plain.height == 3
    books.line("L1", "40.00", "VIR DUPONT", on=92).save()
    allocate(books.store, "L1", "F-2026-001", money("40.00"), author=replace(ME, today=as_of))
    part = aged(run_ledger(books.store), as_of=as_of, by="invoice", ageing=Ageing(is_by_instalment=True))
    left = {(r["number"], r["instalment"]): r["total"] for r in part.to_dicts()}
    assert left == {
        ("F-2026-001", 1): money("60.00"), ("F-2026-002", 2): whole, ("F-2026-002", 3): whole,
        ("F-2026-003", None): money("50.00"),
    }  # fmt: skip
    assert plain["total"].sum() == rows["total"].sum()
