"""The worklist on screen: filters, several clients at once with one undo, and what the reminders brought."""

import polars as pl
import pytest
from screens import button, healthy, screen, select_row, store, words
from streamlit.testing.v1 import AppTest

from pipelines.collections.drafts import drafts
from pipelines.collections.outbox import outbox
from pipelines.ledger import run_ledger
from pipelines.sample import LAST_DAY

pytestmark = pytest.mark.usefixtures("sample_company")


def _table(at: AppTest) -> pl.DataFrame:
    return next(pl.DataFrame(table.value) for table in at.dataframe if table.key and table.key.startswith("worklist"))


def _waiting() -> set[str]:
    """The clients whose reminder is approved and has not left."""
    sent = outbox(run_ledger(store()), as_of=LAST_DAY)
    return set(sent.filter(pl.col("state") == "approved")["client_id"])


def _ready() -> set[str]:
    made = drafts(run_ledger(store()), as_of=LAST_DAY)
    return {draft.client_id for draft in made if draft.held is None and draft.channel != "call"}


def test_all_that_is_ready_is_approved_recorded_and_undone_together() -> None:
    at = screen("collections_page")
    ready = _ready()
    assert len(ready) > 5
    at = healthy(button(at, "approve-all-").click().run())
    assert _waiting() == ready
    assert (button(at, "approve-all-").label, button(at, "approve-all-").disabled) == ("Approuver", True)
    at = healthy(button(at, "undo-notice-").click().run())
    assert _waiting() == set()
    at = healthy(button(at, "approve-all-").click().run())
    at = healthy(button(at, "sent-all-").click().run())
    assert _waiting() == set()
    assert not _ready() & ready
    assert str(len(ready)) in words(at)


def test_the_clients_that_are_ticked_are_paused_as_one_change() -> None:
    at = screen("collections_page")
    key, table = next((t.key, t) for t in at.dataframe if t.key and t.key.startswith("worklist"))
    at.session_state[key] = {"selection": {"rows": [0, 1], "columns": [], "cells": []}}
    names = pl.DataFrame(table.value)["client"].to_list()[:2]
    at = healthy(button(healthy(at.run()), "pause-all-").click().run())
    ledger = run_ledger(store())
    marks = ledger.marks.filter(pl.col("what") == "paused").join(ledger.clients.select("client_id", "name"), on="client_id")
    assert sorted(marks["name"]) == sorted(names)
    assert marks["change_id"].n_unique() == 1
    healthy(button(at, "undo-notice-").click().run())
    assert run_ledger(store()).marks.filter(pl.col("what") == "paused").is_empty()


def test_the_filters_narrow_the_list() -> None:
    at = screen("collections_page")
    whole = _table(at)["client"].to_list()
    healthy(at.text_input(key="choice-words").set_value("kerval").run())
    assert _table(at)["client"].to_list() == ["Studio Kerval"]
    healthy(at.text_input(key="choice-words").set_value("").run())
    healthy(at.selectbox(key="choice-state").set_value("held").run())
    held = _table(at)
    assert 0 < held.height < len(whole)
    healthy(at.selectbox(key="choice-state").set_value(None).run())
    healthy(at.text_input(key="choice-least").set_value("2 000,00").run())
    assert all(amount >= 2000 for amount in _table(at)["overdue"])
    healthy(at.text_input(key="choice-least").set_value("99999999").run())
    assert "élargissez" in words(at)
    healthy(at.text_input(key="choice-least").set_value("beaucoup").run())
    assert "beaucoup n’est pas un montant" in words(at)
    assert _table(at)["client"].to_list() == whole  # what cannot be read narrows nothing, and says so


def test_what_reminders_brought_is_told_with_how_many_and_without_claiming_a_cause() -> None:
    at = healthy(screen("collections_page").segmented_control(key="part").set_value("results").run())
    rows = pl.DataFrame(at.dataframe[0].value)
    assert rows["reminders"].sum() > 0
    assert "ne prouve pas" in words(at)


def test_a_selected_client_s_draft_is_shown() -> None:
    at = screen("collections_page")
    name = _table(at)["client"][2]
    at = select_row(at, "worklist", lambda _: 2)
    assert name in words(at)
