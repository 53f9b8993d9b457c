"""The receipts of the sample settled by keyboard alone: every key does what its button says, and the figures follow."""

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models.texts import Texts

from .conftest import Server, Visit

pytestmark = pytest.mark.browser
SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
FILES = ("factures.csv", "banque_courant.ofx", "banque_livret.csv")
FR = Texts("fr")
STEP_MS = 60_000
MOST_KEYS = 120
TRIES = 4
Start = Callable[[int], list[Server]]
Visiting = Callable[[Server], Visit]


def import_the_sample(seen: Visit) -> None:
    seen.open("imports")
    with seen.page.expect_file_chooser() as chooser:
        seen.page.get_by_test_id("stFileUploaderDropzone").click()
    chooser.value.set_files([str(SAMPLE / name) for name in FILES])
    expect(seen.page.get_by_text(FILES[2], exact=True).last).to_be_visible(timeout=STEP_MS)
    seen.ready()
    seen.page.get_by_role("button", name=FR.t("Import")).first.click()
    expect(seen.page.get_by_text(FR.t("Imported:")).first).to_be_visible(timeout=STEP_MS)
    seen.ready()


def press(seen: Visit, *keys: str) -> None:
    for key in keys:
        seen.press(key)


def decide(seen: Visit, *keys: str) -> None:
    """Press keys that settle a receipt, and wait until the progress tells it."""
    said = seen.page.get_by_test_id("stProgress")
    before = said.inner_text()
    for _ in range(TRIES):
        press(seen, *keys[:-1])
        seen.strike(keys[-1])
        with contextlib.suppress(AssertionError):  # the key came before its button was there: a person presses it again
            expect(said).not_to_have_text(before, timeout=STEP_MS / TRIES)
            break
    expect(said).not_to_have_text(before)
    seen.ready()


def by_hand(seen: Visit, *keys: str) -> None:
    """Open the search, which has the keyboard once it shows what it found, and press keys from there."""
    seen.press("m")
    dialog = seen.page.get_by_test_id("stDialog")
    expect(dialog.get_by_test_id("stCheckbox").first).to_be_visible()
    seen.ready()
    expect(dialog.get_by_test_id("stTextInputField")).to_be_focused()
    for key in keys:
        seen.page.keyboard.press(key)


def progress(page: Page) -> tuple[int, int]:
    """How many receipts are settled, and how many there are."""
    said = page.get_by_test_id("stProgress").inner_text()
    settled, receipts = re.findall(r"\d+", said)[:2]
    return int(settled), int(receipts)


def receivables(seen: Visit) -> str:
    """What clients owe, as the home screen says."""
    seen.open("")
    return seen.page.get_by_test_id("stMetric").filter(has_text=FR.t("Receivables (net)")).inner_text()


def is_there(page: Page, name: str) -> bool:
    return page.get_by_role("button", name=FR.t(name)).count() > 0


@pytest.mark.timeout(600)
def test_every_receipt_of_the_sample_is_settled_by_keyboard_alone(start_servers: Start, visit: Visiting) -> None:
    seen = visit(start_servers(1)[0])
    page = seen.page
    import_the_sample(seen)
    owed = receivables(seen)
    seen.open("rapprochement")
    settled, receipts = progress(page)
    assert receipts - settled >= 10, "the sample leaves more than a month to a person"

    press(seen, "n", "p")
    decide(seen, "a")
    assert progress(page)[0] > settled
    decide(seen, "z")
    expect(page.get_by_text(FR.t("Undone: everything is as before."))).to_be_visible()
    assert progress(page) == (settled, receipts)

    # By hand: the search lies over the page, letters are typed there and nothing else happens.
    by_hand(seen)
    page.keyboard.type("fact", delay=60)
    expect(page.get_by_test_id("stDialog").get_by_test_id("stCheckbox").first).to_be_visible()
    page.wait_for_timeout(600)
    seen.press("Escape")
    expect(page.get_by_test_id("stDialog")).to_have_count(0)
    assert progress(page) == (settled, receipts)
    by_hand(seen, "Tab", "Space")
    expect(page.get_by_test_id("stDialog").get_by_text(FR.t("Difference"))).to_be_visible()
    decide(seen, "Control+Enter")
    expect(page.get_by_test_id("stDialog")).to_have_count(0)
    assert progress(page)[0] > settled

    for _ in range(MOST_KEYS):
        if page.get_by_text(FR.t("Every receipt is settled.")).count():
            break
        if is_there(page, "Accept"):
            decide(seen, "a")
        else:
            decide(seen, "h", "0")
    expect(page.get_by_text(FR.t("Every receipt is settled."))).to_be_visible()
    done, of = progress(page)
    assert done == of
    assert of <= receipts
    assert FR.percent(100) in page.get_by_test_id("stProgress").inner_text()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert receivables(seen) != owed
