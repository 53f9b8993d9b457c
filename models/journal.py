"""The file beside the database that says which changes were committed: it outlives a lost write-ahead log."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from models.errors import StoreUnreadable

#: A whole line.
_ENTRY = re.compile(r"^(\d{1,18}) ([0-9a-f]{64})$", re.MULTILINE)
#: Bytes at the end of the file that hold its last entry, whatever a crash left behind it.
_TAIL = 512


class Journal:
    """One line per committed change, its number and seal, written through to the disk after each commit."""

    def __init__(self, database: Path) -> None:
        """The journal of the database at that path."""
        self.path = database.with_name(database.name + ".journal")

    def append(self, change_id: int, seal: str) -> None:
        """Add a committed change."""
        self.extend({change_id: seal})

    def extend(self, seals: Mapping[int, str]) -> None:
        """Add committed changes, seal by number; a line that a crash cut short ends first."""
        lines = "".join(f"{change_id} {seal}\n" for change_id, seal in seals.items())
        self.path.touch(mode=0o600)
        with self.path.open("ab+") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                lines = lines if file.read(1) == b"\n" else "\n" + lines
            file.write(lines.encode("ascii"))
            file.flush()
            os.fsync(file.fileno())

    def entries(self) -> dict[int, str]:
        """Seal by change; a line that is not whole says nothing."""
        if not self.path.exists():
            return {}
        return {int(match[1]): match[2] for match in _ENTRY.finditer(self.path.read_text("ascii", errors="replace"))}

    def last(self) -> tuple[int, str] | None:
        """The last whole entry, change and seal, from the end of the file alone; None where there is none."""
        try:
            with self.path.open("rb") as file:
                file.seek(-min(_TAIL, file.seek(0, os.SEEK_END)), os.SEEK_END)
                tail = file.read(_TAIL).decode("ascii", errors="replace")
        except OSError:
            return None
        found = _ENTRY.findall(tail)
        return (int(found[-1][0]), found[-1][1]) if found else None

    def set_aside(self) -> None:
        """Keep a journal that speaks of another database under another name."""
        if self.path.exists():
            self.path.replace(self.path.with_name(self.path.name + ".old"))


def refuse_lost(path: Path, revision: int, said: int) -> None:
    """Refuse a database whose last change is older than the last one in its journal.

    Raises:
        StoreUnreadable: it is.
    """
    if said > revision:
        raise StoreUnreadable(
            "journal_ahead",
            "The database {path} has lost its last {count} operations (its write-ahead log is missing or cut). "
            "Restore a backup, or import the files again into a new database.",
            path=path,
            count=said - revision,
        )
