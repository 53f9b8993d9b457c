"""A person's word on what a bank line is, and the label rules that come of it. Each is one change."""

import polars as pl

from models.errors import Refused
from models.ids import stable_id
from models.store import Author, Store
from models.tables import Schema
from pipelines.ledger import Ledger, run_ledger
from pipelines.parties import only_clients
from pipelines.reconcile.classes import CATEGORIES, CLIENT, line_kinds, proposed_words
from pipelines.reconcile.finding import find_line
from pipelines.reconcile.labels import plain_words
from pipelines.reconcile.readings import known_labels

#: Gives a line back to the rules.
RULES = "rules"
_MIN_LETTERS = 4
_LINE_CLASS: Schema = {"line_id": pl.String, "category": pl.String}
_LABEL_RULE: Schema = {"rule_id": pl.String, "words": pl.String, "category": pl.String}


def classify(store: Store, line_id: str, category: str, *, author: Author, words: str | None = None) -> int:
    """Say what a bank line is, and with `words` that labels which hold them are of that category too; the change's id.

    What rules had matched of the line ends.

    Args:
        store: the database.
        line_id: the bank line.
        category: one of CATEGORIES; "client" if it is a client's payment, whatever the rules say; "rules" gives it back to them.
        author: who says so.
        words: of a label rule: whole words, one after the other. An empty text takes those of `proposed_words`.

    Raises:
        Refused: unknown line or category, or a person matched it, or the words say too little or do not fit.
    """
    if category not in (*CATEGORIES, CLIENT, RULES):
        raise _unknown(category)
    with store.writing():
        ledger = run_ledger(store)
        line = find_line(ledger, line_id)
        ended, unattributed = _automatic(ledger, line_id, category)
        rule = None if words is None else _rule(ledger, words or proposed_words(str(line["label"])), category)
        detail = {"category": category, "label": line["label"], "words": None if rule is None else rule[1]}
        with store.change("classify", author, subject=line_id, detail=detail) as change:
            said = None if category == RULES else category
            change.insert("line_class", pl.DataFrame([(line_id, said)], _LINE_CLASS, orient="row"))
            change.insert("claim_end", ended)
            change.insert("attribution", unattributed)
            if rule is not None:
                change.insert("label_rule", pl.DataFrame([rule], _LABEL_RULE, orient="row"))
    return change.change_id


def _automatic(ledger: Ledger, line_id: str, category: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What ends where a person says that no client paid a line: the rules' allocations, and whose it was."""
    claims = ledger.claims.filter((pl.col("source") == "bank") & (pl.col("source_id") == line_id)).select("claim_id", "by")
    known = ledger.receipts.filter((pl.col("source") == "bank") & (pl.col("receipt_id") == line_id))
    nobody = known.select(
        line_id="receipt_id", client_id=pl.lit(None, pl.String), rule=pl.lit("none"), by_person=pl.lit(value=False)
    )
    if category in (CLIENT, RULES):
        return claims.select("claim_id").clear(), nobody.clear()
    if (claims["by"] != "rule").any():
        raise Refused("matched_already", "A person matched the bank line {line}: undo that first.", line=line_id)
    return claims.select("claim_id"), nobody.unique()


def set_label_rule(store: Store, words: str, category: str, *, author: Author, replaces: str | None = None) -> int:
    """Say that labels with these words, one after the other, are of a category; the change's id.

    Args:
        store: the database.
        words: whole words; case and accents do not matter.
        category: one of CATEGORIES.
        author: who says so.
        replaces: the id of a rule that this one takes the place of.

    Raises:
        Refused: unknown category or rule, or words that say too little.
    """
    if category not in CATEGORIES:
        raise _unknown(category)
    with store.writing():
        ledger = run_ledger(store)
        rows: list[tuple[str, str, str | None]] = [_rule(ledger, words, category)]
        if replaces is not None and replaces != rows[0][0]:
            rows.append((replaces, _find_rule(ledger, replaces), None))
        with store.change("label_rule", author, subject=rows[0][1], detail={"words": rows[0][1], "category": category}) as change:
            change.insert("label_rule", pl.DataFrame(rows, _LABEL_RULE, orient="row"))
    return change.change_id


def forget_label_rule(store: Store, rule_id: str, *, author: Author) -> int:
    """Take a label rule away; the change's id.

    Raises:
        Refused: there is none of that id.
    """
    with store.writing():
        words = _find_rule(run_ledger(store), rule_id)
        with store.change("label_rule", author, subject=words, detail={"words": words, "category": None}) as change:
            change.insert("label_rule", pl.DataFrame([(rule_id, words, None)], _LABEL_RULE, orient="row"))
    return change.change_id


def label_rules(ledger: Ledger) -> pl.DataFrame:
    """The user's own label rules: rule_id, words, category, and how many `lines` each decides."""
    kinds = line_kinds(ledger, known_labels(ledger.lines)).filter(pl.col("by") == "label_rule")
    counts = kinds.group_by("words").agg(lines=pl.len().cast(pl.Int64))
    return ledger.label_rules.join(counts, on="words", how="left", validate="1:1").with_columns(pl.col("lines").fill_null(0))


def lines_of_words(ledger: Ledger, words: str) -> pl.DataFrame:
    """The bank lines (LINES) that a label rule with these words would decide, to be shown before it is kept."""
    plain = plain_words(words)
    if not plain:
        return ledger.lines.head(0)
    holds = pl.col("words").str.contains(rf"\b{plain}\b")
    return ledger.lines.join(known_labels(ledger.lines).filter(holds), on="line_id", how="semi")


def _rule(ledger: Ledger, words: str, category: str) -> tuple[str, str, str]:
    """A label rule's id, plain words and category."""
    plain = plain_words(words)
    if sum(c.isalnum() for c in plain) < _MIN_LETTERS:
        raise Refused("too_few_words", "“{words}” says too little: give words that only such labels hold.", words=words)
    if category not in CATEGORIES:
        raise _unknown(category)
    clients = only_clients(ledger.clients, ledger.documents)
    named = [name for name in clients["name"].drop_nulls() if f" {plain} " in f" {plain_words(name)} "]
    if named:
        raise Refused("names_a_client", "“{words}” is in the name of the client {client}.", words=words, client=named[0])
    return stable_id("label_rule", plain), plain, category


def _find_rule(ledger: Ledger, rule_id: str) -> str:
    """The words of a label rule."""
    words = ledger.label_rules.filter(pl.col("rule_id") == rule_id)["words"].to_list()
    if not words:
        raise Refused("unknown_rule", "There is no label rule {id}. List them with: encours label-rules", id=rule_id)
    return str(words[0])


def _unknown(category: str) -> Refused:
    """The refusal of a category that does not exist."""
    known = ", ".join((*CATEGORIES, CLIENT, RULES))
    return Refused("unknown_category", "{category} is no category: use one of {categories}.", category=category, categories=known)
