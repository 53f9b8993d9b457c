"""The cash curve from a ledger: opening balance, items that sum to the curve, what is set aside."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from models.following_tables import MARKS, PLAN_INVOICES, PLANS
from models.money import MONEY, ZERO, total
from models.settings import Settings
from models.tables import (
    ACCOUNTS,
    ALLOCATIONS,
    BALANCES,
    CLAIMS,
    CLIENTS,
    DOCUMENTS,
    LINES,
    RECEIPTS,
    REFUNDS,
    STATEMENTS,
    Schema,
    conform,
    empty,
)
from pipelines.forecast.curve import Forecast, forecast
from pipelines.forecast.history import payment_history
from pipelines.forecast.opening import balances_on, opening_balances
from pipelines.ledger import Ledger

AS_OF = date(2026, 6, 26)
Fact = dict[str, object]
DAY = timedelta(days=1)


def frame(schema: Schema, rows: list[Fact]) -> pl.DataFrame:
    return conform(pl.DataFrame(rows, schema={k: v for k, v in schema.items() if any(k in row for row in rows)}), schema)


def invoice(number: str, amount: str, issue: date, due: date, client: str = "C1", **more: object) -> Fact:
    base = {
        "document_id": number,
        "number": number,
        "kind": "invoice",
        "direction": "sale",
        "client_id": client,
        "client": client,
    }
    dated = {"issue_date": issue, "due_date": due, "amount": Decimal(amount), "currency": "EUR", "is_disputed": False}
    return {**base, **dated, "sending": "silent", **more}


def paid(number: str, amount: str, day: date, source: str = "bank", **more: object) -> Fact:
    base = {"claim_id": f"{number}-{source}-{day}", "source": source, "source_id": f"L-{number}", "document_id": number}
    dated = {"amount": Decimal(amount), "date": day, "counts_from": day, "is_dated": True, "currency": "EUR"}
    return {**base, **dated, **more}


def movement(day: date, amount: str, label: str = "CB", account: str = "A", name: str | None = None) -> Fact:
    line_id = name or f"{account}|{day}|{label}|{amount}"
    return {
        "line_id": line_id, "account_id": account, "account": account, "booking_date": day, "amount": Decimal(amount),
        "currency": "EUR", "label": label,
    }  # fmt: skip


def stated(day: date, amount: str, kind: str = "closing", account: str = "A") -> Fact:
    return {"account_id": account, "balance_date": day, "amount": Decimal(amount), "kind": kind}


def ledger(
    documents: list[Fact] | None = None,
    allocations: list[Fact] | None = None,
    lines: list[Fact] | None = None,
    balances: list[Fact] | None = None,
    marks: list[Fact] | None = None,
    accounts: tuple[str, ...] = ("A",),
) -> Ledger:
    own: list[Fact] = [{"account_id": a, "name": a, "currency": "EUR"} for a in accounts]
    return Ledger(
        revision=1,
        clients=empty(CLIENTS),
        documents=frame(DOCUMENTS, documents or []),
        statements=empty(STATEMENTS),
        accounts=frame(ACCOUNTS, own),
        lines=frame(LINES, lines or []),
        balances=frame(BALANCES, balances or []),
        claims=empty(CLAIMS),
        allocations=frame(ALLOCATIONS, allocations or []),
        receipts=empty(RECEIPTS),
        refunds=empty(REFUNDS),
        marks=frame(MARKS, marks or []),
        settings=Settings(),
    )


def trading_company(seed: int, size: int = 80) -> Ledger:
    """Random invoices of three clients, paid late or not yet, a rent and a payroll, and a stated balance."""
    dice = np.random.default_rng(seed)
    documents: list[Fact] = []
    allocations: list[Fact] = []
    for n in range(size):
        issue = AS_OF - timedelta(days=int(dice.integers(0, 400)))
        due = issue + timedelta(days=int(dice.choice([0, 30, 45])))
        amount = str(Decimal(int(dice.integers(1, 900_000))).scaleb(-2))
        documents.append(invoice(f"F{n:03}", amount, issue, due, f"C{dice.integers(0, 3)}", is_disputed=bool(n % 17 == 0)))
        day = max(due + timedelta(days=int(dice.integers(-10, 40))), issue)
        if day <= AS_OF:
            allocations.append(paid(f"F{n:03}", amount, day))
    months = [date(2025 + (m > 6), (m + 5) % 12 + 1, 1) for m in range(1, 13)]
    lines = [movement(m.replace(day=5), "-1200.00", "PRLV LOYER") for m in months]
    lines += [movement(m.replace(day=27), "-8000.50", "VIR SALAIRES") for m in months if m.replace(day=27) <= AS_OF]
    return ledger(documents, allocations, lines, [stated(date(2026, 6, 1), "10000.00")])


def assert_balanced(result: Forecast) -> None:
    """The identities of a forecast, to the cent."""
    sums = dict(result.items.group_by("date").agg(pl.col("amount").sum().cast(MONEY)).iter_rows())
    balance, debits = result.opening, ZERO
    for k, day in enumerate(result.dates):
        balance += sums.get(day, ZERO)
        debits += result.outflows[k] + result.inflows[k]
        assert balance == result.balances.mean[k]
        for name in ("mean", "p10", "p50", "p90"):
            assert getattr(result.balances, name)[k] == result.opening + debits + getattr(result.receipts, name)[k]
        assert result.balances.p10[k] <= result.balances.p50[k] <= result.balances.p90[k]
    owed = sum(result.invoices["outstanding"].to_list(), ZERO)
    for row in (result.receipts.mean, result.receipts.p10, result.receipts.p50, result.receipts.p90):
        assert row == sorted(row)
        assert row[0] >= ZERO
        assert row[-1] <= owed


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), days=st.integers(1, 60), size=st.integers(0, 90))
def test_items_sum_to_the_curve_and_the_band_keeps_its_order(seed: int, days: int, size: int) -> None:
    result = forecast(trading_company(seed, size), as_of=AS_OF, days=days)
    assert len(result.dates) == days
    assert result.dates[0] == AS_OF + DAY
    assert_balanced(result)
    assert result.lowest.p10 == min(result.balances.p10)
    parts = result.items.filter(pl.col("kind") == "receipt").group_by("item_id").agg(pl.col("amount").sum().cast(MONEY))
    owed = result.invoices.join(parts, left_on="document_id", right_on="item_id", how="inner", validate="1:1")
    assert (owed["amount"] <= owed["outstanding"]).all()


def test_the_order_of_the_ledgers_rows_changes_nothing() -> None:
    books = trading_company(5)
    shuffled = replace(
        books,
        documents=books.documents.sample(fraction=1.0, shuffle=True, seed=2),
        allocations=books.allocations.reverse(),
        lines=books.lines.sample(fraction=1.0, shuffle=True, seed=3),
    )
    first, second = forecast(books, as_of=AS_OF), forecast(shuffled, as_of=AS_OF)
    assert first.balances == second.balances
    assert_frame_equal(first.items, second.items)
    assert_frame_equal(first.invoices, second.invoices)


def test_facts_dated_after_the_as_of_date_change_nothing() -> None:
    books = trading_company(6)
    early = AS_OF - timedelta(days=50)
    cut = replace(
        books,
        documents=books.documents.filter(pl.col("issue_date") <= early),
        allocations=books.allocations.filter(pl.col("counts_from") <= early),
        lines=books.lines.filter(pl.col("booking_date") <= early),
    )
    whole, known = forecast(books, as_of=early), forecast(cut, as_of=early)
    assert whole.receipts == known.receipts
    assert_frame_equal(whole.items, known.items)


def test_the_opening_balance_is_the_stated_one_and_the_movements_since() -> None:
    lines = [movement(AS_OF - 9 * DAY, "-7.00"), movement(AS_OF - DAY, "50.25"), movement(AS_OF + DAY, "-400.00")]
    result = forecast(ledger(lines=lines, balances=[stated(AS_OF - 9 * DAY, "1000.00")]), as_of=AS_OF, days=1)
    assert (result.opening, result.opening_date) == (Decimal("1050.25"), AS_OF)
    assert result.notes == ("starting_estimate",)


@pytest.mark.parametrize(
    ("balances", "balance", "stated_on"),
    [
        ([stated(AS_OF + 2 * DAY, "600.00")], "970.00", AS_OF + 2 * DAY),
        ([stated(AS_OF + 2 * DAY, "970.00", "opening")], "970.00", AS_OF + DAY),
        ([stated(AS_OF, "1.00", "opening"), stated(AS_OF + 2 * DAY, "600.00")], "21.00", AS_OF - DAY),
        ([stated(AS_OF - 5 * DAY, "100.00"), stated(AS_OF, "5.00")], "5.00", AS_OF),
        ([], "30.00", None),
    ],
)
def test_a_balance_is_reckoned_forward_or_backward_from_what_is_stated(
    balances: list[Fact], balance: str, stated_on: date | None
) -> None:
    rows = [movement(AS_OF - 3 * DAY, "10.00"), movement(AS_OF, "20.00"), movement(AS_OF + 2 * DAY, "-370.00")]
    books = ledger(lines=rows, balances=balances)
    (row,) = opening_balances(books.accounts, books.lines, books.balances, as_of=AS_OF).to_dicts()
    expected = Decimal(balance)
    assert (row["balance"], row["stated_on"], row["last_line_date"]) == (expected, stated_on, AS_OF)


near = st.integers(-6, 6).map(lambda n: AS_OF + n * DAY)
of_accounts = st.sampled_from(["A", "B"])
cents = st.integers(-90_000, 90_000).map(lambda n: f"{Decimal(n) / 100:.2f}")


@given(
    st.lists(st.builds(movement, near, cents, account=of_accounts), max_size=8, unique_by=lambda row: row["line_id"]),
    st.lists(st.builds(stated, near, cents, st.sampled_from(["opening", "closing"]), of_accounts), max_size=5),
)
@settings(max_examples=60, deadline=None)
def test_the_balances_of_many_days_are_those_of_each_day_alone(lines: list[Fact], balances: list[Fact]) -> None:
    books = ledger(lines=lines, balances=balances, accounts=("A", "B"))
    days = [AS_OF + n * DAY for n in range(-7, 8)]
    alone = [opening_balances(books.accounts, books.lines, books.balances, as_of=day) for day in days]
    assert balances_on(books, days, currency="EUR") == [(day, total(a["balance"])) for day, a in zip(days, alone, strict=True)]


def test_an_account_that_names_no_currency_is_the_companys() -> None:
    books = ledger(lines=[movement(AS_OF, "3.00")])
    unnamed = replace(books, accounts=books.accounts.with_columns(currency=pl.lit(None, pl.String)))
    assert balances_on(unnamed, [AS_OF], currency="EUR") == [(AS_OF, Decimal("3.00"))]
    assert balances_on(unnamed, [AS_OF], currency="USD") == []


def test_accounts_add_up_and_one_without_a_balance_is_named() -> None:
    lines = [movement(AS_OF, "3.00", account="B")]
    result = forecast(ledger(lines=lines, balances=[stated(AS_OF, "10.00")], accounts=("A", "B")), as_of=AS_OF)
    assert result.opening == Decimal("13.00")
    assert "no_balance" in result.notes


def test_disputed_and_doubtful_invoices_are_set_aside() -> None:
    documents = [
        invoice("F1", "100.00", AS_OF - 20 * DAY, AS_OF + 10 * DAY),
        invoice("F2", "200.00", AS_OF - 20 * DAY, AS_OF + 10 * DAY, is_disputed=True),
        invoice("F3", "300.00", AS_OF - 200 * DAY, AS_OF - 170 * DAY),
    ]
    result = forecast(ledger(documents), as_of=AS_OF)
    assert result.invoices["invoice_number"].to_list() == ["F1"]
    assert result.set_aside.select("invoice_number", "reason").rows() == [("F3", "doubtful"), ("F2", "disputed")]
    assert result.receipts.p90[-1] <= Decimal("100.00")


def test_a_promise_moves_the_expected_date() -> None:
    documents = [invoice("F1", "100.00", AS_OF - 40 * DAY, AS_OF - 10 * DAY)]
    promise = {"change_id": 1, "document_id": "F1", "what": "promise", "is_set": True, "on_date": AS_OF}
    given_for = AS_OF + 12 * DAY
    result = forecast(ledger(documents, marks=[{**promise, "value": f"{given_for}"}]), as_of=AS_OF)
    assert result.invoices["expected_date"].to_list() == [given_for]
    assert result.receipts.mean[10] == ZERO
    assert result.receipts.mean[11] >= Decimal("90.00")
    past = forecast(ledger(documents, marks=[{**promise, "value": f"{AS_OF}"}]), as_of=AS_OF)
    assert past.invoices["promised_date"].to_list() == [None]
    assert past.receipts.mean[0] > ZERO


def test_an_expected_date_goes_before_a_promise_and_both_before_the_habit() -> None:
    documents = [invoice(f"F{n}", "100.00", AS_OF - 40 * DAY, AS_OF - 10 * DAY) for n in range(4)]
    base = {"is_set": True, "on_date": AS_OF - DAY}
    marks: list[Fact] = [
        {**base, "change_id": 1, "document_id": "F0", "what": "expected", "value": f"{AS_OF + 20 * DAY}"},
        {**base, "change_id": 2, "document_id": "F0", "what": "promise", "value": f"{AS_OF + 5 * DAY}"},
        {**base, "change_id": 3, "document_id": "F1", "what": "expected", "value": f"{AS_OF}"},
        {**base, "change_id": 4, "document_id": "F1", "what": "promise", "value": f"{AS_OF + 5 * DAY}"},
        {**base, "change_id": 5, "document_id": "F2", "what": "expected", "value": f"{AS_OF + 45 * DAY}"},
    ]
    found = forecast(ledger(documents, marks=marks), as_of=AS_OF).invoices
    assert found.select("invoice_number", "said_kind", "expected_date").rows()[:3] == [
        ("F0", "expected", AS_OF + 20 * DAY),
        ("F1", "promise", AS_OF + 5 * DAY),
        ("F2", "expected", AS_OF + 45 * DAY),  # beyond the curve
    ]
    assert found["p_paid"][2] == 0
    assert found["said_kind"][3] is None
    dates = found.select("early_date", "expected_date", "late_date").row(3)
    assert dates[0] <= dates[1] <= dates[2]


def test_a_clients_promise_speaks_of_what_is_due_by_its_day() -> None:
    documents = [invoice("F0", "100.00", AS_OF - 40 * DAY, AS_OF - 10 * DAY), invoice("F1", "100.00", AS_OF, AS_OF + 30 * DAY)]
    day = AS_OF + 4 * DAY
    mark: Fact = {"change_id": 1, "client_id": "C1", "what": "promise", "is_set": True, "on_date": AS_OF, "value": f"{day}"}
    found = forecast(ledger(documents, marks=[mark]), as_of=AS_OF).invoices
    assert found["promised_date"].to_list() == [day, None]


def test_a_plan_that_holds_spreads_its_invoices_over_its_instalments_and_a_broken_one_says_nothing() -> None:
    documents = [invoice("F0", "100.00", AS_OF - 60 * DAY, AS_OF - 30 * DAY), invoice("F1", "300.00", AS_OF - 50 * DAY, AS_OF)]
    of_plan = frame(PLAN_INVOICES, [{"plan_id": "P", "document_id": name} for name in ("F0", "F1")])
    parts = [(AS_OF - 5 * DAY, "100.00"), (AS_OF + 10 * DAY, "100.00"), (AS_OF + 20 * DAY, "200.00")]
    base: Fact = {"plan_id": "P", "client_id": "C1", "on_date": AS_OF - 10 * DAY, "currency": "EUR"}

    def expected(as_of: date = AS_OF, ended_on: date | None = None) -> Forecast:
        rows = [{**base, "rank": n, "due_date": d, "amount": Decimal(a), "ended_on": ended_on} for n, (d, a) in enumerate(parts)]
        books = ledger(documents, [paid("F0", "60.00", AS_OF - 3 * DAY)])
        return forecast(replace(books, plans=frame(PLANS, rows), plan_invoices=of_plan), as_of=as_of)

    # 60.00 of the first instalment came; its other 40.00 are five days late and expected tomorrow.
    held = expected()
    assert held.invoices.select("said_kind", "said_date").rows() == [("plan", AS_OF + 20 * DAY)] * 2
    assert Decimal("36.00") <= held.receipts.mean[0] <= held.receipts.mean[8] <= Decimal("40.00")
    assert Decimal("126.00") <= held.receipts.mean[9] <= held.receipts.mean[18] <= Decimal("140.00")
    assert Decimal("306.00") <= held.receipts.mean[19] <= Decimal("340.00")
    assert expected(ended_on=AS_OF).invoices["said_kind"].to_list() == [None, None]
    assert expected(as_of=AS_OF + DAY).invoices["said_kind"].to_list() == [None, None]  # six days late: broken


def test_disputed_and_doubtful_invoices_have_a_chance_of_their_own() -> None:
    documents = [
        invoice("F1", "100.00", AS_OF - 20 * DAY, AS_OF + 10 * DAY),
        invoice("F2", "200.00", AS_OF - 20 * DAY, AS_OF + 10 * DAY, is_disputed=True),
        invoice("F3", "300.00", AS_OF - 200 * DAY, AS_OF - 170 * DAY),
    ]
    books = ledger(documents)
    aside = dict(forecast(books, as_of=AS_OF).set_aside.select("reason", "p_paid").rows())
    assert 0.02 < aside["doubtful"] < aside["disputed"] < 0.35
    settled = [invoice(f"G{n}", "10.00", AS_OF - 300 * DAY, AS_OF - 270 * DAY) for n in range(40)]
    payments = [paid(f"G{n}", "10.00", AS_OF - 170 * DAY) for n in range(40)]
    often = dict(forecast(ledger(documents + settled, payments), as_of=AS_OF).set_aside.select("reason", "p_paid").rows())
    assert often["doubtful"] > aside["doubtful"]  # forty were paid after more than ninety days


def test_a_partly_paid_invoice_brings_only_what_is_still_owed() -> None:
    documents = [invoice("F1", "100.00", AS_OF - 40 * DAY, AS_OF - 10 * DAY)]
    result = forecast(ledger(documents, [paid("F1", "60.00", AS_OF - DAY)]), as_of=AS_OF)
    assert result.invoices["outstanding"].to_list() == [Decimal("40.00")]
    assert result.receipts.p90[-1] <= Decimal("40.00")


def test_a_movement_that_pays_or_comes_from_a_client_is_no_recurring_flow() -> None:
    days = [date(2026, m, 5) for m in range(1, 7)]
    lines = [movement(d, "500.00", "VIR CLIENT ABONNE", name=f"L-F{k}") for k, d in enumerate(days)]
    documents = [invoice(f"F{k}", "500.00", d - 30 * DAY, d) for k, d in enumerate(days)]
    allocations = [paid(f"F{k}", "500.00", d) for k, d in enumerate(days)]
    assert forecast(ledger(documents, allocations, lines), as_of=AS_OF).flows.is_empty()
    (inflow,) = {amount for amount in forecast(ledger(lines=lines), as_of=AS_OF).inflows if amount}
    assert inflow == Decimal("500.00")


def test_the_payment_history_says_when_an_invoice_was_settled_and_leaves_out_what_says_nothing() -> None:
    issue, due = AS_OF - 60 * DAY, AS_OF - 30 * DAY
    documents = [invoice(f"F{k}", "100.00", issue + timedelta(days=k), due) for k in range(8)]
    allocations = [
        paid("F0", "40.00", due), paid("F0", "60.00", due + 9 * DAY),
        paid("F1", "40.00", due),
        paid("F2", "100.00", due, "credit_note"),
        paid("F3", "70.00", due, "credit_note"), paid("F3", "30.00", due + DAY),
        paid("F4", "100.00", due, "declared", is_dated=False),
        paid("F5", "100.00", due, "write_off", reason="loss"),
        paid("F6", "99.99", due), paid("F6", "0.01", due + 2 * DAY, "write_off", reason="rounding"),
        paid("F7", "100.00", due, reversed_on=AS_OF),
    ]  # fmt: skip
    found = payment_history(ledger(documents, allocations), as_of=AS_OF, currency="EUR")
    assert found.select("id", "paid_date", "amount", pl.col("share").round(6)).rows() == [
        ("F0", due, 40.0, 0.4), ("F0", due + 9 * DAY, 60.0, 0.6),
        ("F1", due, 40.0, 0.4), ("F1", None, 60.0, 0.6),
        ("F3", due + DAY, 30.0, 1.0),
        ("F5", None, 100.0, 1.0),
        ("F6", due, 99.99, 0.9999), ("F6", due + 2 * DAY, 0.01, 0.0001),
        ("F7", None, 100.0, 1.0),
    ]  # fmt: skip


def test_other_currencies_are_left_out_and_said() -> None:
    documents = [invoice("F1", "100.00", AS_OF, AS_OF), invoice("F2", "100.00", AS_OF, AS_OF, currency="USD")]
    result = forecast(ledger(documents), as_of=AS_OF)
    assert result.invoices["invoice_number"].to_list() == ["F1"]
    assert "other_currencies" in result.notes
