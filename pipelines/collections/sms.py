"""Text messages: counted as telephones count them, and shortened without losing what matters."""

import unicodedata
from collections.abc import Mapping
from math import ceil
from typing import NamedTuple

from pipelines.collections.letters import Letter, Value, render

#: The characters of a plain message (GSM 03.38), and those that count for two.
_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = set("^{}\\[~]|€\f")
#: Characters of one message, and of each part of a longer one: plain, and with other letters (UCS-2).
_PLAIN, _OTHER = (160, 153), (70, 67)
#: Parts that a reminder may take.
MOST_PARTS = 2
_TYPOGRAPHY = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ", "\u202f": " "}
)
#: What is left out first, where a message is too long: fields given an empty text, one after the other.
_DISPENSABLE = ("bic", "payment_link", "company_phone", "iban")


class Length(NamedTuple):
    """How long a message is: characters as they count, the most that its parts hold, parts, and whether it is plain."""

    characters: int
    room: int
    parts: int
    is_plain: bool


def measured(text: str) -> Length:
    """The length of a message as it is charged."""
    is_plain = all(c in _GSM or c in _GSM_TWICE for c in text)
    single, each = _PLAIN if is_plain else _OTHER
    count = sum(2 if c in _GSM_TWICE else 1 for c in text) if is_plain else len(text.encode("utf-16-le")) // 2
    parts = 1 if count <= single else ceil(count / each)
    return Length(count, single if parts == 1 else parts * each, parts, is_plain)


def plain(text: str) -> str:
    """The text with the signs of plain messages only: straight quotes and spaces, letters without the accents they lack."""
    straight = text.translate(_TYPOGRAPHY)
    kept = [c if c in _GSM or c in _GSM_TWICE else unicodedata.normalize("NFKD", c) for c in straight]
    return "".join("".join(x for x in c if not unicodedata.combining(x)) for c in kept)


def short_message(
    language: str, name: str, fields: Mapping[str, Value], own: Mapping[tuple[str, str], str] | None = None
) -> Letter:
    """The text message of a step within two parts: what is dispensable goes first, then its end."""
    known = dict(fields)
    letter = _plain_letter(render(language, name, known, own))
    for field in _DISPENSABLE:
        if measured(letter.body).parts <= MOST_PARTS:
            return letter
        known[field] = ""
        letter = _plain_letter(render(language, name, known, own))
    return letter._replace(body=_cut(letter.body))


def _plain_letter(letter: Letter) -> Letter:
    """On one line, with straight signs; without accents where that takes fewer parts."""
    text = " ".join(letter.body.translate(_TYPOGRAPHY).split())
    bare = plain(text)
    return letter._replace(body=bare if measured(bare).parts < measured(text).parts else text, blocks=())


def _cut(text: str) -> str:
    """The most whole words that fit, and three dots."""
    words = text.split(" ")
    while len(words) > 1 and measured(" ".join(words) + "...").parts > MOST_PARTS:
        words.pop()
    short = " ".join(words)
    while measured(short + "...").parts > MOST_PARTS:
        short = short[:-1]
    return short if short == text else short + "..."
