"""The dashboard from the terminal: whatever ends the command ends its server, which holds the database."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

import door

ROOT = Path(__file__).resolve().parents[1]
#: As a shell starts it that neither puts it in the background, where Ctrl+C is not heard, nor lets it outlive the terminal.
_START = (
    "import signal, cli; signal.signal(signal.SIGINT, signal.default_int_handler);"
    " signal.signal(signal.SIGHUP, signal.SIG_DFL); cli.main()"
)


def _answers(port: int) -> bool:
    with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        return bool(answer.read() == b'{"status":"ok"}')
    return False


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_what_ends_the_command_ends_the_dashboard(tmp_path: Path, name: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", _START, "--db", str(tmp_path / "books.duckdb")]
    command += ["run", "--no-browser", "--port", str(port)]
    started = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True)
    try:
        end = time.monotonic() + 60
        while not _answers(port):
            assert started.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        started.send_signal(getattr(signal, name))
        _, said = started.communicate(timeout=30)
        assert (started.returncode, b"Traceback" in said, _answers(port)) == (0, False, False)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)


def test_a_dashboard_that_does_not_end_when_it_is_asked_is_made_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "_PATIENCE_SECONDS", 0.2)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"deaf\n"
        door.end(server)
        assert server.returncode == -signal.SIGKILL
