"""Monday in five minutes: from opening the app to ten approved drafts, in few clicks, with one undo for all of them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from screens import AUTHOR, make_sample

from models.store import Store
from models.texts import Texts
from pipelines.collections.drafts import drafts
from pipelines.ledger import run_ledger
from pipelines.publishing.publish import run_import
from pipelines.sample import LAST_DAY

from .conftest import Server, Visit

pytestmark = pytest.mark.browser
FR = Texts("fr")
STEP_MS = 60_000
WANTED, MOST_CLICKS = 10, 12
#: Two clients more than the sample has ready on its last day, each with one late invoice.
MORE = "N° facture;Client;Email;Type de client;Date;Échéance;Montant TTC\n" + "".join(
    f"LUNDI-{n};Client du lundi {n};lundi{n}@example.org;professionnel;20/05/2026;19/06/2026;{n}00,00\n" for n in (1, 2)
)


class Clicks:
    """Clicks on the page, counted."""

    def __init__(self, seen: Visit) -> None:
        """Count from none."""
        self.seen, self.count = seen, 0

    def __call__(self, place: Locator) -> None:
        """Click as a person would, and wait until the page has answered."""
        expect(place).to_be_visible(timeout=STEP_MS)
        place.click()
        self.count += 1
        self.seen.ready()


def _database(server: Server) -> Path:
    """The file that the server will open for its first visitor."""
    return server.log.with_name(f"{server.url.rpartition(':')[2]}.duckdb")


def _ready(path: Path) -> int:
    with Store.open(path) as store:
        made = drafts(run_ledger(store), as_of=LAST_DAY)
    return sum(draft.held is None and draft.channel != "call" and bool(draft.body) for draft in made)


def test_ten_drafts_are_approved_in_at_most_twelve_clicks_and_undone_in_one(
    start_servers: Callable[[int], list[Server]], visit: Callable[[Server], Visit]
) -> None:
    (server,) = start_servers(1)
    path = _database(server)
    make_sample(path)
    with Store.open(path) as store:
        run_import(store, MORE.encode(), "lundi.csv", author=AUTHOR)
    ready = _ready(path)
    assert ready >= WANTED
    seen = visit(server)
    seen.open("")
    click = Clicks(seen)
    page = seen.page
    click(page.get_by_role("link", name=FR.t("Collections")).first)
    expect(page.get_by_text(FR.t("Subject")).first).to_be_visible(timeout=STEP_MS)  # the first draft is there to be read
    label = FR.plural("Approve {count} draft", "Approve {count} drafts", ready)
    click(page.get_by_role("button", name=label))
    done = FR.plural("{count} draft approved, ready to be sent.", "{count} drafts approved, ready to be sent.", ready)
    expect(page.get_by_text(done)).to_be_visible(timeout=STEP_MS)
    print(f"clicks: {click.count}, drafts approved: {ready}")
    assert click.count <= MOST_CLICKS
    click(page.get_by_role("button", name=FR.t("Undo"), exact=True))
    expect(page.get_by_text(FR.t("Undone: everything is as before."))).to_be_visible(timeout=STEP_MS)
    expect(page.get_by_role("button", name=label)).to_be_visible(timeout=STEP_MS)
