"""Foreign parsers in a child process, so that a file that crashes, hangs or bloats one is a refusal and nothing more.

`python -m pipelines.ingest.child NAME` reads a file on standard input and writes what `pipelines.ingest.foreign.NAME`
makes of it as JSON on standard output. The child has no more rights than its memory and time.
"""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from pipelines.ingest.refusals import refuse

_ROOT = Path(__file__).parents[2]
_SECONDS = 60
_MEGABYTES = 1536


def call(parser: str, content: bytes, name: str, *, seconds: int = _SECONDS, megabytes: int = _MEGABYTES) -> Any:  # noqa: ANN401 -- JSON
    """What `pipelines.ingest.foreign.<parser>.parse(content)` gives, from a process of its own.

    Args:
        parser: the module's name.
        content: the file.
        name: its name, for a refusal.
        seconds: the time that it may take.
        megabytes: the memory that it may take, where the system can limit it.

    Raises:
        UnreadableFile: reader_failed or reader_too_slow.
    """
    command = [sys.executable, "-m", "pipelines.ingest.child", parser, str(seconds), str(megabytes)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=seconds, cwd=_ROOT, check=False)
    except subprocess.TimeoutExpired:
        raise refuse("reader_too_slow", name=name) from None
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"status {done.returncode}"]
        if "MemoryError" in last[0] or "memory allocation" in last[0]:
            raise refuse("reader_too_slow", name=name)
        raise refuse("reader_failed", name=name, why=last[0][:200])
    return json.loads(done.stdout)


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
    json.dump(module.parse(sys.stdin.buffer.read()), sys.stdout)


if __name__ == "__main__":
    _main(*sys.argv[1:])
