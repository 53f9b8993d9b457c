"""The texts of the reminders: Liquid templates per language and step, filled with plain words.

A template file has its subject after `subject:` on the first line, then `---`, then the text. French files are written
with ordinary spaces; the no-break spaces of French typography are set here, outside the tags.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from models.texts import LANGUAGES, LOCALE_DIR

#: What a template may use: words, yes or no, and lists of named words.
Value = str | bool | list[dict[str, str]] | list[dict[str, object]]
_TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_SEPARATOR = "\n---\n"
#: Variants of a step's text for a kind of client; a step without one uses its common text.
VARIANTS = ("public", "consumer")


class Letter(NamedTuple):
    """A subject on one line, and the text."""

    subject: str
    body: str


#: Limits of a template that no honest letter reaches.
_LOOP_LIMIT = 20_000
_OUTPUT_LIMIT = 2_000_000


def no_break(text: str) -> str:
    """French spaces: narrow and unbreakable before ; ! ?, unbreakable before : » % € and after « and n°."""
    text = re.sub(r" ([;!?])", "\u202f\\1", text)
    text = re.sub(r" ([:»%€])", "\u00a0\\1", text)
    return re.sub(r"(«|[nN]°) ", "\\1\u00a0", text)


def _typeset(source: str, language: str) -> str:
    if language != "fr":
        return source
    return "".join(part if _TAG.fullmatch(part) else no_break(part) for part in _TAG.split(source))


@lru_cache(maxsize=len(LANGUAGES))
def _environment(language: str) -> tuple[Any, dict[str, str]]:
    from liquid import CachingDictLoader, Environment, StrictUndefined  # late: only letters need it

    files = sorted((LOCALE_DIR / language / "letters").glob("*.txt"))
    sources = {file.stem: _typeset(file.read_text(encoding="utf-8"), language) for file in files}

    class Templates(Environment):
        loop_iteration_limit = _LOOP_LIMIT
        output_stream_limit = _OUTPUT_LIMIT

    return Templates(loader=CachingDictLoader(sources), undefined=StrictUndefined, autoescape=False), sources


def template_name(language: str, step: str, client_type: str | None) -> str:
    """The template of a step: that of the kind of client if there is one ("R3.public"), else the common one."""
    own = f"{step}.{client_type}"
    return own if client_type in VARIANTS and own in _environment(language)[1] else step


@lru_cache(maxsize=128)
def _parsed(language: str, name: str) -> tuple[Any, Any]:
    """The subject and the text of a template, ready to be filled."""
    templates, sources = _environment(language)
    head, _, text = sources[name].partition(_SEPARATOR)
    return templates.from_string(head.removeprefix("subject:")), templates.from_string(text)


def render(language: str, name: str, fields: Mapping[str, Value]) -> Letter:
    """The letter `name` in `language`. Fields are put in as they are: what looks like a tag in a name stays text."""
    head, text = _parsed(language, name)
    subject, body = head.render(**fields), text.render(**fields)
    lines = "\n".join(line.rstrip(" ") for line in body.split("\n"))
    return Letter(" ".join(subject.split(" ")).strip(), re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n")
