"""The cash screen: balances, the curve's items, what it warns of."""

from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest
from screens import healthy, screen, select_row, store, words

from models.texts import Texts
from pipelines.forecast.curve import Forecast, forecast
from pipelines.ledger import run_ledger
from pipelines.sample import LAST_DAY

FR = Texts("fr")


def ahead(days: int = 30) -> Forecast:
    return forecast(run_ledger(store()), as_of=LAST_DAY, days=days)


@pytest.mark.usefixtures("sample_company")
def test_the_tiles_show_the_total_each_account_and_the_low_point() -> None:
    at, curve = screen("cash"), ahead()
    wanted = [curve.opening, *curve.accounts["balance"].to_list(), curve.lowest.p10]
    assert [metric.value for metric in at.metric] == [FR.money(amount) for amount in wanted]


@pytest.mark.usefixtures("sample_company")
def test_the_low_point_is_a_sentence_with_its_day() -> None:
    said, low = words(screen("cash")), ahead().lowest
    assert FR.weekday_date(low.date) in said
    assert FR.money(low.p10) in said


@pytest.mark.usefixtures("sample_company")
@pytest.mark.parametrize("days", [7, 90])
def test_another_horizon_has_that_many_days(days: int) -> None:
    at = healthy(screen("cash").segmented_control(key="days").set_value(str(days)).run())
    table = pl.DataFrame(at.dataframe[0].value)
    assert table.height == days
    assert table["p50"].to_list() == ahead(days).balances.p50


@pytest.mark.usefixtures("sample_company")
def test_the_items_of_a_selected_day_are_those_of_the_forecast() -> None:
    curve = ahead()
    busiest = curve.items.group_by("date").agg(pl.len()).sort("len", "date", descending=True)["date"][0]
    at = select_row(screen("cash"), "cash-days-30", lambda _: (busiest - LAST_DAY) // timedelta(days=1) - 1)
    items = pl.DataFrame(at.dataframe[1].value)
    assert sum(items["amount"].to_list(), Decimal(0)) == curve.items.filter(pl.col("date") == busiest)["amount"].sum()


@pytest.mark.usefixtures("sample_company")
def test_disputed_and_doubtful_invoices_stand_apart_from_the_expected_ones() -> None:
    at, curve = screen("cash"), ahead()
    tables = [pl.DataFrame(table.value) for table in at.dataframe]
    aside = next(table for table in tables if "reason" in table.columns)
    assert set(aside["invoice_number"]) == set(curve.set_aside["invoice_number"])
    assert set(aside["reason"]) <= {FR.t("Disputed"), FR.t("Doubtful")}
