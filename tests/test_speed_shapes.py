"""The quick ways give the answers of the slow ones: regular tables read at once, statements in batches, names by their words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import UnreadableFile
from pipelines.ingest.parts import Source
from pipelines.ingest.reading import read_file
from pipelines.ingest.tables import rows
from pipelines.ingest.tables.rows import Cells, read_cells
from pipelines.reconcile.names import NameBook

HEADER = ["a", "b", "c"]
CELLS = st.sampled_from(["", " ", "x", "12,50", "é", "e\u0301", "\u200b", "\u00a0", "\t", "€", "\x01", "\x00", "a b "])
LINES = st.lists(st.lists(CELLS, min_size=1, max_size=4).map(";".join), max_size=8)


def both(text: str) -> tuple[Cells, Cells]:
    quick = read_cells(text, 0, 2, ";", HEADER, "file.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_regular", lambda *_: None)
        return quick, read_cells(text, 0, 2, ";", HEADER, "file.csv")


@given(LINES, st.booleans())
@settings(max_examples=400, deadline=None)
def test_a_table_read_at_once_has_the_cells_of_one_read_line_by_line(lines: list[str], has_last_line_end: bool) -> None:
    quick, slow = both("\n".join(lines) + "\n" * has_last_line_end)
    assert quick.table.equals(slow.table)
    assert quick.ragged.equals(slow.ragged)
    assert quick.broken.equals(slow.broken)
    assert quick.is_plain == slow.is_plain


def test_one_line_too_short_and_one_too_long_are_both_told() -> None:
    quick, _ = both("1;2;3\n4;5\n6;7;8;9\n1;2;3\n")
    assert quick.table["line"].to_list() == [2, 5]
    assert quick.ragged.rows() == [(3, "4;5", ["4", "5"]), (4, "6;7;8;9", ["6", "7", "8", "9"])]


def test_lines_are_those_of_the_file_also_after_empty_ones() -> None:
    quick, slow = both("1;2;3\n;;\n4;5;6")
    assert quick.table["line"].to_list() == slow.table["line"].to_list() == [2, 4]


WORDS = st.lists(st.sampled_from(["alpha", "bravo", "carlo", "et", "dumas"]), min_size=1, max_size=5)


@given(st.lists(WORDS, max_size=8), WORDS)
@settings(max_examples=60, deadline=None)
def test_names_found_by_their_first_word_are_those_found_by_trying_every_name(names: list[list[str]], label: list[str]) -> None:
    book = NameBook((f"C{n}", " ".join(words)) for n, words in enumerate(names))
    said = [(n, word) for n, word in enumerate(label) if word != "et"]
    slow = set()
    for client, words in enumerate(names):
        name = [word for word in words if word != "et"] or words
        for start in range(len(said) - len(name) + 1):
            run = said[start : start + len(name)]
            if len("".join(words)) >= 4 and [word for _, word in run] == name:
                slow.add((run[0][0], run[-1][0] + 1, f"C{client}"))
    assert {(start, end, entry.client_id) for start, end, entry in book._spans(tuple(label))} == slow


HEAD = b"numero;client;date;montant\n"
LENGTH = 10 * 1024 * 1024


@pytest.mark.parametrize("name", ["f.csv", "f.qif", "f.sta", "f.xml"])
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"x" * LENGTH, "field_too_long"),
        (b'"' * LENGTH, "field_too_long"),
        (b";" * LENGTH, "too_many_columns"),
        (HEAD + b"x" * LENGTH, "field_too_long"),
        (HEAD + b'1;"' + b"y" * LENGTH + b'";2025-01-01;3\n', "field_too_long"),
        (HEAD + b";" * LENGTH, "too_many_columns"),
        (HEAD + b'";' * (LENGTH // 2), "too_many_columns"),
    ],
    ids=("characters", "quotes", "separators", "second line", "quoted cell", "second separators", "quoted separators"),
)
def test_a_line_of_ten_megabytes_is_refused_for_what_it_is(content: bytes, code: str, name: str) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read_file(Source(content, name))
    assert refusal.value.code == code


def test_a_first_line_of_many_open_tags_is_recognised_in_linear_time() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read_file(Source(b"<Invoice " * 1_000_000, "f.xml"))
    assert refusal.value.code == "unknown_format"
