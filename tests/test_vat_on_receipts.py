"""VAT on receipts: its rows are what was collected, and a paid invoice's shares are its VAT, to the cent."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from from_facts import ledger_of
from hypothesis import given, settings
from ledgers import cases
from oracle import Facts
from small_ledger import Book
from small_store import ME, Company, day, money

from models.money import total
from models.settings import Settings
from pipelines import decisions
from pipelines.accounting.taxes import with_deducted, with_tax
from pipelines.forecast.taxes import vat_of_period
from pipelines.kpis import kpis
from pipelines.ledger import Ledger, run_ledger
from pipelines.marks import mark
from pipelines.papers.vat_on_receipts import vat_months, vat_rows
from pipelines.reconcile.decide import allocate
from pipelines.reconcile.money_back import refund

LONG_AGO = date(2000, 1, 1)
ISSUED = date(2026, 1, 15)
TAXED = Settings(vat_rate=Decimal(20))


def bill(book: Book, number: str, amount: str, vat: str | None, **other: Any) -> Book:
    """An invoice of 15 January with its VAT."""
    excl = None if vat is None else Decimal(amount) - Decimal(vat)
    known = {"amount_excl_tax": excl, "vat_amount": None if vat is None else Decimal(vat)}
    return book.bill(number, "Martin", ISSUED + timedelta(days=30), amount, **known, **other)


def rows(book: Book, **choices: Any) -> list[tuple[object, ...]]:
    """Month, rate, amount, VAT of each row."""
    found = vat_rows(book.ledger(), as_of=date(2026, 12, 31), currency="EUR", **choices)
    return found.select(pl.col("month").dt.month(), "rate", "amount", "vat").rows()


@settings(max_examples=20, deadline=None)
@given(cases())
def test_any_period_sums_to_what_was_collected_in_it_and_paid_invoices_to_their_vat(
    case: tuple[Facts, date, date | None],
) -> None:
    facts, as_of, start = case
    ledger = replace(ledger_of(facts), settings=TAXED)
    figures = kpis(ledger, as_of=as_of, start=start)
    found = vat_rows(ledger, as_of=as_of, currency="EUR", start=figures.start)
    assert total(found["amount"]) == figures.collected
    months = vat_months(found)
    for name in ("amount", "base", "vat", "deposit_vat"):
        assert total(months[name]) == total(found[name])
    known = found.drop_nulls("vat")
    assert (known["base"] + known["vat"] == known["amount"]).all()
    check_shares(ledger, vat_rows(ledger, as_of=as_of, currency="EUR"))


def check_shares(ledger: Ledger, found: pl.DataFrame) -> None:
    """What payments alone settle has its VAT to the cent; each step is off by a rounding at most."""
    by_invoice = found.drop_nulls("document_id").group_by("document_id").agg(pl.col("amount", "vat").sum())
    for document_id, paid, vat in by_invoice.rows():
        amount, whole = _taxed(ledger, document_id)
        assert vat == whole if paid == amount else abs(vat - whole * paid / amount) <= Decimal("0.05")


def _taxed(ledger: Ledger, document_id: str) -> tuple[Decimal, Decimal]:
    rows_of = with_tax(ledger.documents.filter(pl.col("document_id") == document_id), Decimal(20))
    row = with_deducted(rows_of).row(0, named=True)
    sign = -1 if row["kind"] == "credit_note" else 1
    return sign * row["amount"], sign * (row["vat"] - (row["deducted"] or 0) + (row["deducted_excl"] or 0))


def test_three_payments_of_a_third_hold_the_vat_to_the_cent() -> None:
    book = bill(Book(), "F1", "100.00", "16.67")
    for month, part in ((2, "33.33"), (3, "33.33"), (4, "33.34")):
        book.receipt(f"L{month}", date(2026, month, 5), part, pays="F1")
    assert [str(row[3]) for row in rows(book)] == ["5.56", "5.55", "5.56"]
    assert [row[:2] for row in rows(book)] == [(2, "20"), (3, "20"), (4, "20")]


def test_several_rates_an_unknown_vat_and_money_without_an_invoice_stand_apart() -> None:
    book = bill(Book(), "F1", "117.50", "15.50")  # 50.00 at 20 % and 55.00 at 10 %
    bill(book, "F2", "60.00", None)
    book.receipt("L1", date(2026, 2, 5), "117.50", pays="F1").receipt("L2", date(2026, 2, 6), "60.00", pays="F2")
    book.receipt("L3", date(2026, 2, 7), "240.00", client="Martin")
    amounts = [(rate, str(amount), vat and str(vat)) for _, rate, amount, vat in rows(book)]
    assert amounts == [("mixed", "117.50", "15.50"), ("unknown", "60.00", None), ("unallocated", "240.00", None)]
    months = vat_months(vat_rows(book.ledger(), as_of=date(2026, 12, 31), currency="EUR"))
    assert months.select("rate", "deposit_vat").rows() == [
        ("mixed", None), ("unknown", None), ("unallocated", Decimal("40.00")),
    ]  # fmt: skip


def test_a_rate_is_known_where_rounded_lines_are_off_by_five_cents_and_no_more() -> None:
    book = bill(bill(bill(Book(), "F1", "120.05", "20.05"), "F2", "119.95", "19.95"), "F3", "120.06", "20.06")
    for n, amount in ((1, "120.05"), (2, "119.95"), (3, "120.06")):
        book.receipt(f"L{n}", date(2026, 2, n), amount, pays=f"F{n}")
    assert [row[1] for row in rows(book)] == ["20", "20", "mixed"]


def test_money_before_the_invoice_counts_in_its_own_month_once_the_invoice_is_known() -> None:
    book = bill(Book(), "F1", "120.00", "20.00").receipt("L1", date(2025, 12, 20), "120.00", pays="F1", client="Martin")
    ledger = book.ledger()
    before = vat_rows(ledger, as_of=date(2025, 12, 31), currency="EUR")
    assert before.select("rate", "deposit_vat").rows() == [("unallocated", Decimal("20.00"))]
    after = vat_rows(ledger, as_of=date(2026, 1, 31), currency="EUR")
    assert after.select("month", "rate", "vat").rows() == [(date(2025, 12, 1), "20", Decimal("20.00"))]
    assert vat_rows(ledger, as_of=date(2026, 1, 31), currency="EUR", start=date(2026, 1, 1)).is_empty()


def test_a_final_invoice_holds_the_vat_that_its_deposit_left() -> None:
    book = bill(Book(), "A1", "120.00", "20.00", kind="deposit")
    book.bill(
        "F1", "Martin", ISSUED + timedelta(days=60), "480.00", amount_excl_tax=Decimal("500.00"), vat_amount=Decimal("100.00")
    )
    book.receipt("L1", date(2026, 2, 1), "120.00", pays="A1").receipt("L2", date(2026, 4, 1), "480.00", pays="F1")
    assert [str(row[3]) for row in rows(book)] == ["20.00", "80.00"]


def test_a_credit_note_that_is_used_leaves_less_to_be_paid() -> None:
    book = bill(Book(), "F1", "120.00", "20.00")
    bill(book, "AV1", "24.00", "4.00", kind="credit_note", linked_invoice="F1")
    book.receipt("L1", date(2026, 3, 1), "96.00", pays="F1")
    assert [(str(amount), str(vat)) for _, _, amount, vat in rows(book)] == [("96.00", "16.00")]


def test_a_payment_that_comes_back_takes_its_vat_back_in_its_own_month_in_the_forecast_too(tmp_path: Path) -> None:
    company = Company(tmp_path)
    decisions.set_settings(company.store, {"vat_basis": "receipts"}, author=ME)
    company.bill("F1", "Martin", "120.00", vat_amount=money("20.00"))
    company.line("L1", "120.00", "VIR MARTIN F1", on=5).line("R1", "-120.00", "REJET MARTIN", on=40).save()
    allocate(company.store, "L1", "F1", money("120.00"), author=ME)
    refund(company.store, "R1", "L1", author=ME)
    ledger = run_ledger(company.store)
    company.store.close()
    found = vat_rows(ledger, as_of=day(60), currency="EUR")
    assert found.select("date", "kind", "vat").rows() == [
        (day(5), "receipt", money("20.00")), (day(40), "returned", money("-20.00")),
    ]  # fmt: skip
    months = [vat_of_period(ledger, day(start), day(end), currency="EUR") for start, end in ((0, 29), (30, 60), (0, 60))]
    assert months == [money("20.00"), money("-20.00"), money("0.00")]


def test_a_payment_that_takes_the_room_of_one_that_came_back_is_counted_once(tmp_path: Path) -> None:
    """Part of it waited without an invoice until then: nothing of it was sent back on that day."""
    company = Company(tmp_path).bill("F1", "Martin", "120.00", vat_amount=money("20.00"))
    company.line("L1", "90.00", "VIR MARTIN", on=5).line("R1", "-90.00", "REJET MARTIN", on=40)
    company.line("L2", "60.00", "VIR MARTIN", on=20).save()
    allocate(company.store, "L1", "F1", money("90.00"), author=ME)
    refund(company.store, "R1", "L1", author=ME)
    allocate(company.store, "L2", "F1", money("60.00"), author=ME)
    ledger = run_ledger(company.store)
    company.store.close()
    found = vat_rows(ledger, as_of=day(60), currency="EUR")
    assert found.select("date", "kind", "number", "amount", "vat").rows() == [
        (day(5), "receipt", "F1", money("90.00"), money("15.00")),
        (day(20), "receipt", "F1", money("60.00"), money("10.00")),
        (day(40), "returned", "F1", money("-90.00"), money("-15.00")),
    ]
    then = vat_rows(ledger, as_of=day(30), currency="EUR").select("date", "number", "amount").rows()
    assert then == [(day(5), "F1", money("90.00")), (day(20), "F1", money("30.00")), (day(20), None, money("30.00"))]


def test_a_credit_note_that_is_paid_back_in_parts_takes_its_vat_back_to_the_cent(tmp_path: Path) -> None:
    company = Company(tmp_path).bill("A1", "Martin", "100.00", kind="credit_note", vat_amount=money("16.67"))
    for n, (part, on) in enumerate((("-33.33", 5), ("-33.33", 35), ("-33.34", 65))):
        company.line(f"R{n}", part, "VIR MARTIN A1", on=on)
    company.save()
    for n in range(3):
        refund(company.store, f"R{n}", "A1", author=ME)
    found = vat_rows(run_ledger(company.store), as_of=day(90), currency="EUR")
    company.store.close()
    assert found.select("date", "kind", "number", "amount", "base", "vat").rows() == [
        (day(5), "refund", "A1", money("-33.33"), money("-27.77"), money("-5.56")),
        (day(35), "refund", "A1", money("-33.33"), money("-27.78"), money("-5.55")),
        (day(65), "refund", "A1", money("-33.34"), money("-27.78"), money("-5.56")),
    ]


def test_payments_after_a_loss_hold_the_vat_that_they_would_have_held_without_it(tmp_path: Path) -> None:
    company = Company(tmp_path).bill("F1", "Martin", "100.00", vat_amount=money("16.67"))
    for n, part in enumerate(("33.33", "33.33", "33.34")):
        company.line(f"L{n}", part, "VIR MARTIN", on=50 + n)
    company.save()
    mark(company.store, "F1", "written-off", on=day(40), author=ME)
    for n, part in enumerate(("33.33", "33.33", "33.34")):
        allocate(company.store, f"L{n}", "F1", money(part), author=ME)
    found = vat_rows(run_ledger(company.store), as_of=day(90), currency="EUR")
    company.store.close()
    assert found["vat"].to_list() == [money("5.56"), money("5.55"), money("5.56")]
