"""Exchange rates: the ECB's files in their forms, hostile ones, and what importing them stores and takes back."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from screens import button, healthy, screen, words

from models.store import Author, Store
from pages._ui.import_preview import profile_words
from pipelines.decisions import undo
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import Reading, read_file
from pipelines.ledger import run_ledger
from pipelines.publishing.publish import run_import
from pipelines.publishing.rebuild import run_rebuild

ME = Author("Ana", date(2026, 6, 26), datetime(2026, 6, 26, 9))
HISTORY = b"Date,USD,JPY,BGN,\n2026-06-26,1.0919,155.6,N/A,\n2026-06-25,1.0956,N/A,1.9558,\n"


def rates(reading: Reading) -> dict[tuple[str, str], str]:
    return {(str(day), currency): f"{rate.normalize():f}" for _, currency, day, rate in reading.rates.iter_rows()}


@pytest.mark.parametrize(
    "content",
    [
        b"Date,USD,GBP,\n2026-06-26,1.0919,0.86,\n",
        b"\xef\xbb\xbfDate,USD,GBP\r\n2026-06-26,1.0919,0.86\r\n",
        b"Date, USD, GBP, \n26 June 2026, 1.0919, 0.86, \n",  # the daily file
        b"Date;USD;GBP\r\n26/06/2026;1,0919;0,86\r\n",  # saved again by a French spreadsheet
        b'sep=;\r\n"Date";"USD";"GBP"\r\n2026-06-26;1.0919;0.86\r\n',
        b"Date\tUSD\tGBP\n2026-06-26\t1.0919\t0.86\n",
        "\ufeffDate,USD,GBP\n2026-06-26,1.0919,0.86".encode("utf-16"),
    ],
    ids=["history", "bom", "daily", "french", "sep", "tabs", "utf-16"],
)
def test_a_file_of_rates_is_known_by_its_columns_in_each_of_its_forms(content: bytes) -> None:
    reading = read_file(Source(content, "x.csv"))
    assert (reading.kind, reading.rows, reading.rejected_rows) == ("rates", 2, 0)
    assert rates(reading) == {("2026-06-26", "USD"): "1.0919", ("2026-06-26", "GBP"): "0.86"}


def test_days_without_a_rate_count_for_nothing_and_what_is_no_rate_is_rejected_where_it_stands() -> None:
    text = "Date,USD,JPY,GBP\n2026-06-26,0,-1.5,1e3\n31/02/2026,1,2,3\n2026-06-24,1.1,N/A,,\n2026-06-23,1.2\n,1,1,1\n"
    reading = read_file(Source(text.encode(), "x.csv"))
    found = [(line, column, code) for line, column, _, code in reading.rejected.iter_rows()]
    assert sorted(found, key=str) == [
        (2, "GBP", "bad_rate"),
        (2, "JPY", "bad_rate"),
        (2, "USD", "bad_rate"),
        (3, "Date", "impossible_date"),
        (5, None, "ragged_row"),
        (6, "Date", "missing_date"),
    ]
    assert rates(reading) == {("2026-06-24", "USD"): "1.1"}
    assert reading.rows == 1 + 6


def test_a_bank_statement_with_a_date_and_short_titles_is_no_file_of_rates() -> None:
    reading = read_file(Source(b"Date;Label;Amount;Cur\n26/06/2026;VIR A;1,00;EUR\n", "x.csv"))
    assert reading.kind == "bank"


def test_the_same_file_again_adds_nothing_and_a_corrected_rate_is_an_update_that_an_undo_takes_back(tmp_path: Path) -> None:
    with Store.open(tmp_path / "x.duckdb", create=True) as store:
        first = run_import(store, HISTORY, "eurofxref-hist.csv", author=ME)
        assert (first.kind, first.rows, first.inserted, first.rejected_rows) == ("rates", 4, 4, 0)
        again = run_import(store, HISTORY, "eurofxref-hist.csv", author=ME)
        assert (again.duplicates, again.change_id) == (4, None)
        fixed = run_import(store, HISTORY.replace(b"1.0919", b"1.0920"), "eurofxref-hist.csv", author=ME)
        assert (fixed.inserted, fixed.updated, fixed.duplicates) == (0, 1, 3)
        assert _usd(store) == Decimal("1.092")
        assert run_rebuild(store, tmp_path / "new.duckdb").differences == []
        assert fixed.change_id is not None
        undo(store, fixed.change_id, author=ME)
        assert _usd(store) == Decimal("1.0919")


def _usd(store: Store) -> Decimal:
    held = {(currency, day): rate for currency, day, rate in run_ledger(store).exchange_rates.iter_rows()}
    rate = held["USD", date(2026, 6, 26)]
    assert isinstance(rate, Decimal)
    return rate


def test_a_day_to_come_and_a_second_rate_of_one_day_are_rejected_and_a_jump_is_warned_of(tmp_path: Path) -> None:
    text = b"Date,USD\n2026-06-27,1.1\n2026-06-26,1.1\n2026-06-26,1.2\n2026-06-26,1.1\n2026-06-25,11\n"
    with Store.open(tmp_path / "x.duckdb", create=True) as store:
        report = run_import(store, text, "x.csv", author=ME)
        assert (report.rows, report.inserted, report.duplicates, report.rejected_rows) == (5, 2, 1, 2)
        assert report.rejected.select("line", "code").rows() == [(2, "rate_in_future"), (4, "rate_twice")]
        assert report.warnings.select("column", "code").rows() == [("USD", "rate_jump")]
        assert store.facts("quarantine").is_empty()


def test_an_archive_of_the_history_is_read_as_one_file() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("eurofxref-hist.csv", HISTORY)
    reading = read_file(Source(packed.getvalue(), "eurofxref-hist.zip", kind="rates"))
    assert (reading.kind, reading.format, reading.rates.height) == ("rates", "zip", 4)


@pytest.mark.usefixtures("empty_company")
def test_an_archive_of_two_layouts_is_said_to_be_of_none() -> None:
    at = screen("imports")
    assert profile_words(at.session_state["encours_session"], "") == ""


def test_what_was_not_known_on_a_day_is_not_in_the_ledger_of_that_day(tmp_path: Path) -> None:
    with Store.open(tmp_path / "x.duckdb", create=True) as store:
        run_import(store, HISTORY, "eurofxref-hist.csv", author=ME)
        assert run_ledger(store, known_on=date(2026, 6, 25)).exchange_rates.is_empty()
        assert run_ledger(store, known_on=date(2026, 6, 26)).exchange_rates.height == 4


@pytest.mark.usefixtures("empty_company")
def test_the_imports_screen_shows_rates_as_understood_and_counts_what_it_keeps() -> None:
    at = screen("imports")
    at.file_uploader[0].set_value([("eurofxref.csv", b"Date, USD, GBP, \n26 June 2026, 1.0919, 0, \n", "text/csv")])
    healthy(at.run())
    said = words(at)
    assert "Cours de change" in said
    assert "2 lignes" in said
    assert "Modèle" not in said
    shown = next(table.value for table in at.dataframe if "rate" in table.value)
    assert shown["rate"].to_list() == ["1,0919"]
    assert "nombre supérieur à zéro" in str([table.value.to_dict() for table in at.dataframe])
    assert "attendront" not in said  # a later file brings what is rejected of this one
    healthy(button(at, "import-").click().run())
    assert "1 cours de change" in words(at)
