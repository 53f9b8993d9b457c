"""Kept forecasts and the back-test: what is kept once a day, what it is compared with, what the figures say."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from test_forecast_curve import AS_OF, DAY, Fact, invoice, ledger, paid, trading_company

from models.money import ZERO
from models.store import Author, Store
from pipelines.decisions import history
from pipelines.forecast.backtest import PAST_FORECASTS, BackTest, back_test
from pipelines.forecast.bands import Coverage
from pipelines.forecast.curve import Forecast, forecast
from pipelines.forecast.incoming import incoming
from pipelines.forecast.snapshots import KEPT_FORECASTS, kept_forecasts, run_keep
from pipelines.ledger import Ledger, run_ledger
from pipelines.publishing.rebuild import run_rebuild

AUTHOR = Author("Ann", AS_OF, datetime(2026, 6, 26, 9))


def compared(books: Ledger, kept: pl.DataFrame | None = None, as_of: date = AS_OF) -> BackTest:
    coming = incoming(books, as_of=as_of, days=30, currency="EUR")
    return back_test(books, coming, pl.DataFrame(schema=KEPT_FORECASTS) if kept is None else kept, as_of=as_of, currency="EUR")


def test_a_forecast_is_kept_once_a_day_and_moves_no_revision(tmp_path: Path) -> None:
    made = forecast(trading_company(3), as_of=AS_OF)
    with Store.open(tmp_path / "books.duckdb", create=True) as store:
        revision = store.revision
        assert run_keep(store, made, author=AUTHOR) is not None
        assert run_keep(store, made, author=AUTHOR) is None
        assert store.revision == revision
        assert history(store).is_empty()
        kept = kept_forecasts(store)
        assert kept.height == 30
        assert kept["receipts"].to_list() == made.receipts.mean
        assert kept["balance_p50"].to_list() == made.balances.p50
        assert kept["open_total"].unique().to_list() == [sum(made.invoices["outstanding"].to_list(), ZERO)]
        tomorrow = replace(AUTHOR, today=AS_OF + DAY)
        assert run_keep(store, made, author=tomorrow) is None  # made as of yesterday: not the forecast of that day
        assert run_keep(store, replace(made, opening_date=AS_OF + DAY), author=tomorrow) is not None
        assert kept_forecasts(store)["as_of"].unique().sort().to_list() == [AS_OF, AS_OF + DAY]


def test_a_kept_forecast_survives_a_rebuild_and_the_next_change(tmp_path: Path) -> None:
    made = forecast(trading_company(3), as_of=AS_OF)
    with Store.open(tmp_path / "books.duckdb", create=True) as store:
        run_keep(store, made, author=AUTHOR)
        with store.change("set", AUTHOR) as change:
            change.insert("setting", pl.DataFrame({"key": ["company_name"], "value": ["Atelier"]}))
        assert store.revision == 2
        assert run_ledger(store).revision == 2
        rebuilt = run_rebuild(store, tmp_path / "again.duckdb")
        assert (rebuilt.is_same, rebuilt.changes) == (True, 2)
        with Store.open(tmp_path / "again.duckdb") as again:
            assert kept_forecasts(again).equals(kept_forecasts(store))


def kept_of(made: Forecast, tmp_path: Path) -> pl.DataFrame:
    with Store.open(tmp_path / "kept.duckdb", create=True) as store:
        run_keep(store, made, author=replace(AUTHOR, today=made.opening_date))
        return kept_forecasts(store)


def test_a_kept_forecast_is_compared_with_what_its_invoices_brought(tmp_path: Path) -> None:
    made_on = AS_OF - 20 * DAY
    documents = [
        invoice("F1", "100.00", AS_OF - 50 * DAY, AS_OF - 15 * DAY),
        invoice("F2", "50.00", AS_OF - 50 * DAY, AS_OF - 15 * DAY, is_disputed=True),
        invoice("F3", "70.00", AS_OF - 19 * DAY, AS_OF - 10 * DAY),  # issued the day after
    ]
    payments = [paid(name, amount, AS_OF - 10 * DAY) for name, amount in (("F1", "60.00"), ("F2", "50.00"), ("F3", "70.00"))]
    payments.append(paid("F1", "40.00", AS_OF - 2 * DAY, "credit_note"))
    books = ledger(documents, payments)
    kept = kept_of(forecast(ledger(documents[:2]), as_of=made_on), tmp_path)
    found = compared(books, kept).forecasts.filter(pl.col("kind") == "kept").sort("days")
    assert found.select("days", "day", "came").rows() == [
        (3, AS_OF - 17 * DAY, ZERO),
        (7, AS_OF - 13 * DAY, ZERO),
        (14, AS_OF - 6 * DAY, Decimal("60.00")),
    ]
    assert found["as_of"].unique().to_list() == [made_on]
    assert found["open_total"].unique().to_list() == [Decimal("100.00")]


def steady(count: int = 70, step: int = 5, late: int = 3) -> Ledger:
    """A company whose clients pay some days late, always: one invoice of 100.00 every few days, to three clients."""
    documents: list[Fact] = []
    payments: list[Fact] = []
    for n in range(count):
        issue = AS_OF - timedelta(days=step * n + 1)
        due = issue + timedelta(days=30)
        documents.append(invoice(f"F{n:03}", "100.00", issue, due, f"C{n % 3}"))
        if (day := due + timedelta(days=late)) <= AS_OF:
            payments.append(paid(f"F{n:03}", "100.00", day))
    return ledger(documents, payments)


def test_weeks_without_a_kept_forecast_are_made_again_and_the_figures_follow() -> None:
    found = compared(steady())
    assert found.forecasts.columns == list(PAST_FORECASTS)
    assert found.forecasts["kind"].unique().to_list() == ["made_again"]
    assert (found.forecasts["day"] <= AS_OF).all()
    month = found.forecasts.filter(pl.col("days") == 30)
    off = [abs(row["expected"] - row["came"]) for row in month.to_dicts()]
    assert found.wape == pytest.approx(float(sum(off, ZERO) / sum(month["came"].to_list(), ZERO)))
    assert found.wape is not None
    assert found.bias is not None
    assert found.weekly is not None
    assert abs(found.bias) <= found.wape < 0.1
    law_days = found.forecasts.filter(pl.col("days").is_in([7, 14, 21, 30]))
    assert found.coverage == Coverage(int(law_days["is_within"].sum()), law_days.height)
    assert not found.is_starting


def test_the_client_who_surprises_is_named_first() -> None:
    books = steady()
    moved = pl.when((pl.col("client_id") == "C1") & (pl.col("counts_from").dt.month() % 2 == 0))
    payments = books.allocations.join(books.documents.select("document_id", owner="client_id"), on="document_id")
    days = [moved.then(pl.col(name) + timedelta(days=35)).otherwise(name).alias(name) for name in ("date", "counts_from")]
    late = payments.with_columns(client_id="owner").with_columns(days)
    surprising = replace(books, allocations=late.drop("owner").filter(pl.col("counts_from") <= AS_OF))
    misses = compared(surprising).misses
    assert misses["client_id"][0] == "C1"
    assert misses["miss"].to_list() == sorted(misses["miss"].to_list(), reverse=True)
    assert misses["miss"][0] > 2 * misses["miss"][1]


def test_without_history_there_is_no_figure_and_it_is_said() -> None:
    found = compared(ledger([invoice("F1", "100.00", AS_OF - 5 * DAY, AS_OF + 25 * DAY)]))
    assert (found.wape, found.bias, found.weekly, found.coverage) == (None, None, None, Coverage(0, 0))
    assert found.is_starting
    assert found.forecasts.is_empty()
    assert found.misses.is_empty()


def test_what_comes_after_the_date_changes_no_back_test() -> None:
    books = trading_company(8, 120)
    early = AS_OF - timedelta(days=40)
    cut = replace(
        books,
        documents=books.documents.filter(pl.col("issue_date") <= early),
        allocations=books.allocations.filter(pl.col("counts_from") <= early),
    )
    whole, known = compared(books, as_of=early), compared(cut, as_of=early)
    assert whole.forecasts.equals(known.forecasts)
    assert whole.misses.equals(known.misses)
