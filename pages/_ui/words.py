"""Text from data on screen: never run as Markdown, HTML or a directive."""

import re

_BREAKS = re.compile(r"[^\S\u00a0\u202f]+")  # no-break spaces stay: they hold amounts together
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&@/\"'=])")


def md(text: object) -> str:
    """Data as literal text inside a Markdown string: a client called "![](http://x)" stays those characters."""
    flat = _BREAKS.sub(" ", str(text)).strip()
    return _SPECIAL.sub(lambda match: f"&#{ord(match[1])};", flat)
