"""What a command needs before it can call a pipeline: the database, the clock, the user's words, and how to answer."""

import getpass
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from cli_typed import day_in_reach
from models.errors import AppError, Refused
from models.store import Author, Store
from models.texts import Texts
from pipelines.companies.summed_store import SummedStore
from pipelines.consolidated import currencies
from pipelines.exports import answers, sentences
from pipelines.kpis import Kpis, other_currencies
from pipelines.ledger import Ledger, run_ledger, run_settings

if TYPE_CHECKING:
    from rich.console import Console

    from pipelines.publishing.report import ImportReport

ROOT = Path(__file__).resolve().parent
_HEALTH_SECONDS = 60
#: How long the dashboard has to end by itself.
_PATIENCE_SECONDS = 10
#: What ends the dashboard as Ctrl+C does: another program, or the terminal that closes, which Windows does not tell.
_ENDINGS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def data_path(name: str) -> Path:
    """A file in the user's data folder."""
    return user_data_path("encours", appauthor=False) / name


@dataclass
class Door:
    """What every command shares: which database, which currency, which language.

    Attributes:
        folder: the folder of the dossiers that the dashboard shows; None: only that database.
        sums_up: whether a dossier that has changed writes its summary when it closes.
    """

    path: Path = field(default_factory=lambda: data_path("encours.duckdb"))
    is_default: bool = True
    folder: Path | None = None
    sums_up: bool = True
    currency: str | None = None
    texts: Texts = field(default_factory=lambda: Texts(os.environ.get("ENCOURS_LANG", "fr")))

    @cached_property
    def errors(self) -> "Console":
        """Standard error, for what is said beside the answer."""
        from rich.console import Console  # late, as all that few commands need: the terminal must start fast

        return Console(stderr=True, highlight=False, markup=False, soft_wrap=True)

    def open(self, *, create: bool = False) -> Store:
        """The store; its language is the user's from now on."""
        store = SummedStore.open(self.path, create=create)
        store.closed_by = self.author if self.sums_up else None
        self.speak(run_settings(store).language)
        return store

    def speak(self, language: str) -> None:
        """Go on in the user's language, unless another one was asked for."""
        self.texts = Texts(os.environ.get("ENCOURS_LANG") or language)

    def author(self, store: Store) -> Author:
        """The person at this terminal, now; in the sample company the day is its last one."""
        now = datetime.now(UTC).replace(tzinfo=None)
        today = run_settings(store).default_as_of or date.today()  # noqa: DTZ011 -- the user's calendar day
        return Author(getpass.getuser(), today, now)

    def ledger(self, as_of: datetime | None, known_on: datetime | None = None) -> tuple[Ledger, date]:
        """The facts, as known at the end of `known_on` or now, and the date of the figures: by default that day, or today."""
        with self.open() as store:
            return self.ledger_of(store, as_of, known_on)

    def ledger_of(self, store: Store, as_of: datetime | None, known_on: datetime | None) -> tuple[Ledger, date]:
        """The same, of an open store. A date of the figures later than what was known is said on standard error."""
        known = known_on.date() if known_on else None
        ledger = run_ledger(store, known_on=known)
        self.money(ledger)
        day = day_in_reach(as_of.date()) if as_of else known or self.author(store).today
        if known and day > known:
            self.errors.print(
                self.texts.t(
                    "The figures are as of {day}, later than what was known: what happened in between is not in them.",
                    day=self.texts.date(day),
                )
            )
        return ledger, day

    def money(self, ledger: Ledger) -> str:
        """The currency of the figures: the one asked for, else the company's.

        Raises:
            Refused: nothing is in the one asked for; a zero would read as nothing owed.
        """
        if self.currency is None:
            return ledger.settings.currency
        known = currencies(ledger)
        if self.currency not in known:
            said = "Nothing is in {currency} here. Currencies that there are: {known}."
            raise Refused("unknown_currency", said, currency=self.currency, known=", ".join(known))
        return self.currency

    def change(self, act: Callable[[Store, Author], int], *, as_json: bool, in_new_currency: bool = False) -> None:
        """Run a person's decision and say its number; only what is planned may be in a currency in which nothing is yet."""
        with self.open() as store:
            if self.currency is not None and not in_new_currency:
                self.money(run_ledger(store))
            change_id = act(store, self.author(store))
        said = self.texts.t("Done: change {id}. To take it back: encours undo {id}", id=change_id)
        self.say({"change_id": change_id}, as_json=as_json, lines=[said])

    def say(self, answer: object, *, as_json: bool, lines: Sequence[str] = ()) -> None:
        """The answer on standard output: JSON, or sentences."""
        sys.stdout.write(answers.dump(answer) + "\n" if as_json else "".join(f"{line}\n" for line in lines))

    def check_files(self, files: Sequence[Path]) -> None:
        """Refuse paths that are no files, before anything is done."""
        for file in files:
            if file.is_dir():
                raise Refused("is_folder", "{path} is a folder: give the files in it.", path=file)
            if not file.is_file():
                raise Refused("no_file", "There is no file {path}.", path=file)

    def say_left_out(self, figures: Kpis) -> None:
        """Name on standard error what figures leave out."""
        for warning in sentences.kpi_warnings(figures, self.texts):
            self.errors.print(warning)

    def one_money(self, ledger: Ledger, day: date, *, client_id: str | None = None) -> str:
        """The currency of an answer in one; what clients, or this one, owe in others on that day is named on standard error."""
        currency = self.money(ledger)
        others = other_currencies(ledger, as_of=day, currency=currency, client_id=client_id)
        for line in sentences.left_out_lines(others, self.texts):
            self.errors.print(line)
        return currency

    def refuse(self, error: AppError, *, as_json: bool) -> None:
        """Say why nothing was done: a sentence for each reason, or their JSON."""
        reasons = [self.texts.t(one.template, **one.fields) for one in error.every]
        if as_json:
            self.say(answers.error_answer(error.code, reasons), as_json=True)
        else:
            self.errors.print("\n".join(reasons))

    def show(
        self,
        name: str,
        rows: Sequence[answers.Answer],
        form: str,
        output: Path | None,
        *,
        about: Sequence[str] = (),
        day: date | None = None,
    ) -> None:
        """A list in the form that was asked for, on screen or in a file; `about` and `day` say what it is of."""
        from cli_tables import file_form, print_rows
        from pipelines.exports import columns as lists
        from pipelines.exports import sheets

        form = file_form(form, output, is_printed=day is not None and bool(about))
        if form == "table":
            print_rows(lists.shown_columns(name, rows), rows, self.texts)
            return
        if form == "json":
            content = (answers.dump(rows) + "\n").encode()
        elif form == "pdf" and day is not None:
            from pipelines.exports.paper_list import to_pdf

            content = to_pdf(name, rows, self.texts, about, day=day)
        elif form == "xlsx":
            content = sheets.to_xlsx(name, rows, self.texts, about)
        else:
            content = sheets.to_csv(name, rows, self.texts)
        self.write(output, content)

    def write(self, output: Path | None, content: bytes) -> None:
        """The file that a command was asked for, or standard output where it was asked for none."""
        if output is None:
            sys.stdout.buffer.write(content)
            return
        try:
            output.write_bytes(content)
        except OSError as error:
            raise Refused("not_writable", "The file {path} cannot be written: choose another place.", path=output) from error

    def free_path(self, word: str) -> Path:
        """A path beside the database that nothing has yet: books-rebuilt.duckdb, then books-rebuilt-2.duckdb."""
        stem, count = f"{self.path.stem}-{word}", 1
        path = self.path.with_name(f"{stem}{self.path.suffix}")
        while path.exists():
            count += 1
            path = self.path.with_name(f"{stem}-{count}{self.path.suffix}")
        return path

    def watch(self, folder: Path, *, once: bool) -> "list[ImportReport]":
        """Import what lands in a folder until Ctrl+C, or what is there; each report is told as it comes."""
        from pipelines.publishing.watch import Watch, check_folder, run_watch  # late: only this command watches

        check_folder(folder)
        if not once:
            self.errors.print(self.texts.t("Watching {folder}. To stop: Ctrl+C.", folder=folder))
        told = Watch(
            folder,
            open_store=lambda: self.open(create=True),
            author=self.author,
            texts=lambda: self.texts,
            say=lambda line: print(line, flush=True),  # noqa: T201 -- the terminal's answer, told as it comes
        )
        try:
            return run_watch(told, once=once)
        except KeyboardInterrupt:
            return []

    def make_sample(self, *, fresh: bool) -> None:
        """Make the sample company's database, unless the one there is of this very sample and version."""
        from pipelines.sample import is_current, run_sample

        if self.path.exists() and not fresh:
            with self.open() as store:
                if is_current(store):
                    return
        for file in (self.path, self.path.with_name(self.path.name + ".wal"), self.path.with_name(self.path.name + ".journal")):
            file.unlink(missing_ok=True)
        self.errors.print(self.texts.t("Making the sample company…"))
        with self.open(create=True) as store:
            run_sample(store, author=self.author(store))

    def serve(self, *, port: int, no_browser: bool) -> None:
        """Run the dashboard until it is stopped, and open a browser on it once it answers."""
        address = f"http://localhost:{port}"
        folder = "" if self.folder is None else str(self.folder.resolve())
        environment = {**os.environ, "ENCOURS_DB": str(self.path.resolve()), "ENCOURS_FOLDER": folder}
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
        self.errors.print(self.texts.t("Encours is at {address}. To stop it: Ctrl+C.", address=address))
        for number in _ENDINGS:
            if signal.getsignal(number) is signal.SIG_DFL:  # under nohup, a terminal that closes ends nothing
                signal.signal(number, signal.default_int_handler)
        server = subprocess.Popen(command, env=environment, cwd=ROOT)
        try:
            if not no_browser:
                threading.Thread(target=_open_when_ready, args=(address,), daemon=True).start()
            status = server.wait()
        except KeyboardInterrupt:
            end(server)
            return
        if status not in (0, *(-number for number in (signal.SIGINT, *_ENDINGS))):
            raise Refused("server_failed", "The dashboard stopped: is port {port} taken? Try another one with --port.", port=port)


#: The door of this process.
door = Door()


def end(server: "subprocess.Popen[bytes]") -> None:
    """End a server, which holds the database as long as it runs: first asked, then, after a while, made to."""
    server.terminate()
    try:
        server.wait(_PATIENCE_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        server.kill()
        server.wait()


def _open_when_ready(address: str) -> None:
    import urllib.request
    import webbrowser

    for _ in range(_HEALTH_SECONDS * 4):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):  # noqa: S310 -- our own server
                webbrowser.open(address)
                return
        except OSError:
            time.sleep(0.25)
