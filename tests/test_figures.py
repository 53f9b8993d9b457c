"""The figures against an independent calculation in plain Python, on random ledgers, at several dates, to the cent.

`ENCOURS_EXAMPLES=2000` makes a long run of it.
"""

import os
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import oracle
import pytest
from from_facts import ledger_of, with_remainders
from hypothesis import HealthCheck, assume, given, settings
from ledgers import Case, cases, is_contested, seeded_case, seeded_cases

from pipelines.ageing import aged
from pipelines.kpis import kpis
from pipelines.ledger import Ledger
from pipelines.receivables import sales_documents

# A ledger of a dozen clients, brute force and all, takes about a second: the common limit is for hangs.
pytestmark = pytest.mark.timeout(3600)
_SLOW = settings(
    max_examples=int(os.environ.get("ENCOURS_EXAMPLES", "60")), deadline=None, suppress_health_check=list(HealthCheck)
)


def _differences(case: Case) -> list[str]:
    """Every figure that differs between the pipelines and the oracle."""
    facts = with_remainders(case[0])
    return _differences_at(facts, ledger_of(facts), *case[1:])


def _differences_at(facts: oracle.Facts, ledger: Ledger, as_of: date, start: date | None) -> list[str]:
    ours = kpis(ledger, as_of=as_of, start=start).values()
    ours["from"] = ours.pop("start")
    theirs = oracle.kpis(facts, as_of, start)
    wrong = []
    for name, expected in theirs.items():
        found = ours[name]
        near = isinstance(expected, float) and found is not None
        if found != (pytest.approx(expected, rel=1e-12, abs=1e-9) if near else expected):
            wrong.append(f"{name}: {found} is not {expected}")
    return wrong


@_SLOW
@given(cases(12))
def test_every_figure_is_the_plain_calculation(case: Case) -> None:
    assume(not is_contested(case[0]))
    assert _differences(case) == []


@_SLOW
@given(cases(12))
def test_every_document_has_the_plain_status_and_outstanding(case: Case) -> None:
    facts, as_of, _ = with_remainders(case[0]), *case[1:]
    assume(not is_contested(facts))
    ours = {row["number"]: row for row in sales_documents(ledger_of(facts), as_of=as_of).to_dicts()}
    for row in oracle.invoices(facts, as_of):
        mine = ours.pop(row["invoice_number"])
        names = ("outstanding", "status", "days_late", "bucket", "open_credit")
        assert {name: mine[name] for name in names} == {name: row[name] for name in names}
        assert mine["is_disputed"] == row["disputed"]
    assert ours == {}


@_SLOW
@given(cases(12))
def test_outstanding_agrees_even_where_payments_overflow_and_come_back(case: Case) -> None:
    facts, as_of, _ = case
    books = oracle.Books(facts)
    mine = dict(sales_documents(ledger_of(facts), as_of=as_of).select("number", "outstanding").iter_rows())
    plain = books.outstanding_by_invoice(as_of)
    assert {number: mine[number] for number in plain} == plain


def test_a_bank_line_proves_all_of_a_declared_payment_that_was_taken_back_in_part() -> None:
    said = ((3, "64.50"), (10, "0.43"))
    statements = tuple(oracle.Statement(date(2024, 8, day), Decimal(paid), date(2024, 7, 29)) for day, paid in said)
    invoice = oracle.Document("F1", "invoice", "C1", date(2024, 7, 3), date(2024, 8, 2), Decimal("39.50"), statements=statements)
    line = oracle.BankLine("L1", date(2024, 9, 23), Decimal("39.50"))
    facts = oracle.Facts((invoice,), (line,), (oracle.Match("M1", "L1", "F1", Decimal("39.50")),))
    for as_of, owed in ((date(2024, 8, 7), "39.50"), (date(2024, 8, 20), "39.50"), (date(2024, 9, 23), "0.00")):
        documents = sales_documents(ledger_of(facts), as_of=as_of)
        assert documents["outstanding"].to_list() == [Decimal(owed)]
        assert oracle.Books(facts).outstanding("F1", as_of) == Decimal(owed)


@_SLOW
@given(cases(12))
def test_the_aged_balance_adds_up_by_row_by_column_and_to_the_receivables(case: Case) -> None:
    facts, as_of, _ = case
    ledger = ledger_of(facts)
    owed = kpis(ledger, as_of=as_of).receivables
    for by in ("client", "invoice", "sales_rep", "category"):
        balance = aged(ledger, as_of=as_of, by=by, currency="EUR")
        buckets = balance.select("not_due", "1_30", "31_60", "61_90", "over_90", "open_credits")
        assert (buckets.sum_horizontal() == balance["total"]).all()
        assert (balance["total"].sum() or 0) == owed


@_SLOW
@given(cases(10))
def test_the_order_of_the_facts_changes_no_figure(case: Case) -> None:
    facts, as_of, start = case
    unordered = ("documents", "lines", "matches", "credit_uses", "write_offs", "refunds", "stored", "receipt_uses")
    turned = replace(facts, **{name: getattr(facts, name)[::-1] for name in unordered})
    assert kpis(ledger_of(facts), as_of=as_of, start=start) == kpis(ledger_of(turned), as_of=as_of, start=start)


@pytest.mark.parametrize("seed", [1028, 1199])
def test_a_match_of_several_clients_that_gives_too_much_is_still_its_clients_receipt(seed: int) -> None:
    """The part that the invoice does not take is the client's open credit (contract 4: the remainder of a match)."""
    assert _differences(seeded_case(seed)) == []


def test_a_hundred_seeded_ledgers_agree_at_three_dates() -> None:
    wrong = []
    for facts, as_of, start in seeded_cases(100):
        if is_contested(facts):
            continue
        whole = with_remainders(facts)
        ledger = ledger_of(whole)
        for day in (as_of, as_of - timedelta(days=31), date(as_of.year, as_of.month, 1)):
            wrong += _differences_at(whole, ledger, day, start if start is None or start <= day else None)
    assert wrong == []
