"""Foreign parsers in a child process, so that a file that crashes, hangs or bloats one is a refusal and nothing more.

`python -m pipelines.ingest.child NAME` reads a file on standard input and writes what `pipelines.ingest.foreign.NAME`
makes of it as JSON on standard output. The child has no more rights than its memory and time.
"""

import json
import re
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from models.errors import UnreadableFile
from pipelines.ingest.refusals import refuse

_ROOT = Path(__file__).parents[2]
_SECONDS = 60
_MEGABYTES = 1536
_PATIENCE = 4
#: Signals of a system that takes its time or memory back.
_OVERDRAWN = {-signal.SIGTERM, -getattr(signal, "SIGKILL", 0), -getattr(signal, "SIGXCPU", 0)}


def call(parser: str, content: bytes, name: str, *, seconds: int = _SECONDS, megabytes: int = _MEGABYTES) -> Any:  # noqa: ANN401 -- JSON
    """What `pipelines.ingest.foreign.<parser>.parse(content)` gives, from a process of its own.

    Args:
        parser: the module's name.
        content: the file.
        name: its name, for a refusal.
        seconds: the processor's time that it may take, where the system can limit it; on the clock, _PATIENCE times that,
            so that a machine with much to do does not look like a parser that hangs.
        megabytes: the memory that it may take, where the system can limit it.

    Raises:
        UnreadableFile: reader_failed or reader_too_slow.
    """
    command = [sys.executable, "-m", "pipelines.ingest.child", parser, str(seconds), str(megabytes)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=seconds * _PATIENCE, cwd=_ROOT, check=False)
    except subprocess.TimeoutExpired:
        raise refuse("reader_too_slow", name=name) from None
    if done.returncode:
        raise _failure(done.stderr.decode("utf-8", "replace"), done.returncode, name)
    return json.loads(done.stdout)


def _failure(said: str, status: int, name: str) -> UnreadableFile:
    """Why the child stopped: its last words, or the signal that ended it."""
    if status in _OVERDRAWN or re.search(r"^MemoryError|memory allocation of|capacity overflow", said, re.MULTILINE):
        return refuse("reader_too_slow", name=name)
    words = [line for line in said.strip().splitlines() if line.strip() and not line.startswith("note:")]
    return refuse("reader_failed", name=name, why=words[-1][:200] if words else f"status {status}")


def _main(parser: str, seconds: str, megabytes: str) -> None:
    try:
        import resource  # not on Windows, where only the time is limited
    except ImportError:
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (int(megabytes) * 2**20,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    module = import_module(f"pipelines.ingest.foreign.{parser}")
    # At once: writing piece by piece is done in Python, at a tenth of the speed.
    sys.stdout.write(json.dumps(module.parse(sys.stdin.buffer.read()), separators=(",", ":")))


if __name__ == "__main__":
    _main(*sys.argv[1:])
