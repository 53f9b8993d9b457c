"""Drafts are counted, listed and compared without their words, and written one at a time."""

from dataclasses import replace

import pytest
from screens import button, screen
from small_ledger import COMPANY, DAY, MONDAY, Book

from pages._ui import dunning
from pipelines.collections.drafts import Draft, plan_drafts, plan_outlines
from pipelines.collections.facts import situation
from pipelines.collections.worklist import Plan, plan


def due() -> Plan:
    """Four clients: a first reminder, a formal notice that states interest, a promise, one without an address."""
    book = Book()
    for name, days, email in (
        ("Ana", 3, "a@ana.example"),
        ("Bo", 60, "b@bo.example"),
        ("Cy", 20, "c@cy.example"),
        ("Di", 9, None),
    ):
        book.client(name, client_type="company", email=email, siren="552100554", address="3 quai\n13002 Marseille")
        book.late(f"F-{name}", name, days, "1200.00")
    for step, ago in (("R1", 50), ("R2", 40), ("R3", 30)):
        book.mark("F-Bo", "reminded", MONDAY - ago * DAY, step)
    book.mark("F-Cy", "promise", MONDAY - DAY, str(MONDAY + 7 * DAY))
    return plan(situation(book.ledger(COMPANY), as_of=MONDAY))


def test_an_outline_is_its_draft_without_words_runs_of_interest_and_warnings() -> None:
    at = due()
    written = plan_drafts(at)
    assert len(written) == 4
    assert any(draft.interest for draft in written)
    assert any(not draft.rows for draft in written)
    assert plan_outlines(at) == [replace(draft, subject="", body="", blocks=(), interest=(), warnings=()) for draft in written]


def test_a_draft_written_alone_is_the_one_written_with_all_others() -> None:
    at = due()
    for draft in plan_drafts(at):
        assert plan_drafts(at, only={draft.client_id}) == [draft]
    assert plan_drafts(at, only=()) == []


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The clients whose letters were written."""
    found: list[str] = []

    def counted(due: Plan, *, only: set[str]) -> list[Draft]:
        found.extend(only)
        return plan_drafts(due, only=only)

    monkeypatch.setattr(dunning, "plan_drafts", counted)
    return found


@pytest.mark.usefixtures("sample_company")
def test_to_count_the_drafts_writes_none_and_to_approve_them_writes_those(written: list[str]) -> None:
    at = screen("collections_page")
    assert len(written) == 1  # the one that is shown
    approve = button(at, "approve-all-")
    assert any(character.isdigit() for character in approve.label)
    approve.click().run()
    assert len(written) > 1
