"""Invoices by the last digits of their numbers alone ("solde 104" is FA-2025-0104), where their client is named."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import polars as pl

from pipelines.reconcile.labels import Tokens
from pipelines.reconcile.names import LIKELY, Named
from pipelines.reconcile.spellings import BARE, WEAK, sequence_of
from pipelines.reconcile.surroundings import introduces, is_of_other_paper, word_at

_MIN, _MOST = 3, 6  # digits that say something where nothing introduces them, and that a sequence has


class Lone(NamedTuple):
    """A number of a label that is no piece of another one; `is_introduced`: "facture", "solde" or the like stands before it."""

    line_id: str
    word: str
    is_introduced: bool


def lone_numbers(labels: pl.DataFrame, tokens: Tokens) -> list[Lone]:
    """The numbers of labels (line_id, is_cut) that may be the end of an invoice's.

    Args:
        labels: line_id and is_cut (`labels_of`).
        tokens: those of the labels.
    """
    cut = set(labels.filter("is_cut")["line_id"])
    return [
        Lone(line_id, word, introduces(tokens, row))
        for row, (line_id, word) in enumerate(zip(tokens.line_ids, tokens.words, strict=True))
        if word.isdigit() and len(word) <= _MOST and _is_alone(tokens, row, is_cut=line_id in cut)
    ]


def sequences_of(documents: pl.DataFrame) -> list[tuple[str, str]]:
    """document_id and what counts the invoices in its number, of documents (document_id, number)."""
    return [(document_id, sequence_of(number)) for document_id, number in documents.select("document_id", "number").iter_rows()]


def sequence_hits(
    numbers: Iterable[Lone], sequences: Iterable[tuple[str, str]], owner: Mapping[str, str], names: Mapping[str, list[Named]]
) -> Iterator[tuple[str, str, int, str]]:
    """Documents of the clients that a line names whose numbers end in a number of its label.

    Args:
        numbers: `lone_numbers` of the labels.
        sequences: `sequences_of` the documents.
        owner: document_id -> client_id.
        names: line_id -> clients named.

    Yields:
        line_id, document_id, strength, found: weak behind "facture", "solde" or the like, else bare.
    """
    named = {line_id for line_id, found in names.items() if found[0].level <= LIKELY}
    ends: dict[tuple[str, str], list[str]] = defaultdict(list)
    for document_id, sequence in sequences:
        ends[owner[document_id], sequence].append(document_id)
    for line_id, word, is_introduced in numbers:
        for name in names[line_id] if line_id in named else ():
            for document_id in ends.get((name.client_id, word.lstrip("0")), ()):
                if is_introduced or len(word) >= _MIN:
                    yield line_id, document_id, WEAK if is_introduced and len(word) >= _MIN else BARE, word


def _is_alone(tokens: Tokens, row: int, *, is_cut: bool) -> bool:
    """Whether a number is no piece of a longer one, of a date or an IBAN, nor another paper's number."""
    line = tokens.line_ids[row]
    before, after = word_at(tokens, row - 1, line), word_at(tokens, row + 1, line)
    if (is_cut and not after) or tokens.atoms[row] is not None or is_of_other_paper(tokens, row):
        return False
    joint, joint_after = tokens.joints[row], tokens.joints[row + 1] if after else " "
    is_torn = (joint == "" and not introduces(tokens, row)) or (joint in ("-", "_", ".") and before != "")
    return not is_torn and joint_after != "" and not (joint_after in ("-", "_", ".") and after[0].isdigit())
