"""Invoice numbers in labels, as whole tokens.

A number is found whatever separators the bank dropped: FACT-2025-012 is found in "FACT 2025012", never inside
"XFACT2025012" and never as 12 in "FACT-2012". How much it says is its strength: FIRM speaks alone; WEAK (its letters are
missing, it looks like a date, a digit is misread, its end is cut) needs the client's name or the exact amount; BARE (a short
number such as 12) the exact amount.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import NamedTuple

import polars as pl

from pipelines.reconcile.labels import Tokens, digits_for_letters, plain_words, tokens_of

FIRM, WEAK, BARE = 0, 1, 2
_NOTHING = 3  # it says nothing, unless "facture" or the like stands before it
#: What payers write before a number.
_INVOICE_WORDS = frozenset(("f", "fac", "fact", "facture", "factures", "fra", "n", "no", "num", "numero", "inv", "invoice"))
_NUMERO = ("n", "no", "num", "numero")
_STREETS = frozenset((
    "rue", "av", "avenue", "bd", "bld", "boulevard", "place", "allee", "chemin", "impasse", "quai", "route", "cours", "bis",
    "ter",
))  # fmt: skip
_ORDER_WORDS = frozenset(("cmd", "commande", "cde", "bc", "bon", "order", "po"))
#: What a number behind these words is not: an invoice.
_OTHER_PAPERS = _ORDER_WORDS | frozenset((
    "cheque", "cheques", "chq", "carte", "cb", "remise", "devis", "dev", "contrat", "dossier", "mission", "avoir", "proforma",
    "mandat", "rum", "client", "compte", "lot", "bat", "batiment", "apt", "cs", "bp",
))  # fmt: skip
_MIN_WEAK_DIGITS, _MIN_DIGITS, _MIN_FIRM, _MIN_TAIL = 5, 6, 4, 2
_MAX_TOKENS, _MAX_PARTS, _MAX_KEY = 6, 10, 40
_PARTS = re.compile(r"[a-z]+|[0-9]+")
_YEAR = re.compile(r"20[0-9]{2}")
_TO = ("a", "au", "to")
_MOST_RANGE, _MOST_CUT, _MIN_CUT = 20, 2, 5


class Spelling(NamedTuple):
    """One way to write a number, separators aside.

    Attributes:
        document_id: whose number it is.
        alone: its strength where nothing introduces it.
        introduced: its strength behind "facture" or the like.
        cuts: where a separator may stand, as bits; `needed`: where one must.
        tail: digits of its last part.
    """

    document_id: str
    alone: int
    introduced: int
    cuts: int
    needed: int
    tail: int


class Hit(NamedTuple):
    """A number found: tokens `row` to `row + size` of all labels."""

    line_id: str
    document_id: str
    strength: int
    found: str
    row: int
    size: int
    tail: int


def number_spellings(number: str) -> Iterator[tuple[str, int, int, int, int, int]]:
    """How payers write a number: its key without separators, then the fields of Spelling."""
    parts = _PARTS.findall(plain_words(number))
    digits = sum(len(part) for part in parts if part.isdigit())
    size = sum(map(len, parts))
    if not digits or len(parts) > _MAX_PARTS or size > _MAX_KEY:
        return
    has_letters = digits < size
    is_short = size < _MIN_FIRM or (not has_letters and digits < _MIN_DIGITS)
    whole = (BARE, WEAK) if is_short else ((FIRM, FIRM) if has_letters else (WEAK, FIRM))
    yield _spelled(parts, *whole)
    if is_short:
        return
    years = [part[2:] if _YEAR.fullmatch(part) else part for part in parts]
    if len(parts) > 1 and years != parts:
        yield _spelled(years, *(_loose(years) if has_letters else (_NOTHING, WEAK)))
    tail = parts[-1]
    short_tail = tail.lstrip("0")
    if tail.isdigit() and len(parts) > 1 and short_tail and short_tail != tail:
        yield _spelled([*parts[:-1], short_tail], *(_loose(parts) if has_letters else (_NOTHING, WEAK)), is_parted=True)
    if not parts[0].isalpha():
        return
    bare = parts[1:]
    yield _spelled(bare, WEAK if digits >= _MIN_WEAK_DIGITS else _NOTHING, WEAK)
    if years != parts:
        yield _spelled(years[1:], _NOTHING, WEAK)
    for end in {tail, short_tail}:
        if len(bare) > 1 and tail.isdigit() and len(end) >= _MIN_TAIL:
            yield _spelled([end], _NOTHING, WEAK)


def _loose(parts: list[str]) -> tuple[int, int]:
    return (WEAK, WEAK) if sum(map(len, parts)) >= _MIN_WEAK_DIGITS else (_NOTHING, WEAK)


def _spelled(parts: list[str], alone: int, introduced: int, *, is_parted: bool = False) -> tuple[str, int, int, int, int, int]:
    ends = list(accumulate(map(len, parts)))[:-1]
    cuts = sum(1 << end for end in ends)
    is_needed = is_parted and parts[-2].isdigit()
    return "".join(parts), alone, introduced, cuts, 1 << ends[-1] if is_needed else 0, len(parts[-1])


def _all_spellings(documents: pl.DataFrame) -> dict[str, list[Spelling]]:
    """Spellings by key, of numbers and of order references, which are weak: an order may have several invoices."""
    found: dict[str, list[Spelling]] = defaultdict(list)
    has_orders = "order_reference" in documents.columns
    orders = pl.col("order_reference") if has_orders else pl.lit(None, pl.String)
    for document_id, number, order in documents.select("document_id", "number", orders.alias("order")).iter_rows():
        for key, *rest in number_spellings(number):
            found[key].append(Spelling(document_id, *rest))
        for key, _, introduced, *rest in list(number_spellings(order or ""))[:1]:
            if introduced == FIRM or len(key) >= _MIN_DIGITS:
                found[f"#{key}"].append(Spelling(document_id, WEAK, WEAK, *rest))
    return found


def number_hits(labels: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Documents whose number (or order) stands in a label as whole tokens.

    Args:
        labels: line_id, text and maybe is_cut (`labels_of`).
        documents: document_id, number and maybe order_reference.

    Returns:
        One row per line and document: line_id, document_id, strength, found (the words of the label), start (where),
        in label order.
    """
    labels = labels.filter(pl.col("text").str.contains("[0-9]"))
    spellings = _all_spellings(documents)
    tokens = tokens_of(labels)
    hits = _outermost(_found(tokens, spellings))
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
                if strength < _NOTHING:
                    hits.append(_hit(tokens, row, size, spelling, strength))
        orders = spellings.get(f"#{key}", ())
        named = [order for order in orders if _strength(tokens, row, size, order, is_order=True) < _NOTHING]
        hits += [_hit(tokens, row, size, order, WEAK) for order in named]
    return hits


def _runs(tokens: Tokens, spellings: Mapping[str, list[Spelling]]) -> Iterator[tuple[int, int, str]]:
    """Runs of up to _MAX_TOKENS tokens of one label that, joined, are a key: (row, size, key)."""
    keys = pl.Series(list({key.removeprefix("#") for key in spellings}), dtype=pl.String).implode()
    frame = pl.DataFrame({"line_id": tokens.line_ids, "word": tokens.words}, schema={"line_id": pl.String, "word": pl.String})
    frame = frame.with_columns(line=pl.col("line_id").rle_id()).with_row_index("row")
    run = pl.col("word")
    for size in range(1, _MAX_TOKENS + 1):
        if size > 1:
            run += pl.col("word").shift(1 - size)
        is_one_line = pl.col("line") == pl.col("line").shift(1 - size)
        found = frame.select("row", run=run, is_one_line=is_one_line).filter(pl.col("is_one_line") & pl.col("run").is_in(keys))
        for row, key in found.select("row", "run").iter_rows():
            yield row, size, key


def _cuts(words: list[str]) -> int:
    return sum(1 << end for end in list(accumulate(map(len, words)))[:-1])


def _hit(tokens: Tokens, row: int, size: int, spelling: Spelling, strength: int) -> Hit:
    shown = "".join(("" if tokens.joints[n] == "" or n == row else " ") + tokens.words[n] for n in range(row, row + size))
    return Hit(tokens.line_ids[row], spelling.document_id, strength, shown, row, size, spelling.tail)


def _strength(tokens: Tokens, row: int, size: int, spelling: Spelling, *, is_order: bool) -> int:
    """What a run says, by what stands around it; _NOTHING if it is a piece of a longer word, number, date or IBAN."""
    line, end = tokens.line_ids[row], row + size
    before = _word(tokens, row - 1, line)
    context = _word(tokens, row - 2, line) or before if before in _NUMERO else before
    is_other = context in _STREETS or (context in _OTHER_PAPERS and not (is_order and context in _ORDER_WORDS))
    is_introduced = before in _INVOICE_WORDS and not is_other
    strength = spelling.introduced if is_introduced else spelling.alone
    is_number = tokens.words[row][0].isdigit()
    if is_other and (is_number or strength != FIRM):
        return _NOTHING
    if _is_torn_left(tokens.joints[row], before, is_number=is_number) and not is_introduced:
        return _NOTHING
    after = _word(tokens, end, line)
    if after and _is_torn_right(tokens.joints[end], after, spelling.tail):
        return _NOTHING
    first, last = tokens.atoms[row], tokens.atoms[end - 1]
    is_piece = (before and first and first == tokens.atoms[row - 1]) or (after and last and last == tokens.atoms[end])
    if is_piece or (first or "").startswith("b") or (strength == BARE and after in _STREETS):
        return _NOTHING
    return max(strength, WEAK) if first and first == last else strength


def _word(tokens: Tokens, row: int, line_id: str) -> str:
    return tokens.words[row] if 0 <= row < len(tokens.words) and tokens.line_ids[row] == line_id else ""


def _is_torn_left(joint: str, before: str, *, is_number: bool) -> bool:
    return joint == "" or (is_number and (joint in "-_." or (joint == "/" and before[:1].isdigit())))


def _is_torn_right(joint: str, after: str, tail: int) -> bool:
    if joint == "":
        return True
    is_next = joint == "/" and len(after) == tail
    return joint in "-_./" and not is_next and (after[0].isdigit() or (joint == "-" and len(after) == 1))


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
        while _word(tokens, row, hit.line_id):
            is_range = tokens.words[row] in _TO and _word(tokens, row + 1, hit.line_id).isdigit()
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
    """A number that ends a cut label is no whole token: it is weak, and so are the numbers that go on from it."""
    if not cut:
        return hits
    longer: dict[str, list[Spelling]] = defaultdict(list)
    for key, named in spellings.items():
        for lost in range(1, _MOST_CUT + 1):
            if key[-lost:].isdigit() and len(key) - lost >= _MIN_CUT:
                longer[key[:-lost]] += [spelling for spelling in named if spelling.alone == FIRM]
    ends = {line: row + 1 for row, line in enumerate(tokens.line_ids) if line in cut}
    kept = [
        hit._replace(strength=max(hit.strength, WEAK)) if ends.get(hit.line_id) == hit.row + hit.size else hit for hit in hits
    ]
    for line, end in ends.items():
        for size in range(1, _MAX_TOKENS + 1):
            row = end - size
            if not _word(tokens, row, line):
                break
            named = longer.get("".join(tokens.words[row:end]), [])
            if tokens.joints[row] != "" and len(named) <= _MOST_RANGE:
                kept += [_hit(tokens, row, size, spelling, WEAK) for spelling in named]
    return kept
