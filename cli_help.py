"""The terminal's help in the user's language: the commands' own words, and those of the library of the commands."""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

import typer

from models.texts import Texts

#: What the library writes around our words.
_FIXED_WORDS = {"usage": "Usage", "arguments": "Arguments", "options": "Options", "commands": "Commands"}
_BYE_WORDS = {"help": "Show this message and exit."}
#: What it calls the kinds of values, and the same as people do: as long, so that its columns stay in line.
_KINDS = {
    "<%Y-%m-%d>": "YYYY-MM-DD",
    "<int range>": "<int>      ",
    "<list[str]>": "<str>      ",
    "<list[Path]>": "<path>      ",
}
_DAY = "YYYY-MM-DD"
_ARGUMENT = re.compile(r"\{[a-z_]+\}|(?<= )\[(?!required)[a-z_]+\]|^  [a-z_]+(?=(?:\.\.\.)? <)", re.MULTILINE)
_BRACKET_WORDS = {"env var": "environment variable", "default": "by default"}


def translate(app: typer.Typer, texts: Texts) -> None:
    """Put the help of every command and option in the reader's language; for a process that shows its help and ends."""
    seen: set[int] = set()
    for info, said in _spoken(app):
        info.help = texts.t(said)
    for action in _actions(app):
        for hint in get_type_hints(action, include_extras=True).values():
            for option in getattr(hint, "__metadata__", ()):
                words = getattr(option, "help", None)
                if words and id(option) not in seen:
                    seen.add(id(option))
                    option.help = texts.t(words)


def _spoken(app: typer.Typer) -> Iterator[tuple[Any, str]]:
    """What the library knows of the whole, of each command and group of commands, with what is said of it."""
    if isinstance(app.info.help, str):
        yield app.info, app.info.help
    for info in (app.registered_callback, *app.registered_commands):
        if info is not None and info.callback is not None:
            yield info, inspect.getdoc(info.callback) or ""
    for group in app.registered_groups:
        if group.typer_instance is not None:
            yield from _spoken(group.typer_instance)


def _actions(app: typer.Typer) -> Iterator[Callable[..., object]]:
    """The functions whose arguments the terminal asks for."""
    yield from (info.callback for info in (app.registered_callback, *app.registered_commands) if info and info.callback)
    for group in app.registered_groups:
        if group.typer_instance is not None:
            yield from _actions(group.typer_instance)


def in_our_words(page: str, texts: Texts) -> str:
    """A page of help, its headings in the reader's language; every argument has the name that a refusal gives it, in capitals."""
    page = _ARGUMENT.sub(lambda name: name[0].upper(), page)
    for kind, word in _KINDS.items():
        page = page.replace(kind, word)
    page = page.replace(_DAY, texts.t(_DAY))
    for word in _FIXED_WORDS.values():
        page = re.sub(rf"^{word}:", f"{texts.t(word)}{texts.t(': ').rstrip(' ')}", page, flags=re.MULTILINE)
    for english in _BYE_WORDS.values():
        page = page.replace(english, texts.t(english))
    for english, word in _BRACKET_WORDS.items():
        page = re.sub(rf"\[{english}:(?=\s)", f"[{texts.t(word)}{texts.t(': ').rstrip(' ')}", page)
    page = page.replace("[required]", f"[{texts.t('required')}]")
    return re.sub(r" +$", "", page, flags=re.MULTILINE)
