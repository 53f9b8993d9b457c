"""Invoice numbers in labels, as whole tokens.

A number is found whatever separators the bank dropped: FACT-2025-012 is found in "FACT 2025012", never inside
"XFACT2025012" and never as 12 in "FACT-2012". `spellings` says how much each way to write it proves.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import NamedTuple

import polars as pl

from pipelines.reconcile.labels import Tokens, digits_for_letters, tokens_of
from pipelines.reconcile.spellings import BARE, FIRM, NOTHING, WEAK, Spelling, spellings_of
from pipelines.reconcile.surroundings import (
    ORDER_WORDS,
    STREETS,
    introduces,
    is_of_other_paper,
    is_torn_left,
    is_torn_right,
    word_at,
)

_MAX_TOKENS = 6
_TO = ("a", "au", "to")
_MOST_RANGE, _MOST_CUT, _MIN_CUT = 20, 2, 5


class Hit(NamedTuple):
    """A number found: tokens `row` to `row + size` of all labels."""

    line_id: str
    document_id: str
    strength: int
    found: str
    row: int
    size: int
    tail: int


def number_hits(labels: pl.DataFrame, documents: pl.DataFrame, tokens: Tokens | None = None) -> pl.DataFrame:
    """Documents whose number (or order) stands in a label as whole tokens.

    Args:
        labels: line_id, text and maybe is_cut (`labels_of`).
        documents: document_id, number and maybe order_reference.
        tokens: those of the labels, where they are known.

    Returns:
        One row per line and document: line_id, document_id, strength, found (the words of the label), start (where),
        in label order.
    """
    labels = labels.filter(pl.col("text").str.contains("[0-9]"))
    spellings = spellings_of(documents)
    tokens = tokens or tokens_of(labels)
    hits = _only_certain(_outermost(_found(tokens, spellings)))
    hits += _continued(hits, tokens, spellings)
    cut = labels.filter("is_cut")["line_id"].to_list() if "is_cut" in labels.columns else []
    hits = _with_cut(hits, tokens, spellings, set(cut))
    frame = pl.concat([_frame(hits), _misread(labels, spellings)])
    return (
        frame.sort("strength", "size", "start", descending=[False, True, False], maintain_order=True)
        .unique(["line_id", "document_id"], keep="first", maintain_order=True)
        .sort("line_id", "start", "document_id")
        .select("line_id", "document_id", "strength", "found", "start")
    )


def _frame(hits: Iterable[Hit]) -> pl.DataFrame:
    schema = {"line_id": pl.String, "document_id": pl.String, "strength": pl.Int64, "found": pl.String, "start": pl.Int64}
    return pl.DataFrame(list(hits), schema={**schema, "size": pl.Int64, "tail": pl.Int64}, orient="row")


def _misread(labels: pl.DataFrame, spellings: Mapping[str, list[Spelling]]) -> pl.DataFrame:
    """Weak hits of numbers in which a digit was read as a letter."""
    mended = [(line_id, digits_for_letters(text)) for line_id, text in labels.select("line_id", "text").iter_rows()]
    rows = pl.DataFrame(mended, schema={"line_id": pl.String, "text": pl.String}, orient="row").drop_nulls("text")
    hits = _outermost(_found(tokens_of(rows), spellings))
    return _frame(hit._replace(strength=max(hit.strength, WEAK)) for hit in hits)


def _found(tokens: Tokens, spellings: Mapping[str, list[Spelling]]) -> list[Hit]:
    """Every run of tokens that spells a number and is no piece of something else."""
    hits = []
    for row, size, key in _runs(tokens, spellings):
        cuts = _cuts(tokens.words[row : row + size])
        for spelling in spellings.get(key, ()):
            if cuts & ~spelling.cuts == 0 and spelling.needed & ~cuts == 0:
                strength = _strength(tokens, row, size, spelling, is_order=False)
                if strength < NOTHING:
                    hits.append(_hit(tokens, row, size, spelling, strength))
        orders = spellings.get(f"#{key}", ())
        named = [order for order in orders if _strength(tokens, row, size, order, is_order=True) < NOTHING]
        hits += [_hit(tokens, row, size, order, WEAK) for order in named]
    return hits


def _runs(tokens: Tokens, spellings: Mapping[str, list[Spelling]]) -> Iterator[tuple[int, int, str]]:
    """Runs of up to _MAX_TOKENS tokens of one label that, joined, are a key: (row, size, key)."""
    keys = pl.Series(list({key.removeprefix("#") for key in spellings}), dtype=pl.String).implode()
    frame = pl.DataFrame({"line_id": tokens.line_ids, "word": tokens.words}, schema={"line_id": pl.String, "word": pl.String})
    frame = frame.with_columns(line=pl.col("line_id").rle_id()).with_row_index("row")
    run = pl.col("word")
    runs = []
    for size in range(1, _MAX_TOKENS + 1):
        if size > 1:
            run += pl.col("word").shift(1 - size)
        is_one_line = pl.col("line") == pl.col("line").shift(1 - size)
        runs.append(frame.select("row", run=run, size=pl.lit(size, pl.Int64), keep=is_one_line).filter("keep"))
    found = pl.concat(runs).filter(pl.col("run").is_in(keys))
    for row, size, key in found.select("row", "size", "run").iter_rows():
        yield row, size, key


def _cuts(words: list[str]) -> int:
    return sum(1 << end for end in list(accumulate(map(len, words)))[:-1])


def _hit(tokens: Tokens, row: int, size: int, spelling: Spelling, strength: int) -> Hit:
    shown = "".join(("" if tokens.joints[n] == "" or n == row else " ") + tokens.words[n] for n in range(row, row + size))
    return Hit(tokens.line_ids[row], spelling.document_id, strength, shown, row, size, spelling.tail)


def _strength(tokens: Tokens, row: int, size: int, spelling: Spelling, *, is_order: bool) -> int:
    """What a run says, by what stands around it; NOTHING if it is a piece of a longer word, number, date or IBAN."""
    line, end = tokens.line_ids[row], row + size
    before = word_at(tokens, row - 1, line)
    is_other = is_of_other_paper(tokens, row, but=ORDER_WORDS if is_order else frozenset())
    is_introduced = not is_other and introduces(tokens, row)
    strength = spelling.introduced if is_introduced else spelling.alone
    is_number = tokens.words[row][0].isdigit()
    if is_other and (is_number or strength != FIRM):
        return NOTHING
    if is_torn_left(tokens.joints[row], before, tokens.words[row]) and not is_introduced:
        return NOTHING
    after = word_at(tokens, end, line)
    if after and is_torn_right(tokens.joints[end], after, spelling.tail):
        return NOTHING
    first, last = tokens.atoms[row], tokens.atoms[end - 1]
    is_piece = (before and first and first == tokens.atoms[row - 1]) or (after and last and last == tokens.atoms[end])
    if is_piece or (first or "").startswith("b") or (strength == BARE and after in STREETS):
        return NOTHING
    return max(strength, WEAK) if first and first == last else strength


def _outermost(hits: list[Hit]) -> list[Hit]:
    """A hit inside a longer firm one of the same line says nothing: "2025 012" inside "fact 2025 012"."""
    firm: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        if hit.strength == FIRM:
            firm[hit.line_id].append(hit)
    return [
        hit
        for hit in hits
        if not any(
            other.row <= hit.row and hit.row + hit.size <= other.row + other.size and hit.size < other.size
            for other in firm.get(hit.line_id, ())
        )
    ]


def _only_certain(hits: list[Hit]) -> list[Hit]:
    """A number without its letters that several documents share is weak, whatever introduces it."""
    shared: dict[tuple[int, int], set[str]] = defaultdict(set)
    for hit in hits:
        if hit.strength == FIRM:
            shared[hit.row, hit.size].add(hit.document_id)
    return [hit._replace(strength=WEAK) if hit.strength == FIRM and len(shared[hit.row, hit.size]) > 1 else hit for hit in hits]


def _continued(hits: list[Hit], tokens: Tokens, spellings: Mapping[str, list[Spelling]]) -> list[Hit]:
    """Numbers that continue one: "FACT-2025-049/054" also names FACT-2025-054, "012 A 015" those between, as weak evidence.

    Tokens of digits right after a number, as long as its last part, stand for numbers that begin like it.
    """
    more = []
    for hit in hits:
        key = "".join(tokens.words[hit.row : hit.row + hit.size])
        if hit.strength != FIRM or not key[-1].isdigit():
            continue
        size = hit.tail
        stem, last, row = key[:-size], int(key[-size:]), hit.row + hit.size
        while word_at(tokens, row, hit.line_id):
            is_range = tokens.words[row] in _TO and word_at(tokens, row + 1, hit.line_id).isdigit()
            row += is_range
            word = tokens.words[row]
            if not word.isdigit() or len(word) != size or tokens.atoms[row] is not None:
                break
            among = range(last + 1, int(word) + 1) if is_range and int(word) - last <= _MOST_RANGE else (int(word),)
            for number in among:
                named = spellings.get(f"{stem}{number:0{size}d}", ())
                more += [_hit(tokens, row, 1, spelling, WEAK) for spelling in named if spelling.alone == FIRM]
            last, row = int(word), row + 1
    return more


def _with_cut(hits: list[Hit], tokens: Tokens, spellings: Mapping[str, list[Spelling]], cut: set[str]) -> list[Hit]:
    """A number that ends a cut label is no whole token: it is weak, if it is long, and so are those that go on from it."""
    ends = {line: row + 1 for row, line in enumerate(tokens.line_ids) if line in cut}
    kept = [hit for hit in hits if ends.get(hit.line_id) != hit.row + hit.size]
    torn = [hit for hit in hits if ends.get(hit.line_id) == hit.row + hit.size and len(hit.found) >= _MIN_CUT]
    return kept + [hit._replace(strength=max(hit.strength, WEAK)) for hit in torn] + list(_going_on(tokens, spellings, ends))


def _going_on(tokens: Tokens, spellings: Mapping[str, list[Spelling]], ends: Mapping[str, int]) -> Iterator[Hit]:
    """Numbers of which the last tokens of a cut label are the beginning."""
    starts = {
        (row, end): "".join(tokens.words[row:end])
        for line, end in ends.items()
        for row in range(end - 1, end - 1 - _MAX_TOKENS, -1)
        if word_at(tokens, row, line) and tokens.joints[row] != ""
    }
    longer: dict[str, list[Spelling]] = {start: [] for start in starts.values() if len(start) >= _MIN_CUT}
    for key, named in spellings.items() if longer else ():
        for lost in range(1, _MOST_CUT + 1):
            if key[:-lost] in longer and key[-lost:].isdigit():
                longer[key[:-lost]] += [spelling for spelling in named if spelling.alone == FIRM]
    for (row, end), start in starts.items():
        named = longer.get(start, [])
        if len(named) <= _MOST_RANGE:
            yield from (_hit(tokens, row, end - row, spelling, WEAK) for spelling in named)
