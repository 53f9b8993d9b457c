"""Foreign parsers in a process of their own: what they answer, and what ends them."""

import time
from pathlib import Path

import pytest

from models.errors import UnreadableFile
from pipelines.ingest import child

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def parsers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of parsers of ours, in a tree that is the project's in everything else."""
    ingest = tmp_path / "pipelines" / "ingest"
    foreign = ingest / "foreign"
    foreign.mkdir(parents=True)
    (tmp_path / "pipelines" / "__init__.py").write_text(f"import sys\nsys.path.append({str(ROOT)!r})\n")
    (ingest / "__init__.py").write_text(f"__path__.append({str(ROOT / 'pipelines' / 'ingest')!r})\n")
    (foreign / "__init__.py").write_text("")
    monkeypatch.setattr(child, "_ROOT", tmp_path)
    return foreign


def written(parsers: Path, body: str) -> str:
    (parsers / "ours.py").write_text(f"def parse(content):\n    {body}\n")
    return "ours"


def refused(parsers: Path, body: str, *, seconds: int = 20) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as refusal:
        child.call(written(parsers, body), b"x", "file.xlsx", seconds=seconds)
    assert "file.xlsx" in str(refusal.value)
    return refusal.value


def test_the_answer_is_what_the_parser_says_of_the_bytes(parsers: Path) -> None:
    parser = written(parsers, "return {'size': len(content), 'text': content[1:].decode()}")
    assert child.call(parser, b"\x00\xc3\xa9", "file.xlsx") == {"size": 3, "text": "é"}


def test_a_parser_that_hangs_is_ended_in_time(parsers: Path) -> None:
    started = time.monotonic()
    assert refused(parsers, "while True: pass", seconds=2).code == "reader_too_slow"
    assert time.monotonic() - started < 8


def test_a_parser_that_takes_all_memory_is_ended(parsers: Path) -> None:
    assert refused(parsers, "return len(bytearray(4 * 2**30))").code == "reader_too_slow"


@pytest.mark.parametrize("body", ["import os; os.abort()", "import os; os._exit(3)"])
def test_a_parser_that_takes_the_process_down_is_a_refusal(parsers: Path, body: str) -> None:
    refusal = refused(parsers, body)
    assert (refusal.code, str(refusal.fields["why"]).split()[0]) == ("reader_failed", "status")


def test_a_parser_that_raises_is_a_refusal_with_its_last_words(parsers: Path) -> None:
    refusal = refused(parsers, "raise ValueError('no such sheet')")
    assert (refusal.code, refusal.fields["why"]) == ("reader_failed", "ValueError: no such sheet")


def test_advice_on_debugging_is_not_taken_for_the_reason(parsers: Path) -> None:
    body = "import sys; sys.stderr.write('thread panicked\\nnote: run with a variable\\n'); sys.exit(101)"
    assert refused(parsers, body).fields["why"] == "thread panicked"
