"""A bank label as words, with what stands between them: dates, IBANs and pieces of longer words are no numbers."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from models.ids import fold
from pipelines.label_limits import is_full

#: Words of a company name that payers and banks leave out.
LEGAL_FORMS = frozenset((
    "sarl", "sas", "sasu", "sa", "eurl", "sci", "snc", "selarl", "selas", "scop", "scea", "gie", "ei", "eirl", "ltd",
    "limited", "llc", "inc", "gmbh", "bv", "spa", "srl", "plc", "ste", "societe", "ets", "etablissements", "cie", "the",
    "groupe", "holding",
))  # fmt: skip
_MIN_IBAN = 15  # ISO 13616
_MIN_FIELD, _MIN_CUT = 18, 3  # no field is shorter; and so many labels that end together are no chance
_MISREAD = re.compile(r"(?<![a-z0-9])[oil]*[0-9][0-9oil]*(?![a-z])|(?<=[a-z])[oil]*[0-9][0-9oil]*(?![a-z])")
_AS_DIGITS = str.maketrans("oil", "011")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae"})
#: Runs of letters or digits; "facture" glued to a number's own letters (FACTFA-2025-012) is a run of its own.
_WORD = re.compile(r"(?:factures|facture(?!s)|fact(?!ure))(?=[a-z]{1,4}[-/ ]?[0-9])|[a-z]+|[0-9]+")
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


def name_words(text: str) -> list[str]:
    """The words of a label or name as names are compared: initials together, "&" and "and" as "et"; legal forms kept."""
    return split_name(_folded(text))


def split_name(folded: str) -> list[str]:
    """`name_words` of a text that is folded already."""
    joined = _INITIALS.sub(lambda match: match[0].replace(".", "") + " ", folded) if "." in folded else folded
    words = _NOT_WORD.sub(" ", joined.replace("&", " et ").replace("+", " et ")).split()
    return ["et" if word == "and" else word for word in words]


def name_text(text: str) -> str:
    """A label or name as names are compared, without legal forms."""
    return " ".join(word for word in name_words(text) if word not in LEGAL_FORMS)


def labels_of(lines: pl.DataFrame) -> pl.DataFrame:
    """One row per line, folded: line_id, `label`, `payer` (the counterparty), `text`, both, and its plain `words`; `is_cut`.

    The label stands last in `text`, so that a label that was cut ends it.
    """
    parts = lines.select("line_id", label=_folded_column("label"), payer=_folded_column("counterparty"), is_cut=_is_cut(lines))
    text = pl.concat_str("payer", "label", separator=" ").str.strip_chars()
    words = text.str.replace_all(r"[^0-9a-z]+", " ").str.strip_chars()
    return parts.with_columns(text=text, words=words)


def _folded_column(name: str) -> pl.Expr:
    """`_folded` of a whole column; null is nothing."""
    plain = pl.col(name).fill_null("").str.to_lowercase().str.replace_many({"œ": "oe", "æ": "ae", "ß": "ss"})
    return plain.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.replace_all(r"\s+", " ").str.strip_chars()


def _is_cut(lines: pl.DataFrame) -> pl.Expr:
    """Whether a label ends where the bank's field does.

    Its format or its bank sets the length, or several labels of the account have it and none is longer.
    """
    file_format = pl.col("format") if "format" in lines.columns else pl.lit(None, pl.String)
    account = pl.col("account_id") if "account_id" in lines.columns else pl.lit("")
    size = pl.col("label").str.len_chars()
    longest = size.max().over(account)
    is_longest = (size == longest).fill_null(value=False)
    is_usual = is_longest & (longest >= _MIN_FIELD) & (is_longest.sum().over(account) >= _MIN_CUT)
    return is_usual | is_full(pl.col("label"), file_format)


class Tokens(NamedTuple):
    """The runs of letters or digits of all labels, one after the other, "et" left out.

    Attributes:
        line_ids: the line of each token.
        words: the run.
        joints: what stands before it: "" if nothing, " " if a space or several signs.
        atoms: the date, "d…", or IBAN, "b…", that it is a piece of, or None.
    """

    line_ids: list[str]
    words: list[str]
    joints: list[str]
    atoms: list[str | None]


def tokens_of(labels: pl.DataFrame) -> Tokens:
    """The tokens of labels (line_id, folded text), in their order."""
    tokens = Tokens([], [], [], [])
    for line_id, text in labels.select("line_id", "text").iter_rows():
        for word, joint, atom in _tokens(text):
            tokens.line_ids.append(line_id)
            tokens.words.append(word)
            tokens.joints.append(joint)
            tokens.atoms.append(atom)
    return tokens


def _tokens(text: str) -> Iterator[tuple[str, str, str | None]]:
    atoms = [(m.start(), m.end(), f"d{m.start()}") for m in _DATE.finditer(text)]
    atoms += [(start, end, f"b{start}") for start, end in _ibans(text)]
    before, last = -1, ""
    for match in _WORD.finditer(text):
        if match[0] in ("et", "and"):
            continue
        gap = " " if before < 0 else text[before : match.start()]
        atom = next((name for start, end, name in atoms if start <= match.start() < end), None) if atoms else None
        is_glued = gap == "" and last in ("facture", "factures", "fact") and match[0].isalpha()
        yield match[0], " " if is_glued or len(gap) > 1 else gap, atom
        before, last = match.end(), match[0]


def digits_for_letters(text: str) -> str | None:
    """The folded text with O, I and L read as digits where they stand among digits (2O25-O12), or None if there are none."""
    mended = _MISREAD.sub(lambda match: match[0].translate(_AS_DIGITS), text)
    return mended if mended != text else None


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
