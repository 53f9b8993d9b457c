"""The closing screen: doubtful receivables are decided, provided for and taken back; nothing before there is anything."""

import pytest
from screens import button, has_button, healthy, screen, select_row, store, words

from models.texts import Texts
from pipelines.ledger import run_ledger
from pipelines.provisions.proposals import doubts
from pipelines.sample import LAST_DAY


def states() -> dict[str, str]:
    return dict(doubts(run_ledger(store()), as_of=LAST_DAY).select("number", "state").iter_rows())


@pytest.mark.usefixtures("sample_company")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_proposal_is_decided_with_one_click_and_taken_back_with_one_more(language: str) -> None:
    at, texts = screen("closing_page", language=language), Texts(language)
    before = states()
    assert set(before.values()) == {"proposed"}
    at = select_row(at, "doubtful-proposed", lambda rows: rows["number"].to_list().index("FACT-2026-008"))
    healthy(button(at, f"doubtful-{store().revision}").click().run())
    assert states() == before | {"FACT-2026-008": "doubtful"}
    assert texts.plural("{count} invoice marked doubtful.", "{count} invoices marked doubtful.", 1) in words(at)
    at = select_row(at, "doubtful-decided", lambda rows: rows["number"].to_list().index("FACT-2026-008"))
    box = next(box for box in at.text_input if box.key and box.key.startswith(f"rate-{store().revision}"))
    at = healthy(box.set_value("80 %").run())
    healthy(button(at, "set-rate-").click().run())
    assert doubts(run_ledger(store()), as_of=LAST_DAY).filter(number="FACT-2026-008")["basis"].to_list() == ["hand"]
    healthy(button(at, "undo-notice-").click().run())
    assert doubts(run_ledger(store()), as_of=LAST_DAY).filter(number="FACT-2026-008")["basis"].to_list() == ["age"]


@pytest.mark.usefixtures("sample_company")
def test_all_that_are_ticked_are_answered_at_once() -> None:
    at = screen("closing_page")
    assert not has_button(at, "not-doubtful-")
    key, table = next((t.key, t) for t in at.dataframe if t.key and t.key.startswith("doubtful-proposed"))
    at.session_state[key] = {"selection": {"rows": list(range(len(table.value))), "columns": [], "cells": []}}
    healthy(at.run())
    healthy(button(at, "not-doubtful-").click().run())
    assert set(states().values()) == {"not_doubtful"}
    assert Texts("fr").t("Nothing is proposed at this date.") in words(at)


@pytest.mark.usefixtures("empty_company")
def test_before_anything_is_imported_the_page_says_what_to_do() -> None:
    assert Texts("fr").t("Nothing imported yet") in words(screen("closing_page"))
