"""Recurring movements found in the bank history, and their next dates."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest

from models.dates import month_end, next_working_day, previous_working_day
from models.tables import ACCOUNTS, LINES, conform
from pipelines.forecast.recurring import label_key, own_transfers, recurring_flows

AS_OF = date(2026, 6, 26)


def lines(*rows: tuple[date, str, str], account: str = "A") -> pl.DataFrame:
    """One movement per (booking date, amount, label)."""
    frame = pl.DataFrame(
        {
            "line_id": [f"{account}{n}" for n in range(len(rows))],
            "account_id": [account] * len(rows),
            "account": ["Courant"] * len(rows),
            "booking_date": [row[0] for row in rows],
            "amount": [Decimal(row[1]) for row in rows],
            "currency": ["EUR"] * len(rows),
            "label": [row[2] for row in rows],
        }
    )
    return conform(frame, LINES)


def months(count: int, last: date = AS_OF) -> list[date]:
    """The first days of the `count` months that end with the one of `last`."""
    first = last.year * 12 + last.month - count
    return [date((first + k) // 12, (first + k) % 12 + 1, 1) for k in range(count)]


def flows(frame: pl.DataFrame, horizon: int = 30, as_of: date = AS_OF) -> list[dict[str, Any]]:
    return recurring_flows(frame, as_of=as_of, horizon=horizon).to_dicts()


def test_a_rent_on_the_fifth_is_expected_on_the_next_working_day_after_a_weekend() -> None:
    rent = lines(*[(next_working_day(m.replace(day=5)), "-1200.00", f"PRLV SCI DES LILAS LOYER {m:%m/%Y}") for m in months(9)])
    (flow,) = flows(rent, horizon=90)
    assert (flow["label"], flow["n"], flow["period"], flow["day"], flow["shift"]) == (
        "PRLV SCI DES LILAS LOYER", 9, "monthly", 5, "next",
    )  # fmt: skip
    assert flow["next_dates"] == [date(2026, 7, 6), date(2026, 8, 5), date(2026, 9, 7)]
    assert flow["amount"] == Decimal("-1200.00")


def test_a_payroll_on_the_last_day_comes_before_a_weekend() -> None:
    days = [previous_working_day(month_end(m)) for m in months(12, date(2026, 5, 1))]
    (flow,) = flows(lines(*[(d, "-8450.00", f"VIR SALAIRES {d:%m %Y}") for d in days]), horizon=70)
    assert (flow["day"], flow["shift"]) == (31, "previous")
    assert flow["next_dates"] == [date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31)]


def test_an_amount_that_varies_is_the_median_of_the_last_three() -> None:
    amounts = ["-900.00", "-4000.00", "-1500.00", "-2100.00", "-1700.00"]
    vat = lines(*[(m.replace(day=19), a, "PRLV DGFIP TVA") for m, a in zip(months(5), amounts, strict=True)])
    (flow,) = flows(vat)
    assert (flow["amount"], flow["last_amount"]) == (Decimal("-1700.00"), Decimal("-1700.00"))
    assert flows(vat.head(4), as_of=date(2026, 5, 30))[0]["amount"] == Decimal("-2100.00")


def test_quarters_and_weeks_are_found() -> None:
    quarterly = [(next_working_day(m.replace(day=15)), "-610.00", f"PRLV ASSURANCE T{m.month}") for m in months(13)[::3]]
    weekly = [(next_working_day(date(2026, 3, 9) + timedelta(days=7 * k)), "-55.50", "CB NETTOYAGE") for k in range(16)]
    found = {flow["period"]: flow for flow in flows(lines(*quarterly, *weekly), horizon=100)}
    assert set(found) == {"weekly", "quarterly"}
    assert found["quarterly"]["next_dates"] == [date(2026, 9, 15)]
    assert found["weekly"]["next_dates"][:4] == [date(2026, 6, 29), date(2026, 7, 6), date(2026, 7, 13), date(2026, 7, 20)]


def test_a_missing_month_and_a_regular_credit_do_not_hide_a_flow() -> None:
    skipped = [(m.replace(day=10), "350.00", "VIR CAF AIDE") for k, m in enumerate(months(10)) if k != 4]
    (flow,) = flows(lines(*[(next_working_day(d), a, text) for d, a, text in skipped]))
    assert (flow["n"], flow["next_dates"]) == (9, [date(2026, 7, 10)])


@pytest.mark.parametrize(
    "days",
    [
        [date(2026, 4, 10), date(2026, 5, 11)],  # twice only
        [date(2026, 1, 3), date(2026, 1, 28), date(2026, 3, 9), date(2026, 4, 2), date(2026, 5, 20), date(2026, 6, 5)],
        [date(2026, 6, 1) + timedelta(days=k) for k in (0, 1, 2, 4, 7, 8, 11, 15, 16, 22)],
        [date(2024, 6, 10), date(2025, 6, 10), date(2026, 6, 10)],
    ],
)
def test_what_does_not_come_back_regularly_is_no_flow(days: list[date]) -> None:
    assert flows(lines(*[(d, "-40.00", "CB FOURNITURES") for d in days])) == []


def test_a_flow_not_seen_for_one_and_a_half_periods_is_not_proposed() -> None:
    old = lines(*[(next_working_day(m.replace(day=5)), "-99.00", "PRLV LOGICIEL") for m in months(9, date(2026, 5, 1))])
    (flow,) = flows(old, as_of=date(2026, 6, 24))
    assert not flow["is_active"]
    assert flow["next_dates"] == []
    (flow,) = flows(old, as_of=date(2026, 6, 8))
    assert flow["next_dates"][0] == date(2026, 6, 9)  # due on the 5th, not seen yet


def test_movements_after_the_as_of_date_are_not_known() -> None:
    rent = lines(*[(next_working_day(m.replace(day=5)), "-10.00", "PRLV LOYER") for m in months(9)])
    early = recurring_flows(rent.filter(pl.col("booking_date") <= date(2026, 3, 31)), as_of=date(2026, 3, 31), horizon=30)
    assert early.equals(recurring_flows(rent, as_of=date(2026, 3, 31), horizon=30))
    assert recurring_flows(rent.clear(), as_of=AS_OF, horizon=30).is_empty()


def test_a_label_loses_what_changes_each_time() -> None:
    labels = pl.DataFrame({"label": ["Prélèvement URSSAF Île-de-France 05/2026 réf. 8A31Z", "PRLV EDF JUIN 2026", "12/34"]})
    assert labels.select(label_key(pl.col("label")))["label"].to_list() == [
        "PRELEVEMENT URSSAF ILE DE FRANCE REF", "PRLV EDF", "",
    ]  # fmt: skip


def test_a_transfer_between_own_accounts_is_no_flow() -> None:
    out = lines((date(2026, 5, 4), "-500.00", "VIR EPARGNE"), (date(2026, 5, 6), "-70.00", "CB"))
    back = lines((date(2026, 5, 5), "500.00", "VIR RECU"), (date(2026, 6, 6), "70.00", "REMISE"), account="B")
    named = lines((date(2026, 5, 9), "-1.00", "VIR"), account="C").with_columns(counterparty_iban=pl.lit("FR76B"))
    accounts = conform(pl.DataFrame({"account_id": ["A", "B"], "iban": ["FR76A", "FR76B"]}), ACCOUNTS)
    assert own_transfers(pl.concat([out, back, named]), accounts).to_list() == ["A0", "B0", "C0"]


def seeded_history(seed: int) -> tuple[pl.DataFrame, dict[str, list[date]]]:
    """Ten flows with shifts, missing periods and varying amounts, among 25 decoys; and each flow's dates to come."""
    dice = np.random.default_rng(seed)
    rows: list[tuple[date, str, str]] = []
    to_come: dict[str, list[date]] = {}
    for name in ("ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT", "GOLF", "HOTEL", "INDIA", "JULIETT"):
        step = int(dice.choice([0, 1, 1, 1, 1, 1, 1, 1, 3]))
        shift = previous_working_day if dice.random() < 0.25 else next_working_day
        day, cents, spread = (
            int(dice.choice([1, 5, 10, 15, 20, 25, 28, 31])),
            int(dice.integers(2000, 900_000)),
            dice.choice([0, 0.5]),
        )
        firsts = months(19, date(2026, 7, 1))[:: step or 1]
        days = [shift(min(m + timedelta(days=day - 1), month_end(m))) for m in firsts]
        if not step:
            days = [next_working_day(date(2025, 9, 1) + timedelta(days=day % 5 + 7 * k)) for k in range(48)]
        to_come[f"PRLV {name}"] = [d for d in days if AS_OF < d <= AS_OF + timedelta(days=30)]
        past = [d for d in days if d <= AS_OF and (dice.random() > 0.05 or d > AS_OF - timedelta(days=40))]
        amounts = [f"-{cents * (1 + spread * dice.uniform(-1, 1)) / 100:.2f}" for _ in past]
        rows += [(d, amount, f"PRLV {name} {d:%d%m%y}") for d, amount in zip(past, amounts, strict=True)]
    for _ in range(25):
        shop = "CB " + "".join(dice.choice(list("ABCDEFGHIJ"), 6))
        bought = [AS_OF - timedelta(days=int(d)) for d in dice.integers(0, 540, int(dice.integers(2, 40)))]
        rows += [(d, f"-{dice.integers(100, 9000) / 100:.2f}", shop) for d in bought]
    return lines(*rows), to_come


def test_seeded_histories_give_up_their_flows_and_hardly_a_false_one() -> None:
    planted = found = false = exact = 0
    for seed in range(12):
        history, to_come = seeded_history(seed)
        proposed = {flow["label"]: flow["next_dates"] for flow in flows(history) if flow["is_active"]}
        planted += len(to_come)
        found += len(to_come.keys() & proposed.keys())
        false += len(proposed.keys() - to_come.keys())
        exact += sum(proposed.get(label) == days for label, days in to_come.items())
    assert found >= 0.95 * planted
    assert exact >= 0.95 * planted
    assert false <= 0.02 * (found + false)
