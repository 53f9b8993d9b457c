"""What stands in bank labels, read once: people's decisions leave it as it is, and reading it is most of a matching.

The last readings are kept and found again by the facts themselves, compared row by row: a decision on one receipt is
followed by a matching of all the others, for which a person waits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import polars as pl

from pipelines.reconcile.labels import labels_of, tokens_of
from pipelines.reconcile.names import NameBook
from pipelines.reconcile.numbers import number_hits
from pipelines.reconcile.payers import payers_of
from pipelines.reconcile.references import reference_hits
from pipelines.reconcile.sequences import Lone, lone_numbers, sequences_of

Answer = TypeVar("Answer")
_MOST = 2  # dossiers at work at the same time: a reading of 100,000 lines takes some hundred MiB


class Numbered(NamedTuple):
    """A document whose number a label holds, how firmly, and in what words; `kind` is number or reference."""

    document_id: str
    strength: int
    found: str
    kind: str


@dataclass(frozen=True)
class Reading:
    """What the labels of some bank lines say of some documents, whatever people said of either.

    Attributes:
        labels: `labels_of` the lines.
        numbers: (line_id, document) of each number found, references first, in label order.
        lone: the numbers that may be the end of an invoice's. `sequences`: (document_id, the end of its number).
    """

    labels: pl.DataFrame
    numbers: list[tuple[str, Numbered]]
    lone: list[Lone]
    sequences: list[tuple[str, str]]


class _Kept(Generic[Answer]):
    """The last answers of a function, found again by what it was asked of."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._past: tuple[tuple[tuple[object, ...], Answer], ...] = ()

    def of(self, asked: tuple[object, ...], answer: Callable[[], Answer]) -> Answer:
        """What was answered of equal facts before, else the answer, kept in the place of the oldest one."""
        for known, before in self._past:
            if all(map(_is_same, known, asked)):
                return before
        found = answer()
        self._past = ((asked, found), *self._past)[: self._most]
        return found


def _is_same(one: object, other: object) -> bool:
    if isinstance(one, pl.DataFrame) and isinstance(other, pl.DataFrame):
        return one.equals(other)
    return one == other


_READINGS: _Kept[Reading] = _Kept(_MOST)
_BOOKS: _Kept[NameBook] = _Kept(2 * _MOST)  # the matching's, and that of the worklist, which knows more payers
_PAYERS: _Kept[pl.DataFrame] = _Kept(_MOST)
_LABELS: _Kept[pl.DataFrame] = _Kept(_MOST)


def reading_of(lines: pl.DataFrame, documents: pl.DataFrame) -> Reading:
    """What the labels of LINES say of documents (document_id, number, maybe order_reference)."""
    spelled = [name for name in ("document_id", "number", "order_reference") if name in documents.columns]
    documents = documents.select(spelled)
    return _READINGS.of((lines, documents), lambda: _read(lines, documents))


def _read(lines: pl.DataFrame, documents: pl.DataFrame) -> Reading:
    labels = known_labels(lines)
    tokens = tokens_of(labels.filter(pl.col("text").str.contains("[0-9]")))
    found = (("reference", reference_hits(labels, documents)), ("number", number_hits(labels, documents, tokens)))
    hits = [(kind, *hit) for kind, every in found for hit in every.drop("start").iter_rows()]
    numbers = [(line_id, Numbered(document_id, strength, said, kind)) for kind, line_id, document_id, strength, said in hits]
    return Reading(labels, numbers, lone_numbers(labels, tokens), sequences_of(documents))


def name_book(clients: pl.DataFrame, *, own: str, aliases: Mapping[str, str]) -> NameBook:
    """The names of clients (client_id, name) and of the payers who are known to pay for them."""
    clients = clients.select("client_id", "name").drop_nulls("name")
    return _BOOKS.of((clients, own, aliases), lambda: NameBook(clients.iter_rows(), own=own, aliases=aliases))


def known_labels(lines: pl.DataFrame) -> pl.DataFrame:
    """`labels_of` these lines."""
    return _LABELS.of((lines,), lambda: labels_of(lines))


def known_payers(lines: pl.DataFrame, *, own: str) -> pl.DataFrame:
    """`payers_of` these lines."""
    return _PAYERS.of((lines, own), lambda: payers_of(lines, own=own))
