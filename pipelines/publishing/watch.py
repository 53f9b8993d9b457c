"""A watched folder: what lands there is imported once, then moved to done/ or refused/ with its report beside it."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from models.errors import Refused, StoreLocked
from models.store import Author, Store
from models.texts import Texts
from pipelines.exports.file_sentences import import_lines
from pipelines.publishing.archives import run_imports
from pipelines.publishing.report import ImportReport
from pipelines.reconcile.run import run_reconcile

#: Ends of the names that browsers and programs give to what they have not finished.
_UNFINISHED = (".crdownload", ".part", ".partial", ".download", ".tmp", ".temp", ".swp")
_HIDDEN = (".", "~$")
_POLL_SECONDS = 10.0  # where the system tells nothing of a folder, such as a network drive
_State = tuple[int, int]


@dataclass
class Watch:
    """A folder, the database that its files go to, and how to speak of them.

    Attributes:
        folder: whose files are imported; its subfolders are left alone.
        open_store: opens the database, for one batch at a time, so that the dashboard can be opened between two.
        author: who imports, and when, given the open store.
        texts: the user's words.
        say: tells a line to the person who watches.
        settle_seconds: how long a file must not change before it is read.
        retry_seconds: how long to wait while another program has the database open.
        stop: ends the watch.
    """

    folder: Path
    open_store: Callable[[], Store]
    author: Callable[[Store], Author]
    texts: Callable[[], Texts]
    say: Callable[[str], None]
    settle_seconds: float = 2.0
    retry_seconds: float = 30.0
    stop: threading.Event = field(default_factory=threading.Event)
    _left: dict[Path, _State] = field(default_factory=dict)  # files that could not be read or moved, as they were then

    def arrived(self) -> dict[Path, _State]:
        """Size and time of change of each finished file, by name."""
        names = {path.name for path in self.folder.iterdir()}
        found: dict[Path, _State] = {}
        for path in sorted(self.folder.iterdir()):
            is_loading = any(path.name + end in names for end in _UNFINISHED)
            if is_loading or path.name.startswith(_HIDDEN) or path.name.lower().endswith(_UNFINISHED):
                continue
            if path.is_file() and not path.is_symlink():
                state = _state(path)
                if state is not None and self._left.get(path) != state:
                    found[path] = state
        return found

    def ready(self) -> list[Path]:
        """The files that have not changed for `settle_seconds`, which this waits for if there are any."""
        before = self.arrived()
        if not before or self.stop.wait(self.settle_seconds):
            return []
        now = self.arrived()
        return [path for path, state in before.items() if now.get(path) == state]

    def take(self, paths: list[Path]) -> list[ImportReport]:
        """Import files in the order of their names, move each with its report, then match.

        Raises:
            StoreLocked: another program has the database open; nothing was touched.
        """
        reports: list[ImportReport] = []
        with self.open_store() as store:
            author = self.author(store)
            for path in paths:
                try:
                    content = path.read_bytes()
                except OSError:
                    self._leave(path, self.texts().t("{file} cannot be read: check its rights.", file=path.name))
                    continue
                told = run_imports(store, content, path.name, author=author)
                reports += told
                self._move(path, told)
            if any(report.change_id is not None for report in reports):
                run_reconcile(store, author=author)
        return reports

    def _move(self, path: Path, reports: list[ImportReport]) -> None:
        """Put a file that was handled away, with its report; no name is ever overwritten."""
        lines = import_lines(reports, self.texts())
        self.say("\n".join(lines))
        target = self.folder / ("refused" if all(report.refused for report in reports) else "done")
        try:
            target.mkdir(exist_ok=True)
            free, note = _free_names(target, path.name)
            note.write_text("\n".join(lines) + "\n", "utf-8")
            path.rename(free)
        except OSError:
            self._leave(path, self.texts().t("{file} cannot be moved to {folder}.", file=path.name, folder=target))

    def _leave(self, path: Path, why: str) -> None:
        """Leave a file where it is, until it changes."""
        state = _state(path)
        if state is not None:
            self._left[path] = state
        self.say(why)


def check_folder(folder: Path) -> None:
    """Refuse a folder that is not there."""
    if not folder.is_dir():
        raise Refused("no_folder", "There is no folder {path}.", path=folder)


def run_watch(watch: Watch, *, once: bool = False) -> list[ImportReport]:
    """Import what is in the folder, and unless `once`, what lands there until `watch.stop` is set; the reports.

    Raises:
        Refused: there is no such folder.
        StoreLocked: with `once`, another program has the database open.
    """
    check_folder(watch.folder)
    reports: list[ImportReport] = []
    with nullcontext(threading.Event()) if once else _woken(watch) as wake:
        is_told = False
        while not watch.stop.is_set():
            wake.clear()
            paths = watch.ready()
            try:
                reports += watch.take(paths) if paths else []
                is_told = False
            except StoreLocked as error:
                if once:
                    raise
                if not is_told:
                    watch.say(watch.texts().t(error.template, **error.fields))
                    is_told = True
                watch.stop.wait(watch.retry_seconds)
                continue
            if not watch.arrived():
                if once:
                    break
                reports.clear()  # they were told
                wake.wait(_POLL_SECONDS)
    return reports


@contextmanager
def _woken(watch: Watch) -> Iterator[threading.Event]:
    """An event that the system sets when something changes in the folder, and that `watch.stop` need not."""
    from watchdog.events import FileSystemEvent, FileSystemEventHandler  # late: only this command watches
    from watchdog.observers import Observer

    logging.getLogger("watchdog").addHandler(logging.NullHandler())  # its words on its threads are nobody's concern
    wake = threading.Event()

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            if event.event_type in ("created", "modified", "moved", "closed"):
                wake.set()

    observer = Observer()
    observer.schedule(Handler(), str(watch.folder), recursive=False)
    observer.start()
    try:
        yield wake
    finally:
        observer.stop()
        observer.join()


def _state(path: Path) -> _State | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _free_names(folder: Path, name: str) -> tuple[Path, Path]:
    """Names for a file and its report that nothing in the folder has yet."""
    stem, suffix = Path(name).stem, Path(name).suffix
    count, shown = 1, name
    while (folder / shown).exists() or (folder / f"{shown}.rapport.txt").exists():
        count += 1
        shown = f"{stem} ({count}){suffix}"
    return folder / shown, folder / f"{shown}.rapport.txt"
