"""Rows that wait for a correction, on screen: corrected, tried again, dropped, downloaded."""

from typing import Any

import polars as pl
import pytest
from screens import AUTHOR, button, has_button, healthy, screen, select_row, store, words
from streamlit.testing.v1 import AppTest

from models.texts import Texts
from pipelines.ledger import run_ledger
from pipelines.publishing.publish import run_import
from pipelines.publishing.quarantine import waiting

pytestmark = pytest.mark.usefixtures("empty_company")
FR = Texts("fr")
INVOICES = """N° facture;Client;Date;Échéance;Montant TTC
F-1;Dupré;01/06/2026;30/06/2026;1200,00
F-2;Dupré;31/02/2026;02/07/2026;90,50
F-3;Dupré;03/06/2026;02/07/2026;douze
"""


def waiting_screen() -> AppTest:
    run_import(store(), INVOICES.encode(), "factures.csv", author=AUTHOR)
    return screen("imports")


def selected(at: AppTest, line: int) -> AppTest:
    return select_row(at, "quarantine-", lambda rows: rows["line"].to_list().index(line))


def cell(at: AppTest, label: str) -> Any:
    return next(element for element in at.text_input if element.label == label)


def test_rows_that_wait_are_counted_on_top_and_listed_with_their_reason() -> None:
    at = waiting_screen()
    assert FR.plural("{count} row to correct", "{count} rows to correct", 2) in words(at)
    rows = pl.DataFrame(at.dataframe[0].value)
    assert rows["line"].to_list() == [3, 4]
    assert "31/02/2026" in rows["reason"][0]
    assert "douze" in rows["reason"][1]


def test_without_such_rows_nothing_is_said_of_them() -> None:
    run_import(store(), INVOICES.replace("31/02", "28/02").replace("douze", "12,00").encode(), "f.csv", author=AUTHOR)
    assert FR.t("Rows to correct") not in words(screen("imports"))


def test_a_corrected_row_is_imported_and_waits_no_more() -> None:
    at = selected(waiting_screen(), 3)
    cell(at, "Date").set_value("28/02/2026")
    healthy(button(at, "retry-").click().run())
    assert run_ledger(store()).documents["number"].to_list() == ["F-2", "F-1"]
    assert waiting(store())["line"].to_list() == [4]
    assert FR.plural("{count} row corrected and imported.", "{count} rows corrected and imported.", 1) in words(at)
    told = next(table.value["details"].to_list() for table in at.dataframe if "details" in table.value)
    assert [cell.split(" – ")[0] for cell in told] == ["factures.csv", "factures.csv"]
    healthy(button(at, "undo-notice-").click().run())
    assert run_ledger(store()).documents["number"].to_list() == ["F-1"]
    assert waiting(store()).height == 2


def test_a_row_that_is_still_wrong_says_why_and_nothing_is_stored() -> None:
    at = selected(waiting_screen(), 4)
    revision = store().revision
    cell(at, "Montant TTC").set_value("treize")
    healthy(button(at, "retry-").click().run())
    assert store().revision == revision
    assert "treize" in at.error[0].value


def test_a_dropped_row_is_gone_until_it_is_undone() -> None:
    at = selected(waiting_screen(), 4)
    healthy(button(at, "drop-").click().run())
    assert waiting(store())["line"].to_list() == [3]
    healthy(button(at, "undo-notice-").click().run())
    assert waiting(store()).height == 2


def test_several_rows_are_dropped_together() -> None:
    at = waiting_screen()
    key = next(str(table.key) for table in at.dataframe if str(table.key).startswith("quarantine-"))
    at.session_state[key] = {"selection": {"rows": [0, 1], "columns": [], "cells": []}}
    healthy(at.run())
    healthy(button(at, "drop-several-").click().run())
    assert waiting(store()).is_empty()
    assert not has_button(at, "drop-several-")
    assert FR.plural("{count} row dropped.", "{count} rows dropped.", 2) in words(at)


def test_the_rows_can_be_downloaded() -> None:
    at = waiting_screen()
    assert [getattr(element, "label", None) for element in at.get("download_button")] == [
        FR.t("Download the rows to correct (CSV)")
    ]
