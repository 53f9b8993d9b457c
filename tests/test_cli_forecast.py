"""The terminal's forecast: kept once a day, and past ones against what came."""

from datetime import timedelta
from pathlib import Path

import pytest
from terminals import Run
from test_cli import answer
from test_cli import run as run  # noqa: PLC0414 -- a fixture

from models.store import Store
from pipelines.forecast.snapshots import kept_forecasts
from pipelines.sample import LAST_DAY

ROW = "{number};Client {client};{issue:%d/%m/%Y};{due:%d/%m/%Y};100,00;{paid};{paid_on}"


@pytest.fixture
def books(run: Run, tmp_path: Path) -> Run:
    """A year of invoices of three clients, each paid three days late."""
    lines = ["Numéro;Client;Date;Échéance;Montant TTC;Montant réglé;Date de règlement"]
    for n in range(70):
        issue = LAST_DAY - timedelta(days=5 * n + 1)
        due = issue + timedelta(days=30)
        paid_on = due + timedelta(days=3)
        is_paid = paid_on <= LAST_DAY
        said = {"paid": "100,00", "paid_on": f"{paid_on:%d/%m/%Y}"} if is_paid else {"paid": "", "paid_on": ""}
        lines.append(ROW.format(number=f"F{n:03}", client=n % 3, issue=issue, due=due, **said))
    file = tmp_path / "factures.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    assert answer(run("import", str(file), "--json"))["files"][0]["inserted"] == 70
    return run


def test_the_back_test_says_error_coverage_and_each_past_forecast(books: Run) -> None:
    found = answer(books("forecast", "--backtest", "--as-of", f"{LAST_DAY}", "--json"))
    assert set(found) == {
        "as_of", "currency", "starting_estimate", "wape_30", "bias_30", "wape_week", "coverage_80", "forecasts", "clients",
    }  # fmt: skip
    assert 0 <= found["wape_30"] < 0.2
    assert found["coverage_80"]["of"] >= found["coverage_80"]["held"] > 0
    first = found["forecasts"][0]
    assert (first["kind"], first["p10"] <= first["p90"]) == ("made_again", True)
    assert len(found["clients"]) == 3
    said = books("forecast", "--backtest", "--as-of", f"{LAST_DAY}")[1]
    assert "attendus en 30 jours" in said
    assert "8 fois sur 10" in said


def test_the_forecast_of_today_is_kept_once_and_one_of_another_day_is_not(books: Run, tmp_path: Path) -> None:
    def kept() -> int:
        with Store.open(tmp_path / "books.duckdb") as store:
            return kept_forecasts(store).height

    assert books("set", "default_as_of", f"{LAST_DAY}")[0] == 0  # the day that counts as today
    coming = answer(books("forecast", "--as-of", f"{LAST_DAY}", "--json"))
    assert len(coming["unissued"]) == 30
    assert kept() == 0
    assert books("forecast")[0] == 0
    assert kept() == 30
    assert books("forecast")[0] == 0
    assert kept() == 30
    assert [row["action"] for row in answer(books("history", "--json"))] == ["set", "import"]


def test_a_day_that_no_ledger_has_is_refused_in_one_sentence(books: Run, tmp_path: Path) -> None:
    history = tmp_path / "history.csv"
    history.write_text("id,client,issue,due,paid,amount\n1,A,2026-05-01,2026-05-31,,200.00\n", "utf-8")
    for command in (
        *(("forecast", *more, "--as-of", day) for more in ((), ("--backtest",)) for day in ("9999-12-31", "0001-01-01")),
        ("payables", "--as-of", "9999-12-31"),
        ("forecast", "--history", str(history), "--origin", "9999-12-31"),
    ):
        assert answer(books(*command, "--json"), 1)["error"]["code"] == "day_out_of_reach"


def test_an_expected_date_from_the_terminal_moves_the_forecast(books: Run) -> None:
    day = LAST_DAY + timedelta(days=12)
    assert books("mark", "F000", "expected", "--on", f"{day}")[0] == 0
    found = answer(books("forecast", "--as-of", f"{day - timedelta(days=1)}", "--json"))["invoices"]
    assert {row["invoice_number"]: row["expected_date"] for row in found}["F000"] == f"{day}"
