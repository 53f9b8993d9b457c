"""A word at the end of a full field may be cut; the same word in a longer or shorter field is whole."""

import polars as pl
import pytest

from pipelines.label_limits import is_full
from pipelines.reconcile.labels import labels_of
from pipelines.reconcile.numbers import number_hits
from pipelines.reconcile.spellings import FIRM, WEAK

BNP = "VIR SEPA RECU /DE BOULANGERIE MOREL ET FILS SARL /MOTIF FACTURE F-2026-0411 ET FACTURE F-2026-0412 ET F-20"


@pytest.mark.parametrize(
    ("label", "file_format", "expected"),
    [
        ("VIR BOULANGERIE MOREL F-2026-041", "ofx", True),  # 32 characters
        ("VIR BOULANGERIE MOREL F-2026-041", "csv", False),
        ("VIR BOULANGERIE MOREL F-2026-04", "ofx", False),
        ("VIR BOULANGERIE MOREL F-2026-04", "cfonb", True),  # 31 characters
        ("A" * 288, "ofx", True),
        ("A" * 254, "ofx", False),
        ("A" * 140, "camt", True),
        (BNP, "csv", True),
        (BNP[:90], "csv", False),
        ("X" + BNP[1:], "csv", False),
        (None, "ofx", False),
        ("VIR BOULANGERIE MOREL F-2026-041", None, False),
    ],
)
def test_the_end_of_a_label_is_full_where_its_field_is_full(label: str | None, file_format: str | None, expected: bool) -> None:
    lines = pl.DataFrame({"label": [label], "format": [file_format]}, schema={"label": pl.String, "format": pl.String})
    assert lines.select(is_full(pl.col("label"), pl.col("format"))).to_series().to_list() == [expected]


def test_a_number_that_ends_a_full_label_is_not_that_number_for_sure() -> None:
    """F-2026-041 may be what is left of F-2026-0412; the same label of a file without such a limit names it."""
    documents = pl.DataFrame({"document_id": ["A", "B"], "number": ["F-2026-041", "F-2026-0412"]})
    strengths = {}
    for file_format in ("ofx", "csv"):
        line = {"line_id": ["L"], "label": ["VIR BOULANGERIE MOREL F-2026-041"], "counterparty": [None], "format": [file_format]}
        labels = labels_of(pl.DataFrame(line, schema_overrides={"counterparty": pl.String}))
        strengths[file_format] = dict(number_hits(labels, documents).select("document_id", "strength").iter_rows())
    assert strengths == {"ofx": {"A": WEAK, "B": WEAK}, "csv": {"A": FIRM}}
