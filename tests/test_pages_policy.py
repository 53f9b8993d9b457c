"""The policy on the settings screen: who follows what, its steps, its text, and what a change would change."""

import polars as pl
import pytest
from screens import button, has_button, healthy, screen, store, words
from streamlit.testing.v1 import AppTest

from models.policy_comments import shipped_text
from models.policy_text import shipped_policy
from models.policy_write import policy_text
from models.texts import Texts
from pipelines.decisions import history
from pipelines.ledger import run_ledger

FR = Texts("fr")


def table(at: AppTest, column: str) -> pl.DataFrame:
    """The table that has that column."""
    return next(pl.DataFrame(found.value) for found in at.dataframe if column in pl.DataFrame(found.value).columns)


def ask(at: AppTest, name: str) -> AppTest:
    """Press a form's button: those keys do not begin as others do."""
    return healthy(next(element for element in at.button if element.key and name in element.key).click().run())


@pytest.mark.usefixtures("sample_company")
def test_a_change_is_shown_before_it_is_saved_and_can_be_undone() -> None:
    at = screen("settings_page")
    assert not has_button(at, "policy-save-")
    ask(at, "policy-recommended")
    assert FR.t("All the reminders to come") in [expander.label for expander in at.expander]
    assert run_ledger(store()).policy == shipped_policy()
    assert table(at, "before").height > 0
    healthy(button(at, "policy-save-").click().run())
    assert run_ledger(store()).policy.scenario_of("bad_payer").id == "bad_payer"
    assert history(store()).row(0, named=True)["action"] == "policy"
    healthy(button(at, "undo-notice-").click().run())
    assert run_ledger(store()).policy == shipped_policy()


@pytest.mark.usefixtures("sample_company")
def test_a_change_can_be_left() -> None:
    at = ask(screen("settings_page"), "policy-recommended")
    healthy(button(at, "policy-leave-").click().run())
    assert not has_button(at, "policy-save-")
    assert run_ledger(store()).policy == shipped_policy()


@pytest.mark.usefixtures("sample_company")
def test_the_text_is_checked_line_by_line() -> None:
    at = screen("settings_page")
    area = next(element for element in at.text_area if str(element.key).startswith("policy-text-"))
    lines = policy_text(shipped_policy()).splitlines()
    place = lines.index('channel = "email"')
    lines[place] = 'channel = "pigeon"'
    area.set_value("\n".join(lines))
    ask(at, "policy-text-ask")
    assert FR.t("This policy cannot be used.") in words(at)
    assert f"Ligne {place + 1}" in words(at)
    assert not has_button(at, "policy-save-")


@pytest.mark.usefixtures("sample_company")
def test_the_same_policy_changes_nothing() -> None:
    at = screen("settings_page")
    shown = next(element.value for element in at.text_area if str(element.key).startswith("policy-text-"))
    assert shown == shipped_text("fr")
    at = ask(at, "policy-text-ask")
    assert FR.t("Nothing has changed.") in words(at)


@pytest.mark.usefixtures("sample_company")
def test_the_steps_of_each_scenario_are_shown_and_edited_as_a_table() -> None:
    at = screen("settings_page")
    chosen = next(element for element in at.selectbox if str(element.key).startswith("policy-scenario-"))
    healthy(chosen.set_value("agency").run())
    steps = table(at, "when")
    assert steps["when"].to_list()[-2:] == ["3 jours après l’étape précédente", "30 jours après l’échéance"]
    ask(at, "policy-steps-ask")  # as they stand: written anew, the policy is the same, its comments too
    assert FR.t("Nothing has changed.") in words(at)


@pytest.mark.usefixtures("sample_company")
def test_a_step_without_a_tone_is_written_as_it_stands() -> None:
    at = screen("settings_page")
    chosen = next(element for element in at.selectbox if str(element.key).startswith("policy-scenario-"))
    healthy(chosen.set_value("full").run())
    ask(at, "policy-steps-ask")
    assert FR.t("Nothing has changed.") in words(at)


@pytest.mark.usefixtures("empty_company")
def test_an_empty_database_has_a_policy_too() -> None:
    at = ask(screen("settings_page"), "policy-recommended")
    healthy(button(at, "policy-save-").click().run())
    assert run_ledger(store()).policy.scenario_of("vip").id == "vip"


@pytest.mark.usefixtures("sample_company")
def test_the_reminders_to_come_are_shown_on_demand() -> None:
    at = screen("settings_page", language="en")
    healthy(at.toggle(key="policy-calendar").set_value(True).run())
    assert table(at, "what").height > 10


@pytest.mark.usefixtures("sample_company")
def test_what_is_owed_is_not_summed_over_the_days_on_which_it_is_reminded() -> None:
    at = screen("settings_page")
    at = healthy(at.toggle(key="policy-calendar").set_value(True).run())
    rows = table(at, "invoices")
    assert rows.height > rows["invoices"].n_unique()  # the same invoices on several days
    assert any(element.value == f"{rows.height} lignes" for element in at.caption)
