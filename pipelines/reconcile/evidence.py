"""What a bank label says: invoice numbers as whole tokens, and clients by their name.

A number is found whatever separators the bank dropped: FACT-2025-012 is found in "FACT 2025012", never inside
"XFACT2025012" and never as 12 in "FACT-2012". Without its letters ("2025-012") it is only weak evidence.
"""

import re
from itertools import product

import polars as pl

from models.ids import fold

#: Words of a company name that payers and banks leave out.
LEGAL_FORMS = frozenset(
    [
        "sarl",
        "sas",
        "sasu",
        "sa",
        "eurl",
        "sci",
        "snc",
        "selarl",
        "selas",
        "scop",
        "scea",
        "gie",
        "ei",
        "eirl",
        "ltd",
        "limited",
        "llc",
        "inc",
        "gmbh",
        "bv",
        "spa",
        "srl",
        "plc",
        "ste",
        "societe",
        "ets",
        "etablissements",
        "cie",
        "et",
        "and",
        "the",
        "groupe",
        "holding",
    ]
)
#: What payers write before a number whose own letters they forget.
_INVOICE_WORDS = ("f", "fac", "fact", "facture", "n", "no", "inv", "invoice")
_MIN_NAME = 4  # letters that a name needs before it can speak for a client
_MIN_WEAK_DIGITS = 5
_MAX_TOKENS = 6
_BOUNDARY = re.compile(r"[^0-9a-z]+|(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_NOT_WORD = re.compile(r"[^0-9a-z]+")


def plain_words(text: str) -> str:
    """A label or name as its words: folded, letters and digits only, one space between."""
    return " ".join(_NOT_WORD.sub(" ", fold(text)).split())


def number_spellings(number: str) -> list[tuple[str, bool]]:
    """The ways a bank may print an invoice number, as plain words, each with whether it is weak evidence.

    Every separator or change between letters and digits may be kept or dropped. Weak: the leading letters are missing
    or abbreviated ("F2025-012" for FACT-2025-012).
    """
    parts = [part for part in _BOUNDARY.split(fold(number)) if part][:_MAX_TOKENS]
    if not parts:
        return []
    spellings = dict.fromkeys(_joined(parts), False)
    digits = parts[1:] if parts[0].isalpha() else []
    if digits and sum(len(part) for part in digits if part.isdigit()) >= _MIN_WEAK_DIGITS:
        for prefix in ("", parts[0][0], *_INVOICE_WORDS):
            for spelling in _joined([prefix, *digits] if prefix else digits):
                spellings.setdefault(spelling, True)
    return list(spellings.items())


def _joined(parts: list[str]) -> list[str]:
    gaps = product((" ", ""), repeat=len(parts) - 1)
    return ["".join(part + gap for part, gap in zip(parts, (*gap, ""), strict=True)) for gap in gaps]


def name_words(name: str) -> str:
    """The words of a client's name that must all stand in the label, in order; empty if they say too little."""
    words = plain_words(name).split()
    kept = [word for word in words if word not in LEGAL_FORMS] or words
    return " ".join(kept) if sum(map(len, kept)) >= _MIN_NAME else ""


def labels_of(lines: pl.DataFrame) -> pl.DataFrame:
    """One row per line: line_id and `words`, the plain words of its label and counterparty."""
    texts = lines.select(pl.concat_str("label", "counterparty", separator=" ", ignore_nulls=True)).to_series().to_list()
    return lines.select("line_id", words=pl.Series([plain_words(text) for text in texts], dtype=pl.String))


def number_hits(labels: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Documents whose number stands in a label as whole tokens.

    Args:
        labels: line_id, words.
        documents: document_id, number.

    Returns:
        One row per line and document: line_id, document_id, is_weak, position (of the number in the label), found.
    """
    schema = {"found": pl.String, "document_id": pl.String, "is_weak": pl.Boolean}
    rows = [
        (spelling, document_id, is_weak)
        for document_id, number in documents.select("document_id", "number").iter_rows()
        for spelling, is_weak in number_spellings(number)
    ]
    spellings = pl.DataFrame(rows, schema=schema, orient="row")
    grams = _grams(labels)
    hits = grams.join(spellings, on="found", how="inner", validate="m:m")
    hits = pl.concat([hits, _continued(hits, grams, spellings)])
    # A hit inside a longer firm one of the same line says nothing: "2025 012" inside "fact 2025 012".
    end = pl.col("start") + pl.col("size")
    firm = hits.filter(~pl.col("is_weak")).select("line_id", firm_start="start", firm_end=end, firm_size="size").unique()
    inside = (pl.col("start") >= pl.col("firm_start")) & (end <= pl.col("firm_end")) & (pl.col("size") < pl.col("firm_size"))
    keys = ["line_id", "document_id", "start", "size"]
    nested = hits.join(firm, on="line_id", how="inner", validate="m:m").filter(inside).select(keys).unique()
    return (
        hits.join(nested, on=keys, how="anti")
        .sort("is_weak", "size", "start", descending=[False, True, False])
        .unique(["line_id", "document_id"], keep="first", maintain_order=True)
        .select("line_id", "document_id", "is_weak", "found", position="start")
        .sort("line_id", "position", "document_id")
    )


def _continued(hits: pl.DataFrame, grams: pl.DataFrame, spellings: pl.DataFrame) -> pl.DataFrame:
    """Numbers that continue one: "FACT-2025-049/054" also names FACT-2025-054, as weak evidence.

    Words of digits right after a number, as long as its last part, stand for numbers that begin like it.
    """
    firm = hits.filter(~pl.col("is_weak") & pl.col("found").str.contains(r" [0-9]+$"))
    heads = firm.select(
        "line_id",
        end=pl.col("start") + pl.col("size"),
        head=pl.col("found").str.replace(r"[0-9]+$", ""),
        length=pl.col("found").str.extract(r"([0-9]+)$").str.len_chars(),
    ).unique()
    words = grams.filter((pl.col("size") == 1) & pl.col("found").str.contains(r"^[0-9]+$"))
    follows = heads.join(words.select("line_id", "start", word="found"), on="line_id", how="inner", validate="m:m")
    distance = pl.col("start") - pl.col("end")
    follows = follows.filter((distance >= 0) & (pl.col("word").str.len_chars() == pl.col("length"))).unique()
    unbroken = (pl.col("start").rank("ordinal").over("line_id", "end", "head") - 1) == distance
    rows = follows.filter(unbroken).select(
        "line_id", "start", size=pl.lit(1, pl.Int64), found=pl.col("head") + pl.col("word"), is_weak=pl.lit(value=True)
    )
    named = spellings.filter(~pl.col("is_weak")).select("found", "document_id")
    return rows.join(named, on="found", how="inner", validate="m:m").select(hits.columns).cast(hits.schema)


def _grams(labels: pl.DataFrame) -> pl.DataFrame:
    """Every run of up to _MAX_TOKENS words of a label that holds a digit: line_id, start, size, found."""
    words = (
        labels.with_columns(pl.col("words").str.split(" "))
        .explode("words")
        .with_columns(start=pl.int_range(pl.len()).over("line_id"))
    )
    runs = []
    run = pl.col("words")
    for size in range(1, _MAX_TOKENS + 1):
        if size > 1:
            run = run + " " + pl.col("words").shift(1 - size).over("line_id")
        runs.append(words.select("line_id", "start", size=pl.lit(size, pl.Int64), found=run))
    return pl.concat(runs).filter(pl.col("found").str.contains("[0-9]"))


def name_hits(labels: pl.DataFrame, clients: pl.DataFrame) -> pl.DataFrame:
    """Clients whose whole name stands in a label; a name inside a longer one found there does not count.

    Returns:
        One row per line and client: line_id, client_id, found.
    """
    names = [name_words(name) if name else "" for name in clients["name"].to_list()]
    known = clients.select("client_id", found=pl.Series(names, dtype=pl.String)).filter(pl.col("found") != "")
    known = known.with_columns(word=pl.col("found").str.split(" ").list.first())
    words = labels.with_columns(word=pl.col("words").str.split(" ")).explode("word").unique(["line_id", "word"])
    hits = words.join(known, on="word", how="inner", validate="m:m").filter(
        (pl.lit(" ") + pl.col("words") + " ").str.contains(pl.lit(" ") + pl.col("found") + " ", literal=True)
    )
    longer = hits.select("line_id", other="found")
    nested = (
        hits.join(longer, on="line_id", how="inner", validate="m:m")
        .filter(
            (pl.col("other") != pl.col("found"))
            & (pl.lit(" ") + pl.col("other") + " ").str.contains(pl.lit(" ") + pl.col("found") + " ", literal=True)
        )
        .select("line_id", "client_id")
        .unique()
    )
    return (
        hits.join(nested, on=["line_id", "client_id"], how="anti")
        .select("line_id", "client_id", "found")
        .sort("line_id", "client_id")
    )
