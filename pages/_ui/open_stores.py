"""The databases that this server has open: one store per file, closed again once nobody has used it for a while."""

from datetime import datetime, timedelta
from pathlib import Path

import streamlit as st

from models.store import Store

#: A dossier that no reader has looked at for so long is closed, so that commands can open it.
IDLE = timedelta(minutes=30)
#: More dossiers than these are not kept open: the one not used for longest is closed, unless it was used just now.
MOST_OPEN, _JUST_NOW = 16, timedelta(minutes=2)
_used: dict[str, datetime] = {}


@st.cache_resource(show_spinner=False, on_release=lambda store: store.close())
def open_store(path: str) -> Store:
    """The one store of this process for that file; made if it is not there."""
    return Store.open(Path(path), create=True)


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
