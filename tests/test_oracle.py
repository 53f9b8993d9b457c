"""The oracle itself, against cases worked out by hand and published ones, then laws over random ledgers."""

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import Case, as_of_dates, cases, event_days, is_contested, ledgers, seeded_case, seeded_cases
from oracle import (
    BUCKETS,
    RANKS,
    ZERO,
    BankLine,
    Books,
    CreditUse,
    Document,
    Facts,
    Mark,
    Match,
    Refund,
    Statement,
    WriteOff,
    aged_by_client,
    bucket,
    invoices,
    kpis,
)

NEW_YEAR = date(2026, 1, 1)
ISSUE, DUE = date(2026, 1, 10), date(2026, 2, 9)


def money(amount: str | int) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def invoice(number: str, amount: str | int, issue: date = ISSUE, due: date = DUE, client: str = "C1") -> Document:
    return Document(number, "invoice", client, issue, due, money(amount))


def credit_note(number: str, amount: str | int, issue: date, linked: str | None = None, client: str = "C1") -> Document:
    return Document(number, "credit_note", client, issue, issue, money(amount), linked=linked)


def paid(day: date, *parts: tuple[str, str | int], extra: str | int = 0, client: str | None = "C1", name: str = "L1") -> Facts:
    """One bank line that pays parts of invoices, and `extra` that nobody claims."""
    matches = tuple(Match(f"{name}{number}", name, number, money(amount)) for number, amount in parts)
    whole = sum((m.amount for m in matches), money(extra))
    return Facts(lines=(BankLine(name, day, whole, client),), matches=matches)


def books_of(*things: Document | Facts | WriteOff | CreditUse | Refund | Mark) -> Facts:
    """All of it as one ledger."""
    facts = Facts()
    for thing in things:
        if isinstance(thing, Facts):
            facts = replace(facts, lines=(*facts.lines, *thing.lines), matches=(*facts.matches, *thing.matches))
        elif isinstance(thing, Document):
            facts = replace(facts, documents=(*facts.documents, thing))
        elif isinstance(thing, WriteOff):
            facts = replace(facts, write_offs=(*facts.write_offs, thing))
        elif isinstance(thing, CreditUse):
            facts = replace(facts, credit_uses=(*facts.credit_uses, thing))
        elif isinstance(thing, Refund):
            facts = replace(facts, refunds=(*facts.refunds, thing))
        else:
            facts = replace(facts, marks=(*facts.marks, thing))
    return facts


def status(facts: Facts, day: date, number: str = "F1") -> object:
    return {row["invoice_number"]: row["status"] for row in invoices(facts, day)}[number]


# -- published cases -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owed", "sold", "end", "days", "expected"),
    [
        pytest.param(30000, 60000, date(2026, 3, 31), 90, 45.0, id="dso_acc_01"),
        pytest.param(20000, 45000, date(2026, 3, 31), 90, 40.0, id="dso_acc_02"),
        pytest.param(472000, 2870400, date(2026, 12, 31), 365, 60.02, id="dso_acc_03"),
        pytest.param(5700, 7600, date(2026, 6, 30), 91, 68.25, id="dso_acc_04"),
    ],
)
def test_dso_is_receivables_over_sales_times_days(owed: int, sold: int, end: date, days: int, expected: float) -> None:
    start = end - timedelta(days=days - 1)
    facts = books_of(invoice("F1", owed, start, end), invoice("F2", sold - owed, start, end), paid(end, ("F2", sold - owed)))
    found = kpis(facts, end, start)
    assert found["days"] == days
    assert found["dso"] == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(
    ("owed", "not_due", "sold", "days", "expected"),
    [
        pytest.param(15000, 4000, 10000, 30, (45, 12, 33), id="dso_best_01"),
        pytest.param(1200000, 800000, 10000000, 365, (43.8, 29.2, 14.6), id="dso_best_02"),
    ],
)
def test_dso_is_its_best_plus_the_delay(owed: int, not_due: int, sold: int, days: int, expected: tuple[float, ...]) -> None:
    end = date(2026, 12, 31)
    start = end - timedelta(days=days - 1)
    late = owed - not_due
    facts = books_of(
        invoice("F0", late, start - timedelta(days=60), start - timedelta(days=30)),
        invoice("F1", not_due, start, end),
        invoice("F2", sold - not_due, start, end),
        paid(end, ("F2", sold - not_due)),
    )
    found = kpis(facts, end, start)
    assert (found["dso"], found["best_possible_dso"], found["average_days_delinquent"]) == pytest.approx(expected)


def test_countback_takes_whole_months_backwards_then_a_part() -> None:
    """Case dso_cb_01: 2500 owed after sales of 1200, 800 and 700 is 30 + 31 + 500 / 700 * 30 days."""
    facts = books_of(
        invoice("F9", 700, date(2020, 9, 2)),
        invoice("F10", 800, date(2020, 10, 31)),
        invoice("F11", 1200, date(2020, 11, 1)),
        paid(date(2020, 11, 30), ("F9", 200)),
    )
    assert kpis(facts, date(2020, 11, 30))["dso_countback"] == pytest.approx(61 + 500 / 700 * 30)


@pytest.mark.parametrize(
    ("begin", "sold", "end_total", "end_current", "expected"),
    [
        pytest.param(6200, 10890, 6340, 3590, 79.63, id="cei_02"),
        pytest.param(100000, 1000000, 120000, 100000, 98.0, id="cei_03"),
    ],
)
def test_cei_is_collected_over_collectable(begin: int, sold: int, end_total: int, end_current: int, expected: float) -> None:
    start, end = NEW_YEAR, date(2026, 3, 31)
    old_left = end_total - end_current
    facts = books_of(
        invoice("F0", begin, start - timedelta(days=40), start - timedelta(days=10)),
        invoice("F1", end_current, start, end + timedelta(days=1)),
        invoice("F2", sold - end_current, start, start),
        paid(end, ("F0", begin - old_left), ("F2", sold - end_current)),
    )
    assert kpis(facts, end, start)["collection_effectiveness"] == pytest.approx(expected, abs=0.005)


def test_turnover_is_sales_over_the_mean_of_receivables() -> None:
    """Case rot_01: 500000 of sales, receivables 100000 at the start and 150000 at the end."""
    end = date(2026, 12, 31)
    facts = books_of(
        invoice("F0", 100000, date(2025, 12, 31), end),
        invoice("F1", 500000, NEW_YEAR, end),
        paid(end, ("F0", 100000), ("F1", 350000)),
    )
    assert kpis(facts, end, NEW_YEAR)["turnover"] == 4.0


def test_bucket_edges() -> None:
    """Case age_02: the day counts of each bucket's first and last day."""
    as_of = date(2026, 11, 22)
    dues = [
        "2026-11-23",
        "2026-11-22",
        "2026-11-21",
        "2026-10-23",
        "2026-10-22",
        "2026-09-23",
        "2026-09-22",
        "2026-08-24",
        "2026-08-23",
    ]
    facts = books_of(*(invoice(f"F{n}", 1, date(2026, 8, 1), date.fromisoformat(due)) for n, due in enumerate(dues)))
    rows = invoices(facts, as_of)
    assert [row["days_late"] for row in rows] == [-1, 0, 1, 30, 31, 60, 61, 90, 91]
    assert [row["bucket"] for row in rows] == [name for name in BUCKETS for _ in range(1 if name == "over_90" else 2)]
    assert [row["status"] for row in rows[:3]] == ["sent", "due_today", "late"]
    found = kpis(facts, as_of)
    assert (found["overdue"], found["over_90"], found["late_invoices"]) == (money(7), money(1), 7)


def test_doubtful_ratio_is_what_is_over_90_days_late() -> None:
    """Case doubt_01: 1300 of 23000."""
    as_of = date(2026, 12, 31)
    facts = books_of(invoice("F1", 1300), invoice("F2", 21700, as_of, as_of))
    assert kpis(facts, as_of)["doubtful_ratio"] == pytest.approx(5.652, abs=0.001)


def test_delay_of_payment_is_weighted_by_amount() -> None:
    """Case dmp_real_01: 1000 after 30 days and 3000 after 60 are 52.5 days."""
    facts = books_of(
        invoice("F1", 1000, date(2026, 1, 1), date(2026, 1, 31)),
        invoice("F2", 3000, date(2026, 1, 10), date(2026, 2, 9)),
        paid(date(2026, 1, 31), ("F1", 1000)),
        paid(date(2026, 3, 11), ("F2", 3000), name="L2"),
    )
    found = kpis(facts, date(2026, 3, 31), NEW_YEAR)
    assert (found["average_days_to_pay"], found["average_days_late"]) == (52.5, 22.5)


# -- hand-made cases -----------------------------------------------------------------------------------------------------


def test_a_prepayment_is_an_open_credit_until_the_invoice_is_issued_and_takes_no_days() -> None:
    facts = books_of(invoice("F1", 100), paid(date(2026, 1, 5), ("F1", 100)))
    before = kpis(facts, date(2026, 1, 9))
    assert (before["gross_outstanding"], before["open_credits"], before["receivables"]) == (ZERO, money(100), money(-100))
    assert (before["dso"], before["dso_countback"]) == (None, 0.0)
    after = kpis(facts, ISSUE, NEW_YEAR)
    assert (after["receivables"], after["average_days_to_pay"], after["average_days_late"]) == (ZERO, 0.0, -30.0)
    # The period starts with the first invoice, the payment was before it.
    assert (after["from"], after["days"], after["collected"]) == (ISSUE, 1, ZERO)


def test_a_returned_payment_counts_until_the_day_before() -> None:
    facts = books_of(invoice("F1", 100), paid(date(2026, 2, 1), ("F1", 100)))
    facts = replace(facts, matches=(replace(facts.matches[0], reversed_on=date(2026, 2, 6)),))
    facts = books_of(*facts.documents, facts, Refund(date(2026, 2, 6), "L1", money(100), "returned", "C1"))
    assert kpis(facts, date(2026, 2, 5))["gross_outstanding"] == ZERO
    back = kpis(facts, date(2026, 2, 6))
    assert (back["gross_outstanding"], back["open_credits"], back["collected"]) == (money(100), ZERO, ZERO)
    assert back["average_days_to_pay"] is None


def test_an_overpayment_is_an_open_credit_until_it_is_refunded() -> None:
    refund = Refund(date(2026, 3, 1), "L1", money(15), "refunded", "C1")
    facts = books_of(invoice("F1", 100), paid(date(2026, 2, 1), ("F1", 120)), refund)
    assert kpis(facts, date(2026, 2, 28))["open_credits"] == money(20)
    found = kpis(facts, date(2026, 3, 1))
    assert (found["open_credits"], found["collected"], found["receivables"]) == (money(5), money(105), money(-5))


def test_sources_of_one_day_apply_credit_note_then_bank_then_declared_then_write_off() -> None:
    day = date(2026, 2, 1)
    bill = replace(invoice("F1", 100), statements=(Statement(day, money(70), day),))
    facts = books_of(bill, credit_note("A1", 30, day, "F1"), paid(day, ("F1", 50)), WriteOff("W1", "F1", money(30), day, "loss"))
    # 20 of the declared 70 are not proven by the bank's 50; nothing is left to write off.
    assert [(a.source, a.amount) for a in Books(facts).allocations(day)] == [
        ("credit_note", money(30)),
        ("bank", money(50)),
        ("declared", money(20)),
    ]
    assert (kpis(facts, day)["collected"], kpis(facts, day)["open_credits"]) == (money(70), ZERO)


def test_a_bank_line_takes_the_place_of_as_much_of_the_declared_payment() -> None:
    bill = replace(invoice("F1", 100), statements=(Statement(date(2026, 2, 3), money(60), date(2026, 2, 1)),))
    alone = kpis(books_of(bill), date(2026, 2, 10))
    assert (alone["gross_outstanding"], alone["collected"], alone["average_days_to_pay"]) == (money(40), money(60), 22.0)
    both = kpis(books_of(bill, paid(date(2026, 2, 4), ("F1", 45))), date(2026, 2, 10))
    assert (both["gross_outstanding"], both["collected"], both["open_credits"]) == (money(40), money(60), ZERO)
    assert both["average_days_to_pay"] == pytest.approx((15 * 22 + 45 * 25) / 60)


def test_less_paid_than_before_takes_the_difference_off_the_last_slice_on_the_day_of_import() -> None:
    statements = (
        Statement(date(2026, 2, 1), money(50), date(2026, 1, 31)),
        Statement(date(2026, 3, 1), money(80), date(2026, 2, 20)),
        Statement(date(2026, 4, 1), money(40), None),
    )
    facts = books_of(replace(invoice("F1", 100), statements=statements))
    owed = [
        Books(facts).outstanding("F1", day) for day in (date(2026, 1, 31), date(2026, 2, 20), date(2026, 3, 31), date(2026, 4, 1))
    ]
    assert owed == [money(50), money(20), money(20), money(60)]
    assert kpis(facts, date(2026, 4, 1))["collected"] == money(40)
    assert kpis(facts, date(2026, 4, 30), date(2026, 4, 1))["collected"] == money(-40)


def test_an_undated_payment_counts_from_the_import_and_takes_no_part_in_delays() -> None:
    facts = books_of(replace(invoice("F1", 100), statements=(Statement(date(2026, 3, 20), is_paid=True),)), invoice("F2", 100))
    assert Books(facts).outstanding("F1", date(2026, 3, 19)) == money(100)
    found = kpis(facts, date(2026, 3, 20))
    assert (found["gross_outstanding"], found["average_days_to_pay"]) == (money(100), None)
    assert (found["unpaid_rate_30"], found["unpaid_rate_30_count"]) == (100.0, 100.0)
    assert status(facts, date(2026, 3, 20)) == "paid"


def test_linked_credit_notes_come_off_the_amount_due_before_the_rest_is_a_payment() -> None:
    bill = replace(
        invoice("F1", 100), statements=(Statement(date(2026, 2, 10), amount_due=money(10), paid_date=date(2026, 2, 9)),)
    )
    facts = books_of(bill, credit_note("A1", 30, date(2026, 2, 1), "F1"))
    found = kpis(facts, date(2026, 2, 10))
    assert (found["collected"], found["gross_outstanding"], found["open_credits"]) == (money(60), money(10), ZERO)
    late_note = books_of(bill, credit_note("A1", 30, date(2026, 2, 11), "F1"))
    found = kpis(late_note, date(2026, 2, 11))
    assert (found["collected"], found["gross_outstanding"], found["open_credits"]) == (money(90), ZERO, money(20))


def test_the_paid_amount_wins_over_the_amount_due() -> None:
    bill = replace(invoice("F1", 100), statements=(Statement(date(2026, 2, 10), money(20), DUE, money(10)),))
    assert Books(books_of(bill)).outstanding("F1", DUE) == money(80)


@pytest.mark.parametrize(
    ("linked", "client"),
    [(None, "C1"), ("X-404", "C1"), ("F1", "C2"), ("A0", "C1")],
    ids=["unlinked", "unknown", "other", "note"],
)
def test_a_credit_note_without_an_invoice_of_its_client_is_open_credit(linked: str | None, client: str) -> None:
    facts = books_of(invoice("F1", 100), credit_note("A0", 0, ISSUE), credit_note("A1", 30, DUE, linked, client))
    found = kpis(facts, DUE)
    assert (found["gross_outstanding"], found["open_credits"], found["sales"]) == (money(100), money(30), money(70))
    assert [status(facts, DUE, name) for name in ("A0", "A1")] == ["used", "open_credit"]


def test_what_a_credit_note_leaves_can_be_given_by_a_person_and_refunded() -> None:
    facts = books_of(
        invoice("F1", 100),
        invoice("F2", 50),
        credit_note("A1", 160, DUE, "F1"),
        CreditUse("U1", "A1", "F2", money(40), date(2026, 2, 15)),
        Refund(date(2026, 2, 20), "A1", money(15), "refunded", "C1"),
    )
    days = [DUE, date(2026, 2, 15), date(2026, 2, 20)]
    assert [kpis(facts, day)["open_credits"] for day in days] == [money(60), money(20), money(5)]
    assert (status(facts, days[2], "F1"), status(facts, days[2], "F2")) == ("credited", "partly_credited")
    # Gross fell by the notes that were allocated only: nothing was collected, the refund does not matter to it.
    assert kpis(facts, days[2], ISSUE)["collection_effectiveness"] == 0.0
    assert kpis(facts, days[2], ISSUE)["collected"] == money(-15)


@pytest.mark.parametrize(("reason", "expected"), [("loss", "written_off"), ("rounding", "paid"), ("discount", "paid")])
def test_a_written_off_rest_is_a_loss_or_paid(reason: str, expected: str) -> None:
    day = date(2026, 3, 1)
    facts = books_of(invoice("F1", 100), paid(DUE, ("F1", 99)), WriteOff("W1", "F1", money(1), day, reason))
    assert [status(facts, d) for d in (ISSUE, DUE, day)] == ["sent", "partly_paid", expected]
    assert kpis(facts, day)["collected"] == money(99)


def test_an_invoice_of_nothing_is_paid() -> None:
    assert status(books_of(invoice("F1", 0)), DUE) == "paid"


def test_a_line_of_two_clients_gives_each_its_part_and_the_rest_to_whom_it_is_attributed() -> None:
    bills = (invoice("F1", 100), invoice("F2", 50, client="C2"))
    known = books_of(*bills, paid(DUE, ("F1", 80), ("F2", 50), extra=7, client="C2"))
    unknown = books_of(*bills, paid(DUE, ("F1", 80), ("F2", 50), extra=7, client=None))
    assert (kpis(known, DUE)["collected"], kpis(unknown, DUE)["collected"]) == (money(137), money(130))
    balance = aged_by_client(known, DUE)
    assert (balance["C1"]["total"], balance["C2"]["open_credits"], balance["C2"]["total"]) == (money(20), money(-7), money(-7))


def test_unpaid_after_30_days_looks_at_that_day() -> None:
    early_due = invoice("F4", 100, date(2026, 3, 20), date(2026, 2, 1))  # issued more than 30 days after it was due
    facts = books_of(
        invoice("F1", 100),
        invoice("F2", 300),
        invoice("F3", 999, due=date(2026, 2, 28)),
        early_due,
        paid(date(2026, 3, 11), ("F1", 60)),
        paid(date(2026, 3, 12), ("F1", 40), ("F2", 300), name="L2"),
    )
    # F1 owes 40 and F2 300 on 11 March, 30 days after both were due; F3's day has not come.
    found = kpis(facts, date(2026, 3, 20))
    assert (found["unpaid_rate_30"], found["unpaid_rate_30_count"]) == pytest.approx((340 / 500 * 100, 200 / 3))


def test_a_persons_word_goes_before_the_age_and_the_invoices_before_the_clients() -> None:
    old = invoice("F1", 100)
    as_of = date(2026, 12, 31)
    not_doubtful = Mark("doubtful", "F1", None, is_set=False, on_date=date(2026, 6, 1))
    of_client = Mark("doubtful", None, "C1", is_set=True, on_date=date(2026, 7, 1))
    assert kpis(books_of(old), date(2026, 5, 10))["doubtful"] == ZERO  # 90 days late
    assert kpis(books_of(old), date(2026, 5, 11))["doubtful"] == money(100)
    assert kpis(books_of(old, not_doubtful, of_client), as_of)["doubtful"] == ZERO
    assert kpis(books_of(old, of_client), date(2026, 7, 1))["doubtful"] == money(100)
    assert kpis(books_of(old, not_doubtful), date(2026, 5, 31))["doubtful"] == money(100)


def test_insolvency_makes_earlier_claims_doubtful_before_they_are_due() -> None:
    opening = date(2026, 1, 20)
    facts = books_of(
        invoice("F1", 100),
        invoice("F2", 70, opening),
        invoice("F3", 30, opening + timedelta(days=1)),
        Mark("insolvency", None, "C1", is_set=True, on_date=opening),
    )
    assert (kpis(facts, date(2026, 1, 19))["doubtful"], kpis(facts, date(2026, 2, 1))["doubtful"]) == (ZERO, money(170))


def test_a_dispute_is_a_yes_or_no_beside_the_status() -> None:
    facts = books_of(
        replace(invoice("F1", 100), is_disputed=True), Mark("disputed", "F1", None, is_set=False, on_date=date(2026, 2, 1))
    )
    days = (date(2026, 1, 31), date(2026, 2, 1))
    assert [invoices(facts, day)[0]["disputed"] for day in days] == [True, False]


def test_an_invoice_is_unsent_until_its_sent_date_or_a_persons_word() -> None:
    dated = replace(invoice("F1", 100), sending="said", sent_date=date(2026, 1, 12))
    never = replace(invoice("F2", 100), sending="unsent")
    facts = books_of(dated, never, Mark("sent", "F2", None, is_set=True, on_date=date(2026, 1, 15)))
    assert [status(facts, date(2026, 1, day), "F1") for day in (11, 12)] == ["unsent", "sent"]
    assert [status(facts, date(2026, 1, day), "F2") for day in (14, 15)] == ["unsent", "sent"]


def test_countback_passes_months_without_sales_and_is_null_beyond_the_first() -> None:
    first, last = date(2024, 1, 31), date(2024, 3, 1)
    facts = books_of(invoice("F1", 100, first), credit_note("A1", 20, date(2024, 2, 29), client="C2"))
    # March's one day and February's 29 add their days; 80 of January's 100 are left: 1 + 29 + 80 / 100 * 31.
    assert kpis(facts, last)["dso_countback"] == pytest.approx(54.8)
    spent = books_of(*facts.documents, Refund(last, "A1", money(20), "refunded", "C2"), paid(last, ("F1", 0), extra=5))
    assert kpis(spent, last)["dso_countback"] == pytest.approx(30 + 0.95 * 31)
    over = books_of(invoice("F1", 100, first), Refund(last, "A1", money(20), "refunded", "C2"), credit_note("A1", 20, first))
    assert kpis(over, last)["dso_countback"] is None  # 100 are owed, January sold 80


def test_a_figure_without_a_positive_divisor_is_null() -> None:
    facts = books_of(invoice("F1", 10), credit_note("A1", 30, DUE))
    found = kpis(facts, DUE)
    assert (found["sales"], found["receivables"]) == (money(-20), money(-20))
    assert [found[key] for key in ("dso", "best_possible_dso", "average_days_delinquent", "turnover")] == [None] * 4
    assert (found["dso_countback"], found["doubtful_ratio"], found["unpaid_rate_30"]) == (0.0, 0.0, None)


def test_other_currencies_are_left_out_and_named() -> None:
    dollars = replace(invoice("F2", 40), currency="USD")
    found = kpis(books_of(invoice("F1", 100), dollars), DUE)
    assert (found["receivables"], found["other_currencies"]) == (money(100), {"USD": money(40)})
    assert kpis(books_of(invoice("F1", 100), dollars), DUE, currency="USD")["receivables"] == money(40)


def test_a_payment_without_a_known_client_is_no_receipt() -> None:
    found = kpis(books_of(invoice("F1", 100), paid(DUE, extra=30, client=None)), DUE)
    assert (found["collected"], found["open_credits"], found["receivables"]) == (ZERO, ZERO, money(100))


def test_a_later_payment_takes_the_room_of_one_that_went_back() -> None:
    facts = books_of(invoice("F1", 100), paid(date(2026, 2, 1), ("F1", 100)), paid(date(2026, 2, 2), ("F1", 100), name="L2"))
    facts = replace(
        facts,
        matches=(replace(facts.matches[0], reversed_on=date(2026, 2, 5)), facts.matches[1]),
        refunds=(Refund(date(2026, 2, 5), "L1", money(100), "returned", "C1"),),
    )
    assert [kpis(facts, date(2026, 2, day))["open_credits"] for day in (4, 5)] == [money(100), ZERO]
    assert Books(facts).outstanding("F1", date(2026, 2, 5)) == ZERO
    assert is_contested(facts)


# -- laws over random ledgers --------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(facts=ledgers(12))
def test_no_invoice_and_no_source_gives_more_than_it_has(facts: Facts) -> None:
    books = Books(facts)
    gone = {receipt.id: receipt.amount for receipt in facts.stored if receipt.amount < 0}  # went back: a credit below nothing
    for day in event_days(facts):
        owed = books.outstanding_by_invoice(day)
        assert all(ZERO <= owed[d.number] <= d.amount for d in books.owing() if d.issue <= day)
        assert all(amount >= 0 for source, _, amount in books.credits(day, "EUR") if source not in gone)
        assert all(amount == gone[source] for source, _, amount in books.credits(day, "EUR") if source in gone)
        order = [(a.date, RANKS[a.source]) for a in books.allocations(day)]
        assert order == sorted(order)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), facts=ledgers(12))
def test_receivables_are_sales_less_receipts_less_write_offs(data: st.DataObject, facts: Facts) -> None:
    day = data.draw(as_of_dates(facts))
    books = Books(facts)
    given_up = sum((a.amount for a in books.allocations(day) if a.source == "write_off" and a.invoice[0] in "FD"), ZERO)
    sold, received = ZERO, ZERO
    for currency in ("EUR", "USD"):
        sold += books.sales(date.min, day, currency) - books.receivables(day, currency)
        received += books.collected(date.min, day, currency)
    assert sold - received == given_up


@settings(max_examples=60, deadline=None)
@given(data=st.data(), facts=ledgers(12).filter(lambda facts: not is_contested(facts)))
def test_without_contest_one_pass_in_order_of_date_gives_the_same(data: st.DataObject, facts: Facts) -> None:
    """A second, shorter way to the outstanding amounts: each claim takes what is left once and for all."""
    day = data.draw(as_of_dates(facts))
    books = Books(facts)
    room = {d.number: d.amount for d in books.owing()}
    owed = {d.number: d.amount for d in books.owing() if d.issue <= day}
    for claim in sorted(books.claims, key=lambda c: (c.date, RANKS[c.source], c.source_id, c.id)):
        if claim.reversed_on and claim.reversed_on <= claim.counts_from:
            continue  # it went back before it counted
        taken = min(claim.amount, room[claim.invoice])
        room[claim.invoice] -= taken
        assert books.ever[claim.id] == taken
        if claim.counts_from <= day and not (claim.reversed_on and claim.reversed_on <= day):
            owed[claim.invoice] -= taken
    assert books.outstanding_by_invoice(day) == owed


@settings(max_examples=60, deadline=None)
@given(case=cases(12))
def test_the_figures_hold_together(case: Case) -> None:
    facts, as_of, start = case
    found = kpis(facts, as_of, start)
    ageing, rows, balance = found["ageing"], invoices(facts, as_of), aged_by_client(facts, as_of)
    assert isinstance(ageing, dict)
    assert sum(ageing.values(), ZERO) == found["gross_outstanding"]
    assert sum((row["total"] for row in balance.values()), ZERO) == found["receivables"]
    late = [r for r in rows if r["currency"] == "EUR" and r["bucket"] not in (None, "not_due")]
    assert len(late) == found["late_invoices"]
    assert sum((Decimal(str(r["outstanding"])) for r in late), ZERO) == found["overdue"]
    if found["dso"] is not None:
        credit = Decimal(str(found["open_credits"])) / Decimal(str(found["sales"])) * Decimal(str(found["days"]))
        parts = float(str(found["best_possible_dso"])) + float(str(found["average_days_delinquent"])) - float(credit)
        assert found["dso"] == pytest.approx(parts, rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(case=cases(10), seed=st.randoms(use_true_random=False))
def test_the_order_of_the_facts_does_not_matter(case: Case, seed: random.Random) -> None:
    facts, as_of, start = case
    shuffled = replace(
        facts,
        documents=tuple(seed.sample(facts.documents, len(facts.documents))),
        lines=tuple(seed.sample(facts.lines, len(facts.lines))),
        matches=tuple(seed.sample(facts.matches, len(facts.matches))),
        refunds=tuple(seed.sample(facts.refunds, len(facts.refunds))),
    )
    assert kpis(shuffled, as_of, start) == kpis(facts, as_of, start)
    assert invoices(shuffled, as_of) == invoices(facts, as_of)


def test_a_seed_gives_the_same_ledger_and_the_ledgers_meet_every_status() -> None:
    assert seeded_case(7) == seeded_case(7)
    met = {row["status"] for facts, as_of, _ in seeded_cases(120) for row in invoices(facts, as_of)}
    settled = {"credited", "written_off", "paid", "partly_credited", "partly_paid"}
    assert met == settled | {"open_credit", "used", "unsent", "late", "due_today", "sent"}


def test_buckets_are_by_days_late() -> None:
    assert [bucket(n) for n in (-5, 0, 1, 90, 91)] == ["not_due", "not_due", "1_30", "61_90", "over_90"]
