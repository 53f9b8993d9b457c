"""The real files beside the repository, if they are there: counted, and imported in any order with the same result."""

import corpus_table
import pytest


@pytest.mark.skipif(not corpus_table.CORPUS.exists(), reason="no corpus beside the repository")
def test_every_real_file_has_the_rows_of_an_independent_count() -> None:
    assert [(one.name, one.rows, one.counted) for one in corpus_table.lines() if not one.is_right] == []
