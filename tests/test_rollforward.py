"""The roll-forward: what led from one balance of receivables to another, in small books and as a law of random ones."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import oracle
import polars as pl
from from_facts import ledger_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgers import Case, cases

from pipelines.kpis import kpis
from pipelines.ledger import Ledger
from pipelines.rollforward import GROUPS, MOVES, movements, only_moves, rollforward, standing

_LAW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
MARCH, MAY = date(2026, 3, 1), date(2026, 5, 31)


def d(text: str) -> Decimal:
    return Decimal(text)


def _with_reps(ledger: Ledger) -> Ledger:
    """Documents of two sales reps and one of nobody's, so that credits meet invoices of another group."""
    place = pl.col("number").str.extract(r"(\d+)$").cast(pl.Int64) % 3
    rep = pl.when(place == 0).then(pl.lit("Ana")).when(place == 1).then(pl.lit("Bob"))
    return replace(ledger, documents=ledger.documents.with_columns(sales_rep=rep, category=rep.fill_null("other")))


def _totals(rows: pl.DataFrame) -> dict[str, Decimal]:
    sums = rows.select(pl.col("opening", *MOVES, "closing").sum()).row(0, named=True)
    return {name: amount or d("0.00") for name, amount in sums.items()}


@_LAW
@given(cases(7), st.sampled_from(tuple(GROUPS)), st.integers(0, 250), st.integers(0, 250))
def test_the_movements_lead_from_the_opening_to_the_closing_in_every_grouping(case: Case, by: str, first: int, more: int) -> None:
    ledger = _with_reps(ledger_of(case[0]))
    start = case[1] - timedelta(days=first)
    middle, end = start + timedelta(days=more // 2), start + timedelta(days=more)
    every = movements(ledger)
    whole = rollforward(ledger, start=start, to=end, by=by)
    reached = whole.select(pl.sum_horizontal("opening", *MOVES)).to_series()
    assert reached.to_list() == whole["closing"].to_list()
    sums = _totals(whole)
    if middle < end:
        halves = ((start, middle), (middle + timedelta(days=1), end))
        parts = [_totals(rollforward(ledger, start=a, to=b, by=by)) for a, b in halves]
        assert {m: parts[0][m] + parts[1][m] for m in MOVES} == {m: sums[m] for m in MOVES}
    moved = only_moves(every, start=start, to=end, by=by)
    assert {m: sum(moved.filter(pl.col("move") == m)["amount"], d("0")) for m in MOVES} == {m: sums[m] for m in MOVES}
    euros = _totals(rollforward(ledger, start=start, to=end, by=by, currency="EUR"))
    assert euros["opening"] == kpis(ledger, as_of=start - timedelta(days=1), currency="EUR").receivables
    assert euros["closing"] == kpis(ledger, as_of=end, currency="EUR").receivables


def _facts() -> oracle.Facts:
    """In March to May: two invoices before, one in the period; a credit note, a returned and a refunded payment, write-offs."""

    def bill(number: str, issue: date, amount: str, kind: str = "invoice", linked: str | None = None) -> oracle.Document:
        return oracle.Document(number, kind, "Dupont", issue, issue + timedelta(days=30), d(amount), "EUR", linked)

    return oracle.Facts(
        documents=(
            bill("F1", date(2026, 1, 10), "1000.00"),
            bill("F2", date(2026, 2, 10), "500.00"),
            bill("F3", date(2026, 3, 10), "300.00"),
            bill("A1", date(2026, 4, 2), "50.00", "credit_note", "F1"),
        ),
        lines=(
            oracle.BankLine("L1", date(2026, 3, 5), d("940.00"), "Dupont"),
            oracle.BankLine("L2", date(2026, 3, 20), d("500.00"), "Dupont"),
            oracle.BankLine("L3", date(2026, 4, 1), d("75.00"), "Dupont"),
        ),
        matches=(
            oracle.Match("M1", "L1", "F1", d("940.00")),
            oracle.Match("M2", "L2", "F2", d("500.00"), date(2026, 4, 7)),
        ),
        refunds=(
            oracle.Refund(date(2026, 4, 7), "L2", d("500.00"), "returned", "Dupont"),
            oracle.Refund(date(2026, 5, 4), "L3", d("75.00"), "refunded", "Dupont"),
        ),
        write_offs=(
            oracle.WriteOff("W1", "F1", d("10.00"), date(2026, 4, 30), "bank_fee"),
            oracle.WriteOff("W2", "F2", d("499.00"), date(2026, 5, 2), "loss"),
            oracle.WriteOff("W3", "F2", d("1.00"), date(2026, 5, 3), "rounding"),
            oracle.WriteOff("W4", "F3", d("6.00"), date(2026, 5, 5), "discount"),
        ),
    )


def test_each_kind_of_movement_has_its_own_column() -> None:
    (row,) = rollforward(ledger_of(_facts()), start=MARCH, to=MAY, currency="EUR").to_dicts()
    assert row["client"] == "Dupont"
    assert {name: row[name] for name in ("opening", *MOVES, "closing")} == {
        "opening": d("1500.00"),
        "invoiced": d("300.00"),
        "credit_notes": d("-50.00"),
        "collected": d("-1515.00"),
        "returned": d("500.00"),
        "refunded": d("75.00"),
        "written_off": d("-499.00"),
        "rounding": d("-1.00"),
        "bank_fee": d("-10.00"),
        "discount": d("-6.00"),
        "other": d("0.00"),
        "closing": d("294.00"),
    }


def test_the_opening_is_of_the_eve_and_what_moves_on_the_first_and_the_last_day_is_in_the_period() -> None:
    ledger, first, last = ledger_of(_facts()), date(2026, 3, 5), date(2026, 3, 20)
    (row,) = rollforward(ledger, start=first, to=last, currency="EUR").to_dicts()
    moved = {name: row[name] for name in ("opening", *MOVES, "closing") if row[name]}
    assert moved == {"opening": d("1500.00"), "invoiced": d("300.00"), "collected": d("-1440.00"), "closing": d("360.00")}
    ends = [standing(ledger, as_of=day, before=first)["amount"].sum() for day in (None, last)]
    assert ends == [d("1500.00"), d("360.00")]


def test_a_receipt_stands_with_nobody_until_it_is_given_and_then_with_its_invoices_sales_rep() -> None:
    ledger = ledger_of(_facts())
    ledger = replace(ledger, documents=ledger.documents.with_columns(sales_rep=pl.lit("Ana")))
    rows = {row["sales_rep"]: row for row in rollforward(ledger, start=MARCH, to=MAY, by="sales_rep").to_dicts()}
    assert rows["Ana"]["collected"] == d("-1440.00")
    assert rows["Ana"]["returned"] == d("500.00")
    assert (rows[None]["collected"], rows[None]["refunded"], rows[None]["closing"]) == (d("-75.00"), d("75.00"), d("0.00"))


def test_what_went_back_beyond_a_receipt_has_a_column_that_says_so() -> None:
    facts = replace(_facts(), matches=(), refunds=(oracle.Refund(date(2026, 5, 4), "L3", d("75.00"), "refunded", "Dupont"),))
    ledger = ledger_of(facts)
    twice = ledger.refunds.with_columns(amount=pl.lit(d("100.00")).cast(pl.Decimal(18, 2)))
    (row,) = rollforward(replace(ledger, refunds=twice), start=MARCH, to=MAY).to_dicts()
    assert (row["refunded"], row["other"]) == (d("100.00"), d("-25.00"))
    assert sum(row[name] for name in ("opening", *MOVES)) == row["closing"]


def test_money_that_went_back_before_its_credit_note_moves_receivables_with_the_note() -> None:
    back, issued = date(2026, 3, 30), date(2026, 4, 2)
    note = oracle.Document("A1", "credit_note", "Dupont", issued, issued, d("50.00"))
    ledger = ledger_of(oracle.Facts(documents=(note,), refunds=(oracle.Refund(back, "A1", d("50.00"), "refunded", "Dupont"),)))
    assert rollforward(ledger, start=MARCH, to=date(2026, 4, 1)).is_empty()
    (row,) = rollforward(ledger, start=date(2026, 4, 1), to=issued).to_dicts()
    assert (row["credit_notes"], row["refunded"], row["closing"]) == (d("-50.00"), d("50.00"), d("0.00"))
