"""What stands around a number in a label: it may be introduced as an invoice's, or be another paper's, or torn."""

from pipelines.reconcile.labels import Tokens
from pipelines.reconcile.spellings import YEAR

#: What payers write before a number.
INVOICE_WORDS = frozenset((
    "f", "fac", "fact", "facture", "factures", "fra", "n", "no", "num", "numero", "inv", "invoice", "acompte", "solde",
    "reglement", "regl", "rglt", "paiement", "versement",
))  # fmt: skip
_NUMERO = ("n", "no", "num", "numero")
STREETS = frozenset((
    "rue", "av", "avenue", "bd", "bld", "boulevard", "place", "allee", "chemin", "impasse", "quai", "route", "cours", "bis",
    "ter",
))  # fmt: skip
ORDER_WORDS = frozenset(("cmd", "commande", "cde", "bc", "bon", "order", "po"))
#: What a number behind these words is not: an invoice.
_OTHER_PAPERS = ORDER_WORDS | frozenset((
    "cheque", "cheques", "chq", "carte", "cb", "remise", "devis", "dev", "contrat", "dossier", "mission", "avoir", "proforma",
    "mandat", "rum", "client", "compte", "lot", "bat", "batiment", "apt", "cs", "bp",
))  # fmt: skip
_MOST_BEFORE = 6  # numbers in a row that "factures" introduces


def is_of_other_paper(tokens: Tokens, row: int, *, but: frozenset[str] = frozenset()) -> bool:
    """Whether a number stands behind a street's or another paper's word (`but` those), or the payer's own reference."""
    line = tokens.line_ids[row]
    before, earlier = word_at(tokens, row - 1, line), word_at(tokens, row - 2, line)
    context = earlier or before if before in _NUMERO else before
    return context in STREETS or (context in _OTHER_PAPERS and context not in but) or (earlier, before) == ("n", "ref")


def introduces(tokens: Tokens, row: int) -> bool:
    """Whether "facture" or the like stands before a token, or before the numbers in a row that it ends."""
    line = tokens.line_ids[row]
    for before in range(row - 1, row - 1 - _MOST_BEFORE, -1):
        word = word_at(tokens, before, line)
        if not word.isdigit() or YEAR.fullmatch(word) or tokens.joints[before + 1] in ("", "-", "."):
            return word in INVOICE_WORDS
    return False


def word_at(tokens: Tokens, row: int, line_id: str) -> str:
    """The token in that row, if it is the line's; else nothing."""
    return tokens.words[row] if 0 <= row < len(tokens.words) and tokens.line_ids[row] == line_id else ""


def is_torn_left(joint: str, before: str, word: str) -> bool:
    """Whether a word goes on from what stands before it."""
    is_next = len(before) == len(word)  # 2025000430/2025000271
    return joint == "" or (word[0].isdigit() and (joint in "-_." or (joint == "/" and before[:1].isdigit() and not is_next)))


def is_torn_right(joint: str, after: str, tail: int) -> bool:
    """Whether a number, whose last part has `tail` digits, goes on in what stands behind it."""
    if joint == "":
        return True
    is_next = joint == "/" and len(after) == tail
    return joint in "-_./" and not is_next and (after[0].isdigit() or (joint == "-" and len(after) == 1))
