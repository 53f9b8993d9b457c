"""One e-mail address, and nothing that could become two or a header."""

import re

import polars as pl

#: An ASCII addr-spec of dot-atoms with a full domain name, without anchors: Python and Rust read it alike. What mail
#: programs may take for more than an address (`%`, quotes, brackets, commas, spaces, control characters) is left out.
_ATOM = r"[A-Za-z0-9_+&'=~-]{1,64}"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
ADDRESS = rf"{_ATOM}(?:\.{_ATOM}){{0,8}}@(?:{_LABEL}\.){{1,8}}[A-Za-z]{{2,63}}"
_LONGEST, _LONGEST_LOCAL = 254, 64


def is_address_column(name: str) -> pl.Expr:
    """`is_address` of each value of a column."""
    text = pl.col(name)
    fits = (text.str.len_bytes() <= _LONGEST) & (text.str.find("@", literal=True) <= _LONGEST_LOCAL)
    return (text.str.contains(f"^(?:{ADDRESS})$") & fits).fill_null(value=False)


def is_address(text: str | None) -> bool:
    """Whether the text is exactly one address that a message can be sent to (RFC 5321: 64 before the @, 254 in all)."""
    if text is None or len(text) > _LONGEST or re.fullmatch(ADDRESS, text) is None:
        return False
    return len(text.partition("@")[0]) <= _LONGEST_LOCAL
