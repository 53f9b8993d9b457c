"""Recurring movements found in the bank history, and their next dates."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from recurring_histories import HELD_OUT, STYLES, Style
from recurring_scores import score

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
        [date(2024, 6, 10), date(2025, 6, 10), date(2026, 5, 2)],
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


def test_every_two_months_and_every_year_are_found() -> None:
    power = [(next_working_day(m.replace(day=18)), f"-{210 + k}.00", f"PRLV EDF {m:%m%y}") for k, m in enumerate(months(13)[::2])]
    yearly = [(next_working_day(date(y, 7, 4)), a, f"PRLV MAIF {y}") for y, a in ((2024, "-610.00"), (2025, "-640.00"))]
    found = {flow["period"]: flow for flow in flows(lines(*power, *yearly), horizon=70)}
    assert found["bimonthly"]["next_dates"] == [date(2026, 8, 18)]
    assert (found["yearly"]["next_dates"], found["yearly"]["n"]) == ([date(2026, 7, 6)], 2)
    assert [found["bimonthly"][name] for name in ("least_amount", "most_amount")] == [Decimal("-210.00"), Decimal("-216.00")]


def test_a_year_apart_but_of_another_size_is_no_flow() -> None:
    assert flows(lines((date(2025, 6, 10), "-40.00", "CB MAIRIE"), (date(2026, 6, 10), "-400.00", "CB MAIRIE"))) == []


def test_two_loans_under_one_label_are_two_flows() -> None:
    loans = [
        (next_working_day(m.replace(day=d)), a, "ECHEANCE PRET") for m in months(7) for d, a in ((5, "-812.40"), (20, "-301.15"))
    ]
    found = flows(lines(*[loan for loan in loans if loan[0] <= AS_OF]))
    assert sorted((flow["amount"], flow["day"]) for flow in found) == [(Decimal("-812.40"), 5), (Decimal("-301.15"), 20)]


def test_a_supplier_that_changes_its_name_stays_one_flow() -> None:
    names = ["PRLV ORANGE FRANCE"] * 5 + ["PRLV ORANGE BUSINESS"] * 4
    (flow,) = flows(
        lines(*[(next_working_day(m.replace(day=12)), "-59.90", text) for m, text in zip(months(9), names, strict=True)])
    )
    assert (flow["n"], flow["is_active"], len(flow["line_ids"])) == (9, True, 9)


def test_a_label_typed_anew_each_time_is_known_by_its_amount() -> None:
    typed = ["VIR LOYER", "VIREMENT BUREAU", "VIR INST SCI LILAS", "VIR LOCAL RUE NEUVE", "VIR LOYER", "VIR BAIL"]
    rows = [(next_working_day(m.replace(day=1)), "-950.00", text) for m, text in zip(months(6), typed, strict=True)]
    (flow,) = flows(lines(*rows))
    assert (flow["amount"], flow["day"], flow["next_dates"]) == (Decimal("-950.00"), 1, [date(2026, 7, 1)])


@pytest.mark.parametrize("styles", [STYLES, HELD_OUT], ids=["built", "set aside"])
def test_seeded_histories_give_up_their_flows_and_hardly_a_false_one(styles: tuple[Style, ...]) -> None:
    scores = score(range(100, 105), styles)
    assert scores.recall >= 0.95, scores.missed
    assert scores.false_share <= 0.02, scores.false
    assert scores.dated >= 0.95 * scores.found
    assert scores.priced >= 0.95 * scores.found
