"""The cash screen: balances, the curve's items, what it warns of."""

import json
from datetime import timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path

import polars as pl
import pytest
from screens import healthy, screen, select_row, store, words
from small_store import ME, Company
from streamlit.testing.v1 import AppTest

from models.money import total
from models.store import Store
from models.texts import Texts
from pages._ui.known import NO_DAY
from pages._ui.tiles import days_change, money_change
from pages._ui.words import held
from pipelines.explain.cash import CASH_FIGURES, explain_cash
from pipelines.exports.forecast_answers import STARTING
from pipelines.exports.sentences import forecast_lines
from pipelines.forecast.curve import Forecast, forecast
from pipelines.ledger import run_ledger
from pipelines.publishing.publish import run_import
from pipelines.sample import LAST_DAY

FR = Texts("fr")


def ahead(days: int = 30) -> Forecast:
    return forecast(run_ledger(store()), as_of=LAST_DAY, days=days)


@pytest.mark.usefixtures("sample_company")
def test_the_tiles_show_the_total_each_account_and_the_low_point() -> None:
    at, curve = screen("cash"), ahead()
    wanted = [curve.opening, *curve.accounts["balance"].to_list(), curve.lowest.p10]
    assert [metric.value for metric in at.metric] == [FR.money(amount) for amount in wanted]


def _on_another_day(page: str) -> None:
    import importlib
    from datetime import UTC, date, datetime

    from models.texts import Texts
    from pages._ui.session import Session, keep, start

    store, ledger, author = start(today=date(2026, 6, 26), now=datetime(2026, 6, 26, 9, 0, tzinfo=UTC))
    keep(Session(store, ledger, author.today, date(2025, 12, 31), Texts("fr"), author))
    importlib.import_module(f"pages.{page}").show()


@pytest.mark.usefixtures("sample_company")
def test_a_balance_of_a_day_before_any_statement_of_it_is_said_to_be_reckoned_back() -> None:
    at = healthy(AppTest.from_function(_on_another_day, args=("cash",), default_timeout=30).run())
    assert "calculé à rebours du relevé du 25/06/2026, dernier mouvement le 31/12/2025" in words(at)
    assert "relevé du 31/12/2024, dernier mouvement le 31/12/2025" in words(at)


@pytest.mark.usefixtures("sample_company")
def test_what_is_to_settle_is_of_the_day_of_the_figures_which_the_screen_says() -> None:
    at = healthy(AppTest.from_function(_on_another_day, args=("reconciliation",), default_timeout=30).run())
    assert FR.t("Every receipt is settled.") in words(at)
    assert FR.t("Every receipt is settled.") not in words(screen("reconciliation"))
    assert "rapprochement" not in NO_DAY


def test_a_figure_that_has_not_moved_shows_no_sign_and_no_arrow() -> None:
    moved = [money_change(FR, Decimal(now), Decimal("5.00"), "EUR") for now in ("5.00", "7.50", "2.50")]
    assert moved == ["Inchangé", "+2,50\u00a0€", "-2,50\u00a0€"]
    assert [days_change(FR, now, 30.0) for now in (30.04, 29.96, 30.1)] == ["Inchangé", "Inchangé", "+0,1\u00a0j"]
    assert days_change(FR, 95.36, 82.74) == "+12,7\u00a0j"  # what is shown is 95,4 and 82,7 days
    at = AppTest.from_function(_tile).run()
    assert (at.metric[0].delta, at.metric[0].proto.color) == ("Inchangé", at.metric[0].proto.GRAY)


def _tile() -> None:
    from models.texts import Texts
    from pages._ui.tiles import Tile, show_tiles

    show_tiles(Texts("fr"), [Tile("DSO", "30 j", "", change="Inchangé", rise="bad")], key="t")


@pytest.mark.usefixtures("sample_company")
def test_what_overlapping_forecasts_received_is_not_added_up() -> None:
    rows = next(frame for t in screen("cash").dataframe if "is_within" in (frame := pl.DataFrame(t.value)).columns)
    assert rows.height > 8
    assert FR.t("Received") + FR.t(": ") + FR.money(total(rows["came"])) not in unescape(words(screen("cash")))


@pytest.mark.usefixtures("sample_company")
def test_chances_are_whole_percents_on_screen() -> None:
    chances = next(frame for t in screen("cash").dataframe if "p_paid" in (frame := pl.DataFrame(t.value)).columns)["p_paid"]
    assert chances.equals(chances.round(2))
    assert chances.n_unique() > 1


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
    assert (FR.t("No invoice to come should be paid in this period.") in words(at)) == (days == 7)


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


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_young_company_in_the_red_is_told_so_and_has_no_band_of_its_own(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = Company(tmp_path).bill("F1", "Martin", "900.00", 80).line("D1", "-400.00", "CB", 85).save()
    company.store.close()
    monkeypatch.setenv("ENCOURS_DB", str(company.path / "books.duckdb"))
    at, texts = screen("cash", language=language, day=ME.today), Texts(language)
    said, zero = words(at), texts.money(Decimal("0.00"))
    assert at.metric[0].value == held(texts.money(Decimal("-400.00")))
    assert texts.t(STARTING) in said
    assert "{" not in said
    below = texts.t(
        "Cash is below the floor of {floor} today; {chance} of chance that it still is on {day}.", floor=zero, chance="", day=""
    )
    assert below.split(zero)[0] + zero in said
    legends = {trace["name"] for trace in json.loads(at.get("plotly_chart")[0].proto.spec)["data"] if "name" in trace}
    assert texts.t("General band (P10–P90)") in legends
    assert texts.t("8 chances out of 10 (P10–P90)") not in legends


def test_without_a_bank_account_no_level_of_cash_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "books.duckdb"
    with Store.open(path, create=True) as books:
        file = b"numero;client;date_facture;date_echeance;montant_ttc\nF1;Martin;2026-05-02;2026-06-20;900,00\n"
        run_import(books, file, "factures.csv", author=ME)
    monkeypatch.setenv("ENCOURS_DB", str(path))
    none = FR.t("No bank statement yet.")
    for page in ("cash", "home"):
        at = screen(page, day=ME.today)
        values = {metric.label: metric.value for metric in at.metric}
        assert (values[FR.t("Cash today")], values[FR.t("Low point of cash")]) == ("–", "–")
        assert FR.t("Floor: {amount}", amount="").strip() not in at.get("plotly_chart")[0].proto.spec
        assert words(at).count(none) == 2
    ledger = run_ledger(store())
    coming = forecast(ledger, as_of=ME.today)
    opened = [explain_cash(ledger, coming, key) for key in CASH_FIGURES]
    assert {one.key: (one.value is None, one.lacks) for one in opened} == {
        "cash": (True, "No bank statement yet."), "expected_receipts": (False, ""), "low_point": (True, "No bank statement yet."),
    }  # fmt: skip
    assert not any("Low point" in line for line in forecast_lines(coming, Texts("en")))
