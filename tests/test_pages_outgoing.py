"""Drafts on screen: approved, changed, sent through a mail server, recorded; and the company's own letters."""

from dataclasses import replace

import pytest
from mail_server import Post, post_office
from screens import AUTHOR, button, has_button, healthy, screen, select_row, store, words
from test_pages_collections import place_of, ready

from models.policy_write import policy_text
from models.texts import Texts
from pipelines.collections.letters import shipped
from pipelines.collections.outbox import outbox
from pipelines.collections.policies import save_policy
from pipelines.decisions import set_settings
from pipelines.ledger import run_ledger

FR = Texts("fr")


def state_of(client_id: str) -> list[str]:
    rows = outbox(run_ledger(store()), as_of=AUTHOR.today)
    return [state for owner, state in rows.select("client_id", "state").iter_rows() if owner == client_id]


def through(post: Post) -> None:
    """Let the company send through that server."""
    values = {"smtp_host": post.server.host, "smtp_port": str(post.server.port)}
    set_settings(store(), values, author=AUTHOR)


@pytest.mark.usefixtures("sample_company")
def test_a_draft_is_approved_changed_withdrawn_and_recorded() -> None:
    client_id = ready("email")
    at = select_row(screen("collections_page"), "worklist", lambda _: place_of(client_id))
    button(at, f"approve-{client_id}").click()
    healthy(at.run())
    assert state_of(client_id) == ["approved"]
    at = select_row(screen("collections_page"), "worklist", lambda _: place_of(client_id))
    assert FR.t("Approved") in words(at)
    assert not has_button(at, f"approve-{client_id}")
    assert not has_button(at, f"send-{client_id}")  # no mail server is set
    button(at, f"withdraw-{client_id}").click()
    healthy(at.run())
    assert state_of(client_id) == ["dropped"]
    at = select_row(screen("collections_page"), "worklist", lambda _: place_of(client_id))
    next(toggle for toggle in at.toggle if (toggle.key or "").startswith(f"edit-{client_id}")).set_value(True)
    healthy(at.run())
    next(area for area in at.text_area if (area.value or "").startswith("Bonjour")).set_value("Bonjour,\n\nMes propres mots.")
    next(b for b in at.button if b.label == FR.t("Approve this text")).click()
    healthy(at.run())
    kept = outbox(run_ledger(store()), as_of=AUTHOR.today).row(0, named=True)
    assert (kept["state"], kept["body"]) == ("approved", "Bonjour,\n\nMes propres mots.\n")
    at = select_row(screen("collections_page"), "worklist", lambda _: place_of(client_id))
    assert "Mes propres mots." in "".join(element.value for element in at.text)
    button(at, f"sent-{client_id}").click()
    healthy(at.run())
    assert state_of(client_id) == ["sent"]


@pytest.mark.usefixtures("sample_company")
def test_a_step_that_needs_no_approval_is_ready_to_send_but_a_person_sends_it_once() -> None:
    client_id = ready("email")
    policy = run_ledger(store()).policy
    free = tuple(
        replace(scenario, steps=tuple(replace(step, needs_approval=step.after_reminder) for step in scenario.steps))
        for scenario in policy.scenarios
    )
    save_policy(store(), policy_text(replace(policy, scenarios=free)), author=AUTHOR)
    with post_office() as post:
        through(post)
        tabs = [select_row(screen("collections_page"), "worklist", lambda _: place_of(client_id)) for _ in range(2)]
        assert FR.t("Ready to send") in words(tabs[0])
        assert not has_button(tabs[0], f"approve-{client_id}")
        assert post.taken == []
        for tab in tabs:
            button(tab, f"send-{client_id}").click()
            healthy(tab.run())
    assert len(post.taken) == 1
    assert state_of(client_id) == ["sent"]


@pytest.mark.usefixtures("sample_company")
def test_a_server_that_cannot_be_reached_is_told_in_words_and_the_draft_can_be_sent_again() -> None:
    client_id = ready("email")
    with post_office() as post:
        through(post)
    at = select_row(screen("collections_page"), "worklist", lambda _: place_of(client_id))
    button(at, f"approve-{client_id}").click()
    healthy(at.run())
    at = select_row(screen("collections_page"), "worklist", lambda _: place_of(client_id))
    button(at, f"send-{client_id}").click()
    healthy(at.run())
    assert FR.t("Nothing answers on that port.") in words(at)
    assert "ConnectionRefusedError" not in words(at)
    assert state_of(client_id) == ["failed"]


@pytest.mark.usefixtures("sample_company")
def test_an_approved_draft_is_sent_through_the_mail_server_once() -> None:
    client_id = ready("email")
    with post_office() as post:
        through(post)
        at = select_row(screen("collections_page"), "worklist", lambda _: place_of(client_id))
        assert not has_button(at, f"send-{client_id}")
        button(at, f"approve-{client_id}").click()
        healthy(at.run())
        tabs = [select_row(screen("collections_page"), "worklist", lambda _: place_of(client_id)) for _ in range(2)]
        for tab in tabs:
            button(tab, f"send-{client_id}").click()
            healthy(tab.run())
    assert len(post.taken) == 1
    assert b"X-Unsent" not in post.taken[0]
    assert b"Message-ID: <" in post.taken[0]
    assert state_of(client_id) == ["sent"]


@pytest.mark.usefixtures("sample_company")
def test_an_uncertain_delivery_asks_the_person() -> None:
    client_id = ready("email")
    with post_office() as post:
        through(post)
        post.breaks = "after_data"
        at = select_row(screen("collections_page"), "worklist", lambda _: place_of(client_id))
        button(at, f"approve-{client_id}").click()
        healthy(at.run())
        at = select_row(screen("collections_page"), "worklist", lambda _: place_of(client_id))
        button(at, f"send-{client_id}").click()
        healthy(at.run())
    assert state_of(client_id) == ["unknown"]
    at = select_row(screen("collections_page"), "worklist", lambda _: place_of(client_id))
    assert FR.t("Delivery uncertain") in words(at)
    assert not has_button(at, f"send-{client_id}")
    button(at, f"left-{client_id}").click()
    healthy(at.run())
    assert state_of(client_id) == ["sent"]


@pytest.mark.usefixtures("sample_company")
def test_a_letter_is_changed_seen_saved_and_given_back() -> None:
    at = screen("settings_page")
    at.selectbox(key="letter-name").set_value("R1")
    healthy(at.run())
    own = "subject: Bonjour\n---\n{{ nom }}\n"
    area = next(area for area in at.text_area if (area.key or "").startswith("letter-R1-fr"))
    area.set_value(own)
    healthy(at.run())
    assert FR.t("Line {line}: there is no field “{word}”.", line=3, word="nom") in words(at)
    button(at, "save-letter").click()
    healthy(at.run())
    assert run_ledger(store()).templates.is_empty()
    next(area for area in at.text_area if (area.key or "").startswith("letter-R1-fr")).set_value(own.replace("nom", "client"))
    healthy(at.run())
    button(at, "save-letter").click()
    healthy(at.run())
    assert run_ledger(store()).templates["text"].to_list() == ["subject: Bonjour\n---\n{{ client }}\n"]
    at = screen("settings_page")
    at.selectbox(key="letter-name").set_value("R1")
    healthy(at.run())
    button(at, "restore-letter").click()
    healthy(at.run())
    assert run_ledger(store()).templates.is_empty()
    at = screen("settings_page")
    at.selectbox(key="letter-name").set_value("R1")
    healthy(at.run())
    assert next(a for a in at.text_area if (a.key or "").startswith("letter-R1-fr")).value == shipped("fr")["R1"]
