"""A command as it is run at the terminal, in this very process."""

import sys
from collections.abc import Callable

import pytest

import cli
from door import door
from models.texts import Texts

#: A command's words -> exit status, standard output, standard error.
Run = Callable[..., tuple[int, str, str]]


def run_command(
    monkeypatch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[bytes], *words: str, language: str
) -> tuple[int, str, str]:  # fmt: skip
    """Run a command whose user reads that language: exit status, standard output, standard error."""
    monkeypatch.setattr(sys, "argv", ["encours", *words])
    door.texts = Texts(language)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = captured.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, out.decode(), err.decode()
