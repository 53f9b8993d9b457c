"""Invoices by the last digits of their numbers alone ("solde 104" is FA-2025-0104), where their client is named."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import polars as pl

from pipelines.reconcile.labels import Tokens
from pipelines.reconcile.names import LIKELY, Named
from pipelines.reconcile.spellings import BARE, WEAK, sequence_of
from pipelines.reconcile.surroundings import introduces, is_of_other_paper, word_at

_MIN, _MOST = 3, 6  # digits that say something where nothing introduces them, and that a sequence has


def sequence_hits(
    labels: pl.DataFrame, documents: pl.DataFrame, names: Mapping[str, list[Named]], tokens: Tokens
) -> Iterator[tuple[str, str, int, str]]:
    """Documents of the clients that a line names whose numbers end in a number of its label.

    Args:
        labels: line_id, text (`labels_of`).
        documents: document_id, number, client_id.
        names: line_id -> clients named.
        tokens: those of the labels.

    Yields:
        line_id, document_id, strength, found: weak behind "facture", "solde" or the like, else bare.
    """
    named = {line_id for line_id, found in names.items() if found[0].level <= LIKELY}
    ends: dict[tuple[str, str], list[str]] = defaultdict(list)
    for document_id, number, client_id in documents.select("document_id", "number", "client_id").iter_rows():
        ends[client_id, sequence_of(number)].append(document_id)
    cut = set(labels.filter("is_cut")["line_id"])
    for row, (line_id, word) in enumerate(zip(tokens.line_ids, tokens.words, strict=True)):
        if line_id in named and word.isdigit() and len(word) <= _MOST and _is_alone(tokens, row, is_cut=line_id in cut):
            is_introduced = introduces(tokens, row)
            for name in names[line_id]:
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
