"""The web door: run by `encours run`. As a module it is the ASGI application; as the script, one rerun of a user.

A page's address always comes through here, so that no page runs without the store, the date and the language.
"""

import logging
import os
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, date, datetime
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from streamlit.runtime.pages_manager import PagesManager

Message = MutableMapping[str, Any]
#: Inline, since a named icon would make the browser fetch it from another host.
_ICON = (
    '<svg viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#0B5CAD"/>'
    '<path d="M5 17V11h3v6zm5.5 0V7h3v10zM16 17v-4h3v4z" fill="#FFFFFF"/></svg>'
)
#: In pixels: tables need the room more than the navigation does.
_SIDEBAR = 256
_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"content-security-policy": b"frame-ancestors 'self'; object-src 'none'; base-uri 'self'",
}


class PageHeaders:
    """Adds security headers to every answer, and says in the page which language it is written in."""

    def __init__(self, inner: Callable[..., Awaitable[None]]) -> None:
        """Wrap an ASGI application."""
        self.inner = inner

    async def __call__(self, scope: Message, receive: Callable[..., Any], send: Callable[[Message], Awaitable[None]]) -> None:
        """Pass a request on, and its answer back with the headers; Streamlit's page says lang="en" whatever it shows."""
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        if any(k == b"accept" and b"text/html" in v for k, v in scope["headers"]):
            # A compressed page could not be mended.
            scope = {**scope, "headers": [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]}
        held: Message | None = None

        async def mend(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                headers = [(k, v) for k, v in message["headers"] if k.lower() not in _HEADERS]
                message = {**message, "headers": [*headers, *_HEADERS.items()]}
                if dict(headers).get(b"content-type", b"").startswith(b"text/html"):
                    held = message
                    return
            elif held is not None and message["type"] == "http.response.body":
                language = os.environ.get("ENCOURS_LANG", "fr").encode()
                body = message.get("body", b"").replace(b'<html lang="en">', b'<html lang="' + language + b'">')
                length = str(len(body)).encode()
                held["headers"] = [(k, length if k == b"content-length" else v) for k, v in held["headers"]]
                await send(held)
                held, message = None, {**message, "body": body}
            await send(message)

        await self.inner(scope, receive, mend)


async def health(_request: Request) -> JSONResponse:
    """Whether the database answers, without a word about what is in it."""
    from pages._ui.companies import folder
    from pages._ui.open_stores import open_store
    from pages._ui.session import database_path

    try:
        if (dossiers := folder()) is None:
            open_store(database_path()).query("SELECT 1")
        else:  # any of them may be open elsewhere: the others are well
            list(dossiers.iterdir())
    except Exception:  # noqa: BLE001 -- whatever is wrong, the answer is "not well"
        return JSONResponse({"status": "error"}, status_code=503)
    return JSONResponse({"status": "ok"})


def main() -> None:
    """One rerun: page settings, store, date and language pickers, navigation."""
    from models.errors import AppError
    from models.texts import Texts
    from pages._ui.shell import run_shell
    from pages._ui.words import md

    st.set_page_config(page_title="Encours", page_icon=_ICON, layout="wide", initial_sidebar_state=_SIDEBAR)
    texts = Texts(st.session_state.get("language", os.environ.get("ENCOURS_LANG", "fr")))
    try:
        run_shell(today=date.today(), now=datetime.now(UTC))  # noqa: DTZ011 -- the user's calendar day
    except AppError as error:
        st.error(md(texts.t(error.template, **error.fields)), icon=":material/error:")
    except Exception:
        # Streamlit's own words for a fault of ours are English, and of another place; the trace goes to the log alone.
        logging.getLogger("encours").exception("A screen failed")
        said = texts.t(
            "This screen met an error, by a fault of Encours. What is stored is sound: each change is kept whole or not at all. "
            "Try again; if it comes back, the window in which Encours runs says where it comes from."
        )
        st.error(md(said), icon=":material/error:")


if __name__ == "__main__":
    main()
else:
    # Without this, the first visitor after a start is served from the folder pages/ itself: its files are no scripts.
    PagesManager.uses_pages_directory = False
    from pages._ui.open_stores import making_copies

    app = st.App(__file__, lifespan=making_copies, routes=[Route("/healthz", health)], middleware=[Middleware(PageHeaders)])
