"""Money received for an invoice that was written off: income of its day, the loss stays where it was booked."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from fec_checker import faults
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from imports import fresh_store, take
from polars.testing import assert_frame_equal
from small_store import Company, day, money
from test_accounting_laws import receivables

from models.errors import Refused
from models.money import MONEY, ZERO
from models.store import Author, Store
from models.tables import CLAIMS, Schema, conform
from models.texts import Texts
from pipelines.accounting.entries import entries_of
from pipelines.accounting.exporting import Request, run_export
from pipelines.allocation import only_effective
from pipelines.check import run_check
from pipelines.collections.timeline import timeline
from pipelines.decisions import undo
from pipelines.exports.accounting_files import Asked
from pipelines.ingest.ledgers.fec_rows import RECOVERED
from pipelines.kpis import kpis
from pipelines.ledger import Ledger, run_ledger
from pipelines.marks import mark
from pipelines.papers.vat_on_receipts import vat_rows
from pipelines.provisions.vat_recovery import lost_vat, vat_by_rate
from pipelines.publishing.rebuild import run_rebuild
from pipelines.receivables import only_counting, open_credits, open_items
from pipelines.reconcile.decide import allocate, allocate_oldest
from pipelines.reconcile.listing import bank_lines, only_unmatched
from pipelines.reconcile.lost_named import lost_named
from pipelines.reconcile.money_back import refund
from pipelines.recoveries import RECOVERY, with_lost, with_recoveries
from pipelines.rollforward import rollforward
from pipelines.trends import trend

ME = Author("Ana", date(2027, 1, 1), datetime(2027, 1, 1, 9))  # UTC without zone, as stored
LOST, FIRST, SECOND = 100, 120, 140


@pytest.fixture
def lost(tmp_path: Path) -> Company:
    company = Company(tmp_path)
    company.bill("F1", "Martin", "120.00", amount_excl_tax=money("100.00"), vat_amount=money("20.00"))
    company.line("L1", "50.00", "VIR MARTIN", on=FIRST).line("L2", "70.00", "VIR MARTIN", on=SECOND).save()
    mark(company.store, "F1", "written-off", on=day(LOST), author=ME)
    return company


def entries(ledger: Ledger, on: int = 200) -> list[str]:
    """Lines of losses as "100 654000 100.00 AA": the day, the account, the amount, the code."""
    lines = entries_of(ledger, start=day(-60), to=day(on), currency="EUR").lines.filter(pl.col("kind") == "write_off")
    return [
        f"{(row['date'] - day(0)).days} {row['account']} {row['debit'] - row['credit']} {row['letter'] or ''}".strip()
        for row in lines.iter_rows(named=True)
    ]


def owed(ledger: Ledger, on: int) -> tuple[Decimal, str]:
    return open_items(ledger, as_of=day(on)).select("outstanding", "status").rows()[0]


LOSS = [f"{LOST} 654000 100.00", f"{LOST} 445710 20.00", f"{LOST} 411000 -120.00 AA"]


def test_what_comes_after_a_loss_is_income_and_its_vat_is_due_again(lost: Company) -> None:
    assert entries(run_ledger(lost.store)) == LOSS
    allocate(lost.store, "L1", "F1", money("50.00"), author=ME)
    part = run_ledger(lost.store)
    first = [f"{FIRST} 758300 -41.67", f"{FIRST} 445710 -8.33", f"{FIRST} 411000 50.00 AA"]
    assert entries(part) == LOSS + first
    assert [owed(part, on) for on in (LOST, FIRST)] == [(money("0.00"), "written_off")] * 2
    assert lost_vat(part, as_of=day(200), currency="EUR").select("amount", "excl", "vat").rows() == [
        (money("70.00"), money("58.33"), money("11.67"))
    ]
    change = allocate(lost.store, "L2", "F1", money("70.00"), author=ME)
    whole = run_ledger(lost.store)
    assert entries(whole) == LOSS + first + [f"{SECOND} 758300 -58.33", f"{SECOND} 445710 -11.67", f"{SECOND} 411000 70.00 AA"]
    assert entries(whole, FIRST) == LOSS + first
    assert (owed(whole, SECOND), owed(whole, LOST - 1)[0]) == ((money("0.00"), "paid"), money("120.00"))
    assert open_credits(whole, as_of=day(200)).is_empty()
    assert run_check(lost.store) == []
    undo(lost.store, change, author=ME)
    assert entries(run_ledger(lost.store)) == LOSS + first


def test_no_more_is_given_than_was_lost_and_no_rule_gives_it(lost: Company) -> None:
    lost.line("L3", "130.00", "VIR MARTIN", on=SECOND).save()
    with pytest.raises(Refused) as error:
        allocate(lost.store, "L3", "F1", money("120.01"), author=ME)
    assert (error.value.code, error.value.fields["left"]) == ("owes_less", money("120.00"))
    with pytest.raises(Refused):
        allocate_oldest(lost.store, "L1", "Martin", author=ME)
    allocate(lost.store, "L2", "F1", money("70.00"), author=ME)
    with pytest.raises(Refused):
        allocate(lost.store, "L3", "F1", money("50.01"), author=ME)
    allocate(lost.store, "L1", "F1", money("50.00"), author=ME)
    assert owed(run_ledger(lost.store), SECOND) == (money("0.00"), "paid")


def test_a_loss_that_is_taken_back_leaves_the_payment(lost: Company) -> None:
    allocate(lost.store, "L2", "F1", money("70.00"), author=ME)
    mark(lost.store, "F1", "written-off", is_set=False, on=day(150), author=ME)
    ledger = run_ledger(lost.store)
    assert entries(ledger) == []
    assert owed(ledger, 150) == (money("50.00"), "partly_paid")


def test_what_can_still_be_given_is_what_was_lost(lost: Company) -> None:
    allocate(lost.store, "L1", "F1", money("50.00"), author=ME)
    ledger = run_ledger(lost.store)
    bills = with_lost(open_items(ledger, as_of=day(200)), only_counting(ledger.allocations, as_of=day(200)))
    assert bills.select("number", "outstanding").rows() == [("F1", money("70.00"))]


def test_a_past_day_says_the_same_whatever_came_after_it(lost: Company) -> None:
    allocate(lost.store, "L1", "F1", money("50.00"), author=ME)
    before = [owed(run_ledger(lost.store), on) for on in (LOST, FIRST, SECOND - 1)]
    allocate(lost.store, "L2", "F1", money("70.00"), author=ME)
    whole = run_ledger(lost.store)
    assert [owed(whole, on) for on in (LOST, FIRST, SECOND - 1)] == before == [(money("0.00"), "written_off")] * 3


def test_the_vat_of_what_comes_in_parts_is_that_of_the_invoice(lost: Company) -> None:
    for n in range(3):
        lost.line(f"P{n}", "40.00", "VIR MARTIN", on=FIRST + n)
    lost.save()
    for n in range(3):
        allocate(lost.store, f"P{n}", "F1", money("40.00"), author=ME)
    ledger = run_ledger(lost.store)
    vat = vat_rows(ledger, as_of=day(200), currency="EUR").select("amount", "vat")
    assert vat.rows() == [(money("40.00"), money("6.67")), (money("40.00"), money("6.66")), (money("40.00"), money("6.67"))]
    assert [line for line in entries(ledger) if "445710" in line][1:] == [
        f"{FIRST + n} 445710 -{vat}" for n, vat in enumerate(("6.67", "6.66", "6.67"))
    ]


def test_money_of_the_very_day_of_the_loss_makes_it_smaller(lost: Company) -> None:
    """As if the payment had been matched before the loss was decided: a day's money comes before its loss."""
    lost.line("L0", "50.00", "VIR MARTIN", on=LOST).line("L9", "130.00", "VIR MARTIN", on=LOST).save()
    with pytest.raises(Refused):
        allocate(lost.store, "L9", "F1", money("120.01"), author=ME)
    with pytest.raises(Refused):
        allocate_oldest(lost.store, "L9", "Martin", author=ME)
    change = allocate(lost.store, "L0", "F1", money("50.00"), author=ME)
    smaller = [f"{LOST} 654000 58.33", f"{LOST} 445710 11.67", f"{LOST} 411000 -70.00 AA"]
    assert entries(run_ledger(lost.store)) == smaller
    allocate(lost.store, "L2", "F1", money("70.00"), author=ME)
    whole = run_ledger(lost.store)
    assert entries(whole) == [*smaller, f"{SECOND} 758300 -58.33", f"{SECOND} 445710 -11.67", f"{SECOND} 411000 70.00 AA"]
    assert (owed(whole, LOST), owed(whole, SECOND)) == ((money("0.00"), "written_off"), (money("0.00"), "paid"))
    assert run_check(lost.store) == []
    undo(lost.store, change, author=ME)
    assert entries(run_ledger(lost.store), LOST) == LOSS


def test_a_fec_read_back_gives_what_each_invoice_and_client_owes(lost: Company) -> None:
    """With money in two parts, one of which went back: at each day, whatever the file says of the loss since."""
    lost.bill("F2", "Martin", "60.00", 3, amount_excl_tax=money("50.00"), vat_amount=money("10.00"))
    lost.line("B1", "-50.00", "REJET VIR MARTIN", on=150).save()
    allocate(lost.store, "L1", "F1", money("50.00"), author=ME)
    allocate(lost.store, "L2", "F1", money("40.00"), author=ME)
    refund(lost.store, "B1", "L1", author=ME)
    with lost.store.change("setting", ME) as change:
        change.insert("setting", pl.DataFrame({"key": ["company_siren"], "value": ["732829320"]}))
    assert run_check(lost.store) == []
    stands = lost_vat(run_ledger(lost.store), as_of=day(200), currency="EUR")
    assert vat_by_rate(stands).rows() == [("20", 1, money("66.67"), money("13.33"))]
    done = run_export(lost.store, Request(Asked("fec", day(0), day(200))), author=ME, texts=Texts("fr"))
    assert faults(done.content, done.file_name) == []
    with fresh_store() as other:
        report = take(other, done.content, done.file_name, day=day(200))
        assert (report.refused, report.rejected_rows, report.warnings.height) == (None, 0, 0)
        again = run_ledger(other)
    ledger = run_ledger(lost.store)
    for on in (0, LOST - 1, LOST, FIRST - 1, FIRST, SECOND - 1, SECOND, 149, 150, 200):
        assert receivables(again, day(on)) == receivables(ledger, day(on)), on
    figures = [kpis(one, as_of=day(200)) for one in (ledger, again)]
    assert [(found.sales, found.dso) for found in figures] == [(money("180.00"), figures[0].dso)] * 2
    moved = [rollforward(one, start=day(0), to=day(200), by="total") for one in (ledger, again)]
    assert_frame_equal(*moved)
    trends = [trend(one, [day(200)], currency="EUR") for one in (ledger, again)]
    assert_frame_equal(*trends)
    entered = [entries_of(one, start=day(0), to=day(200), currency="EUR").lines for one in (ledger, again)]
    income = [
        lines.filter(pl.col("account").is_in(["706000", "758300"])).group_by("account").agg(pl.col("credit").sum())
        for lines in entered
    ]
    assert_frame_equal(*income, check_row_order=False)
    owed = [dict(open_items(one, as_of=day(200)).select("number", "outstanding").iter_rows()) for one in (ledger, again)]
    assert owed[0].items() <= owed[1].items()
    assert again.documents.filter(pl.col("category") == RECOVERED)["amount"].to_list() == [money("50.00"), money("40.00")]


def test_a_recovery_survives_a_rebuild_and_was_not_known_before(lost: Company, tmp_path: Path) -> None:
    then, later = (Author("Ana", date(2027, month, 1), datetime(2027, month, 1, 9)) for month in (2, 3))
    lost.line("L3", "10.00", "VIR", on=FIRST).save(author=then)
    before = run_ledger(lost.store)
    allocate(lost.store, "L1", "F1", money("50.00"), author=later)
    lost.line("B1", "-50.00", "REJET VIR MARTIN", on=150).save(author=later)
    refund(lost.store, "B1", "L1", author=later)
    now = run_ledger(lost.store)
    assert run_rebuild(lost.store, tmp_path / "again.duckdb").is_same
    with Store.open(tmp_path / "again.duckdb") as again:
        for was, known_on in ((before, then.today), (now, None)):
            for known in (run_ledger(lost.store, known_on=known_on), run_ledger(again, known_on=known_on)):
                assert_frame_equal(known.allocations, was.allocations)
                assert entries(known) == entries(was)


Came = tuple[int, int, int | None]  # the day, cents, and the days after which it went back


def claims_of(came: list[Came], *, by: int) -> pl.DataFrame:
    """CLAIMS, as what happened up to a day says: a loss of 100.00 on day 10, and what came for it."""
    plain = {"document_id": "F1", "is_dated": True, "confidence": 1.0, "by": "Ana"}
    loss = {"claim_id": "W", "source": "write_off", "source_id": "W", "amount": money("100.00"), "date": day(10)}
    rows = [plain | loss | {"rule": "person", "reason": "loss"}]
    for place, (on, cents, gone) in enumerate(came):
        back = None if gone is None or on + gone > by else day(on + gone)
        paid = {"claim_id": f"B{place}", "source": "bank", "source_id": f"L{place}", "amount": Decimal(cents) / 100}
        rows += [plain | paid | {"date": day(on), "rule": RECOVERY, "reversed_on": back}] if on <= by else []
    types: Schema = {"amount": MONEY, "reversed_on": pl.Date, "reason": pl.String}
    return conform(pl.DataFrame(rows, schema_overrides=types, infer_schema_length=None), CLAIMS)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(8, 40), st.integers(1, 9000), st.none() | st.integers(1, 20)), max_size=4),
    st.integers(10, 70),
)
@example([(20, 10_000, 10), (30, 10_000, None)], 30)
def test_nothing_is_owed_after_a_loss_and_what_comes_later_changes_no_past_day(came: list[Came], on: int) -> None:
    """Whatever comes and goes back, as long as no more is given at a time than was lost."""
    days = range(8, 71)
    at = {n: sum(c for start, c, gone in came if start <= n and (gone is None or start + gone > n)) for n in days}
    assume(max(at.values()) <= 10_000)
    invoice = {"document_id": "F1", "client_id": "C", "issue_date": day(0), "due_date": day(5), "currency": "EUR", "number": "F1"}
    invoices = pl.DataFrame([invoice | {"amount": money("100.00")}], schema_overrides={"amount": MONEY})

    def standing(by: int) -> list[tuple[str, Decimal]]:
        effective = only_effective(invoices, with_recoveries(claims_of(came, by=by), invoices))
        sums = only_counting(effective, as_of=day(on)).group_by("source").agg(pl.col("amount").sum())
        return sorted(sums.iter_rows())

    then = standing(on)
    given = Decimal(at[on]) / 100
    assert dict(then).get("bank", ZERO) == given
    assert dict(then).get("write_off", ZERO) == money("100.00") - given
    assert then == standing(70)


def test_a_receipt_that_names_a_lost_invoice_waits_with_what_it_can_give_it(tmp_path: Path) -> None:
    company = Company(tmp_path).bill("FA-2026-17", "Martin", "120.00").bill("FA-2026-18", "Durand", "60.00")
    company.line("L1", "150.00", "VIR MARTIN FA-2026-17", on=FIRST).line("L2", "70.00", "VIR MARTIN", on=SECOND).save()
    mark(company.store, "FA-2026-17", "written-off", on=day(LOST), author=ME)
    company.reconcile()

    def named() -> list[tuple[object, ...]]:
        ledger = run_ledger(company.store)
        lines = bank_lines(ledger, as_of=day(200))
        waiting = only_unmatched(lines, ledger, as_of=day(200))
        found = lost_named(ledger, waiting, as_of=day(200))
        return found.select("line_id", "number", "client", "lost", "amount").rows()

    assert company.claims() == {}
    assert named() == [("L1", "FA-2026-17", "Martin", money("120.00"), money("120.00"))]
    allocate(company.store, "L1", "FA-2026-17", money("120.00"), author=ME)
    assert named() == []


def test_a_client_s_history_tells_a_loss_once_as_it_was_decided(lost: Company) -> None:
    allocate(lost.store, "L1", "F1", money("50.00"), author=ME)
    rows = timeline(run_ledger(lost.store), Texts("en"), client_id="Martin", as_of=day(200))
    assert rows.filter(what="Write-off").select("date", "amount").rows() == [(day(LOST), money("120.00"))]
    lost.line("B1", "-50.00", "REJET VIR MARTIN", on=150).save()
    refund(lost.store, "B1", "L1", author=ME)
    rows = timeline(run_ledger(lost.store), Texts("fr"), client_id="Martin", as_of=day(200)).filter(
        pl.col("event_id").str.starts_with("write")
    )
    assert rows.select("date", "amount", "detail", "by").rows() == [
        (day(150), money("50.00"), "en perte\xa0: un règlement est revenu", None),
        (day(LOST), money("120.00"), "en perte", "Ana"),
    ]


@pytest.mark.parametrize("paid", [(), ("50.00",), ("50.00", "70.00")])
def test_a_fec_read_back_keeps_the_loss_of_a_deposit_invoice_a_loss(tmp_path: Path, paid: tuple[str, ...]) -> None:
    """It debits 4191 as a credit note on it does, and what comes of it since credits it as another deposit would."""
    company = Company(tmp_path)
    company.bill("D1", "Martin", "120.00", kind="deposit", amount_excl_tax=money("100.00"), vat_amount=money("20.00"))
    company.bill("F1", "Martin", "60.00", 3, amount_excl_tax=money("50.00"), vat_amount=money("10.00"))
    for n, amount in enumerate(paid):
        company.line(f"L{n}", amount, "VIR MARTIN", on=FIRST + n)
    company.save()
    mark(company.store, "D1", "written-off", on=day(LOST), author=ME)
    for n, amount in enumerate(paid):
        allocate(company.store, f"L{n}", "D1", money(amount), author=ME)
    with company.store.change("setting", ME) as change:
        change.insert("setting", pl.DataFrame({"key": ["company_siren"], "value": ["732829320"]}))
    done = run_export(company.store, Request(Asked("fec", day(0), day(200))), author=ME, texts=Texts("fr"))
    with fresh_store() as other:
        report = take(other, done.content, done.file_name, day=day(200))
        assert (report.refused, report.rejected_rows) == (None, 0)
        assert report.warnings["code"].to_list() == ["deposits_invoiced"] * bool(paid)  # what 4191 holds of it again
        again = run_ledger(other)
    ledger = run_ledger(company.store)
    for on in (0, LOST - 1, LOST, FIRST, FIRST + 1, 200):
        assert receivables(again, day(on)) == receivables(ledger, day(on)), on
    assert [kpis(one, as_of=day(200)).sales for one in (ledger, again)] == [kpis(ledger, as_of=day(200)).sales] * 2
    moved = [rollforward(one, start=day(0), to=day(200), by="total") for one in (ledger, again)]
    assert_frame_equal(*moved)


def test_a_declared_payment_of_before_a_loss_that_is_taken_back_later_is_lost_with_it() -> None:
    invoice = {"document_id": "F1", "client_id": "C", "issue_date": day(0), "due_date": day(5), "currency": "EUR", "number": "F1"}
    invoices = pl.DataFrame([invoice | {"amount": money("100.00")}], schema_overrides={"amount": MONEY})
    said = {"claim_id": "D", "source": "declared", "source_id": "S", "document_id": "F1", "amount": money("33.00"), "by": "file"}
    said |= {"date": day(4), "reversed_on": day(11), "is_dated": True, "rule": "file"}
    declared = conform(pl.DataFrame([said], schema_overrides={"amount": MONEY}), CLAIMS)
    claims = with_recoveries(pl.concat([claims_of([(15, 1400, None)], by=60), declared]), invoices)
    effective = only_effective(invoices, claims)
    sums = [
        dict(only_counting(effective, as_of=day(on)).group_by("source").agg(pl.col("amount").sum()).iter_rows())
        for on in (10, 11, 15)
    ]
    assert sums == [
        {"declared": money("33.00"), "write_off": money("67.00")}, {"write_off": money("100.00")},
        {"bank": money("14.00"), "write_off": money("86.00")},
    ]  # fmt: skip
