"""An accountant's closing in a real browser: 31/12, the DSO down to one payment, a provision, the FEC and a workbook."""

import io
import os
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fec_checker import faults
from playwright.sync_api import Download, Locator, Page, Position, expect
from python_calamine import load_workbook
from screens import AUTHOR, make_sample

from models.store import Store
from models.texts import Texts
from pipelines.kpis import Kpis, kpis
from pipelines.ledger import Ledger, run_ledger
from pipelines.publishing.publish import run_import
from pipelines.receivables import sales_documents
from pipelines.reconcile.listing import listed_allocations

from .conftest import Server, Visit

#: A closing goes through eight screens: it takes over a minute, and longer on a busy machine.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]
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
    seen.page.wait_for_url(f"**as_of={typed[4:]}-{typed[2:4]}-{typed[:2]}**", timeout=STEP_MS)  # Enter alone is enough
    seen.ready()


def check_empty_day(seen: Visit) -> None:
    """The date that is not chosen asks for its parts in French."""
    empty = seen.page.get_by_test_id("stSidebar").locator("[data-type=year][data-placeholder]")
    expect(empty).to_be_visible(timeout=STEP_MS)
    assert empty.evaluate("part => getComputedStyle(part, '::after').content") == '"aaaa"'


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


def picture(seen: Visit, name: str) -> None:
    """Keep how the step looks, where ENCOURS_PICTURES names a folder."""
    if folder := os.environ.get("ENCOURS_PICTURES"):
        seen.page.screenshot(path=Path(folder) / f"{name}.png")


def cell(page: Page, words: str) -> Locator:
    """The cell of a table that says these words: what is drawn, as a screen reader has it."""
    return page.locator("canvas [role=gridcell]", has_text=words).first


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


def export(seen: Visit, form: str, number: int) -> tuple[str, bytes]:
    """Export the year in that format, and take the file of that export, once it is listed."""
    seen.open(f"exports?as_of={CLOSING}&format={form}")
    first_day = seen.page.get_by_test_id("stMain").get_by_test_id("stDateInput").first.get_by_role("spinbutton").first
    first_day.click()
    seen.page.keyboard.type("01012025")
    seen.page.keyboard.press("Enter")
    seen.ready()
    press(seen, FR.t("Export"), exact=True)
    return saved(seen, FR.t("Download no. {number}", number=number))


def one_payment(ledger: Ledger) -> dict[str, Any]:
    """An invoice sold in the year before the closing, and the bank line that paid it whole, with its label."""
    given = listed_allocations(ledger, as_of=CLOSING).filter((pl.col("source") == "bank") & pl.col("reversed_on").is_null())
    sold = sales_documents(ledger, as_of=CLOSING).filter(pl.col("issue_date") > date(2025, 11, 1)).select("document_id", "amount")
    lines = ledger.lines.select("label", source_id="line_id")
    paid = given.join(sold, on=["document_id", "amount"], how="semi").join(lines, on="source_id", how="inner", validate="m:1")
    return paid.sort("invoice_number").row(0, named=True)


def drill_to_a_payment(seen: Visit, figures: Kpis, payment: Mapping[str, Any]) -> None:
    """From the DSO to its sales, to one invoice among them, to the line of the bank that paid it."""
    page = seen.page
    page.locator(".st-key-open-dso button").click()
    seen.ready()
    amount(page, FR.days(figures.dso))
    amount(page, FR.money(figures.sales))
    picture(seen, "2-dso")
    page.get_by_text(f"{FR.t('Sales incl. VAT')}{FR.t(': ')}{FR.money(figures.sales)}", exact=True).first.click()
    seen.ready()
    search = page.get_by_placeholder(FR.t("Search")).first
    search.fill(payment["invoice_number"])
    search.press("Enter")
    seen.ready()
    tick_first(seen)
    expect(page.get_by_text(FR.t("Open the client’s page"))).to_be_visible(timeout=STEP_MS)
    paid = page.get_by_text(FR.t("Payments and credits of {number}", number=payment["invoice_number"])).first
    paid.scroll_into_view_if_needed(timeout=STEP_MS)
    expect(cell(page, payment["label"])).to_be_attached(timeout=STEP_MS)
    expect(cell(page, payment["date"].isoformat())).to_be_attached(timeout=STEP_MS)
    picture(seen, "3-payment")


def come_back(seen: Visit) -> None:
    """The browser's back button shows the view that the address says again, and marks it."""
    seen.page.get_by_role("radio", name=FR.t("Movements"), exact=True).click()
    seen.ready()
    expect(seen.page.get_by_text(FR.t("What is behind"))).to_be_visible(timeout=STEP_MS)
    seen.page.go_back()
    for name in (FR.t("Key figures"), "Français"):
        expect(seen.page.get_by_role("radio", name=name, exact=True)).to_be_checked(timeout=STEP_MS)
    amount(seen.page, FR.t("What moved it"))
    seen.ready()


def test_a_closing_from_the_dso_to_the_files(
    start_servers: Callable[[int], list[Server]], visit: Callable[[Server], Visit]
) -> None:
    (server,) = start_servers(1)
    make_sample(database(server))
    with Store.open(database(server)) as store:
        run_import(store, OWED.encode(), "cloture.csv", author=AUTHOR)
        ledger = run_ledger(store)
        figures, payment = kpis(ledger, as_of=CLOSING), one_payment(ledger)
    seen = visit(server)
    page = seen.page
    seen.open("creances?view=indicators")
    check_empty_day(seen)
    pick_the_day(seen, "31122025")
    seen.page.keyboard.press("Escape")
    amount(page, FR.weekday_date(CLOSING))
    picture(seen, "1-indicators")
    drill_to_a_payment(seen, figures, payment)
    come_back(seen)

    seen.open(f"cloture?view=doubtful&as_of={CLOSING}")
    picture(seen, "4-proposed")
    tick_first(seen)
    press(seen, FR.t("Mark {count} as doubtful", count="1"))
    amount(page, FR.plural("{count} invoice marked doubtful.", "{count} invoices marked doubtful.", 1))
    amount(page, FR.money(Decimal("250.00")))  # 153 days late: a quarter of what is owed without VAT
    picture(seen, "5-decided")

    name, fec = export(seen, "fec", 1)
    picture(seen, "6-exported")
    assert name == "999000011FEC20251231.txt"
    assert faults(fec, name, is_whole=False) == []
    lines = fec.decode().splitlines()
    accounts = {line.split("\t")[4] for line in lines[1:]}
    assert {"411000", "416000", "491000", "681740"} <= accounts
    assert any("CLOT-1" in line and line.split("\t")[4] == "416000" for line in lines[1:])
    name, content = export(seen, "xlsx", 2)
    picture(seen, "7-workbook")
    assert name == "ecritures-xlsx-20250101-20251231.xlsx"
    rows = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert len(rows) == len(lines)
