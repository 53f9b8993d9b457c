"""A real server on a database of its own, and a real Chromium that looks at it."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright
from playwright.sync_api import TimeoutError as TooSlow

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 40
READY = '[data-testid="stApp"][data-test-script-state="notRunning"]'
WAIT_MS = 60_000
ANSWER_MS = 15_000
PRESSES = 3
# Counts how often the script has begun to run: a key that was pressed has been heard when the count has risen.
COUNT_RUNS = """
window.encoursRuns = 0;
new MutationObserver(() => {
  const app = document.querySelector('[data-testid="stApp"]');
  const state = app && app.getAttribute("data-test-script-state");
  if (state !== window.encoursState && state !== "notRunning") window.encoursRuns += 1;
  window.encoursState = state;
}).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["data-test-script-state"]});
"""
expect.set_options(timeout=WAIT_MS)


@dataclass
class Server:
    """A running server: its address, and what it wrote."""

    url: str
    log: Path

    def handshake(self, host: str, origin: str) -> int:
        """The status of the answer to a browser that comes from `origin` and takes this server for `host`."""
        address = self.url.removeprefix("http://")
        asking = HTTPConnection(address, timeout=10)
        asking.putrequest("GET", "/_stcore/stream", skip_host=True)
        port = address.rpartition(":")[2]
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        said = {"Host": f"{host}:{port}", "Origin": f"http://{origin}:{port}", "Sec-WebSocket-Version": "13", **upgrade}
        for name, value in said.items():
            asking.putheader(name, value)
        asking.endheaders()
        try:
            return asking.getresponse().status
        finally:
            asking.close()


@dataclass
class Visit:
    """A page of a browser, and the hosts that it called."""

    page: Page
    url: str
    hosts: set[str]

    def ready(self) -> None:
        """Wait until the script has run."""
        self.page.wait_for_selector(READY, timeout=WAIT_MS)
        self.page.wait_for_timeout(300)
        self.page.wait_for_selector(READY, timeout=WAIT_MS)

    def press(self, key: str) -> None:
        """Press a key that a button answers to, and wait until the script that it starts has run."""
        self.strike(key)
        self.ready()

    def strike(self, key: str) -> None:
        """Press a key that a button answers to, and wait until the script that it starts has begun.

        A key that came before its button was on the screen starts nothing: as a person would, it is pressed again.
        """
        before = self.page.evaluate("window.encoursRuns")
        for _ in range(PRESSES):
            self.page.keyboard.press(key)
            with contextlib.suppress(TooSlow):
                self.page.wait_for_function("before => window.encoursRuns > before", arg=before, timeout=ANSWER_MS)
                break

    def open(self, address: str) -> None:
        """Go to an address and wait for the page."""
        self.page.goto(f"{self.url}/{address}")
        self.ready()


def chromium(own: str) -> str | None:
    """Where the system's Chromium is, or Playwright's own where that was installed."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return next((path for path in (*found, "/usr/bin/chromium", own) if path and Path(path).exists()), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all the tests."""
    with sync_playwright() as playwright:
        path = chromium(playwright.chromium.executable_path)
        if path is None:
            pytest.skip("no Chromium on this system: install the package chromium")
        opened = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A French reader in Paris; its cache is shared by the tests."""
    opened = browser.new_context(
        locale="fr-FR", timezone_id="Europe/Paris", viewport={"width": 1400, "height": 1400}, accept_downloads=True
    )
    opened.add_init_script(COUNT_RUNS)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def start_servers(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], list[Server]]]:
    """Start so many servers at once, each on an empty database; they end with the tests."""
    del browser  # without one there is nothing to serve: skip before starting anything
    folder = tmp_path_factory.mktemp("servers")
    running: list[subprocess.Popen[bytes]] = []

    def start_all(count: int) -> list[Server]:
        started = [start_server(folder) for _ in range(count)]
        running.extend(process for process, _, _ in started)
        for process, port, log in started:
            wait_for_server(process, port, log)
        return [Server(f"http://127.0.0.1:{port}", log) for _, port, log in started]

    yield start_all
    for process in running:
        process.terminate()
        process.wait(20)


def start_server(folder: Path, database: Path | None = None) -> tuple[subprocess.Popen[bytes], int, Path]:
    """A server of a database, by default an empty one of its own in that folder: its process, its port and its log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / f"server-{port}.log"
    environment = {**os.environ, "ENCOURS_DB": str(database or folder / f"{port}.duckdb")}
    options = {"port": port, "address": "127.0.0.1", "headless": "true", "fileWatcherType": "none"}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--browser.gatherUsageStats=false"]
    command += [f"--server.{name}={value}" for name, value in options.items()]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
    return process, port, log


def wait_for_server(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until the server answers, or its log says why it does not."""
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as answer:
                if answer.read() == b"ok":
                    return
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                process.kill()
                pytest.fail(f"the server did not start:\n{log.read_text('utf-8', 'replace')}")
            time.sleep(0.05)


@pytest.fixture
def visit(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Callable[[Server], Visit]]:
    """Visit servers; afterwards no page may have called another host, and a failure shows the servers' logs."""
    visits: list[tuple[Visit, Server]] = []
    failed_before = request.session.testsfailed

    def make(server: Server) -> Visit:
        made = Visit(context.new_page(), server.url, set())

        def note(call: Request) -> None:
            if call.url.startswith(("http", "ws")):
                made.hosts.add(call.url.split("/")[2].rsplit(":", 1)[0])

        made.page.on("request", note)
        made.page.on("websocket", lambda socket: made.hosts.add(socket.url.split("/")[2].rsplit(":", 1)[0]))
        visits.append((made, server))
        return made

    yield make
    for made, server in visits:
        made.page.close()
        if request.session.testsfailed > failed_before:
            sys.stderr.write(server.log.read_text("utf-8", "replace"))
        assert made.hosts == {"127.0.0.1"}
