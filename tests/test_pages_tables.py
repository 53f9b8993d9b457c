"""The tools above a table: search, filter, order, files; what is asked stands in the address, the selection stays."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from screens import copy_database, healthy, make_sample, screen, select_row, words
from streamlit.testing.v1 import AppTest

from models.store import Store
from models.texts import Texts
from pages._ui.columns import wrapped_height
from pages._ui.downloads import show_table_files
from pages._ui.filters import address_name
from pages._ui.words import md, written
from pipelines.exports.table_files import Table

FR = Texts("fr")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.duckdb"
    make_sample(path)
    return path


@pytest.fixture
def company(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCOURS_DB", str(copy_database(sample, tmp_path / "copy.duckdb")))


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Table]:
    """What tables of an empty company offer as files, as they are shown."""
    path = tmp_path / "empty.duckdb"
    Store.open(path, create=True).close()
    monkeypatch.setenv("ENCOURS_DB", str(path))
    offered: list[Table] = []
    monkeypatch.setattr("pages._ui.table_tools.show_table_files", lambda _session, table, *_, **__: offered.append(table))
    return offered


def _table(at: AppTest, starts: str) -> pl.DataFrame:
    return pl.DataFrame(next(t for t in at.dataframe if t.key and t.key.startswith(starts)).value)


@pytest.mark.usefixtures("company")
def test_what_is_asked_of_a_table_stands_in_the_address_and_the_selection_stays() -> None:
    at = screen("receivables_page")
    every = _table(at, "aged-client")
    chosen = every["client"][3]
    select_row(at, "aged-client", lambda rows: rows["client"].to_list().index(chosen))
    assert chosen in words(at)
    healthy(at.text_input(key="aged-client.words").set_value(f" {chosen[:5].upper()}").run())
    assert at.query_params["aged-client.q"] in ([chosen[:5].upper().strip()], chosen[:5].upper().strip())
    found = _table(at, "aged-client")
    assert chosen in found["client"]
    assert found.height < every.height
    assert chosen in words(at)  # its invoices are still open below
    assert FR.plural("{count} row of {all}", "{count} of {all} rows", found.height, all=every.height) in words(at)
    healthy(at.button(key="aged-client.clear").click().run())
    assert "aged-client.q" not in at.query_params
    assert _table(at, "aged-client").equals(every)
    assert chosen in words(at)


@pytest.mark.usefixtures("company")
def test_a_filter_is_asked_column_by_column() -> None:
    at = _opened(screen("receivables_page"))
    at.selectbox(key="aged-client.column").set_value("total")
    _opened(at).text_input(key="aged-client.total.low").set_value("5 000,00")
    rows = _table(_opened(at), "aged-client")
    assert rows["total"].cast(pl.Float64).min() >= 5000  # type: ignore[operator]
    at.selectbox(key="aged-client.order").set_value("total")
    assert _table(_opened(at), "aged-client")["total"].cast(pl.Float64).is_sorted()
    at.selectbox(key="aged-client.column").set_value("client")
    names = _opened(at).multiselect(key="aged-client.client.values")
    assert set(rows["client"]) <= set(names.options)
    first = rows["client"][0]
    names.select(first)
    assert _table(_opened(at), "aged-client")["client"].to_list() == [first]
    assert first not in str(at.query_params)


def _opened(at: AppTest) -> AppTest:
    """The screen run again with the filter open; the test runner forgets what is open."""
    at.session_state["aged-client.open"] = True
    return healthy(at.run())


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("asked", ["total:NaN_", "client=", "x:1_2;;;", "%00", "total:9_1"])
def test_an_address_from_anywhere_harms_no_table(asked: str) -> None:
    at = screen("receivables_page")
    said = FR.t("A part of the filter in this address fits no column of the table, and was left out.")
    assert said not in words(at)
    at.query_params["aged-client.f"] = asked
    at.query_params["aged-client.s"] = "-<script>"
    assert said in words(healthy(at.run()))


@pytest.mark.usefixtures("company")
def test_files_are_offered_when_asked_for_and_made_when_clicked() -> None:
    at = screen("receivables_page", language="en")
    before = len(at.get("download_button"))
    at.session_state["aged-client.files"] = True
    healthy(at.run())
    offered = at.get("download_button")[before:]
    assert [element.proto.label for element in offered] == [
        "For a spreadsheet (CSV)",
        "Excel workbook (XLSX)",
        "Printed list (PDF)",
    ]
    assert all(element.proto.deferred_file_id for element in offered)


def _long_table() -> None:
    from datetime import UTC, date, datetime

    import polars as pl

    from models.texts import Texts
    from pages._ui.session import Session, keep, start
    from pages._ui.tables import Column, show_table

    store, ledger, author = start(today=date(2026, 6, 26), now=datetime(2026, 6, 26, 9, 0, tzinfo=UTC))
    keep(Session(store, ledger, author.today, author.today, Texts("en"), author))
    rows = pl.DataFrame({"id": [f"r{n}" for n in range(1500)], "n": list(range(1500)), "rate": [n / 4 for n in range(1500)]})
    columns = [Column("id", "Id"), Column("n", "N", "count"), Column("rate", "Rate", "percent")]
    show_table(rows, columns, key="long", texts=Texts("en"), selection="multi-row")


def test_a_long_table_sends_its_first_thousand_rows_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "empty.duckdb"
    Store.open(path, create=True).close()
    monkeypatch.setenv("ENCOURS_DB", str(path))
    at = healthy(AppTest.from_function(_long_table).run())
    assert _table(at, "long").height == 1000
    assert "The first 1,000 of 1,500 rows are shown" in words(at)
    at.query_params["long.q"] = "r1499"
    assert _table(healthy(at.run()), "long")["id"].to_list() == ["r1499"]
    # A rate is asked for in percent, and shown by the browser's format, which multiplies and writes 25,00 % in French.
    at.query_params["long.q"], at.query_params["long.f"] = "", "rate:25_25"
    assert _table(healthy(at.run()), "long").rows() == [("r100", 100, 0.25)]
    configured = json.loads(next(t for t in at.dataframe if t.key and t.key.startswith("long")).proto.columns)["rate"]
    assert (configured["type_config"]["format"], configured["type_config"]["step"]) == ("percent", 0.0001)


def _mixed_table() -> None:
    from datetime import UTC, date, datetime
    from decimal import Decimal

    import polars as pl

    from models.texts import Texts
    from pages._ui.session import Session, keep, start
    from pages._ui.tables import Column, show_table

    store, ledger, author = start(today=date(2026, 6, 26), now=datetime(2026, 6, 26, 9, 0, tzinfo=UTC))
    keep(Session(store, ledger, author.today, author.today, Texts("en"), author))
    amounts = [Decimal("10.00"), Decimal("20.50"), None]
    rows = pl.DataFrame(
        {"id": ["own", "dollars", "none"], "amount": amounts, "currency": [None, "USD", "GBP"]},
        schema_overrides={"amount": pl.Decimal(18, 2)},
    )
    columns = [Column("id", "Id"), Column("amount", "Amount", "money")]
    show_table(rows, columns, key="mixed", texts=Texts("en"), selection="single-row")


def test_amounts_of_several_currencies_are_shown_each_in_its_own_and_never_summed(files: list[Table]) -> None:
    at = AppTest.from_function(_mixed_table)
    at.session_state["mixed.files"] = True
    assert _table(healthy(at.run()), "mixed")["amount"].to_list() == ["€10.00", "US$20.50", ""]
    [table] = files
    assert [column.name for column in table.columns] == ["id", "amount", "currency"]
    assert "Amounts each in its own currency." in table.about[1]
    assert "Amount: " not in table.about[3]  # no sum beside the number of rows
    at.query_params["mixed.q"] = "dollars"
    assert _table(healthy(at.run()), "mixed")["amount"].cast(pl.String).to_list() == ["20.50"]
    configured = json.loads(next(t for t in at.dataframe if t.key and t.key.startswith("mixed")).proto.columns)["amount"]
    assert (configured["label"], configured["type_config"]["format"]) == ("Amount (USD)", "accounting")  # sentences say US$


def test_a_table_has_its_words_in_the_address_never_ids() -> None:
    assert address_name("aged-client") == "aged-client"
    assert address_name("agreements-c1fs3") == "agreements"
    assert address_name(f"cash-day-{date(2026, 1, 1):%Y%m%d}") == "cash-day"


@pytest.mark.usefixtures("company")
def test_the_filters_of_the_worklist_stand_in_the_address_by_code() -> None:
    at = screen("collections_page")
    box = at.selectbox(key="choice-channel")
    before = _table(at, "worklist").height
    healthy(box.set_value("email").run())
    assert at.query_params["choice-channel"] in ("email", ["email"])
    left = _table(at, "worklist").height
    assert 0 < left < before
    again = screen("collections_page", query={"choice-channel": "email", "choice-segment": "<script>", "choice-minutes": "x"})
    assert _table(again, "worklist").height == left
    healthy(at.selectbox(key="choice-channel").set_value(None).run())
    assert "choice-channel" not in at.query_params


def test_rows_are_as_high_as_their_longest_text_wraps() -> None:
    assert wrapped_height(["Aucun."], 300) == wrapped_height([], 300) == 48
    assert wrapped_height(["x" * 60], 300) == 12 + 18 * 3 > 64  # Streamlit wraps no text in lower rows
    assert wrapped_height(["Aucun.", "x" * 280], 300) == 12 + 18 * 7
    assert wrapped_height(["x" * 2000], 300) == 12 + 18 * 9


def test_an_english_amount_is_not_broken_behind_its_minus_and_two_dollars_are_no_formula() -> None:
    amount = Texts("en").money(Decimal("-5212.96"), "USD")
    assert written(f"From {amount} to US$2.00") == "From -\u2060US\\$5,212.96 to US\\$2.00"
    assert "&#45;\u2060€5" in md("-€5")
    assert md("FAC-A1") == "FAC-A1"  # a number is copied, and read aloud, as it is
    assert md("- a") == "&#45; a"
    assert md("a -> b --c") == "a &#45;&#62; b &#45;&#45;c"


def _past_table() -> None:
    from datetime import UTC, date, datetime

    import polars as pl

    from models.texts import Texts
    from pages._ui.session import Session, keep, start
    from pages._ui.tables import Column, show_table

    store, ledger, author = start(today=date(2026, 6, 26), now=datetime(2026, 6, 26, 9, 0, tzinfo=UTC))
    keep(Session(store, ledger, author.today, date(2026, 5, 31), Texts("en"), author, date(2026, 6, 1)))
    rows = pl.DataFrame({"id": [f"r{n}" for n in range(15)], "n": list(range(15))})
    show_table(rows, [Column("id", "Id"), Column("n", "N", "count")], key="past", texts=Texts("en"))


def test_a_file_has_the_rows_that_are_asked_for_and_says_what_was_asked_and_of_which_days(files: list[Table]) -> None:
    at = AppTest.from_function(_past_table)
    at.session_state["past.files"] = True
    at.query_params["past.f"], at.query_params["past.s"] = "n:13_", "-n"
    healthy(at.run())
    [table] = files
    assert (table.rows["id"].to_list(), table.day) == (["r14", "r13"], date(2026, 5, 31))
    assert table.about[1:4] == [
        "As of 31/05/2026. Amounts in EUR.", "As it was known on 01/06/2026.", "Filters: N: from 13; Sorted by: N (descending)",
    ]  # fmt: skip


def test_files_of_other_facts_rows_words_or_days_have_other_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser, or the server, may keep a file by its name."""
    names: list[str] = []
    monkeypatch.setattr("pages._ui.downloads.st.download_button", lambda _label, _data, name, *_, **__: names.append(name))
    plain = {"path": "a.duckdb", "revision": 1, "currency": "EUR", "texts": FR, "as_of": date(2026, 5, 31)}
    others = ({"path": "b.duckdb"}, {"revision": 2}, {"currency": "USD"}, {"texts": Texts("en")}, {"as_of": date(2026, 5, 30)})

    def name_of(session: Mapping[str, object], mark: str = "", about: str = "Table") -> str:
        table = Table([], pl.DataFrame(), [about], date(2026, 5, 31))
        show_table_files(SimpleNamespace(**session), table, "Balance", mark=mark, key="k")  # type: ignore[arg-type]
        return names[-3]

    found = [name_of(plain | other) for other in others] + [name_of(plain, "f=n:1_"), name_of(plain, about="Other")]
    assert len({name_of(plain), *found}) == 1 + len(found)
    assert name_of(plain) == name_of(plain)
    assert names[-3].startswith("balance-2026-05-31-")
