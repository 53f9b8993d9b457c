"""The web door from outside: what each answer carries, who may call, and what the browser is never given."""

import asyncio
import tomllib
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import PageHeaders

ROOT = Path(__file__).resolve().parents[1]
PAGE = b'<!DOCTYPE html><html lang="en"><body></body></html>'


def answer(kind: bytes, body: bytes, **asked: bytes) -> tuple[dict[bytes, bytes], bytes, list[bytes]]:
    """The headers and body of an answer as it leaves, and the names of the headers that the server behind saw."""
    sent: list[MutableMapping[str, Any]] = []
    seen: list[bytes] = []

    async def inner(scope: Any, _receive: Any, send: Any) -> None:
        seen.extend(name for name, _ in scope["headers"])
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"X-Content-Type-Options", b"none")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> None: ...

    scope = {"type": "http", "headers": [(name.replace("_", "-").encode(), value) for name, value in asked.items()]}
    with ThreadPoolExecutor(1) as pool:  # the browser of other tests may leave a loop running in this thread
        pool.submit(asyncio.run, PageHeaders(inner)(scope, receive, send)).result()
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert len(sent[0]["headers"]) == len(dict(sent[0]["headers"]))
    return dict(sent[0]["headers"]), sent[1]["body"], seen


def test_no_other_site_frames_a_page_and_no_browser_guesses_what_a_file_is() -> None:
    for kind, body in ((b"text/html; charset=utf-8", PAGE), (b"text/csv", b"a;b\r\n"), (b"application/json", b"{}")):
        headers, _, _ = answer(kind, body)
        assert headers[b"x-content-type-options"] == b"nosniff"
        assert headers[b"referrer-policy"] == b"no-referrer"
        assert headers[b"content-security-policy"] == b"frame-ancestors 'self'; object-src 'none'; base-uri 'self'"


def test_a_page_says_its_language_at_its_true_length_and_a_file_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCOURS_LANG", "fr")
    headers, body, seen = answer(b"text/html", PAGE, accept=b"text/html", accept_encoding=b"gzip")
    assert (b'<html lang="fr">' in body, int(headers[b"content-length"]), seen) == (True, len(body), [b"accept"])
    _, body, seen = answer(b"text/csv", PAGE, accept=b"*/*", accept_encoding=b"gzip")
    assert (body, seen) == (PAGE, [b"accept", b"accept-encoding"])


def test_the_server_listens_here_alone_tells_no_one_and_shows_no_trace() -> None:
    said = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    server, client = said["server"], said["client"]
    assert (server["address"], server["allowedHosts"]) == ("127.0.0.1", ["localhost", "127.0.0.1"])
    assert (server["enableXsrfProtection"], server["enableCORS"]) == (True, True)
    assert (server["enableStaticServing"], server["enableAgentApi"]) == (False, False)
    assert (client["showErrorDetails"], client["disableDataExport"]) == ("none", True)
    assert said["browser"]["gatherUsageStats"] is False


def test_a_fault_is_told_in_the_readers_language_and_its_words_stay_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: object) -> None:
        raise ValueError("FR7630006000011234567890189")

    monkeypatch.setattr("pages._ui.shell.run_shell", fail)
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    (said,) = [error.value for error in at.error]
    assert "Encours" in said
    assert "Réessayez" in unescape(said)
    assert not at.exception
    assert "FR76" not in str(at)
    assert "FR76" in caplog.text
