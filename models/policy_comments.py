"""The comments of a policy's text, carried over to the text that is written of it anew.

A comment belongs to what stands under it: a table, by its scenario and step, or a key of one. One at the end of a line
stays as long as that line says the same. What belonged to a step or a scenario that is gone goes with it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from models.policy import Policy
from models.policy_text import named_in, shipped_policy
from models.policy_write import policy_text
from models.texts import LANGUAGES, LOCALE_DIR

_HEADER = re.compile(r"^\s*\[{1,2}\s*(segments|scenarios\.steps|scenarios)\s*\]{1,2}")
_ID = re.compile(r"""^\s*id\s*=\s*["']([^"']*)["']""")
_KEY = re.compile(r"^\s*([A-Za-z0-9_]+)\s*=")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')
#: What a comment belongs to: its table and, within it, a key; the line itself for one at its end.
Place = tuple[str, str]
_END: Place = ("end", "")


def with_comments(text: str, earlier: str) -> str:
    """A policy's text with the comments of an earlier text of it, where what they belong to is still there."""
    above: dict[Place, list[str]] = {}
    beside: dict[Place, str] = {}
    waiting: list[str] = []
    for place, line in _placed(earlier):
        code, comment = _split(line)
        if code:
            above[place] = waiting
            waiting = []
            beside[place[0], code] = comment
        elif comment or waiting:
            waiting.append(line)
    above[_END] = waiting
    written: list[str] = []
    for place, line in _placed(text):
        comments = above.pop(place, []) if line else []
        comment = beside.get((place[0], line), "")
        written += [*comments, f"{line}  {comment}" if comment else line]
    if above[_END]:
        written += ["", *above[_END]]
    return "\n".join(written).rstrip("\n") + "\n"


@lru_cache(maxsize=len(LANGUAGES))
def shipped_text(language: str) -> str:
    """The policy that ships, with its comments and the names of its scenarios in a language."""
    policy, path = shipped_policy(), LOCALE_DIR / language / "policy.toml"
    if not path.is_file():
        return policy.text
    return with_comments(policy_text(named_in(policy, language)), path.read_text(encoding="utf-8"))


def text_for(policy: Policy, language: str) -> str:
    """The text of a policy for a reader: what ships speaks the reader's language, what a person wrote stays as it is."""
    return shipped_text(language) if policy.text == shipped_policy().text else policy.text


def _split(line: str) -> tuple[str, str]:
    """The code of a line and its comment; a hash within quotes is none."""
    hidden = _STRING.sub(lambda found: "x" * len(found[0]), line)
    at = hidden.find("#")
    return (line.strip(), "") if at < 0 else (line[:at].strip(), line[at:].rstrip())


def _placed(text: str) -> Iterator[tuple[Place, str]]:
    """Each line with what it is: a table's head, or a key of that table."""
    lines = text.splitlines()
    table, scenario = "", ""
    for number, line in enumerate(lines):
        head = _HEADER.match(line)
        if head:
            own = _own_id(lines[number + 1 :])
            scenario = own if head[1] == "scenarios" else scenario
            table = {"segments": "segments", "scenarios": f"scenario {own}"}.get(head[1], f"step {scenario} {own}")
        key = _KEY.match(line)
        yield (table, key[1] if key else ""), line


def _own_id(lines: list[str]) -> str:
    """The id that the table beginning here gives itself."""
    for line in lines:
        if _HEADER.match(line):
            break
        found = _ID.match(line)
        if found:
            return found[1]
    return ""
