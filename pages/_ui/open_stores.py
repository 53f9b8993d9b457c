"""The databases that this server has open: one store per file, closed again once nobody has used it for a while."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import streamlit as st

from models.errors import AppError
from models.store import Store
from pipelines.backups.asking import answer_requests

#: A dossier that no reader has looked at for so long is closed, so that commands can open it.
IDLE = timedelta(minutes=30)
#: More dossiers than these are not kept open: the one not used for longest is closed, unless it was used just now.
MOST_OPEN, _JUST_NOW = 16, timedelta(minutes=2)
#: How often the requests of `encours backup` are looked for.
_LOOK_SECONDS = 0.5
_used: dict[str, datetime] = {}
_open: dict[str, Store] = {}
#: Last change and seal of each database when it was closed, and how often its history has been another one since.
_left: dict[str, tuple[int, str]] = {}
_histories: dict[str, int] = {}


def _close(store: Store) -> None:
    path = str(store.path)
    if _open.get(path) is store:
        del _open[path]
    last = store.journal.last()
    if last is not None:
        _left[path] = last
    store.close()


@st.cache_resource(show_spinner=False, on_release=_close)
def open_store(path: str) -> Store:
    """The one store of this process for that file; made if it is not there."""
    store = Store.open(Path(path), create=True)
    left = _left.get(path)
    if left is not None and store.journal.entries().get(left[0]) != left[1]:
        _histories[path] = _histories.get(path, 0) + 1
    _open[path] = store
    return store


def history_of(path: Path) -> int:
    """How often another history has come in the place of this database: a backup put back may number other facts alike."""
    return _histories.get(str(path), 0)


@asynccontextmanager
async def making_copies(_app: object) -> AsyncIterator[None]:
    """While the server runs, make the copies that `encours backup` asks of the databases that it has open."""
    stop = threading.Event()
    thread = threading.Thread(target=_make_copies, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _make_copies(stop: threading.Event) -> None:
    while not stop.wait(_LOOK_SECONDS):
        for store in list(_open.values()):
            with suppress(AppError, OSError):
                answer_requests(store)


def use(path: str, *, now: datetime) -> Store:
    """The store of that file, which counts as used now."""
    _used[path] = now
    return open_store(path)


def close_idle(*, now: datetime) -> list[str]:
    """Close the stores that nobody uses any more; which ones."""
    by_use = sorted(_used, key=_used.__getitem__)
    idle = [path for path in by_use if now - _used[path] > IDLE]
    crowd = [path for path in by_use[: max(0, len(by_use) - MOST_OPEN)] if now - _used[path] > _JUST_NOW]
    closed = list(dict.fromkeys([*idle, *crowd]))
    for path in closed:
        _used.pop(path, None)
        open_store.clear(path)
    return closed
