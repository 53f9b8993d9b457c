"""The texts of the reminders: Liquid templates per language and step, filled with plain words.

A template has its subject after `subject:` on the first line, then `---`, then the text. French ones are written with
ordinary spaces; the no-break spaces of French typography are set here, outside the tags. A company may write its own:
they see the fields and our common blocks, no file, and stop at limits that no honest letter reaches.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from models.texts import LANGUAGES, LOCALE_DIR

#: What a template may use: words, yes or no, and lists of named words.
Value = str | bool | list[dict[str, str]] | list[dict[str, object]]
_TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
SEPARATOR = "\n---\n"
#: Variants of a step's text for a kind of client; a step without one uses its common text.
VARIANTS = ("public", "consumer")
#: Common blocks that a page or a PDF shows as a table; their place in a text is remembered.
BLOCKS = ("heading", "invoices", "claim", "detail", "payment")
#: Private characters around a block while it is rendered: fields never hold any.
_OPEN, _NAMED, _CLOSE = "\ue000", "\ue001", "\ue002"
_BLOCK = re.compile(f"{_OPEN}([a-z]+){_NAMED}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_MARK = re.compile(f"{_OPEN}[a-z]+{_NAMED}|{_CLOSE}")

#: Limits of a template that no honest letter reaches: loop turns, characters, bytes of variables, depth of includes.
_LOOP_LIMIT, _OUTPUT_LIMIT, _NAMESPACE_LIMIT, _DEPTH_LIMIT = 20_000, 400_000, 200_000, 30
#: Tags and filters of a template. None of them can make much of little: no `replace`, no `join`, no `capture`.
TAGS = ("if", "unless", "case", "for", "assign", "include", "comment", "raw", "illegal", "content", "output", "break", "continue")
FILTERS = ("upcase", "downcase", "capitalize", "strip", "size", "default", "first", "last")


class Block(NamedTuple):
    """A common block as it stands in a text."""

    name: str
    language: str
    text: str


class Letter(NamedTuple):
    """A subject on one line, the text, its blocks in order, and whether the company's own template could not be filled."""

    subject: str
    body: str
    blocks: tuple[Block, ...] = ()
    is_fallback: bool = False


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
def shipped(language: str) -> Mapping[str, str]:
    """The texts that ship, steps and common blocks, by name, as they are written."""
    files = sorted((LOCALE_DIR / language / "letters").glob("*.txt"))
    return {file.stem: file.read_text(encoding="utf-8") for file in files}


@lru_cache(maxsize=len(LANGUAGES))
def environment(language: str) -> Any:  # noqa: ANN401 -- the library has no types
    """Where templates of a language are read: the common blocks, the tags and filters allowed, and the limits."""
    from liquid import CachingDictLoader, Environment, StrictUndefined  # late: only letters need it

    class Templates(Environment):
        loop_iteration_limit = _LOOP_LIMIT
        output_stream_limit = _OUTPUT_LIMIT
        local_namespace_limit = _NAMESPACE_LIMIT
        context_depth_limit = _DEPTH_LIMIT

    common = {name: _typeset(text, language) for name, text in shipped(language).items() if SEPARATOR not in text}
    marked = {name: f"{_OPEN}{name}{_NAMED}{text}{_CLOSE}" if name in BLOCKS else text for name, text in common.items()}
    made = Templates(loader=CachingDictLoader(marked), undefined=StrictUndefined, autoescape=False)
    for table, allowed in ((made.tags, TAGS), (made.filters, FILTERS)):
        for name in set(table) - set(allowed):
            del table[name]
    return made


def template_name(language: str, step: str, client_type: str | None, own: Mapping[tuple[str, str], str] | None = None) -> str:
    """The template of a step: that of the kind of client if there is one ("R3.public"), else the common one.

    A step of a company's policy that has no text borrows that of a first reminder.
    """
    known = {*shipped(language), *(name for name, of in own or {} if of == language)}
    wanted = [f"{step}.{client_type}"] if client_type in VARIANTS else []
    return next((name for name in [*wanted, step] if name in known), "R1")


@lru_cache(maxsize=128)
def parsed(language: str, source: str) -> tuple[Any, Any]:
    """The subject and the text of a template, ready to be filled."""
    head, _, text = _typeset(source, language).partition(SEPARATOR)
    made = environment(language)
    return made.from_string(head.removeprefix("subject:")), made.from_string(text)


def render(language: str, name: str, fields: Mapping[str, Value], own: Mapping[tuple[str, str], str] | None = None) -> Letter:
    """The letter `name` in `language`, as the company wrote it (`own`), else as it ships.

    Fields are put in as they are: what looks like a tag in a name stays text. An own text that cannot be filled for these
    invoices, or that says nothing for them, gives way to the one that ships: one bad letter never stops the others.
    """
    from liquid.exceptions import LiquidError

    written = (own or {}).get((name, language))
    if written is None:
        return _filled(language, shipped(language)[name], fields)
    try:
        own_letter = _filled(language, written, fields)
    except (LiquidError, RecursionError):
        own_letter = Letter("", "")
    if own_letter.subject and own_letter.body.strip():
        return own_letter
    return _filled(language, shipped(language).get(name, shipped(language)["R1"]), fields)._replace(is_fallback=True)


def _filled(language: str, source: str, fields: Mapping[str, Value]) -> Letter:
    """A template with its fields."""
    head, text = parsed(language, source)
    marked = _tidy(text.render(**fields))
    blocks = tuple(Block(kind, language, words.strip("\n")) for kind, words in _BLOCK.findall(marked) if words.strip())
    body = _tidy(_MARK.sub("", marked)).strip("\n") + "\n"
    subject = " ".join(re.split(r"[ \n\r]+", _MARK.sub("", head.render(**fields)))).strip()
    return Letter(subject, body, tuple(block for block in blocks if block.text in body))


def _tidy(text: str) -> str:
    """No spaces at the ends of lines, no more than one empty line between paragraphs."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip(" ") for line in text.split("\n")))
