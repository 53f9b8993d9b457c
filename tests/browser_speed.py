"""Seconds of clicks in a real browser on a large company: python tests/browser_speed.py [INVOICES ...].

A server on a stored company (tests/large_store.py; 10000 and 100000 invoices by default), and Chromium on the same machine.
Each step is one click or one typed date, from the event in the page until the script has drawn all that it has to: a view is
opened beside others of the same date, then looked at as of dates that nobody asked for yet, for which every figure is worked
out anew. Beside it stands what of it the server took: from the browser's message to the last answer. The rest is the browser's
own. The clock, not the processor: whatever else the machine does is in it. It judges nothing.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from browser.conftest import FLAGS, READY, chromium, start_server, wait_for_server
from large_store import write_large
from playwright.sync_api import Page, sync_playwright

from models.texts import Texts

SIZES = (10_000, 100_000)
FR = Texts("fr")
QUIET_MS = 500
#: When the last event of a person came, when the browser last told the server and heard of it, and when the script last ended.
CLOCK = """
window.asked = 0; window.told = 0; window.heard = 0; window.ended = 0;
window.WebSocket = class extends WebSocket {
  constructor(...args) { super(...args); this.addEventListener("message", () => { window.heard = performance.now(); }); }
  send(data) { if (window.told < window.asked) window.told = performance.now(); super.send(data); }
};
for (const kind of ["click", "keydown"]) addEventListener(kind, () => { window.asked = performance.now(); }, true);
new MutationObserver(() => {
  const app = document.querySelector('[data-testid="stApp"]');
  const state = app && app.getAttribute("data-test-script-state");
  if (state === "notRunning" && window.state !== state) window.ended = performance.now();
  window.state = state;
}).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["data-test-script-state"]});
"""


def measured(page: Page, name: str, act: Callable[[], object]) -> None:
    """Print the seconds from the last event of what a person does until the script has ended for good, and the server's part."""
    page.wait_for_timeout(QUIET_MS)
    act()
    page.wait_for_function("window.ended > window.asked", timeout=120_000)
    seconds = -1.0
    while True:
        page.wait_for_timeout(QUIET_MS)
        page.wait_for_selector(READY, timeout=120_000)
        last = float(page.evaluate("(window.ended - window.asked) / 1000"))
        if last == seconds:
            break
        seconds = last
    of_server = float(page.evaluate("(window.heard - window.told) / 1000"))
    print(f"  {seconds:6.2f} {of_server:6.2f}  {name}", flush=True)


def pick_day(page: Page, typed: str) -> None:
    """Type the as-of date in the sidebar."""
    page.get_by_test_id("stSidebar").get_by_test_id("stDateInput").first.get_by_role("spinbutton").first.click()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")


def choose(page: Page, english: str) -> None:
    """Click one of the views."""
    page.get_by_role("radio", name=re.compile(f"^{re.escape(FR.t(english))}")).first.click()


def look(page: Page, url: str) -> None:
    """Take the steps of an accountant who goes back in time."""
    page.goto(f"{url}/creances?language=fr&as_of=2026-06-26")
    page.wait_for_selector(READY, timeout=120_000)
    page.wait_for_timeout(3_000)
    for english, days in (
        ("Movements", ("28042026", "27042026")),
        ("Month by month", ("26042026",)),
        ("Charts", ("25042026",)),
        ("Aged balance", ("30042026", "29042026")),
        ("Key figures", ("24042026", "23042026")),
    ):
        measured(page, f"{english}: opened", partial(choose, page, english))
        for day in days:
            measured(
                page, f"{english}: {day[:2]}/{day[2:4]}/{day[4:]}, a date not asked for before", partial(pick_day, page, day)
            )
    for english in ("Aged balance", "Key figures"):
        measured(page, f"{english}: opened again, nothing to work out", partial(choose, page, english))
    figure = page.get_by_role("button", name="DSO", exact=False).first
    measured(page, "Key figures: DSO opened", figure.click)
    measured(page, "DSO: another date", partial(pick_day, page, "22042026"))


def main() -> None:
    """Measure at each size."""
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("sizes", nargs="*", type=int, default=SIZES)
    for size in read.parse_args().sizes:
        with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
            path = Path(folder) / "large.duckdb"
            write_large(path, size)
            browser = playwright.chromium.launch(executable_path=chromium(playwright.chromium.executable_path), args=list(FLAGS))
            process, port, log = start_server(Path(folder), path)
            try:
                wait_for_server(process, port, log)
                page = browser.new_page(locale="fr-FR", viewport={"width": 1440, "height": 1000})
                page.add_init_script(CLOCK)
                print(f"{size} invoices, seconds in the page, of which the server's", flush=True)
                look(page, f"http://127.0.0.1:{port}")
            finally:
                process.terminate()
                process.wait(20)
                browser.close()


if __name__ == "__main__":
    main()
