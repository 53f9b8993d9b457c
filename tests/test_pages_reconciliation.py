"""The reconciliation screen: what is accepted, refused, matched by hand and detached there."""

import re
from decimal import Decimal

import polars as pl
import pytest
from screens import button, has_button, healthy, screen, store, words

from models.texts import Texts
from pages._ui.match_search import read_amount
from pages._ui.matching import marked_label
from pipelines.ledger import run_ledger
from pipelines.reconcile.run import run_matching

FR = Texts("fr")


def waiting() -> list[str]:
    kept = store()
    return sorted(run_matching(kept, run_ledger(kept)).suggestions)


def settled_by_people() -> set[str]:
    claims = run_ledger(store()).claims
    return set(claims.filter((pl.col("source") == "bank") & (pl.col("by") != "rule"))["source_id"].to_list())


@pytest.mark.usefixtures("empty_company")
def test_an_empty_database_is_offered_an_import_and_the_sample() -> None:
    at = screen("reconciliation")
    assert has_button(at, "empty-import")
    assert has_button(at, "empty-sample")
    assert len([element for element in at.button if element.proto.type == "primary"]) == 1


@pytest.mark.usefixtures("sample_company")
def test_accepting_a_suggestion_makes_it_a_persons_match_and_undo_brings_it_back() -> None:
    at = screen("reconciliation")
    before, settled = waiting(), settled_by_people()
    accept = button(at, "accept-")
    line_id = accept.key.split("-")[1]
    healthy(accept.click().run())
    assert line_id not in waiting()
    assert settled_by_people() == settled | {line_id}
    healthy(button(at, "undo-notice-").click().run())
    assert waiting() == before
    assert settled_by_people() == settled


@pytest.mark.usefixtures("sample_company")
def test_refusing_a_suggestion_takes_it_off_the_list() -> None:
    at = screen("reconciliation")
    refuse = button(at, "refuse-")
    line_id = refuse.key.split("-")[1]
    healthy(refuse.click().run())
    assert line_id not in waiting()
    assert FR.t("Undo") in [element.label for element in at.button]


@pytest.mark.usefixtures("sample_company")
def test_a_second_click_on_an_accepted_suggestion_does_nothing() -> None:
    first, second = screen("reconciliation"), screen("reconciliation")
    healthy(button(first, "accept-").click().run())
    revision = store().revision
    healthy(button(second, "accept-").click().run())
    assert store().revision == revision
    assert FR.t("The facts have changed since this page was shown: it is up to date again. Check before you decide.") in words(
        second
    )


@pytest.mark.usefixtures("sample_company")
def test_the_progress_is_told_in_words() -> None:
    at = screen("reconciliation", language="en")
    told = [element.proto.text for element in at.get("progress")]
    assert len(told) == 1
    assert re.search(r"^4\d\d of 4\d\d receipts settled, 99&#46;\d% of the amount", told[0])


@pytest.mark.usefixtures("sample_company")
def test_no_id_of_ours_is_shown() -> None:
    at = screen("reconciliation")
    ids = run_ledger(store()).lines["line_id"].to_list()
    shown = words(at) + " ".join(str(column) for table in at.dataframe for column in table.value.columns)
    assert not [i for i in ids if i in shown]


def test_the_words_found_stand_in_bold_and_the_label_stays_literal() -> None:
    marked = marked_label("VIR ![](http://x) FACT-2025.012 DUPRÉ", "fact 2025 012, dupre")
    assert marked.endswith(" :blue-background[**FACT&#45;2025&#46;012 DUPRÉ**]")
    assert "![" not in marked
    assert "http&#58;" in marked


def test_a_label_without_evidence_is_shown_as_it_is() -> None:
    assert marked_label("REMISE CHEQUE 12", "") == "REMISE CHEQUE 12"


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1 234,56 €", Decimal("1234.56")),
        ("1234.5", Decimal("1234.5")),
        ("1,2,3", None),
        ("", None),
        ("1,234", None),
        ("-3", None),
    ],
)
def test_amounts_are_read_as_people_type_them(typed: str, amount: Decimal | None) -> None:
    assert read_amount(typed) == amount
