"""Stable ids: made from what identifies a thing, so that neither the order nor the number of imports changes them."""

from base64 import b32encode
from collections.abc import Iterable
from hashlib import sha256
from unicodedata import combining, normalize


def stable_id(*parts: object) -> str:
    """Twelve characters (60 bits) that depend on these parts alone."""
    digest = sha256("\x1f".join("" if part is None else str(part) for part in parts).encode()).digest()
    return b32encode(digest).decode("ascii")[:12].lower()


def stable_ids(rows: Iterable[tuple[object, ...]]) -> list[str]:
    """`stable_id` of each tuple."""
    return [stable_id(*row) for row in rows]


def fold(text: str) -> str:
    """A name as people compare it: no case, accents or extra spaces ("  Société DUPRÉ" is "societe dupre")."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in normalize("NFKD", plain) if not combining(c))
    return " ".join(plain.split())
