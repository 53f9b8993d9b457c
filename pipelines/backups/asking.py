"""A copy of a database that another program has open: asked for in a room beside it, and made there by that program.

The room is made by the one who asks, whose alone it is. The program that answers writes nowhere else: it is given no path.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from models.copying import COPY, copying_folder, is_private
from models.errors import AppError, Refused, StoreLocked
from models.opening import no_room
from models.store import Store

_ASKED, _TAKEN, _FAILED = "asked", "taken", "failed"
_LOOK_SECONDS, _OPEN_SECONDS = 0.1, 2.0
#: How long a program that has the database open may take to answer, and then to make the copy.
PATIENCE_SECONDS, LONGEST_SECONDS = 10.0, 1800.0


def answer_requests(store: Store) -> int:
    """Make the copies that other programs ask of this store; how many."""
    folder = copying_folder(store.path)
    if not is_private(folder):
        return 0
    return sum(_answer(store, room) for room in sorted(folder.iterdir()) if (room / _ASKED).is_file() and is_private(room))


def _answer(store: Store, room: Path) -> bool:
    """Make one copy, unless the one who asked is gone; why it could not be made is left in its place."""
    try:
        (room / _ASKED).rename(room / _TAKEN)
        store.copy(room)
    except FileNotFoundError:
        return False
    except Exception as error:
        logging.getLogger("encours").exception("A copy for a backup failed")
        with suppress(OSError):  # the room is gone, or nothing can be written any more: the one who asks will not wait for ever
            said = room / f"{_FAILED}.half"
            said.write_text(error.code if isinstance(error, AppError) else "", "ascii")
            said.rename(room / _FAILED)
        return False
    return True


def ask(path: Path, room: Path, locked: StoreLocked, take: Callable[[], Path]) -> Path:
    """The copy that the program which has the database open makes, or that `take` makes once it is closed.

    Raises:
        StoreLocked: nobody answered.
        Refused: the copy could not be made.
    """
    (room / _ASKED).touch(mode=0o600)
    started = last_tried = time.monotonic()
    while not (room / COPY).exists():
        now = time.monotonic()
        if (room / _FAILED).exists():
            raise _failed(path, (room / _FAILED).read_text("ascii"))
        if now - started > (LONGEST_SECONDS if (room / _TAKEN).exists() else PATIENCE_SECONDS):
            raise locked
        if now - last_tried > _OPEN_SECONDS:
            last_tried = now
            try:
                return take()
            except StoreLocked as error:
                locked = error
        time.sleep(_LOOK_SECONDS)
    return room / COPY


def _failed(path: Path, code: str) -> Refused:
    if code == "no_room":
        return no_room(path)
    return Refused(
        "copy_failed",
        "The program that has {path} open could not copy it: the window in which it runs says why.",
        path=path,
    )
