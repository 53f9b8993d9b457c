"""A bank label as words, with what stands between them: dates, IBANs and pieces of longer words are no numbers."""

import re
from collections.abc import Iterator

import polars as pl

from models.ids import fold

#: Words of a company name that payers and banks leave out.
LEGAL_FORMS = frozenset((
    "sarl", "sas", "sasu", "sa", "eurl", "sci", "snc", "selarl", "selas", "scop", "scea", "gie", "ei", "eirl", "ltd",
    "limited", "llc", "inc", "gmbh", "bv", "spa", "srl", "plc", "ste", "societe", "ets", "etablissements", "cie", "the",
    "groupe", "holding",
))  # fmt: skip
_MIN_IBAN = 15  # ISO 13616
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae"})
_WORD = re.compile(r"[a-z]+|[0-9]+")
_NOT_WORD = re.compile(r"[^0-9a-z]+")
_INITIALS = re.compile(r"\b(?:[a-z]\.){2,}(?:[a-z]\b)?")
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12][0-9]|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)[0-9]{2}"
#: Days, months of a year and hours, as banks and payers print them. A longer number behind a separator is none of them.
_DATE = re.compile(
    r"(?<![0-9a-z])(?<![0-9a-z][-/._])(?:"
    rf"{_DAY}[-/.]{_MONTH}[-/.](?:{_YEAR}|[0-9]{{2}})|{_YEAR}[-/.]{_MONTH}(?:[-/.]{_DAY})?|{_MONTH}[-/.]{_YEAR}|{_DAY}/{_MONTH}"
    r"|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:(?:19|20)[0-9]{2}|[0-9]{2})"
    r"|[0-2]?[0-9][:h][0-5][0-9](?::[0-5][0-9])?"
    r")(?![0-9a-z])(?![-/._][0-9a-z])"
)
_IBAN = re.compile(r"(?<![0-9a-z])[a-z]{2}[0-9]{2}(?: ?[0-9a-z]{4}){2,7}(?: ?[0-9a-z]{1,4})?(?![0-9a-z])")


def plain_words(text: str) -> str:
    """A label or name as its words: folded, letters and digits only, one space between."""
    return " ".join(_NOT_WORD.sub(" ", _folded(text)).split())


def name_text(text: str) -> str:
    """A label or name as names are compared: initials together, "&" and "and" as "et", no legal forms."""
    joined = _INITIALS.sub(lambda match: match[0].replace(".", "") + " ", _folded(text))
    words = _NOT_WORD.sub(" ", joined.replace("&", " et ").replace("+", " et ")).split()
    return " ".join("et" if word == "and" else word for word in words if word not in LEGAL_FORMS)


def labels_of(lines: pl.DataFrame) -> pl.DataFrame:
    """One row per line: line_id, `text`, its label and counterparty, and their plain `words`."""
    texts = (
        lines.select(pl.concat_str("label", "counterparty", separator=" ", ignore_nulls=True).fill_null("")).to_series().to_list()
    )
    words = pl.Series([plain_words(text) for text in texts], dtype=pl.String)
    return lines.select("line_id", text=pl.Series(texts, dtype=pl.String), words=words)


def tokens_of(labels: pl.DataFrame) -> pl.DataFrame:
    """One row per run of letters or digits of a label, "et" left out.

    Args:
        labels: line_id, text.

    Returns:
        line_id, start (its rank in the line), word, joint (what stands before it: "" if nothing, " " if a space or
        several signs), atom (the date, "d…", or IBAN, "b…", that it is a piece of, or null).
    """
    schema = {"line_id": pl.String, "start": pl.Int64, "word": pl.String, "joint": pl.String, "atom": pl.String}
    rows = [
        (line_id, start, *token)
        for line_id, text in labels.select("line_id", "text").iter_rows()
        for start, token in enumerate(_tokens(_folded(text)))
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _tokens(text: str) -> Iterator[tuple[str, str, str | None]]:
    atoms = [(m.start(), m.end(), f"d{m.start()}") for m in _DATE.finditer(text)]
    atoms += [(start, end, f"b{start}") for start, end in _ibans(text)]
    before = -1
    for match in _WORD.finditer(text):
        if match[0] in ("et", "and"):
            continue
        gap = " " if before < 0 else text[before : match.start()]
        atom = next((name for start, end, name in atoms if start <= match.start() < end), None)
        yield match[0], gap if len(gap) <= 1 else " ", atom
        before = match.end()


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """Where valid IBANs stand: words behind one are given back until its check digits hold."""
    for match in _IBAN.finditer(text):
        words = match[0].split(" ")
        for count in range(len(words), 0, -1):
            joined = "".join(words[:count])
            if len(joined) >= _MIN_IBAN and int("".join(str(int(c, 36)) for c in joined[4:] + joined[:4])) % 97 == 1:
                yield match.start(), match.start() + len(" ".join(words[:count]))
                break


def _folded(text: str) -> str:
    return fold(text.translate(_LIGATURES))
