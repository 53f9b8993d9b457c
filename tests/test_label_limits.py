"""A word at the end of a full field may be cut; the same word in a longer or shorter field is whole."""

import polars as pl
import pytest

from pipelines.label_limits import is_cut

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
def test_the_end_of_a_label_is_cut_where_its_field_is_full(label: str | None, file_format: str | None, expected: bool) -> None:
    lines = pl.DataFrame({"label": [label], "format": [file_format]}, schema={"label": pl.String, "format": pl.String})
    assert lines.select(is_cut(pl.col("label"), pl.col("format"))).to_series().to_list() == [expected]


def test_a_word_inside_a_label_is_cut_where_the_field_before_the_next_one_is_full() -> None:
    label = "VIR BOULANGERIE MOREL F-2026-041 MERCI"
    words = pl.DataFrame({"label": [label] * 3, "format": ["ofx"] * 3, "end": [21, 32, 38]})
    assert words.select(is_cut(pl.col("label"), pl.col("format"), pl.col("end"))).to_series().to_list() == [False, True, False]
