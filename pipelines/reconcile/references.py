"""Structured creditor references (ISO 11649, "RF18 5390 0754 7034") that hold an invoice number.

Two check digits prove that the reference was copied whole, so that the number in it speaks alone.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

import polars as pl
from stdnum import iso11649

from pipelines.reconcile.labels import plain_words
from pipelines.reconcile.spellings import FIRM, WEAK

_REFERENCE = re.compile(r"(?<![0-9a-z])rf ?[0-9]{2}(?: ?[0-9a-z]{1,21}){1,7}")
_MIN_BODY = 4
_SCHEMA = {"line_id": pl.String, "body": pl.String, "found": pl.String, "start": pl.Int64}


def reference_hits(labels: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Documents whose number is the body of a structured reference in a label.

    Args:
        labels: line_id, text (`labels_of`).
        documents: document_id, number.

    Returns:
        One row per line and document, as `number_hits` gives them; weak where several documents share the body.
    """
    told = labels.filter(pl.col("text").str.contains(r"\brf ?[0-9]{2}"))
    rows = [(line_id, *found) for line_id, text in told.select("line_id", "text").iter_rows() for found in _references(text)]
    bodies: dict[str, set[str]] = defaultdict(set)
    for document_id, number in documents.select("document_id", "number").iter_rows() if rows else ():
        whole = plain_words(number).replace(" ", "")
        for body in (whole, re.sub("[a-z]", "", whole)):
            bodies[body.lstrip("0")].add(document_id)
    known = pl.DataFrame(
        [(body, document_id) for body, named in bodies.items() for document_id in named],
        schema={"body": pl.String, "document_id": pl.String},
        orient="row",
    )
    is_only = pl.col("document_id").n_unique().over("line_id", "start") == 1
    return (
        pl.DataFrame(rows, schema=_SCHEMA, orient="row")
        .join(known, on="body", how="inner", validate="m:m")
        .with_columns(strength=pl.when(is_only).then(FIRM).otherwise(WEAK).cast(pl.Int64))
        .sort("line_id", "start", "document_id")
        .unique(["line_id", "document_id"], keep="first", maintain_order=True)
        .select("line_id", "document_id", "strength", "found", "start")
    )


def _references(text: str) -> Iterator[tuple[str, str, int]]:
    """The valid references of a label: body without leading zeros, the words, and where; words behind are given back."""
    for match in _REFERENCE.finditer(text):
        words = match[0].split(" ")
        for count in range(len(words), 0, -1):
            joined = "".join(words[:count])
            if len(joined) >= _MIN_BODY + 4 and iso11649.is_valid(joined.upper()):
                yield joined[4:].lstrip("0"), " ".join(words[:count]), match.start()
                break
