"""Text from data on screen: never run as Markdown, HTML or a directive."""

import re

_BREAKS = re.compile(r"[^\S\u00a0\u202f]+")  # no-break spaces stay: they hold amounts together
_MINUS = re.compile(r"-(?=[A-Z]{0,2}[€$£¥]\d)")
#: A hyphen inside a word is none of Markdown's: a number stays as it is for those who have it read aloud.
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+.!|~$:&@/\"'=]|(?<![^\W_])-|-(?![^\W_]))")


def md(text: object) -> str:
    """Data as literal text inside a Markdown string: a client called "![](http://x)" stays those characters."""
    flat = _BREAKS.sub(" ", str(text)).strip()
    return _SPECIAL.sub(lambda match: f"&#{ord(match[1])};", held(flat))


def held(text: str) -> str:
    """Text whose amounts keep their minus on their own line: a browser breaks a line behind that of "-€5.00"."""
    return _MINUS.sub("-\u2060", text)


def written(text: str) -> str:
    """A sentence of ours in Markdown: two dollars in it are no formula."""
    return held(text).replace("$", r"\$")
