"""The settings screen: one form that stores only what changed, and says what does not fit."""

from datetime import date
from decimal import Decimal

import pytest
from screens import button, healthy, screen, store, words
from streamlit.testing.v1 import AppTest

from models.settings import Settings
from models.texts import Texts
from pages._ui.settings_fields import BANK, COMPANY, MATCHING, RULES, asked_rates, changed, stored_text
from pipelines.decisions import history
from pipelines.ledger import run_settings

FR = Texts("fr")


def field(at: AppTest, name: str) -> object:
    return next(
        e for kind in ("text_input", "text_area", "selectbox") for e in getattr(at, kind) if str(e.key).startswith(f"set-{name}-")
    )


def fill(at: AppTest, name: str, text: str) -> None:
    field(at, name).set_value(text)  # type: ignore[attr-defined]


def save(at: AppTest) -> AppTest:
    return healthy(button(at, "save-").click().run())


@pytest.mark.usefixtures("empty_company")
def test_an_empty_database_can_be_set_up_first() -> None:
    at = screen("settings_page")
    assert len([element for element in at.button if element.proto.type == "primary"]) == 1
    fill(at, "company_name", "Atelier Sud")
    fill(at, "iban", "FR76 3000 6000 0112 3456 7890 189")
    save(at)
    assert run_settings(store()).company_name == "Atelier Sud"
    assert run_settings(store()).iban == "FR7630006000011234567890189"
    assert FR.t("Company name") in words(at)


@pytest.mark.usefixtures("sample_company")
def test_saving_stores_only_what_changed_and_undo_takes_it_back() -> None:
    before = run_settings(store())
    at = screen("settings_page")
    fill(at, "signatory", "Claire Lumen, gérante")
    save(at)
    assert run_settings(store()).signatory == "Claire Lumen, gérante"
    assert history(store()).row(0, named=True)["subject"] == "signatory"
    healthy(button(at, "undo-notice-").click().run())
    assert run_settings(store()) == before


@pytest.mark.usefixtures("empty_company")
def test_a_contractual_rate_below_its_legal_floor_is_told_as_long_as_it_stands() -> None:
    at = screen("settings_page")
    fill(at, "penalty_rate", "5")
    save(at)
    assert "trois fois le taux légal" in words(at)
    fill(at, "penalty_rate", "15")
    save(at)
    assert "trois fois le taux légal" not in words(at)


@pytest.mark.usefixtures("sample_company")
def test_saving_without_a_change_stores_nothing() -> None:
    revision = store().revision
    at = save(screen("settings_page"))
    assert store().revision == revision
    assert FR.t("Nothing has changed.") in words(at)


@pytest.mark.usefixtures("sample_company")
def test_values_that_do_not_fit_are_told_and_nothing_is_stored() -> None:
    revision = store().revision
    at = screen("settings_page")
    fill(at, "iban", "FR00 1234")
    fill(at, "terms_days", "trente")
    fill(at, "signatory", "Claire")
    save(at)
    assert store().revision == revision
    assert len(at.error) == 1
    assert "IBAN" in words(at)
    assert "trente" in words(at)


@pytest.mark.usefixtures("sample_company")
def test_an_emptied_setting_goes_back_to_its_default() -> None:
    at = screen("settings_page")
    fill(at, "doubtful_days", "60")
    save(at)
    assert run_settings(store()).doubtful_days == 60
    fill(at, "doubtful_days", "")
    save(at)
    assert run_settings(store()).doubtful_days == Settings().doubtful_days


@pytest.mark.usefixtures("sample_company")
def test_the_rate_of_an_unknown_half_year_is_asked_and_kept() -> None:
    at = screen("settings_page")
    fill(at, "rate.2026-S2", "2,15")
    save(at)
    assert run_settings(store()).ecb_rates == {"2026-S2": Decimal("2.15")}


def test_rates_are_asked_around_today_only_where_nobody_knows_them() -> None:
    assert asked_rates(Settings(), date(2026, 3, 1)) == []
    assert asked_rates(Settings(), date(2026, 6, 26)) == ["2026-S2"]
    assert asked_rates(Settings(ecb_rates={"2026-S2": Decimal(2)}), date(2026, 3, 1)) == ["2026-S2"]


@pytest.mark.usefixtures("sample_company")
def test_the_scenario_is_a_table_of_steps_in_words() -> None:
    at = screen("settings_page")
    steps = at.dataframe[0].value
    assert len(steps) == 9
    assert steps["when"].to_list()[3] == FR.t("On the due date")
    assert "registered_letter" not in str(steps.to_dict())


def test_what_is_shown_is_what_is_stored_for_every_field() -> None:
    settings = Settings(company_siren="999000011", iban="FR7630006000011234567890189", penalty_rate=Decimal("12.5"))
    fields = [*COMPANY, *BANK, *RULES, *MATCHING]
    typed = {f.key: stored_text(FR, settings, f.key) for f in fields}
    assert changed(FR, settings, fields, typed) == {}
    assert typed["iban"] == "FR76 3000 6000 0112 3456 7890 189"
    assert typed["company_siren"] == "999 000 011"
    assert typed["penalty_rate"] == "12,5"
