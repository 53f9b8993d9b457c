"""The forecast of a plain payment history: what comes out, and what is refused in one line."""

import json
import sys
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

import cli
from door import door as terminal
from models.errors import Refused
from models.texts import Texts
from pipelines.forecast.plain_history import forecast_of_history, read_plain_history

HEADER = "id,client,issue,due,paid,amount\n"
ORIGIN = date(2025, 9, 1)


def written(folder: Path, text: str) -> Path:
    file = folder / "payments.csv"
    file.write_text(text, "utf-8")
    return file


def lines(count: int = 60) -> str:
    """Invoices of three clients, one every five days, each paid as many days late as its client's number; the last are open."""
    rows = []
    for n in range(count):
        issue = ORIGIN - timedelta(days=5 * n + 1)
        due = issue + timedelta(days=30)
        paid = due + timedelta(days=n % 3)
        rows.append(f"I{n},C{n % 3},{issue},{due},{paid if paid < ORIGIN else ''},{100 + n}.50")
    return HEADER + "\n".join(rows) + "\n"


def history_of(path: Path) -> pl.DataFrame:
    return read_plain_history(path)[0]


def test_a_history_gives_a_chance_per_open_invoice_and_a_curve_with_its_band(tmp_path: Path) -> None:
    found = forecast_of_history(history_of(written(tmp_path, lines())), origin=ORIGIN, days=30)
    assert [row["id"] for row in found["invoices"]] == ["I0", "I1", "I2", "I3", "I4", "I5"]
    assert all(len(row["p"]) == 30 and row["p"] == sorted(row["p"]) for row in found["invoices"])
    assert [(row["day"], row["date"]) for row in found["curve"][:2]] == [(1, ORIGIN), (2, ORIGIN + timedelta(days=1))]
    last = found["curve"][-1]
    assert last["p05"] <= last["p10"] <= last["p50"] <= last["p90"] <= last["p95"] <= sum(100.5 + n for n in range(6))
    expected = sum((100.5 + n) * row["p"][29] for n, row in enumerate(found["invoices"]))
    assert last["mean"] == pytest.approx(expected, abs=1e-3)


def test_the_origin_itself_is_the_first_day_and_is_not_known(tmp_path: Path) -> None:
    text = (
        lines()
        + f"X,C1,2025-07-01,2025-08-01,{ORIGIN},10\nY,C1,{ORIGIN},2025-10-01,,10\nZ,C1,2025-07-01,2025-08-01,2025-08-31,10\n"
    )
    found = forecast_of_history(history_of(written(tmp_path, text)), origin=ORIGIN, days=30)
    names = {row["id"] for row in found["invoices"]}
    assert "X" in names  # paid on the origin: still open at its start
    assert not names & {"Y", "Z"}  # issued on the origin: not there yet; paid the day before: not open any more


def test_rows_of_one_invoice_are_its_parts_and_credit_notes_are_left_out(tmp_path: Path) -> None:
    text = HEADER + "A,c,2025-06-01,2025-07-01,2025-07-05,30\nA,c,2025-06-01,2025-07-01,,90.00\nB,c,2025-06-01,2025-07-01,,-5\n"
    history, left_out = read_plain_history(written(tmp_path, text))
    assert left_out == 1
    assert history.select("id", "paid_date", "amount", "share").rows() == [
        ("A", date(2025, 7, 5), 30.0, 0.25),
        ("A", None, 90.0, 0.75),
    ]


def test_columns_may_stand_in_any_order_beside_others_and_times_behind_dates_are_ignored(tmp_path: Path) -> None:
    text = "amount,note,paid,due,issue,client,id\n1e2,x,2025-07-05T10:00:00,2025-07-01 00:00,2025-06-01,c,A\n"
    assert history_of(written(tmp_path, text)).rows() == [
        ("A", "c", date(2025, 6, 1), date(2025, 7, 1), date(2025, 7, 5), 100.0, 1.0)
    ]


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("id,client,issue,due,amount\nA,c,2025-06-01,2025-07-01,3\n", "history_columns", "paid"),
        (HEADER + "A,c,01/06/2025,2025-07-01,,3\n", "history_value", "line 2"),
        (HEADER + "A,c,2025-06-01,2025-02-30,,3\n", "history_value", "2025-02-30"),
        (HEADER + "A,c,2025-06-01,2025-07-01,,3\nB,c,2025-06-01,2025-07-01,never,3\n", "history_value", "line 3"),
        (HEADER + "A,c,2025-06-01,2025-07-01,,3 EUR\n", "history_value", "3 EUR"),
        (HEADER + "A,c,2025-06-01,2025-07-01,,nan\n", "history_value", "amount"),
        (HEADER + ",c,2025-06-01,2025-07-01,,3\n", "history_value", "id"),
        (HEADER + "A,c,2025-06-01\n", "history_value", "line 2"),
        (HEADER + "A,c,2025-06-01,2025-07-01,,3,4,5\n", "history_unreadable", "payments.csv"),
        ("", "history_unreadable", "payments.csv"),
        (HEADER, "history_empty", "payments.csv"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, text: str, code: str, says: str) -> None:
    with pytest.raises(Refused) as refused:
        read_plain_history(written(tmp_path, text))
    assert refused.value.code == code
    sentence = Texts("en").t(refused.value.template, **refused.value.fields)
    assert says in sentence
    assert "\n" not in sentence


def test_an_origin_before_everything_has_nothing_to_go_on(tmp_path: Path) -> None:
    history = history_of(written(tmp_path, HEADER + "A,c,2025-06-01,2025-07-01,,3\nB,c,2025-06-01,2025-07-01,,-3\n"))
    with pytest.raises(Refused, match="2025-06-01"):
        forecast_of_history(history, origin=date(2025, 6, 1), days=3)
    assert len(forecast_of_history(history, origin=date(2025, 6, 2), days=3)["invoices"]) == 1
    with pytest.raises(Refused, match="nothing to go on"):
        forecast_of_history(history.clear(), origin=date(2025, 6, 2), days=3)


def test_the_command_needs_no_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, file, db = tmp_path / "out.json", written(tmp_path, lines()), tmp_path / "none.duckdb"

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["encours", "--db", str(db), "forecast", *arguments])
        terminal.texts = Texts("en")
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(str(ended.value.code)), said.out, said.err

    assert run("--history", str(file), "--origin", f"{ORIGIN}", "--out", str(out)) == (0, "", "")
    found = json.loads(out.read_text("utf-8"))
    assert (len(found["curve"]), len(found["invoices"]), found["origin"]) == (30, 6, "2025-09-01")
    assert not db.exists()
    status, _, error = run("--history", str(tmp_path / "absent.csv"), "--origin", f"{ORIGIN}")
    assert (status, error.strip()) == (1, f"There is no file {tmp_path / 'absent.csv'}.")
    assert run("--history", str(file))[0] == 2
    assert run("--out", str(out))[0] == 2


def test_a_shuffled_file_gives_the_same_forecast(tmp_path: Path) -> None:
    first, *rest = lines().splitlines()
    shuffled = pl.Series(rest).shuffle(seed=3).to_list()
    again = written(tmp_path, "\n".join([first, *shuffled]) + "\n")
    found = forecast_of_history(history_of(again), origin=ORIGIN, days=30)
    assert found == forecast_of_history(history_of(written(tmp_path, lines())), origin=ORIGIN, days=30)


PAYMENTS = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "ibm_payments.csv"


@pytest.mark.skipif(not PAYMENTS.exists(), reason="the public history is not beside the repository")
@pytest.mark.parametrize("origin", [date(2013, 4, 1), date(2013, 9, 2)])
def test_shuffling_what_nobody_could_know_changes_no_forecast_of_a_public_history(origin: date) -> None:
    history = history_of(PAYMENTS)
    known = history.filter(pl.col("issue_date") < origin)
    later = history.filter(pl.col("issue_date") >= origin).with_columns(
        pl.col("client_id", "amount", "due_date", "paid_date").shuffle(seed=5)
    )
    is_open = pl.col("paid_date").is_null() | (pl.col("paid_date") >= origin)
    unknowable = pl.concat(
        [known.filter(is_open).with_columns(pl.col("paid_date").shuffle(seed=7)), known.filter(~is_open), later]
    )
    assert not unknowable.sort("id").equals(history.sort("id"))
    assert forecast_of_history(unknowable, origin=origin, days=30) == forecast_of_history(history, origin=origin, days=30)
