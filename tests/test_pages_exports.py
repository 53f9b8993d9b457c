"""The exports screen: seen before it leaves, exported once, had again."""

from datetime import date

import pytest
from screens import button, healthy, screen, store, words

from models.texts import Texts
from pages._ui.settings_fields import BOOKS
from pipelines.accounting.sent import run_exports
from pipelines.decisions import history

FR = Texts("fr")


@pytest.mark.usefixtures("sample_company")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_would_leave_is_shown_with_its_totals_and_its_proof(language: str) -> None:
    at, texts = screen("exports_page", language=language), Texts(language)
    said = words(at)
    assert texts.t("Totals by account") in said
    assert texts.t("This is a partial journal in the layout of a FEC: sales, receipts and write-offs. "
                   "It is not your company’s FEC, which your accountant makes.") in said  # fmt: skip
    tables = [table.value for table in at.dataframe]
    accounts = next(t for t in tables if "account" in t and "debit" in t and len(t) == 6)
    assert accounts["debit"].sum() == accounts["credit"].sum()
    proof = next(t for t in tables if "what" in t)
    amounts = dict(zip(proof["what"], proof["amount"], strict=True))
    closing = amounts[texts.t("Clients (411 + 416), closing balance")]
    assert closing == amounts[texts.t("Net receivables on screen")] > 0
    assert amounts[texts.t("Difference")] == 0


@pytest.mark.usefixtures("sample_company")
def test_an_export_is_made_listed_and_taken_back() -> None:
    at = screen("exports_page")
    healthy(button(at, "export-").click().run())
    past = run_exports(store())
    assert past.select("number", "format", "rows").rows() == [(1, "fec", 110)]
    assert history(store()).row(0, named=True)["action"] == "export"
    assert FR.t("Past exports") in words(at)
    assert "999000011FEC20260626.txt" in words(at)
    assert "42" in next(info.value for info in at.info if "déjà parties" in info.value)
    healthy(button(at, "undo-notice-").click().run())
    assert run_exports(store()).is_empty()


@pytest.mark.usefixtures("sample_company")
def test_only_what_is_new_and_a_period_without_anything() -> None:
    at = screen("exports_page")
    healthy(button(at, "export-").click().run())
    healthy(at.radio(key="taken").set_value("new").run())
    assert FR.t("There is nothing to export in this period.") in words(at)
    healthy(at.selectbox(key="format").set_value("quadra").run())
    assert "42" in words(at)


@pytest.mark.usefixtures("sample_company")
def test_a_table_has_the_chosen_columns() -> None:
    at = screen("exports_page")
    healthy(at.selectbox(key="format").set_value("csv").run())
    healthy(at.multiselect(key="export-columns").set_value(["date", "account", "debit"]).run())
    healthy(button(at, "export-").click().run())
    content = run_exports(store())
    assert content["format"].to_list() == ["csv"]
    healthy(at.selectbox(key="format").set_value("fec").run())


@pytest.mark.usefixtures("sample_company")
def test_the_period_is_the_one_in_the_address() -> None:
    at = screen("exports_page", query={"export_from": "2026-01-01", "export_to": "2026-03-31"})
    assert [field.value for field in at.date_input] == [date(2026, 1, 1), date(2026, 3, 31)]
    healthy(button(at, "export-").click().run())
    assert run_exports(store()).select("from_date", "to_date").row(0) == (date(2026, 1, 1), date(2026, 3, 31))


@pytest.mark.usefixtures("empty_company")
def test_without_invoices_the_screen_says_what_to_do() -> None:
    assert FR.t("Import your invoices to give their entries to your accountant.") in words(screen("exports_page"))


@pytest.mark.usefixtures("sample_company")
def test_accounting_settings_are_on_the_settings_screen() -> None:
    at = screen("settings_page")
    shown = {str(element.key) for kind in ("text_input", "selectbox") for element in getattr(at, kind)}
    assert all(any(key.startswith(f"set-{field.key}-") for key in shown) for field in BOOKS)
    assert all(FR.t(field.label) != field.label or field.label == "Clients (411)" for field in BOOKS)
