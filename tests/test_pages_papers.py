"""The views of the accountant's papers at closing: their figures are those of the screen, and answers are kept."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from screens import AUTHOR, button, healthy, screen, select_row, store, words
from streamlit.testing.v1 import AppTest

from models.money import total
from models.texts import Texts
from pages._ui.columns import height_to_wrap
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger
from pipelines.marks import mark
from pipelines.papers.confirmation import Choice, select
from pipelines.papers.year_archive import run_archive
from pipelines.reconcile.finding import find_client
from pipelines.sample import LAST_DAY

EN, FR = Texts("en"), Texts("fr")


def view(code: str, language: str = "en") -> AppTest:
    """A view of the closing screen."""
    at = screen("closing_page", language=language)
    at.session_state["view"] = code
    return healthy(at.run())


def table(at: AppTest, *columns: str) -> pl.DataFrame:
    """The first table that has these columns."""
    return next(pl.DataFrame(t.value) for t in at.dataframe if {*columns} <= {*t.value.columns})


@pytest.mark.usefixtures("sample_company")
def test_statements_close_at_what_is_owed_and_one_client_shows_its_lettering() -> None:
    at = view("papers")
    owed = kpis(run_ledger(store()), as_of=LAST_DAY).receivables
    assert table(at, "client", "closing")["closing"].sum() == owed
    at.session_state["statement"] = "period"
    healthy(at.run())
    clients = table(at, "opening", "closing")
    assert clients["closing"].sum() == owed
    assert total(clients["opening"]) + total(clients["debit"]) - total(clients["credit"]) == owed
    chosen = next(box for box in at.selectbox if box.key and box.key.startswith("statement-client"))
    healthy(chosen.set_value(find_client(run_ledger(store()), "Groupe Salvetat")["client_id"]).run())
    lines = table(at, "letter")
    assert lines["letter"].drop_nulls().str.contains("^[A-Z]{2}$|^[a-z]{2}$").all()


@pytest.mark.usefixtures("sample_company")
def test_a_balance_is_asked_for_and_the_answer_kept_and_undone() -> None:
    at = view("papers", "fr")
    first = table(at, "reason")
    assert first.height == 10
    select_row(at, "confirmations", lambda frame: frame["client"].to_list().index("Groupe Salvetat"))
    next(radio for radio in at.radio if radio.key and radio.key.startswith("confirm-state")).set_value("differs")
    next(text for text in at.text_input if text.key and text.key.startswith("confirm-said")).set_value("19 000,50")
    healthy(next(b for b in at.button if b.label == FR.t("Keep")).click().run())
    asked = select(run_ledger(store()), Choice(), as_of=LAST_DAY, currency="EUR").asked.drop_nulls("state")
    assert asked.select("client", "state", "said").rows() == [("Groupe Salvetat", "differs", Decimal("19000.50"))]
    assert FR.t("The answer of {client} is kept.", client="Groupe Salvetat") in words(at)
    healthy(button(at, "undo-notice-").click().run())
    assert select(run_ledger(store()), Choice(), as_of=LAST_DAY, currency="EUR").asked["state"].null_count() == 10


@pytest.mark.usefixtures("sample_company")
def test_a_long_name_among_the_clients_to_ask_goes_on_in_a_second_line() -> None:
    shown = next(t for t in view("papers").dataframe if t.key and t.key.startswith("confirmations"))
    assert max(shown.value["client"].str.len()) > 40
    assert shown.proto.row_height == height_to_wrap(shown.value["client"].to_list(), 205)
    assert (height_to_wrap(["Énergies Montclar", ""], 205), height_to_wrap([], 205)) == (None, None)


@pytest.mark.usefixtures("sample_company")
def test_vat_sums_to_what_was_collected_and_a_month_opens_into_its_payments() -> None:
    at = view("vat")
    figures = kpis(run_ledger(store()), as_of=LAST_DAY, start=LAST_DAY.replace(month=1, day=1))
    assert table(at, "month_word")["amount"].sum() == figures.collected
    assert table(at, "kind", "vat")["amount"].sum() == figures.collected
    select_row(at, "vat-months", lambda frame: frame["month_word"].to_list().index("March 2026"))
    months, payments = table(at, "month_word"), table(at, "kind", "vat")
    assert payments["amount"].sum() == months.filter(pl.col("month_word") == "March 2026")["amount"].sum()


def _files(monkeypatch: pytest.MonkeyPatch, at: AppTest, *keys: str) -> list[list[str]]:
    """What the files of these tables of a screen say."""
    said: list[list[str]] = []
    monkeypatch.setattr("pages._ui.table_tools.show_table_files", lambda _session, made, *_, **__: said.append(made.about))
    for key in keys:
        at.session_state[f"{key}.files"] = True
    healthy(at.run())
    return said


@pytest.mark.usefixtures("sample_company")
@pytest.mark.parametrize(("code", "name"), [("vat", "vat_from"), ("papers", "statement_from")])
def test_the_first_day_of_a_paper_stands_in_its_address(code: str, name: str) -> None:
    at = screen("closing_page", query={"view": code, "statement": "period", name: "2026-03-01"})
    assert at.date_input(key=name).value == date(2026, 3, 1)
    at = screen("closing_page", query={"view": code, "statement": "period", name: "2027-01-01"})  # later than the figures
    assert at.date_input(key=name).value == date(2026, 1, 1)


def _first_day() -> None:
    from datetime import date

    import streamlit as st

    from models.texts import Texts
    from pages._ui.period import choose_first_day

    choose_first_day(Texts("fr"), date(2026, 1, 1), to=st.session_state.get("to", date(2026, 6, 26)), key="first")


def test_the_first_day_is_the_usual_one_again_when_the_last_one_changes() -> None:
    at = AppTest.from_function(_first_day)
    at.query_params["first"] = "2026-04-01"
    assert healthy(at.run()).date_input[0].value == date(2026, 4, 1)
    at.session_state["to"] = date(2026, 3, 31)
    assert healthy(at.run()).date_input[0].value == date(2026, 1, 1)
    assert not at.caption  # nothing is said of a day that the reader did not ask for now


@pytest.mark.usefixtures("sample_company")
def test_the_files_of_papers_say_of_which_days_and_months_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    at = view("vat", "fr")
    select_row(at, "vat-months", lambda frame: frame["month_word"].to_list().index("mars 2026"))
    months, payments = _files(monkeypatch, at, "vat-months", "vat-payments")
    assert "Du 01/01/2026 au 26/06/2026." in months
    assert "Mois cochés\u00a0: mars 2026 – 20\u00a0%." in payments
    at = screen("closing_page", query={"view": "papers", "statement": "period", "statement_from": "2026-03-01"})
    [clients] = _files(monkeypatch, at, "statement-clients")
    assert clients[0].startswith("Relevé de compte – Tous les clients")
    assert "Du 01/03/2026 au 26/06/2026." in clients


@pytest.mark.usefixtures("sample_company")
def test_a_file_says_no_definition_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    [said] = _files(monkeypatch, view("doubtful", "fr"), "doubtful-proposed")
    assert not [line for line in said if line.startswith("Dépréciation\u00a0: Dépréciation")]
    assert len([line for line in said if "au prorata des montants" in line]) == 1


@pytest.mark.usefixtures("sample_company")
def test_the_numbering_and_the_archive_are_shown() -> None:
    at = view("numbering")
    assert table(at, "series", "kind")["first"].to_list() == ["FACT-2025-118", "FACT-2025-200"]
    at = view("archive", "fr")
    assert "vat_on_receipts.csv" in words(at)
    healthy(button(at, "archive-make-").click().run())
    assert not at.warning
    earlier = run_archive(store(), LAST_DAY.year - 1, FR, today=LAST_DAY)
    at.file_uploader[0].set_value([("ancienne.zip", earlier, "application/zip")])
    assert FR.t("Nothing differs from the earlier archive.") in words(healthy(at.run()))


@pytest.mark.usefixtures("sample_company")
def test_an_earlier_archive_is_compared_with_the_one_of_now() -> None:
    earlier = run_archive(store(), LAST_DAY.year - 1, EN, today=LAST_DAY)
    mark(store(), "FACT-2025-262", "disputed", on=date(2025, 12, 30), author=AUTHOR)
    at = view("archive")
    healthy(button(at, "archive-make-").click().run())
    at.file_uploader[0].set_value([("earlier.zip", earlier, "application/zip")])
    healthy(at.run())
    files = table(at, "file", "meaning")
    assert {"marks.csv", "invoices.csv", "history.csv"} <= {*files["file"]}
    assert table(at, "file", "row").filter(pl.col("file") == "marks.csv")["state"].to_list() == ["Now"]
    assert "total" not in {name for shown in at.dataframe for name in shown.value.columns}
