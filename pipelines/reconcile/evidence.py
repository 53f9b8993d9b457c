"""What a bank label says: invoice numbers as whole tokens, and clients by their name.

A number is found whatever separators the bank dropped: FACT-2025-012 is found in "FACT 2025012", never inside
"XFACT2025012" and never as 12 in "FACT-2012". How much it says is its strength: FIRM speaks alone; WEAK (its letters are
missing, or it looks like a date) needs the client's name or the exact amount; BARE (a short number such as 12) the exact amount.
"""

import re
from itertools import pairwise, product

import polars as pl

from pipelines.reconcile.labels import name_text, plain_words, tokens_of

FIRM, WEAK, BARE, INTRODUCED = 0, 1, 2, 3  # INTRODUCED: nothing, unless "facture" or the like stands before it
#: What payers write before a number.
_INVOICE_WORDS = ("f", "fac", "fact", "facture", "factures", "n", "no", "num", "numero", "inv", "invoice")
_NUMERO = ("n", "no", "num", "numero")
_STREETS = (
    "rue", "av", "avenue", "bd", "bld", "boulevard", "place", "allee", "chemin", "impasse", "quai", "route", "cours", "bis",
    "ter",
)  # fmt: skip
#: What a number behind these words is not: an invoice.
_OTHER_PAPERS = (
    "cheque", "cheques", "chq", "carte", "cb", "remise", "cmd", "commande", "bc", "bon", "order", "po", "devis", "dev", "contrat",
    "dossier", "mission", "avoir", "proforma", "mandat", "rum", "client", "compte", "lot", "bat", "batiment", "apt", "cs", "bp",
)  # fmt: skip
_MIN_NAME = 4  # letters that a name needs before it can speak for a client
_MIN_WEAK_DIGITS, _MIN_FIRM_DIGITS, _MIN_FIRM = 5, 6, 4
_MAX_TOKENS, _MAX_PARTS = 6, 10
_PARTS = re.compile(r"[a-z]+|[0-9]+")


def number_spellings(number: str) -> list[tuple[str, int]]:
    """The ways a bank may print an invoice number, as tokens, each with its strength.

    Separators between two runs of digits, or of letters, may be kept or dropped.
    """
    parts = _parts(number)
    if not parts or len(parts) > _MAX_PARTS:
        return []
    digits = sum(len(part) for part in parts if part.isdigit())
    size = sum(map(len, parts))
    is_short = size < _MIN_FIRM or (digits == size and digits < _MIN_FIRM_DIGITS)
    spellings = dict.fromkeys(_joined(parts), BARE if is_short else FIRM)
    if parts[0].isalpha() and digits and not is_short:
        for spelling in _joined(parts[1:]):
            spellings.setdefault(spelling, WEAK if digits >= _MIN_WEAK_DIGITS else INTRODUCED)
    return list(spellings.items())


def _parts(number: str) -> list[str]:
    return _PARTS.findall(plain_words(number))


def _joined(parts: list[str]) -> list[str]:
    """The parts with and without a space where two of a kind meet, in no more tokens than a label is searched for."""
    pairs = pairwise(parts)
    gaps = product(*((" ", "") if left.isdigit() == right.isdigit() else (" ",) for left, right in pairs))
    spelled = ("".join(part + gap for part, gap in zip(parts, (*gap, ""), strict=True)) for gap in gaps)
    return [spelling for spelling in spelled if spelling.count(" ") < _MAX_TOKENS]


def number_hits(labels: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Documents whose number stands in a label as whole tokens.

    Args:
        labels: line_id, text (`labels_of`).
        documents: document_id, number.

    Returns:
        One row per line and document: line_id, document_id, strength, found (the words of the label), in label order.
    """
    schema = {"tokens": pl.String, "document_id": pl.String, "strength": pl.Int64, "tail_size": pl.Int64}
    rows = [
        (spelling, document_id, strength, len(_parts(number)[-1]))
        for document_id, number in documents.select("document_id", "number").iter_rows()
        for spelling, strength in number_spellings(number)
    ]
    spellings = pl.DataFrame(rows, schema=schema, orient="row")
    grams = _grams(tokens_of(labels))
    hits = _only_whole(grams.join(spellings, on="tokens", how="inner", validate="m:m"))
    hits = pl.concat([hits, _continued(hits, grams, spellings).select(hits.columns)])
    return (
        _only_outermost(hits)
        .sort("strength", "size", "start", descending=[False, True, False])
        .unique(["line_id", "document_id"], keep="first", maintain_order=True)
        .sort("line_id", "start", "document_id")
        .select("line_id", "document_id", "strength", "found")
    )


def _grams(tokens: pl.DataFrame) -> pl.DataFrame:
    """Every run of up to _MAX_TOKENS tokens that holds a digit, with what stands around it."""

    def near(column: str, by: int) -> pl.Expr:
        return pl.col(column).shift(by).over("line_id")

    around = tokens.with_columns(before=near("word", 1), before_that=near("word", 2), atom_before=near("atom", 1))
    shown = pl.when(pl.col("joint") == "").then(pl.lit("")).otherwise(pl.lit(" ")) + pl.col("word")
    around = around.with_columns(shown=shown)
    runs = []
    run, found = pl.col("word"), pl.col("word")
    for size in range(1, _MAX_TOKENS + 1):
        if size > 1:
            run = run + " " + near("word", 1 - size)
            found = found + near("shown", 1 - size)
        after = {"after": near("word", -size), "joint_after": near("joint", -size), "atom_after": near("atom", -size)}
        runs.append(
            around.with_columns(tokens=run, found=found, size=pl.lit(size, pl.Int64), last_atom=near("atom", 1 - size), **after)
        )
    return pl.concat(runs).filter(pl.col("tokens").str.contains("[0-9]"))


def _only_whole(hits: pl.DataFrame) -> pl.DataFrame:
    """Hits that are no piece of a longer word, number, date or IBAN, and no other paper's number; their strength settled."""
    is_number = pl.col("tokens").str.contains("^[0-9]")
    is_numero = pl.col("before").is_in(_NUMERO)
    context = pl.when(is_numero).then(pl.coalesce("before_that", "before")).otherwise("before")
    is_other = context.is_in((*_OTHER_PAPERS, *_STREETS)).fill_null(value=False)
    is_introduced = (pl.col("before").is_in(_INVOICE_WORDS) & ~is_other).fill_null(value=False)
    before_is_number = pl.col("before").str.contains("^[0-9]")
    torn_left = (pl.col("joint") == "") | (
        is_number & (pl.col("joint").is_in(["-", "_", "."]) | ((pl.col("joint") == "/") & before_is_number))
    )
    after_is_number = pl.col("after").str.contains("^[0-9]")
    is_next = (pl.col("joint_after") == "/") & (pl.col("after").str.len_chars() == pl.col("tail_size"))
    torn_right = (pl.col("joint_after") == "") | (
        pl.col("joint_after").is_in(["-", "_", ".", "/"])
        & (after_is_number | ((pl.col("joint_after") == "-") & (pl.col("after").str.len_chars() == 1)))
        & ~is_next
    )
    in_atom = (
        (pl.col("atom") == pl.col("atom_before"))
        | (pl.col("last_atom") == pl.col("atom_after"))
        | pl.col("atom").str.starts_with("b")
    )
    in_street = (pl.col("strength") == BARE) & pl.col("after").is_in(_STREETS)
    wrong = (
        (torn_left & ~is_introduced) | torn_right | in_atom | in_street | (is_other & (is_number | (pl.col("strength") != FIRM)))
    )
    is_date = (pl.col("atom") == pl.col("last_atom")).fill_null(value=False)
    strength = (
        pl.when(is_introduced & (pl.col("strength") >= BARE))
        .then(WEAK)
        .when(is_date)
        .then(pl.max_horizontal("strength", pl.lit(WEAK)))
        .otherwise("strength")
    )
    kept = hits.filter(~wrong.fill_null(value=False)).with_columns(strength=strength.cast(pl.Int64))
    return kept.filter(pl.col("strength") != INTRODUCED).select(
        "line_id", "document_id", "strength", "start", "size", "tokens", "found", "tail_size"
    )


def _only_outermost(hits: pl.DataFrame) -> pl.DataFrame:
    """A hit inside a longer firm one of the same line says nothing: "2025 012" inside "fact 2025 012"."""
    end = pl.col("start") + pl.col("size")
    firm = hits.filter(pl.col("strength") == FIRM).select("line_id", firm_start="start", firm_end=end, firm_size="size").unique()
    inside = (pl.col("start") >= pl.col("firm_start")) & (end <= pl.col("firm_end")) & (pl.col("size") < pl.col("firm_size"))
    keys = ["line_id", "document_id", "start", "size"]
    nested = hits.join(firm, on="line_id", how="inner", validate="m:m").filter(inside).select(keys).unique()
    return hits.join(nested, on=keys, how="anti")


def _continued(hits: pl.DataFrame, grams: pl.DataFrame, spellings: pl.DataFrame) -> pl.DataFrame:
    """Numbers that continue one: "FACT-2025-049/054" also names FACT-2025-054, as weak evidence.

    Tokens of digits right after a number, as long as its last part, stand for numbers that begin like it.
    """
    stem = pl.col("tokens").str.head(pl.col("tokens").str.len_chars().cast(pl.Int64) - pl.col("tail_size"))
    heads = hits.filter((pl.col("strength") == FIRM) & pl.col("tokens").str.contains("[0-9]$")).select(
        "line_id", "tail_size", end=pl.col("start") + pl.col("size"), stem=stem
    )
    words = grams.filter((pl.col("size") == 1) & pl.col("tokens").str.contains("^[0-9]+$") & pl.col("atom").is_null())
    words = words.select("line_id", "start", "found", word="tokens")
    follows = heads.unique().join(words, on="line_id", how="inner", validate="m:m")
    distance = pl.col("start") - pl.col("end")
    follows = follows.filter((distance >= 0) & (pl.col("word").str.len_chars() == pl.col("tail_size")))
    unbroken = (pl.col("start").rank("ordinal").over("line_id", "end", "stem") - 1) == distance
    rows = follows.filter(unbroken).select(
        "line_id", "start", "found", size=pl.lit(1, pl.Int64), tokens=pl.col("stem") + pl.col("word"), weak=pl.lit(WEAK, pl.Int64)
    )
    named = spellings.filter(pl.col("strength") == FIRM)
    return rows.join(named, on="tokens", how="inner", validate="m:m").with_columns(strength="weak")


def name_hits(labels: pl.DataFrame, clients: pl.DataFrame, *, own: str = "") -> pl.DataFrame:
    """Clients whose whole name stands in a label, legal forms aside.

    A name inside a longer one found there, or inside the company's `own` name, does not count. Of clients that differ by
    their legal form alone, the one whose form stands there too wins.

    Returns:
        One row per line and client: line_id, client_id, found.
    """
    rows = [
        (client_id, spelling, plain_words(name))
        for client_id, name in [*clients.select("client_id", "name").iter_rows(), (None, own)]
        for spelling in _name_spellings(name or "")
    ]
    schema = {"client_id": pl.String, "found": pl.String, "full": pl.String}
    known = pl.DataFrame(rows, schema=schema, orient="row").with_columns(word=pl.col("found").str.split(" ").list.first())
    texts = pl.Series([name_text(text) for text in labels["text"].to_list()], dtype=pl.String)
    words = labels.select("line_id", "words", names=texts).with_columns(word=pl.col("names").str.split(" "))
    words = words.explode("word").unique(["line_id", "word"], maintain_order=True)
    hits = words.join(known, on="word", how="inner", validate="m:m").filter(_holds("names", "found"))
    hits = hits.with_columns(is_full=_holds("words", "full"))
    hits = hits.filter(pl.col("is_full") | ~pl.col("is_full").any().over("line_id", "found"))
    longer = hits.select("line_id", other="found").unique()
    is_inside = (pl.col("other") != pl.col("found")) & _holds("other", "found")
    nested = hits.join(longer, on="line_id", how="inner", validate="m:m").filter(is_inside).select("line_id", "found").unique()
    return (
        hits.join(nested, on=["line_id", "found"], how="anti")
        .drop_nulls("client_id")
        .sort("line_id", "client_id", "found")
        .unique(["line_id", "client_id"], keep="last", maintain_order=True)
        .select("line_id", "client_id", "found")
    )


def _name_spellings(name: str) -> list[str]:
    """The words that must all stand in the label, in order; none if they say too little."""
    words = name_text(name) or plain_words(name)
    spellings = dict.fromkeys([words, " ".join(word for word in words.split() if word != "et")])
    return [spelling for spelling in spellings if len(spelling.replace(" ", "")) >= _MIN_NAME]


def _holds(text: str, part: str) -> pl.Expr:
    """Whether the words of a column stand, whole and in order, in those of another."""
    return (pl.lit(" ") + pl.col(text) + " ").str.contains(pl.lit(" ") + pl.col(part) + " ", literal=True)
