"""What comes after a day changes nothing at that day: losses, money for them that comes, and money that goes back."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from from_facts import ledger_of
from hypothesis import Phase, assume, example, given, settings
from hypothesis import strategies as st
from oracle import BankLine, Document, Facts, Match, Refund, WriteOff
from small_store import ME, Company, day, money

from models.settings import Settings
from models.tables import CLAIMS, DOCUMENTS, conform
from pipelines.accounting.entries import entries_of
from pipelines.check import run_check
from pipelines.ledger import Ledger, run_ledger
from pipelines.marks import mark
from pipelines.papers.vat_on_receipts import vat_rows
from pipelines.provisions.vat_recovery import lost_vat
from pipelines.receivables import open_credits, open_items
from pipelines.reconcile.decide import allocate
from pipelines.reconcile.money_back import refund
from pipelines.recoveries import ENDED, RECOVERY, with_recoveries

TAXED = Settings(vat_rate=Decimal(20))
WHOLE = money("120.00")
#: The day of a payment, its cents, and after how many days it went back.
Came = tuple[int, int, int | None]


def told(came: list[Came], lost: tuple[int, Decimal], *, by: int) -> Ledger:
    """An invoice of 120.00 of day 0, its loss, and its payments, as what is dated up to a day says."""
    on, amount = lost
    came = [one for one in came if one[0] <= by]
    lines = tuple(BankLine(f"L{n}", day(came_on), Decimal(cents) / 100, "C") for n, (came_on, cents, _) in enumerate(came))
    matches = tuple(
        Match(f"M{n}", f"L{n}", "F1", line.amount, rule=RECOVERY if line.date > day(on) else "person")
        for n, line in enumerate(lines)
    )
    refunds = tuple(
        Refund(day(came_on + gone), f"L{n}", Decimal(cents) / 100, "returned", "C")
        for n, (came_on, cents, gone) in enumerate(came)
        if gone is not None and came_on + gone <= by
    )
    losses = (WriteOff("W", "F1", amount, day(on), "loss"),) if on <= by else ()
    bill = Document("F1", "invoice", "C", day(0), day(5), WHOLE, "EUR", None, (), is_disputed=False)
    facts = Facts((bill,), lines=lines, matches=matches, refunds=refunds, write_offs=losses)
    return replace(ledger_of(facts), settings=TAXED)


def said(ledger: Ledger, on: date) -> list[object]:
    """Status, figures, entries, VAT on receipts and VAT of losses at the end of a day."""
    lines = entries_of(ledger, start=day(-60), to=on, currency="EUR").lines
    vat = vat_rows(ledger, as_of=on, currency="EUR").select("date", "kind", "document_id", "amount", "vat")
    return [
        open_items(ledger, as_of=on).select("outstanding", "status").rows(),
        open_credits(ledger, as_of=on).select("source", "remaining").rows(),
        sorted(lines.group_by("date", "account").agg(pl.col("debit").sum() - pl.col("credit").sum()).rows()),
        sorted(vat.rows(), key=str),
        lost_vat(ledger, as_of=on, currency="EUR").select("on_date", "amount", "excl", "vat").rows(),
    ]


# Without shrinking: an example is a whole ledger's entries, and a failure is told in a line.
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    st.lists(st.tuples(st.integers(2, 40), st.integers(1, 9000), st.none() | st.integers(1, 30)), max_size=3),
    st.integers(5, 30),
    st.integers(2, 71),
)
@example([(5, 2000, 36), (20, 3000, None)], 15, 40)
@example([(5, 2000, 36), (20, 3000, None)], 15, 18)
def test_an_event_dated_after_a_day_changes_no_figure_entry_or_vat_at_that_day(came: list[Came], lost_on: int, on: int) -> None:
    given_at = [sum(c for start, c, gone in came if start <= n and (gone is None or start + gone > n)) for n in range(72)]
    assume(max(given_at) <= 12_000 and given_at[lost_on] < 12_000)
    lost = (lost_on, WHOLE - Decimal(given_at[lost_on]) / 100)
    assert said(told(came, lost, by=on), day(on)) == said(told(came, lost, by=100), day(on))


def test_a_payment_that_comes_back_after_a_loss_leaves_what_was_recovered_and_is_owed_again(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.bill("F1", "Martin", "1200.00", amount_excl_tax=money("1000.00"), vat_amount=money("200.00"))
    company.line("L2", "200.00", "VIR MARTIN", on=50).line("L3", "300.00", "VIR MARTIN", on=240)
    company.line("B2", "-200.00", "REJET VIR MARTIN", on=360).save()
    author = replace(ME, today=day(400))
    allocate(company.store, "L2", "F1", money("200.00"), author=author)
    mark(company.store, "F1", "written-off", on=day(180), author=author)
    allocate(company.store, "L3", "F1", money("300.00"), author=author)
    before = said(run_ledger(company.store), day(359))
    refund(company.store, "B2", "L2", author=author)
    ledger = run_ledger(company.store)
    assert said(ledger, day(359)) == before
    assert open_items(ledger, as_of=day(360)).select("outstanding", "status").rows() == [(money("200.00"), "partly_paid")]
    lines = entries_of(ledger, start=day(0), to=day(400), currency="EUR").lines
    booked = lines.group_by("account").agg(pl.col("debit").sum() - pl.col("credit").sum())
    assert dict(booked.rows())["758300"] == money("-250.00")
    assert run_check(company.store) == []
    mark(company.store, "F1", "written-off", on=day(390), author=author)
    after = open_items(run_ledger(company.store), as_of=day(390)).select("outstanding", "status")
    assert after.rows() == [(money("0.00"), "written_off")]
    assert said(run_ledger(company.store), day(359)) == before


def test_money_for_two_losses_of_one_invoice_ends_the_older_one_first(tmp_path: Path) -> None:
    """A payment from before the loss came back, what it paid was lost too, and the client pays nearly all in the end."""
    company = Company(tmp_path)
    company.bill("F1", "Martin", "1200.00", amount_excl_tax=money("1000.00"), vat_amount=money("200.00"))
    company.line("L2", "200.00", "VIR MARTIN", on=50).line("B2", "-200.00", "REJET VIR MARTIN", on=100)
    company.line("L3", "1100.00", "VIR MARTIN", on=140).line("B3", "-1100.00", "REJET VIR MARTIN", on=160).save()
    author = replace(ME, today=day(400))
    allocate(company.store, "L2", "F1", money("200.00"), author=author)
    mark(company.store, "F1", "written-off", on=day(80), author=author)
    refund(company.store, "B2", "L2", author=author)
    mark(company.store, "F1", "written-off", on=day(120), author=author)
    allocate(company.store, "L3", "F1", money("1100.00"), author=author)

    def stands(on: int) -> list[tuple[object, ...]]:
        lost = lost_vat(run_ledger(company.store), as_of=day(on), currency="EUR")
        return lost.sort("on_date").select("on_date", "amount", "vat").rows()

    losses = [(day(80), money("1000.00"), money("166.67")), (day(120), money("200.00"), money("33.33"))]
    assert stands(139) == losses
    assert stands(140) == [(day(120), money("100.00"), money("16.66"))]
    assert open_credits(run_ledger(company.store), as_of=day(140)).is_empty()
    refund(company.store, "B3", "L3", author=author)
    assert stands(139) == losses
    assert sorted(stands(160), key=str) == [
        (day(120), money("100.00"), money("16.66")), (day(160), money("100.00"), money("16.67")),
        (day(160), money("1000.00"), money("166.67")),
    ]  # fmt: skip
    assert open_items(run_ledger(company.store), as_of=day(160)).select("outstanding", "status").rows() == [
        (money("0.00"), "written_off")
    ]
    assert run_check(company.store) == []


def test_a_declared_payment_that_the_bank_proved_is_counted_once_beside_a_loss(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.bill("F1", "Martin", "1200.00", paid_amount=money("300.00"), paid_date=day(50))
    company.line("L1", "300.00", "VIR MARTIN", on=50).line("L2", "100.00", "VIR MARTIN", on=140).save()
    author = replace(ME, today=day(400))
    mark(company.store, "F1", "written-off", on=day(100), author=author)
    allocate(company.store, "L1", "F1", money("300.00"), author=author)
    allocate(company.store, "L2", "F1", money("100.00"), author=author)
    ledger = run_ledger(company.store)
    owed = [open_items(ledger, as_of=day(on)).select("outstanding", "status").row(0) for on in (99, 100, 140)]
    assert owed == [(money("900.00"), "partly_paid"), (money("0.00"), "written_off"), (money("0.00"), "written_off")]


def test_a_credit_note_of_later_than_a_loss_does_not_take_what_money_ended_of_it(tmp_path: Path) -> None:
    company = Company(tmp_path).bill("F1", "Martin", "1200.00").line("L1", "500.00", "VIR MARTIN", on=140).save()
    mark(company.store, "F1", "written-off", on=day(100), author=replace(ME, today=day(400)))
    company.note("N1", "Martin", "600.00", 120, linked="F1").save()
    allocate(company.store, "L1", "F1", money("500.00"), author=replace(ME, today=day(400)))
    ledger = run_ledger(company.store)
    assert open_credits(ledger, as_of=day(200)).select("number", "remaining").rows() == [("N1", money("600.00"))]
    given = ledger.allocations.filter(pl.col("source") == "bank").select("source_id", "amount")
    assert given.rows() == [("L1", money("500.00"))]


@pytest.mark.parametrize("bank_id", ["2bank", "zbank"])
def test_a_credit_note_of_the_day_of_a_recovery_takes_what_is_owed_beside_the_loss_first(bank_id: str) -> None:
    """Sources of one day apply credit notes first (contract 2), whatever their ids."""
    said = [
        ("loss", "write_off", "1000.00", 50, "person", None),
        ("first", "bank", "200.00", 10, "person", day(60)),  # it came back: 200.00 are owed beside the loss
        (bank_id, "bank", "300.00", 70, RECOVERY, None),
        ("note", "credit_note", "200.00", 70, "linked_credit_note", None),
    ]
    columns = ("claim_id", "source", "amount", "date", "rule", "reversed_on")
    rows = [dict(zip(columns, (i, source, money(amount), day(on), *rest), strict=True)) for i, source, amount, on, *rest in said]
    common = {"document_id": "F1", "is_dated": True, "by": "Ana", "reason": "loss"}
    claims = conform(
        pl.DataFrame([{**row, **common, "source_id": row["claim_id"]} for row in rows], infer_schema_length=None), CLAIMS
    )
    bill = conform(pl.DataFrame([{"document_id": "F1", "amount": money("1200.00")}]), DOCUMENTS)
    found = with_recoveries(claims, bill).select("claim_id", "amount", "rule")
    assert found.filter(claim_id="note")["amount"].to_list() == [money("200.00")]
    assert found.filter(rule=ENDED)["amount"].to_list() == [money("300.00")]
