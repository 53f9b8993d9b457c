"""What is no client's payment: rent, payroll, taxes and the like, as people say and as labels show."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import polars as pl

from models.tables import Schema
from pipelines.ledger import Ledger
from pipelines.parties import only_clients
from pipelines.reconcile.labels import name_text, plain_words
from pipelines.reconcile.payers import plain_iban

#: What a bank line can be besides a client's payment, and its name in words.
CATEGORY_WORDS = {
    "rent": "Rent",
    "payroll": "Payroll",
    "social": "Social security and pensions",
    "tax": "Taxes",
    "vat_refund": "VAT refund",
    "bank_fee": "Bank fees and interest",
    "loan": "Loan",
    "insurance": "Insurance",
    "internal": "Transfer between own accounts",
    "capital": "Capital and partners' accounts",
    "subsidy": "Subsidy or aid",
    "no_client": "Something else, no client's payment",
}
CATEGORIES = tuple(CATEGORY_WORDS)
#: A person's word that a line is a client's payment, whatever the rules say.
CLIENT = "client"
#: One row per bank line that is no client's payment.
LINE_KINDS: Schema = {
    "line_id": pl.String,
    "category": pl.String,
    "by": pl.String,  # person | label_rule | shipped
    "words": pl.String,  # of the label, that a rule went by; null where a person said it
}
_FILE = Path(__file__).with_name("classes.toml")
#: Clients of a large company.
_MOST_KEPT = 10_000
#: Words that tell of an invoice, a credit note or a returned payment: such a label is left to matching.
_OF_CLIENTS = r"\b(?:factures?|fact|fac|fa|avoir|rejet|rejete|impaye|impayee|retour)\b"

#: What changes from one label to the next, or stands on most: months, and how banks call movements.
_PASSING = frozenset((
    "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
    "vir", "virement", "virt", "sepa", "inst", "recu", "emis", "prlv", "prelevement", "ref", "motif", "de", "notprovided",
))  # fmt: skip


@dataclass(frozen=True)
class ShippedRule:
    """Words of labels that the program knows, of debits ("-"), credits ("+") or both ("")."""

    category: str
    words: tuple[str, ...]
    sign: str = ""


@cache
def shipped_rules() -> tuple[ShippedRule, ...]:
    """The rules that come with the program."""
    rows = tomllib.loads(_FILE.read_text("utf-8"))["rule"]
    return tuple(ShippedRule(row["category"], tuple(row["words"]), row.get("sign", "")) for row in rows)


def line_kinds(ledger: Ledger, labels: pl.DataFrame) -> pl.DataFrame:
    """LINE_KINDS: a person's word on the line, else a user's label rule, the longest first, else a shipped rule.

    Args:
        ledger: the facts.
        labels: line_id and plain `words` of each bank line.
    """
    lines = ledger.lines.select("line_id", "amount", "counterparty_iban").join(labels, on="line_id", how="inner", validate="1:1")
    said = ledger.line_classes.with_columns(by=pl.lit("person"), words=pl.lit(None, pl.String))
    own = _by_own_rules(lines, ledger.label_rules)
    clients = only_clients(ledger.clients, ledger.documents)
    known = [said.select(list(LINE_KINDS)), own, _own_transfers(lines, ledger.accounts), _by_shipped_rules(lines, clients)]
    kinds = pl.concat(known).unique("line_id", keep="first", maintain_order=True)
    return kinds.filter(pl.col("category") != CLIENT).sort("line_id")


def _by_own_rules(lines: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    longest = rules.sort(pl.col("words").str.len_chars(), "words", descending=[True, False])
    return _kinds(
        lines, [(category, [words], "") for words, category in longest.select("words", "category").iter_rows()], "label_rule"
    )


def _by_shipped_rules(lines: pl.DataFrame, clients: pl.DataFrame) -> pl.DataFrame:
    """What the shipped rules find, words of clients' names left out: AXA may be a client."""
    names = "\n".join(map(_as_said, clients["name"].drop_nulls()))
    rules = [(rule.category, [words for words in rule.words if f" {words} " not in names], rule.sign) for rule in shipped_rules()]
    return _kinds(lines.filter(~pl.col("words").str.contains(_OF_CLIENTS)), rules, "shipped")


@lru_cache(_MOST_KEPT)
def _as_said(name: str) -> str:
    """A name as names are compared and word by word, between spaces; clients keep theirs from one decision to the next."""
    return f" {name_text(name)} \n {plain_words(name)} "


def _own_transfers(lines: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Movements whose other side is an own account, by its IBAN."""
    own = [iban for text in accounts["iban"] if (iban := plain_iban(text))]
    found = lines.filter(pl.col("counterparty_iban").str.to_uppercase().str.replace_all("[^0-9A-Z]", "").is_in(own))
    return found.select("line_id", category=pl.lit("internal"), by=pl.lit("shipped"), words=pl.lit(None, pl.String))


def _kinds(lines: pl.DataFrame, rules: Sequence[tuple[str, Sequence[str], str]], by: str) -> pl.DataFrame:
    """LINE_KINDS of the lines whose label holds the words of a rule (category, words, sign); the first one that fits."""
    category, found = pl.lit(None, pl.String), pl.lit(None, pl.String)
    fits: list[tuple[pl.Expr, str, pl.Expr]] = []
    for name, words, sign in rules:
        if words:
            pattern = rf"\b({'|'.join(sorted(words, key=len, reverse=True))})\b"
            has_sign = {"+": pl.col("amount") > 0, "-": pl.col("amount") < 0}.get(sign, pl.lit(value=True))
            fits.append((has_sign & pl.col("words").str.contains(pattern), name, pl.col("words").str.extract(pattern)))
    for is_of_rule, name, phrase in reversed(fits):
        category = pl.when(is_of_rule).then(pl.lit(name)).otherwise(category)
        found = pl.when(is_of_rule).then(phrase).otherwise(found)
    rows = lines.select("line_id", category=category, by=pl.lit(by), words=found)
    return rows.drop_nulls("category")


def proposed_words(label: str) -> str:
    """The words by which labels like this one are known: the longest run without numbers, months and banks' own words."""
    runs: list[list[str]] = [[]]
    for word in plain_words(label).split():
        if word in _PASSING or any(c.isdigit() for c in word):
            runs.append([])
        else:
            runs[-1].append(word)
    return " ".join(max(runs, key=lambda run: sum(map(len, run))))
