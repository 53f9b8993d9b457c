"""The main job in a real browser, without the terminal: import, reconcile, review, drafts; and every deep address."""

from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models.texts import Texts

from .conftest import Server, Visit

pytestmark = pytest.mark.browser
SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
FILES = ("factures.csv", "banque_courant.ofx", "banque_livret.csv")
FR, EN = Texts("fr"), Texts("en")
#: Addresses that are also names of files in pages/, and others.
TITLES = {"client": "Client", "imports": "Imports", "relances": "Collections", "reglages": "Settings"}
#: The home screen's other address, the dossiers where there is no folder of them, and one that names nothing.
OTHERS = {"accueil?language=fr": "Welcome to Encours", "dossiers": "Dossiers", "nulle-part": "Unknown address"}
Start = Callable[[int], list[Server]]
Visiting = Callable[[Server], Visit]
STEP_MS = 30_000


@pytest.fixture(scope="module")
def fresh_servers(start_servers: Start) -> dict[str, Server]:
    """A server per address, which nobody has visited yet."""
    return dict(zip(TITLES, start_servers(len(TITLES)), strict=True))


def heading(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible(timeout=STEP_MS)


def press(seen: Visit, name: str) -> None:
    seen.page.get_by_role("button", name=name).first.click()
    seen.ready()


def drop_the_sample(seen: Visit) -> None:
    seen.open("imports")
    with seen.page.expect_file_chooser() as chooser:
        seen.page.get_by_test_id("stFileUploaderDropzone").click()
    chooser.value.set_files([str(SAMPLE / name) for name in FILES])
    expect(seen.page.get_by_text(FILES[2], exact=True).last).to_be_visible(timeout=STEP_MS)
    seen.ready()


def test_from_files_to_a_draft_without_the_terminal(start_servers: Start, visit: Visiting) -> None:
    seen = visit(start_servers(1)[0])
    page = seen.page
    drop_the_sample(seen)
    press(seen, FR.t("Import"))
    expect(page.get_by_text(FR.t("Imported:")).first).to_be_visible(timeout=STEP_MS)
    seen.ready()

    press(seen, FR.t("Go to the reconciliation"))
    heading(page, FR.t("Reconciliation"))
    page.get_by_role("button", name=FR.t("Accept")).first.click()
    expect(page.get_by_role("button", name=FR.t("Undo")).first).to_be_visible(timeout=STEP_MS)
    seen.ready()

    page.get_by_role("link", name=FR.t("Collections")).click()
    heading(page, FR.t("Collections"))
    seen.ready()
    # The sample ends in June 2026: on its last day the statements are fresh and a first e-mail is ready.
    seen.open("relances?as_of=2026-06-26")
    seen.page.get_by_test_id("stButtonGroup").get_by_text(FR.t("E-mail")).click()
    seen.ready()
    messages = page.get_by_role("button", name=FR.t("Download the message (.eml)"))
    expect(messages.first).to_be_visible(timeout=STEP_MS)
    with page.expect_download() as download:
        messages.first.click()
    message = message_from_bytes(Path(download.value.path()).read_bytes(), policy=default)
    assert download.value.suggested_filename.endswith(".eml")
    assert message["X-Unsent"] == "1"
    assert len(message["To"].addresses) == 1
    assert message["Cc"] is None
    assert message["Bcc"] is None
    assert page.locator("html").get_attribute("lang") == "fr"


@pytest.mark.parametrize("address", sorted(TITLES))
def test_a_deep_address_opened_first_goes_through_the_door(
    address: str, fresh_servers: dict[str, Server], visit: Visiting
) -> None:
    seen = visit(fresh_servers[address])
    seen.open(address)
    heading(seen.page, FR.t(TITLES[address]))
    # Streamlit says "Page not found" in a dialog where it looked for the address in the folder of the pages.
    expect(seen.page.get_by_role("dialog")).to_have_count(0)
    sidebar = seen.page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_text(FR.t("As of"), exact=True)).to_be_visible()
    expect(sidebar.get_by_text("English", exact=True)).to_be_visible()


def test_an_address_that_names_no_screen_is_told_in_the_readers_language(
    fresh_servers: dict[str, Server], visit: Visiting
) -> None:
    seen = visit(fresh_servers["client"])
    for address, title in OTHERS.items():
        seen.open(address)
        heading(seen.page, FR.t(title))
        expect(seen.page.get_by_role("dialog")).to_have_count(0)
    press(seen, FR.t("Home"))
    heading(seen.page, FR.t(OTHERS["accueil?language=fr"]))


def test_a_foreign_name_for_this_machine_opens_no_session(fresh_servers: dict[str, Server]) -> None:
    server = fresh_servers["client"]
    assert [server.handshake(host, host) for host in ("127.0.0.1", "localhost", "rebind.example")] == [101, 101, 403]


def test_the_switch_shows_the_screen_in_english(fresh_servers: dict[str, Server], visit: Visiting) -> None:
    seen = visit(fresh_servers["reglages"])
    seen.open("reglages")
    heading(seen.page, FR.t("Settings"))
    seen.page.get_by_test_id("stSidebar").get_by_text("English", exact=True).click()
    heading(seen.page, EN.t("Settings"))
    expect(seen.page.get_by_test_id("stBaseButton-primaryFormSubmit")).to_contain_text(EN.t("Save"))
