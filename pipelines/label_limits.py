"""How long a bank lets a label be: a word that ends where a field is full may have lost its end.

A number there is no whole token (contract: statements): 2026-04 may be what is left of 2026-0412.
"""

from functools import reduce
from operator import or_
from typing import NamedTuple

import polars as pl


class Limit(NamedTuple):
    """A field from the beginning of the label on, and the lengths at which it is full.

    Attributes:
        format: of the file, as in models.tables; empty: of any.
        begins: regular expression of the labels that it is about.
        least: length from which the field may be full. `most`: its greatest length.
        source: who says so.
    """

    format: str
    begins: str
    least: int
    most: int
    source: str


LIMITS = (
    Limit("ofx", "", 32, 32, "OFX 1.6 and 2.2, 11.4.3: NAME is A-32"),
    Limit("ofx", "", 255, 288, "OFX 1.6 and 2.2, 11.4.3: MEMO is A-255, behind a NAME and a space or alone"),
    Limit("cfonb", "", 31, 31, "CFONB 120, record 04: the label is 31 characters, positions 49 to 79"),
    Limit("camt", "", 140, 140, "ISO 20022: unstructured remittance information is Max140Text"),
    Limit("mt940", "", 390, 390, "SWIFT MT940, field 86: 6 lines of 65 characters"),
    Limit("", "^VIR SEPA RECU /DE ", 100, 106, "BNP Paribas cuts the fields of a transfer at about 105 characters"),
)


def is_full(label: pl.Expr, file_format: pl.Expr) -> pl.Expr:
    """Whether a label ends where a field of its format is full, so that its last word may have lost its end.

    Args:
        label: as the file gives it, before it is folded.
        file_format: the format of the file that the label is from.
    """
    told = [
        label.str.len_chars().is_between(limit.least, limit.most)
        & (label.str.contains(limit.begins) if limit.begins else pl.lit(value=True))
        & ((file_format == limit.format) if limit.format else pl.lit(value=True))
        for limit in LIMITS
    ]
    return reduce(or_, told).fill_null(value=False)
