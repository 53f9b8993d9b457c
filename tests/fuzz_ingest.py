"""Random mutations of real and hostile files, each read: python tests/fuzz_ingest.py N [--seed S]. Reports, never a traceback.

Every step takes a file (of ../shared/corpus and ../shared/hostile if they are there, and of tests/data), bends it, renames
it perhaps, and reads it in a process of its own. It must be read or refused with a sentence, within its time, its counts
must agree, and no row may say what the file does not. Inputs that fail are kept; the exit status is 1 if there are any.
"""

import argparse
import html
import json
import multiprocessing
import random
import re
import signal
import sys
import tempfile
import time
import traceback
import unicodedata
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from models.errors import UnreadableFile  # noqa: E402 -- started as a script
from models.problems import SENTENCES  # noqa: E402 -- started as a script
from pipelines.ingest.parts import Source  # noqa: E402 -- started as a script
from pipelines.ingest.profiles import is_per_line  # noqa: E402 -- started as a script
from pipelines.ingest.reading import Reading, read_file  # noqa: E402 -- started as a script

SECONDS = 20  # of the reader's own processor time
PATIENCE = 150  # seconds on the clock before a worker is given up
LARGEST = 400_000
NAMES = ("f.csv", "f.ofx", "f.xml", "f.qif", "f.sta", "f.txt", "f.xlsx", "f.zip", "f.pdf", "123456782FEC20251231.txt")
#: Formats whose amounts stand in the file as digits; a fee or a signed digit changes them in the others.
WITH_AMOUNTS = {"ofx", "camt", "mt940", "qif", "csv"}
#: What a reader adds to a label: a fee that is a movement of its own, the word of a reason that is a code.
OUR_WORDS = {"(frais", "(frais)", "Rejet"}
Mutation = Callable[[bytes, random.Random], bytes]


def seeds() -> list[Path]:
    """The files that are bent, in an order that does not depend on the system."""
    folders = (ROOT.parent / "shared" / "corpus", ROOT.parent / "shared" / "hostile", ROOT / "tests" / "data")
    found = [path for folder in folders if folder.exists() for path in folder.rglob("*") if path.is_file()]
    return sorted(path for path in found if path.name not in {"MANIFEST.csv", "INDEX.csv", "README.md"})


def flip_bytes(content: bytes, dice: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.choice((1, 1, 3, 20))):
        if changed:
            changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def truncate(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randrange(len(content) + 1)] if dice.random() < 0.8 else content[dice.randrange(len(content) + 1) :]


def repeat_lines(content: bytes, dice: random.Random) -> bytes:
    lines = content.split(b"\n")
    at = dice.randrange(len(lines))
    end = at + dice.choice((1, 1, 2, 10))
    return b"\n".join(lines[:end] + lines[at:end] * dice.choice((1, 3, 50)) + lines[end:])


def drop_or_mix_lines(content: bytes, dice: random.Random) -> bytes:
    lines = content.split(b"\n")
    if dice.random() < 0.5:
        dice.shuffle(lines)
    else:
        del lines[dice.randrange(len(lines))]
    return b"\n".join(lines)


def swap_columns(content: bytes, dice: random.Random) -> bytes:
    separator = max((b";", b",", b"\t", b"|"), key=content.count)
    first, second = dice.randrange(6), dice.randrange(6)
    rows = [line.split(separator) for line in content.split(b"\n")]
    for row in rows:
        if max(first, second) < len(row):
            row[first], row[second] = row[second], row[first]
    return b"\n".join(separator.join(row) for row in rows)


def insert(content: bytes, dice: random.Random) -> bytes:
    pieces = (
        b"\x00",
        b'"',
        b"'",
        b"<",
        b">",
        b"&",
        b"&#0;",
        b"]]>",
        b"<!ENTITY a 'b'>",
        b"\xef\xbb\xbf",
        b"\xff",
        b"\r",
        b"\n\n",
    )
    marks = (b"\xe2\x80\x8b", b"\xe2\x80\xae", b"\x1a", b"\xc2\xa0", b";" * 300, b"x" * 10_001, b"-", b"--", b"^\n", b":61:")
    at = dice.randrange(len(content) + 1)
    return content[:at] + dice.choice(pieces + marks) * dice.choice((1, 1, 2)) + content[at:]


def encode_anew(content: bytes, dice: random.Random) -> bytes:
    text = content.decode(dice.choice(("utf-8", "latin-1", "cp1252")), errors="replace")
    return text.encode(dice.choice(("utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-be", "iso8859-15")), errors="replace")


def change_marks(content: bytes, dice: random.Random) -> bytes:
    old, new = dice.sample((b";", b",", b"\t", b"|", b".", b"/", b"-", b" ", b"\n", b"\r\n"), 2)
    return content.replace(old, new)


def change_numbers(content: bytes, dice: random.Random) -> bytes:
    runs = list(re.finditer(rb"[0-9]+", content))
    if not runs:
        return content
    run = dice.choice(runs)
    new = dice.choice((b"9" * 40, b"0", b"1e5", b"NaN", b"-1", b"99999999", b"1,234", b"20260231", b"\xd9\xa3", b"", b"0" * 30))
    return content[: run.start()] + new + content[run.end() :]


def join_another(content: bytes, dice: random.Random) -> bytes:
    other = dice.choice(seeds()).read_bytes()[:LARGEST]
    return content + other if dice.random() < 0.7 else content[: len(content) // 2] + other


MUTATIONS: tuple[Mutation, ...] = (
    flip_bytes,
    truncate,
    repeat_lines,
    drop_or_mix_lines,
    swap_columns,
    insert,
    insert,
    encode_anew,
    change_marks,
    change_numbers,
    change_numbers,
    join_another,
)


def bent(step: int, seed: int) -> tuple[bytes, str, str]:
    """The input of a step: its bytes, its name, and what was done to which file."""
    dice = random.Random(f"{seed}-{step}")
    path = dice.choice(seeds())
    content = path.read_bytes()[:LARGEST]
    done = dice.choices(MUTATIONS, k=dice.choice((1, 1, 2, 3)))
    for mutation in done:
        content = mutation(content, dice) if content else content
    name = dice.choice(NAMES) if dice.random() < 0.15 else path.name
    return content, name, f"{path.name}: {', '.join(one.__name__ for one in done)} as {name}"


def faults_of(content: bytes, name: str) -> tuple[str, list[str]]:
    """How the file was received, and what is wrong with that."""
    try:
        reading = read_file(Source(content, name, company_siren="732829320"))
    except UnreadableFile as refusal:
        return refusal.code, [] if str(refusal) else ["no sentence"]
    faults = []
    codes = {*reading.rejected["code"].to_list(), *reading.warnings["code"].to_list()}
    faults += [f"no sentence for {code}" for code in codes if code not in SENTENCES]
    if not reading.rejected_rows <= reading.rejected.height or bool(reading.rejected_rows) != bool(reading.rejected.height):
        faults.append(f"{reading.rejected_rows} rejected rows but {reading.rejected.height} problems")
    # Of an invoice of several lines, each line is kept as written; the invoice is one rejected row.
    lines = 1 + sum(content.count(end) for end in (b"\n", b"\r"))
    most = lines if is_per_line(reading.profile, ()) else reading.rejected_rows
    if reading.quarantine.height > most:
        faults.append(f"{reading.quarantine.height} rows in quarantine of {reading.rejected_rows} rejected")
    if reading.encoding and reading.format in {"csv", "ofx", "camt", "mt940", "qif", "cfonb", "fec", "cii", "ubl"}:
        faults += _invented(reading, content)
    return f"read as {reading.format}", faults


def _bare(text: str) -> str:
    """Letters and digits only, as names and numbers may lose their marks."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())


def _digits(amount: object) -> str:
    whole, cents = str(amount).lstrip("-").split(".")
    return (whole.lstrip("0") + cents.rstrip("0")) if cents.rstrip("0") else whole


def _invented(reading: Reading, content: bytes) -> list[str]:
    """Numbers, labels and amounts of the reading that the file's text does not hold."""
    text = content.decode(reading.encoding, errors="replace")
    once = html.unescape(text)
    written = _bare(text) + _bare(once) + _bare(html.unescape(once))
    figures = re.sub(r"[^0-9]", "", text)
    # A ledger's number may be completed with its day and journal, which stand elsewhere in the row.
    numbers = [
        word for number in reading.documents["number"].drop_nulls() for word in number.split() if _bare(word) not in written
    ]
    words = [
        word
        for label in reading.lines["label"].drop_nulls()
        for word in label.split()
        if word not in OUR_WORDS and _bare(word) not in written
    ]
    amounts = []
    if reading.format in WITH_AMOUNTS and "revolut" not in reading.profile:
        amounts = [str(amount) for amount in reading.lines["amount"] if _digits(amount) not in figures]
    return [f"not in the file: {what} {found[:3]}" for what, found in _named(numbers, words, amounts) if found]


def _named(numbers: list[str], words: list[str], amounts: list[str]) -> tuple[tuple[str, list[str]], ...]:
    return (("number", numbers), ("label", words), ("amount", amounts))


def _too_slow(*_: object) -> None:
    raise TimeoutError(f"more than {SECONDS} s")


def work(connection: Connection, seed: int) -> None:
    """A worker: a step's number in, its verdict out."""
    signal.signal(signal.SIGPROF, _too_slow)
    while (step := connection.recv()) is not None:
        content, name, _ = bent(step, seed)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            verdict = faults_of(content, name)
        except BaseException:  # noqa: BLE001 -- anything is a fault here
            verdict = ("traceback", [traceback.format_exc()])
        signal.setitimer(signal.ITIMER_PROF, 0)
        connection.send(verdict)


class Worker:
    """A process that reads, replaced by another one if it dies or hangs."""

    def __init__(self, seed: int) -> None:
        """Start it."""
        self._seed = seed
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, other = context.Pipe()
        self._process = context.Process(target=work, args=(other, self._seed), daemon=True)
        self._process.start()
        other.close()

    def verdict(self, step: int) -> tuple[str, list[str]]:
        """What came of a step."""
        try:
            self._connection.send(step)
            if self._connection.poll(PATIENCE):
                received: tuple[str, list[str]] = self._connection.recv()
                return received
            fault = f"no answer in {PATIENCE} s"
        except (EOFError, ConnectionError):
            fault = "the process died"
        self._process.kill()
        self._start()
        return "stopped", [fault]

    def stop(self) -> None:
        """Let it end."""
        self._connection.send(None)
        self._process.join(10)


def main() -> int:
    """Run it all."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("steps", type=int)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--first", type=int, default=0, help="the step to begin with, to see one again")
    asked = options.parse_args()
    kept = Path(tempfile.mkdtemp(prefix="fuzz-ingest-"))
    worker, outcomes, bad, start = Worker(asked.seed), Counter[str](), 0, time.perf_counter()
    for step in range(asked.first, asked.first + asked.steps):
        outcome, faults = worker.verdict(step)
        outcomes[outcome] += 1
        if sum(outcomes.values()) % 100 == 0:
            print(f"{sum(outcomes.values())} steps, {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
        if faults:
            bad += 1
            content, name, story = bent(step, asked.seed)
            (kept / f"{step}-{name}").write_bytes(content)
            print(f"step {step}: {story}\n  " + "\n  ".join(faults), flush=True)
    worker.stop()
    print(json.dumps(dict(outcomes.most_common()), indent=1))
    print(f"{asked.steps} steps, seed {asked.seed}, {time.perf_counter() - start:.0f} s, {bad} faults; inputs in {kept}")
    if not bad:
        kept.rmdir()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
