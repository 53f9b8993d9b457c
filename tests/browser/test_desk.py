"""An accountant's closing in a real browser: 31/12, the DSO down to one payment, a provision, the FEC and a workbook."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Download, Page, Position, expect
from python_calamine import load_workbook
from screens import AUTHOR, make_sample

from models.store import Store
from models.texts import Texts
from pipelines.kpis import kpis
from pipelines.ledger import run_ledger
from pipelines.publishing.publish import run_import

from .conftest import Server, Visit

pytestmark = pytest.mark.browser
FR = Texts("fr")
STEP_MS = 60_000
CLOSING = date(2025, 12, 31)
#: One client more than the sample has, who had owed for five months at the closing.
OWED = (
    "N° facture;Client;Email;Type de client;Date;Échéance;Montant HT;TVA;Montant TTC\n"
    "CLOT-1;Client de la clôture;cloture@example.org;professionnel;01/07/2025;31/07/2025;1000,00;200,00;1200,00\n"
)
#: Where the first row of a table is ticked: the tables are drawn, not written.
FIRST_TICK: Position = {"x": 16, "y": 52}


def database(server: Server) -> Path:
    return server.log.with_name(f"{server.url.rpartition(':')[2]}.duckdb")


def pick_the_day(seen: Visit, typed: str) -> None:
    """Type the as-of date in the sidebar, as a person does."""
    first = seen.page.get_by_test_id("stSidebar").get_by_test_id("stDateInput").first.get_by_role("spinbutton").first
    first.click()
    seen.page.keyboard.type(typed)
    seen.page.keyboard.press("Enter")
    seen.ready()


def press(seen: Visit, name: str, *, exact: bool = False) -> None:
    place = seen.page.get_by_role("button", name=name, exact=exact).first
    expect(place).to_be_visible(timeout=STEP_MS)
    place.click()
    seen.ready()


def tick_first(seen: Visit, place: int = 0) -> None:
    """Tick the first row of the page's table number `place`."""
    table = seen.page.get_by_test_id("stDataFrame").nth(place)
    table.scroll_into_view_if_needed()
    table.click(position=FIRST_TICK)
    seen.ready()


def amount(page: Page, words: str) -> None:
    """These words are on the page; Chromium shows their spaces as they are written."""
    expect(page.get_by_text(words).first).to_be_visible(timeout=STEP_MS)


def saved(seen: Visit, name: str) -> tuple[str, bytes]:
    """What the download of that name brings."""
    place = seen.page.get_by_role("button", name=name).first
    expect(place).to_be_visible(timeout=STEP_MS)
    with seen.page.expect_download(timeout=STEP_MS) as waiting:
        place.click()
    download: Download = waiting.value
    return download.suggested_filename, Path(download.path()).read_bytes()


def export(seen: Visit, form: str) -> tuple[str, bytes]:
    """Export the year in that format, and take the file."""
    seen.open(f"exports?as_of={CLOSING}&format={form}")
    first_day = seen.page.get_by_test_id("stMain").get_by_test_id("stDateInput").first.get_by_role("spinbutton").first
    first_day.click()
    seen.page.keyboard.type("01012025")
    seen.page.keyboard.press("Enter")
    seen.ready()
    press(seen, FR.t("Export"), exact=True)
    return saved(seen, FR.t("Download no. {number}", number="").strip())


def test_a_closing_from_the_dso_to_the_files(
    start_servers: Callable[[int], list[Server]], visit: Callable[[Server], Visit]
) -> None:
    (server,) = start_servers(1)
    make_sample(database(server))
    with Store.open(database(server)) as store:
        run_import(store, OWED.encode(), "cloture.csv", author=AUTHOR)
        figures = kpis(run_ledger(store), as_of=CLOSING)
    seen = visit(server)
    page = seen.page
    seen.open("creances?view=indicators")
    pick_the_day(seen, "31122025")
    amount(page, FR.date(CLOSING)[-10:])

    seen.open(f"creances?view=indicators&figure=dso&operand=sales&as_of={CLOSING}")
    amount(page, FR.days(figures.dso))
    amount(page, FR.money(figures.sales))
    tick_first(seen)
    expect(page.get_by_text(FR.t("Open the client’s page"))).to_be_visible(timeout=STEP_MS)

    seen.open(f"cloture?view=doubtful&as_of={CLOSING}")
    tick_first(seen)
    press(seen, FR.t("Mark {count} as doubtful", count="1"))
    amount(page, FR.plural("{count} invoice marked doubtful.", "{count} invoices marked doubtful.", 1))

    name, fec = export(seen, "fec")
    lines = fec.decode("utf-8-sig").splitlines()
    assert lines[0].split("\t")[:3] == ["JournalCode", "JournalLib", "EcritureNum"]
    accounts = {line.split("\t")[4] for line in lines[1:]}
    assert {"411000", "416000", "491000", "681740"} <= accounts
    assert any("CLOT-1" in line and line.split("\t")[4] == "416000" for line in lines[1:])
    name, content = export(seen, "xlsx")
    assert name.endswith(".xlsx")
    rows = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert len(rows) >= len(lines)
