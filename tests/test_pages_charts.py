"""Créances in pictures: each bar opens into rows that sum to it, and an address from anywhere harms nothing."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from screens import AUTHOR, copy_database, healthy, make_sample, screen, words
from streamlit.testing.v1 import AppTest

from models.store import Store
from pipelines.debtors import pareto, payment_delays
from pipelines.publishing.publish import run_import

CHARTS = ("ageing", "dso", "debtors", "delays", "months", "moves")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.duckdb"
    make_sample(path)
    return path


@pytest.fixture
def company(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCOURS_DB", str(copy_database(sample, tmp_path / "copy.duckdb")))


def _asked(at: AppTest, **query: str) -> AppTest:
    for name, value in query.items():
        at.query_params[name] = value
    for name in ("view", "chart"):
        if name in query:
            at.session_state[name] = query[name]
    return healthy(at.run())


def _figure(at: AppTest) -> dict[str, Any]:
    figure: dict[str, Any] = json.loads(at.get("plotly_chart")[0].proto.spec)
    return figure


def _traces(at: AppTest) -> list[dict[str, Any]]:
    traces: list[dict[str, Any]] = _figure(at)["data"]
    return traces


def _behind(at: AppTest, column: str) -> Decimal:
    """The sum of a column of the last table, which stands below the picture."""
    return Decimal(str(pl.DataFrame(at.dataframe[-1].value)[column].sum()))


@pytest.mark.usefixtures("company")
def test_every_bar_opens_into_rows_that_sum_to_it() -> None:
    at = screen("receivables_page")
    sums = {"ageing": "outstanding", "dso": "total", "debtors": "outstanding", "months": "amount", "moves": "amount"}
    for chart, column in sums.items():
        traces = _traces(_asked(at, view="charts", chart=chart, bar=""))
        trace = traces[1] if chart in ("ageing", "months") else traces[0]
        code = str(trace["customdata"][1][0])
        _asked(at, bar=f"{chart}:{code}")
        found = _behind(at, column)
        if chart == "dso":
            assert found > 0
            continue
        side = trace["x"] if trace.get("orientation") == "h" else trace["y"]
        assert found == Decimal(str(side[1])).quantize(Decimal("0.01")), (chart, code)


@pytest.mark.usefixtures("company")
def test_money_behind_a_bar_is_called_by_its_label() -> None:
    at = _asked(screen("receivables_page"), view="charts", chart="moves", bar="moves:collected")
    rows = pl.DataFrame(at.dataframe[-1].value).filter(source="Banque")
    assert rows.height > 200
    assert rows["number"].is_not_null().all()
    assert rows["number"].str.contains("HARBOUR & FINCH").any()


@pytest.mark.usefixtures("company")
def test_no_picture_has_the_look_of_text_for_one_of_selected_and_unselected_alone() -> None:
    """Plotly's script fails on the click otherwise, and nothing opens."""
    at = screen("receivables_page")
    for chart in CHARTS:
        for trace in _traces(_asked(at, view="charts", chart=chart, bar="")):
            looks = [bool(trace.get(name, {}).get("textfont")) for name in ("selected", "unselected")]
            assert looks in ([True, True], [False, False]), chart


@pytest.mark.usefixtures("company")
def test_the_bar_of_the_other_clients_opens_their_invoices() -> None:
    at = screen("receivables_page")
    trace = _traces(_asked(at, view="charts", chart="debtors"))[0]
    assert trace["customdata"][-1] == ["others"]
    _asked(at, bar="debtors:others")
    assert _behind(at, "outstanding") == Decimal(str(trace["x"][-1])).quantize(Decimal("0.01"))


@pytest.mark.usefixtures("company")
def test_a_bar_that_is_not_there_is_left_out() -> None:
    at = screen("receivables_page", language="en")
    for chart in CHARTS:
        for code in ("2026-02-30:1_30", "2050-01-01:1_30"):
            _asked(at, view="charts", chart=chart, bar=f"{chart}:{code}")
            assert "Click a bar or a point" in words(at)


def test_the_pictures_of_a_company_without_open_invoices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.publishing.publish import run_import

    monkeypatch.setenv("ENCOURS_DB", str(tmp_path / "one.duckdb"))
    with Store.open(tmp_path / "one.duckdb", create=True) as store:
        row = "F-1;Martin;01/06/2026;30/06/2026;120,00;120,00;10/06/2026\n"
        heads = "N° facture;Client;Date;Échéance;Montant TTC;Montant réglé;Date de règlement\n"
        run_import(store, (heads + row).encode(), "factures.csv", author=AUTHOR)
    at, drawn, said = screen("receivables_page", language="en"), {}, {}
    for chart in CHARTS:
        _asked(at, view="charts", chart=chart)
        drawn[chart], said[chart] = len(at.get("plotly_chart")), words(at)
    assert drawn == {"ageing": 1, "dso": 1, "debtors": 0, "delays": 0, "months": 1, "moves": 1}
    assert "Nothing is owed." in said["debtors"]
    assert "No client has made 5 payments yet." in said["delays"]


def test_the_clients_that_make_80_percent() -> None:
    items = pl.DataFrame(
        {"client_id": list("abcd"), "client": list("ABCD"), "outstanding": [Decimal(f"{n}.00") for n in (40, 40, 15, 5)]},
        schema_overrides={"outstanding": pl.Decimal(18, 2)},
    )
    found = pareto(items, most=3)
    assert (found.clients_for_80, found.others, found.rest, found.whole) == (2, 1, Decimal("5.00"), Decimal("100.00"))
    assert found.rows["reached"].to_list() == pytest.approx([0.4, 0.8, 0.95])
    assert pareto(items.clear()).clients_for_80 == 0


def test_delays_are_told_by_client_with_their_number() -> None:
    days = [0, 10, 20, 30, 40, 7]
    paid = pl.DataFrame(
        {"client_id": ["a"] * 5 + ["b"], "client": ["A"] * 5 + ["B"], "amount": [Decimal("1.00")] * 6, "days": days,
         "date": [date(2026, 1, 1)] * 6},
        schema_overrides={"amount": pl.Decimal(18, 2)},
    )  # fmt: skip
    rows = payment_delays(paid).to_dicts()
    assert [(row["client"], row["payments"], row["p50"], row["p10"], row["p90"]) for row in rows] == [
        ("A", 5, 20.0, 4.0, 36.0),
        ("B", 1, 7.0, 7.0, 7.0),
    ]


@pytest.fixture
def young(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two invoices of one month, to two clients whose names differ at their ends."""
    head = "Numéro;Client;Date;Échéance;Montant TTC\n"
    rows = "".join(f"F{n};Société coopérative des vergers de Haute-Combe n° {n};20/06/2026;20/07/2026;120,00\n" for n in (1, 2))
    monkeypatch.setenv("ENCOURS_DB", str(tmp_path / "young.duckdb"))
    with Store.open(tmp_path / "young.duckdb", create=True) as books:
        run_import(books, (head + rows).encode(), "f.csv", author=AUTHOR)


@pytest.mark.usefixtures("young")
def test_a_young_company_has_bars_of_a_month_points_of_a_day_and_clients_told_apart() -> None:
    at = screen("receivables_page")
    axis = _figure(_asked(at, view="charts", chart="months"))["layout"]["xaxis"]
    assert axis["range"] == [-0.5, 5.5]
    assert {trace["mode"] for trace in _traces(_asked(at, view="charts", chart="dso"))} == {"lines+markers"}
    names = _figure(_asked(at, view="charts", chart="debtors"))["layout"]["yaxis"]["ticktext"]
    assert names == ["Société coopérat…-Combe n° 1", "Société coopérat…-Combe n° 2"]


@pytest.mark.usefixtures("company")
def test_an_english_chart_writes_the_sign_before_the_currency_and_a_french_one_the_currency_behind() -> None:
    for language, ticks, behind in (("en", "$,.0f", ""), ("fr", ",.0f", "\u00a0€")):
        at = _asked(screen("receivables_page", language=language), view="charts", chart="months")
        chart = at.get("plotly_chart")[0].proto
        axis = _figure(at)["layout"]["yaxis"]
        assert (axis["tickformat"], axis["ticksuffix"], axis.get("tickprefix")) == (ticks, behind, None)
        assert json.loads(chart.config)["locales"]["money"]["format"]["currency"] == ["€", ""]
